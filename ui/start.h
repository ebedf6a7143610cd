/* Runs the screens: the input in a thread of its own, keys and drawing in this one. */
#ifndef MS_UI_START_H
#define MS_UI_START_H

#include "base/err.h"
#include "ui/feed.h"
#include "ui/theme.h"

struct start_settings {
	struct feed_settings feed;
	const char *input;  /* in short, for the first line */
	const char *filter; /* -F, or NULL */
	const char *script; /* keys from there, no terminal; or NULL */
	const char *size;   /* of that, "80x24"; or NULL */
	bool color, mouse;
	bool theme_chosen; /* else by the terminal */
	enum theme_name theme;
	void *user;
	/* Reads the whole input into the sink; in another thread. */
	void (*run)(void *user, struct sink *sink);
	/* Makes run() return soon. */
	void (*stop)(void *user);
};

/* 0, or negative errno with a text: no terminal, a script that is wrong. */
int start(const struct start_settings *set, struct err *e);

#endif
