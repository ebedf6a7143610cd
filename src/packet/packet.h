/*
 * From captured frames to TCP segments: link layers, tunnels, IP with fragments.
 * Link types by their DLT_ number (libpcap): EN10MB, LINUX_SLL, LINUX_SLL2, RAW (12, 101, 14),
 * IPV4, IPV6, NULL, LOOP, PPP_ETHER and what is inside: 802.1Q/802.1ad (any depth, the outer
 * two are reported), PPPoE session, MPLS, GRE (RFC 2784, 2890; with transparent Ethernet), IP
 * in IP (4/6 in 4/6), VXLAN (UDP 4789, RFC 7348). IPv4 fragments (RFC 791, 815) and IPv6
 * fragments (RFC 8200 4.5), any order, first copy wins. Checksums are not judged: offload makes
 * wrong ones common.
 */
#ifndef MS_PACKET_PACKET_H
#define MS_PACKET_PACKET_H

#include "packet/segment.h"

struct frame {             /* what capture hands over; borrowed */
	struct bytes data; /* captured bytes */
	uint32_t wire_len; /* bytes on the wire */
	int64_t ts_ns;
	uint64_t packet; /* 1-based number in its input */
	uint64_t at; /* of data.p, bytes from the beginning of the input's file, where it can
		      * be read again (source_again()); 0: it cannot */
	uint16_t input;
	uint16_t link; /* DLT_… */
};

struct packet_settings {
	uint32_t tunnel_depth;     /* headers nested inside each other at most; default 8 */
	uint32_t fragment_packets; /* datagrams being put together at once; default 4096 */
	uint32_t fragment_bytes;   /* bytes held for them, all together; default 16 MiB */
	int64_t fragment_ns;       /* and for how long (packet time); default 30 s */
	uint16_t vxlan_port;       /* default 4789 */
};
extern const struct packet_settings packet_defaults;

struct packet_counts {
	uint64_t frames, not_ip, not_tcp, malformed, fragments, fragments_dropped,
		fragments_evicted, unknown_link, truncated;
};

enum packet_result {
	PACKET_TCP,       /* *ret is a TCP segment */
	PACKET_UDP,       /* *ret is a UDP datagram (seq, ack, flags are 0) */
	PACKET_OTHER,     /* something else, or not for us; counted */
	PACKET_MALFORMED, /* headers contradict the packet; counted */
	PACKET_HELD,      /* a fragment: kept, nothing to hand over yet */
};

struct packet_decoder;
struct packet_decoder *packet_new(const struct packet_settings *s);
void packet_free(struct packet_decoder **d);
/*
 * *ret borrows from f; or, when fragments were joined, from the decoder until the next call:
 * packet_lasting() tells.
 */
enum packet_result packet_decode(
	struct packet_decoder *d, const struct frame *f, struct segment *ret);
/* Is it valid as long as the frame? */
static inline bool
packet_lasting(const struct frame *f, const struct segment *seg)
{
	return seg->payload.n == 0 ||
	       (uintptr_t)seg->payload.p - (uintptr_t)f->data.p < f->data.n;
}
const struct packet_counts *packet_counts(const struct packet_decoder *d);
size_t packet_memory(const struct packet_decoder *d);

#endif
