#include "dissectors/tls/cert.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "dissectors/tls/roca.h"

const struct cert_limits cert_limits_default = {
	.chain = 16,
	.cert_bytes = 64 * 1024,
	.chain_bytes = 128 * 1024,
	.names = 1000,
	.name_bytes = 4096,
};

/* What is being read. */
struct reader {
	X509 *x;
	struct cert *c;
	struct arena *arena;
	const struct cert_limits *lim;
};

/* clang-format off */
static const struct {
	const char *type; /* of libcrypto */
	enum cert_key key;
	const char *name;
} keys[] = {
	{ "RSA", CERT_KEY_RSA, "RSA" },
	{ "RSA-PSS", CERT_KEY_RSA_PSS, "RSA-PSS" },
	{ "DSA", CERT_KEY_DSA, "DSA" },
	{ "EC", CERT_KEY_EC, "EC" },
	{ "ED25519", CERT_KEY_ED25519, "Ed25519" },
	{ "ED448", CERT_KEY_ED448, "Ed448" },
};

static const struct {
	int nid;
	enum cert_digest digest;
} digests[] = {
	{ NID_md2, CERT_DIGEST_MD2 },
	{ NID_md4, CERT_DIGEST_MD4 },
	{ NID_md5, CERT_DIGEST_MD5 },
	{ NID_sha1, CERT_DIGEST_SHA1 },
};
/* clang-format on */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
cert_key_name(enum cert_key k)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		if (keys[i].key == k)
			return keys[i].name;
	return "unknown";
}

/* names */

static struct bytes
keep(struct reader *r, const void *p, size_t n)
{
	return arena_copy(r->arena, (struct bytes){p, n});
}

/* Cut to whole characters: a name of any length is allowed, and somebody will send it. */
static struct bytes
keep_cut(struct reader *r, const char *p, size_t n)
{
	if (n > r->lim->name_bytes) {
		n = r->lim->name_bytes;
		while (n && ((uint8_t)p[n] & 0xc0) == 0x80)
			n--;
	}
	return keep(r, p, n);
}

static struct bytes
name_text(struct reader *r, const X509_NAME *name)
{
	/* RFC 4514 2.4 wants UTF-8 as it is. */
	unsigned long how = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	BIO *out = BIO_new(BIO_s_mem());
	struct bytes text = BYTES_NONE;
	char *p = NULL;
	long n;

	if (out && X509_NAME_print_ex(out, name, 0, how) >= 0) {
		n = BIO_get_mem_data(out, &p);
		text = keep_cut(r, p, n > 0 ? (size_t)n : 0);
	}
	BIO_free(out);
	return text;
}

/* The last one is the most specific (RFC 6125 2.3.1 speaks of such names). */
static struct bytes
name_part(struct reader *r, const X509_NAME *name, int nid)
{
	int last = -1, at;
	unsigned char *utf8 = NULL;
	struct bytes text;
	int n;

	while ((at = X509_NAME_get_index_by_NID(name, nid, last)) > last)
		last = at;
	if (last < 0)
		return BYTES_NONE;
	n = ASN1_STRING_to_UTF8(
		&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	text = n > 0 ? keep_cut(r, (const char *)utf8, (size_t)n) : BYTES_NONE;
	OPENSSL_free(utf8);
	return text;
}

static void
read_names(struct reader *r)
{
	const X509_NAME *subject = X509_get_subject_name(r->x);
	const X509_NAME *issuer = X509_get_issuer_name(r->x);

	r->c->subject = name_text(r, subject);
	r->c->issuer = name_text(r, issuer);
	r->c->cn = name_part(r, subject, NID_commonName);
	r->c->issuer_cn = name_part(r, issuer, NID_commonName);
	r->c->org = name_part(r, subject, NID_organizationName);
	r->c->issuer_org = name_part(r, issuer, NID_organizationName);
	r->c->self_issued = X509_NAME_cmp(subject, issuer) == 0;
}

static void
read_serial(struct reader *r)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(r->x), NULL);
	char *hex = n ? BN_bn2hex(n) : NULL;

	r->c->serial = hex ? keep_cut(r, hex, strlen(hex)) : BYTES_NONE;
	OPENSSL_free(hex);
	BN_free(n);
}

/* subject alternative names, RFC 5280 4.2.1.6 */

/* Of 4 or 16 octets; in a certificate of a server anything else is broken. */
static bool
ip_of(const ASN1_OCTET_STRING *in, struct endpoint *ret)
{
	int n = ASN1_STRING_length(in);

	if (n != 4 && n != 16)
		return false;
	*ret = (struct endpoint){.family = n == 4 ? 4 : 6};
	memcpy(ret->addr, ASN1_STRING_get0_data(in), (size_t)n);
	return true;
}

static void
san_text(struct buf *out, struct bytes name)
{
	buf_str(out, out->n ? ", " : "");
	buf_add(out, name);
}

