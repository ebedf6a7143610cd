#include "stream/waits.h"

#include "stream/deliver.h"
#include "stream/hold.h"
#include "stream/reasm.h"

/* What the first held segments wait for. */
enum wait_kind {
	WAIT_NOTHING,
	WAIT_JOIN,   /* to know where the halves begin */
	WAIT_HOLE,   /* bytes of `half` up to `upto` */
	WAIT_UNSEEN, /* bytes of a half of which no packet was seen */
	WAIT_CYCLE,  /* each for the other: retransmissions whose originals were lost */
};
struct wait {
	enum wait_kind kind;
	int half;
	uint32_t upto;
	struct held *who; /* the segment that waits */
	int who_half;
};

/* Is h behind a hole of its own half? */
static bool
own_hole(const struct conn *c, int half)
{
	const struct held *h = hold_head(c, half);

	return h && c->flags[half] & HALF_BASED && seq_diff(h->seq, c->half[half].next) > 0;
}

static struct wait
wait_of_peer(const struct conn *c, int half)
{
	int peer = 1 - half;
	struct held *h = hold_head(c, half), *other = hold_head(c, peer);
	struct wait w = {WAIT_HOLE, peer, h->ack, h, half};

	if (!(c->flags[peer] & HALF_SEEN))
		w.kind = WAIT_UNSEEN;
	else if (other && seq_diff(other->seq, c->half[peer].next) <= 0)
		w.kind = WAIT_CYCLE;
	else if (other && seq_diff(other->seq, w.upto) < 0)
		w.upto = other->seq;
	if (c->flags[peer] & HALF_LIMIT && seq_diff(w.upto, c->half[peer].edge) > 0)
		w.upto = c->half[peer].edge;
	return w;
}

/* The hole to fill first: one that sets a segment free; else the one that a segment in turn
 * waits for. */
static struct wait
find_wait(const struct streams *s, const struct conn *c)
{
	struct wait none = {.kind = WAIT_NOTHING};
	struct held *h[2] = {hold_head(c, 0), hold_head(c, 1)};

	if (!h[0] && !h[1])
		return none;
	if (reasm_joining(c))
		return (struct wait){WAIT_JOIN, .who = h[0] ? h[0] : h[1]};
	for (int i = 0; i < 2; i++) {
		if (own_hole(c, i) && reasm_ack_done(s, c, i, h[i]->has_ack, h[i]->ack))
			return (struct wait){WAIT_HOLE, i, h[i]->seq, h[i], i};
	}
	for (int i = 0; i < 2; i++) {
		if (h[i] && !own_hole(c, i))
			return wait_of_peer(c, i);
	}
	int i = !h[0];
	if (h[0] && h[1] && seq_diff(h[1]->order, h[0]->order) < 0)
		i = 1;
	return (struct wait){WAIT_HOLE, i, h[i]->seq, h[i], i};
}

/*
 * One byte is missing at the very end, and a segment that closes the other half acknowledges
 * it: that is a FIN which the capture lost, not a byte.
 */
static bool
is_lost_fin(struct conn *c, int half, uint32_t n, bool closing)
{
	return n == 1 && !hold_head(c, half) && !(c->flags[half] & HALF_LIMIT) &&
	       (closing || conn_side(c, 1 - half)->fin || conn_side(c, 1 - half)->rst);
}

static void
give_up(struct streams *s, struct conn *c, struct wait w, enum gap_why why)
{
	uint32_t n = w.upto - c->half[w.half].next;

	switch (w.kind) {
	case WAIT_NOTHING:
		break;
	case WAIT_JOIN:
		reasm_settle_join(s, c);
		break;
	case WAIT_UNSEEN:
		c->one_sided = true;
		break;
	case WAIT_CYCLE:
		w.who->has_ack = false;
		break;
	case WAIT_HOLE:
		if (is_lost_fin(c, w.half, n, false)) {
			c->half[w.half].next++;
			c->flags[w.half] |= HALF_FIN_DONE;
		} else if ((int32_t)n > 0) {
			deliver_gap(s, c, w.half, n, why, source_of_held(w.who));
		} else {
			w.who->has_ack = false;
		}
		break;
	}
}

