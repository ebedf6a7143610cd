#include "output/tls_words.h"

#include "dissectors/tls/names.h"
#include "model/chain.h"

#include <stdio.h>

#define LISTED 4 /* groups and the like that are named; the rest is counted */

/* ", groups x25519, secp256r1 and 7 more" */
static void
put_list(struct buf *out, const char *what, struct bytes list,
	const char *(*name)(uint16_t id, char out[TLS_NUMBER]))
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < list.n; i += 2) {
		uint16_t id = (uint16_t)(list.p[i] << 8 | list.p[i + 1]);
		char number[TLS_NUMBER];

		if (tls_grease(id))
			continue;
		if (n++ < LISTED)
			buf_fmt(out, "%s%s", n == 1 ? what : ", ", name(id, number));
	}
	if (n > LISTED)
		buf_fmt(out, " and %zu more", n - LISTED);
}

static void
put_alpn(struct buf *out, struct bytes list)
{
	bool first = true;

	while (list.n) {
		buf_str(out, first ? ", ALPN " : ", ");
		buf_add(out, bytes_sub(list, 1, list.p[0]));
		list = bytes_from(list, 1 + (size_t)list.p[0]);
		first = false;
	}
}

static const struct {
	unsigned flag;
	const char *words;
} client_flags[] = {
	{HELLO_TICKET_SHOWN, ", shows a ticket"},
	{HELLO_PSK, ", wants to resume (PSK)"},
	{HELLO_EARLY_DATA, ", with early data"},
	{HELLO_ECH, ", the outer one of an encrypted hello (ECH)"},
	{HELLO_FALLBACK, ", says that it fell back (TLS_FALLBACK_SCSV)"},
	{HELLO_CUT, ", malformed"},
};

static const char *
client_hello(struct buf *out, const struct tls_hello *h)
{
	char number[TLS_NUMBER];

	buf_fmt(out, "TLS ClientHello%s", h->sslv2 ? " in the format of SSL 2" : "");
	if (h->sni.n) {
		buf_str(out, " for ");
		buf_add(out, h->sni);
	}
	buf_fmt(out, ": up to %s, %zu cipher suites", tls_version_text(h->version, number),
		h->ciphers.n / (h->sslv2 ? 3 : 2));
	put_list(out, ", groups ", h->groups, tls_group_text);
	put_alpn(out, h->alpn);
	for (size_t i = 0; i < sizeof(client_flags) / sizeof(client_flags[0]); i++)
		if (h->flags & client_flags[i].flag)
			buf_str(out, client_flags[i].words);
	return "ClientHello";
}

static const char *
server_hello(struct buf *out, const struct tls_hello *h)
{
	char number[TLS_NUMBER];

	buf_fmt(out, "TLS %s: %s", h->retry ? "HelloRetryRequest" : "ServerHello",
		tls_version_text(h->version, number));
	if (h->cipher)
		buf_fmt(out, ", %s", tls_suite_text(h->version, h->cipher, number));
	if (h->group)
		buf_fmt(out, ", %s%s", h->retry ? "asks for " : "",
			tls_group_text(h->group, number));
	if (h->version >= TLS_1_3 && h->flags & HELLO_PSK)
		buf_str(out, ", resumed (PSK)");
	if (h->alpn.n) {
		buf_str(out, ", ALPN ");
		buf_add(out, h->alpn);
	}
	return h->retry ? "HelloRetryRequest" : "ServerHello";
}

static const char *
certificates(struct buf *out, const struct session *s, const struct event *e)
{
	bool client = e->at.dir == DIR_C2S;
	const struct tls_seen *t = s->tls_seen;
	const struct cert *leaf = t ? chain_leaf(client ? t->client_chain : t->chain) : NULL;

	buf_fmt(out, "TLS Certificate of the %s", client ? "client" : "server");
	if (!e->tls.n_certs)
		buf_str(out, e->tls.certs_cut ? ", which cannot be read" : ": none");
	if (leaf && e->tls.n_certs) {
		char until[CERT_TIME_TEXT], key[CERT_KEY_TEXT];

		buf_str(out, ": ");
		buf_add(out, leaf->subject);
		buf_str(out, ", by ");
		buf_add(out, leaf->issuer_cn.n ? leaf->issuer_cn : leaf->issuer);
		buf_fmt(out, ", until %s, %s", cert_time_text(leaf->not_after_s, until),
			cert_key_text(leaf, key));
	}
	if (e->tls.n_certs > 1)
		buf_fmt(out, "; %zu in the chain", e->tls.n_certs);
	return "Certificate";
}

