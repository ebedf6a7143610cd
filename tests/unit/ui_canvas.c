/* Whatever the text, columns stay where they are and nothing but characters is written. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/actions.h"
#include "ui/canvas.h"

static const struct {
	const char *name, *in, *want, *ascii;
} cases[] = {
	{"plain", "abc", "|abc   |", "|abc   |"},
	{"cut", "abcdefgh", "|abcde…|", "|abcde~|"},
	{"exact", "abcdef", "|abcdef|", "|abcdef|"},
	{"wide", "邮件", "|邮件  |", "|????  |"},
	{"wide-cut-in-the-middle", "a邮件邮", "|a邮件…|", "|a????~|"},
	{"combining", "e\xcc\x81x", "|e\xcc\x81x    |", "|ex    |"},
	{"combining-first", "\xcc\x81x", "|x     |", "|x     |"},
	{"many-marks", "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84", "|e\xcc\x81\xcc\x82     |",
		"|e     |"},
	{"emoji", "\xf0\x9f\x93\xa7!", "|\xf0\x9f\x93\xa7!   |", "|?\?!   |"},
	{"joined-emoji", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
		"|\xf0\x9f\x91\xa9\xf0\x9f\x92\xbb  |", "|????  |"},
	{"escape-sequence", "\x1b[2J", "|\\x1B[…|", "|\\x1B[~|"},
	{"c1", "\xc2\x9b", "|\\u{00…|", "|\\u{00~|"},
	{"override", "\xe2\x80\xae", "|\\u{20…|", "|\\u{20~|"},
	{"invalid",
		"a\xff"
		"b",
		"|a\xef\xbf\xbd"
		"b   |",
		"|a?b   |"},
	{"newline", "a\nb", "|a\\nb  |", "|a\\nb  |"},
};

static void
put(void **state)
{
	struct canvas c;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int unicode = 0; unicode < 2; unicode++) {
			const char *want = unicode ? cases[i].want : cases[i].ascii;

			canvas_init(&c, unicode);
			canvas_resize(&c, 1, 8);
			canvas_str(&c, 0, 0, 1, INK_PLAIN, "|");
			canvas_str(&c, 0, 7, 1, INK_PLAIN, "|");
			canvas_wire(&c, 0, 1, 6, INK_PLAIN, bytes_str(cases[i].in));
			buf_clear(&text);
			canvas_text(&c, &text);
			text.n--;
			if (!bytes_is(buf_bytes(&text), want))
				print_error("%s: %s, not %s\n", cases[i].name, buf_text(&text),
					want);
			assert_true(bytes_is(buf_bytes(&text), want));
			canvas_done(&c);
		}
	}
	buf_done(&text);
}

/* What is written over half of a wide character leaves no other half behind. */
static void
over_wide(void **state)
{
	struct canvas c;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	canvas_init(&c, true);
	canvas_resize(&c, 1, 6);
	canvas_str(&c, 0, 0, 6, INK_PLAIN, "邮件邮");
	canvas_str(&c, 0, 1, 1, INK_PLAIN, "x");
	canvas_str(&c, 0, 4, 1, INK_PLAIN, "y");
	canvas_text(&c, &text);
	assert_string_equal(buf_text(&text), " x件y\n");
	canvas_done(&c);
	buf_done(&text);
}

/* Outside of the canvas nothing is written, and nothing breaks. */
static void
outside(void **state)
{
	struct canvas c;

	canvas_init(&c, true);
	canvas_resize(&c, 2, 3);
	for (int row = -2; row < 4; row++) {
		for (int col = -3; col < 6; col++) {
			canvas_str(&c, row, col, 9, INK_PLAIN, "邮件");
			canvas_fill(&c, row, col, 9, INK_PLAIN, 'x');
			canvas_column(&c, row, col, 9, INK_PLAIN, 'x');
			canvas_cursor(&c, row, col, 9);
			canvas_ink(&c, row, col, 9, INK_DIM);
		}
	}
	canvas_done(&c);
}

/* Every default key has a name that leads back to it, and an action of everywhere has a key of
 * its own. */
static void
keys(void **state)
{
	struct bindings b;
	struct buf name;

	bindings_init(&b);
	buf_init(&name, 64);
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		assert_int_not_equal(b.key[a][0], KEY_NO_KEY);
		for (size_t i = 0; i < ACTION_KEYS && b.key[a][i]; i++) {
			buf_clear(&name);
			key_put(b.key[a][i], &name);
			assert_int_equal(key_parse(buf_bytes(&name)), b.key[a][i]);
		}
	}
	for (const enum action *a = actions_everywhere; *a; a++)
		assert_int_equal(bindings_find(&b, NULL, b.key[*a][0]), *a);
	buf_done(&name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put),
		cmocka_unit_test(over_wide),
		cmocka_unit_test(outside),
		cmocka_unit_test(keys),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
