/*
 * What the files of this layer share: a connection as they see it, and the streams it lives in.
 * Memory: a connection without held segments costs one struct conn and its slot in the table.
 *
 * A direction is named here by its half: 0 is the side that was the client when the flow was
 * opened. Halves never change places; flow_swap() only turns what the outside calls client and
 * server.
 */
#ifndef MS_STREAM_CONN_H
#define MS_STREAM_CONN_H

#include "stream/stream.h"
#include "stream/flowtable.h"
#include "stream/recent.h"

enum {
	HALF_SEEN = 1,      /* a packet of it was seen */
	HALF_BASED = 2,     /* where it begins is settled: `next` is the next byte to deliver */
	HALF_SEQ = 4,       /* not settled: `next` is the lowest sequence number seen */
	HALF_LOWACK = 8,    /* not settled: `edge` is the lowest number the peer acknowledged */
	HALF_ACKED = 16,    /* `acked` is the highest number the peer acknowledged */
	HALF_LIMIT = 32,    /* settled: nothing is believed from `edge` on (FIN or RST) */
	HALF_FIN_DONE = 64, /* its FIN was delivered and is counted in `next` */
};

struct half {
	uint32_t next, acked, edge;
	uint32_t recent; /* its last record in struct recent */
};

/* Ordered by last sign of life, oldest first. */
enum conn_list {
	LIST_OPEN,
	LIST_SYN,    /* only SYNs of one side */
	LIST_LINGER, /* FIN both ways, or RST: from the time that happened */
	LISTS,
};

struct conn {
	struct flow f; /* first: a struct flow * is a struct conn * */
	struct half half[2];
	uint32_t hold;       /* conn_hold(); 0: nothing is held */
	uint32_t prev, next; /* in its list; free ones by next */
	uint8_t flags[2];    /* HALF_…, by half */
	bool flip : 1;       /* half 0 is the server */
	bool one_sided : 1;  /* the peer was never seen: nothing waits for it */
	uint16_t list : 2;   /* enum conn_list */
	/* Packets of the connection when the second half was first seen, the low bits: how many
	 * came since is asked until there are a few. */
	uint16_t join_from : 12;
};
#define JOIN_MOST 0x0fffu

/* A segment, or a part of one, that came early. Parts of one half never overlap. */
struct held {
	struct held *prev, *next; /* by seq */
	int64_t ts_ns, clock_ns;  /* of the packet; streams.clock_ns when it came */
	uint64_t packet;
	uint64_t arrived; /* segments of the capture when it came */
	uint32_t order;   /* packets of the connection when it came */
	uint32_t seq, len, ack;
	uint16_t input;
	bool has_ack, fin; /* fin: nothing but the FIN, len 0 */
	bool cut;          /* no bytes: the snaplen took them */
	uint8_t data[];
};

/* A SYN that does not belong to the connection it came in; a SYN-ACK will tell whether it opens
 * a new one. */
struct spare_syn {
	bool set, noted;
	uint8_t half;
	int64_t now_ns;
	struct segment seg; /* without payload */
};

enum hold_queue {
	QUEUE_NONE,
	QUEUE_HOLE,
	QUEUE_MAX
};

/* What only connections in trouble need. */
struct hold {
	struct conn *c;
	struct hold *prev, *next; /* in its queue, by check_ns */
	int64_t check_ns;         /* by streams.clock_ns */
	enum hold_queue queue;
	bool limit_noted;
	struct held *head[2], *tail[2];
	uint32_t n[2];
	size_t bytes[2];
	struct held *hint[2]; /* the last that was inserted, or NULL */
	uint32_t jump_next[2],
		jumps[2]; /* far segments in a row, and where the next would be */
	struct spare_syn syn;
};

struct conn_ends {
	uint32_t head, tail;
};
struct hold_ends {
	struct hold *head, *tail;
};

struct streams {
	struct stream_settings set;
	struct stream_sink sink;
	const uint16_t *server_ports;
	struct flowtable table;
	struct recent recent;
	struct conn_ends lists[LISTS];
	struct hold_ends queues[QUEUE_MAX + 1];
	struct stream_counts counts;
	struct hold **holds; /* by conn.hold - 1 */
	uint32_t n_holds, cap_holds;
	size_t hold_memory; /* struct hold, struct held and their bytes */
	int64_t now_ns;     /* packet time */
	int64_t clock_ns;   /* the same without long silence: settings.step_ns */
	int64_t leapt_ns;   /* packet time far ahead, not believed yet; 0: none */
	uint32_t stamp;     /* now_ns in ticks */
	uint64_t next_id;
	uint64_t arrived;  /* segments so far, and more for each tick */
	struct conn *busy; /* its segment is being worked on */
};

/* Ticks of 2^24 ns, 16.8 ms: 32 bits of them last two years. */
#define STAMP_SHIFT 24

static inline uint32_t
stamp_of(int64_t ns)
{
	return (uint32_t)((uint64_t)ns >> STAMP_SHIFT);
}

/* One TCP segment as reassembly sees it. */
struct arrival {
	const struct segment *seg;
	uint32_t seq;      /* of the first data byte */
	uint32_t len;      /* on the wire */
	struct bytes data; /* captured */
	uint32_t ack, order;
	int half;
	bool has_ack, fin;
};

/* What is held of c, or NULL. */
static inline struct hold *
conn_hold(const struct conn *c)
{
	return c->hold ? flowtable_owner(c)->holds[c->hold - 1] : NULL;
}

/* How far a is behind b: RFC 9293 section 3.4, sequence numbers wrap. */
static inline int32_t
seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline enum dir
conn_dir(const struct conn *c, int half)
{
	return (enum dir)(half ^ (c->flip ? 1 : 0));
}

static inline struct flow_side *
conn_side(struct conn *c, int half)
{
	return &c->f.side[conn_dir(c, half)];
}

/* Stream offset of the next byte to deliver. */
static inline uint64_t
conn_offset(struct conn *c, int half)
{
	return conn_side(c, half)->bytes;
}

static inline uint32_t
conn_packets(const struct conn *c)
{
	return (uint32_t)(c->f.side[0].packets + c->f.side[1].packets);
}

#endif
