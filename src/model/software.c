#include "model/software.h"

static const struct {
	const char *word, *name;
} known[] = {
	{"Postfix", "Postfix"},
	{"Exim", "Exim"},
	{"Sendmail", "Sendmail"},
	{"OpenSMTPD", "OpenSMTPD"},
	{"Dovecot", "Dovecot"},
	{"Cyrus", "Cyrus"},
	{"Courier", "Courier"},
	{"Microsoft ESMTP MAIL Service", "Microsoft Exchange/IIS SMTP"},
	{"Microsoft Exchange", "Microsoft Exchange"},
	{"gsmtp", "Google"},
	{"Gimap", "Google"},
	{"Gpop", "Google"},
	{"Haraka", "Haraka"},
	{"hMailServer", "hMailServer"},
	{"Zimbra", "Zimbra"},
	{"qmail", "qmail"},
	{"MailEnable", "MailEnable"},
	{"MDaemon", "MDaemon"},
	{"Kerio", "Kerio Connect"},
	{"CommuniGate", "CommuniGate Pro"},
	{"Lotus Domino", "HCL Domino"},
	{"Domino", "HCL Domino"},
	{"Stalwart", "Stalwart"},
	{"UW IMAP", "UW IMAP"},
	{"IMAP4rev1 200", "UW IMAP"},
	{"Qpopper", "Qpopper"},
	{"Nemesis", "Nemesis (1&1)"},
	{"Python SMTP", "Python aiosmtpd"},
	{"PowerMTA", "PowerMTA"},
	{"Maddy", "maddy"},
};

const char *
software_of_banner(struct bytes banner)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (bytes_isearch(banner, bytes_str(known[i].word)) != SIZE_MAX)
			return known[i].name;
	}
	return NULL;
}

/* Words before a number that make no product of it … */
static const char *const no_product[] = {"RFC", "MIME", "UTF", "TLS", "SSL", "HTTP", "code",
	"status", "at", "by", "for", "from", "id", "in", "is", "of", "on", "port", "than",
	"the", "to", "with", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
/* … and that may stand between a well-known name and its version. */
static const char *const between[] = {"version", "release", "SMTP", "ESMTP", "LMTP", "POP",
	"POP3", "IMAP", "IMAP4", "IMAPD", "server", NULL};

static bool
is_one_of(struct bytes word, const char *const *words)
{
	for (; *words; words++)
		if (bytes_iis(word, *words))
			return true;
	return false;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* What a version may go on with: "4.0b14", "8.8.15_GA", "2.4.17-Fedora". */
static bool
is_tail(uint8_t c)
{
	return is_digit(c) || is_letter(c) || c == '_' || c == '-' || c == '+' || c == '~';
}

/* Octets of the version that `in` begins with, 0: none. *ret_address: it may be an address. */
static size_t
version_len(struct bytes in, bool *ret_address)
{
	size_t n = 0, dots = 0;
	unsigned part = 0;

	*ret_address = true;
	for (; n < in.n && (is_digit(in.p[n]) || in.p[n] == '.'); n++) {
		if (in.p[n] == '.' && (n + 1 == in.n || !is_digit(in.p[n + 1])))
			break;
		dots += in.p[n] == '.';
		part = in.p[n] == '.' || part > UINT8_MAX ? 0 : part * 10 + in.p[n] - '0';
		*ret_address = *ret_address && part <= UINT8_MAX;
	}
	/* A name of a host goes on with a dot and a letter. */
	if (!dots || (n + 1 < in.n && in.p[n] == '.' && is_letter(in.p[n + 1])))
		return 0;
	*ret_address = *ret_address && dots == 3;
	while (n < in.n &&
		(is_tail(in.p[n]) || (in.p[n] == '.' && n + 1 < in.n && is_tail(in.p[n + 1]))))
		n++;
	return n;
}

/* The word that ends before text[end], the separators between left out; none: there is none. */
static struct bytes
word_before(struct bytes text, size_t end)
{
	size_t from, at = end;

	while (at && (text.p[at - 1] == ' ' || text.p[at - 1] == '/'))
		at--;
	if (at == end)
		return BYTES_NONE;
	if (at && text.p[at - 1] == ':')
		at--;
	for (from = at; from && is_tail(text.p[from - 1]);)
		from--;
	return from < at && is_letter(text.p[from]) ? bytes_sub(text, from, at - from)
						    : BYTES_NONE;
}

/* The product whose version begins at text[at], and that; none: it is of none. */
static struct product
product_at(struct bytes text, size_t at)
{
	bool address, after_v = (text.p[at - 1] | 0x20) == 'v';
	struct bytes word = word_before(text, at - after_v);
	size_t n = version_len(bytes_from(text, at), &address);

	if (!n || !word.n || is_one_of(word, no_product))
		return (struct product){BYTES_NONE, BYTES_NONE};
	if (is_one_of(word, between))
		word = bytes_str(software_of_banner(text));
	else if (address && !software_of_banner(word))
		word = BYTES_NONE;
	return (struct product){word, bytes_sub(text, at, word.n ? n : 0)};
}

struct product
software_with_version(struct bytes text)
{
	for (size_t i = 1; i < text.n; i++) {
		struct product p;

		if (!is_digit(text.p[i]) || is_digit(text.p[i - 1]))
			continue;
		p = product_at(text, i);
		if (p.name.n)
			return p;
	}
	return (struct product){BYTES_NONE, BYTES_NONE};
}

struct product
software_named(struct bytes text)
{
	struct product p = software_with_version(text);

	if (!p.name.n)
		p.name = bytes_str(software_of_banner(text));
	return p;
}
