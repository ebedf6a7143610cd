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
	log_put_session(k, s, at->packet, at->input);
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

	if (!wanted(k, t) || k->set.filter)
		return;
	begin_line(k, t, e->at.ts_ns);
	log_put_loose_ends(k, f, &e->at);
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
		log_put_session(
			k, s, at ? at->packet : 0, at ? at->input : s->flow->last_input);
	else
		log_put_finding_ends(k, f);
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
	log_ends_free(&k->ends);
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
	k->ends = log_ends_new();
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
