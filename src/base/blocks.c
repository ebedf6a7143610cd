/*
 * Slabs with blocks of one size each, aligned to their own size, so that a block finds its slab
 * by its address. A slab whose last block is given back is there for any size: what one kind
 * of traffic leaves behind the next can use. Slabs come from chunks, which stay to the end.
 *
 * For the address sanitizer all of a chunk is poisoned but the heads of slabs and the bytes
 * that somebody asked for.
 */
#include "base/blocks.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/poison.h"

enum {
	STEP = 8,
	SLAB_BYTES = 16384,
	CHUNK_SLABS = 64,
	/* Behind each block, so that the sanitizer sees who leaves it. */
	MOAT = POISON ? STEP : 0,
	SIZE_MOST = (int)BLOCK_MOST + MOAT,
};

struct slab {
	struct slab *prev, *next; /* of those of its size with room, or the spare ones */
	void *given;              /* blocks that were given back: each begins with the next */
	uint32_t size;            /* of a block */
	uint32_t used;            /* blocks */
	uint32_t fresh;           /* where the bytes begin that never were a block */
};

struct blocks {
	struct slab *room[SIZE_MOST / STEP + 1]; /* by size in steps */
	struct slab *spare;
	uint8_t **chunks;
	size_t n_chunks;
	size_t cut; /* slabs of the last chunk */
};

struct blocks *
blocks_new(void)
{
	return mem_get(sizeof(struct blocks));
}

void
blocks_free(struct blocks **pb)
{
	struct blocks *b = *pb;

	if (!b)
		return;
	for (size_t i = 0; i < b->n_chunks; i++)
		free(b->chunks[i]);
	free(b->chunks);
	free(b);
	*pb = NULL;
}

static uint32_t
size_of(size_t n)
{
	return (uint32_t)((n + STEP - 1) / STEP * STEP);
}

static void
slab_link(struct slab **list, struct slab *s)
{
	s->prev = NULL;
	s->next = *list;
	if (s->next)
		s->next->prev = s;
	*list = s;
}

static void
slab_unlink(struct slab **list, struct slab *s)
{
	*(s->prev ? &s->prev->next : list) = s->next;
	if (s->next)
		s->next->prev = s->prev;
}

/* Pages of a chunk are touched when they are needed. */
static struct slab *
slab_cut(struct blocks *b)
{
	if (!b->n_chunks || b->cut == CHUNK_SLABS) {
		uint8_t *chunk = aligned_alloc(SLAB_BYTES, CHUNK_SLABS * SLAB_BYTES);

		if (!chunk)
			abort();
		poison(chunk, CHUNK_SLABS * SLAB_BYTES);
		b->chunks = mem_grow(b->chunks, (b->n_chunks + 1) * sizeof(*b->chunks));
		b->chunks[b->n_chunks++] = chunk;
		b->cut = 0;
	}
	return (struct slab *)(b->chunks[b->n_chunks - 1] + b->cut++ * SLAB_BYTES);
}

static struct slab *
slab_new(struct blocks *b, uint32_t size)
{
	struct slab *s = b->spare;

	if (s)
		slab_unlink(&b->spare, s);
	else
		s = slab_cut(b);
	unpoison(s, sizeof(*s));
	*s = (struct slab){.size = size, .fresh = sizeof(*s)};
	slab_link(&b->room[size / STEP], s);
	return s;
}

static bool
slab_full(const struct slab *s)
{
	return !s->given && s->fresh + s->size > SLAB_BYTES;
}

void *
blocks_get(struct blocks *b, size_t n)
{
	uint32_t size = size_of(n) + MOAT;
	struct slab *s;
	void *block;

	assert(n);
	if (n > BLOCK_MOST)
		return mem_grow(NULL, n);
	s = b->room[size / STEP];
	if (!s)
		s = slab_new(b, size);
	block = s->given;
	if (block) {
		unpoison(block, sizeof(void *));
		s->given = *(void **)block;
		poison(block, sizeof(void *));
	} else {
		block = (uint8_t *)s + s->fresh;
		s->fresh += size;
	}
	s->used++;
	if (slab_full(s))
		slab_unlink(&b->room[size / STEP], s);
	unpoison(block, n);
	return block;
}

void
blocks_give(struct blocks *b, void *block, size_t n)
{
	struct slab *s = (struct slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_BYTES - 1));

	if (n > BLOCK_MOST) {
		free(block);
		return;
	}
	assert(s->size == size_of(n) + MOAT && s->used);
	if (slab_full(s))
		slab_link(&b->room[s->size / STEP], s);
	unpoison(block, sizeof(void *));
	*(void **)block = s->given;
	s->given = block;
	poison(block, s->size);
	if (--s->used)
		return;
	slab_unlink(&b->room[s->size / STEP], s);
	slab_link(&b->spare, s);
}

#define MALLOC_HEAD ((size_t)8) /* what malloc() adds, about */

size_t
blocks_cost(size_t n)
{
	return n > BLOCK_MOST ? n + MALLOC_HEAD : size_of(n);
}
