/*
 * Guessing, FINDINGS.md 5.1: sliding windows on packet time over the logins of hosts and
 * accounts. Only failures that say "wrong name or password" count; what the server could not or
 * would not judge feeds nothing.
 */
#include "findings/windows.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "findings/text.h"

#define RING_MAX 64u /* failures of one source and account remembered */

enum { /* rows of rules_windows */
	SUCCESS,
	BRUTEFORCE,
};

static bool
counts_as_failure(const struct ev_login *ev)
{
	return ev->result == AUTH_REFUSED && !ev->cancelled && ev->user.n &&
	       (!ev->reason || strcmp(ev->reason, "bad_credentials") == 0);
}

static const struct place *
when(const struct ev_login *ev)
{
	return ev->verdict.packet      ? &ev->verdict
	       : ev->credential.packet ? &ev->credential
				       : &ev->begun;
}

static unsigned
visible_secret(const struct login *l)
{
	bool plain = l->ev->exposure == EXPOSURE_PASSWORD || l->ev->exposure == EXPOSURE_TOKEN;

	return plain ? l->secret_id : 0; /* a digest differs with each challenge */
}

static struct bytes
guess_key(struct key *k, const struct session *s, struct bytes account)
{
	k->n = 0;
	key_client(k, s);
	key_host(k, &s->flow->server);
	key_bytes(k, account);
	return key_of(k);
}

static uint32_t
ring_size(const struct findings_settings *set)
{
	uint32_t n = set->bf_fail_per_account > set->bf_success_after ? set->bf_fail_per_account
								      : set->bf_success_after;

	return n > RING_MAX ? n : RING_MAX;
}

static void
note_tally(struct hit *h, const struct tally *t, int64_t now_ns)
{
	char span[CLOCK_TEXT];

	hit_note(h, "%u failures in %s", t->fails, clock_span(now_ns - t->first_ns, span));
	if (t->secrets)
		hit_note(h, ", %u distinct secret%s", t->secrets, t->secrets == 1 ? "" : "s");
	if (t->hidden)
		hit_note(h, ", %u not visible", t->hidden);
}

static void
note_services(struct hit *h, const struct session *s)
{
	hit_note(h, ", last on %s port %u", proto_name(s->proto), s->flow->server.port);
}

static bool
within_host(const struct session *s)
{
	const struct endpoint client = session_client(s), *server = &s->flow->server;

	return endpoint_same_host(&client, server) ||
	       (endpoint_is_loopback(&client) && endpoint_is_loopback(server));
}

static void
bruteforce(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const struct place *at = when(l->ev);
	struct guess *g;
	struct tally t;
	struct key k;
	struct hit h;
	bool stale;

	if (!counts_as_failure(l->ev))
		return;
	g = table_put(&f->windows->guesses, guess_key(&k, s, l->ev->user));
	t = guess_tally(g, at->ts_ns, f->set.bf_window_ns, 0);
	if (t.fails == 0)
		g->n_first = 0;
	guess_add(&f->windows->guesses, g, at->ts_ns, visible_secret(l), ring_size(&f->set));
	if (g->n_first < 3)
		g->first[g->n_first++] = *at;
	t = guess_tally(g, at->ts_ns, f->set.bf_window_ns, 0);
	if (t.fails < f->set.bf_fail_per_account || within_host(s))
		return;
	stale = t.secrets == 1 && t.hidden == 0;
	hit_init(&h, r, s, stale ? "stale_password" : "failures");
	h.account = l->ev->user;
	h.named = true;
	h.severity = stale ? SEV_LOW : SEV_HIGH;
	for (size_t i = 0; i < g->n_first && !record_find(f, &h); i++)
		hit_clue(&h, &g->first[i], "failure %zu", i + 1);
	hit_main(&h);
	hit_wire(f, &h, at, NULL, l->ev->reply, NULL, 0);
	note_tally(&h, &t, at->ts_ns);
	note_services(&h, s);
	record_hit(f, &h);
	if (!stale && g->opened_ns == 0) {
		g->opened_ns = at->ts_ns;
		auth_rate_guesses(f, s, l->ev->user);
	}
}

bool
windows_is_guess(const struct findings *f, const struct session *s, struct bytes account)
{
	struct key k;
	const struct guess *g = table_get(&f->windows->guesses, guess_key(&k, s, account));

	return g && g->opened_ns;
}

/* auth.spray */

struct spray {
	uint32_t accounts, attempts, oks, same; /* same: attempts with the most used secret */
	uint32_t secrets;
};

