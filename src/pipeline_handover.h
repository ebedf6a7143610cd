/*
 * Between two threads: one reads packets and runs streams and dissectors, the other one has the
 * collector. Events are copied into batches; a batch that was worked off comes back and is
 * filled again, so that at most so many are on their way.
 *
 * Digests are the one costly thing that either side can do: a message is digested here,
 * straight from the packet, as long as the other side is behind, and its digest is handed over
 * together with what it has taken in as soon as the other side has little to do.
 */
#ifndef MS_PIPELINE_HANDOVER_H
#define MS_PIPELINE_HANDOVER_H

#include "pipeline_collect.h"

struct handover_settings {
	size_t queue_bytes;   /* events on their way between the threads, about */
	size_t open_messages; /* of a session, as the model has it */
	bool digests;         /* messages are digested */
	bool bodies;          /* somebody wants the bytes of messages */
	bool live; /* never wait for the other side: who reads packets asks handover_full() */
};

struct handover;
/* Starts the other thread; c is its until handover_free(). Joined for ever when no thread can
 * be had. */
struct handover *handover_new(const struct handover_settings *set, struct collector *c);
/* What is on its way is worked off; then the thread ends. */
void handover_free(struct handover **h);
/* For the driver. */
struct driver_sink handover_sink(struct handover *h);
/* As collector_stats(), in its turn. */
void handover_stats(struct handover *h, const struct run_stats *read, const struct source *src,
	unsigned want);

/* What was said so far goes to the other side as soon as that has nothing else to do. */
void handover_flush(struct handover *h);
/* From now on waiting is fine: the end of a live capture. */
void handover_wait(struct handover *h);
/* Bytes on their way. */
size_t handover_bytes(const struct handover *h);
/* As much as queue_bytes is on its way. */
bool handover_full(const struct handover *h);
/*
 * The other side has worked off everything and sleeps; until handover_apart() the collector is
 * this thread's, and what is said is done at once. False: not within timeout_ns (negative: for
 * ever).
 */
bool handover_join(struct handover *h, int64_t timeout_ns);
void handover_apart(struct handover *h);
bool handover_joined(const struct handover *h);
/* Memory of the collector, as of the last batch, or now when joined. */
size_t handover_memory(const struct handover *h);
/* Nothing can be written any more. */
bool handover_broken(const struct handover *h);

#endif
