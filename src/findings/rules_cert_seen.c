/* Certificates across connections, FINDINGS.md 5.4: about to end, replaced, one key at several
 * places. */
#include "findings/rules_cert.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "findings/text.h"

#define DAY_S INT64_C(86400)
#define NAME_TEXT 96

/* What a service (and the name asked for) showed last, and the key before that. */
struct last_shown {
	struct tabled head;
	struct endpoint client, server;
	enum proto proto;
	bool capped; /* cert_capped() */
	struct place at;
	uint8_t spki[CERT_SHA256_BYTES], before[CERT_SHA256_BYTES];
	struct endpoint before_client; /* who saw that one; family 0: there is none */
	struct place before_at;
	bool mixed; /* one client saw both: no matter of who asks */
	bool trusted;
	int64_t not_before_s, not_after_s;
	char issuer[NAME_TEXT]; /* organisation, or all of it */
	char name[NAME_TEXT];
};

/* Where a key was shown first, and where it turned up again in another's hands. */
struct key_holder {
	struct tabled head;
	struct endpoint server, other;
	enum proto proto;
	struct place at, other_at; /* packet 0: only one so far */
	uint8_t sha256[CERT_SHA256_BYTES];
	char name[NAME_TEXT], other_name[NAME_TEXT];
};

struct certs {
	struct table shown, keys;
};

struct certs *
certs_new(const struct findings_settings *set, struct table_budget *budget)
{
	struct certs *c = mem_get(sizeof(*c));

	table_init(&c->shown, budget, set->tracked, sizeof(struct last_shown), NULL);
	table_init(&c->keys, budget, set->tracked, sizeof(struct key_holder), NULL);
	return c;
}

void
certs_free(struct certs **c)
{
	if (!*c)
		return;
	table_done(&(*c)->shown);
	table_done(&(*c)->keys);
	free(*c);
	*c = NULL;
}

size_t
certs_memory(const struct certs *c)
{
	return table_memory(&c->shown) + table_memory(&c->keys);
}

/* cert.changed */

static struct last_shown *
last_of(struct findings *f, const struct session *s)
{
	struct key k = {.n = 0};
	enum reference ref;
	struct bytes name = peer_cert_reference(s, &ref);

	key_service(&k, &s->flow->server);
	key_bytes(&k, ref == REFERENCE_SNI ? name : BYTES_NONE);
	return table_put(&f->certs->shown, key_of(&k));
}

static struct bytes
issuer_of(const struct cert *c)
{
	return c->issuer_org.n ? c->issuer_org : c->issuer;
}

static void
keep(struct last_shown *l, const struct session *s, const struct shown *c)
{
	l->client = s->flow->client;
	l->server = s->flow->server;
	l->proto = s->proto;
	l->capped = cert_capped(s);
	l->at = c->e->at;
	l->trusted = c->tls->trust.verdict == TRUST_OK;
	l->not_before_s = c->leaf->not_before_s;
	l->not_after_s = c->leaf->not_after_s;
	memcpy(l->spki, c->leaf->spki, sizeof(l->spki));
	text_keep(l->issuer, NAME_TEXT, issuer_of(c->leaf));
	text_keep(l->name, NAME_TEXT, c->leaf->subject);
}

static bool
same_issuer(const struct last_shown *l, const struct cert *c)
{
	char issuer[NAME_TEXT];

	text_keep(issuer, NAME_TEXT, issuer_of(c));
	return strcmp(issuer, l->issuer) == 0;
}

/* A renewal keeps its issuer, and comes shortly before the old one ends or right behind its own
 * issue. */
static bool
is_renewal(const struct last_shown *l, const struct shown *c)
{
	int64_t age = c->at_s - c->leaf->not_before_s;

	return same_issuer(l, c->leaf) &&
	       (l->not_after_s - c->at_s < 30 * DAY_S || (age > -2 * DAY_S && age < 2 * DAY_S));
}

static bool
is_worse(const struct last_shown *l, const struct shown *c)
{
	enum trust_verdict v = (enum trust_verdict)c->tls->trust.verdict;

	return l->trusted && v != TRUST_OK && v != TRUST_UNKNOWN;
}

static void
changed_hit(struct findings *f, struct hit *h, const struct rule *r, struct session *s,
	const struct shown *c, const struct last_shown *l, const char *reason,
	enum severity sev)
{
	char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];

	cert_hit(f, h, r, s, c, reason, sev);
	hit_wire(f, h, &l->at, "before: ", bytes_str(l->name), NULL, 0);
	hit_wire(f, h, &c->e->at, "signed by ", c->leaf->issuer, NULL, 0);
	hit_wire(f, h, &l->at, "before: signed by ", bytes_str(l->issuer), NULL, 0);
	hit_note(h, "another key: shown to %s before, to %s now", endpoint_addr(&l->client, a),
		endpoint_addr(&s->flow->client, b));
}

/* The key before the last is back. Several servers behind one address, or a man in the middle
 * of some clients. */
static void
back_again(struct findings *f, const struct rule *r, struct session *s, const struct shown *c,
	const struct last_shown *l)
{
	static const char *const reasons[] = {"changed", "downgraded", "by_client"};
	struct record *rec;
	struct hit h;

	if (!l->mixed && !net_near(&s->flow->client, &l->client, 24, 64)) {
		changed_hit(f, &h, r, s, c, l, "by_client", SEV_HIGH);
		h.certainty = CERTAINTY_POSSIBLE;
		record_hit(f, &h);
		return;
	}
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		hit_init(&h, r, s, reasons[i]);
		rec = record_find(f, &h);
		if (rec)
			record_rate(f, rec, s, SEV_INFO, NULL);
	}
}

