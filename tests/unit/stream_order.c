/*
 * The same conversation, its packets shuffled, doubled and cut anew, must give the same bytes,
 * and no answer before its question.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "stream/stream.h"

static const uint16_t mail_ports[] = {143, 0};

enum {
	TURNS = 30,
	TURN_MAX = 400,
	PACKETS = 2000,
	BYTES_MAX = TURNS * TURN_MAX
};

/* turn i is said by side `side` once the other side has said `need` bytes */
struct turn {
	int side;
	uint32_t begin, end, need;
};

struct talk {
	struct turn turns[TURNS];
	uint8_t said[2][BYTES_MAX];
	uint32_t n[2];
	uint32_t isn[2];
};

struct packet {
	struct segment seg;
	uint32_t key; /* place after the shuffle */
};

struct play {
	const struct talk *t;
	struct packet packets[PACKETS];
	size_t n;
	uint64_t heard[2];
	uint8_t got[2][BYTES_MAX];
	int fins, notes, gaps;
	bool broken, midstream;
	uint32_t from[2]; /* what was not captured at the start */
};

static struct endpoint
endpoint4(uint8_t last, uint16_t port)
{
	return (struct endpoint){.addr = {192, 0, 2, last}, .port = port, .family = 4};
}

static uint32_t
rnd(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static void
talk_make(struct talk *t, uint64_t *seed)
{
	memset(t, 0, sizeof(*t));
	for (int i = 0; i < 2; i++)
		t->isn[i] = rnd(seed) % 3 ? UINT32_MAX - rnd(seed) % 3000 : rnd(seed);
	for (int i = 0; i < TURNS; i++) {
		int side = (i + 1) % 2; /* the server greets */
		uint32_t most = rnd(seed) % 2 ? 8 : TURN_MAX - 1;
		uint32_t len = 1 + rnd(seed) % most;

		t->turns[i] = (struct turn){side, t->n[side], t->n[side] + len, t->n[1 - side]};
		for (uint32_t k = 0; k < len; k++) /* never NUL, as of a keep-alive probe */
			t->said[side][t->n[side] + k] = (uint8_t)(1 + rnd(seed) % 255);
		t->n[side] += len;
	}
}

/* Bytes [from, to) of a side, acknowledging `acked` bytes of the other. */
static void
put(struct play *p, int side, unsigned flags, uint32_t from, uint32_t to, uint32_t acked)
{
	static const uint16_t ports[2] = {40000, 143};
	const struct talk *t = p->t;

	assert_true(p->n < PACKETS);
	struct packet *k = &p->packets[p->n++];
	k->key = 0;
	k->seg = (struct segment){
		.src = endpoint4((uint8_t)(1 + side), ports[side]),
		.dst = endpoint4((uint8_t)(2 - side), ports[1 - side]),
		.seq = t->isn[side] + (flags & TCP_SYN ? 0 : 1 + from),
		.ack = flags & TCP_ACK ? t->isn[1 - side] + 1 + acked : 0,
		.flags = (uint8_t)flags,
		.ip_proto = 6,
		.payload = {t->said[side] + from, to - from},
		.wire_len = to - from,
	};
}

/* Sends a turn in pieces; with `again`, some are sent twice or overlap what was sent before. */
static void
put_turn(struct play *p, const struct turn *t, bool again, uint64_t *seed)
{
	uint32_t acks = t->need, at = t->begin;

	while (at < t->end) {
		uint32_t most = t->end - at;
		uint32_t n = rnd(seed) % 2 ? most : 9;
		uint32_t back = 0;

		n = 1 + rnd(seed) % n;
		if (n > most)
			n = most;
		if (again && rnd(seed) % 4 == 0)
			back = rnd(seed) % (at - p->from[t->side] + 1) % 500;
		if (back >
			0) /* what it says again it said before with a lower acknowledgment */
			put(p, t->side, TCP_ACK, at, at + n, acks);
		put(p, t->side, TCP_ACK, at - back, at + n, acks);
		if (again && rnd(seed) % 4 == 0)
			put(p, t->side, TCP_ACK, at, at + n, acks);
		at += n;
	}
	if (rnd(seed) % 2)
		put(p, 1 - t->side, TCP_ACK, acks, acks, t->end);
}

static void
put_talk(struct play *p, bool again, int first, uint64_t *seed)
{
	const struct talk *t = p->t;

	if (first == 0) {
		put(p, 0, TCP_SYN, 0, 0, 0);
		put(p, 1, TCP_SYN | TCP_ACK, 0, 0, 0);
		put(p, 0, TCP_ACK, 0, 0, 0);
	}
	for (int i = first; i < TURNS; i++)
		put_turn(p, &t->turns[i], again, seed);
	put(p, 0, TCP_ACK | TCP_FIN, t->n[0], t->n[0], t->n[1]);
	p->packets[p->n - 1].seg.seq = t->isn[0] + 1 + t->n[0];
	put(p, 1, TCP_ACK | TCP_FIN, t->n[1], t->n[1], t->n[0] + 1);
}

static int
by_key(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* Loses one packet in twenty, but neither the beginning nor the end. */
static void
lose(struct play *p, uint64_t *seed)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (i < 3 || i + 4 > p->n || rnd(seed) % 20)
			p->packets[n++] = p->packets[i];
	}
	p->n = n;
}

