/*
 * From a pair of endpoints to its connection: open addressing, linear probing, seeded XXH3 over
 * the ordered pair, deletion by shifting back. Connections live in slabs, so their addresses
 * stay and they are named by 32 bits.
 */
#ifndef MS_STREAM_FLOWTABLE_H
#define MS_STREAM_FLOWTABLE_H

#include "event/endpoint.h"

struct conn;
struct streams;
struct slab;

#define CONN_NONE UINT32_MAX

struct slot {
	uint32_t tag;   /* low bits of the hash */
	uint32_t index; /* CONN_NONE: empty */
};

struct flowtable {
	struct streams *owner;
	struct slot *slots;
	uint32_t mask; /* slots - 1 */
	uint32_t used;
	struct slab **slabs;
	uint32_t n_slabs;
	uint32_t free;  /* first connection that was given back */
	uint32_t fresh; /* first one that was never used */
	uint64_t seed;
};

void flowtable_init(struct flowtable *t, struct streams *owner);
/* Frees all, connections too. */
void flowtable_done(struct flowtable *t);
/* Both orders of the pair give the same. */
uint32_t flowtable_hash(
	const struct flowtable *t, const struct endpoint *a, const struct endpoint *b);
/* The connection between src and dst; *ret_half is the half that src is. NULL: none. */
struct conn *flowtable_find(const struct flowtable *t, uint32_t hash,
	const struct endpoint *src, const struct endpoint *dst, int *ret_half);
/* Is it this one? Not, if it was given back. *ret_half as above. */
bool flowtable_is(const struct conn *c, const struct endpoint *src, const struct endpoint *dst,
	int *ret_half);
/* For a segment that will come soon: asks the memory for the slot of a hash … */
void flowtable_expect_slot(const struct flowtable *t, uint32_t hash);
/* … and then for the connection that is probably in it; returns that, or NULL. */
struct conn *flowtable_expect(const struct flowtable *t, uint32_t hash);
/* A zeroed connection under that hash; the caller fills its endpoints before the next call. */
struct conn *flowtable_add(struct flowtable *t, uint32_t hash);
void flowtable_del(struct flowtable *t, struct conn *c);
/* Walks all connections by their places; start with *pos = 0; NULL at the end. The one that was
 * returned may be given back meanwhile. */
struct conn *flowtable_next(const struct flowtable *t, uint32_t *pos);
struct conn *flowtable_at(const struct flowtable *t, uint32_t index);
uint32_t flowtable_index(const struct conn *c);
struct streams *flowtable_owner(const struct conn *c);
/* Bytes of the slots and of the connections in use. */
size_t flowtable_memory(const struct flowtable *t);

#endif
