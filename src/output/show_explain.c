#include "output/show.h"
#include "base/escape.h"
#include "dissectors/explain.h"
#include "output/style.h"
#include "output/text.h"

#include <stdio.h>
#include <string.h>

static const char *
protocol_of(enum proto p)
{
	static const char *const names[] = {[PROTO_UNKNOWN] = "SMTP",
		[PROTO_SMTP] = "SMTP",
		[PROTO_LMTP] = "LMTP",
		[PROTO_POP3] = "POP3",
		[PROTO_IMAP] = "IMAP",
		[PROTO_TLS] = "TLS",
		[PROTO_OTHER] = "SMTP"};

	return names[p];
}

/* "             = EHLO: Client introduces itself … (RFC 5321 section 4.1.1.1)" */
static void
put_words(struct show_view *v, const char *token, const char *text, const char *reference)
{
	struct buf line;

	buf_init(&line, 4096);
	if (token) {
		buf_str(&line, token);
		buf_str(&line, ": ");
	}
	buf_str(&line, text);
	if (reference && *reference)
		buf_fmt(&line, " (%s)", reference);
	text_spaces(v->out, SHOW_INDENT);
	style_on(v->out, v->color, STYLE_DIM);
	buf_str(v->out, "= ");
	text_wrap(v->out, buf_bytes(&line), SHOW_INDENT + 2, SHOW_INDENT + 2, v->width);
	style_off(v->out, v->color, STYLE_DIM);
	buf_done(&line);
}

static bool
put_row(struct show_view *v, const struct explain_row *row)
{
	if (row)
		put_words(v, row->token, row->text, row->reference);
	return row != NULL;
}

static const struct explain_row *
row_of(const struct show_view *v, struct bytes token, const char *kind)
{
	return explain_find(protocol_of(v->proto), token, kind);
}

/* Capability lists come again and again; each word is explained once a session. */
static void
put_row_once(struct show_view *v, const struct explain_row *row)
{
	size_t i = row ? (size_t)(row - explain_rows) : 0;

	if (!row || (v->explained && v->explained[i]))
		return;
	if (v->explained)
		v->explained[i] = 1;
	put_row(v, row);
}

static const struct explain_row *
mechanism(struct bytes name)
{
	return explain_find("SASL", name, "mechanism");
}

static void
explain_mechanisms(struct show_view *v, struct bytes words)
{
	while (words.n)
		put_row_once(v, mechanism(bytes_word(&words)));
}

/* "SIZE=1234" → the row of "SIZE=", and words without a value as they are. */
static void
explain_parameters(struct show_view *v, struct bytes line, const char *kind)
{
	while (line.n) {
		struct bytes word = bytes_word(&line);
		size_t eq = bytes_find(word, '=');
		struct bytes token = bytes_sub(word, 0, eq < word.n ? eq + 1 : eq);

		if (bytes_find(word, '<') < eq || bytes_find(word, ':') < eq)
			continue; /* the path itself */
		put_row(v, row_of(v, token, kind));
	}
}

static struct bytes
behind_verb(struct bytes line, const char *verb)
{
	size_t at = bytes_isearch(line, bytes_str(verb));

	return at == SIZE_MAX ? BYTES_NONE : bytes_from(line, at + strlen(verb));
}

/* The verb, then what its arguments say that has a row of its own. */
static void
explain_arguments(struct show_view *v, const struct record *r)
{
	struct bytes args = behind_verb(r->text, r->h.verb);

	if (strcmp(r->h.verb, "MAIL") == 0)
		explain_parameters(v, args, "mail parameter");
	else if (strcmp(r->h.verb, "RCPT") == 0)
		explain_parameters(v, args, "rcpt parameter");
	else if (strcmp(r->h.verb, "AUTH") == 0 || strcmp(r->h.verb, "AUTHENTICATE") == 0)
		put_row(v, mechanism(bytes_word(&args)));
}

/* "UID FETCH" has no row of its own where FETCH and UID have. */
static bool
explain_verb(struct show_view *v, const char *verb)
{
	struct bytes words = bytes_str(verb);
	bool some = false;

	if (put_row(v, row_of(v, words, "command")) ||
		put_row(v, row_of(v, words, "continuation")))
		return true;
	while (words.n)
		some |= put_row(v, row_of(v, bytes_word(&words), "command"));
	return some;
}

static void
explain_command(struct show_view *v, const struct record *r)
{
	if (r->h.flags & REC_RESPONSE) {
		if (v->proto == PROTO_IMAP && bytes_iis(r->text, "DONE"))
			put_row(v, row_of(v, BYTES("DONE"), "continuation"));
		else if (bytes_is(r->text, "*"))
			put_words(v, "*", "Cancels the login in progress.",
				"RFC 4422 section 3.5");
		else
			put_words(v, NULL,
				"Answer to the server's challenge; part of the login.",
				"RFC 4422 section 3");
		return;
	}
	if (r->h.verb[0] == '\0' || r->h.flags & REC_UNKNOWN)
		put_words(v, NULL, "Not a command of this protocol.", NULL);
	else if (explain_verb(v, r->h.verb))
		explain_arguments(v, r);
}

