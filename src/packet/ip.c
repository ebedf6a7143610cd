/* IPv4 (RFC 791) and IPv6 (RFC 8200) with extension headers, up to TCP, UDP or the next tunnel.
 */
#include <string.h>

#include "packet/fragment.h"

enum {
	IP4_BYTES = 20,
	IP6_BYTES = 40
};

enum {
	IP4_MORE = 0x2000,
	IP4_OFFSET = 0x1fff
};

enum { /* IP protocols, IANA */
	PROTO_HOP_BY_HOP = 0,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AH = 51,
	PROTO_DEST_OPTIONS = 60,
	PROTO_MOBILITY = 135,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140,
};

enum next
ip_any(struct walk *w)
{
	if (!w->in.n)
		return walk_short(w, 1);
	switch (w->in.p[0] >> 4) {
	case 4:
		return NEXT_IP4;
	case 6:
		return NEXT_IP6;
	default:
		return END_NOT_IP;
	}
}

static void
ip4_addresses(struct segment *seg, const uint8_t *p)
{
	memset(seg->src.addr, 0, sizeof(seg->src.addr));
	memset(seg->dst.addr, 0, sizeof(seg->dst.addr));
	memcpy(seg->src.addr, p + 12, 4);
	memcpy(seg->dst.addr, p + 16, 4);
	seg->src.family = seg->dst.family = 4;
	seg->ttl = p[8];
}

enum next
ip_v4(struct walk *w)
{
	const uint8_t *p = w->in.p;
	uint32_t header, total;
	uint16_t part;

	if (w->in.n < IP4_BYTES)
		return walk_short(w, IP4_BYTES);
	header = (p[0] & 15) * 4u;
	total = be16_at(p + 2);
	if (!total) /* segmentation offload: the card fills it in after we were shown the packet
		     */
		total = w->wire;
	if (p[0] >> 4 != 4 || header < IP4_BYTES || total < header)
		return END_MALFORMED;
	walk_limit(w, total);
	if (w->in.n < header)
		return walk_short(w, header);
	ip4_addresses(w->seg, p);
	w->type = p[9];
	walk_skip(w, header);
	part = be16_at(p + 6);
	if (__builtin_expect(part & (IP4_MORE | IP4_OFFSET), 0)) {
		struct fragment f = {.id = be16_at(p + 4),
			.offset = (part & IP4_OFFSET) * 8u,
			.more = part & IP4_MORE,
			.proto = p[9]};

		return fragments_add(w->fragments, w, &f);
	}
	return NEXT_PROTO;
}

/* RFC 8200 4.5: next header, reserved, offset and more-flag, identification. */
static enum next
ip6_fragment(struct walk *w)
{
	struct fragment f;
	uint16_t part;

	if (w->in.n < 8)
		return walk_short(w, 8);
	part = be16_at(w->in.p + 2);
	f = (struct fragment){.id = be32_at(w->in.p + 4),
		.offset = part & 0xfff8,
		.more = part & 1,
		.proto = w->in.p[0]};
	walk_skip(w, 8);
	w->type = f.proto;
	if (!f.offset &&
		!f.more) /* atomic, RFC 6946: whole, and no matter what else has this id */
		return NEXT_PROTO;
	return fragments_add(w->fragments, w, &f);
}

/*
 * Headers that only stand before the content; the first byte names the next one, the second the
 * length: in units of 8 bytes beyond the first 8 (RFC 8200 4.2), for AH in units of 4 beyond
 * the first 8 (RFC 4302 2.2).
 */
static bool
is_extension(uint16_t proto)
{
	return proto == PROTO_HOP_BY_HOP || proto == PROTO_ROUTING ||
	       proto == PROTO_DEST_OPTIONS || proto == PROTO_AH || proto == PROTO_MOBILITY ||
	       proto == PROTO_HIP || proto == PROTO_SHIM6;
}

enum next
ip_extension(struct walk *w)
{
	uint32_t bytes;

	if (w->type == PROTO_FRAGMENT)
		return ip6_fragment(w);
	if (!is_extension(w->type))
		return END_NOT_TCP;
	if (w->in.n < 2)
		return walk_short(w, 2);
	bytes = w->type == PROTO_AH ? (w->in.p[1] + 2u) * 4 : (w->in.p[1] + 1u) * 8;
	if (w->in.n < bytes)
		return walk_short(w, bytes);
	w->type = w->in.p[0];
	walk_skip(w, bytes);
	return NEXT_PROTO;
}

enum next
ip_v6(struct walk *w)
{
	const uint8_t *p = w->in.p;
	struct segment *seg = w->seg;
	uint32_t length;

	if (w->in.n < IP6_BYTES)
		return walk_short(w, IP6_BYTES);
	if (p[0] >> 4 != 6)
		return END_MALFORMED;
	length = be16_at(p + 4);
	memcpy(seg->src.addr, p + 8, 16);
	memcpy(seg->dst.addr, p + 24, 16);
	seg->src.family = seg->dst.family = 6;
	seg->ttl = p[7];
	w->type = p[6];
	walk_skip(w, IP6_BYTES);
	if (length) /* 0: a jumbogram (RFC 2675) or segmentation offload; up to the end of the
		       frame */
		walk_limit(w, length);
	return NEXT_PROTO;
}
