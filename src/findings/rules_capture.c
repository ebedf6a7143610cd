/* What the capture lacks, FINDINGS.md 5.13: these protect every other conclusion. */
#include "findings/text.h"

#include <string.h>

enum { /* rows of rules_capture */
	MIDSTREAM,
	GAP,
};

/* The smallest difference of TTL that two hosts make and one path does not. */
#define TTL_SPREAD 3

static bool
is_mail(const struct session *s)
{
	return s->proto == PROTO_SMTP || s->proto == PROTO_LMTP || s->proto == PROTO_POP3 ||
	       s->proto == PROTO_IMAP;
}

static struct place
flow_start(const struct session *s)
{
	if (session_has(s, AT_FIRST))
		return session_at(s, AT_FIRST);
	return (struct place){.ts_ns = s->flow->first_ns,
		.packet = s->flow->first_packet,
		.input = s->flow->first_input,
		.acked = PLACE_NO_ACK};
}

/* capture.midstream */

static void
midstream_tell(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const char *reason)
{
	struct place at = flow_start(s);
	struct hit h;

	st->midstream_told = true;
	hit_init(&h, r, s, reason);
	hit_clue(&h, &at, "%s",
		strcmp(reason, "no_syn") == 0 ? "first packet seen, without SYN"
					      : "first words seen, without a greeting");
	record_hit(f, &h);
}

static void
midstream(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (st->midstream_told || s->proto == PROTO_OTHER)
		return;
	if (s->flow->midstream) {
		if (w->why == WAKE_CLOSE || s->proto != PROTO_UNKNOWN)
			midstream_tell(f, r, s, st, "no_syn");
	} else if (w->why == WAKE_CLOSE && is_mail(s) && !session_has(s, AT_GREETING) &&
		   s->flow->side[DIR_S2C].bytes) {
		midstream_tell(f, r, s, st, "no_greeting");
	}
}

/* capture.gap */

static const char *
gap_reason(const struct ev_gap *g)
{
	switch (g->why) {
	case GAP_LOST:
		return g->acked ? "capture_loss" : "network_loss";
	case GAP_SNAPLEN:
		return "snaplen";
	case GAP_HELD:
		return "hold_limit";
	case GAP_JOINED:
		return NULL; /* capture.midstream */
	}
	return NULL;
}

static void
gap(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const char *reason = gap_reason(&e->gap);
	struct place at = e->at;
	struct hit h;

	if (!reason)
		return;
	if (at.packet == 0)
		at = flow_start(s);
	hit_init(&h, r, s, reason);
	hit_clue(&h, &at, "%llu octets %s are missing at offset %llu",
		(unsigned long long)e->gap.bytes,
		e->at.dir == DIR_C2S ? "of the client" : "of the server",
		(unsigned long long)e->at.offset);
	record_hit(f, &h);
}

void
findings_lost(struct findings *f, enum lost_by by, uint64_t packets, const struct place *at)
{
	static const struct {
		const char *reason, *how;
	} rows[] = {
		[LOST_BY_KERNEL] = {"kernel_drops", "dropped by the kernel"},
		[LOST_BY_US] = {"program_drops",
			"left out, as findings and output did not keep up"},
	};
	struct hit h;

	if (packets == 0 || at->packet == 0)
		return;
	hit_init(&h, &rules_capture[GAP], NULL, rows[by].reason);
	hit_clue(&h, at, "up to this packet %llu others were %s", (unsigned long long)packets,
		rows[by].how);
	hit_note(&h, "any session may lack bytes");
	record_hit(f, &h);
}

/* capture.one_sided */

static void
one_sided(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	bool client = s->flow->side[DIR_C2S].bytes > 0;
	struct place at = flow_start(s);
	struct hit h;

	if (!s->one_sided)
		return;
	hit_init(&h, r, s, client ? "client_only" : "server_only");
	hit_clue(&h, &at, "only the %s is heard", client ? "client" : "server");
	record_hit(f, &h);
}

/* capture.rexmit_inconsistent */

static bool
overlaps(const struct place *a, const struct place *b)
{
	return a->packet && b->packet && a->dir == b->dir && a->cover == b->cover &&
	       a->offset < b->offset + b->len && b->offset < a->offset + a->len;
}

static bool
names_security(struct bytes text)
{
	static const char *const words[] = {
		"STARTTLS", "STLS", "AUTH", "CAPABILITY", "LOGIN", "PASS "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_isearch(text, bytes_str(words[i])) != SIZE_MAX)
			return true;
	return false;
}

