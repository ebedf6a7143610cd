/*
 * Private to src/packet: puts IP datagrams together, RFC 791 section 3.2 and RFC 8200
 * section 4.5. Fragments in any order; where they overlap the first copy wins.
 */
#ifndef MS_PACKET_FRAGMENT_H
#define MS_PACKET_FRAGMENT_H

#include "packet/walk.h"

struct fragment {
	uint32_t id;
	uint32_t offset; /* bytes from the beginning of the datagram, a multiple of 8 */
	bool more;       /* others follow */
	uint8_t proto;   /* of the datagram's content, as this fragment says */
};

struct fragments *fragments_new(const struct packet_settings *s, struct packet_counts *counts);
void fragments_free(struct fragments **f);
/*
 * In front of `w` is the data of one fragment; addresses and family are in w->seg->src and dst.
 * Copies what is new. When that completes the datagram, `w` goes on with its content (valid
 * until the next completion) and NEXT_PROTO comes out; else END_HELD, or END_MALFORMED for a
 * length that no fragment can have. The content ends early where the snaplen cut a fragment.
 */
enum next fragments_add(struct fragments *f, struct walk *w, const struct fragment *part);
/* Bytes held. */
size_t fragments_memory(const struct fragments *f);

#endif