static void
add_san(struct reader *r, const GENERAL_NAME *g, struct bytes *dns, struct endpoint *ips,
	struct buf *text)
{
	struct cert *c = r->c;
	char addr[ENDPOINT_TEXT];

	if (g->type == GEN_DNS && c->n_dns < r->lim->names) {
		dns[c->n_dns] = keep_cut(r, (const char *)ASN1_STRING_get0_data(g->d.dNSName),
			(size_t)ASN1_STRING_length(g->d.dNSName));
		san_text(text, dns[c->n_dns++]);
	} else if (g->type == GEN_IPADD && c->n_ips < r->lim->names &&
		   ip_of(g->d.iPAddress, &ips[c->n_ips])) {
		san_text(text, bytes_str(endpoint_addr(&ips[c->n_ips++], addr)));
	} else if (g->type == GEN_DNS || g->type == GEN_IPADD) {
		c->sans_cut = true;
	} else {
		c->n_other_san++;
	}
}

static void
read_sans(struct reader *r)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(r->x, NID_subject_alt_name, NULL, NULL);
	int n = all ? sk_GENERAL_NAME_num(all) : 0;
	size_t room = n < 0 ? 0 : (size_t)n < r->lim->names ? (size_t)n : r->lim->names;
	struct bytes *dns = arena_get(r->arena, (room + 1) * sizeof(*dns));
	struct endpoint *ips = arena_get(r->arena, (room + 1) * sizeof(*ips));
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (int i = 0; i < n; i++)
		add_san(r, sk_GENERAL_NAME_value(all, i), dns, ips, &text);
	r->c->dns = dns;
	r->c->ips = ips;
	r->c->sans = keep(r, text.p, text.n);
	buf_done(&text);
	GENERAL_NAMES_free(all);
}

/* validity, key, signature */

/* UTCTime until 2049, GeneralizedTime beyond and before 1950 (RFC 5280 4.1.2.5). */
static int64_t
seconds(const ASN1_TIME *t, bool *ret_bad)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm)) {
		*ret_bad = true;
		return 0;
	}
	return (int64_t)timegm(&tm);
}

/* As `openssl rsa -modulus` writes it. */
static void
digest_modulus(struct cert *c, const BIGNUM *n)
{
	char *hex = BN_bn2hex(n);
	uint8_t sha1[CERT_SHA1_BYTES];
	struct buf text;

	if (!hex)
		return;
	buf_init(&text, SIZE_MAX);
	buf_fmt(&text, "Modulus=%s\n", hex + (hex[0] == '0' && hex[1]));
	if (EVP_Digest(text.p, text.n, sha1, NULL, EVP_sha1(), NULL))
		memcpy(c->modulus, sha1 + CERT_SHA1_BYTES - CERT_MODULUS_BYTES,
			CERT_MODULUS_BYTES);
	buf_done(&text);
	OPENSSL_free(hex);
}

static void
read_modulus(struct cert *c, EVP_PKEY *key)
{
	BIGNUM *n = NULL;
	uint8_t *p;

	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n))
		return;
	p = mem_get((size_t)BN_num_bytes(n) + 1);
	c->roca = roca_fits((struct bytes){p, (size_t)BN_bn2bin(n, p)});
	free(p);
	digest_modulus(c, n);
	BN_free(n);
}

static void
read_rsa(struct reader *r, EVP_PKEY *key)
{
	BIGNUM *e = NULL;

	read_modulus(r->c, key);
	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e))
		return;
	if (BN_num_bits(e) <= 64)
		r->c->exponent = (uint64_t)BN_get_word(e);
	r->c->exponent_even = !BN_is_odd(e);
	BN_free(e);
}

static void
read_curve(struct reader *r, EVP_PKEY *key)
{
	char name[80];
	size_t n = 0;

	if (EVP_PKEY_get_utf8_string_param(
		    key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), &n))
		r->c->curve = keep(r, name, n);
}

static void
read_key(struct reader *r)
{
	EVP_PKEY *key = X509_get0_pubkey(r->x);
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
	struct cert *c = r->c;

	for (size_t i = 0; type && i < COUNT(keys); i++)
		if (strcmp(keys[i].type, type) == 0)
			c->key = keys[i].key;
	if (!key)
		return;
	c->key_bits = EVP_PKEY_get_bits(key) > 0 ? (uint32_t)EVP_PKEY_get_bits(key) : 0;
	if (c->key == CERT_KEY_RSA || c->key == CERT_KEY_RSA_PSS)
		read_rsa(r, key);
	if (c->key == CERT_KEY_EC)
		read_curve(r, key);
	/* libcrypto refuses moduli and exponents that would take long. */
	c->self_signed = c->self_issued && X509_verify(r->x, key) == 1;
}

