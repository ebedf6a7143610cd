#include "model/shared.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define BUCKETS_FIRST ((size_t)64)

struct held_thing {
	struct held_thing *next; /* in its bucket */
	uint64_t hash, number;
	uint32_t refs, room;
	size_t key_n, extra;
	max_align_t thing[]; /* then room, then the key */
};

struct shared {
	struct held_thing **buckets;
	size_t n_buckets; /* a power of two */
	size_t count;
	uint64_t made;
	size_t size, kept_max;
	size_t bytes, kept; /* of all things; of those that nobody holds */
	uint64_t seed;      /* random: the peers choose the keys */
	void (*make)(void *thing, struct bytes key);
	void (*done)(void *thing); /* or NULL */
	size_t (*extra)(const void *thing);
};

struct shared *
shared_new(size_t size, size_t kept_bytes, void (*make)(void *thing, struct bytes key))
{
	struct shared *s = mem_get(sizeof(*s));

	s->n_buckets = BUCKETS_FIRST;
	s->buckets = mem_get(s->n_buckets * sizeof(*s->buckets));
	s->size = size;
	s->kept_max = kept_bytes;
	s->make = make;
	random_fill(&s->seed, sizeof(s->seed));
	return s;
}

void
shared_holds(struct shared *s, void (*done)(void *thing), size_t (*extra)(const void *thing))
{
	s->done = done;
	s->extra = extra;
}

static struct held_thing *
of_thing(const void *thing)
{
	return (struct held_thing *)((const char *)thing - offsetof(struct held_thing, thing));
}

uint64_t
shared_number(const void *thing)
{
	return of_thing(thing)->number;
}

static size_t
bytes_of(const struct shared *s, const struct held_thing *h)
{
	return sizeof(*h) + s->size + h->room + h->key_n + h->extra;
}

static struct bytes
key_of(const struct shared *s, const struct held_thing *h)
{
	return (struct bytes){(const uint8_t *)h->thing + s->size + h->room, h->key_n};
}

static void
grow(struct shared *s)
{
	size_t n = s->n_buckets * 2;
	struct held_thing **to = mem_get(n * sizeof(*to)), *h;

	for (size_t i = 0; i < s->n_buckets; i++) {
		while ((h = s->buckets[i])) {
			s->buckets[i] = h->next;
			h->next = to[h->hash & (n - 1)];
			to[h->hash & (n - 1)] = h;
		}
	}
	free(s->buckets);
	s->buckets = to;
	s->n_buckets = n;
}

static struct held_thing *
thing_new(struct shared *s, struct bytes key, size_t room, uint64_t hash)
{
	struct held_thing *h = mem_get(sizeof(*h) + s->size + room + key.n), **place;

	h->hash = hash;
	h->number = ++s->made;
	h->room = (uint32_t)room;
	h->key_n = key.n;
	if (key.n)
		memcpy((uint8_t *)h->thing + s->size + room, key.p, key.n);
	s->make(h->thing, key_of(s, h));
	h->extra = s->extra ? s->extra(h->thing) : 0;
	if (s->count++ == s->n_buckets)
		grow(s);
	place = &s->buckets[hash & (s->n_buckets - 1)];
	h->next = *place;
	*place = h;
	s->bytes += bytes_of(s, h);
	return h;
}

const void *
shared_get(struct shared *s, struct bytes key, size_t room)
{
	uint64_t hash = XXH3_64bits_withSeed(key.p, key.n, s->seed);
	struct held_thing *h = s->buckets[hash & (s->n_buckets - 1)];

	while (h && (h->hash != hash || !bytes_eq(key_of(s, h), key)))
		h = h->next;
	if (!h)
		h = thing_new(s, key, room, hash);
	else if (!h->refs)
		s->kept -= bytes_of(s, h);
	h->refs++;
	return h->thing;
}

void
shared_hold(const void *thing)
{
	of_thing(thing)->refs++;
}

static void
thing_free(struct shared *s, struct held_thing **place)
{
	struct held_thing *h = *place;

	*place = h->next;
	s->count--;
	s->bytes -= bytes_of(s, h);
	if (s->done)
		s->done(h->thing);
	free(h);
}

/* Frees all that nobody holds: what is asked for often is soon there again. */
static void
sweep(struct shared *s)
{
	for (size_t i = 0; i < s->n_buckets; i++) {
		struct held_thing **p = &s->buckets[i];

		while (*p) {
			if ((*p)->refs)
				p = &(*p)->next;
			else
				thing_free(s, p);
		}
	}
	s->kept = 0;
}

void
shared_drop(struct shared *s, const void *thing)
{
	struct held_thing *h = of_thing(thing);

	if (--h->refs)
		return;
	s->kept += bytes_of(s, h);
	if (s->kept > s->kept_max)
		sweep(s);
}

void
shared_free(struct shared **ps)
{
	struct shared *s = *ps;

	if (!s)
		return;
	for (size_t i = 0; i < s->n_buckets; i++) {
		while (s->buckets[i])
			thing_free(s, &s->buckets[i]);
	}
	free(s->buckets);
	free(s);
	*ps = NULL;
}

size_t
shared_memory(const struct shared *s)
{
	return sizeof(*s) + s->n_buckets * sizeof(*s->buckets) + s->bytes;
}
