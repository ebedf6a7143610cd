#include "dissectors/pop3/pop3.h"

#include "dissectors/tls/record.h"

static void
say_stage(struct events *out, enum starttls_stage stage, const struct place *at,
	struct bytes text, bool before_reply)
{
	struct event e = {.type = EV_STARTTLS,
		.starttls = {.stage = stage, .text = text, .before_reply = before_reply}};

	events_say_at(out, &e, at);
}

void
pop3_sent_stls(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s)
{
	say_stage(s->out, STLS_REQUESTED, &s->at, s->line, false);
	p->client = CLIENT_STLS;
}

void
pop3_answered_stls(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r)
{
	struct place at = events_place(r->out, r->from, r->n);

	p->client = CLIENT_COMMAND;
	if (r->kind != REPLY_OK) {
		say_stage(r->out, STLS_REFUSED, &at, r->line, false);
		return;
	}
	say_stage(r->out, STLS_ACCEPTED, &at, r->line, false);
	if (at.acked != PLACE_NO_ACK && at.acked < e->end)
		say_stage(r->out, STLS_PREMATURE, &at, r->line, false);
	p->tls_clear[DIR_C2S] = p->tls_clear[DIR_S2C] = p->no_tls_said = false;
	p->go_ahead = at.offset + at.len;
	pop3_caps_void(r);
}

void
pop3_surplus(struct pop3 *p, struct events *out, const struct place *at, struct bytes text)
{
	bool early = at->dir == DIR_C2S && at->acked != PLACE_NO_ACK && at->acked < p->go_ahead;

	p->tls_clear[at->dir] = true;
	if (!p->no_tls_said && events_tls_asked(out))
		say_stage(out, STLS_SURPLUS, at, text, early);
}

/* Both sides went on in clear: nothing will be TLS here. One side alone may be an injected
 * command, or a late reply. */
enum dis_next
pop3_surplus_next(struct pop3 *p, struct events *out, size_t from)
{
	struct place at = events_place(out, from, 0);

	if (!p->tls_clear[DIR_C2S] || !p->tls_clear[DIR_S2C])
		return DIS_TLS;
	if (!p->no_tls_said && events_tls_asked(out))
		say_stage(out, STLS_NO_TLS, &at, BYTES_NONE, false);
	p->no_tls_said = true;
	return DIS_MORE;
}

bool
pop3_tls_unseen(struct pop3 *p, struct bytes in)
{
	bool more;

	if (p->client == CLIENT_COMMAND && tls_record_unasked(in, &more))
		return true;
	return (p->client == CLIENT_STLS || pop3_has_hole(p) || p->resume[DIR_C2S] ||
		       p->resume[DIR_S2C]) &&
	       tls_record_start(in, &more);
}
