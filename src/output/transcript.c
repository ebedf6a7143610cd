#include "output/transcript.h"
#include "output/tls_words.h"
#include "base/arena.h"
#include "base/escape.h"
#include "output/cert_words.h"
#include "output/spool.h"
#include "output/tls_hello.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define SPOOL_DEFAULT (UINT64_C(4) << 30)
#define BODY_PIECE ((size_t)16 * 1024)  /* a record of body lines is about this long */
#define BODY_LINE ((size_t)64 * 1024)   /* a line that is longer is cut into records */
#define DECODED_BYTES 768               /* of base64 that is shown decoded */
#define TEXT_BYTES ((size_t)256 * 1024) /* of one line or reply */

struct state { /* session.sink_state */
	struct state *next, **link;
	uint64_t chain;
	struct buf body;      /* body bytes that wait for the end of their line */
	struct place body_at; /* of the first of them */
};

struct transcript {
	struct transcript_settings set;
	struct secrets *secrets;
	struct spool *spool;
	struct state *states;
	struct buf record, text, decoded, extra, bytes, hidden, scratch;
};

static struct transcript *
make(struct spool *spool)
{
	struct transcript *t = mem_get(sizeof(*t));

	t->spool = spool;
	buf_init(&t->record, SIZE_MAX);
	buf_init(&t->text, SIZE_MAX);
	buf_init(&t->decoded, SIZE_MAX);
	buf_init(&t->extra, SIZE_MAX);
	buf_init(&t->bytes, SIZE_MAX);
	buf_init(&t->hidden, SIZE_MAX);
	buf_init(&t->scratch, SIZE_MAX);
	return t;
}

struct transcript *
transcript_new(const struct transcript_settings *set, struct secrets *secrets)
{
	struct transcript *t = make(
		spool_new(set->spool_bytes ? set->spool_bytes : SPOOL_DEFAULT));

	t->set = *set;
	t->secrets = secrets;
	return t;
}

int
transcript_flush(struct transcript *t, uint64_t *ret_bytes)
{
	int r = spool_flush(t->spool);

	*ret_bytes = r == 0 ? spool_bytes(t->spool) : 0;
	return r;
}

struct transcript *
transcript_view(const struct transcript *t)
{
	struct spool *spool = spool_view(t->spool);

	return spool ? make(spool) : NULL;
}

void
transcript_show(struct transcript *view, uint64_t bytes)
{
	spool_show(view->spool, bytes);
}

static void
state_free(struct state *st)
{
	*st->link = st->next;
	if (st->next)
		st->next->link = st->link;
	buf_wipe(&st->body);
	free(st);
}

void
transcript_free(struct transcript **t)
{
	if (!*t)
		return;
	while ((*t)->states)
		state_free((*t)->states);
	spool_free(&(*t)->spool);
	buf_done(&(*t)->record);
	buf_done(&(*t)->text);
	buf_done(&(*t)->decoded);
	buf_done(&(*t)->extra);
	buf_done(&(*t)->bytes);
	buf_done(&(*t)->hidden);
	buf_done(&(*t)->scratch);
	free(*t);
	*t = NULL;
}

static struct state *
state_of(struct transcript *t, struct session *s)
{
	struct state *st = s->sink_state;

	if (st)
		return st;
	st = mem_get(sizeof(*st));
	buf_init(&st->body, SIZE_MAX);
	st->next = t->states;
	st->link = &t->states;
	if (st->next)
		st->next->link = &st->next;
	t->states = st;
	s->sink_state = st;
	return st;
}

static void
put_bytes(struct buf *out, struct bytes in)
{
	uint32_t n = (uint32_t)in.n;

	buf_add(out, (struct bytes){(const uint8_t *)&n, sizeof(n)});
	buf_add(out, in);
}

