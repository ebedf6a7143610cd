/*
 * Missing bytes of encrypted TLS: inside of one record the next can be counted out; else it is
 * looked for, and a tag or MAC proves the guess. Then it is known how much is missing inside.
 */
#include "dissectors/unwrap_int.h"

enum {
	HUNT_BYTES = 1 << 20, /* behind a hole so many are searched for a record */
};

void
unwrap_close_hole(struct conn *c, enum dir d, const struct mark *at, uint64_t bytes)
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

/* A record was opened behind missing bytes: now it is known how many there were inside. */
void
unwrap_found_again(struct conn *c, const struct stretch *s)
{
	struct unwrap *u = c->unwrap;
	enum dir d = s->d;
	struct mark m = unwrap_mark_inside(c, s);
	uint64_t number = decrypt_number(u->keys, d) - 1, records = 1;

	if (number > u->hole_seq[d])
		records = number - u->hole_seq[d];
	unwrap_close_hole(
		c, d, &m, decrypt_content(u->keys, m.offset - u->hole_at[d], records));
}

size_t
unwrap_pass_over(struct conn *c, const struct stretch *rest)
{
	struct unwrap *u = c->unwrap;
	enum dir d = rest->d;
	size_t n = u->skip[d] < rest->in.n ? u->skip[d] : rest->in.n;
	struct stretch s = stretch_cut(rest, 0, n);

	/* Its end is of use to the next one: it is taken in one piece when it is short. */
	if (n < u->skip[d] && u->skip[d] <= TLS_RECORD_HEADER + 64)
		return 0;
	if (n < u->skip[d] && u->skip[d] - n < 64)
		n = s.in.n = u->skip[d] > 64 && n > 64 ? n - 64 : 0;
	unwrap_show(c, &s);
	u->skip[d] -= (uint32_t)n;
	if (!u->skip[d])
		decrypt_skip(u->keys, d, u->broken[d], s.in);
	return n;
}

void
unwrap_lost(struct conn *c, const struct stretch *s, const char *why)
{
	struct stretch here = stretch_cut(s, 0, 0);

	if (!decrypt_lost(c->unwrap->keys, s->d))
		decrypt_give_up(c->unwrap->keys, s->d, TLS_KEYS_LOST, why);
	unwrap_say_keys(c, &here);
	unwrap_side_lost(c, s->d);
}

size_t
unwrap_hunt(struct conn *c, const struct stretch *rest)
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
		if (unwrap_record(c, rest, i))
			u->hunted[rest->d] += decrypt_hunting(u->keys, rest->d) ? i : 0;
		/* Not one, if it could not be opened: the next may begin inside of it. */
		if (decrypt_hunting(u->keys, rest->d))
			i = 1;
	} else {
		s = stretch_cut(rest, 0, i);
		unwrap_show(c, &s);
		u->hunted[rest->d] += i;
	}
	if (u->hunted[rest->d] > HUNT_BYTES)
		unwrap_lost(c, rest, "no record was found again behind missing bytes");
	return i;
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
		unwrap_run_kept(c, d);
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
	s = stretch_cut(&s, u->shown[d], SIZE_MAX);
	unwrap_show(c, &s);
	u->shown[d] = 0;
	out = stretch_events(c, &s);
	if (!c->tls_stopped)
		tls_dissector.gap(unwrap_tls_state(c), d, missing, &out);
	s = stretch_cut(&s, 0, 0);
	unwrap_say_keys(c, &s);
	if (decrypt_lost(u->keys, d))
		unwrap_side_lost(c, d);
	side_drop(w);
	w->last = m;
	w->last.pos = w->taken;
	w->last.offset += missing;
	if (u->probing && u->begun)
		conn_settle_inside(c, true);
}
