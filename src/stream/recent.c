#include "stream/recent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "base/prefetch.h"

/* Records begin at multiples of a unit. WALK: records looked at for one comparison. */
enum {
	UNIT = 32,
	WALK = 64,
	EXPECTED = 1536, /* bytes: a segment that fills its frame, and its header */
	HUGE_BYTES = 2 << 20,
};

struct record {
	uint64_t id;
	uint32_t seq, len;
	uint32_t prev; /* low bits of the place of the half's record before */
	uint8_t half;
};
_Static_assert(sizeof(struct record) <= UNIT, "a header takes one unit");

void
recent_init(struct recent *r, size_t size_bytes)
{
	*r = (struct recent){.size = size_bytes / UNIT * UNIT, .at = 1, .offset = UNIT};
	if (r->size < 64 * UNIT)
		r->size = 0;
}

/* In huge pages, where it is as large as one: else every round but the first would still miss
 * the page table, and the first would ask the system for page after page. */
static uint8_t *
ring_new(size_t size)
{
	size_t bytes = (size + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	uint8_t *ring;

	if (size < HUGE_BYTES)
		return mem_get(size);
	ring = aligned_alloc(HUGE_BYTES, bytes);
	if (!ring)
		abort();
	madvise(ring, bytes, MADV_HUGEPAGE);
	return ring;
}

void
recent_done(struct recent *r)
{
	free(r->ring);
	*r = (struct recent){0};
}

size_t
recent_memory(const struct recent *r)
{
	return r->ring ? r->size : 0;
}

static uint8_t *
record_place(const struct recent *r, uint64_t at)
{
	return r->ring + at % (r->size / UNIT) * UNIT;
}

/*
 * The ring is larger than the near caches, and each of its lines is written once a round. What
 * the next segment will overwrite is asked for now: else its copy would wait for the memory,
 * and all behind it that reads what was just written would wait too.
 */
static void
expect_next(const struct recent *r)
{
	prefetch_lines((uintptr_t)r->ring + r->offset, EXPECTED / CACHE_LINE);
}

void
recent_add(
	struct recent *r, struct recent_key key, uint32_t *chain, uint32_t seq, struct bytes in)
{
	size_t most = r->size / 4;

	if (!r->size || !in.n)
		return;
	if (!r->ring)
		r->ring = ring_new(r->size);
	if (in.n > most) {
		seq += (uint32_t)(in.n - most);
		in = bytes_from(in, in.n - most);
	}
	size_t units = 1 + (in.n + UNIT - 1) / UNIT;

	if (r->offset + units * UNIT > r->size) { /* a record stays in one piece */
		r->at += (r->size - r->offset) / UNIT;
		r->offset = 0;
	}
	struct record rec = {key.id, seq, (uint32_t)in.n, *chain, key.half};
	uint8_t *p = r->ring + r->offset;

	memcpy(p, &rec, sizeof(rec));
	memcpy(p + UNIT, in.p, in.n);
	*chain = (uint32_t)r->at ? (uint32_t)r->at : 1;
	r->at += units;
	r->offset += units * UNIT;
	expect_next(r);
}

/*
 * The record at the place whose low 32 bits are `low`, or NULL when it was overwritten. The low
 * bits come round after 128 GiB, hence the look at key and length.
 */
static const uint8_t *
record_get(const struct recent *r, struct recent_key key, uint32_t low, struct record *ret)
{
	uint32_t back = (uint32_t)r->at - low;
	size_t all = r->size / UNIT;

	if (!low || back == 0 || back > all || back > r->at)
		return NULL;
	const uint8_t *p = record_place(r, r->at - back);

	memcpy(ret, p, sizeof(*ret));
	if (ret->id != key.id || ret->half != key.half || ret->len > r->size ||
		(size_t)(p - r->ring) + UNIT + ret->len > r->size)
		return NULL;
	return p + UNIT;
}

static size_t
first_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	if (memcmp(a, b, n) == 0)
		return SIZE_MAX;
	while (a[i] == b[i])
		i++;
	return i;
}

size_t
recent_differs(const struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq,
	struct bytes in)
{
	size_t best = SIZE_MAX;
	struct record rec;
	const uint8_t *kept;

	if (!r->ring || !in.n)
		return SIZE_MAX;
	for (int i = 0; i < WALK && (kept = record_get(r, key, chain, &rec)); i++) {
		int64_t off = (int32_t)(rec.seq - seq); /* of the record in `in` */
		int64_t from = off > 0 ? off : 0;
		int64_t to = off + rec.len < (int64_t)in.n ? off + rec.len : (int64_t)in.n;

		chain = rec.prev;
		if (from >= to)
			continue;
		size_t d = first_difference(
			in.p + from, kept + (from - off), (size_t)(to - from));
		if (d != SIZE_MAX && (size_t)from + d < best)
			best = (size_t)from + d;
	}
	return best;
}

/* What one record has from seq on. */
static size_t
copy_piece(const struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq,
	uint8_t *out, size_t n)
{
	struct record rec;
	const uint8_t *kept;

	for (int i = 0; i < WALK && (kept = record_get(r, key, chain, &rec)); i++) {
		uint32_t in = seq - rec.seq;

		chain = rec.prev;
		if (in >= rec.len)
			continue;
		n = n < rec.len - in ? n : rec.len - in;
		memcpy(out, kept + in, n);
		return n;
	}
	return 0;
}

size_t
recent_copy(const struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq,
	uint8_t *out, size_t n)
{
	size_t done = 0, more = 1;

	while (r->ring && done < n && more) {
		more = copy_piece(r, key, chain, seq + (uint32_t)done, out + done, n - done);
		done += more;
	}
	return done;
}
