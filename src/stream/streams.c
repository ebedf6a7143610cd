#include "stream/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "stream/hold.h"
#include "stream/reasm.h"
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

/* What the connection itself says of its end goes before why we forget it. */
static enum flow_reason
end_reason(const struct conn *c, enum flow_reason why)
{
	if (c->f.side[0].fin && c->f.side[1].fin)
		return FLOW_FIN;
	if (c->f.side[0].rst || c->f.side[1].rst)
		return FLOW_RST;
	return why;
}

static void
spare_syn_note(struct streams *s, struct conn *c)
{
	struct spare_syn *syn = c->hold ? &c->hold->syn : NULL;

	if (!syn || !syn->set || syn->noted || c->f.ignored)
		return;
	syn->noted = true;
	reasm_note(s, c, syn->half, NOTE_SPURIOUS_SYN, &syn->seg);
}

static void
conn_close(struct streams *s, struct conn *c, enum flow_reason why)
{
	struct conn *was = s->busy;

	s->busy = c;
	spare_syn_note(s, c);
	if (!c->f.ignored)
		waits_finish(s, c);
	hold_drop(s, c);
	c->f.reason = end_reason(c, why);
	s->counts.syn_only += c->list == LIST_SYN;
	s->counts.timeouts += c->f.reason == FLOW_TIMEOUT;
	s->counts.evicted += c->f.reason == FLOW_EVICTED;
	s->sink.close(s->sink.user, &c->f);
	s->busy = was;
	timers_del(s, c);
	flowtable_del(&s->table, c);
	s->counts.flows_now--;
}

/* The connection to do without: closed ones, then unanswered ones, then the one quiet for
 * longest. Not `keep`. */
static struct conn *
evictable(const struct streams *s, const struct conn *keep)
{
	static const enum conn_list order[] = {LIST_LINGER, LIST_SYN, LIST_OPEN};

	for (int i = 0; i < LISTS; i++) {
		struct conn *c = timers_oldest(s, order[i]);

		if (c && c == keep)
			c = c->next == CONN_NONE ? NULL : flowtable_at(&s->table, c->next);
		if (c)
			return c;
	}
	return NULL;
}

/* Makes room for `more` bytes; `keep` stays, but may have to give up what it holds. */
static void
make_room(struct streams *s, struct conn *keep, size_t more)
{
	struct conn *c;

	while (streams_memory(s) + more > s->set.memory_bytes && (c = evictable(s, keep)))
		conn_close(s, c, FLOW_EVICTED);
	if (!keep)
		return;
	while (streams_memory(s) + more > s->set.memory_bytes && waits_force(s, keep, GAP_HELD))
		;
}

bool
streams_evict(struct streams *s)
{
	struct conn *c = evictable(s, NULL);

	if (c)
		conn_close(s, c, FLOW_EVICTED);
	return c;
}

static bool
is_server_port(const struct streams *s, uint16_t port)
{
	for (const uint16_t *p = s->server_ports; p && *p; p++) {
		if (*p == port)
			return true;
	}
	return false;
}

/* Who of a connection is the server? Its first segment says so by its flags, else by its ports.
 */
static bool
from_server(const struct streams *s, const struct segment *seg)
{
	bool src = is_server_port(s, seg->src.port), dst = is_server_port(s, seg->dst.port);

	if (seg->flags & TCP_SYN)
		return seg->flags & TCP_ACK;
	if (src != dst)
		return src;
	return seg->src.port < seg->dst.port;
}

