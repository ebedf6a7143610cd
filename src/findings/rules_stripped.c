/* STARTTLS across connections, FINDINGS.md 5.2: an offer that went away, a client that falls
 * back, a lock used sometimes. */
#include "findings/text.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define LIST_TEXT 200
#define NAME_TEXT 80

/* A server address and port: the list in which it offered STARTTLS. */
struct offer {
	struct tabled head;
	bool present;
	bool refused;    /* it answered 454 once: a broken certificate hides the offer */
	uint32_t absent; /* lists without it since the last one with it */
	struct endpoint client;
	struct place at;
	uint64_t rest; /* digest of the other lines: caps.order */
	uint8_t ttl;
	char list[LIST_TEXT], name[NAME_TEXT];
};

enum failure {
	FAILED_NOT,
	FAILED_REFUSED,
	FAILED_HANDSHAKE,
	FAILED_CONNECT
};
static const char *const failure_names[] = {
	"", "refused", "handshake_failed", "connect_failed"};

/* A client, a server address and a protocol: TLS that failed, mail or login in clear. */
struct link {
	struct tabled head;
	enum failure failed;
	struct place failed_at, used_at;
	char *failed_name, *used_name; /* EHLO; NULL: none */
	enum role used_role;
	struct endpoint used_server;
	bool told;
};

/* A client, a service and a protocol: sessions in TLS and in clear. */
struct habit {
	struct tabled head;
	struct endpoint client, server, via;
	enum proto proto;
	enum role role;
	uint32_t n_tls, n_clear;
	struct place tls_at, clear_at;
	char *tls_name, *clear_name; /* EHLO; NULL: none */
};

struct services {
	struct table offers, links, habits;
};

static void
link_done(void *entry)
{
	struct link *l = entry;

	free(l->failed_name);
	free(l->used_name);
}

static void
habit_done(void *entry)
{
	struct habit *b = entry;

	free(b->tls_name);
	free(b->clear_name);
}

struct services *
services_new(const struct findings_settings *set, struct table_budget *budget)
{
	struct services *s = mem_get(sizeof(*s));

	table_init(&s->offers, budget, set->tracked, sizeof(struct offer), NULL);
	table_init(&s->links, budget, set->tracked, sizeof(struct link), link_done);
	table_init(&s->habits, budget, set->tracked, sizeof(struct habit), habit_done);
	return s;
}

void
services_free(struct services **s)
{
	if (!*s)
		return;
	table_done(&(*s)->offers);
	table_done(&(*s)->links);
	table_done(&(*s)->habits);
	free(*s);
	*s = NULL;
}

size_t
services_memory(const struct services *s)
{
	return table_memory(&s->offers) + table_memory(&s->links) + table_memory(&s->habits);
}

/* Only what speaks SMTP has a name. */
static void
put_name(struct table *t, void *entry, char **to, struct bytes name)
{
	if (!*to && name.n) {
		*to = mem_get(NAME_TEXT);
		table_grew(t, entry, NAME_TEXT);
	}
	if (*to)
		text_keep(*to, NAME_TEXT, name);
}

/* NULL and "": none. */
static bool
names_differ(const char *a, const char *b)
{
	return a && b && a[0] && b[0] && !bytes_ieq(bytes_str(a), bytes_str(b));
}

/* starttls.stripped */

static struct bytes
service_key(struct key *k, const struct session *s)
{
	k->n = 0;
	key_service(k, &s->flow->server);
	return key_of(k);
}

static void
offer_keep(struct offer *o, const struct session *s)
{
	const struct caps *c = s->caps_clear;

	o->present = true;
	o->absent = 0;
	o->client = s->flow->client;
	o->at = session_at(s, AT_CAPS_CLEAR);
	o->rest = c->order;
	o->ttl = s->flow->side[DIR_S2C].ttl_min;
	text_keep(o->list, sizeof(o->list), c->text);
	text_keep(o->name, sizeof(o->name), s->greeting->server_name);
}

