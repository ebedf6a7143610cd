/* How TLS began and what became of it, FINDINGS.md 5.3: wrong modes, failed handshakes, what
 * could not be judged. */
#include "findings/rules_tls.h"

#include "base/arena.h"
#include "dissectors/tls/names.h"

#include <stdlib.h>

/* A client and a service: the best version that they agreed on, the last handshake that failed.
 */
struct couple {
	struct tabled head;
	uint16_t best;
	struct place best_at;
	const char *failed; /* reason of tls.handshake_failed, or NULL */
	enum proto failed_proto;
	int64_t failed_ns;
};

/* Why the certificate of a session could not be judged. */
enum unseen {
	UNSEEN_HIDDEN,
	UNSEEN_RESUMED,
	UNSEEN_LOST,
	UNSEEN_ECH,
	UNSEENS
};

/* A service. */
struct sight {
	struct tabled head;
	struct endpoint server;
	enum proto proto;
	bool supplied; /* some session showed the certificate */
	uint32_t n[UNSEENS];
	struct place at[UNSEENS];
};

struct tls_memory {
	struct table couples, sights;
};

struct tls_memory *
tls_memory_new(const struct findings_settings *set, struct table_budget *budget)
{
	struct tls_memory *m = mem_get(sizeof(*m));

	table_init(&m->couples, budget, set->tracked, sizeof(struct couple), NULL);
	table_init(&m->sights, budget, set->tracked, sizeof(struct sight), NULL);
	return m;
}

void
tls_memory_free(struct tls_memory **m)
{
	if (!*m)
		return;
	table_done(&(*m)->couples);
	table_done(&(*m)->sights);
	free(*m);
	*m = NULL;
}

size_t
tls_memory_size(const struct tls_memory *m)
{
	return sizeof(*m) + table_memory(&m->couples) + table_memory(&m->sights);
}

static struct couple *
couple_of(struct findings *f, const struct session *s)
{
	struct key k = {.n = 0};

	key_client(&k, s);
	key_service(&k, &s->flow->server);
	return table_put(&f->tls->couples, key_of(&k));
}

static bool
is_mail(const struct session *s)
{
	return s->proto == PROTO_SMTP || s->proto == PROTO_LMTP || s->proto == PROTO_POP3 ||
	       s->proto == PROTO_IMAP;
}

static bool
implicit_port(uint16_t port)
{
	return port == 465 || port == 993 || port == 995;
}

static bool
upgrade_asked(const struct session *s)
{
	return session_has(s, AT_STLS_REQUESTED) || session_has(s, AT_STLS_ACCEPTED) ||
	       s->tls_seen->starttls;
}

/* tls.plaintext_on_tls_port */

/* A greeting, or another answer that is no refusal. */
static bool
speaks_plain(const struct event *e)
{
	if (e->type == EV_GREETING)
		return e->greeting.kind == REPLY_OK || e->greeting.kind == REPLY_DATA;
	return e->type == EV_REPLY &&
	       (e->reply.kind == REPLY_OK || e->reply.kind == REPLY_DATA);
}

/* The port is used for STARTTLS: the wrong mode, but a lock. Of a service that was seen once.
 */
static void
plaintext_upgraded(struct findings *f, const struct rule *r, struct session *s)
{
	struct record *rec;
	struct hit h;

	hit_init(&h, r, s, "greeting");
	rec = record_find(f, &h);
	if (rec && rec->count == 1 && rec->flow_id == s->flow->id)
		record_rate(f, rec, s, SEV_MEDIUM, NULL);
}

static void
plaintext_port(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct record *rec;
	struct hit h;

	if (!implicit_port(s->flow->server.port) || !is_mail(s))
		return;
	if (e->type == EV_TLS) {
		if (e->tls.stage == TLS_ESTABLISHED && e->tls.starttls)
			plaintext_upgraded(f, r, s);
		return;
	}
	if (st->plain_port_told || e->at.cover != COVER_CLEAR || s->tls_seen ||
		!speaks_plain(e))
		return;
	st->plain_port_told = true;
	hit_init(&h, r, s, "greeting");
	hit_wire(f, &h, &e->at, NULL, e->type == EV_GREETING ? e->greeting.text : e->reply.text,
		NULL, 0);
	rec = record_hit(f, &h);
	state_rising(f, st, rec, RISE_SECRET, SEV_CRITICAL);
}

/* tls.mode_mismatch */

static bool
starttls_port(uint16_t port)
{
	return port == 25 || port == 110 || port == 143 || port == 587 || port == 2525 ||
	       port == 220 || port == 24;
}

