/* One line that the user types, with completion and a check at each key. */
#ifndef MS_UI_PROMPT_H
#define MS_UI_PROMPT_H

#include "base/err.h"
#include "ui/canvas.h"
#include "ui/keys.h"

#define PROMPT_BYTES 1024

struct ui;
struct snapshot;
struct prompt_ask { /* what is asked; const, one for each question */
	const char *label;
	bool yes_no;      /* one key: y, or anything else for no */
	const char *keys; /* one of these, or anything else for none; or NULL */
	bool exact;       /* nothing is put behind what was completed */
	/* False with a text when it is not right yet. Or NULL. */
	bool (*check)(const char *text, struct err *e);
	/* Appends candidates for the word that ends at `at`, each with a NUL, and says where
	 * the word begins. Or NULL. */
	size_t (*complete)(
		const struct snapshot *s, const char *text, size_t at, struct buf *out);
	/* Enter: the text, which check() found right. Also while typing, when `live`. */
	void (*done)(struct ui *ui, void *view, const char *text);
};

struct prompt {
	const struct prompt_ask *ask; /* NULL: nothing is asked */
	void *view;                   /* of the screen that asked */
	const struct snapshot *snapshot;
	char text[PROMPT_BYTES];
	size_t n, at; /* length; place of the cursor, in bytes */
	struct err err;
	char hint[256];
};

enum prompt_result {
	PROMPT_GOES_ON,
	PROMPT_DONE,
	PROMPT_CANCELLED
};

void prompt_begin(struct prompt *p, const struct prompt_ask *ask, void *view, const char *text);
enum prompt_result prompt_key(struct prompt *p, uint32_t key);
/* In the last two lines of the canvas. */
void prompt_draw(const struct prompt *p, struct canvas *c);

/* For filters over sessions. */
bool prompt_check_filter(const char *text, struct err *e);
size_t prompt_complete_filter(
	const struct snapshot *s, const char *text, size_t at, struct buf *out);

#endif
