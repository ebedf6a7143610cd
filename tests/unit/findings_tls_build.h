/* Handshakes made by hand for the tests of tls.*. */
#ifndef MS_TESTS_FINDINGS_TLS_BUILD_H
#define MS_TESTS_FINDINGS_TLS_BUILD_H

#include "findings_build.h"

/* A handshake with these hellos; 0 for version of the server: none comes. */
struct shake {
	struct tls_hello client, server;
	struct tls_kex kex;
	bool resumed;
	enum tls_cert_seen cert;
};

static const uint8_t gcm[] = {0xc0, 0x2f, 0x00, 0x2f};

static inline struct shake
good(void)
{
	return (struct shake){
		.client = {.client = true,
			.version = TLS_1_2,
			.legacy = TLS_1_2,
			.flags = HELLO_SNI | HELLO_RENEGOTIATION | HELLO_EXTENSIONS,
			.ciphers = {gcm, sizeof(gcm)},
			.sni = BYTES("mail.example.org")},
		.server = {.version = TLS_1_2,
			.legacy = TLS_1_2,
			.cipher = 0xc02f,
			.flags = HELLO_RENEGOTIATION | HELLO_EXTENSIONS},
		.cert = TLS_CERT_SEEN};
}

static inline void
say(struct conn *c, enum dir d, struct ev_tls v)
{
	struct event e;

	make(c, &e, EV_TLS, d, 100);
	e.tls = v;
	send_event(c, &e);
}

static inline void
hellos(struct conn *c, const struct shake *k)
{
	bool up = c->s->proto != PROTO_TLS;

	say(c, DIR_C2S, (struct ev_tls){.stage = TLS_RECORDS, .starttls = up});
	say(c, DIR_C2S,
		(struct ev_tls){.stage = TLS_CLIENT_HELLO,
			.version = k->client.version,
			.hello = &k->client,
			.sni = k->client.sni,
			.starttls = up});
	if (!k->server.version)
		return;
	say(c, DIR_S2C, (struct ev_tls){.stage = TLS_RECORDS, .starttls = up});
	say(c, DIR_S2C,
		(struct ev_tls){.stage = TLS_SERVER_HELLO,
			.version = k->server.version,
			.hello = &k->server,
			.starttls = up});
	if (k->kex.kind)
		say(c, DIR_S2C,
			(struct ev_tls){.stage = TLS_KEY_EXCHANGE,
				.version = k->server.version,
				.kex = &k->kex,
				.starttls = up});
}

static inline void
done(struct conn *c, const struct shake *k)
{
	say(c, DIR_C2S,
		(struct ev_tls){.stage = TLS_ESTABLISHED,
			.version = k->server.version,
			.cipher = k->server.cipher,
			.resumed = k->resumed,
			.cert = k->cert,
			.starttls = c->s->proto != PROTO_TLS});
}

static inline void
open_tls(struct lab *lab, struct conn *c, uint16_t port)
{
	conn_open(lab, c, PROTO_TLS, port);
}

/* A whole session on this port. */
static inline void
session(struct lab *lab, uint16_t port, const struct shake *k)
{
	struct conn c;

	open_tls(lab, &c, port);
	hellos(&c, k);
	if (k->server.version)
		done(&c, k);
	conn_close(&c, FLOW_FIN);
}

#endif
