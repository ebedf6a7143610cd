/* Datagrams in pieces: every order, twice, overlapping, cut, lost, and too many of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"
#include "packet_build.h"

enum {
	PAYLOAD = 100,
	CONTENT = 32 + PAYLOAD
}; /* TCP header with options, payload */

struct world {
	struct packet_decoder *d;
	struct segment s;
	uint8_t *copy;
	uint8_t content[CONTENT]; /* of the datagram */
	int version;
	uint32_t id;
	int64_t now_ns;
};

static void
world_open(struct world *w, int version, const struct packet_settings *set)
{
	struct build k = {.n = 0};
	uint8_t text[PAYLOAD];

	for (size_t i = 0; i < PAYLOAD; i++)
		text[i] = (uint8_t)('!' + i % 90);
	build_put(&k, text, PAYLOAD);
	build_tcp(&k);
	*w = (struct world){.d = packet_new(set), .version = version, .id = 77};
	memcpy(w->content, build_front(&k), CONTENT);
}

static void
world_close(struct world *w)
{
	free(w->copy);
	packet_free(&w->d);
}

/* Sends `data` as the bytes [from, to) of the datagram; the snaplen leaves the first `keep` of
 * them. */
static enum packet_result
send_cut(struct world *w, const uint8_t *data, size_t from, size_t to, bool more, size_t keep)
{
	struct build k = {.n = 0};
	uint8_t h[8] = {6, 0};
	struct frame f = {.ts_ns = w->now_ns, .link = 101};
	size_t lost = to - from - keep;

	build_put(&k, data, to - from);
	build_be16(h + 2, from | more);
	build_be16(h + 6, w->id);
	if (w->version == 6)
		build_put(&k, h, sizeof(h));
	if (w->version == 6)
		build_ip6(&k, 44);
	else
		build_ip4_part(
			&k, 6, (uint16_t)w->id, (uint16_t)(from / 8 | (more ? 0x2000 : 0)));
	free(w->copy);
	w->copy = malloc(k.n - lost);
	memcpy(w->copy, build_front(&k), k.n - lost);
	f.data = (struct bytes){w->copy, k.n - lost};
	f.wire_len = (uint32_t)k.n;
	return packet_decode(w->d, &f, &w->s);
}

static enum packet_result
send(struct world *w, size_t from, size_t to)
{
	return send_cut(w, w->content + from, from, to, to < CONTENT, to - from);
}

static void
expect_whole(const struct world *w)
{
	assert_int_equal(w->s.src.port, 40000);
	assert_int_equal(w->s.seq, 0x01020304);
	assert_int_equal(w->s.wire_len, PAYLOAD);
	assert_int_equal(w->s.payload.n, PAYLOAD);
	assert_memory_equal(w->s.payload.p, w->content + 32, PAYLOAD);
}

static const size_t cuts[] = {0, 8, 40, 104, CONTENT};

/* The n-th permutation of four. */
static void
permutation(int n, int out[4])
{
	int left[] = {0, 1, 2, 3};

	for (int i = 4; i > 0; i--) {
		int at = n % i;

		out[4 - i] = left[at];
		n /= i;
		memmove(left + at, left + at + 1, sizeof(*left) * (size_t)(i - at - 1));
	}
}

static void
any_order(void **state)
{
	for (int n = 0; n < 48; n++) {
		struct world w;
		int order[4];

		world_open(&w, n < 24 ? 4 : 6, NULL);
		permutation(n % 24, order);
		for (int i = 0; i < 4; i++)
			assert_int_equal(send(&w, cuts[order[i]], cuts[order[i] + 1]),
				i < 3 ? PACKET_HELD : PACKET_TCP);
		expect_whole(&w);
		assert_int_equal(packet_counts(w.d)->fragments, 4);
		assert_int_equal(packet_counts(w.d)->fragments_dropped, 0);
		world_close(&w);
	}
}

static void
twice_is_once(void **state)
{
	for (int n = 0; n < 24; n++) {
		struct world w;
		int order[4];

		world_open(&w, 4, NULL);
		permutation(n, order);
		for (int i = 0; i < 3; i++)
			for (int twice = 0; twice < 2; twice++)
				assert_int_equal(send(&w, cuts[order[i]], cuts[order[i] + 1]),
					PACKET_HELD);
		assert_int_equal(send(&w, cuts[order[3]], cuts[order[3] + 1]), PACKET_TCP);
		expect_whole(&w);
		assert_int_equal(packet_counts(w.d)->fragments_dropped, 0);
		world_close(&w);
	}
}

