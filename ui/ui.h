/*
 * The frame that the screens hang in, and nothing of a terminal: keys come in, a canvas of
 * cells comes out. To add a screen: one file with one const table, and an action that opens it.
 *
 *	tick      → snapshot of the feed → update() of the screen shown
 *	a key     → action → act() of the screen, else of the frame
 *	drawing   → draw(snapshot, view, canvas, area), which only reads and writes cells
 */
#ifndef MS_UI_UI_H
#define MS_UI_UI_H

#include "ui/actions.h"
#include "ui/canvas.h"
#include "ui/feed.h"
#include "ui/prompt.h"
#include "ui/times.h"

struct ui;
struct config;
struct list;

struct snapshot { /* what the screens draw from: taken once a tick, held while paused */
	const struct feed *feed;
	struct feed_stats stats;
	size_t sessions, findings, logins; /* records there are */
	uint64_t version;                  /* grows when something changed */
	double packets_per_s;
	bool finished; /* the input is read */
	bool unicode;
	struct times times;
	const char *input; /* the file or interface, in short; escaped */
	const struct bindings *bindings;
};

enum next { /* what must follow an action */
	NEXT_NOTHING,
	NEXT_REDRAW,
	NEXT_BACK,
	NEXT_UNKNOWN, /* not an action of this screen */
};

struct list_column;
struct screen {
	const char *name, *title;
	const struct list_column *columns; /* of its list; or NULL */
	const enum action *actions; /* its own, the most used first; ends with ACT_NONE */
	size_t view_bytes;          /* of its state, zeroed */
	void (*open)(struct ui *ui, void *view, const void *arg);
	/* Once a tick and before each drawing, `area` being what it will draw in: takes over
	 * what is new. */
	void (*update)(struct ui *ui, void *view, struct area area);
	void (*draw)(
		const struct snapshot *s, const void *view, struct canvas *c, struct area area);
	enum next (*act)(struct ui *ui, void *view, enum action a);
	/* Would this action of its own do anything now? Else it is not in the key line. Or
	 * NULL: all would. */
	bool (*can)(const void *view, enum action a);
	/* A click at a place within its area, or NULL. */
	enum next (*click)(
		struct ui *ui, void *view, struct area area, int row, int col, bool twice);
	/* The count line; or NULL: that of the frame. */
	void (*status)(const struct snapshot *s, const void *view, struct buf *out);
	/* What can be saved of it, each or NULL: its list; its content as text; the sessions
	 * that it is about (indexes, to be freed), with words for them as in "3 marked
	 * sessions". */
	struct list *(*list)(void *view);
	void (*text)(struct ui *ui, void *view, struct buf *out);
	size_t (*about)(struct ui *ui, void *view, size_t **ret, const char **ret_words);
	void (*close)(void *view);
};

enum input_kind {
	INPUT_SAME, /* as it is, perhaps with another capture filter */
	INPUT_FILE,
	INPUT_LIVE,
};
struct input_wish {
	enum input_kind kind;
	const char *name; /* of a file or an interface */
	const char *bpf;  /* "": none */
};
struct ui_host { /* who has the input; all called in the thread of the screens */
	void *user;
	/* Another input instead of the present one: calls ui_use(). Or negative errno with a
	 * text, and nothing has changed. */
	int (*open)(void *user, const struct input_wish *w, struct err *e);
	/* Ends the reading soon; what was read stays. */
	void (*stop)(void *user);
	/* The files that hold the packets, for reading them once more; or 0 with a text that
	 * says why there are none. */
	size_t (*files)(void *user, const char *const **ret, struct err *e);
	const char *(*bpf)(void *user);    /* or NULL */
	const char *(*keylog)(void *user); /* its file; or NULL */
};

struct ui_options {
	const struct ui_host *host; /* or NULL: nothing of it can be done */
	bool unicode, mono;
	enum theme_name theme; /* unless the config file says otherwise */
	bool choose;           /* begins with the interfaces there are
				*/
	bool mouse;            /* unless the config file says no */
	const char *config;    /* file of what is remembered; NULL: the default */
	const char *input;     /* its name, for the first line */
	const char *filter;    /* -F, for the first list; or NULL */
	bool steady; /* nothing that differs from run to run is shown: speed, memory */
};

struct ui *ui_new(struct feed *feed, const struct ui_options *o);
void ui_free(struct ui **ui);
void ui_resize(struct ui *ui, int rows, int cols);
void ui_key(struct ui *ui, struct key_press k);
/* Takes a snapshot and lets the screen take it over; true: something is to be drawn. */
bool ui_tick(struct ui *ui);
const struct canvas *ui_draw(struct ui *ui);
/* Another feed: all screens begin anew. Not while a key is being answered. */
void ui_use(struct ui *ui, struct feed *feed, const char *input);
bool ui_busy(const struct ui *ui);  /* something is being done in the background */
bool ui_mouse(const struct ui *ui); /* is it wanted? */
bool ui_over(const struct ui *ui);  /* the user wants to leave */
bool ui_wiped(struct ui *ui);       /* the user wants the terminal drawn anew; once */
enum theme_name ui_theme(const struct ui *ui);

/* For screens. */
const struct snapshot *ui_snapshot(const struct ui *ui);
struct feed *ui_feed(struct ui *ui);
/* Draw again at the next tick, whatever happens. */
void ui_again(struct ui *ui);
void ui_open(struct ui *ui, const struct screen *s, const void *arg);
/* A word in the last line but one, until the next key. */
void ui_say(struct ui *ui, enum ink ink, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Closes the screen on top; the view of the one on top. */
void ui_back(struct ui *ui);
void *ui_view(struct ui *ui);
/* What is remembered; after a change it is to be saved. */
struct config *ui_config(struct ui *ui);
void ui_config_save(struct ui *ui);
/* Asks for a line; p's functions are called with the view of the screen that asked. */
void ui_ask(struct ui *ui, const struct prompt_ask *ask, const char *text);

/* The screens. */
struct dialogue_place {         /* argument of screen_dialogue */
	const size_t *sessions; /* indexes of records in feed.sessions */
	size_t n;
	uint64_t packet;     /* the line that this packet carried, 0: the first */
	const char *finding; /* … or this finding's; or NULL */
};
struct sessions_wish { /* argument of screen_sessions; or NULL */
	const char *filter;
};
extern const struct screen screen_sessions, screen_findings, screen_logins, screen_servers,
	screen_statistics, screen_dialogue, screen_message, screen_help, screen_choose,
	screen_columns, screen_settings;
struct message_wish {     /* argument of screen_message */
	struct bytes raw; /* copied; as `show` has it: secrets are hidden */
	bool complete;
};
struct choose_wish { /* argument of screen_choose: one line of several */
	const char *title;
	struct bytes lines; /* parted by LF; copied */
	/* The line under the cursor, with Enter. */
	void (*done)(struct ui *ui, const char *line);
	/* Del; false: not this one. Or NULL. */
	bool (*remove)(struct ui *ui, const char *line);
};
struct columns_wish {     /* argument of screen_columns */
	const char *name; /* of the screen */
	struct list *list;
};
struct help_wish { /* argument of screen_help */
	const struct screen *about;
};

#endif
