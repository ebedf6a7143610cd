/*
 * TLS whose keys the user may hold: records are put together, shown to the TLS dissector, and
 * opened; what was inside goes on as if it had come in clear, but for its cover. Everything in
 * a record has the place of the record, and the packet that completed it.
 */
#include "dissectors/unwrap_int.h"

#include <stdlib.h>

bool
unwrap_wanted(const struct driver *drv)
{
	return drv->keylog && keylog_active(drv->keylog);
}

/* What is behind a record that waits is shown to the TLS dissector all the same. */
static void
show_on(struct conn *c, const struct stretch *rest)
{
	struct unwrap *u = c->unwrap;
	struct tls_record r;

	while (u->shown[rest->d] < rest->in.n) {
		struct stretch s = stretch_cut(rest, u->shown[rest->d], SIZE_MAX);

		if (tls_record_read(s.in, &r) != TLS_FRAMING_OK ||
			s.in.n < TLS_RECORD_HEADER + (size_t)r.len)
			return;
		s.in.n = TLS_RECORD_HEADER + (size_t)r.len;
		unwrap_show(c, &s);
		u->shown[rest->d] += s.in.n;
	}
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
		s = stretch_cut(rest, 0, v2.len);
		decrypt_sslv2_hello(c->unwrap->keys, s.in);
		break;
	case TLS_FRAMING_NO:
		unwrap_lost(c, rest, "no record where one must be");
		break;
	}
	unwrap_show(c, &s);
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
		struct stretch s = stretch_cut(rest, u->shown[d], SIZE_MAX);

		n = u->shown[d] + unwrap_show(c, &s);
		u->shown[d] = 0;
		return n;
	}
	if (u->skip[d])
		return unwrap_pass_over(c, rest);
	if (decrypt_hunting(u->keys, d))
		return unwrap_hunt(c, rest);
	switch (tls_record_read(rest->in, &r)) {
	case TLS_FRAMING_MORE:
		return 0;
	case TLS_FRAMING_NO:
		return not_a_record(c, rest);
	case TLS_FRAMING_OK:
		break;
	}
	n = TLS_RECORD_HEADER + (size_t)r.len;
	return rest->in.n >= n && unwrap_record(c, rest, n) ? n : 0;
}

/* As far as it goes; returns the octets used. */
static size_t
run(struct conn *c, const struct stretch *all)
{
	struct unwrap *u = c->unwrap;
	size_t at = 0, n = 1;

	u->blocked[all->d] = false;
	while (at < all->in.n && n) {
		struct stretch rest = stretch_cut(all, at, SIZE_MAX);

		n = step(c, &rest);
		at += n;
		if (u->blocked[all->d])
			show_on(c, &rest);
	}
	return at;
}

size_t
unwrap_run_kept(struct conn *c, enum dir d)
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
		unwrap_run_kept(c, d);
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
				moved |= unwrap_run_kept(c, (enum dir)d) > 0;
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
	unwrap_run_kept(c, d);
	if (u->blocked[0] || u->blocked[1])
		go_on(c);
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
		s = stretch_cut(&s, u->shown[d], SIZE_MAX);
		if (s.in.n)
			unwrap_show(c, &s);
		side_drop(w);
		unwrap_close_hole(c, (enum dir)d, &w->last, w->last.offset - u->hole_at[d] + 1);
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
