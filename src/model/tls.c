#include "model/tls_track.h"

#include <stdlib.h>

#include "base/arena.h"
#include "dissectors/tls/names.h"

const struct tls_client tls_client_none = {.version = 0};
const struct tls_server tls_server_none = {.compression = 0};

const char *
tls_cert_name(enum tls_cert_seen c)
{
	static const char *const names[] = {[TLS_CERT_UNKNOWN] = NULL,
		[TLS_CERT_SEEN] = "seen",
		[TLS_CERT_HIDDEN] = "hidden",
		[TLS_CERT_NONE] = "none"};

	return names[c];
}

const char *
tls_keys_name(enum tls_keys k)
{
	static const char *const names[] = {[TLS_KEYS_NONE] = NULL,
		[TLS_KEYS_DECRYPTED] = "decrypted",
		[TLS_KEYS_NO_SECRET] = "no_secret",
		[TLS_KEYS_WRONG_SECRET] = "wrong_secret",
		[TLS_KEYS_UNSUPPORTED] = "unsupported",
		[TLS_KEYS_LOST] = "lost"};

	return names[k];
}

/* The head of a key: what is not a list. The lists follow, each with its length before it. */
struct client_key {
	uint32_t flags;
	uint16_t version, legacy;
	uint8_t sslv2, pad[3];
};

struct server_key {
	uint32_t flags;
	uint16_t legacy, cipher;
	uint8_t compression, sslv2, pad[2];
};

/* Values of RFC 8701 differ from one connection to the next, and mean the same. */
static uint16_t
plain(const uint8_t *p)
{
	uint16_t id = (uint16_t)(p[0] << 8 | p[1]);

	return tls_grease(id) ? 0x0a0a : id;
}

static void
put_numbers(struct buf *key, struct bytes list)
{
	uint32_t n = (uint32_t)(list.n & ~(size_t)1);

	buf_add(key, (struct bytes){(const uint8_t *)&n, sizeof(n)});
	for (size_t i = 0; i < n; i += 2) {
		uint16_t id = plain(list.p + i);

		buf_add(key,
			(struct bytes){(const uint8_t[]){(uint8_t)(id >> 8), (uint8_t)id}, 2});
	}
}

/* A block of extensions without their bodies. */
static void
put_extensions(struct buf *key, struct bytes block)
{
	uint32_t n = 0;
	size_t head = key->n;

	buf_add(key, (struct bytes){(const uint8_t *)&n, sizeof(n)});
	for (size_t at = 0; at + 4 <= block.n;) {
		const uint8_t *p = block.p + at;
		uint16_t id = plain(p);

		at += 4 + (size_t)(p[2] << 8 | p[3]);
		buf_add(key,
			(struct bytes){
				(const uint8_t[]){(uint8_t)(id >> 8), (uint8_t)id, 0, 0}, 4});
		n += 4;
	}
	memcpy(key->p + head, &n, sizeof(n));
}

static void
client_make(void *thing, struct bytes key)
{
	struct tls_client *c = thing;
	struct client_key head;
	struct tls_hello h = {.client = true};

	memcpy(&head, key.p, sizeof(head));
	key = bytes_from(key, sizeof(head));
	h.flags = head.flags;
	h.version = head.version;
	h.legacy = head.legacy;
	h.sslv2 = head.sslv2;
	h.ciphers = bytes_sized(&key);
	h.extensions = bytes_sized(&key);
	h.groups = bytes_sized(&key);
	h.sigalgs = bytes_sized(&key);
	h.versions = bytes_sized(&key);
	h.point_formats = bytes_sized(&key);
	h.alpn = bytes_sized(&key);
	h.sni = bytes_sized(&key);
	c->version = h.version;
	c->flags = h.flags;
	c->sslv2 = h.sslv2;
	c->weak = tls_suites_traits(h.ciphers, h.sslv2);
	c->sni = h.sni;
	c->alpn = h.alpn;
	c->ciphers = h.ciphers;
	c->groups = h.groups;
	c->versions = h.versions;
	tls_ja3(&h, c->ja3);
	tls_ja4(&h, c->ja4);
}

static void
server_make(void *thing, struct bytes key)
{
	struct tls_server *s = thing;
	struct server_key head;
	struct tls_hello h = {.client = false};

	memcpy(&head, key.p, sizeof(head));
	key = bytes_from(key, sizeof(head));
	h.flags = head.flags;
	h.legacy = head.legacy;
	h.cipher = head.cipher;
	h.sslv2 = head.sslv2;
	h.extensions = bytes_sized(&key);
	s->flags = h.flags;
	s->compression = head.compression;
	tls_ja3s(&h, s->ja3s);
}

void
tls_tables_init(struct tls_tables *t, size_t kept_bytes, size_t text_bytes)
{
	t->clients = shared_new(sizeof(struct tls_client), kept_bytes, client_make);
	t->servers = shared_new(sizeof(struct tls_server), kept_bytes, server_make);
	buf_init(&t->key, SIZE_MAX);
	t->text_bytes = text_bytes;
}

void
tls_tables_done(struct tls_tables *t)
{
	shared_free(&t->clients);
	shared_free(&t->servers);
	buf_done(&t->key);
}

size_t
tls_tables_memory(const struct tls_tables *t)
{
	return shared_memory(t->clients) + shared_memory(t->servers);
}

static void
client_drop(struct tls_tables *t, struct tls_seen *seen)
{
	if (seen->client != &tls_client_none)
		shared_drop(t->clients, seen->client);
	seen->client = &tls_client_none;
}

static void
server_drop(struct tls_tables *t, struct tls_seen *seen)
{
	if (seen->server != &tls_server_none)
		shared_drop(t->servers, seen->server);
	seen->server = &tls_server_none;
}

