#include "base/arena.h"
#include "base/digest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_LAST ((size_t)64 * 1024) /* chunks double up to this many bytes */
#define CHUNK_FIRST ((size_t)256)

struct arena_chunk {
	struct arena_chunk *next;
	size_t n, cap;
	size_t dirty; /* bytes that may not be zero any more, from before a reset */
	max_align_t data[];
};

void
arena_init(struct arena *a, size_t first_bytes)
{
	*a = (struct arena){.first = first_bytes ? first_bytes : CHUNK_FIRST};
}

void
arena_done(struct arena *a)
{
	struct arena_chunk *c, *next;

	for (c = a->head; c; c = next) {
		next = c->next;
		free(c);
	}
	a->head = NULL;
	a->used = 0;
}

void
arena_wipe(struct arena *a)
{
	for (struct arena_chunk *c = a->head; c; c = c->next)
		wipe(c->data, c->n > c->dirty ? c->n : c->dirty);
	arena_done(a);
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *keep = NULL, *next;

	for (struct arena_chunk *c = a->head; c; c = next) {
		next = c->next;
		if (keep && keep->cap >= c->cap) {
			free(c);
			continue;
		}
		free(keep);
		keep = c;
	}
	a->head = keep;
	a->used = 0;
	if (!keep)
		return;
	keep->next = NULL;
	keep->dirty = keep->n > keep->dirty ? keep->n : keep->dirty;
	keep->n = 0;
}

static size_t
next_chunk_size(const struct arena *a, size_t n)
{
	size_t cap = a->first ? a->first : CHUNK_FIRST;

	if (a->head)
		cap = a->head->cap < CHUNK_LAST / 2 ? a->head->cap * 2 : CHUNK_LAST;
	return n > cap ? n : cap;
}

/* Not zeroed when the chunk was used before: *ret_dirty bytes of it. */
static void *
take(struct arena *a, size_t n, size_t *ret_dirty)
{
	struct arena_chunk *c = a->head;
	void *p;

	assert(n < SIZE_MAX / 2);
	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!c || c->cap - c->n < n) {
		size_t cap = next_chunk_size(a, n);

		c = mem_get(sizeof(*c) + cap);
		c->cap = cap;
		c->next = a->head;
		a->head = c;
	}
	p = (char *)c->data + c->n;
	*ret_dirty = c->dirty <= c->n ? 0 : c->dirty - c->n < n ? c->dirty - c->n : n;
	c->n += n;
	a->used += n;
	return p;
}

void *
arena_get(struct arena *a, size_t n)
{
	size_t dirty;
	void *p = take(a, n, &dirty);

	if (dirty)
		memset(p, 0, dirty);
	return p;
}

struct bytes
arena_copy(struct arena *a, struct bytes in)
{
	size_t dirty;
	uint8_t *p;

	if (in.n == 0)
		return BYTES_NONE;
	p = take(a, in.n, &dirty);
	memcpy(p, in.p, in.n);
	return (struct bytes){p, in.n};
}

char *
arena_text(struct arena *a, struct bytes in)
{
	char *p = arena_get(a, in.n + 1);

	if (in.n)
		memcpy(p, in.p, in.n);
	return p;
}

static void *
or_die(void *p)
{
	if (!p) {
		fputs("mailsnoop: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* glibc's calloc() passes by the thread's cache of free blocks, which holds blocks up to this
 * size; a large one it knows to be zero when it is fresh. */
#define CACHED_BYTES ((size_t)1024)

void *
mem_get(size_t n)
{
	void *p;

	if (n > CACHED_BYTES)
		return or_die(calloc(1, n));
	p = or_die(malloc(n ? n : 1));
	return memset(p, 0, n);
}

void *
mem_grow(void *p, size_t n)
{
	return or_die(realloc(p, n ? n : 1));
}

char *
mem_text(const char *s)
{
	return or_die(strdup(s));
}