static void
new_key(struct findings *f, const struct rule *r, struct session *s, const struct shown *c,
	const struct last_shown *l)
{
	struct hit h;

	if (is_worse(l, c))
		changed_hit(f, &h, r, s, c, l, "downgraded", SEV_HIGH);
	else if (is_renewal(l, c))
		changed_hit(f, &h, r, s, c, l, "renewed", SEV_INFO);
	else
		changed_hit(f, &h, r, s, c, l, "changed", SEV_MEDIUM);
	record_hit(f, &h);
}

static void
changed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct last_shown *l;
	struct shown c;
	bool other, again;

	if (!cert_shown(s, w, &c))
		return;
	l = last_of(f, s);
	other = l->at.packet && memcmp(l->spki, c.leaf->spki, sizeof(l->spki)) != 0;
	again = other && l->before_client.family &&
		memcmp(l->before, c.leaf->spki, sizeof(l->before)) == 0;
	l->mixed |= (other && endpoint_same_host(&l->client, &s->flow->client)) ||
		    (l->before_client.family && !other &&
			    endpoint_same_host(&l->before_client, &s->flow->client));
	if (again)
		back_again(f, r, s, &c, l);
	else if (other)
		new_key(f, r, s, &c, l);
	if (other) {
		memcpy(l->before, l->spki, sizeof(l->before));
		l->before_client = l->client;
		l->before_at = l->at;
	}
	keep(l, s, &c);
}

/* cert.expires_soon */

static bool
ends_soon(const struct findings *f, const struct last_shown *l)
{
	int64_t left = l->not_after_s - l->at.ts_ns / NS_PER_S;
	int64_t life = l->not_after_s - l->not_before_s;
	int64_t soon = f->set.cert_soon_ns / NS_PER_S;

	if (left <= 0)
		return false;
	return life > 30 * DAY_S ? left < soon : left < life / 6;
}

static void
expires_soon(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	for (struct tabled *t = table_oldest(&f->certs->shown); t; t = table_newer(t)) {
		const struct last_shown *l = (const struct last_shown *)t;
		char date[CERT_TIME_TEXT];
		struct hit h;

		if (!ends_soon(f, l))
			continue;
		hit_init(&h, r, NULL, "leaf");
		h.severity = cert_cap(l->capped, SEV_LOW);
		h.named = true;
		h.client = l->client;
		h.server = l->server;
		h.proto = l->proto;
		hit_wire(f, &h, &l->at, "certificate of ", bytes_str(l->name), NULL, 0);
		hit_clue(&h, &l->at, "not valid after %s: %lld days after this packet",
			cert_time_text(l->not_after_s, date),
			(long long)cert_days(l->at.ts_ns / NS_PER_S, l->not_after_s));
		record_hit(f, &h);
	}
}

/* cert.key_shared */

/* Whose it says that it is. */
static struct bytes
owner_of(const struct cert *c)
{
	struct bytes host = cert_called(c), org;

	if (bytes_istarts(host, "*."))
		host = bytes_from(host, 2);
	org = net_org_name(host);
	return c->org.n ? c->org : org.n ? org : host;
}

static void
key_note(struct findings *f, const struct session *s, const struct shown *c)
{
	struct key_holder *k = table_put(
		&f->certs->keys, (struct bytes){c->leaf->spki, sizeof(c->leaf->spki)});
	char name[NAME_TEXT];

	text_keep(name, NAME_TEXT, owner_of(c->leaf));
	if (!k->at.packet) {
		k->at = c->e->at;
		k->server = s->flow->server;
		k->proto = s->proto;
		memcpy(k->sha256, c->leaf->sha256, sizeof(k->sha256));
		memcpy(k->name, name, sizeof(name));
	} else if (!k->other_at.packet && !endpoint_same_host(&k->server, &s->flow->server) &&
		   memcmp(k->sha256, c->leaf->sha256, sizeof(k->sha256)) != 0 &&
		   !bytes_ieq(bytes_str(k->name), bytes_str(name))) {
		k->other_at = c->e->at;
		k->other = s->flow->server;
		memcpy(k->other_name, name, sizeof(name));
	}
}

static void
key_shared(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct shown c;

	if (w->why != WAKE_FINISH) {
		if (cert_shown(s, w, &c))
			key_note(f, s, &c);
		return;
	}
	for (struct tabled *t = table_oldest(&f->certs->keys); t; t = table_newer(t)) {
		const struct key_holder *k = (const struct key_holder *)t;
		char a[ENDPOINT_TEXT + 8], b[ENDPOINT_TEXT + 8];
		struct hit h;

		if (!k->other_at.packet)
			continue;
		hit_init(&h, r, NULL, "other_owner");
		h.named = true;
		h.server = k->server;
		h.proto = k->proto;
		h.key = t->key;
		hit_wire(f, &h, &k->at, "certificate of ", bytes_str(k->name), NULL, 0);
		hit_wire(f, &h, &k->other_at, "the same key in one of ",
			bytes_str(k->other_name), NULL, 0);
		hit_note(&h, "one key at %s and %s", endpoint_text(&k->server, a),
			endpoint_text(&k->other, b));
		record_hit(f, &h);
	}
}

/* clang-format off */
const struct rule rules_cert_seen[] = {
	{&row_cert_expires_soon, WAKE_FINISH, EMIT_END, 0, expires_soon},
	{&row_cert_changed, WAKE(EV_TLS), EMIT_NOW, 0, changed},
	{&row_cert_key_shared, WAKE(EV_TLS) | WAKE_FINISH, EMIT_END, 0, key_shared},
	{.row = NULL},
};
/* clang-format on */
