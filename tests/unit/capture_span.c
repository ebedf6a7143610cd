/* The time of a capture with stamps that are broken, and with leaps that are none. */
#include "capture/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define DAY INT64_C(86400000000000)
#define LEAP (30 * DAY)
#define STAMPS 8

struct row {
	int64_t days[STAMPS]; /* -1: no more */
	int64_t first, last;
	uint64_t broken;
};

/* clang-format off */
static const struct row rows[] = {
	{{100, -1}, 100, 100, 0},
	{{100, 101, 102, -1}, 100, 102, 0},
	{{101, 100, 102, -1}, 100, 102, 0},                /* out of order */
	{{100, 130, 160, -1}, 100, 160, 0},                /* each is near the one before */
	{{100, 9000, 101, -1}, 100, 101, 1},               /* a broken one between */
	{{100, 1, 101, -1}, 100, 101, 1},                  /* of the past */
	{{100, 9000, 101, 9000, 102, -1}, 100, 102, 2},
	{{100, 9000, -1}, 100, 100, 1},                    /* at the end */
	{{100, 101, 9000, 9001, -1}, 100, 9001, 0},        /* another file */
	{{9000, 9001, 100, 101, -1}, 100, 9001, 0},        /* … of before */
	{{9000, 100, 101, 102, -1}, 100, 102, 1},          /* the first is broken */
	{{0, 100, 101, -1}, 100, 101, 1},
	{{100, 9000, 5000, 101, -1}, 100, 101, 2},         /* two that do not agree */
	{{100, 101, 9000, 101, 9000, 101, -1}, 100, 101, 2},
};
/* clang-format on */

static void
test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = {0};
		uint64_t n = 0;

		for (; rows[i].days[n] >= 0; n++)
			span_add(&s, rows[i].days[n] * DAY, LEAP);
		if (s.first_ns != rows[i].first * DAY || s.last_ns != rows[i].last * DAY ||
			s.broken != rows[i].broken || s.believed + s.broken != n)
			fail_msg("row %zu: %lld to %lld, %llu broken, %llu believed", i,
				(long long)(s.first_ns / DAY), (long long)(s.last_ns / DAY),
				(unsigned long long)s.broken, (unsigned long long)s.believed);
	}
}

/* What it says of the packet at hand. */
static void
test_said(void **state)
{
	struct span s = {0};

	assert_true(span_add(&s, 100 * DAY, LEAP));
	assert_false(span_add(&s, 9000 * DAY, LEAP));
	assert_true(span_add(&s, 101 * DAY, LEAP));
	assert_false(span_add(&s, 9000 * DAY, LEAP));
	assert_true(span_add(&s, 9001 * DAY, LEAP));
	assert_false(span_add(&s, INT64_MIN, LEAP));
	assert_false(span_add(&s, INT64_MAX, LEAP));
	assert_true(span_add(&s, 9001 * DAY, LEAP));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
