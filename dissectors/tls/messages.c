/* The messages of a handshake, put together from the fragments of records and told apart. One
 * that is whole in its fragment is read there; only what is cut is copied. */
#include "dissectors/tls/tls.h"

#include "base/cursor.h"
#include "dissectors/tls/handshake.h"

enum {
	ALERT_BYTES = 2,
	ALERT_FATAL = 2,
};

/* One message. */
struct message {
	struct tls *t;
	enum dir d;
	struct bytes body;
	const struct tls_from *from;
	size_t last; /* of its last octet, behind from->from */
	struct events *out;
};

void
tls_say(struct events *out, struct event *e, const struct tls_from *from, size_t at, size_t n)
{
	struct place place = from->decrypted ? events_place(out, from->from, from->n)
					     : events_place(out, from->from + at, n);

	if (from->decrypted)
		place.cover = COVER_TLS_DECRYPTED;
	events_say_at(out, e, &place);
}

/* At its last octet, since it may have begun long before. */
static void
say(const struct message *m, struct ev_tls what)
{
	struct event e = {.type = EV_TLS, .tls = what};

	if (!what.version)
		e.tls.version = m->t->version;
	tls_say(m->out, &e, m->from, m->last, 1);
}

static void
on_client_hello(const struct message *m)
{
	struct tls_hello h;

	if (m->d != DIR_C2S || !tls_client_hello_read(m->body, &h))
		return;
	m->t->early = h.flags & HELLO_EARLY_DATA;
	say(m, (struct ev_tls){.stage = TLS_CLIENT_HELLO,
		       .version = h.version,
		       .sni = h.sni,
		       .hello = &h});
}

/* RFC 8446 D.4: a ChangeCipherSpec before a second hello means nothing. */
static void
on_retry(const struct message *m, const struct tls_hello *h)
{
	struct tls_side *c = &m->t->side[DIR_C2S];

	m->t->retry = true;
	m->t->early = false;
	c->ciphered = c->data = false;
	c->sealed = 0;
	say(m, (struct ev_tls){.stage = TLS_RETRY, .version = h->version, .hello = h});
}

static void
on_server_hello(const struct message *m)
{
	struct tls_hello h;

	if (m->d != DIR_S2C || !tls_server_hello_read(m->body, &h))
		return;
	if (h.retry) {
		on_retry(m, &h);
		return;
	}
	m->t->version = h.version;
	m->t->cipher = h.cipher;
	m->t->resumed = h.version >= TLS_1_3 && h.flags & HELLO_PSK;
	m->t->hello_done = m->t->cert_seen = false;
	say(m, (struct ev_tls){.stage = TLS_SERVER_HELLO, .version = h.version, .hello = &h});
}

static void
on_ticket(const struct message *m)
{
	struct ev_tls what = {.stage = TLS_TICKET};

	if (m->d == DIR_S2C &&
		tls_ticket_read(m->body, m->t->version, &what.lifetime_s, &what.ticket_bytes))
		say(m, what);
}

static void
on_certificate(const struct message *m)
{
	struct bytes certs[CERTIFICATES];
	struct ev_tls what = {.stage = TLS_CERTIFICATES, .certs = certs};

	what.n_certs = tls_certificates_read(
		m->body, m->t->version, certs, CERTIFICATES, &what.certs_cut);
	if (m->d == DIR_S2C && what.n_certs)
		m->t->cert_seen = true;
	else if (m->d == DIR_S2C)
		m->t->cert_unread |= what.certs_cut;
	say(m, what);
}

static void
on_key_exchange(const struct message *m)
{
	struct tls_kex kex;

	if (m->d == DIR_S2C &&
		tls_key_exchange_read(m->body, m->t->version, m->t->cipher, &kex))
		say(m, (struct ev_tls){.stage = TLS_KEY_EXCHANGE, .kex = &kex});
}

static void
on_cert_request(const struct message *m)
{
	if (m->d == DIR_S2C)
		say(m, (struct ev_tls){.stage = TLS_CERT_REQUEST});
}

static void
on_hello_done(const struct message *m)
{
	if (m->d == DIR_S2C)
		m->t->hello_done = true;
}

/* Only decrypted ones come here. */
static void
on_encrypted_extensions(const struct message *m)
{
	struct tls_hello h = {.version = m->t->version};

	m->t->inside = true;
	tls_encrypted_extensions_read(m->body, &h);
	say(m, (struct ev_tls){.stage = TLS_EXTENSIONS, .hello = &h});
}

/* What is read whole, and how long it may be; the others are passed over. */
static const struct kind {
	uint8_t type;
	uint32_t most; /* octets of the body */
	void (*fn)(const struct message *m);
} kinds[] = {
	{HANDSHAKE_CLIENT_HELLO, HELLO_BYTES, on_client_hello},
	{HANDSHAKE_SERVER_HELLO, HELLO_BYTES, on_server_hello},
	{HANDSHAKE_TICKET, HELLO_BYTES, on_ticket},
	{HANDSHAKE_ENCRYPTED_EXTENSIONS, HELLO_BYTES, on_encrypted_extensions},
	{HANDSHAKE_CERTIFICATE, CERTIFICATE_BYTES, on_certificate},
	{HANDSHAKE_KEY_EXCHANGE, KEY_EXCHANGE_BYTES, on_key_exchange},
	{HANDSHAKE_CERT_REQUEST, CERTIFICATE_BYTES, on_cert_request},
	{HANDSHAKE_HELLO_DONE, 0, on_hello_done},
};

