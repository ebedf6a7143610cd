#include "dissectors/pop3/pop3.h"

enum {
	LINES_READ = 16,
	FAINT = 20
};

/* How much the first word of a client says; FTP, SMTP, IRC and Redis share some. */
static const struct {
	const char *verb;
	int score;
} words[] = {
	{"CAPA", PROBE_LIKELY},
	{"APOP", PROBE_LIKELY},
	{"STLS", PROBE_LIKELY},
	{"UIDL", PROBE_LIKELY},
	{"RETR", PROBE_LIKELY},
	{"TOP", PROBE_LIKELY},
	{"USER", PROBE_MAYBE},
	{"PASS", PROBE_MAYBE},
	{"QUIT", PROBE_MAYBE},
	{"STAT", PROBE_MAYBE},
	{"LIST", PROBE_MAYBE},
	{"DELE", PROBE_MAYBE},
	{"NOOP", PROBE_MAYBE},
	{"RSET", PROBE_MAYBE},
	{"AUTH", PROBE_MAYBE},
	{"UTF8", PROBE_MAYBE},
	{"LANG", PROBE_MAYBE},
	{"XTND", PROBE_MAYBE},
	{"LAST", PROBE_MAYBE},
	{"HELP", FAINT},
};

/* Verbs of others that come soon behind USER, PASS, QUIT or AUTH. */
static const char *const foreign[] = {"NICK", "JOIN", "PING", "PONG", "CAP", "MODE", "SYST",
	"FEAT", "PASV", "EPSV", "PORT", "EPRT", "CWD", "PWD", "TYPE", "OPTS", "STOR", "EHLO",
	"HELO", "LHLO", "MAIL", "RCPT", "DATA", "SELECT", "INFO", "GET", "SET", "CLIENT",
	"HELLO", "COMMAND"};

static const char *const mechanisms[] = {"PLAIN", "LOGIN", "CRAM-", "DIGEST-", "SCRAM-", "NTLM",
	"GSSAPI", "GSS-", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS", "KERBEROS", "MSN",
	"APOP"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
auth_score(struct bytes args)
{
	struct bytes name = bytes_word(&args);

	for (size_t i = 0; i < COUNT(mechanisms); i++)
		if (bytes_istarts(name, mechanisms[i]))
			return PROBE_MAYBE;
	return name.n ? FAINT : PROBE_MAYBE; /* Redis: AUTH password */
}

static bool
is_foreign(struct bytes verb)
{
	for (size_t i = 0; i < COUNT(foreign); i++)
		if (bytes_iis(verb, foreign[i]))
			return true;
	return false;
}

/* One whole line of a client. */
static int
line_score(struct bytes line)
{
	struct bytes args = line, verb = bytes_word(&args);
	const struct pop3_verb *v = pop3_verb_find(verb);

	/* RFC 2812 3.1.3: USER name mode unused :real name */
	if (bytes_iis(verb, "USER") && bytes_search(args, BYTES(" :")) != SIZE_MAX)
		return PROBE_NO;
	if (bytes_iis(verb, "AUTH"))
		return auth_score(args);
	for (size_t i = 0; i < COUNT(words); i++)
		if (bytes_iis(verb, words[i].verb))
			return pop3_args_fit(v, args) ? words[i].score : FAINT;
	return PROBE_NO;
}

/* A line without its end: may it become a command? */
static bool
may_become(struct bytes part)
{
	struct bytes rest, verb;

	part = bytes_chomp(part); /* the CR of a CRLF that is cut */
	rest = part;
	verb = bytes_word(&rest);

	for (size_t i = 0; i < COUNT(words); i++) {
		struct bytes word = bytes_str(words[i].verb);

		if (rest.n ? bytes_ieq(verb, word)
			   : part.n <= word.n && bytes_ieq(part, bytes_sub(word, 0, part.n)))
			return true;
		if (!rest.n && bytes_ieq(verb, word))
			return true;
	}
	return false;
}

static bool
next_line(struct bytes *rest, struct bytes *ret)
{
	if (bytes_find(*rest, '\n') == rest->n)
		return false;
	*ret = bytes_line(rest);
	return true;
}

static int
probe_client(struct bytes head, bool whole_stream)
{
	struct bytes rest = head, line;
	int best = PROBE_MORE;

	for (int i = 0; i < LINES_READ && next_line(&rest, &line); i++) {
		struct bytes args = line;
		int score = line_score(line);

		if (is_foreign(bytes_word(&args)))
			return PROBE_NO;
		if (i == 0 && whole_stream && score == PROBE_NO)
			return PROBE_NO;
		if (score > best && score != PROBE_NO)
			best = score;
	}
	if (best == PROBE_MORE && whole_stream && rest.n && !may_become(rest))
		return PROBE_NO;
	return best;
}

static bool
greets_as_pop(struct bytes line)
{
	size_t open = bytes_find(line, '<');
	struct bytes id = bytes_from(line, open);

	if (bytes_isearch(line, BYTES("pop")) != SIZE_MAX)
		return true;
	return bytes_find(id, '@') < bytes_find(id, '>') && bytes_find(id, '>') < id.n;
}

/* Redis answers +OK too, but also +PONG, $5, *2 and :1 (RESP). */
static bool
looks_redis(struct bytes line)
{
	if (!line.n)
		return false;
	if (line.p[0] == '+')
		return line.n > 1 && line.p[1] != ' ' && !pop3_is_status(line) &&
		       !pop3_may_be_status(line);
	return line.p[0] == '$' || line.p[0] == '*' || line.p[0] == ':';
}

static int
probe_server(struct bytes head)
{
	struct bytes rest = head, line;

	if (!pop3_is_status(head))
		return pop3_may_be_status(head) ? PROBE_MORE : PROBE_NO;
	if (bytes_istarts(head, "+OK") && head.n > 3 && head.p[3] > ' ')
		return PROBE_NO;
	if (!next_line(&rest, &line))
		return PROBE_MORE;
	if (bytes_istarts(line, "+OK") && greets_as_pop(line))
		return PROBE_LIKELY;
	return looks_redis(rest) ? PROBE_NO : PROBE_MAYBE;
}

/* Joined in the middle: the lines may be those of a message. */
static int
probe_server_midstream(struct bytes head)
{
	struct bytes rest = head, line;

	for (bool first = true; next_line(&rest, &line); first = false) {
		if (pop3_is_status(line))
			return PROBE_MAYBE;
		if (first && looks_redis(line))
			return PROBE_NO;
	}
	return PROBE_MORE;
}

int
pop3_probe(enum dir d, struct bytes head, bool whole_stream)
{
	if (d == DIR_C2S)
		return probe_client(head, whole_stream);
	return whole_stream ? probe_server(head) : probe_server_midstream(head);
}
