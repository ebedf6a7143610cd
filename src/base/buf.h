/* A growing buffer that was told its maximum at birth. */
#ifndef MS_BASE_BUF_H
#define MS_BASE_BUF_H

#include "base/bytes.h"

struct buf {
	uint8_t *p;
	size_t n;   /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* bytes it may ever hold; SIZE_MAX: no ceiling (output buffers that are
		       flushed) */
	bool cut;   /* something did not fit and was left out */
};

void buf_init(struct buf *b, size_t max);
/* Frees; the buffer is as after buf_init with the same max. */
void buf_done(struct buf *b);
/* Overwrites the content with zeros, then as buf_done. For secrets. */
void buf_wipe(struct buf *b);
static inline void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->cut = false;
}

/* buf_add() when there is no room yet, or not enough of it. */
bool buf_add_slow(struct buf *b, struct bytes in);

/* Appends what fits. False (and ->cut set) when something was left out. */
static inline bool
buf_add(struct buf *b, struct bytes in)
{
	if (in.n >= b->cap - b->n || in.n > b->max - b->n)
		return buf_add_slow(b, in);
	if (in.n)
		memcpy(b->p + b->n, in.p, in.n);
	b->n += in.n;
	return true;
}

static inline bool
buf_str(struct buf *b, const char *s)
{
	return buf_add(b, bytes_str(s));
}

static inline bool
buf_byte(struct buf *b, uint8_t c)
{
	return buf_add(b, (struct bytes){&c, 1});
}

/* Makes room for n more bytes, however large max is, and gives the place behind the content:
 * for writers that know how much they write at most, and then add to b->n. n must fit below
 * max. */
uint8_t *buf_room(struct buf *b, size_t n);
/* The same, quicker where there is room already. */
static inline uint8_t *
buf_need(struct buf *b, size_t n)
{
	return n < b->cap - b->n && n <= b->max - b->n ? b->p + b->n : buf_room(b, n);
}

/*
 * A text behind its length (32 bits of this machine: for records that this program reads again
 * itself), and the next such text of *rest; none where there is no whole one.
 */
void buf_sized(struct buf *b, struct bytes in);
struct bytes bytes_sized(struct bytes *rest);
/* The number in decimal digits. */
bool buf_u64(struct buf *b, uint64_t n);
bool buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Removes the first n bytes. */
void buf_eat(struct buf *b, size_t n);
static inline struct bytes
buf_bytes(const struct buf *b)
{
	return (struct bytes){b->p, b->n};
}

/* The content as text: a NUL is put behind it (not counted in n). Valid until the next change.
 */
const char *buf_text(struct buf *b);

#endif