static struct conn *
conn_open(struct streams *s, uint32_t hash, const struct segment *seg, int *ret_half)
{
	struct conn *c;

	while (s->counts.flows_now >= s->set.flows && (c = evictable(s, NULL)))
		conn_close(s, c, FLOW_EVICTED);
	make_room(s, NULL, sizeof(struct conn));
	c = flowtable_add(&s->table, hash);
	s->counts.flows++;
	s->counts.flows_now++;

	struct flow *f = &c->f;
	*ret_half = from_server(s, seg);
	f->id = ++s->next_id;
	f->client = *ret_half ? seg->dst : seg->src;
	f->server = *ret_half ? seg->src : seg->dst;
	f->first_ns = f->last_ns = seg->ts_ns;
	f->first_packet = f->last_packet = seg->packet;
	f->first_input = f->last_input = seg->input;
	f->n_vlan = seg->n_vlan < 2 ? seg->n_vlan : 2;
	for (int i = 0; i < f->n_vlan; i++)
		f->vlan[i] = seg->vlan[i];
	f->midstream = !(seg->flags & TCP_SYN);
	f->side[0].ttl_min = f->side[1].ttl_min = UINT8_MAX;
	bool bare_syn = (seg->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	timers_add(s, c, bare_syn ? LIST_SYN : LIST_OPEN);
	s->busy = c;
	s->sink.open(s->sink.user, f);
	return c;
}

/* Counters, and the place in the lists of time. */
static void
conn_count(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct flow_side *side = conn_side(c, half);

	side->packets++;
	if (seg->ttl < side->ttl_min)
		side->ttl_min = seg->ttl;
	if (seg->ttl > side->ttl_max)
		side->ttl_max = seg->ttl;
	if (seg->ts_ns > c->f.last_ns)
		c->f.last_ns = seg->ts_ns;
	c->f.last_input = seg->input;
	c->f.last_packet = seg->packet;
	bool bare_syn = (seg->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (c->list == LIST_SYN && (!bare_syn || conn_side(c, 1 - half)->packets))
		timers_move(s, c, LIST_OPEN);
	else
		timers_touch(s, c);
}

/* FIN both ways or RST: from now on only late segments are awaited. */
static void
conn_linger(struct streams *s, struct conn *c)
{
	const struct flow_side *side = c->f.side;
	bool over = (side[0].fin && side[1].fin) || side[0].rst || side[1].rst;

	if (over && c->list != LIST_LINGER)
		timers_move(s, c, LIST_LINGER);
}

/* An ignored flow: sequence numbers tell how much it carried. */
static void
count_ignored(struct streams *s, struct conn *c, const struct arrival *a)
{
	struct half *h = &c->half[a->half];
	struct flow_side *side = conn_side(c, a->half);
	uint32_t end = a->seq + a->len;

	if (!(c->flags[a->half] & (HALF_BASED | HALF_SEQ)))
		h->next = a->seq;
	c->flags[a->half] |= HALF_SEQ;
	int32_t d = seq_diff(end, h->next);
	int32_t max = (int32_t)s->set.max_jump_bytes;

	if (d > max || d < -max)
		d = (int32_t)a->len;
	if (d > 0) {
		side->bytes += (uint32_t)d;
		h->next = end;
	}
	if (a->seg->flags & TCP_FIN)
		side->fin = true;
	if (a->seg->flags & TCP_RST)
		side->rst = true;
}

/* A SYN came late to a connection that was joined in the middle: now its beginning is known
 * after all. */
static bool
late_syn(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	uint32_t begin = seg->seq + 1;
	uint32_t past = c->half[half].next - begin;

	if (c->flags[half] & HALF_SEQ && past > s->set.max_jump_bytes)
		return false;
	reasm_base(c, half, begin);
	return true;
}

/* Does this SYN belong to the connection? */
static bool
own_syn(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	int peer = 1 - half;
	bool synack = seg->flags & TCP_ACK;

	if (synack && conn_side(c, peer)->syn) {
		/* RFC 7413: it may acknowledge data of the SYN too */
		uint32_t extra = seg->ack - (reasm_isn(c, peer) + 1);
		if (extra > conn_offset(c, peer) + UINT16_MAX)
			return false;
	}
	if (c->flags[half] & HALF_BASED)
		return reasm_isn(c, half) == seg->seq;
	return late_syn(s, c, half, seg);
}

static void
adopt_syn(struct conn *c, int half, const struct segment *seg)
{
	conn_side(c, half)->syn = true;
	if (!(c->flags[half] & HALF_BASED))
		reasm_base(c, half, seg->seq + 1);
	if (seg->flags & TCP_ACK && !(c->flags[1 - half] & HALF_BASED))
		reasm_base(c, 1 - half, seg->ack);
	bool told = c->f.side[0].bytes || c->f.side[1].bytes ||
		    (c->flags[0] | c->flags[1]) & HALF_FIN_DONE;
	if (!c->f.midstream || told)
		return;
	/* joined in the middle, but the beginning came late: nothing is lost */
	c->f.midstream = false;
	if (conn_dir(c, half) != (seg->flags & TCP_ACK ? DIR_S2C : DIR_C2S))
		flow_swap(&c->f);
}

/* The port is used again: the old connection ends here. */
static struct conn *
conn_replace(struct streams *s, struct conn *old, uint32_t hash, const struct segment *seg,
	int *ret_half)
{
	conn_close(s, old, FLOW_TIMEOUT);
	struct conn *c = conn_open(s, hash, seg, ret_half);

	adopt_syn(c, *ret_half, seg);
	return c;
}

static void
spare_syn_keep(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct spare_syn *syn = &hold_get(s, c)->syn;
	struct segment bare = *seg;

	if (syn->set && syn->half == half && syn->seg.seq == seg->seq)
		return;
	bare.payload = BYTES_NONE;
	bare.wire_len = 0;
	*syn = (struct spare_syn){
		.set = true, .half = (uint8_t)half, .now_ns = s->now_ns, .seg = bare};
}

/*
 * A SYN with another ISN. On a connection that is over, or never began, or was quiet for long,
 * it begins a new one; on a live one only the answer to it will tell.
 */
static struct conn *
foreign_syn(
	struct streams *s, struct conn *c, uint32_t hash, const struct segment *seg, int *half)
{
	int64_t quiet = s->now_ns - c->f.last_ns;

	if (c->list != LIST_OPEN || quiet >= s->set.syn_ns || c->f.ignored)
		return conn_replace(s, c, hash, seg, half);
	conn_count(s, c, *half, seg);
	if (!(seg->flags & TCP_ACK)) {
		spare_syn_keep(s, c, *half, seg);
		return NULL;
	}
	s->busy = c;
	reasm_note(s, c, *half, NOTE_SPURIOUS_SYN, seg);
	return NULL;
}

/* Is this the SYN-ACK, or the first segment, of the connection that the spare SYN began? */
static bool
spare_syn_confirmed(
	const struct streams *s, const struct conn *c, int half, const struct segment *seg)
{
	const struct spare_syn *syn = &c->hold->syn;
	uint32_t first = syn->seg.seq + 1;

	if (half != syn->half)
		return (seg->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
		       seg->ack == first;
	/* without the SYN-ACK only when the old connection cannot mean it */
	return (seg->flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK && seg->seq == first &&
	       !reasm_fits(s, c, half, first);
}

/* The connection that goes on with this segment, when a spare SYN waits for its answer. */
static struct conn *
spare_syn_resolve(
	struct streams *s, struct conn *c, uint32_t hash, const struct segment *seg, int *half)
{
	struct spare_syn *syn = &c->hold->syn;

	if (spare_syn_confirmed(s, c, *half, seg)) {
		struct segment first = syn->seg;
		int first_half, from = syn->half;

		syn->noted = true;
		c = conn_replace(s, c, hash, &first, &first_half);
		conn_count(s, c, first_half, &first);
		*half = *half == from ? first_half : 1 - first_half;
		return c;
	}
	if (!(seg->flags & TCP_SYN)) {
		s->busy = c;
		spare_syn_note(s, c);
	}
	if (s->now_ns - syn->now_ns >= s->set.syn_ns)
		syn->set = false;
	return c;
}

static void
conn_segment(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct arrival a = {
		.seg = seg,
		.seq = seg->seq + (seg->flags & TCP_SYN ? 1 : 0),
		.len = seg->wire_len > seg->payload.n ? seg->wire_len
						      : (uint32_t)seg->payload.n,
		.data = seg->payload,
		.ack = seg->ack,
		.order = conn_packets(c),
		.half = half,
		.has_ack = seg->flags & TCP_ACK,
		.fin = seg->flags & TCP_FIN,
	};

	if (c->f.ignored) {
		count_ignored(s, c, &a);
	} else if (seg->flags & TCP_RST) {
		if (reasm_rst(s, c, &a))
			conn_side(c, half)->rst = true;
	} else {
		reasm_segment(s, c, &a);
	}
	if (seg->flags & (TCP_FIN | TCP_RST))
		conn_linger(s, c);
}

/* After the calls of the sink. */
static void
conn_settle(struct streams *s, struct conn *c)
{
	if (!c->hold)
		return;
	if (!c->f.ignored && streams_memory(s) > s->set.memory_bytes)
		make_room(s, c, 0);
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

static void
add_hashed(struct streams *s, const struct segment *seg, uint32_t hash)
{
	int half;

	s->arrived++;
	advance(s, seg->ts_ns, s->set.step_ns);
	struct conn *c = flowtable_find(&s->table, hash, &seg->src, &seg->dst, &half);
	if (!c && seg->flags & TCP_RST)
		return;
	if (!c)
		c = conn_open(s, hash, seg, &half);
	else if (c->hold && c->hold->syn.set)
		c = spare_syn_resolve(s, c, hash, seg, &half);
	if ((seg->flags & (TCP_SYN | TCP_RST)) == TCP_SYN) {
		if (own_syn(s, c, half, seg))
			adopt_syn(c, half, seg);
		else
			c = foreign_syn(s, c, hash, seg, &half);
	}
	if (c) {
		s->busy = c;
		conn_count(s, c, half, seg);
		conn_segment(s, c, half, seg);
		conn_settle(s, c);
	}
	s->busy = NULL;
}

void
streams_add(struct streams *s, const struct segment *seg)
{
	add_hashed(s, seg, flowtable_hash(&s->table, &seg->src, &seg->dst));
}

void
streams_add_all(struct streams *s, const struct segment *segs, size_t n)
{
	uint32_t hash[EXPECTED];
	const struct conn *likely[EXPECTED];

	while (n) {
		size_t k = n < EXPECTED ? n : EXPECTED;

		for (size_t i = 0; i < k; i++) {
			hash[i] = flowtable_hash(&s->table, &segs[i].src, &segs[i].dst);
			flowtable_expect_slot(&s->table, hash[i]);
		}
		for (size_t i = 0; i < k; i++)
			likely[i] = flowtable_expect(&s->table, hash[i]);
		for (size_t i = 0; i < k; i++) {
			if (likely[i] && segs[i].payload.n && !likely[i]->f.ignored)
				__builtin_prefetch(likely[i]->f.user, 1);
		}
		for (size_t i = 0; i < k; i++)
			add_hashed(s, &segs[i], hash[i]);
		segs += k;
		n -= k;
	}
}

struct by_id {
	uint64_t id;
	struct conn *c;
};

static int
by_id(const void *a, const void *b)
{
	const struct by_id *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void
streams_end(struct streams *s)
{
	size_t n = s->counts.flows_now, k = 0;
	struct by_id *all = mem_get((n + 1) * sizeof(*all));

	for (int list = 0; list < LISTS; list++) {
		uint32_t i = s->lists[list].head;

		for (; i != CONN_NONE; i = flowtable_at(&s->table, i)->next) {
			struct conn *c = flowtable_at(&s->table, i);
			all[k++] = (struct by_id){c->f.id, c};
		}
	}
	assert(k == n);
	qsort(all, n, sizeof(*all), by_id);
	for (k = 0; k < n; k++)
		conn_close(s, all[k].c, FLOW_EOF);
	free(all);
}

void
streams_free(struct streams **s)
{
	if (!*s)
		return;
	streams_end(*s);
	flowtable_done(&(*s)->table);
	recent_done(&(*s)->recent);
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
