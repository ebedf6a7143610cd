/*
 * TLS from outside (RFC 5246, RFC 8446): records and hellos, incremental. Fragments are used as
 * they come; only a hello that is not whole yet is kept. Nothing behind the hellos is readable
 * without keys.
 */
#include "dissectors/tls/tls.h"

#include "dissectors/tls/handshake.h"

enum {
	ALERT_BYTES = 2,
	ALERT_FATAL = 2
};

static void
say(struct events *out, enum tls_stage stage, uint16_t version, struct bytes sni, size_t from,
	size_t n)
{
	struct event e = {
		.type = EV_TLS, .tls = {.stage = stage, .version = version, .sni = sni}};

	events_say(out, &e, from, n);
}

void
tls_say(struct events *out, struct event *e, const struct tls_from *from, size_t at, size_t n)
{
	struct place place = from->decrypted ? events_place(out, from->from, from->n)
					     : events_place(out, from->from + at, n);

	if (from->decrypted)
		place.cover = COVER_TLS_DECRYPTED;
	events_say_at(out, e, &place);
}

static int
probe(enum dir d, struct bytes head, bool whole_stream)
{
	bool more = false;

	if (!tls_record_start(head, &more))
		return more ? PROBE_MORE : PROBE_NO;
	/* A connection begins with a handshake, or with the alert that refuses it. */
	return !whole_stream || head.p[0] != TLS_APPLICATION_DATA ? PROBE_CERTAIN
								  : PROBE_LIKELY;
}

/* Keys are in use both ways: RFC 5246 7.1 after ChangeCipherSpec, RFC 8446 2 with application
 * data. */
static void
check_established(struct tls *t, size_t from, size_t n, struct events *out)
{
	const struct tls_side *c = &t->side[DIR_C2S], *s = &t->side[DIR_S2C];
	bool ciphered = c->ciphered && s->ciphered, data = c->data && s->data;
	bool yes = t->version == 0 ? ciphered || data : t->version >= TLS_1_3 ? data : ciphered;

	if (!yes || t->established)
		return;
	t->established = true;
	say(out, TLS_ESTABLISHED, t->version ? t->version : s->record.version, BYTES_NONE, from,
		n);
}

/* A whole one; at: its last octet, since it may have begun long before. */
static void
hello(struct tls *t, uint8_t type, struct bytes body, const struct tls_from *from, size_t at,
	struct events *out)
{
	struct tls_hello h;
	struct event e = {.type = EV_TLS};

	if (type == HANDSHAKE_CLIENT_HELLO ? !tls_client_hello_read(body, &h)
					   : !tls_server_hello_read(body, &h))
		return;
	e.tls = (struct ev_tls){.stage = h.client  ? TLS_CLIENT_HELLO
					 : h.retry ? TLS_RETRY
						   : TLS_SERVER_HELLO,
		.version = h.version,
		.sni = h.sni,
		.hello = &h};
	t->retry |= h.retry;
	if (!h.client && !h.retry) {
		t->version = h.version;
		t->cipher = h.cipher;
	}
	tls_say(out, &e, from, at, 1);
}

static uint32_t
message_bytes(const struct buf *m)
{
	return HANDSHAKE_HEADER + ((uint32_t)m->p[1] << 16 | (uint32_t)m->p[2] << 8 | m->p[3]);
}

