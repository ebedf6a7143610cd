/* Colours by what they mean. A meaning is never told by a colour alone: a sign or a word says
 * it too. */
#ifndef MS_UI_THEME_H
#define MS_UI_THEME_H

#include <stdbool.h>
#include <stdint.h>

enum ink {
	INK_PLAIN,
	INK_DIM,    /* less important */
	INK_STRONG, /* more important */
	INK_TITLE,  /* the first line */
	INK_TAB,    /* the screen of it that is shown */
	INK_HEAD,   /* of a table */
	INK_KEY,    /* in the key line */
	INK_BAR,    /* the rest of it */
	INK_FRAME,  /* lines between things */
	INK_CLIENT,
	INK_SERVER,
	INK_SECRET,
	INK_TLS,
	INK_NOTE, /* ours, within a dialogue */
	INK_GOOD,
	INK_INFO,
	INK_LOW,
	INK_MEDIUM,
	INK_HIGH,
	INK_CRITICAL,
	INK_MARK,  /* rows that are marked; what a search found */
	INK_ERROR, /* of a prompt or a file */
	INK_COUNT,
};

enum theme_name {
	THEME_DARK,
	THEME_LIGHT,
	THEME_MONO,
	THEME_CONTRAST,
	THEME_COUNT
};
extern const char *const theme_names[]; /* "dark" … ends with NULL */

enum { /* theme_style.attrs */
	STYLE_IS_BOLD = 1,
	STYLE_IS_DIM = 2,
	STYLE_IS_REVERSE = 4,
	STYLE_IS_UNDERLINE = 8,
};
struct theme_style {
	int16_t fg,
		bg; /* 0 black … 7 white as the terminal has them, 16 … 255; -1 its default */
	uint8_t attrs;
};
/* colors: that the terminal has. */
const struct theme_style *theme_style(enum theme_name theme, enum ink ink, int colors);
/* enum severity → its colour. */
enum ink theme_severity(unsigned severity);

#endif