/* Might the absence have an honest reason? */
static bool
explained(const struct offer *o, const struct session *s)
{
	bool near = net_near(&o->client, &s->flow->client, 24, 64);
	char name[NAME_TEXT];

	text_keep(name, sizeof(name), s->greeting->server_name);
	return o->refused || names_differ(o->name, name) ||
	       (!near && o->rest != s->caps_clear->order);
}

static void
stripped_hit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct offer *o)
{
	const struct caps *c = s->caps_clear;
	bool same_list = o->rest == c->order;
	bool near = net_near(&o->client, &s->flow->client, 24, 64);
	char addr[ENDPOINT_TEXT];
	struct record *rec;
	struct hit h;

	st->stripped_told = true;
	hit_init(&h, r, s, same_list ? "same_list" : "list_differs");
	h.certainty = near || same_list ? CERTAINTY_PROBABLE : CERTAINTY_POSSIBLE;
	h.severity = st->secret.packet ? SEV_CRITICAL : SEV_HIGH;
	hit_clue(&h, &o->at, "offered to %s: %s", endpoint_addr(&o->client, addr), o->list);
	hit_main(&h);
	hit_clue(&h, SESSION_AT(s, AT_CAPS_CLEAR), "missing for %s: %.*s",
		endpoint_addr(&s->flow->client, addr), BYTES_FMT(c->text));
	if (st->secret.packet)
		hit_clue(&h, &st->secret, "a recoverable credential followed in clear");
	hit_note(&h, "greeting %s / %.*s; TTL of the server's packets %u / %u", o->name,
		BYTES_FMT(s->greeting->server_name), o->ttl, s->flow->side[DIR_S2C].ttl_min);
	rec = record_hit(f, &h);
	state_rising(f, st, rec, RISE_SECRET, SEV_CRITICAL);
}

static void
stripped_caps(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct event *e)
{
	const struct caps *c = s->caps_clear;
	struct offer *o;
	struct key k;

	if (!e->caps.known || e->at.cover != COVER_CLEAR || !c->known || !c->preauth ||
		s->tls || session_has(s, AT_STLS_ACCEPTED) || st->mangled || state_partial(s))
		return;
	o = table_put(&f->services->offers, service_key(&k, s));
	if (caps_has(c, CAPS_STARTTLS)) {
		offer_keep(o, s);
		return;
	}
	o->absent++;
	if (!o->present || explained(o, s) || st->stripped_told)
		return;
	/* Three in a row without it: it was taken out of service, not out of the way. */
	st->offer_gone = o->absent >= 3;
	if (!st->offer_gone)
		stripped_hit(f, r, s, st, o);
}

static void
stripped(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct offer *o;
	struct key k;

	if (w->why == WAKE(EV_CAPS)) {
		stripped_caps(f, r, s, st, w->event);
		return;
	}
	if (w->why == WAKE(EV_STARTTLS)) {
		if (w->event->starttls.stage == STLS_REFUSED &&
			w->event->starttls.code == 454) {
			o = table_put(&f->services->offers, service_key(&k, s));
			o->refused = true;
		}
		return;
	}
	/* The offer was seen in a session that came later. */
	o = table_get(&f->services->offers, service_key(&k, s));
	if (s->verdict != VERDICT_STRIPPED || st->stripped_told || st->mangled || !o ||
		!o->present || st->offer_gone || state_partial(s) || explained(o, s))
		return;
	stripped_hit(f, r, s, st, o);
}

/* starttls.fallback_cleartext */

static struct link *
link_of(struct findings *f, const struct session *s)
{
	uint16_t port = s->flow->server.port;
	enum proto p = s->proto;
	struct key k = {.n = 0};

	if (p == PROTO_TLS || p == PROTO_UNKNOWN || p == PROTO_OTHER)
		p = port == 993 ? PROTO_IMAP : port == 995 ? PROTO_POP3 : PROTO_SMTP;
	key_client(&k, s);
	key_host(&k, &s->flow->server);
	key_number(&k, p);
	return table_put(&f->services->links, key_of(&k));
}

