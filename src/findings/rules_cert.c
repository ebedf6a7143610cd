/* The server's certificate by itself, FINDINGS.md 5.4: its dates, key, signature, names and
 * uses. */
#include "findings/rules_cert.h"

#include <stdio.h>

#include "base/clock.h"

#define DAY_S INT64_C(86400)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool
cert_shown(const struct session *s, const struct wake *w, struct shown *ret)
{
	const struct event *e = w->event;

	if (e->tls.stage != TLS_CERTIFICATES || e->at.dir != DIR_S2C || !peer_cert(s))
		return false;
	*ret = (struct shown){.e = e,
		.tls = s->tls_seen,
		.chain = s->tls_seen->chain,
		.leaf = peer_cert(s),
		.at_s = e->at.ts_ns / NS_PER_S};
	return true;
}

bool
cert_capped(const struct session *s)
{
	return (s->role == ROLE_RELAY || s->role == ROLE_MX) && !published_binds(s);
}

enum severity
cert_cap(bool capped, enum severity sev)
{
	return capped && sev > SEV_LOW ? SEV_LOW : sev;
}

void
cert_hit(struct findings *f, struct hit *h, const struct rule *r, struct session *s,
	const struct shown *c, const char *reason, enum severity sev)
{
	hit_init(h, r, s, reason);
	h->severity = cert_cap(cert_capped(s), sev);
	h->named = true;
	hit_wire(f, h, &c->e->at, "certificate of ", c->leaf->subject, NULL, 0);
}

struct bytes
cert_called(const struct cert *c)
{
	return c->n_dns ? c->dns[0] : c->cn;
}

bool
cert_is_anchor(const struct shown *c, uint32_t i)
{
	return i > 0 && c->chain->certs[i]->self_issued;
}

/* "certificate of CN=…" was said of the first one; of another it must be named. */
static void
clue_element(struct findings *f, struct hit *h, const struct shown *c, uint32_t i)
{
	if (i)
		hit_wire(f, h, &c->e->at, "signed by ", c->chain->certs[i]->subject, NULL, 0);
}

/* cert.expired, cert.not_yet_valid */

/* A capture may come from a clock that was never set: then nothing is said of dates. */
static bool
clock_is_set(const struct shown *c)
{
	const int64_t year_2000 = 946684800;

	return c->at_s >= year_2000 && c->at_s <= clock_wall_ns() / NS_PER_S + DAY_S;
}

/* What a path that holds does not need may be as old as it likes. */
static bool
is_needed(const struct shown *c, uint32_t i)
{
	bool holds = c->tls->trust.verdict == TRUST_OK && !c->tls->trust.outdated;

	return i == 0 || (!holds && !cert_is_anchor(c, i));
}

static void
expired(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	char date[CERT_TIME_TEXT];
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || !clock_is_set(&c))
		return;
	for (uint32_t i = 0; i < c.chain->n; i++) {
		const struct cert *x = c.chain->certs[i];

		if (x->times_bad || x->not_after_s >= c.at_s || !is_needed(&c, i))
			continue;
		cert_hit(f, &h, r, s, &c, i ? "issuer" : "leaf", i ? SEV_MEDIUM : SEV_HIGH);
		clue_element(f, &h, &c, i);
		hit_clue(&h, &c.e->at, "not valid after %s: %lld days before this packet",
			cert_time_text(x->not_after_s, date),
			(long long)-cert_days(c.at_s, x->not_after_s));
		record_hit(f, &h);
		return;
	}
}

static void
not_yet_valid(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const int64_t skew_s = 300;
	char date[CERT_TIME_TEXT];
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || !clock_is_set(&c))
		return;
	for (uint32_t i = 0; i < c.chain->n; i++) {
		const struct cert *x = c.chain->certs[i];

		if (x->times_bad || x->not_before_s <= c.at_s + skew_s || !is_needed(&c, i))
			continue;
		cert_hit(f, &h, r, s, &c, i ? "issuer" : "leaf", SEV_MEDIUM);
		clue_element(f, &h, &c, i);
		hit_clue(&h, &c.e->at, "not valid before %s: %lld days after this packet",
			cert_time_text(x->not_before_s, date),
			(long long)cert_days(c.at_s, x->not_before_s));
		record_hit(f, &h);
		return;
	}
}

