#include "model/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dissectors/dissector.h"

/* FINDINGS.md starttls.mangled (a): a keyword blacked out in place, X{3,} and perhaps one more
 * letter, as long as STARTTLS. */
static bool
mangled_starttls(struct bytes item)
{
	struct bytes w = bytes_word(&item);
	size_t x = 0;

	while (x < w.n && w.p[x] == 'X')
		x++;
	if (w.n != strlen("STARTTLS") || x < w.n - 1)
		return false;
	return x == w.n || (w.p[x] >= 'A' && w.p[x] <= 'Z');
}

static bool
caps_mangled(const struct session *s)
{
	const struct caps *c = &s->caps_clear;

	if (!c->known || caps_starttls(c, s->proto) ||
		(s->proto != PROTO_SMTP && s->proto != PROTO_LMTP))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		if (mangled_starttls(c->items[i]))
			return true;
	}
	return false;
}

static bool
side_absent(const struct session *s, enum dir d)
{
	return s->flow->side[d].packets == 0;
}

/* Did TLS come of it? Records of both sides, or of the only side that was captured. */
static bool
tls_followed(const struct session *s)
{
	bool c = s->tls_records[DIR_C2S].packet, v = s->tls_records[DIR_S2C].packet;

	if (s->tls_established.packet)
		return true;
	if (s->tls_alert.packet && s->tls_alert_fatal)
		return false;
	return (c && v) || (c && side_absent(s, DIR_S2C)) || (v && side_absent(s, DIR_C2S));
}

static enum verdict
verdict_requested(struct session *s)
{
	/* Both are the client's: stream offsets tell which came first. */
	bool before = s->use_clear.packet && s->stls_requested.packet &&
		      s->use_clear.offset < s->stls_requested.offset;

	if (tls_followed(s))
		return before ? VERDICT_UPGRADED_AFTER_USE : VERDICT_UPGRADED;
	if (s->stls_accepted.packet)
		return VERDICT_FAILED;
	if (s->stls_refused.packet)
		return VERDICT_REFUSED;
	s->verdict_why = "the answer to STARTTLS was not seen";
	return VERDICT_NOT_OBSERVABLE;
}

static enum verdict
verdict_of(struct session *s)
{
	s->verdict_why = NULL;
	if (s->proto == PROTO_TLS)
		return VERDICT_IMPLICIT;
	if (s->stls_requested.packet || s->stls_accepted.packet || s->tls_records[0].packet ||
		s->tls_records[1].packet)
		return verdict_requested(s);
	if (caps_mangled(s)) {
		s->verdict_why = "the keyword was overwritten";
		return VERDICT_STRIPPED;
	}
	if (s->caps_clear.known)
		return caps_starttls(&s->caps_clear, s->proto) ? VERDICT_OFFERED_UNUSED
							       : VERDICT_NOT_OFFERED;
	s->verdict_why = s->hello_verb && !strcmp(s->hello_verb, "HELO")
				 ? "HELO asks for no capabilities"
				 : "the capabilities were never asked for or never seen";
	return VERDICT_NOT_OBSERVABLE;
}

static enum service
service_of(const struct session *s)
{
	uint16_t port = s->flow->server.port;

	switch (s->proto) {
	case PROTO_SMTP:
		if (port == 465)
			return s->tls_records[DIR_C2S].packet && !s->stls_requested.packet
				       ? SERVICE_SMTPS
				       : SERVICE_SUBMISSION;
		return port == 587 ? SERVICE_SUBMISSION : SERVICE_SMTP;
	case PROTO_LMTP:
		return SERVICE_LMTP;
	case PROTO_POP3:
		return port == 995 ? SERVICE_POP3S : SERVICE_POP3;
	case PROTO_IMAP:
		return port == 993 ? SERVICE_IMAPS : SERVICE_IMAP;
	case PROTO_TLS:
		return port == 465   ? SERVICE_SMTPS
		       : port == 993 ? SERVICE_IMAPS
		       : port == 995 ? SERVICE_POP3S
				     : SERVICE_UNKNOWN;
	case PROTO_UNKNOWN:
	case PROTO_OTHER:
		return SERVICE_UNKNOWN;
	}
	return SERVICE_UNKNOWN;
}

