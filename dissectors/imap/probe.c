#include "dissectors/imap/probe.h"

#include "dissectors/imap/imap.h"

enum {
	LINES_MAX = 16, /* lines of a stream joined in the middle that are looked at */
	GIVE_UP = 2048, /* bytes without a word of IMAP, after which it is none */
};

/* Words that begin lines of other protocols and could pass for tags: "AUTH LOGIN", "USER list",
 * "HELP STARTTLS". Sorted by protocol. */
static const char *const no_tags[] = {
	"EHLO", "HELO", "LHLO", "AUTH", "MAIL", "RCPT", "HELP", "VRFY", "EXPN", "ETRN", "NOOP",
	"STARTTLS", /* SMTP */
	"USER", "PASS", "APOP", "LIST", "UIDL", "RETR", "DELE", "STLS", "CAPA",
	"UTF8", /* POP3 */
	"NICK", "JOIN", "PART", "PRIVMSG", "NOTICE", "CAP", "MODE", "PING", "PONG", "QUIT",
	"WHOIS",                                                               /* IRC */
	"GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "CONNECT", "PATCH", /* HTTP */
	"ACCT", "CWD", "SITE", "STAT", "STOR", "TYPE", "RNFR", "SIZE", "MDTM", "FEAT", /* FTP */
	"SET", "DEL", "MGET", "MSET", "SELECT", "CONFIG", "INFO", /* Redis */
};

static bool
other_protocol(struct bytes tag)
{
	size_t i;

	for (i = 0; i < sizeof(no_tags) / sizeof(no_tags[0]); i++)
		if (bytes_iis(tag, no_tags[i]))
			return true;
	return false;
}

/* Have the arguments the shape that the verb asks for? Enough to tell "x LOGIN a b" from "USER
 * LOGIN". */
static bool
args_fit(const struct imap_verb *v, struct bytes args)
{
	struct bytes first = bytes_word(&args), second = bytes_word(&args);

	switch (v->id) {
	case IMAP_LOGIN:
		return second.n || (first.n && first.p[first.n - 1] == '}');
	case IMAP_AUTHENTICATE:
	case IMAP_SELECT:
	case IMAP_COMPRESS:
		return first.n;
	case IMAP_FETCH:
	case IMAP_STORE_MESSAGE:
		return second.n || (first.n && first.p[first.n - 1] == '}');
	case IMAP_CAPABILITY:
	case IMAP_CLOSE:
	case IMAP_IDLE:
	case IMAP_STARTTLS:
	case IMAP_UNAUTHENTICATE:
		return !first.n;
	case IMAP_ID:
	case IMAP_OTHER:
		return true;
	}
	return false;
}

static int
client_line(struct bytes line)
{
	struct bytes rest = line, tag = bytes_word(&rest);
	const struct imap_verb *v;

	if (bytes_iis(line, "DONE"))
		return PROBE_MAYBE;
	if (!lex_is_tag(tag) || other_protocol(tag))
		return PROBE_NO;
	v = imap_verb_find(&rest);
	return v && args_fit(v, rest) ? PROBE_LIKELY : PROBE_NO;
}

static int
server_line(struct bytes line)
{
	struct imap_status s = imap_status_read(line);

	switch (s.kind) {
	case REPLY_DATA:
		if (s.is_state)
			return PROBE_CERTAIN;
		return imap_response_known(s.status) ? PROBE_LIKELY : PROBE_NO;
	case REPLY_OK:
	case REPLY_NO:
	case REPLY_BAD:
		return PROBE_LIKELY;
	case REPLY_CONTINUE:
	case REPLY_BROKEN:
		break;
	}
	return PROBE_NO;
}

static bool
binary(struct bytes in)
{
	size_t i;

	for (i = 0; i < in.n; i++)
		if (in.p[i] < ' ' && in.p[i] != '\r' && in.p[i] != '\n' && in.p[i] != '\t')
			return true;
	return false;
}

/* A stream that is seen from its first byte. */
static int
whole_probe(enum dir d, struct bytes line, bool complete)
{
	static const char *const greetings[] = {"* OK", "* PREAUTH", "* BYE"};
	size_t i;

	for (i = 0; i < 3 && d == DIR_S2C; i++) {
		struct bytes g = bytes_str(greetings[i]);

		if (bytes_istarts(line, greetings[i]) &&
			(line.n == g.n ? complete : line.p[g.n] == ' '))
			return PROBE_CERTAIN;
		if (!complete && line.n <= g.n && bytes_ieq(line, bytes_sub(g, 0, line.n)))
			return PROBE_MORE;
	}
	if (d == DIR_S2C)
		return PROBE_NO;
	if (line.n > GIVE_UP || binary(line))
		return PROBE_NO;
	return complete ? client_line(line) : PROBE_MORE;
}

static int
better(int a, int b)
{
	/* Two lines that fit leave no doubt. */
	return a >= PROBE_MAYBE && b >= PROBE_LIKELY ? PROBE_CERTAIN : a > b ? a : b;
}

/* A stream joined anywhere: the first line may be a fragment, or the middle of a message. */
static int
midstream_probe(enum dir d, struct bytes head)
{
	int best = PROBE_NO;
	size_t at = 0, i;

	for (i = 0; i < LINES_MAX && at < head.n; i++) {
		struct bytes rest = bytes_from(head, at), line;
		size_t lf = bytes_find(rest, '\n');

		if (lf == rest.n)
			break;
		line = bytes_chomp(bytes_sub(rest, 0, lf + 1));
		if (binary(line))
			return best;
		best = better(best, d == DIR_C2S ? client_line(line) : server_line(line));
		at += lf + 1;
	}
	if (best > PROBE_NO)
		return best;
	return i == LINES_MAX || head.n > GIVE_UP || binary(head) ? PROBE_NO : PROBE_MORE;
}

int
imap_probe(enum dir d, struct bytes head, bool whole_stream)
{
	size_t lf = bytes_find(head, '\n');

	if (!whole_stream)
		return midstream_probe(d, head);
	return whole_probe(
		d, bytes_chomp(bytes_sub(head, 0, lf < head.n ? lf + 1 : lf)), lf < head.n);
}
