/* pop3.anomaly, FINDINGS.md 5.11: what breaks the grammar of RFC 1939 and RFC 2449. */
#include "findings/text.h"

#include <string.h>

enum { /* RFC 2449 4: octets with CRLF */
	COMMAND_OCTETS = 255,
	REPLY_OCTETS = 512,
	KEYWORD_LETTERS = 4, /* RFC 1939 3 */
};

/* static; NULL: no matter of POP3 */
static const char *
reason_of(const struct ev_anomaly *a)
{
	switch ((int)a->id) {
	case ANOMALY_REPLY_MALFORMED:
		return "reply";
	case ANOMALY_COMMAND_SEQUENCE:
		return "state";
	case ANOMALY_POP3_DOT_MISSING:
		return "not_terminated";
	case ANOMALY_COMMAND_SYNTAX:
		return "argument";
	}
	return NULL;
}

static void
tell(struct findings *f, const struct rule *r, struct session *s, const struct event *e,
	const char *reason, struct bytes text, const struct mask *masks, size_t n_masks)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = strcmp(reason, "state") == 0 ? SEV_MEDIUM : SEV_LOW;
	if (text.n)
		hit_wire(f, &h, &e->at, NULL, text, masks, n_masks);
	else
		hit_clue(&h, &e->at, "%s", anomaly_text(e->anomaly.id));
	record_hit(f, &h);
}

/* A keyword of more than four letters is news only where nobody knows it: extensions have long
 * ones (RFC 2449), and old ones begin with X. */
static bool
odd_keyword(const struct ev_command *c)
{
	struct bytes rest = c->line, word = bytes_word(&rest);

	return !c->verb && !c->n_masks && word.n &&
	       (word.n > KEYWORD_LETTERS || word.n < KEYWORD_LETTERS - 1) &&
	       (word.p[0] | 0x20) != 'x';
}

static void
command(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	const struct ev_command *c = &e->command;

	/* An answer to a challenge may have 12,288 octets (RFC 5034 4). */
	if (c->flags & (CMD_RESPONSE | CMD_INJECTED))
		return;
	if (e->at.len > COMMAND_OCTETS)
		tell(f, r, s, e, "long_command", bytes_sub(c->line, 0, COMMAND_OCTETS),
			c->masks, c->n_masks);
	else if ((c->flags & CMD_UNKNOWN) && !(c->flags & CMD_MALFORMED) && odd_keyword(c))
		tell(f, r, s, e, "keyword", c->line, c->masks, c->n_masks);
}

static void
anomaly(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const char *reason;

	if (s->proto != PROTO_POP3 || session_has(s, AT_GAP) || state_partial(s))
		return;
	if (e->type == EV_COMMAND) {
		if (e->at.len > COMMAND_OCTETS || e->command.flags & CMD_UNKNOWN)
			command(f, r, s, e);
	} else if (e->type == EV_REPLY) {
		if (e->reply.number > INT32_MAX)
			tell(f, r, s, e, "argument", e->reply.text, e->reply.masks,
				e->reply.n_masks);
		else if (e->at.len > REPLY_OCTETS && e->reply.kind != REPLY_CONTINUE)
			tell(f, r, s, e, "long_reply",
				bytes_sub(e->reply.text, 0, REPLY_OCTETS), e->reply.masks,
				e->reply.n_masks);
	} else if ((reason = reason_of(&e->anomaly))) {
		tell(f, r, s, e, reason, e->anomaly.detail, NULL, 0);
	}
}

/* clang-format off */
const struct rule rules_pop3_grammar[] = {
	{&row_pop3_anomaly, WAKE(EV_ANOMALY) | WAKE(EV_COMMAND) | WAKE(EV_REPLY), EMIT_NOW, 0, anomaly},
	{.row = NULL},
};
/* clang-format on */
