/* The parts of messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ui/mail.h"

static const struct {
	const char *name, *in, *want; /* a line a part: depth type name [content] */
} cases[] = {
	{"no-headers", "\r\nhello\r\n", "0  [hello\r\n]\n"},
	{"empty", "", "0  []\n"},
	{"plain", "Content-Type: TEXT/Plain; charset=utf-8\r\n\r\nhi", "0 text/plain [hi]\n"},
	{"quoted-printable", "Content-Transfer-Encoding: Quoted-Printable\r\n\r\na=3D=\r\nb=zz",
		"0  [a=bzz]\n"},
	{"base64", "Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n", "0  [hello]\n"},
	{"two-parts",
		"Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npre\r\n--x "
		"y\r\n\r\none\r\n"
		"--x y\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\ntwo\r\n--x "
		"y--\r\npost",
		"0 multipart/mixed\n1  [one]\n1  a.txt [two]\n"},
	{"nested",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
		"Content-Type: multipart/alternative; "
		"boundary=b\n\n--b\n\n1\n--b--\n--a\n\n2\n--a--\n",
		"0 multipart/mixed\n1 multipart/alternative\n2  [1]\n1  [2]\n"},
	{"inner-never-closed",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--a\n\n2",
		"0 multipart/mixed\n1 multipart/mixed\n2  [1]\n1  [2]\n"},
	{"boundary-within-boundary",
		"Content-Type: multipart/mixed; boundary=a\n\n--ab\n--a\n\n1\n--ab\n--a--\n",
		"0 multipart/mixed\n1  [1\n--ab]\n"},
	{"extended-name",
		"Content-Disposition: attachment; filename*=iso-8859-1'de'%e4.txt\n\n",
		"0  \xc3\xa4.txt []\n"},
	{"name-in-pieces",
		"Content-Disposition: attachment;\n filename*0*=utf-8''a%20;\n "
		"filename*1=b.zip\n\n",
		"0  a b.zip []\n"},
	{"encoded-name", "Content-Type: a/b; name=\"=?utf-8?B?w6Q=?=\"\n\n",
		"0 a/b \xc3\xa4 []\n"},
	{"no-boundary", "Content-Type: multipart/mixed\n\n--a\n\nx", "0 multipart/mixed\n"},
};

static void
parts(void **state)
{
	static struct mail_part p[MAIL_PARTS];
	struct buf got, text;

	buf_init(&got, 65536);
	buf_init(&text, 65536);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = mail_parts(bytes_str(cases[i].in), p);

		buf_clear(&got);
		for (size_t k = 0; k < n; k++) {
			buf_fmt(&got, "%u %s%s%s", p[k].depth, p[k].type,
				p[k].name[0] ? " " : "", p[k].name);
			buf_clear(&text);
			mail_decode(&p[k], &text);
			if (!p[k].multipart)
				buf_fmt(&got, " [%s]", buf_text(&text));
			buf_byte(&got, '\n');
		}
		if (strcmp(buf_text(&got), cases[i].want) != 0)
			print_error("%s:\n%s", cases[i].name, buf_text(&got));
		assert_string_equal(buf_text(&got), cases[i].want);
	}
	buf_done(&got);
	buf_done(&text);
}

static void
charsets(void **state)
{
	static const struct {
		const char *charset, *in, *want;
	} sets[] = {{"utf-8", "\xc3\xa4", "\xc3\xa4"}, {"", "\xe4", "\xef\xbf\xbd"},
		{"iso-8859-1", "\xe4", "\xc3\xa4"}, {"no-such", "\xe4x", "\xef\xbf\xbdx"},
		{"gb2312", "\xc4\xe3\xff!", "\xe4\xbd\xa0\xef\xbf\xbd!"}};
	struct buf out;

	buf_init(&out, 1024);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		buf_clear(&out);
		mail_utf8(sets[i].charset, bytes_str(sets[i].in), &out);
		assert_string_equal(buf_text(&out), sets[i].want);
	}
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(charsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
