/*
 * A session is mostly zeros and pointers to what many share, and a million may be open. So a
 * few that were used last are awake, in blocks that are used again and stay in the caches of
 * the processor; the others are packed with their places and texts, and cost what they say.
 */
#include "model/rest.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/blocks.h"
#include "base/pack.h"
#include "model/session.h"

/* A struct awake, or a struct rested with the lowest bit set. */
struct seat {
	uintptr_t at;
};

struct awake {
	struct session s; /* first: a struct session * is a struct awake * */
	struct aged age;
	struct seat *seat;
};

struct rested {
	uint64_t flow : 56; /* const struct flow *: no address of a program is longer */
	uint64_t n : 8;     /* bytes of the session … */
	uint8_t packed[];   /* … and behind them those of its facts */
};

#define PACKED_FROM offsetof(struct session, greeting)
#define PACKED (sizeof(struct session) - PACKED_FROM)
_Static_assert(offsetof(struct session, flow) == 0 && PACKED_FROM == sizeof(struct flow *),
	"of a session the flow alone is not packed");
_Static_assert(PACKED % 8 == 0, "as pack() wants it");
_Static_assert(PACK_MOST(PACKED) <= UINT8_MAX, "rested.n has too few bits");

void
rest_init(struct rest *r, size_t awake)
{
	*r = (struct rest){.limit = awake ? awake : 1, .rested = blocks_new()};
}

void
rest_done(struct rest *r)
{
	while (r->spare) {
		struct aged *a = r->spare;

		r->spare = a->older;
		free(AGED(a, struct awake, age));
	}
	blocks_free(&r->rested);
}

static void
block_give(struct rest *r, struct awake *a)
{
	a->age.older = r->spare;
	r->spare = &a->age;
}

/* What is not known is a static list for those who read, and nothing for who packs. */
static void
lists_change(struct session *s, const struct caps *from, const struct caps *to)
{
	const struct caps **lists[] = {&s->caps, &s->caps_clear, &s->caps_tls};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (*lists[i] == from)
			*lists[i] = to;
	}
}

static size_t
rested_bytes(size_t packed, const struct session *s)
{
	return offsetof(struct rested, packed) + packed + s->facts.n;
}

/* The greeting lies in the heap as the model does. The flow may be on its way here meanwhile,
 * and its times with it. */
static struct pack_near
near_of(const struct rest *r)
{
	return (struct pack_near){(uint64_t)r->begun_ns, (uintptr_t)r};
}

static void
fall_asleep(struct rest *r, struct awake *a)
{
	struct session *s = &a->s;
	uint8_t room[PACK_MOST(PACKED)], *texts = s->facts.p;
	struct rested *to;
	size_t n;

	s->facts.p = NULL;
	lists_change(s, &caps_unknown, NULL);
	n = pack((uint8_t *)s + PACKED_FROM, PACKED, near_of(r), room);
	to = blocks_get(r->rested, rested_bytes(n, s));
	to->flow = (uintptr_t)s->flow & UINT64_MAX >> 8;
	to->n = n & UINT8_MAX;
	assert((const struct flow *)(uintptr_t)to->flow == s->flow);
	memcpy(to->packed, room, n);
	if (s->facts.n)
		memcpy(to->packed + n, texts, s->facts.n);
	free(texts);
	a->seat->at = (uintptr_t)to | 1;
	ages_del(&r->awake, &a->age);
	block_give(r, a);
}

/* Room is made first, so that how many blocks there are depends on how many sessions there were
 * at once, and not on which of them were awake. */
static struct awake *
block_take(struct rest *r, struct seat *seat)
{
	struct awake *a;

	if (r->awake.n >= r->limit)
		fall_asleep(r, AGED(r->awake.oldest, struct awake, age));
	if (r->spare) {
		a = AGED(r->spare, struct awake, age);
		r->spare = a->age.older;
	} else {
		a = mem_get(sizeof(*a));
		r->memory += sizeof(*a);
	}
	a->seat = seat;
	seat->at = (uintptr_t)a;
	ages_add(&r->awake, &a->age);
	return a;
}

static struct session *
wake_up(struct rest *r, struct seat *seat)
{
	struct rested *from = (struct rested *)(seat->at & ~(uintptr_t)1);
	struct session *s = &block_take(r, seat)->s;

	s->flow = (const struct flow *)(uintptr_t)from->flow;
	unpack(from->packed, from->n, near_of(r), (uint8_t *)s + PACKED_FROM, PACKED);
	lists_change(s, NULL, &caps_unknown);
	facts_copy(&s->facts, from->packed + from->n);
	blocks_give(r->rested, from, rested_bytes(from->n, s));
	return s;
}

struct seat *
rest_new(struct rest *r, const struct flow *f)
{
	struct seat *seat = blocks_get(r->rested, sizeof(*seat));
	struct awake *a;

	if (!r->begun_ns)
		r->begun_ns = f->first_ns;
	a = block_take(r, seat);
	a->s = (struct session){.flow = f};
	return seat;
}

struct session *
rest_session(struct rest *r, struct seat *seat)
{
	struct awake *a = (struct awake *)seat->at;

	if (seat->at & 1)
		return wake_up(r, seat);
	ages_touch(&r->awake, &a->age);
	return &a->s;
}

struct session *
rest_leave(struct rest *r, struct seat *seat)
{
	struct session *s = rest_session(r, seat);

	ages_del(&r->awake, &((struct awake *)s)->age);
	blocks_give(r->rested, seat, sizeof(*seat));
	return s;
}

void
rest_free(struct rest *r, struct session *s)
{
	facts_done(&s->facts);
	block_give(r, (struct awake *)s);
}
