/* The packets of some sessions, out of the files they came from. */
#ifndef MS_UI_FLOWS_H
#define MS_UI_FLOWS_H

#include "ui/feed.h"
#include "ui/job.h"

struct flows;

struct flows_count {
	uint64_t packets, bytes; /* written */
	uint64_t expected;       /* packets that the sessions had */
	size_t sessions;
};

struct flows *flows_new(void);
void flows_free(struct flows **f);
void flows_add(struct flows *f, const struct feed_session *s);
/* One that is not wanted, in case it has the same ends as one that is: then their times tell
 * them apart. After all flows_add(). */
void flows_except(struct flows *f, const struct feed_session *s);
/*
 * Reads the files and writes what belongs to the sessions to out, as pcapng. bpf: what the
 * files were read with, or NULL. j: where to say how far it is, and whether to stop: then
 * -ECANCELED.
 */
int flows_copy(struct flows *f, const char *const *files, size_t n, const char *bpf,
	const char *out, struct job *j, struct flows_count *ret, struct err *e);

#endif
