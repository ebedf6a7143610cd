/* A conversation from a file, for the dialogue tests: tests/dialogue/README.md describes the
 * format. */
#ifndef MS_TESTS_DIALOGUE_H
#define MS_TESTS_DIALOGUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "event/event.h"

enum turn_kind {
	TURN_DATA,
	TURN_GAP,
	TURN_FIN
};

struct turn {
	enum turn_kind kind;
	enum dir dir;
	struct bytes data; /* TURN_DATA */
	uint64_t lost;     /* TURN_GAP */
	int64_t ack; /* peer offset the turn acknowledges; -1: all that was sent before it; -2:
			not known */
};

enum {
	TURNS_MAX = 4096
};

struct dialogue {
	struct turn turns[TURNS_MAX];
	size_t n_turns;
	uint16_t port;
	struct endpoint client, server; /* without their ports */
	bool midstream;
	int only; /* enum dir of the only captured direction, or -1 */
	bool reveal;
	bool placeless; /* the log shows no offsets */
	const char
		*findings; /* the log is of findings whose ids begin like this; NULL: of events
			    */
	const char *local; /* a domain of ours; NULL: none is named */
	struct buf keylog; /* lines of a key log; empty: none */
	char *expect;      /* text behind "expect", to be compared */
	char *head;        /* text up to and with "expect", for --update */
	struct arena arena;
};

/* 0, or -1 with a message on standard error. */
int dialogue_read(const char *path, struct dialogue *ret);
void dialogue_free(struct dialogue *d);

/* How a turn is cut: piece lengths (1..left) are asked for one by one. */
struct cutter {
	size_t (*next)(void *user, size_t turn, size_t at, size_t left);
	void *user;
	bool rest; /* the connection goes to rest after each piece */
};
/*
 * Plays it through a driver. Every piece is shown in memory that ends at an unmapped page. The
 * log goes to `out`, one line an event; the bytes of a message are joined into one line before
 * whatever follows them.
 */
void dialogue_play(const struct dialogue *d, const struct cutter *cut, struct buf *out);

/* The same through a driver with this sink. */
struct driver_sink;
void dialogue_drive(
	const struct dialogue *d, const struct cutter *cut, const struct driver_sink *sink);
/* Through model and findings: the log has each finding as it is told, with its evidence. */
void dialogue_judge(const struct dialogue *d, const struct cutter *cut, struct buf *out);

#endif
