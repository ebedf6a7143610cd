/* First bytes and the names they must, and must not, get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guess/guess.h"

#define NONE ""

/* clang-format off */
static const struct {
	const char *want;
	const char *c2s;
	size_t n_c2s;
	const char *s2c;
	size_t n_s2c;
} rows[] = {
#define ROW(want, c2s, s2c) {want, c2s, sizeof(c2s) - 1, s2c, sizeof(s2c) - 1}
	ROW("ssh", NONE, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
	ROW("ssh", "SSH-2.0-PuTTY\r\n", NONE),
	ROW("rfb", NONE, "RFB 003.008\n"),
	ROW("http", "GET / HTTP/1.1\r\nHost: example\r\n\r\n", NONE),
	ROW("http", "BREW /pot HTTP/1.1\r\n", NONE),
	ROW("http", "GET /a/very/long/target", NONE),
	ROW("http", NONE, "HTTP/1.0 400 Bad Request\r\n"),
	ROW("http", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NONE),
	ROW("rtsp", "OPTIONS rtsp://example/ RTSP/1.0\r\n", NONE),
	ROW("sip", "OPTIONS sip:bob@example SIP/2.0\r\n", NONE),
	ROW("tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", NONE),
	ROW("tls", NONE, "\x15\x03\x01\x00\x02\x02\x28"),
	ROW("tls", "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10\x01\x00\x80", NONE),
	ROW("rdp", "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", NONE),
	ROW("tpkt", "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00", NONE),
	ROW("socks", "\x05\x01\x00", NONE),
	ROW("socks", "\x05\x02\x00\x02", "\x05\x02"),
	ROW("socks", "\x04\x01\x00\x50\xc0\x00\x02\x01user\x00", NONE),
	ROW("redis", "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"),
	ROW("redis", NONE, "+PONG\r\n"),
	ROW("ftp", NONE, "220 ProFTPD Server ready\r\n"),
	ROW("ftp", "USER anonymous\r\n", "220 files.example\r\n"),
	ROW("ftp", "AUTH TLS\r\n", "220-welcome\r\n220 ready\r\n"),
	ROW("irc", "NICK a\r\nUSER a b c :d\r\n", NONE),
	ROW("irc", "USER a * * :d\r\n", NONE),
	ROW("irc", "PASS x\r\nNICK a\r\n", NONE),
	ROW("irc", NONE, ":irc.example NOTICE * :*** Looking up\r\n"),
	ROW("irc", NONE, ":irc.example 001 a :Welcome\r\n"),
	ROW("ldap", "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00", NONE),
	ROW("ldap", "\x30\x84\x00\x00\x00\x1d\x02\x01\x01\x77\x84\x00\x00\x00\x18", NONE),
	ROW("xmpp", "<?xml version='1.0'?><stream:stream to='example'>", NONE),
	ROW("smb", "\x00\x00\x00\x54\xffSMB\x72\x00\x00\x00", NONE),
	ROW("smb", "\x00\x00\x00\x54\xfeSMB\x40\x00\x00\x00", NONE),
	ROW("mysql", NONE, "\x5b\x00\x00\x00\x0a" "8.0.36\x00\x08\x00\x00\x00salt"),
	ROW("postgresql", "\x00\x00\x00\x08\x04\xd2\x16\x2f", NONE),
	ROW("postgresql", "\x00\x00\x00\x1a\x00\x03\x00\x00user\x00" "bob\x00" "database\x00x\x00\x00", NONE),
	ROW("dns", "\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07" "example\x03net\x00\x00\x0f\x00\x01", NONE),
	ROW("telnet", NONE, "\xff\xfd\x18\xff\xfd\x20"),
	ROW("mqtt", "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test", NONE),
	ROW("nntp", NONE, "200 news.example InterNetNews NNRP server ready\r\n"),
	ROW("proxy", "PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n", NONE),
	ROW("managesieve", NONE, "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n"),
	ROW("bgp", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x1d\x01\x04", NONE),
	ROW("git", "0032git-upload-pack /project.git\0host=example\0", NONE),
	/* unknown, or mail */
	ROW(NULL, NONE, NONE),
	ROW(NULL, "\r\n", NONE),
	ROW(NULL, "hello", "world"),
	ROW(NULL, NONE, "220 mx.example ESMTP Postfix\r\n"),
	ROW(NULL, "EHLO client.example\r\n", "220 mx.example\r\n"),
	ROW(NULL, "QUIT\r\n", "220 mx.example\r\n"),
	ROW(NULL, "AUTH PLAIN AGEAYg==\r\n", "220 mx.example\r\n"),
	ROW(NULL, "USER bob\r\nPASS secret\r\n", "+OK ready\r\n"),
	ROW(NULL, "USER bob\r\n", NONE),
	ROW(NULL, "a1 LOGIN bob secret\r\n", "* OK IMAP4rev1\r\n"),
	ROW(NULL, "LHLO client\r\n", "220 lmtp.example LMTP Dovecot ready.\r\n"),
	ROW(NULL, "GET ", NONE),
	ROW(NULL, "\x16\x03", NONE),
	ROW(NULL, "\x05\x03\x00", NONE),
	ROW(NULL, "\x30\x82", NONE),
	ROW(NULL, "0123456789012345678901234567890123456789012345678901234567890123456789", NONE),
	ROW(NULL, "TWFpbCBpcyBub3QgcmFuZG9tLCBub3QgZXZlbiBpbiBiYXNlNjQsIHdoaWNoIGhhcyBtYW55IGRpZmZlcmVudCBsZXR0ZXJz\r\n", NONE),
#undef ROW
};
/* clang-format on */

/* In memory of exactly the size, so that a read beyond is seen. */
static struct bytes
exact(const char *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, p, n);
	return (struct bytes){copy, n};
}

static void
names(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes c = exact(rows[i].c2s, rows[i].n_c2s),
			     s = exact(rows[i].s2c, rows[i].n_s2c);
		const char *got = guess_banner(c, s);

		print_message("%s\n", rows[i].want ? rows[i].want : "(unknown)");
		assert_int_equal(got != NULL, rows[i].want != NULL);
		if (got)
			assert_string_equal(got, rows[i].want);
		free((void *)c.p);
		free((void *)s.p);
	}
}

