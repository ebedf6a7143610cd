/* Inside of the frame: ui.c has what happens, frame.c draws what is around a screen. */
#ifndef MS_UI_UI_INT_H
#define MS_UI_UI_INT_H

#include "ui/files.h"
#include "ui/job.h"
#include "ui/ui.h"

#define STACK 16 /* screens opened one from another */

struct open_screen {
	const struct screen *screen;
	void *view;
};

struct saving { /* what the user is being asked about */
	struct prompt_ask ask;
	char label[200];
	char path[FILES_PATH];
	char kinds[4]; /* keys of what can be saved */
	char kind;
	bool replace, with_keylog;
	size_t *sessions;
	size_t n;
};

struct ui {
	struct feed *feed;
	struct ui_options options;
	struct bindings bindings;
	struct snapshot snapshot;
	struct canvas canvas;
	enum theme_name theme;
	struct times times;
	struct open_screen stack[STACK];
	size_t depth;
	struct prompt prompt;
	char said[512];
	enum ink said_ink;
	int64_t drawn_ns; /* when something was last to be drawn */
	bool over, wiped, paused, dirty;
	char input[256];
	struct config *config;
	bool mouse;
	int pressed_row, pressed_col; /* where the button went down */
	struct job job;
	struct saving saving;
	struct {
		bool pending;
		enum input_kind kind;
		char name[FILES_PATH], bpf[PROMPT_BYTES];
	} wish;
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

/* remember.c: what the config file says of a list, of all; what it shall say. */
void remember_begin(struct ui *ui);
void remember_columns(struct ui *ui, const char *name, const char *columns);
void remember_list(struct ui *ui, const char *name, struct list *t);

/* save.c: F2. */
void save_ask(struct ui *ui);
void save_done(struct ui *ui);

/* input.c: what it answers is an action of its own. */
bool input_act(struct ui *ui, enum action a);
/* Does what was wished for. */
void input_grant(struct ui *ui);

#endif
