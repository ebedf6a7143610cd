/* Handshake messages of TLS (RFC 5246 7.4, RFC 8446 4): what can be read of their bodies. */
#ifndef MS_DISSECTORS_TLS_HANDSHAKE_H
#define MS_DISSECTORS_TLS_HANDSHAKE_H

#include "dissectors/tls/record.h"
#include "event/tls.h"

enum tls_handshake_type {
	HANDSHAKE_HELLO_REQUEST = 0,
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
	HANDSHAKE_TICKET = 4,
	HANDSHAKE_END_OF_EARLY_DATA = 5,
	HANDSHAKE_ENCRYPTED_EXTENSIONS = 8,
	HANDSHAKE_CERTIFICATE = 11,
	HANDSHAKE_KEY_EXCHANGE = 12,
	HANDSHAKE_CERT_REQUEST = 13,
	HANDSHAKE_HELLO_DONE = 14,
	HANDSHAKE_FINISHED = 20,
	HANDSHAKE_KEY_UPDATE = 24,
	HANDSHAKE_HEADER = 4, /* type, length of three octets */
};

/*
 * hello.c: read the body of a message, behind its header. What stands before a malformed part
 * is kept (HELLO_CUT). False when even the fixed fields are not there.
 */
bool tls_client_hello_read(struct bytes body, struct tls_hello *ret);
bool tls_server_hello_read(struct bytes body, struct tls_hello *ret);
/* RFC 8446 4.3.1: what was a part of the ServerHello before; adds to *hello (ALPN, flags). */
void tls_encrypted_extensions_read(struct bytes body, struct tls_hello *hello);

/* ssl2.c: whole records of SSL 2, their header included. */
bool ssl2_client_hello_read(struct bytes record, struct tls_hello *ret);
bool ssl2_server_hello_read(struct bytes record, struct tls_hello *ret, struct bytes *ret_cert);
enum {
	SSL2_MASTER_KEY = 2
}; /* type of the message in which the client chooses */
/* The header of any record. *ret_len with it; *ret_cipher: the first two of the three octets of
 * the suite, if it may be a CLIENT-MASTER-KEY; else 0. */
enum tls_framing ssl2_record_read(struct bytes in, size_t *ret_len, uint16_t *ret_cipher);

/* The parameters of a ServerKeyExchange, for a suite of this version. False: cut short. */
bool tls_key_exchange_read(
	struct bytes body, uint16_t version, uint16_t cipher, struct tls_kex *ret);
/*
 * The certificates of a Certificate message, in the order sent, at most max; *ret_cut: there
 * are more, or a length is wrong. From TLS 1.3 on each has extensions (RFC 8446 4.4.2).
 */
size_t tls_certificates_read(
	struct bytes body, uint16_t version, struct bytes *certs, size_t max, bool *ret_cut);
/* NewSessionTicket, RFC 5077 3.3 and RFC 8446 4.6.1. */
bool tls_ticket_read(
	struct bytes body, uint16_t version, uint32_t *ret_lifetime_s, uint32_t *ret_bytes);

#endif
