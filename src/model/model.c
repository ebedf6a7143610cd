#include "model/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/message.h"
#include "model/software.h"
#include "model/verdict.h"

const struct model_settings model_defaults = {
	.session_bytes = 64 << 10,
	.caps_items = 256,
	.rcpts = 10000,
	.addresses = 1000,
	.head_bytes = 64,
	.open_messages = 8,
	.services = 100000,
	.deferred_sessions = 1000,
	.sha256 = true,
};

struct model {
	struct model_settings set;
	struct secrets *secrets;
	struct model_listener listener;
	struct offers *offers;
	struct tracked *deferred,
		**deferred_end; /* ended, but their verdict may change; oldest first */
	size_t n_deferred;
	size_t memory;
};

/* A session with what only the model needs of it. */
struct tracked {
	struct session pub; /* first: a session is cast back to this */
	struct model *model;
	struct arena caps_arena, clear_arena, tls_arena;
	struct open_message *messages[8];
	struct flow flow; /* the copy that outlives the stream's */
	struct tracked *next;
};

static struct tracked *
tracked_of(struct session *s)
{
	return (struct tracked *)s;
}

/* A copy for the session's life; none once it holds enough. */
static struct bytes
keep(struct session *s, struct bytes in)
{
	const struct model *m = tracked_of(s)->model;

	if (!in.n || s->arena.used + in.n > m->set.session_bytes)
		return BYTES_NONE;
	return arena_copy(&s->arena, in);
}

/* For what is set once: the first value stays. */
static void
keep_first(struct session *s, struct bytes *to, struct bytes in)
{
	if (!to->n)
		*to = keep(s, in);
}

static void
place_first(struct place *to, const struct place *at)
{
	if (!to->packet)
		*to = *at;
}

static void
caps_copy(struct caps *to, struct arena *a, const struct session *s, const struct event *e,
	size_t max)
{
	size_t n = e->caps.n < max ? e->caps.n : max;

	arena_done(a);
	arena_init(a, 128);
	*to = (struct caps){.known = true,
		.preauth = !s->authenticated && !s->login_pending,
		.cover = e->at.cover,
		.n = n,
		.at = e->at};
	to->items = arena_get(a, (n ? n : 1) * sizeof(*to->items));
	for (size_t i = 0; i < n; i++)
		to->items[i] = arena_copy(a, e->caps.items[i]);
}

static void
on_caps(struct model *m, struct session *s, const struct event *e)
{
	struct tracked *t = tracked_of(s);

	if (!e->caps.known) {
		s->caps = (struct caps){0};
		return;
	}
	caps_copy(&s->caps, &t->caps_arena, s, e, m->set.caps_items);
	if (e->at.cover == COVER_TLS_DECRYPTED)
		caps_copy(&s->caps_tls, &t->tls_arena, s, e, m->set.caps_items);
	else if (!s->authenticated && !s->login_pending && !s->stls_accepted.packet)
		caps_copy(&s->caps_clear, &t->clear_arena, s, e, m->set.caps_items);
	if (s->hello.packet && !s->hello_reply.packet)
		s->hello_reply = e->at;
	if (!m->set.live && e->at.cover == COVER_CLEAR &&
		caps_starttls(&s->caps_clear, s->proto))
		offers_note(m->offers, s);
}

static void
on_greeting(struct model *m, struct session *s, const struct event *e)
{
	const char *software = software_of_banner(e->greeting.text);

	place_first(&s->greeting, &e->at);
	keep_first(s, &s->banner, e->greeting.text);
	keep_first(s, &s->server_name, e->greeting.server_name);
	keep_first(s, &s->apop, e->greeting.apop);
	s->greeting_kind = e->greeting.kind;
	s->greeting_code = e->greeting.code;
	s->preauth = e->greeting.preauth;
	if (software && !s->software.n)
		s->software = bytes_str(software);
}

static void
on_hello(struct model *m, struct session *s, const struct event *e)
{
	s->hello_verb = e->hello.verb;
	if (!bytes_eq(s->client_name, e->hello.name))
		s->client_name = keep(s, e->hello.name);
	place_first(&s->hello, &e->at);
}

