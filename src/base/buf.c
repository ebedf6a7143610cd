#include "base/buf.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/fmt.h"
#include "base/num.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_done(struct buf *b)
{
	size_t max = b->max;

	free(b->p);
	buf_init(b, max);
}

void
buf_wipe(struct buf *b)
{
	wipe(b->p, b->cap);
	buf_done(b);
}

/*
 * Room for n bytes and the NUL of buf_text(). Not by realloc(): that would leave what may be a
 * secret behind in freed memory, where buf_wipe() cannot reach it.
 */
static void
reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	uint8_t *p;

	if (n < b->cap)
		return;
	while (cap <= n)
		cap *= 2;
	p = malloc(cap);
	if (!p)
		abort();
	if (b->n)
		memcpy(p, b->p, b->n);
	wipe(b->p, b->n);
	free(b->p);
	b->p = p;
	b->cap = cap;
}

/* How many of n more bytes fit; notes the cut. */
static size_t
fitting(struct buf *b, size_t n)
{
	assert(b->n <= b->max);
	if (n <= b->max - b->n)
		return n;
	b->cut = true;
	return b->max - b->n;
}

bool
buf_add_slow(struct buf *b, struct bytes in)
{
	size_t n = fitting(b, in.n);

	if (n) {
		reserve(b, b->n + n);
		memcpy(b->p + b->n, in.p, n);
		b->n += n;
	}
	return n == in.n;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	assert(n <= b->max - b->n);
	reserve(b, b->n + n);
	return b->p + b->n;
}

bool
buf_u64(struct buf *b, uint64_t n)
{
	char text[NUM_TEXT];

	return buf_add(b, (struct bytes){(const uint8_t *)text, num_dec(text, n)});
}

bool
buf_fmt(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap > b->n ? b->cap - b->n : 0, n;
	va_list ap;
	int len;

	/* Most texts fit into what is there already; the others are written twice. */
	if (room > b->max - b->n + 1)
		room = b->max - b->n + 1;
	va_start(ap, fmt);
	len = fmt_text(room ? (char *)b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	n = fitting(b, (size_t)len);
	if (n >= room) {
		reserve(b, b->n + n);
		va_start(ap, fmt);
		fmt_text((char *)b->p + b->n, n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += n;
	return n == (size_t)len;
}

void
buf_eat(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

const char *
buf_text(struct buf *b)
{
	reserve(b, b->n);
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

void
buf_sized(struct buf *b, struct bytes in)
{
	uint32_t n = (uint32_t)(in.n < UINT32_MAX ? in.n : UINT32_MAX);

	buf_add(b, (struct bytes){(const uint8_t *)&n, sizeof(n)});
	buf_add(b, bytes_sub(in, 0, n));
}

struct bytes
bytes_sized(struct bytes *rest)
{
	struct bytes in = *rest;
	uint32_t n = 0;

	*rest = BYTES_NONE;
	if (in.n < sizeof(n))
		return BYTES_NONE;
	memcpy(&n, in.p, sizeof(n));
	if (n > in.n - sizeof(n))
		return BYTES_NONE;
	*rest = bytes_from(in, sizeof(n) + n);
	return bytes_sub(in, sizeof(n), n);
}
