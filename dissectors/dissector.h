/*
 * The contract between the driver and every dissector: incremental, over ordered bytes.
 *
 * The driver keeps the bytes you did not use and shows them again in one piece, with more
 * behind them, so no dissector buffers lines. A dissector says what was said (event.h) and
 * knows nothing of findings, sinks or screens. It never sees a packet; the places of its events
 * are looked up by the driver from stream offsets.
 */
#ifndef MS_DISSECTORS_DISSECTOR_H
#define MS_DISSECTORS_DISSECTOR_H

#include "event/event.h"

enum dis_next {
	DIS_MORE, /* call again when this direction has more */
	DIS_WAIT, /* call again when the other direction has moved (after STARTTLS, DATA, AUTH);
		     see below */
	DIS_TURN, /* the other direction waits, and its turn has come (events_turn()); call
		     again when it has moved as far as it can */
	DIS_TLS,  /* what follows *used in BOTH directions should be TLS (return it from the
		     go-ahead, S2C); see below */
	DIS_DEFLATE, /* what follows *used in BOTH directions is raw DEFLATE (RFC 1951) of this
			protocol (RFC 4978); S2C */
	DIS_SASL, /* what follows *used in BOTH directions may be SASL frames (RFC 4422 3.7); if
		     not, feed goes on; S2C */
	DIS_STOP, /* not my protocol, or past repair: do not call again */
};

/*
 * DIS_WAIT: the unused bytes are kept and shown again as soon as the other direction was fed.
 * When that direction is not captured, has ended, or waits too long (dis_limits.wait_bytes),
 * the driver calls gap(st, other direction, 0, out) — "the answer will not come" — and shows
 * the bytes again; the dissector must then decide without the answer and may not return
 * DIS_WAIT for the same bytes a second time.
 *
 * DIS_TLS: the driver looks at the first bytes behind *used of each direction on its own (the
 * client's begin where its last feed stopped: return DIS_WAIT there, right behind the STARTTLS
 * line). If they are a TLS record, or an SSLv2 hello, that direction is TLS from there and the
 * dissector sees it no more, unless the keys are known: then secured() is called, and feed()
 * goes on with what is inside. If they are not, feed() is called with events_expect_tls(out)
 * true: take exactly one line as the plaintext it is (say STLS_SURPLUS and the command or
 * reply), then return DIS_TLS to have the next bytes looked at again, or DIS_MORE when it is
 * certain that TLS will not come (say STLS_NO_TLS once). A real mail proxy answers 220 to
 * STARTTLS and goes on in clear: the dialogue must be dissected on.
 */

struct dis_limits {
	size_t line_bytes; /* longest command or reply line; over it: one anomaly, swallow up to
			      LF. 64 KiB */
	size_t reply_bytes;  /* longest multi-line reply, list or response taken as one. 256 KiB
			      */
	size_t auth_bytes;   /* longest SASL answer. 128 KiB (RFC 4954 section 4 asks for 12288
				octets) */
	size_t wait_bytes;   /* bytes that may be kept while a dissector waits. 1 MiB */
	uint32_t queue;      /* commands without a reply. 1024 */
	uint32_t list_depth; /* IMAP parentheses. 64 */
	uint32_t caps;       /* items of a capability list. 256 */
	uint32_t inflate_ratio; /* COMPRESS: out : in, over at least 1 MiB of output. 1000 */
	size_t secret_bytes; /* live: TLS records kept while their secret may still come. 64 KiB
			      */
	int64_t secret_ns;   /* … and for how long. 2 s */
	size_t elsewhere_bytes; /* TLS off the mail ports, kept until it is known what is
				   inside. 64 KiB */
	uint32_t dns_records;   /* kept of a DNS answer. 256 */
	size_t probe_bytes;     /* first bytes of a direction kept to tell the protocol. 4096 */
	uint32_t awake; /* connections kept ready for the next packet; the others are written
			   short. 256 */
	uint32_t wait_segments; /* pieces of a one-sided stream after which nothing is waited
				   for. 16 */
};
extern const struct dis_limits dis_limits_default;

/* Where a dissector puts what it says, and may ask a few things. Made by the driver; opaque
 * here. */
struct events;

/* Says e. Its place is bytes [from, from+n) of the `in` of the current feed() call (n may be
 * 0). e->at is filled in. */
void events_say(struct events *out, struct event *e, size_t from, size_t n);
/* Says e at a place kept from earlier (a verdict that closes a command …). */
void events_say_at(struct events *out, struct event *e, const struct place *at);
/* The place of bytes [from, from+n) of the current `in`, to be kept. */
struct place events_place(const struct events *out, size_t from, size_t n);
/*
 * True when bytes of the other direction wait (DIS_WAIT). Ask behind each line or so, while
 * bytes of this direction are left, and return DIS_TURN: what came first is then said first,
 * however the stream is cut.
 */
