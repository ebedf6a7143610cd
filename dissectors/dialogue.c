/* A connection whose dissector is known: bytes, gaps and waits between the two. */
#include "dissectors/conn.h"

#include <assert.h>

void
conn_stop(struct conn *c, const char *why)
{
	struct event e = {.type = EV_LAYER, .layer = {.kind = LAYER_GIVEN_UP, .why = why}};
	enum dir d = c->side[DIR_S2C].last.ts_ns > c->side[DIR_C2S].last.ts_ns ? DIR_S2C
									       : DIR_C2S;

	e.at = side_place(c, d);
	conn_say(c, &e);
	for (int i = 0; i < 2; i++) {
		c->side[i].state = SIDE_STOPPED;
		side_drop(&c->side[i]);
	}
}

/* What a dissector's answer means for the connection. */
static void
conn_next(struct conn *c, enum dir d, enum dis_next next)
{
	struct conn_side *s = &c->side[d];

	s->waiting = next == DIS_WAIT;
	switch (next) {
	case DIS_MORE:
		if (s->state == SIDE_EXPECT_TLS)
			s->state = SIDE_PLAIN;
		break;
	case DIS_WAIT:
		break;
	case DIS_TURN:
		s->fresh = s->keep.n > s->start;
		break;
	case DIS_TLS:
		layer_expect_tls(c);
		break;
	case DIS_DEFLATE:
		layer_start_deflate(c);
		break;
	case DIS_SASL:
		for (int i = 0; i < 2; i++) {
			if (c->side[i].state == SIDE_PLAIN)
				c->side[i].state = SIDE_EXPECT_SASL;
			c->side[i].waiting = false;
			c->side[i].fresh = true;
		}
		break;
	case DIS_STOP:
		conn_stop(c, "the dissector lost the protocol");
		break;
	}
}

/* Shows `in` to the dissector; returns how much was used. The other side is woken when
 * something moved. */
static size_t
conn_feed(struct conn *c, enum dir d, struct bytes in, const struct mark *marks, size_t n_marks,
	bool expect_tls, enum dis_next *ret_next)
{
	struct conn_side *s = &c->side[d], *other = &c->side[!d];
	struct events out = {.c = c,
		.dir = d,
		.pos = s->taken,
		.marks = marks,
		.n_marks = n_marks,
		.expect_tls = expect_tls};
	size_t used = 0;

	s->waiting = false;
	*ret_next = c->dis->feed(c->state, d, in, &used, &out);
	assert(used <= in.n);
	if (used) {
		s->resolved = false;
		if (other->waiting) {
			other->waiting = false;
			other->fresh = true;
			other->wait_pieces = 0;
		}
	}
	return used;
}

/* One look at the kept bytes of a side. True when something moved. */
static bool
side_step(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];
	enum dis_next next;
	bool expect = false;
	size_t used;

	if (!s->fresh || s->waiting)
		return false;
	s->fresh = false;
	if (s->state == SIDE_STOPPED) {
		side_drop(s);
		return false;
	}
	if (s->state != SIDE_PLAIN && !layer_step(c, d, &expect))
		return false;
	if (s->keep.n == s->start)
		return false;
	used = conn_feed(c, d, side_bytes(s), s->marks, s->n_marks, expect, &next);
	if (s->state == SIDE_STOPPED)
		return false;
	if (expect && !used && next == DIS_MORE)
		return false; /* part of a line: TLS may still come behind it */
	side_use(s, used);
	if (expect && used && s->keep.n > s->start)
		s->fresh = true;
	conn_next(c, d, next);
	return used > 0 || next == DIS_TLS || next == DIS_DEFLATE || next == DIS_SASL;
}

static bool
side_ready(const struct conn *c, enum dir d)
{
	return c->side[d].fresh && !c->side[d].waiting;
}

/* The answer that side d waits for will not come. */
static void
side_resolve(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];
	const struct conn_side *other = &c->side[!d];
	struct events out = {.c = c,
		.dir = !d,
		.pos = other->taken,
		.marks = other->marks,
		.n_marks = other->n_marks};

	if (s->resolved) {
		conn_stop(c, "an answer that is needed was never seen");
		return;
	}
	c->dis->gap(c->state, !d, 0, &out);
	s->resolved = true;
	s->waiting = false;
	s->fresh = true;
}

/* Has side d waited long enough? */
static bool
side_hopeless(const struct conn *c, enum dir d)
{
	const struct conn_side *s = &c->side[d];
	size_t kept = s->keep.n - s->start;

	if (!s->waiting || !kept)
		return false;
	if (kept > c->drv->limits.wait_bytes || c->side[!d].ended || s->gave_up)
		return true;
	return c->flow->side[!d].packets == 0 && s->wait_pieces > c->drv->limits.wait_segments;
}

