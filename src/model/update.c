/* What each event says of its session. */
#include "model/peer_cert.h"
#include "model/published.h"
#include "model/track.h"

#include <stdlib.h>
#include <string.h>

void
update_text(struct model *m, struct session *s, enum fact k, struct bytes in)
{
	size_t left;

	if (bytes_eq(session_text(s, k), in))
		return;
	left = s->facts.n < m->set.session_bytes ? m->set.session_bytes - s->facts.n : 0;
	facts_put(&s->facts, k, in.n <= left ? in : BYTES_NONE);
}

static void
hold_list(struct model *m, const struct caps **to, const struct caps *c)
{
	if (c != &caps_unknown)
		shared_hold(c);
	if (*to != &caps_unknown)
		shared_drop(m->lists, *to);
	*to = c;
}

static void
on_caps(struct model *m, struct session *s, const struct event *e)
{
	bool preauth = !s->authenticated && !s->login_pending;
	const struct caps *c;

	if (!e->caps.known) {
		hold_list(m, &s->caps, &caps_unknown);
		return;
	}
	c = caps_get(m->lists, &m->key, &e->caps, m->set.caps_items, s->proto,
		(enum cover)e->at.cover, preauth);
	hold_list(m, &s->caps, c);
	if (e->at.cover == COVER_TLS_DECRYPTED && (preauth || !s->caps_tls->known)) {
		hold_list(m, &s->caps_tls, c);
		facts_last(&s->facts, AT_CAPS_TLS, &e->at);
	} else if (preauth && e->at.cover == COVER_CLEAR && !session_has(s, AT_STLS_ACCEPTED)) {
		hold_list(m, &s->caps_clear, c);
		facts_last(&s->facts, AT_CAPS_CLEAR, &e->at);
	}
	shared_drop(m->lists, c);
	if (!m->set.live && e->at.cover == COVER_CLEAR &&
		caps_has(s->caps_clear, CAPS_STARTTLS))
		offers_note(m->offers, s);
}

static void
on_greeting(struct model *m, struct session *s, const struct event *e)
{
	facts_first(&s->facts, AT_GREETING, &e->at);
	s->preauth = e->greeting.preauth;
	if (s->greeting == &greeting_none)
		s->greeting = greeting_get(
			m->greetings, &m->key, &e->greeting, m->set.session_bytes);
}

static void
on_hello(struct model *m, struct session *s, const struct event *e)
{
	s->helo = e->hello.verb && !strcmp(e->hello.verb, "HELO");
	update_text(m, s, TEXT_CLIENT_NAME, e->hello.name);
}

static void
on_software(struct model *m, struct session *s, const struct event *e)
{
	const struct ev_software *w = &e->software;
	struct buf b;

	if (!w->name.n)
		return;
	buf_init(&b, 1024);
	buf_add(&b, w->name);
	if (w->name.n && w->version.n)
		buf_byte(&b, ' ');
	buf_add(&b, w->version);
	update_text(m, s, w->who == DIR_C2S ? TEXT_CLIENT_SOFTWARE : TEXT_SERVER_SOFTWARE,
		buf_bytes(&b));
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
	if (g->user.n &&
		(!session_has(s, TEXT_USER) || g->result == AUTH_ACCEPTED || !s->authenticated))
		update_text(m, s, TEXT_USER, g->user);
	if (g->result == AUTH_ACCEPTED) {
		s->authenticated = true;
		facts_first(
			&s->facts, AT_LOGIN_ACCEPTED, g->verdict.packet ? &g->verdict : &e->at);
	}
	if (clear)
		facts_first(&s->facts, AT_USE_CLEAR, &g->begun);
	if (clear && g->credential_seen && g->secret.n &&
		(g->exposure == EXPOSURE_PASSWORD || g->exposure == EXPOSURE_TOKEN))
		facts_first(&s->facts, AT_SECRET_CLEAR, &g->credential);
	verdict_update(s);
	if (m->listener.login)
		m->listener.login(m->listener.user, s, &l, &e->at);
}

static void
on_starttls(struct session *s, const struct event *e)
{
	switch (e->starttls.stage) {
	case STLS_REQUESTED:
		facts_first(&s->facts, AT_STLS_REQUESTED, &e->at);
		break;
	case STLS_ACCEPTED:
		facts_first(&s->facts, AT_STLS_ACCEPTED, &e->at);
		break;
	case STLS_REFUSED:
		facts_first(&s->facts, AT_STLS_REFUSED, &e->at);
		break;
	case STLS_SURPLUS:
	case STLS_PREMATURE:
	case STLS_NO_TLS:
		break;
	}
}

static void
on_tls(struct model *m, struct session *s, const struct event *e)
{
	struct facts *f = &s->facts;

	tls_seen_event(&m->tls, s, e);
	if (e->tls.hello && !e->tls.hello->client && e->tls.hello->alpn.n)
		update_text(m, s, TEXT_ALPN, e->tls.hello->alpn);
	switch (e->tls.stage) {
	case TLS_RECORDS:
		facts_first(f, e->at.dir == DIR_C2S ? AT_TLS_RECORDS_C2S : AT_TLS_RECORDS_S2C,
			&e->at);
		break;
	case TLS_CLIENT_HELLO:
		facts_first(f, AT_TLS_CLIENT_HELLO, &e->at);
		published_look(m, s);
		break;
	case TLS_SERVER_HELLO:
		facts_first(f, AT_TLS_SERVER_HELLO, &e->at);
		s->tls_version = e->tls.version;
		break;
	case TLS_ESTABLISHED:
		facts_first(f, AT_TLS_ESTABLISHED, &e->at);
		break;
	case TLS_ALERT:
		facts_first(f, AT_TLS_ALERT, &e->at);
		s->tls_alert_fatal |= e->tls.fatal;
		break;
	case TLS_BROKEN:
	case TLS_RETRY:
	case TLS_CERTIFICATES:
	case TLS_KEY_EXCHANGE:
	case TLS_CERT_REQUEST:
	case TLS_TICKET:
	case TLS_EARLY_DATA:
	case TLS_RENEGOTIATION:
	case TLS_HEARTBEAT_SEEN:
	case TLS_EXTENSIONS:
	case TLS_CLOSED_SHORT:
	case TLS_KEYS:
		break;
	}
}

