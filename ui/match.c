#include "ui/match.h"
#include "base/arena.h"
#include "output/filter.h"
#include "ui/tls_info.h"

#include <stdlib.h>

#define ITEMS 256 /* of a capability list */

struct match {
	struct filter *filter;
	char *text;
	bool wants_caps;
};

struct match *
match_new(const char *text, struct err *e)
{
	struct filter *f = filter_parse(text, e);
	struct match *m;

	if (!f)
		return NULL;
	m = mem_get(sizeof(*m));
	m->filter = f;
	m->text = mem_text(text);
	m->wants_caps = bytes_isearch(bytes_str(text), BYTES("capability")) != SIZE_MAX;
	return m;
}

void
match_free(struct match **m)
{
	if (!*m)
		return;
	filter_free(&(*m)->filter);
	free((*m)->text);
	free(*m);
	*m = NULL;
}

const char *
match_text(const struct match *m)
{
	return m->text;
}

static void
split(struct bytes lines, struct bytes items[ITEMS], struct caps *ret)
{
	ret->items = items;
	while (lines.n && ret->n < ITEMS) {
		size_t n = bytes_find(lines, '\n');

		items[ret->n++] = bytes_sub(lines, 0, n);
		lines = bytes_from(lines, n + 1);
	}
	ret->known = ret->n > 0;
}

static void
set_flow(const struct feed_session *r, struct flow *f)
{
	f->id = r->flow_id;
	f->midstream = (r->flags & SESSION_MIDSTREAM) != 0;
	f->reason = (enum flow_reason)r->reason;
	f->n_vlan = r->n_vlan & 3;
	memcpy(f->vlan, r->vlan, sizeof(f->vlan));
	f->client = r->client;
	f->server = r->server;
	f->first_ns = r->first_ns;
	f->last_ns = r->last_ns;
	f->side[0].packets = r->packets;
	f->side[0].bytes = r->bytes;
	f->side[0].gaps = r->gaps & 0xffffff;
	f->side[0].gap_bytes = r->gap_bytes;
}

static void
set_session(const struct feed_session *r, struct session *s)
{
	s->proto = (enum proto)r->proto;
	s->service = (enum service)r->service;
	s->role = (enum role)r->role;
	s->verdict = (enum verdict)r->verdict;
	s->why = (enum verdict_why)r->why;
	s->worst = r->worst;
	s->tls_version = r->tls_version;
	s->tls = (r->flags & SESSION_TLS) != 0;
	s->authenticated = (r->flags & SESSION_ACCEPTED) != 0;
	s->one_sided = (r->flags & SESSION_ONE_SIDED) != 0;
	s->deflate = (r->flags & SESSION_DEFLATE) != 0;
	s->commands = r->commands;
	s->replies = r->replies;
	s->logins = r->logins;
	s->messages = r->messages;
	s->transactions = r->transactions;
	s->anomalies = r->anomalies;
	s->findings = r->findings;
}

static void
set_facts(const struct feed *f, const struct feed_session *r, struct facts *facts)
{
	const struct {
		enum fact fact;
		uint32_t text;
	} texts[] = {{TEXT_USER, r->user}, {TEXT_CLIENT_NAME, r->client_name},
		{TEXT_CLIENT_SOFTWARE, r->client_software}, {TEXT_SERVER_SOFTWARE, r->software},
		{TEXT_MAILBOX, r->mailbox}, {TEXT_DNS_NAME, r->dns_name},
		{TEXT_PROXIED, r->proxied}};
	const struct place there = {.packet = 1};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].text)
			facts_put(facts, texts[i].fact, texts_get(f->texts, texts[i].text));
	if (r->guess)
		facts_name(facts, WORD_GUESS, r->guess);
	if (r->flags & SESSION_EXPOSED)
		facts_first(facts, AT_SECRET_CLEAR, &there);
}

struct tls_parts { /* what a session has elsewhere */
	struct tls_seen seen;
	struct tls_client client;
	struct tls_server server;
	struct chain chain;
	struct cert cert;
	const struct cert *certs[1];
};

static void
copy(char *to, size_t size, struct bytes from)
{
	memcpy(to, from.p, from.n < size ? from.n : size - 1);
}

static void
set_cert(const struct feed *f, const struct feed_session *r, struct tls_parts *p)
{
	struct tls_info_cert c;

	if (!tls_info_read_cert(texts_get(f->texts, r->cert), &c))
		return;
	p->cert = (struct cert){.subject = c.subject,
		.issuer = c.issuer,
		.sans = c.sans,
		.not_after_s = c.not_after_s,
		.times_bad = c.times_bad};
	p->certs[0] = &p->cert;
	p->chain = (struct chain){.certs = p->certs, .n = 1};
	p->seen.chain = &p->chain;
}

static void
set_tls(const struct feed *f, const struct feed_session *r, struct tls_parts *p,
	struct session *s)
{
	struct tls_info t;

	if (!tls_info_read(texts_get(f->texts, r->tls), &t))
		return;
	*p = (struct tls_parts){.client = {.sni = t.sni, .alpn = t.offered},
		.seen = {.version = t.h.version,
			.cipher = t.h.cipher,
			.group = t.h.group,
			.alert = t.h.alert,
			.alert_seen = t.h.alert_seen,
			.cert = t.h.cert,
			.keys = t.h.keys,
			.resumed = t.h.resumed}};
	copy(p->client.ja3, sizeof(p->client.ja3), t.ja3);
	copy(p->client.ja4, sizeof(p->client.ja4), t.ja4);
	copy(p->server.ja3s, sizeof(p->server.ja3s), t.ja3s);
	p->seen.client = &p->client;
	p->seen.server = &p->server;
	set_cert(f, r, p);
	if (t.alpn.n)
		facts_put(&s->facts, TEXT_ALPN, t.alpn);
	s->tls_seen = &p->seen;
}

bool
match_session(struct match *m, const struct feed *f, const struct feed_session *r)
{
	struct flow flow = {0};
	struct greeting greeting = {.banner = texts_get(f->texts, r->banner),
		.server_name = texts_get(f->texts, r->server_name)};
	struct caps lists[2] = {{0}, {0}};
	struct bytes items[2][ITEMS];
	struct session s = {.flow = &flow,
		.greeting = &greeting,
		.caps = &lists[0],
		.caps_clear = &lists[0],
		.caps_tls = &lists[1]};
	struct tls_parts tls;
	bool yes;

	if (m->wants_caps) {
		split(texts_get(f->texts, r->caps_clear), items[0], &lists[0]);
		split(texts_get(f->texts, r->caps_tls), items[1], &lists[1]);
	}
	set_flow(r, &flow);
	set_session(r, &s);
	set_facts(f, r, &s.facts);
	set_tls(f, r, &tls, &s);
	yes = filter_match(m->filter, &s);
	facts_done(&s.facts);
	return yes;
}
