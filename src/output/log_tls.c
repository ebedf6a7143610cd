/* The `tls` event: what a handshake showed, when it is complete or broken off. */
#include "output/log.h"

#include "dissectors/tls/names.h"

bool
log_tls_ends(const struct session *s, const struct event *e)
{
	const struct tls_seen *t = s->tls_seen;

	switch (e->tls.stage) {
	case TLS_ESTABLISHED:
		return !t->broken && !t->fatal_alerts;
	case TLS_ALERT:
		return e->tls.fatal && t->fatal_alerts == 1 && !t->established && !t->broken;
	case TLS_BROKEN:
		return !t->established && !t->fatal_alerts;
	case TLS_RECORDS:
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
	case TLS_RETRY:
	case TLS_CERTIFICATES:
	case TLS_KEY_EXCHANGE:
	case TLS_CERT_REQUEST:
	case TLS_TICKET:
	case TLS_EARLY_DATA:
	case TLS_RENEGOTIATION:
	case TLS_HEARTBEAT_SEEN:
	case TLS_EXTENSIONS:
	case TLS_CLOSED_SHORT:
	case TLS_KEYS:
		break;
	}
	return false;
}

bool
log_tls_open(const struct session *s)
{
	const struct tls_seen *t = s->tls_seen;

	return t && !t->established && !t->broken && !t->fatal_alerts &&
	       (t->client != &tls_client_none || t->version);
}

static void
put_offered(struct log_sink *k, struct session *s, struct bytes list)
{
	if (!list.n)
		return;
	json_array(&k->json, "alpn_offered");
	while (list.n) {
		struct bytes name = bytes_sub(list, 1, list.p[0]);

		if (name.n)
			log_wire(k, s, NULL, name);
		list = bytes_from(list, 1 + (size_t)list.p[0]);
	}
	json_close(&k->json);
}

static void
put_alert(struct json *j, const struct tls_seen *t)
{
	char number[TLS_NUMBER];

	if (!t->alert_seen)
		return;
	json_text(j, "alert", tls_alert_text(t->alert, number));
	json_text(j, "alert_from", t->alert_dir == DIR_C2S ? "client" : "server");
}

static const char *
text_or_none(const char *text)
{
	return text[0] ? text : NULL;
}

void
log_put_tls(struct log_sink *k, struct session *s)
{
	const struct tls_seen *t = s->tls_seen;
	struct json *j = &k->json;
	char number[TLS_NUMBER];

	json_object(j, "tls");
	if (t->version)
		json_text(j, "version", tls_version_text(t->version, number));
	if (t->cipher)
		json_text(j, "cipher_suite", tls_suite_text(t->version, t->cipher, number));
	if (t->group)
		json_text(j, "group", tls_group_text(t->group, number));
	log_wire(k, s, "sni", t->client->sni);
	log_wire(k, s, "alpn", session_text(s, TEXT_ALPN));
	put_offered(k, s, t->client->alpn);
	log_put_cert(k, s);
	json_text(j, "ja3", text_or_none(t->client->ja3));
	json_text(j, "ja3s", text_or_none(t->server->ja3s));
	json_text(j, "ja4", text_or_none(t->client->ja4));
	json_bool(j, "starttls", t->starttls);
	json_bool(j, "established", t->established);
	if (t->established || t->resumed)
		json_bool(j, "resumed", t->resumed);
	put_alert(j, t);
	json_text(j, "certificate", tls_cert_name(tls_cert_of(t)));
	json_text(j, "keys", tls_keys_name((enum tls_keys)t->keys));
	json_close(j);
}
