#include "stream/life.h"

#include "stream/hold.h"
#include "stream/syn.h"
#include "stream/timers.h"
#include "stream/waits.h"

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

void
conn_close(struct streams *s, struct conn *c, enum flow_reason why)
{
	struct conn *was = s->busy;

	s->busy = c;
	syn_note_spare(s, c);
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

void
conn_make_room(struct streams *s, struct conn *keep, size_t more)
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

struct conn *
conn_open(struct streams *s, uint32_t hash, const struct segment *seg, int *ret_half)
{
	struct conn *c;

	while (s->counts.flows_now >= s->set.flows && (c = evictable(s, NULL)))
		conn_close(s, c, FLOW_EVICTED);
	conn_make_room(s, NULL, sizeof(struct conn));
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

void
conn_count(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct flow_side *side = conn_side(c, half);

	side->packets++;
	if (seg->ttl < side->ttl_min)
		side->ttl_min = seg->ttl;
	if (seg->ttl > side->ttl_max)
		side->ttl_max = seg->ttl;
	if (seg->ts_ns > c->f.last_ns && seg->ts_ns <= s->now_ns) /* no leap */
		c->f.last_ns = seg->ts_ns;
	c->f.last_input = seg->input;
	c->f.last_packet = seg->packet;
	bool bare_syn = (seg->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (c->list == LIST_SYN && (!bare_syn || conn_side(c, 1 - half)->packets))
		timers_move(s, c, LIST_OPEN);
	else
		timers_touch(s, c);
}

void
conn_linger(struct streams *s, struct conn *c)
{
	const struct flow_side *side = c->f.side;
	bool over = (side[0].fin && side[1].fin) || side[0].rst || side[1].rst;

	if (over && c->list != LIST_LINGER)
		timers_move(s, c, LIST_LINGER);
}