/* No packet is more than `window` places from where it was. */
static void
shuffle(struct play *p, uint32_t window, uint64_t *seed)
{
	for (size_t i = 0; i < p->n; i++)
		p->packets[i].key = (uint32_t)(i + rnd(seed) % (window + 1)) * 4096 +
				    (uint32_t)i;
	qsort(p->packets, p->n, sizeof(*p->packets), by_key);
}

static void
hear_data(void *user, struct flow *f, enum dir d, struct bytes in, const struct stream_at *at)
{
	struct play *p = user;
	uint64_t begin = at->offset + p->from[d], end = begin + in.n;

	if (at->offset != p->heard[d] || end > p->t->n[d]) {
		p->broken = true;
		return;
	}
	for (int i = 0; i < TURNS; i++) {
		const struct turn *t = &p->t->turns[i];
		if (t->side == (int)d && t->begin < end && begin < t->end &&
			p->heard[1 - d] + p->from[1 - d] < t->need)
			p->broken = true;
	}
	if (at->acked != PLACE_NO_ACK && at->acked > p->heard[1 - d])
		p->broken = true;
	memcpy(p->got[d] + p->heard[d], in.p, in.n);
	p->heard[d] += in.n;
}

static void
hear_fin(void *user, struct flow *f, enum dir d, const struct stream_at *at)
{
	struct play *p = user;

	p->broken = p->broken || p->heard[d] + p->from[d] != p->t->n[d];
	p->fins++;
}

static void
hear_gap(void *user, struct flow *f, enum dir d, uint64_t n, enum gap_why why, bool acked,
	const struct stream_at *at)
{
	struct play *p = user;

	p->broken = p->broken || at->offset != p->heard[d] || p->heard[d] + n > p->t->n[d];
	p->gaps++;
	if (!p->broken) /* as if it had been heard, for the order and the sum */
		memcpy(p->got[d] + p->heard[d], p->t->said[d] + p->from[d] + p->heard[d], n);
	p->heard[d] += n;
}

static void
hear_note(void *user, struct flow *f, enum dir d, enum stream_note what, struct bytes first,
	struct bytes second, const struct stream_at *at)
{
	((struct play *)user)->notes++;
}

static void
hear_open(void *user, struct flow *f)
{
}

static void
hear_close(void *user, struct flow *f)
{
	struct play *p = user;

	p->midstream = f->midstream;
	p->broken = p->broken || f->reason != FLOW_FIN || f->client.port != 40000;
}

static void
run(struct play *p)
{
	struct stream_sink sink = {
		p, hear_open, hear_data, hear_gap, hear_note, hear_fin, hear_close};
	struct stream_settings set = stream_defaults;

	set.compare_bytes = 65536;
	struct streams *s = streams_new(&set, mail_ports, &sink);
	int64_t now = NS_PER_S;

	for (size_t i = 0; i < p->n; i++) {
		p->packets[i].seg.ts_ns = now += NS_PER_MS;
		p->packets[i].seg.packet = i + 1;
		streams_add(s, &p->packets[i].seg);
	}
	streams_end(s);
	assert_int_equal(streams_counts(s)->held_bytes_now, 0);
	streams_free(&s);
}

struct variant {
	const char *name;
	uint32_t window;
	bool again;
	int first; /* the capture began with this turn */
	bool lossy;
};

static void
check(const struct play *p, const struct variant *v, int seed)
{
	const struct talk *t = p->t;
	bool good = !p->broken && p->fins == 2 && (v->lossy || !p->gaps) && !p->notes;

	for (int d = 0; d < 2; d++)
		good = good && p->heard[d] + p->from[d] == t->n[d] &&
		       memcmp(p->got[d], t->said[d] + p->from[d], p->heard[d]) == 0;
	if (!good)
		print_error(
			"%s: seed %d: broken %d fins %d gaps %d notes %d heard %d/%d %d/%d\n",
			v->name, seed, p->broken, p->fins, p->gaps, p->notes, (int)p->heard[0],
			(int)t->n[0], (int)p->heard[1], (int)t->n[1]);
	assert_true(good);
}

static const struct variant variants[] = {
	{"in-order", 0, false, 0},
	{"shuffled", 8, false, 0},
	{"sent-twice", 0, true, 0},
	{"shuffled-sent-twice", 8, true, 0},
	{"lossy", 0, false, 0, true},
	{"lossy-shuffled", 8, false, 0, true},
	{"joined", 0, false, 5},
	{"joined-sent-twice", 0, true, 5},
	{"joined-shuffled", 8, false, 5},
};

static void
test_variants(void **state)
{
	struct play *p = malloc(sizeof(*p));
	struct talk t;

	for (size_t v = 0; v < sizeof(variants) / sizeof(*variants); v++) {
		for (int i = 0; i < 500; i++) {
			uint64_t seed = (uint64_t)i * 977 + v;

			memset(p, 0, sizeof(*p));
			talk_make(&t, &seed);
			p->t = &t;
			const struct turn *first = &t.turns[variants[v].first];
			p->from[first->side] = first->begin;
			p->from[1 - first->side] = first->need;
			put_talk(p, variants[v].again, variants[v].first, &seed);
			if (variants[v].lossy)
				lose(p, &seed);
			shuffle(p, variants[v].window, &seed);
			run(p);
			check(p, &variants[v], i);
			assert_int_equal(p->midstream, variants[v].first > 0);
		}
	}
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
