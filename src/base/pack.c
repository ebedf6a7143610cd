/*
 * Eight words at a time: a byte with a bit for each that is not zero, then these words; of the
 * zeros at the end nothing. In front of every second word stands a byte with the forms of two;
 * a word is its low bytes, without the zeros at the top.
 */
#include "base/pack.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum {
	WORD = 8,
	GROUP = 8,
	SAME = 0,     /* forms: as the one before, no bytes; 1…8: so many bytes; */
	NEAR = 8,     /* 9…14: so many bytes less 8, to add to near.time */
	NEAR_MAX = 6, /* bytes of a distance: three days in nanoseconds */
	STEP = 15,    /* 4 bytes, signed, to add to the word before: pointers into one heap */
	STEP_BYTES = 4,
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

/* How a word is written, and how much of what. Only long numbers are worth a look at what they
 * are close to. */
static unsigned
form_of(uint64_t *w, uint64_t before, uint64_t time, unsigned *ret_bytes)
{
	uint64_t far = *w - time, step = *w - before;
	unsigned bytes = step ? bytes_of(*w) : 0, form = bytes;

	if (bytes == WORD && !(far >> (8 * NEAR_MAX))) {
		bytes = bytes_of(far | 1);
		form = NEAR + bytes;
		*w = far;
	}
	if (bytes > STEP_BYTES && step + INT32_MAX + 1 <= UINT32_MAX) {
		bytes = STEP_BYTES;
		form = STEP;
		*w = step;
	}
	*ret_bytes = bytes;
	return form;
}

size_t
pack(const void *from, size_t n, struct pack_near near, uint8_t *to)
{
	const uint8_t *in = from;
	uint8_t *out = to, *end = to, *forms = NULL;
	uint64_t before = near.heap;

	assert(n % WORD == 0 && n / WORD <= PACK_WORDS);
	for (size_t left = n / WORD; left; left -= left < GROUP ? left : GROUP) {
		unsigned bits = nonzero(in, left);

		*out++ = (uint8_t)bits;
		for (; bits; bits &= bits - 1) {
			uint64_t w = word_at(in + (size_t)__builtin_ctz(bits) * WORD), is = w;
			unsigned bytes, form = form_of(&w, before, near.time, &bytes);

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
			end = out;
		}
		in += GROUP * WORD;
	}
	return (size_t)(end - to);
}

/* By form. */
static const uint8_t bytes_in[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, STEP_BYTES};

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

static uint64_t
step_at(const uint8_t *in)
{
	int32_t step;

	memcpy(&step, in, sizeof(step));
	return (uint64_t)step;
}

void
unpack(const uint8_t *from, size_t packed, struct pack_near near, void *to, size_t n)
{
	const uint8_t *in = from, *end = from + packed;
	uint8_t *out = to;
	uint64_t before = near.heap;
	unsigned forms = 0;
	bool second = false;

	memset(to, 0, n);
	for (; in < end; out += GROUP * WORD) {
		for (unsigned bits = *in++; bits; bits &= bits - 1) {
			unsigned form;

			forms = second ? forms >> 4 : *in++;
			second = !second;
			form = forms & 15;
			if (form == STEP)
				before += step_at(in);
			else if (form != SAME)
				before = number_at(in, end, bytes_in[form]) +
					 (form > NEAR ? near.time : 0);
			in += bytes_in[form];
			memcpy(out + (size_t)__builtin_ctz(bits) * WORD, &before, WORD);
		}
	}
	assert(in == end);
}
