/* What carries packets inside packets and is not IP itself: MPLS, GRE with ERSPAN, VXLAN. */
#include "packet/walk.h"

enum {
	LABEL_BYTES = 4,
	CONTROL_WORD_BYTES = 4,
	GRE_BYTES = 4,
	VXLAN_BYTES = 8
};

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, /* version 1, RFC 2637 section 4.1 */
	GRE_VERSION = 0x0007,
	GRE_TYPE_ERSPAN = 0x88be,
	GRE_TYPE_ERSPAN3 = 0x22eb,
};

/* Does an Ethernet header at offset `at` name something that Ethernet carries? */
static bool
looks_ethernet(struct bytes in, size_t at)
{
	static const uint16_t known[] = {
		0x0800, 0x86dd, 0x8100, 0x88a8, 0x9100, 0x0806, 0x8847, 0x8863, 0x8864};
	uint16_t type;

	if (in.n < at + 14)
		return false;
	type = be16_at(in.p + at + 12);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (type == known[i])
			return true;
	return false;
}

static bool
looks_ip4(const struct walk *w)
{
	return w->in.n >= 20 && (w->in.p[0] & 15) >= 5 && be16_at(w->in.p + 2) <= w->wire;
}

static bool
looks_ip6(const struct walk *w)
{
	return w->in.n >= 40 && be16_at(w->in.p + 4) + 40u <= w->wire;
}

/*
 * The label does not say what it carries. RFC 4928 section 2: the first nibble is 4 or 6 for
 * IP; RFC 4385 section 3: 0 for the control word of a pseudowire. A pseudowire without control
 * word starts with any MAC address, so each is looked at twice.
 */
static enum next
mpls_payload(struct walk *w)
{
	uint8_t nibble;

	if (!w->in.n)
		return walk_short(w, 1);
	nibble = w->in.p[0] >> 4;
	if (nibble == 4 && (looks_ip4(w) || !looks_ethernet(w->in, 0)))
		return NEXT_IP4;
	if (nibble == 6 && (looks_ip6(w) || !looks_ethernet(w->in, 0)))
		return NEXT_IP6;
	if (nibble == 0 && looks_ethernet(w->in, CONTROL_WORD_BYTES)) {
		walk_skip(w, CONTROL_WORD_BYTES);
		return NEXT_ETHERNET;
	}
	return looks_ethernet(w->in, 0) ? NEXT_ETHERNET : END_NOT_IP;
}

/* RFC 3032 section 2.1: label, class, bottom-of-stack bit, TTL. */
enum next
tunnel_mpls(struct walk *w)
{
	bool bottom;

	do {
		if (w->in.n < LABEL_BYTES)
			return walk_short(w, LABEL_BYTES);
		bottom = w->in.p[2] & 1;
		walk_skip(w, LABEL_BYTES);
	} while (!bottom);
	return mpls_payload(w);
}

/*
 * A mirrored frame, draft-foschiano-erspan section 4. Type I has no header and no GRE sequence
 * number, type II has 8 bytes, type III 12 and, when its last bit says so, 8 more.
 */
static enum next
gre_erspan(struct walk *w, uint16_t flags)
{
	uint32_t bytes = w->type == GRE_TYPE_ERSPAN3 ? 12 : 8;

	if (w->type == GRE_TYPE_ERSPAN && !(flags & GRE_SEQUENCE))
		return NEXT_ETHERNET;
	if (w->in.n < bytes)
		return walk_short(w, bytes);
	if (w->type == GRE_TYPE_ERSPAN3 && (w->in.p[11] & 1))
		bytes += 8;
	if (w->in.n < bytes)
		return walk_short(w, bytes);
	walk_skip(w, bytes);
	return NEXT_ETHERNET;
}

/* RFC 2784 section 2, RFC 2890 section 2; version 1 is PPTP, RFC 2637 section 4.1. */
enum next
tunnel_gre(struct walk *w)
{
	uint32_t bytes = GRE_BYTES;
	uint16_t flags;

	if (w->in.n < bytes)
		return walk_short(w, bytes);
	flags = be16_at(w->in.p);
	w->type = be16_at(w->in.p + 2);
	if ((flags & GRE_VERSION) > 1 || (flags & GRE_ROUTING))
		return END_NOT_TCP;
	bytes += flags & GRE_CHECKSUM ? 4 : 0;
	bytes += flags & GRE_KEY ? 4 : 0;
	bytes += flags & GRE_SEQUENCE ? 4 : 0;
	bytes += (flags & GRE_VERSION) == 1 && (flags & GRE_ACK) ? 4 : 0;
	if (w->in.n < bytes)
		return walk_short(w, bytes);
	walk_skip(w, bytes);
	if (!w->wire) /* an acknowledgment of PPTP, or a keep-alive */
		return END_NOT_TCP;
	if (w->type == GRE_TYPE_ERSPAN || w->type == GRE_TYPE_ERSPAN3)
		return gre_erspan(w, flags);
	return NEXT_TYPE;
}

/* RFC 7348 section 5: flags with the I bit, reserved, network identifier, reserved. */
enum next
tunnel_vxlan(struct walk *w)
{
	if (w->wire < VXLAN_BYTES)
		return END_UDP;
	if (w->in.n < VXLAN_BYTES)
		return END_TRUNCATED;
	if (!(w->in.p[0] & 0x08))
		return END_UDP;
	walk_skip(w, VXLAN_BYTES);
	return NEXT_ETHERNET;
}
