/* tls.fingerprint, FINDINGS.md 5.3: with which accent a client speaks TLS, whether the user
 * wants to be told of it, and whether somebody suddenly speaks with another one. */
#include "findings/rules_tls.h"

#include "model/chain.h"

#include <string.h>

enum {
	ACCENTS = 4,    /* programs that somebody may use, remembered */
	JA4_SNI_AT = 3, /* "d" or "i": the same program, asked for a name or an address */
};

/* Somebody: a name at a host, or an account of a server. */
struct accent {
	struct tabled head;
	uint8_t n;
	char ja4[ACCENTS][JA4_TEXT]; /* the latest first */
};

void
accents_init(struct table *t, struct table_budget *budget, size_t tracked)
{
	table_init(t, budget, tracked, sizeof(struct accent), NULL);
}

static bool
same_program(const char *a, const char *b)
{
	return strncmp(a, b, JA4_SNI_AT) == 0 &&
	       strcmp(a + JA4_SNI_AT + 1, b + JA4_SNI_AT + 1) == 0;
}

static void
remember(struct accent *a, const char *ja4)
{
	memmove(a->ja4[1], a->ja4[0], (ACCENTS - 1) * sizeof(a->ja4[0]));
	memcpy(a->ja4[0], ja4, JA4_TEXT);
	a->n += a->n < ACCENTS;
}

/*
 * A ticket or a PSK adds an extension to the hello of the same program; one that tries again
 * with an older version shows less of itself; behind a proxy there are many.
 */
static bool
tells_nothing(const struct findings *f, const struct session *s)
{
	const struct tls_client *c = s->tls_seen->client;
	const struct endpoint client = session_client(s);

	return !c->ja4[0] ||
	       c->flags & (HELLO_PSK | HELLO_TICKET_SHOWN | HELLO_EARLY_DATA | HELLO_FALLBACK |
				  HELLO_CUT) ||
	       findings_is_proxy(f, &client);
}

/* Is it new for this somebody, who had others? */
static bool
accent_changed(
	struct findings *f, const struct session *s, const struct key *k, char was[JA4_TEXT])
{
	const char *ja4 = s->tls_seen->client->ja4;
	struct accent *a = table_put(&f->accents, key_of(k));
	bool changed = a->n > 0;

	memcpy(was, a->ja4[0], JA4_TEXT);
	for (uint8_t i = 0; i < a->n; i++) {
		if (same_program(a->ja4[i], ja4))
			return false;
	}
	remember(a, ja4);
	return changed;
}

static void
changed_init(struct hit *h, const struct rule *r, struct session *s, const char *was)
{
	hit_init(h, r, s, "changed");
	h->named = true;
	h->severity = SEV_LOW;
	h->certainty = CERTAINTY_POSSIBLE;
	hit_clue(h, SESSION_AT(s, AT_TLS_CLIENT_HELLO), "JA4 %s; before it was %s",
		s->tls_seen->client->ja4, was);
}

static void
name_changed(struct findings *f, const struct rule *r, struct session *s, struct bytes name)
{
	char was[JA4_TEXT];
	struct key k = {.n = 0};
	struct hit h;

	if (!name.n || tells_nothing(f, s))
		return;
	key_client(&k, s);
	key_bytes(&k, name);
	if (!accent_changed(f, s, &k, was))
		return;
	changed_init(&h, r, s, was);
	record_hit(f, &h);
}

static void
account_changed(
	struct findings *f, const struct rule *r, struct session *s, const struct login *l)
{
	const struct ev_login *ev = l->ev;
	char was[JA4_TEXT];
	struct key k = {.n = 0};
	struct hit h;

	if (ev->result != AUTH_ACCEPTED || !ev->user.n || !s->tls_seen || tells_nothing(f, s))
		return;
	key_text(&k, "account");
	key_host(&k, &s->flow->server);
	key_bytes(&k, ev->user);
	if (!accent_changed(f, s, &k, was))
		return;
	changed_init(&h, r, s, was);
	h.account = ev->user;
	hit_clue(&h, ev->verdict.packet ? &ev->verdict : &ev->begun, "login accepted");
	record_hit(f, &h);
}

static void
listed(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	const struct tls_client *c = s->tls_seen->client;
	const struct wordlist *l = f->set.fingerprints;
	const char *label = wordlist_find(l, bytes_str(c->ja4));
	const struct endpoint client = session_client(s);
	struct hit h;

	if (!label)
		label = wordlist_find(l, bytes_str(c->ja3));
	if (!label || findings_is_proxy(f, &client))
		return;
	hit_init(&h, r, s, "listed");
	h.named = true;
	h.severity = SEV_MEDIUM;
	hit_clue(&h, &e->at, "JA4 %s, JA3 %s", c->ja4, c->ja3);
	if (*label)
		hit_note(&h, "in the list of fingerprints: %s", label);
	record_hit(f, &h);
}

static void
fingerprint(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct tls_client *c;
	struct hit h;

	if (w->why == WAKE_LOGIN) {
		account_changed(f, r, s, w->login);
		return;
	}
	if (e->type == EV_HELLO) {
		if (s->tls_seen && e->at.cover == COVER_TLS_DECRYPTED)
			name_changed(f, r, s, e->hello.name);
		return;
	}
	if (!tls_first_hello(s, w))
		return;
	listed(f, r, s, e);
	c = s->tls_seen->client;
	if (!c->ja4[0])
		return;
	hit_init(&h, r, s, "seen");
	hit_clue(&h, &e->at, "JA4 %s, JA3 %s", c->ja4, c->ja3);
	record_hit(f, &h);
	name_changed(f, r, s, session_text(s, TEXT_CLIENT_NAME));
}

/* clang-format off */
const struct rule rules_fingerprint[] = {
	{&row_tls_fingerprint, WAKE(EV_TLS) | WAKE(EV_HELLO) | WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT, fingerprint},
	{.row = NULL},
};
/* clang-format on */
