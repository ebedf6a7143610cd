#include "stream/hold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "stream/timers.h"

#define HOLDS_FIRST 16
#define HOLD_BYTES (sizeof(struct hold) + sizeof(struct hold *))

struct hold *
hold_get(struct streams *s, struct conn *c)
{
	struct hold *w = conn_hold(c);

	if (w)
		return w;
	if (s->n_holds == s->cap_holds) {
		s->cap_holds = s->cap_holds ? s->cap_holds * 2 : HOLDS_FIRST;
		s->holds = mem_grow(s->holds, s->cap_holds * sizeof(s->holds[0]));
	}
	w = mem_get(sizeof(*w));
	w->c = c;
	s->holds[s->n_holds++] = w;
	c->hold = s->n_holds;
	s->hold_memory += HOLD_BYTES;
	return w;
}

/* The last one takes its place. */
static void
hold_end(struct streams *s, struct hold *w)
{
	struct hold *last = s->holds[--s->n_holds];

	s->holds[w->c->hold - 1] = last;
	last->c->hold = w->c->hold;
	w->c->hold = 0;
	s->hold_memory -= HOLD_BYTES;
	free(w);
}

/* Bytes that a held segment takes. */
static size_t
held_size(const struct held *h)
{
	return sizeof(*h) + (h->cut ? 0 : h->len);
}

static void
count_in(struct streams *s, struct hold *w, int half, const struct held *h)
{
	w->n[half]++;
	w->bytes[half] += h->cut ? 0 : h->len;
	s->counts.held_bytes_now += h->cut ? 0 : h->len;
	s->hold_memory += held_size(h);
}

static void
count_out(struct streams *s, struct hold *w, int half, const struct held *h)
{
	w->n[half]--;
	w->bytes[half] -= h->cut ? 0 : h->len;
	s->counts.held_bytes_now -= h->cut ? 0 : h->len;
	s->hold_memory -= held_size(h);
}

/* Links h behind `after`; NULL: first. */
static void
link_behind(struct streams *s, struct hold *w, int half, struct held *after, struct held *h)
{
	h->prev = after;
	h->next = after ? after->next : w->head[half];
	*(h->next ? &h->next->prev : &w->tail[half]) = h;
	*(after ? &after->next : &w->head[half]) = h;
	w->hint[half] = h;
	count_in(s, w, half, h);
}

static void
unlink_held(struct streams *s, struct hold *w, int half, struct held *h)
{
	*(h->prev ? &h->prev->next : &w->head[half]) = h->next;
	*(h->next ? &h->next->prev : &w->tail[half]) = h->prev;
	if (w->hint[half] == h)
		w->hint[half] = NULL;
	count_out(s, w, half, h);
}

struct held *
hold_pop(struct streams *s, struct conn *c, int half)
{
	struct held *h = conn_hold(c)->head[half];

	unlink_held(s, conn_hold(c), half, h);
	return h;
}

void
hold_free(struct held *h)
{
	free(h);
}

void
hold_drop_half(struct streams *s, struct conn *c, int half)
{
	while (hold_head(c, half))
		hold_free(hold_pop(s, c, half));
}

void
hold_drop(struct streams *s, struct conn *c)
{
	if (!c->hold)
		return;
	hold_drop_half(s, c, 0);
	hold_drop_half(s, c, 1);
	timers_unqueue(s, conn_hold(c));
	hold_end(s, conn_hold(c));
}

void
hold_settle(struct streams *s, struct conn *c)
{
	struct hold *w = conn_hold(c);

	if (!w)
		return;
	bool waits = w->head[0] || w->head[1];
	if (waits && w->queue == QUEUE_NONE)
		timers_queue(s, w, QUEUE_HOLE);
	if (waits)
		return;
	timers_unqueue(s, w);
	if (!w->syn.set && !w->jumps[0] && !w->jumps[1])
		hold_drop(s, c);
}

/* A segment to hold: bytes [seq, seq+len) of the arrival, or without bytes when these were cut.
 */
