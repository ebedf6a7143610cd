/* Commands and replies that break the dialogue's grammar, FINDINGS.md 5.6: out of order, not
 * known, malformed. */
#include "findings/text.h"
#include "findings/rules_smtp.h"

#include <string.h>

#define UNKNOWN_SOME 3
#define UNKNOWN_MANY 10

/* What was not captured may explain what is odd. */
static bool
is_whole(const struct session *s)
{
	return !s->flow->midstream && !s->one_sided && !session_has(s, AT_GAP);
}

/* smtp.sequence */

static void
sequence(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_anomaly *a = &w->event->anomaly;
	bool accepted = a->code < 400;
	struct hit h;

	if (a->id != ANOMALY_COMMAND_SEQUENCE || !is_smtp(s) || !is_whole(s))
		return;
	hit_init(&h, r, s, accepted ? "accepted" : "refused");
	h.named = true;
	h.severity = accepted ? SEV_MEDIUM : SEV_LOW;
	hit_clue(&h, &w->event->at, "%.*s out of order, answered %u", BYTES_FMT(a->detail),
		a->code);
	record_hit(f, &h);
}

/* smtp.unknown_command */

/* RFC 5321 4.2.4: 500 and 502, or 5.5.1 and 5.5.2 for what is no command. */
static bool
is_unknown(const struct ev_reply *y)
{
	return y->code == 500 || y->code == 502 ||
	       (!y->verb && y->id && y->code >= 500 &&
		       (bytes_is(y->enhanced, "5.5.1") || bytes_is(y->enhanced, "5.5.2")));
}

static bool
is_garbage(struct bytes line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((line.p[i] < 0x20 && line.p[i] != '\t' && line.p[i] != '\r') ||
			line.p[i] > 0x7e)
			return true;
	return false;
}

static void
unknown_tell(struct findings *f, const struct rule *r, struct session *s,
	const struct fstate_wire *wire)
{
	struct hit h;

	if (wire->unknown < UNKNOWN_SOME || wire->body)
		return;
	hit_init(&h, r, s, "unknown");
	h.named = true;
	h.severity = wire->unknown >= UNKNOWN_MANY ? SEV_MEDIUM : SEV_LOW;
	hit_clue(&h, &wire->unknown_first, "the first answer to what is no command here");
	hit_clue(&h, &wire->unknown_last, "the last one");
	hit_note(&h, "%u commands", wire->unknown);
	record_hit(f, &h);
}

static void
garbage(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct hit h;

	if (!(e->command.flags & CMD_UNKNOWN) || e->command.flags & CMD_RESPONSE ||
		!is_smtp(s) || !is_whole(s) || !is_garbage(e->command.line))
		return;
	hit_init(&h, r, s, "garbage");
	hit_wire(f, &h, &e->at, NULL, bytes_sub(e->command.line, 0, EVIDENCE_TEXT),
		e->command.masks, e->command.n_masks);
	record_hit(f, &h);
}

static void
unknown_command(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct fstate_wire *wire;

	if (w->why == WAKE_CLOSE) {
		if (st->wire)
			unknown_tell(f, r, s, st->wire);
	} else if (e->type == EV_COMMAND) {
		garbage(f, r, s, e);
	} else if (e->type == EV_ANOMALY) {
		if (e->anomaly.id == ANOMALY_DATA_REFUSED_BODY && st->wire)
			st->wire->body = true;
	} else if (is_smtp(s) && is_unknown(&e->reply)) {
		wire = wire_of(st);
		if (!wire->unknown++)
			wire->unknown_first = e->at;
		else
			wire->unknown_last = e->at;
	}
}

/* smtp.reply_malformed */

static void
reply_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	enum severity sev, const struct place *at, const char *text, struct bytes wire)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	hit_wire(f, &h, at, text, wire, NULL, 0);
	record_hit(f, &h);
}

static void
reply_malformed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct ev_reply *y = &e->reply;

	if (e->type == EV_REPLY) {
		/* RFC 2034 4: the class is the first digit of the code. */
		if (y->enhanced.n && y->code >= 200 && y->code / 100 != 3 &&
			y->enhanced.p[0] - '0' != y->code / 100 && is_smtp(s))
			reply_hit(f, r, s, "enhanced", SEV_LOW, &e->at,
				"code and enhanced code differ: ", y->text);
		return;
	}
	if (!is_smtp(s) || !is_whole(s) || e->at.dir != DIR_S2C)
		return;
	switch ((int)e->anomaly.id) {
	case ANOMALY_REPLY_MALFORMED:
		reply_hit(
			f, r, s, "grammar", SEV_LOW, &e->at, "no line of a reply", BYTES_NONE);
		break;
	case ANOMALY_SMTP_MULTILINE_CODE:
		reply_hit(f, r, s, "codes_differ", SEV_LOW, &e->at,
			"the lines of one reply have different codes", BYTES_NONE);
		break;
	case ANOMALY_LINE_TOO_LONG:
		reply_hit(f, r, s, "endless", SEV_LOW, &e->at, "it goes on and on", BYTES_NONE);
		break;
	case ANOMALY_REPLY_UNEXPECTED:
		/* smtp.smuggling tells of those behind a dot line. */
		if (!st->wire || !st->wire->kind)
			reply_hit(f, r, s, "surplus", SEV_MEDIUM, &e->at,
				"a reply that no command waits for", BYTES_NONE);
		break;
	}
}

/* clang-format off */
const struct rule rules_smtp_order[] = {
	{&row_smtp_sequence, WAKE(EV_ANOMALY), EMIT_NOW, RULE_CLIENT, sequence},
	{&row_smtp_unknown_command, WAKE(EV_REPLY) | WAKE(EV_COMMAND) | WAKE(EV_ANOMALY) | WAKE_CLOSE, EMIT_CLOSE, RULE_CLIENT, unknown_command},
	{&row_smtp_reply_malformed, WAKE(EV_REPLY) | WAKE(EV_ANOMALY), EMIT_NOW, 0, reply_malformed},
	{.row = NULL},
};
/* clang-format on */
