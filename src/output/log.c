#include "output/log.h"
#include "base/arena.h"
#include "base/map.h"
#include "output/filter.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPOOL_DEFAULT (UINT64_C(4) << 30)

static const char *const type_names[LOG_TYPES] = {[LOG_FLOW] = "flow",
	[LOG_LOGIN] = "login",
	[LOG_SMTP] = "smtp",
	[LOG_POP3] = "pop3",
	[LOG_IMAP] = "imap",
	[LOG_TLS] = "tls",
	[LOG_ANOMALY] = "anomaly",
	[LOG_ALERT] = "alert",
	[LOG_STATS] = "stats",
	[LOG_DNS] = "dns"};

const char *
log_type_name(enum log_type t)
{
	return type_names[t];
}

bool
log_hides(const struct log_sink *k, const struct session *s, struct bytes text)
{
	return s && s->known && !secrets_reveal(k->run->secrets) && known_in(s->known, text);
}

void
log_wire(struct log_sink *k, struct session *s, const char *key, struct bytes text)
{
	if (log_hides(k, s, text)) {
		buf_clear(&k->text);
		secrets_redact(k->run->secrets, s->known, text, NULL, 0, &k->text);
		text = buf_bytes(&k->text);
	}
	json_str_opt(&k->json, key, text);
}

void
log_address(struct log_sink *k, const char *key, struct bytes path)
{
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		path = bytes_sub(path, 1, path.n - 2);
	json_str_opt(&k->json, key, path);
}

/* Lines of a session that wait for -F. */
struct log_chain {
	uint64_t flow_id, last;
};

static struct bytes
flow_key(const uint64_t *id)
{
	return (struct bytes){(const uint8_t *)id, sizeof(*id)};
}

static void
write_line(struct log_sink *k)
{
	out_add(k->set.out, buf_bytes(&k->line));
}

static bool
deferred(const struct log_sink *k)
{
	return k->spool != NULL;
}

static void
defer_line(struct log_sink *k, uint64_t flow_id)
{
	void **at = map_put(k->waiting, flow_key(&flow_id));

	assert(at);
	if (!*at) {
		struct log_chain *c = mem_get(sizeof(*c));

		c->flow_id = flow_id;
		*at = c;
	}
	spool_put(k->spool, &((struct log_chain *)*at)->last, buf_bytes(&k->line));
}

/* The line is complete: out with it, or to where it waits. */
static void
finish_line(struct log_sink *k, uint64_t flow_id)
{
	json_close(&k->json);
	assert(k->json.depth == 0);
	buf_byte(&k->line, '\n');
	if (deferred(k) && flow_id)
		defer_line(k, flow_id);
	else
		write_line(k);
}

static bool
asked_for(const struct sink_settings *set, enum log_type t)
{
	return set->event_types ? set->event_types & 1u << t : t != LOG_DNS;
}

static bool
wanted(const struct log_sink *k, enum log_type t)
{
	return asked_for(&k->set, t) && !out_broken(k->set.out);
}

static void
begin_line(struct log_sink *k, enum log_type t, int64_t ts_ns)
{
	buf_clear(&k->line);
	json_init(&k->json, &k->line);
	json_object(&k->json, NULL);
	json_time(&k->json, "timestamp", ts_ns);
	json_word(&k->json, "event_type", type_names[t]);
}

/* The name of an input, as a member; that of the last one is kept as it was written. */
static struct bytes
input_member(struct log_sink *k, const struct source_input *in)
{
	struct json j;

	if (k->input != in) {
		k->input = in;
		buf_clear(&k->input_text);
		json_members_of(&j, &k->input_text);
		json_text(&j, in->live ? "in_iface" : "pcap_filename", in->name);
	}
	return buf_bytes(&k->input_text);
}

static void
put_input(struct log_sink *k, uint64_t packet, uint16_t input)
{
	json_u64_opt(&k->json, "pcap_cnt", packet);
	if (k->run->source && input < source_inputs(k->run->source))
		json_members(&k->json, input_member(k, source_input(k->run->source, input)));
}

static void
put_vlan(struct log_sink *k, const struct flow *f)
{
	if (f->n_vlan == 0)
		return;
	json_array(&k->json, "vlan");
	for (unsigned i = 0; i < f->n_vlan; i++)
		json_u64(&k->json, NULL, f->vlan[i]);
	json_close(&k->json);
}

static void
put_end(struct log_sink *k, const struct endpoint *e, const char *ip_key, const char *port_key)
{
	char text[ENDPOINT_TEXT];

	if (e->family == 0)
		return;
	json_text(&k->json, ip_key, endpoint_addr(e, text));
	json_u64_opt(&k->json, port_key, e->port);
}

static const char *
app_proto(const struct session *s)
{
	if (s->proto == PROTO_OTHER)
		return session_word(s, WORD_GUESS);
	return s->proto == PROTO_UNKNOWN ? NULL : proto_name(s->proto);
}