static void
read_signature(struct reader *r)
{
	const X509_ALGOR *alg = NULL;
	const ASN1_OBJECT *oid = NULL;
	int digest = NID_undef, key;
	char name[128];
	int n;

	X509_get0_signature(NULL, &alg, r->x);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	n = OBJ_obj2txt(name, sizeof(name), oid, 0);
	if (n > 0)
		r->c->signature = keep(
			r, name, (size_t)n < sizeof(name) ? (size_t)n : sizeof(name) - 1);
	/* RSASSA-PSS keeps its digest in the parameters: known once libcrypto looked at it. */
	if (!X509_get_signature_info(r->x, &digest, &key, NULL, NULL))
		OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, &key);
	for (size_t i = 0; i < COUNT(digests); i++)
		if (digests[i].nid == digest)
			r->c->digest = digests[i].digest;
}

static void
read_digests(struct reader *r)
{
	struct cert *c = r->c;
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(r->x), &der);

	EVP_Digest(c->der.p, c->der.n, c->sha1, NULL, EVP_sha1(), NULL);
	EVP_Digest(c->der.p, c->der.n, c->sha256, NULL, EVP_sha256(), NULL);
	if (n > 0)
		EVP_Digest(der, (size_t)n, c->spki, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
}

/* extensions */

static void
read_ku(struct reader *r)
{
	ASN1_BIT_STRING *bits = X509_get_ext_d2i(r->x, NID_key_usage, NULL, NULL);

	if (!bits)
		return;
	r->c->has_ku = true;
	for (int i = 0; i < 9; i++)
		if (ASN1_BIT_STRING_get_bit(bits, i))
			r->c->ku |= (uint16_t)(1 << i);
	ASN1_BIT_STRING_free(bits);
}

static uint8_t
eku_bit(int nid)
{
	switch (nid) {
	case NID_server_auth:
		return CERT_EKU_SERVER;
	case NID_client_auth:
		return CERT_EKU_CLIENT;
	case NID_anyExtendedKeyUsage:
		return CERT_EKU_ANY;
	}
	return CERT_EKU_OTHER;
}

static void
read_eku(struct reader *r)
{
	EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(r->x, NID_ext_key_usage, NULL, NULL);

	if (!uses)
		return;
	r->c->has_eku = true;
	for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++)
		r->c->eku |= eku_bit(OBJ_obj2nid(sk_ASN1_OBJECT_value(uses, i)));
	EXTENDED_KEY_USAGE_free(uses);
}

static void
read_ca(struct reader *r)
{
	BASIC_CONSTRAINTS *b = X509_get_ext_d2i(r->x, NID_basic_constraints, NULL, NULL);

	r->c->ca = b && b->ca;
	BASIC_CONSTRAINTS_free(b);
}

static void
read_all(struct reader *r)
{
	struct cert *c = r->c;

	c->version = (uint8_t)(X509_get_version(r->x) + 1);
	read_names(r);
	read_serial(r);
	read_sans(r);
	c->not_before_s = seconds(X509_get0_notBefore(r->x), &c->times_bad);
	c->not_after_s = seconds(X509_get0_notAfter(r->x), &c->times_bad);
	read_key(r);
	read_signature(r);
	read_digests(r);
	read_ku(r);
	read_eku(r);
	read_ca(r);
}

const struct cert *
cert_read(struct bytes der, const struct cert_limits *lim, struct arena *a)
{
	struct reader r = {.arena = a, .lim = lim ? lim : &cert_limits_default};
	const unsigned char *p = der.p;

	if (der.n == 0 || der.n > r.lim->cert_bytes)
		return NULL;
	r.x = d2i_X509(NULL, &p, (long)der.n);
	if (r.x && p == der.p + der.n) {
		r.c = arena_get(a, sizeof(*r.c));
		r.c->der = der;
		read_all(&r);
	}
	X509_free(r.x);
	ERR_clear_error(); /* a broken certificate is not our error */
	return r.c;
}

/* texts */

char *
cert_colons(struct bytes in, char *out)
{
	for (size_t i = 0; i < in.n; i++)
		snprintf(out + 3 * i, 4, "%02X%s", in.p[i], i + 1 < in.n ? ":" : "");
	if (in.n == 0)
		out[0] = '\0';
	return out;
}

char *
cert_key_text(const struct cert *c, char out[CERT_KEY_TEXT])
{
	const char *name = cert_key_name(c->key);

	if (c->curve.n)
		snprintf(out, CERT_KEY_TEXT, "%s %.*s", name, BYTES_FMT(c->curve));
	else if (c->key == CERT_KEY_ED25519 || c->key == CERT_KEY_ED448 || !c->key_bits)
		snprintf(out, CERT_KEY_TEXT, "%s", name);
	else
		snprintf(out, CERT_KEY_TEXT, "%s %u", name, c->key_bits);
	return out;
}

char *
cert_time_text(int64_t s, char out[CERT_TIME_TEXT])
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, CERT_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, CERT_TIME_TEXT, "?");
	return out;
}

int64_t
cert_days(int64_t now_s, int64_t until_s)
{
	int64_t left = until_s - now_s, day = 86400;

	return left >= 0 ? left / day : -((-left + day - 1) / day);
}