/* FINDINGS.md 1.3. */
static enum role
role_of(const struct session *s)
{
	switch (s->service) {
	case SERVICE_POP3:
	case SERVICE_POP3S:
	case SERVICE_IMAP:
	case SERVICE_IMAPS:
		return ROLE_ACCESS;
	case SERVICE_LMTP:
		return ROLE_DELIVERY;
	case SERVICE_SUBMISSION:
	case SERVICE_SMTPS:
		return ROLE_SUBMISSION;
	case SERVICE_SMTP:
		return s->login_accepted.packet ? ROLE_SUBMISSION : ROLE_RELAY;
	case SERVICE_UNKNOWN:
		return ROLE_UNKNOWN;
	}
	return ROLE_UNKNOWN;
}

void
verdict_update(struct session *s)
{
	s->verdict = verdict_of(s);
	s->service = service_of(s);
	s->role = role_of(s);
	s->tls = s->tls_established.packet ||
		 (s->tls_client_hello.packet && s->tls_server_hello.packet &&
			 !s->tls_alert_fatal);
}

/* One server address and port. */
struct offer {
	struct bytes name;      /* server name of the greeting, or none */
	uint64_t list;          /* of the list without STARTTLS */
	struct endpoint client; /* the last one that was offered it */
	struct arena arena;
};

struct offers {
	struct map *services;
};

/* Sum of hashes, so that the order of lines does not matter (FNV-1a, only to compare lists with
 * each other). */
static uint64_t
list_hash(const struct caps *c, enum proto p)
{
	const char *starttls = p == PROTO_POP3 ? "STLS" : "STARTTLS";
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t h = UINT64_C(0xcbf29ce484222325);

		if (bytes_iis(c->items[i], starttls))
			continue;
		for (size_t k = 0; k < c->items[i].n; k++)
			h = (h ^ c->items[i].p[k]) * UINT64_C(0x100000001b3);
		sum += h;
	}
	return sum;
}

static struct bytes
service_key(const struct session *s, struct endpoint *key)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->addr, s->flow->server.addr, sizeof(key->addr));
	key->port = s->flow->server.port;
	key->family = s->flow->server.family;
	return (struct bytes){(const uint8_t *)key, sizeof(*key)};
}

struct offers *
offers_new(size_t max_services)
{
	struct offers *o = mem_get(sizeof(*o));

	o->services = map_new(max_services);
	return o;
}

void
offers_free(struct offers **po)
{
	struct bytes key;
	void *value;
	size_t pos = 0;

	if (!*po)
		return;
	while (map_next((*po)->services, &pos, &key, &value)) {
		struct offer *f = value;

		arena_done(&f->arena);
		free(f);
	}
	map_free(&(*po)->services);
	free(*po);
	*po = NULL;
}

void
offers_note(struct offers *o, const struct session *s)
{
	struct endpoint key;
	void **place = map_put(o->services, service_key(s, &key));
	struct offer *f;

	if (!place)
		return;
	if (!*place) {
		*place = mem_get(sizeof(*f));
		f = *place;
		arena_init(&f->arena, 64);
		f->name = arena_copy(&f->arena, s->server_name);
	}
	f = *place;
	f->list = list_hash(&s->caps_clear, s->proto);
	f->client = s->flow->client;
}

/* Same /24 or /64. */
static bool
same_network(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && !memcmp(a->addr, b->addr, a->family == 4 ? 3 : 8);
}

void
offers_judge(const struct offers *o, struct session *s)
{
	struct endpoint key;
	const struct offer *f = map_get(o->services, service_key(s, &key));

	if (!f || s->verdict != VERDICT_NOT_OFFERED)
		return;
	if (f->name.n && s->server_name.n && !bytes_ieq(f->name, s->server_name))
		return;
	if (!same_network(&f->client, &s->flow->client) &&
		f->list != list_hash(&s->caps_clear, s->proto))
		return;
	s->verdict = VERDICT_STRIPPED;
	s->verdict_why = "the same server offers it in other sessions";
}

size_t
offers_memory(const struct offers *o)
{
	return map_memory(o->services) + map_count(o->services) * sizeof(struct offer);
}
