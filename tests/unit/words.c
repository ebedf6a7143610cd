/*
 * Encoded words and addresses, by GMime (argument "gmime") and by the small reader. Cases
 * marked gmime need charsets that only GMime knows. The subjects named after captures are those
 * of real mail.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "base/escape.h"
#include "dissectors/mime/words.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool with_gmime;

/* clang-format off */
static const struct {
	const char *name;
	struct bytes in;
	const char *want;
	bool gmime;
} texts[] = {
	{ "plain", BYTES("Re: [PATCH 1/2] units: Add"), "Re: [PATCH 1/2] units: Add" },
	{ "8859-b", BYTES("=?iso-8859-1?B?dGVzdCDlIOkg7iD4IPw=?="), "test å é î ø ü" },
	{ "multi-nospace", BYTES("xxxxxxxxxxxxx:=?UTF-8?Q?=20xxxx=C3=AAxx=20xx=C3=A9xxxxxxx?=\r\n  =?UTF-8?Q?xx=20xxx=20xxx=20xxxxxxxxxx?=\r\n"
		"  =?UTF-8?Q?x=20xx=20xxxxxxxxxxxxxxx=20?==?UTF-8?Q?=2D=20xxxx?="),
		"xxxxxxxxxxxxx: xxxxêxx xxéxxxxxxxxx xxx xxx xxxxxxxxxxx xx xxxxxxxxxxxxxxx - xxxx" },
	{ "utf8-mixed", BYTES("=?utf-8?B?6L+Z5piv55So56m65qC85rWL6K+VICAg?=\r\n =?utf-8?Q?______=C3=A5_=C3=A9_?=\r\n"
		" =?utf-8?B?w64gw7ggw7wgICAg?= =?utf-8?Q?_?=\r\n      test"),
		"这是用空格测试         å é î ø ü           test" },
	{ "utf8-q", BYTES("=?utf-8?q?xx=EF=BC=88ANA=EF=BC=89GGL?=\r\n =?utf-8?q?=5Fxx_xx=2Ezip?="), "xx（ANA）GGL_xx xx.zip" },
	{ "gb2312-two", BYTES("=?gb2312?B?Rlc6W0NMQVNTSUZJRURdIDIwMTIgVVNBIEdvdmVybm1lbnQgb2YgdA==?=\r\n\t=?gb2312?B?aGUgdGhlIEhlYWx0aCBSZWZvcm0=?="),
		"FW:[CLASSIFIED] 2012 USA Government of the the Health Reform", true },
	{ "gb2312", BYTES("=?GB2312?B?u9i4tDogu9i4tDogsuLK1DHPwg==?="), "回复: 回复: 测试1下", true },
	{ "gb18030", BYTES("=?gb18030?B?bG9uZyB1c2VyIG5hbWWjrCBsb25nIGF0dGFjaG1l?=\r\n =?gb18030?B?bnQgbmFtZQ==?="),
		"long user name， long attachment name", true },
	{ "iso-2022-jp", BYTES("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?="), "日本", true },
	{ "koi8-r", BYTES("=?koi8-r?Q?=F4=C5=D3=D4?="), "Тест", true },
	{ "language", BYTES("=?us-ascii*en?Q?Keith_Moore?="), "Keith Moore" },
	{ "character-cut", BYTES("=?utf-8?Q?=c3?= =?utf-8?Q?=a4?="), "ä" },
	{ "character-cut-by-padding", BYTES("=?utf-8?B?w6A=?= =?utf-8?B?ww==?= =?utf-8?B?pA==?="), "àä" },
	{ "character-cut-by-encodings", BYTES("=?utf-8?B?ww==?=\r\n =?UTF-8?Q?=a4_x?= y"), "ä x y" },
	{ "two-charsets", BYTES("=?utf-8?Q?=c3=a4?= =?iso-8859-1?Q?=e4?="), "ää" },
	{ "text-between", BYTES("=?utf-8?Q?a?= b =?utf-8?Q?c?="), "a b c" },
	{ "text-before-and-behind", BYTES("Re: =?utf-8?Q?=C3=A4?= (2)"), "Re: ä (2)" },
	{ "raw-utf8", BYTES("\xc3\xa4 \xe2\x82\xac"), "ä €" },
	{ "raw-1252", BYTES("\xe4 \x80"), "ä €" },
	{ "raw-1252-undefined", BYTES("a\x81\xe4"), "a\xef\xbf\xbdä" },
	{ "folded", BYTES("one\r\n two\r\n\tthree"), "one two\tthree" },
	{ "line-end-behind", BYTES("one\r\n"), "one" },
	{ "lone-cr", BYTES("a\rb"), "a b" },
	{ "nul", BYTES("a\0b"), "a b" },
	{ "encoded-crlf", BYTES("=?utf-8?Q?a=0D=0Ab?="), "a b" },
	{ "invalid-inside", BYTES("=?utf-8?Q?a=FFb?= c"), NULL },
	{ "not-terminated", BYTES("=?utf-8?B?4pyT"), "=?utf-8?B?4pyT" },
	{ "not-a-word", BYTES("=? =?x a?=b ?="), "=? =?x a?=b ?=" },
	{ "empty", BYTES(""), "" },
};
/* clang-format on */

