/* Is this the beginning of TLS? Every prefix of a good beginning must ask for more, never say
 * no. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "dissectors/tls/record.h"

enum want {
	NO,
	MORE,
	YES
};

static const struct {
	const char *name;
	struct bytes in;
	enum want want;
} cases[] = {
	{"handshake", BYTES("\x16\x03\x01\x02\x00"), YES},
	{"handshake-ssl3", BYTES("\x16\x03\x00\x00\x2f\x01"), YES},
	{"alert", BYTES("\x15\x03\x03\x00\x02\x02\x28"), YES},
	{"application-data", BYTES("\x17\x03\x03\x40\x11"), YES},
	{"empty-application-data", BYTES("\x17\x03\x03\x00\x00"), YES},
	{"empty-handshake", BYTES("\x16\x03\x03\x00\x00"), NO},
	{"longest", BYTES("\x17\x03\x03\x48\x00"), YES},
	{"too-long", BYTES("\x17\x03\x03\x48\x01"), NO},
	{"far-too-long", BYTES("\x17\x03\x03\x49"), NO},
	{"version-2", BYTES("\x16\x02"), NO},
	{"version-3.5", BYTES("\x16\x03\x05"), NO},
	{"type-19", BYTES("\x13"), NO},
	{"type-25", BYTES("\x19"), NO},
	{"empty", BYTES(""), MORE},
	{"sslv2", BYTES("\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"), YES},
	{"sslv2-only", BYTES("\x80\x22\x01\x00\x02\x00\x09\x00\x00\x00\x10"), YES},
	{"sslv2-resumes", BYTES("\x80\x32\x01\x00\x02\x00\x09\x00\x10\x00\x10"), YES},
	{"sslv2-wrong-sum", BYTES("\x80\x2f\x01\x03\x01\x00\x15\x00\x00\x00\x10"), NO},
	{"sslv2-odd-specs", BYTES("\x80\x2d\x01\x03\x01\x00\x14\x00\x00\x00\x10"), NO},
	{"sslv2-no-challenge", BYTES("\x80\x1e\x01\x03\x01\x00\x15\x00\x00\x00\x00"), NO},
	{"sslv2-server-hello", BYTES("\x80\x2e\x04\x02"), NO},
	{"sslv2-answer", BYTES("\x80\x1e\x04\x00\x01\x00\x02\x00\x0a\x00\x03\x00\x06"), YES},
	{"sslv2-answer-wrong-sum",
		BYTES("\x80\x1f\x04\x00\x01\x00\x02\x00\x0a\x00\x03\x00\x06"), NO},
	{"sslv2-answer-of-ssl3", BYTES("\x80\x1e\x04\x00\x01\x03\x00"), NO},
	{"smtp", BYTES("EHLO x"), NO},
	{"pop3", BYTES("+OK"), NO},
	{"imap", BYTES("* OK"), NO},
	{"utf-8", BYTES("\xc3\xa9"), MORE},
	{"utf-8-three", BYTES("\xc3\xa9 "), NO},
	{"proxy-v2", BYTES("\r\n\r\n"), NO},
};

static void
recognises_beginnings(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool more = true;
		bool yes = tls_record_start(cases[i].in, &more);
		enum want got = yes ? YES : more ? MORE : NO;

		if (got != cases[i].want)
			fail_msg("%s: got %d, want %d", cases[i].name, got, cases[i].want);
		if (yes && more)
			fail_msg("%s: yes, and more?", cases[i].name);
	}
}

static void
asks_for_more_at_every_cut(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t decide = cases[i].in.p[0] & 0x80 ? cases[i].in.n : 5;

		if (cases[i].want != YES)
			continue;
		for (size_t n = 0; n < decide; n++) {
			bool more = false;

			assert_false(tls_record_start(bytes_sub(cases[i].in, 0, n), &more));
			if (!more)
				fail_msg("%s: no after %zu octets", cases[i].name, n);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_beginnings),
		cmocka_unit_test(asks_for_more_at_every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
