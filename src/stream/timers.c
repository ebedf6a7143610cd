#include "stream/timers.h"

#include <stddef.h>

enum {
	TICKS_TOUCH = 60
}; /* 1 s */

void
timers_init(struct streams *s)
{
	for (int i = 0; i < LISTS; i++)
		s->lists[i] = (struct conn_ends){CONN_NONE, CONN_NONE};
	s->now_ns = INT64_MIN;
}

static uint32_t
stamp_now(const struct streams *s, int list)
{
	return list == LIST_LINGER ? stamp_of(s->clock_ns) : s->stamp;
}

/* The link that points at c from the left, and from the right. */
static uint32_t *
link_to(struct streams *s, uint32_t prev, int list)
{
	return prev == CONN_NONE ? &s->lists[list].head : &flowtable_at(&s->table, prev)->next;
}

static uint32_t *
link_back(struct streams *s, uint32_t next, int list)
{
	return next == CONN_NONE ? &s->lists[list].tail : &flowtable_at(&s->table, next)->prev;
}

void
timers_add(struct streams *s, struct conn *c, enum conn_list list)
{
	uint32_t index = flowtable_index(c);

	c->list = list & 3;
	c->f.stamp = stamp_now(s, list);
	c->next = CONN_NONE;
	c->prev = s->lists[list].tail;
	*link_to(s, c->prev, list) = index;
	s->lists[list].tail = index;
}

void
timers_del(struct streams *s, struct conn *c)
{
	*link_to(s, c->prev, c->list) = c->next;
	*link_back(s, c->next, c->list) = c->prev;
}

void
timers_move(struct streams *s, struct conn *c, enum conn_list list)
{
	timers_del(s, c);
	timers_add(s, c, list);
}

void
timers_touch(struct streams *s, struct conn *c)
{
	if (s->stamp - c->f.stamp >= TICKS_TOUCH && c->list != LIST_LINGER)
		timers_move(s, c, c->list);
}

struct conn *
timers_oldest(const struct streams *s, enum conn_list list)
{
	uint32_t head = s->lists[list].head;

	return head == CONN_NONE ? NULL : flowtable_at(&s->table, head);
}

struct conn *
timers_due(struct streams *s, enum conn_list list, int64_t ns)
{
	uint32_t now = stamp_now(s, list);
	struct conn *c;

	while ((c = timers_oldest(s, list)) && now != c->f.stamp) {
		/* both ends of the span were cut to a tick */
		if ((int64_t)(now - c->f.stamp - 1) << STAMP_SHIFT < ns)
			return NULL;
		/* last_ns may be far behind when the clock of the capture jumped: it can only
		 * prolong */
		if (list == LIST_LINGER || s->now_ns - c->f.last_ns >= ns)
			return c;
		timers_move(s, c, list);
	}
	return NULL;
}

static bool
near(int64_t a, int64_t b, int64_t ns)
{
	return a > b ? a - b <= ns : b - a <= ns;
}

/* Broken clocks and broken files write single packets of a far future. */
static bool
leaps(struct streams *s, int64_t ts_ns)
{
	if (near(ts_ns, s->now_ns, s->set.leap_ns) ||
		(s->leapt_ns && near(ts_ns, s->leapt_ns, s->set.leap_ns))) {
		s->leapt_ns = 0;
		return false;
	}
	s->leapt_ns = ts_ns;
	return true;
}

bool
timers_advance(struct streams *s, int64_t ts_ns, int64_t step_ns)
{
	bool first = s->now_ns == INT64_MIN;

	if (ts_ns <= s->now_ns) {
		s->leapt_ns = 0;
		return false;
	}
	if (!first && step_ns != INT64_MAX && leaps(s, ts_ns))
		return false;
	int64_t step = first ? 0 : ts_ns - s->now_ns;

	if (step > step_ns)
		step = step_ns;
	uint32_t stamp = stamp_of(ts_ns);
	bool moved = stamp != s->stamp || stamp_of(s->clock_ns) != stamp_of(s->clock_ns + step);

	s->now_ns = ts_ns;
	s->clock_ns += step;
	s->stamp = stamp;
	return moved;
}

void
timers_queue(struct streams *s, struct hold *w, enum hold_queue q)
{
	struct hold_ends *ends = &s->queues[q];
	int64_t rest = s->set.hole_max_ns - s->set.hole_ns;

	timers_unqueue(s, w);
	w->queue = q;
	w->check_ns = s->clock_ns + (q == QUEUE_HOLE ? s->set.hole_ns : rest > 0 ? rest : 0);
	w->next = NULL;
	w->prev = ends->tail;
	*(ends->tail ? &ends->tail->next : &ends->head) = w;
	ends->tail = w;
}

void
timers_unqueue(struct streams *s, struct hold *w)
{
	if (w->queue == QUEUE_NONE)
		return;
	struct hold_ends *ends = &s->queues[w->queue];

	*(w->prev ? &w->prev->next : &ends->head) = w->next;
	*(w->next ? &w->next->prev : &ends->tail) = w->prev;
	w->prev = w->next = NULL;
	w->queue = QUEUE_NONE;
}

struct hold *
timers_ringing(const struct streams *s, enum hold_queue q)
{
	struct hold *w = s->queues[q].head;

	return w && s->clock_ns >= w->check_ns ? w : NULL;
}