static void
on_client(struct tls_tables *t, struct tls_seen *seen, const struct tls_hello *h)
{
	struct client_key head = {.flags = h->flags,
		.version = h->version,
		.legacy = h->legacy,
		.sslv2 = h->sslv2};

	buf_clear(&t->key);
	buf_add(&t->key, (struct bytes){(const uint8_t *)&head, sizeof(head)});
	if (h->sslv2)
		buf_sized(&t->key, h->ciphers);
	else
		put_numbers(&t->key, h->ciphers);
	put_extensions(&t->key, h->extensions);
	put_numbers(&t->key, h->groups);
	put_numbers(&t->key, h->sigalgs);
	put_numbers(&t->key, h->versions);
	buf_sized(&t->key, h->point_formats);
	buf_sized(&t->key, bytes_sub(h->alpn, 0, t->text_bytes));
	buf_sized(&t->key, bytes_sub(h->sni, 0, t->text_bytes));
	client_drop(t, seen);
	seen->client = shared_get(t->clients, buf_bytes(&t->key), 0);
}

static void
on_server(struct tls_tables *t, struct tls_seen *seen, const struct tls_hello *h)
{
	struct server_key head = {.flags = h->flags,
		.legacy = h->legacy,
		.cipher = h->cipher,
		.compression = h->compressions.n ? h->compressions.p[0] : 0,
		.sslv2 = h->sslv2};

	buf_clear(&t->key);
	buf_add(&t->key, (struct bytes){(const uint8_t *)&head, sizeof(head)});
	put_extensions(&t->key, h->extensions);
	server_drop(t, seen);
	seen->server = shared_get(t->servers, buf_bytes(&t->key), 0);
	seen->version = h->version;
	seen->cipher = h->cipher;
	seen->group = h->group;
	seen->key_bits = tls_group_bits(h->group);
	seen->resumed = h->version >= TLS_1_3 && h->flags & HELLO_PSK;
}

static void
on_alert(struct tls_seen *seen, const struct event *e)
{
	bool fatal = e->tls.fatal;

	if (!seen->alert_seen || (fatal && !seen->fatal_alerts)) {
		seen->alert = e->tls.alert;
		seen->alert_dir = e->at.dir;
	}
	seen->alert_seen = true;
	seen->fatal_alerts += fatal && seen->fatal_alerts < UINT8_MAX;
}

static void
on_established(struct tls_seen *seen, const struct ev_tls *v)
{
	seen->established = true;
	seen->resumed = v->resumed;
	seen->cert = (uint8_t)v->cert;
	/* The version of records proves nothing, except for that which has others. */
	if (v->version == SSL_2)
		seen->version = v->version;
	if (v->cipher)
		seen->cipher = v->cipher;
}

static void
on_kex(struct tls_seen *seen, const struct tls_kex *k)
{
	seen->kex = (uint8_t)k->kind;
	seen->group = k->group;
	seen->key_bits = k->bits;
	seen->sigalg = k->sigalg;
}

static void
on_certificates(struct tls_seen *seen, const struct event *e)
{
	if (e->at.dir == DIR_C2S)
		seen->client_cert |= e->tls.n_certs != 0;
	else if (e->tls.n_certs)
		seen->cert = TLS_CERT_SEEN;
}

static struct tls_seen *
seen_of(struct session *s)
{
	if (!s->tls_seen) {
		s->tls_seen = mem_get(sizeof(*s->tls_seen));
		s->tls_seen->client = &tls_client_none;
		s->tls_seen->server = &tls_server_none;
	}
	return s->tls_seen;
}

void
tls_seen_event(struct tls_tables *t, struct session *s, const struct event *e)
{
	struct tls_seen *seen = seen_of(s);
	const struct ev_tls *v = &e->tls;

	seen->starttls = v->starttls;
	switch (v->stage) {
	case TLS_CLIENT_HELLO:
		/* The first: one that was asked for anew differs by that. */
		if (v->hello && seen->client == &tls_client_none)
			on_client(t, seen, v->hello);
		break;
	case TLS_SERVER_HELLO:
		if (v->hello)
			on_server(t, seen, v->hello);
		break;
	case TLS_ESTABLISHED:
		on_established(seen, v);
		break;
	case TLS_ALERT:
		on_alert(seen, e);
		break;
	case TLS_CERTIFICATES:
		on_certificates(seen, e);
		break;
	case TLS_KEY_EXCHANGE:
		if (v->kex)
			on_kex(seen, v->kex);
		break;
	case TLS_KEYS:
		seen->keys = (uint8_t)v->keys;
		seen->keys_why = v->why;
		break;
	case TLS_BROKEN:
		seen->broken = true;
		break;
	case TLS_RETRY:
		seen->retry = true;
		break;
	case TLS_CERT_REQUEST:
		seen->cert_request = true;
		break;
	case TLS_TICKET:
		seen->ticket = true;
		break;
	case TLS_EARLY_DATA:
		seen->early_data = true;
		break;
	case TLS_RENEGOTIATION:
		seen->renegotiation = true;
		break;
	case TLS_CLOSED_SHORT:
		seen->closed_short = true;
		break;
	case TLS_RECORDS:
	case TLS_EXTENSIONS:
	case TLS_HEARTBEAT_SEEN:
		break;
	}
}

void
tls_seen_free(struct tls_tables *t, struct tls_seen **seen)
{
	if (!*seen)
		return;
	client_drop(t, *seen);
	server_drop(t, *seen);
	free(*seen);
	*seen = NULL;
}

size_t
tls_seen_memory(const struct tls_seen *seen)
{
	return seen ? sizeof(*seen) : 0;
}
