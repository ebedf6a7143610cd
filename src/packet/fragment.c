/* Datagrams being put together: a table by key for the next fragment, a list by age for the
 * limits. */
#include "packet/fragment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/ages.h"
#include "base/arena.h"
#include "base/map.h"

enum {
	UNIT = 8, /* offsets count in these; the pieces of a datagram begin at a multiple */
	DATAGRAM_MAX = 65535,   /* RFC 791: the length field has 16 bits */
	FIRST_BYTES = 4 * 1024, /* room a datagram starts with */
};

struct fragment_key { /* RFC 791 3.2: source, destination, protocol, identification; IPv6 has no
			 protocol there */
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t family, proto;
	uint8_t zero[2]; /* no padding: the key is hashed as bytes */
};

struct datagram {
	struct fragment_key key;
	struct aged age;
	int64_t first_ns;
	uint8_t *data;  /* room bytes, then a byte for each unit: is it taken? */
	uint32_t room;  /* a multiple of UNIT */
	uint32_t units; /* taken */
	uint32_t end;   /* of the furthest fragment, in bytes */
	uint32_t total; /* length once the last fragment said it, else 0 */
	uint32_t cut;   /* from here on the snaplen left something out */
	uint32_t parts; /* fragments that are in it */
	uint8_t proto;  /* of the first fragment, which rules (RFC 8200 4.5) */
};

struct fragments {
	const struct packet_settings *set;
	struct packet_counts *counts;
	struct map *map;
	struct ages ages; /* datagrams, by their first fragment */
	size_t bytes;     /* held by the datagrams */
	uint8_t *joined;  /* the last complete one, lent to the walk */
};

struct fragments *
fragments_new(const struct packet_settings *s, struct packet_counts *counts)
{
	struct fragments *f = mem_get(sizeof(*f));

	f->set = s;
	f->counts = counts;
	f->map = map_new(0);
	return f;
}

static size_t
datagram_bytes(uint32_t room)
{
	return sizeof(struct datagram) + room + room / UNIT;
}

static struct datagram *
datagram_of(struct aged *a)
{
	return a ? AGED(a, struct datagram, age) : NULL;
}

static void
unlink_datagram(struct fragments *f, struct datagram *g)
{
	ages_del(&f->ages, &g->age);
	f->bytes -= datagram_bytes(g->room);
	map_del(f->map, (struct bytes){(const uint8_t *)&g->key, sizeof(g->key)});
}

static void
drop(struct fragments *f, struct datagram *g)
{
	unlink_datagram(f, g);
	free(g->data);
	free(g);
}

void
fragments_free(struct fragments **f)
{
	if (!*f)
		return;
	while ((*f)->ages.oldest)
		drop(*f, datagram_of((*f)->ages.oldest));
	map_free(&(*f)->map);
	free((*f)->joined);
	free(*f);
	*f = NULL;
}

size_t
fragments_memory(const struct fragments *f)
{
	return sizeof(*f) + f->bytes + map_memory(f->map) + (f->joined ? DATAGRAM_MAX : 0);
}

static void
evict(struct fragments *f, struct datagram *g)
{
	f->counts->fragments_evicted++;
	f->counts->fragments_dropped += g->parts;
	drop(f, g);
}

/* Makes room for `more` bytes and, when `one` is set, for one more datagram, without giving up
 * `keep`. */
static bool
make_room(struct fragments *f, size_t more, bool one, const struct datagram *keep)
{
	while (f->bytes + more > f->set->fragment_bytes ||
		(one && map_count(f->map) >= f->set->fragment_packets)) {
		struct datagram *g = datagram_of(f->ages.oldest);

		if (g && g == keep)
			g = datagram_of(g->age.newer);
		if (!g)
			return false;
		evict(f, g);
	}
	return true;
}

static void
expire(struct fragments *f, int64_t now_ns)
{
	struct datagram *g;

	while ((g = datagram_of(f->ages.oldest)) && now_ns - g->first_ns > f->set->fragment_ns)
		evict(f, g);
}

