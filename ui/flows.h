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
	bool secrets; /* TLS secrets are in the file */
};

struct flows *flows_new(void);
void flows_free(struct flows **f);
/* random: of its ClientHello, or none. */
void flows_add(struct flows *f, const struct feed_session *s, struct bytes random);
/* One that is not wanted, in case it has the same ends as one that is: then their times tell
 * them apart. After all flows_add(). */
void flows_except(struct flows *f, const struct feed_session *s);
/*
 * Reads the files and writes what belongs to the sessions to out, as pcapng. bpf: what the
 * files were read with, or NULL. TLS secrets that the files hold themselves for these sessions
 * are taken along; those of keylog (a file, or NULL) too. j: where to say how far it is, and
 * whether to stop: then -ECANCELED.
 */
int flows_copy(struct flows *f, const char *const *files, size_t n, const char *bpf,
	const char *keylog, const char *out, struct job *j, struct flows_count *ret,
	struct err *e);

#endif
