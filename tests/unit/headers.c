/* Every case is fed whole, in two pieces at every cut, and octet by octet. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dissectors/mime/headers.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* clang-format off */
static const struct {
	const char *name;
	struct bytes in;
	const char *want; /* F=From T=To C=Cc S=Subject D=Date M=Message-ID R=Received Y=Content-Type, ; behind each */
	bool done;        /* before headers_end() */
} cases[] = {
	{ "plain", BYTES("From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\nSubject: body"), "F=a@b;T=c@d;S=x;", true },
	{ "case", BYTES("SUBJECT: x\r\nmessage-id: <1>\r\ncontent-TYPE: t\r\n\r\n"), "S=x;M=<1>;Y=t;", true },
	{ "folded", BYTES("Subject: one\r\n two\r\n\tthree\r\n\r\n"), "S=one two\tthree;", true },
	{ "folded-empty-first", BYTES("Subject:\r\n one\r\n\r\n"), "S=one;", true },
	{ "folded-last", BYTES("Subject: one\r\n two"), "S=one two;", false },
	{ "fold-of-unkept", BYTES("X-A: 1\r\n Subject: no\r\nSubject: yes\r\n\r\n"), "S=yes;", true },
	{ "bare-lf", BYTES("From: a\nSubject: b\n c\n\nTo: body"), "F=a;S=b c;", true },
	{ "no-final-newline", BYTES("From: a\r\nSubject: b"), "F=a;S=b;", false },
	{ "no-final-lf", BYTES("Subject: b\r"), "S=b\r;", false },
	{ "two-received", BYTES("Received: 1\r\nX: y\r\nReceived: 2\r\n\r\n"), "R=1;R=2;", true },
	{ "two-subjects", BYTES("Subject: 1\r\nSubject: 2\r\n\r\n"), "S=1;S=2;", true },
	{ "empty-value", BYTES("Subject:\r\nTo: x\r\n\r\n"), "T=x;S=;", true },
	{ "space-before-colon", BYTES("Subject : x\r\n\r\n"), "S=x;", true },
	{ "no-space", BYTES("Subject:x\r\n\r\n"), "S=x;", true },
	{ "colons", BYTES("Subject: a: b: c\r\n\r\n"), "S=a: b: c;", true },
	{ "mbox, nothing behind the word", BYTES("From\nSubject: x\n\nTo: y\n\n"), "S=x;", true },
	{ "mbox line and no header", BYTES("From\n\nSubject: x\n\n"), "", true },
	{ "mbox", BYTES("From a@b Thu Jan  1 00:00:00 1970\r\nSubject: x\r\n\r\n"), "S=x;", true },
	{ "not-a-field", BYTES("From: a\r\nthis is text\r\nSubject: body\r\n"), "F=a;", true },
	{ "no-colon", BYTES("From: a\r\ntext\r\nSubject: body\r\n"), "F=a;", true },
	{ "no-header", BYTES("\r\nSubject: body\r\n"), "", true },
	{ "text-first", BYTES("hello world\r\nSubject: body\r\n"), "", true },
	{ "space-first", BYTES(" lost fold\r\nSubject: x\r\n\r\n"), "S=x;", true },
	{ "nul", BYTES("Subject: a\0b\r\n\r\n"), "S=a\\0b;", true },
	{ "nul-in-name", BYTES("Sub\0ject: a\r\nTo: b\r\n"), "", true },
	{ "lone-cr", BYTES("Subject: a\rb\r\n\r\n"), "S=a\rb;", true },
	{ "cr-crlf", BYTES("Subject: a\r\r\n\r\n"), "S=a\r;", true },
	{ "cr-first", BYTES("Subject: a\r\n\rTo: b\r\n"), "S=a;", true },
	{ "eight-bit", BYTES("Subject: \xe9\xff\r\n\r\n"), "S=\xe9\xff;", true },
	{ "long-name", BYTES("X-Subject-Subject-Subject-Subject-Subject: no\r\nTo: x\r\n\r\n"), "T=x;", true },
	{ "empty", BYTES(""), "", false },
};
/* clang-format on */

static void
dump(const struct headers *h, struct buf *out)
{
	static const char key[] = "FTCSDMRY";
	struct bytes v;

	for (size_t f = 0; f < HDR_COUNT; f++) {
		for (size_t i = 0; headers_get(h, (enum header_field)f, i, &v); i++) {
			buf_fmt(out, "%c=", key[f]);
			for (size_t k = 0; k < v.n; k++)
				v.p[k] ? buf_byte(out, v.p[k]) : buf_str(out, "\\0");
			buf_str(out, ";");
		}
	}
}