static struct datagram *
begin(struct fragments *f, const struct fragment_key *key, int64_t now_ns)
{
	struct datagram *g;

	if (!make_room(f, datagram_bytes(FIRST_BYTES), true, NULL))
		return NULL;
	g = mem_get(sizeof(*g));
	g->key = *key;
	g->first_ns = now_ns;
	g->room = FIRST_BYTES;
	g->data = mem_get(g->room + g->room / UNIT);
	g->cut = UINT32_MAX;
	ages_add(&f->ages, &g->age);
	f->bytes += datagram_bytes(g->room);
	*map_put(f->map, (struct bytes){(const uint8_t *)&g->key, sizeof(g->key)}) = g;
	return g;
}

static struct datagram *
find(struct fragments *f, const struct walk *w, const struct fragment *part)
{
	struct fragment_key key = {.id = part->id, .family = w->seg->src.family};
	struct datagram *g;

	memcpy(key.src, w->seg->src.addr, sizeof(key.src));
	memcpy(key.dst, w->seg->dst.addr, sizeof(key.dst));
	if (key.family == 4)
		key.proto = part->proto;
	g = map_get(f->map, (struct bytes){(const uint8_t *)&key, sizeof(key)});
	return g ? g : begin(f, &key, w->seg->ts_ns);
}

static bool
grow(struct fragments *f, struct datagram *g, uint32_t end)
{
	uint32_t room = g->room;
	uint8_t *data;

	if (end <= room)
		return true;
	while (room < end)
		room *= 2;
	if (!make_room(f, datagram_bytes(room) - datagram_bytes(g->room), false, g))
		return false;
	data = mem_get(room + room / UNIT);
	memcpy(data, g->data, g->room);
	memcpy(data + room, g->data + g->room, g->room / UNIT);
	free(g->data);
	f->bytes += datagram_bytes(room) - datagram_bytes(g->room);
	g->data = data;
	g->room = room;
	return true;
}

/* Copies the units that nobody has brought before. */
static void
take(struct datagram *g, const struct walk *w, uint32_t offset)
{
	uint8_t *taken = g->data + g->room;

	for (uint32_t at = 0; at < w->wire; at += UNIT) {
		uint32_t unit = (offset + at) / UNIT, have, n;

		if (taken[unit])
			continue;
		n = w->wire - at < UNIT ? w->wire - at : UNIT;
		taken[unit] = 1;
		g->units++;
		have = w->in.n <= at ? 0 : w->in.n - at < n ? (uint32_t)w->in.n - at : n;
		if (have)
			memcpy(g->data + offset + at, w->in.p + at, have);
		if (have < n && g->cut > offset + at + have)
			g->cut = offset + at + have;
	}
}

/* Hands the content to the walk. */
static enum next
finish(struct fragments *f, struct walk *w, struct datagram *g)
{
	unlink_datagram(f, g);
	free(f->joined);
	f->joined = g->data;
	w->in.p = g->data;
	w->in.n = g->cut < g->total ? g->cut : g->total;
	w->wire = g->total;
	w->type = g->proto;
	free(g);
	return NEXT_PROTO;
}

enum next
fragments_add(struct fragments *f, struct walk *w, const struct fragment *part)
{
	uint32_t end = part->offset + w->wire;
	struct datagram *g;

	assert(part->offset % UNIT == 0);
	f->counts->fragments++;
	if (!w->wire || w->wire > DATAGRAM_MAX || end > DATAGRAM_MAX ||
		(part->more && w->wire % UNIT))
		return END_MALFORMED;
	expire(f, w->seg->ts_ns);
	g = find(f, w, part);
	/* A fragment beyond the end, or an end before what came, is of another datagram or a
	 * lie. */
	if (!g || (g->total && end > g->total) || (!part->more && g->end > end) ||
		!grow(f, g, end)) {
		f->counts->fragments_dropped++;
		return END_HELD;
	}
	if (!part->offset && !g->data[g->room])
		g->proto = part->proto;
	take(g, w, part->offset);
	g->parts++;
	if (g->end < end)
		g->end = end;
	if (!part->more)
		g->total = end;
	return g->total && g->units == (g->total + UNIT - 1) / UNIT ? finish(f, w, g)
								    : END_HELD;
}
