#include "output/transcript_int.h"
#include "output/cert_words.h"
#include "output/tls_hello.h"
#include "output/tls_words.h"

#define BODY_PIECE ((size_t)16 * 1024) /* a record of body lines is about this long */
#define BODY_LINE ((size_t)64 * 1024)  /* a line that is longer is cut into records */

static void
put_command(struct transcript *t, struct session *s, const struct event *e)
{
	const struct ev_command *c = &e->command;
	struct record r = transcript_record(REC_COMMAND, &e->at, c->verb);

	if (c->flags & CMD_UNKNOWN)
		r.h.flags |= REC_UNKNOWN;
	if (c->flags & CMD_RESPONSE)
		r.h.flags |= REC_RESPONSE;
	r.text = transcript_redacted(t, s, c->line, c->masks, c->n_masks, &t->text);
	if (c->flags & CMD_RESPONSE && c->n_masks == 0)
		transcript_decoded(t, s, c->line, &r);
	if (t->set.bytes)
		transcript_bytes(t, s, c->line, c->masks, c->n_masks, &r);
	transcript_keep(t, transcript_state(t, s), &r);
}

static void
put_reply(struct transcript *t, struct session *s, const struct event *e)
{
	const struct ev_reply *p = &e->reply;
	struct record r = transcript_record(REC_REPLY, &e->at, p->verb);

	r.h.code = p->code;
	r.h.reply_kind = (uint8_t)p->kind;
	if (p->unsolicited)
		r.h.flags |= REC_UNSOLICITED;
	r.text = transcript_redacted(t, s, p->text, p->masks, p->n_masks, &t->text);
	buf_clear(&t->extra);
	buf_add(&t->extra, p->status);
	if (p->resp_code.n) {
		buf_byte(&t->extra, ' ');
		secrets_redact(t->secrets, s->known, p->resp_code, NULL, 0, &t->extra);
	}
	r.extra = buf_bytes(&t->extra);
	r.enhanced = p->enhanced;
	if (p->kind == REPLY_CONTINUE && p->n_masks == 0)
		transcript_decoded(t, s, bytes_from(p->text, bytes_find(p->text, ' ') + 1), &r);
	if (t->set.bytes)
		transcript_bytes(t, s, p->text, p->masks, p->n_masks, &r);
	transcript_keep(t, transcript_state(t, s), &r);
}

static void
put_line(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = transcript_record(REC_LINE, &e->at, NULL);

	r.text = transcript_redacted(t, s, e->line, NULL, 0, &t->text);
	if (t->set.bytes)
		transcript_bytes(t, s, e->line, NULL, 0, &r);
	transcript_keep(t, transcript_state(t, s), &r);
}

/* POP3: the lines of CAPA are no part of the reply's text. */
static void
put_caps(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = transcript_record(REC_CAPS, &e->at, "CAPA");

	if (s->proto != PROTO_POP3 || !e->caps.known || e->caps.source != CAPS_COMMAND)
		return;
	buf_clear(&t->scratch);
	for (size_t i = 0; i < e->caps.n; i++) {
		buf_add(&t->scratch, e->caps.items[i]);
		if (i + 1 < e->caps.n)
			buf_str(&t->scratch, "\r\n");
	}
	r.text = transcript_redacted(t, s, buf_bytes(&t->scratch), NULL, 0, &t->text);
	transcript_keep(t, transcript_state(t, s), &r);
}

static void
put_body(struct transcript *t, struct session *s, struct state *st, size_t n)
{
	struct bytes in = bytes_sub(buf_bytes(&st->body), 0, n);
	struct record r = transcript_record(REC_BODY, &st->body_at, NULL);

	r.h.wire_len = 0;
	r.text = transcript_redacted(t, s, in, NULL, 0, &t->text);
	if (t->set.bytes)
		transcript_bytes(t, s, in, NULL, 0, &r);
	transcript_keep(t, st, &r);
	buf_eat(&st->body, n);
	st->body_at.offset += n;
}

