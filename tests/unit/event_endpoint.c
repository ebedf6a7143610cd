/* Addresses: their text and their kind. */
#include "event/endpoint.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct endpoint
endpoint_of(const char *text, uint16_t port)
{
	struct endpoint e = {.port = port, .family = strchr(text, ':') ? 6 : 4};

	assert_int_equal(inet_pton(e.family == 6 ? AF_INET6 : AF_INET, text, e.addr), 1);
	return e;
}

static void
test_rows(void **state)
{
	static const struct {
		const char *addr, *text;
		bool loopback, private;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1:25", false, false},
		{"127.0.0.1", "127.0.0.1:25", true, false},
		{"127.255.255.255", "127.255.255.255:25", true, false},
		{"128.0.0.1", "128.0.0.1:25", false, false},
		{"10.0.0.1", "10.0.0.1:25", false, true},
		{"11.0.0.1", "11.0.0.1:25", false, false},
		{"172.15.255.255", "172.15.255.255:25", false, false},
		{"172.16.0.0", "172.16.0.0:25", false, true},
		{"172.31.255.255", "172.31.255.255:25", false, true},
		{"172.32.0.0", "172.32.0.0:25", false, false},
		{"192.168.1.1", "192.168.1.1:25", false, true},
		{"169.254.1.1", "169.254.1.1:25", false, true},
		{"::1", "[::1]:25", true, false},
		{"::", "[::]:25", false, false},
		{"::2", "[::2]:25", false, false},
		{"::ffff:127.0.0.1", "[::ffff:127.0.0.1]:25", true, false},
		{"2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:25", false, false},
		{"fc00::1", "[fc00::1]:25", false, true},
		{"fdff::1", "[fdff::1]:25", false, true},
		{"fe00::1", "[fe00::1]:25", false, false},
		{"fe80::1", "[fe80::1]:25", false, true},
		{"febf::1", "[febf::1]:25", false, true},
		{"fec0::1", "[fec0::1]:25", false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct endpoint e = endpoint_of(rows[i].addr, 25);
		char out[ENDPOINT_TEXT + 8];

		assert_string_equal(endpoint_text(&e, out), rows[i].text);
		if (endpoint_is_loopback(&e) != rows[i].loopback ||
			endpoint_is_private(&e) != rows[i].private)
			fail_msg("%s", rows[i].addr);
	}
}

static void
test_longest(void **state)
{
	struct endpoint e = endpoint_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
	char out[ENDPOINT_TEXT + 8];

	assert_string_equal(
		endpoint_text(&e, out), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void
test_same_host(void **state)
{
	struct endpoint a = endpoint_of("10.0.0.1", 25), b = endpoint_of("10.0.0.1", 1025),
			c = endpoint_of("10.0.0.2", 25);
	struct endpoint d = endpoint_of("a00:1::", 25); /* the same sixteen bytes as a */

	assert_true(endpoint_same_host(&a, &b));
	assert_false(endpoint_same_host(&a, &c));
	assert_memory_equal(a.addr, d.addr, 16);
	assert_false(endpoint_same_host(&a, &d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_same_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
