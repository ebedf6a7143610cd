#include "stream/flowtable.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/prefetch.h"
#include "stream/conn.h"

enum {
	SLAB_BYTES = 262144,
	SLOTS_FIRST = 1024,
	/* Once there are many, they are made by the huge page: a look-up then misses the cache,
	 * but not the page table too. */
	HUGE_BYTES = 2 << 20,
	SLABS_HUGE = HUGE_BYTES / SLAB_BYTES,
};

struct slab_head {
	struct streams *owner;
	uint32_t first; /* index of conn[0] */
};
#define SLAB_CONNS ((SLAB_BYTES - sizeof(struct slab_head)) / sizeof(struct conn))

/* Aligned to its size, so that a connection finds its slab by its own address. */
struct slab {
	struct slab_head head;
	struct conn conn[SLAB_CONNS];
};
_Static_assert(sizeof(struct slab) <= SLAB_BYTES, "a slab fits its alignment");
_Static_assert(sizeof(struct conn) <= 192, "a million open connections are a goal");

static uint64_t
random_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)clock_mono_ns() * UINT64_C(0x9E3779B97F4A7C15);
	return seed;
}

/* `bytes`, and their alignment, are powers of two; huge pages if they are large enough. */
static void *
aligned_get(size_t bytes, size_t align)
{
	void *p = aligned_alloc(align, bytes);

	if (!p)
		abort();
	if (align >= HUGE_BYTES)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

static struct slot *
slots_new(size_t n)
{
	size_t bytes = n * sizeof(struct slot);
	struct slot *slots = aligned_get(bytes, bytes < HUGE_BYTES ? 64 : HUGE_BYTES);

	memset(slots, 0xFF, n * sizeof(*slots));
	return slots;
}

void
flowtable_init(struct flowtable *t, struct streams *owner)
{
	*t = (struct flowtable){.owner = owner, .free = CONN_NONE, .seed = random_seed()};
	t->slots = slots_new(SLOTS_FIRST);
	t->mask = SLOTS_FIRST - 1;
}

void
flowtable_done(struct flowtable *t)
{
	for (uint32_t i = 0; i < t->n_slabs; i += i < SLABS_HUGE ? 1 : SLABS_HUGE)
		free(t->slabs[i]);
	free(t->slabs);
	free(t->slots);
	*t = (struct flowtable){.free = CONN_NONE};
}

/* Address and port of IPv4 in one number. */
static uint64_t
key4(const struct endpoint *e)
{
	uint32_t addr;

	memcpy(&addr, e->addr, sizeof(addr));
	return (uint64_t)addr << 16 | e->port;
}

static void
key6(const struct endpoint *e, uint8_t out[20])
{
	memcpy(out, e->addr, 16);
	out[16] = (uint8_t)(e->port >> 8);
	out[17] = (uint8_t)e->port;
	out[18] = e->family;
	out[19] = 0;
}

uint32_t
flowtable_hash(const struct flowtable *t, const struct endpoint *a, const struct endpoint *b)
{
	if (a->family == 4 && b->family == 4) {
		uint64_t x = key4(a), y = key4(b);
		uint64_t key[2] = {x < y ? x : y, x < y ? y : x};

		return (uint32_t)XXH3_64bits_withSeed(key, sizeof(key), t->seed);
	}
	uint8_t key[40], ka[20], kb[20];

	key6(a, ka);
	key6(b, kb);
	bool ordered = memcmp(ka, kb, sizeof(ka)) < 0;
	memcpy(key, ordered ? ka : kb, 20);
	memcpy(key + 20, ordered ? kb : ka, 20);
	return (uint32_t)XXH3_64bits_withSeed(key, sizeof(key), t->seed);
}

static bool
same(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
	       memcmp(a->addr, b->addr, 16) == 0;
}

struct conn *
flowtable_at(const struct flowtable *t, uint32_t index)
{
	return &t->slabs[index / SLAB_CONNS]->conn[index % SLAB_CONNS];
}

static const struct slab *
slab_of(const struct conn *c)
{
	return (const struct slab *)((uintptr_t)c & ~(uintptr_t)(SLAB_BYTES - 1));
}

uint32_t
flowtable_index(const struct conn *c)
{
	const struct slab *s = slab_of(c);

	return s->head.first + (uint32_t)(c - s->conn);
}

struct streams *
flowtable_owner(const struct conn *c)
{
	return slab_of(c)->head.owner;
}

bool
flowtable_is(const struct conn *c, const struct endpoint *src, const struct endpoint *dst,
	int *ret_half)
{
	const struct flow *f = &c->f;
	bool from_client = same(src, &f->client) && same(dst, &f->server);

	if (!from_client && !(same(dst, &f->client) && same(src, &f->server)))
		return false;
	*ret_half = from_client == c->flip;
	return f->id;
}

struct conn *
flowtable_find(const struct flowtable *t, uint32_t hash, const struct endpoint *src,
	const struct endpoint *dst, int *ret_half)
{
	for (uint32_t i = hash & t->mask; t->slots[i].index != CONN_NONE;
		i = (i + 1) & t->mask) {
		if (t->slots[i].tag != hash)
			continue;
		struct conn *c = flowtable_at(t, t->slots[i].index);

		if (flowtable_is(c, src, dst, ret_half))
			return c;
	}
	return NULL;
}

void
flowtable_expect_slot(const struct flowtable *t, uint32_t hash)
{
	__builtin_prefetch(&t->slots[hash & t->mask]);
}

struct conn *
flowtable_expect(const struct flowtable *t, uint32_t hash)
{
	uint32_t i = hash & t->mask;

	while (t->slots[i].index != CONN_NONE && t->slots[i].tag != hash)
		i = (i + 1) & t->mask;
	if (t->slots[i].index == CONN_NONE)
		return NULL;
	struct conn *c = flowtable_at(t, t->slots[i].index);

	prefetch_lines((uintptr_t)c, sizeof(*c) / CACHE_LINE);
	return c;
}

static void
slot_put(struct slot *slots, uint32_t mask, struct slot s)
{
	uint32_t i = s.tag & mask;

	while (slots[i].index != CONN_NONE)
		i = (i + 1) & mask;
	slots[i] = s;
}

static void
table_grow(struct flowtable *t)
{
	size_t n = ((size_t)t->mask + 1) * 2;
	struct slot *slots = slots_new(n);

	for (uint32_t i = 0; i <= t->mask; i++) {
		if (t->slots[i].index != CONN_NONE)
			slot_put(slots, (uint32_t)(n - 1), t->slots[i]);
	}
	free(t->slots);
	t->slots = slots;
	t->mask = (uint32_t)(n - 1);
}

/* The first ones by themselves, then as many at once as a huge page has room for. */
static void
slab_add(struct flowtable *t)
{
	uint32_t n = t->n_slabs < SLABS_HUGE ? 1 : SLABS_HUGE;
	uint8_t *p = aligned_get(n * (size_t)SLAB_BYTES, n * (size_t)SLAB_BYTES);

	t->slabs = mem_grow(t->slabs, (t->n_slabs + n) * sizeof(*t->slabs));
	for (uint32_t i = 0; i < n; i++) {
		struct slab *s = (struct slab *)(p + i * (size_t)SLAB_BYTES);

		s->head.owner = t->owner;
		s->head.first = t->n_slabs * (uint32_t)SLAB_CONNS;
		t->slabs[t->n_slabs++] = s;
	}
}

/* A connection that was used before, else one that never was: pages of a slab are touched when
 * needed. */
static uint32_t
conn_take(struct flowtable *t)
{
	uint32_t index = t->free;

	if (index != CONN_NONE) {
		t->free = flowtable_at(t, index)->next;
		return index;
	}
	if (t->fresh == t->n_slabs * SLAB_CONNS)
		slab_add(t);
	return t->fresh++;
}

struct conn *
flowtable_add(struct flowtable *t, uint32_t hash)
{
	if (t->used >= t->mask - t->mask / 4)
		table_grow(t);

	struct slot s = {.tag = hash, .index = conn_take(t)};
	struct conn *c = flowtable_at(t, s.index);

	memset(c, 0, sizeof(*c));
	slot_put(t->slots, t->mask, s);
	t->used++;
	return c;
}

/* Slots behind the empty one move up unless that would put them before their home. */
static void
close_up(struct flowtable *t, uint32_t empty)
{
	for (uint32_t i = (empty + 1) & t->mask; t->slots[i].index != CONN_NONE;
		i = (i + 1) & t->mask) {
		uint32_t from_home = (i - t->slots[i].tag) & t->mask;

		if (from_home < ((i - empty) & t->mask))
			continue;
		t->slots[empty] = t->slots[i];
		empty = i;
	}
	t->slots[empty].index = CONN_NONE;
}

void
flowtable_del(struct flowtable *t, struct conn *c)
{
	uint32_t index = flowtable_index(c);
	uint32_t i = flowtable_hash(t, &c->f.client, &c->f.server) & t->mask;

	while (t->slots[i].index != index) {
		assert(t->slots[i].index != CONN_NONE);
		i = (i + 1) & t->mask;
	}
	close_up(t, i);
	c->f.id = 0;
	c->next = t->free;
	t->free = index;
	t->used--;
}

struct conn *
flowtable_next(const struct flowtable *t, uint32_t *pos)
{
	while (*pos < t->fresh) {
		struct conn *c = flowtable_at(t, (*pos)++);

		if (c->f.id)
			return c;
	}
	return NULL;
}

size_t
flowtable_memory(const struct flowtable *t)
{
	return ((size_t)t->mask + 1) * sizeof(struct slot) + t->used * sizeof(struct conn);
}
