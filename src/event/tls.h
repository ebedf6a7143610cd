/*
 * What the TLS dissector says: hellos, certificates, key exchange, alerts, the state of
 * decryption. All struct bytes are loans of the message, for the length of the call. Numbers
 * are those of the wire; dissectors/tls/names.h has IANA's names for them.
 */
#ifndef MS_EVENT_TLS_H
#define MS_EVENT_TLS_H

#include "base/bytes.h"

enum { /* versions as on the wire */
	SSL_2 = 0x0002,
	SSL_3 = 0x0300,
	TLS_1_0 = 0x0301,
	TLS_1_1 = 0x0302,
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
};

enum tls_hello_flag {                 /* extensions and other things that are there or not */
	HELLO_SNI = 1 << 0,           /* server_name, whatever it names */
	HELLO_EMS = 1 << 1,           /* extended_master_secret, RFC 7627 */
	HELLO_ETM = 1 << 2,           /* encrypt_then_mac, RFC 7366 */
	HELLO_RENEGOTIATION = 1 << 3, /* renegotiation_info, or its SCSV, RFC 5746 */
	HELLO_RENEGOTIATING = 1 << 4, /* … and not empty: this is not the first handshake */
	HELLO_TICKET = 1 << 5,        /* session_ticket, RFC 5077 */
	HELLO_TICKET_SHOWN = 1 << 6,  /* … with a ticket in it */
	HELLO_PSK = 1 << 7,           /* pre_shared_key, RFC 8446 4.2.11 */
	HELLO_EARLY_DATA = 1 << 8,    /* early_data, RFC 8446 4.2.10 */
	HELLO_ECH = 1 << 9,           /* encrypted_client_hello of the outer kind: the name
					 that counts is hidden */
	HELLO_GREASE = 1 << 10,       /* reserved values, RFC 8701 */
	HELLO_FALLBACK = 1 << 11,     /* TLS_FALLBACK_SCSV, RFC 7507 */
	HELLO_STATUS = 1 << 12,       /* status_request (OCSP stapling), RFC 6066 8 */
	HELLO_SCT = 1 << 13,          /* signed_certificate_timestamp, RFC 6962 */
	HELLO_HEARTBEAT = 1 << 14,    /* heartbeat, RFC 6520 */
	HELLO_POST_AUTH = 1 << 15,    /* post_handshake_auth, RFC 8446 4.2.6 */
	HELLO_RECORD_LIMIT = 1 << 16, /* record_size_limit, RFC 8449 */
	HELLO_COOKIE = 1 << 17,       /* cookie, RFC 8446 4.2.2 */
	HELLO_EXTENSIONS = 1 << 18,   /* there is a block of extensions, maybe empty */
	HELLO_CUT = 1 << 19,          /* a length in it is wrong: what stands before is kept */
	HELLO_CERT_COMPRESSION = 1 << 20, /* compress_certificate, RFC 8879 */
	HELLO_RAW_KEY = 1 << 21, /* server: its certificate type is not X.509, RFC 7250 */
};

/* ClientHello, ServerHello, HelloRetryRequest; SSL 2 CLIENT-HELLO and SERVER-HELLO. */
struct tls_hello {
	bool client;
	bool retry; /* HelloRetryRequest (RFC 8446 4.1.3): the real ServerHello comes later */
	bool sslv2; /* in the format of SSL 2: no extensions, ciphers of three octets */
	unsigned flags;            /* HELLO_… */
	uint16_t version;          /* client: the highest offered; server: the one chosen
				      (supported_versions heeded) */
	uint16_t legacy;           /* as written in the fixed field */
	uint16_t cipher;           /* server: the chosen suite */
	uint16_t group;            /* server: of its key_share (HelloRetryRequest: the one asked
				      for); 0 none */
	uint16_t psk;              /* server: the chosen identity, when HELLO_PSK */
	struct bytes random;       /* 32 octets; SSL 2: the challenge, or the connection id */
	struct bytes session;      /* session id; TLS 1.3: legacy, echoed */
	struct bytes ciphers;      /* client: two octets each; sslv2: three. SSL 2 SERVER-HELLO:
				      its list */
	struct bytes compressions; /* one octet each */
	struct bytes extensions;   /* the block without its length: type, length, body … */
	struct bytes versions;     /* client: supported_versions, two octets each */
	struct bytes groups;       /* client: supported_groups, two octets each */
	struct bytes key_shares;   /* client: entries of group, length, key */
	struct bytes key_share;    /* server: the key of `group` */
	struct bytes sigalgs;      /* client: signature_algorithms, two octets each */
	struct bytes sigalgs_cert; /* client: signature_algorithms_cert */
	struct bytes point_formats; /* ec_point_formats, one octet each */
	struct bytes psk_modes;     /* client: psk_key_exchange_modes, one octet each */
	struct bytes psks; /* client: body of pre_shared_key: identities, then binders */
	struct bytes sni;  /* client: first host_name, RFC 6066 3 */
	struct bytes alpn; /* names, each with an octet of length before it; server: one name */
};