/* cert.self_signed, cert.untrusted */

static void
self_signed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	bool dane = s->published & PUBLISHED_EE;
	char hex[CERT_SHA256_TEXT];
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || !c.leaf->self_signed || c.tls->trust.verdict == TRUST_OK)
		return;
	cert_hit(f, &h, r, s, &c, dane ? "dane" : "leaf", dane ? SEV_INFO : SEV_MEDIUM);
	hit_clue(&h, &c.e->at, "SHA-256 %s",
		cert_colons((struct bytes){c.leaf->sha256, sizeof(c.leaf->sha256)}, hex));
	if (dane)
		hit_note(&h, "a TLSA record of usage DANE-EE has this certificate");
	record_hit(f, &h);
}

static void
untrusted(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct shown c;
	struct hit h;
	enum trust_verdict v;

	if (!cert_shown(s, w, &c))
		return;
	v = (enum trust_verdict)c.tls->trust.verdict;
	if (v == TRUST_UNKNOWN || v == TRUST_SELF_SIGNED || (v == TRUST_OK && c.chain->ordered))
		return;
	/* Path building forgives the order; not every client does. */
	cert_hit(f, &h, r, s, &c, v == TRUST_OK ? "bad_order" : trust_verdict_name(v),
		v == TRUST_OK ? SEV_LOW : SEV_MEDIUM);
	for (uint32_t i = 1; i < c.chain->n && i < HIT_EVIDENCE - 1; i++)
		hit_wire(f, &h, &c.e->at, "sent next: ", c.chain->certs[i]->subject, NULL, 0);
	hit_wire(
		f, &h, &c.e->at, "signed by ", c.chain->certs[c.chain->n - 1]->issuer, NULL, 0);
	hit_note(&h, "%s",
		v == TRUST_OK ? "certificates are not sent in their order"
			      : trust_verdict_text(v));
	record_hit(f, &h);
}

/* cert.name_mismatch, cert.cn_only */

static void
clue_names(struct findings *f, struct hit *h, const struct shown *c)
{
	if (c->leaf->sans.n)
		hit_wire(f, h, &c->e->at, "it is for ", c->leaf->sans, NULL, 0);
	else
		hit_clue(h, &c->e->at, "it has no subject alternative name");
}

static const struct {
	const char *reason, *before;
	enum severity sev;
	enum fact where;
} wanted[] = {
	[REFERENCE_SNI] = {"sni", "the client wants ", SEV_HIGH, AT_TLS_CLIENT_HELLO},
	[REFERENCE_DNS] = {"dns", "the client asked DNS for ", SEV_HIGH, AT_DNS_NAME},
	[REFERENCE_BANNER] = {"banner_differs", "the server calls itself ", SEV_INFO,
		AT_GREETING},
};

static void
name_mismatch(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	enum reference ref;
	struct bytes name = peer_cert_reference(s, &ref);
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || ref == REFERENCE_NONE || c.tls->match != MATCH_NO)
		return;
	cert_hit(f, &h, r, s, &c, wanted[ref].reason, wanted[ref].sev);
	if (ref != REFERENCE_SNI)
		h.certainty = CERTAINTY_PROBABLE;
	hit_wire(f, &h, SESSION_AT(s, wanted[ref].where), wanted[ref].before, name, NULL, 0);
	clue_names(f, &h, &c);
	record_hit(f, &h);
}

static void
cn_only(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || c.leaf->n_dns || s->published & PUBLISHED_EE ||
		(c.leaf->n_ips && c.tls->match == MATCH_YES))
		return;
	cert_hit(f, &h, r, s, &c, c.leaf->n_ips ? "address_only" : "no_san", SEV_LOW);
	record_hit(f, &h);
}

/* cert.weak_key */

