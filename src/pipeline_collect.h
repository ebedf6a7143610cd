/*
 * The right half of the pipeline: what the driver says becomes sessions, findings and output.
 * One thread at a time.
 */
#ifndef MS_PIPELINE_COLLECT_H
#define MS_PIPELINE_COLLECT_H

#include "base/digest.h"
#include "dissectors/driver.h"
#include "pipeline.h"

struct collector;
/* digests: messages are digested here, where a sink wants that. Nothing is begun yet. */
struct collector *collector_new(const struct pipeline_settings *set, struct source *src,
	struct sink *const *sinks, size_t n_sinks, bool digests);
void collector_free(struct collector **c);
/* What the sinks want, together. */
unsigned collector_wants(const struct collector *c);
/* Is anybody told of messages, who would miss their digests? */
bool collector_wants_digests(const struct collector *c);
/* Begins the sinks. False: one could not; told on standard error. */
bool collector_begin(struct collector *c, struct pipeline_result *ret);

/* For the driver; `session` is a struct seat. */
struct driver_sink collector_sink(struct collector *c);
/* From now on the flow of a session is there; NULL: nowhere. */
void collector_flow(struct collector *c, void *session, const struct flow *f);
/* A digest of what came so far of a message that is on its way; from now on the session's. */
void collector_digest(struct collector *c, void *session, uint32_t msg, struct digest **digest);
/* So many bytes of it passed that nobody here needed. */
void collector_body(struct collector *c, void *session, uint32_t msg, uint64_t bytes);

/*
 * `read` is what the left half counted, memory_bytes its own memory; the rest is filled in.
 * want: WANT_STATS, WANT_TICK: who is told; 0: nobody.
 */
void collector_stats(struct collector *c, const struct run_stats *read, unsigned want);
/* Live: lines do not wait. False: nothing can be written any more. */
bool collector_flush(struct collector *c);
size_t collector_memory(const struct collector *c);
/* Ends the session that waits longest for others to change its verdict. False: none does. */
bool collector_shed(struct collector *c);
/* The end of input: all connections have ended. */
void collector_finish(
	struct collector *c, const struct run_stats *read, struct pipeline_result *ret);
/* For --fail-on. */
enum severity collector_worst(const struct collector *c);

/* One line on standard error; the text names files and interfaces, so it is escaped. */
void pipeline_complain(const char *kind, const char *text);

#endif
