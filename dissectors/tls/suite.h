/* What a cipher suite asks of the record layer. The key exchange is of no interest here. */
#ifndef MS_DISSECTORS_TLS_SUITE_H
#define MS_DISSECTORS_TLS_SUITE_H

#include "base/bytes.h"

enum suite_seal {
	SEAL_NULL,
	SEAL_STREAM,
	SEAL_CBC,
	SEAL_GCM,
	SEAL_CCM,
	SEAL_CHACHA,
};

struct suite {
	enum suite_seal kind;
	const char *cipher; /* as libcrypto names it; NULL: none */
	uint8_t key;        /* octets */
	uint8_t iv;      /* CBC: of a block; else the part of the nonce that comes of the keys
			    before TLS 1.3 */
	uint8_t tag;     /* AEAD */
	const char *mac; /* digest of the HMAC; NULL: AEAD */
	uint8_t mac_n;
	const char *prf; /* digest of the PRF in TLS 1.2, of HKDF in TLS 1.3 */
	uint8_t prf_n;
	bool tls13; /* only there */
};

/*
 * Reads IANA's name ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), or NULL. False: not one that can
 * be decrypted (export ciphers, GOST, what libcrypto never had).
 */
bool suite_parse(const char *name, struct suite *ret);

#endif
