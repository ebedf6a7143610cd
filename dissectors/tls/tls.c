/*
 * TLS from outside (RFC 5246, RFC 8446): records, incremental. Fragments are used as they come;
 * only a message of the handshake that is cut is kept (messages.c).
 */
#include "dissectors/tls/tls.h"

#include "base/cursor.h"
#include "dissectors/tls/handshake.h"

enum {
	ALERT_BYTES = 2,
	HEARTBEAT_HEAD = 3,     /* RFC 6520 4: type, length of the payload */
	HEARTBEAT_PADDING = 16, /* … at least, behind the payload */
	HEARTBEAT_REQUEST = 1,
	FINISHED_BYTES = 45, /* the shortest Finished in a record of TLS 1.3: header 4, digest
				32, type 1, tag 8 */
	CLOSED_SHORT_BYTES = 32, /* no handshake message of the client fits, an alert does */
	SSL2_CLIENT = 3,         /* records: hello, master key, finished */
	SSL2_SERVER = 2,         /* hello, verify */
};

static void
say(struct events *out, enum tls_stage stage, uint16_t version, size_t from, size_t n)
{
	struct event e = {.type = EV_TLS, .tls = {.stage = stage, .version = version}};

	events_say(out, &e, from, n);
}

static uint16_t
version_of(const struct tls *t, enum dir d)
{
	return t->version ? t->version : t->side[d].record.version;
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

/* What can be said of the server's certificate, now that the handshake is over. */
static enum tls_cert_seen
certificate(const struct tls *t)
{
	if (t->cert_seen)
		return TLS_CERT_SEEN;
	if (t->version == 0)
		return TLS_CERT_UNKNOWN;
	if (t->resumed)
		return TLS_CERT_NONE;
	if (t->version >= TLS_1_3 && !t->inside)
		return TLS_CERT_HIDDEN;
	return t->side[DIR_S2C].blind || t->cert_unread ? TLS_CERT_UNKNOWN : TLS_CERT_NONE;
}

/* Are keys in use both ways? RFC 5246 7.1: after ChangeCipherSpec. RFC 8446 2: with application
 * data, enough of it to hold what ends the handshake. */
static bool
complete(const struct tls *t)
{
	const struct tls_side *c = &t->side[DIR_C2S], *s = &t->side[DIR_S2C];
	bool ciphered = c->ciphered && s->ciphered, data = c->data && s->data;

	if (t->version >= TLS_1_3)
		return data && c->sealed >= FINISHED_BYTES && s->sealed >= FINISHED_BYTES;
	return ciphered || (t->version == 0 && data);
}

static void
check_established(struct tls *t, size_t from, size_t n, struct events *out)
{
	struct event e = {.type = EV_TLS, .tls = {.stage = TLS_ESTABLISHED}};

	if (t->established || !complete(t))
		return;
	t->established = true;
	e.tls.version = version_of(t, DIR_S2C);
	e.tls.cipher = t->cipher;
	e.tls.resumed = t->resumed;
	e.tls.cert = certificate(t);
	events_say(out, &e, from, n);
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

static void
heartbeat(struct tls *t, enum dir d, struct bytes in, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct event e = {.type = EV_TLS,
		.tls = {.stage = TLS_HEARTBEAT_SEEN, .version = version_of(t, d)}};
	size_t n = 0;

	while (n < in.n && s->head_n < HEARTBEAT_HEAD)
		s->head[s->head_n++] = in.p[n++];
	if (n == 0 || s->head_n < HEARTBEAT_HEAD)
		return;
	e.tls.request = s->head[0] == HEARTBEAT_REQUEST;
	e.tls.said = (uint32_t)s->head[1] << 8 | s->head[2];
	if (s->record.len > HEARTBEAT_HEAD + HEARTBEAT_PADDING)
		e.tls.held = s->record.len - HEARTBEAT_HEAD - HEARTBEAT_PADDING;
	events_say(out, &e, from + n - 1, 1);
}

/*
 * A piece of the open record's fragment. From TLS 1.3 on what is encrypted looks like
 * application data, so an alert is one in clear whatever came before it (RFC 8446 D.4).
 */
static void
fragment(struct tls *t, enum dir d, struct bytes in, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct tls_from at = {.from = from};

	switch (s->record.type) {
	case TLS_HANDSHAKE:
		if (!s->ciphered && !s->blind)
			tls_handshake_bytes(t, d, in, &at, out);
		break;
	case TLS_ALERT_RECORD:
		if (!s->ciphered || t->version >= TLS_1_3)
			alert(t, d, in, from, out);
		break;
	case TLS_HEARTBEAT:
		if (!s->ciphered)
			heartbeat(t, d, in, from, out);
		break;
	case TLS_CHANGE_CIPHER_SPEC:
	case TLS_APPLICATION_DATA:
		break;
	}
}

/* RFC 5077 3.1, RFC 5246 7.3: a server that changes keys before it said that its hello is done
 * goes on with those of an earlier session. */
static void
on_change(struct tls *t, enum dir d)
{
	struct tls_side *s = &t->side[d];

	if (d == DIR_S2C && !s->ciphered && !s->blind && t->version && t->version < TLS_1_3)
		t->resumed = !t->hello_done;
	s->ciphered = true;
	buf_done(&s->message);
}

static void
on_data(struct tls *t, enum dir d, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];
	bool early = d == DIR_C2S && t->early && !t->side[DIR_S2C].started;

	if (early && !t->early_said) {
		t->early_said = true;
		say(out, TLS_EARLY_DATA, version_of(t, d), from, TLS_RECORD_HEADER);
	}
	if (early)
		return;
	if (!t->established && t->version >= TLS_1_3 && d == DIR_C2S && !s->short_said &&
		!t->early && s->sealed + s->record.len <= CLOSED_SHORT_BYTES) {
		s->short_said = true;
		say(out, TLS_CLOSED_SHORT, t->version, from, TLS_RECORD_HEADER);
	}
	s->data = true;
	s->sealed += s->record.len < FINISHED_BYTES ? s->record.len : FINISHED_BYTES;
	if (s->sealed > FINISHED_BYTES)
		s->sealed = FINISHED_BYTES;
}

/* Within the session that they began, RFC 5246 7.4.1.1. */
static void
on_handshake(struct tls *t, enum dir d, size_t from, struct events *out)
{
	if (!t->established || t->version >= TLS_1_3 || t->renegotiation_said ||
		(!t->side[DIR_C2S].data && !t->side[DIR_S2C].data))
		return;
	t->renegotiation_said = true;
	say(out, TLS_RENEGOTIATION, version_of(t, d), from, TLS_RECORD_HEADER);
}

/* The header of a record was read. */
static void
record_begin(struct tls *t, enum dir d, size_t from, struct events *out)
{
	struct tls_side *s = &t->side[d];

	s->left = s->record.len;
	if (!s->started)
		say(out, TLS_RECORDS, s->record.version, from, TLS_RECORD_HEADER);
	s->started = true;
	s->head_n = 0;
	switch (s->record.type) {
	case TLS_CHANGE_CIPHER_SPEC:
		if (!t->retry || t->version)
			on_change(t, d);
		break;
	case TLS_APPLICATION_DATA:
		on_data(t, d, from, out);
		break;
	case TLS_HANDSHAKE:
		on_handshake(t, d, from, out);
		break;
	case TLS_ALERT_RECORD:
	case TLS_HEARTBEAT:
		break;
	}
	check_established(t, from, TLS_RECORD_HEADER, out);
}

/* SSL 2 */

/* A hello in its format, whole. */
static enum tls_framing
ssl2_hello(struct tls *t, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct sslv2_hello v2;
	struct tls_from at = {.from = *used};
	enum tls_framing f = d == DIR_C2S ? sslv2_hello_read(in, &v2)
					  : sslv2_answer_read(in, &v2);

	if (s->started || (d == DIR_S2C && t->side[DIR_C2S].started && !t->sslv2_hello))
		return TLS_FRAMING_NO;
	if (f != TLS_FRAMING_OK)
		return f;
	if (in.n < v2.len)
		return TLS_FRAMING_MORE;
	say(out, TLS_RECORDS, SSL_2, *used, 2);
	s->started = true;
	s->blind = false;
	s->ssl2_records = 1;
	t->sslv2_hello = true;
	t->sslv2 |= d == DIR_S2C;
	tls_ssl2_hello(t, d, bytes_sub(in, 0, v2.len), &at, out);
	*used += v2.len;
	return TLS_FRAMING_OK;
}

/* Is what follows in the framing of SSL 2? The client knows before we do, when the server's
 * direction is missing. */
static bool
speaks_ssl2(const struct tls *t, enum dir d, enum tls_framing record)
{
	const struct tls_side *s = &t->side[d];

	return t->sslv2 || (d == DIR_C2S && s->ssl2_records && record == TLS_FRAMING_NO);
}

static enum tls_framing
ssl2_record(struct tls *t, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls_side *s = &t->side[d];
	uint16_t cipher = 0;
	size_t len = 0;
	enum tls_framing f = ssl2_record_read(in, &len, &cipher);

	if (f != TLS_FRAMING_OK)
		return f;
	if (d == DIR_C2S && s->ssl2_records == 1 && !t->cipher)
		t->cipher = cipher;
	t->sslv2 = true;
	t->version = SSL_2;
	s->ssl2_records += s->ssl2_records < SSL2_CLIENT;
	s->ciphered = s->ssl2_records >= (d == DIR_C2S ? SSL2_CLIENT : SSL2_SERVER);
	check_established(t, *used, 2, out);
	s->left = (uint32_t)len;
	s->record.type = TLS_APPLICATION_DATA;
	return TLS_FRAMING_OK;
}

static enum dis_next
broken(struct tls *t, enum dir d, size_t from, struct events *out)
{
	say(out, TLS_BROKEN, version_of(t, d), from, 0);
	events_anomaly(out, ANOMALY_TLS_RECORD, from, 0, BYTES_NONE);
	return DIS_STOP;
}

/* Where a record must begin. */
static enum tls_framing
begin(struct tls *t, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls_side *s = &t->side[d];
	struct bytes rest = bytes_from(in, *used);
	enum tls_framing f = t->sslv2 ? TLS_FRAMING_NO : tls_record_read(rest, &s->record);

	if (f == TLS_FRAMING_OK) {
		record_begin(t, d, *used, out);
		*used += TLS_RECORD_HEADER;
		s->adrift = false;
	} else if (f == TLS_FRAMING_NO) {
		f = ssl2_hello(t, d, rest, used, out);
		if (f == TLS_FRAMING_NO && speaks_ssl2(t, d, f))
			f = ssl2_record(t, d, rest, used, out);
	}
	return f;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static enum dis_next
feed(void *st, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls *t = st;
	struct tls_side *s = &t->side[d];

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
