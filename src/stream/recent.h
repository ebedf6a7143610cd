/*
 * The last delivered bytes of all connections, in one ring: a second copy of some bytes can be
 * compared with the first one as long as that is not overwritten, and memory does not grow with
 * the number of connections.
 */
#ifndef MS_STREAM_RECENT_H
#define MS_STREAM_RECENT_H

#include "base/bytes.h"

struct recent {
	uint8_t *ring; /* NULL until the first byte */
	size_t size;   /* bytes; 0: keep nothing */
	uint64_t at;   /* where the next record goes, in units, counted from 1 */
	size_t offset; /* … in the ring, bytes */
};

/* size_bytes is cut to a multiple of the unit. */
void recent_init(struct recent *r, size_t size_bytes);
void recent_done(struct recent *r);
/* Whose bytes: a flow id and a half. */
struct recent_key {
	uint64_t id;
	uint8_t half;
};
/* Keeps `in`, which begins at seq. *chain is the half's last record, 0 at birth. */
void recent_add(struct recent *r, struct recent_key key, uint32_t *chain, uint32_t seq,
	struct bytes in);
/* Offset in `in`, which begins at seq, of the first byte that differs from what is kept, or
 * SIZE_MAX. */
size_t recent_differs(const struct recent *r, struct recent_key key, uint32_t chain,
	uint32_t seq, struct bytes in);
/* Copies what is kept from seq on, up to n bytes, to out. Returns how many. */
size_t recent_copy(const struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq,
	uint8_t *out, size_t n);
size_t recent_memory(const struct recent *r);

#endif
