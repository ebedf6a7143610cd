#include "ui/feed.h"
#include "base/arena.h"
#include "base/map.h"
#include "model/peer_cert.h"
#include "ui/tls_info.h"

#include <stdlib.h>

#define CERTS_KNOWN 100000u
#define CAPS_LONGEST 4000 /* bytes kept of a capability list */

const struct feed_settings feed_defaults = {.sessions = 2000000,
	.findings = 200000,
	.logins = 200000,
	.text_bytes = (size_t)256 << 20,
	.spool_bytes = UINT64_C(4) << 30};

struct feed_writer {
	struct map *open;     /* flow id → index of its record + 1 */
	struct map *findings; /* number of the finding → index + 1 */
	struct map *logins;   /* who, where, how → index + 1 */
	struct map *certs;    /* SHA-256 of a certificate → its text */
	const struct run_info *run;
	struct buf tmp, key;
	uint64_t unlisted;
	uint32_t random; /* of the session that is told of, new */
};

static struct bytes
number_key(const uint64_t *n)
{
	return (struct bytes){(const uint8_t *)n, sizeof(*n)};
}

/* A free text of the wire: secrets that the connection has shown are hidden. */
static uint32_t
keep_wire(struct feed *f, const struct session *s, struct bytes in)
{
	struct feed_writer *w = f->writer;

	if (!in.n)
		return 0;
	buf_clear(&w->tmp);
	secrets_redact(
		w->run->secrets, s->known, bytes_sub(in, 0, TEXTS_LONGEST), NULL, 0, &w->tmp);
	return texts_put(f->texts, buf_bytes(&w->tmp));
}

/* A word of ours that may be gone when the run is over. */
static const char *
keep_word(struct feed *f, const char *word)
{
	if (!word)
		return NULL;
	return (const char *)texts_get(f->texts,
		texts_put(f->texts, (struct bytes){(const uint8_t *)word, strlen(word) + 1}))
		.p;
}

static uint32_t
keep_caps(struct feed *f, const struct caps *c)
{
	struct feed_writer *w = f->writer;

	buf_clear(&w->tmp);
	for (size_t i = 0; i < c->n && w->tmp.n < CAPS_LONGEST; i++) {
		if (i)
			buf_byte(&w->tmp, '\n');
		buf_add(&w->tmp, c->items[i]);
	}
	return texts_put(f->texts, buf_bytes(&w->tmp));
}

struct cleaning {
	struct feed *feed;
	const struct session *s;
};

static void
clean(void *user, struct bytes in, struct buf *out)
{
	const struct cleaning *c = user;

	secrets_redact(c->feed->writer->run->secrets, c->s->known, in, NULL, 0, out);
}

static uint32_t
keep_cert(struct cleaning *c)
{
	const struct cert *cert = peer_cert(c->s);
	struct feed_writer *w = c->feed->writer;
	void **place;

	if (!cert)
		return 0;
	place = map_put(w->certs, (struct bytes){cert->sha256, sizeof(cert->sha256)});
	if (place && *place)
		return (uint32_t)(uintptr_t)*place;
	buf_clear(&w->tmp);
	tls_info_pack_cert(cert, clean, c, &w->tmp);
	if (!place)
		return texts_put(c->feed->texts, buf_bytes(&w->tmp));
	*place = (void *)(uintptr_t)texts_put(c->feed->texts, buf_bytes(&w->tmp));
	return (uint32_t)(uintptr_t)*place;
}

static void
take_tls(struct feed *f, const struct session *s, struct feed_session *r)
{
	struct cleaning c = {f, s};

	if (!s->tls_seen)
		return;
	buf_clear(&f->writer->tmp);
	tls_info_pack(s, clean, &c, &f->writer->tmp);
	r->tls = texts_put(f->texts, buf_bytes(&f->writer->tmp));
	r->cert = keep_cert(&c);
}

static void
take_texts(struct feed *f, const struct session *s, struct feed_session *r)
{
	r->user = texts_put(f->texts, session_text(s, TEXT_USER));
	r->banner = keep_wire(f, s, s->greeting->banner);
	r->server_name = keep_wire(f, s, s->greeting->server_name);
	r->dns_name = texts_put(f->texts, session_text(s, TEXT_DNS_NAME));
	r->proxied = texts_put(f->texts, session_text(s, TEXT_PROXIED));
	r->client_name = keep_wire(f, s, session_text(s, TEXT_CLIENT_NAME));
	r->software = keep_wire(f, s, session_software(s));
	r->client_software = keep_wire(f, s, session_text(s, TEXT_CLIENT_SOFTWARE));
	r->mailbox = keep_wire(f, s, session_text(s, TEXT_MAILBOX));
	r->guess = s->proto == PROTO_OTHER ? keep_word(f, session_word(s, WORD_GUESS)) : NULL;
	take_tls(f, s, r);
	r->caps_clear = keep_caps(f, s->caps_clear);
	r->caps_tls = keep_caps(f, s->caps_tls);
}

