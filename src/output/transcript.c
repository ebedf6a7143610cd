#include "output/transcript_int.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define SPOOL_DEFAULT (UINT64_C(4) << 30)

static struct transcript *
make(struct spool *spool)
{
	struct transcript *t = mem_get(sizeof(*t));

	t->spool = spool;
	buf_init(&t->record, SIZE_MAX);
	buf_init(&t->text, SIZE_MAX);
	buf_init(&t->decoded, SIZE_MAX);
	buf_init(&t->extra, SIZE_MAX);
	buf_init(&t->bytes, SIZE_MAX);
	buf_init(&t->hidden, SIZE_MAX);
	buf_init(&t->scratch, SIZE_MAX);
	return t;
}

struct transcript *
transcript_new(const struct transcript_settings *set, struct secrets *secrets)
{
	struct transcript *t = make(
		spool_new(set->spool_bytes ? set->spool_bytes : SPOOL_DEFAULT));

	t->set = *set;
	t->secrets = secrets;
	return t;
}

int
transcript_flush(struct transcript *t, uint64_t *ret_bytes)
{
	int r = spool_flush(t->spool);

	*ret_bytes = r == 0 ? spool_bytes(t->spool) : 0;
	return r;
}

struct transcript *
transcript_view(const struct transcript *t)
{
	struct spool *spool = spool_view(t->spool);

	return spool ? make(spool) : NULL;
}

void
transcript_show(struct transcript *view, uint64_t bytes)
{
	spool_show(view->spool, bytes);
}

static void
state_free(struct state *st)
{
	*st->link = st->next;
	if (st->next)
		st->next->link = st->link;
	buf_wipe(&st->body);
	free(st);
}

void
transcript_free(struct transcript **t)
{
	if (!*t)
		return;
	while ((*t)->states)
		state_free((*t)->states);
	spool_free(&(*t)->spool);
	buf_done(&(*t)->record);
	buf_done(&(*t)->text);
	buf_done(&(*t)->decoded);
	buf_done(&(*t)->extra);
	buf_done(&(*t)->bytes);
	buf_done(&(*t)->hidden);
	buf_done(&(*t)->scratch);
	free(*t);
	*t = NULL;
}

struct state *
transcript_state(struct transcript *t, struct session *s)
{
	struct state *st = s->sink_state;

	if (st)
		return st;
	st = mem_get(sizeof(*st));
	buf_init(&st->body, SIZE_MAX);
	st->next = t->states;
	st->link = &t->states;
	if (st->next)
		st->next->link = &st->next;
	t->states = st;
	s->sink_state = st;
	return st;
}

void
transcript_keep(struct transcript *t, struct state *st, const struct record *r)
{
	buf_clear(&t->record);
	buf_add(&t->record, (struct bytes){(const uint8_t *)&r->h, sizeof(r->h)});
	buf_sized(&t->record, r->text);
	buf_sized(&t->record, r->extra);
	buf_sized(&t->record, r->enhanced);
	buf_sized(&t->record, r->bytes);
	buf_sized(&t->record, r->hidden);
	buf_sized(&t->record, r->decoded);
	spool_put(t->spool, &st->chain, buf_bytes(&t->record));
}

bool
transcript_read(struct transcript *t, uint64_t at, struct record *ret)
{
	struct bytes rest;

	*ret = (struct record){0};
	spool_get(t->spool, at, &t->record);
	rest = buf_bytes(&t->record);
	if (rest.n < sizeof(ret->h))
		return false;
	memcpy(&ret->h, rest.p, sizeof(ret->h));
	rest = bytes_from(rest, sizeof(ret->h));
	ret->text = bytes_sized(&rest);
	ret->extra = bytes_sized(&rest);
	ret->enhanced = bytes_sized(&rest);
	ret->bytes = bytes_sized(&rest);
	ret->hidden = bytes_sized(&rest);
	ret->decoded = bytes_sized(&rest);
	return true;
}

struct record
transcript_record(enum record_kind kind, const struct place *at, const char *verb)
{
	struct record r = {.h = {.kind = (uint8_t)kind,
				   .dir = at->dir,
				   .input = at->input,
				   .ts_ns = at->ts_ns,
				   .packet = at->packet,
				   .offset = at->offset,
				   .wire_len = at->len}};

	if (at->cover != COVER_CLEAR)
		r.h.flags |= REC_ENCRYPTED;
	if (verb)
		memccpy(r.h.verb, verb, '\0', sizeof(r.h.verb) - 1);
	return r;
}

uint64_t
transcript_end(struct transcript *t, struct session *s)
{
	struct state *st = s->sink_state;
	uint64_t chain;

	if (!st)
		return 0;
	transcript_end_body(t, s);
	chain = st->chain;
	state_free(st);
	s->sink_state = NULL;
	return chain;
}

uint64_t
transcript_chain(const struct session *s)
{
	const struct state *st = s->sink_state;

	return st ? st->chain : 0;
}

size_t
transcript_list(struct transcript *t, uint64_t chain, uint64_t **ret)
{
	return spool_list(t->spool, chain, ret);
}

int
transcript_err(const struct transcript *t, struct err *e)
{
	return spool_err(t->spool, e);
}
