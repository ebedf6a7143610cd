/* Private to dissectors/tls: what is known of one TLS connection, and how its parts meet. */
#ifndef MS_DISSECTORS_TLS_TLS_H
#define MS_DISSECTORS_TLS_TLS_H

#include "base/buf.h"
#include "dissectors/dissector.h"
#include "dissectors/tls/record.h"

enum {
	HELLO_BYTES = 64 * 1024, /* longest hello that is read; RFC 8446 allows 2^24 - 1 and
				    nobody sends it */
	CERTIFICATE_BYTES = 128 * 1024, /* longest Certificate message that is read */
	KEY_EXCHANGE_BYTES = 16 * 1024,
	CERTIFICATES = 16, /* of one message; more are counted out */
};

enum {
	RECORD_HEAD = 3
}; /* octets of an alert or heartbeat that are looked at */

/* One direction. It holds no pointer into itself. */
struct tls_side {
	struct tls_record record; /* the open one */
	uint32_t left;            /* octets of its fragment that have not come yet */
	uint32_t message_left;    /* octets of a handshake message to pass over */
	struct buf message; /* a message that is read whole, or the header of one, as far as it
			       has come */
	uint32_t sealed;    /* TLS 1.3: octets of application data records, while it matters */
	uint8_t head[RECORD_HEAD];
	uint8_t head_n;
	uint8_t ssl2_records; /* in the framing of SSL 2, counted to three */
	bool started : 1;
	bool ciphered : 1; /* ChangeCipherSpec came: what follows cannot be read */
	bool data : 1;     /* application data came */
	bool blind : 1;    /* bytes of the handshake are missing: its messages are not followed
			      any more */
	bool adrift : 1;   /* bytes are missing, so that it is not known where the next record
			      begins */
	bool quiet : 1;    /* given up */
	bool short_said : 1;
};

struct tls {
	struct tls_side side[2];
	uint16_t version; /* negotiated; 0 not seen */
	uint16_t cipher;
	bool retry : 1; /* HelloRetryRequest: a ChangeCipherSpec means nothing (RFC 8446 D.4) */
	bool established : 1;
	bool resumed : 1;
	bool hello_done : 1;  /* ServerHelloDone, or the server's Finished was read */
	bool cert_seen : 1;   /* a Certificate message of the server with something in it */
	bool cert_unread : 1; /* one came that could not be read */
	bool inside : 1;      /* TLS 1.3: the encrypted handshake of the server was read */
	bool early : 1;       /* the client offered early data */
	bool early_said : 1;
	bool renegotiation_said : 1;
	bool sslv2_hello : 1; /* the client's hello has the format of SSL 2 */
	bool sslv2 : 1;       /* … and the server speaks it */
};

/* Where bytes came from: for the places of events. */
struct tls_from {
	size_t from;    /* in the current `in` of feed(): of the first byte; decrypted: of the
			   record */
	size_t n;       /* decrypted: octets of the record, its header included */
	bool decrypted; /* every byte has the place of the record */
};

/*
 * Plaintext bytes of the handshake protocol of direction d, in order, from records in clear or
 * from decrypted ones. Messages may be cut anywhere, also between records (RFC 5246 6.2.1).
 */
void tls_handshake_bytes(struct tls *t, enum dir d, struct bytes in,
	const struct tls_from *from, struct events *out);
/* A whole alert of two octets, from a record in clear or a decrypted one. */
void tls_alert_bytes(struct tls *t, enum dir d, struct bytes in, const struct tls_from *from,
	struct events *out);
/* A whole CLIENT-HELLO or SERVER-HELLO of SSL 2, its header included. */
void tls_ssl2_hello(struct tls *t, enum dir d, struct bytes record, const struct tls_from *from,
	struct events *out);
/* Says an EV_TLS. at: octets behind from->from (not for decrypted bytes). */
void tls_say(
	struct events *out, struct event *e, const struct tls_from *from, size_t at, size_t n);

#endif
