#include "ui/texts.h"
#include "base/arena.h"
#include "base/map.h"

#include <stdatomic.h>
#include <stdlib.h>

#define UNIT 8u /* a number counts so many bytes */
#define CHUNK ((size_t)256 * 1024)
#define CHUNKS 16384u
#define SHARED_LONGEST 256u /* longer ones hardly ever come again */
#define SHARED_TEXTS 500000u

struct texts {
	_Atomic(uint8_t *) chunk[CHUNKS];
	size_t used, max; /* bytes */
	atomic_size_t bytes;
	struct map *known;
};

struct texts *
texts_new(size_t max_bytes)
{
	struct texts *t = mem_get(sizeof(*t));

	t->used = UNIT; /* so that no text has number 0 */
	t->max = max_bytes < CHUNK * CHUNKS ? max_bytes : CHUNK * CHUNKS;
	t->known = map_new(SHARED_TEXTS);
	return t;
}

void
texts_free(struct texts **t)
{
	if (!*t)
		return;
	for (size_t i = 0; i < CHUNKS; i++)
		free(atomic_load(&(*t)->chunk[i]));
	map_free(&(*t)->known);
	free(*t);
	*t = NULL;
}

static uint32_t
add(struct texts *t, struct bytes in)
{
	uint32_t len = (uint32_t)in.n;
	size_t need = (sizeof(len) + in.n + UNIT - 1) / UNIT * UNIT, at = t->used;
	uint8_t *p;

	if (at % CHUNK + need > CHUNK)
		at = (at / CHUNK + 1) * CHUNK;
	if (at + need > t->max)
		return 0;
	p = atomic_load_explicit(&t->chunk[at / CHUNK], memory_order_relaxed);
	if (!p) {
		p = mem_get(CHUNK);
		atomic_store_explicit(&t->chunk[at / CHUNK], p, memory_order_release);
	}
	memcpy(p + at % CHUNK, &len, sizeof(len));
	memcpy(p + at % CHUNK + sizeof(len), in.p, in.n);
	t->used = at + need;
	atomic_store_explicit(&t->bytes, t->used, memory_order_relaxed);
	return (uint32_t)(at / UNIT);
}

uint32_t
texts_put(struct texts *t, struct bytes in)
{
	void **place = NULL;

	if (!in.n)
		return 0;
	in = bytes_sub(in, 0, TEXTS_LONGEST);
	if (in.n <= SHARED_LONGEST)
		place = map_put(t->known, in);
	if (!place)
		return add(t, in);
	if (!*place)
		*place = (void *)(uintptr_t)add(t, in);
	return (uint32_t)(uintptr_t)*place;
}

uint32_t
texts_put_single(struct texts *t, struct bytes in)
{
	return in.n ? add(t, bytes_sub(in, 0, TEXTS_LONGEST)) : 0;
}

struct bytes
texts_get(const struct texts *t, uint32_t number)
{
	size_t at = (size_t)number * UNIT;
	uint32_t len;
	uint8_t *p;

	if (!number)
		return BYTES_NONE;
	p = atomic_load_explicit(&t->chunk[at / CHUNK], memory_order_acquire);
	memcpy(&len, p + at % CHUNK, sizeof(len));
	return (struct bytes){p + at % CHUNK + sizeof(len), len};
}

size_t
texts_bytes(const struct texts *t)
{
	return atomic_load_explicit(&t->bytes, memory_order_relaxed);
}
