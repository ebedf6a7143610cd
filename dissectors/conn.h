/* Private to the driver: one connection and what is between its bytes and its dissector. */
#ifndef MS_DISSECTORS_CONN_H
#define MS_DISSECTORS_CONN_H

#include <zlib.h>

#include "base/ages.h"
#include "base/arena.h"
#include "dissectors/driver.h"

/* Where a run of kept bytes came from. */
struct mark {
	uint64_t pos;    /* position in the kept stream (conn_side.taken counts the same way) of
			    its first byte */
	uint64_t offset; /* stream offset of that byte */
	int64_t ts_ns;
	uint64_t packet;
	uint64_t acked;
	uint16_t input;
	bool flat;     /* inflated or decrypted: every byte of the run has the same offset */
	uint8_t cover; /* enum cover */
};

enum side_state {
	SIDE_PLAIN,
	SIDE_EXPECT_TLS, /* the next bytes should be TLS */
	SIDE_TLS,
	SIDE_EXPECT_SASL, /* the next bytes may be a SASL frame */
	SIDE_SASL,
	SIDE_STOPPED, /* nobody listens */
};

struct inflater {
	z_stream z;
	uint64_t in, out;
};

/* One direction. */
struct conn_side {
	struct buf keep; /* bytes not used yet; keep.p[start..] */
	size_t start;
	uint64_t taken;     /* position of keep.p[start]: bytes used so far (after inflating) */
	uint64_t shown;     /* position up to which the bytes were judged, while probing */
	struct mark *marks; /* of the kept bytes, oldest first */
	uint32_t n_marks, cap_marks;
	struct mark last; /* where the newest byte came from */
	uint8_t state;    /* enum side_state */
	bool waiting;     /* DIS_WAIT: show again when the other side moved */
	bool fresh;       /* there is something to show: new bytes, or the other side moved */
	bool resolved;    /* the dissector was told that the answer will not come, and has used
			     nothing since */
	bool gave_up;     /* a wait of this side ended without an answer, the other side being
			     absent: no more waits */
	bool ended;       /* FIN was reached */
	bool had_gap;
	bool tls_seen;
	bool sticky; /* the room of kept bytes stays when they are used up */
	uint32_t wait_pieces;
	uint32_t frames; /* SASL */
	uint64_t frame_left;
	struct inflater *inflate;
};

enum conn_phase {
	CONN_PROBE,
	CONN_ELSEWHERE, /* TLS off the mail ports that may be opened: elsewhere.c */
	CONN_DIALOGUE,
	CONN_DONE
};

/* Pieces of both directions in the order they came, while probing. */
struct arrival {
	uint8_t dir;
	bool gap;
	uint64_t bytes;
	struct ev_gap what;
	struct mark at;
};

/* A PROXY header that was skipped. */
struct proxied {
	struct ev_proxy what;
	uint32_t len;   /* bytes of it */
	struct mark at; /* of its last piece */
};

struct conn {
	struct aged age; /* of those that are awake, or spare */
	struct driver *drv;
	struct flow *flow;
	const struct dissector *dis;
	void *state; /* of the dissector: in `room`; NULL: not started */
	/* What follows, with the state, is packed when the connection rests (rest.c). It may
	 * hold no pointer into itself. */
	size_t counted; /* bytes of it in driver_counts.memory_bytes that are not its own */
	void *tls;      /* state of tls_dissector, when a side is TLS */
	struct unwrap *unwrap; /* TLS whose keys may be known: unwrap.c. NULL: none */
	struct conn *trial;    /* elsewhere.c; NULL: none */
	void *session;
	struct conn_side side[2];
	struct arrival *arrivals;
	struct proxied *proxied; /* not told yet; NULL: none */
	uint32_t n_arrivals, cap_arrivals;
	uint8_t phase;  /* enum conn_phase */
	uint8_t newest; /* enum dir of the bytes that came last */
	bool asked;     /* STARTTLS, and it was not refused */
	bool upgraded;  /* TLS after STARTTLS, not from the first byte, nor unasked */
	bool tls_stopped;
	bool trying;        /* it is the trial of another: it has no session */
	bool proxy_settled; /* a PROXY header was skipped, or there is none */
	_Alignas(16) uint8_t room[];
};

