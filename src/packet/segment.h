/* One TCP segment, or a UDP datagram, as the headers say. All of it borrowed from the packet.
 */
#ifndef MS_PACKET_SEGMENT_H
#define MS_PACKET_SEGMENT_H

#include "event/endpoint.h"

enum {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_PSH = 8,
	TCP_ACK = 16
};

struct segment {
	struct endpoint src, dst;
	uint32_t seq, ack;
	uint8_t flags;    /* TCP_… */
	uint8_t ip_proto; /* 6 TCP, 17 UDP */
	uint8_t ttl;      /* or hop limit */
	uint8_t n_vlan;   /* how many of vlan[] count; outermost first */
	uint16_t vlan[2];
	struct bytes payload; /* captured part */
	uint32_t wire_len;  /* payload length on the wire; more than payload.n when the snaplen
			       cut it */
	uint32_t frame_len; /* bytes of the frame on the wire, for the counters */
	int64_t ts_ns;
	uint64_t packet; /* 1-based number in its input */
	uint64_t at;     /* of payload.p in the input's file, as frame.at; 0: not there in one
			  * piece */
	uint16_t input;
};

#endif