/* Whole lines go out, so that no secret is cut in two where it could not be told any more. */
static void
add_body(struct transcript *t, struct session *s, const struct event *e)
{
	struct state *st = transcript_state(t, s);
	size_t n;

	if (st->body.n == 0)
		st->body_at = e->at;
	buf_add(&st->body, e->msg_data.data);
	if (st->body.n < BODY_PIECE)
		return;
	n = st->body.n;
	while (n && st->body.p[n - 1] != '\n')
		n--;
	if (n)
		put_body(t, s, st, n);
	while (st->body.n >= BODY_LINE)
		put_body(t, s, st, BODY_LINE);
}

void
transcript_end_body(struct transcript *t, struct session *s)
{
	struct state *st = s->sink_state;

	while (st && st->body.n)
		put_body(t, s, st, st->body.n < BODY_LINE ? st->body.n : BODY_LINE);
}

static void
put_message(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = transcript_record(REC_MESSAGE, &e->at, NULL);

	transcript_end_body(t, s);
	r.h.size = e->msg_end.gap_bytes;
	if (e->msg_end.complete)
		r.h.flags |= REC_COMPLETE;
	transcript_keep(t, transcript_state(t, s), &r);
}

void
transcript_message(struct transcript *t, struct session *s, const struct message *m)
{
	struct record r = transcript_record(REC_INFO, &m->end, m->command);

	r.h.size = m->size;
	if (m->complete)
		r.h.flags |= REC_COMPLETE;
	r.text = transcript_redacted(t, s, m->email.subject, NULL, 0, &t->text);
	r.extra = bytes_str(m->sha256);
	transcript_keep(t, transcript_state(t, s), &r);
}

static void
put_login(struct transcript *t, struct session *s, const struct event *e)
{
	static const char *const results[] = {[AUTH_UNKNOWN] = "no verdict seen",
		[AUTH_ACCEPTED] = "accepted",
		[AUTH_REFUSED] = "refused"};
	struct record r = transcript_record(REC_LOGIN, &e->at, results[e->login.result]);

	r.text = e->login.user;
	r.extra = e->login.mechanism;
	transcript_keep(t, transcript_state(t, s), &r);
}

static void
put_words(struct transcript *t, struct session *s, const struct event *e, enum record_kind kind,
	const char *words)
{
	struct record r = transcript_record(kind, &e->at, NULL);

	r.text = bytes_str(words);
	transcript_keep(t, transcript_state(t, s), &r);
}

static void
put_tls(struct transcript *t, struct session *s, const struct event *e)
{
	char scratch[TLS_STEP];
	const char *step;
	struct record r;

	buf_clear(&t->extra);
	step = tls_step_words(&t->extra, s, e, scratch);
	if (!step)
		return;
	r = transcript_record(REC_TLS, &e->at, step);
	r.text = transcript_redacted(t, s, buf_bytes(&t->extra), NULL, 0, &t->text);
	if (t->set.bytes) {
		buf_clear(&t->extra);
		tls_hello_pack(&t->extra, s, e);
		r.extra = buf_bytes(&t->extra);
	}
	transcript_keep(t, transcript_state(t, s), &r);
}

/* Below a Certificate message: the chain, and what is to be said of it. */
static void
put_handshake(struct transcript *t, struct session *s, const struct event *e)
{
	put_tls(t, s, e);
	if (e->tls.stage != TLS_CERTIFICATES)
		return;
	for (size_t i = 0;; i++) {
		struct record r = transcript_record(REC_TLS, &e->at, NULL);

		buf_clear(&t->extra);
		if (!cert_words(&t->extra, s, e, i))
			return;
		r.text = transcript_redacted(t, s, buf_bytes(&t->extra), NULL, 0, &t->text);
		transcript_keep(t, transcript_state(t, s), &r);
	}
}

