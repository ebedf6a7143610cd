/* What the user can have otherwise by choosing from a few words: one table, from which the
 * settings screen, the keys and the config file have it. */
#ifndef MS_UI_SETTINGS_H
#define MS_UI_SETTINGS_H

#include "base/buf.h"

struct ui;

enum setting {
	SETTING_THEME,
	SETTING_ASCII,
	SETTING_MOUSE,
	SETTING_TIME,
	SETTING_DIALOGUE_TIME,
	SETTING_ZONE,
	SETTINGS
};

struct setting_row {
	const char *key; /* in the config file */
	const char *title, *help;
	const char *const *values; /* in the config file; the default first; ends with NULL */
	const char *const *words;  /* for people */
	size_t (*get)(const struct ui *ui);
	void (*set)(struct ui *ui, size_t value);
};
const struct setting_row *setting_row(enum setting s);
size_t setting_count(enum setting s); /* of its values */
/* Does it at once, and keeps it. value: any, taken modulo their number. */
void setting_choose(struct ui *ui, enum setting s, size_t value);
void setting_next(struct ui *ui, enum setting s);
/* What the config file says. warn: a line for each value that there is not. */
void settings_load(struct ui *ui, struct buf *warn);

#endif
