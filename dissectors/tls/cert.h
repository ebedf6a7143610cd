/*
 * One certificate (X.509, RFC 5280) read into plain fields, by libcrypto. Nothing here is a
 * verdict: whether it may be trusted, and whose it should be, is said elsewhere.
 */
#ifndef MS_DISSECTORS_TLS_CERT_H
#define MS_DISSECTORS_TLS_CERT_H

#include "base/arena.h"
#include "event/endpoint.h"

struct cert_limits {
	uint32_t chain;     /* certificates of one chain; the rest is left out. 16 */
	size_t cert_bytes;  /* of one certificate; a longer one is not read. 64 KiB */
	size_t chain_bytes; /* of one chain; what is behind is left out. 128 KiB */
	uint32_t names;     /* subject alternative names of each kind. 1000 */
	size_t name_bytes;  /* text of a subject or issuer. 4096 */
};
extern const struct cert_limits cert_limits_default;

enum cert_key {
	CERT_KEY_OTHER, /* not known to libcrypto, or broken */
	CERT_KEY_RSA,
	CERT_KEY_RSA_PSS,
	CERT_KEY_DSA,
	CERT_KEY_EC,
	CERT_KEY_ED25519,
	CERT_KEY_ED448,
};
/* "RSA" "RSA-PSS" "DSA" "EC" "Ed25519" "Ed448"; "unknown" */
const char *cert_key_name(enum cert_key k);

enum cert_digest { /* what the signature was made over */
	CERT_DIGEST_OTHER,
	CERT_DIGEST_MD2,
	CERT_DIGEST_MD4,
	CERT_DIGEST_MD5,
	CERT_DIGEST_SHA1,
};

/* keyUsage, RFC 5280 4.2.1.3: bit n of the extension is 1 << n here. */
enum {
	CERT_KU_DIGITAL_SIGNATURE = 1,
	CERT_KU_KEY_ENCIPHERMENT = 1 << 2,
	CERT_KU_KEY_AGREEMENT = 1 << 4,
	CERT_KU_CERT_SIGN = 1 << 5,
};
/* extKeyUsage, RFC 5280 4.2.1.12 */
enum {
	CERT_EKU_SERVER = 1,
	CERT_EKU_CLIENT = 2,
	CERT_EKU_ANY = 4,
	CERT_EKU_OTHER = 8, /* code signing, mail protection … */
};

#define CERT_SHA1_BYTES 20
#define CERT_SHA256_BYTES 32
#define CERT_MODULUS_BYTES 10

/*
 * Texts are UTF-8 or, for dns, raw octets of the certificate: a sink escapes them. In names of
 * RFC 4514 all controls are escaped already.
 */
struct cert {
	struct bytes der;                   /* as it was given: a loan */
	struct bytes subject, issuer;       /* RFC 4514: "CN=mail.example.test,O=Example" */
	struct bytes cn, issuer_cn;         /* the last commonName, or none */
	struct bytes org, issuer_org;       /* organizationName, or none */
	const struct bytes *dns;            /* dNSName, in order */
	const struct endpoint *ips;         /* iPAddress; port 0 */
	struct bytes sans;                  /* both as text: "mail.example.test, 192.0.2.1" */
	uint32_t n_dns, n_ips, n_other_san; /* other: rfc822Name, URI, SRVName … */
	bool sans_cut;                      /* there were more than cert_limits.names */
	struct bytes serial;                /* "04A1…": hex, "-" before a negative one */
	int64_t not_before_s, not_after_s;  /* since 1970, UTC; may be negative */
	bool times_bad;                     /* one of them cannot be read (it is 0 then) */

	enum cert_key key;
	enum cert_digest digest;
	uint32_t key_bits;  /* 0: not known */
	struct bytes curve; /* EC: "prime256v1", or none */
	uint64_t exponent;  /* RSA; 0: not known, or longer than 64 bits */
	bool exponent_even;
	bool roca;                           /* the modulus is one of tls/roca.h */
	uint8_t modulus[CERT_MODULUS_BYTES]; /* RSA: the end of SHA-1 of "Modulus=…\n", by
						which openssl-blacklist names keys */
	struct bytes signature; /* algorithm: "sha256WithRSAEncryption", or its OID */

	uint8_t sha1[CERT_SHA1_BYTES], sha256[CERT_SHA256_BYTES]; /* of der */
	uint8_t spki[CERT_SHA256_BYTES]; /* SHA-256 of the SubjectPublicKeyInfo */

	uint8_t version; /* 1 … 3 */
	uint8_t eku;     /* CERT_EKU_… */
	uint16_t ku;     /* CERT_KU_… and the other bits */
	bool has_ku, has_eku;
	bool ca;          /* basicConstraints with cA TRUE */
	bool self_issued; /* subject and issuer are the same */
	bool self_signed; /* … and its own key made the signature */
};

/*
 * Reads one certificate. NULL when it is none, when something follows it, or when it is longer
 * than the limit. The result and all that it points to live in the arena; only der stays the
 * caller's. lim NULL: the defaults.
 */
const struct cert *cert_read(struct bytes der, const struct cert_limits *lim, struct arena *a);

/* "AA:BB:…"; out has 3 octets for each of in. Returns out. */
char *cert_colons(struct bytes in, char *out);
#define CERT_SHA1_TEXT (3 * CERT_SHA1_BYTES)
#define CERT_SHA256_TEXT (3 * CERT_SHA256_BYTES)
/* "RSA 2048", "EC prime256v1", "Ed25519"; returns out. */
#define CERT_KEY_TEXT 64
char *cert_key_text(const struct cert *c, char out[CERT_KEY_TEXT]);
/* "2026-11-22T10:11:12Z", any year; returns out. */
#define CERT_TIME_TEXT 32
char *cert_time_text(int64_t s, char out[CERT_TIME_TEXT]);
/* Whole days from `now_s` to `until_s`, rounded down: -1 as soon as it is over. */
int64_t cert_days(int64_t now_s, int64_t until_s);

#endif
