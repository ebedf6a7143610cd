/* Memory, counters and the order of ends when there are many connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "stream/stream.h"

struct crowd {
	struct streams *s;
	uint64_t opened, closed, last_id, out_of_order, delivered;
	uint64_t reasons[FLOW_EVICTED + 1];
	uint64_t by_id[64]; /* reason of the first ids */
	int64_t now_ns;
	uint64_t packet;
	size_t memory_max;
	bool ignore;
};

static void
crowd_open(void *user, struct flow *f)
{
	struct crowd *c = user;

	c->opened++;
	assert_int_equal(f->id, c->opened);
	if (c->ignore)
		flow_ignore(f);
}

static void
crowd_data(void *user, struct flow *f, enum dir d, struct bytes in, const struct stream_at *at)
{
	((struct crowd *)user)->delivered += in.n;
}

static void
crowd_gap(void *user, struct flow *f, enum dir d, uint64_t n, enum gap_why why, bool acked,
	const struct stream_at *at)
{
}

static void
crowd_note(void *user, struct flow *f, enum dir d, enum stream_note what, struct bytes first,
	struct bytes second, const struct stream_at *at)
{
}

static void
crowd_fin(void *user, struct flow *f, enum dir d, const struct stream_at *at)
{
}

static void
crowd_close(void *user, struct flow *f)
{
	struct crowd *c = user;

	c->closed++;
	c->reasons[f->reason]++;
	c->out_of_order += f->id < c->last_id;
	c->last_id = f->id;
	if (f->id < 64)
		c->by_id[f->id] = f->reason;
}

static void
crowd_init(struct crowd *c, const struct stream_settings *set)
{
	struct stream_sink sink = {
		c, crowd_open, crowd_data, crowd_gap, crowd_note, crowd_fin, crowd_close};

	memset(c, 0, sizeof(*c));
	c->s = streams_new(set, NULL, &sink);
	c->now_ns = NS_PER_S;
}

static void
crowd_done(struct crowd *c)
{
	streams_end(c->s);
	assert_int_equal(c->opened, c->closed);
	assert_int_equal(streams_counts(c->s)->flows_now, 0);
	assert_int_equal(streams_counts(c->s)->held_bytes_now, 0);
	streams_free(&c->s);
}

/* Client `n` says something to one server; side 1 is the server. */
static void
say(struct crowd *c, uint32_t n, int side, unsigned flags, uint32_t seq, uint32_t ack,
	size_t len)
{
	static const uint8_t bytes[1400];
	struct endpoint client = {
		.addr = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n},
		.port = (uint16_t)(1024 + n % 50000),
		.family = 4};
	struct endpoint server = {.addr = {192, 0, 2, 1}, .port = 143, .family = 4};
	struct segment seg = {
		.src = side ? server : client,
		.dst = side ? client : server,
		.seq = seq,
		.ack = ack,
		.flags = (uint8_t)flags,
		.ip_proto = 6,
		.payload = {bytes, len},
		.wire_len = (uint32_t)len,
		.ts_ns = c->now_ns += 1000,
		.packet = ++c->packet,
	};

	streams_add(c->s, &seg);
	if (streams_memory(c->s) > c->memory_max)
		c->memory_max = streams_memory(c->s);
}

static void
hello(struct crowd *c, uint32_t n)
{
	say(c, n, 0, TCP_SYN, 99, 0, 0);
	say(c, n, 1, TCP_SYN | TCP_ACK, 499, 100, 0);
	say(c, n, 0, TCP_ACK, 100, 500, 0);
}

static void
bye(struct crowd *c, uint32_t n, uint32_t said)
{
	say(c, n, 0, TCP_ACK | TCP_FIN, 100 + said, 500, 0);
	say(c, n, 1, TCP_ACK | TCP_FIN, 500, 101 + said, 0);
}

static void
test_syn_flood(void **state)
{
	struct stream_settings set = stream_defaults;
	struct crowd c;

	set.memory_bytes = 4 << 20;
	crowd_init(&c, &set);
	hello(&c, 1000000);
	for (uint32_t i = 0; i < 100000; i++)
		say(&c, i, 0, TCP_SYN, i, 0, 0);
	assert_true(c.memory_max <= set.memory_bytes);
	assert_true(streams_counts(c.s)->evicted > 75000);
	assert_int_equal(streams_counts(c.s)->evicted, c.reasons[FLOW_EVICTED]);
	assert_int_equal(streams_counts(c.s)->syn_only, c.closed);
	assert_int_equal(c.by_id[1], FLOW_OPEN); /* the real one is still there */
	c.now_ns += 31 * NS_PER_S;
	streams_tick(c.s, c.now_ns);
	assert_int_equal(streams_counts(c.s)->flows_now, 1);
	assert_true(c.reasons[FLOW_TIMEOUT] > 1000);
	assert_int_equal(streams_counts(c.s)->timeouts, c.reasons[FLOW_TIMEOUT]);
	crowd_done(&c);
}

