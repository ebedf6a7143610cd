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
	{"overlap-differs-held-wraps", "isn 4294967293 1\n" HELLO "C @3 def\nC @1 bcXe\nC @0 a",
		"open\nC note overlap@3 de|Xe\nC@0 a\nC@1 bc\nC@3 def\nclose eof\n"},
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
	{"syn-last-slow",
		"S @0^0 hi\nwait 900\nC @3^2 b\nwait 900\nS A\nwait 900\nS A\nwait 900\nS A\n"
		"wait 900\nS A\nwait 900\nC S\nS SA\nC @0^2 abc",
		"open midstream\nS@0 hi\nC@0 abc\nC@3 b\nclose eof\n"},
	{"fin-before-data", HELLO "-C abc\nC F\nC @0 abc\nS F",
		"open\nC@0 abc\nC@3 fin\nS@0 fin\nclose fin\n"},
};

/* With small limits: hole 2 s and 4 segments, at most 10 s; hold 6 segments, 64 bytes; join 4,
 * one-sided 4. */
static const struct row small[] = {
	/* holes */
	{"hole-time-and-segments", HELLO "-C ab\nC cd\nS A\n+2500\nC ef\nC gh\nC ij\nC kl",
		"open\nC@0 gap 2 lost acked\nC@2 cd\nC@4 ef\nC@6 gh\nC@8 ij\nC@10 kl\nclose "
		"eof\n"},
	{"hole-too-few-segments", HELLO "-C ab\nC cd\nS A\n+2500\nC ef\n+500",
		"open\nC@0 gap 2 lost acked\nC@2 cd\nC@4 ef\nclose eof\n"}, /* at the end */
	{"hole-not-acked", HELLO "-C ab\nC cd\nC e\nC f\nC g\n+2500\nC h\n+7000\n+600\nC i",
		"open\nC@0 gap 2 lost\nC@2 cd\nC@4 e\nC@5 f\nC@6 g\nC@7 h\nC@8 i\nclose eof\n"},
	{"hole-segments-limit", HELLO "-C a\nC b\nC c\nC d\nC e\nC f\nC g\nC h",
		"open\nC note limit\nC@0 gap 1 held\nC@1 b\nC@2 c\nC@3 d\nC@4 e\nC@5 f\nC@6 "
		"g\nC@7 h\n"
		"close eof\n"},
	{"hole-bytes-limit",
		HELLO "-C a\nC 123456789012345678901234567890\nC "
		      "123456789012345678901234567890\nC xyzxyz",
		"open\nC note limit\nC@0 gap 1 held\nC@1 123456789012345678901234567890\n"
		"C@31 123456789012345678901234567890\nC@61 xyzxyz\nclose eof\n"},
	{"hole-at-close", HELLO "-C ab\nC cd\nC F\nS F\n+6000",
		"open\nC@0 gap 2 lost acked\nC@2 cd\nC@4 fin\nS@0 fin\nclose fin\n"},
	{"hole-filled-late", HELLO "-C ab\nC cd\nS A\n+1000\nC @0 ab\nC ef",
		"open\nC@0 ab\nC@2 cd\nC@4 ef\nclose eof\n"},
	{"hole-filled-too-late", HELLO "-C ab\nC cd\nS A\n+2500\nn 4\nC @0 ab\nC ef",
		"open\nC@0 gap 2 lost acked\nC@2 cd\nC@4 ef\nclose eof\n"},
	{"hole-over-silence", HELLO "-C ab\nC cd\nS A\nwait 60000\nC @0 ab\nC ef",
		"open\nC@0 ab\nC@2 cd\nC@4 ef\nclose eof\n"},
	{"hole-in-packet-time",
		HELLO
		"-C ab\nC cd\nwait 60000\nS A\nn 6\nwait 400\nn 1\nwait 400\nn 1\nwait 400\n"
		"n 1\nwait 400\nn 1\nC @0 ab",
		"open\nC@0 gap 2 lost acked\nC@2 cd\nclose eof\n"},
	{"linger-over-silence", HELLO "-C ab\nC F\nS F\nwait 60000\nC @0 ab",
		"open\nC@0 ab\nC@2 fin\nS@0 fin\nclose fin\n"},
	{"question-lost", HELLO "-C quit\nS bye\n+2500\nn 4\nC F\nS F",
		"open\nC@0 gap 4 lost acked\nS@0 bye\nC@4 fin\nS@3 fin\nclose fin\n"},
	{"both-lost", HELLO "-C a1\n-S b1\nC c2\nS d2\n+2500\nn 4",
		"open\nC@0 gap 2 lost acked\nS@0 gap 2 lost acked\nC@2 c2\nS@2 d2\nclose "
		"eof\n"},
	{"tail-lost", HELLO "C a\n-C bcd\nS A",
		"open\nC@0 a\nC@1 gap 3 lost acked\nclose eof\n"},
	{"fin-lost", HELLO "C a\n-S F\nC A\nC F\n+2500\nn 4", /* no byte is missing */
		"open\nC@0 a\nC@1 fin\nclose eof\n"},
	{"acked-garbage", HELLO "S @0^999999999 x\nS @1^0 y",
		"open\nS@0 x\nS@1 y\nclose eof\n"},
	{"sequence-garbage", HELLO "C @99999999 x\nC @-99999999 y\nC ok",
		"open\nC@0 ok\nclose eof\n"},
	{"sequence-jumps",
		HELLO "C ok\nC @99999999 ab\nC @100000001 cd\nC @100000003 ef\nC @100000005 "
		      "gh\nC @100000007 ij",
		"open\nC@0 ok\nC@2 gap 100000003 lost\nC@100000005 gh\nC@100000007 ij\nclose "
		"eof\n"},
	/* snaplen */
	{"snaplen-tail", HELLO "C !5 he\nS A\nC llo",
		"open\nC@0 he\nC@2 gap 3 snaplen\nC@5 llo\nclose eof\n"},
	{"snaplen-all", HELLO "C !5 \nS A\nC llo",
		"open\nC@0 gap 5 snaplen\nC@5 llo\nclose eof\n"},
	{"snaplen-filled", HELLO "C @1 !5 el\nC @3 lo!\nC @0 h",
		"open\nC@0 h\nC@1 el\nC@3 lo!\nclose eof\n"},
	{"snaplen-filled-in-part", HELLO "C @3 !3 lo\nC @1 !4 el\nC @0 h",
		"open\nC@0 h\nC@1 el\nC@3 lo\nC@5 gap 1 snaplen\nclose eof\n"},
	{"snaplen-retransmitted-late", HELLO "C !5 he\nC @0 hello\nC !",
		"open\nC@0 he\nC@2 gap 3 snaplen\nC@5 !\nclose eof\n"},
	/* the end */
	{"rst", HELLO "C a\nS R\n+6000", "open\nC@0 a\nclose rst\n"},
	{"rst-then-late-data", HELLO "-C abc\nC R\nC @0 ab\nC @2 cdef\n+6000",
		"open\nC@0 ab\nC@2 c\nclose rst\n"},
	{"rst-garbage", HELLO "C a\nisn 900000000 5000\nC R\nisn 1000 5000\nC @1 b",
		"open\nC@0 a\nC@1 b\nclose eof\n"},
	/* the RST stands behind a FIN that comes after it, and was acknowledged: no byte is
	   missing */
	{"rst-before-its-fin", HELLO "C a\nS bc\n-S F\nS R\nC d\nS @2 $\n+6000",
		"open\nC@0 a\nS@0 bc\nC@1 d\nS@2 fin\nclose rst\n"},
	{"rst-of-syn", "C S\nS RA\n+6000", "open\nclose rst\n"},
	{"rst-alone", "C R\nS RA", ""},
	{"rst-then-fin", HELLO "C a\nC F\nC R\nS F\n+6000",
		"open\nC@0 a\nC@1 fin\nS@0 fin\nclose fin\n"},
	{"fin-both-at-once", HELLO "C F\nS F\nC A\nS A\n+6000",
		"open\nC@0 fin\nS@0 fin\nclose fin\n"},
	{"fin-again", HELLO "C a\nC F\nC @1 $\nS A\nC @1 $\nS F\nS @0 $",
		"open\nC@0 a\nC@1 fin\nS@0 fin\nclose fin\n"},
	{"data-after-fin", HELLO "C a\nC F\nC @1 b\nC @2 c",
		"open\nC@0 a\nC@1 fin\nclose eof\n"},
	{"half-closed", HELLO "C F\nS a\nS b\n+2000",
		"open\nC@0 fin\nS@0 a\nS@1 b\nclose eof\n"},
	{"idle", HELLO "C a\n+3599000\nC b\n+3602000", "open\nC@0 a\nC@1 b\nclose timeout\n"},
	{"syn-without-answer", "C S\n+20000\nC S\n+20000\n+12000", "open\nclose timeout\n"},
	/* SYN */
	{"syn-again", "C S\nC S\nS SA\nS SA\nC A\nC S\nC a\nS SA", "open\nC@0 a\nclose eof\n"},
	{"syn-ack-first", "S SA\nC S\nC a\nS b", "open\nC@0 a\nS@0 b\nclose eof\n"},
	{"syn-ack-only", "S SA\nC a\nS b", "open\nC@0 a\nS@0 b\nclose eof\n"},
	{"syn-ack-missing", "C S\nC A\nS hi\nC a\nS b\n",
		"open\nS@0 hi\nC@0 a\nS@2 b\nclose eof\n"},
	{"syn-last", "S @0^0 hi\nC @0^2 a\nC S\nS SA",
		"open midstream\nS@0 hi\nC@0 a\nclose eof\n"},
	{"syn-in-connection", HELLO "C a\nisn 7000 5000\nC S\nisn 1000 5000\nC @1 b\nS @0^2 c",
		"open\nC@0 a\nC note syn\nC@1 b\nS@0 c\nclose eof\n"},
	{"syn-ack-in-connection", HELLO "C a\nisn 1000 9000\nS SA\nisn 1000 5000\nC @1 b",
		"open\nC@0 a\nS note syn\nC@1 b\nclose eof\n"},
	{"port-again-after-fin", HELLO "C a\nC F\nS F\nC A\nisn 7000 9000\n" HELLO "C b",
		"open\nC@0 a\nC@1 fin\nS@0 fin\nclose fin\nopen\nC@0 b\nclose eof\n"},
	{"port-again-after-rst", HELLO "C a\nS R\nisn 7000 9000\n" HELLO "C b",
		"open\nC@0 a\nclose rst\nopen\nC@0 b\nclose eof\n"},
	{"port-again-in-the-open", HELLO "C a\nisn 7000 9000\n" HELLO "C b",
		"open\nC@0 a\nclose timeout\nopen\nC@0 b\nclose eof\n"},
	{"port-again-after-long", HELLO "C a\n+60000\nisn 70000000 9000\nC S\nC b",
		"open\nC@0 a\nclose timeout\nopen\nC@0 b\nclose eof\n"},
	{"port-again-unanswered", "C S\nisn 7000 9000\n" HELLO "C b",
		"open\nclose timeout\nopen\nC@0 b\nclose eof\n"},
	/* joined in the middle, one side */
	{"joined", "S * OK\nC a\nS b\nC c",
		"open midstream\nS@0 * OK\nC@0 a\nS@4 b\nC@1 c\nclose eof\n"},
	{"joined-out-of-order", "C @2^2 c\nC @1^0 b\nS @0^2 x\nS @1^2 y\nC @3^2 d",
		"open midstream\nC@0 b\nS@0 x\nS@1 y\nC@1 c\nC@2 d\nclose eof\n"},
	{"joined-by-keep-alive", "C @-1 \nS A\nC @-1 \nS A\nC @-1 \nS A\nC a\nS b",
		"open midstream\nC@0 a\nS@0 b\nclose eof\n"},
	{"joined-quiet", "C a\n+3000", "open midstream\nC@0 a\nclose eof\n"},
	{"client-only-from-syn",
		"C S\nC A\nC a\n-S x\nC b\n-S y\nC c\n-S z\n+2500\nn 4\nC d\n-S zz\nC e",
		"open\nC@0 a\nC@1 b\nC@2 c\nC@3 d\nC@4 e\nclose eof\n"},
	{"server-only-from-syn-ack", "S SA\nS hi\n-C a\nS b\n-C c\nS d",
		"open\nS@0 hi\nS@2 b\nS@3 d\nclose eof\n"},
	{"client-only-joined", "C a\n-S x\nC b\n-S y\nC c\nC d\nC e\nC f\nC g\n-S z\nC h",
		"open midstream\nC@0 a\nC@1 b\nC@2 c\nC@3 d\nC@4 e\nC@5 f\nC@6 g\nC@7 h\nclose "
		"eof\n"},
	{"one-side-lost-later", HELLO "C a\nS b\nC c\n-S d\nC e\n-S f\nC g\n+2500\nn 4",
		"open\nC@0 a\nS@0 b\nC@1 c\nS@1 gap 1 lost acked\nC@2 e\nS@2 gap 1 lost "
		"acked\nC@3 g\nclose eof\n"},
};

