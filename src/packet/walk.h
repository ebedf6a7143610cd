/*
 * Private to src/packet: how the loop in packet.c goes from header to header. Every step takes
 * one header off the front and says what comes next, so that tunnels inside tunnels need no
 * recursion.
 */
#ifndef MS_PACKET_WALK_H
#define MS_PACKET_WALK_H

#include "packet/packet.h"

enum next {
	NEXT_ETHERNET, /* MAC addresses, then an EtherType */
	NEXT_TYPE,     /* walk.type is the EtherType of what is in front */
	NEXT_PPPOE,
	NEXT_PPP,
	NEXT_MPLS,
	NEXT_IP, /* the version nibble tells which */
	NEXT_IP4,
	NEXT_IP6,
	NEXT_PROTO, /* walk.type is the IP protocol of what is in front */
	NEXT_GRE,
	END_TCP,
	END_UDP,
	END_NOT_IP,
	END_NOT_TCP,
	END_MALFORMED, /* a header contradicts the packet */
	END_TRUNCATED, /* the snaplen cut a header */
	END_HELD,      /* a fragment was kept */
	END_UNKNOWN_LINK,
};

enum {
	LINK_EN10MB = 1 /* DLT_ number of Ethernet; the others are link.c's */
};

struct fragments;

struct walk {
	struct bytes in; /* captured bytes from the next header on */
	uint32_t wire; /* bytes on the wire from there on, without padding; never less than in.n
			*/
	uint16_t type; /* see enum next */
	struct segment *seg;
	const struct packet_settings *set;
	struct packet_counts *counts;
	struct fragments *fragments;
};

static inline uint16_t
be16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Takes n bytes off the front; they must be there. */
static inline void
walk_skip(struct walk *w, uint32_t n)
{
	w->in.p += n;
	w->in.n -= n;
	w->wire -= n;
}

/* What stands in front is n bytes long, says a header; the rest is padding or a trailer. */
static inline void
walk_limit(struct walk *w, uint32_t n)
{
	w->wire = n;
	if (w->in.n > n)
		w->in.n = n;
}

/* `need` bytes of header are not there: was it the snaplen, or is the packet too short for
 * them? */
static inline enum next
walk_short(const struct walk *w, uint32_t need)
{
	return need > w->wire ? END_MALFORMED : END_TRUNCATED;
}

/* First step of a frame by its DLT_ number. */
enum next link_first(struct walk *w, uint16_t link);
enum next link_ethernet(struct walk *w);
enum next link_type(struct walk *w);
enum next link_pppoe(struct walk *w);
enum next link_ppp(struct walk *w);

enum next ip_any(struct walk *w);
enum next ip_v4(struct walk *w);
enum next ip_v6(struct walk *w);

/* Takes off one extension header of IPv6, or AH; END_NOT_TCP when w->type is none. */
enum next ip_extension(struct walk *w);

/* MPLS label stack (RFC 3032) with what it carries; GRE (RFC 2784, 2890, 2637) up to the
 * EtherType it carries. */
enum next tunnel_mpls(struct walk *w);
enum next tunnel_gre(struct walk *w);
/* In front is the payload of UDP to the VXLAN port. NEXT_ETHERNET, or END_UDP (nothing taken)
 * when it is not VXLAN. */
enum next tunnel_vxlan(struct walk *w);

#endif
