/*
 * TCP connections and their ordered bytes (RFC 9293).
 *
 * One flow table: open addressing, seeded hash (XXH3), both directions in one entry. Reassembly
 * hands in-order payload to the sink straight from the packet; holds early segments under
 * limits; takes the first copy of overlapping bytes and notes when copies differ; reports holes
 * as gaps.
 *
 * Order between the directions is kept by acknowledgment numbers: a segment of one side that
 * acknowledges bytes of the other side which we have not delivered yet is held until they are
 * (it was sent after them), so that a capture with packets out of order gives the same calls as
 * one in order. When the other direction was never captured nothing waits for it.
 */
#ifndef MS_STREAM_STREAM_H
#define MS_STREAM_STREAM_H

#include "event/event.h"
#include "packet/segment.h"

struct stream_settings {
	size_t memory_bytes; /* ceiling for flows, held segments; default 512 MiB. Oldest flows
				go first */
	size_t flows;        /* connections at once; default 2,000,000 */
	size_t hold_bytes; /* early bytes held for one direction of a connection; default 1 MiB
			    */
	uint32_t hold_segments; /* and their number; default 4096 */
	int64_t hole_ns; /* a hole that the peer acknowledged is given up after this much packet
			    time … default 2 s */
	uint32_t hole_segments; /* … and that many further segments of the connection; default
				   32 */
	int64_t hole_max_ns;    /* any hole is given up after this; default 30 s */
	int64_t syn_ns;  /* a connection without a reply is forgotten after; default 30 s */
	int64_t idle_ns; /* an open connection is ended (timeout) after; default 1 h (IMAP IDLE:
			    29 min) */
	int64_t linger_ns; /* after FIN both ways or RST, late segments are awaited for; default
			      5 s */
	int64_t step_ns;   /* of the time between two packets at most this counts for holes and
			    * lingering, as silence of the whole capture tells nothing of late
			    * segments; default 500 ms. What streams_tick() says counts in full
			    */
	int64_t leap_ns;   /* a time stamp further ahead than this is broken, unless the next
			    * packet is there, too; default 30 days */
	uint32_t max_jump_bytes; /* sequence and acknowledgment numbers further than this from
				  * what is expected are not believed; default 16 MiB, below 1
				  * GiB */
	uint32_t jump_segments; /* … unless so many segments in a row continue there; default 4
				 */
	uint32_t join_segments; /* where a direction begins whose SYN was not seen is settled
				 * after so many segments of its connection, or of all in
				 * hole_ns, or hole_max_ns; for they may be reordered;
				 * default 12, at most 4095 */
	uint32_t one_sided_segments; /* joined in the middle, one side never seen: nothing waits
				      * for it any more so many segments after the first that
				      * acknowledges its bytes; default 16. (After a SYN: as for
				      * a hole) */
	size_t compare_bytes; /* memory for delivered bytes of all connections together, to
			       * compare second copies with; of longer segments that can be
			       * read again only where they stand; default 8 MiB; 0: only what
			       * is held is compared */
};
extern const struct stream_settings stream_defaults;

enum flow_reason {
	FLOW_OPEN,
	FLOW_FIN,
	FLOW_RST,
	FLOW_TIMEOUT,
	FLOW_EOF,
	FLOW_EVICTED
};
const char *flow_reason_name(enum flow_reason r); /* "fin" "rst" "timeout" "eof" "evicted" */

/* A million of these may be open: numbers have the bits they can need. */
struct flow_side {
	uint64_t packets : 40; /* frames */
	uint64_t gaps : 24;
	uint64_t bytes : 48; /* payload bytes on the wire without retransmissions: handed over
			      * or missing; = the next stream offset. Of an ignored flow as the
			      * sequence numbers say */
	uint64_t ttl_min : 8, ttl_max : 8; /* of its packets */
	uint64_t gap_bytes : 48;
	bool syn : 1, fin : 1, rst : 1; /* were seen */
};

/* What everybody may read of a connection. The stream layer owns it; it is gone after close().
 */
struct flow {
	uint64_t id : 48;   /* 1, 2, … in order of first packet: CONTRACT flow_id */
	bool midstream : 1; /* no SYN was seen. A late one may clear it, and turn client and
			     * server round, before the first data() */
	bool ignored : 1;   /* flow_ignore() was called: only counted */
	enum flow_reason reason : 4; /* FLOW_OPEN until it ends */
	uint64_t n_vlan : 2;
	struct endpoint client, server;
	struct flow_side side[2]; /* by enum dir */
	int64_t first_ns, last_ns;
	uint64_t first_packet : 48, first_input : 16;
	uint64_t last_packet : 48, last_input : 16;
	uint16_t vlan[2];
	uint32_t stamp; /* the stream layer's own: last sign of life, in its coarse ticks */
	void *user;     /* the driver's */
};

