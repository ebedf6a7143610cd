/* Can it be read? WCAG 2.1, 1.4.3: a contrast of 4.5 for text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/theme.h"

#define TEXT_CONTRAST 4.5
#define LINE_CONTRAST 3.0 /* 1.4.11: what is no text */

/* Colour n of 256, from 16 on. */
static uint32_t
rgb(int n)
{
	static const uint8_t steps[] = {0, 95, 135, 175, 215, 255};
	uint32_t grey = 8 + 10 * (uint32_t)(n - 232);

	if (n >= 232)
		return grey << 16 | grey << 8 | grey;
	n -= 16;
	return (uint32_t)steps[n / 36] << 16 | (uint32_t)steps[n / 6 % 6] << 8 | steps[n % 6];
}

static double
luminance(uint32_t color)
{
	static const double shares[] = {0.0722, 0.7152, 0.2126};
	double sum = 0;

	for (int i = 0; i < 3; i++, color >>= 8) {
		double c = (color & 255) / 255.0;

		sum += shares[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double
contrast(uint32_t a, uint32_t b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

/* Backgrounds that terminals have: black and what passes for it, white and paper. */
static const uint32_t grounds[THEME_COUNT][2] = {
	[THEME_DARK] = {0x000000, 0x1e1e2e}, [THEME_LIGHT] = {0xffffff, 0xfdf6e3}};

static void
can_be_read(void **state)
{
	for (int t = 0; t < THEME_COUNT; t++) {
		for (int ink = 0; ink < INK_COUNT; ink++) {
			const struct theme_style *s = theme_style(
				(enum theme_name)t, (enum ink)ink, 256);
			double want = ink == INK_FRAME ? LINE_CONTRAST : TEXT_CONTRAST;

			assert_true(s->fg == -1 || s->fg >= 16);
			assert_true(s->bg == -1 || s->bg >= 16);
			if (s->fg < 0) { /* as the terminal has it */
				assert_true(s->bg < 0);
				continue;
			}
			for (int i = 0; i < 2; i++) {
				uint32_t ground = s->bg < 0 ? grounds[t][i] : rgb(s->bg);

				if (contrast(rgb(s->fg), ground) < want)
					fail_msg("%s, ink %d: %d on %06x: %.1f", theme_names[t],
						ink, s->fg, ground,
						contrast(rgb(s->fg), ground));
			}
		}
	}
}

enum {
	BLACK,
	GREEN = 2,
	YELLOW,
	BLUE,
	CYAN = 6,
	WHITE
};

/* Eight colours are what the terminal makes of them: some pairs are bad everywhere. */
static void
no_bad_pairs(void **state)
{
	for (int t = 0; t < THEME_COUNT; t++) {
		for (int ink = 0; ink < INK_COUNT; ink++) {
			const struct theme_style *s = theme_style(
				(enum theme_name)t, (enum ink)ink, 8);
			int ground = s->bg >= 0 ? s->bg : t == THEME_LIGHT ? WHITE : BLACK;

			assert_in_range(s->fg + 1, 0, 8);
			if (s->fg < 0)
				continue;
			assert_int_not_equal(s->fg, ground);
			if (ground == WHITE)
				assert_false(
					s->fg == YELLOW || s->fg == GREEN || s->fg == CYAN);
			if (ground == BLACK)
				assert_int_not_equal(s->fg, BLUE);
		}
	}
}

/* Without colours the worst still stands out. */
static void
mono_has_no_colours(void **state)
{
	for (int ink = 0; ink < INK_COUNT; ink++) {
		assert_int_equal(theme_style(THEME_MONO, (enum ink)ink, 256)->fg, -1);
		assert_int_equal(theme_style(THEME_MONO, (enum ink)ink, 256)->bg, -1);
	}
	assert_int_not_equal(theme_style(THEME_MONO, INK_CRITICAL, 8)->attrs, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(can_be_read),
		cmocka_unit_test(no_bad_pairs),
		cmocka_unit_test(mono_has_no_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