static void
play_rows(const struct row *r, size_t n, const struct stream_settings *set)
{
	bool failed = false;

	for (; n > 0; n--, r++) {
		struct script sc;

		script_init(&sc, set);
		script_play(&sc, r->in);
		streams_end(sc.s);
		if (strcmp(buf_text(&sc.log), r->want) != 0) {
			print_error("%s: want\n%sgot\n%s", r->name, r->want, buf_text(&sc.log));
			failed = true;
		}
		assert_int_equal(streams_counts(sc.s)->held_bytes_now, 0);
		script_done(&sc);
	}
	assert_false(failed);
}

static struct stream_settings
small_settings(void)
{
	struct stream_settings set = stream_defaults;

	set.hole_segments = 4;
	set.hole_max_ns = 10 * NS_PER_S;
	set.hold_segments = 6;
	set.hold_bytes = 64;
	set.join_segments = 4;
	set.one_sided_segments = 4;
	return set;
}

static void
test_rows(void **state)
{
	struct stream_settings set = small_settings();

	play_rows(rows, sizeof(rows) / sizeof(*rows), NULL);
	play_rows(small, sizeof(small) / sizeof(*small), &set);
}

/* The first data() calls flow_ignore(): held segments are freed, bytes still counted. */
static void
test_ignore(void **state)
{
	struct script sc;

	script_init(&sc, NULL);
	script_play(&sc, HELLO "C @3 def\nC @6 ghi");
	assert_int_equal(streams_counts(sc.s)->held_bytes_now, 6);
	sc.ignore = true;
	script_play(&sc, "C @0 abc\nC @9 jkl\nC @9 jkl\nC @20 x");
	assert_string_equal(buf_text(&sc.log), "open\nC@0 abc\n");
	assert_int_equal(streams_counts(sc.s)->held_bytes_now, 0);
	assert_true(sc.last->ignored);
	assert_int_equal(sc.last->side[0].bytes, 21);
	script_done(&sc);
}