static struct bytes
take_bytes(struct bytes *rest)
{
	struct bytes b;
	uint32_t n = 0;

	if (rest->n < sizeof(n))
		return BYTES_NONE;
	memcpy(&n, rest->p, sizeof(n));
	b = bytes_sub(*rest, sizeof(n), n);
	*rest = bytes_from(*rest, sizeof(n) + n);
	return b;
}

static void
keep(struct transcript *t, struct state *st, const struct record *r)
{
	buf_clear(&t->record);
	buf_add(&t->record, (struct bytes){(const uint8_t *)&r->h, sizeof(r->h)});
	put_bytes(&t->record, r->text);
	put_bytes(&t->record, r->extra);
	put_bytes(&t->record, r->enhanced);
	put_bytes(&t->record, r->bytes);
	put_bytes(&t->record, r->hidden);
	put_bytes(&t->record, r->decoded);
	spool_put(t->spool, &st->chain, buf_bytes(&t->record));
}

bool
transcript_read(struct transcript *t, uint64_t at, struct record *ret)
{
	struct bytes rest;

	*ret = (struct record){0};
	spool_get(t->spool, at, &t->record);
	rest = buf_bytes(&t->record);
	if (rest.n < sizeof(ret->h))
		return false;
	memcpy(&ret->h, rest.p, sizeof(ret->h));
	rest = bytes_from(rest, sizeof(ret->h));
	ret->text = take_bytes(&rest);
	ret->extra = take_bytes(&rest);
	ret->enhanced = take_bytes(&rest);
	ret->bytes = take_bytes(&rest);
	ret->hidden = take_bytes(&rest);
	ret->decoded = take_bytes(&rest);
	return true;
}

static struct record
record_at(enum record_kind kind, const struct place *at, const char *verb)
{
	struct record r = {.h = {.kind = (uint8_t)kind,
				   .dir = at->dir,
				   .input = at->input,
				   .ts_ns = at->ts_ns,
				   .packet = at->packet,
				   .offset = at->offset,
				   .wire_len = at->len}};

	if (at->cover != COVER_CLEAR)
		r.h.flags |= REC_ENCRYPTED;
	if (verb)
		memccpy(r.h.verb, verb, '\0', sizeof(r.h.verb) - 1);
	return r;
}

/* How many bytes at the end of the common beginning could be those of "<secret#12>" and not of
 * `in` itself. */
static size_t
doubtful_tail(struct bytes common)
{
	static const char mark[] = "<secret#0123456789>";
	size_t n = 0;

	while (n < common.n && n < sizeof(mark) && strchr(mark, common.p[common.n - 1 - n]))
		n++;
	return n;
}

static size_t
doubtful_head(struct bytes common)
{
	size_t n = 0;

	while (n < common.n && n < 24 && strchr("<secret#0123456789>", common.p[n]))
		n++;
	return n;
}

struct hidden
transcript_hidden(struct bytes in, struct bytes redacted)
{
	size_t max = in.n < redacted.n ? in.n : redacted.n, head = 0, tail = 0;

	if (bytes_eq(in, redacted))
		return (struct hidden){0, 0};
	while (head < max && in.p[head] == redacted.p[head])
		head++;
	head -= doubtful_tail(bytes_sub(in, 0, head));
	while (tail < max - head && in.p[in.n - 1 - tail] == redacted.p[redacted.n - 1 - tail])
		tail++;
	tail -= doubtful_head(bytes_from(in, in.n - tail));
	return (struct hidden){(uint32_t)head, (uint32_t)(in.n - head - tail)};
}

static void
hide(struct transcript *t, struct hidden h)
{
	if (h.off >= t->bytes.n || h.len == 0)
		return;
	if (h.len > t->bytes.n - h.off)
		h.len = (uint32_t)(t->bytes.n - h.off);
	memset(t->bytes.p + h.off, 0, h.len);
	buf_add(&t->hidden, (struct bytes){(const uint8_t *)&h, sizeof(h)});
}

