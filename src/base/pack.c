/*
 * Eight words at a time: a byte with a bit for each that is not zero, then these words. In
 * front of every second of them stands a byte with the forms of two; a word is its low bytes,
 * without the zeros at the top.
 */
#include "base/pack.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum {
	WORD = 8,
	GROUP = 8,
	SAME = 0,     /* forms: as the one before, no bytes; 1…8: so many bytes; */
	NEAR = 8,     /* 9…15: so many bytes less 8, to add to base */
	NEAR_MAX = 6, /* bytes of a distance: three days in nanoseconds */
};

static uint64_t
word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, WORD);
	return w;
}

/* Of a number that is not 0. */
static unsigned
bytes_of(uint64_t w)
{
	return 8 - (unsigned)__builtin_clzll(w) / 8;
}

/* A bit for each word that is not zero, of a group or what is left of one. A loop of known
 * length is unrolled; from the last word on, a bit takes three instructions. */
static unsigned
nonzero(const uint8_t *p, size_t words)
{
	unsigned bits = 0;

	if (words < GROUP) {
		while (words--)
			bits = bits * 2 + (word_at(p + words * WORD) != 0);
		return bits;
	}
	for (size_t i = GROUP; i-- > 0;)
		bits = bits * 2 + (word_at(p + i * WORD) != 0);
	return bits;
}

/* How a word is written, and how much of what. Only long numbers are worth a look at base. */
static unsigned
form_of(uint64_t *w, uint64_t before, uint64_t base, unsigned *ret_bytes)
{
	unsigned bytes = bytes_of(*w);

	*ret_bytes = *w == before ? 0 : bytes;
	if (bytes < WORD || *w == before || (*w - base) >> (8 * NEAR_MAX))
		return *ret_bytes;
	*w -= base;
	*ret_bytes = bytes_of(*w | 1);
	return NEAR + *ret_bytes;
}

size_t
pack(const void *from, size_t n, uint64_t base, uint8_t *to)
{
	const uint8_t *in = from;
	uint8_t *out = to, *forms = NULL;
	uint64_t before = 0;

	assert(n % WORD == 0 && n / WORD <= PACK_WORDS);
	for (size_t left = n / WORD; left; left -= left < GROUP ? left : GROUP) {
		unsigned bits = nonzero(in, left);

		*out++ = (uint8_t)bits;
		for (; bits; bits &= bits - 1) {
			uint64_t w = word_at(in + (size_t)__builtin_ctz(bits) * WORD), is = w;
			unsigned bytes, form = form_of(&w, before, base, &bytes);

			before = is;
			if (forms) {
				*forms |= (uint8_t)(form << 4);
				forms = NULL;
			} else {
				forms = out++;
				*forms = (uint8_t)form;
			}
			memcpy(out, &w, WORD);
			out += bytes;
		}
		in += GROUP * WORD;
	}
	return (size_t)(out - to);
}

/* The number of so many bytes at `in`; nothing behind `end` is read. */
static uint64_t
number_at(const uint8_t *in, const uint8_t *end, unsigned bytes)
{
	uint64_t w = 0;

	if (end - in >= WORD)
		return word_at(in) & ~(bytes < WORD ? UINT64_MAX << 8 * bytes : 0);
	memcpy(&w, in, bytes);
	return w;
}

void
unpack(const uint8_t *from, size_t packed, uint64_t base, void *to, size_t n)
{
	const uint8_t *in = from, *end = from + packed;
	uint8_t *out = to;
	uint64_t before = 0;
	unsigned forms = 0;
	bool second = false;

	memset(to, 0, n);
	for (; in < end; out += GROUP * WORD) {
		for (unsigned bits = *in++; bits; bits &= bits - 1) {
			unsigned form, bytes;

			forms = second ? forms >> 4 : *in++;
			second = !second;
			form = forms & 15;
			bytes = form > NEAR ? form - NEAR : form;
			if (form != SAME)
				before = number_at(in, end, bytes) + (form > NEAR ? base : 0);
			in += bytes;
			memcpy(out + (size_t)__builtin_ctz(bits) * WORD, &before, WORD);
		}
	}
	assert(in == end);
}
