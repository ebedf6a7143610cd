/*
 * The belt between two threads: what is said is put into batches, which the other thread works
 * off with the collector, in order; a batch that was worked off comes back and is filled again,
 * so that at most so many are on their way.
 */
#ifndef MS_PIPELINE_BATCH_H
#define MS_PIPELINE_BATCH_H

#include "pipeline_collect.h"

enum item_kind {
	ITEM_OPEN,
	ITEM_EVENT,
	ITEM_NOT_MAIL,
	ITEM_CLOSE,
	ITEM_DIGEST,
	ITEM_BODY,
	ITEM_LOOSE, /* of no session */
	ITEM_STATS,
};

struct not_mail {
	const char *name;
	struct bytes head[2]; /* by enum dir */
};

struct stats_item {
	struct run_stats read;
	unsigned want;
};

/* One thing that is said, of the session in a slot. Loans of its batch, or of the caller while
 * joined. */
struct item {
	enum item_kind kind : 8;
	uint32_t slot;
	uint32_t msg;
	const struct flow *flow; /* as it was then */
	union {
		const struct event *event;
		const struct not_mail *not_mail;
		const struct stats_item *stats;
		struct digest *digest; /* owned */
		uint64_t bytes;
	};
};

struct belt;
/* Starts the other thread; c is its until belt_free(). Joined for ever when no thread can be
 * had. live: never waits for a batch, but takes a new one. */
struct belt *belt_new(struct collector *c, size_t queue_bytes, bool live);
/* What is on its way is worked off; then the thread ends. */
void belt_free(struct belt **b);

/* Where the next item puts what it lends. Not while joined. */
struct arena *belt_arena(struct belt *b);
/* A copy of a flow there, or the last one when it is the same. */
const struct flow *belt_flow(struct belt *b, uint32_t slot, const struct flow *f);
void belt_say(struct belt *b, const struct item *it);

/* What was said so far goes to the other side, if that has nothing else to do. */
void belt_flush(struct belt *b);
/* From now on waiting is fine. */
void belt_wait(struct belt *b);
size_t belt_bytes(const struct belt *b);
bool belt_full(const struct belt *b);
/* Has the other side little to do? */
bool belt_idle(const struct belt *b);
/* As handover.h has them. */
bool belt_join(struct belt *b, int64_t timeout_ns);
void belt_apart(struct belt *b);
bool belt_joined(const struct belt *b);
size_t belt_memory(const struct belt *b);
bool belt_broken(const struct belt *b);

#endif
