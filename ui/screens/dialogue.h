/* Inside of the dialogue screen: talk.c reads the transcript and cuts it into lines, ladder.c
 * draws them, aside.c explains the one under the cursor, dialogue.c has the screen. */
#ifndef MS_UI_DIALOGUE_H
#define MS_UI_DIALOGUE_H

#include "base/arena.h"
#include "ui/cells.h"

#define TALKS 16          /* sessions on one ladder */
#define ENTRIES 1000000u  /* records of a dialogue that are shown at most */
#define LADDER_BAR 2      /* columns of the bar before the steps of TLS */
#define ENTRY_LINES 2000u /* lines of one of them */

enum aside {
	ASIDE_EXPLAIN,
	ASIDE_RAW,
	ASIDE_HEX,
	ASIDE_OFF,
	ASIDES
};

enum line_side {
	SIDE_CLIENT,
	SIDE_SERVER,
	SIDE_NOTE /* ours: across the ladder */
};

struct entry {         /* a record of the transcript */
	uint64_t at;   /* its number in the spool */
	uint64_t info; /* REC_MESSAGE: the record of what became known later; or 0 */
	int64_t ts_ns;
	uint64_t packet;
	uint8_t talk, kind, tls;
	uint8_t severity; /* of a finding */
	bool folded;      /* a step of a handshake that came to its end */
	uint32_t line;    /* its first */
};

struct dline { /* a line of the ladder: a piece of the text of an entry */
	uint32_t entry, from, len;
	uint8_t side;
	bool first; /* of its entry */
};

struct talk {         /* one session */
	size_t index; /* of its record */
	struct feed_session s;
	uint64_t chain; /* that was loaded */
};

struct replay { /* the first `shown` entries are there */
	bool on, playing;
	uint8_t speed;
	size_t shown;
	int64_t clock_ns; /* time in the capture … */
	int64_t mono_ns;  /* … at this time here */
};

struct dialogue {
	struct replay replay;
	struct feed *feed;
	struct times times;            /* how they are written */
	struct transcript *transcript; /* a view; NULL until something is on disk */
	struct talk talks[TALKS];
	size_t n_talks;
	uint64_t asked; /* 0: nothing is awaited */
	uint64_t wanted[TALKS];
	int64_t next_ns; /* not read anew before */
	struct entry *entries;
	size_t n_entries;
	struct dline *lines;
	size_t n_lines, cap_lines;
	int width;     /* of the ladder for which the lines were cut */
	bool unfolded; /* messages and lists whole */
	bool loaded;
	size_t cursor, top;
	int page;
	enum aside aside;
	int aside_top;
	struct buf aside_text;
	uint64_t wish_packet; /* where to begin; 0: at the top */
	char wish_finding[48];
	char search[256];
	struct {
		size_t entry; /* + 1 of the text in cache */
		struct buf text;
	} cache;
	struct buf tmp, tmp2, info;
};

struct ladder_shape {                         /* columns */
	int time, delta, client, net, server; /* widths; delta 0: not shown */
	struct area area, aside;
};
struct ladder_shape ladder_shape(const struct dialogue *d, struct area a);

/* Takes over what is new; true when the entries are others. */
bool talk_load(struct dialogue *d);
/* Cuts the entries into lines for this shape. */
void talk_cut(struct dialogue *d, const struct ladder_shape *s);
/* The text of an entry: lines parted by LF, escaped. A loan until the next call. */
struct bytes talk_text(struct dialogue *d, size_t entry);
bool talk_record(struct dialogue *d, size_t entry, struct record *ret);
/* Is it left out now? */
bool talk_folded(const struct dialogue *d, const struct entry *e);
enum line_side talk_side(const struct entry *e, const struct record *r);

/* Entries that are shown. */
size_t replay_entries(const struct dialogue *d);
bool replay_act(struct ui *ui, struct dialogue *d, enum action a);
/* True when there are more lines to be shown than before. */
bool replay_tick(struct ui *ui, struct dialogue *d);
void replay_status(const struct dialogue *d, struct buf *out);
/* The message that ends at this entry, or at the next one that ends a message. False: there is
 * none, or nothing of it is kept. */
bool talk_message(struct dialogue *d, size_t entry, struct buf *out, bool *ret_complete);

void ladder_draw(struct dialogue *d, const struct snapshot *s, struct canvas *c,
	const struct ladder_shape *shape);
/* The text of the pane for the line under the cursor. */
void aside_make(struct dialogue *d, struct area pane);

#endif
