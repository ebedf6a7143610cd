#include "dissectors/pop3/pop3.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static struct pop3_entry *
entry_at(struct pop3 *p, uint32_t i)
{
	return &p->queue[(p->head + i) % p->cap];
}

static void
grow(struct pop3 *p)
{
	uint32_t cap = p->cap ? p->cap * 2 : 4;
	struct pop3_entry *queue = mem_get(cap * sizeof(*queue));

	for (uint32_t i = 0; i < p->n; i++)
		queue[i] = *entry_at(p, i);
	free(p->queue);
	p->queue = queue;
	p->head = 0;
	p->cap = cap;
}

static struct pop3_entry *
append(struct pop3 *p)
{
	struct pop3_entry *e;

	if (p->n == p->cap)
		grow(p);
	e = entry_at(p, p->n++);
	memset(e, 0, sizeof(*e));
	return e;
}

struct pop3_entry *
pop3_head(struct pop3 *p)
{
	return p->n ? entry_at(p, 0) : NULL;
}

void
pop3_pop(struct pop3 *p, struct events *out)
{
	struct pop3_entry *e = pop3_head(p);

	if (!e)
		return;
	pop3_login_close(&e->login, out);
	p->head = (p->head + 1) % p->cap;
	p->n--;
}

bool
pop3_has_hole(struct pop3 *p)
{
	return p->n && !entry_at(p, 0)->verb;
}

static void
make_room(struct pop3 *p, struct events *out)
{
	if (p->n < events_limits(out)->queue)
		return;
	if (!p->queue_full_said && !events_one_sided(out, DIR_S2C))
		events_anomaly(out, ANOMALY_QUEUE_FULL, 0, 0, BYTES_NONE);
	p->queue_full_said = true;
	pop3_pop(p, out);
}

struct pop3_entry *
pop3_push(struct pop3 *p, const struct pop3_verb *v, const struct place *at, struct events *out)
{
	struct pop3_entry *e;

	make_room(p, out);
	/* The client went on behind a line that was no reply: it took that for the answer. */
	if (p->broken_end && p->n == 1 && at->acked != PLACE_NO_ACK &&
		at->acked >= p->broken_end)
		pop3_pop(p, out);
	p->broken_end = 0;
	e = append(p);
	e->verb = v;
	e->id = ++p->id;
	e->end = at->offset + at->len;
	e->acked = at->acked;
	return e;
}

/* In front of all others. */
static void
insert_hole(struct pop3 *p)
{
	if (pop3_has_hole(p))
		return;
	append(p);
	p->head = (p->head + p->cap - 1) % p->cap;
	memset(entry_at(p, 0), 0, sizeof(struct pop3_entry));
}

static bool
is_exchange(struct pop3 *p, const struct pop3_entry *e)
{
	return p->client == CLIENT_AUTH && e == entry_at(p, p->n - 1);
}

/*
 * Replies lost: what the client asked before it had received the lost bytes stays unknown; what
 * it asked later is answered behind them. A SASL exchange goes on: its verdict is the next
 * status line.
 */
static void
replies_lost(struct pop3 *p, uint64_t end, struct events *out)
{
	struct pop3_entry *e;

	while ((e = pop3_head(p))) {
		if (is_exchange(p, e))
			return;
		if (e->verb && e->acked != PLACE_NO_ACK && e->acked >= end)
			break;
		pop3_pop(p, out);
	}
	insert_hole(p);
}

/* Commands lost: one hole stands for all of them, behind those that still wait. */
static void
commands_lost(struct pop3 *p)
{
	if (!p->n || entry_at(p, p->n - 1)->verb)
		append(p);
}

void
pop3_hole(struct pop3 *p, enum dir d, uint64_t end, struct events *out)
{
	if (d == DIR_S2C)
		replies_lost(p, end, out);
	else
		commands_lost(p);
}

struct pop3_entry *
pop3_match(struct pop3 *p, uint64_t at, struct events *out)
{
	while (pop3_has_hole(p)) {
		const struct pop3_entry *next = p->n > 1 ? entry_at(p, 1) : NULL;

		if (!next || (next->verb && next->acked != PLACE_NO_ACK && next->acked > at))
			return NULL;
		pop3_pop(p, out);
	}
	return pop3_head(p);
}
