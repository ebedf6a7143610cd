#include "findings/engine.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* hits */

void
hit_init(struct hit *h, const struct rule *r, struct session *s, const char *reason)
{
	memset(h, 0, sizeof(*h));
	h->rule = r;
	h->session = s;
	h->reason = reason;
	h->severity = r->row->severity;
	if (!s)
		return;
	h->client = s->flow->client;
	h->server = s->flow->server;
	h->proto = s->proto;
}

static struct clue *
clue_new(struct hit *h, const struct place *at)
{
	struct clue *c;

	if (!at || at->packet == 0 || h->n_clues == HIT_EVIDENCE)
		return NULL;
	c = &h->clues[h->n_clues++];
	c->at = *at;
	return c;
}

/* What is cut says so. */
static void
clue_cut(struct clue *c)
{
	static const char more[] = "…";

	if (c->cut)
		memcpy(c->text + c->n - (sizeof(more) - 1), more, sizeof(more) - 1);
}

void
hit_clue(struct hit *h, const struct place *at, const char *fmt, ...)
{
	struct clue *c = clue_new(h, at);
	va_list ap;
	int n;

	if (!c)
		return;
	va_start(ap, fmt);
	n = vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	c->cut = n >= (int)sizeof(c->text);
	c->n = (uint16_t)(c->cut ? sizeof(c->text) - 1 : (size_t)n);
	clue_cut(c);
}

void
hit_wire(struct findings *f, struct hit *h, const struct place *at, const char *before,
	struct bytes wire, const struct mask *masks, size_t n_masks)
{
	struct clue *c = clue_new(h, at);
	struct buf out;

	if (!c)
		return;
	buf_init(&out, SIZE_MAX);
	if (before)
		buf_str(&out, before);
	secrets_redact(
		f->secrets, h->session ? h->session->known : NULL, wire, masks, n_masks, &out);
	c->cut = out.n > sizeof(c->text);
	c->n = (uint16_t)(c->cut ? sizeof(c->text) : out.n);
	if (c->n)
		memcpy(c->text, out.p, c->n);
	clue_cut(c);
	buf_wipe(&out);
}

void
hit_main(struct hit *h)
{
	if (h->n_clues < HIT_EVIDENCE)
		h->main = h->n_clues;
}

