/*
 * A struct that is mostly zeros, written short: for what there is a million of and what is
 * seldom looked at. Pointers in it stay good, they are numbers like others.
 */
#ifndef MS_BASE_PACK_H
#define MS_BASE_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Words of 8 bytes at most. */
#define PACK_WORDS 256
/* Bytes that n bytes can come to at worst. */
#define PACK_MOST(n) ((n) + (n) / 8 + 16)

/* What numbers of the struct are close to, which makes them short. */
struct pack_near {
	uint64_t time; /* most times in it; 0: none */
	uint64_t heap; /* the first pointer in it; 0: nothing known */
};

/*
 * Writes the n bytes at `from`, a multiple of 8, to `to`; returns how many it became. A number
 * close above near.time is written as its distance, a long one close to the word before it as
 * the step between them.
 */
size_t pack(const void *from, size_t n, struct pack_near near, uint8_t *to);
/* Back again: `packed` bytes that pack() made of n. */
void unpack(const uint8_t *from, size_t packed, struct pack_near near, void *to, size_t n);

#endif
