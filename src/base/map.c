#include "base/map.h"
#include "base/arena.h"
#include "base/digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_FIRST ((size_t)16)

struct slot {
	uint64_t hash;
	const uint8_t *key; /* NULL: the slot is free */
	size_t key_n;
	void *value;
};

struct map {
	struct slot *slots;
	size_t n_slots; /* a power of two, or 0 */
	size_t count, max;
	size_t key_bytes; /* of copies */
	bool lent;        /* keys are the values' own */
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

struct map *
map_new_lent(void)
{
	struct map *m = map_new(0);

	m->lent = true;
	return m;
}

static void
key_free(const struct map *m, const struct slot *s)
{
	if (!m->lent)
		free((uint8_t *)s->key);
}

void
map_free(struct map **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->n_slots; i++)
		key_free(*m, &(*m)->slots[i]);
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

/* Room for one more; returns its slot, where the hash is set. */
static struct slot *
slot_new(struct map *m, struct bytes key, uint64_t hash, struct slot *free_one)
{
	if ((m->count + 1) * 4 > m->n_slots * 3) {
		grow(m);
		free_one = locate(m, key, hash);
	}
	m->count++;
	free_one->hash = hash;
	free_one->key_n = key.n;
	return free_one;
}

static const uint8_t *
copy_of(struct map *m, struct bytes key)
{
	uint8_t *p = mem_get(key.n);

	if (key.n)
		memcpy(p, key.p, key.n);
	m->key_bytes += key.n;
	return p;
}

void **
map_put(struct map *m, struct bytes key)
{
	uint64_t hash = hash_of(m, key);
	struct slot *s = m->n_slots ? locate(m, key, hash) : NULL;

	assert(!m->lent);
	if (s && s->key)
		return &s->value;
	if (m->count >= m->max)
		return NULL;
	s = slot_new(m, key, hash, s);
	s->key = copy_of(m, key);
	return &s->value;
}

void
map_add(struct map *m, struct bytes key, void *value)
{
	uint64_t hash = hash_of(m, key);
	struct slot *s = m->n_slots ? locate(m, key, hash) : NULL;

	assert(m->lent && key.p && value && (!s || !s->key));
	s = slot_new(m, key, hash, s);
	s->key = key.p;
	s->value = value;
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
	m->key_bytes -= m->lent ? 0 : s->key_n;
	m->count--;
	key_free(m, s);
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
	return sizeof(*m) + m->n_slots * sizeof(*m->slots) + m->key_bytes +
	       (m->lent ? 0 : 16 * m->count);
}