static void
mismatch_hit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const char *reason, const struct place *at, const char *what)
{
	struct hit h;

	if (st->mismatch_told)
		return;
	st->mismatch_told = true;
	hit_init(&h, r, s, reason);
	if (session_has(s, AT_GREETING))
		hit_wire(f, &h, SESSION_AT(s, AT_GREETING), "greeting: ", s->greeting->banner,
			NULL, 0);
	if (s->tls_seen->client != &tls_client_none)
		hit_clue(&h, SESSION_AT(s, AT_TLS_CLIENT_HELLO), "ClientHello");
	if (what)
		hit_clue(&h, at, "%s", what);
	hit_note(&h, "port %u", s->flow->server.port);
	record_hit(f, &h);
}

static void
mode_mismatch(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	const struct event *e = w->event;

	if (!t || t->established || upgrade_asked(s) || s->flow->midstream)
		return;
	if (w->why == WAKE_CLOSE) {
		if (t->client != &tls_client_none && !t->version &&
			(is_mail(s) || starttls_port(s->flow->server.port)))
			mismatch_hit(f, r, s, st, "client_hello", NULL, NULL);
	} else if (e->tls.stage == TLS_BROKEN && e->at.dir == DIR_S2C) {
		if (t->client != &tls_client_none)
			mismatch_hit(f, r, s, st, "plaintext_answer", &e->at,
				"what the server answers is no TLS");
	} else if (e->tls.stage == TLS_ALERT && e->at.dir == DIR_S2C) {
		if (t->client == &tls_client_none && session_has(s, AT_FIRST) &&
			s->flow->side[DIR_C2S].bytes)
			mismatch_hit(f, r, s, st, "tls_answer", &e->at,
				"the server answers with a TLS alert");
	}
}

/* tls.handshake_failed */

/* A later connection of the two succeeded soon: an accident, or a client that tries versions.
 */
static void
succeeded_later(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct couple *c = couple_of(f, s);
	int64_t after = e->at.ts_ns - c->failed_ns;
	struct record *rec;
	struct hit h;

	if (!c->failed || after < 0 || after > f->set.fallback_window_ns)
		return;
	hit_init(&h, r, s, c->failed);
	h.proto = c->failed_proto;
	c->failed = NULL;
	rec = record_find(f, &h);
	if (!rec)
		return;
	h.n_clues = 0;
	hit_clue(&h, &e->at, "a later handshake of the two succeeds");
	record_rate(f, rec, s, SEV_LOW, &h);
}

/* Why a handshake did not complete; NULL: that cannot be said. */
static const char *
failure_reason(struct findings *f, const struct session *s, enum certainty *ret_certainty)
{
	const struct tls_seen *t = s->tls_seen;
	bool closed = s->flow->reason == FLOW_FIN || s->flow->reason == FLOW_RST;
	char number[TLS_NUMBER];

	if (t->fatal_alerts)
		return findings_word(f, tls_alert_text(t->alert, number),
			t->alert_dir == DIR_C2S ? "client" : "server");
	if (t->broken)
		return upgrade_asked(s) ? "not_tls" : NULL;
	if (!closed || session_has(s, AT_GAP) || s->flow->midstream || s->one_sided)
		return NULL;
	if (!t->closed_short)
		return "no_reason";
	*ret_certainty = CERTAINTY_POSSIBLE;
	return "encrypted_alert";
}

static void
handshake_failed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	enum certainty certainty = CERTAINTY_CONFIRMED;
	char number[TLS_NUMBER];
	struct couple *c;
	const char *why;
	struct hit h;

	if (w->why != WAKE_CLOSE) {
		if (w->event->tls.stage == TLS_ESTABLISHED)
			succeeded_later(f, r, s, w->event);
		return;
	}
	if (!t || t->established || t->client == &tls_client_none || st->mismatch_told)
		return;
	why = failure_reason(f, s, &certainty);
	if (!why)
		return;
	hit_init(&h, r, s, why);
	h.certainty = certainty;
	h.named = true;
	tls_clues(&h, s);
	if (t->fatal_alerts)
		hit_clue(&h, SESSION_AT(s, AT_TLS_ALERT), "alert of the %s: %s",
			t->alert_dir == DIR_C2S ? "client" : "server",
			tls_alert_text(t->alert, number));
	else
		hit_note(&h, "%s",
			t->broken ? "what follows the hello is no TLS"
			: t->closed_short
				? "the client sends a record that only an alert fits into, and "
				  "closes"
				: "closed without a reason");
	record_hit(f, &h);
	c = couple_of(f, s);
	c->failed = why;
	c->failed_proto = s->proto;
	c->failed_ns = s->flow->last_ns;
}

/* tls.downgrade: between connections. What marks one connection is in rules_tls.c. */

static void
version_changed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	char now[TLS_NUMBER], before[TLS_NUMBER];
	struct couple *c;
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || !session_has(s, AT_TLS_SERVER_HELLO))
		return;
	c = couple_of(f, s);
	if (t->version >= c->best) {
		c->best = t->version;
		c->best_at = session_at(s, AT_TLS_SERVER_HELLO);
		return;
	}
	hit_init(&h, r, s, "changed");
	h.named = true;
	h.severity = SEV_LOW;
	h.certainty = CERTAINTY_POSSIBLE;
	hit_clue(&h, &c->best_at, "ServerHello of an earlier connection: %s",
		tls_version_text(c->best, before));
	hit_main(&h);
	hit_clue(&h, SESSION_AT(s, AT_TLS_SERVER_HELLO), "ServerHello: %s",
		tls_version_text(t->version, now));
	record_hit(f, &h);
}