static bool
is_hello(const struct buf *m)
{
	return (m->p[0] == HANDSHAKE_CLIENT_HELLO || m->p[0] == HANDSHAKE_SERVER_HELLO) &&
	       message_bytes(m) <= HELLO_BYTES;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
tls_handshake_bytes(struct tls *t, enum dir d, struct bytes in, const struct tls_from *from,
	struct events *out)
{
	struct tls_side *s = &t->side[d];

	for (size_t at = 0, n; at < in.n; at += n) {
		size_t left = in.n - at, want = HANDSHAKE_HEADER;

		if (s->message_left) {
			n = smaller(s->message_left, left);
			s->message_left -= (uint32_t)n;
			continue;
		}
		if (s->message.n >= HANDSHAKE_HEADER)
			want = message_bytes(&s->message);
		n = smaller(want - s->message.n, left);
		buf_add(&s->message, bytes_sub(in, at, n));
		if (s->message.n < HANDSHAKE_HEADER)
			continue;
		if (!is_hello(&s->message)) {
			s->message_left = message_bytes(&s->message) - HANDSHAKE_HEADER;
			buf_clear(&s->message);
		} else if (s->message.n == message_bytes(&s->message)) {
			hello(t, s->message.p[0],
				bytes_from(buf_bytes(&s->message), HANDSHAKE_HEADER), from,
				at + n - 1, out);
			buf_done(&s->message);
		}
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

/* An encrypted one is longer. */
static void
alert(struct tls *t, enum dir d, struct bytes in, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct tls_from last = {.from = from + in.n - 1};

	if (s->record.len != ALERT_BYTES)
		return;
	for (size_t i = 0; i < in.n && s->head_n < ALERT_BYTES; i++)
		s->head[s->head_n++] = in.p[i];
	if (s->head_n < ALERT_BYTES)
		return;
	s->head_n = 0;
	tls_alert_bytes(t, d, (struct bytes){s->head, ALERT_BYTES}, &last, out);
}

/* A piece of the open record's fragment. */
static void
fragment(struct tls *t, enum dir d, struct bytes in, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct tls_from at = {.from = from};

	if (s->ciphered || s->blind)
		return;
	switch (s->record.type) {
	case TLS_HANDSHAKE:
		tls_handshake_bytes(t, d, in, &at, out);
		break;
	case TLS_ALERT_RECORD:
		alert(t, d, in, from, out);
		break;
	case TLS_CHANGE_CIPHER_SPEC:
	case TLS_APPLICATION_DATA:
	case TLS_HEARTBEAT:
		break;
	}
}

/* The header of a record was read. */
static void
record_begin(struct tls *t, enum dir d, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];

	s->left = s->record.len;
	if (!s->started)
		say(out, TLS_RECORDS, s->record.version, BYTES_NONE, from, TLS_RECORD_HEADER);
	s->started = true;
	s->head_n = 0;
	if (s->record.type == TLS_CHANGE_CIPHER_SPEC && !t->retry) {
		s->ciphered = true;
		buf_done(&s->message);
	}
	if (s->record.type == TLS_APPLICATION_DATA)
		s->data = true;
	check_established(t, from, TLS_RECORD_HEADER, out);
}

/* RFC 5246 E.2: a client that also speaks SSL 2.0 may wrap its first hello so. */
static enum tls_framing
sslv2_begin(struct tls *t, enum dir d, struct bytes in, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct sslv2_hello v2;
	enum tls_framing f = s->started || d != DIR_C2S ? TLS_FRAMING_NO
							: sslv2_hello_read(in, &v2);

	if (f != TLS_FRAMING_OK)
		return f;
	s->started = true;
	s->blind = false;
	s->record = (struct tls_record){
		.type = TLS_HEARTBEAT, .version = v2.version, .len = v2.len};
	s->left = v2.len;
	say(out, TLS_RECORDS, 0x0002, BYTES_NONE, from, 2);
	say(out, TLS_CLIENT_HELLO, v2.version, BYTES_NONE, from, 11);
	return TLS_FRAMING_OK;
}

static enum dis_next
broken(struct tls *t, enum dir d, size_t from, struct events *out)
{
	say(out, TLS_BROKEN, t->version ? t->version : t->side[d].record.version, BYTES_NONE,
		from, 0);
	events_anomaly(out, ANOMALY_TLS_RECORD, from, 0, BYTES_NONE);
	return DIS_STOP;
}

/* Where a record must begin. */
static enum tls_framing
begin(struct tls *t, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct bytes rest = bytes_from(in, *used);
	enum tls_framing f = tls_record_read(rest, &s->record);

	if (f == TLS_FRAMING_OK) {
		record_begin(t, d, *used, out);
		*used += TLS_RECORD_HEADER;
		s->adrift = false;
	} else if (f == TLS_FRAMING_NO) {
		f = sslv2_begin(t, d, rest, *used, out);
	}
	return f;
}

static enum dis_next
feed(void *st, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls *t = st;
	struct tls_side *s = &t->side[d];

	if (!s->message.max)
		buf_init(&s->message, HELLO_BYTES);
	while (*used < in.n && !s->quiet) {
		size_t n = smaller(s->left, in.n - *used);

		if (n) {
			fragment(t, d, bytes_sub(in, *used, n), *used, out);
			s->left -= (uint32_t)n;
			*used += n;
			continue;
		}
		switch (begin(t, d, in, used, out)) {
		case TLS_FRAMING_MORE:
			return DIS_MORE;
		case TLS_FRAMING_NO:
			if (!s->adrift)
				return broken(t, d, *used, out);
			s->quiet = true;
			break;
		case TLS_FRAMING_OK:
			break;
		}
	}
	*used = in.n;
	return DIS_MORE;
}

/* Inside of a fragment the next record can still be counted out; else it may begin right behind
 * the hole, or never be found. */
static void
gap(void *st, enum dir d, uint64_t lost, struct events *out)
{
	struct tls_side *s = &((struct tls *)st)->side[d];

	if (lost == 0)
		return;
	s->blind = true;
	buf_done(&s->message);
	if (s->left && lost <= s->left) {
		s->left -= (uint32_t)lost;
		return;
	}
	s->left = 0;
	s->adrift = true;
}

static void
end(void *st, enum dir d, struct events *out)
{
}

static void
done(void *st)
{
	struct tls *t = st;

	buf_done(&t->side[DIR_C2S].message);
	buf_done(&t->side[DIR_S2C].message);
}

static const uint16_t ports[] = {465, 993, 995, 0};

const struct dissector tls_dissector = {
	.name = "tls",
	.proto = PROTO_TLS,
	.ports = ports,
	.state_size = sizeof(struct tls),
	.probe = probe,
	.feed = feed,
	.gap = gap,
	.end = end,
	.done = done,
};
