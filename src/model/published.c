#include "model/published.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "model/peer_cert.h"
#include "model/track.h"

/* TLSA, RFC 6698 2.1 */

enum {
	USAGE_DANE_EE = 3,
	SELECTOR_CERT = 0,
	SELECTOR_SPKI = 1,
	MATCHING_EXACT = 0,
	MATCHING_SHA256 = 1,
	MATCHING_SHA512 = 2,
};

/* RFC 6698 3: "_25._tcp." and the name. */
static struct bytes
tlsa_owner(struct buf *room, const struct session *s, struct bytes host)
{
	buf_clear(room);
	buf_fmt(room, "_%u._tcp.", s->flow->server.port);
	buf_add(room, host);
	return buf_bytes(room);
}

/* RFC 7672 2.2.2: first where the aliases of the name lead, then the name itself. */
static const struct dns_answer *
tlsa_of(struct model *m, const struct session *s)
{
	const struct flow *f = s->flow;
	struct bytes host = session_text(s, TEXT_DNS_NAME);
	uint16_t type = f->server.family == 4 ? DNS_A : DNS_AAAA;
	const struct dns_answer *a, *tlsa = NULL;
	struct buf room;

	if (!host.n)
		return NULL;
	buf_init(&room, SIZE_MAX);
	a = dns_find(m->dns, &f->client, host, type, f->first_ns);
	if (a && !bytes_eq(a->canonical, host))
		tlsa = dns_find(m->dns, &f->client, tlsa_owner(&room, s, a->canonical),
			DNS_TLSA, f->first_ns);
	if (!tlsa || dns_denies(tlsa))
		tlsa = dns_find(
			m->dns, &f->client, tlsa_owner(&room, s, host), DNS_TLSA, f->first_ns);
	buf_done(&room);
	return tlsa && !dns_denies(tlsa) ? tlsa : NULL;
}

/* Is `want` what the matching type makes of `in`? */
static bool
is_match(uint8_t matching, struct bytes in, struct bytes want)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (matching == MATCHING_EXACT)
		return bytes_eq(in, want);
	if (matching != MATCHING_SHA256 && matching != MATCHING_SHA512)
		return false;
	if (!EVP_Digest(in.p, in.n, md, &n,
		    matching == MATCHING_SHA256 ? EVP_sha256() : EVP_sha512(), NULL))
		return false;
	return bytes_eq((struct bytes){md, n}, want);
}

static bool
spki_matches(const struct cert *c, uint8_t matching, struct bytes want)
{
	const unsigned char *p = c->der.p;
	X509 *x = d2i_X509(NULL, &p, (long)c->der.n);
	unsigned char *der = NULL;
	int n = x ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der) : 0;
	bool yes = n > 0 && is_match(matching, (struct bytes){der, (size_t)n}, want);

	OPENSSL_free(der);
	X509_free(x);
	return yes;
}

static bool
tlsa_is_cert(struct bytes rdata, const struct cert *c)
{
	struct bytes want = bytes_from(rdata, 3);

	if (rdata.p[0] != USAGE_DANE_EE)
		return false;
	if (rdata.p[1] == SELECTOR_CERT)
		return is_match(rdata.p[2], c->der, want);
	return rdata.p[1] == SELECTOR_SPKI && spki_matches(c, rdata.p[2], want);
}

void
published_match(struct model *m, struct session *s)
{
	const struct cert *c = peer_cert(s);
	const struct dns_answer *tlsa = c ? tlsa_of(m, s) : NULL;

	s->published &= (uint8_t)~PUBLISHED_EE;
	if (!tlsa || !dns_secure(tlsa))
		return;
	for (size_t i = 0; i < tlsa->n; i++)
		if (tlsa_is_cert(tlsa->records[i].data, c))
			s->published |= PUBLISHED_EE;
}

/* MTA-STS */

/* RFC 8461 3.1: exactly one TXT record begins so, with a semicolon or white space behind. */
static bool
is_sts(const struct dns_answer *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += bytes_starts(a->records[i].data, "v=STSv1;");
	return n == 1;
}

static bool
has_sts(struct model *m, const struct session *s, struct bytes domain)
{
	const struct dns_answer *a;
	struct buf name;

	buf_init(&name, SIZE_MAX);
	buf_str(&name, "_mta-sts.");
	buf_add(&name, domain);
	a = dns_find(m->dns, &s->flow->client, buf_bytes(&name), DNS_TXT, s->flow->first_ns);
	buf_done(&name);
	return a && is_sts(a);
}

/* Of the domains that this client was sent to this exchange for. */
static bool
sts_of_exchange(struct model *m, const struct session *s)
{
	struct bytes host = session_text(s, TEXT_DNS_NAME);
	const struct dns_answer *a;
	struct dns_walk w = {0};

	while (host.n &&
		(a = dns_gave(m->dns, &s->flow->client, DNS_MX, host, s->flow->first_ns, &w)))
		if (has_sts(m, s, a->name))
			return true;
	return false;
}

void
published_look(struct model *m, struct session *s)
{
	const struct dns_answer *tlsa = tlsa_of(m, s);

	if (tlsa)
		s->published |= PUBLISHED_TLSA;
	if (tlsa && dns_secure(tlsa))
		s->published |= PUBLISHED_SECURE;
	if (s->proto == PROTO_SMTP && sts_of_exchange(m, s))
		s->published |= PUBLISHED_MTA_STS;
}

/* the role mx */

static enum exchange
leads_to(struct model *m, const struct session *s, struct bytes host)
{
	const struct endpoint *to = &s->flow->server;
	bool four = to->family == 4;
	const struct dns_answer *a = dns_find(
		m->dns, NULL, host, four ? DNS_A : DNS_AAAA, s->flow->first_ns);

	if (!a)
		return EXCHANGE_UNKNOWN;
	return dns_has(a, (struct bytes){to->addr, four ? 4 : 16}) ? EXCHANGE_HERE
								   : EXCHANGE_ELSEWHERE;
}

/* RFC 5321 5.1: a domain without MX is its own exchange. */
static enum exchange
exchange_of(struct model *m, const struct session *s, struct bytes domain)
{
	const struct dns_answer *mx = dns_find(m->dns, NULL, domain, DNS_MX, s->flow->first_ns);
	enum exchange all = EXCHANGE_ELSEWHERE;

	if (!mx || (dns_denies(mx) && mx->rcode != DNS_NOERROR))
		return EXCHANGE_UNKNOWN;
	if (dns_denies(mx))
		return leads_to(m, s, domain);
	for (size_t i = 0; i < mx->n; i++) {
		enum exchange one = leads_to(m, s, mx->records[i].data);

		if (one == EXCHANGE_HERE)
			return EXCHANGE_HERE;
		if (one == EXCHANGE_UNKNOWN)
			all = EXCHANGE_UNKNOWN;
	}
	return mx->cut ? EXCHANGE_UNKNOWN : all;
}

/* Behind the last @, or none. */
static struct bytes
domain_of(struct bytes path)
{
	size_t at = path.n;

	while (at && path.p[at - 1] != '@')
		at--;
	return at ? bytes_from(path, at) : BYTES_NONE;
}

enum exchange
published_rcpt(struct model *m, struct session *s, const struct event *e)
{
	struct bytes domain = domain_of(e->rcpt.path);
	enum exchange to = domain.n ? exchange_of(m, s, domain) : EXCHANGE_UNKNOWN;

	s->mx |= to == EXCHANGE_HERE;
	return to;
}
