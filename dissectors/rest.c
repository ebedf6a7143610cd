/*
 * A connection with the state of its dissector takes most of a kilobyte, nearly all of it
 * zeros, and a million may be open. So a few that were used last are awake, in blocks that are
 * used again and stay in the caches of the processor; the others are packed, and cost what they
 * say. flow.user is a struct conn, or a struct rested with the lowest bit set.
 */
#include "dissectors/conn.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/blocks.h"
#include "base/pack.h"
#include "base/prefetch.h"

struct rested {
	uint16_t n;
	uint8_t dis; /* 0: none, else its place in dissectors[] + 1 */
	uint8_t packed[];
};
#define RESTED_BYTES(packed_bytes) (offsetof(struct rested, packed) + (packed_bytes))

#define PACKED_FROM offsetof(struct conn, counted)

void
driver_rest_init(struct driver *drv)
{
	size_t state = 0;

	for (size_t i = 0; dissectors[i]; i++) {
		if (dissectors[i]->state_size > state)
			state = dissectors[i]->state_size;
	}
	drv->conn_bytes = sizeof(struct conn) + state;
	drv->packing = mem_get(PACK_MOST(drv->conn_bytes));
	drv->rested = blocks_new();
	assert(drv->conn_bytes <= PACK_WORDS * 8);
}

void
driver_rest_done(struct driver *drv)
{
	assert(drv->awake.n == 0);
	while (drv->spare) {
		struct aged *a = drv->spare;

		drv->spare = a->older;
		free(AGED(a, struct conn, age));
	}
	free(drv->packing);
	blocks_free(&drv->rested);
}

/* A block with the head filled in. */
static struct conn *
block_take(struct driver *drv, struct flow *f)
{
	struct conn *c;

	if (drv->spare) {
		c = AGED(drv->spare, struct conn, age);
		drv->spare = c->age.older;
	} else {
		c = mem_get(drv->conn_bytes);
		drv->counts.memory_bytes += drv->conn_bytes;
	}
	c->drv = drv;
	c->flow = f;
	c->dis = NULL;
	c->state = NULL;
	f->user = c;
	ages_add(&drv->awake, &c->age);
	return c;
}

static void
block_give(struct driver *drv, struct conn *c)
{
	ages_del(&drv->awake, &c->age);
	c->age.older = drv->spare;
	drv->spare = &c->age;
}

struct conn *
conn_new(struct driver *drv, struct flow *f)
{
	struct conn *c = block_take(drv, f);

	memset((uint8_t *)c + PACKED_FROM, 0, sizeof(*c) - PACKED_FROM);
	drv->counts.connections++;
	return c;
}

static size_t
packed_size(const struct dissector *dis)
{
	return sizeof(struct conn) - PACKED_FROM + (dis ? dis->state_size : 0);
}

/* What it holds outside of its block. */
static void
conn_count(struct conn *c)
{
	size_t n = side_kept(&c->side[0]) + side_kept(&c->side[1]) +
		   c->cap_arrivals * sizeof(c->arrivals[0]) +
		   (c->proxied ? sizeof(*c->proxied) : 0);

	if (c->unwrap)
		n += unwrap_memory(c);
	if (c->trial)
		n += elsewhere_memory(c);
	c->drv->counts.memory_bytes += n - c->counted;
	c->counted = n;
}

static struct pack_near
near_of(const struct flow *f)
{
	return (struct pack_near){.time = (uint64_t)f->first_ns};
}

static void
conn_rest(struct conn *c)
{
	struct driver *drv = c->drv;
	struct rested *r;
	size_t n;
	uint8_t dis = 0;

	if (c->unwrap) {
		unwrap_rest(c);
		conn_count(c);
	}
	n = pack((uint8_t *)c + PACKED_FROM, packed_size(c->dis), near_of(c->flow),
		drv->packing);
	while (c->dis && dissectors[dis++] != c->dis)
		;
	r = blocks_get(drv->rested, RESTED_BYTES(n));
	r->n = (uint16_t)n;
	r->dis = dis;
	memcpy(r->packed, drv->packing, n);
	drv->counts.memory_bytes += blocks_cost(RESTED_BYTES(n));
	c->flow->user = (void *)((uintptr_t)r | 1);
	block_give(drv, c);
}

static struct conn *
conn_wake(struct driver *drv, struct flow *f, struct rested *r)
{
	struct conn *c = block_take(drv, f);

	if (r->dis) {
		c->dis = dissectors[r->dis - 1];
		c->state = c->room;
	}
	unpack(r->packed, r->n, near_of(f), (uint8_t *)c + PACKED_FROM, packed_size(c->dis));
	drv->counts.memory_bytes -= blocks_cost(RESTED_BYTES(r->n));
	blocks_give(drv->rested, r, RESTED_BYTES(r->n));
	return c;
}

struct conn *
conn_of(struct driver *drv, struct flow *f)
{
	uintptr_t user = (uintptr_t)f->user;
	struct conn *c = f->user;

	if (!user)
		return NULL;
	if (user & 1)
		return conn_wake(drv, f, (struct rested *)(user & ~(uintptr_t)1));
	ages_touch(&drv->awake, &c->age);
	return c;
}

void
conn_expect(const struct flow *f)
{
	uintptr_t user = (uintptr_t)f->user;

	/* At rest it is about two lines; awake, most of the rest is asked for in a row, which
	 * the processor sees by itself. */
	if (user & 1)
		prefetch_lines(user, 2);
	else if (user)
		prefetch_lines(user, (sizeof(struct conn) + CACHE_LINE - 1) / CACHE_LINE);
}

void
driver_rest(struct driver *drv)
{
	if (drv->awake.newest)
		conn_count(AGED(drv->awake.newest, struct conn, age));
	while (drv->awake.n > drv->limits.awake)
		conn_rest(AGED(drv->awake.oldest, struct conn, age));
}

void
conn_free(struct conn **pc)
{
	struct conn *c = *pc;

	if (!c)
		return;
	c->flow->user = NULL;
	elsewhere_done(c);
	layer_done(c);
	if (c->state)
		c->dis->done(c->state);
	side_reset(&c->side[0]);
	side_reset(&c->side[1]);
	free(c->arrivals);
	free(c->proxied);
	c->drv->counts.memory_bytes -= c->counted;
	block_give(c->drv, c);
	*pc = NULL;
}
