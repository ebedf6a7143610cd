#include "model/facts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

_Static_assert(FACTS <= 40, "facts.has has too few bits");

#define BIT(k) (UINT64_C(1) << (k))

/*
 * Entries: kind, content, and between them its length where that is not seen by itself. A place
 * is so many numbers; one that equals one of the kinds that never change is written as that
 * kind alone, and its own kind says so.
 */
#define VARINT 10 /* octets of a 64-bit number at most */
#define PLACE_NUMBERS 6
#define PLACE_MAX (PLACE_NUMBERS * VARINT)
#define SAME_LEN 1
#define SAME 0x80 /* in the kind */
_Static_assert(FACTS <= SAME, "a kind leaves a bit");

static uint8_t *
put_number(uint8_t *p, uint64_t n)
{
	for (; n > 0x7f; n >>= 7)
		*p++ = (uint8_t)(n | 0x80);
	*p++ = (uint8_t)n;
	return p;
}

static uint64_t
take_number(const uint8_t **p)
{
	uint64_t n = **p & 0x7f;

	for (unsigned shift = 7; *(*p)++ & 0x80; shift += 7)
		n |= (uint64_t)(**p & 0x7f) << shift;
	return n;
}

struct entry {
	const uint8_t *start; /* of the entry itself */
	enum fact kind;
	struct bytes content;
};

/* Octets of a place: the last of each number has its top bit clear. */
static size_t
place_len(const uint8_t *p)
{
	size_t n = 0;

	for (unsigned left = PLACE_NUMBERS; left; n++)
		left -= p[n] < 0x80;
	return n;
}

static struct entry
entry_at(const uint8_t *p)
{
	struct entry e = {.start = p, .kind = (enum fact)(*p & ~SAME), .content.n = SAME_LEN};
	bool same = *p++ & SAME;

	if (e.kind >= FACTS_AT_END)
		e.content.n = take_number(&p);
	else if (!same)
		e.content.n = place_len(p);
	e.content.p = p;
	return e;
}

static struct entry
entry_find(const struct facts *f, enum fact k)
{
	struct entry e;

	assert(facts_has(f, k));
	for (e = entry_at(f->p); e.kind != k;)
		e = entry_at(e.content.p + e.content.n);
	return e;
}

/* Memory grows in steps, so that most entries find room. Entries that were dropped leave more
 * than this says. */
static size_t
room_for(size_t n)
{
	return (n + 31) / 32 * 32;
}

static void
entry_add(struct facts *f, enum fact k, bool same, struct bytes content)
{
	uint8_t head[1 + VARINT];
	size_t n = k < FACTS_AT_END ? 1 : (size_t)(put_number(head + 1, content.n) - head);

	head[0] = (uint8_t)(same ? k | SAME : k);
	if (room_for(f->n + n + content.n) > room_for(f->n))
		f->p = mem_grow(f->p, room_for(f->n + n + content.n));
	memcpy(f->p + f->n, head, n);
	memcpy(f->p + f->n + n, content.p, content.n);
	f->n += (uint32_t)(n + content.n);
	f->has |= BIT(k);
}

static void
entry_drop(struct facts *f, enum fact k)
{
	struct entry e;
	size_t at, end;

	if (!facts_has(f, k))
		return;
	e = entry_find(f, k);
	at = (size_t)(e.start - f->p);
	end = (size_t)(e.content.p - f->p) + e.content.n;
	memmove(f->p + at, f->p + end, f->n - end);
	f->n -= (uint32_t)(end - at);
	f->has &= ~BIT(k);
}

/* places */

static size_t
place_pack(uint8_t *out, const struct place *at, uint64_t base)
{
	uint64_t after = (uint64_t)at->ts_ns - base;
	uint8_t *p = out;

	/* Packets may be out of order: the sign goes into the lowest bit. */
	p = put_number(p, after << 1 ^ -(after >> 63));
	p = put_number(p, at->packet);
	p = put_number(p, at->offset);
	p = put_number(p, at->acked + 1); /* PLACE_NO_ACK is 0 */
	p = put_number(p, at->len);
	p = put_number(p, (uint64_t)at->input << 2 | (at->cover & 1u) << 1 | (at->dir & 1u));
	return (size_t)(p - out);
}

static struct place
place_unpack(const uint8_t *p, uint64_t base)
{
	struct place at;
	uint64_t n = take_number(&p);

	at.ts_ns = (int64_t)(base + (n >> 1 ^ -(n & 1)));
	at.packet = take_number(&p);
	at.offset = take_number(&p);
	at.acked = take_number(&p) - 1;
	at.len = (uint32_t)take_number(&p);
	n = take_number(&p);
	at.input = (uint16_t)(n >> 2);
	at.cover = n >> 1 & 1;
	at.dir = n & 1;
	return at;
}

/* A kind with the same place that is never replaced, or k. */
static enum fact
same_place(const struct facts *f, enum fact k, struct bytes packed)
{
	const uint8_t *p = f->p, *end = f->p + f->n;

	while (p < end) {
		struct entry e = entry_at(p);

		if (e.kind < AT_CAPS_CLEAR && bytes_eq(e.content, packed))
			return e.kind;
		p = e.content.p + e.content.n;
	}
	return k;
}

static void
place_add(struct facts *f, enum fact k, const struct place *at)
{
	uint8_t packed[PLACE_MAX], other;
	struct bytes content = {packed, 0};
	enum fact same;

	if (!(f->has & (BIT(FACTS_AT_END) - 1)))
		f->base_ns = at->ts_ns;
	content.n = place_pack(packed, at, (uint64_t)f->base_ns);
	same = same_place(f, k, content);
	other = (uint8_t)same;
	if (same != k)
		content = (struct bytes){&other, SAME_LEN};
	entry_add(f, k, same != k, content);
}

void
facts_first(struct facts *f, enum fact k, const struct place *at)
{
	if (!facts_has(f, k) && at->packet)
		place_add(f, k, at);
}

void
facts_last(struct facts *f, enum fact k, const struct place *at)
{
	entry_drop(f, k);
	if (at->packet)
		place_add(f, k, at);
}

struct place
facts_at(const struct facts *f, enum fact k)
{
	struct entry e;

	if (!facts_has(f, k))
		return (struct place){0};
	e = entry_find(f, k);
	if (e.content.n == SAME_LEN)
		e = entry_find(f, *e.content.p);
	return place_unpack(e.content.p, (uint64_t)f->base_ns);
}

/* texts and words */

void
facts_put(struct facts *f, enum fact k, struct bytes text)
{
	entry_drop(f, k);
	if (!text.n)
		return;
	entry_add(f, k, false, text);
}

struct bytes
facts_text(const struct facts *f, enum fact k)
{
	return facts_has(f, k) ? entry_find(f, k).content : BYTES_NONE;
}

void
facts_name(struct facts *f, enum fact k, const char *word)
{
	facts_put(f, k, (struct bytes){(const uint8_t *)&word, word ? sizeof(word) : 0});
}

const char *
facts_word(const struct facts *f, enum fact k)
{
	const char *word = NULL;

	if (facts_has(f, k))
		memcpy(&word, entry_find(f, k).content.p, sizeof(word));
	return word;
}

void
facts_copy(struct facts *f, const uint8_t *from)
{
	if (!f->n)
		return;
	f->p = mem_grow(NULL, room_for(f->n));
	memcpy(f->p, from, f->n);
}

void
facts_done(struct facts *f)
{
	free(f->p);
	*f = (struct facts){0};
}
