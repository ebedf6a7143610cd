#include "findings/engine.h"
#include "base/arena.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* what is kept */

#define CONTENT offsetof(struct fstate, stls_id)

/* All there is fits into the session: marks, and one command at most. */
static bool
is_small(const struct fstate *st)
{
	static const struct fstate blank;

	return (!st->sent || (st->sent->id && !st->sent->next)) &&
	       !memcmp((const char *)st + CONTENT, (const char *)&blank + CONTENT,
		       sizeof(blank) - CONTENT);
}

static size_t
state_bytes(const struct fstate *st)
{
	size_t n = sizeof(*st) + st->arena.used;

	for (const struct sent *c = st->sent; c; c = c->next)
		n += sizeof(*c);
	return n + (st->ticket ? sizeof(*st->ticket) : 0) +
	       (st->premature ? sizeof(*st->premature) : 0);
}

static void
sent_add(struct fstate *st, uint32_t id, uint64_t start, uint32_t len)
{
	struct sent **end = &st->sent, *oldest = st->sent;
	size_t n = 0;

	for (; *end; end = &(*end)->next)
		n++;
	*end = mem_grow(NULL, sizeof(**end));
	**end = (struct sent){.id = id, .start = start, .len = len};
	if (n == STATE_COMMANDS) {
		st->sent = oldest->next;
		free(oldest);
	}
}

/* A session that was at rest lies elsewhere now. */
static void
state_follow(struct fstate *st, struct session *s)
{
	st->session = s;
	if (st->ticket)
		st->ticket->session = s;
	if (st->premature)
		st->premature->session = s;
}

struct fstate *
state_take(struct findings *f, struct session *s)
{
	struct fstate *st = s->findings_state;

	if (st) {
		state_follow(st, s);
		return st;
	}
	st = &f->passing;
	st->session = s;
	st->marks = s->findings_marks;
	if (s->findings_id)
		sent_add(st, s->findings_id, s->findings_start, s->findings_len);
	s->findings_id = s->findings_len = 0;
	s->findings_start = 0;
	return st;
}

static void
state_unlink(struct findings *f, struct fstate *st)
{
	if (st->prev)
		st->prev->next = st->next;
	else
		f->states = st->next;
	if (st->next)
		st->next->prev = st->prev;
	f->state_bytes -= st->counted;
}

/* The passing state has become one to keep. */
static struct fstate *
state_keep(struct findings *f)
{
	struct fstate *st = mem_grow(NULL, sizeof(*st));

	*st = f->passing;
	f->passing = (struct fstate){0};
	st->next = f->states;
	if (f->states)
		f->states->prev = st;
	f->states = st;
	st->session->findings_state = st;
	return st;
}

static void
sent_drop_answered(struct fstate *st)
{
	struct sent **p = &st->sent, *c;

	while ((c = *p)) {
		if (!c->answered) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		free(c);
	}
}

static void
sent_free(struct fstate *st)
{
	while (st->sent) {
		struct sent *c = st->sent;

		st->sent = c->next;
		free(c);
	}
}

/* What is small goes into the session, and the passing state is empty again. */
static void
state_shrink(struct findings *f, struct fstate *st)
{
	struct session *s = st->session;

	if (st->sent) {
		s->findings_id = st->sent->id;
		s->findings_start = st->sent->start;
		s->findings_len = st->sent->len;
	}
	sent_free(st);
	if (st == &f->passing)
		return;
	s->findings_state = NULL;
	state_drop(f, st);
}

void
state_put(struct findings *f, struct fstate *st)
{
	size_t bytes;

	sent_drop_answered(st);
	st->session->findings_marks = st->marks;
	if (is_small(st)) {
		state_shrink(f, st);
		return;
	}
	if (st == &f->passing)
		st = state_keep(f);
	bytes = state_bytes(st);
	f->state_bytes += bytes - st->counted;
	st->counted = bytes;
}

void
state_drop(struct findings *f, struct fstate *st)
{
	for (size_t i = 0; i < st->n_rising; i++)
		record_unpin(f, st->rising[i].record);
	if (st->success)
		record_unpin(f, st->success);
	if (st->overlap_record)
		record_unpin(f, st->overlap_record);
	sent_free(st);
	free(st->ticket);
	free(st->premature);
	arena_done(&st->arena);
	if (st == &f->passing) {
		f->passing = (struct fstate){0};
		return;
	}
	state_unlink(f, st);
	free(st);
}

/* Asked of every command and reply; most differ in the first letter. */
static inline bool
verb_is(const char *verb, const char *name)
{
	return verb && verb[0] == name[0] && strcmp(verb, name) == 0;
}

