#include "base/map.h"
#include "base/arena.h"
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_FIRST ((size_t)16)

struct slot {
	uint64_t hash;
	uint8_t *key; /* NULL: the slot is free */
	size_t key_n;
	void *value;
};

struct map {
	struct slot *slots;
	size_t n_slots; /* a power of two, or 0 */
	size_t count, max;
	size_t key_bytes;
	uint64_t seed; /* random: the peers choose the keys, they must not choose the collisions
			*/
};

struct map *
map_new(size_t max_entries)
{
	struct map *m = mem_get(sizeof(*m));

	m->max = max_entries ? max_entries : SIZE_MAX;
	random_fill(&m->seed, sizeof(m->seed));
	return m;
}

void
map_free(struct map **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->n_slots; i++)
		free((*m)->slots[i].key);
	free((*m)->slots);
	free(*m);
	*m = NULL;
}

/* The slot that holds the key, or the free one where it belongs. There is always a free slot.
 */
static struct slot *
locate(const struct map *m, struct bytes key, uint64_t hash)
{
	size_t mask = m->n_slots - 1, i = hash & mask;

	for (;; i = (i + 1) & mask) {
		struct slot *s = &m->slots[i];

		if (!s->key)
			return s;
		if (s->hash == hash && bytes_eq((struct bytes){s->key, s->key_n}, key))
			return s;
	}
}

static uint64_t
hash_of(const struct map *m, struct bytes key)
{
	return XXH3_64bits_withSeed(key.n ? (const void *)key.p : "", key.n, m->seed);
}

void *
map_get(const struct map *m, struct bytes key)
{
	return m->count ? locate(m, key, hash_of(m, key))->value : NULL;
}

static void
grow(struct map *m)
{
	struct slot *old = m->slots;
	size_t n_old = m->n_slots;

	m->n_slots = n_old ? 2 * n_old : SLOTS_FIRST;
	m->slots = mem_get(m->n_slots * sizeof(*m->slots));
	for (size_t i = 0; i < n_old; i++)
		if (old[i].key)
			*locate(m, (struct bytes){old[i].key, old[i].key_n},
				old[i].hash) = old[i];
	free(old);
}

void **
map_put_key(struct map *m, struct bytes key, struct bytes *ret_key)
{
	uint64_t hash = hash_of(m, key);
	struct slot *s = m->n_slots ? locate(m, key, hash) : NULL;

	if (!s || !s->key) {
		if (m->count >= m->max)
			return NULL;
		if ((m->count + 1) * 4 > m->n_slots * 3) {
			grow(m);
			s = locate(m, key, hash);
		}
		s->hash = hash;
		s->key = mem_get(key.n);
		if (key.n)
			memcpy(s->key, key.p, key.n);
		s->key_n = key.n;
		m->key_bytes += key.n;
		m->count++;
	}
	*ret_key = (struct bytes){s->key, s->key_n};
	return &s->value;
}

void **
map_put(struct map *m, struct bytes key)
{
	struct bytes kept;

	return map_put_key(m, key, &kept);
}

/* Closes the hole at i by moving back what was pushed past its home, so that no tombstones are
 * needed. */
static void
close_hole(struct map *m, size_t i)
{
	size_t mask = m->n_slots - 1;

	for (size_t j = (i + 1) & mask; m->slots[j].key; j = (j + 1) & mask) {
		size_t home = m->slots[j].hash & mask;

		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		m->slots[i] = m->slots[j];
		i = j;
	}
	m->slots[i] = (struct slot){0};
}

void *
map_del(struct map *m, struct bytes key)
{
	struct slot *s = m->count ? locate(m, key, hash_of(m, key)) : NULL;
	void *value;

	if (!s || !s->key)
		return NULL;
	value = s->value;
	m->key_bytes -= s->key_n;
	m->count--;
	free(s->key);
	close_hole(m, (size_t)(s - m->slots));
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

bool
map_next(const struct map *m, size_t *pos, struct bytes *ret_key, void **ret_value)
{
	while (*pos < m->n_slots) {
		const struct slot *s = &m->slots[(*pos)++];

		if (!s->key)
			continue;
		if (ret_key)
			*ret_key = (struct bytes){s->key, s->key_n};
		if (ret_value)
			*ret_value = s->value;
		return true;
	}
	return false;
}

size_t
map_memory(const struct map *m)
{
	/* malloc() itself takes about 16 bytes a key. */
	return sizeof(*m) + m->n_slots * sizeof(*m->slots) + m->key_bytes + 16 * m->count;
}