/* STARTTLS, a capability list, or a credential. */
static bool
touches(const struct session *s, const struct fstate *st, const struct place *at)
{
	static const enum fact places[] = {AT_CAPS_CLEAR, AT_STLS_REQUESTED, AT_STLS_ACCEPTED,
		AT_STLS_REFUSED, AT_SECRET_CLEAR};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (overlaps(at, SESSION_AT(s, places[i])))
			return true;
	return overlaps(at, &st->secret) || overlaps(at, &st->auth_begun);
}

static void
overlap_close(struct findings *f, const struct rule *r, struct session *s, struct fstate *st)
{
	const struct flow_side *side = s->flow->side;
	struct place at = flow_start(s);
	struct hit h;

	/* What the bytes were is known only now, when they came before their line was complete.
	 */
	if (st->overlap_record && st->overlap_record->base < SEV_HIGH &&
		touches(s, st, &st->overlap))
		record_rate(f, st->overlap_record, s, SEV_HIGH, NULL);
	for (int d = 0; d < 2; d++) {
		if (side[d].ttl_min == 0 || side[d].ttl_max - side[d].ttl_min <= TTL_SPREAD ||
			!is_mail(s))
			continue;
		hit_init(&h, r, s, "ttl");
		h.certainty =
			CERTAINTY_POSSIBLE; /* some stacks send a reset with another TTL */
		hit_clue(&h, &at, "packets of the %s with TTL from %u to %u",
			d == DIR_C2S ? "client" : "server", side[d].ttl_min, side[d].ttl_max);
		record_hit(f, &h);
	}
}

static void
rexmit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct hit h;

	if (w->why == WAKE_CLOSE) {
		overlap_close(f, r, s, st);
		return;
	}
	if (e->anomaly.id != ANOMALY_OVERLAP_DIFFERS)
		return;
	hit_init(&h, r, s, "bytes_differ");
	h.named = true;
	if (touches(s, st, &e->at) || names_security(e->anomaly.detail))
		h.severity = SEV_HIGH;
	/* The copies may hold a password in two versions: they are shown only on demand. */
	if (secrets_reveal(f->secrets) && e->anomaly.detail.n)
		hit_wire(f, &h, &e->at, "copies differ: ", e->anomaly.detail, NULL, 0);
	else
		hit_clue(&h, &e->at,
			"%u octets at offset %llu came twice with different content", e->at.len,
			(unsigned long long)e->at.offset);
	hit_note(&h, "TTL of the %s's packets %u to %u",
		e->at.dir == DIR_C2S ? "client" : "server", s->flow->side[e->at.dir].ttl_min,
		s->flow->side[e->at.dir].ttl_max);
	if (st->overlap.packet == 0)
		st->overlap = e->at;
	if (st->overlap_record)
		record_unpin(f, st->overlap_record);
	st->overlap_record = record_hit(f, &h);
	record_pin(f, st->overlap_record);
}

/* capture.unparsed */

static void
unparsed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct flow_side *side = s->flow->side;
	struct place at = session_has(s, AT_GIVEN_UP) ? session_at(s, AT_GIVEN_UP)
						      : flow_start(s);
	const char *reason, *why;
	struct hit h;

	/* tls.mode_mismatch says it. */
	if (s->tls_seen && s->tls_seen->broken && !s->tls_seen->established &&
		st->mismatch_told)
		return;
	if (s->given_up) {
		reason = "given_up";
		why = session_word(s, WORD_GIVEN_UP);
		if (!why)
			why = "the dialogue could not be followed";
	} else if (s->sasl_layer) {
		reason = "sasl_layer";
		why = "a SASL security layer hides the content";
	} else if (s->proto == PROTO_UNKNOWN &&
		   (side[DIR_C2S].bytes > s->proxy_bytes || side[DIR_S2C].bytes)) {
		reason = "unknown_protocol";
		why = "too little was seen to tell the protocol";
	} else {
		return;
	}
	hit_init(&h, r, s, reason);
	hit_clue(&h, &at, "%s, at offset %llu", why, (unsigned long long)at.offset);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_capture[] = {
	[MIDSTREAM] = {&row_capture_midstream, WAKE(EV_PROTO) | WAKE(EV_GREETING) | WAKE(EV_COMMAND) | WAKE(EV_REPLY) | WAKE(EV_TLS) | WAKE_CLOSE,
		EMIT_NOW, 0, midstream},
	[GAP] = {&row_capture_gap, WAKE(EV_GAP), EMIT_NOW, 0, gap},
	{&row_capture_one_sided, WAKE_CLOSE, EMIT_CLOSE, 0, one_sided},
	{&row_capture_rexmit_inconsistent, WAKE(EV_ANOMALY) | WAKE_CLOSE, EMIT_NOW, 0, rexmit},
	{&row_capture_unparsed, WAKE_CLOSE, EMIT_CLOSE, 0, unparsed},
	{.row = NULL},
};
/* clang-format on */