static const struct kind *
kind_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static uint32_t
body_bytes(const uint8_t *header)
{
	return (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
}

/* The kind of a message that is to be read whole, or NULL. */
static const struct kind *
wanted(const uint8_t *header)
{
	const struct kind *k = kind_of(header[0]);

	return k && body_bytes(header) <= k->most ? k : NULL;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
pass_over(struct message *m, uint8_t type, size_t left)
{
	m->t->side[m->d].message_left = (uint32_t)left;
	if (type == HANDSHAKE_CERTIFICATE && m->d == DIR_S2C)
		m->t->cert_unread = true;
}

/* Nothing of it was kept: read where it lies if it is whole there. Octets used; 0: it is not.
 */
static size_t
in_place(struct message *m, struct bytes in)
{
	const struct kind *k;
	size_t n;

	if (in.n < HANDSHAKE_HEADER)
		return 0;
	n = HANDSHAKE_HEADER + (size_t)body_bytes(in.p);
	k = wanted(in.p);
	if (!k) {
		pass_over(m, in.p[0], n - smaller(n, in.n));
		return smaller(n, in.n);
	}
	if (n > in.n)
		return 0;
	m->body = bytes_sub(in, HANDSHAKE_HEADER, n - HANDSHAKE_HEADER);
	m->last += n - 1;
	k->fn(m);
	return n;
}

/* A part of one that is cut. Octets used. */
static size_t
put_together(struct message *m, struct bytes in)
{
	struct tls_side *s = &m->t->side[m->d];
	size_t want = HANDSHAKE_HEADER, n;

	if (s->message.n >= HANDSHAKE_HEADER)
		want += body_bytes(s->message.p);
	n = smaller(want - s->message.n, in.n);
	if (!s->message.max)
		buf_init(&s->message, HANDSHAKE_HEADER + CERTIFICATE_BYTES);
	buf_add(&s->message, bytes_sub(in, 0, n));
	if (s->message.n < HANDSHAKE_HEADER)
		return n;
	if (!wanted(s->message.p)) {
		pass_over(m, s->message.p[0], body_bytes(s->message.p));
		buf_done(&s->message);
	} else if (s->message.n == HANDSHAKE_HEADER + body_bytes(s->message.p)) {
		m->body = bytes_from(buf_bytes(&s->message), HANDSHAKE_HEADER);
		m->last += n - 1;
		wanted(s->message.p)->fn(m);
		buf_done(&s->message);
	}
	return n;
}

void
tls_handshake_bytes(struct tls *t, enum dir d, struct bytes in, const struct tls_from *from,
	struct events *out)
{
	struct tls_side *s = &t->side[d];

	for (size_t at = 0, n; at < in.n; at += n) {
		struct message m = {t, d, BYTES_NONE, from, at, out};
		struct bytes rest = bytes_from(in, at);

		n = smaller(s->message_left, rest.n);
		s->message_left -= (uint32_t)n;
		if (!n && !s->message.n)
			n = in_place(&m, rest);
		if (!n)
			n = put_together(&m, rest);
	}
}

/* RFC 5246 7.2: level, description. */
void
tls_alert_bytes(struct tls *t, enum dir d, struct bytes in, const struct tls_from *from,
	struct events *out)
{
	struct event e = {.type = EV_TLS, .tls = {.stage = TLS_ALERT}};

	if (in.n != ALERT_BYTES)
		return;
	e.tls.version = t->version ? t->version : t->side[d].record.version;
	e.tls.fatal = in.p[0] == ALERT_FATAL;
	e.tls.alert = in.p[1];
	tls_say(out, &e, from, 0, 1);
}

void
tls_ssl2_hello(struct tls *t, enum dir d, struct bytes record, const struct tls_from *from,
	struct events *out)
{
	struct message m = {t, d, BYTES_NONE, from, record.n - 1, out};
	struct bytes cert;
	struct tls_hello h;

	if (d == DIR_C2S) {
		if (ssl2_client_hello_read(record, &h))
			say(&m, (struct ev_tls){.stage = TLS_CLIENT_HELLO,
					.version = h.version,
					.hello = &h});
		return;
	}
	if (!ssl2_server_hello_read(record, &h, &cert))
		return;
	t->version = h.version;
	say(&m, (struct ev_tls){.stage = TLS_SERVER_HELLO, .version = h.version, .hello = &h});
	t->cert_seen = cert.n != 0;
	if (cert.n)
		say(&m, (struct ev_tls){
				.stage = TLS_CERTIFICATES, .certs = &cert, .n_certs = 1});
}
