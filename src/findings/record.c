#include "findings/engine.h"
#include "findings/kept.h"
#include "base/arena.h"
#include "base/fmt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

/* What of a rating does not change any more. Behind a proxy: what a client does is its doing
 * wherever it is; who can read the wire is a question of its ends. */
static void
rate_ends(const struct findings *f, struct record *r)
{
	bool wire = r->via.family && !(r->rule->flags & RULE_CLIENT);
	const struct endpoint *c = wire ? &r->via : &r->client, *s = &r->server;
	bool both = c->family && s->family;

	r->loop = both && ((endpoint_is_loopback(c) && endpoint_is_loopback(s)) ||
				  endpoint_same_host(c, s));
	r->local = both && net_same_trusted(f->trusted, f->n_trusted, c, s);
	r->sensitive = r->rule->row->cls != CLASS_POSITIVE &&
		       findings_is_sensitive(f, r->account);
}

static enum severity
rate(const struct record *r)
{
	struct rating in = {
		.base = r->base,
		.loop = r->loop,
		.local = r->local,
		.credential = r->rule->flags & RULE_CREDENTIAL,
		.rejected = r->rejected,
		.possible = r->certainty == CERTAINTY_POSSIBLE,
		.named = r->named,
		.sensitive = r->sensitive,
		.repeat = r->rule->row->scope == SCOPE_SERVICE && r->clients &&
			  r->clients->n >= RECORD_CLIENTS && r->rule->row->cls == CLASS_FINDING,
	};

	return record_severity(&in);
}

/* telling */

static void
evidence_fill(struct findings *f, const struct record *r, struct finding *out)
{
	for (const struct kept_clue *c = r->clues; c; c = c->next) {
		struct evidence *e = &out->evidence[out->n_evidence++];

		e->at = c->at;
		e->text = (struct bytes){c->text, c->n};
		e->input = f->input_name ? f->input_name(f->input_user, c->at.input) : NULL;
	}
}

static void
tell(struct findings *f, struct record *r, struct session *s)
{
	bool repeat = r->told;
	struct finding out;

	r->told = true;
	r->changed = false;
	if (!f->sink.finding)
		return;
	out.row = r->rule->row;
	out.reason = r->reason;
	out.severity = r->severity;
	out.certainty = r->certainty;
	out.client = r->client;
	out.server = r->server;
	out.via = r->via;
	out.proto = r->proto;
	out.account = r->account;
	out.first_ns = r->first_ns;
	out.last_ns = r->last_ns;
	out.number = r->serial + 1;
	out.count = r->count;
	out.flow_id = r->flow_id;
	out.n_evidence = 0;
	evidence_fill(f, r, &out);
	out.note = bytes_str(r->note);
	f->sink.finding(f->sink.user, s, &out, repeat);
}

/* Sets the severity anew; true when it changed. */
static bool
rate_again(struct findings *f, struct record *r)
{
	enum severity now = rate(r), was = r->severity;
	bool counts = r->rule->row->cls == CLASS_FINDING;

	if (now == was)
		return false;
	if (counts && was != SEV_NONE)
		f->records.worst[was]--;
	if (counts)
		f->records.worst[now]++;
	r->severity = now;
	r->changed = true;
	return true;
}

static void
session_mark(struct session *s, const struct record *r, bool first_here)
{
	if (!s || r->rule->row->cls != CLASS_FINDING)
		return;
	if (first_here)
		s->findings++;
	if (r->severity > s->worst)
		s->worst = (uint8_t)r->severity;
}

/* the table */

void
records_init(struct records *r)
{
	*r = (struct records){.by_key = map_new_lent(offsetof(struct record, key))};
}

static void
record_free(struct records *all, struct record *r)
{
	kept_free_clues(all, r);
	if (r->note)
		kept_free(all, r, r->note, strlen(r->note) + 1);
	all->bytes -= sizeof(*r) + r->room;
	free(r);
}

void
records_done(struct records *all)
{
	size_t pos = 0;
	void *r;

	while (map_next(all->by_key, &pos, NULL, &r))
		record_free(all, r);
	map_free(&all->by_key);
	*all = (struct records){0};
}

