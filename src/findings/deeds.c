#include "findings/deeds.h"
#include "base/arena.h"
#include "base/blocks.h"

#include <stdlib.h>
#include <string.h>

/* numbers */

static void
numbers_grow(struct findings *f, struct numbers *s, uint32_t words)
{
	uint32_t room = s->words ? s->words : 4;

	while (room < words)
		room *= 2;
	s->more = mem_grow(s->more, room * sizeof(*s->more));
	memset(s->more + s->words, 0, (room - s->words) * sizeof(*s->more));
	f->state_bytes += (room - s->words) * sizeof(*s->more);
	s->words = room;
}

bool
numbers_add(struct findings *f, struct numbers *s, uint64_t number)
{
	uint64_t *word = &s->low, bit;

	if (number == 0 || number > f->set.deeds_numbers)
		return false;
	number--;
	bit = UINT64_C(1) << number % 64;
	if (number >= 64) {
		uint32_t at = (uint32_t)(number / 64 - 1);

		if (at >= s->words)
			numbers_grow(f, s, at + 1);
		word = &s->more[at];
	}
	s->n += !(*word & bit);
	*word |= bit;
	return true;
}

uint32_t
numbers_both(const struct numbers *a, const struct numbers *b)
{
	uint32_t words = a->words < b->words ? a->words : b->words;
	int n = __builtin_popcountll(a->low & b->low);

	for (uint32_t i = 0; i < words; i++)
		n += __builtin_popcountll(a->more[i] & b->more[i]);
	return (uint32_t)n;
}

void
numbers_clear(struct findings *f, struct numbers *s)
{
	f->state_bytes -= s->words * sizeof(*s->more);
	free(s->more);
	*s = (struct numbers){0};
}

/* of one session */

static void *
deeds_of(struct findings *f, struct session *s, size_t size)
{
	uint8_t *proto;

	if (s->findings_deeds)
		return s->findings_deeds;
	proto = blocks_get(f->deeds, size);
	memset(proto, 0, size);
	*proto = (uint8_t)s->proto; /* their first member */
	f->state_bytes += blocks_cost(size);
	return s->findings_deeds = proto;
}

static struct pop3_deeds *
pop3_of(struct findings *f, struct session *s)
{
	return deeds_of(f, s, sizeof(struct pop3_deeds));
}

static void
pop3_reply(struct findings *f, struct session *s, const struct event *e)
{
	const struct ev_reply *y = &e->reply;
	struct pop3_deeds *d = s->findings_deeds;

	if (y->kind != REPLY_OK || !y->verb)
		return;
	if (y->number && strcmp(y->verb, "DELE") == 0) {
		d = pop3_of(f, s);
		numbers_add(f, &d->marked, y->number);
		if (!d->marked_at.packet)
			d->marked_at = e->at;
	} else if (d && strcmp(y->verb, "RSET") == 0) {
		numbers_clear(f, &d->marked);
		d->marked_at = (struct place){0};
	} else if (d && strcmp(y->verb, "QUIT") == 0) {
		d->quit = true;
		d->quit_at = e->at;
	}
}

static void
pop3_count(struct findings *f, struct session *s, const struct ev_mailbox *m)
{
	struct pop3_deeds *d = pop3_of(f, s);

	d->lists++;
	d->counted = true;
	if (m->messages > d->messages)
		d->messages = m->messages;
}

static void
pop3_message(struct findings *f, struct session *s, const struct message *m)
{
	struct pop3_deeds *d;

	if (!m->complete || !m->number)
		return;
	d = pop3_of(f, s);
	if (m->via == VIA_TOP) {
		d->tops += bytes_is(m->section, "0");
		if (!d->top_at.packet)
			d->top_at = m->begin;
		return;
	}
	numbers_add(f, &d->got, m->number);
	d->octets += m->size;
	if (!d->got_at.packet)
		d->got_at = m->begin;
	d->got_end = m->end;
}

void
deeds_event(struct findings *f, struct fstate *st, const struct event *e)
{
	struct session *s = st->session;

	if (s->proto == PROTO_IMAP) {
		imap_deeds_event(f, s, e);
	} else if (s->proto == PROTO_POP3) {
		if (e->type == EV_REPLY)
			pop3_reply(f, s, e);
		else if (e->type == EV_MAILBOX && e->mailbox.counted)
			pop3_count(f, s, &e->mailbox);
	}
}

void
deeds_message(struct findings *f, struct session *s, const struct message *m)
{
	if (s->proto == PROTO_POP3)
		pop3_message(f, s, m);
	else if (s->proto == PROTO_IMAP)
		imap_deeds_message(f, s, m);
}

static void
deeds_give(struct findings *f, void *block, size_t size)
{
	f->state_bytes -= blocks_cost(size);
	blocks_give(f->deeds, block, size);
}

void
deeds_drop(struct findings *f, struct session *s)
{
	const uint8_t *proto = s->findings_deeds;

	if (!proto)
		return;
	if (*proto == PROTO_IMAP) {
		struct imap_deeds *d = s->findings_deeds;

		numbers_clear(f, &d->got);
		deeds_give(f, d, sizeof(*d));
	} else {
		struct pop3_deeds *d = s->findings_deeds;

		numbers_clear(f, &d->got);
		numbers_clear(f, &d->marked);
		deeds_give(f, d, sizeof(*d));
	}
	s->findings_deeds = NULL;
}

struct imap_deeds *
deeds_imap(struct findings *f, struct session *s)
{
	return deeds_of(f, s, sizeof(struct imap_deeds));
}

bool
deeds_are_whole(const struct session *s, const struct fstate *st)
{
	return !state_partial(s) && !st->desync && !session_has(s, AT_GAP) && !s->given_up;
}

bool
deeds_are_over(const struct session *s)
{
	return s->flow->reason == FLOW_FIN || s->flow->reason == FLOW_RST;
}

/* over several sessions */

struct habits {
	struct tabled head;
	uint32_t times[HABITS];
};

void
habits_init(struct table *t, struct table_budget *budget, size_t tracked)
{
	table_init(t, budget, tracked, sizeof(struct habits), NULL);
}

uint32_t
deeds_habit(struct findings *f, const struct session *s, enum habit h)
{
	struct key k = {.n = 0};
	struct habits *e;

	key_client(&k, s);
	key_service(&k, &s->flow->server);
	key_bytes(&k, session_text(s, TEXT_USER));
	e = table_put(&f->habits, key_of(&k));
	return e->times[h]++;
}
