#include "model/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dissectors/dissector.h"

static bool
side_absent(const struct session *s, enum dir d)
{
	return s->flow->side[d].packets == 0;
}

bool
verdict_tls_followed(const struct session *s)
{
	bool c = session_has(s, AT_TLS_RECORDS_C2S), v = session_has(s, AT_TLS_RECORDS_S2C);

	if (session_has(s, AT_TLS_ESTABLISHED))
		return true;
	if (session_has(s, AT_TLS_ALERT) && s->tls_alert_fatal)
		return false;
	return (c && v) || (c && side_absent(s, DIR_S2C)) || (v && side_absent(s, DIR_C2S));
}

/* Both are the client's: stream offsets tell which came first. */
static bool
used_before(const struct session *s)
{
	return session_has(s, AT_USE_CLEAR) && session_has(s, AT_STLS_REQUESTED) &&
	       session_at(s, AT_USE_CLEAR).offset < session_at(s, AT_STLS_REQUESTED).offset;
}

static enum verdict
verdict_requested(struct session *s)
{
	if (verdict_tls_followed(s))
		return used_before(s) ? VERDICT_UPGRADED_AFTER_USE : VERDICT_UPGRADED;
	if (session_has(s, AT_STLS_ACCEPTED))
		return VERDICT_FAILED;
	if (session_has(s, AT_STLS_REFUSED))
		return VERDICT_REFUSED;
	s->why = WHY_NO_ANSWER;
	return VERDICT_NOT_OBSERVABLE;
}

static enum verdict
verdict_of(struct session *s)
{
	const struct caps *c = s->caps_clear;

	s->why = WHY_NONE;
	if (s->implicit_tls)
		return VERDICT_IMPLICIT;
	if (session_has(s, AT_STLS_REQUESTED) || session_has(s, AT_STLS_ACCEPTED))
		return verdict_requested(s);
	if (s->tls_seen && s->tls_seen->starttls)
		return verdict_requested(s);
	if (s->tls_seen) {
		s->why = WHY_UNASKED;
		return VERDICT_NOT_OBSERVABLE;
	}
	if (caps_has(c, CAPS_STARTTLS))
		return VERDICT_OFFERED_UNUSED;
	if (caps_has(c, CAPS_MANGLED)) {
		s->why = WHY_OVERWRITTEN;
		return VERDICT_STRIPPED;
	}
	if (c->known)
		return VERDICT_NOT_OFFERED;
	s->why = s->helo ? WHY_HELO : WHY_NO_LIST;
	return VERDICT_NOT_OBSERVABLE;
}

static enum service
service_of(const struct session *s)
{
	uint16_t port = s->flow->server.port;
	bool tls = s->implicit_tls;

	switch (s->proto) {
	case PROTO_SMTP:
		if (tls)
			return SERVICE_SMTPS;
		return port == 587 || port == 465 ? SERVICE_SUBMISSION : SERVICE_SMTP;
	case PROTO_LMTP:
		return SERVICE_LMTP;
	case PROTO_POP3:
		return tls || port == 995 ? SERVICE_POP3S : SERVICE_POP3;
	case PROTO_IMAP:
		return tls || port == 993 ? SERVICE_IMAPS : SERVICE_IMAP;
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
		return ROLE_SUBMISSION;
	case SERVICE_SMTPS:
		if (s->flow->server.port == 465 || s->flow->server.port == 587)
			return ROLE_SUBMISSION;
		return session_has(s, AT_LOGIN_ACCEPTED) ? ROLE_SUBMISSION
		       : s->mx                           ? ROLE_MX
							 : ROLE_RELAY;
	case SERVICE_SMTP:
		return session_has(s, AT_LOGIN_ACCEPTED) ? ROLE_SUBMISSION
		       : s->mx                           ? ROLE_MX
							 : ROLE_RELAY;
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
	s->tls = session_has(s, AT_TLS_ESTABLISHED) ||
		 (session_has(s, AT_TLS_CLIENT_HELLO) && session_has(s, AT_TLS_SERVER_HELLO) &&
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
		f->name = arena_copy(&f->arena, s->greeting->server_name);
	}
	f = *place;
	f->list = s->caps_clear->rest;
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
	struct bytes name = s->greeting->server_name;

	if (!f || s->verdict != VERDICT_NOT_OFFERED)
		return;
	if (f->name.n && name.n && !bytes_ieq(f->name, name))
		return;
	if (!same_network(&f->client, &s->flow->client) && f->list != s->caps_clear->rest)
		return;
	s->verdict = VERDICT_STRIPPED;
	s->why = WHY_OFFERED_ELSEWHERE;
}

size_t
offers_memory(const struct offers *o)
{
	return map_memory(o->services) + map_count(o->services) * sizeof(struct offer);
}