/* RFC 791 lets the last copy win, an attacker's choice; here it is the first. */
static void
overlap_first_wins(void **state)
{
	static const struct {
		size_t from, to;
	} lies[] = {{0, 40}, {8, 40}, {32, 48}, {40, 104}, {0, 104}};

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct world w;
		uint8_t other[CONTENT];

		world_open(&w, 6, NULL);
		memset(other, 'X', sizeof(other));
		assert_int_equal(send(&w, 0, 40), PACKET_HELD);
		assert_int_equal(send(&w, 40, 104), PACKET_HELD);
		assert_int_equal(send_cut(&w, other, lies[i].from, lies[i].to, true,
					 lies[i].to - lies[i].from),
			PACKET_HELD);
		assert_int_equal(send(&w, 104, CONTENT), PACKET_TCP);
		expect_whole(&w);
		world_close(&w);
	}
}

/* The second copy brings bytes of its own too: those count. */
static void
overlap_brings_the_rest(void **state)
{
	struct world w;

	world_open(&w, 4, NULL);
	assert_int_equal(send(&w, 40, 64), PACKET_HELD);
	assert_int_equal(send(&w, 48, CONTENT), PACKET_HELD);
	assert_int_equal(send(&w, 0, 56), PACKET_TCP);
	expect_whole(&w);
	world_close(&w);
}

static void
missing_is_held(void **state)
{
	for (int gone = 0; gone < 4; gone++) {
		struct world w;

		world_open(&w, 4, NULL);
		for (int i = 0; i < 4; i++)
			if (i != gone)
				assert_int_equal(send(&w, cuts[i], cuts[i + 1]), PACKET_HELD);
		w.now_ns += packet_defaults.fragment_ns + 1;
		assert_int_equal(send(&w, cuts[gone], cuts[gone + 1]), PACKET_HELD);
		assert_int_equal(packet_counts(w.d)->fragments_evicted, 1);
		assert_int_equal(packet_counts(w.d)->fragments_dropped, 3);
		world_close(&w);
	}
}

/* A datagram is told by its id, and by its protocol in IPv4. */
static void
ids_are_kept_apart(void **state)
{
	struct world w;

	world_open(&w, 4, NULL);
	assert_int_equal(send(&w, 0, 40), PACKET_HELD);
	w.id++;
	assert_int_equal(send(&w, 40, CONTENT), PACKET_HELD);
	w.version = 6;
	assert_int_equal(send(&w, 40, CONTENT), PACKET_HELD);
	w.version = 4;
	w.id--;
	assert_int_equal(send(&w, 40, CONTENT), PACKET_TCP);
	expect_whole(&w);
	world_close(&w);
}

/* What the snaplen cut off a fragment is missing in the payload, from there on. */
static void
cut_by_snaplen(void **state)
{
	for (size_t keep = 0; keep < 64; keep++) {
		struct world w;

		world_open(&w, 6, NULL);
		assert_int_equal(send(&w, 104, CONTENT), PACKET_HELD);
		assert_int_equal(
			send_cut(&w, w.content + 40, 40, 104, true, keep), PACKET_HELD);
		assert_int_equal(send(&w, 0, 40), PACKET_TCP);
		assert_int_equal(w.s.wire_len, PAYLOAD);
		assert_int_equal(w.s.payload.n, 8 + keep);
		assert_memory_equal(w.s.payload.p, w.content + 32, 8 + keep);
		assert_int_equal(packet_counts(w.d)->truncated, 1);
		world_close(&w);
	}
}

/* Ends that contradict each other: the fragment that came second is dropped. */
static void
ends_that_contradict(void **state)
{
	struct world w;
	const uint8_t other[8] = {0};

	world_open(&w, 4, NULL);
	assert_int_equal(send(&w, 40, CONTENT), PACKET_HELD);
	assert_int_equal(send_cut(&w, w.content + 40, 40, 80, false, 40), PACKET_HELD);
	assert_int_equal(send_cut(&w, other, 128, 136, true, 8), PACKET_HELD);
	assert_int_equal(packet_counts(w.d)->fragments_dropped, 2);
	assert_int_equal(send(&w, 0, 40), PACKET_TCP);
	expect_whole(&w);
	world_close(&w);
}

static void
impossible_lengths(void **state)
{
	struct world w;
	uint8_t big[2048] = {0};

	world_open(&w, 4, NULL);
	assert_int_equal(send_cut(&w, w.content, 0, 41, true, 41), PACKET_MALFORMED);
	assert_int_equal(send_cut(&w, w.content + 8, 8, 8, true, 0), PACKET_MALFORMED);
	/* RFC 1858, the long ping: beyond what a length can say. */
	assert_int_equal(send_cut(&w, big, 65528, 65528 + 1000, false, 1000), PACKET_MALFORMED);
	assert_int_equal(packet_counts(w.d)->malformed, 3);
	world_close(&w);
}

