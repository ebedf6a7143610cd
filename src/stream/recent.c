#include "stream/recent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"
#include "base/prefetch.h"

/* Records begin at multiples of a unit. WALK: records looked at for one comparison. */
enum {
	UNIT = 32,
	WALK = 64,
	EXPECTED = 1536, /* bytes: a segment that fills its frame, and its header */
	COPIED = 128,    /* bytes: less is copied in any case, for that is as cheap */
	SAMPLE = 16,     /* bytes at either end of a piece, for struct record.sample */
	HUGE_BYTES = 2 << 20,
};
#define PLACES (UINT64_C(1) << 48) /* bytes of a file in which places can be noted */

struct record {
	uint64_t id : 48;
	uint64_t input : 16;
	uint64_t at : 48; /* where it stands in the file; 0: behind this record */
	uint64_t half : 1;
	uint32_t seq, len;
	uint32_t prev;   /* low bits of the place of the half's record before */
	uint32_t sample; /* of a piece that is in the file */
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
	free(r->room);
	*r = (struct recent){0};
}

size_t
recent_memory(const struct recent *r)
{
	return (r->ring ? r->size : 0) + r->cap_room;
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

/* Tells whether a file still says the same; `in` is longer than SAMPLE. */
static uint32_t
sample_of(struct bytes in)
{
	uint64_t front = XXH3_64bits(in.p, SAMPLE);

	return (uint32_t)XXH3_64bits_withSeed(in.p + in.n - SAMPLE, SAMPLE, front);
}

static bool
stays_in_file(const struct recent *r, const struct recent_piece *piece)
{
	return r->again.read && piece->at && piece->at < PLACES && piece->in.n > COPIED;
}

/* The end of a piece that is too long. */
static struct recent_piece
piece_end(const struct recent_piece *piece, size_t n)
{
	size_t skip = piece->in.n - n;

	return (struct recent_piece){
		.in = bytes_from(piece->in, skip),
		.seq = piece->seq + (uint32_t)skip,
		.input = piece->input,
		.at = piece->at ? piece->at + skip : 0,
	};
}

/* Room for n units in one piece; the place of the next record moves on. */
static uint8_t *
ring_take(struct recent *r, size_t n, uint32_t *chain)
{
	uint8_t *p;

	if (!r->ring)
		r->ring = ring_new(r->size);
	if (r->offset + n * UNIT > r->size) {
		r->at += (r->size - r->offset) / UNIT;
		r->offset = 0;
	}
	p = r->ring + r->offset;
	*chain = (uint32_t)r->at ? (uint32_t)r->at : 1;
	r->at += n;
	r->offset += n * UNIT;
	return p;
}

void
recent_add(struct recent *r, struct recent_key key, uint32_t *chain,
	const struct recent_piece *piece)
{
	struct recent_piece end;
	struct record rec;

	if (!r->size || !piece->in.n)
		return;
	if (piece->in.n > r->size / 4) {
		end = piece_end(piece, r->size / 4);
		piece = &end;
	}
	rec = (struct record){.id = key.id,
		.half = key.half,
		.input = piece->input,
		.seq = piece->seq,
		.len = (uint32_t)piece->in.n,
		.prev = *chain};
	if (stays_in_file(r, piece)) {
		rec.at = piece->at;
		rec.sample = sample_of(piece->in);
		memcpy(ring_take(r, 1, chain), &rec, sizeof(rec));
	} else {
		uint8_t *p = ring_take(r, 1 + (piece->in.n + UNIT - 1) / UNIT, chain);

		memcpy(p, &rec, sizeof(rec));
		memcpy(p + UNIT, piece->in.p, piece->in.n);
		if (piece->in.n > COPIED)
			expect_next(r);
	}
}

/*
 * The record at the place whose low 32 bits are `low`. False when it was overwritten. The low
 * bits come round after 128 GiB, hence the look at key and length.
 */
static bool
record_get(const struct recent *r, struct recent_key key, uint32_t low, struct record *ret,
	const uint8_t **ret_behind)
{
	uint32_t back = (uint32_t)r->at - low;
	size_t all = r->size / UNIT;
	const uint8_t *p;

	if (!r->ring || !low || back == 0 || back > all || back > r->at)
		return false;
	p = record_place(r, r->at - back);
	memcpy(ret, p, sizeof(*ret));
	*ret_behind = p + UNIT;
	return ret->id == key.id && ret->half == key.half && ret->len <= r->size &&
	       (ret->at || (size_t)(p - r->ring) + UNIT + ret->len <= r->size);
}

/* Its bytes, borrowed until the next call; NULL: they cannot be had any more. */
static const uint8_t *
record_bytes(struct recent *r, const struct record *rec, const uint8_t *behind)
{
	if (!rec->at)
		return behind;
	if (rec->len <= SAMPLE || !r->again.read)
		return NULL;
	if (rec->len > r->cap_room) {
		r->cap_room = rec->len;
		r->room = mem_grow(r->room, r->cap_room);
	}
	if (!r->again.read(r->again.user, (uint16_t)rec->input, rec->at, r->room, rec->len) ||
		sample_of((struct bytes){r->room, rec->len}) != rec->sample)
		return NULL;
	return r->room;
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
recent_differs(
	struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq, struct bytes in)
{
	size_t best = SIZE_MAX;
	struct record rec;
	const uint8_t *kept;

	for (int i = 0; i < WALK && record_get(r, key, chain, &rec, &kept); i++) {
		int64_t off = (int32_t)(rec.seq - seq); /* of the record in `in` */
		int64_t from = off > 0 ? off : 0;
		int64_t to = off + rec.len < (int64_t)in.n ? off + rec.len : (int64_t)in.n;

		chain = rec.prev;
		if (from >= to || !(kept = record_bytes(r, &rec, kept)))
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
copy_piece(struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq, uint8_t *out,
	size_t n)
{
	struct record rec;
	const uint8_t *kept;

	for (int i = 0; i < WALK && record_get(r, key, chain, &rec, &kept); i++) {
		uint32_t in = seq - rec.seq;

		chain = rec.prev;
		if (in >= rec.len || !(kept = record_bytes(r, &rec, kept)))
			continue;
		n = n < rec.len - in ? n : rec.len - in;
		memcpy(out, kept + in, n);
		return n;
	}
	return 0;
}

size_t
recent_copy(struct recent *r, struct recent_key key, uint32_t chain, uint32_t seq, uint8_t *out,
	size_t n)
{
	size_t done = 0, more = 1;

	while (done < n && more) {
		more = copy_piece(r, key, chain, seq + (uint32_t)done, out + done, n - done);
		done += more;
	}
	return done;
}