/* tls.heartbleed */

static void
heartbleed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	bool over = e->tls.said > e->tls.held;
	struct hit h;

	if (e->tls.stage != TLS_HEARTBEAT_SEEN)
		return;
	hit_init(&h, r, s,
		over           ? (e->tls.request ? "request" : "response")
		: st->overread ? "answered"
			       : "heartbeat");
	h.named = true;
	h.severity = over || st->overread ? SEV_CRITICAL : SEV_INFO;
	st->overread |= over && e->tls.request;
	hit_clue(&h, &e->at, "heartbeat %s: it says %u octets, the record has %u",
		e->tls.request ? "request" : "response", e->tls.said, e->tls.held);
	record_hit(f, &h);
}

/* tls.not_assessable */

static struct sight *
sight_of(struct findings *f, const struct session *s)
{
	struct key k = {.n = 0};
	struct sight *x;

	key_service(&k, &s->flow->server);
	x = table_put(&f->tls->sights, key_of(&k));
	x->server = s->flow->server;
	if (x->proto == PROTO_UNKNOWN || x->proto == PROTO_TLS)
		x->proto = s->proto;
	return x;
}

static void
unseen(struct sight *x, enum unseen why, const struct place *at)
{
	if (x->n[why]++ == 0)
		x->at[why] = *at;
}

static void
sight_note(struct findings *f, const struct session *s, const struct event *e)
{
	const struct tls_seen *t = s->tls_seen;
	struct sight *x = sight_of(f, s);

	if (t->client->flags & HELLO_ECH)
		unseen(x, UNSEEN_ECH, &e->at);
	switch ((enum tls_cert_seen)t->cert) {
	case TLS_CERT_SEEN:
		x->supplied = true;
		break;
	case TLS_CERT_HIDDEN:
		unseen(x, UNSEEN_HIDDEN, &e->at);
		break;
	case TLS_CERT_NONE:
		if (t->resumed)
			unseen(x, UNSEEN_RESUMED, &e->at);
		break;
	case TLS_CERT_UNKNOWN:
		unseen(x, UNSEEN_LOST, &e->at);
		break;
	}
}

static const struct {
	const char *reason, *what;
} unseens[UNSEENS] = {
	[UNSEEN_HIDDEN] = {"certificate_hidden",
		"TLS 1.3 hides the certificate; a key log would show it"},
	[UNSEEN_RESUMED] = {"resumed",
		"a resumed session shows no certificate; the first connection would"},
	[UNSEEN_LOST] = {"handshake_missing", "bytes of the handshake are missing"},
	[UNSEEN_ECH] = {"ech", "the client may have hidden the name that it asked for"},
};

static void
not_assessable(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->why != WAKE_FINISH) {
		if (w->event->tls.stage == TLS_ESTABLISHED)
			sight_note(f, s, w->event);
		return;
	}
	for (struct tabled *i = table_oldest(&f->tls->sights); i; i = table_newer(i)) {
		const struct sight *x = (const struct sight *)i;

		for (int why = 0; why < UNSEENS; why++) {
			struct hit h;

			if (!x->n[why] || (x->supplied && why != UNSEEN_ECH))
				continue;
			hit_init(&h, r, NULL, unseens[why].reason);
			h.server = x->server;
			h.proto = x->proto;
			hit_clue(&h, &x->at[why], "%s", unseens[why].what);
			hit_note(&h, "%u session%s", x->n[why], x->n[why] == 1 ? "" : "s");
			record_hit(f, &h);
		}
	}
}

/* clang-format off */
const struct rule rules_tls_end[] = {
	{&row_tls_plaintext_on_tls_port, WAKE(EV_GREETING) | WAKE(EV_REPLY) | WAKE(EV_TLS), EMIT_NOW, 0, plaintext_port},
	{&row_tls_mode_mismatch, WAKE(EV_TLS) | WAKE_CLOSE, EMIT_NOW, 0, mode_mismatch},
	{&row_tls_downgrade, WAKE(EV_TLS), EMIT_NOW, 0, version_changed},
	{&row_tls_handshake_failed, WAKE(EV_TLS) | WAKE_CLOSE, EMIT_CLOSE, 0, handshake_failed},
	{&row_tls_heartbleed, WAKE(EV_TLS), EMIT_NOW, 0, heartbleed},
	{&row_tls_not_assessable, WAKE(EV_TLS) | WAKE_FINISH, EMIT_END, 0, not_assessable},
	{.row = NULL},
};
/* clang-format on */
