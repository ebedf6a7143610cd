#include "dissectors/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* More marks than this are merged: places then name the first packet of the run. */
enum {
	KEEP_MARKS_MAX = 65536
};

struct bytes
side_bytes(const struct conn_side *s)
{
	return (struct bytes){s->keep.p ? s->keep.p + s->start : NULL, s->keep.n - s->start};
}

static void
side_reset(struct conn_side *s)
{
	buf_done(&s->keep);
	free(s->marks);
	s->marks = NULL;
	s->n_marks = s->cap_marks = 0;
	s->start = 0;
}

void
side_use(struct conn_side *s, size_t n)
{
	uint32_t gone = 0;

	assert(n <= s->keep.n - s->start);
	s->start += n;
	s->taken += n;
	if (s->start == s->keep.n) {
		if (!s->last.flat)
			s->last.offset += s->taken - s->last.pos;
		s->last.pos = s->taken;
		side_reset(s);
		return;
	}
	while (gone + 1 < s->n_marks && s->marks[gone + 1].pos <= s->taken)
		gone++;
	/* Moved only when much is gone, so that a long wait does not cost a move a byte. */
	if (gone > 32 && gone > s->n_marks / 2) {
		s->n_marks -= gone;
		memmove(s->marks, s->marks + gone, s->n_marks * sizeof(s->marks[0]));
	}
	if (s->start > 4096 && s->start > s->keep.n / 2) {
		buf_eat(&s->keep, s->start);
		s->start = 0;
	}
}

void
side_drop(struct conn_side *s)
{
	s->taken += s->keep.n - s->start;
	side_reset(s);
	s->fresh = false;
}

void
side_keep(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct conn_side *s = &c->side[d];
	struct mark m = *at;

	if (!in.n)
		return;
	m.pos = s->taken + (s->keep.n - s->start);
	if (!s->keep.p)
		buf_init(&s->keep, SIZE_MAX);
	if (s->n_marks == s->cap_marks && s->cap_marks < KEEP_MARKS_MAX) {
		s->cap_marks = s->cap_marks ? s->cap_marks * 2 : 4;
		s->marks = mem_grow(s->marks, s->cap_marks * sizeof(s->marks[0]));
	}
	if (s->n_marks < s->cap_marks)
		s->marks[s->n_marks++] = m;
	buf_add(&s->keep, in);
	s->last = m;
	s->fresh = true;
}

struct place
side_place(const struct conn *c, enum dir d)
{
	const struct conn_side *s = &c->side[d];
	struct mark m = s->n_marks ? s->marks[0] : s->last;

	if (!m.flat)
		m.offset += s->taken - m.pos;
	return mark_place(c, d, &m, 0);
}

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

/* The answer that side d waits for will not come. */
static void
side_resolve(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];
	struct events out = {.c = c, .dir = !d, .pos = c->side[!d].taken};

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

void
conn_pump(struct conn *c)
{
	for (;;) {
		bool moved = side_step(c, DIR_C2S);

		moved |= side_step(c, DIR_S2C);
		if (moved || (c->side[DIR_C2S].fresh && !c->side[DIR_C2S].waiting))
			continue;
		for (int d = 0; d < 2 && !moved; d++) {
			if (!side_hopeless(c, (enum dir)d))
				continue;
			c->side[d].gave_up = c->flow->side[!d].packets == 0;
			side_resolve(c, (enum dir)d);
			moved = true;
		}
		if (!moved)
			return;
	}
}

/* New bytes of a connection whose dissector is known. */
static void
conn_deliver(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct conn_side *s = &c->side[d];

	if (s->state == SIDE_STOPPED)
		return;
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
		m.offset += used;
		s->last = m;
		side_keep(c, d, bytes_from(in, used), &m);
		s->fresh = false;
		conn_next(c, d, next);
	} else {
		side_keep(c, d, in, at);
	}
	conn_pump(c);
}

static void
conn_gap(struct conn *c, enum dir d, const struct ev_gap *gap, const struct mark *at)
{
	struct conn_side *s = &c->side[d];
	struct event e = {.type = EV_GAP, .gap = *gap};

	e.at = mark_place(
		c, d, at, gap->bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)gap->bytes);
	conn_say(c, &e);
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
		layer_tls_gap(c, d, gap->bytes);
	} else if (s->state != SIDE_STOPPED) {
		struct events out = {.c = c, .dir = d, .pos = s->taken};

		c->dis->gap(c->state, d, gap->bytes, &out);
		s->waiting = false;
		if (c->side[!d].waiting) {
			c->side[!d].waiting = false;
			c->side[!d].fresh = true;
		}
		conn_pump(c);
	}
}

