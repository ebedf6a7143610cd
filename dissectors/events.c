#include "dissectors/conn.h"

/* The mark that covers position pos: the last one that begins at or before it. */
static const struct mark *
mark_at(const struct events *out, uint64_t pos)
{
	size_t lo = 0, hi = out->n_marks;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (out->marks[mid].pos <= pos)
			lo = mid;
		else
			hi = mid;
	}
	return &out->marks[lo];
}

struct place
mark_place(const struct conn *c, enum dir d, const struct mark *m, uint32_t len)
{
	return (struct place){
		.ts_ns = m->ts_ns,
		.packet = m->packet,
		.offset = m->offset,
		.acked = m->acked,
		.len = len,
		.input = m->input,
		.dir = d,
		.cover = m->cover,
	};
}

struct place
events_place(const struct events *out, size_t from, size_t n)
{
	uint64_t first = out->pos + from;
	const struct mark *a = out->marks, *b = a;
	struct place p;

	if (!out->n_marks) {
		a = b = &out->c->side[out->dir].last;
	} else if (out->n_marks > 1) { /* mostly it is one segment */
		a = mark_at(out, first);
		b = n > 1 ? mark_at(out, first + n - 1) : a;
	}
	p = mark_place(out->c, out->dir, b, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
	p.offset = a->flat || first < a->pos ? a->offset : a->offset + (first - a->pos);
	p.acked = a->acked;
	return p;
}

void
conn_say(struct conn *c, struct event *e)
{
	const struct driver_sink *sink = &c->drv->sink;
	bool loose = e->type == EV_DNS ||
		     (e->type == EV_ANOMALY && e->anomaly.id == ANOMALY_DNS_MALFORMED);

	if (c->session)
		sink->event(sink->user, c->session, e);
	else if (loose && sink->loose)
		sink->loose(sink->user, c->flow, e);
}

static void
note_upgrade(struct conn *c, enum starttls_stage stage)
{
	if (stage == STLS_REQUESTED || stage == STLS_ACCEPTED)
		c->asked = true;
	else if (stage == STLS_REFUSED)
		c->asked = false;
}

void
events_say_at(struct events *out, struct event *e, const struct place *at)
{
	e->at = *at;
	if (e->type == EV_TLS)
		e->tls.starttls = out->c->upgraded;
	else if (e->type == EV_STARTTLS)
		note_upgrade(out->c, e->starttls.stage);
	conn_say(out->c, e);
}

void
events_say(struct events *out, struct event *e, size_t from, size_t n)
{
	struct place at = events_place(out, from, n);

	events_say_at(out, e, &at);
}

void
events_anomaly(
	struct events *out, enum anomaly_id id, size_t from, size_t n, struct bytes detail)
{
	struct event e = {
		.type = EV_ANOMALY, .anomaly = {.id = id, .detail = bytes_sub(detail, 0, 256)}};

	events_say(out, &e, from, n);
}

bool
events_turn(const struct events *out)
{
	const struct conn_side *other = &out->c->side[!out->dir];

	/* One that was fed just now is woken with the end of this call. */
	return other->keep.n > other->start && (other->waiting || other->fresh);
}

bool
events_expect_tls(const struct events *out)
{
	return out->expect_tls;
}

bool
events_tls_asked(const struct events *out)
{
	return layer_tls_asked(out->c);
}

bool
events_one_sided(const struct events *out, enum dir d)
{
	return out->c->flow->side[d].packets == 0;
}

bool
events_first(const struct events *out, size_t from)
{
	return out->pos + from == 0;
}

uint64_t
events_used(const struct events *out, enum dir d)
{
	const struct conn_side *s = &out->c->side[d];
	const struct mark *m;

	/* All that came out of TLS so far was used: then it is a question of the wire. */
	if (unwrap_on(out->c, d) && s->keep.n == s->start)
		s = &out->c->unwrap->wire[d];
	m = s->n_marks ? &s->marks[0] : &s->last;

	if (m->flat || s->taken < m->pos)
		return m->offset;
	return m->offset + (s->taken - m->pos);
}

struct bytes
events_kept(const struct events *out, enum dir d)
{
	return side_bytes(&out->c->side[d]);
}

bool
events_midstream(const struct events *out)
{
	const struct conn *c = out->c;

	return c->flow->midstream || c->side[DIR_C2S].had_gap || c->side[DIR_S2C].had_gap;
}

uint16_t
events_server_port(const struct events *out)
{
	return out->c->flow->server.port;
}

struct bytes *
events_items(const struct events *out)
{
	return out->c->drv->items;
}

const struct dis_limits *
events_limits(const struct events *out)
{
	return &out->c->drv->limits;
}
