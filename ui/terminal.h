/* The terminal: cells out, keys in. curses.c alone knows how. */
#ifndef MS_UI_TERMINAL_H
#define MS_UI_TERMINAL_H

#include "base/err.h"
#include "ui/canvas.h"
#include "ui/keys.h"

struct terminal_settings {
	bool color; /* may be used, if the terminal has them */
	bool mouse;
};

/*
 * Takes the terminal over. Standard error goes to memory until terminal_close(), which prints
 * it; a crash gives the terminal back first. Negative errno with a text when it cannot be used.
 */
int terminal_open(const struct terminal_settings *set, struct err *e);
void terminal_close(void);
void terminal_size(int *ret_rows, int *ret_cols);
/* Takes the mouse, or leaves it to the terminal. */
void terminal_mouse(bool on);
bool terminal_has_color(void);
/* Does it say that its background is light (COLORFGBG)? */
bool terminal_is_light(void);
/* Can it show what is not ASCII? */
bool terminal_is_unicode(void);
/* Waits so long at most; KEY_NO_KEY when nothing came. */
struct key_press terminal_key(int timeout_ms);
/* Only cells that changed are written. */
void terminal_paint(const struct canvas *c, enum theme_name theme);
/* Everything is written at the next painting. */
void terminal_wipe(void);
/* What was written to standard error since the last call: its last line; false: nothing. */
bool terminal_news(struct buf *out);

#endif