static void
decodes_text(void **state)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct bytes left;
		struct buf out;
		uint32_t cp;

		if (texts[i].gmime && !with_gmime)
			continue;
		buf_init(&out, SIZE_MAX);
		words_text(&out, texts[i].in);
		if (texts[i].want && strcmp(buf_text(&out), texts[i].want) != 0)
			fail_msg("%s: got '%s', want '%s'", texts[i].name, buf_text(&out),
				texts[i].want);
		for (left = buf_bytes(&out); left.n;
			left = bytes_from(left, utf8_next(left, &cp)))
			assert_int_not_equal(utf8_next(left, &cp), 0);
		buf_done(&out);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	struct bytes in;
	size_t max;
	const char *want; /* | behind each */
} lists[] = {
	{ "box", BYTES("a@b"), 9, "a@b|" },
	{ "angle", BYTES("<a@b>"), 9, "a@b|" },
	{ "name", BYTES("A B <a@b>"), 9, "A B <a@b>|" },
	{ "quoted", BYTES("\"B, A\" <a@b>, c@d"), 9, "B, A <a@b>|c@d|" },
	{ "quoted-pair", BYTES("\"A \\\"x\\\" B\" <a@b>"), 9, "A \"x\" B <a@b>|" },
	{ "amp-and-dot", BYTES("1&1 Internet Ltd. <support@1and1.co.uk>"), 9, "1&1 Internet Ltd. <support@1and1.co.uk>|" },
	{ "encoded", BYTES("=?iso-8859-1?Q?Andr=E9?= Pirard <p@v>"), 9, "André Pirard <p@v>|" },
	{ "encoded-two", BYTES("=?utf-8?Q?a=C3?= =?utf-8?Q?=A4?= <p@v>"), 9, "aä <p@v>|" },
	{ "encoded-padded", BYTES("=?utf-8?B?w6A=?= =?utf-8?B?w6A=?= <p@v>"), 9, "àà <p@v>|" },
	{ "encoded-two-charsets", BYTES("=?utf-8?B?w6A=?= =?iso-8859-1?B?4A==?= <p@v>"), 9, "àà <p@v>|" },
	{ "raw-8-bit", BYTES("Andr\xe9 <p@v>"), 9, "André <p@v>|" },
	{ "folded", BYTES("a@b,\r\n c@d"), 9, "a@b|c@d|" },
	{ "group", BYTES("Us: a@b, C <c@d>;, e@f"), 9, "a@b|C <c@d>|e@f|" },
	{ "group-empty", BYTES("undisclosed-recipients:;"), 9, "" },
	{ "no-domain", BYTES("MAILER-DAEMON"), 9, "MAILER-DAEMON|" },
	{ "max", BYTES("a@b, c@d, e@f"), 2, "a@b|c@d|" },
	{ "empty", BYTES(""), 9, "" },
	{ "plain", BYTES("a.b+c@d-e.example, Ab C-D <x_y@z>"), 9, "a.b+c@d-e.example|Ab C-D <x_y@z>|" },
	{ "plain-folded", BYTES("A\r\n B <a@b>"), 9, "A B <a@b>|" },
	{ "plain-trailing-comma", BYTES("a@b,"), 9, "a@b|" },
	{ "plain-empty-element", BYTES("a@b,,c@d"), 9, "a@b|c@d|" },
	{ "plain-initial", BYTES("John Q. Public <a@b>"), 9, "John Q. Public <a@b>|" },
};
/* clang-format on */