/* How the keys are agreed on: ServerKeyExchange of TLS 1.2 and before. */
enum tls_kex_kind {
	TLS_KEX_UNKNOWN,
	TLS_KEX_DHE,
	TLS_KEX_ECDHE,
	TLS_KEX_RSA_EXPORT,
	TLS_KEX_PSK,
	TLS_KEX_SRP,
};
struct tls_kex {
	enum tls_kex_kind kind;
	uint16_t group;  /* ECDHE: named curve; 0xff01, 0xff02: explicit */
	uint32_t bits;   /* DHE, RSA: of the prime or modulus without leading zeros; ECDHE: of
			    the field */
	uint16_t sigalg; /* TLS 1.2: SignatureScheme; 0: none, or fixed by the suite */
	bool anonymous;  /* the suite has no signature */
	bool even;       /* DHE: the prime is even */
	bool trivial;    /* DHE: the generator is 0, 1 or p-1 */
	struct bytes prime; /* DHE */
};

/* What became of the keys. */
enum tls_keys {
	TLS_KEYS_NONE,         /* no key log was given */
	TLS_KEYS_DECRYPTED,    /* the inside is read */
	TLS_KEYS_NO_SECRET,    /* the key log has none for this session */
	TLS_KEYS_WRONG_SECRET, /* the one it has does not fit */
	TLS_KEYS_UNSUPPORTED,  /* a suite or version that we do not decrypt */
	TLS_KEYS_LOST,         /* bytes are missing and the place was not found again */
};

/* Was the server's certificate to be seen? */
enum tls_cert_seen {
	TLS_CERT_UNKNOWN, /* not known: bytes are missing, or the handshake did not come so far
			   */
	TLS_CERT_SEEN,
	TLS_CERT_HIDDEN, /* TLS 1.3 without keys: never a verdict */
	TLS_CERT_NONE,   /* none was sent: resumed, anonymous, PSK */
};

enum tls_stage {
	TLS_RECORDS, /* first TLS record of direction at.dir */
	TLS_CLIENT_HELLO,
	TLS_SERVER_HELLO,
	TLS_ESTABLISHED,    /* CCS both ways (≤1.2) or application data both ways (1.3) */
	TLS_ALERT,          /* a readable alert */
	TLS_BROKEN,         /* no TLS record where one must be */
	TLS_RETRY,          /* HelloRetryRequest */
	TLS_CERTIFICATES,   /* a Certificate message of at.dir, maybe empty */
	TLS_KEY_EXCHANGE,   /* ServerKeyExchange */
	TLS_CERT_REQUEST,   /* the server asks for the client's certificate */
	TLS_TICKET,         /* NewSessionTicket */
	TLS_EARLY_DATA,     /* the client sends data before the handshake is over */
	TLS_RENEGOTIATION,  /* a handshake within the established session */
	TLS_HEARTBEAT_SEEN, /* a heartbeat in clear, RFC 6520 */
	TLS_EXTENSIONS,     /* EncryptedExtensions: ALPN and flags of `hello`, nothing else */
	TLS_CLOSED_SHORT,   /* TLS 1.3: a record too short for anything but an alert, before the
			       handshake is over */
	TLS_KEYS,           /* `keys` changed */
};

struct ev_tls {
	enum tls_stage stage;
	uint16_t version; /* of the hello (supported_versions heeded in ServerHello), else of
			     the record */
	bool starttls;    /* after an upgrade; false: from the first byte, or begun unasked */
	bool fatal;       /* alert */
	uint8_t alert;    /* description */
	bool resumed; /* ESTABLISHED: an earlier session's keys, no certificate. In TLS 1.3 it
			 may be an external PSK. */
	enum tls_cert_seen cert;       /* ESTABLISHED, of the server */
	uint16_t cipher;               /* ESTABLISHED; SSL 2: the first two octets of three */
	struct bytes sni;              /* CLIENT_HELLO: that of hello */
	const struct tls_hello *hello; /* CLIENT_HELLO, SERVER_HELLO, RETRY, EXTENSIONS */
	const struct bytes *certs;     /* CERTIFICATES: DER, in the order sent; at.dir: whose */
	size_t n_certs;
	bool certs_cut;            /* … more than we keep, or a wrong length */
	const struct tls_kex *kex; /* KEY_EXCHANGE; else NULL */
	uint32_t lifetime_s;       /* TICKET: its hint, or lifetime */
	uint32_t ticket_bytes;     /* TICKET */
	uint32_t said, held;       /* HEARTBEAT_SEEN: octets of payload by its own count, octets
				      that the record has room for */
	bool request;              /* HEARTBEAT_SEEN */
	enum tls_keys keys;        /* KEYS */
	const char *why;           /* KEYS: static, for people; or NULL */
};

#endif