static struct bytes
hex_of(struct bytes in, char *out)
{
	for (size_t i = 0; i < in.n; i++)
		snprintf(out + 2 * i, 3, "%02x", in.p[i]);
	return bytes_str(out);
}

struct weakness {
	const char *reason; /* NULL: none */
	enum severity sev;
	const char *label; /* of the list, or NULL */
};

static struct weakness
weak_rsa(const struct cert *x)
{
	bool rsa = x->key == CERT_KEY_RSA || x->key == CERT_KEY_RSA_PSS;

	if (rsa && (x->exponent == 1 || x->exponent_even))
		return (struct weakness){.reason = "rsa_exponent", .sev = SEV_CRITICAL};
	if (x->key_bits && x->key_bits < 1024)
		return (struct weakness){.reason = rsa ? "rsa" : "dsa", .sev = SEV_CRITICAL};
	if (x->roca)
		return (struct weakness){.reason = "roca", .sev = SEV_HIGH};
	if (x->key_bits && x->key_bits < 2048)
		return (struct weakness){.reason = rsa ? "rsa" : "dsa", .sev = SEV_HIGH};
	return (struct weakness){.reason = NULL};
}

/* On the user's list, by its digest or that of its modulus. */
static const char *
listed_key(const struct wordlist *l, const struct cert *x)
{
	bool rsa = x->key == CERT_KEY_RSA || x->key == CERT_KEY_RSA_PSS;
	char hex[2 * CERT_SHA256_BYTES + 1];
	const char *label = wordlist_find(
		l, hex_of((struct bytes){x->spki, CERT_SHA256_BYTES}, hex));

	if (label || !rsa)
		return label;
	return wordlist_find(l, hex_of((struct bytes){x->modulus, CERT_MODULUS_BYTES}, hex));
}

static struct weakness
weakness(const struct cert *x)
{
	switch (x->key) {
	case CERT_KEY_RSA:
	case CERT_KEY_RSA_PSS:
	case CERT_KEY_DSA:
		return weak_rsa(x);
	case CERT_KEY_EC:
		if (x->key_bits && x->key_bits < 256)
			return (struct weakness){.reason = "ec", .sev = SEV_MEDIUM};
		break;
	case CERT_KEY_ED25519:
	case CERT_KEY_ED448:
	case CERT_KEY_OTHER:
		break;
	}
	return (struct weakness){.reason = NULL};
}

/* What others know of a key weighs more than what its length says. */
static struct weakness
weakness_of(struct findings *f, const struct cert *x)
{
	struct weakness weak = weakness(x);
	const char *label = listed_key(f->set.bad_keys, x);

	if (label && weak.sev < SEV_CRITICAL)
		weak = (struct weakness){.reason = "listed", .sev = SEV_HIGH, .label = label};
	return weak;
}

static void
weak_key(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	char key[CERT_KEY_TEXT];
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c))
		return;
	for (uint32_t i = 0; i < c.chain->n; i++) {
		const struct cert *x = c.chain->certs[i];
		struct weakness weak = weakness_of(f, x);

		if (!weak.reason || cert_is_anchor(&c, i))
			continue;
		cert_hit(f, &h, r, s, &c, weak.reason, weak.sev);
		clue_element(f, &h, &c, i);
		hit_clue(&h, &c.e->at, "key: %s, %u bits", cert_key_text(x, key), x->key_bits);
		if (weak.label && *weak.label)
			hit_note(&h, "in the list of broken keys: %s", weak.label);
		record_hit(f, &h);
		return;
	}
}

/* cert.weak_signature */

static struct weakness
weak_digest(enum cert_digest d)
{
	switch (d) {
	case CERT_DIGEST_OTHER:
		break;
	case CERT_DIGEST_MD2:
		return (struct weakness){.reason = "md2", .sev = SEV_HIGH};
	case CERT_DIGEST_MD4:
		return (struct weakness){.reason = "md4", .sev = SEV_HIGH};
	case CERT_DIGEST_MD5:
		return (struct weakness){.reason = "md5", .sev = SEV_HIGH};
	case CERT_DIGEST_SHA1:
		return (struct weakness){.reason = "sha1", .sev = SEV_MEDIUM};
	}
	return (struct weakness){.reason = NULL};
}