/* The largest datagram, in small pieces. */
static void
largest(void **state)
{
	struct world w;
	uint8_t *all = calloc(1, 65536);
	enum packet_result got = PACKET_HELD;

	world_open(&w, 4, NULL);
	memcpy(all, w.content, CONTENT);
	for (size_t at = 65512; at > 0; at -= 8) {
		size_t to = at + 8 < 65515 ? at + 8 : 65515;

		assert_int_equal(
			send_cut(&w, all + at, at, to, to < 65515, to - at), PACKET_HELD);
	}
	got = send_cut(&w, all, 0, 8, true, 8);
	assert_int_equal(got, PACKET_TCP);
	assert_int_equal(w.s.payload.n, 65515 - 32);
	free(all);
	world_close(&w);
}

static void
limit_in_number(void **state)
{
	struct packet_settings set = packet_defaults;
	struct world w;

	set.fragment_packets = 3;
	world_open(&w, 4, &set);
	for (w.id = 1; w.id <= 4; w.id++)
		assert_int_equal(send(&w, 0, 40), PACKET_HELD);
	assert_int_equal(packet_counts(w.d)->fragments_evicted, 1);
	w.id = 2; /* the oldest that is left */
	assert_int_equal(send(&w, 40, CONTENT), PACKET_TCP);
	w.id = 1;
	assert_int_equal(send(&w, 40, CONTENT), PACKET_HELD);
	world_close(&w);
}

static void
limit_in_bytes(void **state)
{
	struct packet_settings set = packet_defaults;
	uint8_t big[1024] = {0};
	struct world w;

	set.fragment_bytes = 300 * 1000;
	world_open(&w, 6, &set);
	for (w.id = 1; w.id < 1000; w.id++) {
		assert_int_equal(send_cut(&w, big, 40000, 41024, true, 1024), PACKET_HELD);
		assert_true(packet_memory(w.d) < set.fragment_bytes + 65536 * 2);
	}
	assert_true(packet_counts(w.d)->fragments_evicted > 900);
	set.fragment_bytes = 0;
	world_close(&w);
	world_open(&w, 6, &set);
	assert_int_equal(send(&w, 0, 40), PACKET_HELD);
	assert_int_equal(packet_counts(w.d)->fragments_dropped, 1);
	world_close(&w);
}

/* Fragments of a tunnel whose content is a fragment again. */
static void
fragments_in_fragments(void **state)
{
	struct world w;
	struct build k;
	uint8_t inner[2][CONTENT + 20];
	size_t n[2];

	world_open(&w, 4, NULL);
	for (int i = 0; i < 2; i++) {
		size_t from = i ? 40 : 0, to = i ? CONTENT : 40;

		k.n = 0;
		build_put(&k, w.content + from, to - from);
		build_ip4_part(&k, 6, 5, (uint16_t)(i ? from / 8 : 0x2000));
		n[i] = k.n;
		memcpy(inner[i], build_front(&k), k.n);
	}
	for (int i = 0; i < 2; i++) {
		enum packet_result got = PACKET_HELD;

		for (size_t from = 0; from < n[i]; from += 24) {
			size_t to = from + 24 < n[i] ? from + 24 : n[i];
			struct segment s;

			k.n = 0;
			build_put(&k, inner[i] + from, to - from);
			build_ip4_part(&k, 4, (uint16_t)(100 + i),
				(uint16_t)(from / 8 | (to < n[i] ? 0x2000 : 0)));
			free(w.copy);
			got = build_decode(w.d, &k, 101, k.n, k.n, &s, &w.copy);
			w.s = s;
		}
		assert_int_equal(got, i ? PACKET_TCP : PACKET_HELD);
	}
	expect_whole(&w);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(overlap_first_wins),
		cmocka_unit_test(overlap_brings_the_rest),
		cmocka_unit_test(missing_is_held),
		cmocka_unit_test(ids_are_kept_apart),
		cmocka_unit_test(cut_by_snaplen),
		cmocka_unit_test(ends_that_contradict),
		cmocka_unit_test(impossible_lengths),
		cmocka_unit_test(largest),
		cmocka_unit_test(limit_in_number),
		cmocka_unit_test(limit_in_bytes),
		cmocka_unit_test(fragments_in_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
