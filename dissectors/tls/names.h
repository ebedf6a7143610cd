/* What the numbers of TLS are called (IANA: TLS Parameters, TLS ExtensionType Values), and what
 * the name of a cipher suite says of it. */
#ifndef MS_DISSECTORS_TLS_NAMES_H
#define MS_DISSECTORS_TLS_NAMES_H

#include "event/tls.h"

/* Names as registered; NULL: not registered. */
const char *tls_suite_name(uint16_t id);      /* "TLS_AES_128_GCM_SHA256" */
const char *tls_group_name(uint16_t id);      /* "x25519" */
const char *tls_sigalg_name(uint16_t id);     /* "ecdsa_secp256r1_sha256" */
const char *tls_extension_name(uint16_t id);  /* "server_name" */
const char *tls_alert_name(uint8_t id);       /* "handshake_failure" */
const char *tls_version_name(uint16_t id);    /* "TLS 1.2" */
const char *tls_ssl2_suite_name(uint16_t id); /* first two octets of three:
						 "SSL_CK_RC4_128_WITH_MD5" */

/* The name, or the number in hex: written into out when it has none. */
#define TLS_NUMBER 16
const char *tls_suite_text(uint16_t version, uint16_t id, char out[TLS_NUMBER]);
const char *tls_group_text(uint16_t id, char out[TLS_NUMBER]);
const char *tls_sigalg_text(uint16_t id, char out[TLS_NUMBER]);
const char *tls_extension_text(uint16_t id, char out[TLS_NUMBER]);
const char *tls_version_text(uint16_t id, char out[TLS_NUMBER]);
const char *tls_alert_text(uint8_t id, char out[TLS_NUMBER]);

/* A value that says nothing but that it must be ignored, RFC 8701: 0x0a0a, 0x1a1a … 0xfafa. */
static inline bool
tls_grease(uint16_t id)
{
	return (id & 0x0f0f) == 0x0a0a && id >> 8 == (id & 0xff);
}

enum tls_suite_trait {       /* what a cipher suite is made of */
	SUITE_NULL = 1 << 0, /* encrypts nothing */
	SUITE_EXPORT = 1 << 1,
	SUITE_DES = 1 << 2, /* one key of 56 or 40 bits */
	SUITE_RC4 = 1 << 3,
	SUITE_RC2 = 1 << 4,
	SUITE_IDEA = 1 << 5,
	SUITE_ANON = 1 << 6, /* nobody shows who he is */
	SUITE_3DES = 1 << 7,
	SUITE_CBC = 1 << 8,
	SUITE_AEAD = 1 << 9,
	SUITE_SHA1 = 1 << 10, /* its MAC */
	SUITE_MD5 = 1 << 11,
	SUITE_DATED = 1 << 12,  /* SEED, CAMELLIA, ARIA in CBC mode */
	SUITE_RSA = 1 << 13,    /* RSA key transport */
	SUITE_STATIC = 1 << 14, /* DH or ECDH with the certificate's key */
	SUITE_DHE = 1 << 15,
	SUITE_ECDHE = 1 << 16,
	SUITE_PSK = 1 << 17,
	SUITE_SIGNAL = 1 << 18, /* SCSV: no suite */
	SUITE_1_3 = 1 << 19,    /* TLS 1.3: says nothing of the key exchange */
	SUITE_KNOWN = 1 << 20,
};
#define SUITE_INSECURE                                                                         \
	(SUITE_NULL | SUITE_EXPORT | SUITE_DES | SUITE_RC4 | SUITE_RC2 | SUITE_IDEA |          \
		SUITE_ANON)
unsigned tls_suite_traits(uint16_t id);
unsigned tls_ssl2_suite_traits(uint16_t id); /* first two octets of three */
/* All that are in a list of two octets each (sslv2: of three, which SSL 2 gave its suites). */
unsigned tls_suites_traits(struct bytes list, bool sslv2);

/* Bits of the field of a named curve or of the prime of a group; 0: not known, or of no such
 * kind. */
unsigned tls_group_bits(uint16_t id);
/* A key exchange that a quantum computer does not break: a hybrid with ML-KEM, or ML-KEM. */
bool tls_group_pq(uint16_t id);

#endif
