#include "findings/windows.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define MEMBERS_MAX 128u /* accounts of one source, sources of one account remembered */

static void
guess_done(void *entry)
{
	free(((struct guess *)entry)->ring);
}

static void
crowd_done(void *entry)
{
	struct crowd *c = entry;

	free(c->members);
	free(c->hashes);
}

struct windows *
windows_new(const struct findings_settings *set, struct table_budget *budget)
{
	struct windows *w = mem_get(sizeof(*w));

	table_init(&w->guesses, budget, set->tracked, sizeof(struct guess), guess_done);
	table_init(&w->sources, budget, set->tracked, sizeof(struct crowd), crowd_done);
	table_init(&w->accounts, budget, set->tracked, sizeof(struct crowd), crowd_done);
	return w;
}

void
windows_free(struct windows **w)
{
	if (!*w)
		return;
	table_done(&(*w)->guesses);
	table_done(&(*w)->sources);
	table_done(&(*w)->accounts);
	free(*w);
	*w = NULL;
}

size_t
windows_memory(const struct windows *w)
{
	return table_memory(&w->guesses) + table_memory(&w->sources) +
	       table_memory(&w->accounts);
}

static void
ring_grow(struct table *t, struct guess *g, uint32_t max)
{
	uint32_t cap = g->cap ? 2 * g->cap : 1;

	if (g->n < g->cap || g->cap >= max)
		return;
	cap = cap < max ? cap : max;
	g->ring = mem_grow(g->ring, cap * sizeof(*g->ring));
	table_grew(t, g, (cap - g->cap) * sizeof(*g->ring));
	g->cap = cap;
	g->at = g->n; /* it was never wrapped while it grew */
}

void
guess_add(struct table *t, struct guess *g, int64_t ts_ns, unsigned secret, uint32_t max)
{
	ring_grow(t, g, max);
	if (g->at == g->cap)
		g->at = 0;
	g->ring[g->at++] = (struct failure){ts_ns, secret};
	if (g->n < g->cap)
		g->n++;
}

struct tally
guess_tally(const struct guess *g, int64_t now_ns, int64_t window_ns, unsigned ask)
{
	struct tally t = {.first_ns = now_ns};

	for (uint32_t i = 0; i < g->n; i++) {
		const struct failure *a = &g->ring[i];
		bool seen = false;

		if (now_ns - a->ts_ns > window_ns)
			continue;
		t.fails++;
		if (a->ts_ns < t.first_ns)
			t.first_ns = a->ts_ns;
		t.hidden += a->secret == 0;
		t.has_secret |= a->secret && a->secret == ask;
		for (uint32_t k = 0; k < i && !seen; k++)
			seen = g->ring[k].secret == a->secret &&
			       now_ns - g->ring[k].ts_ns <= window_ns;
		if (a->secret && !seen) {
			t.secrets++;
			t.one = a->secret;
		}
	}
	return t;
}

static uint64_t
hash_of(struct bytes in)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < in.n; i++)
		h = (h ^ in.p[i]) * UINT64_C(1099511628211);
	return h;
}

static void
crowd_grow(struct table *t, struct crowd *c)
{
	uint32_t cap = c->cap ? 2 * c->cap : 1; /* most have one */

	if (c->n < c->cap)
		return;
	c->members = mem_grow(c->members, cap * sizeof(*c->members));
	c->hashes = mem_grow(c->hashes, cap * sizeof(*c->hashes));
	table_grew(t, c, (cap - c->cap) * (sizeof(*c->members) + sizeof(*c->hashes)));
	c->cap = cap;
}

/* The place of the one that was silent longest, or of a further one. */
static uint32_t
member_place(struct table *t, struct crowd *c)
{
	uint32_t oldest = 0;

	if (c->n < MEMBERS_MAX) {
		crowd_grow(t, c);
		return c->n++;
	}
	for (uint32_t i = 1; i < c->n; i++)
		if (c->members[i].last_ns < c->members[oldest].last_ns)
			oldest = i;
	return oldest;
}

struct member *
crowd_member(struct table *t, struct crowd *c, const struct endpoint *host, struct bytes name)
{
	uint64_t hash = host ? hash_of((struct bytes){host->addr, 16}) : hash_of(name);
	struct member *m;
	uint32_t i = 0;

	while (i < c->n && c->hashes[i] != hash)
		i++;
	if (i < c->n)
		return &c->members[i];
	i = member_place(t, c);
	m = &c->members[i];
	c->hashes[i] = hash;
	*m = (struct member){0};
	if (host)
		m->host = *host;
	memcpy(m->name, name.p ? name.p : (const uint8_t *)"",
		name.n < sizeof(m->name) ? name.n : sizeof(m->name) - 1);
	return m;
}

void
member_fail(struct member *m, const struct place *at, int64_t window_ns, unsigned secret)
{
	if (at->ts_ns - m->last_ns > window_ns) {
		m->fails = 0;
		m->mixed = false;
		m->secret = 0;
	}
	m->mixed |= m->fails && m->secret != secret;
	m->secret = m->mixed ? 0 : secret;
	m->fails++;
	m->last_ns = at->ts_ns;
	m->at = *at;
}
