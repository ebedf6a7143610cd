/* A text that is longer than the window: which line is the first that is seen. */
#ifndef MS_UI_SCROLL_H
#define MS_UI_SCROLL_H

#include "ui/actions.h"
#include "ui/canvas.h"

struct scroll {
	int top, lines, page;
};

void scroll_settle(struct scroll *s);
/* Moving; false: not an action of it. */
bool scroll_act(struct scroll *s, enum action a);
/* A line among n that a cursor stands on: after by lines, and seen in a page from *top. */
size_t scroll_step(size_t cursor, int64_t by, size_t n);
void scroll_show(size_t cursor, size_t *top, int page);
/* That there is more below, in the last line of the area. */
void scroll_draw(const struct scroll *s, struct canvas *c, struct area a);

#endif
