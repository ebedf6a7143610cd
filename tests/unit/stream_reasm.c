#include "stream_script.h"

#define HELLO "C S\nS SA\nC A\n"

struct row {
	const char *name, *in, *want;
};

static const struct row rows[] = {
	{"in-order", HELLO "S * OK\nC a\nS b\nC F\nS F\nC A",
		"open\nS@0 * OK\nC@0 a\nS@4 b\nC@1 fin\nS@5 fin\nclose fin\n"},
	{"retransmission-whole", HELLO "C abc\nC @0 abc\nC @3 def",
		"open\nC@0 abc\nC@3 def\nclose eof\n"},
	{"retransmission-partial", HELLO "C abc\nC @1 bcdef",
		"open\nC@0 abc\nC@3 def\nclose eof\n"},
	{"overlap-differs", HELLO "C abc\nC @1 bXd",
		"open\nC@0 abc\nC note overlap@2 c|X\nC@3 d\nclose eof\n"},
	{"overlap-differs-held", HELLO "C @2 cdef\nC @3 dXf\nC @0 ab",
		"open\nC note overlap@4 ef|Xf\nC@0 ab\nC@2 cdef\nclose eof\n"},
	{"overlap-differs-long-ago", HELLO "C abc\nC defg\nC hij\nC @1 bcdeXghiY",
		"open\nC@0 abc\nC@3 defg\nC@7 hij\nC note overlap@5 fghij|XghiY\nclose eof\n"},
	{"overlap-spans-holes", HELLO "C @2 c\nC @4 e\nC @1 bcdef\nC @0 a",
		"open\nC@0 a\nC@1 b\nC@2 c\nC@3 d\nC@4 e\nC@5 f\nclose eof\n"},
	{"out-of-order", HELLO "C @3 def\nC @6 ghi\nC @0 abc",
		"open\nC@0 abc\nC@3 def\nC@6 ghi\nclose eof\n"},
	{"keep-alive-empty", HELLO "C abc\nS A\nC @2 \nC @2 \nC def", /* no garbage octet */
		"open\nC@0 abc\nC@3 def\nclose eof\n"},
	{"keep-alive-octet", HELLO "C abc\nS A\nC @2 X\nC @2 X\nC @3 def",
		"open\nC@0 abc\nC@3 def\nclose eof\n"},
	{"zero-window-probe", HELLO "C abc\nS A\nC @3 d\nS A\nC @3 def",
		"open\nC@0 abc\nC@3 d\nC@4 ef\nclose eof\n"},
	{"sequence-wraps",
		"isn 4294967293 4294967295\n" HELLO "C abc\nS defgh\nC ijk\nC F\nS F",
		"open\nC@0 abc\nS@0 defgh\nC@3 ijk\nC@6 fin\nS@5 fin\nclose fin\n"},
	{"sequence-wraps-early",
		"isn 4294967293 4294967295\n" HELLO "C @2 c\nC @0 ab\nC @3 d\nC @0 abcd",
		"open\nC@0 ab\nC@2 c\nC@3 d\nclose eof\n"},
	{"answer-before-question", HELLO "S @0^1 2\nC @0^0 1\n",
		"open\nC@0 1\nS@0 2\nclose eof\n"},
	{"answers-before-questions", HELLO "S @1^2 4\nC @1^1 3\nS @0^1 2\nC @0^0 1\n",
		"open\nC@0 1\nS@0 2\nC@1 3\nS@1 4\nclose eof\n"},
	/* the copy that came first acknowledges more than the original did */
	{"retransmission-first", HELLO "C @0^1 abcd\nS @0^2 1\nC @0^0 ab\n",
		"open\nC@0 ab\nS@0 1\nC@2 cd\nclose eof\n"},
	{"fin-with-data", HELLO "C @3 def$\nC @0 abc\nC @6 late\nC @3 def$",
		"open\nC@0 abc\nC@3 def\nC@6 fin\nclose eof\n"},
	{"fin-before-data", HELLO "-C abc\nC F\nC @0 abc\nS F",
		"open\nC@0 abc\nC@3 fin\nS@0 fin\nclose fin\n"},
};

/* Rows that need numbers which the lines cannot say stand in their own tests below. */
static void
play_rows(const struct row *r, size_t n)
{
	for (; n > 0; n--, r++) {
		struct script sc;

		script_init(&sc, NULL);
		script_play(&sc, r->in);
		streams_end(sc.s);
		if (strcmp(buf_text(&sc.log), r->want) != 0)
			print_error("%s\n", r->name);
		assert_string_equal(buf_text(&sc.log), r->want);
		assert_int_equal(streams_counts(sc.s)->held_bytes_now, 0);
		script_done(&sc);
	}
}

static void
test_rows(void **state)
{
	play_rows(rows, sizeof(rows) / sizeof(*rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