bool
state_auth_verb(const char *verb)
{
	return verb_is(verb, "AUTH") || verb_is(verb, "AUTHENTICATE") ||
	       verb_is(verb, "LOGIN") || verb_is(verb, "USER") || verb_is(verb, "PASS") ||
	       verb_is(verb, "APOP");
}

bool
state_login_clear(const struct login *l)
{
	return l->cover == COVER_CLEAR && !l->tls;
}

bool
state_recoverable(const struct login *l)
{
	return l->ev->secret.n && l->ev->credential_seen &&
	       (l->ev->exposure == EXPOSURE_PASSWORD || l->ev->exposure == EXPOSURE_TOKEN);
}

bool
state_partial(const struct session *s)
{
	return s->flow->midstream || s->one_sided || !session_has(s, AT_GREETING);
}

/* commands and replies */

static bool
hello_verb(const char *verb)
{
	return verb_is(verb, "EHLO") || verb_is(verb, "HELO") || verb_is(verb, "LHLO");
}

static void
note_command(struct fstate *st, const struct event *e)
{
	const struct ev_command *c = &e->command;
	const struct session *s = st->session;

	if (e->at.cover == COVER_TLS_DECRYPTED &&
		(verb_is(c->verb, "EHLO") || verb_is(c->verb, "CAPABILITY") ||
			verb_is(c->verb, "CAPA")))
		st->tls_hello = true;
	if (c->flags & CMD_RESPONSE)
		return;
	sent_add(st, c->id, e->at.offset, e->at.len);
	st->hello_sent |= hello_verb(c->verb);
	st->quit_sent |= verb_is(c->verb, "QUIT");
	if (verb_is(c->verb, "STARTTLS") || verb_is(c->verb, "STLS")) {
		st->stls_args = bytes_trim(c->args).n > 0;
		st->stls_id = c->id;
	}
	if (!state_auth_verb(c->verb) || strcmp(c->verb, "PASS") == 0)
		return;
	/* POP3: AUTH alone asks for the list of mechanisms, RFC 1734 as it was used before RFC
	 * 2449. */
	if (strcmp(c->verb, "AUTH") == 0 && bytes_trim(c->args).n == 0)
		return;
	st->auth_begun = e->at;
	st->auth_caps = s->caps->known && s->caps->cover == COVER_CLEAR &&
			e->at.cover == COVER_CLEAR;
	st->auth_caps_tls = s->caps->known && s->caps->cover == COVER_TLS_DECRYPTED &&
			    e->at.cover == COVER_TLS_DECRYPTED;
}

struct sent *
state_sent(const struct fstate *st, uint32_t id)
{
	struct sent *c = id ? st->sent : NULL;

	while (c && c->id != id)
		c = c->next;
	return c;
}

static bool
asks_for_tls(const struct session *s, const struct ev_reply *r)
{
	if (s->proto == PROTO_SMTP || s->proto == PROTO_LMTP)
		return r->code == 538 || (r->code == 530 && bytes_is(r->enhanced, "5.7.0"));
	return bytes_istarts(r->resp_code, "PRIVACYREQUIRED") ||
	       (s->proto == PROTO_POP3 && r->kind == REPLY_BAD &&
		       bytes_iis(r->resp_code, "AUTH") && r->verb &&
		       strcmp(r->verb, "USER") == 0);
}

static void
tls_was_required(
	struct findings *f, struct fstate *st, const struct place *at, struct bytes text)
{
	struct buf out;

	if (st->tls_required.packet)
		return;
	buf_init(&out, STATE_TEXT);
	secrets_redact(f->secrets, st->session->known, text, NULL, 0, &out);
	st->tls_required_text = arena_text(&st->arena, buf_bytes(&out));
	buf_done(&out);
	st->tls_required = *at;
}

static void
note_reply(struct findings *f, struct fstate *st, const struct event *e)
{
	const struct ev_reply *r = &e->reply;
	struct sent *sent = state_sent(st, r->id);

	if (!sent)
		return;
	if (e->at.acked != PLACE_NO_ACK && e->at.acked >= sent->start + sent->len)
		st->good_acks = true;
	if (r->kind != REPLY_CONTINUE && r->kind != REPLY_DATA)
		sent->answered = true;
	if (state_auth_verb(r->verb) && asks_for_tls(st->session, r) &&
		e->at.cover == COVER_CLEAR)
		tls_was_required(f, st, &e->at, r->text);
}

