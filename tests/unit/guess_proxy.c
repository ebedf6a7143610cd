/* PROXY protocol headers, whole and at every cut. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guess/guess.h"

#define SIG "\r\n\r\n\0\r\nQUIT\n"

/* clang-format off */
static const struct {
	const char *in;
	size_t n;
	int want;        /* -1: the length of all of it */
	const char *src, *dst; /* NULL: not known */
	bool tls;
} rows[] = {
#define ROW(in, ...) {in, sizeof(in) - 1, __VA_ARGS__}
	ROW("PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\r\n", -1, "192.0.2.1:40000", "198.51.100.7:25"),
	ROW("PROXY TCP6 2001:db8::1 2001:db8::7 40000 25\r\n", -1, "[2001:db8::1]:40000", "[2001:db8::7]:25"),
	ROW("PROXY UNKNOWN\r\n", -1),
	ROW("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", -1),
	ROW("PROXY TCP4 192.0.2.1 198.51.100.7 40000\r\n", 0),
	ROW("PROXY TCP4 192.0.2.1 198.51.100.7 40000 25 9\r\n", 0),
	ROW("PROXY TCP4 192.0.2.1 198.51.100.7 40000 65536\r\n", 0),
	ROW("PROXY TCP4 2001:db8::1 2001:db8::7 40000 25\r\n", 0),
	ROW("PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\n", 0),
	ROW("PROXY me\r\n", 0),
	ROW("PROXY \r\n", 0),
	ROW("PROXY \n", 0),
	ROW("PROXY 000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", 0),
	ROW("EHLO x\r\n", 0),
	ROW(SIG "\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x07\x9c\x40\x00\x19", -1, "192.0.2.1:40000", "198.51.100.7:25"),
	ROW(SIG "\x21\x21\x00\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x9c\x40\x00\x19", -1,
		"[2001:db8::1]:40000", "[2001:db8::7]:25"),
	ROW(SIG "\x21\x11\x00\x1a\xc0\x00\x02\x01\xc6\x33\x64\x07\x9c\x40\x00\x19" "\x04\x00\x03xyz" "\x20\x00\x05\x01\0\0\0\0", -1,
		"192.0.2.1:40000", "198.51.100.7:25", true),
	ROW(SIG "\x20\x00\x00\x00", -1),
	ROW(SIG "\x20\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x07\x9c\x40\x00\x19", -1),
	ROW(SIG "\x21\x00\x00\x02xx", -1),
	ROW(SIG "\x21\x11\x00\x0b\xc0\x00\x02\x01\xc6\x33\x64\x07\x9c\x40\x00", 0),
	ROW(SIG "\x22\x11\x00\x0c", 0),
	ROW(SIG "\x11\x11\x00\x0c", 0),
	ROW(SIG "\x21\x11\xff\xff", 0),
#undef ROW
};
/* clang-format on */

static int
ask(const char *p, size_t n, struct ev_proxy *ret)
{
	uint8_t *copy = malloc(n ? n : 1);
	int got;

	memcpy(copy, p, n);
	got = guess_proxy_header((struct bytes){copy, n}, ret);
	free(copy);
	return got;
}

static void
headers(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ev_proxy p = {.version = 9};
		char text[ENDPOINT_TEXT + 8];
		int want = rows[i].want == -1 ? (int)rows[i].n : rows[i].want;

		print_message("row %zu\n", i);
		assert_int_equal(ask(rows[i].in, rows[i].n, &p), want);
		if (!want) {
			assert_int_equal(p.version, 9);
			continue;
		}
		assert_int_equal(p.version, rows[i].in[0] == 'P' ? 1 : 2);
		assert_int_equal(p.known, rows[i].src != NULL);
		assert_int_equal(p.tls, rows[i].tls);
		if (!p.known)
			continue;
		assert_string_equal(endpoint_text(&p.src, text), rows[i].src);
		assert_string_equal(endpoint_text(&p.dst, text), rows[i].dst);
	}
}

/* Before it is whole a good header asks for more; what follows it is not counted. */
static void
cuts(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ev_proxy p;
		char longer[512];

		for (size_t n = 0; n < rows[i].n; n++) {
			int got = ask(rows[i].in, n, &p);

			assert_true(got == -EAGAIN || (!rows[i].want && !got));
		}
		memcpy(longer, rows[i].in, rows[i].n);
		memcpy(longer + rows[i].n, "EHLO x\r\n", 8);
		if (rows[i].want)
			assert_int_equal(ask(longer, rows[i].n + 8, &p), rows[i].n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
