/* What a client's hello says of it, FINDINGS.md 5.3. */
#include "findings/rules_tls.h"

#include "dissectors/tls/names.h"
#include "model/chain.h"
#include "model/published.h"

#include <stdio.h>
#include <string.h>

bool
tls_first_hello(const struct session *s, const struct wake *w)
{
	return w->event->tls.stage == TLS_CLIENT_HELLO && w->event->tls.hello &&
	       !s->tls_seen->retry && !s->tls_seen->established;
}

/* tls.version.client_max_old */

static void
client_max_old(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_client *c = s->tls_seen->client;
	bool old = c->sslv2 || c->version < TLS_1_2;
	char number[TLS_NUMBER];
	struct hit h;

	if (!tls_first_hello(s, w) || c->flags & HELLO_FALLBACK || c->version >= TLS_1_3)
		return;
	hit_init(&h, r, s,
		c->sslv2 ? "sslv2_hello"
		: old    ? findings_word(f, "max", tls_version_text(c->version, number))
			 : "no_tls13");
	h.named = true;
	h.severity = old ? SEV_MEDIUM : SEV_INFO;
	hit_clue(&h, &w->event->at, "ClientHello%s: up to %s%s%s",
		c->sslv2 ? " in the format of SSL 2" : "", tls_version_text(c->version, number),
		c->ja4[0] ? ", JA4 " : "", c->ja4);
	record_hit(f, &h);
}

/* tls.cipher.offered_weak */

enum {
	OFFERED_BAD = SUITE_NULL | SUITE_EXPORT | SUITE_DES | SUITE_RC4,
	OFFERED_NAMES = 6, /* named in a finding; the others are counted */
};

static void
offered_names(struct hit *h, const struct tls_client *c, unsigned traits)
{
	size_t width = c->sslv2 ? 3 : 2, n = 0;

	for (size_t at = 0; at + width <= c->ciphers.n; at += width) {
		struct bytes one = bytes_sub(c->ciphers, at, width);
		const uint8_t *p = one.p + (c->sslv2 && one.p[0] == 0);
		uint16_t id = (uint16_t)(p[0] << 8 | p[1]);
		char number[TLS_NUMBER];

		if (!(tls_suites_traits(one, c->sslv2) & traits))
			continue;
		if (n++ < OFFERED_NAMES)
			hit_note(h, "%s%s", n > 1 ? ", " : "",
				tls_suite_text(
					c->sslv2 && one.p[0] ? SSL_2 : c->version, id, number));
	}
	if (n > OFFERED_NAMES)
		hit_note(h, " and %zu more", n - OFFERED_NAMES);
}

static void
offered_weak(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_client *c = s->tls_seen->client;
	bool bad = c->weak & OFFERED_BAD;
	struct hit h;

	if (!tls_first_hello(s, w) || !(c->weak & (OFFERED_BAD | SUITE_ANON)))
		return;
	hit_init(&h, r, s, bad ? "insecure" : "anonymous");
	h.named = true;
	if (!bad && !tls_users(s))
		h.severity = SEV_INFO;
	hit_clue(&h, &w->event->at, "ClientHello%s%s", c->ja4[0] ? ", JA4 " : "", c->ja4);
	offered_names(&h, c, bad ? (unsigned)OFFERED_BAD : (unsigned)SUITE_ANON);
	record_hit(f, &h);
}

/* tls.sni.missing */

/* DANE and MTA-STS want it (RFC 7672 8.1, RFC 8461 4.1). */
static enum severity
sni_severity(const struct session *s)
{
	if (tls_users(s))
		return SEV_LOW;
	return s->published & (PUBLISHED_TLSA | PUBLISHED_MTA_STS) ? SEV_MEDIUM : SEV_INFO;
}

