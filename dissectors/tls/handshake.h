/* Hello messages of TLS (RFC 5246 7.4.1, RFC 8446 4.1): what can be read without keys. */
#ifndef MS_DISSECTORS_TLS_HANDSHAKE_H
#define MS_DISSECTORS_TLS_HANDSHAKE_H

#include "event/tls.h"

enum {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
	HANDSHAKE_HEADER = 4, /* type, length of three octets */
};

/*
 * Read the body of a message, behind its header. What stands before a malformed part is kept.
 * False when even the fixed fields are not there.
 */
bool tls_client_hello_read(struct bytes body, struct tls_hello *ret);
bool tls_server_hello_read(struct bytes body, struct tls_hello *ret);

#endif