bool
waits_force(struct streams *s, struct conn *c, enum gap_why why)
{
	struct wait w = find_wait(s, c);

	if (w.kind == WAIT_NOTHING || c->f.ignored)
		return false;
	give_up(s, c, w, why);
	reasm_drain(s, c);
	return true;
}

/* Have as many packets come as a join waits for? */
static bool
join_due(const struct streams *s, const struct conn *c)
{
	uint32_t since = (conn_packets(c) - c->join_from) & JOIN_MOST;

	return since >= (s->set.join_segments < JOIN_MOST ? s->set.join_segments : JOIN_MOST);
}

static bool
wait_due(const struct streams *s, const struct conn *c, const struct wait *w)
{
	int64_t age = s->clock_ns - w->who->clock_ns;
	uint32_t since = conn_packets(c) - w->who->order;
	uint8_t flags = c->flags[w->half];
	bool unseen = !(c->flags[0] & c->flags[1] & HALF_SEEN);
	bool acked = flags & HALF_ACKED && seq_diff(c->half[w->half].acked, w->upto) >= 0;

	/* What stands first may yet come as long as the capture did not go on either. */
	if (w->kind == WAIT_JOIN && join_due(s, c))
		return true;
	if (age >= s->set.hole_max_ns)
		return true;
	if (w->kind == WAIT_JOIN)
		return age >= s->set.hole_ns &&
		       s->arrived - w->who->arrived >= s->set.join_segments;
	if (w->kind == WAIT_UNSEEN && c->f.midstream)
		return since >= s->set.one_sided_segments;
	return (acked || unseen || w->kind == WAIT_CYCLE) && age >= s->set.hole_ns &&
	       since >= s->set.hole_segments;
}

static bool
over_limit(const struct streams *s, const struct conn *c, int half)
{
	return c->hold && (conn_hold(c)->n[half] > s->set.hold_segments ||
				  conn_hold(c)->bytes[half] > s->set.hold_bytes);
}

static void
hold_limits(struct streams *s, struct conn *c)
{
	for (int half = 0; half < 2; half++) {
		while (!c->f.ignored && over_limit(s, c, half)) {
			const struct held *h = hold_head(c, half);

			if (!conn_hold(c)->limit_noted) {
				conn_hold(c)->limit_noted = true;
				deliver_note(s, c, half, NOTE_HOLD_LIMIT, BYTES_NONE,
					BYTES_NONE, 0, source_of_held(h));
			} else if (!waits_force(s, c, GAP_HELD)) {
				return;
			}
		}
	}
}

void
waits_check(struct streams *s, struct conn *c)
{
	if (reasm_joining(c) && join_due(s, c))
		reasm_settle_join(s, c);
	reasm_drain(s, c);
	if (!c->hold)
		return;
	hold_limits(s, c);
	while (!c->f.ignored) {
		struct wait w = find_wait(s, c);

		if (w.kind == WAIT_NOTHING || !wait_due(s, c, &w))
			return;
		give_up(s, c, w, GAP_LOST);
		reasm_drain(s, c);
	}
}

/* The peer acknowledged bytes that nobody saw, and nothing came behind them. */
static void
finish_tail(struct streams *s, struct conn *c, int half)
{
	uint8_t need = HALF_BASED | HALF_SEEN | HALF_ACKED;
	const struct half *h = &c->half[half];
	struct source src = {.ts_ns = c->f.last_ns, .input = c->f.last_input};

	if ((c->flags[half] & (need | HALF_FIN_DONE)) != need || c->f.ignored)
		return;
	bool bounded = c->flags[half] & HALF_LIMIT && seq_diff(h->acked, h->edge) > 0;
	int32_t n = seq_diff(bounded ? h->edge : h->acked, h->next);

	if (n > 0 && n <= (int32_t)s->set.max_jump_bytes &&
		!is_lost_fin(c, half, (uint32_t)n, true))
		deliver_gap(s, c, half, (uint32_t)n, GAP_LOST, src);
}

void
waits_finish(struct streams *s, struct conn *c)
{
	while (waits_force(s, c, GAP_LOST))
		;
	finish_tail(s, c, 0);
	finish_tail(s, c, 1);
}