bool events_turn(const struct events *out);
/* True while feed() is shown plaintext where TLS was to begin. */
bool events_expect_tls(const struct events *out);
/*
 * True when TLS was asked for, or may have been by a command that was not captured. Without
 * that, what stands in clear beside TLS that one side began by itself is nothing but clear:
 * neither STLS_SURPLUS nor STLS_NO_TLS, and no CMD_INJECTED.
 */
bool events_tls_asked(const struct events *out);
/* True when direction d was never captured on this connection (so far). */
bool events_one_sided(const struct events *out, enum dir d);
/* Stream offset up to which direction d has been given to the dissector (used). Inside of gap()
 * it is where the hole begins; afterwards it is behind it. */
uint64_t events_used(const struct events *out, enum dir d);
/* Is octet `from` of `in` the first of its direction in this dialogue, also inside of TLS? */
bool events_first(const struct events *out, size_t from);
/*
 * Bytes of the other direction d that came and wait to be shown: what the dissector itself
 * waits with, and all behind it. A loan.
 */
struct bytes events_kept(const struct events *out, enum dir d);
/* True once feed() was called for direction d after a gap, or the connection was joined in the
 * middle. */
bool events_midstream(const struct events *out);
/* The server's port; for the rare grammar that depends on it. */
uint16_t events_server_port(const struct events *out);
const struct dis_limits *events_limits(const struct events *out);
/* Room for dis_limits.caps items of a list that is being read, for the length of the call. */
struct bytes *events_items(const struct events *out);
/* A shortcut for EV_ANOMALY. detail may be BYTES_NONE; it is cut to 256 bytes; it must hold no
 * secret. */
void events_anomaly(
	struct events *out, enum anomaly_id id, size_t from, size_t n, struct bytes detail);

/* What probe() answers. The driver adds the answers of both directions and 30 when the server's
 * port is one of ports[]. */
enum {
	PROBE_NO = 0,      /* cannot be this protocol */
	PROBE_MAYBE = 40,  /* fits, as other protocols would (QUIT, USER x, +OK) */
	PROBE_LIKELY = 70, /* fits well */
	PROBE_CERTAIN = 100,
	PROBE_MORE = -1, /* more bytes are needed to say */
};

struct dissector {
	const char *name;
	enum proto proto;
	const uint16_t *ports; /* a hint, ends with 0 */
	bool ports_only;       /* no hint: elsewhere it is not looked for */
	bool no_session;       /* not mail: what it says is of no session (driver_sink.loose) */
	size_t state_size; /* a multiple of 8; zeroed for us, lives as long as the connection;
			      keep it small (a million may be open) */
	/*
	 * Could `head`, the first bytes (at most probe_bytes) of direction d, be this protocol?
	 * `whole_stream` false: the connection was joined in the middle, so head may begin
	 * anywhere (a reply in the middle of a dialogue, not a greeting).
	 */
	int (*probe)(enum dir d, struct bytes head, bool whole_stream);
	/*
	 * Bytes of direction d, in order. *used: how many need not be shown again (0..in.n).
	 * Called again with the rest at once when something was used and DIS_MORE returned with
	 * bytes left only if more bytes come; so consume all you can in one call.
	 */
	enum dis_next (*feed)(
		void *st, enum dir d, struct bytes in, size_t *used, struct events *out);
	/* `lost` bytes of direction d are missing here (0: see DIS_WAIT). Unused bytes before
	 * it were dropped by the driver. */
	void (*gap)(void *st, enum dir d, uint64_t lost, struct events *out);
	/*
	 * TLS after an upgrade is being read: what follows was decrypted. Called once, before
	 * the first of it is shown; what was known before is void. NULL: nothing changes.
	 */
	void (*secured)(void *st, struct events *out);
	/* No more bytes of direction d. Called once for each direction, C2S first, when the
	 * connection is over; close what is open. */
	void (*end)(void *st, enum dir d, struct events *out);
	/* Frees what the state holds (not the state itself). Secrets are wiped. */
	void (*done)(void *st);
};

extern const struct dissector smtp_dissector; /* SMTP, ESMTP, submission, LMTP */
extern const struct dissector pop3_dissector;
extern const struct dissector imap_dissector;
extern const struct dissector tls_dissector; /* records and hellos; also used below STARTTLS */
extern const struct dissector dns_dissector; /* DNS over TCP */

/* registry.c: all of them, ends with NULL. */
extern const struct dissector *const dissectors[];
/* The mail ports of IANA and habit: 25 465 587 2525 24 110 995 143 993 220 …; ends with 0. */
extern const uint16_t mail_ports[];
bool mail_port(uint16_t port);
/* 465 993 995: TLS from the first byte is expected. */
bool mail_port_implicit_tls(uint16_t port);

#endif