/* Whether the client was given an address instead of a name cannot be seen without its DNS. */
static void
sni_missing(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_client *c = s->tls_seen->client;
	struct hit h;

	if (!tls_first_hello(s, w) || c->flags & (HELLO_SNI | HELLO_ECH | HELLO_CUT) ||
		s->role == ROLE_UNKNOWN)
		return;
	hit_init(&h, r, s, role_name(s->role));
	h.named = true;
	h.severity = sni_severity(s);
	if (!session_has(s, AT_DNS_NAME))
		h.certainty = CERTAINTY_POSSIBLE;
	hit_clue(&h, &w->event->at, "ClientHello without server_name%s%s",
		c->ja4[0] ? ", JA4 " : "", c->ja4);
	if (session_has(s, AT_DNS_NAME))
		hit_wire(f, &h, SESSION_AT(s, AT_DNS_NAME), "the client asked DNS for ",
			session_text(s, TEXT_DNS_NAME), NULL, 0);
	if (s->published & PUBLISHED_TLSA)
		hit_note(&h, "TLSA is published for this name");
	else if (s->published & PUBLISHED_MTA_STS)
		hit_note(&h, "MTA-STS is published for a domain of this server");
	record_hit(f, &h);
}

/* tls.alpn.foreign */

static bool
mail_alpn(struct bytes name)
{
	static const char *const names[] = {
		"smtp", "submission", "lmtp", "imap", "pop3", "managesieve"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_is(name, names[i]))
			return true;
	return false;
}

/* Foreign names only: the first of them, or none. RFC 8701 has names of two octets that mean
 * nothing. */
static struct bytes
foreign_alpn(struct bytes list)
{
	struct bytes ret = BYTES_NONE;

	while (list.n) {
		struct bytes name = bytes_sub(list, 1, list.p[0]);

		if (mail_alpn(name))
			return BYTES_NONE;
		if (!ret.n &&
			!(name.n == 2 && tls_grease((uint16_t)(name.p[0] << 8 | name.p[1]))))
			ret = name;
		list = bytes_from(list, 1 + (size_t)list.p[0]);
	}
	return ret;
}

static void
alpn_foreign(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct bytes name = foreign_alpn(s->tls_seen->client->alpn);
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || !name.n)
		return;
	hit_init(&h, r, s, "foreign");
	hit_wire(f, &h, SESSION_AT(s, AT_TLS_CLIENT_HELLO), "ALPN offered: ", name, NULL, 0);
	hit_clue(&h, &w->event->at, "the server goes on");
	record_hit(f, &h);
}

/* tls.client_cert_visible */

/* An address is a person's, more often than not. */
static bool
names_person(const struct cert *c)
{
	return bytes_find(c->subject, '@') < c->subject.n || bytes_find(c->cn, ' ') < c->cn.n;
}

static void
client_cert(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct cert *leaf = chain_leaf(s->tls_seen->client_chain);
	struct hit h;

	if (e->tls.stage != TLS_CERTIFICATES || e->at.dir != DIR_C2S || !e->tls.n_certs ||
		e->at.cover != COVER_CLEAR)
		return;
	hit_init(&h, r, s, leaf && names_person(leaf) ? "person" : "seen");
	h.named = true;
	if (leaf && names_person(leaf))
		h.severity = SEV_LOW;
	if (leaf) {
		hit_wire(f, &h, &e->at, "subject: ", leaf->subject, NULL, 0);
		hit_wire(f, &h, &e->at, "issuer: ", leaf->issuer, NULL, 0);
	} else {
		hit_clue(&h, &e->at, "Certificate of the client, %zu in its chain",
			e->tls.n_certs);
	}
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_tls_client[] = {
	{&row_tls_version_client_max_old, WAKE(EV_TLS), EMIT_NOW, 0, client_max_old},
	{&row_tls_cipher_offered_weak, WAKE(EV_TLS), EMIT_END, 0, offered_weak},
	{&row_tls_sni_missing, WAKE(EV_TLS), EMIT_NOW, 0, sni_missing},
	{&row_tls_alpn_foreign, WAKE(EV_TLS), EMIT_NOW, 0, alpn_foreign},
	{&row_tls_client_cert_visible, WAKE(EV_TLS), EMIT_NOW, 0, client_cert},
	{.row = NULL},
};
/* clang-format on */