static struct held *
held_new(const struct streams *s, const struct arrival *a, uint32_t seq, uint32_t len, bool cut)
{
	struct held *h = mem_get(sizeof(*h) + (cut ? 0 : len));

	h->ts_ns = a->seg->ts_ns;
	h->clock_ns = s->clock_ns;
	h->packet = a->seg->packet;
	h->input = a->seg->input;
	h->order = a->order;
	h->arrived = s->arrived;
	h->seq = seq;
	h->len = len;
	h->ack = a->ack;
	h->has_ack = a->has_ack;
	h->cut = cut;
	if (!cut)
		memcpy(h->data, a->data.p + (seq - a->seq), len);
	return h;
}

/* Holds [from, to) of the arrival behind `after`; returns the last segment made of it. */
static struct held *
add_range(struct streams *s, struct conn *c, const struct arrival *a, struct held *after,
	uint32_t from, uint32_t to)
{
	uint32_t have = a->seq + (uint32_t)a->data.n; /* captured up to here */
	uint32_t mid = seq_diff(have, from) <= 0 ? from : seq_diff(have, to) >= 0 ? to : have;

	if (mid != from) {
		struct held *h = held_new(s, a, from, mid - from, false);
		link_behind(s, conn_hold(c), a->half, after, h);
		after = h;
	}
	if (mid != to) {
		struct held *h = held_new(s, a, mid, to - mid, true);
		link_behind(s, conn_hold(c), a->half, after, h);
		after = h;
	}
	return after;
}

/* Parts h in two at `at`, which lies inside; returns the second. */
static struct held *
split(struct streams *s, struct conn *c, int half, struct held *h, uint32_t at)
{
	uint32_t first = at - h->seq, rest = h->len - first;
	struct held *tail = mem_get(sizeof(*tail) + (h->cut ? 0 : rest));

	*tail = *h;
	tail->seq = at;
	tail->len = rest;
	if (!h->cut)
		memcpy(tail->data, h->data + first, rest);
	count_out(s, conn_hold(c), half, h);
	h->len = first;
	count_in(s, conn_hold(c), half, h);
	link_behind(s, conn_hold(c), half, h, tail);
	return tail;
}

/* h, made to be exactly [from, to), which lies inside it. */
static struct held *
isolate(struct streams *s, struct conn *c, int half, struct held *h, uint32_t from, uint32_t to)
{
	if (h->seq != from)
		h = split(s, c, half, h, from);
	if (h->seq + h->len != to)
		split(s, c, half, h, to);
	return h;
}

/* The second copy of [from, to), held in h, may prove that it was sent earlier than the first
 * says. */
static struct held *
lower_ack(struct streams *s, struct conn *c, const struct arrival *a, struct held *h,
	uint32_t from, uint32_t to)
{
	if (!h->has_ack || (a->has_ack && seq_diff(a->ack, h->ack) >= 0))
		return h;
	h = isolate(s, c, a->half, h, from, to);
	h->ack = a->ack;
	h->has_ack = a->has_ack;
	return h;
}

/* Offset in the arrival of the first byte that differs from h within [from, to), or SIZE_MAX.
 */
static size_t
difference(const struct arrival *a, const struct held *h, uint32_t from, uint32_t to)
{
	size_t off = from - a->seq;
	size_t n = to - from;

	if (h->cut || off >= a->data.n)
		return SIZE_MAX;
	if (n > a->data.n - off)
		n = a->data.n - off;
	for (size_t i = 0; i < n; i++) {
		if (a->data.p[off + i] != h->data[from - h->seq + i])
			return off + i;
	}
	return SIZE_MAX;
}

/* [from, to) of the arrival is in h already. Returns the last held segment that begins before
 * `to`. */