/* Settled: what came so far is given to the dissector in the order it came. */
static void
conn_replay(struct conn *c)
{
	struct conn_side old[2] = {c->side[0], c->side[1]};
	size_t at[2] = {0, 0};
	struct arrival *list = c->arrivals;
	uint32_t n = c->n_arrivals;

	c->arrivals = NULL;
	c->n_arrivals = c->cap_arrivals = 0;
	for (int d = 0; d < 2; d++) {
		struct conn_side fresh = {
			.last = old[d].last, .ended = old[d].ended, .had_gap = old[d].had_gap};

		buf_init(&fresh.keep, SIZE_MAX);
		c->side[d] = fresh;
	}
	for (uint32_t i = 0; i < n; i++) {
		enum dir d = (enum dir)list[i].dir;

		if (list[i].gap) {
			conn_gap(c, d, &list[i].what, &list[i].at);
			continue;
		}
		if (c->phase == CONN_DIALOGUE && list[i].bytes)
			conn_deliver(c, d, bytes_sub(side_bytes(&old[d]), at[d], list[i].bytes),
				&list[i].at);
		at[d] += list[i].bytes;
	}
	free(list);
	side_reset(&old[0]);
	side_reset(&old[1]);
}

static void
arrival_add(struct conn *c, const struct arrival *a)
{
	if (c->n_arrivals == c->cap_arrivals) {
		c->cap_arrivals = c->cap_arrivals ? c->cap_arrivals * 2 : 4;
		c->arrivals = mem_grow(c->arrivals, c->cap_arrivals * sizeof(c->arrivals[0]));
	}
	c->arrivals[c->n_arrivals++] = *a;
}

static void
conn_free(struct conn **pc)
{
	struct conn *c = *pc;

	if (!c)
		return;
	layer_done(c);
	if (c->state) {
		c->dis->done(c->state);
		c->drv->counts.memory_bytes -= c->dis->state_size;
		free(c->state);
	}
	side_reset(&c->side[0]);
	side_reset(&c->side[1]);
	free(c->arrivals);
	c->drv->counts.memory_bytes -= sizeof(*c);
	free(c);
	*pc = NULL;
}

static struct conn *
conn_get(struct driver *drv, struct flow *f)
{
	struct conn *c = f->user;

	if (c || f->ignored)
		return c;
	c = mem_get(sizeof(*c));
	c->drv = drv;
	c->flow = f;
	buf_init(&c->side[0].keep, SIZE_MAX);
	buf_init(&c->side[1].keep, SIZE_MAX);
	drv->counts.connections++;
	drv->counts.memory_bytes += sizeof(*c);
	f->user = c;
	return c;
}

/* The first bytes are judged; the connection becomes a dialogue, is forgotten, or is asked for
 * more. */
static void
conn_judge(struct conn *c, bool final)
{
	struct flow *f = c->flow;

	if (!conn_probe(c, final))
		return;
	if (c->phase == CONN_DIALOGUE) {
		c->drv->counts.mail++;
		conn_replay(c);
		return;
	}
	c->drv->counts.not_mail++;
	flow_ignore(f);
	if (c->session) {
		conn_replay(c);
		return;
	}
	f->user = NULL;
	conn_free(&c);
}

static struct mark
mark_of(const struct stream_at *at)
{
	return (struct mark){.offset = at->offset,
		.ts_ns = at->ts_ns,
		.packet = at->packet,
		.acked = at->acked,
		.input = at->input};
}

/* Nothing is made before there is payload: most connections never are mail. */
static void
on_open(void *user, struct flow *f)
{
}

static void
on_data(void *user, struct flow *f, enum dir d, struct bytes in, const struct stream_at *at)
{
	struct conn *c = conn_get(user, f);
	struct mark m = mark_of(at);

	if (!c)
		return;
	switch ((enum conn_phase)c->phase) {
	case CONN_PROBE:
		side_keep(c, d, in, &m);
		arrival_add(c, &(struct arrival){.dir = d, .bytes = in.n, .at = m});
		conn_judge(c, false);
		break;
	case CONN_DIALOGUE:
		conn_deliver(c, d, in, &m);
		break;
	case CONN_DONE:
		break;
	}
}

