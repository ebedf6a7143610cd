#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/peer_cert.h"
#include "model/track.h"

const struct model_settings model_defaults = {
	.session_bytes = 64 << 10,
	.caps_items = 256,
	.rcpts = 10000,
	.addresses = 1000,
	.head_bytes = 64,
	.open_messages = 8,
	.services = 100000,
	.deferred_sessions = 1000,
	.shared_bytes = 1 << 20,
	.chain_bytes = 4 << 20,
	.certs = {.chain = 16,
		.cert_bytes = 64 << 10,
		.chain_bytes = 128 << 10,
		.names = 1000,
		.name_bytes = 4096},
	.dns = {.bytes = 32 << 20, .slack_ns = 300 * NS_PER_S},
	.awake = 256,
	.sha256 = true,
};

/* Most events are commands and replies; the verdict reads none of those. */
static bool
changes_verdict(enum event_type t)
{
	return t == EV_PROTO || t == EV_CAPS || t == EV_HELLO || t == EV_STARTTLS ||
	       t == EV_TLS || t == EV_MAIL || t == EV_RCPT;
}

/* Commands and replies hold nothing new but what they mask. */
static bool
changes_memory(const struct event *e)
{
	return (e->type != EV_COMMAND || e->command.n_masks) && e->type != EV_REPLY;
}

static void
tell(struct model *m, struct session *s, const struct event *e)
{
	if (m->listener.event)
		m->listener.event(m->listener.user, s, e);
}

void
model_event(struct model *m, struct session *s, const struct event *e)
{
	size_t before;

	if (e->type == EV_MSG_DATA) { /* most of what large mail has */
		m->memory += (size_t)work_data(s, e);
		tell(m, s, e);
		return;
	}
	before = changes_memory(e) ? update_memory(s) : 0;
	update_session(m, s, e);
	if (changes_verdict(e->type))
		verdict_update(s);
	tell(m, s, e);
	/* What makes records of its own is told after the event itself. */
	update_records(m, s, e);
	if (before)
		m->memory += update_memory(s) - before;
}

struct model *
model_new(const struct model_settings *set, struct secrets *secrets,
	const struct model_listener *l)
{
	struct model *m = mem_get(sizeof(*m));

	m->set = set ? *set : model_defaults;
	m->secrets = secrets;
	m->listener = *l;
	rest_init(&m->rest, m->set.awake);
	m->offers = offers_new(m->set.services);
	m->lists = caps_table(m->set.shared_bytes);
	m->greetings = greeting_table(m->set.shared_bytes);
	tls_tables_init(&m->tls, m->set.shared_bytes, m->set.session_bytes);
	m->chains = chain_table(m->set.chain_bytes);
	m->dns = dns_store_new(&m->set.dns);
	buf_init(&m->key, SIZE_MAX);
	m->deferred_end = &m->deferred;
	return m;
}

/* What the client called the server, as far as its DNS was seen. */
static void
name_server(struct model *m, struct session *s)
{
	const struct flow *f = s->flow;
	struct dns_walk w = {0};
	const struct dns_answer *a = dns_gave_host(
		m->dns, &f->client, &f->server, f->first_ns, &w);

	if (!a)
		return;
	facts_put(&s->facts, TEXT_DNS_NAME, a->name);
	facts_first(&s->facts, AT_DNS_NAME, &a->at);
}

void
model_loose(struct model *m, const struct flow *f, const struct event *e)
{
	if (e->type == EV_DNS)
		dns_store_add(m->dns, f, e);
}

struct dns_store *
model_dns(struct model *m)
{
	return m->dns;
}

uint64_t
model_forgotten(const struct model *m)
{
	return dns_store_forgotten(m->dns);
}

struct session *
model_session(struct model *m, struct seat *seat)
{
	return rest_session(&m->rest, seat);
}

struct seat *
model_open(struct model *m, const struct flow *f)
{
	struct seat *seat = rest_new(&m->rest, f);
	struct session *s = model_session(m, seat);

	s->greeting = &greeting_none;
	s->caps = s->caps_clear = s->caps_tls = &caps_unknown;
	name_server(m, s);
	verdict_update(s);
	m->memory += update_memory(s);
	return seat;
}

static size_t
first_line(struct bytes in, size_t max)
{
	size_t lf = bytes_find(in, '\n');

	return lf < max ? lf : max;
}

