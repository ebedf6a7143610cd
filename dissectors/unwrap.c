/*
 * TLS whose keys the user may hold: records are put together, shown to the TLS dissector, and
 * opened; what was inside goes on as if it had come in clear, but for its cover. Everything in
 * a record has the place of the record, and the packet that completed it.
 */
#include "dissectors/conn.h"

#include <stdlib.h>

#include "dissectors/tls/decrypt.h"
#include "dissectors/tls/record.h"
#include "dissectors/tls/tls.h"

enum {
	HUNT_BYTES = 1 << 20, /* behind a hole so many are searched for a record */
};

/* A stretch of the wire's bytes of one direction, with where they came from. */
struct stretch {
	enum dir d;
	struct bytes in;
	uint64_t pos; /* of in.p[0] */
	const struct mark *marks;
	size_t n_marks;
};

bool
unwrap_wanted(const struct driver *drv)
{
	return drv->keylog && keylog_active(drv->keylog);
}

static struct stretch
cut(const struct stretch *s, size_t from, size_t n)
{
	struct stretch r = *s;

	r.in = bytes_sub(s->in, from, n);
	r.pos += from;
	return r;
}

static struct events
events_of(struct conn *c, const struct stretch *s)
{
	return (struct events){
		.c = c, .dir = s->d, .pos = s->pos, .marks = s->marks, .n_marks = s->n_marks};
}

static void *
tls_state(const struct conn *c)
{
	return c->dis == &tls_dissector ? c->state : c->tls;
}

/* To the TLS dissector; returns the octets it used. */
static size_t
show(struct conn *c, const struct stretch *s)
{
	struct events out = events_of(c, s);
	size_t used = 0;

	if (!c->tls_stopped && s->in.n)
		c->tls_stopped = tls_dissector.feed(tls_state(c), s->d, s->in, &used, &out) ==
				 DIS_STOP;
	return c->tls_stopped ? s->in.n : used;
}

static void
say_keys(struct conn *c, const struct stretch *s)
{
	struct unwrap *u = c->unwrap;
	struct events out = events_of(c, s);
	struct event e = {.type = EV_TLS, .tls = {.stage = TLS_KEYS}};

	e.tls.keys = decrypt_state(u->keys, &e.tls.why);
	if (e.tls.keys == u->keys_said)
		return;
	u->keys_said = (uint8_t)e.tls.keys;
	e.tls.version = ((struct tls *)tls_state(c))->version;
	events_say(&out, &e, 0, s->in.n);
}

/* The dissector is told what is missing, before what comes behind it. */
static void
close_hole(struct conn *c, enum dir d, const struct mark *at, uint64_t bytes)
{
	struct unwrap *u = c->unwrap;
	struct mark m = *at;

	if (!u->hole[d])
		return;
	u->hole[d] = false;
	m.flat = true;
	m.cover = COVER_TLS_DECRYPTED;
	if (u->begun && c->dis != &tls_dissector)
		conn_lose(c, d, bytes, &m);
}

/* Nothing of direction d comes through any more. */
static void
side_lost(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];

	close_hole(c, d, &c->unwrap->wire[d].last,
		c->unwrap->wire[d].last.offset - c->unwrap->hole_at[d] + 1);
	s->ended = true;
	if (!c->unwrap->probing)
		return;
	if (decrypt_lost(c->unwrap->keys, !d))
		conn_settle_inside(c, true);
}

