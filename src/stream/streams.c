#include "stream/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "stream/hold.h"
#include "stream/life.h"
#include "stream/reasm.h"
#include "stream/syn.h"
#include "stream/timers.h"
#include "stream/waits.h"

enum {
	EXPECTED = 32 /* segments whose connections are asked for ahead */
};

const struct stream_settings stream_defaults = {
	.memory_bytes = (size_t)512 << 20,
	.flows = 2000000,
	.hold_bytes = (size_t)1 << 20,
	.hold_segments = 4096,
	.hole_ns = 2 * NS_PER_S,
	.hole_segments = 32,
	.hole_max_ns = 30 * NS_PER_S,
	.syn_ns = 30 * NS_PER_S,
	.idle_ns = 3600 * NS_PER_S,
	.linger_ns = 5 * NS_PER_S,
	.step_ns = NS_PER_S / 2,
	.leap_ns = 30 * 24 * 3600 * NS_PER_S,
	.max_jump_bytes = 16 << 20,
	.jump_segments = 4,
	.join_segments = 12,
	.one_sided_segments = 16,
	.compare_bytes = (size_t)8 << 20,
};

const char *
flow_reason_name(enum flow_reason r)
{
	switch (r) {
	case FLOW_OPEN:
		return "open";
	case FLOW_FIN:
		return "fin";
	case FLOW_RST:
		return "rst";
	case FLOW_TIMEOUT:
		return "timeout";
	case FLOW_EOF:
		return "eof";
	case FLOW_EVICTED:
		return "evicted";
	}
	return "?";
}

struct streams *
streams_new(const struct stream_settings *set, const uint16_t *server_ports,
	const struct stream_sink *sink)
{
	struct streams *s = mem_get(sizeof(*s));
	size_t compare;

	s->set = set ? *set : stream_defaults;
	if (s->set.max_jump_bytes > 1 << 30)
		s->set.max_jump_bytes = 1 << 30;
	s->sink = *sink;
	s->server_ports = server_ports;
	flowtable_init(&s->table, s);
	compare = s->set.memory_bytes / 8; /* most of the memory is for connections */
	recent_init(
		&s->recent, s->set.compare_bytes < compare ? s->set.compare_bytes : compare);
	timers_init(s);
	return s;
}

void
streams_set_again(struct streams *s, const struct stream_again *a)
{
	s->recent.again = *a;
}

const struct stream_counts *
streams_counts(const struct streams *s)
{
	return &s->counts;
}

size_t
streams_memory(const struct streams *s)
{
	return sizeof(*s) + flowtable_memory(&s->table) + s->hold_memory +
	       recent_memory(&s->recent);
}

/* Of the first data byte. */
static uint32_t
first_seq(const struct segment *seg)
{
	return seg->seq + (seg->flags & TCP_SYN ? 1 : 0);
}

/* On the wire. */
static uint32_t
payload_len(const struct segment *seg)
{
	return seg->wire_len > seg->payload.n ? seg->wire_len : (uint32_t)seg->payload.n;
}

/* An ignored flow: sequence numbers tell how much it carried. */
static void
count_ignored(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct half *h = &c->half[half];
	struct flow_side *side = conn_side(c, half);
	uint32_t seq = first_seq(seg), len = payload_len(seg), end = seq + len;

	if (!(c->flags[half] & (HALF_BASED | HALF_SEQ)))
		h->next = seq;
	c->flags[half] |= HALF_SEQ;
	int32_t d = seq_diff(end, h->next);
	int32_t max = (int32_t)s->set.max_jump_bytes;

	if (d > max || d < -max)
		d = (int32_t)len;
	if (d > 0) {
		side->bytes += (uint32_t)d;
		h->next = end;
	}
	if (seg->flags & TCP_FIN)
		side->fin = true;
	if (seg->flags & TCP_RST)
		side->rst = true;
}

static void
conn_segment(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct arrival a = {
		.seg = seg,
		.seq = first_seq(seg),
		.len = payload_len(seg),
		.data = seg->payload,
		.ack = seg->ack,
		.order = conn_packets(c),
		.half = half,
		.has_ack = seg->flags & TCP_ACK,
		.fin = seg->flags & TCP_FIN,
	};

	if (!(seg->flags & TCP_RST))
		reasm_segment(s, c, &a);
	else if (reasm_rst(s, c, &a))
		conn_side(c, half)->rst = true;
}

/* After the calls of the sink. */
static void
conn_settle(struct streams *s, struct conn *c)
{
	if (!c->hold)
		return;
	if (!c->f.ignored && streams_memory(s) > s->set.memory_bytes)
		conn_make_room(s, c, 0);
	if (c->f.ignored)
		hold_drop(s, c);
	hold_settle(s, c);
}

static void
ring(struct streams *s, enum hold_queue q, enum hold_queue then)
{
	struct hold *w;

	while ((w = timers_ringing(s, q))) {
		struct conn *c = w->c;

		timers_queue(s, w, then);
		s->busy = c;
		waits_check(s, c);
		conn_settle(s, c);
		s->busy = NULL;
	}
}

static void
advance(struct streams *s, int64_t ts_ns, int64_t step_ns)
{
	struct conn *c;

	if (!timers_advance(s, ts_ns, step_ns))
		return;
	ring(s, QUEUE_MAX, QUEUE_HOLE);
	ring(s, QUEUE_HOLE, QUEUE_MAX);
	while ((c = timers_due(s, LIST_LINGER, s->set.linger_ns)))
		conn_close(s, c, FLOW_TIMEOUT);
	while ((c = timers_due(s, LIST_SYN, s->set.syn_ns)))
		conn_close(s, c, FLOW_TIMEOUT);
	while ((c = timers_due(s, LIST_OPEN, s->set.idle_ns)))
		conn_close(s, c, FLOW_TIMEOUT);
}