/*
 * TLS whose keys the user may hold. Where it is on, the wire's bytes of that direction go
 * through it, and side[] has what is inside.
 */
struct unwrap {
	struct decrypt *keys;
	struct conn_side wire[2];
	size_t shown[2];     /* of the kept bytes: so many the TLS dissector has seen */
	uint32_t skip[2];    /* octets of a record to pass over, part of which is missing … */
	uint32_t broken[2];  /* … and of its fragment */
	uint64_t hunted[2];  /* octets in which the next record was looked for */
	int64_t waits_ns[2]; /* since when the first kept record waits for its secret; 0: it
				does not */
	/* What is missing inside is known when a record could be opened again. */
	uint64_t hole_at[2];  /* stream offset of the first record that is not whole … */
	uint64_t hole_seq[2]; /* … and its number */
	bool hole[2];
	uint8_t keys_said; /* enum tls_keys */
	bool on[2];
	bool blocked[2]; /* the first kept record waits */
	bool begun;      /* something was decrypted */
	bool probing;    /* it is not known yet what is inside */
};

struct driver {
	struct dis_limits limits;
	struct guess *guess;
	struct driver_sink sink;
	struct driver_counts counts;
	struct ages awake;     /* connections, by last use */
	struct aged *spare;    /* blocks for the next that wakes, by older */
	struct blocks *rested; /* the others, packed */
	size_t conn_bytes;     /* of a struct conn with room for any dissector */
	uint8_t *packing;      /* where one is written short */
	struct keylog *keylog; /* NULL: none. Borrowed */
	uint8_t *inside;       /* room for one decrypted record */
	struct bytes *items;   /* room for one list: events_items() */
};

/* What the functions of dissector.h work on, for the length of one feed(), gap() or end(). */
struct events {
	struct conn *c;
	enum dir dir;
	uint64_t pos;             /* position of in.p[0] */
	const struct mark *marks; /* that cover `in` */
	size_t n_marks;
	bool expect_tls;
};

/* events.c */
void conn_say(struct conn *c, struct event *e);
struct place mark_place(const struct conn *c, enum dir d, const struct mark *m, uint32_t len);

/* driver.c: more bytes inside of TLS from the first byte, until it is known what they are. */
void conn_probe_inside(struct conn *c, enum dir d, struct bytes in, const struct mark *at);
void conn_settle_inside(struct conn *c, bool final);

/* probe.c: chooses c->dis; true when the question is settled (c->phase changed). final: no more
 * bytes will come. */
bool conn_probe(struct conn *c, bool final);
/* It is `dis`: what is kept is still to be replayed. */
void conn_start(struct conn *c, const struct dissector *dis);

/* elsewhere.c */
enum elsewhere {
	ELSEWHERE_MORE, /* it is not known yet */
	ELSEWHERE_MAIL,
	ELSEWHERE_NOT, /* not mail, or it cannot be opened */
};
/* May TLS be mail although its port is not? */
bool elsewhere_wanted(const struct conn *c);
/* Of all that is kept so far; what was kept just now as the newest arrival; the end. */
enum elsewhere elsewhere_begin(struct conn *c);
enum elsewhere elsewhere_feed(
	struct conn *c, enum dir d, struct bytes in, const struct mark *at);
enum elsewhere elsewhere_gap(
	struct conn *c, enum dir d, const struct ev_gap *gap, const struct mark *at);
enum elsewhere elsewhere_end(struct conn *c);
size_t elsewhere_memory(const struct conn *c);
void elsewhere_done(struct conn *c);