static void
on_mail(struct session *s, const struct event *e)
{
	if (e->at.cover == COVER_CLEAR) {
		facts_first(&s->facts, AT_USE_CLEAR, &e->at);
		facts_first(&s->facts, AT_MAIL_CLEAR, &e->at);
	}
	work_mail(s, e);
}

static void
on_layer(struct session *s, const struct event *e)
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
		facts_name(&s->facts, WORD_GIVEN_UP, e->layer.why);
		facts_last(&s->facts, AT_GIVEN_UP, &e->at);
		break;
	}
}

/* Servers may send the list of after the login before they say OK to it (Dovecot does, after
 * AUTHENTICATE). */
static bool
starts_login(const char *verb)
{
	switch (verb ? verb[0] : 0) {
	case 'A':
		return !strcmp(verb, "AUTH") || !strcmp(verb, "AUTHENTICATE") ||
		       !strcmp(verb, "APOP");
	case 'L':
		return !strcmp(verb, "LOGIN");
	case 'P':
		return !strcmp(verb, "PASS");
	}
	return false;
}

static bool
says_hello(const char *verb)
{
	return verb && (verb[0] == 'E' || verb[0] == 'H' || verb[0] == 'L') &&
	       (!strcmp(verb, "EHLO") || !strcmp(verb, "HELO") || !strcmp(verb, "LHLO"));
}

static bool
ends_command(enum reply_kind kind)
{
	return kind == REPLY_OK || kind == REPLY_NO || kind == REPLY_BAD;
}

static void
on_command(struct session *s, const struct ev_command *c)
{
	if (!(c->flags & CMD_RESPONSE))
		s->commands++;
	/* A command sent in its turn says that the one before it is answered. */
	if (!(c->flags & (CMD_RESPONSE | CMD_PIPELINED)))
		s->login_pending = starts_login(c->verb);
	for (size_t i = 0; i < c->n_masks; i++)
		known_add(&s->known, c->masks[i].secret);
}

static void
on_reply(struct session *s, const struct event *e)
{
	s->replies++;
	if (session_has(s, TEXT_PROXIED))
		proxied_reply(s, &e->reply);
	if (says_hello(e->reply.verb))
		facts_first(&s->facts, AT_HELLO_REPLY, &e->at);
	/* Not every such command is an attempt: POP3 AUTH alone asks for the mechanisms. */
	if (s->login_pending && ends_command(e->reply.kind) && starts_login(e->reply.verb))
		s->login_pending = false;
}

void
update_session(struct model *m, struct session *s, const struct event *e)
{
	if (!session_has(s, AT_FIRST) && e->type != EV_PROTO && e->type != EV_GAP)
		facts_first(&s->facts, AT_FIRST, &e->at);
	switch (e->type) {
	case EV_PROTO:
		s->proto = e->proto;
		s->implicit_tls |= e->proto == PROTO_TLS;
		break;
	case EV_GREETING:
		on_greeting(m, s, e);
		break;
	case EV_COMMAND:
		on_command(s, &e->command);
		break;
	case EV_REPLY:
		on_reply(s, e);
		break;
	case EV_CAPS:
		on_caps(m, s, e);
		break;
	case EV_HELLO:
		on_hello(m, s, e);
		break;
	case EV_LOGIN:
		known_add(&s->known, e->login.secret);
		break;
	case EV_STARTTLS:
		on_starttls(s, e);
		break;
	case EV_TLS:
		on_tls(m, s, e);
		peer_cert_event(m, s, e);
		break;
	case EV_MAIL:
		on_mail(s, e);
		break;
	case EV_RCPT:
		work_rcpt(m, s, e, published_rcpt(m, s, e));
		break;
	case EV_MAILBOX:
		if (s->proto == PROTO_IMAP)
			update_text(m, s, TEXT_MAILBOX, e->mailbox.name);
		break;
	case EV_SOFTWARE:
		on_software(m, s, e);
		break;
	case EV_ANOMALY:
		s->anomalies++;
		break;
	case EV_GAP:
		facts_first(&s->facts, AT_GAP, &e->at);
		work_gap(s, e);
		break;
	case EV_LAYER:
		on_layer(s, e);
		break;
	case EV_PROXY:
		proxied_header(m, s, e);
		break;
	case EV_ASKED:
	case EV_TX_END:
	case EV_MSG_BEGIN:
	case EV_MSG_DATA:
	case EV_MSG_END:
	case EV_SASL_INFO:
	case EV_LINE:
	case EV_DNS:
	case EV_DEED:
		break;
	}
}

void
update_records(struct model *m, struct session *s, const struct event *e)
{
	if (e->type == EV_LOGIN)
		on_login(m, s, e);
	else if (e->type == EV_MSG_BEGIN)
		work_msg_begin(m, s, e);
	else if (e->type == EV_MSG_END)
		work_msg_end(m, s, e);
	else if (e->type == EV_TX_END)
		work_tx_end(m, s, e);
}

size_t
update_memory(const struct session *s)
{
	return REST_BYTES + s->facts.n + known_memory(s->known) + tls_seen_memory(s->tls_seen) +
	       work_memory(s->work);
}