static void
on_software(struct model *m, struct session *s, const struct event *e)
{
	struct buf b;

	buf_init(&b, 1024);
	buf_add(&b, e->software.name);
	if (e->software.name.n && e->software.version.n)
		buf_byte(&b, ' ');
	buf_add(&b, e->software.version);
	if (e->software.who == DIR_C2S)
		s->client_software = keep(s, buf_bytes(&b));
	else
		s->software = keep(s, buf_bytes(&b));
	buf_done(&b);
}

static void
on_login(struct model *m, struct session *s, const struct event *e)
{
	const struct ev_login *g = &e->login;
	bool clear = e->at.cover == COVER_CLEAR;
	struct login l = {.ev = g, .cover = e->at.cover, .tls = !clear};

	l.secret_id = secrets_ordinal(m->secrets, g->secret);
	s->login_pending = false;
	s->logins++;
	if (g->user.n && (!s->user.n || g->result == AUTH_ACCEPTED || !s->authenticated))
		s->user = keep(s, g->user);
	if (g->result == AUTH_ACCEPTED) {
		s->authenticated = true;
		place_first(&s->login_accepted, g->verdict.packet ? &g->verdict : &e->at);
	}
	if (clear && g->begun.packet)
		place_first(&s->use_clear, &g->begun);
	if (clear && g->credential_seen && g->secret.n &&
		(g->exposure == EXPOSURE_PASSWORD || g->exposure == EXPOSURE_TOKEN))
		place_first(&s->secret_clear, &g->credential);
	verdict_update(s);
	if (m->listener.login)
		m->listener.login(m->listener.user, s, &l, &e->at);
}

static void
on_starttls(struct model *m, struct session *s, const struct event *e)
{
	switch (e->starttls.stage) {
	case STLS_REQUESTED:
		place_first(&s->stls_requested, &e->at);
		break;
	case STLS_ACCEPTED:
		place_first(&s->stls_accepted, &e->at);
		break;
	case STLS_REFUSED:
		place_first(&s->stls_refused, &e->at);
		s->stls_code = e->starttls.code;
		s->stls_text = keep(s, e->starttls.text);
		break;
	case STLS_SURPLUS:
		place_first(&s->stls_surplus[e->at.dir], &e->at);
		if (e->at.dir == DIR_C2S)
			s->stls_before_reply = e->starttls.before_reply;
		break;
	case STLS_PREMATURE:
		place_first(&s->stls_premature, &e->at);
		break;
	case STLS_NO_TLS:
		place_first(&s->stls_no_tls, &e->at);
		break;
	}
}

static void
on_tls(struct model *m, struct session *s, const struct event *e)
{
	switch (e->tls.stage) {
	case TLS_RECORDS:
		place_first(&s->tls_records[e->at.dir], &e->at);
		break;
	case TLS_CLIENT_HELLO:
		place_first(&s->tls_client_hello, &e->at);
		break;
	case TLS_SERVER_HELLO:
		place_first(&s->tls_server_hello, &e->at);
		s->tls_version = e->tls.version;
		break;
	case TLS_ESTABLISHED:
		place_first(&s->tls_established, &e->at);
		break;
	case TLS_ALERT:
		place_first(&s->tls_alert, &e->at);
		s->tls_alert_fatal |= e->tls.fatal;
		s->tls_alert_code = e->tls.alert;
		break;
	case TLS_BROKEN:
		break;
	}
}

/* The open transaction with this number, made when it is new. */
static struct transaction *
transaction_of(struct session *s, uint32_t tx)
{
	struct transaction **p = &s->open_tx;

	while (*p && (*p)->tx != tx)
		p = &(*p)->next;
	if (!*p) {
		*p = transaction_new(tx);
		s->transactions++;
	}
	return *p;
}

