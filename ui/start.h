/* Runs the screens: the input in a thread of its own, keys and drawing in this one. */
#ifndef MS_UI_START_H
#define MS_UI_START_H

#include "base/err.h"
#include "ui/ui.h"

struct start_settings {
	struct feed_settings feed;
	const char *input;  /* in short, for the first line */
	const char *filter; /* -F, or NULL */
	const char *script; /* keys from there, no terminal; or NULL */
	const char *size;   /* of that, "80x24"; or NULL */
	bool color, mouse;
	bool nothing; /* no input yet: the user is asked for an interface */
	void *user;
	/* Reads the whole input into the sink; in another thread. */
	void (*run)(void *user, struct sink *sink);
	/* Makes run() return soon. */
	void (*stop)(void *user);
	/* Opens another input; *ret_name: in short. Negative errno with a text: nothing has
	 * changed. take() puts it in the place of the present one, for the next run(). */
	int (*open)(
		void *user, const struct input_wish *w, const char **ret_name, struct err *e);
	void (*take)(void *user);
	/* As in struct ui_host. */
	size_t (*files)(void *user, const char *const **ret, struct err *e);
	const char *(*bpf)(void *user);
	const char *(*keylog)(void *user);
};

/* 0, or negative errno with a text: no terminal, a script that is wrong. */
int start(const struct start_settings *set, struct err *e);

#endif
