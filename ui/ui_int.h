/* Inside of the frame: ui.c has what happens, frame.c draws what is around a screen. */
#ifndef MS_UI_UI_INT_H
#define MS_UI_UI_INT_H

#include "ui/ui.h"

#define STACK 16 /* screens opened one from another */

struct open_screen {
	const struct screen *screen;
	void *view;
};

struct ui {
	struct feed *feed;
	struct ui_options options;
	struct bindings bindings;
	struct snapshot snapshot;
	struct canvas canvas;
	enum theme_name theme;
	struct open_screen stack[STACK];
	size_t depth;
	struct prompt prompt;
	char said[512];
	enum ink said_ink;
	bool over, wiped, paused, dirty;
	char input[256];
	struct { /* for the speed */
		int64_t at_ns;
		uint64_t packets;
	} before;
};

/* The screens that a digit opens, in order. */
struct ui_tab {
	enum action action;
	const struct screen *screen;
};
#define UI_TABS 5
extern const struct ui_tab ui_tabs[UI_TABS];

static inline struct open_screen *
ui_top(struct ui *ui)
{
	return &ui->stack[ui->depth - 1];
}

/* What is left for a screen. */
static inline struct area
ui_room(const struct ui *ui)
{
	struct area a = {.row = 1, .rows = ui->canvas.rows - 3, .cols = ui->canvas.cols};

	return a;
}

#endif
