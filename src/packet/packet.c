/* The loop over the headers, and what stands at its end: TCP and UDP. */
#include "packet/packet.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "packet/fragment.h"

enum {
	TCP_BYTES = 20,
	UDP_BYTES = 8
};

enum { /* IP protocols, IANA */
	PROTO_IP4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IP6 = 41,
	PROTO_GRE = 47,
	PROTO_ETHERIP = 97,
	PROTO_MPLS = 137,
};

const struct packet_settings packet_defaults = {
	.tunnel_depth = 8,
	.fragment_packets = 4096,
	.fragment_bytes = 16 * 1024 * 1024,
	.fragment_ns = INT64_C(30) * 1000 * 1000 * 1000,
	.vxlan_port = 4789,
};

struct packet_decoder {
	struct packet_settings set;
	struct packet_counts counts;
	struct fragments *fragments;
};

struct packet_decoder *
packet_new(const struct packet_settings *s)
{
	struct packet_decoder *d = mem_get(sizeof(*d));

	d->set = s ? *s : packet_defaults;
	d->fragments = fragments_new(&d->set, &d->counts);
	return d;
}

void
packet_free(struct packet_decoder **d)
{
	if (!*d)
		return;
	fragments_free(&(*d)->fragments);
	free(*d);
	*d = NULL;
}

const struct packet_counts *
packet_counts(const struct packet_decoder *d)
{
	return &d->counts;
}

size_t
packet_memory(const struct packet_decoder *d)
{
	return sizeof(*d) + fragments_memory(d->fragments);
}

