/* What the keys depend on: hellos, ClientKeyExchange, and the messages that change keys. */
#include "dissectors/tls/decrypt_int.h"

#include "base/cursor.h"
#include "base/digest.h"
#include "dissectors/tls/handshake.h"
#include "dissectors/tls/names.h"

enum {
	MESSAGE_BYTES = 64 << 10,     /* longest message that is read … */
	TRANSCRIPT_BYTES = 256 << 10, /* … and all of them, where they are kept */
};

enum {
	END_OF_EARLY_DATA = 5,
	ENCRYPTED_EXTENSIONS = 8,
	CLIENT_KEY_EXCHANGE = 16,
	FINISHED = 20,
	KEY_UPDATE = 24,
};

enum {
	EXTENSION_EARLY_DATA = 42
};

static void
client_hello(struct decrypt *x, enum dir d, struct bytes body)
{
	struct tls_hello h;

	if (d != DIR_C2S || !tls_client_hello_read(body, &h) ||
		h.random.n != sizeof(x->client_random))
		return;
	memcpy(x->client_random, h.random.p, h.random.n);
	x->client_known = true;
	x->has_encrypted_premaster = false;
	if (h.flags & HELLO_EARLY_DATA && x->side[d].epoch == EPOCH_CLEAR) {
		x->early = EARLY_OFFERED;
		x->side[d].epoch = EPOCH_EARLY;
	} else if (x->side[d].epoch == EPOCH_EARLY) {
		/* The second one, behind HelloRetryRequest. */
		x->side[d].epoch = EPOCH_CLEAR;
	}
}

static void
server_hello(struct decrypt *x, enum dir d, struct bytes body)
{
	struct tls_hello h;

	if (d != DIR_S2C || !tls_server_hello_read(body, &h) ||
		h.random.n != sizeof(x->server_random))
		return;
	if (h.retry) {
		if (x->early == EARLY_OFFERED)
			x->early = EARLY_REFUSED;
		return;
	}
	memcpy(x->server_random, h.random.p, h.random.n);
	x->version = h.version;
	x->ems = h.flags & HELLO_EMS;
	x->etm = h.flags & HELLO_ETM;
	x->suite_known = suite_parse(tls_suite_name(h.cipher), &x->suite) &&
			 (!h.compressions.n || h.compressions.p[0] == 0);
	if (h.version < TLS_1_3) {
		if (x->early == EARLY_OFFERED)
			x->early = EARLY_REFUSED;
		return;
	}
	decrypt_enter(&x->side[DIR_S2C], EPOCH_HANDSHAKE);
	if (x->side[DIR_C2S].epoch == EPOCH_CLEAR)
		decrypt_enter(&x->side[DIR_C2S], EPOCH_HANDSHAKE);
}

/* RFC 5246 7.4.7.1: a length stands before it, in SSL 3 not. */
static void
client_key_exchange(struct decrypt *x, enum dir d, struct bytes body)
{
	struct bytes key = bytes_from(body, x->version == SSL_3 ? 0 : 2);

	x->transcript_done = true;
	if (key.n < KEYLOG_RSA_KEY)
		return;
	memcpy(x->encrypted_premaster, key.p, KEYLOG_RSA_KEY);
	x->has_encrypted_premaster = true;
}

static void
encrypted_extensions(struct decrypt *x, enum dir d, struct bytes body)
{
	struct cursor c = cursor_of(body);
	struct cursor list = cursor_of(cursor_take(&c, cursor_be16(&c)));
	bool early = false;

	while (cursor_left(&list) && !list.err) {
		early |= cursor_be16(&list) == EXTENSION_EARLY_DATA;
		cursor_skip(&list, cursor_be16(&list));
	}
	if (x->early == EARLY_OFFERED)
		x->early = early ? EARLY_ACCEPTED : EARLY_REFUSED;
}

static void
end_of_early_data(struct decrypt *x, enum dir d, struct bytes body)
{
	if (x->side[d].epoch == EPOCH_EARLY)
		decrypt_enter(&x->side[d], EPOCH_HANDSHAKE);
}

static void
finished(struct decrypt *x, enum dir d, struct bytes body)
{
	if (x->version >= TLS_1_3 && x->side[d].epoch == EPOCH_HANDSHAKE)
		decrypt_enter(&x->side[d], EPOCH_TRAFFIC);
}