void
model_not_mail(struct model *m, struct session *s, const char *name, struct bytes c2s,
	struct bytes s2c)
{
	m->memory -= update_memory(s);
	s->proto = PROTO_OTHER;
	facts_name(&s->facts, WORD_GUESS, name);
	/* One line each: a second one of the client may be a password of whatever protocol this
	 * is. */
	facts_put(&s->facts, TEXT_HEAD_C2S,
		bytes_sub(c2s, 0, first_line(c2s, m->set.head_bytes)));
	facts_put(&s->facts, TEXT_HEAD_S2C,
		bytes_sub(s2c, 0, first_line(s2c, m->set.head_bytes)));
	verdict_update(s);
	m->memory += update_memory(s);
}

static void
session_free(struct model *m, struct session *s)
{
	const struct caps *lists[] = {s->caps, s->caps_clear, s->caps_tls};

	m->memory -= update_memory(s);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i] != &caps_unknown)
			shared_drop(m->lists, lists[i]);
	}
	if (s->greeting != &greeting_none)
		shared_drop(m->greetings, s->greeting);
	work_free(&s->work);
	known_free(&s->known);
	peer_cert_drop(m, s);
	tls_seen_free(&m->tls, &s->tls_seen);
	rest_free(&m->rest, s);
}

static void
session_tell_end(struct model *m, struct session *s)
{
	offers_judge(m->offers, s);
	s->ended = true;
	if (m->listener.end)
		m->listener.end(m->listener.user, s);
	session_free(m, s);
}

static struct session *
deferred_take(struct model *m)
{
	struct deferred *d = m->deferred;
	struct session *s = d->session;

	m->deferred = d->next;
	if (!m->deferred)
		m->deferred_end = &m->deferred;
	m->n_deferred--;
	free(d);
	return s;
}

static void
defer(struct model *m, struct session *s)
{
	struct deferred *d = mem_get(sizeof(*d));

	d->session = s;
	d->flow = *s->flow;
	s->flow = &d->flow;
	*m->deferred_end = d;
	m->deferred_end = &d->next;
	m->n_deferred++;
}

static void
deferred_tell(struct model *m)
{
	struct deferred *d = m->deferred;
	struct flow flow = d->flow;
	struct session *s = deferred_take(m);

	s->flow = &flow;
	session_tell_end(m, s);
}

void
model_end(struct model *m, struct seat **seat)
{
	struct session *s = rest_leave(&m->rest, *seat);
	const struct flow *f = s->flow;
	size_t before = update_memory(s);

	*seat = NULL;
	work_end(m, s);
	for (int d = 0; d < 2; d++)
		s->one_sided |= f->side[d].bytes > f->side[d].gap_bytes && !f->side[!d].packets;
	verdict_update(s);
	m->memory += update_memory(s) - before;
	if (s->verdict != VERDICT_NOT_OFFERED || m->set.live || !m->set.deferred_sessions) {
		session_tell_end(m, s);
		return;
	}
	if (m->n_deferred == m->set.deferred_sessions)
		deferred_tell(m);
	defer(m, s);
}

bool
model_shed(struct model *m)
{
	if (!m->n_deferred)
		return false;
	deferred_tell(m);
	return true;
}

void
model_finish(struct model *m)
{
	while (m->deferred)
		deferred_tell(m);
}

void
model_free(struct model **pm)
{
	struct model *m = *pm;

	if (!m)
		return;
	while (m->deferred)
		session_free(m, deferred_take(m));
	rest_done(&m->rest);
	offers_free(&m->offers);
	shared_free(&m->lists);
	shared_free(&m->greetings);
	tls_tables_done(&m->tls);
	shared_free(&m->chains);
	dns_store_free(&m->dns);
	buf_done(&m->key);
	digest_free(&m->spare);
	free(m);
	*pm = NULL;
}

struct secrets *
model_secrets(struct model *m)
{
	return m->secrets;
}

size_t
model_memory(const struct model *m)
{
	return m->memory + m->rest.memory + m->n_deferred * sizeof(struct deferred) +
	       offers_memory(m->offers) + shared_memory(m->lists) +
	       shared_memory(m->greetings) + shared_memory(m->chains) +
	       tls_tables_memory(&m->tls) + dns_store_memory(m->dns);
}