/* Line by line: words that are known secrets of this connection. */
static void
hide_known(struct transcript *t, struct session *s)
{
	size_t at = 0;

	while (at < t->bytes.n) {
		struct bytes rest = bytes_from(buf_bytes(&t->bytes), at);
		struct bytes line = bytes_sub(rest, 0, bytes_find(rest, '\n'));
		struct hidden h;

		buf_clear(&t->scratch);
		secrets_redact(t->secrets, s->known, line, NULL, 0, &t->scratch);
		h = transcript_hidden(line, buf_bytes(&t->scratch));
		h.off += (uint32_t)at;
		hide(t, h);
		at += line.n + 1;
	}
}

/* For hex: the bytes as they were, without the secret ones. */
static void
keep_bytes(struct transcript *t, struct session *s, struct bytes in, const struct mask *masks,
	size_t n_masks, struct record *r)
{
	buf_clear(&t->bytes);
	buf_clear(&t->hidden);
	buf_add(&t->bytes, in);
	if (!secrets_reveal(t->secrets)) {
		for (size_t i = 0; i < n_masks; i++)
			hide(t, (struct hidden){masks[i].off, masks[i].len});
		hide_known(t, s);
	}
	if (r->h.wire_len == in.n + 2)
		buf_str(&t->bytes, "\r\n");
	else if (r->h.wire_len == in.n + 1)
		buf_str(&t->bytes, "\n");
	r->bytes = buf_bytes(&t->bytes);
	r->hidden = buf_bytes(&t->hidden);
}

static struct bytes
redacted(struct transcript *t, struct session *s, struct bytes in, const struct mask *masks,
	size_t n_masks, struct buf *out)
{
	buf_clear(out);
	secrets_redact(t->secrets, s->known, in, masks, n_masks, out);
	return bytes_sub(buf_bytes(out), 0, TEXT_BYTES);
}

static bool
is_text(struct bytes in)
{
	bool any = in.n != 0;

	while (in.n) {
		uint32_t cp;
		size_t n = utf8_next(in, &cp);

		if (n == 0 || cp < 0x20 || cp == 0x7f)
			return false;
		in = bytes_from(in, n);
	}
	return any;
}

/* What the base64 of a login says, where it is text and nothing of the line is hidden: the name
 * in the first answer of AUTH LOGIN, a challenge. */
static void
keep_decoded(struct transcript *t, struct session *s, struct bytes in, struct record *r)
{
	uint8_t plain[DECODED_BYTES + 3];
	int n;

	if (in.n == 0 || in.n % 4 != 0 || in.n > DECODED_BYTES / 3 * 4 ||
		!bytes_eq(bytes_sub(r->text, r->text.n - in.n, in.n), in))
		return;
	n = EVP_DecodeBlock(plain, in.p, (int)in.n);
	for (size_t i = in.n; n > 0 && i > in.n - 2 && in.p[i - 1] == '='; i--)
		n--;
	if (n > 0 && is_text((struct bytes){plain, (size_t)n}))
		r->decoded = redacted(
			t, s, (struct bytes){plain, (size_t)n}, NULL, 0, &t->decoded);
}

static void
put_command(struct transcript *t, struct session *s, const struct event *e)
{
	const struct ev_command *c = &e->command;
	struct record r = record_at(REC_COMMAND, &e->at, c->verb);

	if (c->flags & CMD_UNKNOWN)
		r.h.flags |= REC_UNKNOWN;
	if (c->flags & CMD_RESPONSE)
		r.h.flags |= REC_RESPONSE;
	r.text = redacted(t, s, c->line, c->masks, c->n_masks, &t->text);
	if (c->flags & CMD_RESPONSE && c->n_masks == 0)
		keep_decoded(t, s, c->line, &r);
	if (t->set.bytes)
		keep_bytes(t, s, c->line, c->masks, c->n_masks, &r);
	keep(t, state_of(t, s), &r);
}

