#include "ui/rows.h"
#include "base/arena.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct rows_word { /* of each record: its sequence number, then its words */
	atomic_uint_fast64_t v;
};

static size_t
words(const struct rows *r)
{
	return r->record_bytes / sizeof(uint64_t);
}

static size_t
chunks(const struct rows *r)
{
	return (r->max + ROWS_CHUNK - 1) / ROWS_CHUNK;
}

void
rows_init(struct rows *r, size_t record_bytes, size_t max)
{
	assert(record_bytes % sizeof(uint64_t) == 0 && max);
	*r = (struct rows){.record_bytes = record_bytes, .max = max};
	r->chunks = mem_get(chunks(r) * sizeof(*r->chunks));
}

void
rows_done(struct rows *r)
{
	for (size_t i = 0; r->chunks && i < chunks(r); i++)
		free(atomic_load(&r->chunks[i]));
	free(r->chunks);
	r->chunks = NULL;
}

static struct rows_word *
place(const struct rows *r, size_t index)
{
	struct rows_word *c = atomic_load_explicit(
		&r->chunks[index / ROWS_CHUNK], memory_order_acquire);

	return c + index % ROWS_CHUNK * (words(r) + 1);
}

static void
put(const struct rows *r, struct rows_word *at, const void *record)
{
	const uint8_t *in = record;

	for (size_t i = 0; i < words(r); i++) {
		uint64_t w;

		memcpy(&w, in + i * sizeof(w), sizeof(w));
		atomic_store_explicit(&at[i + 1].v, w, memory_order_relaxed);
	}
}

bool
rows_add(struct rows *r, const void *record, size_t *ret_index)
{
	size_t n = atomic_load_explicit(&r->n, memory_order_relaxed);

	if (n == r->max)
		return false;
	if (n % ROWS_CHUNK == 0)
		atomic_store_explicit(&r->chunks[n / ROWS_CHUNK],
			mem_get(ROWS_CHUNK * (words(r) + 1) * sizeof(struct rows_word)),
			memory_order_release);
	put(r, place(r, n), record);
	*ret_index = n;
	atomic_store_explicit(&r->n, n + 1, memory_order_release);
	atomic_fetch_add_explicit(&r->version, 1, memory_order_release);
	return true;
}

/* A sequence lock: the number is odd while the words change. */
void
rows_set(struct rows *r, size_t index, const void *record)
{
	struct rows_word *at = place(r, index);
	uint64_t seq = atomic_load_explicit(&at->v, memory_order_relaxed);

	atomic_store_explicit(&at->v, seq + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	put(r, at, record);
	atomic_store_explicit(&at->v, seq + 2, memory_order_release);
	atomic_fetch_add_explicit(&r->version, 1, memory_order_release);
}

size_t
rows_count(const struct rows *r)
{
	return atomic_load_explicit(&r->n, memory_order_acquire);
}

uint64_t
rows_version(const struct rows *r)
{
	return atomic_load_explicit(&r->version, memory_order_acquire);
}

void
rows_get(const struct rows *r, size_t index, void *ret)
{
	struct rows_word *at = place(r, index);
	uint8_t *out = ret;

	assert(index < rows_count(r));
	for (;;) {
		uint64_t seq = atomic_load_explicit(&at->v, memory_order_acquire);

		for (size_t i = 0; i < words(r); i++) {
			uint64_t w = atomic_load_explicit(&at[i + 1].v, memory_order_relaxed);

			memcpy(out + i * sizeof(w), &w, sizeof(w));
		}
		atomic_thread_fence(memory_order_acquire);
		if (!(seq & 1) && atomic_load_explicit(&at->v, memory_order_relaxed) == seq)
			return;
		sched_yield();
	}
}