/* RFC 9155: ServerKeyExchange of TLS 1.2. SignatureAndHashAlgorithm, RFC 5246 7.4.1.4.1: the
 * hash stands first. */
static void
handshake_digest(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	unsigned hash = e->tls.kex ? e->tls.kex->sigalg >> 8 : 0;
	struct hit h;

	if (e->tls.stage != TLS_KEY_EXCHANGE || e->tls.kex->anonymous ||
		(hash != 1 && hash != 2))
		return;
	hit_init(&h, r, s, hash == 2 ? "handshake_sha1" : "handshake_md5");
	h.severity = SEV_LOW;
	h.named = true;
	hit_clue(&h, &e->at, "key exchange signed over %s", hash == 2 ? "SHA-1" : "MD5");
	record_hit(f, &h);
}

static void
weak_signature(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c)) {
		handshake_digest(f, r, s, w->event);
		return;
	}
	for (uint32_t i = 0; i < c.chain->n; i++) {
		const struct cert *x = c.chain->certs[i];
		struct weakness weak = weak_digest(x->digest);

		if (!weak.reason || x->self_issued)
			continue;
		cert_hit(f, &h, r, s, &c, weak.reason, weak.sev);
		clue_element(f, &h, &c, i);
		hit_wire(f, &h, &c.e->at, "signature: ", x->signature, NULL, 0);
		record_hit(f, &h);
		return;
	}
}

/* cert.validity_too_long */

/* CA/Browser Forum Baseline Requirements 6.3.2, by the day of issue; latest first. */
static const struct {
	int64_t from_s;
	int64_t days;
} lifetimes[] = {
	{1868227200, 47},  /* 2029-03-15 */
	{1805068800, 100}, /* 2027-03-15 */
	{1773532800, 200}, /* 2026-03-15 */
	{1598918400, 398}, /* 2020-09-01 */
	{1519862400, 825}, /* 2018-03-01 */
};

static int64_t
lifetime_days(const struct cert *x)
{
	for (size_t i = 0; i < COUNT(lifetimes); i++)
		if (x->not_before_s >= lifetimes[i].from_s)
			return lifetimes[i].days;
	return INT64_MAX / DAY_S;
}

static void
validity_too_long(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	const int64_t ten_years = 3653;
	int64_t days, most;
	bool public;
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || c.leaf->times_bad)
		return;
	public = c.tls->trust.verdict == TRUST_OK && c.tls->trust.public_root;
	most = public ? lifetime_days(c.leaf) : ten_years;
	if (c.leaf->not_after_s - c.leaf->not_before_s <= most * DAY_S)
		return;
	days = cert_days(c.leaf->not_before_s, c.leaf->not_after_s);
	cert_hit(f, &h, r, s, &c, public ? "public" : "private", public ? SEV_LOW : SEV_INFO);
	hit_clue(&h, &c.e->at, "valid for %lld days; %lld are the most for %s", (long long)days,
		(long long)most, public ? "a public authority" : "a private one");
	record_hit(f, &h);
}

/* cert.bad_usage */

static struct weakness
bad_use(const struct cert *x)
{
	const unsigned any = CERT_KU_DIGITAL_SIGNATURE | CERT_KU_KEY_ENCIPHERMENT |
			     CERT_KU_KEY_AGREEMENT;

	if (x->version < 3)
		return (struct weakness){"version", SEV_MEDIUM};
	if (x->has_eku && !(x->eku & (CERT_EKU_SERVER | CERT_EKU_ANY)))
		return (struct weakness){"extended_key_usage", SEV_MEDIUM};
	if (x->has_ku && !(x->ku & any))
		return (struct weakness){"key_usage", SEV_MEDIUM};
	if (x->ca)
		return (struct weakness){"ca", SEV_LOW};
	return (struct weakness){.reason = NULL};
}