static const char *
key_exchange(struct buf *out, const struct tls_kex *k)
{
	static const char *const kinds[] = {
		"", "DHE", "ECDHE", "an RSA key of the moment", "PSK", "SRP"};
	char number[TLS_NUMBER];

	buf_fmt(out, "TLS ServerKeyExchange%s%s", k->kind ? ": " : "", kinds[k->kind]);
	if (k->group)
		buf_fmt(out, " on %s", tls_group_text(k->group, number));
	else if (k->bits)
		buf_fmt(out, " with %u bits", k->bits);
	if (k->sigalg)
		buf_fmt(out, ", signed with %s", tls_sigalg_text(k->sigalg, number));
	if (k->anonymous)
		buf_str(out, ", by nobody");
	return "ServerKeyExchange";
}

static const char *
alert(struct buf *out, const struct event *e, char scratch[TLS_STEP])
{
	char number[TLS_NUMBER];

	buf_fmt(out, "TLS alert of the %s: %s%s", e->at.dir == DIR_C2S ? "client" : "server",
		tls_alert_text(e->tls.alert, number), e->tls.fatal ? ", fatal" : "");
	snprintf(scratch, TLS_STEP, "%s (%u)", tls_alert_text(e->tls.alert, number),
		e->tls.alert);
	return scratch;
}

static const char *
established(struct buf *out, const struct event *e)
{
	buf_fmt(out, "TLS established%s: what follows is encrypted",
		e->tls.resumed ? ", resumed from an earlier session" : "");
	if (e->tls.cert == TLS_CERT_HIDDEN)
		buf_str(out, "; the server's certificate was, too");
	return "established";
}

static const char *
keys(struct buf *out, const struct ev_tls *v)
{
	static const char *const words[] = {[TLS_KEYS_NONE] = "no key log",
		[TLS_KEYS_DECRYPTED] = "decrypted with the key log from here",
		[TLS_KEYS_NO_SECRET] = "the key log has no secret of this session",
		[TLS_KEYS_WRONG_SECRET] = "the secret in the key log does not fit",
		[TLS_KEYS_UNSUPPORTED] = "not decrypted: not supported",
		[TLS_KEYS_LOST] = "not decrypted any more: bytes are missing"};

	if (v->keys == TLS_KEYS_NONE)
		return NULL;
	buf_fmt(out, "TLS %s", words[v->keys]);
	if (v->why)
		buf_fmt(out, " (%s)", v->why);
	return "";
}

const char *
tls_step_words(
	struct buf *out, const struct session *s, const struct event *e, char scratch[TLS_STEP])
{
	const struct ev_tls *v = &e->tls;

	switch (v->stage) {
	case TLS_RECORDS:
		buf_fmt(out, "TLS records of the %s from here",
			e->at.dir == DIR_C2S ? "client" : "server");
		return "";
	case TLS_CLIENT_HELLO:
		if (v->hello)
			return client_hello(out, v->hello);
		buf_str(out, "TLS ClientHello");
		return "ClientHello";
	case TLS_SERVER_HELLO:
	case TLS_RETRY:
		if (v->hello)
			return server_hello(out, v->hello);
		buf_str(out, "TLS ServerHello");
		return "ServerHello";
	case TLS_CERTIFICATES:
		return certificates(out, s, e);
	case TLS_KEY_EXCHANGE:
		return v->kex ? key_exchange(out, v->kex) : NULL;
	case TLS_CERT_REQUEST:
		buf_str(out, "TLS CertificateRequest");
		return "CertificateRequest";
	case TLS_TICKET:
		buf_fmt(out, "TLS NewSessionTicket, %u bytes, for %u s", v->ticket_bytes,
			v->lifetime_s);
		return "NewSessionTicket";
	case TLS_EARLY_DATA:
		buf_str(out, "TLS early data of the client from here");
		return "early_data";
	case TLS_RENEGOTIATION:
		buf_str(out, "TLS renegotiation, encrypted");
		return "renegotiation";
	case TLS_HEARTBEAT_SEEN:
		buf_fmt(out, "TLS heartbeat %s, says %u bytes and has %u",
			v->request ? "request" : "response", v->said, v->held);
		return "heartbeat";
	case TLS_CLOSED_SHORT:
		buf_str(out,
			"TLS record of the client that only an alert fits into, encrypted");
		return "";
	case TLS_ESTABLISHED:
		return established(out, e);
	case TLS_ALERT:
		return alert(out, e, scratch);
	case TLS_BROKEN:
		buf_str(out, "TLS was to begin here, and does not");
		return "";
	case TLS_KEYS:
		return keys(out, v);
	case TLS_EXTENSIONS:
		break;
	}
	return NULL;
}