static struct spray
spray_of(const struct crowd *c, const struct findings_settings *set, int64_t now_ns)
{
	struct spray sp = {0};

	for (uint32_t i = 0; i < c->n; i++) {
		const struct member *m = &c->members[i];
		uint32_t same = 0;
		bool first = true;

		if (m->oks && now_ns - m->ok_ns <= set->spray_window_ns)
			sp.oks += m->oks;
		if (m->fails == 0 || now_ns - m->last_ns > set->spray_window_ns)
			continue;
		sp.attempts += m->fails;
		sp.accounts += m->fails <= set->spray_fails_each;
		for (uint32_t k = 0; k < c->n && m->secret; k++) {
			if (c->members[k].secret != m->secret ||
				now_ns - c->members[k].last_ns > set->spray_window_ns)
				continue;
			same += c->members[k].fails;
			first = first && k >= i;
		}
		sp.secrets += m->secret && first;
		if (same > sp.same)
			sp.same = same;
	}
	return sp;
}

static void
note_spray(struct hit *h, const struct crowd *c, const struct spray *sp)
{
	uint32_t shown = 0;

	hit_note(h, "%u accounts, %u failures", sp->accounts, sp->attempts);
	if (sp->secrets)
		hit_note(h, ", %u distinct secret%s", sp->secrets, sp->secrets == 1 ? "" : "s");
	hit_note(h, ": ");
	for (uint32_t i = 0; i < c->n && shown < 10; i++)
		if (c->members[i].fails)
			hit_note(h, "%s%s", shown++ ? ", " : "", c->members[i].name);
}

static struct bytes
source_key(struct key *k, const struct session *s)
{
	k->n = 0;
	key_client(k, s);
	return key_of(k);
}

static void
spray(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const struct place *at = when(l->ev);
	struct crowd *c;
	struct member *m;
	const struct endpoint client = session_client(s);
	struct spray sp;
	struct key k;
	struct hit h;

	if (l->ev->user.n == 0 || (!counts_as_failure(l->ev) && l->ev->result != AUTH_ACCEPTED))
		return;
	c = table_put(&f->windows->sources, source_key(&k, s));
	m = crowd_member(&f->windows->sources, c, NULL, l->ev->user);
	if (l->ev->result == AUTH_ACCEPTED) {
		m->oks++;
		m->ok_ns = at->ts_ns;
		return;
	}
	member_fail(m, at, f->set.spray_window_ns, visible_secret(l));
	sp = spray_of(c, &f->set, at->ts_ns);
	if (sp.accounts < f->set.spray_accounts || findings_is_proxy(f, &client) ||
		sp.oks >= sp.attempts)
		return;
	hit_init(&h, r, s, sp.same * 5 >= sp.attempts * 4 ? "same_secret" : "many_accounts");
	for (uint32_t i = 0; i < c->n && h.n_clues < 3 && !record_find(f, &h); i++)
		if (c->members[i].fails)
			hit_clue(&h, &c->members[i].at, "%s refused", c->members[i].name);
	hit_main(&h);
	hit_clue(&h, at, "%s refused", m->name);
	note_spray(&h, c, &sp);
	record_hit(f, &h);
	c->opened_ns = at->ts_ns;
}

/* auth.bruteforce.distributed */

/* Sources that failed lately, without those of networks where this account also succeeds. */
static uint32_t
strangers(const struct crowd *c, int64_t now_ns, int64_t window_ns)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		const struct member *m = &c->members[i];
		bool known = false;

		if (m->fails == 0 || now_ns - m->last_ns > window_ns)
			continue;
		for (uint32_t k = 0; k < c->n && !known; k++)
			known = c->members[k].oks &&
				net_near(&m->host, &c->members[k].host, 24, 48);
		n += !known;
	}
	return n;
}

static void
note_networks(struct hit *h, const struct crowd *c)
{
	char addr[ENDPOINT_TEXT];

	for (uint32_t i = 0; i < c->n && i < 10; i++)
		hit_note(h, "%s%s", i ? ", " : ": ", endpoint_addr(&c->members[i].host, addr));
}

static void
distributed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const struct place *at = when(l->ev);
	const struct endpoint client = session_client(s);
	struct key k = {.n = 0};
	struct crowd *c;
	struct member *m;
	struct hit h;
	uint32_t n;

	if (l->ev->user.n == 0 || (!counts_as_failure(l->ev) && l->ev->result != AUTH_ACCEPTED))
		return;
	key_host(&k, &s->flow->server);
	key_bytes(&k, l->ev->user);
	c = table_put(&f->windows->accounts, key_of(&k));
	m = crowd_member(&f->windows->accounts, c, &client, BYTES_NONE);
	if (l->ev->result == AUTH_ACCEPTED) {
		m->oks++;
		return;
	}
	member_fail(m, at, f->set.dist_window_ns, visible_secret(l));
	n = strangers(c, at->ts_ns, f->set.dist_window_ns);
	if (n < f->set.dist_sources)
		return;
	hit_init(&h, r, s, "many_sources");
	h.client = h.via = (struct endpoint){0}; /* of none alone: the host is the server */
	h.account = l->ev->user;
	for (uint32_t i = 0; i < c->n && h.n_clues < 3 && !record_find(f, &h); i++)
		if (c->members[i].fails)
			hit_clue(&h, &c->members[i].at, "refused");
	hit_main(&h);
	hit_wire(f, &h, at, NULL, l->ev->reply, NULL, 0);
	hit_note(&h, "%u sources", n);
	note_networks(&h, c);
	record_hit(f, &h);
}

