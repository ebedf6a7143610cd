#include "model/peer_cert.h"

#include "base/clock.h"
#include "model/published.h"
#include "model/track.h"
#include "model/trust.h"

const char *
reference_name(enum reference r)
{
	switch (r) {
	case REFERENCE_NONE:
		return "none";
	case REFERENCE_SNI:
		return "SNI";
	case REFERENCE_DNS:
		return "DNS";
	case REFERENCE_BANNER:
		return "greeting";
	}
	return "none";
}

struct bytes
peer_cert_reference(const struct session *s, enum reference *ret)
{
	*ret = REFERENCE_NONE;
	if (s->tls_seen && s->tls_seen->client && s->tls_seen->client->sni.n) {
		*ret = REFERENCE_SNI;
		return s->tls_seen->client->sni;
	}
	if (session_has(s, TEXT_DNS_NAME)) {
		*ret = REFERENCE_DNS;
		return session_text(s, TEXT_DNS_NAME);
	}
	if (s->greeting->server_name.n)
		*ret = REFERENCE_BANNER;
	return s->greeting->server_name;
}

const char *
peer_cert_reference_of(const struct session *s)
{
	enum reference ref;

	peer_cert_reference(s, &ref);
	return ref == REFERENCE_NONE ? NULL : reference_name(ref);
}

const struct cert *
peer_cert(const struct session *s)
{
	return s->tls_seen ? chain_leaf(s->tls_seen->chain) : NULL;
}

bool
peer_cert_days(const struct session *s, int64_t *ret)
{
	const struct cert *c = peer_cert(s);

	if (!c || c->times_bad)
		return false;
	*ret = cert_days(s->flow->first_ns / NS_PER_S, c->not_after_s);
	return true;
}

static void
renew(struct model *m, const struct chain **kept, const struct event *e)
{
	const struct chain *c = chain_get(m->chains, &m->key, &e->tls, &m->set.certs);

	if (*kept)
		shared_drop(m->chains, *kept);
	*kept = c;
}

/*
 * The client may have asked for several names of this address: it is not known which of them it
 * meant, so that the certificate is not for any is said only when it is for none.
 */
static void
match_names(struct model *m, struct session *s)
{
	static const uint8_t rank[] = {
		[MATCH_UNKNOWN] = 0, [MATCH_NO] = 1, [MATCH_CN] = 2, [MATCH_YES] = 3};
	const struct flow *f = s->flow;
	struct tls_seen *t = s->tls_seen;
	const struct dns_answer *a;
	struct dns_walk w = {0};

	while (t->match != MATCH_YES &&
		(a = dns_gave_host(m->dns, &f->client, &f->server, f->first_ns, &w))) {
		uint8_t match = (uint8_t)chain_matches(t->chain, a->name);

		if (rank[match] <= rank[t->match])
			continue;
		t->match = match;
		facts_put(&s->facts, TEXT_DNS_NAME, a->name);
		facts_last(&s->facts, AT_DNS_NAME, &a->at);
	}
}

/* A second handshake on the connection (RFC 5246 7.4.1.1) may show another one: the last
 * counts. */
void
peer_cert_event(struct model *m, struct session *s, const struct event *e)
{
	struct tls_seen *t = s->tls_seen;
	enum reference ref;

	if (e->tls.stage != TLS_CERTIFICATES || !t)
		return;
	if (e->at.dir == DIR_C2S) {
		renew(m, &t->client_chain, e);
		return;
	}
	renew(m, &t->chain, e);
	t->trust = (struct chain_trust){.verdict = TRUST_UNKNOWN};
	t->match = MATCH_UNKNOWN;
	if (!chain_leaf(t->chain))
		return;
	t->trust = trust_judge(m->set.trust, t->chain, e->at.ts_ns);
	t->match = (uint8_t)chain_matches(t->chain, peer_cert_reference(s, &ref));
	if (ref == REFERENCE_DNS)
		match_names(m, s);
	published_match(m, s);
}

void
peer_cert_drop(struct model *m, struct session *s)
{
	struct tls_seen *t = s->tls_seen;

	if (t && t->chain)
		shared_drop(m->chains, t->chain);
	if (t && t->client_chain)
		shared_drop(m->chains, t->client_chain);
	if (t)
		t->chain = t->client_chain = NULL;
}