static void
put_starttls(struct transcript *t, struct session *s, const struct event *e)
{
	if (e->starttls.stage == STLS_SURPLUS)
		put_words(t, s, e, REC_NOTE, "plaintext where TLS was to begin");
	else if (e->starttls.stage == STLS_NO_TLS)
		put_words(
			t, s, e, REC_NOTE, "no TLS came of it: the dialogue goes on in clear");
}

static void
put_layer(struct transcript *t, struct session *s, const struct event *e)
{
	buf_clear(&t->extra);
	switch (e->layer.kind) {
	case LAYER_DEFLATE:
		buf_str(&t->extra, "compressed from here (DEFLATE); shown inflated");
		break;
	case LAYER_SASL:
		buf_str(&t->extra, "a SASL security layer from here: not readable");
		break;
	case LAYER_GIVEN_UP:
		buf_fmt(&t->extra, "not read on: %s",
			e->layer.why ? e->layer.why : "past repair");
		break;
	}
	put_words(t, s, e, REC_NOTE, buf_text(&t->extra));
}

static void
put_gap(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = transcript_record(REC_GAP, &e->at, NULL);

	transcript_end_body(t, s);
	r.h.size = e->gap.bytes;
	r.h.reply_kind = (uint8_t)e->gap.why;
	transcript_keep(t, transcript_state(t, s), &r);
}

/* The header is no part of the dialogue, but it says whose dialogue it is. */
static void
put_proxy(struct transcript *t, struct session *s, const struct event *e)
{
	const struct ev_proxy *p = &e->proxy;
	char src[ENDPOINT_TEXT + 8], dst[ENDPOINT_TEXT + 8];

	buf_clear(&t->extra);
	if (p->known)
		buf_fmt(&t->extra, "PROXY header: for %s, which connected to %s%s",
			endpoint_text(&p->src, src), endpoint_text(&p->dst, dst),
			p->tls ? " over TLS" : "");
	else
		buf_str(&t->extra, "PROXY header that names no client");
	put_words(t, s, e, REC_NOTE, buf_text(&t->extra));
}

static void
put_anomaly(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = transcript_record(REC_ANOMALY, &e->at, anomaly_name(e->anomaly.id));

	r.text = transcript_redacted(t, s, e->anomaly.detail, NULL, 0, &t->text);
	r.extra = bytes_str(anomaly_text(e->anomaly.id));
	transcript_keep(t, transcript_state(t, s), &r);
}

void
transcript_finding(struct transcript *t, struct session *s, const struct finding *f)
{
	struct place at = f->n_evidence ? f->evidence[f->n_evidence - 1].at
					: (struct place){.ts_ns = f->last_ns};
	struct record r = transcript_record(REC_FINDING, &at, f->row->id);

	r.h.code = (uint16_t)f->severity;
	r.h.reply_kind = (uint8_t)f->row->cls;
	r.text = bytes_str(finding_case(f->row, f->reason).title);
	r.extra = f->note;
	transcript_keep(t, transcript_state(t, s), &r);
}

void
transcript_event(struct transcript *t, struct session *s, const struct event *e)
{
	static void (*const put[])(struct transcript *, struct session *,
		const struct event *) = {[EV_COMMAND] = put_command,
		[EV_REPLY] = put_reply,
		[EV_CAPS] = put_caps,
		[EV_LOGIN] = put_login,
		[EV_STARTTLS] = put_starttls,
		[EV_TLS] = put_handshake,
		[EV_MSG_END] = put_message,
		[EV_ANOMALY] = put_anomaly,
		[EV_GAP] = put_gap,
		[EV_LAYER] = put_layer,
		[EV_LINE] = put_line,
		[EV_PROXY] = put_proxy};

	if (e->type == EV_MSG_DATA) {
		if (t->set.bodies)
			add_body(t, s, e);
	} else if (put[e->type]) {
		put[e->type](t, s, e);
	}
}