static void
on_mail(struct model *m, struct session *s, const struct event *e)
{
	if (e->at.cover == COVER_CLEAR) {
		place_first(&s->use_clear, &e->at);
		place_first(&s->mail_clear, &e->at);
	}
	if (e->mail.known && !e->mail.accepted)
		return;
	transaction_mail(transaction_of(s, e->mail.tx), &e->mail, &e->at);
}

static void
on_rcpt(struct model *m, struct session *s, const struct event *e)
{
	if (e->rcpt.tx)
		transaction_rcpt(transaction_of(s, e->rcpt.tx), &e->rcpt, m->set.rcpts);
}

static void
transaction_tell(struct model *m, struct session *s, struct transaction *t)
{
	struct transaction **p = &s->open_tx;

	if (m->listener.transaction)
		m->listener.transaction(m->listener.user, s, t);
	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	transaction_free(&t);
}

static void
on_tx_end(struct model *m, struct session *s, const struct event *e)
{
	struct transaction *t = transaction_of(s, e->tx_end.tx);

	t->result = e->tx_end.result;
	if (e->tx_end.code)
		t->code = e->tx_end.code;
	t->reply = arena_copy(&t->arena, e->tx_end.reply);
	t->end = e->at;
	if (!t->begin.packet)
		t->begin = e->at;
	transaction_tell(m, s, t);
}

static struct open_message **
message_slot(struct session *s, uint32_t msg)
{
	struct tracked *t = tracked_of(s);

	for (size_t i = 0; i < sizeof(t->messages) / sizeof(t->messages[0]); i++) {
		if (msg ? t->messages[i] && t->messages[i]->msg == msg : !t->messages[i])
			return &t->messages[i];
	}
	return NULL;
}

static void
message_tell(
	struct model *m, struct session *s, struct open_message **slot, const struct event *e)
{
	struct open_message *om = *slot;

	message_end(om, e, &m->set);
	*slot = NULL;
	if (om->pub.whole)
		s->messages++;
	if (om->tx) {
		struct transaction *t = transaction_of(s, om->tx);

		message_drop(&t->message);
		t->message = message_release(&om);
		return;
	}
	if (m->listener.transfer)
		m->listener.transfer(m->listener.user, s, &om->pub);
	message_free(&om);
}

static void
on_msg_begin(struct model *m, struct session *s, const struct event *e)
{
	struct open_message **slot = message_slot(s, 0);

	if (!slot) {
		slot = &tracked_of(s)->messages[0];
		message_tell(m, s, slot, NULL);
	}
	*slot = message_begin(e, m->set.sha256);
}

static void
on_msg_data(struct model *m, struct session *s, const struct event *e)
{
	struct open_message **slot = message_slot(s, e->msg_data.msg);

	if (slot)
		message_data(*slot, e->msg_data.data);
}

static void
on_msg_end(struct model *m, struct session *s, const struct event *e)
{
	struct open_message **slot = message_slot(s, e->msg_end.msg);

	if (slot)
		message_tell(m, s, slot, e);
}

static void
on_gap(struct model *m, struct session *s, const struct event *e)
{
	struct tracked *t = tracked_of(s);

	place_first(&s->gap, &e->at);
	for (size_t i = 0; i < sizeof(t->messages) / sizeof(t->messages[0]); i++) {
		struct open_message *om = t->messages[i];

		if (om && om->pub.begin.dir == e->at.dir)
			message_gap(om, e->gap.bytes);
	}
}

static void
on_layer(struct model *m, struct session *s, const struct event *e)
{
	switch (e->layer.kind) {
	case LAYER_DEFLATE:
		s->deflate = true;
		break;
	case LAYER_SASL:
		s->sasl_layer = true;
		break;
	case LAYER_GIVEN_UP:
		s->given_up = true;
		s->given_up_why = e->layer.why;
		s->given_up_at = e->at;
		break;
	}
}

/* Servers may send the list of after the login before they say OK to it (Dovecot does, after
 * AUTHENTICATE). */
static bool
starts_login(const char *verb)
{
	static const char *const verbs[] = {"AUTH", "AUTHENTICATE", "LOGIN", "PASS", "APOP"};

	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verb, verbs[i]))
			return true;
	}
	return false;
}