/* What stands at a fixed place in the header, RFC 9293 3.1. */
static inline void
tcp_fields(struct segment *seg, const uint8_t *p)
{
	seg->ip_proto = PROTO_TCP;
	seg->src.port = be16_at(p);
	seg->dst.port = be16_at(p + 2);
	seg->seq = be32_at(p + 4);
	seg->ack = be32_at(p + 8);
	seg->flags = p[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
}

/* A header whose options the snaplen cut still tells where its missing payload
 * belongs. */
static enum next
packet_tcp(struct walk *w)
{
	const uint8_t *p = w->in.p;
	struct segment *seg = w->seg;
	uint32_t header;

	if (w->in.n < TCP_BYTES)
		return walk_short(w, TCP_BYTES);
	header = (p[12] >> 4) * 4u;
	if (header < TCP_BYTES || header > w->wire)
		return END_MALFORMED;
	tcp_fields(seg, p);
	seg->wire_len = w->wire - header;
	if (w->in.n > header)
		seg->payload = (struct bytes){p + header, w->in.n - header};
	return END_TCP;
}

/* RFC 768. A length that contradicts IP is not believed: offload shows 0, and a cut-off frame
 * too much. */
static enum next
packet_udp(struct walk *w)
{
	const uint8_t *p = w->in.p;
	struct segment *seg = w->seg;
	uint32_t length;

	if (w->in.n < UDP_BYTES)
		return walk_short(w, UDP_BYTES);
	length = be16_at(p + 4);
	if (length && length < UDP_BYTES)
		return END_MALFORMED;
	if (length && length < w->wire)
		walk_limit(w, length);
	seg->ip_proto = PROTO_UDP;
	seg->src.port = be16_at(p);
	seg->dst.port = be16_at(p + 2);
	walk_skip(w, UDP_BYTES);
	if (seg->dst.port == w->set->vxlan_port) {
		enum next next = tunnel_vxlan(w);

		if (next != END_UDP)
			return next;
	}
	seg->wire_len = w->wire;
	seg->payload = w->in;
	return END_UDP;
}

static enum next
packet_proto(struct walk *w)
{
	switch (w->type) {
	case PROTO_TCP:
		return packet_tcp(w);
	case PROTO_UDP:
		return packet_udp(w);
	case PROTO_IP4:
		return NEXT_IP4;
	case PROTO_IP6:
		return NEXT_IP6;
	case PROTO_GRE:
		return NEXT_GRE;
	case PROTO_MPLS: /* RFC 4023 */
		return NEXT_MPLS;
	case PROTO_ETHERIP: /* RFC 3378: version and reserved, then a frame */
		if (w->in.n < 2)
			return walk_short(w, 2);
		walk_skip(w, 2);
		return NEXT_ETHERNET;
	default:
		return ip_extension(w);
	}
}

/* Goes on until nothing is next. Every step takes bytes off or is followed by one that does;
 * tunnels are counted. */
static enum next
packet_walk(struct walk *w, enum next next)
{
	uint32_t depth = 0;

	for (;;) {
		switch (next) {
		case NEXT_ETHERNET:
			next = depth++ < w->set->tunnel_depth ? link_ethernet(w) : END_NOT_TCP;
			break;
		case NEXT_TYPE:
			next = link_type(w);
			break;
		case NEXT_PPPOE:
			next = link_pppoe(w);
			break;
		case NEXT_PPP:
			next = link_ppp(w);
			break;
		case NEXT_MPLS:
			next = tunnel_mpls(w);
			break;
		case NEXT_IP:
			next = ip_any(w);
			break;
		case NEXT_IP4:
			next = depth++ < w->set->tunnel_depth ? ip_v4(w) : END_NOT_TCP;
			break;
		case NEXT_IP6:
			next = depth++ < w->set->tunnel_depth ? ip_v6(w) : END_NOT_TCP;
			break;
		case NEXT_PROTO:
			next = packet_proto(w);
			break;
		case NEXT_GRE:
			next = tunnel_gre(w);
			break;
		case END_TCP:
		case END_UDP:
		case END_NOT_IP:
		case END_NOT_TCP:
		case END_MALFORMED:
		case END_TRUNCATED:
		case END_HELD:
		case END_UNKNOWN_LINK:
			return next;
		}
	}
}

/* What an end means for the caller, and the counter it moves. */
static enum packet_result
packet_end(struct packet_counts *c, enum next end, const struct segment *seg)
{
	switch (end) {
	case END_UDP:
		c->not_tcp++;
		/* fall through */
	case END_TCP:
		c->truncated += seg->payload.n < seg->wire_len;
		return end == END_TCP ? PACKET_TCP : PACKET_UDP;
	case END_NOT_IP:
		c->not_ip++;
		return PACKET_OTHER;
	case END_NOT_TCP:
		c->not_tcp++;
		return PACKET_OTHER;
	case END_TRUNCATED:
		c->truncated++;
		return PACKET_OTHER;
	case END_UNKNOWN_LINK:
		c->unknown_link++;
		return PACKET_OTHER;
	case END_HELD:
		return PACKET_HELD;
	case END_MALFORMED:
	case NEXT_ETHERNET:
	case NEXT_TYPE:
	case NEXT_PPPOE:
	case NEXT_PPP:
	case NEXT_MPLS:
	case NEXT_IP:
	case NEXT_IP4:
	case NEXT_IP6:
	case NEXT_PROTO:
	case NEXT_GRE:
		break;
	}
	c->malformed++;
	return PACKET_MALFORMED;
}

/* Field by field: for a whole struct of this size the compiler takes an instruction that is
 * slower than the rest together. */
static void
segment_begin(struct segment *s, const struct frame *f, uint32_t frame_len)
{
	s->src = s->dst = (struct endpoint){.family = 0};
	s->seq = s->ack = 0;
	s->flags = s->ip_proto = s->ttl = s->n_vlan = 0;
	s->vlan[0] = s->vlan[1] = 0;
	s->payload = BYTES_NONE;
	s->wire_len = 0;
	s->frame_len = frame_len;
	s->ts_ns = f->ts_ns;
	s->packet = f->packet;
	s->at = 0;
	s->input = f->input;
}

/* In the file, of a payload that lies in the frame. */
static uint64_t
payload_at(const struct frame *f, const struct segment *s)
{
	return f->at ? f->at + (uint64_t)(s->payload.p - f->data.p) : 0;
}

/* Bytes of the frame on the wire; some say less than was captured. */
static uint32_t
frame_wire(const struct frame *f)
{
	return f->wire_len < f->data.n ? (uint32_t)f->data.n : f->wire_len;
}

/*
 * Most frames are Ethernet, IPv4 without options or fragments, and TCP: their headers are read
 * in one go. False: something is odd, *s is not touched, and the steps are for it.
 */
static bool
plain_tcp(const struct frame *f, uint32_t wire, struct segment *s)
{
	enum {
		ETHERNET = 14,
		IP4 = 20
	};
	const uint8_t *ip = f->data.p + ETHERNET, *tcp = ip + IP4;
	uint32_t total, header, have = (uint32_t)f->data.n - ETHERNET - IP4;

	if (f->link != LINK_EN10MB || f->data.n < ETHERNET + IP4 + TCP_BYTES ||
		be16_at(ip - 2) != 0x0800 || ip[0] != 0x45 || be16_at(ip + 6) & 0x3fff ||
		ip[9] != PROTO_TCP)
		return false;
	total = be16_at(ip + 2);
	header = (tcp[12] >> 4) * 4u;
	if (header < TCP_BYTES || header > have || total < IP4 + header ||
		total > wire - ETHERNET)
		return false;
	segment_begin(s, f, wire);
	memcpy(s->src.addr, ip + 12, 4);
	memcpy(s->dst.addr, ip + 16, 4);
	s->src.family = s->dst.family = 4;
	s->ttl = ip[8];
	tcp_fields(s, tcp);
	s->wire_len = total - IP4 - header;
	have -= header;
	s->payload = (struct bytes){tcp + header, have < s->wire_len ? have : s->wire_len};
	s->at = payload_at(f, s);
	return true;
}

/* Whatever it is, header by header. Not inline: it would cost plain_tcp() its registers. */
static __attribute__((noinline)) enum packet_result
decode_steps(
	struct packet_decoder *d, const struct frame *f, uint32_t wire, struct segment *ret)
{
	struct walk w = {
		.in = f->data,
		.wire = wire,
		.seg = ret,
		.set = &d->set,
		.counts = &d->counts,
		.fragments = d->fragments,
	};

	enum packet_result what;

	segment_begin(ret, f, wire);
	what = packet_end(&d->counts, packet_walk(&w, link_first(&w, f->link)), ret);
	if (ret->payload.n && packet_lasting(f, ret))
		ret->at = payload_at(f, ret);
	return what;
}

enum packet_result
packet_decode(struct packet_decoder *d, const struct frame *f, struct segment *ret)
{
	uint32_t wire = frame_wire(f);

	d->counts.frames++;
	if (!plain_tcp(f, wire, ret))
		return decode_steps(d, f, wire, ret);
	d->counts.truncated += ret->payload.n < ret->wire_len;
	return PACKET_TCP;
}
