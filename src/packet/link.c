/* Link layers: from the frame to the first IP header. */
#include <string.h>

#include "packet/walk.h"

/* DLT_ numbers as libpcap gives them for capture files and devices. */
enum {
	LINK_NULL = 0,
	LINK_PPP = 9,
	LINK_RAW = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_SERIAL = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW_FILE = 101,
	LINK_C_HDLC = 104,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

enum {
	TYPE_LENGTH_MAX =
		0x05dc, /* IEEE 802.3: up to here it is a length, an LLC header follows */
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100,     /* 802.1Q */
	TYPE_VLAN_AD = 0x88a8,  /* 802.1ad, the outer tag */
	TYPE_VLAN_OLD = 0x9100, /* QinQ before 802.1ad */
	TYPE_TEB = 0x6558,      /* transparent Ethernet bridging, RFC 1701 */
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_UPSTREAM = 0x8848,
	TYPE_PPPOE_SESSION = 0x8864,
	TYPE_PPP = 0x880b,
};

enum {
	ETHERNET_BYTES = 14,
	SLL_BYTES = 16,
	SLL2_BYTES = 20,
	AF_BYTES = 4,
	TAG_BYTES = 4
};

static bool
is_tag(uint16_t type)
{
	return type == TYPE_VLAN || type == TYPE_VLAN_AD || type == TYPE_VLAN_OLD;
}

/* A header of `bytes` bytes whose EtherType is at offset `at`. */
static enum next
link_typed(struct walk *w, uint32_t bytes, uint32_t at)
{
	if (w->in.n < bytes)
		return walk_short(w, bytes);
	w->type = be16_at(w->in.p + at);
	walk_skip(w, bytes);
	return NEXT_TYPE;
}

enum next
link_ethernet(struct walk *w)
{
	enum next next = link_typed(w, ETHERNET_BYTES, 12);

	return next == NEXT_TYPE && w->type == TYPE_IPV4 ? NEXT_IP4 : next;
}

/*
 * An address family in front of the packet: in the byte order of the machine that captured
 * (DLT_NULL), or big-endian (DLT_LOOP). Families are small numbers, so the order shows. IPv6
 * has a number of its own on every system.
 */
static enum next
link_family(struct walk *w)
{
	uint32_t family;

	if (w->in.n < AF_BYTES)
		return walk_short(w, AF_BYTES);
	family = be32_at(w->in.p);
	if (family > UINT16_MAX)
		family = __builtin_bswap32(family);
	walk_skip(w, AF_BYTES);
	switch (family) {
	case 2:
		return NEXT_IP4;
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return NEXT_IP6;
	default:
		return END_NOT_IP;
	}
}

enum next
link_first(struct walk *w, uint16_t link)
{
	switch (link) {
	case LINK_EN10MB:
		return link_ethernet(w);
	case LINK_NULL:
	case LINK_LOOP:
		return link_family(w);
	case LINK_RAW:
	case LINK_RAW_OPENBSD:
	case LINK_RAW_FILE:
		return NEXT_IP;
	case LINK_IPV4:
		return NEXT_IP4;
	case LINK_IPV6:
		return NEXT_IP6;
	case LINK_SLL: /* type, ARPHRD, address length, address (8), protocol */
		return link_typed(w, SLL_BYTES, 14);
	case LINK_SLL2: /* protocol, reserved, interface, ARPHRD, type, address length, address
			   (8) */
		return link_typed(w, SLL2_BYTES, 0);
	case LINK_C_HDLC: /* address, control, protocol (RFC 1547) */
		return link_typed(w, 4, 2);
	case LINK_PPP:
	case LINK_PPP_SERIAL:
		return NEXT_PPP;
	case LINK_PPP_ETHER:
		return NEXT_PPPOE;
	default:
		return END_UNKNOWN_LINK;
	}
}

/* RFC 1042: LLC AA AA 03, organisation 0, then an EtherType. Nothing else under LLC carries IP
 * today. */
static enum next
link_llc(struct walk *w)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};
	uint32_t bytes = sizeof(snap) + 2;

	if (w->wire < bytes)
		return END_NOT_IP;
	if (w->in.n < bytes)
		return END_TRUNCATED;
	if (memcmp(w->in.p, snap, sizeof(snap)) != 0)
		return END_NOT_IP;
	w->type = be16_at(w->in.p + sizeof(snap));
	walk_skip(w, bytes);
	return w->type > TYPE_LENGTH_MAX ? NEXT_TYPE : END_NOT_IP;
}

/* VLAN tags to the last; the outer two are reported. VLAN 0 is a priority tag and names no VLAN
 * (802.1Q 9.6). */
static enum next
link_tags(struct walk *w)
{
	do {
		uint16_t vlan;

		if (w->in.n < TAG_BYTES)
			return walk_short(w, TAG_BYTES);
		vlan = be16_at(w->in.p) & 0x0fff;
		if (vlan && w->seg->n_vlan < 2)
			w->seg->vlan[w->seg->n_vlan++] = vlan;
		w->type = be16_at(w->in.p + 2);
		walk_skip(w, TAG_BYTES);
	} while (is_tag(w->type));
	return NEXT_TYPE;
}

enum next
link_type(struct walk *w)
{
	switch (w->type) {
	case TYPE_IPV4:
		return NEXT_IP4;
	case TYPE_IPV6:
		return NEXT_IP6;
	case TYPE_VLAN:
	case TYPE_VLAN_AD:
	case TYPE_VLAN_OLD:
		return link_tags(w);
	case TYPE_TEB:
		return NEXT_ETHERNET;
	case TYPE_MPLS:
	case TYPE_MPLS_UPSTREAM:
		return NEXT_MPLS;
	case TYPE_PPPOE_SESSION:
		return NEXT_PPPOE;
	case TYPE_PPP:
		return NEXT_PPP;
	default:
		return w->type <= TYPE_LENGTH_MAX ? link_llc(w) : END_NOT_IP;
	}
}

/* RFC 2516 section 4: version and type, code, session, length of what follows. Code 0 is data.
 */
enum next
link_pppoe(struct walk *w)
{
	uint32_t bytes = 6, length;

	if (w->in.n < bytes)
		return walk_short(w, bytes);
	if (w->in.p[0] != 0x11 || w->in.p[1] != 0)
		return END_NOT_IP;
	length = be16_at(w->in.p + 4);
	walk_skip(w, bytes);
	if (length < w->wire)
		walk_limit(w, length);
	return NEXT_PPP;
}

/* RFC 1661 section 2, RFC 1662 section 3.1: address and control may stand before, the protocol
 * may be one odd byte. */
enum next
link_ppp(struct walk *w)
{
	uint32_t bytes = 2;

	if (w->in.n >= 1 && w->in.p[0] == 0xff) { /* no protocol begins so */
		if (w->in.n < 2)
			return walk_short(w, 2);
		walk_skip(w, 2);
	}
	if (w->in.n >= 1 && (w->in.p[0] & 1))
		bytes = 1;
	if (w->in.n < bytes)
		return walk_short(w, bytes);
	w->type = bytes == 1 ? w->in.p[0] : be16_at(w->in.p);
	walk_skip(w, bytes);
	switch (w->type) {
	case 0x0021:
		return NEXT_IP4;
	case 0x0057:
		return NEXT_IP6;
	case 0x0281:
	case 0x0283:
		return NEXT_MPLS;
	default:
		return END_NOT_IP;
	}
}
