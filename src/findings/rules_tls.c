/* What client and server agreed on, FINDINGS.md 5.3: version, cipher, key exchange. */
#include "findings/rules_tls.h"

#include "base/digest.h"
#include "dissectors/tls/names.h"

#include <stdio.h>
#include <string.h>

unsigned
tls_chosen(const struct session *s)
{
	const struct tls_seen *t = s->tls_seen;

	if (!t->cipher)
		return 0;
	return t->version == SSL_2 ? tls_ssl2_suite_traits(t->cipher)
				   : tls_suite_traits(t->cipher);
}

char *
tls_suite_words(const struct session *s, char out[TLS_SUITE_TEXT])
{
	const struct tls_seen *t = s->tls_seen;
	char number[TLS_NUMBER];

	snprintf(out, TLS_SUITE_TEXT, "%s (0x%04X)",
		tls_suite_text(t->version, t->cipher, number), t->cipher);
	return out;
}

void
tls_clues(struct hit *h, const struct session *s)
{
	const struct tls_seen *t = s->tls_seen;
	char suite[TLS_SUITE_TEXT], number[TLS_NUMBER];

	if (t->client != &tls_client_none)
		hit_clue(h, SESSION_AT(s, AT_TLS_CLIENT_HELLO), "ClientHello: up to %s%s%s",
			tls_version_text(t->client->version, number),
			t->client->ja4[0] ? ", JA4 " : "", t->client->ja4);
	if (!t->version || !session_has(s, AT_TLS_SERVER_HELLO))
		return;
	hit_main(h);
	if (t->cipher)
		hit_clue(h, SESSION_AT(s, AT_TLS_SERVER_HELLO), "ServerHello: %s, %s",
			tls_version_text(t->version, number), tls_suite_words(s, suite));
	else
		hit_clue(h, SESSION_AT(s, AT_TLS_SERVER_HELLO), "ServerHello: %s",
			tls_version_text(t->version, number));
}

/* tls.version.obsolete */

static const char *
version_word(uint16_t version)
{
	switch (version) {
	case SSL_2:
		return "ssl2";
	case SSL_3:
		return "ssl3";
	case TLS_1_0:
		return "tls1_0";
	case TLS_1_1:
		return "tls1_1";
	}
	return NULL;
}

static void
version_obsolete(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	const char *word = version_word(t->version);
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || !word)
		return;
	hit_init(&h, r, s, word);
	h.named = true;
	if (t->version <= SSL_3)
		h.severity = tls_users(s) ? SEV_CRITICAL : SEV_HIGH;
	else
		h.severity = tls_users(s) ? SEV_MEDIUM : SEV_LOW;
	tls_clues(&h, s);
	if (t->client->ja3[0])
		hit_note(&h, "JA3 %s, JA4 %s", t->client->ja3, t->client->ja4);
	record_hit(f, &h);
}

/* tls.cipher.insecure */

/* The worst first. */
static const struct {
	unsigned trait;
	const char *reason;
} insecure[] = {
	{SUITE_NULL, "null"},
	{SUITE_EXPORT, "export"},
	{SUITE_ANON, "anon"},
	{SUITE_DES, "des"},
	{SUITE_RC2, "rc2"},
	{SUITE_RC4, "rc4"},
	{SUITE_IDEA, "idea"},
};

static void
cipher_insecure(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	unsigned suite = tls_chosen(s);
	bool port_25 = s->flow->server.port == 25;
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || !(suite & SUITE_INSECURE))
		return;
	for (size_t i = 0; i < sizeof(insecure) / sizeof(insecure[0]); i++) {
		if (!(suite & insecure[i].trait))
			continue;
		/* Postfix prefers it when it will not look at the certificate anyway; with a
		 * cipher that is bad besides, that is what counts. */
		if (insecure[i].trait == SUITE_ANON && port_25 &&
			suite & (SUITE_INSECURE & ~(unsigned)SUITE_ANON))
			continue;
		hit_init(&h, r, s, insecure[i].reason);
		h.named = true;
		if (insecure[i].trait == SUITE_ANON && port_25) {
			h.reason = "anon_opportunistic";
			h.severity = SEV_LOW;
		} else if (insecure[i].trait == SUITE_NULL && tls_users(s)) {
			h.severity = SEV_CRITICAL;
		}
		tls_clues(&h, s);
		record_hit(f, &h);
		return;
	}
}