static const struct {
	const char *reason, *text;
} uses[] = {
	{"version", "an X.509 certificate of version 1 says nothing of its use"},
	{"extended_key_usage", "extendedKeyUsage is there, without serverAuth"},
	{"key_usage", "keyUsage allows neither digitalSignature nor keyEncipherment"},
	{"ca", "basicConstraints has CA:TRUE"},
};

static void
bad_usage(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct weakness weak;
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c) || s->published & PUBLISHED_EE)
		return;
	weak = bad_use(c.leaf);
	if (!weak.reason)
		return;
	cert_hit(f, &h, r, s, &c, weak.reason, weak.sev);
	for (size_t i = 0; i < COUNT(uses); i++)
		if (strcmp(uses[i].reason, weak.reason) == 0)
			hit_clue(&h, &c.e->at, "%s", uses[i].text);
	record_hit(f, &h);
}

/* cert.default_name */

static bool
is_default_host(struct bytes name)
{
	static const char *const whole[] = {
		"localhost", "localhost.localdomain", "snakeoil", "debian", "mail.example.com"};
	static const char local[] = ".local";
	size_t tail = sizeof(local) - 1;

	for (size_t i = 0; i < COUNT(whole); i++)
		if (bytes_iis(name, whole[i]))
			return true;
	return bytes_istarts(name, "example.") ||
	       (name.n > tail && bytes_iis(bytes_from(name, name.n - tail), local));
}

static bool
is_default_text(struct bytes name)
{
	static const char *const parts[] = {
		"snakeoil", "Internet Widgits", "Dovecot mail server"};

	for (size_t i = 0; i < COUNT(parts); i++)
		if (bytes_isearch(name, bytes_str(parts[i])) != SIZE_MAX)
			return true;
	return false;
}

/* The name that gives it away, or none. */
static struct bytes
default_of(const struct cert *x)
{
	const struct bytes texts[] = {x->subject, x->issuer};
	const struct bytes hosts[] = {x->cn, x->issuer_cn};

	for (size_t i = 0; i < COUNT(texts); i++)
		if (is_default_text(texts[i]))
			return texts[i];
	for (size_t i = 0; i < COUNT(hosts); i++)
		if (is_default_host(hosts[i]))
			return hosts[i];
	for (uint32_t i = 0; i < x->n_dns; i++)
		if (is_default_host(x->dns[i]))
			return x->dns[i];
	return BYTES_NONE;
}

static void
default_name(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct bytes name;
	struct shown c;
	struct hit h;

	if (!cert_shown(s, w, &c))
		return;
	name = default_of(c.leaf);
	if (!name.n)
		return;
	cert_hit(f, &h, r, s, &c, "name", SEV_LOW);
	hit_wire(f, &h, &c.e->at, "a name of no one: ", name, NULL, 0);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_cert[] = {
	{&row_cert_expired, WAKE(EV_TLS), EMIT_NOW, 0, expired},
	{&row_cert_not_yet_valid, WAKE(EV_TLS), EMIT_NOW, 0, not_yet_valid},
	{&row_cert_self_signed, WAKE(EV_TLS), EMIT_NOW, 0, self_signed},
	{&row_cert_untrusted, WAKE(EV_TLS), EMIT_NOW, 0, untrusted},
	{&row_cert_name_mismatch, WAKE(EV_TLS), EMIT_NOW, 0, name_mismatch},
	{&row_cert_cn_only, WAKE(EV_TLS), EMIT_NOW, 0, cn_only},
	{&row_cert_weak_key, WAKE(EV_TLS), EMIT_NOW, 0, weak_key},
	{&row_cert_weak_signature, WAKE(EV_TLS), EMIT_NOW, 0, weak_signature},
	{&row_cert_validity_too_long, WAKE(EV_TLS), EMIT_NOW, 0, validity_too_long},
	{&row_cert_bad_usage, WAKE(EV_TLS), EMIT_NOW, 0, bad_usage},
	{&row_cert_default_name, WAKE(EV_TLS), EMIT_NOW, 0, default_name},
	{.row = NULL},
};
/* clang-format on */