/* A wait that is over without its answer. */
static bool
conn_give_up_wait(struct conn *c)
{
	for (int d = 0; d < 2; d++) {
		if (!side_hopeless(c, (enum dir)d))
			continue;
		c->side[d].gave_up = c->flow->side[!d].packets == 0;
		side_resolve(c, (enum dir)d);
		return true;
	}
	return false;
}

/*
 * What the other direction kept came before the newest bytes: it goes as far as it can, before
 * and behind each step of the newest. So the order of events does not depend on how these are
 * cut.
 */
void
conn_pump(struct conn *c)
{
	enum dir d = (enum dir)c->newest;

	while (side_step(c, !d) || side_step(c, d) || side_ready(c, !d) || conn_give_up_wait(c))
		;
}

void
conn_deliver(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	if (unwrap_on(c, d))
		unwrap_feed(c, d, in, at);
	else
		conn_take(c, d, in, at);
}

/* New bytes of a connection whose dissector is known. */
void
conn_take(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct conn_side *s = &c->side[d];

	if (s->state == SIDE_STOPPED)
		return;
	c->newest = d;
	if (s->waiting)
		s->wait_pieces++;
	if (s->inflate) {
		if (!layer_inflate(c, d, in, at))
			return;
	} else if (s->state == SIDE_PLAIN && !s->keep.n && !s->waiting) {
		enum dis_next next;
		struct mark m = *at;
		size_t used;

		m.pos = s->taken;
		s->last = m;
		used = conn_feed(c, d, in, &m, 1, false, &next);
		if (s->state == SIDE_STOPPED)
			return;
		s->taken += used;
		m.pos = s->taken;
		m.offset += m.flat ? 0 : used;
		s->last = m;
		side_keep(&c->side[d], bytes_from(in, used), &m);
		s->fresh = false;
		conn_next(c, d, next);
	} else if (s->state == SIDE_TLS && !s->keep.n) {
		layer_tls_piece(c, d, in, at);
	} else {
		side_keep(&c->side[d], in, at);
	}
	conn_pump(c);
}

void
conn_lose(struct conn *c, enum dir d, uint64_t bytes, const struct mark *at)
{
	struct conn_side *s = &c->side[d];

	if (!c->dis || s->state == SIDE_STOPPED)
		return;
	if (s->waiting && s->keep.n > s->start) {
		side_resolve(c, d);
		conn_pump(c);
	}
	s->had_gap = true;
	side_drop(s);
	s->last = *at;
	s->last.pos = s->taken;
	if (s->inflate || s->state == SIDE_SASL) {
		conn_stop(c, "bytes are missing inside a layer that cannot be joined again");
	} else if (s->state == SIDE_TLS) {
		layer_tls_gap(c, d, bytes);
	} else if (s->state != SIDE_STOPPED) {
		struct events out = {.c = c, .dir = d, .pos = s->taken};

		c->dis->gap(c->state, d, bytes, &out);
		s->last.offset += s->last.flat ? 0 : bytes;
		s->waiting = false;
		if (c->side[!d].waiting) {
			c->side[!d].waiting = false;
			c->side[!d].fresh = true;
		}
		conn_pump(c);
	}
}

void
conn_gap(struct conn *c, enum dir d, const struct ev_gap *gap, const struct mark *at)
{
	struct event e = {.type = EV_GAP, .gap = *gap};

	e.at = mark_place(
		c, d, at, gap->bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)gap->bytes);
	conn_say(c, &e);
	if (unwrap_on(c, d))
		unwrap_gap(c, d, gap->bytes, at);
	else
		conn_lose(c, d, gap->bytes, at);
}

void
conn_end(struct conn *c)
{
	if (c->unwrap)
		unwrap_end(c);
	for (int d = 0; d < 2; d++) {
		c->side[d].ended = true;
		if (!c->side[d].waiting)
			c->side[d].fresh = c->side[d].keep.n > c->side[d].start;
	}
	conn_pump(c);
	layer_tls_end(c);
	for (int d = 0; d < 2; d++) {
		const struct conn_side *s = &c->side[d];
		struct events out = {.c = c,
			.dir = (enum dir)d,
			.pos = s->taken,
			.marks = s->marks,
			.n_marks = s->n_marks};

		c->dis->end(c->state, (enum dir)d, &out);
	}
}
