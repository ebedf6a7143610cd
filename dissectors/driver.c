/* From the calls of the stream layer to a dialogue, or to nothing. */
#include "dissectors/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "dissectors/tls/record.h"
#include "guess/guess.h"

/* Settled: what came so far is given to the dissector in the order it came. inside: of TLS. */
static void
conn_replay(struct conn *c, bool inside)
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

		c->side[d] = fresh;
	}
	for (uint32_t i = 0; i < n; i++) {
		enum dir d = (enum dir)list[i].dir;

		if (list[i].gap) {
			conn_gap(c, d, &list[i].what, &list[i].at);
			continue;
		}
		if (c->phase == CONN_DIALOGUE && list[i].bytes)
			(inside ? conn_take : conn_deliver)(c, d,
				bytes_sub(side_bytes(&old[d]), at[d], list[i].bytes),
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

/* The question is settled: only a dialogue, or what stands on a mail port, is worth going on
 * with. False: c is gone. */
static bool
conn_settled(struct conn *c)
{
	struct flow *f = c->flow;

	if (c->phase == CONN_ELSEWHERE)
		return true;
	if (c->phase == CONN_DIALOGUE) {
		c->drv->counts.mail += !c->dis->no_session;
		return true;
	}
	c->drv->counts.not_mail++;
	flow_ignore(f);
	if (c->session)
		return true;
	conn_free(&c);
	return false;
}

/* What stands elsewhere is mail, or is forgotten. */
static void
conn_found(struct conn *c, enum elsewhere what)
{
	if (what == ELSEWHERE_MORE)
		return;
	elsewhere_done(c);
	c->phase = CONN_DONE;
	if (what == ELSEWHERE_MAIL)
		conn_start(c, &tls_dissector);
	if (conn_settled(c))
		conn_replay(c, false);
}

/* The first bytes are judged; the connection becomes a dialogue, is forgotten, or is asked for
 * more. */
static void
conn_judge(struct conn *c, bool final)
{
	if (!conn_probe(c, final) || !conn_settled(c))
		return;
	if (c->phase == CONN_ELSEWHERE)
		conn_found(c, elsewhere_begin(c));
	else
		conn_replay(c, false);
}

/* Nobody knows what it is: it is not looked at any more. */
static void
close_inside(struct conn *c)
{
	free(c->arrivals);
	c->arrivals = NULL;
	c->n_arrivals = c->cap_arrivals = 0;
	for (int d = 0; d < 2; d++) {
		side_drop(&c->side[d]);
		c->side[d].state = SIDE_STOPPED;
	}
}

void
conn_settle_inside(struct conn *c, bool final)
{
	if (!c->unwrap->probing || !conn_probe(c, final))
		return;
	c->unwrap->probing = false;
	if (c->dis == &tls_dissector)
		close_inside(c);
	else
		conn_replay(c, true);
}

void
conn_probe_inside(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	side_keep(&c->side[d], in, at);
	arrival_add(c, &(struct arrival){.dir = d, .bytes = in.n, .at = *at});
	conn_settle_inside(c, false);
}

/* Of a connection that nothing was kept of yet, and that does not begin with another header. */
static bool
is_plain_first(const struct conn *c, enum dir d, struct bytes in)
{
	struct ev_proxy proxy;
	int n;

	if (c->cap_arrivals || c->flow->midstream)
		return false;
	n = d == DIR_C2S ? guess_proxy_header(in, &proxy) : 0;
	return n <= 0 && n != -EAGAIN;
}

/* The first piece mostly settles the question by itself: it is judged where it lies. */
static void
conn_judge_first(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct arrival first = {.dir = d, .bytes = in.n, .at = *at};
	bool settled;

	c->side[d].keep = (struct buf){.p = (uint8_t *)(uintptr_t)in.p, .n = in.n};
	c->side[d].last = *at;
	c->arrivals = &first;
	c->n_arrivals = 1;
	settled = conn_probe(c, false);
	c->arrivals = NULL;
	c->n_arrivals = 0;
	c->side[d].keep = (struct buf){0};
	if (!settled || c->phase == CONN_ELSEWHERE) {
		side_keep(&c->side[d], in, at);
		arrival_add(c, &first);
		if (settled)
			conn_found(c, elsewhere_begin(c));
	} else if (conn_settled(c) && c->phase == CONN_DIALOGUE) {
		c->side[d].shown = 0;
		conn_deliver(c, d, in, at);
	}
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
on_expect(void *user, const struct flow *f)
{
	conn_expect(f);
}

/* What is known of a connection, made when there is something to know. */
static struct conn *
conn_get(struct driver *drv, struct flow *f)
{
	return f->user || f->ignored ? conn_of(drv, f) : conn_new(drv, f);
}

static void
on_data(void *user, struct flow *f, enum dir d, struct bytes in, const struct stream_at *at)
{
	struct driver *drv = user;
	struct conn *c = conn_get(drv, f);
	struct mark m = mark_of(at);

	if (!c)
		return;
	switch ((enum conn_phase)c->phase) {
	case CONN_PROBE:
		if (is_plain_first(c, d, in)) {
			conn_judge_first(c, d, in, &m);
			break;
		}
		side_keep(&c->side[d], in, &m);
		arrival_add(c, &(struct arrival){.dir = d, .bytes = in.n, .at = m});
		conn_judge(c, false);
		break;
	case CONN_ELSEWHERE:
		side_keep(&c->side[d], in, &m);
		arrival_add(c, &(struct arrival){.dir = d, .bytes = in.n, .at = m});
		conn_found(c, elsewhere_feed(c, d, in, &m));
		break;
	case CONN_DIALOGUE:
		conn_deliver(c, d, in, &m);
		break;
	case CONN_DONE:
		break;
	}
	driver_rest(drv);
}

static void
on_gap(void *user, struct flow *f, enum dir d, uint64_t bytes, enum gap_why why, bool acked,
	const struct stream_at *at)
{
	struct driver *drv = user;
	struct conn *c = conn_get(drv, f);
	struct ev_gap gap = {.bytes = bytes, .why = why, .acked = acked};
	struct mark m = mark_of(at);

	if (!c)
		return;
	if (c->phase == CONN_PROBE || c->phase == CONN_ELSEWHERE) {
		c->side[d].had_gap = true;
		arrival_add(c, &(struct arrival){.dir = d, .gap = true, .what = gap, .at = m});
		if (c->phase == CONN_ELSEWHERE)
			conn_found(c, elsewhere_gap(c, d, &gap, &m));
	} else {
		conn_gap(c, d, &gap, &m);
	}
	driver_rest(drv);
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
	struct driver *drv = user;
	struct conn *c = conn_of(drv, f);
	struct event e = {.type = EV_ANOMALY, .anomaly = {.id = names[what]}};
	struct mark m = mark_of(at);

	if (!c)
		return;
	e.at = mark_place(
		c, d, &m, first.n > second.n ? (uint32_t)first.n : (uint32_t)second.n);
	conn_say(c, &e);
	driver_rest(drv);
}

static void
on_fin(void *user, struct flow *f, enum dir d, const struct stream_at *at)
{
	struct driver *drv = user;
	struct conn *c = conn_of(drv, f);

	if (!c)
		return;
	c->side[d].ended = true;
	if (c->phase == CONN_DIALOGUE)
		conn_pump(c);
	driver_rest(drv);
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
	struct conn *c = conn_of(drv, f);

	if (!c && !f->ignored && worth_saying(f)) {
		void *session = drv->sink.open(drv->sink.user, f);

		drv->sink.close(drv->sink.user, session, f);
		return;
	}
	if (c && c->phase == CONN_PROBE) {
		conn_judge(c, true);
		c = conn_of(drv, f);
	}
	if (c && c->phase == CONN_ELSEWHERE) {
		conn_found(c, elsewhere_end(c));
		c = conn_of(drv, f);
	}
	if (!c)
		return;
	if (c->phase == CONN_DIALOGUE)
		conn_end(c);
	if (c->session)
		drv->sink.close(drv->sink.user, c->session, f);
	conn_free(&c);
}

struct driver *
driver_new(const struct dis_limits *limits, struct guess *g, const struct driver_sink *sink)
{
	struct driver *d = mem_get(sizeof(*d));

	d->limits = limits ? *limits : dis_limits_default;
	d->guess = g;
	d->sink = *sink;
	d->items = mem_get(d->limits.caps * sizeof(*d->items));
	driver_rest_init(d);
	return d;
}

void
driver_free(struct driver **d)
{
	if (!*d)
		return;
	driver_rest_done(*d);
	if ((*d)->inside)
		wipe((*d)->inside, TLS_RECORD_MAX);
	free((*d)->inside);
	free((*d)->items);
	free(*d);
	*d = NULL;
}

void
driver_set_keylog(struct driver *d, struct keylog *k)
{
	d->keylog = k;
	if (k && !d->inside)
		d->inside = mem_get(TLS_RECORD_MAX);
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
		.close = on_close,
		.expect = on_expect};
}

const struct driver_counts *
driver_counts(const struct driver *d)
{
	return &d->counts;
}
