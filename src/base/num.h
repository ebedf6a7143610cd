/* Numbers as digits, without printf: for what is written once an event. */
#ifndef MS_BASE_NUM_H
#define MS_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

#define NUM_TEXT 20 /* digits of UINT64_MAX */

/* Writes n in decimal, without a NUL: at most NUM_TEXT bytes. Returns how many digits that
 * were. */
size_t num_dec(char *out, uint64_t n);
/* Writes the last `width` decimal digits of n, with leading zeros and without a NUL. */
void num_pad(char *out, unsigned width, uint64_t n);

#endif