/* The one mark of all that was in a record. */
static struct mark
mark_inside(struct conn *c, const struct stretch *s)
{
	struct events out = events_of(c, s);
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
	struct events out = events_of(c, s);
	struct mark m = mark_inside(c, s);

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

/* A record was opened behind missing bytes: now it is known how many there were inside. */
static void
found_again(struct conn *c, const struct stretch *s)
{
	struct unwrap *u = c->unwrap;
	enum dir d = s->d;
	struct mark m = mark_inside(c, s);
	uint64_t number = decrypt_number(u->keys, d) - 1, records = 1;

	if (number > u->hole_seq[d])
		records = number - u->hole_seq[d];
	close_hole(c, d, &m, decrypt_content(u->keys, m.offset - u->hole_at[d], records));
}

/* What was inside of a record. */
static void
deliver(struct conn *c, const struct stretch *s, const struct inside *in)
{
	struct events out = events_of(c, s);
	struct tls_from from = {.n = s->in.n, .decrypted = true};

	switch ((enum tls_content)in->type) {
	case TLS_APPLICATION_DATA:
		data(c, s, in->content);
		break;
	case TLS_HANDSHAKE:
		if (!c->tls_stopped)
			tls_handshake_bytes(tls_state(c), s->d, in->content, &from, &out);
		break;
	case TLS_ALERT_RECORD:
		if (!c->tls_stopped && in->content.n == 2)
			tls_alert_bytes(tls_state(c), s->d, in->content, &from, &out);
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

/* A whole record. False: it waits. */
static bool
record(struct conn *c, const struct stretch *rest, size_t n)
{
	struct unwrap *u = c->unwrap;
	struct stretch s = cut(rest, 0, n);
	struct inside in;
	enum opened got;

	if (!u->shown[s.d])
		show(c, &s);
	u->shown[s.d] = u->shown[s.d] > n ? u->shown[s.d] - n : 0;
	got = decrypt_record(u->keys, s.d, s.in, c->drv->inside, &in);
	if ((got == OPENED_WAITS_SECRET || got == OPENED_WAITS_PEER) &&
		!may_wait(c, rest, got)) {
		decrypt_no_wait(u->keys, s.d);
		got = decrypt_record(u->keys, s.d, s.in, c->drv->inside, &in);
	}
	say_keys(c, &s);
	switch (got) {
	case OPENED_CLEAR:
	case OPENED_PASSED:
		break;
	case OPENED_INSIDE:
		u->hunted[s.d] = 0;
		if (u->hole[s.d])
			found_again(c, &s);
		deliver(c, &s, &in);
		break;
	case OPENED_WAITS_SECRET:
	case OPENED_WAITS_PEER:
		u->shown[s.d] += n;
		u->blocked[s.d] = true;
		return false;
	case OPENED_NOT:
		side_lost(c, s.d);
		break;
	}
	u->waits_ns[s.d] = 0;
	return true;
}

/* What is behind a record that waits is shown to the TLS dissector all the same. */
static void
show_on(struct conn *c, const struct stretch *rest)
{
	struct unwrap *u = c->unwrap;
	struct tls_record r;

	while (u->shown[rest->d] < rest->in.n) {
		struct stretch s = cut(rest, u->shown[rest->d], SIZE_MAX);

		if (tls_record_read(s.in, &r) != TLS_FRAMING_OK ||
			s.in.n < TLS_RECORD_HEADER + (size_t)r.len)
			return;
		s.in.n = TLS_RECORD_HEADER + (size_t)r.len;
		show(c, &s);
		u->shown[rest->d] += s.in.n;
	}
}

/* The rest of a record of which a part is missing. */
static size_t
pass_over(struct conn *c, const struct stretch *rest)
{
	struct unwrap *u = c->unwrap;
	enum dir d = rest->d;
	size_t n = u->skip[d] < rest->in.n ? u->skip[d] : rest->in.n;
	struct stretch s = cut(rest, 0, n);

	/* Its end is of use to the next one: it is taken in one piece when it is short. */
	if (n < u->skip[d] && u->skip[d] <= TLS_RECORD_HEADER + 64)
		return 0;
	if (n < u->skip[d] && u->skip[d] - n < 64)
		n = s.in.n = u->skip[d] > 64 && n > 64 ? n - 64 : 0;
	show(c, &s);
	u->skip[d] -= (uint32_t)n;
	if (!u->skip[d])
		decrypt_skip(u->keys, d, u->broken[d], s.in);
	return n;
}

static void
lost(struct conn *c, const struct stretch *s, const char *why)
{
	struct stretch here = cut(s, 0, 0);

	if (!decrypt_lost(c->unwrap->keys, s->d))
		decrypt_give_up(c->unwrap->keys, s->d, TLS_KEYS_LOST, why);
	say_keys(c, &here);
	side_lost(c, s->d);
}

/* Behind a hole: where does a record begin? Returns the octets passed over; 0: more are needed.
 */
static size_t
hunt(struct conn *c, const struct stretch *rest)
{
	struct unwrap *u = c->unwrap;
	struct tls_record r;
	enum tls_framing f = TLS_FRAMING_NO;
	size_t i = 0;
	struct stretch s;

	while (i < rest->in.n &&
		(f = tls_record_read(bytes_from(rest->in, i), &r)) == TLS_FRAMING_NO)
		i++;
	if (!i && (f == TLS_FRAMING_MORE || rest->in.n < TLS_RECORD_HEADER + (size_t)r.len))
		return 0;
	if (!i) {
		i = TLS_RECORD_HEADER + (size_t)r.len;
		if (record(c, rest, i))
			u->hunted[rest->d] += decrypt_hunting(u->keys, rest->d) ? i : 0;
		/* Not one, if it could not be opened: the next may begin inside of it. */
		if (decrypt_hunting(u->keys, rest->d))
			i = 1;
	} else {
		s = cut(rest, 0, i);
		show(c, &s);
		u->hunted[rest->d] += i;
	}
	if (u->hunted[rest->d] > HUNT_BYTES)
		lost(c, rest, "no record was found again behind missing bytes");
	return i;
}

/* Where a record must begin and none does: an SSL 2 hello, or something that is not TLS. */
static size_t
not_a_record(struct conn *c, const struct stretch *rest)
{
	struct sslv2_hello v2;
	struct stretch s = *rest;

	switch (sslv2_hello_read(rest->in, &v2)) {
	case TLS_FRAMING_MORE:
		return 0;
	case TLS_FRAMING_OK:
		if (rest->in.n < v2.len)
			return 0;
		s = cut(rest, 0, v2.len);
		decrypt_sslv2_hello(c->unwrap->keys, s.in);
		break;
	case TLS_FRAMING_NO:
		lost(c, rest, "no record where one must be");
		break;
	}
	show(c, &s);
	return s.in.n;
}

/* One step; returns the octets used, 0: more are needed, or it waits. */
static size_t
step(struct conn *c, const struct stretch *rest)
{
	struct unwrap *u = c->unwrap;
	enum dir d = rest->d;
	struct tls_record r;
	size_t n;

	if (decrypt_lost(u->keys, d)) {
		struct stretch s = cut(rest, u->shown[d], SIZE_MAX);

		n = u->shown[d] + show(c, &s);
		u->shown[d] = 0;
		return n;
	}
	if (u->skip[d])
		return pass_over(c, rest);
	if (decrypt_hunting(u->keys, d))
		return hunt(c, rest);
	switch (tls_record_read(rest->in, &r)) {
	case TLS_FRAMING_MORE:
		return 0;
	case TLS_FRAMING_NO:
		return not_a_record(c, rest);
	case TLS_FRAMING_OK:
		break;
	}
	n = TLS_RECORD_HEADER + (size_t)r.len;
	return rest->in.n >= n && record(c, rest, n) ? n : 0;
}

/* As far as it goes; returns the octets used. */
static size_t
run(struct conn *c, const struct stretch *all)
{
	struct unwrap *u = c->unwrap;
	size_t at = 0, n = 1;

	u->blocked[all->d] = false;
	while (at < all->in.n && n) {
		struct stretch rest = cut(all, at, SIZE_MAX);

		n = step(c, &rest);
		at += n;
		if (u->blocked[all->d])
			show_on(c, &rest);
	}
	return at;
}

static size_t
run_kept(struct conn *c, enum dir d)
{
	struct conn_side *w = &c->unwrap->wire[d];
	struct stretch s = {.d = d,
		.in = side_bytes(w),
		.pos = w->taken,
		.marks = w->marks,
		.n_marks = w->n_marks};
	size_t used = s.in.n ? run(c, &s) : 0;

	side_use(w, used);
	return used;
}

/* Room for the whole record that has begun, so that it is not moved as it grows. */
static void
make_room(struct conn_side *w)
{
	struct bytes in = side_bytes(w);
	struct tls_record r;

	if (tls_record_read(in, &r) == TLS_FRAMING_OK &&
		TLS_RECORD_HEADER + (size_t)r.len > in.n)
		buf_room(&w->keep, TLS_RECORD_HEADER + (size_t)r.len - in.n + 1);
}

static void
feed_side(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct conn_side *w = &c->unwrap->wire[d];
	struct mark m = *at;
	struct stretch s = {.d = d, .in = in, .pos = w->taken, .marks = &m, .n_marks = 1};
	size_t used;

	m.pos = w->taken;
	if (w->keep.n > w->start) {
		side_keep(w, in, &m);
		run_kept(c, d);
		return;
	}
	w->last = m;
	used = run(c, &s);
	w->taken += used;
	m.offset += used;
	m.pos = w->taken;
	w->last = m;
	side_keep(w, bytes_from(in, used), &m);
	make_room(w);
}

/* Records that waited, as long as something moves. */
static void
go_on(struct conn *c)
{
	struct unwrap *u = c->unwrap;
	bool moved = true;

	while (moved) {
		moved = false;
		for (int d = 0; d < 2; d++) {
			if (u->blocked[d])
				moved |= run_kept(c, (enum dir)d) > 0;
		}
	}
}

void
unwrap_feed(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	feed_side(c, d, in, at);
	if (c->unwrap->blocked[0] || c->unwrap->blocked[1])
		go_on(c);
}

static struct unwrap *
unwrap_new(struct driver *drv)
{
	struct unwrap *u = mem_get(sizeof(*u));

	u->keys = decrypt_new(drv->keylog);
	u->wire[0].sticky = u->wire[1].sticky = true;
	return u;
}

void
unwrap_begin(struct conn *c)
{
	c->unwrap = unwrap_new(c->drv);
	c->unwrap->on[0] = c->unwrap->on[1] = true;
	c->unwrap->probing = true;
}

void
unwrap_start(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];
	struct unwrap *u = c->unwrap;

	if (!u)
		u = c->unwrap = unwrap_new(c->drv);
	u->on[d] = true;
	u->wire[d] = *s;
	u->wire[d].sticky = true;
	*s = (struct conn_side){
		.taken = s->taken, .last = s->last, .ended = s->ended, .had_gap = s->had_gap};
	run_kept(c, d);
	if (u->blocked[0] || u->blocked[1])
		go_on(c);
}

/* Octets of the record that has begun which were missing from the kept ones. */
static size_t
record_left(struct unwrap *u, enum dir d)
{
	struct bytes in = side_bytes(&u->wire[d]);
	struct tls_record r;

	if (u->skip[d])
		return u->skip[d] - in.n;
	if (decrypt_hunting(u->keys, d) || tls_record_read(in, &r) != TLS_FRAMING_OK)
		return 0;
	u->broken[d] = r.len;
	return TLS_RECORD_HEADER + (size_t)r.len - in.n;
}

static void
open_hole(struct unwrap *u, enum dir d, const struct mark *at)
{
	const struct conn_side *w = &u->wire[d];

	if (u->hole[d] || !u->begun)
		return;
	u->hole[d] = true;
	u->hole_at[d] = at->offset;
	if (w->n_marks)
		u->hole_at[d] = w->marks[0].offset + (w->taken - w->marks[0].pos);
	u->hole_seq[d] = decrypt_number(u->keys, d);
}

/* Inside of one record the next can still be counted out. */
static void
count_out(struct conn *c, enum dir d, uint64_t missing)
{
	struct unwrap *u = c->unwrap;
	size_t left = record_left(u, d);

	if (left && missing <= left) {
		u->skip[d] = (uint32_t)(left - missing);
		if (!u->skip[d])
			decrypt_skip(u->keys, d, u->broken[d], BYTES_NONE);
		return;
	}
	u->skip[d] = 0;
	decrypt_hunt(u->keys, d, missing - left);
}

void
unwrap_gap(struct conn *c, enum dir d, uint64_t missing, const struct mark *at)
{
	struct unwrap *u = c->unwrap;
	struct conn_side *w = &u->wire[d];
	struct mark m = *at;
	struct stretch s = {.d = d, .pos = w->taken, .marks = &m, .n_marks = 1};
	struct events out;

	if (u->blocked[d]) {
		decrypt_no_wait(u->keys, d);
		run_kept(c, d);
	}
	if (!decrypt_lost(u->keys, d)) {
		open_hole(u, d, &m);
		count_out(c, d, missing);
	}
	s = (struct stretch){.d = d,
		.in = side_bytes(w),
		.pos = w->taken,
		.marks = w->n_marks ? w->marks : &m,
		.n_marks = w->n_marks ? w->n_marks : 1};
	s = cut(&s, u->shown[d], SIZE_MAX);
	show(c, &s);
	u->shown[d] = 0;
	out = events_of(c, &s);
	if (!c->tls_stopped)
		tls_dissector.gap(tls_state(c), d, missing, &out);
	s = cut(&s, 0, 0);
	say_keys(c, &s);
	if (decrypt_lost(u->keys, d))
		side_lost(c, d);
	side_drop(w);
	w->last = m;
	w->last.pos = w->taken;
	w->last.offset += missing;
	if (u->probing && u->begun)
		conn_settle_inside(c, true);
}

void
unwrap_end(struct conn *c)
{
	struct unwrap *u = c->unwrap;

	for (int d = 0; d < 2; d++) {
		if (u->blocked[d])
			decrypt_no_wait(u->keys, (enum dir)d);
	}
	go_on(c);
	for (int d = 0; d < 2; d++) {
		struct conn_side *w = &u->wire[d];
		struct stretch s = {.d = (enum dir)d,
			.in = side_bytes(w),
			.pos = w->taken,
			.marks = w->marks,
			.n_marks = w->n_marks};

		/* A record that was cut off. */
		s = cut(&s, u->shown[d], SIZE_MAX);
		if (s.in.n)
			show(c, &s);
		side_drop(w);
		close_hole(c, (enum dir)d, &w->last, w->last.offset - u->hole_at[d] + 1);
	}
	if (u->probing)
		conn_settle_inside(c, true);
}

void
unwrap_rest(struct conn *c)
{
	for (int d = 0; d < 2; d++) {
		struct conn_side *w = &c->unwrap->wire[d];

		if (w->keep.n == w->start)
			side_reset(w);
	}
}

size_t
unwrap_memory(const struct conn *c)
{
	const struct unwrap *u = c->unwrap;

	return sizeof(*u) + side_kept(&u->wire[0]) + side_kept(&u->wire[1]) +
	       decrypt_memory(u->keys);
}

void
unwrap_done(struct conn *c)
{
	struct unwrap *u = c->unwrap;

	if (!u)
		return;
	decrypt_free(&u->keys);
	side_reset(&u->wire[0]);
	side_reset(&u->wire[1]);
	free(u);
	c->unwrap = NULL;
}
