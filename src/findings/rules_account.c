/* Accounts over more than one login, FINDINGS.md 5.1: reuse, sharing, and sending as somebody
 * else. */
#include "findings/text.h"
#include "base/arena.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define USES_MAX 16  /* places where one secret was used */
#define SPOTS_MAX 16 /* accepted logins of one account remembered */

struct use {
	struct endpoint client, server, via;
	enum proto proto;
	char account[96], org[96];
	struct place at;
	uint64_t flow_id;
};

struct secret_uses {
	struct tabled head;
	struct use *uses;
	uint32_t n, cap;
};

struct spot {
	struct endpoint client;
	struct place at;
};

/* Of one login only, mostly: what is remembered grows with the places. */
struct shared {
	struct tabled head;
	struct spot *spots;
	uint32_t n, cap, at; /* at: the next to be written, once there are SPOTS_MAX */
};

struct accounts {
	struct table secrets, shared;
};

static void
secret_uses_done(void *entry)
{
	free(((struct secret_uses *)entry)->uses);
}

static void
shared_done(void *entry)
{
	free(((struct shared *)entry)->spots);
}

/* Room for one more than n in an array of an entry of t. */
static void *
grow(struct table *t, void *entry, void *array, size_t size, uint32_t n, uint32_t *cap)
{
	uint32_t more = *cap ? *cap : 1;

	if (n < *cap)
		return array;
	array = mem_grow(array, (*cap + more) * size);
	table_grew(t, entry, more * size);
	*cap += more;
	return array;
}

struct accounts *
accounts_new(const struct findings_settings *set, struct table_budget *budget)
{
	struct accounts *a = mem_get(sizeof(*a));

	table_init(&a->secrets, budget, set->tracked, sizeof(struct secret_uses),
		secret_uses_done);
	table_init(&a->shared, budget, set->tracked, sizeof(struct shared), shared_done);
	return a;
}

void
accounts_free(struct accounts **a)
{
	if (!*a)
		return;
	table_done(&(*a)->secrets);
	table_done(&(*a)->shared);
	free(*a);
	*a = NULL;
}

size_t
accounts_memory(const struct accounts *a)
{
	return table_memory(&a->secrets) + table_memory(&a->shared);
}

/* auth.reuse */

static bool
same_use(const struct use *u, const struct session *s, const char *account)
{
	return endpoint_same_host(&u->server, &s->flow->server) &&
	       strcmp(u->account, account) == 0;
}

static void
reuse_login(struct findings *f, struct session *s, const struct login *l)
{
	const struct ev_login *ev = l->ev;
	struct secret_uses *su;
	struct key k = {.n = 0};
	struct use *u;
	char account[sizeof(u->account)];

	if (ev->exposure != EXPOSURE_PASSWORD || l->secret_id == 0 || ev->user.n == 0 ||
		strcmp(text_verdict_token(ev), "rejected") == 0)
		return;
	text_keep(account, sizeof(account), ev->user);
	key_number(&k, l->secret_id);
	su = table_put(&f->accounts->secrets, key_of(&k));
	for (uint32_t i = 0; i < su->n; i++)
		if (same_use(&su->uses[i], s, account))
			return;
	if (su->n == USES_MAX)
		return;
	su->uses = grow(
		&f->accounts->secrets, su, su->uses, sizeof(*su->uses), su->n, &su->cap);
	u = &su->uses[su->n++];
	u->client = session_client(s);
	u->via = session_via(s);
	u->server = s->flow->server;
	u->proto = s->proto;
	u->at = ev->credential.packet ? ev->credential : ev->begun;
	u->flow_id = s->flow->id;
	memcpy(u->account, account, sizeof(account));
	text_keep(u->org, sizeof(u->org), net_org_name(s->greeting->server_name));
}

/* "alice" and "alice@example.org" are one person. */
static bool
same_person(const char *a, const char *b)
{
	struct bytes x = bytes_str(a), y = bytes_str(b);
	size_t xat = bytes_find(x, '@'), yat = bytes_find(y, '@');

	if (xat < x.n && yat < y.n)
		return bytes_ieq(x, y);
	return bytes_ieq(bytes_sub(x, 0, xat), bytes_sub(y, 0, yat));
}

