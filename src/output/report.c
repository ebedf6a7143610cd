#include "output/report_tls.h"
#include "base/arena.h"
#include "base/clock.h"
#include "model/verdict.h"
#include "output/filter.h"
#include "output/report_cert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 1000 /* logins and findings of one session that wait for -F */

const char *const report_results[] = {
	[AUTH_UNKNOWN] = "unknown", [AUTH_ACCEPTED] = "accepted", [AUTH_REFUSED] = "refused"};
const char *const report_exposures[] = {[EXPOSURE_NONE] = "none",
	[EXPOSURE_TOKEN] = "token",
	[EXPOSURE_CRACKABLE] = "crackable",
	[EXPOSURE_PASSWORD] = "password"};

struct pending { /* either */
	struct report_finding *finding;
	struct report_login *login;
};

struct waiting { /* of one session */
	struct pending *what;
	size_t n, cap;
};

static void
list_init(struct report_list *l)
{
	*l = (struct report_list){.map = map_new(REPORT_ITEMS)};
}

/* The item of this key; NULL: there is none yet, and *ret_new is its place, or NULL when the
 * list is full. */
static void *
list_find(struct report_list *l, struct bytes key, void ***ret_new)
{
	void **place = map_put(l->map, key);

	*ret_new = place && !*place ? place : NULL;
	if (!place)
		l->dropped++;
	return place ? *place : NULL;
}

static void
list_add(struct report_list *l, void **place, void *item)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->items = mem_grow(l->items, l->cap * sizeof(*l->items));
	}
	l->items[l->n++] = item;
	*place = item;
}

static struct bytes
keep(struct arena *a, struct bytes in)
{
	return arena_copy(a, bytes_sub(in, 0, REPORT_TEXT_BYTES));
}

void
report_key(struct buf *key, const struct endpoint *e, bool port)
{
	buf_byte(key, e->family);
	buf_add(key, (struct bytes){e->addr, sizeof(e->addr)});
	buf_fmt(key, "%u|", port ? e->port : 0);
}

static struct report_finding *
finding_copy(const struct finding *f)
{
	struct report_finding *c = mem_get(sizeof(*c));
	size_t n = f->n_evidence < EVIDENCE_MAX ? f->n_evidence : EVIDENCE_MAX;

	arena_init(&c->arena, 512);
	c->number = f->number;
	c->row = f->row;
	c->reason = f->reason;
	c->severity = f->severity;
	c->certainty = f->certainty;
	c->client = f->client;
	c->server = f->server;
	c->via = f->via;
	c->proto = f->proto;
	c->account = keep(&c->arena, f->account);
	c->note = keep(&c->arena, f->note);
	c->first_ns = f->first_ns;
	c->last_ns = f->last_ns;
	c->count = f->count ? f->count : 1;
	c->flow_id = c->last_flow_id = f->flow_id;
	for (size_t i = 0; i < n && c->n_evidence < REPORT_EVIDENCE; i++) {
		const struct evidence *v;

		if (c->n_evidence == REPORT_EVIDENCE - 1)
			i = n - 1; /* the first ones and the last one */
		v = &f->evidence[i];
		c->evidence[c->n_evidence++] = (struct report_evidence){.packet = v->at.packet,
			.offset = v->at.offset,
			.ts_ns = v->at.ts_ns,
			.input = v->at.input,
			.dir = v->at.dir,
			.text = keep(&c->arena, v->text)};
	}
	return c;
}

static void
finding_free(struct report_finding *f)
{
	arena_done(&f->arena);
	free(f);
}

static void
count_finding(struct report *r, const struct report_finding *f)
{
	if (f->row->cls == CLASS_FINDING)
		r->seen.severities[f->severity]++;
	else if (f->row->cls == CLASS_OBSERVATION)
		r->seen.observations++;
	else
		r->seen.positives++;
}

