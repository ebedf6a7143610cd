#include "base/map.h"
#include "base/arena.h"
#include "base/digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_FIRST ((size_t)16)

/* Small, because looking at one that was not looked at for a while is most of what a search
 * costs. */
struct slot {
	uint64_t hash;
	struct bytes
		*key; /* NULL: the slot is free. In its node, or in the value that lent it */
};

/* Of a copied key. */
struct node {
	struct bytes key;
	void *value;
	uint8_t copy[];
};

struct map {
	struct slot *slots;
	size_t n_slots; /* a power of two, or 0 */
	size_t count, max;
	size_t key_bytes; /* of copies */
	bool lent;
	size_t offset; /* lent: of the key in the values */
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
map_new_lent(size_t key_offset)
{
	struct map *m = map_new(0);

	m->lent = true;
	m->offset = key_offset;
	return m;
}

static struct node *
node_of(const struct slot *s)
{
	return (struct node *)s->key; /* its first member */
}

static void *
value_of(const struct map *m, const struct slot *s)
{
	return m->lent ? (char *)s->key - m->offset : node_of(s)->value;
}

void
map_free(struct map **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->n_slots && !(*m)->lent; i++)
		free(node_of(&(*m)->slots[i]));
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
		if (s->hash == hash && bytes_eq(*s->key, key))
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
	const struct slot *s = m->count ? locate(m, key, hash_of(m, key)) : NULL;

	return s && s->key ? value_of(m, s) : NULL;
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
			*locate(m, *old[i].key, old[i].hash) = old[i];
	free(old);
}

/* Puts a key that is absent where it belongs: into the free slot that was found, or, when there
 * is not enough room, elsewhere. */
static void
fill(struct map *m, struct slot *found, uint64_t hash, struct bytes *key)
{
	if ((m->count + 1) * 4 > m->n_slots * 3) {
		grow(m);
		found = locate(m, *key, hash);
	}
	*found = (struct slot){hash, key};
	m->count++;
}

static struct node *
node_new(struct map *m, struct bytes key)
{
	struct node *n = mem_get(sizeof(*n) + key.n);

	if (key.n)
		memcpy(n->copy, key.p, key.n);
	n->key = (struct bytes){n->copy, key.n};
	m->key_bytes += key.n;
	return n;
}

void **
map_put(struct map *m, struct bytes key)
{
	uint64_t hash = hash_of(m, key);
	struct slot *s = m->n_slots ? locate(m, key, hash) : NULL;
	struct node *n;

	assert(!m->lent);
	if (s && s->key)
		return &node_of(s)->value;
	if (m->count >= m->max)
		return NULL;
	n = node_new(m, key);
	fill(m, s, hash, &n->key);
	return &n->value;
}

void
map_add(struct map *m, void *value)
{
	struct bytes *key = (struct bytes *)((char *)value + m->offset);
	uint64_t hash = hash_of(m, *key);
	struct slot *s = m->n_slots ? locate(m, *key, hash) : NULL;

	assert(m->lent && (!s || !s->key));
	fill(m, s, hash, key);
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
	value = value_of(m, s);
	if (!m->lent) {
		m->key_bytes -= s->key->n;
		free(node_of(s));
	}
	m->count--;
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
			*ret_key = *s->key;
		if (ret_value)
			*ret_value = value_of(m, s);
		return true;
	}
	return false;
}

size_t
map_memory(const struct map *m)
{
	size_t n = sizeof(*m) + m->n_slots * sizeof(*m->slots);

	/* malloc() itself takes about 16 bytes a node. */
	return m->lent ? n : n + m->key_bytes + (sizeof(struct node) + 16) * m->count;
}
