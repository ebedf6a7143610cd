/*
 * Opens the records of one direction (RFC 5246 6.2.3, RFC 8446 5.2, RFC 6101 5.2.3, RFC 7366)
 * with libcrypto. Every record is verified by its MAC or tag. Set up once a direction, no
 * allocation a record.
 */
#ifndef MS_DISSECTORS_TLS_CIPHER_H
#define MS_DISSECTORS_TLS_CIPHER_H

#include <sys/types.h>

#include "dissectors/tls/record.h"
#include "dissectors/tls/suite.h"

enum {
	CIPHER_KEY = 32, /* octets of the longest of each */
	CIPHER_MAC = 48,
	CIPHER_IV = 16,
};

struct cipher_keys {
	uint8_t key[CIPHER_KEY], mac[CIPHER_MAC], iv[CIPHER_IV];
};

struct cipher;
/* NULL: this libcrypto cannot do it. encrypt_then_mac: RFC 7366 was agreed on. The keys are
 * copied. */
struct cipher *cipher_new(const struct suite *s, uint16_t version, bool encrypt_then_mac,
	const struct cipher_keys *keys);
/* Wiped. */
void cipher_free(struct cipher **c);
/* About what one takes. */
size_t cipher_memory(const struct cipher *c);
/*
 * Record number seq of its keys: header, and the fragment behind it. `out` has room for
 * fragment.n octets; it gets the content, in TLS 1.3 with its type and padding. Returns its
 * octets, or -1: it does not verify. A failed attempt changes nothing, but for stream ciphers.
 */
ssize_t cipher_open(struct cipher *c, uint64_t seq, const uint8_t head[TLS_RECORD_HEADER],
	struct bytes fragment, uint8_t *out);
/* A record of n octets that was not seen whole was passed over; tail: what was seen of its end.
 */
void cipher_skip(struct cipher *c, size_t n, struct bytes tail);

#endif
