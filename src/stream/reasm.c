#include "stream/reasm.h"

#include "stream/deliver.h"
#include "stream/hold.h"
#include "stream/waits.h"

enum {
	NOTE_BYTES = 64
};

/* The lowest held FIN bounds the half. */
static void
find_limit(struct conn *c, int half)
{
	for (const struct held *h = hold_head(c, half); h; h = h->next) {
		if (!h->fin)
			continue;
		c->half[half].edge = h->seq;
		c->flags[half] |= HALF_LIMIT;
		return;
	}
}

void
reasm_base(struct conn *c, int half, uint32_t seq)
{
	struct half *h = &c->half[half];

	h->next = seq;
	c->flags[half] |= HALF_BASED;
	c->flags[half] &= (uint8_t) ~(HALF_LOWACK | HALF_LIMIT);
	find_limit(c, half);
}

uint32_t
reasm_isn(struct conn *c, int half)
{
	uint32_t past = (uint32_t)conn_side(c, half)->bytes +
			(c->flags[half] & HALF_FIN_DONE ? 1 : 0);

	return c->half[half].next - past - 1;
}

void
reasm_note(struct streams *s, struct conn *c, int half, enum stream_note what,
	const struct segment *seg)
{
	struct source src = {.ts_ns = seg->ts_ns,
		.packet = seg->packet,
		.ack = seg->ack,
		.input = seg->input,
		.has_ack = seg->flags & TCP_ACK};

	deliver_note(s, c, half, what, BYTES_NONE, BYTES_NONE, 0, src);
}

/* Were the peer's bytes that this acknowledges delivered, as far as anybody can wait for them?
 */
bool
reasm_ack_done(
	const struct streams *s, const struct conn *c, int half, bool has_ack, uint32_t ack)
{
	const struct half *peer = &c->half[1 - half];
	uint8_t flags = c->flags[1 - half];

	if (!has_ack || c->one_sided)
		return true;
	if (!(flags & HALF_BASED))
		return false;
	if (flags & HALF_LIMIT && !(flags & HALF_FIN_DONE)) {
		uint32_t most = peer->edge + (c->f.side[conn_dir(c, 1 - half)].fin ? 1 : 0);
		ack = seq_diff(ack, most) > 0 ? most : ack;
	}
	int32_t ahead = seq_diff(ack, peer->next);

	return ahead <= 0 || ahead > (int32_t)s->set.max_jump_bytes;
}

static bool
held_ready(const struct streams *s, const struct conn *c, int half)
{
	const struct held *h = hold_head(c, half);

	return h && c->flags[half] & HALF_BASED && seq_diff(h->seq, c->half[half].next) <= 0 &&
	       reasm_ack_done(s, c, half, h->has_ack, h->ack);
}

static void
deliver_held(struct streams *s, struct conn *c, int half, struct held *h)
{
	uint32_t old = c->half[half].next - h->seq; /* 0 unless a gap was given up over it */

	if (h->fin) {
		if (old == 0)
			deliver_fin(s, c, half, source_of_held(h));
	} else if (old < h->len && h->cut) {
		deliver_gap(s, c, half, h->len - old, GAP_SNAPLEN, source_of_held(h));
	} else if (old < h->len) {
		struct bytes in = {h->data + old, h->len - old};
		deliver_data(s, c, half, in, source_of_held(h));
	}
}

/* Delivers all that is its turn now, in the order it came where both halves are ready. */
void
reasm_drain(struct streams *s, struct conn *c)
{
	while (c->hold && !c->f.ignored) {
		bool ready[2] = {held_ready(s, c, 0), held_ready(s, c, 1)};

		if (!ready[0] && !ready[1])
			return;
		int half = !ready[0];
		if (ready[0] && ready[1] &&
			seq_diff(conn_hold(c)->head[1]->order, conn_hold(c)->head[0]->order) <
				0)
			half = 1;
		struct held *h = hold_pop(s, c, half);
		deliver_held(s, c, half, h);
		hold_free(h);
	}
}

/* What the acknowledgment says of the peer's half. */
static void
learn_ack(const struct streams *s, struct conn *c, const struct arrival *a)
{
	int peer = 1 - a->half;
	struct half *h = &c->half[peer];
	uint8_t *flags = &c->flags[peer];

	if (!a->has_ack)
		return;
	if (*flags & HALF_BASED) {
		if (seq_diff(a->ack, h->next) > (int32_t)s->set.max_jump_bytes)
			return;
	} else if (!(*flags & HALF_LOWACK) || seq_diff(a->ack, h->edge) < 0) {
		h->edge = a->ack;
		*flags |= HALF_LOWACK;
	}
	if (!(*flags & HALF_ACKED) || seq_diff(a->ack, h->acked) > 0)
		h->acked = a->ack;
	*flags |= HALF_ACKED;
}

/*
 * Where an unsettled half begins. After a SYN of the peer: at the lowest number that either
 * side named. Joined in the middle: at the lowest number of its own, for what was acknowledged
 * before is gone; but a keep-alive probe stands one before that.
 */
