/* STARTTLS, RFC 3207, and plaintext where TLS was to begin. */
#include "dissectors/smtp/smtp.h"

static void
say(struct events *out, enum starttls_stage stage, const struct smtp_reply *r,
	const struct place *at)
{
	struct event e = {.type = EV_STARTTLS, .starttls = {.stage = stage}};

	if (r) {
		e.starttls.code = r->code;
		e.starttls.text = r->text;
	}
	events_say_at(out, &e, at);
}

void
smtp_tls_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	if (l->args.n)
		l->flags |= CMD_MALFORMED;
}

void
smtp_tls_begun(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	say(out, STLS_REQUESTED, NULL, &l->at);
	s->client = CL_TLS_WAIT;
	if (!s->early_reply)
		return;
	/* Its go-ahead is already in: the one that no command had asked for. */
	say(out, STLS_PREMATURE, NULL, &s->go);
	s->tls_owed = true;
	s->early_reply = 0;
}

/* True when the go-ahead does not acknowledge the command. */
static bool
premature(const struct smtp_entry *e, const struct smtp_reply *r)
{
	return r->at.acked != PLACE_NO_ACK && r->at.acked < e->at.offset + e->at.len;
}

void
smtp_tls_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct event caps = {.type = EV_CAPS, .caps = {.source = CAPS_COMMAND}};

	if (r->code == 0 || e->inert)
		return;
	if (r->code != 220) {
		say(out, STLS_REFUSED, r, &r->at);
		if (s->client == CL_TLS_WAIT)
			s->client = CL_COMMAND;
		return;
	}
	say(out, STLS_ACCEPTED, r, &r->at);
	if (premature(e, r))
		say(out, STLS_PREMATURE, r, &r->at);
	events_say_at(out, &caps, &r->at);
	/* RFC 3207 4.2: what was known before is to be discarded. */
	smtp_tx_abort(s, &r->at, out);
	s->hello = false;
	s->tls_due = s->tls_next = true;
	s->tls_spoke = false;
	s->go = r->at;
	if (s->client == CL_TLS_WAIT)
		s->client = CL_COMMAND;
}

/* What may be shown of the line without masks: not what could be a secret. */
static struct bytes
open_text(const struct smtp_line *l)
{
	size_t space = bytes_find(l->text, ' ');

	if (l->verb && l->verb->judge == smtp_auth_judge)
		return bytes_sub(l->text, 0, space);
	return l->verb || space < l->text.n ? l->text : BYTES_NONE;
}

void
smtp_tls_client_line(struct smtp *s, struct smtp_line *l, struct events *out)
{
	struct event e = {
		.type = EV_STARTTLS, .starttls = {.stage = STLS_SURPLUS, .text = open_text(l)}};
	uint64_t go_end = s->go.offset + s->go.len;
	bool knew = l->at.acked != PLACE_NO_ACK && l->at.acked >= go_end;

	/* Sent later than the go-ahead was seen: also known, whatever the acknowledgements look
	 * like. */
	if (l->at.packet > s->go.packet && l->at.input == s->go.input)
		knew = true;
	e.starttls.before_reply = !knew;
	l->inert = !knew;
	l->flags |= CMD_INJECTED;
	s->tls_spoke |= knew;
	events_say_at(out, &e, &l->at);
}

/* Both sides went on in clear: this is no TLS. A proxy that took TLS off leaves such a dialogue
 * behind. */
void
smtp_tls_server_line(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	if (s->tls_spoke && s->count) {
		say(out, STLS_NO_TLS, r, &r->at);
		s->tls_due = false;
	} else {
		say(out, STLS_SURPLUS, r, &r->at);
	}
}

/* RFC 3207 4.2: the dialogue begins anew, at EHLO. What was injected is discarded by every
 * server that is not broken. */
void
smtp_tls_secured(struct smtp *s, struct events *out)
{
	smtp_forget(s, s->count, out);
	smtp_auth_leave(s, out);
	s->line[DIR_C2S] = s->line[DIR_S2C] = (struct line_state){0};
	s->client = CL_COMMAND;
	s->secured = true;
	s->authed = s->over = false;
	s->hello = s->after_gap = s->lost = s->guess_once = s->deaf = false;
	s->tls_due = s->tls_owed = s->tls_spoke = s->tls_next = s->sasl_next = false;
	s->scan = 0;
	s->lost_end = 0;
}