static bool
ends_command(enum reply_kind kind)
{
	return kind == REPLY_OK || kind == REPLY_NO || kind == REPLY_BAD;
}

static void
session_update(struct model *m, struct session *s, const struct event *e)
{
	if (e->type != EV_PROTO && e->type != EV_GAP)
		place_first(&s->first, &e->at);
	switch (e->type) {
	case EV_PROTO:
		s->proto = e->proto;
		break;
	case EV_GREETING:
		on_greeting(m, s, e);
		break;
	case EV_COMMAND:
		if (!(e->command.flags & CMD_RESPONSE))
			s->commands++;
		if (e->command.flags & CMD_UNKNOWN)
			s->unknown_commands++;
		/* A command sent in its turn says that the one before it is answered. */
		if (!(e->command.flags & (CMD_RESPONSE | CMD_PIPELINED)))
			s->login_pending = starts_login(e->command.verb);
		for (size_t i = 0; i < e->command.n_masks; i++)
			known_add(&s->known, e->command.masks[i].secret);
		break;
	case EV_REPLY:
		s->replies++;
		/* Not every such command is an attempt: POP3 AUTH alone asks for the
		 * mechanisms. */
		if (starts_login(e->reply.verb) && ends_command(e->reply.kind))
			s->login_pending = false;
		break;
	case EV_CAPS:
		on_caps(m, s, e);
		break;
	case EV_HELLO:
		on_hello(m, s, e);
		break;
	case EV_LOGIN:
		known_add(&s->known, e->login.secret);
		break; /* told with its own call, in model_event() */
	case EV_STARTTLS:
		on_starttls(m, s, e);
		break;
	case EV_TLS:
		on_tls(m, s, e);
		break;
	case EV_MAIL:
		on_mail(m, s, e);
		break;
	case EV_RCPT:
		on_rcpt(m, s, e);
		break;
	case EV_MAILBOX:
		if (!bytes_eq(s->mailbox, e->mailbox.name))
			s->mailbox = keep(s, e->mailbox.name);
		break;
	case EV_SOFTWARE:
		on_software(m, s, e);
		break;
	case EV_ANOMALY:
		s->anomalies++;
		break;
	case EV_GAP:
		on_gap(m, s, e);
		break;
	case EV_LAYER:
		on_layer(m, s, e);
		break;
	case EV_TX_END:
	case EV_MSG_BEGIN:
	case EV_MSG_DATA:
	case EV_MSG_END:
	case EV_SASL_INFO:
		break;
	}
}

/* Most events are commands and replies; the verdict reads none of those. */
static bool
changes_verdict(enum event_type t)
{
	return t == EV_PROTO || t == EV_CAPS || t == EV_HELLO || t == EV_STARTTLS ||
	       t == EV_TLS || t == EV_MAIL;
}

void
model_event(struct model *m, struct session *s, const struct event *e)
{
	if (e->type == EV_MSG_DATA) {
		on_msg_data(m, s, e);
	} else {
		session_update(m, s, e);
		if (changes_verdict(e->type))
			verdict_update(s);
	}
	if (m->listener.event)
		m->listener.event(m->listener.user, s, e);
	/* What makes records of its own is told after the event itself. */
	if (e->type == EV_LOGIN)
		on_login(m, s, e);
	else if (e->type == EV_MSG_BEGIN)
		on_msg_begin(m, s, e);
	else if (e->type == EV_MSG_END)
		on_msg_end(m, s, e);
	else if (e->type == EV_TX_END)
		on_tx_end(m, s, e);
}

struct model *
model_new(const struct model_settings *set, struct secrets *secrets,
	const struct model_listener *l)
{
	struct model *m = mem_get(sizeof(*m));

	m->set = set ? *set : model_defaults;
	m->secrets = secrets;
	m->listener = *l;
	m->offers = offers_new(m->set.services);
	m->deferred_end = &m->deferred;
	return m;
}

