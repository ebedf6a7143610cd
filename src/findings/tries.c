#include "findings/tries.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "findings/text.h"

#define CLUES 3  /* of the first tries */
#define NAMES 10 /* in the note */

static void
tries_done(void *entry)
{
	free(((struct tries *)entry)->ring);
}

void
tries_init(struct table *t, struct table_budget *budget, size_t tracked)
{
	table_init(t, budget, tracked, sizeof(struct tries), tries_done);
}

struct tries *
tries_of(struct table *t, const struct session *s)
{
	struct key k = {.n = 0};

	key_client(&k, s);
	return table_put(t, key_of(&k));
}

struct tries *
tries_known(struct table *t, const struct session *s)
{
	struct key k = {.n = 0};

	if (!table_oldest(t))
		return NULL;
	key_client(&k, s);
	return table_get(t, key_of(&k));
}

/* Letters count as one, whatever their case. */
static uint64_t
digest_of(struct bytes in)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		c = (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		h = (h ^ c) * UINT64_C(1099511628211);
	}
	return h;
}

static void
ring_grow(struct table *t, struct tries *e)
{
	uint32_t cap = e->cap ? 2 * e->cap : 1;

	if (e->n < e->cap || e->cap == TRIES_MAX)
		return;
	e->ring = mem_grow(e->ring, cap * sizeof(*e->ring));
	table_grew(t, e, (cap - e->cap) * sizeof(*e->ring));
	e->cap = cap;
	e->at = e->n; /* it was never wrapped while it grew */
}

void
tries_add(struct table *t, struct tries *e, struct bytes what, const struct place *at)
{
	struct attempt *a;

	ring_grow(t, e);
	if (e->at == e->cap)
		e->at = 0;
	a = &e->ring[e->at++];
	*a = (struct attempt){.what = digest_of(what), .at = *at};
	text_keep(a->text, sizeof(a->text), what);
	if (e->n < e->cap)
		e->n++;
}

/* The i-th oldest. */
static const struct attempt *
attempt_at(const struct tries *e, uint32_t i)
{
	return &e->ring[e->n < e->cap ? i : (e->at + i) % e->cap];
}

static bool
within(const struct attempt *a, int64_t now_ns, int64_t window_ns)
{
	return now_ns - a->at.ts_ns <= window_ns;
}

uint32_t
tries_count(const struct tries *e, int64_t now_ns, int64_t window_ns)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n; i++)
		n += within(&e->ring[i], now_ns, window_ns);
	return n;
}

/* The same was tried before, within the window. */
static bool
is_again(const struct tries *e, uint32_t i, int64_t now_ns, int64_t window_ns)
{
	for (uint32_t k = 0; k < i; k++)
		if (attempt_at(e, k)->what == attempt_at(e, i)->what &&
			within(attempt_at(e, k), now_ns, window_ns))
			return true;
	return false;
}

uint32_t
tries_distinct(const struct tries *e, int64_t now_ns, int64_t window_ns)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n; i++)
		n += within(attempt_at(e, i), now_ns, window_ns) &&
		     !is_again(e, i, now_ns, window_ns);
	return n;
}

static void
window_turn(struct tries *e, int64_t window)
{
	if (window == e->window)
		return;
	e->granted[1] = window == e->window + 1 ? e->granted[0] : 0;
	e->granted[0] = 0;
	e->window = window;
}

void
tries_grant(struct tries *e, int64_t now_ns, int64_t window_ns)
{
	window_turn(e, now_ns / window_ns);
	e->granted[0]++;
}

uint32_t
tries_granted(const struct tries *e, int64_t now_ns, int64_t window_ns)
{
	int64_t window = now_ns / window_ns;

	if (window == e->window)
		return e->granted[0] + e->granted[1];
	return window == e->window + 1 ? e->granted[0] : 0;
}

void
tries_clues(struct findings *f, struct hit *h, const struct tries *e, int64_t now_ns,
	int64_t window_ns, const char *before)
{
	bool known = record_find(f, h) != NULL;
	uint32_t named = 0;

	for (uint32_t i = 0; i < e->n; i++) {
		const struct attempt *a = attempt_at(e, i);

		if (!within(a, now_ns, window_ns) || is_again(e, i, now_ns, window_ns))
			continue;
		if (!known && h->n_clues < CLUES)
			hit_wire(f, h, &a->at, before, bytes_str(a->text), NULL, 0);
		if (named < NAMES)
			hit_note(h, "%s%s", named++ ? ", " : ": ", a->text);
	}
}
