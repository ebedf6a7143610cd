/*
 * What is known of the TLS of a session. Only sessions with TLS have it (session.tls_seen), and
 * what many have alike is kept once: the hello of a program, the answer of a server.
 */
#ifndef MS_MODEL_TLS_H
#define MS_MODEL_TLS_H

#include "dissectors/tls/fingerprint.h"
#include "event/event.h"
#include "model/chain.h"

/* What a client says in its hello, apart from what is made for each connection. Shared. */
struct tls_client {
	uint16_t version; /* the highest offered */
	unsigned flags;   /* HELLO_… */
	unsigned weak;    /* SUITE_… (dissectors/tls/names.h), of what is offered */
	bool sslv2;
	struct bytes sni;     /* none when there was none */
	struct bytes alpn;    /* as in tls_hello: a list */
	struct bytes ciphers; /* as in tls_hello */
	struct bytes groups, versions;
	char ja3[MD5_HEX], ja4[JA4_TEXT];
};

/* What a server answers. Shared. */
struct tls_server {
	unsigned flags; /* HELLO_… */
	uint8_t compression;
	char ja3s[MD5_HEX];
};

/* Of one session; what it chose of ALPN is TEXT_ALPN (model/facts.h). */
struct tls_seen {
	const struct tls_client *client; /* the last ClientHello; an empty one before it came */
	const struct tls_server *server;
	const struct chain *chain;        /* of the server; NULL: none was seen */
	const struct chain *client_chain; /* NULL */
	struct chain_trust trust;         /* of chain, at the time it was sent */
	uint8_t match;    /* enum chain_match: chain and peer_cert_reference() */
	uint16_t version; /* chosen; 0: no ServerHello was seen */
	uint16_t cipher;
	uint16_t group;       /* of the key exchange; 0: not seen */
	uint16_t sigalg;      /* of ServerKeyExchange */
	uint32_t key_bits;    /* of the key exchange; 0: not seen */
	uint8_t kex;          /* enum tls_kex_kind, of ServerKeyExchange */
	uint8_t alert;        /* the first one that was fatal; else the first warning */
	uint8_t alert_dir;    /* enum dir */
	uint8_t cert;         /* enum tls_cert_seen */
	uint8_t keys;         /* enum tls_keys */
	uint8_t fatal_alerts; /* counted to 255 */
	bool starttls : 1;    /* after an upgrade */
	bool alert_seen : 1;
	bool established : 1, resumed : 1, retry : 1;
	bool client_cert : 1, cert_request : 1, early_data : 1, ticket : 1;
	bool renegotiation : 1;
	bool closed_short : 1; /* TLS 1.3: maybe an encrypted alert ended the handshake */
	bool broken : 1;
	const char *keys_why; /* static, or NULL */
};

/* Of the server's certificate, what can be said of it. TLS 1.3 hides it also from those who see
 * the handshake fail. */
static inline enum tls_cert_seen
tls_cert_of(const struct tls_seen *t)
{
	if (t->cert == TLS_CERT_UNKNOWN && t->version >= TLS_1_3 && !t->resumed)
		return TLS_CERT_HIDDEN;
	return (enum tls_cert_seen)t->cert;
}
const char *tls_cert_name(enum tls_cert_seen c); /* "seen" "hidden" "none"; NULL: not known */
const char *tls_keys_name(enum tls_keys k);      /* "decrypted" …; NULL: no key log */

extern const struct tls_client tls_client_none;
extern const struct tls_server tls_server_none;

#endif
