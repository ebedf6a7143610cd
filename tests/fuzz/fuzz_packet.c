/* A byte that chooses the link layer, then frames: captured length (2 bytes), bytes cut by the
 * snaplen (1), the bytes. */
#include <assert.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t links[] = {
	1, 0, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276, 147};

static const struct packet_settings small = {
	.tunnel_depth = 6,
	.fragment_packets = 4,
	.fragment_bytes = 64 * 1024,
	.fragment_ns = 100,
	.vxlan_port = 4789,
};

static void
check(const struct segment *s)
{
	volatile uint8_t sum = 0;

	assert(s->payload.n <= s->wire_len);
	assert(s->n_vlan <= 2);
	assert(s->src.family == 4 || s->src.family == 6);
	for (size_t i = 0; i < s->payload.n; i++)
		sum = (uint8_t)(sum + s->payload.p[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct bytes){data, size});
	struct packet_decoder *d = packet_new(&small);
	struct frame f = {.link = links[cursor_u8(&c) % (sizeof(links) / sizeof(*links))]};

	while (!c.err && cursor_left(&c)) {
		size_t n = cursor_be16(&c);
		uint8_t cut = cursor_u8(&c);
		struct segment s;
		enum packet_result r;

		f.data = cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c));
		f.wire_len = (uint32_t)f.data.n + cut;
		f.ts_ns += 10;
		f.packet++;
		r = packet_decode(d, &f, &s);
		if (r == PACKET_TCP || r == PACKET_UDP)
			check(&s);
		assert(packet_memory(d) < 1024 * 1024);
	}
	packet_free(&d);
	return 0;
}