/* Outside of a call of the sink. */
static void
test_ignore_at_rest(void **state)
{
	struct script sc;

	script_init(&sc, NULL);
	script_play(&sc, HELLO "C @3 def");
	size_t before = streams_memory(sc.s);
	flow_ignore(sc.last);
	assert_true(streams_memory(sc.s) < before);
	script_play(&sc, "C F\nS F\n+6000");
	assert_string_equal(buf_text(&sc.log), "open\nclose fin\n");
	script_done(&sc);
}

static void
test_swap(void **state)
{
	struct script sc;

	script_init(&sc, NULL);
	sc.end[1].port = 50000; /* the ports say that 40000 is the server */
	script_play(&sc, "S @0^0 hi\n+3000");
	assert_int_equal(sc.last->server.port, 40000);
	assert_string_equal(buf_text(&sc.log), "open midstream\nC@0 hi\n");
	sc.swap = true;
	script_play(&sc, "S @2^0 !\nC @0^3 a\nS @3^1 b\nC @3^4 late\nC @1^4 xy");
	streams_end(sc.s);
	assert_string_equal(buf_text(&sc.log),
		"open midstream\nC@0 hi\nC@2 !\nC@0 a\nS@3 b\nC@1 xy\nC@3 late\nclose eof\n");
	script_done(&sc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ignore),
		cmocka_unit_test(test_ignore_at_rest),
		cmocka_unit_test(test_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
