/* DNS answers in the shape of Suricata's `dns` events, version 2. */
#include "output/log.h"

#include <stdio.h>

static const char hex[] = "0123456789abcdef";

/* "TYPE65": RFC 3597 5. */
static void
put_type(struct json *j, uint16_t type)
{
	const char *name = dns_type_name(type);
	char room[16];

	if (!name)
		snprintf(room, sizeof(room), "TYPE%u", type);
	json_text(j, "rrtype", name ? name : room);
}

static void
put_flag(struct json *j, const char *key, bool set)
{
	if (set)
		json_bool(j, key, true);
}

static void
put_hex(struct log_sink *k, struct bytes data)
{
	buf_clear(&k->text);
	for (size_t i = 0; i < data.n; i++) {
		if (i == 1 || i == 2 || i == 3)
			buf_byte(&k->text, ' ');
		buf_byte(&k->text, (uint8_t)hex[data.p[i] >> 4]);
		buf_byte(&k->text, (uint8_t)hex[data.p[i] & 15]);
	}
}

static struct bytes
rdata_text(struct log_sink *k, const struct dns_record *r)
{
	struct endpoint host = {.family = r->type == DNS_A ? 4 : 6};
	char text[ENDPOINT_TEXT];

	buf_clear(&k->text);
	switch (r->type) {
	case DNS_A:
	case DNS_AAAA:
		memcpy(host.addr, r->data.p,
			r->data.n < sizeof(host.addr) ? r->data.n : sizeof(host.addr));
		buf_str(&k->text, endpoint_addr(&host, text));
		break;
	case DNS_TLSA:
		put_hex(k, r->data);
		break;
	default:
		return r->data;
	}
	return buf_bytes(&k->text);
}

static void
put_record(struct log_sink *k, const struct dns_record *r)
{
	struct json *j = &k->json;

	json_object(j, NULL);
	json_str_opt(j, "rrname", r->owner);
	put_type(j, r->type);
	json_u64(j, "ttl", r->ttl_s);
	if (r->type == DNS_MX)
		json_u64(j, "preference", r->preference);
	json_str_opt(j, "rdata", rdata_text(k, r));
	json_close(j);
}

static void
put_answer(struct log_sink *k, const struct ev_dns *d)
{
	struct json *j = &k->json;
	const char *rcode = dns_rcode_name(d->rcode);
	char room[16];

	if (!rcode)
		snprintf(room, sizeof(room), "RCODE%u", d->rcode);
	json_object(j, "dns");
	json_text(j, "type", "answer");
	json_str_opt(j, "rrname", d->name);
	put_type(j, d->type);
	json_text(j, "rcode", rcode ? rcode : room);
	put_flag(j, "aa", d->flags & DNS_AA);
	put_flag(j, "tc", d->flags & DNS_TC);
	put_flag(j, "ad", d->flags & DNS_AD);
	if (d->n) {
		json_array(j, "answers");
		for (size_t i = 0; i < d->n; i++)
			put_record(k, &d->records[i]);
		json_close(j);
	}
	put_flag(j, "truncated", d->cut);
	json_close(j);
}

void
log_put_dns(struct log_sink *k, const struct event *e)
{
	if (e->type == EV_DNS) {
		put_answer(k, &e->dns);
		return;
	}
	json_object(&k->json, "anomaly");
	json_text(&k->json, "event", anomaly_name(e->anomaly.id));
	json_text(&k->json, "layer", anomaly_layer(e->anomaly.id));
	json_str_opt(&k->json, "detail", e->anomaly.detail);
	json_text(&k->json, "direction", e->at.dir == DIR_C2S ? "to_server" : "to_client");
	json_u64(&k->json, "offset", e->at.offset);
	json_close(&k->json);
}