/* The common keys of a connection, as they were written for the event before. */
struct log_ends {
	uint64_t flow_id; /* 0: none yet */
	struct endpoint client, server;
	bool proxied;
	const char *app;
	struct buf text; /* members before and behind the packet's */
	size_t n_head;   /* bytes of those before */
};

static bool
same_end(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && endpoint_same_host(a, b);
}

static void
put_head(struct log_sink *k, const struct session *s, const char *app)
{
	char community[COMMUNITY_TEXT];

	json_u64(&k->json, "flow_id", s->flow->id);
	json_text(&k->json, "community_id",
		community_id(
			k->sha1, COMMUNITY_TCP, &s->flow->client, &s->flow->server, community));
}

/* What the sender of a PROXY header says; the keys before it are those of the packets. */
static void
put_proxied(struct log_sink *k, const struct session *s)
{
	const struct ev_proxy p = session_proxied(s);

	if (!p.known)
		return;
	json_object(&k->json, "proxied");
	put_end(k, &p.src, "src_ip", "src_port");
	put_end(k, &p.dst, "dest_ip", "dest_port");
	json_u64(&k->json, "version", p.version);
	if (p.tls)
		json_bool(&k->json, "tls", true);
	json_close(&k->json);
}

static void
put_tail(struct log_sink *k, const struct session *s, const char *app)
{
	put_vlan(k, s->flow);
	put_end(k, &s->flow->client, "src_ip", "src_port");
	put_end(k, &s->flow->server, "dest_ip", "dest_port");
	put_proxied(k, s);
	json_word(&k->json, "proto", "TCP");
	json_text(&k->json, "app_proto", app);
}

static const struct log_ends *
ends_of(struct log_sink *k, const struct session *s)
{
	struct log_ends *e = &k->ends[s->flow->id % LOG_ENDS];
	const char *app = app_proto(s);
	bool proxied = session_has(s, TEXT_PROXIED);
	struct json was = k->json;

	if (e->flow_id == s->flow->id && e->app == app && e->proxied == proxied &&
		same_end(&e->client, &s->flow->client) &&
		same_end(&e->server, &s->flow->server))
		return e;
	e->flow_id = s->flow->id;
	e->client = s->flow->client;
	e->server = s->flow->server;
	e->app = app;
	e->proxied = proxied;
	buf_clear(&e->text);
	json_members_of(&k->json, &e->text);
	put_head(k, s, app);
	e->n_head = e->text.n;
	json_members_of(&k->json, &e->text);
	put_tail(k, s, app);
	k->json = was;
	return e;
}

/* All the keys that every event of a connection has. */
static void
put_session(struct log_sink *k, const struct session *s, uint64_t packet, uint16_t input)
{
	const struct log_ends *e = ends_of(k, s);
	struct bytes text = buf_bytes(&e->text);

	json_members(&k->json, bytes_sub(text, 0, e->n_head));
	put_input(k, packet, input);
	json_members(&k->json, bytes_from(text, e->n_head));
}

static void
mark_matched(struct log_sink *k, uint64_t id)
{
	while (k->matched.n <= id / 8)
		buf_byte(&k->matched, 0);
	k->matched.p[id / 8] |= (uint8_t)(1u << id % 8);
}

static bool
is_matched(const struct log_sink *k, uint64_t id)
{
	return id / 8 < k->matched.n && (k->matched.p[id / 8] >> id % 8 & 1);
}

/* Live capture with -F: what is known of the session now decides; over files its end does. */
static bool
passes(struct log_sink *k, const struct session *s)
{
	if (!k->set.filter || deferred(k))
		return true;
	if (!filter_match(k->set.filter, s))
		return false;
	mark_matched(k, s->flow->id);
	return true;
}

static bool
begin_session_line(
	struct log_sink *k, struct session *s, enum log_type t, const struct place *at)
{
	if (!wanted(k, t) || !passes(k, s))
		return false;
	begin_line(k, t, at->ts_ns);
	put_session(k, s, at->packet, at->input);
	return true;
}

static void
log_login(struct sink *sink, struct session *s, const struct login *l, const struct place *at)
{
	struct log_sink *k = (struct log_sink *)sink;

	if (!begin_session_line(k, s, LOG_LOGIN, at))
		return;
	log_put_login(k, s, l);
	finish_line(k, s->flow->id);
}

static void
log_transaction(struct sink *sink, struct session *s, const struct transaction *t)
{
	struct log_sink *k = (struct log_sink *)sink;

	if (!begin_session_line(k, s, LOG_SMTP, t->end.packet ? &t->end : &t->begin))
		return;
	log_put_transaction(k, s, t);
	finish_line(k, s->flow->id);
}

