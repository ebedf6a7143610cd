/* Lines off a stream: line_cut, line_take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dissectors/line.h"

/* A driver of its own: it writes down what is said. */
struct events {
	struct dis_limits limits;
	struct buf log;
	size_t base;
};

static const char *const names[] = {
#define X(id, name, layer, text) name,
	ANOMALIES(X)
#undef X
};

const struct dis_limits *
events_limits(const struct events *out)
{
	return &out->limits;
}

void
events_anomaly(
	struct events *out, enum anomaly_id id, size_t from, size_t n, struct bytes detail)
{
	(void)detail;
	buf_fmt(&out->log, "%s@%zu+%zu ", names[id], out->base + from, n);
}

struct row {
	const char *name;
	struct bytes in;
	const char *want;
};

/* clang-format off */
static const struct row rows[] = {
	{ "two lines", BYTES("EHLO a\r\nQUIT\r\n"), "[EHLO a]2 [QUIT]2 " },
	{ "lf alone", BYTES("QUIT\nNOOP\r\n"), "bare_lf@4+1 [QUIT]1 [NOOP]2 " },
	{ "cr inside", BYTES("a\rb\r\n"), "bare_cr@1+1 [a\rb]2 " },
	{ "cr cr lf", BYTES("a\r\r\n"), "bare_cr@1+1 [a\r]2 " },
	{ "nul", BYTES("a\0b\0\r\n"), "nul_byte@1+1 [a]2 " },
	{ "empty lines", BYTES("\r\n\n\r\n"), "[]2 bare_lf@2+1 []1 []2 " },
	{ "no end", BYTES("QUIT"), "" },
	{ "at the limit", BYTES("12345678\r\nab\r\n"), "[12345678]2 [ab]2 " },
	{ "over the limit", BYTES("x\r\n123456789\r\nab\r\n"), "[x]2 line_too_long@3+10 [ab]2 " },
	{ "far over the limit", BYTES("1234567890123456789012345\nab\r\n"), "line_too_long@0+10 [ab]2 " },
	{ "over twice", BYTES("12345678901\n12345678902\n"), "line_too_long@0+10 line_too_long@12+10 " },
	{ "over, no end", BYTES("12345678901234"), "line_too_long@0+10 " },
};
/* clang-format on */

/* As the driver: the unused bytes are shown again with more behind them. `step` bytes come at a
 * time. */
static const char *
play(struct events *ev, struct bytes in, size_t step)
{
	struct line_state ls = {0};
	size_t at = 0, have = 0;

	buf_clear(&ev->log);
	while (have < in.n) {
		enum line_result r = LINE_SKIP;

		have = have + step < in.n ? have + step : in.n;
		while (r != LINE_MORE && at < have) {
			/* a copy of its own, so that a read behind its end is seen */
			uint8_t *p = malloc(have - at);
			struct bytes line;
			size_t used, end;

			memcpy(p, in.p + at, have - at);
			ev->base = at;
			r = line_take(
				&ls, (struct bytes){p, have - at}, 0, &line, &used, &end, ev);
			if (r == LINE_READY)
				buf_fmt(&ev->log, "[%.*s]%zu ", BYTES_FMT(line), end);
			else
				assert_int_equal(line.n, 0);
			at += used;
			free(p);
		}
	}
	return buf_text(&ev->log);
}

static void
test_lines(void **state)
{
	struct events ev = {.limits = {.line_bytes = 10}};

	(void)state;
	buf_init(&ev.log, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t step = 1; step <= rows[i].in.n; step++) {
			const char *got = play(&ev, rows[i].in, step);

			if (strcmp(got, rows[i].want) != 0)
				fail_msg("%s by %zu: got %s, want %s", rows[i].name, step, got,
					rows[i].want);
		}
	}
	buf_done(&ev.log);
}

static void
test_cut_remembers(void **state)
{
	size_t seen = 0;

	(void)state;
	assert_int_equal(line_cut(BYTES("abc"), &seen), 0);
	assert_int_equal(seen, 3);
	assert_int_equal(line_cut(BYTES("abc\nd"), &seen), 4);
	assert_int_equal(seen, 0);
	assert_int_equal(line_cut(BYTES_NONE, &seen), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut_remembers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
