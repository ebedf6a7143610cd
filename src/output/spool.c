#include "output/spool.h"
#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK ((size_t)64 * 1024)
#define PENDING ((size_t)1024 * 1024) /* bytes gathered before they are written */
#define CACHE 16                      /* blocks read last */

struct header { /* before each record */
	uint64_t prev;
	uint32_t len, spare;
};

struct block {
	uint64_t number; /* + 1; 0: empty */
	size_t n;
	uint8_t *p;
};

struct spool {
	int fd;
	int error;
	uint64_t max, written, lost; /* written: bytes in the file */
	struct buf pending;          /* follows what is written */
	struct block cache[CACHE];
};

struct spool *
spool_new(uint64_t max_bytes)
{
	struct spool *s = mem_get(sizeof(*s));

	s->fd = -1;
	s->max = max_bytes;
	buf_init(&s->pending, SIZE_MAX);
	buf_byte(&s->pending, 0); /* so that no record has number 0 */
	return s;
}

void
spool_free(struct spool **s)
{
	if (!*s)
		return;
	if ((*s)->fd >= 0)
		close((*s)->fd);
	for (size_t i = 0; i < CACHE; i++)
		free((*s)->cache[i].p);
	buf_done(&(*s)->pending);
	free(*s);
	*s = NULL;
}

/* A file that nobody else can find or open. */
static int
open_file(void)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof(path), "%s/mailsnoop-XXXXXX", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int
write_all(int fd, struct bytes in)
{
	while (in.n) {
		ssize_t n = write(fd, in.p, in.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			in = bytes_from(in, (size_t)n);
	}
	return 0;
}

static int
flush(struct spool *s)
{
	int r;

	if (s->fd < 0) {
		r = open_file();
		if (r < 0)
			return r;
		s->fd = r;
	}
	r = write_all(s->fd, buf_bytes(&s->pending));
	if (r < 0)
		return r;
	s->written += s->pending.n;
	buf_clear(&s->pending);
	return 0;
}

int
spool_flush(struct spool *s)
{
	if (!s->error)
		s->error = flush(s);
	return s->error;
}

struct spool *
spool_view(const struct spool *s)
{
	int fd = s->fd < 0 ? -1 : fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
	struct spool *view;

	if (fd < 0)
		return NULL;
	view = mem_get(sizeof(*view));
	view->fd = fd;
	view->error = -EROFS;
	buf_init(&view->pending, 0);
	return view;
}

void
spool_show(struct spool *view, uint64_t bytes)
{
	view->written = bytes;
}

bool
spool_put(struct spool *s, uint64_t *chain, struct bytes in)
{
	struct header h = {.prev = *chain, .len = (uint32_t)in.n};
	uint64_t at = s->written + s->pending.n;

	assert(in.n <= UINT32_MAX);
	if (!s->error && at + sizeof(h) + in.n > s->max)
		s->error = -EFBIG;
	if (!s->error && s->pending.n >= PENDING)
		s->error = flush(s);
	if (s->error) {
		s->lost++;
		return false;
	}
	buf_add(&s->pending, (struct bytes){(const uint8_t *)&h, sizeof(h)});
	buf_add(&s->pending, in);
	*chain = at;
	return true;
}

/* Block `number` of the file; short at its end, empty when it cannot be read. */
static struct bytes
block(struct spool *s, uint64_t number)
{
	struct block *b = &s->cache[number % CACHE];
	bool stale = b->number != number + 1 ||
		     (b->n < BLOCK && number * BLOCK + b->n < s->written);

	if (stale) {
		ssize_t n;

		if (!b->p)
			b->p = mem_get(BLOCK);
		do
			n = pread(s->fd, b->p, BLOCK, (off_t)(number * BLOCK));
		while (n < 0 && errno == EINTR);
		if (n < 0 && !s->error)
			s->error = -errno;
		b->n = n > 0 ? (size_t)n : 0;
		b->number = number + 1;
	}
	return (struct bytes){b->p, b->n};
}

/* Appends [at, at + n) of the spool; less when it cannot be read. */
static void
copy(struct spool *s, uint64_t at, size_t n, struct buf *out)
{
	while (n && at < s->written) {
		struct bytes b = block(s, at / BLOCK);
		size_t file_n = s->written - at < n ? (size_t)(s->written - at) : n;
		struct bytes part = bytes_sub(b, at % BLOCK, file_n);

		if (part.n == 0)
			return;
		buf_add(out, part);
		at += part.n;
		n -= part.n;
	}
	if (n)
		buf_add(out, bytes_sub(buf_bytes(&s->pending), (size_t)(at - s->written), n));
}

uint64_t
spool_get(struct spool *s, uint64_t at, struct buf *out)
{
	struct header h = {0};

	buf_clear(out);
	copy(s, at, sizeof(h), out);
	if (out->n < sizeof(h)) {
		buf_clear(out);
		return 0;
	}
	memcpy(&h, out->p, sizeof(h));
	buf_clear(out);
	copy(s, at + sizeof(h), h.len, out);
	return h.prev;
}

size_t
spool_list(struct spool *s, uint64_t chain, uint64_t **ret)
{
	size_t n = 0, cap = 0;
	uint64_t *list = NULL;
	struct buf head;

	buf_init(&head, sizeof(struct header));
	while (chain) {
		struct header h = {0};

		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			list = mem_grow(list, cap * sizeof(*list));
		}
		list[n++] = chain;
		buf_clear(&head);
		copy(s, chain, sizeof(h), &head);
		if (head.n == sizeof(h))
			memcpy(&h, head.p, sizeof(h));
		chain = h.prev;
	}
	buf_done(&head);
	for (size_t i = 0; i < n / 2; i++) {
		uint64_t swap = list[i];

		list[i] = list[n - 1 - i];
		list[n - 1 - i] = swap;
	}
	*ret = list;
	return n;
}

uint64_t
spool_bytes(const struct spool *s)
{
	return s->written + s->pending.n;
}

uint64_t
spool_lost(const struct spool *s)
{
	return s->lost;
}

int
spool_err(const struct spool *s, struct err *e)
{
	if (s->error == -EFBIG)
		return err_set(e, s->error,
			"the limit for temporary data (%llu MB) was met; %llu records are not "
			"shown",
			(unsigned long long)(s->max >> 20), (unsigned long long)s->lost);
	if (s->error)
		return err_set(e, s->error, "temporary file: %s; %llu records are not shown",
			strerror(-s->error), (unsigned long long)s->lost);
	return 0;
}