void
streams_tick(struct streams *s, int64_t now_ns)
{
	s->arrived += s->set.join_segments; /* real time: nothing is on its way any more */
	advance(s, now_ns, INT64_MAX);
}

/* likely: the connection that it is probably of, or NULL. */
static void
add_hashed(struct streams *s, const struct segment *seg, uint32_t hash, struct conn *likely)
{
	struct conn *c = likely;
	int half;

	s->arrived++;
	advance(s, seg->ts_ns, s->set.step_ns);
	if (!c || !flowtable_is(c, &seg->src, &seg->dst, &half))
		c = flowtable_find(&s->table, hash, &seg->src, &seg->dst, &half);
	if (!c && seg->flags & TCP_RST)
		return;
	if (!c)
		c = conn_open(s, hash, seg, &half);
	else if (c->hold && conn_hold(c)->syn.set)
		c = syn_resolve(s, c, hash, seg, &half);
	if ((seg->flags & (TCP_SYN | TCP_RST)) == TCP_SYN) {
		if (syn_is_own(s, c, half, seg))
			syn_adopt(c, half, seg);
		else
			c = syn_foreign(s, c, hash, seg, &half);
	}
	if (c) {
		s->busy = c;
		conn_count(s, c, half, seg);
		if (c->f.ignored)
			count_ignored(s, c, half, seg);
		else
			conn_segment(s, c, half, seg);
		if (seg->flags & (TCP_FIN | TCP_RST))
			conn_linger(s, c);
		conn_settle(s, c);
	}
	s->busy = NULL;
}

void
streams_add(struct streams *s, const struct segment *seg)
{
	add_hashed(s, seg, flowtable_hash(&s->table, &seg->src, &seg->dst), NULL);
}

void
streams_add_all(struct streams *s, const struct segment *segs, size_t n)
{
	uint32_t hash[EXPECTED];
	struct conn *likely[EXPECTED];

	while (n) {
		size_t k = n < EXPECTED ? n : EXPECTED;

		for (size_t i = 0; i < k; i++) {
			hash[i] = flowtable_hash(&s->table, &segs[i].src, &segs[i].dst);
			flowtable_expect_slot(&s->table, hash[i]);
		}
		for (size_t i = 0; i < k; i++)
			likely[i] = flowtable_expect(&s->table, hash[i]);
		for (size_t i = 0; i < k && s->sink.expect; i++) {
			if (likely[i] && segs[i].payload.n && !likely[i]->f.ignored)
				s->sink.expect(s->sink.user, &likely[i]->f);
		}
		for (size_t i = 0; i < k; i++)
			add_hashed(s, &segs[i], hash[i], likely[i]);
		segs += k;
		n -= k;
	}
}

static int
by_id(const void *a, const void *b, void *table)
{
	const struct conn *x = flowtable_at(table, *(const uint32_t *)a);
	const struct conn *y = flowtable_at(table, *(const uint32_t *)b);

	return x->f.id < y->f.id ? -1 : x->f.id > y->f.id;
}

static bool
in_order(const struct flowtable *t)
{
	uint32_t pos = 0;
	uint64_t before = 0;

	for (const struct conn *c; (c = flowtable_next(t, &pos)); before = c->f.id) {
		if (c->f.id < before)
			return false;
	}
	return true;
}

static void
end_sorted(struct streams *s)
{
	uint32_t *all = mem_get((s->counts.flows_now + 1) * sizeof(*all));
	uint32_t n = 0, pos = 0;

	for (const struct conn *c; (c = flowtable_next(&s->table, &pos));)
		all[n++] = flowtable_index(c);
	assert(n == s->counts.flows_now);
	qsort_r(all, n, sizeof(*all), by_id, &s->table);
	for (uint32_t k = 0; k < n; k++)
		conn_close(s, flowtable_at(&s->table, all[k]), FLOW_EOF);
	free(all);
}

/* Their places in the table are mostly in order already, so these are looked at first: sorting
 * takes time, and memory when there is least of it. */
void
streams_end(struct streams *s)
{
	uint32_t pos = 0;

	if (!in_order(&s->table)) {
		end_sorted(s);
		return;
	}
	for (struct conn *c; (c = flowtable_next(&s->table, &pos));)
		conn_close(s, c, FLOW_EOF);
}

void
streams_free(struct streams **s)
{
	if (!*s)
		return;
	streams_end(*s);
	flowtable_done(&(*s)->table);
	recent_done(&(*s)->recent);
	free((*s)->holds);
	free(*s);
	*s = NULL;
}

void
flow_ignore(struct flow *f)
{
	struct conn *c = (struct conn *)f;
	struct streams *s = flowtable_owner(c);

	f->ignored = true;
	if (s->busy != c) /* else when its segment is done with */
		hold_drop(s, c);
}

void
flow_swap(struct flow *f)
{
	struct conn *c = (struct conn *)f;
	struct endpoint client = f->client;
	struct flow_side side = f->side[0];

	f->client = f->server;
	f->server = client;
	f->side[0] = f->side[1];
	f->side[1] = side;
	c->flip = !c->flip;
}
