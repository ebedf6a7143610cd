/* Sessions made by hand for the tests of the sinks. */
#ifndef MS_TESTS_OUTPUT_MAKE_H
#define MS_TESTS_OUTPUT_MAKE_H

#include "model/session.h"

#include <arpa/inet.h>
#include <string.h>

static inline struct endpoint
make_endpoint(const char *addr, uint16_t port)
{
	struct endpoint e = {.port = port, .family = strchr(addr, ':') ? 6 : 4};

	inet_pton(e.family == 6 ? AF_INET6 : AF_INET, addr, e.addr);
	return e;
}

/* 2026-11-22T10:11:12Z plus ms. */
static inline int64_t
make_time(int64_t ms)
{
	return (INT64_C(1795342272) * 1000 + ms) * 1000000;
}

static inline void
make_flow(struct flow *f, uint64_t id)
{
	*f = (struct flow){.id = id,
		.client = make_endpoint("192.0.2.7", 40222),
		.server = make_endpoint("198.51.100.2", 143),
		.first_ns = make_time(0),
		.last_ns = make_time(2500),
		.first_packet = 1,
		.reason = FLOW_FIN,
		.n_vlan = 1};
	f->side[0].packets = 9;
	f->side[1].packets = 8;
	f->side[0].bytes = 120;
	f->side[1].bytes = 4800;
	f->vlan[0] = 42;
}

static inline struct place
make_place(enum dir d, uint64_t packet, uint64_t offset)
{
	return (struct place){.ts_ns = make_time((int64_t)packet * 100),
		.packet = packet,
		.offset = offset,
		.acked = PLACE_NO_ACK,
		.dir = (uint8_t)d};
}

#endif