/* Takes f. A record told again brings its final rating, numbers and note. */
static void
add_finding(struct report *r, struct report_finding *f)
{
	struct bytes key = {(const uint8_t *)&f->number, sizeof(f->number)};
	void **place;
	struct report_finding *old = list_find(&r->findings, key, &place), was;

	if (place) {
		list_add(&r->findings, place, f);
		return;
	}
	if (old) {
		was = *old;
		*old = *f;
		*f = was;
		old->flow_id = was.flow_id;
	}
	finding_free(f);
}

static struct bytes
login_key(struct report *r, const struct report_login *l)
{
	buf_clear(&r->tmp);
	buf_fmt(&r->tmp, "%u|%u|%u|%u|%u|", l->proto, l->exposure, l->result, l->tls,
		l->readable);
	report_key(&r->tmp, &l->client, false);
	report_key(&r->tmp, &l->server, true);
	report_key(&r->tmp, &l->via, false);
	buf_add(&r->tmp, l->mechanism);
	buf_byte(&r->tmp, '|');
	buf_add(&r->tmp, l->user);
	return buf_bytes(&r->tmp);
}

static struct report_login *
login_copy(const struct session *s, const struct login *l, const struct place *at)
{
	struct report_login *c = mem_get(sizeof(*c));
	const struct place *where = l->ev->credential.packet ? &l->ev->credential : at;

	arena_init(&c->arena, 256);
	c->user = keep(&c->arena, l->ev->user);
	c->mechanism = keep(&c->arena, l->ev->mechanism);
	c->client = session_client(s);
	c->via = session_via(s);
	c->server = s->flow->server;
	c->proto = s->proto;
	c->exposure = l->ev->exposure;
	c->result = l->ev->result;
	c->tls = l->tls || l->cover != COVER_CLEAR;
	c->readable = !c->tls && l->ev->credential_seen;
	c->secret_id = l->secret_id;
	c->count = 1;
	c->packets[0] = where->packet;
	c->inputs[0] = where->input;
	c->first_ns = c->last_ns = at->ts_ns;
	return c;
}

static void
login_free(struct report_login *l)
{
	arena_done(&l->arena);
	free(l);
}

static void
add_login(struct report *r, struct report_login *l)
{
	void **place;
	struct report_login *old;

	r->seen.logins++;
	if (l->tls)
		r->seen.logins_protected++;
	else if (l->exposure == EXPOSURE_PASSWORD || l->exposure == EXPOSURE_TOKEN)
		r->seen.logins_exposed++;
	old = list_find(&r->logins, login_key(r, l), &place);
	if (place) {
		list_add(&r->logins, place, l);
		return;
	}
	if (old) {
		if (old->count < sizeof(old->packets) / sizeof(old->packets[0])) {
			old->packets[old->count] = l->packets[0];
			old->inputs[old->count] = l->inputs[0];
		}
		old->count++;
		old->last_ns = l->last_ns;
	}
	login_free(l);
}

/* Records alone prove TLS, also when no handshake was readable. */
static bool
in_tls(const struct session *s)
{
	return s->tls || verdict_tls_followed(s);
}

/* Records of one side, and nothing that says that it came to nothing. */
static bool
may_be_tls(const struct session *s)
{
	return s->proto == PROTO_TLS && !s->given_up && !s->tls_alert_fatal;
}

static void
add_server(struct report *r, const struct session *s)
{
	struct report_server *v;
	void **place;

	buf_clear(&r->tmp);
	report_key(&r->tmp, &s->flow->server, true);
	v = list_find(&r->servers, buf_bytes(&r->tmp), &place);
	if (!v && !place)
		return;
	if (!v) {
		v = mem_get(sizeof(*v));
		arena_init(&v->arena, 256);
		v->server = s->flow->server;
		list_add(&r->servers, place, v);
	}
	if (v->service == SERVICE_UNKNOWN)
		v->service = s->service;
	if (v->proto == PROTO_UNKNOWN)
		v->proto = s->proto;
	if (!v->name.n)
		v->name = keep(&v->arena, s->greeting->server_name);
	if (!v->software.n)
		v->software = keep(&v->arena, session_software(s));
	v->sessions++;
	v->tls += in_tls(s);
	v->logins += s->logins;
	v->exposed += session_has(s, AT_SECRET_CLEAR);
	v->messages += s->messages;
	report_cert_add(&v->cert, s);
	v->verdicts[s->verdict]++;
	report_tls_add(&v->handshakes, s);
}

