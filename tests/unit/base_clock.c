#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

/* clang-format off */
static const struct {
	int64_t s, ns; /* since 1970 */
	const char *want;
} times[] = {
	{ 0, 0, "1970-01-01T00:00:00.000000Z" },
	{ 0, 999999999, "1970-01-01T00:00:00.999999Z" },
	{ -1, 0, "1969-12-31T23:59:59.000000Z" },
	{ -1, 1000, "1969-12-31T23:59:59.000001Z" },
	{ -86400, 0, "1969-12-31T00:00:00.000000Z" },
	{ -86401, 0, "1969-12-30T23:59:59.000000Z" },
	{ 951782399, 0, "2000-02-28T23:59:59.000000Z" },
	{ 951782400, 0, "2000-02-29T00:00:00.000000Z" },
	{ 951868800, 0, "2000-03-01T00:00:00.000000Z" },
	{ 4107542399, 0, "2100-02-28T23:59:59.000000Z" },
	{ 4107542400, 0, "2100-03-01T00:00:00.000000Z" },
	{ 1795342272, 123456789, "2026-11-22T10:11:12.123456Z" },
	{ 1795342272, 0, "2026-11-22T10:11:12.000000Z" },
	{ -9223372036, 0, "1677-09-21T00:12:44.000000Z" },
	{ 9223372036, 0, "2262-04-11T23:47:16.000000Z" },
};
/* clang-format on */

/* There and back, so that what was written last never shines through. */
static void
writes_times(void **state)
{
	const size_t n = sizeof(times) / sizeof(times[0]);
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < n * n; i++) {
		size_t k = i / n % 2 ? i % n : i * 7 % n;

		assert_string_equal(clock_rfc3339(times[k].s * 1000000000 + times[k].ns, text),
			times[k].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
