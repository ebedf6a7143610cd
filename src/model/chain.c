#include "model/chain.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* A thing of the table. */
struct kept_chain {
	struct chain chain;
	struct chain_memo memo;
	struct arena arena;
};

/* The key: the length and the octets of each certificate. */
static bool
key_next(struct bytes *key, struct bytes *ret)
{
	uint32_t n;

	if (key->n < sizeof(n))
		return false;
	memcpy(&n, key->p, sizeof(n));
	*ret = bytes_sub(*key, sizeof(n), n);
	*key = bytes_from(*key, sizeof(n) + n);
	return true;
}

static void
make(void *thing, struct bytes key)
{
	struct kept_chain *k = thing;
	const struct cert **certs;
	struct bytes der, rest = key;
	size_t all = 0;

	arena_init(&k->arena, 2048);
	while (key_next(&rest, &der))
		all++;
	certs = arena_get(&k->arena, (all + 1) * sizeof(const struct cert *));
	for (; key_next(&key, &der); k->chain.unread++) {
		/* What stands behind one that cannot be read is of no use. */
		if (k->chain.unread)
			continue;
		certs[k->chain.n] = cert_read(der, NULL, &k->arena);
		if (!certs[k->chain.n])
			continue;
		k->chain.n++;
		k->chain.unread--;
	}
	k->chain.certs = certs;
	k->chain.ordered = true;
	for (uint32_t i = 1; i < k->chain.n; i++)
		k->chain.ordered &= bytes_eq(certs[i - 1]->issuer, certs[i]->subject);
	k->chain.memo = &k->memo;
}

static void
done(void *thing)
{
	arena_done(&((struct kept_chain *)thing)->arena);
}

static size_t
extra(const void *thing)
{
	return ((const struct kept_chain *)thing)->arena.used;
}

struct shared *
chain_table(size_t kept_bytes)
{
	struct shared *table = shared_new(sizeof(struct kept_chain), kept_bytes, make);

	shared_holds(table, done, extra);
	return table;
}

const struct chain *
chain_get(struct shared *table, struct buf *key, const struct ev_tls *e,
	const struct cert_limits *lim)
{
	size_t left;

	if (!lim)
		lim = &cert_limits_default;
	left = lim->chain_bytes;
	buf_clear(key);
	for (size_t i = 0; i < e->n_certs && i < lim->chain; i++) {
		uint32_t n = (uint32_t)e->certs[i].n;

		if (e->certs[i].n > left)
			break;
		left -= n;
		buf_add(key, (struct bytes){(const uint8_t *)&n, sizeof(n)});
		buf_add(key, e->certs[i]);
	}
	return key->n ? shared_get(table, buf_bytes(key), 0) : NULL;
}

/* names */

const char *
chain_match_name(enum chain_match m)
{
	switch (m) {
	case MATCH_UNKNOWN:
		return "unknown";
	case MATCH_YES:
		return "yes";
	case MATCH_CN:
		return "cn_only";
	case MATCH_NO:
		return "no";
	}
	return "unknown";
}

static enum chain_match
match_host(X509 *x, const struct cert *c, struct bytes name)
{
	/* RFC 9525 6.3: a wildcard stands for one whole label, the left-most. */
	unsigned how = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	const char *p = (const char *)name.p;

	if (X509_check_host(x, p, name.n, how | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1)
		return MATCH_YES;
	if (c->n_dns == 0 && X509_check_host(x, p, name.n, how, NULL) == 1)
		return MATCH_CN;
	return MATCH_NO;
}

/* An address in text: compared with iPAddress alone (RFC 9525 6.4). */
static bool
match_ip(X509 *x, struct bytes name, enum chain_match *ret)
{
	char text[64];
	ASN1_OCTET_STRING *ip;

	if (name.n >= sizeof(text))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	ip = a2i_IPADDRESS(text);
	if (!ip)
		return false;
	*ret = X509_check_ip(x, ASN1_STRING_get0_data(ip), (size_t)ASN1_STRING_length(ip), 0) ==
			       1
		       ? MATCH_YES
		       : MATCH_NO;
	ASN1_OCTET_STRING_free(ip);
	return true;
}

static enum chain_match
match(const struct cert *c, struct bytes name)
{
	const unsigned char *p = c->der.p;
	X509 *x = d2i_X509(NULL, &p, (long)c->der.n);
	enum chain_match m = MATCH_UNKNOWN;

	if (x && !match_ip(x, name, &m))
		m = match_host(x, c, name);
	X509_free(x);
	ERR_clear_error();
	return m;
}

enum chain_match
chain_matches(const struct chain *c, struct bytes name)
{
	const struct cert *leaf = chain_leaf(c);
	struct chain_memo *memo;

	if (name.n && name.p[name.n - 1] == '.') /* the root of DNS is in no certificate */
		name.n--;
	if (!leaf || !name.n || memchr(name.p, '\0', name.n))
		return MATCH_UNKNOWN;
	if (name.p[0] == '.') /* libcrypto would take it for all names below */
		return MATCH_NO;
	memo = c->memo;
	if (bytes_eq(name, (struct bytes){(const uint8_t *)memo->name, memo->name_n}))
		return (enum chain_match)memo->match;
	if (name.n > sizeof(memo->name))
		return match(leaf, name);
	memo->match = (uint8_t)match(leaf, name);
	memcpy(memo->name, name.p, name.n);
	memo->name_n = (uint8_t)name.n;
	return (enum chain_match)memo->match;
}