void
hit_note(struct hit *h, const char *fmt, ...)
{
	size_t room = sizeof(h->note) - h->note_n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(h->note + h->note_n, room, fmt, ap);
	va_end(ap);
	h->note_n += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* rating */

static enum severity
step(enum severity s, int by)
{
	int to = (int)s + by;

	return (enum severity)(to < SEV_INFO       ? SEV_INFO
			       : to > SEV_CRITICAL ? SEV_CRITICAL
						   : to);
}

enum severity
record_severity(const struct rating *r)
{
	enum severity s = r->base;

	if (r->loop)
		s = SEV_INFO;
	if (r->local && !(r->credential && s <= SEV_MEDIUM))
		s = step(s, -1);
	if (r->rejected && !r->named)
		s = step(s, -1);
	if (r->possible && !r->named)
		s = step(s, -1);
	if (r->sensitive)
		s = step(s, 1);
	if (r->repeat && (s == SEV_LOW || s == SEV_MEDIUM))
		s = step(s, 1);
	return s;
}

static enum severity
rate(const struct findings *f, const struct record *r)
{
	const struct endpoint *c = &r->f.client, *s = &r->f.server;
	bool both = c->family && s->family;
	struct rating in = {
		.base = r->base,
		.loop = both && ((endpoint_is_loopback(c) && endpoint_is_loopback(s)) ||
					endpoint_same_host(c, s)),
		.local = both && net_same_trusted(f->trusted, f->n_trusted, c, s),
		.credential = r->rule->flags & RULE_CREDENTIAL,
		.rejected = r->rejected,
		.possible = r->f.certainty == CERTAINTY_POSSIBLE,
		.named = r->named,
		.sensitive = r->f.row->cls != CLASS_POSITIVE &&
			     findings_is_sensitive(f, r->f.account),
		.repeat = r->f.row->scope == SCOPE_SERVICE && r->n_clients >= RECORD_CLIENTS &&
			  r->f.row->cls == CLASS_FINDING,
	};

	return record_severity(&in);
}

/* telling */

static void
evidence_fill(struct findings *f, struct record *r)
{
	const char *name;

	r->f.n_evidence = r->n_clues;
	for (size_t i = 0; i < r->n_clues; i++) {
		struct evidence *e = &r->f.evidence[i];

		e->at = r->clues[i].at;
		e->text = r->clues[i].text;
		name = f->input_name ? f->input_name(f->input_user, e->at.input) : NULL;
		snprintf(e->in_name, sizeof(e->in_name), "%s", name ? name : "");
	}
	r->f.note = (struct bytes){(const uint8_t *)r->note, r->note_n};
}

static void
tell(struct findings *f, struct record *r, struct session *s)
{
	bool repeat = r->told;

	r->told = true;
	r->changed = false;
	if (!f->sink.finding)
		return;
	evidence_fill(f, r);
	f->sink.finding(f->sink.user, s, &r->f, repeat);
}

/* Sets the severity anew; true when it changed. */
static bool
rate_again(struct findings *f, struct record *r)
{
	enum severity now = rate(f, r), was = r->f.severity;
	bool counts = r->f.row->cls == CLASS_FINDING;

	if (now == was)
		return false;
	if (counts && was != SEV_NONE)
		f->records.worst[was]--;
	if (counts)
		f->records.worst[now]++;
	r->f.severity = now;
	r->changed = true;
	return true;
}

static void
session_mark(struct session *s, const struct record *r, bool first_here)
{
	if (!s || r->f.row->cls != CLASS_FINDING)
		return;
	if (first_here)
		s->findings++;
	if (r->f.severity > s->worst)
		s->worst = (uint8_t)r->f.severity;
}

/* keeping */

void
records_init(struct records *r)
{
	*r = (struct records){.by_key = map_new(0)};
}

void
records_done(struct records *r)
{
	for (size_t i = 0; i < r->n; i++) {
		arena_done(&r->list[i]->arena);
		free(r->list[i]->last_text);
		free(r->list[i]->note);
		free(r->list[i]);
	}
	free(r->list);
	map_free(&r->by_key);
	*r = (struct records){0};
}

static void
scope_key(const struct hit *h, struct key *k)
{
	switch (h->rule->row->scope) {
	case SCOPE_CONN:
	case SCOPE_MSG:
		key_number(k, h->session ? h->session->flow->id : 0);
		break;
	case SCOPE_PAIR:
		key_host(k, &h->client);
		key_service(k, &h->server);
		key_number(k, h->proto);
		break;
	case SCOPE_SERVICE:
		key_service(k, &h->server);
		break;
	case SCOPE_HOST:
		key_host(k, h->client.family ? &h->client : &h->server);
		break;
	case SCOPE_ACCOUNT:
		key_host(k, &h->server);
		key_bytes(k, h->account);
		break;
	case SCOPE_DOMAIN:
	case SCOPE_WINDOW:
	case SCOPE_CAPTURE:
		break;
	}
	if (h->rule->flags & RULE_ACCOUNT)
		key_bytes(k, h->account);
	if (h->key.n)
		key_bytes(k, h->key);
}

static void
record_key(const struct hit *h, struct key *k)
{
	k->n = 0;
	key_number(k, h->rule->row->signature_id);
	key_text(k, h->reason);
	scope_key(h, k);
}

static void
list_add(struct records *r, struct record *rec)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 64;
		r->list = mem_grow(r->list, r->cap * sizeof(struct record *));
	}
	r->list[r->n++] = rec;
}

static struct record *
record_new(struct findings *f, const struct hit *h, const struct key *k)
{
	struct record *r;

	if (f->records.n >= f->set.records) {
		f->records.dropped++;
		return NULL;
	}
	r = mem_get(sizeof(*r));
	arena_init(&r->arena, 0);
	r->rule = h->rule;
	r->f.row = h->rule->row;
	r->f.reason = h->reason;
	r->f.certainty = h->certainty;
	r->f.client = h->client;
	r->f.server = h->server;
	r->f.proto = h->proto;
	r->f.account = arena_copy(&r->arena, h->account);
	r->base = h->severity;
	r->named = h->named;
	r->rejected = h->rejected;
	list_add(&f->records, r);
	*map_put(f->records.by_key, key_of(k)) = r;
	return r;
}

static struct bytes
clue_text(const struct clue *c)
{
	return (struct bytes){(const uint8_t *)c->text, c->n};
}

static void
keep_clue(struct record *r, const struct clue *c)
{
	if (r->n_clues == EVIDENCE_MAX)
		return;
	r->clues[r->n_clues].at = c->at;
	r->clues[r->n_clues++].text = arena_copy(&r->arena, clue_text(c));
}

