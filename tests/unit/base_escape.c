/* Every sink against every kind of nasty byte. */
#include "base/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define FFFD "\xef\xbf\xbd"

typedef void (*escape_fn)(struct buf *out, struct bytes in);

struct row {
	const char *name;
	escape_fn fn;
	struct bytes in;
	const char *want;
};

/* clang-format off */
static const struct row rows[] = {
	{"json plain", escape_json, {(const uint8_t *)"abc", 3}, "abc"},
	{"json empty", escape_json, {NULL, 0}, ""},
	{"json quote", escape_json, {(const uint8_t *)"a\"b\\c", 5}, "a\\\"b\\\\c"},
	{"json letters", escape_json, {(const uint8_t *)"\b\f\n\r\t", 5}, "\\b\\f\\n\\r\\t"},
	{"json nul", escape_json, {(const uint8_t *)"a\0b", 3}, "a\\u0000b"},
	{"json esc del", escape_json, {(const uint8_t *)"\x1b\x7f", 2}, "\\u001b\\u007f"},
	{"json c1", escape_json, {(const uint8_t *)"\xc2\x9b", 2}, "\\u009b"},
	{"json rlo", escape_json, {(const uint8_t *)"\xe2\x80\xae", 3}, "\\u202e"},
	{"json tag", escape_json, {(const uint8_t *)"\xf3\xa0\x80\x81", 4}, "\\udb40\\udc01"},
	{"term bom", escape_term, {(const uint8_t *)"a\xef\xbb\xbf" "b", 5}, "a\\u{FEFF}b"},
	{"term joiner", escape_term, {(const uint8_t *)"\xe2\x80\x8d", 3}, "\xe2\x80\x8d"},
	{"json utf8", escape_json, {(const uint8_t *)"\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xa7", 9},
		"\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xa7"},
	{"json latin1", escape_json, {(const uint8_t *)"a\xe4z", 3}, "a" FFFD "z"},
	{"term crlf tab", escape_term, {(const uint8_t *)"a\r\n\tb", 5}, "a\\r\\n\\tb"},
	{"term backslash stays", escape_term, {(const uint8_t *)"\\n", 2}, "\\n"},
	{"term esc", escape_term, {(const uint8_t *)"\x1b[2J", 4}, "\\x1B[2J"},
	{"term nul bel del", escape_term, {(const uint8_t *)"\0\a\x7f", 3}, "\\x00\\x07\\x7F"},
	{"term c1 as utf8", escape_term, {(const uint8_t *)"\xc2\x9b" "31m", 5}, "\\u{009B}31m"},
	{"term c1 raw", escape_term, {(const uint8_t *)"\x9b" "31m", 4}, FFFD "31m"},
	{"term nbsp stays", escape_term, {(const uint8_t *)"\xc2\xa0", 2}, "\xc2\xa0"},
	{"html meta", escape_html, {(const uint8_t *)"<a href='x'>\"&", 14},
		"&lt;a href=&#39;x&#39;&gt;&quot;&amp;"},
	{"html control", escape_html, {(const uint8_t *)"\x1b\n", 2}, "\\x1B\\n"},
	{"csv plain", escape_csv, {(const uint8_t *)"abc", 3}, "abc"},
	{"csv comma", escape_csv, {(const uint8_t *)"a,b", 3}, "\"a,b\""},
	{"csv quote", escape_csv, {(const uint8_t *)"a\"b", 3}, "\"a\"\"b\""},
	{"csv formula", escape_csv, {(const uint8_t *)"=1+1", 4}, "'=1+1"},
	{"csv plus", escape_csv, {(const uint8_t *)"+1", 2}, "'+1"},
	{"csv minus", escape_csv, {(const uint8_t *)"-1", 2}, "'-1"},
	{"csv at", escape_csv, {(const uint8_t *)"@SUM(A1)", 8}, "'@SUM(A1)"},
	{"csv tab", escape_csv, {(const uint8_t *)"\t=1", 3}, "'\\t=1"},
	{"csv cr", escape_csv, {(const uint8_t *)"\r=1", 3}, "\"'\\r=1\""},
	{"csv formula in quotes", escape_csv, {(const uint8_t *)"=A1,\"", 5}, "\"'=A1,\"\"\""},
	{"csv full-width", escape_csv, {(const uint8_t *)"\xef\xbc\x9d" "1", 4}, "'\xef\xbc\x9d" "1"},
	{"csv line stays one", escape_csv, {(const uint8_t *)"a\nb", 3}, "\"a\\nb\""},
	{"path plain", escape_path, {(const uint8_t *)"a-b_c.eml", 9}, "a-b_c.eml"},
	{"path empty", escape_path, {NULL, 0}, "_"},
	{"path dot", escape_path, {(const uint8_t *)".", 1}, "%2E"},
	{"path dots", escape_path, {(const uint8_t *)"..", 2}, "%2E."},
	{"path up", escape_path, {(const uint8_t *)"../../etc/passwd", 16}, "%2E.%2F..%2Fetc%2Fpasswd"},
	{"path option", escape_path, {(const uint8_t *)"-rf", 3}, "%2Drf"},
	{"path nul and high", escape_path, {(const uint8_t *)"a\0\xff%", 4}, "a%00%FF%25"},
	{"utf8 keeps controls", escape_utf8, {(const uint8_t *)"a\r\n\x1b\"", 5}, "a\r\n\x1b\""},
};