/* RFC 8446 4.6.3 */
static void
key_update(struct decrypt *x, enum dir d, struct bytes body)
{
	struct decrypt_side *s = &x->side[d];
	struct cipher_keys keys;

	if (x->version < TLS_1_3 || s->epoch != EPOCH_TRAFFIC || !s->now)
		return;
	cipher_free(&s->now);
	s->seq = 0;
	if (keys_update(&x->suite, s->secret, s->secret_n) &&
		keys_traffic(&x->suite, (struct bytes){s->secret, s->secret_n}, &keys))
		s->now = cipher_new(&x->suite, x->version, false, &keys);
	wipe(&keys, sizeof(keys));
	if (!s->now)
		decrypt_give_up(
			x, d, TLS_KEYS_UNSUPPORTED, "libcrypto refused to update the keys");
}

static const struct message_row {
	uint8_t type;
	void (*read)(struct decrypt *x, enum dir d, struct bytes body);
} messages[] = {
	{HANDSHAKE_CLIENT_HELLO, client_hello},
	{HANDSHAKE_SERVER_HELLO, server_hello},
	{END_OF_EARLY_DATA, end_of_early_data},
	{ENCRYPTED_EXTENSIONS, encrypted_extensions},
	{CLIENT_KEY_EXCHANGE, client_key_exchange},
	{FINISHED, finished},
	{KEY_UPDATE, key_update},
};

static const struct message_row *
row_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (messages[i].type == type)
			return &messages[i];
	}
	return NULL;
}

/* RFC 7627 3: all messages from ClientHello to ClientKeyExchange; a HelloRequest is none. */
static void
note(struct decrypt *x, struct bytes message)
{
	if (message.p[0] == HANDSHAKE_CLIENT_HELLO) {
		buf_done(&x->transcript);
		buf_init(&x->transcript, TRANSCRIPT_BYTES);
		x->transcript_done = !keylog_has_rsa(x->keylog);
	}
	if (!x->transcript_done && x->transcript.max && message.p[0] != 0)
		buf_add(&x->transcript, message);
}

static uint32_t
whole(struct bytes head)
{
	return HANDSHAKE_HEADER +
	       ((uint32_t)head.p[1] << 16 | (uint32_t)head.p[2] << 8 | head.p[3]);
}

/* Is it worth being put together? */
static bool
wanted(const struct decrypt *x, struct bytes head)
{
	bool noted = !x->transcript_done && x->transcript.max;

	return whole(head) <= MESSAGE_BYTES && (noted || row_of(head.p[0]));
}

static void
message(struct decrypt *x, enum dir d, struct bytes in)
{
	const struct message_row *row = row_of(in.p[0]);

	note(x, in);
	if (row)
		row->read(x, d, bytes_from(in, HANDSHAKE_HEADER));
}

void
decrypt_messages(struct decrypt *x, enum dir d, struct bytes in)
{
	struct decrypt_side *s = &x->side[d];

	if (!s->message.max)
		buf_init(&s->message, MESSAGE_BYTES);
	while (in.n) {
		size_t want = HANDSHAKE_HEADER, n;

		if (s->message_left) {
			n = s->message_left < in.n ? s->message_left : in.n;
			s->message_left -= (uint32_t)n;
			in = bytes_from(in, n);
			continue;
		}
		if (s->message.n >= HANDSHAKE_HEADER)
			want = whole(buf_bytes(&s->message));
		n = want - s->message.n < in.n ? want - s->message.n : in.n;
		buf_add(&s->message, bytes_sub(in, 0, n));
		in = bytes_from(in, n);
		if (s->message.n < HANDSHAKE_HEADER)
			continue;
		if (!wanted(x, buf_bytes(&s->message))) {
			s->message_left = whole(buf_bytes(&s->message)) - HANDSHAKE_HEADER;
			buf_clear(&s->message);
		} else if (s->message.n == whole(buf_bytes(&s->message))) {
			message(x, d, buf_bytes(&s->message));
			buf_wipe(&s->message);
		}
	}
}

void
decrypt_sslv2_hello(struct decrypt *x, struct bytes record)
{
	struct cursor c = cursor_of(bytes_from(record, 9)); /* behind the lengths of specs and
							       session id */
	size_t n = cursor_be16(&c);

	if (c.err || n > sizeof(x->client_random) || n > record.n)
		return;
	memset(x->client_random, 0, sizeof(x->client_random));
	memcpy(x->client_random + sizeof(x->client_random) - n, record.p + record.n - n, n);
	x->client_known = true;
}