static void
fallback_tell(struct findings *f, const struct rule *r, struct session *s, struct link *l)
{
	int64_t after = l->used_at.ts_ns - l->failed_at.ts_ns;
	bool users = l->used_role == ROLE_ACCESS || l->used_role == ROLE_SUBMISSION;
	struct hit h;

	if (!l->failed || l->used_at.packet == 0 || l->told || after < 0 ||
		after > f->set.fallback_window_ns || names_differ(l->failed_name, l->used_name))
		return;
	l->told = true;
	hit_init(&h, r, s, failure_names[l->failed]);
	h.server = l->used_server;
	h.named = true;
	h.severity = users ? SEV_HIGH : SEV_MEDIUM;
	hit_clue(&h, &l->failed_at, "TLS failed: %s", failure_names[l->failed]);
	hit_main(&h);
	hit_clue(&h, &l->used_at, "and then in clear");
	record_hit(f, &h);
}

static void
tls_failed(struct findings *f, const struct rule *r, struct session *s, enum failure why,
	const struct place *at)
{
	struct link *l = link_of(f, s);

	l->failed = why;
	l->failed_at = *at;
	l->told = false;
	put_name(&f->services->links, l, &l->failed_name, session_text(s, TEXT_CLIENT_NAME));
	fallback_tell(f, r, s, l);
}

static void
clear_use(struct findings *f, const struct rule *r, struct session *s, const struct place *at)
{
	struct link *l = link_of(f, s);

	l->used_at = *at;
	l->used_role = s->role;
	l->used_server = s->flow->server;
	put_name(&f->services->links, l, &l->used_name, session_text(s, TEXT_CLIENT_NAME));
	fallback_tell(f, r, s, l);
}

/* No answer to the second SYN either, or a reset without a word. */
static bool
connect_failed(const struct session *s)
{
	const struct flow_side *c = &s->flow->side[DIR_C2S], *v = &s->flow->side[DIR_S2C];
	uint16_t port = s->flow->server.port;

	if ((port != 465 && port != 993 && port != 995) || s->flow->midstream || c->bytes)
		return false;
	return (v->packets == 0 && c->packets >= 2) || (v->rst && v->bytes == 0);
}

/* A handshake from the first byte that was closed without a word. */
static bool
hello_unanswered(const struct session *s)
{
	const struct tls_seen *t = s->tls_seen;

	return t && !t->established && !t->fatal_alerts && !t->broken &&
	       session_has(s, AT_TLS_CLIENT_HELLO) && !session_has(s, AT_STLS_ACCEPTED) &&
	       !session_has(s, AT_GAP) && !s->one_sided &&
	       (s->flow->reason == FLOW_FIN || s->flow->reason == FLOW_RST);
}

static void
fallback_close(struct findings *f, const struct rule *r, struct session *s, struct fstate *st)
{
	struct place at = {.ts_ns = s->flow->first_ns,
		.packet = s->flow->first_packet,
		.input = s->flow->first_input,
		.acked = PLACE_NO_ACK};

	if (connect_failed(s))
		tls_failed(f, r, s, FAILED_CONNECT, &at);
	else if (s->verdict == VERDICT_FAILED && !st->no_tls && !session_has(s, AT_TLS_ALERT))
		tls_failed(f, r, s, FAILED_HANDSHAKE, SESSION_AT(s, AT_STLS_ACCEPTED));
	else if (hello_unanswered(s))
		tls_failed(f, r, s, FAILED_HANDSHAKE, SESSION_AT(s, AT_TLS_CLIENT_HELLO));
}

static void
fallback(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;

	if (w->why == WAKE_CLOSE) {
		fallback_close(f, r, s, st);
	} else if (w->login) {
		const struct ev_login *ev = w->login->ev;

		if (state_login_clear(w->login) &&
			(ev->credential_seen || ev->result == AUTH_ACCEPTED))
			clear_use(
				f, r, s, ev->credential.packet ? &ev->credential : &ev->begun);
	} else if (e->type == EV_MAIL) {
		if (e->at.cover == COVER_CLEAR)
			clear_use(f, r, s, &e->at);
	} else if (e->type == EV_STARTTLS) {
		if (e->starttls.stage == STLS_REFUSED && e->starttls.code != 501 &&
			e->starttls.code != 503)
			tls_failed(f, r, s, FAILED_REFUSED, &e->at);
	} else if ((e->tls.stage == TLS_ALERT && e->tls.fatal) || e->tls.stage == TLS_BROKEN) {
		if (!session_has(s, AT_TLS_ESTABLISHED))
			tls_failed(f, r, s, FAILED_HANDSHAKE, &e->at);
	}
}

