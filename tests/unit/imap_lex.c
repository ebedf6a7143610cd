#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "dissectors/imap/lex.h"

static const struct {
	const char *in;
	enum lex_tail want;
	uint64_t size;
	size_t from;
	bool sync, binary;
} tails[] = {
	{"a LOGIN {5}", LEX_TAIL_LITERAL, 5, 8, true, false},
	{"a LOGIN {5+}", LEX_TAIL_LITERAL, 5, 8, false, false},
	{"a LOGIN {5-}", LEX_TAIL_LITERAL, 5, 8, false, false},
	{"BINARY[] ~{310}", LEX_TAIL_LITERAL, 310, 9, true, true},
	{"(~{310+}", LEX_TAIL_LITERAL, 310, 1, false, true},
	{"BODY[]{7}", LEX_TAIL_LITERAL, 7, 6, true, false},
	{"{0}", LEX_TAIL_LITERAL, 0, 0, true, false},
	{"{9223372036854775807}", LEX_TAIL_LITERAL, INT64_MAX, 0, true, false},
	{"{9223372036854775808}", LEX_TAIL_BAD, 0, 0, false, false},
	{"x {-1}", LEX_TAIL_BAD, 0, 2, false, false},
	{"x {}", LEX_TAIL_BAD, 0, 2, false, false},
	{"x {+}", LEX_TAIL_BAD, 0, 2, false, false},
	{"x { 5}", LEX_TAIL_NONE, 0, 0, false, false},
	{"x {5} ", LEX_TAIL_NONE, 0, 0, false, false},
	{"pass{5}", LEX_TAIL_NONE, 0, 0, false, false},
	{"a LOGIN \"x {5}", LEX_TAIL_NONE, 0, 0, false, false},
	{"a LOGIN \"x\\\" \" {5}", LEX_TAIL_LITERAL, 5, 15, true, false},
	{"", LEX_TAIL_NONE, 0, 0, false, false},
	{"}", LEX_TAIL_NONE, 0, 0, false, false},
};

static void
test_tails(void **state)
{
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct lex_literal lit;
		enum lex_tail got = lex_tail(bytes_str(tails[i].in), &lit);

		if (got != tails[i].want)
			fail_msg("%s: %d", tails[i].in, got);
		if (got == LEX_TAIL_NONE)
			continue;
		assert_int_equal(lit.from, tails[i].from);
		if (got != LEX_TAIL_LITERAL)
			continue;
		assert_int_equal(lit.size, tails[i].size);
		assert_int_equal(lit.sync, tails[i].sync);
		assert_int_equal(lit.binary, tails[i].binary);
	}
}

/* Tokens as text: a atom, q quoted, ( ), l literal, b bad; the text in < >. */
static const struct {
	const char *in, *want;
} tokens[] = {
	{"UID 7 FLAGS (\\Seen $x)", "a<UID>a<7>a<FLAGS>(a<\\Seen>a<$x>)"},
	{"(BODY[HEADER.FIELDS (From \"To ]\")]<0> {12}",
		"(a<BODY[HEADER.FIELDS (From \"To ]\")]<0>>l<{12}>"},
	{"BODY[]{12}", "a<BODY[]>l<{12}>"},
	{"BODY[ unclosed", "a<BODY[>a<unclosed>"},
	{"a \"q \\\" \\\\\" NIL", "a<a>q<q \\\" \\\\>a<NIL>"},
	{"\"open", "b<open>"},
	{"\"open\\", "b<open\\>"},
	{"((()))", "((()))"},
	{"()\"\"", "()q<>"},
	{"x ~{3}", "a<x>l<~{3}>"},
	{"x {no}", "a<x>l<{no}>"},
	{"  \t ", ""},
};

static void
test_tokens(void **state)
{
	static const char kinds[] = "?aq()lb";

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		struct lex l = lex_of(bytes_str(tokens[i].in));
		struct lex_token t;
		struct buf out;

		buf_init(&out, SIZE_MAX);
		while (lex_next(&l, &t)) {
			buf_byte(&out, (uint8_t)kinds[t.kind]);
			if (t.kind != LEX_OPEN && t.kind != LEX_CLOSE)
				buf_fmt(&out, "<%.*s>", BYTES_FMT(t.text));
		}
		assert_string_equal(buf_text(&out), tokens[i].want);
		buf_done(&out);
	}
}

static const struct {
	const char *in, *code, *rest;
} codes[] = {
	{"[ALERT] Beware", "ALERT", "Beware"},
	{"[PERMANENTFLAGS (\\* \\Seen)] ok", "PERMANENTFLAGS (\\* \\Seen)", "ok"},
	{"[REFERRAL imap://[2001:db8::1]/] go", "REFERRAL imap://[2001:db8::1]/", "go"},
	{"[BADCHARSET (\"a]b\")] no", "BADCHARSET (\"a]b\")", "no"},
	{"[X \"open] y", "X \"open", "y"},
	{"[open", "", "[open"},
	{"plain [ALERT]", "", "plain [ALERT]"},
	{"[] x", "", "x"},
	{"", "", ""},
};

static void
test_codes(void **state)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct bytes rest, code = lex_code(bytes_str(codes[i].in), &rest);

		if (!bytes_is(code, codes[i].code) || !bytes_is(rest, codes[i].rest))
			fail_msg("%s: <%.*s> <%.*s>", codes[i].in, BYTES_FMT(code),
				BYTES_FMT(rest));
	}
}

static const struct {
	const char *in, *kinds, *values;
} astrings[] = {
	{"alice Sesame", "aa", "alice|Sesame|"},
	{"\"al ice\" \"a\\\"b\\\\\"", "qq", "al ice|a\"b\\|"},
	{"p(a)s[s {5}", "al", "p(a)s[s|{5}|"},
	{"{5+}", "l", "{5+}|"},
	{"\"x", "b", "x|"},
};

static void
test_astrings(void **state)
{
	static const char kinds[] = "?aq()lb";

	for (size_t i = 0; i < sizeof(astrings) / sizeof(astrings[0]); i++) {
		struct lex l = lex_of(bytes_str(astrings[i].in));
		struct lex_token t;
		struct buf got, values;

		buf_init(&got, SIZE_MAX);
		buf_init(&values, SIZE_MAX);
		while (lex_astring(&l, &t)) {
			buf_byte(&got, (uint8_t)kinds[t.kind]);
			lex_value(&t, &values);
			buf_byte(&values, '|');
		}
		assert_string_equal(buf_text(&got), astrings[i].kinds);
		assert_string_equal(buf_text(&values), astrings[i].values);
		buf_done(&got);
		buf_done(&values);
	}
}

static void
test_tag(void **state)
{
	assert_true(lex_is_tag(BYTES("a001")));
	assert_true(lex_is_tag(BYTES(".")));
	assert_true(lex_is_tag(BYTES("C]1")));
	assert_false(lex_is_tag(BYTES("")));
	assert_false(lex_is_tag(BYTES("a+b")));
	assert_false(lex_is_tag(BYTES("*")));
	assert_false(lex_is_tag(BYTES("a\"")));
	assert_false(lex_is_tag(BYTES("\x16\x03\x01")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_astrings),
		cmocka_unit_test(test_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