static void
scope_key(const struct rule *rule, const struct hit *h, struct key *k)
{
	switch (rule->row->scope) {
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
	if (rule->flags & RULE_ACCOUNT)
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
	scope_key(h->rule, h, k);
}

/* Its last word, if there is one to say: the sinks have had everything else. */
static void
tell_last(struct findings *f, struct record *r)
{
	if (!r->told || r->changed || r->count > 1)
		tell(f, r, NULL);
}

/* The record that occurred longest ago, of those that no open session holds, is told a last
 * time and goes. False when open sessions hold all of them: there are as many then as sessions.
 */
static bool
forget_one(struct findings *f)
{
	struct records *all = &f->records;
	struct record *r;

	if (!all->unpinned.oldest)
		return false;
	r = AGED(all->unpinned.oldest, struct record, age);
	tell_last(f, r);
	map_del(all->by_key, r->key);
	ages_del(&all->unpinned, &r->age);
	all->n--;
	all->forgotten++;
	record_free(all, r);
	return true;
}

/* Bytes of all that the record holds after its first occurrence. */
static size_t
room_of(const struct hit *h, const struct key *k)
{
	size_t n = kept_size(k->n) + kept_size(h->account.n);

	if (*h->note)
		n += kept_size(strlen(h->note) + 1);
	if (h->rule->row->scope == SCOPE_SERVICE)
		n += kept_size(sizeof(struct record_clients));
	for (size_t i = 0; i < h->n_clues; i++)
		n += kept_size(kept_clue_size(h->clues[i].n));
	return n;
}

static struct bytes
copy_of(struct records *all, struct record *r, struct bytes in)
{
	uint8_t *copy = in.n ? kept_get(all, r, in.n) : NULL;

	if (copy)
		memcpy(copy, in.p, in.n);
	return (struct bytes){copy, in.n};
}

static struct record *
record_new(struct findings *f, const struct hit *h, const struct key *k)
{
	struct records *all = &f->records;
	size_t room = room_of(h, k);
	struct record *r = mem_get(sizeof(*r) + room);

	while ((all->n >= f->set.records || records_memory(all) > f->set.record_bytes) &&
		forget_one(f))
		;
	all->bytes += sizeof(*r) + room;
	r->room = (uint32_t)room;
	r->serial = all->made++;
	r->rule = h->rule;
	r->reason = h->reason;
	r->certainty = h->certainty;
	r->client = h->client;
	r->server = h->server;
	r->via = h->via;
	r->proto = h->proto;
	r->base = h->severity;
	r->named = h->named;
	r->rejected = h->rejected;
	r->key = copy_of(all, r, key_of(k));
	r->account = copy_of(all, r, h->account);
	if (r->rule->row->scope == SCOPE_SERVICE)
		r->clients = kept_get(all, r, sizeof(*r->clients));
	rate_ends(f, r);
	map_add(all->by_key, r);
	ages_add(&all->unpinned, &r->age);
	all->n++;
	return r;
}

/* keeping */

static void
keep_times(struct record *r, const struct hit *h)
{
	for (size_t i = 0; i < h->n_clues; i++) {
		int64_t ts = h->clues[i].at.ts_ns;

		if (r->first_ns == 0 || ts < r->first_ns)
			r->first_ns = ts;
		if (ts > r->last_ns)
			r->last_ns = ts;
	}
}

/* M-repeat counts the clients of a service; of other scopes nobody asks. */
static void
keep_client(struct record *r, const struct endpoint *c)
{
	if (!r->clients || !c->family)
		return;
	for (size_t i = 0; i < r->clients->n; i++)
		if (endpoint_same_host(&r->clients->host[i], c))
			return;
	if (r->clients->n < RECORD_CLIENTS)
		r->clients->host[r->clients->n++] = *c;
}

static void
keep_note(struct records *all, struct record *r, const char *text)
{
	size_t n = strlen(text) + 1;

	if (!*text || (r->note && strcmp(r->note, text) == 0))
		return;
	if (r->note)
		kept_free(all, r, r->note, strlen(r->note) + 1);
	r->note = kept_get(all, r, n);
	memcpy(r->note, text, n);
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
	if (h->certainty < r->certainty)
		r->certainty = h->certainty;
	if (h->severity > r->base) {
		r->base = h->severity;
		r->named = h->named;
	}
	r->rejected = r->rejected && h->rejected;
}

struct record *
record_hit(struct findings *f, struct hit *h)
{
	struct records *all = &f->records;
	struct key k;
	struct record *r;
	uint64_t flow = h->session ? h->session->flow->id : 0;
	bool first_here, is_new, changed;

	record_key(h, &k);
	r = map_get(all->by_key, key_of(&k));
	is_new = !r;
	if (is_new) {
		r = record_new(f, h, &k);
	} else if (!r->pins) {
		ages_touch(&all->unpinned, &r->age);
	}
	keep_case(r, h);
	keep_times(r, h);
	keep_client(r, &h->client);
	kept_evidence(all, r, h);
	keep_note(all, r, h->note);
	first_here = is_new || r->flow_id != flow;
	r->flow_id = flow;
	r->count++;
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
	if (h && h->n_clues && !r->has_last) {
		kept_clue(&f->records, r, &h->clues[0]);
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
record_note(struct findings *f, struct record *r, const char *fmt, ...)
{
	char text[NOTE_TEXT];
	va_list ap;

	va_start(ap, fmt);
	fmt_text(text, sizeof(text), fmt, ap);
	va_end(ap);
	keep_note(&f->records, r, text);
	r->changed = true;
}

void
record_pin(struct findings *f, struct record *r)
{
	if (r->pins++ == 0)
		ages_del(&f->records.unpinned, &r->age);
}

void
record_unpin(struct findings *f, struct record *r)
{
	assert(r->pins);
	if (--r->pins == 0)
		ages_add(&f->records.unpinned, &r->age);
}

static int
by_serial(const void *a, const void *b)
{
	const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;

	return (x->serial > y->serial) - (x->serial < y->serial);
}

void
records_finish(struct findings *f)
{
	struct records *all = &f->records;
	struct record **list = mem_get((all->n + 1) * sizeof(struct record *));
	size_t n = 0, pos = 0;
	void *r;

	while (map_next(all->by_key, &pos, NULL, &r))
		list[n++] = r;
	qsort(list, n, sizeof(*list), by_serial);
	for (size_t i = 0; i < n; i++)
		tell_last(f, list[i]);
	free(list);
}

size_t
records_memory(const struct records *all)
{
	/* What malloc() adds to the pieces. */
	return map_memory(all->by_key) + all->bytes + all->n * 32;
}