/* tls.cipher.weak */

static const char *
weakness(const struct tls_seen *t, unsigned suite)
{
	if (t->version >= TLS_1_3 || !(suite & SUITE_KNOWN) || suite & SUITE_INSECURE)
		return NULL;
	if (suite & SUITE_3DES)
		return "3des";
	if (suite & SUITE_DATED)
		return "dated_cbc";
	if (suite & SUITE_CBC && suite & (SUITE_SHA1 | SUITE_MD5) &&
		!(t->server->flags & HELLO_ETM))
		return "cbc_sha1";
	if (t->version == TLS_1_2 && !(suite & SUITE_AEAD))
		return "not_aead";
	return NULL;
}

static void
cipher_weak(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const char *why = weakness(s->tls_seen, tls_chosen(s));
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || !why)
		return;
	hit_init(&h, r, s, why);
	if (strcmp(why, "3des") == 0)
		h.severity = SEV_MEDIUM;
	tls_clues(&h, s);
	record_hit(f, &h);
}

/* tls.kex.no_forward_secrecy */

static const char *
static_keys(const struct tls_seen *t, unsigned suite)
{
	if (t->version >= TLS_1_3)
		return t->resumed && !t->group ? "psk_ke" : NULL;
	if (suite & SUITE_RSA)
		return suite & SUITE_PSK ? "rsa_psk" : "rsa";
	if (suite & SUITE_STATIC)
		return "static_dh";
	if (suite & SUITE_PSK && !(suite & (SUITE_DHE | SUITE_ECDHE)))
		return "psk";
	return NULL;
}

static void
no_forward_secrecy(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	const char *why = static_keys(s->tls_seen, tls_chosen(s));
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || !why)
		return;
	hit_init(&h, r, s, why);
	tls_clues(&h, s);
	record_hit(f, &h);
}

/* tls.kex.weak_group */

/* SHA-256 of the prime of RFC 2409 6.2: 1024 bits, and many have attacked it. */
static const char oakley_2[] =
	"3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0";

enum {
	PRIME_GOOD_BITS = 2048,
	PRIME_LOGJAM_BITS = 1024,
	CURVE_GOOD_BITS = 224,
};

static const char *
weak_dhe(const struct tls_kex *k, const char *sha256, enum severity *ret_sev)
{
	*ret_sev = SEV_CRITICAL;
	if (k->even)
		return "even_prime";
	if (k->trivial)
		return "trivial_generator";
	*ret_sev = SEV_HIGH;
	if (k->bits < PRIME_LOGJAM_BITS)
		return "dh_below_1024";
	if (strcmp(sha256, oakley_2) == 0)
		return "common_prime";
	*ret_sev = SEV_MEDIUM;
	return k->bits < PRIME_GOOD_BITS ? "dh_below_2048" : NULL;
}

static void
weak_group(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_kex *k = w->event->tls.kex;
	char sha256[SHA256_HEX] = "", number[TLS_NUMBER];
	enum severity sev = SEV_MEDIUM;
	const char *why = NULL;
	struct hit h;

	if (w->event->tls.stage != TLS_KEY_EXCHANGE || !k)
		return;
	if (k->kind == TLS_KEX_DHE && k->prime.n) {
		sha256_hex(k->prime, sha256);
		why = weak_dhe(k, sha256, &sev);
	} else if (k->kind == TLS_KEX_ECDHE && k->bits && k->bits < CURVE_GOOD_BITS) {
		why = "small_curve";
	}
	if (!why)
		return;
	hit_init(&h, r, s, why);
	h.severity = sev;
	if (k->kind == TLS_KEX_DHE) {
		hit_clue(&h, &w->event->at, "ServerKeyExchange: DHE, a prime of %u bits",
			k->bits);
		hit_note(&h, "SHA-256 of the prime: %s", sha256);
	} else {
		hit_clue(&h, &w->event->at, "ServerKeyExchange: ECDHE, %s of %u bits",
			tls_group_text(k->group, number), k->bits);
	}
	record_hit(f, &h);
}

/* tls.kex.pq */

static void
post_quantum(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	char number[TLS_NUMBER];
	struct hit h;

	if (w->event->tls.stage != TLS_ESTABLISHED || t->version < TLS_1_3 ||
		!tls_group_pq(t->group))
		return;
	hit_init(&h, r, s, findings_word(f, tls_group_text(t->group, number), NULL));
	tls_clues(&h, s);
	hit_note(&h, "group %s", tls_group_text(t->group, number));
	record_hit(f, &h);
}