static void
log_transfer(struct sink *sink, struct session *s, const struct message *m)
{
	struct log_sink *k = (struct log_sink *)sink;
	enum log_type t = s->proto == PROTO_POP3 ? LOG_POP3 : LOG_IMAP;

	if (!begin_session_line(k, s, t, m->end.packet ? &m->end : &m->begin))
		return;
	log_put_transfer(k, s, m);
	finish_line(k, s->flow->id);
}

static void
tls_line(struct log_sink *k, struct session *s, const struct place *at)
{
	if (!begin_session_line(k, s, LOG_TLS, at))
		return;
	log_put_tls(k, s);
	finish_line(k, s->flow->id);
}

static void
log_event(struct sink *sink, struct session *s, const struct event *e)
{
	struct log_sink *k = (struct log_sink *)sink;

	if (e->type == EV_TLS && log_tls_ends(s, e))
		tls_line(k, s, &e->at);
	if (e->type != EV_ANOMALY && (e->type != EV_GAP || e->gap.bytes == 0))
		return;
	if (!begin_session_line(k, s, LOG_ANOMALY, &e->at))
		return;
	log_put_anomaly(k, s, e);
	finish_line(k, s->flow->id);
}

/* Of no session: a filter, which asks for sessions, lets none of it pass. */
static void
log_loose(struct sink *sink, const struct flow *f, const struct event *e)
{
	struct log_sink *k = (struct log_sink *)sink;
	enum log_type t = e->type == EV_ANOMALY ? LOG_ANOMALY : LOG_DNS;
	enum community_proto proto = f->id ? COMMUNITY_TCP : COMMUNITY_UDP;
	char community[COMMUNITY_TEXT];

	if (!wanted(k, t) || k->set.filter)
		return;
	begin_line(k, t, e->at.ts_ns);
	json_u64_opt(&k->json, "flow_id", f->id);
	json_text(&k->json, "community_id",
		community_id(k->sha1, proto, &f->client, &f->server, community));
	put_input(k, e->at.packet, e->at.input);
	put_vlan(k, f);
	put_end(k, &f->client, "src_ip", "src_port");
	put_end(k, &f->server, "dest_ip", "dest_port");
	json_text(&k->json, "proto", proto == COMMUNITY_TCP ? "TCP" : "UDP");
	json_text(&k->json, "app_proto", "dns");
	log_put_dns(k, e);
	finish_line(k, 0);
}

/* -F has its answer: the lines that waited go out, or away. */
static void
settle(struct log_sink *k, struct session *s)
{
	const uint64_t id = s->flow->id;
	struct log_chain *c = map_del(k->waiting, flow_key(&id));
	bool yes = filter_match(k->set.filter, s);
	uint64_t *list;
	size_t n;

	if (c && yes) {
		n = spool_list(k->spool, c->last, &list);
		for (size_t i = 0; i < n; i++) {
			spool_get(k->spool, list[i], &k->line);
			write_line(k);
		}
		free(list);
	}
	if (yes)
		mark_matched(k, s->flow->id);
	free(c);
}

static void
log_end(struct sink *sink, struct session *s)
{
	struct log_sink *k = (struct log_sink *)sink;
	struct place at = {.ts_ns = s->flow->last_ns,
		.packet = s->flow->last_packet,
		.input = s->flow->last_input};

	if (log_tls_open(s))
		tls_line(k, s, &at);
	if (begin_session_line(k, s, LOG_FLOW, &at)) {
		log_put_flow(k, s);
		finish_line(k, s->flow->id);
	}
	if (deferred(k))
		settle(k, s);
}

/* Of no session any more: what the finding itself knows. */
static void
put_finding_ends(struct log_sink *k, const struct finding *f)
{
	const struct endpoint *client = f->via.family ? &f->via : &f->client;
	char text[COMMUNITY_TEXT];

	json_u64_opt(&k->json, "flow_id", f->flow_id);
	if (client->family && f->server.family && client->port && f->server.port)
		json_text(&k->json, "community_id",
			community_id(k->sha1, COMMUNITY_TCP, client, &f->server, text));
	if (f->n_evidence)
		put_input(k, f->evidence[f->n_evidence - 1].at.packet,
			f->evidence[f->n_evidence - 1].at.input);
	put_end(k, client, "src_ip", "src_port");
	put_end(k, &f->server, "dest_ip", "dest_port");
	if (f->via.family) {
		json_object(&k->json, "proxied");
		put_end(k, &f->client, "src_ip", "src_port");
		json_close(&k->json);
	}
	json_word(&k->json, "proto", "TCP");
	if (f->proto != PROTO_UNKNOWN && f->proto != PROTO_OTHER)
		json_text(&k->json, "app_proto", proto_name(f->proto));
}