/* RFC 3463: the exact code, the same with any class, then the subject. */
static void
explain_enhanced(struct show_view *v, struct bytes code)
{
	char text[16];
	size_t dot = bytes_find(code, '.');
	struct bytes tail = bytes_from(code, dot);

	if (dot >= code.n || tail.n + 1 >= sizeof(text) ||
		put_row(v, explain_find("SMTP", code, "enhanced code")))
		return;
	snprintf(text, sizeof(text), "x%.*s", BYTES_FMT(tail));
	if (put_row(v, explain_find("SMTP", bytes_str(text), "enhanced code")))
		return;
	tail = bytes_sub(tail, 1, bytes_find(bytes_from(tail, 1), '.'));
	snprintf(text, sizeof(text), "x.%.*s.x", BYTES_FMT(tail));
	if (!put_row(v, explain_find("SMTP", bytes_str(text), "enhanced subject"))) {
		snprintf(text, sizeof(text), "x.%.*s.0", BYTES_FMT(tail));
		put_row(v, explain_find("SMTP", bytes_str(text), "enhanced subject"));
	}
}

static void
explain_code(struct show_view *v, const struct record *r)
{
	char code[8], class[8];
	const struct explain_row *row = NULL;

	snprintf(code, sizeof(code), "%u", r->h.code % 1000u);
	snprintf(class, sizeof(class), "%uxx", r->h.code / 100u % 10);
	if (r->h.verb[0] == '\0')
		row = row_of(v, bytes_str(code), "greeting");
	if (!row)
		row = row_of(v, bytes_str(code), "reply code");
	if (!row)
		row = row_of(v, bytes_str(class), "reply class");
	put_row(v, row);
	explain_enhanced(v, r->enhanced);
}

static void
explain_smtp_keyword(struct show_view *v, struct bytes line)
{
	struct bytes word = bytes_word(&line);
	size_t eq = bytes_find(word, '=');

	put_row_once(v, row_of(v, bytes_sub(word, 0, eq), "keyword"));
	if (bytes_iis(bytes_sub(word, 0, eq), "AUTH")) {
		explain_mechanisms(v, bytes_from(word, eq + 1));
		explain_mechanisms(v, line);
	}
}

static void
explain_smtp_reply(struct show_view *v, const struct record *r)
{
	struct bytes rest = r->text;

	explain_code(v, r);
	if (r->h.code != 250 ||
		(strcmp(r->h.verb, "EHLO") != 0 && strcmp(r->h.verb, "LHLO") != 0))
		return;
	bytes_line(&rest); /* the greeting of the server */
	while (rest.n)
		explain_smtp_keyword(v, bytes_from(bytes_line(&rest), 4));
}

static void
explain_caps(struct show_view *v, const struct record *r)
{
	struct bytes rest = r->text;

	while (rest.n) {
		struct bytes line = bytes_line(&rest), word = bytes_word(&line);

		put_row_once(v, row_of(v, word, "capability"));
		if (bytes_iis(word, "SASL"))
			explain_mechanisms(v, line);
	}
}

/* `extra` of a reply: the status, then the response code, "[ALERT]" in the table. */
static void
explain_response_code(struct show_view *v, struct bytes code)
{
	char text[48];
	struct bytes word = bytes_word(&code);

	if (word.n == 0 || word.n > sizeof(text) - 3)
		return;
	snprintf(text, sizeof(text), "[%.*s]", BYTES_FMT(word));
	put_row(v, row_of(v, bytes_str(text), "response code"));
}

static void
explain_imap_caps(struct show_view *v, struct bytes words)
{
	while (words.n) {
		struct bytes word = bytes_word(&words);
		const struct explain_row *row;

		while (word.n && memchr("])", word.p[word.n - 1], 2))
			word.n--;
		row = row_of(v, word, "capability");
		if (!row && bytes_istarts(word, "AUTH="))
			row = mechanism(bytes_from(word, 5));
		put_row_once(v, row);
	}
}

static void
explain_status_reply(struct show_view *v, const struct record *r)
{
	struct bytes rest = r->extra, status = bytes_word(&rest);
	size_t caps;

	if (!put_row(v, row_of(v, status, "response")) && bytes_is(status, "+"))
		if (!put_row(v, row_of(v, BYTES("+ "), "response")))
			put_words(v, "+",
				"The server waits for more of the command, or for an answer to "
				"its challenge.",
				"RFC 9051 section 7.5");
	explain_response_code(v, rest);
	caps = v->proto == PROTO_IMAP ? bytes_isearch(r->text, BYTES("CAPABILITY ")) : SIZE_MAX;
	if (caps != SIZE_MAX)
		explain_imap_caps(v, bytes_from(r->text, caps + 11));
}

static void
explain_tls(struct show_view *v, const struct record *r)
{
	struct bytes step = bytes_str(r->h.verb);

	if (step.n && !put_row(v, explain_find("TLS", step, "handshake")))
		put_row(v, explain_find("TLS", step, "alert"));
}

void
show_explain(struct show_view *v, const struct record *r)
{
	if (r->h.kind == REC_TLS)
		explain_tls(v, r);
	if (r->h.kind == REC_COMMAND)
		explain_command(v, r);
	else if (r->h.kind == REC_CAPS)
		explain_caps(v, r);
	else if (r->h.kind == REC_REPLY && r->h.code)
		explain_smtp_reply(v, r);
	else if (r->h.kind == REC_REPLY)
		explain_status_reply(v, r);
}