/* tls.compression */

static void
compression(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	struct hit h;

	if (w->event->tls.stage != TLS_SERVER_HELLO || t->version >= TLS_1_3 ||
		t->server->compression == 0)
		return;
	/* RFC 3749, RFC 3943 */
	hit_init(&h, r, s,
		t->server->compression == 1    ? "deflate"
		: t->server->compression == 64 ? "lzs"
					       : "other");
	tls_clues(&h, s);
	hit_note(&h, "compression method %u", t->server->compression);
	record_hit(f, &h);
}

/* tls.renegotiation.insecure */

static void
renegotiation(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	struct hit h;

	if (w->event->tls.stage != TLS_SERVER_HELLO || t->version >= TLS_1_3 ||
		t->version == SSL_2 || !(t->client->flags & HELLO_RENEGOTIATION) ||
		t->server->flags & (HELLO_RENEGOTIATION | HELLO_CUT))
		return;
	hit_init(&h, r, s, "not_answered");
	tls_clues(&h, s);
	hit_note(&h, "the client offers renegotiation_info, the server does not answer it");
	record_hit(f, &h);
}

/* tls.downgrade */

/* RFC 8446 4.1.3: "DOWNGRD", and 1 for TLS 1.2, 0 for what is older. */
static bool
marked(const struct tls_hello *h, uint16_t offered)
{
	struct bytes tail = bytes_from(h->random, h->random.n < 8 ? 0 : h->random.n - 8);

	if (h->version >= TLS_1_3 || h->sslv2)
		return false;
	if (bytes_eq(tail, BYTES("DOWNGRD\1")))
		return offered >= TLS_1_3;
	return bytes_eq(tail, BYTES("DOWNGRD\0")) && h->version <= TLS_1_1 &&
	       offered >= TLS_1_2;
}

enum {
	INAPPROPRIATE_FALLBACK = 86
};

static void
downgrade(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct tls_seen *t = s->tls_seen;
	const struct event *e = w->event;
	bool fallback = e->tls.stage == TLS_CLIENT_HELLO && e->tls.hello &&
			e->tls.hello->flags & HELLO_FALLBACK;
	bool refused = e->tls.stage == TLS_ALERT && e->tls.alert == INAPPROPRIATE_FALLBACK &&
		       e->at.dir == DIR_S2C;
	bool sentinel = e->tls.stage == TLS_SERVER_HELLO && e->tls.hello &&
			t->client != &tls_client_none &&
			marked(e->tls.hello, t->client->version);
	struct hit h;

	if (!fallback && !refused && !sentinel)
		return;
	hit_init(&h, r, s, sentinel ? "sentinel" : "fallback_scsv");
	h.named = true;
	h.severity = sentinel ? SEV_HIGH : SEV_MEDIUM;
	tls_clues(&h, s);
	if (refused)
		hit_clue(&h, &e->at, "the server answers inappropriate_fallback");
	hit_note(&h, "%s",
		sentinel ? "the server's random number ends with the mark of a server that can "
			   "do better"
			 : "the client says that it tries again with an older version");
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_tls[] = {
	{&row_tls_version_obsolete, WAKE(EV_TLS), EMIT_NOW, 0, version_obsolete},
	{&row_tls_downgrade, WAKE(EV_TLS), EMIT_NOW, 0, downgrade},
	{&row_tls_cipher_insecure, WAKE(EV_TLS), EMIT_NOW, 0, cipher_insecure},
	{&row_tls_cipher_weak, WAKE(EV_TLS), EMIT_NOW, 0, cipher_weak},
	{&row_tls_kex_no_forward_secrecy, WAKE(EV_TLS), EMIT_NOW, 0, no_forward_secrecy},
	{&row_tls_kex_weak_group, WAKE(EV_TLS), EMIT_NOW, 0, weak_group},
	{&row_tls_kex_pq, WAKE(EV_TLS), EMIT_NOW, 0, post_quantum},
	{&row_tls_compression, WAKE(EV_TLS), EMIT_NOW, 0, compression},
	{&row_tls_renegotiation_insecure, WAKE(EV_TLS), EMIT_NOW, 0, renegotiation},
	{.row = NULL},
};
/* clang-format on */
