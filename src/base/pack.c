/*
 * Word by word: a bit for each that is not zero; for each of these four bits with its form;
 * then their bytes, the low ones first, without the zeros at the top.
 */
#include "base/pack.h"

#include <assert.h>
#include <string.h>

enum {
	WORD = 8,
	NEAR = 8, /* forms 1…8: so many bytes; 9…15: so many bytes less 8, to add to base */
	NEAR_MAX = 6, /* bytes of a distance: three days in nanoseconds */
};

static uint64_t
word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, WORD);
	return w;
}

static unsigned
bytes_of(uint64_t w)
{
	return w ? (71 - (unsigned)__builtin_clzll(w)) / 8 : 1;
}

size_t
pack(const void *from, size_t n, uint64_t base, uint8_t *to)
{
	uint8_t at[PACK_WORDS], forms[PACK_WORDS / 2 + 1] = {0};
	const uint8_t *in = from;
	size_t words = n / WORD, k = 0, map = (words + 7) / 8;
	uint8_t *out = to + map;

	assert(n % WORD == 0 && words <= PACK_WORDS);
	for (size_t i = 0; i < words; i++) {
		at[k] = (uint8_t)i;
		k += word_at(in + i * WORD) != 0;
	}
	memset(to, 0, map);
	for (size_t i = 0; i < k; i++) {
		uint64_t w = word_at(in + at[i] * WORD);
		unsigned bytes = bytes_of(w), near = bytes_of(w - base), form = bytes;

		if (near < bytes && near <= NEAR_MAX) {
			form = NEAR + near;
			bytes = near;
			w -= base;
		}
		to[at[i] / 8] |= (uint8_t)(1 << at[i] % 8);
		forms[i / 2] |= (uint8_t)(form << i % 2 * 4);
		memcpy(out, &w, WORD);
		out += bytes;
	}
	for (size_t i = (k + 1) / 2; i > 0; i--)
		*out++ = forms[i - 1];
	return (size_t)(out - to);
}

void
unpack(const uint8_t *from, size_t packed, uint64_t base, void *to, size_t n)
{
	size_t words = n / WORD, k = 0, map = (words + 7) / 8;
	const uint8_t *end = from + packed, *in = from + map;

	memset(to, 0, n);
	for (size_t i = 0; i < map; i++) {
		for (unsigned bits = from[i]; bits; bits &= bits - 1) {
			unsigned form = end[-1 - (ptrdiff_t)(k / 2)] >> k % 2 * 4 & 15;
			unsigned bytes = form > NEAR ? form - NEAR : form;
			uint64_t w = 0;

			k++;
			if (end - in >= WORD)
				w = word_at(in) & UINT64_MAX >> (64 - 8 * bytes);
			else
				memcpy(&w, in, bytes);
			in += bytes;
			w += form > NEAR ? base : 0;
			memcpy((uint8_t *)to + (i * 8 + (size_t)__builtin_ctz(bits)) * WORD, &w,
				WORD);
		}
	}
	assert(in + (k + 1) / 2 == end);
}
