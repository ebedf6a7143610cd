/*
 * flowwalk FILE: reads a capture, decodes its headers, looks up the connection of each TCP
 * packet, follows its sequence numbers and counts its lines. What an analyzer cannot do
 * without, and nothing else.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "walk.h"

enum {
	BUFFER = 1 << 20,
	FIRST_SLOTS = 1 << 16,
	SYN = 2
};

/* One cache line. */
struct flow {
	uint64_t addresses;
	uint32_t ports, next[2], lines[2], pending[2];
	uint8_t used, pad[27];
};

struct walk {
	struct flow *flows;
	uint64_t mask, used, packets, bytes, out_of_order;
};

static uint64_t
hash(uint64_t addresses, uint32_t ports)
{
	uint64_t h = addresses + ports * 0x9e3779b97f4a7c15ull; /* finalizer of SplitMix64 */

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ h >> 27) * 0x94d049bb133111ebull;
	return h ^ h >> 31;
}

static struct flow *
slots_new(uint64_t n)
{
	struct flow *f = calloc(n, sizeof(*f));

	if (!f)
		err(1, "memory");
	return f;
}

static struct flow *
slot(const struct walk *w, uint64_t addresses, uint32_t ports)
{
	uint64_t i = hash(addresses, ports) & w->mask;

	while (w->flows[i].used &&
		(w->flows[i].addresses != addresses || w->flows[i].ports != ports))
		i = (i + 1) & w->mask;
	return &w->flows[i];
}

static void
grow(struct walk *w)
{
	struct flow *old = w->flows;
	uint64_t n = w->mask + 1;

	w->flows = slots_new(n * 2);
	w->mask = n * 2 - 1;
	for (uint64_t i = 0; i < n; i++)
		if (old[i].used)
			*slot(w, old[i].addresses, old[i].ports) = old[i];
	free(old);
}

static struct flow *
find(struct walk *w, uint64_t addresses, uint32_t ports)
{
	struct flow *f = slot(w, addresses, ports);

	if (f->used)
		return f;
	if (++w->used * 4 > w->mask * 3) {
		grow(w);
		f = slot(w, addresses, ports);
	}
	*f = (struct flow){.addresses = addresses, .ports = ports, .used = 1};
	return f;
}

static void
count_lines(struct flow *f, int side, const uint8_t *d, const uint8_t *end)
{
	while (d < end) {
		const uint8_t *lf = memchr(d, '\n', (size_t)(end - d));

		if (!lf) {
			f->pending[side] += (uint32_t)(end - d);
			return;
		}
		f->lines[side]++;
		f->pending[side] = 0;
		d = lf + 1;
	}
}

static void
look(struct walk *w, const uint8_t *frame, uint32_t len)
{
	struct walk_packet p;

	w->packets++;
	if (!walk_decode(frame, len, &p) || p.ip[9] != WALK_TCP)
		return;
	uint32_t src = walk_raw32(p.ip + 12), dst = walk_raw32(p.ip + 16);
	uint16_t sport = walk_16(p.l4), dport = walk_16(p.l4 + 2);
	int side = sport < dport || (sport == dport && src < dst);
	uint64_t addresses = side ? (uint64_t)dst << 32 | src : (uint64_t)src << 32 | dst;
	uint32_t ports = side ? (uint32_t)dport << 16 | sport : (uint32_t)sport << 16 | dport;
	struct flow *f = find(w, addresses, ports);
	uint32_t seq = __builtin_bswap32(walk_raw32(p.l4 + 4));

	if (p.l4[13] & SYN) {
		f->next[side] = seq + 1;
	} else if (p.data < p.end) {
		w->out_of_order += seq != f->next[side];
		f->next[side] = seq + (uint32_t)(p.end - p.data);
		w->bytes += (uint64_t)(p.end - p.data);
		count_lines(f, side, p.data, p.end);
	}
}

/* Looks at every whole record of the buffer. Returns how many bytes that were. */
static size_t
look_all(struct walk *w, const uint8_t *p, size_t n)
{
	size_t o = 0;

	while (o + WALK_RECORD <= n) {
		uint32_t len = walk_raw32(p + o + 8);

		if (o + WALK_RECORD + len > n)
			break;
		look(w, p + o + WALK_RECORD, len);
		o += WALK_RECORD + len;
	}
	return o;
}

int
main(int argc, char **argv)
{
	static uint8_t buffer[BUFFER];
	struct walk w = {.flows = slots_new(FIRST_SLOTS), .mask = FIRST_SLOTS - 1};
	uint64_t lines = 0;
	size_t have = 0;
	ssize_t n;

	if (argc != 2)
		errx(2, "flowwalk FILE");
	int fd = open(argv[1], O_RDONLY);
	if (fd < 0 || read(fd, buffer, WALK_HEADER) != WALK_HEADER)
		err(1, "%s", argv[1]);
	while ((n = read(fd, buffer + have, BUFFER - have)) > 0) {
		have += (size_t)n;
		size_t used = look_all(&w, buffer, have);
		have -= used;
		memmove(buffer, buffer + used, have);
	}
	for (uint64_t i = 0; i <= w.mask; i++)
		lines += w.flows[i].lines[0] + w.flows[i].lines[1];
	printf("%lu packets %lu flows %lu payload bytes %lu lines %lu out of order\n",
		w.packets, w.used, w.bytes, lines, w.out_of_order);
	return 0;
}