static void
add_seen(struct report_seen *x, const struct session *s)
{
	const struct flow *f = s->flow;

	x->sessions++;
	x->protos[s->proto]++;
	if (s->proto == PROTO_OTHER)
		return;
	x->verdicts[s->verdict]++;
	x->midstream += f->midstream;
	x->one_sided += s->one_sided;
	x->gapped += f->side[0].gap_bytes + f->side[1].gap_bytes != 0;
	x->gap_bytes += f->side[0].gap_bytes + f->side[1].gap_bytes;
	x->opaque += (in_tls(s) || may_be_tls(s)) && !s->caps_tls->known;
	x->implicit += in_tls(s) && s->verdict == VERDICT_IMPLICIT;
	x->given_up += s->given_up;
	x->sasl_layer += s->sasl_layer;
	x->deflate += s->deflate;
	x->no_dialogue += s->commands == 0 && s->replies == 0 && !s->tls &&
			  s->proto != PROTO_TLS;
	x->evicted += f->reason == FLOW_EVICTED;
	x->messages += s->messages;
}

static struct bytes
flow_key(const uint64_t *id)
{
	return (struct bytes){(const uint8_t *)id, sizeof(*id)};
}

static struct waiting *
waiting_of(struct report *r, uint64_t flow_id)
{
	void **place = map_put(r->waiting, flow_key(&flow_id));

	if (!*place)
		*place = mem_get(sizeof(struct waiting));
	return *place;
}

/* False when too much waits already: then it is the caller's to free. */
static bool
wait_for_end(struct report *r, uint64_t flow_id, struct pending p)
{
	struct waiting *w = waiting_of(r, flow_id);

	if (w->n == WAITING_MAX)
		return false;
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 4;
		w->what = mem_grow(w->what, w->cap * sizeof(*w->what));
	}
	w->what[w->n++] = p;
	return true;
}

static bool
is_matched(const struct report *r, uint64_t id)
{
	return id / 8 < r->matched.n && (r->matched.p[id / 8] >> id % 8 & 1);
}

static void
report_login(
	struct sink *sink, struct session *s, const struct login *l, const struct place *at)
{
	struct report *r = (struct report *)sink;
	struct report_login *c = login_copy(s, l, at);

	if (!r->set.filter)
		add_login(r, c);
	else if (!wait_for_end(r, s->flow->id, (struct pending){.login = c}))
		login_free(c);
}

static void
report_finding(struct sink *sink, struct session *s, const struct finding *f, bool repeat)
{
	struct report *r = (struct report *)sink;
	struct report_finding *c = finding_copy(f);

	if (!r->set.filter || (!s && is_matched(r, f->flow_id)))
		add_finding(r, c);
	else if (!s || !wait_for_end(r, s->flow->id, (struct pending){.finding = c}))
		finding_free(c);
}

/* -F has its answer. */
static void
settle(struct report *r, struct waiting *w, bool yes)
{
	for (size_t i = 0; w && i < w->n; i++) {
		if (w->what[i].finding && yes)
			add_finding(r, w->what[i].finding);
		else if (w->what[i].finding)
			finding_free(w->what[i].finding);
		else if (yes)
			add_login(r, w->what[i].login);
		else
			login_free(w->what[i].login);
	}
	if (w)
		free(w->what);
	free(w);
}

static void
report_end(struct sink *sink, struct session *s)
{
	struct report *r = (struct report *)sink;
	uint64_t id = s->flow->id;

	if (r->set.filter) {
		bool yes = filter_match(r->set.filter, s);

		settle(r, map_del(r->waiting, flow_key(&id)), yes);
		if (!yes)
			return;
		while (r->matched.n <= id / 8)
			buf_byte(&r->matched, 0);
		r->matched.p[id / 8] |= (uint8_t)(1u << id % 8);
	}
	add_seen(&r->seen, s);
	if (s->proto != PROTO_OTHER)
		add_server(r, s);
}

