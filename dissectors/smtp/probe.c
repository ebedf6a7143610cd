#include "dissectors/smtp/smtp.h"

static struct bytes
first_line(struct bytes head, bool *ret_whole)
{
	size_t lf = bytes_find(head, '\n');

	*ret_whole = lf < head.n;
	return bytes_chomp(bytes_sub(head, 0, lf + 1));
}

static bool
digits(struct bytes line)
{
	for (size_t i = 0; i < 3 && i < line.n; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return false;
	}
	return line.n > 0;
}

/* A line without its end: can it still become a reply? */
static int
short_reply(struct bytes line)
{
	if (!digits(line) || (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
		return PROBE_NO;
	return PROBE_MORE;
}

static bool
names_smtp(struct bytes text)
{
	return bytes_isearch(text, BYTES("SMTP")) != SIZE_MAX ||
	       bytes_isearch(text, BYTES("LMTP")) != SIZE_MAX;
}

static bool
names_ftp(struct bytes text)
{
	return bytes_isearch(text, BYTES("FTP")) != SIZE_MAX;
}

/* 220, 250 and the like are FTP's too (RFC 959); only the words tell. */
static int
probe_server(struct bytes head, bool whole_stream)
{
	bool whole;
	struct bytes line = first_line(head, &whole);

	if (!whole && head.n < 512)
		return short_reply(line);
	if (line.n < 3 || !digits(line) || line.p[0] < '2' || line.p[0] > '5' ||
		(line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
		return PROBE_NO;
	if (names_ftp(line))
		return PROBE_NO;
	if (bytes_starts(line, "220"))
		return names_smtp(head) ? PROBE_CERTAIN : PROBE_MAYBE;
	if (bytes_starts(line, "334") || bytes_starts(line, "354"))
		return PROBE_LIKELY;
	if (names_smtp(line) || (smtp_enhanced(line).n && !whole_stream))
		return PROBE_LIKELY;
	return PROBE_MAYBE;
}

static bool
is_ftp(struct bytes line)
{
	static const char *const verbs[] = {"USER", "PASS", "FEAT", "PORT", "PASV", "EPSV",
		"EPRT", "SYST", "CWD", "PWD", "LIST", "RETR", "STOR", "TYPE", "NLST", "ACCT",
		"NICK", "JOIN", "MODE", "STAT", "CAPA", "STLS", "APOP"};
	struct bytes rest = line, word = bytes_word(&rest);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (bytes_iis(word, verbs[i]))
			return true;
	}
	return false;
}

static bool
is_text(struct bytes line)
{
	for (size_t i = 0; i < line.n && i < 64; i++) {
		if (line.p[i] < ' ' && line.p[i] != '\r' && line.p[i] != '\n' &&
			line.p[i] != '\t')
			return false;
	}
	return true;
}

static int
probe_verb(const struct smtp_verb *v, struct bytes args)
{
	if (smtp_verb_is(v, "EHLO") || smtp_verb_is(v, "LHLO"))
		return PROBE_CERTAIN;
	if (v->args == ARGS_FROM)
		return bytes_istarts(args, "FROM") ? PROBE_CERTAIN : PROBE_MAYBE;
	if (v->args == ARGS_TO)
		return bytes_istarts(args, "TO") ? PROBE_CERTAIN : PROBE_MAYBE;
	return smtp_verb_is(v, "HELO") ? PROBE_LIKELY : PROBE_MAYBE;
}

static int
probe_client(struct bytes head, bool whole_stream)
{
	bool whole;
	struct bytes line = first_line(head, &whole), args;
	const struct smtp_verb *v;

	if (!is_text(line))
		return PROBE_NO;
	if (!whole && head.n < 512)
		return PROBE_MORE;
	if (is_ftp(line) || smtp_http(line))
		return PROBE_NO;
	v = smtp_verb(line, &args);
	if (v)
		return probe_verb(v, args);
	/* Joined inside of a message or an AUTH: anything may stand there. */
	return whole_stream ? 10 : 20;
}

int
smtp_probe(enum dir d, struct bytes head, bool whole_stream)
{
	return d == DIR_C2S ? probe_client(head, whole_stream)
			    : probe_server(head, whole_stream);
}
