/* Numbers as digits, without printf: for what is written once an event. */
#ifndef MS_BASE_NUM_H
#define MS_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUM_TEXT 20 /* digits of UINT64_MAX */

/* Writes n in decimal, without a NUL: at most NUM_TEXT bytes. Returns how many digits that
 * were. */
size_t num_dec(char *out, uint64_t n);
extern const char num_pairs[]; /* "000102…99" */

/* Writes the last `width` decimal digits of n, with leading zeros and without a NUL. Here, so
 * that a width that is known when compiling needs no loop. */
static inline void
num_pad(char *out, unsigned width, uint64_t n)
{
	while (width >= 2) {
		width -= 2;
		memcpy(out + width, num_pairs + n % 100 * 2, 2);
		n /= 100;
	}
	if (width)
		out[0] = (char)('0' + n % 10);
}

#endif
