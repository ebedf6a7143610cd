/*
 * What a client did to the messages of a mailbox: taken, marked, removed. Counted from the
 * first of them on, so that a session that only looks has none; bounded.
 */
#ifndef MS_FINDINGS_DEEDS_H
#define MS_FINDINGS_DEEDS_H

#include "findings/engine.h"

/* A set of message numbers, from 1 on. */
struct numbers {
	uint64_t low;   /* 1 to 64 */
	uint64_t *more; /* those behind, `words` times 64 */
	uint32_t words, n;
};

/* The number is in now. False: it is over findings_settings.deeds_numbers, and was left out. */
bool numbers_add(struct findings *f, struct numbers *s, uint64_t number);
/* How many are in both. */
uint32_t numbers_both(const struct numbers *a, const struct numbers *b);
void numbers_clear(struct findings *f, struct numbers *s);

struct pop3_deeds {
	uint8_t proto;              /* PROTO_POP3 */
	struct numbers got, marked; /* by whole RETR, by DELE */
	uint64_t octets;            /* of those that were got */
	uint64_t messages;          /* the most that the server said there are */
	uint32_t tops, lists;       /* TOP n 0; LIST, UIDL and STAT that were answered */
	struct place got_at, got_end, top_at, marked_at, quit_at;
	bool counted, quit; /* messages; +OK to QUIT */
};

/* Messages that left one mailbox, the worst that was seen. */
struct removal {
	const char *reason; /* static; NULL: none */
	enum severity severity;
	bool by_close; /* the server did not say how many went */
	uint64_t gone, before;
	char mailbox[64];
	struct place marked_at, at;
};

#define DEEDS_BOXES 3 /* names kept of mailboxes that messages were taken from */

struct imap_deeds {
	uint8_t proto;              /* PROTO_IMAP */
	bool counted;               /* box_messages */
	bool read_only;             /* EXAMINE */
	bool seen;                  /* a message was taken in a way that leaves \Seen */
	bool busy;                  /* IDLE, or flags were changed */
	bool headers;               /* headers were read without their messages */
	bool share;                 /* so many of one mailbox that its share tells */
	bool filed;                 /* one of the mailboxes is for what was sent or put away */
	struct numbers got;         /* of the selected mailbox, whole or all of their text */
	uint32_t got_before, boxes; /* of those before; mailboxes that something was taken of */
	uint64_t octets;            /* of everything that was taken */
	uint64_t box_messages;      /* of the selected mailbox */
	uint64_t marked, gone;      /* in it */
	uint32_t boxes_deleted;
	char names[DEEDS_BOXES][32]; /* of boxes */
	struct place got_at, got_end, marked_at, deleted_at;
	struct removal worst;
};

/* Fed with every event that state_reads(), before the rules; with every message. */
void deeds_event(struct findings *f, struct fstate *st, const struct event *e);
void deeds_message(struct findings *f, struct session *s, const struct message *m);
void deeds_drop(struct findings *f, struct session *s);

/* deeds_imap.c; those of the session, made when there are none yet */
struct imap_deeds *deeds_imap(struct findings *f, struct session *s);
void imap_deeds_event(struct findings *f, struct session *s, const struct event *e);
void imap_deeds_message(struct findings *f, struct session *s, const struct message *m);
/* The selected mailbox is left: what was taken of it is added up. */
void imap_deeds_leave(struct findings *f, struct imap_deeds *d);
/* What people name the mailbox for this; without the namespace before it. */
bool mailbox_is_bin(struct bytes name);
bool mailbox_is_archive(struct bytes name);
bool mailbox_is_sent(struct bytes name);
bool mailbox_is_drafts(struct bytes name);

/* Nothing of the session is missing that could turn what was seen into something else. */
bool deeds_are_whole(const struct session *s, const struct fstate *st);
/* Both ends, or one of them by RST, have said that it is over. */
bool deeds_are_over(const struct session *s);

/* What a client does again and again with one account is its habit. */
enum habit {
	HABIT_EMPTIES, /* pop3.delete_all */
	HABIT_LEAFS,   /* pop3.top_recon */
	HABIT_HAULS,   /* imap.mass_fetch inside of TLS */
	HABITS
};
/* How often it did so in earlier sessions; this one is counted from now on. */
uint32_t deeds_habit(struct findings *f, const struct session *s, enum habit h);
void habits_init(struct table *t, struct table_budget *budget, size_t tracked);

#endif
