/*
 * What was delivered last of all connections, in one ring: a second copy of some bytes can be
 * compared with the first one as long as that is not overwritten, and memory does not grow with
 * the number of connections.
 *
 * A longer segment that stands in a file is not copied: where it stands is noted, and it is
 * read again when a second copy comes, which is rare. A few bytes of it are noted, too: a file
 * that was written over meanwhile is not taken for what was there.
 */
#ifndef MS_STREAM_RECENT_H
#define MS_STREAM_RECENT_H

#include "stream/stream.h"

struct recent {
	uint8_t *ring;             /* NULL until the first byte */
	size_t size;               /* bytes; 0: keep nothing */
	uint64_t at;               /* where the next record goes, in units, counted from 1 */
	size_t offset;             /* … in the ring, bytes */
	struct stream_again again; /* ->read NULL: all is copied */
	uint8_t *room;             /* for what is read again */
	size_t cap_room;
};

/* size_bytes is cut to a multiple of the unit. */
void recent_init(struct recent *r, size_t size_bytes);
void recent_done(struct recent *r);
/* Whose bytes: a flow id (48 bits) and a half. */
struct recent_key {
	uint64_t id;
	uint8_t half;
};
struct recent_piece {
	struct bytes in; /* borrowed */
	uint32_t seq;    /* of the first */
	uint16_t input;
	uint64_t at; /* as segment.at; 0: nowhere */
};
/* Keeps a piece, or notes where it stands. *chain is the half's last record, 0 at birth. */
void recent_add(struct recent *r, struct recent_key key, uint32_t *chain,
	const struct recent_piece *piece);
/* Offset in `in`, which begins at seq, of the first byte that differs from what is kept, or
 * SIZE_MAX. What cannot be read again does not differ. */
size_t recent_differs(
	struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq, struct bytes in);
/* Copies what is kept from seq on, up to n bytes, to out. Returns how many. */
size_t recent_copy(struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq,
	uint8_t *out, size_t n);
size_t recent_memory(const struct recent *r);

#endif