static void
expect(size_t i, const size_t *cuts, size_t n_cuts)
{
	struct headers *h = headers_new(NULL);
	size_t from = 0;
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t c = 0; c < n_cuts; c++) {
		headers_feed(h, bytes_sub(cases[i].in, from, cuts[c] - from));
		from = cuts[c];
	}
	headers_feed(h, bytes_from(cases[i].in, from));
	if (headers_done(h) != cases[i].done)
		fail_msg("%s: done %d", cases[i].name, headers_done(h));
	headers_end(h);
	assert_true(headers_done(h));
	assert_false(headers_cut(h));
	dump(h, &out);
	if (strcmp(buf_text(&out), cases[i].want) != 0)
		fail_msg("%s: got %s, want %s", cases[i].name, buf_text(&out), cases[i].want);
	buf_done(&out);
	headers_free(&h);
	assert_null(h);
}

static void
reads_fields(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		expect(i, NULL, 0);
}

static void
reads_fields_at_every_split(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t every[128];

		assert_true(cases[i].in.n < COUNT(every));
		for (size_t cut = 0; cut < cases[i].in.n; cut++) {
			expect(i, &cut, 1);
			every[cut] = cut;
		}
		expect(i, every, cases[i].in.n);
	}
}

static void
field_limit_cuts(void **state)
{
	static const struct headers_settings set = {
		.field_bytes = 10, .section_bytes = 1000, .fields_kept = 5};
	struct headers *h = headers_new(&set);
	struct bytes v;

	headers_feed(h, BYTES("Subject: 123456789012345\r\n more\r\nTo: x\r\n\r\n"));
	assert_true(headers_cut(h));
	assert_true(headers_get(h, HDR_SUBJECT, 0, &v));
	assert_true(bytes_is(v, "123456789")); /* the space behind the colon counts */
	assert_true(headers_get(h, HDR_TO, 0, &v) && bytes_is(v, "x"));
	headers_free(&h);
}

static void
section_limit_ends(void **state)
{
	static const struct headers_settings set = {
		.field_bytes = 100, .section_bytes = 20, .fields_kept = 5};
	struct headers *h = headers_new(&set);
	struct bytes v;

	headers_feed(h, BYTES("To: 1\r\nSubj"));
	headers_feed(h, BYTES("ect: 123456789\r\nCc: x\r\n"));
	assert_true(headers_cut(h) && headers_done(h));
	assert_true(headers_get(h, HDR_SUBJECT, 0, &v) && bytes_is(v, "1234"));
	assert_false(headers_get(h, HDR_CC, 0, &v));
	headers_free(&h);
}

static void
count_limit_drops(void **state)
{
	struct headers *h = headers_new(NULL);
	struct bytes v;

	for (int i = 0; i < 60; i++)
		headers_feed(h, BYTES("Received: x\r\n"));
	headers_end(h);
	assert_true(headers_cut(h));
	assert_true(headers_get(h, HDR_RECEIVED, 49, &v));
	assert_false(headers_get(h, HDR_RECEIVED, 50, &v));
	headers_free(&h);
}

static void
gap_drops_the_open_field(void **state)
{
	struct headers *h = headers_new(NULL);
	struct bytes v;

	headers_feed(h, BYTES("To: x\r\nSubject: bro"));
	headers_gap(h);
	headers_feed(h, BYTES("ken\r\n fold\r\nDate: d\r\n\r\n"));
	assert_true(headers_done(h));
	assert_true(headers_get(h, HDR_TO, 0, &v) && bytes_is(v, "x"));
	assert_false(headers_get(h, HDR_SUBJECT, 0, &v));
	assert_true(headers_get(h, HDR_DATE, 0, &v) && bytes_is(v, "d"));
	headers_gap(h);
	headers_free(&h);
}

static void
huge_field_stays_small(void **state)
{
	static uint8_t line[65536];
	struct headers *h = headers_new(NULL);

	memset(line, 'a', sizeof(line));
	headers_feed(h, BYTES("Subject: "));
	for (int i = 0; i < 15; i++)
		headers_feed(h, (struct bytes){line, sizeof(line)});
	assert_true(headers_memory(h) < 64 * 1024);
	headers_feed(h, BYTES("\r\n\r\n"));
	assert_true(headers_done(h) && headers_cut(h));
	headers_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_fields),
		cmocka_unit_test(reads_fields_at_every_split),
		cmocka_unit_test(field_limit_cuts),
		cmocka_unit_test(section_limit_ends),
		cmocka_unit_test(count_limit_drops),
		cmocka_unit_test(gap_drops_the_open_field),
		cmocka_unit_test(huge_field_stays_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
