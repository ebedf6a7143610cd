/* The framing of TLS: records (RFC 5246 6.2, RFC 8446 5.1), and the SSLv2 hello that may stand
 * in front of them. */
#ifndef MS_DISSECTORS_TLS_RECORD_H
#define MS_DISSECTORS_TLS_RECORD_H

#include "base/bytes.h"

enum {
	TLS_RECORD_HEADER = 5,
	TLS_RECORD_MAX = 16384 +
			 2048, /* RFC 5246 6.2.3: ciphertext; RFC 8446 5.2 allows less */
};

enum tls_content {
	TLS_CHANGE_CIPHER_SPEC = 20,
	TLS_ALERT_RECORD = 21,
	TLS_HANDSHAKE = 22,
	TLS_APPLICATION_DATA = 23,
	TLS_HEARTBEAT = 24, /* RFC 6520 */
};

struct tls_record {
	enum tls_content type;
	uint16_t version; /* as written: 0x0300 SSL 3.0 … 0x0303 TLS 1.2 and later */
	uint16_t len;     /* octets of the fragment behind the header */
};

enum tls_framing {
	TLS_FRAMING_MORE, /* fits so far; more bytes are needed */
	TLS_FRAMING_OK,
	TLS_FRAMING_NO,
};
/* Reads the five octets of a record header off `in`. Not OK: *ret is not touched. */
enum tls_framing tls_record_read(struct bytes in, struct tls_record *ret);

struct sslv2_hello {
	uint16_t version; /* the highest that the client offers: 0x0002, or 0x0300 and later;
			     the server's */
	uint16_t len;     /* octets of the whole record, its header of two included */
};
/* Reads an SSLv2 CLIENT-HELLO (RFC 5246 E.2) off `in`, checked by its own lengths (11 octets
 * decide). */
enum tls_framing sslv2_hello_read(struct bytes in, struct sslv2_hello *ret);
/* … a SERVER-HELLO: the server speaks SSL 2 and nothing else (13 octets decide). */
enum tls_framing sslv2_answer_read(struct bytes in, struct sslv2_hello *ret);

/*
 * Is `head` the beginning of a TLS record or of an SSLv2 hello? False with *ret_more set: it
 * may become one with more bytes. No text protocol begins so: the first octet is below 0x20 or
 * above 0x7f.
 */
bool tls_record_start(struct bytes head, bool *ret_more);
/* … of a handshake or an alert: what one side may send to another that speaks plain text. */
bool tls_record_unasked(struct bytes head, bool *ret_more);

#endif