static void
log_finding(struct sink *sink, struct session *s, const struct finding *f, bool repeat)
{
	struct log_sink *k = (struct log_sink *)sink;
	const struct place *at = f->n_evidence ? &f->evidence[f->n_evidence - 1].at : NULL;

	if (!wanted(k, LOG_ALERT) || (s && !passes(k, s)))
		return;
	if (!s && k->set.filter && f->flow_id && !is_matched(k, f->flow_id))
		return;
	begin_line(k, LOG_ALERT, at ? at->ts_ns : f->last_ns);
	if (s)
		put_session(k, s, at ? at->packet : 0, at ? at->input : s->flow->last_input);
	else
		put_finding_ends(k, f);
	log_put_alert(k, f, repeat);
	finish_line(k, s ? s->flow->id : 0);
}

static void
log_stats(struct sink *sink, const struct run_stats *st)
{
	struct log_sink *k = (struct log_sink *)sink;

	if (!wanted(k, LOG_STATS))
		return;
	begin_line(k, LOG_STATS, st->ts_ns);
	log_put_stats(k, st);
	finish_line(k, 0);
}

static int
log_begin(struct sink *sink, const struct run_info *run, struct err *e)
{
	((struct log_sink *)sink)->run = run;
	return 0;
}

static int
log_finish(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct log_sink *k = (struct log_sink *)sink;
	int r = out_flush(k->set.out, e);

	return r == 0 && k->spool ? spool_err(k->spool, e) : r;
}

static void
log_free(struct sink *sink)
{
	struct log_sink *k = (struct log_sink *)sink;
	struct bytes key;
	size_t pos = 0;
	void *c;

	while (k->waiting && map_next(k->waiting, &pos, &key, &c))
		free(c);
	map_free(&k->waiting);
	log_rows_free(&k->rows);
	log_lists_free(&k->lists);
	for (size_t i = 0; i < LOG_ENDS; i++) {
		buf_done(&k->ends[i].text);
	}
	free(k->ends);
	sha1_free(&k->sha1);
	spool_free(&k->spool);
	buf_done(&k->matched);
	buf_done(&k->line);
	buf_done(&k->text);
	buf_done(&k->input_text);
	free(k);
}

static const struct sink_ops log_ops = {
	.name = "log",
	.begin = log_begin,
	.event = log_event,
	.loose = log_loose,
	.login = log_login,
	.transaction = log_transaction,
	.transfer = log_transfer,
	.end = log_end,
	.finding = log_finding,
	.stats = log_stats,
	.finish = log_finish,
	.free = log_free,
};

/* What nobody asked for is not made: its bit is what makes the others work. */
static unsigned
wants_of(const struct sink_settings *set)
{
	static const unsigned wants[LOG_TYPES] = {[LOG_FLOW] = WANT_END,
		[LOG_LOGIN] = WANT_LOGIN,
		[LOG_SMTP] = WANT_TRANSACTION,
		[LOG_POP3] = WANT_TRANSFER,
		[LOG_IMAP] = WANT_TRANSFER,
		[LOG_TLS] = WANT_TLS | WANT_END,
		[LOG_ANOMALY] = WANT_ANOMALY,
		[LOG_ALERT] = WANT_FINDING,
		[LOG_STATS] = WANT_STATS,
		[LOG_DNS] = WANT_DNS};
	unsigned all = 0;

	for (unsigned t = 0; t < LOG_TYPES; t++)
		if (asked_for(set, (enum log_type)t))
			all |= wants[t];
	/* A filter may ask for the worst finding, and lines wait for the end of their session.
	 */
	return set->filter ? all | WANT_END | WANT_JUDGED : all;
}

struct sink *
log_sink_new(const struct sink_settings *set, struct err *e)
{
	struct log_sink *k;

	if (set->format && strcmp(set->format, "json") != 0 &&
		strcmp(set->format, "ndjson") != 0) {
		err_set(e, -EINVAL,
			"log: unknown format '%s': it writes json, one object a line",
			set->format);
		return NULL;
	}
	k = mem_get(sizeof(*k));
	k->sink = (struct sink){.ops = &log_ops, .wants = wants_of(set)};
	k->set = *set;
	k->rows = map_new(0);
	k->lists = log_lists_new();
	k->ends = mem_get(LOG_ENDS * sizeof(*k->ends));
	for (size_t i = 0; i < LOG_ENDS; i++) {
		buf_init(&k->ends[i].text, SIZE_MAX);
	}
	k->sha1 = sha1_new();
	buf_init(&k->line, SIZE_MAX);
	buf_init(&k->text, SIZE_MAX);
	buf_init(&k->input_text, SIZE_MAX);
	buf_init(&k->matched, SIZE_MAX);
	if (set->filter && !set->flush_each) {
		k->spool = spool_new(set->spool_bytes ? set->spool_bytes : SPOOL_DEFAULT);
		k->waiting = map_new(0);
	}
	return &k->sink;
}