enum stream_note {
	NOTE_OVERLAP_DIFFERS, /* second copy of some bytes is different (keep-alive probes of
				 one byte excepted) */
	NOTE_SPURIOUS_SYN,
	NOTE_HOLD_LIMIT,
};

/* Where delivered bytes come from. offset counts from the first data byte of the direction and
 * includes gaps. */
struct stream_at {
	int64_t ts_ns;
	uint64_t packet;
	uint64_t offset;
	uint64_t acked; /* stream offset of the other direction that this segment acknowledges;
			   PLACE_NO_ACK when not known */
	uint16_t input;
};

struct stream_sink {
	void *user;
	/* First packet (a lone RST opens no flow). flow->user may be set. */
	void (*open)(void *user, struct flow *f);
	/* In-order bytes, borrowed. Never empty. */
	void (*data)(void *user, struct flow *f, enum dir d, struct bytes in,
		const struct stream_at *at);
	/*
	 * `bytes` are missing at at->offset. at->packet: the packet that revealed it, 0 at the
	 * end of the flow. acked: the peer had them. Of a direction without any packet nothing
	 * is called missing.
	 */
	void (*gap)(void *user, struct flow *f, enum dir d, uint64_t bytes, enum gap_why why,
		bool acked, const struct stream_at *at);
	/* `first`/`second`: up to 64 differing bytes of NOTE_OVERLAP_DIFFERS (old copy, new
	 * copy), else none. */
	void (*note)(void *user, struct flow *f, enum dir d, enum stream_note what,
		struct bytes first, struct bytes second, const struct stream_at *at);
	/* FIN of this direction was reached in order: no more data from it. */
	void (*fin)(void *user, struct flow *f, enum dir d, const struct stream_at *at);
	/* The end; f->reason says why. Everything held was delivered or given up as gaps
	 * before. */
	void (*close)(void *user, struct flow *f);
	/* May be NULL. Bytes of f will probably come in a moment: a good time to ask the
	 * memory for what belongs to it. Nothing may be changed. */
	void (*expect)(void *user, const struct flow *f);
};

/* Captured bytes once more: n from segment.at on, of an input. False: they cannot be had. */
struct stream_again {
	void *user;
	bool (*read)(void *user, uint16_t input, uint64_t at, uint8_t *to, size_t n);
};

struct stream_counts {
	uint64_t flows, flows_now, evicted, timeouts, gaps, gap_bytes, held_bytes_now, overlaps,
		syn_only;
};

struct streams;
/* server_ports tells who the server of a midstream connection probably is (ends with 0; kept by
 * reference; NULL: none); else the lower port. s NULL: stream_defaults. */
struct streams *streams_new(const struct stream_settings *s, const uint16_t *server_ports,
	const struct stream_sink *sink);
/* Delivered bytes that can be had again need not be kept. */
void streams_set_again(struct streams *s, const struct stream_again *a);
/* Closes every flow (FLOW_EOF) in order of id, then frees. */
void streams_free(struct streams **s);
/* One TCP segment. Time moves on by seg->ts_ns (never back). */
void streams_add(struct streams *s, const struct segment *seg);
/* The same as that for each of them in order, but with the memory they need asked for ahead. */
void streams_add_all(struct streams *s, const struct segment *segs, size_t n);
/* Live capture without packets: moves time on, so that holes and idle connections end. */
void streams_tick(struct streams *s, int64_t now_ns);
/* Ends every flow with FLOW_EOF, in order of id; for the end of input. */
void streams_end(struct streams *s);
/* Ends the connection that can best be done without (FLOW_EVICTED). False when there is none.
 * For the layers above, when they hold too much for connections. */
bool streams_evict(struct streams *s);
const struct stream_counts *streams_counts(const struct streams *s);
size_t streams_memory(const struct streams *s);

/* Not of interest: from now on the flow is only counted, and what it holds is freed. Safe
 * inside a sink call. */
void flow_ignore(struct flow *f);
/*
 * The content says that client and server are the other way round (midstream only). Endpoints
 * and sides change places; data() calls after this one carry the new direction. Safe inside
 * data().
 */
void flow_swap(struct flow *f);

#endif