static void
put_reply(struct transcript *t, struct session *s, const struct event *e)
{
	const struct ev_reply *p = &e->reply;
	struct record r = record_at(REC_REPLY, &e->at, p->verb);

	r.h.code = p->code;
	r.h.reply_kind = (uint8_t)p->kind;
	if (p->unsolicited)
		r.h.flags |= REC_UNSOLICITED;
	r.text = redacted(t, s, p->text, p->masks, p->n_masks, &t->text);
	buf_clear(&t->extra);
	buf_add(&t->extra, p->status);
	if (p->resp_code.n) {
		buf_byte(&t->extra, ' ');
		secrets_redact(t->secrets, s->known, p->resp_code, NULL, 0, &t->extra);
	}
	r.extra = buf_bytes(&t->extra);
	r.enhanced = p->enhanced;
	if (p->kind == REPLY_CONTINUE && p->n_masks == 0)
		keep_decoded(t, s, bytes_from(p->text, bytes_find(p->text, ' ') + 1), &r);
	if (t->set.bytes)
		keep_bytes(t, s, p->text, p->masks, p->n_masks, &r);
	keep(t, state_of(t, s), &r);
}

static void
put_line(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = record_at(REC_LINE, &e->at, NULL);

	r.text = redacted(t, s, e->line, NULL, 0, &t->text);
	if (t->set.bytes)
		keep_bytes(t, s, e->line, NULL, 0, &r);
	keep(t, state_of(t, s), &r);
}

/* POP3: the lines of CAPA are no part of the reply's text. */
static void
put_caps(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = record_at(REC_CAPS, &e->at, "CAPA");

	if (s->proto != PROTO_POP3 || !e->caps.known || e->caps.source != CAPS_COMMAND)
		return;
	buf_clear(&t->scratch);
	for (size_t i = 0; i < e->caps.n; i++) {
		buf_add(&t->scratch, e->caps.items[i]);
		if (i + 1 < e->caps.n)
			buf_str(&t->scratch, "\r\n");
	}
	r.text = redacted(t, s, buf_bytes(&t->scratch), NULL, 0, &t->text);
	keep(t, state_of(t, s), &r);
}

static void
put_body(struct transcript *t, struct session *s, struct state *st, size_t n)
{
	struct bytes in = bytes_sub(buf_bytes(&st->body), 0, n);
	struct record r = record_at(REC_BODY, &st->body_at, NULL);

	r.h.wire_len = 0;
	r.text = redacted(t, s, in, NULL, 0, &t->text);
	if (t->set.bytes)
		keep_bytes(t, s, in, NULL, 0, &r);
	keep(t, st, &r);
	buf_eat(&st->body, n);
	st->body_at.offset += n;
}