static const char *
reuse_reason(const struct use *a, const struct use *b)
{
	if (!same_person(a->account, b->account))
		return "other_account";
	if (!endpoint_same_host(&a->server, &b->server) && a->org[0] && b->org[0] &&
		!bytes_ieq(bytes_str(a->org), bytes_str(b->org)))
		return "other_server";
	return NULL;
}

static void
reuse_clue(struct hit *h, const struct use *u)
{
	char server[ENDPOINT_TEXT + 8];

	hit_clue(h, &u->at, "%s at %s", u->account, endpoint_text(&u->server, server));
}

static void
reuse_tell(struct findings *f, const struct rule *r, const struct secret_uses *su)
{
	for (uint32_t i = 1; i < su->n; i++) {
		const char *reason = NULL;
		const struct use *a = NULL, *b = &su->uses[i];
		struct hit h;

		for (uint32_t k = 0; k < i && !reason; k++) {
			a = &su->uses[k];
			reason = reuse_reason(a, b);
		}
		if (!reason)
			continue;
		hit_init(&h, r, NULL, reason);
		/* The one it was seen with first stands for the finding. */
		a = &su->uses[0];
		h.account = bytes_str(a->account);
		h.client = a->client;
		h.via = a->via;
		h.server = a->server;
		h.proto = a->proto;
		reuse_clue(&h, a);
		hit_main(&h);
		reuse_clue(&h, b);
		record_hit(f, &h);
	}
}

static void
reuse(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->login) {
		reuse_login(f, s, w->login);
		return;
	}
	for (struct tabled *t = table_oldest(&f->accounts->secrets); t; t = table_newer(t))
		reuse_tell(f, r, (const struct secret_uses *)t);
}

/* auth.shared_account */

/* Three or more /16 (/32) within the hour before `now`; the spots are given back. */
static uint32_t
networks(const struct shared *sh, int64_t now_ns, const struct spot *ret[3])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < sh->n && n < 3; i++) {
		const struct spot *p = &sh->spots[i];
		bool near = false;

		if (now_ns - p->at.ts_ns > 3600 * NS_PER_S)
			continue;
		for (uint32_t k = 0; k < n && !near; k++)
			near = net_near(&p->client, &ret[k]->client, 16, 32);
		if (!near)
			ret[n++] = p;
	}
	return n;
}

static const struct spot *
spot_add(struct table *t, struct shared *sh, const struct session *s, const struct place *at)
{
	struct spot *p;

	if (sh->n < SPOTS_MAX) {
		sh->spots = grow(t, sh, sh->spots, sizeof(*sh->spots), sh->n, &sh->cap);
		p = &sh->spots[sh->n++];
	} else {
		p = &sh->spots[sh->at];
		sh->at = (sh->at + 1) % SPOTS_MAX;
	}
	*p = (struct spot){session_client(s), *at};
	return p;
}

static void
shared_account(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_login *ev = w->login->ev;
	const struct spot *spots[3], *now;
	struct key k = {.n = 0};
	char addr[ENDPOINT_TEXT];
	struct shared *sh;
	struct hit h;
	bool public = false;

	if (ev->result != AUTH_ACCEPTED || ev->user.n == 0)
		return;
	key_host(&k, &s->flow->server);
	key_bytes(&k, ev->user);
	sh = table_put(&f->accounts->shared, key_of(&k));
	now = spot_add(
		&f->accounts->shared, sh, s, ev->verdict.packet ? &ev->verdict : &ev->begun);
	if (networks(sh, now->at.ts_ns, spots) < 3)
		return;
	for (size_t i = 0; i < 3; i++)
	public |= !endpoint_is_private(&spots[i]->client);
	if (!public)
		return;
	hit_init(&h, r, s, "networks");
	h.account = ev->user;
	h.certainty = CERTAINTY_POSSIBLE;
	for (size_t i = 0; i < 3; i++)
		hit_clue(&h, &spots[i]->at, "accepted from %s",
			endpoint_addr(&spots[i]->client, addr));
	record_hit(f, &h);
}