static uint32_t
cut32(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static void
take_numbers(const struct session *s, struct feed_session *r)
{
	const struct flow *w = s->flow;

	r->flow_id = w->id;
	r->client = w->client;
	r->server = w->server;
	r->first_ns = w->first_ns;
	r->last_ns = w->last_ns;
	r->first_packet = cut32(w->first_packet);
	r->packets = cut32(w->side[0].packets + w->side[1].packets);
	r->bytes = w->side[0].bytes + w->side[1].bytes;
	r->gaps = cut32(w->side[0].gaps + w->side[1].gaps);
	r->gap_bytes = cut32(w->side[0].gap_bytes + w->side[1].gap_bytes);
	r->n_vlan = (uint8_t)w->n_vlan;
	memcpy(r->vlan, w->vlan, sizeof(r->vlan));
	r->reason = (uint8_t)w->reason;
	r->commands = s->commands;
	r->replies = s->replies;
	r->logins = s->logins;
	r->messages = s->messages;
	r->transactions = s->transactions;
	r->anomalies = s->anomalies;
	r->findings = s->findings;
	r->proto = (uint8_t)s->proto;
	r->service = (uint8_t)s->service;
	r->role = (uint8_t)s->role;
	r->verdict = (uint8_t)s->verdict;
	r->why = (uint8_t)s->why;
	r->worst = s->worst;
	r->tls_version = s->tls_version;
	r->flags = (uint16_t)((s->tls ? SESSION_TLS : 0) |
			      (s->authenticated ? SESSION_ACCEPTED : 0) |
			      (session_has(s, AT_SECRET_CLEAR) ? SESSION_EXPOSED : 0) |
			      (w->midstream ? SESSION_MIDSTREAM : 0) |
			      (s->one_sided ? SESSION_ONE_SIDED : 0) |
			      (s->deflate ? SESSION_DEFLATE : 0) |
			      (s->given_up ? SESSION_GIVEN_UP : 0) |
			      (s->ended ? SESSION_ENDED : 0));
}

/* Brings the record of a session up to date, or makes it. texts: some may be new. */
static void
refresh(struct feed *f, struct session *s, bool texts, uint64_t chain)
{
	struct feed_writer *w = f->writer;
	uint64_t id = s->flow->id;
	void **place = map_put(w->open, number_key(&id));
	size_t index = (size_t)(uintptr_t)*place;
	struct feed_session r = {0};

	if (index)
		rows_get(&f->sessions, index - 1, &r);
	if (texts || !index)
		take_texts(f, s, &r);
	take_numbers(s, &r);
	if (chain)
		r.chain = chain;
	if (w->random)
		r.random = w->random;
	w->random = 0;
	if (index)
		rows_set(&f->sessions, index - 1, &r);
	else if (rows_add(&f->sessions, &r, &index))
		*place = (void *)(uintptr_t)(index + 1);
	else if (s->ended)
		w->unlisted++;
}

static void
serve(struct feed *f)
{
	uint64_t asked = atomic_load_explicit(&f->asked, memory_order_acquire), bytes;
	struct err e = {0};

	if (asked == atomic_load_explicit(&f->done, memory_order_relaxed))
		return;
	if (transcript_flush(f->transcript, &bytes) == 0)
		atomic_store_explicit(&f->bytes, bytes, memory_order_relaxed);
	else if (!atomic_load(&f->trouble) && transcript_err(f->transcript, &e) < 0)
		atomic_store(&f->trouble, keep_word(f, e.text));
	atomic_store_explicit(&f->done, asked, memory_order_release);
}

static int
feed_begin(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct feed *f = (struct feed *)sink;
	struct transcript_settings set = {
		.spool_bytes = f->set.spool_bytes, .bodies = true, .bytes = true};

	f->writer->run = run;
	f->transcript = transcript_new(&set, run->secrets);
	return 0;
}

/* Events after which texts of the session may be others. */
static bool
brings_text(const struct event *e)
{
	enum event_type t = e->type;

	if (t == EV_TLS)
		return e->tls.stage == TLS_SERVER_HELLO || e->tls.stage == TLS_ESTABLISHED ||
		       e->tls.stage == TLS_ALERT || e->tls.stage == TLS_KEYS;
	return t == EV_PROTO || t == EV_GREETING || t == EV_CAPS || t == EV_HELLO ||
	       t == EV_LOGIN || t == EV_MAILBOX || t == EV_SOFTWARE || t == EV_PROXY;
}

static void
feed_event(struct sink *sink, struct session *s, const struct event *e)
{
	struct feed *f = (struct feed *)sink;

	transcript_event(f->transcript, s, e);
	if (e->type == EV_MSG_DATA)
		return;
	if (e->type == EV_TLS && e->tls.stage == TLS_CLIENT_HELLO && e->tls.hello)
		f->writer->random = texts_put_single(f->texts, e->tls.hello->random);
	refresh(f, s, brings_text(e), transcript_chain(s));
	serve(f);
}

static void
login_key(struct buf *key, const struct session *s, const struct login *l, bool tls)
{
	const struct endpoint client = session_client(s), *c = &client, *v = &s->flow->server;

	buf_clear(key);
	buf_fmt(key, "%u|%u|%u|%u|%u|%u|", s->proto, l->ev->exposure, l->ev->result, tls,
		l->secret_id, v->port);
	buf_add(key, (struct bytes){c->addr, sizeof(c->addr)});
	buf_add(key, (struct bytes){v->addr, sizeof(v->addr)});
	buf_add(key, l->ev->mechanism);
	buf_byte(key, '|');
	buf_add(key, l->ev->user);
}

static void
feed_login(struct sink *sink, struct session *s, const struct login *l, const struct place *at)
{
	struct feed *f = (struct feed *)sink;
	struct feed_writer *w = f->writer;
	bool tls = l->tls || l->cover != COVER_CLEAR;
	struct feed_login r = {0};
	size_t index;
	void **place;

	login_key(&w->key, s, l, tls);
	place = map_put(w->logins, buf_bytes(&w->key));
	if (!place)
		return;
	index = (size_t)(uintptr_t)*place;
	if (index) {
		rows_get(&f->logins, index - 1, &r);
	} else {
		r = (struct feed_login){.first_ns = at->ts_ns,
			.client = session_client(s),
			.server = s->flow->server,
			.user = texts_put(f->texts, l->ev->user),
			.mechanism = texts_put(f->texts, l->ev->mechanism),
			.secret_id = l->secret_id,
			.proto = (uint8_t)s->proto,
			.exposure = (uint8_t)l->ev->exposure,
			.result = (uint8_t)l->ev->result,
			.tls = tls};
	}
	r.count++;
	r.flow_id = s->flow->id;
	r.last_ns = at->ts_ns;
	if (index)
		rows_set(&f->logins, index - 1, &r);
	else if (rows_add(&f->logins, &r, &index))
		*place = (void *)(uintptr_t)(index + 1);
}

static void
feed_transaction(struct sink *sink, struct session *s, const struct transaction *t)
{
	if (t->message)
		transcript_message(((struct feed *)sink)->transcript, s, t->message);
}

static void
feed_transfer(struct sink *sink, struct session *s, const struct message *m)
{
	transcript_message(((struct feed *)sink)->transcript, s, m);
}

static void
take_evidence(struct feed *f, const struct finding *from, struct feed_finding *r)
{
	for (size_t i = 0; i < from->n_evidence && r->n_evidence < FEED_EVIDENCE; i++) {
		const struct evidence *v;

		if (r->n_evidence == FEED_EVIDENCE - 1)
			i = from->n_evidence - 1; /* the first ones and the last one */
		v = &from->evidence[i];
		r->evidence[r->n_evidence++] = (struct feed_evidence){.ts_ns = v->at.ts_ns,
			.packet = v->at.packet,
			.text = texts_put(f->texts, v->text),
			.input = texts_put(f->texts, bytes_str(v->input))};
	}
}

static void
feed_finding(struct sink *sink, struct session *s, const struct finding *from, bool repeat)
{
	struct feed *f = (struct feed *)sink;
	struct feed_writer *w = f->writer;
	uint64_t number = from->number;
	void **place = map_put(w->findings, number_key(&number));
	struct feed_finding r = {.number = number,
		.count = from->count ? from->count : 1,
		.flow_id = from->flow_id,
		.first_ns = from->first_ns,
		.last_ns = from->last_ns,
		.row = from->row,
		.reason = keep_word(f, from->reason),
		.client = from->client,
		.server = from->server,
		.account = texts_put(f->texts, from->account),
		.note = texts_put(f->texts, from->note),
		.severity = (uint8_t)from->severity,
		.certainty = (uint8_t)from->certainty,
		.proto = (uint8_t)from->proto};
	size_t index;

	if (s && !repeat)
		transcript_finding(f->transcript, s, from);
	if (s && !s->ended)
		refresh(f, s, false, transcript_chain(s));
	if (!place)
		return;
	take_evidence(f, from, &r);
	index = (size_t)(uintptr_t)*place;
	if (index)
		rows_set(&f->findings, index - 1, &r);
	else if (rows_add(&f->findings, &r, &index))
		*place = (void *)(uintptr_t)(index + 1);
}

static void
feed_end(struct sink *sink, struct session *s)
{
	struct feed *f = (struct feed *)sink;
	uint64_t id = s->flow->id;

	refresh(f, s, true, transcript_end(f->transcript, s));
	map_del(f->writer->open, number_key(&id));
}

static void
feed_tick(struct sink *sink, const struct run_stats *st)
{
	struct feed *f = (struct feed *)sink;
	const struct run_info *run = f->writer->run;
	struct feed_stats now = {.run = *st,
		.unlisted = f->writer->unlisted,
		.live = run->live,
		.first_ns = run->first_ns};

	for (size_t i = 0; i < source_inputs(run->source); i++) {
		const struct source_input *in = st->inputs ? &st->inputs[i]
							   : source_input(run->source, i);

		now.read += in->bytes_read;
		now.total += in->bytes_total;
	}
	now.run.inputs = NULL; /* a loan */
	rows_set(&f->stats, 0, &now);
	serve(f);
}

static int
feed_finish(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct feed *f = (struct feed *)sink;

	feed_ask(f);
	feed_tick(sink, run->stats);
	atomic_store_explicit(&f->finished, true, memory_order_release);
	return 0;
}

static const struct sink_ops feed_ops = {.name = "ui",
	.begin = feed_begin,
	.event = feed_event,
	.login = feed_login,
	.transaction = feed_transaction,
	.transfer = feed_transfer,
	.end = feed_end,
	.finding = feed_finding,
	.tick = feed_tick,
	.finish = feed_finish};

struct feed *
feed_new(const struct feed_settings *set)
{
	struct feed *f = mem_get(sizeof(*f));
	struct feed_stats none = {0};
	size_t index;

	f->sink = (struct sink){.ops = &feed_ops,
		.wants = WANT_EVENT | WANT_LOGIN | WANT_TRANSACTION | WANT_TRANSFER | WANT_END |
			 WANT_FINDING | WANT_TICK};
	f->set = *set;
	rows_init(&f->sessions, sizeof(struct feed_session), set->sessions);
	rows_init(&f->findings, sizeof(struct feed_finding), set->findings);
	rows_init(&f->logins, sizeof(struct feed_login), set->logins);
	rows_init(&f->stats, sizeof(struct feed_stats), 1);
	rows_add(&f->stats, &none, &index);
	f->texts = texts_new(set->text_bytes);
	f->writer = mem_get(sizeof(*f->writer));
	f->writer->open = map_new(0);
	f->writer->findings = map_new(set->findings);
	f->writer->logins = map_new(set->logins);
	f->writer->certs = map_new(CERTS_KNOWN);
	buf_init(&f->writer->tmp, SIZE_MAX);
	buf_init(&f->writer->key, SIZE_MAX);
	return f;
}

void
feed_free(struct feed **pf)
{
	struct feed *f = *pf;

	if (!f)
		return;
	transcript_free(&f->transcript);
	rows_done(&f->sessions);
	rows_done(&f->findings);
	rows_done(&f->logins);
	rows_done(&f->stats);
	texts_free(&f->texts);
	map_free(&f->writer->open);
	map_free(&f->writer->findings);
	map_free(&f->writer->logins);
	map_free(&f->writer->certs);
	buf_done(&f->writer->tmp);
	buf_done(&f->writer->key);
	free(f->writer);
	free(f);
	*pf = NULL;
}

bool
feed_find(const struct feed *f, uint64_t flow_id, size_t *ret)
{
	size_t n = flow_id ? rows_count(&f->sessions) : 0;

	for (size_t i = 0; i < n; i++) {
		struct feed_session r;

		rows_get(&f->sessions, i, &r);
		if (r.flow_id == flow_id) {
			*ret = i;
			return true;
		}
	}
	return false;
}

struct endpoint
feed_client(const struct feed *f, const struct feed_session *r)
{
	struct bytes kept = texts_get(f->texts, r->proxied);
	struct ev_proxy p;

	if (kept.n != sizeof(p))
		return r->client;
	memcpy(&p, kept.p, sizeof(p));
	return p.src;
}

uint64_t
feed_ask(struct feed *f)
{
	return atomic_fetch_add_explicit(&f->asked, 1, memory_order_release) + 1;
}

bool
feed_ready(const struct feed *f, uint64_t number)
{
	return atomic_load_explicit(&f->done, memory_order_acquire) >= number ||
	       atomic_load_explicit(&f->finished, memory_order_acquire);
}
