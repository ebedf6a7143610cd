#include "findings/table.h"
#include "base/arena.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define KEY_FIELD ((size_t)160)  /* bytes of one field that count */
#define ENTRY_COST ((size_t)128) /* bytes of an entry in the map, and of malloc's own */
#define NEWEST_STAY ((size_t)8)  /* entries that rules may hold while they make others */

void
table_init(struct table *t, struct table_budget *budget, size_t max, size_t entry_size,
	void (*done)(void *entry))
{
	*t = (struct table){.budget = budget,
		.map = map_new_lent(offsetof(struct tabled, key)),
		.max = max ? max : 1,
		.entry_size = entry_size,
		.done = done};
	assert(budget->n < BUDGET_TABLES);
	budget->tables[budget->n++] = t;
}

static void
count_bytes(struct table *t, size_t more, size_t less)
{
	t->bytes += more - less;
	t->budget->bytes += more - less;
}

static size_t
entry_bytes(const struct table *t, const struct tabled *e)
{
	return t->entry_size + e->key.n + e->extra + ENTRY_COST;
}

static void
entry_free(struct table *t, struct tabled *e)
{
	count_bytes(t, 0, entry_bytes(t, e));
	if (t->done)
		t->done(e);
	free((uint8_t *)e->key.p); /* where it begins */
}

void
table_done(struct table *t)
{
	struct tabled *e, *next;

	for (e = table_oldest(t); e; e = next) {
		next = table_newer(e);
		entry_free(t, e);
	}
	map_free(&t->map);
	*t = (struct table){0};
}

void *
table_get(const struct table *t, struct bytes key)
{
	return map_get(t->map, key);
}

static void
forget_oldest(struct table *t)
{
	struct tabled *e = table_oldest(t);

	map_del(t->map, e->key);
	ages_del(&t->ages, &e->age);
	entry_free(t, e);
	t->forgotten++;
}

static struct table *
fattest(const struct table_budget *b)
{
	struct table *best = NULL;

	for (size_t i = 0; i < b->n; i++)
		if (b->tables[i]->ages.n > NEWEST_STAY &&
			(!best || b->tables[i]->bytes > best->bytes))
			best = b->tables[i];
	return best;
}

static void
keep_budget(struct table_budget *b)
{
	struct table *t;

	while (b->bytes > b->max && (t = fattest(b)))
		forget_oldest(t);
}

/* The key stands before the entry, beside its head: a search looks at both. */
static struct tabled *
entry_new(const struct table *t, struct bytes key)
{
	size_t before = (key.n + 15) / 16 * 16; /* as malloc() aligns */
	uint8_t *p = mem_get(before + t->entry_size);
	struct tabled *e = (struct tabled *)(p + before);

	if (key.n)
		memcpy(p, key.p, key.n);
	e->key = (struct bytes){p, key.n};
	return e;
}

void *
table_put(struct table *t, struct bytes key)
{
	struct tabled *e = map_get(t->map, key);

	if (e) {
		ages_touch(&t->ages, &e->age);
		return e;
	}
	if (t->ages.n >= t->max)
		forget_oldest(t);
	e = entry_new(t, key);
	map_add(t->map, e);
	ages_add(&t->ages, &e->age);
	count_bytes(t, entry_bytes(t, e), 0);
	keep_budget(t->budget);
	return e;
}

void
table_grew(struct table *t, void *entry, size_t bytes)
{
	((struct tabled *)entry)->extra += bytes;
	count_bytes(t, bytes, 0);
}

size_t
table_memory(const struct table *t)
{
	return t->map ? map_memory(t->map) + t->bytes : 0;
}

void
key_cut(struct key *k, const void *p, size_t n)
{
	if (n > sizeof(k->p) - k->n)
		n = sizeof(k->p) - k->n;
	if (n)
		memcpy(k->p + k->n, p, n);
	k->n += n;
}

void
key_bytes(struct key *k, struct bytes in)
{
	uint64_t rest = UINT64_C(14695981039346656037); /* FNV-1a */

	key_number(k, in.n);
	key_cut(k, in.p, in.n < KEY_FIELD ? in.n : KEY_FIELD);
	if (in.n <= KEY_FIELD)
		return;
	for (size_t i = KEY_FIELD; i < in.n; i++)
		rest = (rest ^ in.p[i]) * UINT64_C(1099511628211);
	key_number(k, rest);
}