/* layers.c: what stands between the wire and feed(). */
/* Sets both sides to expect TLS; the client's unused bytes are looked at too. */
void layer_expect_tls(struct conn *c);
/* Was it asked for, as far as that was seen? */
bool layer_tls_asked(const struct conn *c);
/*
 * Looks at the kept bytes of a side that is not SIDE_PLAIN, and uses what belongs to a layer.
 * True when what is left is plain text for the dissector; *ret_expect_tls: it stands where TLS
 * was to begin.
 */
bool layer_step(struct conn *c, enum dir d, bool *ret_expect_tls);
/* From here on side d is TLS; the other side is expected to be. */
void layer_start_tls(struct conn *c, enum dir d);
void layer_tls_feed(struct conn *c, enum dir d);
/* The same straight from the packet, nothing being kept. */
void layer_tls_piece(struct conn *c, enum dir d, struct bytes in, const struct mark *at);
void layer_tls_gap(struct conn *c, enum dir d, uint64_t lost);
void layer_tls_end(struct conn *c);
/* Begins to inflate both directions; what is kept is inflated at once. */
void layer_start_deflate(struct conn *c);
/* Wire bytes through the inflater onto the kept bytes. False: broken, the side is stopped. */
bool layer_inflate(struct conn *c, enum dir d, struct bytes in, const struct mark *at);
void layer_done(struct conn *c);

/* unwrap.c: decryption. */
/* Are there secrets, or may there be? */
bool unwrap_wanted(const struct driver *drv);
/* The connection is TLS from its first byte, which is still to be delivered. */
void unwrap_begin(struct conn *c);
/* From here on the wire's bytes of direction d, those that are kept too, are TLS. */
void unwrap_start(struct conn *c, enum dir d);
static inline bool
unwrap_on(const struct conn *c, enum dir d)
{
	return c->unwrap && c->unwrap->on[d];
}
void unwrap_feed(struct conn *c, enum dir d, struct bytes in, const struct mark *at);
void unwrap_gap(struct conn *c, enum dir d, uint64_t lost, const struct mark *at);
/* No more bytes come: nothing is waited for. */
void unwrap_end(struct conn *c);
/* The connection goes to rest. */
void unwrap_rest(struct conn *c);
size_t unwrap_memory(const struct conn *c);
void unwrap_done(struct conn *c);

/* keep.c */
void side_keep(struct conn_side *s, struct bytes in, const struct mark *at);
struct bytes side_bytes(const struct conn_side *s);
void side_use(struct conn_side *s, size_t n);
void side_drop(struct conn_side *s);
/* Frees what is kept. */
void side_reset(struct conn_side *s);
/* Memory that the kept bytes take. */
size_t side_kept(const struct conn_side *s);
/* Right behind what was used of a side. */
struct place side_place(const struct conn *c, enum dir d);

/* dialogue.c */
/* New bytes, missing bytes, the end, of a connection whose dissector is known. */
void conn_deliver(struct conn *c, enum dir d, struct bytes in, const struct mark *at);
/* The same, inside of TLS that was decrypted. */
void conn_take(struct conn *c, enum dir d, struct bytes in, const struct mark *at);
void conn_gap(struct conn *c, enum dir d, const struct ev_gap *gap, const struct mark *at);
/* So many bytes are missing for the dissector. */
void conn_lose(struct conn *c, enum dir d, uint64_t bytes, const struct mark *at);
void conn_end(struct conn *c);
/* Nobody listens to either side any more. */
void conn_stop(struct conn *c, const char *why);
void conn_pump(struct conn *c);

/* rest.c: few connections are awake, the others are packed. */
struct conn *conn_new(struct driver *drv, struct flow *f);
/* That of a flow, awake; NULL: it has none. Valid until driver_rest(). */
struct conn *conn_of(struct driver *drv, struct flow *f);
/* It will be asked for soon: its memory is wanted in the cache. */
void conn_expect(const struct flow *f);
void conn_free(struct conn **c);
/* After each call of the stream layer: those that were used longest ago go to rest. */
void driver_rest(struct driver *drv);
void driver_rest_init(struct driver *drv);
void driver_rest_done(struct driver *drv);

#endif
