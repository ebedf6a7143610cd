#include "findings/kept.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

size_t
kept_clue_size(size_t n)
{
	return sizeof(struct kept_clue) + n;
}

size_t
kept_size(size_t n)
{
	return (n + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
}

void *
kept_get(struct records *all, struct record *r, size_t n)
{
	void *p = (char *)r->more + r->used;

	if (kept_size(n) <= r->room - r->used) {
		r->used += (uint32_t)kept_size(n);
		return p;
	}
	all->bytes += n;
	return mem_get(n);
}

void
kept_free(struct records *all, const struct record *r, void *p, size_t n)
{
	if (!p || ((char *)p >= (const char *)r->more &&
			  (char *)p < (const char *)r->more + r->room))
		return;
	all->bytes -= n;
	free(p);
}

/* evidence */

static struct kept_clue *
clue_new(struct records *all, struct record *r, const struct clue *c)
{
	struct kept_clue *k = kept_get(all, r, kept_clue_size(c->n));

	k->room = c->n;
	k->n = c->n;
	k->at = c->at;
	memcpy(k->text, c->text, c->n);
	return k;
}

void
kept_clue(struct records *all, struct record *r, const struct clue *c)
{
	struct kept_clue *k;

	if (r->n_clues == EVIDENCE_MAX)
		return;
	k = clue_new(all, r, c);
	if (r->last_clue)
		r->last_clue->next = k;
	else
		r->clues = k;
	r->last_clue = k;
	r->n_clues++;
}

/* A larger one in the place of the last. */
static void
renew_last(struct records *all, struct record *r, const struct clue *c)
{
	struct kept_clue **place = &r->clues;

	while (*place != r->last_clue)
		place = &(*place)->next;
	kept_free(all, r, *place, kept_clue_size((*place)->room));
	r->last_clue = *place = clue_new(all, r, c);
}

/* The last occurrence takes the place of the one that was last before it, so that a million of
 * them cost nothing. */
static void
keep_last(struct records *all, struct record *r, const struct clue *c)
{
	struct kept_clue *last = r->last_clue;

	if (!r->has_last && r->n_clues < EVIDENCE_MAX) {
		kept_clue(all, r, c);
	} else if (last->room < c->n) {
		renew_last(all, r, c);
	} else {
		last->at = c->at;
		last->n = c->n;
		memcpy(last->text, c->text, c->n);
	}
	r->has_last = true;
}

void
kept_evidence(struct records *all, struct record *r, const struct hit *h)
{
	if (h->n_clues == 0)
		return;
	if (r->occurrences == 0) {
		for (size_t i = 0; i < h->n_clues; i++)
			kept_clue(all, r, &h->clues[i]);
	} else if (r->occurrences < 3) {
		kept_clue(all, r, &h->clues[h->main]);
	} else {
		keep_last(all, r, &h->clues[h->main]);
		return;
	}
	r->occurrences++;
}

void
kept_free_clues(struct records *all, struct record *r)
{
	struct kept_clue *c, *next;

	for (c = r->clues; c; c = next) {
		next = c->next;
		kept_free(all, r, c, kept_clue_size(c->room));
	}
}