struct session *
model_open(struct model *m, const struct flow *f)
{
	struct tracked *t = mem_get(sizeof(*t));

	t->model = m;
	t->pub.flow = f;
	arena_init(&t->pub.arena, 256);
	arena_init(&t->caps_arena, 128);
	arena_init(&t->clear_arena, 128);
	arena_init(&t->tls_arena, 128);
	verdict_update(&t->pub);
	m->memory += sizeof(*t);
	return &t->pub;
}

static size_t
first_line(struct bytes in, size_t max)
{
	size_t lf = bytes_find(in, '\n');

	return lf < max ? lf : max;
}

void
model_not_mail(struct model *m, struct session *s, const char *name, struct bytes c2s,
	struct bytes s2c)
{
	s->proto = PROTO_OTHER;
	s->guess = name;
	/* One line each: a second one of the client may be a password of whatever protocol this
	 * is. */
	s->head[DIR_C2S] = keep(s, bytes_sub(c2s, 0, first_line(c2s, m->set.head_bytes)));
	s->head[DIR_S2C] = keep(s, bytes_sub(s2c, 0, first_line(s2c, m->set.head_bytes)));
	verdict_update(s);
}

static void
tracked_free(struct model *m, struct tracked *t)
{
	for (size_t i = 0; i < sizeof(t->messages) / sizeof(t->messages[0]); i++)
		message_free(&t->messages[i]);
	while (t->pub.open_tx) {
		struct transaction *x = t->pub.open_tx;

		t->pub.open_tx = x->next;
		transaction_free(&x);
	}
	known_free(&t->pub.known);
	arena_done(&t->pub.arena);
	arena_done(&t->caps_arena);
	arena_done(&t->clear_arena);
	arena_done(&t->tls_arena);
	m->memory -= sizeof(*t);
	free(t);
}

static void
session_tell_end(struct model *m, struct tracked *t)
{
	offers_judge(m->offers, &t->pub);
	t->pub.ended = true;
	if (m->listener.end)
		m->listener.end(m->listener.user, &t->pub);
	tracked_free(m, t);
}

static void
deferred_tell(struct model *m)
{
	struct tracked *t = m->deferred;

	m->deferred = t->next;
	if (!m->deferred)
		m->deferred_end = &m->deferred;
	m->n_deferred--;
	session_tell_end(m, t);
}

void
model_end(struct model *m, struct session **ps)
{
	struct session *s = *ps;
	struct tracked *t = tracked_of(s);
	const struct flow *f = s->flow;

	*ps = NULL;
	for (size_t i = 0; i < sizeof(t->messages) / sizeof(t->messages[0]); i++) {
		if (t->messages[i])
			message_tell(m, s, &t->messages[i], NULL);
	}
	while (s->open_tx)
		transaction_tell(m, s, s->open_tx);
	for (int d = 0; d < 2; d++) {
		if (f->side[d].bytes > f->side[d].gap_bytes && !f->side[!d].packets)
			s->one_sided = true;
		s->not_mail_bytes[d] = s->proto == PROTO_OTHER ? f->side[d].bytes : 0;
	}
	verdict_update(s);
	if (s->verdict != VERDICT_NOT_OFFERED || m->set.live || !m->set.deferred_sessions) {
		session_tell_end(m, t);
		return;
	}
	t->flow = *f;
	t->pub.flow = &t->flow;
	if (m->n_deferred == m->set.deferred_sessions)
		deferred_tell(m);
	*m->deferred_end = t;
	m->deferred_end = &t->next;
	m->n_deferred++;
}

void
model_finish(struct model *m)
{
	while (m->deferred)
		deferred_tell(m);
}

void
model_free(struct model **pm)
{
	struct model *m = *pm;

	if (!m)
		return;
	while (m->deferred) {
		struct tracked *t = m->deferred;

		m->deferred = t->next;
		tracked_free(m, t);
	}
	offers_free(&m->offers);
	free(m);
	*pm = NULL;
}

struct secrets *
model_secrets(struct model *m)
{
	return m->secrets;
}

size_t
model_memory(const struct model *m)
{
	return m->memory + offers_memory(m->offers);
}
