/* How the keys of TLS come of its secrets; all of it by libcrypto. False: libcrypto refused. */
#ifndef MS_DISSECTORS_TLS_PRF_H
#define MS_DISSECTORS_TLS_PRF_H

#include "base/bytes.h"

/* PRF of RFC 2246 5 (digest "MD5-SHA1") and RFC 5246 5 ("SHA256", "SHA384"): n octets. */
bool tls_prf(const char *digest, struct bytes secret, const char *label, struct bytes seed1,
	struct bytes seed2, uint8_t *ret, size_t n);
/* The same of SSL 3 (RFC 6101 6.1 and 6.2.2), at most 256 octets. */
bool ssl3_prf(
	struct bytes secret, struct bytes seed1, struct bytes seed2, uint8_t *ret, size_t n);
/* HKDF-Expand of RFC 5869 2.3. */
bool hkdf_expand(
	const char *digest, struct bytes secret, struct bytes info, uint8_t *ret, size_t n);
/* HKDF-Expand-Label of RFC 8446 7.1 with an empty context; label without "tls13 ". */
bool hkdf_expand_label(
	const char *digest, struct bytes secret, const char *label, uint8_t *ret, size_t n);
/* Digest of `in`; returns its octets, at most 64. 0: libcrypto refused. */
size_t digest_of(const char *digest, struct bytes in, uint8_t *ret);

#endif