static bool
find_base(const struct conn *c, int half, uint32_t *ret)
{
	const struct half *h = &c->half[half];
	const struct held *head = hold_head(c, half);
	uint8_t flags = c->flags[half];
	bool low = flags & HALF_LOWACK;

	if (!(flags & (HALF_SEQ | HALF_LOWACK)))
		return false;
	*ret = flags & HALF_SEQ ? h->next : h->edge;
	if (!c->f.midstream && low && seq_diff(h->edge, *ret) < 0)
		*ret = h->edge;
	if (c->f.midstream && head && head->seq == *ret + 1)
		*ret = head->seq;
	bool probe = !head || (head->len == 1 && !head->cut && head->data[0] == 0);
	if (c->f.midstream && probe && low && h->edge == *ret + 1)
		*ret = h->edge;
	return true;
}

static void
drop_before_base(struct streams *s, struct conn *c, int half)
{
	uint32_t next = c->half[half].next;

	while (hold_head(c, half)) {
		const struct held *h = hold_head(c, half);
		if (seq_diff(h->seq + h->len, next) > 0 || (h->fin && h->seq == next))
			return;
		hold_free(hold_pop(s, c, half));
	}
}

/* Enough was seen of a connection without its SYNs. */
void
reasm_settle_join(struct streams *s, struct conn *c)
{
	for (int half = 0; half < 2; half++) {
		uint32_t base;

		if (c->flags[half] & HALF_BASED)
			continue;
		if (!find_base(c, half, &base)) {
			c->one_sided = true;
			continue;
		}
		reasm_base(c, half, base);
		drop_before_base(s, c, half);
		if (seq_diff(c->half[half].acked, base) > (int32_t)s->set.max_jump_bytes)
			c->flags[half] &= (uint8_t)~HALF_ACKED;
	}
}

bool
reasm_joining(const struct conn *c)
{
	return !c->one_sided && !(c->flags[0] & c->flags[1] & HALF_BASED);
}

/*
 * A first packet of this half: the connection is not one-sided after all. In one joined in the
 * middle the half begins with it, or with what comes a little later and stands before it.
 */
static void
half_appears(struct conn *c, const struct arrival *a)
{
	struct half *h = &c->half[a->half];
	uint8_t *flags = &c->flags[a->half];

	c->join_from = a->order & JOIN_MOST;
	c->one_sided = false;
	if (c->f.midstream && *flags & HALF_BASED && conn_offset(c, a->half) == 0) {
		*flags = HALF_LOWACK | (*flags & HALF_ACKED);
		h->edge = h->next;
	}
	*flags |= HALF_SEEN;
}

static void
overlap_differs(struct streams *s, struct conn *c, const struct arrival *a, size_t off,
	struct bytes first)
{
	struct bytes second = bytes_sub(a->data, off, NOTE_BYTES);
	size_t n = first.n < second.n ? first.n : second.n;
	int64_t skip = (int64_t)seq_diff(a->seq, c->half[a->half].next) + (int64_t)off;

	n = n < NOTE_BYTES ? n : NOTE_BYTES;
	s->counts.overlaps++;
	deliver_note(s, c, a->half, NOTE_OVERLAP_DIFFERS, bytes_sub(first, 0, n),
		bytes_sub(second, 0, n), c->flags[a->half] & HALF_BASED ? skip : 0,
		source_of_arrival(a));
}

/* Holds a segment of a half that is not settled. */
static void
join_segment(struct streams *s, struct conn *c, const struct arrival *a)
{
	struct half *h = &c->half[a->half];
	int32_t d = seq_diff(a->seq, h->next);

	if (c->flags[a->half] & HALF_SEQ &&
		(d > (int32_t)s->set.max_jump_bytes || d < -(int32_t)s->set.max_jump_bytes))
		return;
	if (!(c->flags[a->half] & HALF_SEQ) || d < 0)
		h->next = a->seq;
	c->flags[a->half] |= HALF_SEQ;
	if (a->fin)
		conn_side(c, a->half)->fin = true;
	if (a->len || a->fin)
		hold_insert(s, c, a, overlap_differs);
}

bool
reasm_fits(const struct streams *s, const struct conn *c, int half, uint32_t seq)
{
	int32_t d = seq_diff(seq, c->half[half].next);
	int32_t max = (int32_t)s->set.max_jump_bytes;

	return d <= max && d >= -max;
}

/* Far away from what is expected. True when several in a row are there: the capture lost more
 * than max_jump_bytes. */
static bool
far_jump(struct streams *s, struct conn *c, const struct arrival *a)
{
	struct hold *w = hold_get(s, c);
	int half = a->half;

	w->jumps[half] = w->jumps[half] && w->jump_next[half] == a->seq ? w->jumps[half] + 1
									: 1;
	w->jump_next[half] = a->seq + a->len;
	if (w->jumps[half] < s->set.jump_segments)
		return false;
	w->jumps[half] = 0;
	hold_drop_half(s, c, half);
	deliver_gap(s, c, half, a->seq - c->half[half].next, GAP_LOST, source_of_arrival(a));
	return true;
}

