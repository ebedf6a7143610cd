/*
 * A walk over a classic pcap of Ethernet, IPv4, TCP and UDP in the byte order of this machine,
 * without libpcap: what the two loops beside it share. No check of anything: it is a measure,
 * not a program.
 */
#ifndef MS_BENCH_WALK_H
#define MS_BENCH_WALK_H

#include <stdint.h>
#include <string.h>

enum {
	WALK_HEADER = 24,
	WALK_RECORD = 16,
	WALK_ETHERNET = 14,
	WALK_TCP = 6
};

struct walk_packet {
	const uint8_t *ip, *l4, *data, *end; /* data … end: the payload */
};

static inline uint16_t
walk_16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* As it lies in memory. */
static inline uint32_t
walk_raw32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The parts of a frame; 0 when it is not IPv4 with TCP or UDP. */
static inline int
walk_decode(const uint8_t *frame, uint32_t len, struct walk_packet *ret)
{
	if (len < 42 || frame[12] != 8 || frame[13] != 0)
		return 0;
	ret->ip = frame + WALK_ETHERNET;
	ret->end = ret->ip + walk_16(ret->ip + 2);
	if (ret->end > frame + len)
		ret->end = frame + len;
	ret->l4 = ret->ip + (ret->ip[0] & 15) * 4;
	ret->data = ret->l4 + (ret->ip[9] == WALK_TCP ? (ret->l4[12] >> 4) * 4 : 8);
	return 1;
}

#endif
