/* Hello messages of TLS (RFC 5246 7.4.1, RFC 8446 4.1): what can be read without keys. */
#ifndef MS_DISSECTORS_TLS_HANDSHAKE_H
#define MS_DISSECTORS_TLS_HANDSHAKE_H

#include "base/bytes.h"

enum {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
	HANDSHAKE_HEADER = 4, /* type, length of three octets */
};

enum {
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304
};

/* All struct bytes are loans of the message. */
struct tls_hello {
	uint16_t version; /* client: the highest offered; server: the one chosen
			     (supported_versions heeded) */
	uint16_t legacy;  /* as written in the fixed field */
	struct bytes random, session;
	struct bytes ciphers; /* client: all, two octets each; server: the one chosen */
	struct bytes sni;     /* first host_name, RFC 6066 3 */
	bool retry; /* a HelloRetryRequest (RFC 8446 4.1.3): the real ServerHello comes later */
};

/*
 * Read the body of a message, behind its header. What stands before a malformed part is kept.
 * False when even the fixed fields are not there.
 */
bool tls_client_hello_read(struct bytes body, struct tls_hello *ret);
bool tls_server_hello_read(struct bytes body, struct tls_hello *ret);

#endif