/* Takes the first n bytes off. */
static void
arrival_skip(struct arrival *a, uint32_t n)
{
	a->seq += n;
	a->len -= n;
	a->data = bytes_from(a->data, n < a->data.n ? n : a->data.n);
}

/* Takes what was delivered before off the front, after a look whether it is the same. */
static void
trim_old(struct streams *s, struct conn *c, struct arrival *a)
{
	uint32_t old = c->half[a->half].next - a->seq;
	uint32_t n = old < a->len ? old : a->len;
	struct recent_key key = {c->f.id, (uint8_t)a->half};
	uint32_t chain = c->half[a->half].recent;
	uint8_t first[NOTE_BYTES];

	/* RFC 9293 3.8.4: a keep-alive may carry one garbage octet in front of the next */
	if (!(a->len == 1 && old == 1)) {
		size_t d = recent_differs(
			&s->recent, key, chain, a->seq, bytes_sub(a->data, 0, n));
		if (d != SIZE_MAX) {
			size_t k = recent_copy(&s->recent, key, chain, a->seq + (uint32_t)d,
				first, sizeof(first));
			overlap_differs(s, c, a, d, (struct bytes){first, k});
		}
	}
	a->fin = a->fin && old <= a->len;
	arrival_skip(a, n);
}

/* Nothing counts from the FIN or RST on. */
static void
trim_limit(struct conn *c, struct arrival *a)
{
	struct half *h = &c->half[a->half];
	uint32_t end = a->seq + a->len;

	if (!(c->flags[a->half] & HALF_LIMIT)) {
		if (!a->fin)
			return;
		h->edge = end;
		c->flags[a->half] |= HALF_LIMIT;
		return;
	}
	int32_t over = seq_diff(end, h->edge);

	/* A RST stands behind the FIN before it, which takes a number of its own (RFC
	 * 9293 3.4). */
	if (a->fin && over == -1) {
		h->edge = end;
		return;
	}
	if (over <= 0) {
		a->fin = a->fin && over == 0;
		return;
	}
	a->fin = false;
	a->len = (uint32_t)over < a->len ? a->len - (uint32_t)over : 0;
	a->data = bytes_sub(a->data, 0, a->len);
}

/* Its turn, nothing held in its way: straight from the packet. */
static void
deliver_arrival(struct streams *s, struct conn *c, const struct arrival *a)
{
	struct source src = source_of_arrival(a);

	if (a->data.n)
		deliver_data(s, c, a->half, a->data, src);
	if (a->len > a->data.n && !c->f.ignored)
		deliver_gap(s, c, a->half, a->len - (uint32_t)a->data.n, GAP_SNAPLEN, src);
	if (a->fin && !c->f.ignored)
		deliver_fin(s, c, a->half, src);
}

static void
settled_segment(struct streams *s, struct conn *c, struct arrival *a)
{
	struct half *h = &c->half[a->half];
	int32_t d = seq_diff(a->seq, h->next);
	int32_t max = (int32_t)s->set.max_jump_bytes;

	if ((!a->len && !a->fin) || c->flags[a->half] & HALF_FIN_DONE || d < -max)
		return;
	if (d > max && (!a->len || !far_jump(s, c, a) || c->f.ignored))
		return;
	if (c->hold && d <= max)
		conn_hold(c)->jumps[a->half] = 0;
	if (seq_diff(a->seq, h->next) < 0)
		trim_old(s, c, a);
	trim_limit(c, a);
	if ((!a->len && !a->fin) || c->f.ignored)
		return;
	if (a->fin)
		conn_side(c, a->half)->fin = true;
	const struct held *head = hold_head(c, a->half);
	bool clear = !head || seq_diff(head->seq, a->seq + a->len) >= (a->fin ? 1 : 0);

	if (clear && a->seq == h->next && reasm_ack_done(s, c, a->half, a->has_ack, a->ack))
		deliver_arrival(s, c, a);
	else
		hold_insert(s, c, a, overlap_differs);
}

void
reasm_segment(struct streams *s, struct conn *c, struct arrival *a)
{
	if (!(c->flags[a->half] & HALF_SEEN))
		half_appears(c, a);
	learn_ack(s, c, a);
	if (c->flags[a->half] & HALF_BASED)
		settled_segment(s, c, a);
	else
		join_segment(s, c, a);
	if (reasm_joining(c) || c->hold)
		waits_check(s, c);
}

bool
reasm_rst(struct streams *s, struct conn *c, const struct arrival *a)
{
	struct half *h = &c->half[a->half];
	int32_t d = seq_diff(a->seq, h->next);
	int32_t max = (int32_t)s->set.max_jump_bytes;

	if (!(c->flags[a->half] & HALF_BASED))
		return true;
	if (d > max || d < -max)
		return false;
	if (!(c->flags[a->half] & HALF_LIMIT)) {
		h->edge = d > 0 ? a->seq : h->next;
		c->flags[a->half] |= HALF_LIMIT;
	}
	return true;
}
