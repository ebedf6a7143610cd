/* What files and live interfaces share behind source.h; not for other layers. */
#ifndef MS_CAPTURE_SOURCE_IMPL_H
#define MS_CAPTURE_SOURCE_IMPL_H

#include <stdatomic.h>

#include "capture/source.h"

struct source_ops {
	int (*next)(struct source *s, struct frame *ret);
	/* NULL: what next() gives. */
	int (*batch)(struct source *s, struct frame *ret, size_t max);
	/* NULL: nothing can be read again. */
	bool (*again)(const struct source *s, size_t i, uint64_t at, uint8_t *to, size_t n);
	/* The next three may be NULL. */
	void (*stats)(struct source *s);
	bool (*news)(struct source *s, struct buf *out);
	void (*describe)(const struct source *s, size_t i, struct buf *out);
	void (*free)(struct source *s); /* what is the kind's own; then source_done() */
};

struct source { /* first member of both kinds */
	const struct source_ops *ops;
	bool drains; /* after a stop it still gives what came before, and then ends itself */
	struct source_input *inputs;
	size_t n_inputs;
	int stop_fd;     /* an eventfd: wakes a poll() */
	atomic_int stop; /* by a signal handler, or another thread */
};

/* Names are copied. Returns 0 or negative errno. */
int source_init(struct source *s, const struct source_ops *ops, const char *const *names,
	size_t n, bool live, struct err *e);
void source_done(struct source *s);

/* As source_open_files() of one open file, which is closed by the source. For fuzzing. */
int source_open_fd(int fd, const char *name, struct source **ret, struct err *e);

#endif