bool
account_is_new_here(const struct findings *f, const struct session *s)
{
	struct endpoint client = session_client(s);
	const struct shared *sh;
	struct key k = {.n = 0};
	bool elsewhere = false;

	key_host(&k, &s->flow->server);
	key_bytes(&k, session_text(s, TEXT_USER));
	sh = table_get(&f->accounts->shared, key_of(&k));
	/* Of one that is full the oldest logins are forgotten. */
	if (!sh || sh->n == SPOTS_MAX)
		return false;
	for (uint32_t i = 0; i < sh->n; i++) {
		if (sh->spots[i].at.ts_ns >= s->flow->first_ns)
			continue; /* this one's own */
		if (endpoint_same_host(&sh->spots[i].client, &client))
			return false;
		elsewhere = true;
	}
	return elsewhere;
}

/* auth.sender_mismatch */

struct address {
	struct bytes local, domain; /* local without a +tag */
};

static struct address
address_of(struct bytes in)
{
	size_t at = bytes_find(in, '@'), slash = bytes_find(in, '\\');
	struct address a;

	if (slash < at) {
		in = bytes_from(in, slash + 1);
		at = bytes_find(in, '@');
	}
	a.local = bytes_sub(in, 0, at);
	a.local = bytes_sub(a.local, 0, bytes_find(a.local, '+'));
	a.domain = bytes_from(in, at + 1);
	return a;
}

/* Senders that mailing lists and bounces make: VERP, SRS, BATV. */
static bool
made_by_lists(struct bytes local)
{
	static const char *const starts[] = {
		"bounce", "owner-", "prvs=", "srs0", "srs1", "mailer-daemon"};
	static const char *const inside[] = {"-bounces", "-return-", "-request", "-owner", "="};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (bytes_istarts(local, starts[i]))
			return true;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (bytes_isearch(local, bytes_str(inside[i])) != SIZE_MAX)
			return true;
	return false;
}

static void
sender_mismatch(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_mail *m = &w->event->mail;
	struct address who = address_of(st->identity), as = address_of(m->path);
	bool same_domain;
	struct key k = {.n = 0};
	struct hit h;

	if (st->identity.n == 0 || m->path.n == 0 || !m->known || !m->accepted)
		return;
	if (bytes_ieq(who.local, as.local) &&
		(who.domain.n == 0 || bytes_ieq(who.domain, as.domain)))
		return;
	if (made_by_lists(address_of(m->path).local) || made_by_lists(m->path))
		return;
	same_domain = who.domain.n && bytes_ieq(who.domain, as.domain);
	hit_init(&h, r, s,
		same_domain    ? "same_domain"
		: who.domain.n ? "other_domain"
			       : "other_name");
	h.account = st->identity;
	h.named = true;
	h.severity = same_domain ? SEV_LOW : SEV_MEDIUM;
	key_number(&k, m->tx);
	h.key = key_of(&k);
	hit_clue(&h, &st->identity_at, "logged in as %.*s", BYTES_FMT(st->identity));
	hit_main(&h);
	hit_wire(f, &h, &w->event->at, "accepted: MAIL FROM ", m->path, NULL, 0);
	record_hit(f, &h);
}

/* auth.on_port_25 */

static void
on_port_25(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct hit h;

	if (s->flow->server.port != 25)
		return;
	if (w->event->type == EV_CAPS) {
		if (!w->event->caps.known || s->role != ROLE_MX ||
			!caps_has(s->caps, CAPS_AUTH))
			return;
		hit_init(&h, r, s, "offered_by_mx");
		hit_clue(&h, &w->event->at, "AUTH offered");
	} else {
		if (!s->authenticated || !w->event->mail.known || !w->event->mail.accepted)
			return;
		hit_init(&h, r, s, "used");
		h.account = session_text(s, TEXT_USER);
		hit_clue(&h, SESSION_AT(s, AT_LOGIN_ACCEPTED), "login accepted on port 25");
		hit_main(&h);
		hit_wire(f, &h, &w->event->at, "MAIL FROM ", w->event->mail.path, NULL, 0);
	}
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_account[] = {
	{&row_auth_reuse, WAKE_LOGIN | WAKE_FINISH, EMIT_END, RULE_ACCOUNT, reuse},
	{&row_auth_shared_account, WAKE_LOGIN, EMIT_END, RULE_ACCOUNT | RULE_CLIENT, shared_account},
	{&row_auth_sender_mismatch, WAKE(EV_MAIL), EMIT_NOW, 0, sender_mismatch},
	{&row_auth_on_port_25, WAKE(EV_MAIL) | WAKE(EV_CAPS), EMIT_NOW, 0, on_port_25},
	{.row = NULL},
};
/* clang-format on */
