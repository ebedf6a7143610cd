/* Builds frames from the inside out: every call puts one header in front of what is there. */
#ifndef MS_TESTS_PACKET_BUILD_H
#define MS_TESTS_PACKET_BUILD_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"

struct build {
	uint8_t b[70000]; /* filled from its end */
	size_t n;
};

static inline uint8_t *
build_front(struct build *k)
{
	return k->b + sizeof(k->b) - k->n;
}

static inline void
build_put(struct build *k, const void *p, size_t n)
{
	assert(k->n + n <= sizeof(k->b));
	k->n += n;
	memcpy(build_front(k), p, n);
}

/* Hex digits; spaces are for the reader. */
static inline void
build_hex(struct build *k, const char *hex)
{
	uint8_t out[256];
	size_t n = 0;

	for (; *hex; hex++) {
		char two[3] = {hex[0], hex[1], 0};

		if (*hex == ' ')
			continue;
		assert(n < sizeof(out));
		out[n++] = (uint8_t)strtoul(two, NULL, 16);
		hex++;
	}
	build_put(k, out, n);
}

static inline void
build_be16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* The segment that every test sends: ports 40000 and 25, options of 12 bytes (padding and a
 * time stamp). */
static inline void
build_tcp(struct build *k)
{
	build_hex(k, "9c40 0019 01020304 0a0b0c0d 80 18 2000 0000 0000 01 01 08 0a 11111111 "
		     "22222222");
}

/* part: the flags and offset field. */
static inline void
build_ip4_part(struct build *k, uint8_t proto, uint16_t id, uint16_t part)
{
	uint8_t h[20] = {0x45, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7};

	build_be16(h + 2, k->n + sizeof(h));
	build_be16(h + 4, id);
	build_be16(h + 6, part);
	h[9] = proto;
	build_put(k, h, sizeof(h));
}

static inline void
build_ip4(struct build *k, uint8_t proto)
{
	build_ip4_part(k, proto, 7, 0x4000);
}

static inline void
build_ip6(struct build *k, uint8_t proto)
{
	uint8_t h[40] = {0x60, 0, 0, 0, 0, 0, 0, 63, 0x20, 1, 0xd, 0xb8, [23] = 1, 0x20, 1, 0xd,
		0xb8, [39] = 7};

	build_be16(h + 4, k->n);
	h[6] = proto;
	build_put(k, h, sizeof(h));
}

static inline void
build_ethernet(struct build *k, uint16_t type)
{
	uint8_t h[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	build_be16(h + 12, type);
	build_put(k, h, sizeof(h));
}

static inline void
build_udp(struct build *k, uint16_t port)
{
	uint8_t h[8] = {0xc0, 0};

	build_be16(h + 2, port);
	build_be16(h + 4, k->n + sizeof(h));
	build_put(k, h, sizeof(h));
}

/* Decodes the first `cut` bytes from memory of exactly that size, so that a read beyond is
 * seen; *ret_copy is freed by the caller. */
static inline enum packet_result
build_decode(struct packet_decoder *d, const struct build *k, uint16_t link, size_t cut,
	size_t wire, struct segment *ret, uint8_t **ret_copy)
{
	struct frame f = {.wire_len = (uint32_t)wire, .ts_ns = 5, .packet = 9, .link = link};

	*ret_copy = malloc(cut ? cut : 1);
	memcpy(*ret_copy, k->b + sizeof(k->b) - k->n, cut);
	f.data = (struct bytes){*ret_copy, cut};
	return packet_decode(d, &f, ret);
}

#endif