static uint32_t
open_before(const struct fstate *st, uint32_t id)
{
	uint32_t n = 0;

	for (const struct sent *c = st->sent; c; c = c->next)
		n += c->id && c->id < id && !c->answered;
	return n;
}

static void
note_anomaly(struct fstate *st, const struct event *e)
{
	switch ((int)e->anomaly.id) {
	case ANOMALY_REPLY_UNEXPECTED:
	case ANOMALY_REPLY_MISSING:
	case ANOMALY_QUEUE_FULL:
	case ANOMALY_IMAP_TAG:
		st->desync = true;
		break;
	case ANOMALY_SASL_MALFORMED:
		if (!st->malformed.packet)
			st->malformed = e->at;
		break;
	}
}

/* what makes findings worse */

static void
rise(struct findings *f, struct fstate *st, unsigned what, const struct place *at,
	const char *text)
{
	for (size_t i = 0; i < st->n_rising;) {
		struct rising *r = &st->rising[i];
		struct hit h;

		if (!(r->on & what)) {
			i++;
			continue;
		}
		hit_init(&h, NULL, st->session, NULL);
		hit_clue(&h, at, "%s", text);
		record_rate(f, r->record, st->session, r->to, &h);
		record_unpin(f, r->record);
		*r = st->rising[--st->n_rising];
	}
}

void
state_rising(
	struct findings *f, struct fstate *st, struct record *r, unsigned on, enum severity to)
{
	if (!r || r->base >= to || st->n_rising == STATE_RISING)
		return;
	for (size_t i = 0; i < st->n_rising; i++)
		if (st->rising[i].record == r)
			return;
	record_pin(f, r);
	if (!st->rising)
		st->rising = arena_get(&st->arena, STATE_RISING * sizeof(*st->rising));
	st->rising[st->n_rising++] = (struct rising){r, to, on};
}

static void
used(struct findings *f, struct fstate *st, const struct place *at, const char *text)
{
	if (!st->use.packet)
		st->use = *at;
	rise(f, st, RISE_USE, at, text);
}

/* entry points */

bool
state_reads(enum event_type t)
{
	return t == EV_COMMAND || t == EV_REPLY || t == EV_MAIL || t == EV_STARTTLS ||
	       t == EV_ANOMALY || t == EV_GAP || t == EV_MAILBOX || t == EV_DEED;
}

void
state_event(struct findings *f, struct fstate *st, const struct event *e)
{
	switch ((int)e->type) {
	case EV_COMMAND:
		note_command(st, e);
		break;
	case EV_REPLY:
		note_reply(f, st, e);
		break;
	case EV_MAIL:
		if (e->at.cover == COVER_CLEAR)
			used(f, st, &e->at, "MAIL in clear followed");
		break;
	case EV_STARTTLS:
		if (e->starttls.stage == STLS_ACCEPTED) {
			st->accepted = true;
			st->open_before = open_before(st, st->stls_id);
		} else if (e->starttls.stage == STLS_REFUSED) {
			st->refused = true;
		} else if (e->starttls.stage == STLS_NO_TLS) {
			st->no_tls = true;
		}
		break;
	case EV_ANOMALY:
		note_anomaly(st, e);
		break;
	case EV_GAP:
		st->desync = true;
		break;
	}
}

static void
remember_identity(struct fstate *st, const struct ev_login *ev)
{
	struct bytes name = ev->authzid.n ? ev->authzid : ev->user;

	if (ev->result != AUTH_ACCEPTED || st->arena.used > 8192)
		return;
	st->identity = arena_copy(&st->arena, name);
	st->identity_at = ev->verdict;
}

void
state_login(struct findings *f, struct fstate *st, const struct login *l)
{
	const struct ev_login *ev = l->ev;
	const struct place *at = ev->credential.packet ? &ev->credential : &ev->begun;

	remember_identity(st, ev);
	st->qop = bytes_is(ev->detail.qop, "auth-conf")  ? "auth_conf"
		  : bytes_is(ev->detail.qop, "auth-int") ? "auth_int"
							 : NULL;
	if (ev->result == AUTH_UNKNOWN)
		st->login_unknown = true;
	if (!state_login_clear(l))
		return;
	if (ev->reason && strcmp(ev->reason, "tls_required") == 0)
		tls_was_required(f, st, &ev->verdict, ev->reply);
	if (state_recoverable(l)) {
		st->recoverable = true;
		if (!st->secret.packet)
			st->secret = *at;
		rise(f, st, RISE_SECRET, at, "a recoverable credential followed in clear");
	}
	if (ev->credential_seen || ev->result == AUTH_ACCEPTED)
		used(f, st, at, "a login in clear followed");
}