const char *
report_input(const struct report *r, uint16_t input)
{
	if (!r->run->source || input >= source_inputs(r->run->source))
		return NULL;
	return source_input(r->run->source, input)->name;
}

const char *
report_input_short(const struct report *r, uint16_t input)
{
	return report_input(r, input) && source_inputs(r->run->source) > 1 ? r->names[input]
									   : NULL;
}

void
report_ends(struct buf *out, const struct endpoint *client, const struct endpoint *server)
{
	char text[ENDPOINT_TEXT + 8];

	if (client->family)
		buf_str(out, endpoint_addr(client, text));
	if (client->family && server->family)
		buf_str(out, " → ");
	if (server->family)
		buf_str(out, server->port ? endpoint_text(server, text)
					  : endpoint_addr(server, text));
}

void
report_via(struct buf *out, const struct endpoint *via)
{
	char text[ENDPOINT_TEXT];

	if (via->family)
		buf_fmt(out, " through %s", endpoint_addr(via, text));
}

void
report_flush(struct report *r)
{
	out_add(r->set.out, buf_bytes(&r->out));
	buf_clear(&r->out);
}

static int
report_begin(struct sink *sink, const struct run_info *run, struct err *e)
{
	((struct report *)sink)->run = run;
	return 0;
}

static int
report_finish(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct report *r = (struct report *)sink;

	for (size_t i = 0; i < r->findings.n; i++)
		count_finding(r, r->findings.items[i]);
	report_settle(r);
	if (r->set.format && strcmp(r->set.format, "json") == 0)
		report_json(r);
	else if (r->set.format && strcmp(r->set.format, "csv") == 0)
		report_csv(r);
	else
		report_text(r);
	report_flush(r);
	return out_flush(r->set.out, e);
}

static void
free_list(struct report_list *l)
{
	map_free(&l->map);
	free(l->items);
}

static void
report_free(struct sink *sink)
{
	struct report *r = (struct report *)sink;
	struct bytes key;
	size_t pos = 0;
	void *w;

	while (r->waiting && map_next(r->waiting, &pos, &key, &w))
		settle(r, w, false);
	map_free(&r->waiting);
	for (size_t i = 0; i < r->findings.n; i++)
		finding_free(r->findings.items[i]);
	for (size_t i = 0; i < r->logins.n; i++)
		login_free(r->logins.items[i]);
	for (size_t i = 0; i < r->servers.n; i++) {
		report_tls_free(&((struct report_server *)r->servers.items[i])->handshakes);
		report_cert_free(&((struct report_server *)r->servers.items[i])->cert);
		arena_done(&((struct report_server *)r->servers.items[i])->arena);
		free(r->servers.items[i]);
	}
	free_list(&r->findings);
	free_list(&r->logins);
	free_list(&r->servers);
	free(r->names);
	buf_done(&r->matched);
	buf_done(&r->out);
	buf_done(&r->tmp);
	free(r);
}

static const struct sink_ops report_ops = {.name = "report",
	.begin = report_begin,
	.login = report_login,
	.end = report_end,
	.finding = report_finding,
	.finish = report_finish,
	.free = report_free};

struct sink *
report_sink_new(const struct sink_settings *set, struct err *e)
{
	static const char *const formats[] = {"text", "json", "csv"};
	struct report *r;
	bool known = !set->format;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		known |= set->format && strcmp(set->format, formats[i]) == 0;
	if (!known) {
		err_set(e, -EINVAL, "report: unknown format '%s'; there are text, json and csv",
			set->format);
		return NULL;
	}
	r = mem_get(sizeof(*r));
	r->sink = (struct sink){
		.ops = &report_ops, .wants = WANT_LOGIN | WANT_END | WANT_FINDING};
	r->set = *set;
	list_init(&r->findings);
	list_init(&r->logins);
	list_init(&r->servers);
	if (set->filter)
		r->waiting = map_new(0);
	buf_init(&r->matched, SIZE_MAX);
	buf_init(&r->out, SIZE_MAX);
	buf_init(&r->tmp, SIZE_MAX);
	return &r->sink;
}