/* auth.success_after_failures */

static bool
spraying(const struct findings *f, const struct session *s, int64_t now_ns)
{
	struct key k;
	const struct crowd *c = table_get(&f->windows->sources, source_key(&k, s));

	return c && c->opened_ns && now_ns - c->opened_ns <= f->set.spray_window_ns;
}

/* Did this follow guesses? Not when the same secret failed before (server hiccup), nor after a
 * few typos. */
static bool
guessed(const struct findings *f, const struct tally *t)
{
	if (t->fails < f->set.bf_success_after || t->has_secret)
		return false;
	return t->hidden > 0 || t->secrets >= 3;
}

/* What auth.bruteforce said of this account, if it is not forgotten, gets its end. */
static void
note_success(struct findings *f, struct session *s, struct bytes account, uint32_t fails)
{
	static const char *const reasons[] = {"failures", "stale_password"};
	struct record *rec;
	struct hit h;

	hit_init(&h, &rules_windows[BRUTEFORCE], s, NULL);
	h.account = account;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		h.reason = reasons[i];
		rec = record_find(f, &h);
		if (rec)
			record_note(f, rec, "%u failures, then the login was accepted", fails);
	}
}

static void
success(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_login *ev = w->login->ev;
	const struct place *at = when(ev);
	struct tally t = {0};
	struct guess *g;
	bool after_guesses, after_spray;
	struct key k;
	struct hit h;

	if (ev->result != AUTH_ACCEPTED || ev->user.n == 0)
		return;
	g = table_get(&f->windows->guesses, guess_key(&k, s, ev->user));
	if (g)
		t = guess_tally(
			g, at->ts_ns, f->set.bf_success_window_ns, visible_secret(w->login));
	after_guesses = g && guessed(f, &t);
	after_spray = spraying(f, s, at->ts_ns);
	if (!after_guesses && !after_spray)
		return;
	hit_init(&h, r, s, after_guesses ? "after_failures" : "after_spray");
	h.account = ev->user;
	h.named = true;
	if (after_guesses && t.hidden == t.fails && t.fails < 10)
		h.severity = SEV_HIGH;
	for (size_t i = 0; after_guesses && i < g->n_first; i++)
		hit_clue(&h, &g->first[i], "failure %zu", i + 1);
	hit_main(&h);
	text_login(f, &h, st, w->login);
	if (after_guesses)
		note_tally(&h, &t, at->ts_ns);
	else
		hit_note(&h, "the same source tried many accounts before");
	hit_note(&h, ", then accepted");
	if (st->success)
		record_unpin(f, st->success);
	st->success = record_hit(f, &h);
	record_pin(f, st->success);
	if (!st->verbs)
		st->verbs = arena_get(&st->arena, STATE_VERBS);
	st->verbs[0] = '\0';
	if (g && g->opened_ns)
		note_success(f, s, w->login->ev->user, t.fails);
}

static void
after_success(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const char *verb;
	size_t n;

	if (!st->success)
		return;
	n = strlen(st->verbs);
	if (w->why == WAKE_CLOSE) {
		if (n)
			record_note(f, st->success, "%s; after the login: %s",
				st->success->note ? st->success->note : "", st->verbs);
		return;
	}
	verb = w->event->command.verb;
	if (verb && n + strlen(verb) + 2 < STATE_VERBS) {
		if (n)
			st->verbs[n++] = ' ';
		memcpy(st->verbs + n, verb, strlen(verb) + 1);
	}
}

static void
success_rule(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->login)
		success(f, r, s, st, w);
	else
		after_success(f, r, s, st, w);
}

/* clang-format off */
const struct rule rules_windows[] = {
	[SUCCESS] = {&row_auth_success_after_failures, WAKE_LOGIN | WAKE(EV_COMMAND) | WAKE_CLOSE, EMIT_NOW, RULE_ACCOUNT | RULE_CLIENT, success_rule},
	[BRUTEFORCE] = {&row_auth_bruteforce, WAKE_LOGIN, EMIT_WINDOW, RULE_ACCOUNT | RULE_CLIENT, bruteforce},
	{&row_auth_spray, WAKE_LOGIN, EMIT_WINDOW, RULE_CLIENT, spray},
	{&row_auth_bruteforce_distributed, WAKE_LOGIN, EMIT_WINDOW, RULE_ACCOUNT | RULE_CLIENT, distributed},
	{.row = NULL},
};
/* clang-format on */