/* What is not UTF-8: one U+FFFD for each bad byte (RFC 3629 section 3 and 10). */
static const struct row broken[] = {
	{"lone continuation", escape_utf8, {(const uint8_t *)"\x80", 1}, FFFD},
	{"overlong 2", escape_utf8, {(const uint8_t *)"\xc0\xaf", 2}, FFFD FFFD},
	{"overlong c1", escape_utf8, {(const uint8_t *)"\xc1\xbf", 2}, FFFD FFFD},
	{"overlong 3", escape_utf8, {(const uint8_t *)"\xe0\x80\xaf", 3}, FFFD FFFD FFFD},
	{"overlong 4", escape_utf8, {(const uint8_t *)"\xf0\x80\x80\xaf", 4}, FFFD FFFD FFFD FFFD},
	{"surrogate", escape_utf8, {(const uint8_t *)"\xed\xa0\x80", 3}, FFFD FFFD FFFD},
	{"beyond 10ffff", escape_utf8, {(const uint8_t *)"\xf4\x90\x80\x80", 4}, FFFD FFFD FFFD FFFD},
	{"f5", escape_utf8, {(const uint8_t *)"\xf5\x80", 2}, FFFD FFFD},
	{"cut 2", escape_utf8, {(const uint8_t *)"a\xc3", 2}, "a" FFFD},
	{"cut 3", escape_utf8, {(const uint8_t *)"\xe2\x82", 2}, FFFD FFFD},
	{"cut 4", escape_utf8, {(const uint8_t *)"\xf0\x9f\x93", 3}, FFFD FFFD FFFD},
	{"broken middle", escape_utf8, {(const uint8_t *)"\xe2(\xac", 3}, FFFD "(" FFFD},
	{"last good", escape_utf8, {(const uint8_t *)"\xf4\x8f\xbf\xbf", 4}, "\xf4\x8f\xbf\xbf"},
	{"before surrogates", escape_utf8, {(const uint8_t *)"\xed\x9f\xbf", 3}, "\xed\x9f\xbf"},
};
/* clang-format on */

static void
check(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out;

		buf_init(&out, SIZE_MAX);
		t[i].fn(&out, t[i].in);
		if (strcmp(buf_text(&out), t[i].want) != 0)
			fail_msg("%s: got <%s>, want <%s>", t[i].name, buf_text(&out),
				t[i].want);
		buf_done(&out);
	}
}

/* Whole pieces are copied at once: a byte that needs an escape at each place of texts of every
 * length around a piece, and one that needs none. */