/* Whole lines go out, so that no secret is cut in two where it could not be told any more. */
static void
add_body(struct transcript *t, struct session *s, const struct event *e)
{
	struct state *st = state_of(t, s);
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

static void
end_body(struct transcript *t, struct session *s)
{
	struct state *st = s->sink_state;

	while (st && st->body.n)
		put_body(t, s, st, st->body.n < BODY_LINE ? st->body.n : BODY_LINE);
}

static void
put_message(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = record_at(REC_MESSAGE, &e->at, NULL);

	end_body(t, s);
	r.h.size = e->msg_end.gap_bytes;
	if (e->msg_end.complete)
		r.h.flags |= REC_COMPLETE;
	keep(t, state_of(t, s), &r);
}

void
transcript_message(struct transcript *t, struct session *s, const struct message *m)
{
	struct record r = record_at(REC_INFO, &m->end, m->command);

	r.h.size = m->size;
	if (m->complete)
		r.h.flags |= REC_COMPLETE;
	r.text = redacted(t, s, m->email.subject, NULL, 0, &t->text);
	r.extra = bytes_str(m->sha256);
	keep(t, state_of(t, s), &r);
}

static void
put_login(struct transcript *t, struct session *s, const struct event *e)
{
	static const char *const results[] = {[AUTH_UNKNOWN] = "no verdict seen",
		[AUTH_ACCEPTED] = "accepted",
		[AUTH_REFUSED] = "refused"};
	struct record r = record_at(REC_LOGIN, &e->at, results[e->login.result]);

	r.text = e->login.user;
	r.extra = e->login.mechanism;
	keep(t, state_of(t, s), &r);
}

static void
put_words(struct transcript *t, struct session *s, const struct event *e, enum record_kind kind,
	const char *words)
{
	struct record r = record_at(kind, &e->at, NULL);

	r.text = bytes_str(words);
	keep(t, state_of(t, s), &r);
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
	r = record_at(REC_TLS, &e->at, step);
	r.text = redacted(t, s, buf_bytes(&t->extra), NULL, 0, &t->text);
	if (t->set.bytes) {
		buf_clear(&t->extra);
		tls_hello_pack(&t->extra, s, e);
		r.extra = buf_bytes(&t->extra);
	}
	keep(t, state_of(t, s), &r);
}

/* Below a Certificate message: the chain, and what is to be said of it. */
static void
put_handshake(struct transcript *t, struct session *s, const struct event *e)
{
	put_tls(t, s, e);
	if (e->tls.stage != TLS_CERTIFICATES)
		return;
	for (size_t i = 0;; i++) {
		struct record r = record_at(REC_TLS, &e->at, NULL);

		buf_clear(&t->extra);
		if (!cert_words(&t->extra, s, e, i))
			return;
		r.text = redacted(t, s, buf_bytes(&t->extra), NULL, 0, &t->text);
		keep(t, state_of(t, s), &r);
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
	struct record r = record_at(REC_GAP, &e->at, NULL);

	end_body(t, s);
	r.h.size = e->gap.bytes;
	r.h.reply_kind = (uint8_t)e->gap.why;
	keep(t, state_of(t, s), &r);
}

static void
put_anomaly(struct transcript *t, struct session *s, const struct event *e)
{
	struct record r = record_at(REC_ANOMALY, &e->at, anomaly_name(e->anomaly.id));

	r.text = redacted(t, s, e->anomaly.detail, NULL, 0, &t->text);
	r.extra = bytes_str(anomaly_text(e->anomaly.id));
	keep(t, state_of(t, s), &r);
}

void
transcript_finding(struct transcript *t, struct session *s, const struct finding *f)
{
	struct place at = f->n_evidence ? f->evidence[f->n_evidence - 1].at
					: (struct place){.ts_ns = f->last_ns};
	struct record r = record_at(REC_FINDING, &at, f->row->id);

	r.h.code = (uint16_t)f->severity;
	r.h.reply_kind = (uint8_t)f->row->cls;
	r.text = bytes_str(f->row->title);
	r.extra = f->note;
	keep(t, state_of(t, s), &r);
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
		[EV_LINE] = put_line};

	if (e->type == EV_MSG_DATA) {
		if (t->set.bodies)
			add_body(t, s, e);
	} else if (put[e->type]) {
		put[e->type](t, s, e);
	}
}

uint64_t
transcript_end(struct transcript *t, struct session *s)
{
	struct state *st = s->sink_state;
	uint64_t chain;

	if (!st)
		return 0;
	end_body(t, s);
	chain = st->chain;
	state_free(st);
	s->sink_state = NULL;
	return chain;
}

uint64_t
transcript_chain(const struct session *s)
{
	const struct state *st = s->sink_state;

	return st ? st->chain : 0;
}

size_t
transcript_list(struct transcript *t, uint64_t chain, uint64_t **ret)
{
	return spool_list(t->spool, chain, ret);
}

int
transcript_err(const struct transcript *t, struct err *e)
{
	return spool_err(t->spool, e);
}