/* The last occurrence: its text has a place of its own, so that a million of them cost nothing.
 */
static void
keep_last(struct record *r, const struct clue *c)
{
	struct kept_clue *last;

	if (!r->last_text)
		r->last_text = mem_get(EVIDENCE_TEXT);
	if (!r->has_last) {
		if (r->n_clues == EVIDENCE_MAX)
			r->n_clues--;
		r->n_clues++;
		r->has_last = true;
	}
	last = &r->clues[r->n_clues - 1];
	memcpy(r->last_text, c->text, c->n);
	last->at = c->at;
	last->text = (struct bytes){(const uint8_t *)r->last_text, c->n};
}

/* Evidence: all of the first occurrence, the main piece of the next two, and of the last. */
static void
keep_evidence(struct record *r, const struct hit *h)
{
	if (h->n_clues == 0)
		return;
	if (r->occurrences == 0) {
		for (size_t i = 0; i < h->n_clues; i++)
			keep_clue(r, &h->clues[i]);
	} else if (r->occurrences < 3) {
		keep_clue(r, &h->clues[h->main]);
	} else {
		keep_last(r, &h->clues[h->main]);
		return;
	}
	r->occurrences++;
}

static void
keep_times(struct record *r, const struct hit *h)
{
	for (size_t i = 0; i < h->n_clues; i++) {
		int64_t ts = h->clues[i].at.ts_ns;

		if (r->f.first_ns == 0 || ts < r->f.first_ns)
			r->f.first_ns = ts;
		if (ts > r->f.last_ns)
			r->f.last_ns = ts;
	}
}

static void
keep_client(struct record *r, const struct endpoint *c)
{
	for (size_t i = 0; i < r->n_clients; i++)
		if (endpoint_same_host(&r->clients[i], c))
			return;
	if (r->n_clients < RECORD_CLIENTS && c->family)
		r->clients[r->n_clients++] = *c;
}

static void
keep_note(struct record *r, const char *text, size_t n)
{
	if (n == 0)
		return;
	if (!r->note)
		r->note = mem_get(NOTE_TEXT);
	memcpy(r->note, text, n);
	r->note_n = n;
}

struct record *
record_find(struct findings *f, const struct hit *h)
{
	struct key k;

	record_key(h, &k);
	return map_get(f->records.by_key, key_of(&k));
}

/* A worse occurrence rates the record; a milder one does not make it better. */
static void
keep_case(struct record *r, const struct hit *h)
{
	if (h->certainty < r->f.certainty)
		r->f.certainty = h->certainty;
	if (h->severity > r->base) {
		r->base = h->severity;
		r->named = h->named;
	}
	r->rejected = r->rejected && h->rejected;
}

struct record *
record_hit(struct findings *f, struct hit *h)
{
	struct key k;
	struct record *r;
	uint64_t flow = h->session ? h->session->flow->id : 0;
	bool first_here, is_new, changed;

	record_key(h, &k);
	r = map_get(f->records.by_key, key_of(&k));
	is_new = !r;
	if (is_new)
		r = record_new(f, h, &k);
	if (!r)
		return NULL;
	keep_case(r, h);
	keep_times(r, h);
	keep_client(r, &h->client);
	keep_evidence(r, h);
	keep_note(r, h->note, h->note_n);
	first_here = is_new || r->f.flow_id != flow;
	r->f.flow_id = flow;
	r->f.count++;
	changed = rate_again(f, r);
	session_mark(h->session, r, first_here);
	if (h->rule->emit != EMIT_END && (!r->told || changed))
		tell(f, r, h->session);
	return r;
}

void
record_rate(struct findings *f, struct record *r, struct session *s, enum severity base,
	const struct hit *h)
{
	if (h && h->n_clues && r->n_clues < EVIDENCE_MAX && !r->has_last) {
		keep_clue(r, &h->clues[0]);
		keep_times(r, h);
	}
	r->base = base;
	if (!rate_again(f, r))
		return;
	session_mark(s, r, false);
	if (r->told)
		tell(f, r, s);
}

void
record_note(struct record *r, const char *fmt, ...)
{
	char text[NOTE_TEXT];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	keep_note(r, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	r->changed = true;
}

void
records_finish(struct findings *f)
{
	for (size_t i = 0; i < f->records.n; i++) {
		struct record *r = f->records.list[i];

		if (!r->told || r->changed || r->f.count > 1)
			tell(f, r, NULL);
	}
}
