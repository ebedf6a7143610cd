/* Protocols by their first bytes: a table of literal beginnings, then a table of little tests.
 */
#include <string.h>

#include "base/cursor.h"
#include "guess/guess.h"

enum {
	FROM_CLIENT = 1,
	FROM_SERVER = 2,
	FROM_BOTH = 3
};

enum {
	RANDOM_BYTES = 64,
	RANDOM_LOOK = 256
};

#define LIT(s) s, sizeof(s) - 1

/* clang-format off */
static const struct literal { /* the direction begins with this */
	const char *name;
	int from;
	const char *text;
	size_t n;
} literals[] = {
	{"ssh", FROM_BOTH, LIT("SSH-")},                                  /* RFC 4253 section 4.2 */
	{"rfb", FROM_BOTH, LIT("RFB 00")},                                /* RFC 6143 section 7.1.1 */
	{"http", FROM_SERVER, LIT("HTTP/1.")},                            /* RFC 9112 section 4 */
	{"http", FROM_CLIENT, LIT("PRI * HTTP/2.0\r\n")},                 /* RFC 9113 section 3.4 */
	{"rtsp", FROM_SERVER, LIT("RTSP/1.0 ")},                          /* RFC 2326 */
	{"sip", FROM_SERVER, LIT("SIP/2.0 ")},                            /* RFC 3261 */
	{"xmpp", FROM_BOTH, LIT("<stream:stream")},                       /* RFC 6120 section 4.2 */
	{"managesieve", FROM_SERVER, LIT("\"IMPLEMENTATION\" ")},         /* RFC 5804 section 1.7 */
	{"irc", FROM_SERVER, LIT("NOTICE AUTH :")},                       /* before the client is known */
	{"irc", FROM_SERVER, LIT("NOTICE * :")},
	{"irc", FROM_CLIENT, LIT("CAP LS")},                              /* IRCv3 capability negotiation */
	{"redis", FROM_SERVER, LIT("+PONG\r\n")},                         /* RESP */
	{"redis", FROM_SERVER, LIT("-ERR unknown command")},
	{"redis", FROM_SERVER, LIT("-NOAUTH ")},
	{"redis", FROM_SERVER, LIT("-DENIED Redis")},
	{"rsync", FROM_BOTH, LIT("@RSYNCD: ")},
	{"bittorrent", FROM_BOTH, LIT("\x13" "BitTorrent protocol")},
	{"amqp", FROM_CLIENT, LIT("AMQP")},                               /* AMQP 0-9-1 section 4.2.2 */
	{"nats", FROM_SERVER, LIT("INFO {")},
	{"memcached", FROM_CLIENT, LIT("stats\r\n")},
	{"zabbix", FROM_BOTH, LIT("ZBXD")},
	{"adb", FROM_CLIENT, LIT("CNXN\0\0\0")},
	{"bgp", FROM_BOTH, LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")}, /* RFC 4271 section 4.1 */
	{"netbios", FROM_CLIENT, LIT("\x81\0\0\x44\x20")},                /* RFC 1002 section 4.3.2 */
	{"nntp", FROM_CLIENT, LIT("MODE READER\r\n")},                    /* RFC 3977 section 5.3 */
	{"svn", FROM_SERVER, LIT("( success ( ")},
};
/* clang-format on */

static uint8_t
byte_at(struct bytes in, size_t i)
{
	return i < in.n ? in.p[i] : 0;
}

static struct bytes
first_line(struct bytes in)
{
	return bytes_line(&in);
}

static bool
has(struct bytes in, const char *word)
{
	return bytes_isearch(in, bytes_str(word)) != SIZE_MAX;
}

/* RFC 5246 6.2.1: content type, version, length; for a handshake its first message; RFC 5246
 * E.2: the hello of SSLv2. */
static bool
is_tls(struct bytes in)
{
	uint8_t type = byte_at(in, 0), first = byte_at(in, 5);
	size_t length = (size_t)byte_at(in, 3) << 8 | byte_at(in, 4);

	if (in.n >= 11 && type & 0x80 && in.p[2] == 1 && in.p[3] <= 3 && in.p[5] + in.p[6] > 0)
		return ((type & 0x7fu) << 8 | in.p[1]) == 9u + (in.p[5] << 8 | in.p[6]) +
								  (in.p[7] << 8 | in.p[8]) +
								  (in.p[9] << 8 | in.p[10]);
	if (in.n < 6 || in.p[1] != 3 || in.p[2] > 4 || !length || length > 16384 + 2048)
		return false;
	return type == 22 ? first <= 24 : type == 20 ? length == 1 : type == 21 || type == 23;
}

/* RFC 1006 section 6 and RFC 905: TPKT around a connection request or confirm. */
static bool
is_tpkt(struct bytes in)
{
	uint8_t pdu = byte_at(in, 5) & 0xf0;
	size_t length = (size_t)byte_at(in, 2) << 8 | byte_at(in, 3);

	return in.n >= 7 && in.p[0] == 3 && in.p[1] == 0 && length >= 7 &&
	       (pdu == 0xe0 || pdu == 0xd0) && in.p[4] + 5u <= length;
}

/* MS-RDPBCGR 2.2.1.1: a routing token or cookie, or a negotiation request or response of 8
 * bytes at the end. */
static bool
is_rdp(struct bytes in)
{
	size_t length = (size_t)byte_at(in, 2) << 8 | byte_at(in, 3);
	struct bytes end;

	if (!is_tpkt(in))
		return false;
	if (has(in, "Cookie: mst"))
		return true;
	end = length >= 19 ? bytes_sub(in, length - 8, 8) : BYTES_NONE;
	return end.n == 8 && end.p[0] >= 1 && end.p[0] <= 3 && end.p[2] == 8 && end.p[3] == 0;
}

/* RFC 1928 section 3: version, number of methods, that many. */
static bool
is_socks5(struct bytes in)
{
	if (in.n < 3 || in.p[0] != 5 || !in.p[1] || in.n != 2u + in.p[1])
		return false;
	for (size_t i = 2; i < in.n; i++)
		if (in.p[i] > 9 && in.p[i] < 0x80)
			return false;
	return true;
}

/* SOCKS4: version, CONNECT or BIND, port, address, name with a NUL behind it. */
static bool
is_socks4(struct bytes in)
{
	return in.n >= 9 && in.p[0] == 4 && (in.p[1] == 1 || in.p[1] == 2) &&
	       (in.p[2] || in.p[3]) && in.p[in.n - 1] == 0;
}

static bool
is_socks(struct bytes in)
{
	return is_socks5(in) || is_socks4(in);
}

/* RESP: an array of bulk strings. "*1\r\n$4\r\nPING\r\n" */
static bool
is_redis_command(struct bytes in)
{
	size_t i = 1;

	if (byte_at(in, 0) != '*')
		return false;
	while (i < in.n && in.p[i] >= '0' && in.p[i] <= '9')
		i++;
	return i > 1 && i < 8 && byte_at(in, i) == '\r' && byte_at(in, i + 1) == '\n' &&
	       byte_at(in, i + 2) == '$';
}

/* RFC 9112 section 3: method, target, version. */
static bool
is_request(struct bytes in, const char *version)
{
	struct bytes line = first_line(in);
	size_t n = strlen(version);

	if (bytes_find(in, '\n') == in.n || line.n < n + 6)
		return false;
	return memcmp(line.p + line.n - n - 1, version, n) == 0 && bytes_find(line, ' ') < 20;
}

static bool
is_http(struct bytes in)
{
	static const char *const methods[] = {"GET ", "POST ", "HEAD ", "PUT ", "DELETE ",
		"OPTIONS ", "CONNECT ", "PATCH ", "TRACE ", "PROPFIND "};

	if (is_request(in, " HTTP/1."))
		return true;
	/* a target so long that the version has not come */
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (bytes_starts(in, methods[i]) && bytes_find(in, '\n') == in.n)
			return byte_at(in, strlen(methods[i])) == '/' ||
			       has(bytes_sub(in, 0, 32), "http");
	return false;
}

static bool
is_rtsp(struct bytes in)
{
	return is_request(in, " RTSP/1.");
}

static bool
is_sip(struct bytes in)
{
	return is_request(in, " SIP/2.");
}

/* RFC 2812 section 2.3: a prefix, then a numeric reply or NOTICE. */
static bool
is_irc_server(struct bytes in)
{
	struct bytes line = first_line(in), word;

	if (byte_at(in, 0) != ':')
		return false;
	bytes_word(&line);
	word = bytes_word(&line);
	return bytes_is(word, "NOTICE") ||
	       (word.n == 3 && bytes_u64(word, 999, &(uint64_t){0}));
}

/* RFC 2812 section 3.1: PASS, NICK and USER with four parameters, of which POP3 and FTP know
 * some. */
static bool
is_irc_client(struct bytes in)
{
	for (int i = 0; i < 4 && in.n; i++) {
		size_t n = bytes_find(in, '\n');
		struct bytes line = first_line(in), verb = bytes_word(&line);

		if (bytes_iis(verb, "NICK") || bytes_iis(verb, "JOIN"))
			return line.n > 0;
		if (bytes_iis(verb, "USER")) {
			int words = 0;

			while (bytes_word(&line).n)
				words++;
			return words >= 4;
		}
		if (!bytes_iis(verb, "PASS") && !bytes_iis(verb, "STARTTLS") &&
			!bytes_iis(verb, "PROTOCTL"))
			return false;
		in = bytes_from(in, n + 1);
	}
	return false;
}

/* A BER length (X.690 8.1.3); SIZE_MAX when it is none. */
static size_t
ber_length(struct cursor *c)
{
	uint8_t n = cursor_u8(c);
	size_t length = 0;

	if (n < 0x80)
		return n;
	n &= 0x7f;
	if (!n || n > 4)
		return SIZE_MAX;
	while (n--)
		length = length << 8 | cursor_u8(c);
	return length;
}

/* RFC 4511 section 4.1.1: a sequence of a message number and an operation. */
static bool
is_ldap(struct bytes in)
{
	static const uint8_t operations[] = {
		0x60, 0x61, 0x42, 0x63, 0x64, 0x65, 0x73, 0x77, 0x78, 0x66, 0x68, 0x4a, 0x6e};
	struct cursor c = cursor_of(in);
	uint8_t tag;
	size_t outer, id;

	if (cursor_u8(&c) != 0x30)
		return false;
	outer = ber_length(&c);
	if (outer < 5 || outer == SIZE_MAX || cursor_u8(&c) != 2)
		return false;
	id = ber_length(&c);
	if (!id || id > 4)
		return false;
	cursor_skip(&c, id);
	tag = cursor_u8(&c);
	return !c.err && memchr(operations, tag, sizeof(operations));
}

static bool
is_xmpp(struct bytes in)
{
	return bytes_starts(in, "<?xml") && (has(in, "<stream:stream") || has(in, "jabber:"));
}

/* MS-SMB2 2.1: a length of 24 bits, then the protocol's name. */
static bool
is_smb(struct bytes in)
{
	uint8_t first = byte_at(in, 4);

	return in.n >= 8 && !in.p[0] && (first >= 0xfd) && memcmp(in.p + 5, "SMB", 3) == 0;
}

/* Handshake V10, or an error right away: length and number of the packet, then a version text.
 */
static bool
is_mysql_server(struct bytes in)
{
	size_t length = byte_at(in, 0) | (size_t)byte_at(in, 1) << 8 |
			(size_t)byte_at(in, 2) << 16;

	if (in.n < 12 || in.p[3] != 0 || length < 8 || length > 1024)
		return false;
	if (in.p[4] == 0xff) /* "Host … is not allowed to connect" */
		return has(in, "MySQL") || has(in, "MariaDB");
	return in.p[4] == 10 && in.p[5] >= '3' && in.p[5] <= '9' &&
	       memchr(in.p + 5, 0, in.n - 5);
}

/* Start-up and SSL request: length, then version 3 or the magic number, which follows nobody's
 * usage. */
static bool
is_postgresql(struct bytes in)
{
	struct cursor c = cursor_of(in);
	uint32_t length = cursor_be32(&c), code = cursor_be32(&c);

	if (c.err || length < 8 || length > 10000)
		return false;
	if (code == 80877103 || code == 80877104 || code == 80877102)
		return length == (code == 80877102 ? 16 : 8);
	return code >> 16 == 3 && (code & 0xffff) < 8 &&
	       (has(in, "user") || has(in, "database"));
}

/* RFC 7766 section 8: two bytes of length; RFC 1035 section 4.1.1: one question, standard
 * query. */
static bool
is_dns(struct bytes in)
{
	struct cursor c = cursor_of(in);
	uint16_t length = cursor_be16(&c), flags, questions, answers;

	cursor_skip(&c, 2);
	flags = cursor_be16(&c);
	questions = cursor_be16(&c);
	answers = cursor_be16(&c);
	cursor_skip(&c, 4);
	if (c.err || length < 17 || length + 2u > GUESS_HEAD_BYTES + in.n || (flags & 0x7840) ||
		questions != 1)
		return false;
	if (!(flags & 0x8000) && (answers || in.n > length + 2u))
		return false;
	return byte_at(in, 14) < 64;
}

/* RFC 854: commands before any text. */
static bool
is_telnet(struct bytes in)
{
	return in.n >= 3 && in.p[0] == 0xff && in.p[1] >= 0xfa && in.p[1] <= 0xfe &&
	       in.p[2] <= 50;
}

/* MQTT 3.1.1 section 3.1: CONNECT, its length, the protocol's name with its length. */
static bool
is_mqtt(struct bytes in)
{
	struct bytes head = bytes_sub(in, 0, 16);

	return byte_at(in, 0) == 0x10 && (has(head, "MQTT") || has(head, "MQIsdp"));
}

/* Length little-endian, request, answered, an opcode that is in use. */
static bool
is_mongodb(struct bytes in)
{
	struct cursor c = cursor_of(in);
	uint32_t length = cursor_le32(&c), opcode;

	cursor_skip(&c, 8);
	opcode = cursor_le32(&c);
	return !c.err && length > 16 && length < 48 * 1000 * 1000 &&
	       (opcode == 2004 || opcode == 2013 || opcode == 1);
}

/* pkt-line of git: four hex digits of length, then the service. */
static bool
is_git(struct bytes in)
{
	return in.n > 12 && bytes_starts(bytes_from(in, 4), "git-");
}

/* RFC 3977 section 5.1: 200 or 201, and it says so. */
static bool
is_nntp_server(struct bytes in)
{
	struct bytes line = first_line(in);

	return (bytes_starts(line, "200 ") || bytes_starts(line, "201 ")) &&
	       (has(line, "NNTP") || has(line, "INN ") || has(line, "news"));
}

static bool
is_proxy(struct bytes in)
{
	struct ev_proxy ignored;

	return guess_proxy_header(in, &ignored) > 0;
}

/* clang-format off */
static const struct test {
	const char *name;
	int from;
	bool (*is)(struct bytes in);
} tests[] = {
	{"tls", FROM_BOTH, is_tls},
	{"http", FROM_CLIENT, is_http},
	{"rtsp", FROM_CLIENT, is_rtsp},
	{"sip", FROM_BOTH, is_sip},
	{"proxy", FROM_CLIENT, is_proxy},
	{"redis", FROM_CLIENT, is_redis_command},
	{"irc", FROM_SERVER, is_irc_server},
	{"irc", FROM_CLIENT, is_irc_client},
	{"xmpp", FROM_BOTH, is_xmpp},
	{"rdp", FROM_BOTH, is_rdp},
	{"tpkt", FROM_BOTH, is_tpkt},
	{"smb", FROM_BOTH, is_smb},
	{"ldap", FROM_BOTH, is_ldap},
	{"mysql", FROM_SERVER, is_mysql_server},
	{"postgresql", FROM_CLIENT, is_postgresql},
	{"nntp", FROM_SERVER, is_nntp_server},
	{"telnet", FROM_BOTH, is_telnet},
	{"mqtt", FROM_CLIENT, is_mqtt},
	{"mongodb", FROM_CLIENT, is_mongodb},
	{"git", FROM_CLIENT, is_git},
	{"socks", FROM_CLIENT, is_socks},
	{"dns", FROM_BOTH, is_dns},
};
/* clang-format on */

static bool
one_of(struct bytes word, const char *const *list)
{
	for (; *list; list++)
		if (bytes_iis(word, *list))
			return true;
	return false;
}

/*
 * RFC 959. Its greeting is SMTP's, USER and PASS are POP3's: a server that names FTP and not
 * mail, or a greeting of 220 with a client that begins with FTP's verbs.
 */
static bool
is_ftp(struct bytes c2s, struct bytes s2c)
{
	static const char *const verbs[] = {"USER", "FEAT", "SYST", "CWD", "PWD", "XPWD",
		"TYPE", "PORT", "PASV", "EPSV", "EPRT", "LIST", "OPTS", "CLNT", "HOST", "PBSZ",
		"PROT", "ACCT", "MLSD", NULL};
	struct bytes line = first_line(s2c), command = first_line(c2s),
		     verb = bytes_word(&command);

	if (s2c.n && !bytes_starts(line, "220") && !bytes_starts(line, "421") &&
		!bytes_starts(line, "120"))
		return false;
	if (has(line, "SMTP") || has(line, "LMTP"))
		return false;
	if (s2c.n && has(line, "FTP"))
		return true;
	if (bytes_iis(verb, "AUTH")) {
		struct bytes mechanism = bytes_word(&command);

		return bytes_iis(mechanism, "TLS") || bytes_iis(mechanism, "SSL");
	}
	return s2c.n && one_of(verb, verbs);
}

/*
 * Cipher text and compressed data use all byte values evenly: of 64 random bytes some 57
 * differ, half have the high bit, a third is printable. Text, base64 and binary protocols with
 * lengths and zeros fail one of these.
 */
static bool
is_random(struct bytes in)
{
	bool seen[256] = {false};
	size_t different = 0, high = 0, printable = 0, want;

	in = bytes_sub(in, 0, RANDOM_LOOK);
	for (size_t i = 0; i < in.n; i++) {
		different += !seen[in.p[i]];
		seen[in.p[i]] = true;
		high += in.p[i] >> 7;
		printable += in.p[i] >= 0x20 && in.p[i] < 0x7f;
	}
	want = in.n < 96 ? in.n * 3 / 4 : in.n < 160 ? in.n * 3 / 5 : in.n / 2;
	return different >= want && high * 100 >= in.n * 33 && high * 100 <= in.n * 67 &&
	       printable * 100 >= in.n * 18 && printable * 100 <= in.n * 56;
}

static bool
literal_is(const struct literal *l, struct bytes in)
{
	return in.n >= l->n && memcmp(in.p, l->text, l->n) == 0;
}

const char *
guess_banner(struct bytes c2s, struct bytes s2c)
{
	c2s = bytes_sub(c2s, 0, GUESS_HEAD_BYTES);
	s2c = bytes_sub(s2c, 0, GUESS_HEAD_BYTES);
	for (size_t i = 0; i < sizeof(literals) / sizeof(*literals); i++)
		if ((literals[i].from & FROM_CLIENT && literal_is(&literals[i], c2s)) ||
			(literals[i].from & FROM_SERVER && literal_is(&literals[i], s2c)))
			return literals[i].name;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		if ((tests[i].from & FROM_CLIENT && c2s.n && tests[i].is(c2s)) ||
			(tests[i].from & FROM_SERVER && s2c.n && tests[i].is(s2c)))
			return tests[i].name;
	if (is_ftp(c2s, s2c))
		return "ftp";
	if ((c2s.n >= RANDOM_BYTES && is_random(c2s) &&
		    (s2c.n < RANDOM_BYTES || is_random(s2c))) ||
		(s2c.n >= RANDOM_BYTES && is_random(s2c) && c2s.n < RANDOM_BYTES))
		return "random";
	return NULL;
}
