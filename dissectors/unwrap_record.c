/* One record that was put together: it is shown, opened, and what was inside goes on. */
#include "dissectors/unwrap_int.h"

struct stretch
stretch_cut(const struct stretch *s, size_t from, size_t n)
{
	struct stretch r = *s;

	r.in = bytes_sub(s->in, from, n);
	r.pos += from;
	return r;
}

struct events
stretch_events(struct conn *c, const struct stretch *s)
{
	return (struct events){
		.c = c, .dir = s->d, .pos = s->pos, .marks = s->marks, .n_marks = s->n_marks};
}

void *
unwrap_tls_state(const struct conn *c)
{
	return c->dis == &tls_dissector ? c->state : c->tls;
}

size_t
unwrap_show(struct conn *c, const struct stretch *s)
{
	struct events out = stretch_events(c, s);
	size_t used = 0;

	if (!c->tls_stopped && s->in.n)
		c->tls_stopped = tls_dissector.feed(unwrap_tls_state(c), s->d, s->in, &used,
					 &out) == DIS_STOP;
	return c->tls_stopped ? s->in.n : used;
}

void
unwrap_say_keys(struct conn *c, const struct stretch *s)
{
	struct unwrap *u = c->unwrap;
	struct events out = stretch_events(c, s);
	struct event e = {.type = EV_TLS, .tls = {.stage = TLS_KEYS}};

	e.tls.keys = decrypt_state(u->keys, &e.tls.why);
	if (e.tls.keys == u->keys_said)
		return;
	u->keys_said = (uint8_t)e.tls.keys;
	e.tls.version = ((struct tls *)unwrap_tls_state(c))->version;
	events_say(&out, &e, 0, s->in.n);
}

void
unwrap_side_lost(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];

	unwrap_close_hole(c, d, &c->unwrap->wire[d].last,
		c->unwrap->wire[d].last.offset - c->unwrap->hole_at[d] + 1);
	s->ended = true;
	if (!c->unwrap->probing)
		return;
	if (decrypt_lost(c->unwrap->keys, !d))
		conn_settle_inside(c, true);
}

struct mark
unwrap_mark_inside(struct conn *c, const struct stretch *s)
{
	struct events out = stretch_events(c, s);
	struct place at = events_place(&out, 0, s->in.n);

	return (struct mark){.offset = at.offset,
		.ts_ns = at.ts_ns,
		.packet = at.packet,
		.acked = at.acked,
		.input = at.input,
		.flat = true,
		.cover = COVER_TLS_DECRYPTED};
}

static void
data(struct conn *c, const struct stretch *s, struct bytes content)
{
	struct unwrap *u = c->unwrap;
	struct events out = stretch_events(c, s);
	struct mark m = unwrap_mark_inside(c, s);

	if (!content.n || (c->dis == &tls_dissector && !u->probing))
		return;
	if (!u->begun && !u->probing) {
		/* What was said in clear is void. */
		for (int d = 0; d < 2; d++)
			c->side[d].last.cover = COVER_TLS_DECRYPTED;
		if (c->dis->secured)
			c->dis->secured(c->state, &out);
	}
	u->begun = true;
	if (u->probing)
		conn_probe_inside(c, s->d, content, &m);
	else
		conn_take(c, s->d, content, &m);
}

/* What was inside of a record. */
static void
deliver(struct conn *c, const struct stretch *s, const struct inside *in)
{
	struct events out = stretch_events(c, s);
	struct tls_from from = {.n = s->in.n, .decrypted = true};

	switch ((enum tls_content)in->type) {
	case TLS_APPLICATION_DATA:
		data(c, s, in->content);
		break;
	case TLS_HANDSHAKE:
		if (!c->tls_stopped)
			tls_handshake_bytes(
				unwrap_tls_state(c), s->d, in->content, &from, &out);
		break;
	case TLS_ALERT_RECORD:
		if (!c->tls_stopped && in->content.n == 2)
			tls_alert_bytes(unwrap_tls_state(c), s->d, in->content, &from, &out);
		break;
	case TLS_CHANGE_CIPHER_SPEC:
	case TLS_HEARTBEAT:
		break;
	}
}

/* It must wait: until when? False: not any more. */
static bool
may_wait(struct conn *c, const struct stretch *s, enum opened why)
{
	struct unwrap *u = c->unwrap;
	const struct dis_limits *l = &c->drv->limits;
	int64_t now = s->marks[s->n_marks - 1].ts_ns;

	if (s->in.n > l->secret_bytes || (why == OPENED_WAITS_PEER && c->side[!s->d].ended))
		return false;
	if (why == OPENED_WAITS_PEER)
		return true;
	if (!u->waits_ns[s->d])
		u->waits_ns[s->d] = now;
	return now - u->waits_ns[s->d] <= l->secret_ns;
}

bool
unwrap_record(struct conn *c, const struct stretch *rest, size_t n)
{
	struct unwrap *u = c->unwrap;
	struct stretch s = stretch_cut(rest, 0, n);
	struct inside in;
	enum opened got;

	if (!u->shown[s.d])
		unwrap_show(c, &s);
	u->shown[s.d] = u->shown[s.d] > n ? u->shown[s.d] - n : 0;
	got = decrypt_record(u->keys, s.d, s.in, c->drv->inside, &in);
	if ((got == OPENED_WAITS_SECRET || got == OPENED_WAITS_PEER) &&
		!may_wait(c, rest, got)) {
		decrypt_no_wait(u->keys, s.d);
		got = decrypt_record(u->keys, s.d, s.in, c->drv->inside, &in);
	}
	unwrap_say_keys(c, &s);
	switch (got) {
	case OPENED_CLEAR:
	case OPENED_PASSED:
		break;
	case OPENED_INSIDE:
		u->hunted[s.d] = 0;
		if (u->hole[s.d])
			unwrap_found_again(c, &s);
		deliver(c, &s, &in);
		break;
	case OPENED_WAITS_SECRET:
	case OPENED_WAITS_PEER:
		u->shown[s.d] += n;
		u->blocked[s.d] = true;
		return false;
	case OPENED_NOT:
		unwrap_side_lost(c, s.d);
		break;
	}
	u->waits_ns[s.d] = 0;
	return true;
}
