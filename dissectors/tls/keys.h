/* From a secret of the key log to the keys of the record layer. False: libcrypto refused. */
#ifndef MS_DISSECTORS_TLS_KEYS_H
#define MS_DISSECTORS_TLS_KEYS_H

#include "dissectors/tls/cipher.h"

enum {
	MASTER_BYTES = 48,
	HASH_BYTES = 48, /* octets of the longest secret in TLS 1.3 */
};

/*
 * The master secret of a premaster secret (RFC 5246 8.1, RFC 6101 6.1). messages: with the
 * extended master secret (RFC 7627 4) all of the handshake up to ClientKeyExchange; else none.
 */
bool keys_master(uint16_t version, const struct suite *s, struct bytes premaster,
	struct bytes client_random, struct bytes server_random, struct bytes messages,
	uint8_t ret[MASTER_BYTES]);
/* Keys of both directions, by enum dir, of SSL 3 to TLS 1.2 (RFC 5246 6.3). */
bool keys_block(uint16_t version, const struct suite *s, struct bytes master,
	struct bytes client_random, struct bytes server_random, struct cipher_keys ret[2]);
/* Keys of a traffic secret of TLS 1.3 (RFC 8446 7.3). */
bool keys_traffic(const struct suite *s, struct bytes secret, struct cipher_keys *ret);
/* The traffic secret behind a KeyUpdate (RFC 8446 7.2), in place. */
bool keys_update(const struct suite *s, uint8_t *secret, size_t n);

#endif