static void
test_json_pieces(void **state)
{
	static const uint8_t bytes[] = {'\\', '"', 0x00, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff};

	for (size_t n = 1; n <= 40; n++) {
		for (size_t at = 0; at < n; at++) {
			for (size_t b = 0; b < N(bytes); b++) {
				uint8_t in[40];
				struct buf got, want;

				memset(in, 'a', n);
				in[at] = bytes[b];
				buf_init(&got, SIZE_MAX);
				buf_init(&want, SIZE_MAX);
				escape_json(&got, (struct bytes){in, n});
				for (size_t i = 0; i < n; i++)
					escape_json(&want, (struct bytes){in + i, 1});
				assert_int_equal(got.n, want.n);
				assert_memory_equal(got.p, want.p, got.n);
				buf_done(&got);
				buf_done(&want);
			}
		}
	}
}

static void
test_rows(void **state)
{
	check(rows, N(rows));
	check(broken, N(broken));
}

/* Each of the million code points is written as what decodes to itself, surrogates do not. */
static void
test_every_code_point(void **state)
{
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		uint8_t raw[4];
		uint32_t got = 0;
		size_t len = utf8_put(raw, cp);
		size_t want = cp >= 0xd800 && cp <= 0xdfff ? 0 : len;

		assert_int_equal(utf8_next((struct bytes){raw, len}, &got), want);
		if (want)
			assert_int_equal(got, cp);
		if (want > 1)
			assert_int_equal(utf8_next((struct bytes){raw, len - 1}, &got), 0);
	}
}

/* No byte, alone or as the code point of that number, gets a raw control through. */
static void
test_no_control_survives(void **state)
{
	static const escape_fn sinks[] = {
		escape_json, escape_term, escape_html, escape_csv, escape_path};
	static const uint32_t others[] = {0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b,
		0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0xad, 0x115f, 0x180e,
		0x200b, 0x2060, 0x3164, 0xfeff, 0xffa0, 0xfff9, 0xe0001};

	for (size_t s = 0; s < N(sinks); s++) {
		for (uint32_t i = 0; i < 0xa0 + N(others); i++) {
			uint32_t cp = i < 0xa0 ? i : others[i - 0xa0];
			uint8_t raw[4];
			size_t len = utf8_put(raw, cp);
			struct buf out;

			if (cp >= 0x20 && cp < 0x7f)
				continue;
			buf_init(&out, SIZE_MAX);
			sinks[s](&out, (struct bytes){raw, len});
			for (size_t k = 0; k < out.n; k++)
				assert_in_range(out.p[k], 0x20, 0x7e);
			buf_done(&out);
		}
	}
}

/* A full buffer never holds half an escape, half a character, or a CSV field that is not
 * closed. */
static void
test_cut(void **state)
{
	for (size_t max = 0; max < 8; max++) {
		struct buf out;

		buf_init(&out, max);
		escape_json(&out, BYTES("a\x01\xe2\x82\xac"));
		assert_true(out.cut);
		assert_int_equal(out.n, max < 1 ? 0 : max < 7 ? 1 : 7);
		buf_done(&out);
		buf_init(&out, max);
		escape_csv(&out, BYTES("a,b,c,d,e,f,g"));
		assert_true(out.cut);
		if (out.n)
			assert_true(out.n >= 2 && out.p[0] == '"' && out.p[out.n - 1] == '"');
		assert_int_equal(out.max, max);
		buf_done(&out);
	}
}

static void
test_path_length(void **state)
{
	uint8_t in[200];
	struct buf out;

	memset(in, 0xff, sizeof(in));
	buf_init(&out, SIZE_MAX);
	escape_path(&out, (struct bytes){in, sizeof(in)});
	assert_int_equal(out.n, 120);
	buf_clear(&out);
	memset(in, 'a', sizeof(in));
	escape_path(&out, (struct bytes){in, sizeof(in)});
	assert_int_equal(out.n, 120);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_json_pieces),
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_no_control_survives),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_path_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
