#include "dissectors/smtp/smtp.h"

/* clang-format off */
static const struct smtp_verb verbs[] = {
	/* RFC 5321 section 4.1.1, RFC 2033 section 4.1 */
	{ "EHLO", ARGS_SOME, AT_ANY, smtp_hello_parse, NULL, smtp_hello_judge },
	{ "HELO", ARGS_SOME, AT_ANY, smtp_hello_parse, NULL, smtp_hello_judge },
	{ "LHLO", ARGS_SOME, AT_ANY, smtp_hello_parse, NULL, smtp_hello_judge },
	{ "MAIL", ARGS_FROM, AT_READY, smtp_mail_parse, NULL, smtp_mail_judge },
	{ "RCPT", ARGS_TO, AT_MAIL | AT_RCPT, NULL, NULL, smtp_rcpt_judge },
	{ "DATA", ARGS_NONE, AT_RCPT, NULL, smtp_data_begun, smtp_data_judge },
	{ "RSET", ARGS_NONE, AT_ANY, NULL, NULL, smtp_reset_judge },
	{ "VRFY", ARGS_SOME, AT_ANY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "EXPN", ARGS_SOME, AT_ANY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "HELP", ARGS_ANY, AT_ANY },
	{ "NOOP", ARGS_ANY, AT_ANY },
	{ "QUIT", ARGS_NONE, AT_ANY, NULL, NULL, smtp_quit_judge },
	/* RFC 3030 */
	{ "BDAT", ARGS_ANY, AT_RCPT, smtp_bdat_parse, smtp_bdat_begun, smtp_bdat_judge },
	/* RFC 4468: the message comes from an IMAP server */
	{ "BURL", ARGS_SOME, AT_RCPT, smtp_burl_parse, NULL, smtp_bdat_judge },
	/* RFC 4954; the same by its Exchange name */
	{ "AUTH", ARGS_SOME, AT_READY, smtp_auth_parse, smtp_auth_begun, smtp_auth_judge },
	{ "X-EXPS", ARGS_SOME, AT_READY, smtp_auth_parse, smtp_auth_begun, smtp_auth_judge },
	/* RFC 3207 */
	{ "STARTTLS", ARGS_NONE, AT_START | AT_READY, smtp_tls_parse, smtp_tls_begun, smtp_tls_judge },
	/* RFC 1985, RFC 2645, RFC 821 */
	{ "ETRN", ARGS_SOME, AT_READY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "ATRN", ARGS_ANY, AT_READY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "TURN", ARGS_NONE, AT_READY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "SEND", ARGS_FROM, AT_READY, smtp_mail_parse, NULL, smtp_mail_judge },
	{ "SOML", ARGS_FROM, AT_READY, smtp_mail_parse, NULL, smtp_mail_judge },
	{ "SAML", ARGS_FROM, AT_READY, smtp_mail_parse, NULL, smtp_mail_judge },
	/* Postfix */
	{ "XCLIENT", ARGS_SOME, AT_START | AT_READY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "XFORWARD", ARGS_SOME, AT_READY, smtp_ask_parse, NULL, smtp_ask_judge },
	/* Sendmail, old and new; Exchange */
	{ "VERB", ARGS_ANY, AT_ANY },
	{ "ONEX", ARGS_ANY, AT_ANY },
	{ "DEBUG", ARGS_ANY, AT_ANY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "WIZ", ARGS_ANY, AT_ANY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "KILL", ARGS_ANY, AT_ANY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "SHOWQ", ARGS_ANY, AT_ANY, smtp_ask_parse, NULL, smtp_ask_judge },
	{ "X-ANONYMOUSTLS", ARGS_NONE, AT_START | AT_READY },
	{ "X-LINK2STATE", ARGS_ANY, AT_ANY },
};
/* clang-format on */
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static size_t
word_end(struct bytes line)
{
	size_t at = 0;

	while (at < line.n && line.p[at] != ' ' && line.p[at] != '\t' && line.p[at] != ':' &&
		line.p[at] != '\r')
		at++;
	return at;
}

const struct smtp_verb *
smtp_verb(struct bytes line, struct bytes *ret_args)
{
	struct bytes word;

	line = bytes_trim(line);
	word = bytes_sub(line, 0, word_end(line));
	*ret_args = bytes_trim(bytes_from(line, word.n));
	for (size_t i = 0; i < N_VERBS; i++) {
		if (bytes_iis(word, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

bool
smtp_verb_is(const struct smtp_verb *v, const char *name)
{
	return v && bytes_is(bytes_str(v->name), name);
}

/* Offset of the ">" that closes in.p[0], quotes heeded (RFC 5321 section 4.1.2), or in.n. */
static size_t
closing_bracket(struct bytes in)
{
	bool quoted = false;

	for (size_t at = 1; at < in.n; at++) {
		if (quoted && in.p[at] == '\\')
			at++;
		else if (in.p[at] == '"')
			quoted = !quoted;
		else if (!quoted && in.p[at] == '>')
			return at;
	}
	return bytes_find(in, '>');
}

bool
smtp_path(struct bytes in, struct bytes *ret_path, struct bytes *ret_params)
{
	size_t end;

	in = bytes_trim(in);
	if (in.n && in.p[0] == '<' && (end = closing_bracket(in)) < in.n) {
		*ret_path = bytes_sub(in, 1, end - 1);
		*ret_params = bytes_trim(bytes_from(in, end + 1));
		return true;
	}
	*ret_params = in;
	*ret_path = bytes_word(ret_params);
	*ret_params = bytes_trim(*ret_params);
	if (ret_path->n && ret_path->p[0] == '<')
		*ret_path = bytes_from(*ret_path, 1);
	return false;
}

bool
smtp_http(struct bytes line)
{
	static const char *const methods[] = {"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ",
		"CONNECT ", "DELETE ", "TRACE ", "PATCH "};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (bytes_starts(line, methods[i]) &&
			bytes_search(line, BYTES(" HTTP/")) != SIZE_MAX)
			return true;
	}
	return bytes_istarts(line, "Host: ");
}

bool
smtp_like_base64(struct bytes line)
{
	struct bytes args;

	for (size_t i = 0; i < line.n; i++) {
		uint8_t c = line.p[i], low = c | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && c != '+' &&
			c != '/' && c != '=')
			return false;
	}
	return line.n >= 4 && !smtp_verb(line, &args);
}