static void
collect(void *user, struct bytes address)
{
	buf_add(user, address);
	buf_byte(user, '|');
}

static void
reads_addresses(void **state)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct buf out;

		buf_init(&out, SIZE_MAX);
		words_addresses(lists[i].in, lists[i].max, collect, &out);
		if (strcmp(buf_text(&out), lists[i].want) != 0)
			fail_msg("%s: got '%s', want '%s'", lists[i].name, buf_text(&out),
				lists[i].want);
		buf_done(&out);
	}
}

/* A quoted name goes the long way: what stands behind it must come out as if it stood alone. */
static void
both_ways_agree(void **state)
{
	static const char *const plain[] = {"a@b", "A <a@b>", "A B <a@b>", "A  B <a@b>",
		"\"A b. C\" <a@b>", "\" A\" <a@b>", "\"A \" <a@b>", "\"\" <a@b>", "\"A\"<a@b>",
		"\"A, B\" <a@b>", "\"A\" B <a@b>", "a.b@c.d", "A-B <a@b>", " a@b ", "<a@b>",
		"A <a@b>, c@d", "1 <1@2>", "a+b@c,d_e@f-g.example", "a@b.", ".a@b", "a..b@c",
		"A<a@b>", "A <a@b >", "@b", "a@", "A <>", "a@b c@d", "A B", "a @b", "A <a@b> B",
		"a@xn--bcher-kva.example"};

	for (size_t i = 0; i < COUNT(plain); i++) {
		struct buf alone, behind, in;

		buf_init(&alone, SIZE_MAX);
		buf_init(&behind, SIZE_MAX);
		buf_init(&in, SIZE_MAX);
		buf_fmt(&in, "\"Q, Q\" <q@q>, %s", plain[i]);
		collect(&alone, BYTES("Q, Q <q@q>"));
		words_addresses(bytes_str(plain[i]), 9, collect, &alone);
		words_addresses(buf_bytes(&in), 9, collect, &behind);
		if (strcmp(buf_text(&alone), buf_text(&behind)) != 0)
			fail_msg("%s: '%s' and '%s'", plain[i], buf_text(&alone),
				buf_text(&behind));
		buf_done(&alone);
		buf_done(&behind);
		buf_done(&in);
	}
}

static void
deep_lists_are_survived(void **state)
{
	static const char *const units[] = {
		"a:", "(", "<", ",", "\"", "=?utf-8?Q?", "=?", "\\"};
	static uint8_t big[16384];

	for (size_t i = 0; i < COUNT(units); i++) {
		struct bytes in = {big, sizeof(big)};
		size_t n = strlen(units[i]);
		struct buf out;

		for (size_t k = 0; k < sizeof(big); k++)
			big[k] = (uint8_t)units[i][k % n];
		buf_init(&out, SIZE_MAX);
		words_addresses(in, 100, collect, &out);
		words_text(&out, in);
		buf_done(&out);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_agree),
		cmocka_unit_test(decodes_text),
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(deep_lists_are_survived),
	};

	with_gmime = argc > 1 && strcmp(argv[1], "gmime") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
