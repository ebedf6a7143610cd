/* Octets that programs read differently, FINDINGS.md 5.6: line ends that are none, and dot
 * lines that some servers take for the end of a message. */
#include "findings/text.h"
#include "findings/rules_smtp.h"
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

/* smtp.bare_newline */

static const char *const newline_reasons[] = {"lf_command", "lf_data", "cr", "server"};
static const char *const newline_texts[] = {"a command ends with LF alone",
	"a line of the message ends with LF alone", "a CR stands alone",
	"a line of the server has no proper end"};

static enum newline
newline_of(const struct event *e)
{
	switch ((int)e->anomaly.id) {
	case ANOMALY_MSG_BARE_LF:
		return LF_DATA;
	case ANOMALY_MSG_BARE_CR:
		return LONE_CR;
	case ANOMALY_BARE_LF:
		return e->at.dir == DIR_C2S ? LF_COMMAND : OF_SERVER;
	case ANOMALY_BARE_CR:
		return e->at.dir == DIR_C2S ? LONE_CR : OF_SERVER;
	}
	return NEWLINES;
}

static void
newlines_tell(struct findings *f, const struct rule *r, struct session *s,
	const struct fstate_wire *wire)
{
	for (int i = 0; i < NEWLINES; i++) {
		struct hit h;

		if (!wire->count[i])
			continue;
		hit_init(&h, r, s, newline_reasons[i]);
		hit_clue(&h, &wire->first[i], "%s", newline_texts[i]);
		if (wire->count[i] > 1)
			hit_note(&h, "%u in this connection", wire->count[i]);
		record_hit(f, &h);
	}
}

static void
bare_newline(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	enum newline what;

	if (w->why == WAKE_CLOSE) {
		if (st->wire)
			newlines_tell(f, r, s, st->wire);
		return;
	}
	what = newline_of(w->event);
	if (what == NEWLINES || !is_smtp(s))
		return;
	if (!wire_of(st)->count[what]++)
		st->wire->first[what] = w->event->at;
}

/* smtp.smuggling */

static void
sequence_hit(struct hit *h, const struct rule *r, struct session *s, const char *reason,
	struct key *k, const struct place *at)
{
	hit_init(h, r, s, reason);
	h->named = true;
	key_number(k, at->offset); /* of the message, of which there is one there */
	h->key = key_of(k);
}

static void
sequence_seen(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct event *e)
{
	const struct ev_anomaly *a = &e->anomaly;
	struct fstate_wire *wire = wire_of(st);
	struct key k = {.n = 0};
	struct hit h;

	wire->sequence = e->at;
	wire->kind = a->kind;
	wire->counted = !st->desync && !s->one_sided && !session_has(s, AT_GAP);
	wire->lf_client = wire->count[LF_COMMAND] && !a->detail.n;
	wire->replies[0] = '\0';
	if (wire->lf_client) /* it is the end that the client means: told if it is taken so */
		return;
	sequence_hit(&h, r, s, a->detail.n ? "command_follows" : "sequence", &k, &e->at);
	h.severity = a->detail.n ? SEV_HIGH : SEV_MEDIUM;
	if (a->detail.n)
		hit_wire(f, &h, &e->at,
			"inside of the message, and then a command: ", a->detail, NULL, 0);
	else
		hit_clue(&h, &e->at, "inside of the message");
	hit_note(&h, "%s", a->kind);
	record_hit(f, &h);
}

static void
reply_noted(struct fstate_wire *wire, uint16_t code)
{
	size_t n = strlen(wire->replies);

	if (n + 5 < sizeof(wire->replies))
		snprintf(wire->replies + n, sizeof(wire->replies) - n, " %u", code);
}

/* A reply that no command waits for: the server read one in the message. */
static void
reply_surplus(struct findings *f, const struct rule *r, struct session *s,
	struct fstate_wire *wire, const struct event *e)
{
	const struct ev_reply *y = &e->reply;
	bool first = !wire->replies[0];
	struct key k = {.n = 0};
	struct record *record;
	struct hit h;

	reply_noted(wire, y->code);
	sequence_hit(&h, r, s, wire->lf_client ? "lf_client" : "accepted", &k, &wire->sequence);
	h.severity = wire->lf_client ? SEV_MEDIUM : SEV_CRITICAL;
	/* It may have refused what it read so far, and not what it took for the whole. */
	h.certainty = y->kind == REPLY_OK ? CERTAINTY_CONFIRMED : CERTAINTY_PROBABLE;
	if (!first) {
		record = record_find(f, &h);
		if (record)
			record_note(f, record, "%s; replies beyond those due:%s", wire->kind,
				wire->replies);
		return;
	}
	hit_clue(&h, &wire->sequence, "inside of the message");
	hit_main(&h);
	hit_wire(f, &h, &e->at, "a reply that nothing else asked for: ", y->text, NULL, 0);
	hit_note(&h, "%s; replies beyond those due:%s", wire->kind, wire->replies);
	record_hit(f, &h);
}

/* Had the server got the sequence when it spoke? Not known counts as yes. */
static bool
after_sequence(const struct fstate_wire *wire, const struct place *at)
{
	return at->acked == PLACE_NO_ACK ||
	       at->acked >= wire->sequence.offset + wire->sequence.len;
}

static void
smuggling(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;

	if (e->type == EV_ANOMALY) {
		if (e->anomaly.id == ANOMALY_DOT_VARIANT && is_smtp(s))
			sequence_seen(f, r, s, st, e);
		return;
	}
	/* 421 may come at any time. */
	if (!st->wire || !st->wire->kind || !st->wire->counted || !e->reply.unsolicited ||
		e->reply.kind == REPLY_BROKEN || e->reply.code == 421)
		return;
	if (after_sequence(st->wire, &e->at))
		reply_surplus(f, r, s, st->wire, e);
}

/* clang-format off */
const struct rule rules_smtp_wire[] = {
	{&row_smtp_smuggling, WAKE(EV_ANOMALY) | WAKE(EV_REPLY), EMIT_NOW, 0, smuggling},
	{&row_smtp_bare_newline, WAKE(EV_ANOMALY) | WAKE_CLOSE, EMIT_CLOSE, RULE_CLIENT, bare_newline},
	{.row = NULL},
};
/* clang-format on */