static struct held *
overlap(struct streams *s, struct conn *c, const struct arrival *a, struct held *h,
	uint32_t from, uint32_t to, size_t *differs_at, struct bytes *first)
{
	uint32_t have = a->seq + (uint32_t)a->data.n;

	if (h->cut && seq_diff(have, from) > 0) {
		uint32_t end = seq_diff(have, to) < 0 ? have : to;
		struct held *gone = isolate(s, c, a->half, h, from, end);
		struct held *made = add_range(s, c, a, gone, from, end);

		unlink_held(s, conn_hold(c), a->half, gone);
		free(gone);
		return made;
	}
	size_t d = difference(a, h, from, to);
	if (d != SIZE_MAX && *differs_at == SIZE_MAX) {
		uint32_t in_h = a->seq + (uint32_t)d - h->seq; /* wraps */
		*differs_at = d;
		*first = (struct bytes){h->data + in_h, h->len - in_h};
	}
	return lower_ack(s, c, a, h, from, to);
}

/* FIN at `seq`, behind everything before it. */
static void
add_fin(struct streams *s, struct conn *c, const struct arrival *a)
{
	uint32_t seq = a->seq + a->len;
	struct held *after = conn_hold(c)->tail[a->half];

	while (after && seq_diff(after->seq, seq) >= 0 && !(after->fin && after->seq == seq))
		after = after->prev;
	if (after && after->fin && after->seq == seq) {
		lower_ack(s, c, a, after, seq, seq);
		return;
	}
	struct held *h = held_new(s, a, seq, 0, true);

	h->fin = true;
	link_behind(s, conn_hold(c), a->half, after, h);
}

static bool
ends_before(const struct held *h, uint32_t seq)
{
	return seq_diff(h->seq + h->len, seq) <= 0;
}

/* A FIN may lie inside of data, and stands behind it: that it ends before seq does not say that
 * the data does. */
static struct held *
before_data(struct held *h, uint32_t seq)
{
	for (struct held *x = h; x && (x->len == 0 || !ends_before(x, seq)); x = x->prev) {
		if (x->len)
			h = x->prev;
	}
	return h;
}

/* The last that ends at or before seq, or NULL. Segments mostly come behind the last one, or
 * the one that came before. */
static struct held *
find_ended(const struct hold *w, int half, uint32_t seq)
{
	struct held *h = w->tail[half];
	struct held *hint = w->hint[half];

	if (!h || ends_before(h, seq))
		return h;
	if (hint && ends_before(hint, seq)) {
		while (hint->next && ends_before(hint->next, seq))
			hint = hint->next;
		return hint;
	}
	if (!ends_before(w->head[half], seq))
		return NULL;
	for (h = hint ? hint : h; !ends_before(h, seq); h = h->prev)
		;
	return h;
}

void
hold_insert(struct streams *s, struct conn *c, const struct arrival *a,
	void (*differs)(struct streams *s, struct conn *c, const struct arrival *a, size_t off,
		struct bytes first))
{
	struct hold *w = hold_get(s, c);
	uint32_t at = a->seq, end = a->seq + a->len;
	struct held *before = before_data(find_ended(w, a->half, at), at);
	size_t differs_at = SIZE_MAX;
	uint8_t copy[64];
	struct bytes first;

	while (seq_diff(end, at) > 0) {
		struct held *h = before ? before->next : w->head[a->half];
		uint32_t to = h && seq_diff(h->seq, end) < 0 ? h->seq : end;

		if (seq_diff(to, at) > 0) {
			before = add_range(s, c, a, before, at, to);
			at = to;
			continue;
		}
		if (h->len == 0) { /* a FIN in the middle of data: one of them lies */
			before = h;
			continue;
		}
		uint32_t h_end = h->seq + h->len;
		assert(seq_diff(h_end, at) > 0);
		bool had = differs_at != SIZE_MAX;

		to = seq_diff(h_end, end) < 0 ? h_end : end;
		before = overlap(s, c, a, h, at, to, &differs_at, &first);
		if (!had && differs_at != SIZE_MAX) {
			size_t n = first.n < sizeof(copy) ? first.n : sizeof(copy);
			memcpy(copy, first.p, n);
			first = (struct bytes){copy, n};
		}
		at = before->seq + before->len;
	}
	if (a->fin)
		add_fin(s, c, a);
	if (differs_at != SIZE_MAX)
		differs(s, c, a, differs_at, first);
}
