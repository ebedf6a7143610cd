/* Outputs of themselves: settings, explanations, what is hidden, ASCII, one that breaks. */
#include "output/explain.h"
#include "output/sink.h"
#include "output/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

typedef struct sink *(*maker)(const struct sink_settings *set, struct err *e);

static void
test_settings(void **state)
{
	static const struct {
		maker make;
		struct sink_settings set;
		const char *want;
	} wrong[] = {
		{log_sink_new, {.format = "csv"}, "unknown format 'csv'"},
		{report_sink_new, {.format = "html"}, "unknown format"},
		{sessions_sink_new, {.format = "xml"}, "text, csv and json"},
		{show_sink_new, {.raw = true, .hex = true}, "exclude"},
		{sessions_sink_new, {.columns = "usr,proto"}, "did you mean user"},
		{sessions_sink_new, {.columns = "nothing_like_it"}, "there are number, time,"},
		{sessions_sink_new, {.columns = ""}, "empty"},
	};

	for (size_t i = 0; i < N(wrong); i++) {
		struct err e = {0};

		assert_null(wrong[i].make(&wrong[i].set, &e));
		if (!strstr(e.text, wrong[i].want))
			fail_msg("%zu: %s", i, e.text);
	}
}

static void
test_explain(void **state)
{
	static const struct {
		const char *term, *want;
	} rows[] = {{NULL, "usage: mailsnoop explain"}, {"ehlo", "EHLO  (SMTP command)"},
		{"5.7.8", "7.8"}, {"ALERT", "[ALERT]"}, {"MAIL FROM:", "MAIL  (SMTP command)"},
		{"size", "SIZE"}};
	struct err e;
	struct out *o;

	for (size_t i = 0; i < N(rows); i++) {
		int fd = memfd_create("out", 0);
		char text[65536] = "";

		o = out_new(fd, true);
		assert_int_equal(explain_print(o, rows[i].term, 80, &e), 0);
		out_flush(o, &e);
		assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
		if (!strstr(text, rows[i].want))
			fail_msg("%s: %.200s", rows[i].term, text);
		out_free(&o);
	}
	o = out_new(-1, false);
	assert_int_equal(explain_print(o, "EHLOO\x1b", 80, &e), -ENOENT);
	assert_non_null(strstr(e.text, "did you mean EHLO"));
	assert_null(strchr(e.text, 0x1b));
	out_free(&o);
}

/* Hex: what is hidden may be too much, never too little. */
static void
test_hidden(void **state)
{
	static const struct {
		const char *in, *redacted;
		uint32_t off, len;
	} rows[] = {
		{"PASS hello", "PASS hello", 0, 0},
		{"PASS hunter2", "PASS <secret#1>", 5, 7},
		{"say hunter2 now", "say <secret#12> now", 4, 7},
		{"a <secret> b", "a <secret#1> b", 2, 8}, /* the secret looks like its mask */
		{"x #1> y", "x <secret#1> y", 2, 3},
		{"pw pw", "<secret#1> <secret#1>", 0, 5},
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct hidden h = transcript_hidden(
			bytes_str(rows[i].in), bytes_str(rows[i].redacted));

		if (h.off > rows[i].off || h.off + h.len < rows[i].off + rows[i].len)
			fail_msg("%s: %u+%u", rows[i].in, h.off, h.len);
	}
}

static void
test_broken_output(void **state)
{
	struct out *o = out_new(open("/dev/full", O_WRONLY), true);
	struct err e;

	for (int i = 0; i < 100000; i++)
		out_add(o, BYTES("0123456789"));
	assert_true(out_broken(o));
	assert_int_equal(out_flush(o, &e), -ENOSPC);
	out_free(&o);
}

/* A terminal that knows ASCII only gets as many columns as one that knows all. */
static void
test_ascii(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"plain\n", "plain\n"},
		{"a → b", "a > b"},
		{"cut…", "cut~"},
		{"RFC 8314 §4.1 – now", "RFC 8314 s4.1 - now"},
		{"Привет", "??????"},
		{"中文", "????"},
		{"e\xcc\x81!", "e!"},
		{"\xff\xc3", "??"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[64] = "";
		int fds[2];
		struct out *o;

		assert_int_equal(pipe(fds), 0);
		o = out_new(fds[1], true);
		out_ascii(o);
		out_add(o, bytes_str(rows[i].in));
		out_free(&o);
		assert_true(read(fds[0], got, sizeof(got) - 1) >= 0);
		close(fds[0]);
		assert_string_equal(got, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_broken_output),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