static void
on_gap(void *user, struct flow *f, enum dir d, uint64_t bytes, enum gap_why why, bool acked,
	const struct stream_at *at)
{
	struct conn *c = conn_get(user, f);
	struct ev_gap gap = {.bytes = bytes, .why = why, .acked = acked};
	struct mark m = mark_of(at);

	if (!c)
		return;
	if (c->phase == CONN_PROBE) {
		c->side[d].had_gap = true;
		arrival_add(c, &(struct arrival){.dir = d, .gap = true, .what = gap, .at = m});
		return;
	}
	conn_gap(c, d, &gap, &m);
}

static void
on_note(void *user, struct flow *f, enum dir d, enum stream_note what, struct bytes first,
	struct bytes second, const struct stream_at *at)
{
	static const enum anomaly_id names[] = {
		[NOTE_OVERLAP_DIFFERS] = ANOMALY_OVERLAP_DIFFERS,
		[NOTE_SPURIOUS_SYN] = ANOMALY_SPURIOUS_SYN,
		[NOTE_HOLD_LIMIT] = ANOMALY_HELD_LIMIT,
	};
	struct conn *c = f->user;
	struct event e = {.type = EV_ANOMALY, .anomaly = {.id = names[what]}};
	struct mark m = mark_of(at);

	if (!c || !c->session)
		return;
	e.at = mark_place(
		c, d, &m, first.n > second.n ? (uint32_t)first.n : (uint32_t)second.n);
	conn_say(c, &e);
}

static void
on_fin(void *user, struct flow *f, enum dir d, const struct stream_at *at)
{
	struct conn *c = f->user;

	if (!c)
		return;
	c->side[d].ended = true;
	if (c->phase == CONN_DIALOGUE)
		conn_pump(c);
}

/* The last words: waits end without their answers, then each side ends. */
static void
conn_end(struct conn *c)
{
	for (int d = 0; d < 2; d++) {
		c->side[d].ended = true;
		if (!c->side[d].waiting)
			c->side[d].fresh = c->side[d].keep.n > c->side[d].start;
	}
	conn_pump(c);
	layer_tls_end(c);
	for (int d = 0; d < 2; d++) {
		struct events out = {.c = c, .dir = (enum dir)d, .pos = c->side[d].taken};

		c->dis->end(c->state, (enum dir)d, &out);
	}
}

/* An open mail port where the server never said a word is worth a session; a port scan is not.
 */
static bool
worth_saying(const struct flow *f)
{
	return mail_port(f->server.port) && f->side[DIR_C2S].syn && f->side[DIR_S2C].syn &&
	       f->side[DIR_C2S].packets > 1 &&
	       f->last_ns - f->first_ns >= 30 * INT64_C(1000000000);
}

static void
on_close(void *user, struct flow *f)
{
	struct driver *drv = user;
	struct conn *c = f->user;

	if (!c && !f->ignored && worth_saying(f)) {
		void *session = drv->sink.open(drv->sink.user, f);

		drv->sink.close(drv->sink.user, session, f);
		return;
	}
	if (c && c->phase == CONN_PROBE) {
		conn_judge(c, true);
		c = f->user;
	}
	if (!c)
		return;
	if (c->phase == CONN_DIALOGUE)
		conn_end(c);
	if (c->session)
		drv->sink.close(drv->sink.user, c->session, f);
	f->user = NULL;
	conn_free(&c);
}

struct driver *
driver_new(const struct dis_limits *limits, struct guess *g, const struct driver_sink *sink)
{
	struct driver *d = mem_get(sizeof(*d));

	d->limits = limits ? *limits : dis_limits_default;
	d->guess = g;
	d->sink = *sink;
	return d;
}

void
driver_free(struct driver **d)
{
	free(*d);
	*d = NULL;
}

struct stream_sink
driver_stream_sink(struct driver *d)
{
	return (struct stream_sink){.user = d,
		.open = on_open,
		.data = on_data,
		.gap = on_gap,
		.note = on_note,
		.fin = on_fin,
		.close = on_close};
}

const struct driver_counts *
driver_counts(const struct driver *d)
{
	return &d->counts;
}
