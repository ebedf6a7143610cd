#include "capture/source.h"
#include "capture/source_impl.h"
#include "base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	SECRETS_BYTES = 256 << 20 /* of an input, between two frames */
};

int
source_init(struct source *s, const struct source_ops *ops, const char *const *names, size_t n,
	bool live, struct err *e)
{
	s->ops = ops;
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->stop_fd < 0)
		return err_set(e, -errno, "eventfd: %s", strerror(errno));
	s->inputs = mem_get(n * sizeof(*s->inputs));
	s->n_inputs = n;
	for (size_t i = 0; i < n; i++) {
		s->inputs[i].name = mem_text(names[i]);
		s->inputs[i].live = live;
		buf_init(&s->inputs[i].secrets, SECRETS_BYTES);
	}
	return 0;
}

void
source_done(struct source *s)
{
	for (size_t i = 0; i < s->n_inputs; i++) {
		free((char *)s->inputs[i].name);
		buf_wipe(&s->inputs[i].secrets);
	}
	free(s->inputs);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
}

void
source_free(struct source **s)
{
	if (!*s)
		return;
	(*s)->ops->free(*s);
	source_done(*s);
	free(*s);
	*s = NULL;
}

int
source_next(struct source *s, struct frame *ret)
{
	if (s->stop && !s->drains)
		return -ENODATA;
	return s->ops->next(s, ret);
}

int
source_batch(struct source *s, struct frame *ret, size_t max)
{
	if (s->stop && !s->drains)
		return -ENODATA;
	return s->ops->batch ? s->ops->batch(s, ret, max) : s->ops->next(s, ret);
}

bool
source_again(const struct source *s, size_t i, uint64_t at, uint8_t *to, size_t n)
{
	return s->ops->again && i < s->n_inputs && s->ops->again(s, i, at, to, n);
}

size_t
source_inputs(const struct source *s)
{
	return s->n_inputs;
}

const struct source_input *
source_input(const struct source *s, size_t i)
{
	return i < s->n_inputs ? &s->inputs[i] : NULL;
}

void
source_secrets(struct source *s, size_t i, struct buf *out)
{
	if (!s->inputs[i].secrets.n)
		return;
	buf_add(out, buf_bytes(&s->inputs[i].secrets));
	buf_wipe(&s->inputs[i].secrets);
}

void
source_stats(struct source *s)
{
	if (s->ops->stats)
		s->ops->stats(s);
}

bool
source_news(struct source *s, struct buf *out)
{
	return s->ops->news && s->ops->news(s, out);
}

void
source_describe(const struct source *s, size_t i, struct buf *out)
{
	if (s->ops->describe)
		s->ops->describe(s, i, out);
}

void
source_stop(struct source *s)
{
	const uint64_t one = 1;
	int keep = errno; /* we may be in a signal handler */

	s->stop = 1;
	if (write(s->stop_fd, &one, sizeof(one)) < 0)
		errno = keep; /* it is set already */
	errno = keep;
}