/* Every beginning of every row, from memory that ends there. */
static void
beginnings(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t n = 0; n < rows[i].n_c2s || n < rows[i].n_s2c; n++) {
			struct bytes c = exact(rows[i].c2s,
					     n < rows[i].n_c2s ? n : rows[i].n_c2s),
				     s = exact(rows[i].s2c,
					     n < rows[i].n_s2c ? n : rows[i].n_s2c);

			guess_banner(c, s);
			free((void *)c.p);
			free((void *)s.p);
		}
}

static void
random_bytes(void **state)
{
	uint8_t in[400];
	uint32_t x = 1;

	for (int round = 0; round < 200; round++) {
		size_t n = 64 + (size_t)round % 300;

		for (size_t i = 0; i < n; i++) {
			x = x * 1664525 + 1013904223;
			in[i] = (uint8_t)(x >> 24);
		}
		in[0] = 0xab; /* no protocol begins so */
		assert_string_equal(guess_banner((struct bytes){in, n}, BYTES_NONE), "random");
		assert_string_equal(guess_banner(BYTES_NONE, (struct bytes){in, n}), "random");
		assert_null(guess_banner((struct bytes){in, n > 63 ? 63 : n}, BYTES_NONE));
		for (size_t i = 0; i < n; i++)
			in[i] &= 0x7f;
		assert_null(guess_banner((struct bytes){in, n}, BYTES_NONE));
	}
}

/* nDPI, where it is built in: it knows what the tables do not, and never calls anything mail.
 */
static void
library(void **state)
{
	static const struct bytes asks = BYTES("GNUTELLA CONNECT/0.6\r\nUser-Agent: x\r\n\r\n"),
				  answers = BYTES("GNUTELLA/0.6 200 OK\r\n\r\n"),
				  smtp = BYTES("220 mx.example ESMTP\r\n");
	struct guess *g = guess_new();
	const char *name;

	assert_string_equal(
		guess_flow(g, 40000, 31337, BYTES("SSH-2.0-x\r\n"), BYTES_NONE), "ssh");
	assert_null(guess_flow(g, 40000, 25, BYTES("EHLO a\r\nMAIL FROM:<a@b>\r\n"), smtp));
	assert_null(guess_flow(
		g, 40000, 110, BYTES("USER a\r\nPASS b\r\n"), BYTES("+OK POP3\r\n")));
	assert_null(guess_flow(g, 40000, 22, BYTES_NONE, BYTES_NONE));
	assert_null(guess_flow(g, 40000, 22, BYTES("hello\r\n"), BYTES_NONE));
	name = guess_flow(g, 40000, 6346, asks, answers);
	if (guess_library()) {
		print_message("%s\n", guess_library());
		assert_non_null(name);
		assert_string_equal(name, "gnutella");
	}
	guess_free(&g);
	assert_null(g);
	guess_free(&g);
	if (guess_library())
		assert_string_equal(name, "gnutella"); /* it outlives the object */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(beginnings),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
