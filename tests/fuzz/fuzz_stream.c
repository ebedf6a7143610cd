/*
 * TCP segments of a few connections. A record: flags and connection, side and size of the
 * numbers, sequence and acknowledgment number relative to where the side stands, length,
 * missing bytes, milliseconds, payload. What must hold whatever comes: bytes and gaps follow
 * each other without overlap, every flow is closed, limits are kept.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "stream/stream.h"

struct seen {
	uint64_t next[2];
	bool fin[2], swapped;
};

static uint64_t live;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
on_open(void *user, struct flow *f)
{
	f->user = calloc(1, sizeof(struct seen));
	live++;
}

/* Where this side stands, by the side it had when the flow was opened. */
static int
side(const struct flow *f, enum dir d)
{
	return (int)d ^ ((struct seen *)f->user)->swapped;
}

static void
on_data(void *user, struct flow *f, enum dir d, struct bytes in, const struct stream_at *at)
{
	struct seen *s = f->user;
	int i = side(f, d);

	must(in.n > 0 && !f->ignored && !s->fin[i] && at->offset == s->next[i]);
	must(f->side[d].bytes == at->offset + in.n);
	s->next[i] += in.n;
	if (in.p[0] == 0xEE)
		flow_ignore(f);
	if (in.p[0] == 0xDD) {
		flow_swap(f);
		s->swapped = !s->swapped;
	}
}

static void
on_gap(void *user, struct flow *f, enum dir d, uint64_t n, enum gap_why why, bool acked,
	const struct stream_at *at)
{
	struct seen *s = f->user;
	int i = side(f, d);

	must(n > 0 && !f->ignored && !s->fin[i] && at->offset == s->next[i]);
	s->next[i] += n;
	if (n == 0xDD)
		flow_ignore(f);
}

static void
on_note(void *user, struct flow *f, enum dir d, enum stream_note what, struct bytes first,
	struct bytes second, const struct stream_at *at)
{
	if (what == NOTE_OVERLAP_DIFFERS)
		must(first.n && first.n == second.n && first.n <= 64 &&
			first.p[0] != second.p[0]);
}

static void
on_fin(void *user, struct flow *f, enum dir d, const struct stream_at *at)
{
	struct seen *s = f->user;
	int i = side(f, d);

	must(!f->ignored && !s->fin[i] && at->offset == s->next[i]);
	s->fin[i] = true;
}

static void
on_close(void *user, struct flow *f)
{
	must(f->reason != FLOW_OPEN);
	free(f->user);
	live--;
}

struct feeder {
	struct streams *s;
	uint32_t seq[4][2]; /* where each side stands */
	int64_t now_ns;
	uint64_t packet;
};

/* Takes one record off; false at the end. */
static bool
feed(struct feeder *f, struct bytes *in)
{
	if (in->n < 8)
		return false;
	const uint8_t *r = in->p;
	int conn = r[0] >> 6, who = r[1] & 1;
	uint32_t shift = (r[1] >> 1 & 7) * 4, len = r[4];
	struct bytes data = bytes_sub(*in, 8, len);
	struct segment seg = {
		.src = {.addr = {10, 0, 0, (uint8_t)who},
			.port = (uint16_t)(20 + conn),
			.family = 4},
		.dst = {.addr = {10, 0, 0, (uint8_t)!who},
			.port = (uint16_t)(22 + conn),
			.family = 4},
		.flags = r[0] & 31,
		.ip_proto = 6,
		.seq = f->seq[conn][who] + ((uint32_t)(int8_t)r[2] << shift),
		.ack = f->seq[conn][!who] + ((uint32_t)(int8_t)r[3] << shift),
		.payload = data,
		.wire_len = len + (r[5] & 15),
		.ts_ns = f->now_ns += (int64_t)r[6] * r[6] * NS_PER_MS,
		.packet = ++f->packet,
	};

	if (who)
		seg.src.port = (uint16_t)(22 + conn), seg.dst.port = (uint16_t)(20 + conn);
	if (r[7] & 1)
		f->seq[conn][who] = seg.seq + len;
	streams_add(f->s, &seg);
	*in = bytes_from(*in, 8 + data.n);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = {25, 0};
	struct stream_sink sink = {NULL, on_open, on_data, on_gap, on_note, on_fin, on_close};
	struct stream_settings set = stream_defaults;
	struct bytes in = {data, size};

	set.memory_bytes = 64 << 10;
	set.flows = 3;
	set.hold_bytes = 2000;
	set.hold_segments = 12;
	set.hole_segments = 4;
	set.join_segments = 4;
	set.compare_bytes = 4096;
	struct feeder f = {
		.s = streams_new(&set, ports, &sink), .seq = {{0}, {UINT32_MAX - 40, 7}}};
	while (feed(&f, &in))
		must(streams_counts(f.s)->flows_now == live && live <= set.flows);
	streams_end(f.s);
	must(live == 0 && streams_counts(f.s)->held_bytes_now == 0);
	streams_free(&f.s);
	return 0;
}