/* starttls.inconsistent */

static void
habit_note(struct findings *f, const struct session *s)
{
	bool clear = !s->tls && session_has(s, AT_USE_CLEAR);
	struct key k = {.n = 0};
	struct habit *b;

	if (!s->tls && !clear)
		return;
	key_client(&k, s);
	key_service(&k, &s->flow->server);
	key_number(&k, s->proto);
	b = table_put(&f->services->habits, key_of(&k));
	b->client = session_client(s);
	b->via = session_via(s);
	b->server = s->flow->server;
	b->proto = s->proto;
	if (s->tls && !b->n_tls++) {
		b->tls_at = session_has(s, AT_TLS_ESTABLISHED)
				    ? session_at(s, AT_TLS_ESTABLISHED)
				    : session_at(s, AT_TLS_SERVER_HELLO);
		put_name(&f->services->habits, b, &b->tls_name,
			session_text(s, TEXT_CLIENT_NAME));
	}
	if (clear && !b->n_clear++) {
		b->clear_at = session_at(s, AT_USE_CLEAR);
		b->role = s->role;
		put_name(&f->services->habits, b, &b->clear_name,
			session_text(s, TEXT_CLIENT_NAME));
	}
}

static void
inconsistent(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->why == WAKE_CLOSE) {
		habit_note(f, s);
		return;
	}
	for (struct tabled *t = table_oldest(&f->services->habits); t; t = table_newer(t)) {
		const struct habit *b = (const struct habit *)t;
		bool other = names_differ(b->tls_name, b->clear_name);
		bool users = b->role == ROLE_ACCESS || b->role == ROLE_SUBMISSION;
		struct hit h;

		if (!b->n_tls || !b->n_clear)
			continue;
		hit_init(&h, r, NULL, other ? "other_client" : "same_client");
		h.named = true;
		h.client = b->client;
		h.via = b->via;
		h.server = b->server;
		h.proto = b->proto;
		h.severity = other ? SEV_INFO : users ? SEV_HIGH : SEV_MEDIUM;
		hit_clue(&h, &b->clear_at, "in clear, first of %u", b->n_clear);
		hit_main(&h);
		hit_clue(&h, &b->tls_at, "in TLS, first of %u", b->n_tls);
		hit_note(&h, "%u session%s in TLS, %u in clear", b->n_tls,
			b->n_tls == 1 ? "" : "s", b->n_clear);
		record_hit(f, &h);
	}
}

/* starttls.preferred_implicit */

static void
preferred_implicit(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	const struct event *e = w->event;
	uint16_t port = s->flow->server.port;
	struct hit h;

	if (e->tls.stage != TLS_ESTABLISHED || !e->tls.starttls ||
		(port != 587 && port != 143 && port != 110) ||
		(s->role != ROLE_ACCESS && s->role != ROLE_SUBMISSION))
		return;
	hit_init(&h, r, s, proto_name(s->proto));
	hit_clue(&h, &e->at, "TLS by %s on port %u", text_starttls_word(s->proto), port);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_stripped[] = {
	{&row_starttls_stripped, WAKE(EV_CAPS) | WAKE(EV_STARTTLS) | WAKE_CLOSE, EMIT_NOW, 0, stripped},
	{&row_starttls_fallback_cleartext, WAKE_LOGIN | WAKE(EV_MAIL) | WAKE(EV_STARTTLS) | WAKE(EV_TLS) | WAKE_CLOSE, EMIT_NOW, 0, fallback},
	{&row_starttls_inconsistent, WAKE_CLOSE | WAKE_FINISH, EMIT_END, 0, inconsistent},
	{&row_starttls_preferred_implicit, WAKE(EV_TLS), EMIT_END, 0, preferred_implicit},
	{.row = NULL},
};
/* clang-format on */