static void
test_number_of_flows(void **state)
{
	struct stream_settings set = stream_defaults;
	struct crowd c;

	set.flows = 30;
	crowd_init(&c, &set);
	for (uint32_t i = 1; i <= 30; i++)
		hello(&c, i);
	bye(&c, 20, 0);           /* is over: goes first */
	c.now_ns += 2 * NS_PER_S; /* places are renewed once a second */
	say(&c, 1, 0, TCP_ACK, 100, 500, 3);
	hello(&c, 31);
	assert_int_equal(c.by_id[20], FLOW_FIN);
	assert_int_equal(c.closed, 1);
	hello(&c, 32);
	hello(&c, 33);
	assert_int_equal(c.closed, 3);
	assert_int_equal(c.by_id[1], FLOW_OPEN);
	assert_int_equal(c.by_id[2], FLOW_EVICTED);
	assert_int_equal(c.by_id[3], FLOW_EVICTED);
	assert_int_equal(streams_counts(c.s)->flows_now, 30);
	assert_int_equal(streams_counts(c.s)->evicted, 2);
	crowd_done(&c);
}

static void
test_held_bytes(void **state)
{
	struct stream_settings set = stream_defaults;
	struct crowd c;

	set.memory_bytes = 4 << 20;
	set.compare_bytes = 0;
	crowd_init(&c, &set);
	for (uint32_t i = 0; i < 100; i++) {
		hello(&c, i);
		for (uint32_t k = 1; k < 100; k++)
			say(&c, i, 0, TCP_ACK, 100 + k * 1400, 500, 1400);
	}
	/* one segment may be held before it is noticed */
	assert_true(c.memory_max <= set.memory_bytes + 2048);
	assert_true(c.reasons[FLOW_EVICTED] > 50);
	crowd_done(&c);
	assert_int_equal(c.delivered, 100 * 99 * 1400);
}

/* One connection alone may not break the ceiling either. */
static void
test_held_bytes_alone(void **state)
{
	struct stream_settings set = stream_defaults;
	struct crowd c;

	set.memory_bytes = 256 << 10;
	set.compare_bytes = 0;
	crowd_init(&c, &set);
	hello(&c, 1);
	for (uint32_t k = 1; k < 1000; k++)
		say(&c, 1, 0, TCP_ACK, 100 + k * 2000, 500, 1400);
	assert_true(c.memory_max <= set.memory_bytes + 2048);
	crowd_done(&c);
	assert_int_equal(c.delivered, 999 * 1400);
}

static void
test_many(void **state)
{
	enum {
		N = 100000
	};
	struct crowd c;

	crowd_init(&c, NULL);
	for (uint32_t i = 0; i < N; i++)
		hello(&c, i);
	for (uint32_t i = 0; i < N; i++)
		say(&c, (i * 7919) % N, 0, TCP_ACK, 100, 500, 10);
	assert_int_equal(c.opened, N);
	assert_int_equal(c.delivered, 10 * N);
	assert_true(c.memory_max - (8 << 20) < N * 272);
	for (uint32_t i = 0; i < N; i += 2)
		bye(&c, i, 10);
	c.now_ns += 6 * NS_PER_S;
	streams_tick(c.s, c.now_ns);
	assert_int_equal(c.reasons[FLOW_FIN], N / 2);
	c.last_id = 0;
	c.out_of_order = 0;
	crowd_done(&c);
	assert_int_equal(c.out_of_order, 0);
	assert_int_equal(c.reasons[FLOW_EOF], N / 2);
}

/* One packet of a far future must not end what goes on. */
static void
test_clock_jumps(void **state)
{
	struct crowd c;

	crowd_init(&c, NULL);
	hello(&c, 1);
	int64_t then = c.now_ns;
	c.now_ns += 400 * 24 * 3600 * NS_PER_S;
	hello(&c, 2); /* the first one times out: nobody can know better */
	c.now_ns = then;
	hello(&c, 3);
	for (uint32_t i = 0; i < 100; i++)
		say(&c, 3, 0, TCP_ACK, 100 + i, 500, 1);
	assert_int_equal(c.delivered, 100);
	assert_int_equal(c.closed, 1);
	crowd_done(&c);
}

/* Nor may one with a broken time stamp: the next one shows that time did not go on. */
static void
test_clock_broken(void **state)
{
	struct crowd c;

	crowd_init(&c, NULL);
	hello(&c, 1);
	int64_t then = c.now_ns;
	c.now_ns += 400 * 24 * 3600 * NS_PER_S;
	say(&c, 1, 0, TCP_ACK, 100, 500, 1);
	c.now_ns = then;
	say(&c, 1, 0, TCP_ACK, 101, 500, 1);
	assert_int_equal(c.delivered, 2);
	assert_int_equal(c.closed, 0);
	c.now_ns += 400 * 24 * 3600 * NS_PER_S; /* and now it does */
	hello(&c, 2);
	assert_int_equal(c.closed, 1);
	crowd_done(&c);
}

static void
test_ignored(void **state)
{
	struct crowd c;

	crowd_init(&c, NULL);
	c.ignore = true;
	for (uint32_t i = 1; i <= 10; i++) {
		hello(&c, i);
		say(&c, i, 0, TCP_ACK, 100 + 1400, 500, 1400);
		say(&c, i, 0, TCP_ACK, 100, 500, 1400);
		bye(&c, i, 2800);
	}
	assert_int_equal(c.delivered, 0);
	assert_int_equal(streams_counts(c.s)->held_bytes_now, 0);
	c.now_ns += 6 * NS_PER_S;
	streams_tick(c.s, c.now_ns);
	assert_int_equal(c.reasons[FLOW_FIN], 10);
	crowd_done(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn_flood),
		cmocka_unit_test(test_number_of_flows),
		cmocka_unit_test(test_held_bytes),
		cmocka_unit_test(test_held_bytes_alone),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_clock_jumps),
		cmocka_unit_test(test_clock_broken),
		cmocka_unit_test(test_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
