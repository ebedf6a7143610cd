/* Mail that strangers may send, FINDINGS.md 5.6: relays for anybody, and who looks for them;
 * submission without a login. */
#include "findings/address.h"
#include "findings/text.h"
#include "findings/rules_smtp.h"
#include "findings/tries.h"

#include <string.h>

#define DOMAINS_MANY 3  /* organisations of one message */
#define ROUTINGS_MANY 3 /* addresses with a route in them */

void
answerers_init(struct table *t, struct table_budget *budget, size_t tracked)
{
	table_init(t, budget, tracked, sizeof(struct tabled), NULL);
}

/* whose domain? */

/* Services and the domains whose users they said not to know: who knows that is responsible. */
static struct bytes
answerer_key(struct key *k, const struct session *s, struct bytes domain)
{
	char lower[256];
	size_t n = domain.n < sizeof(lower) ? domain.n : sizeof(lower);

	for (size_t i = 0; i < n; i++) {
		uint8_t c = domain.p[i];

		lower[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	k->n = 0;
	key_service(k, &s->flow->server);
	key_bytes(k, (struct bytes){(const uint8_t *)lower, n});
	return key_of(k);
}

void
answerers_add(struct findings *f, const struct session *s, struct bytes domain)
{
	struct key k;

	table_put(&f->answerers, answerer_key(&k, s, domain));
}

static bool
is_answerer(struct findings *f, const struct session *s, struct bytes domain)
{
	struct key k;

	return table_oldest(&f->answerers) &&
	       table_get(&f->answerers, answerer_key(&k, s, domain));
}

/* Is its mail this server's business, as far as can be told? */
static bool
is_local(struct findings *f, const struct session *s, struct bytes domain)
{
	struct bytes org = net_org_name(s->greeting->server_name);

	return bytes_ieq(domain, s->greeting->server_name) ||
	       (org.n && bytes_ieq(net_org_name(domain), org)) ||
	       findings_is_own_domain(f, domain) || is_answerer(f, s, domain);
}

/* The server is one whose domains the user named. */
static bool
is_own_server(struct findings *f, const struct session *s)
{
	return f->own_domains && findings_is_own_domain(f, s->greeting->server_name);
}

/* Inside of any network of ours, or let in by a login or a certificate; not known counts. */
static bool
is_stranger(struct findings *f, const struct session *s, const struct fstate *st)
{
	const struct endpoint client = session_client(s);

	if (s->authenticated || st->login_unknown || s->flow->midstream || s->one_sided ||
		session_has(s, AT_GAP) || within_host(s) || s->proto != PROTO_SMTP)
		return false;
	if (s->tls_seen && s->tls_seen->client_cert)
		return false;
	return !net_same_trusted(f->trusted, f->n_trusted, &client, &client);
}

/* smtp.open_relay */

struct foreign { /* recipients of a transaction whose mail is not the server's business */
	const struct rcpt *first;
	const struct rcpt *elsewhere; /* … and DNS says whose it is */
	uint32_t domains;             /* organisations, up to DOMAINS_MANY */
};

static struct foreign
foreign_of(struct findings *f, const struct session *s, const struct transaction *t)
{
	struct bytes orgs[DOMAINS_MANY];
	struct foreign of = {0};

	for (const struct rcpt *p = t->rcpts; p; p = p->next) {
		struct bytes domain = address_domain(p->path), org = net_org_name(domain);
		uint32_t i = 0;

		if (!p->accepted || !domain.n || p->exchange == EXCHANGE_HERE ||
			is_local(f, s, domain))
			continue;
		of.first = of.first ? of.first : p;
		if (p->exchange == EXCHANGE_ELSEWHERE && !of.elsewhere)
			of.elsewhere = p;
		while (i < of.domains && !bytes_ieq(orgs[i], org))
			i++;
		if (i == of.domains && org.n && of.domains < DOMAINS_MANY)
			orgs[of.domains++] = org;
	}
	return of;
}

static void
relay_hit(struct findings *f, const struct rule *r, struct session *s,
	const struct transaction *t, const char *reason, enum certainty certainty,
	const struct rcpt *to, const char *why)
{
	const struct endpoint client = session_client(s);
	char addr[ENDPOINT_TEXT];
	struct hit h;

	hit_init(&h, r, s, reason);
	h.certainty = certainty;
	hit_wire(f, &h, &t->begin, "MAIL FROM ", t->mail_from, NULL, 0);
	hit_main(&h);
	hit_wire(f, &h, &t->end, "RCPT TO accepted: ", to->path, NULL, 0);
	hit_wire(f, &h, &t->end, "answered: ", t->reply, NULL, 0);
	hit_note(&h, "from %s, without a login; %s", endpoint_addr(&client, addr), why);
	record_hit(f, &h);
}

static void
open_relay(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct transaction *t = w->tx;
	struct bytes from = address_domain(t->mail_from);
	bool sent = t->result == TX_ACCEPTED, own;
	struct foreign of;

	if (!t->n_accepted || !t->mail_known || !(sent || t->result == TX_ABORTED) ||
		!is_stranger(f, s, st) || (from.n && is_local(f, s, from)))
		return;
	of = foreign_of(f, s, t);
	own = is_own_server(f, s);
	if (of.first && own)
		relay_hit(f, r, s, t, sent ? "accepted" : "rcpt_only",
			sent ? CERTAINTY_CONFIRMED : CERTAINTY_POSSIBLE, of.first,
			"none of the domains that are ours");
	else if (of.elsewhere)
		relay_hit(f, r, s, t, sent ? "accepted" : "rcpt_only",
			sent ? CERTAINTY_CONFIRMED : CERTAINTY_POSSIBLE, of.elsewhere,
			"its domain has other exchanges, says DNS");
	else if (of.domains == DOMAINS_MANY && sent)
		relay_hit(f, r, s, t, "many_domains", CERTAINTY_POSSIBLE, of.first,
			"for three organisations at once, none of them the server's own");
}

/* smtp.relay_probe */

bool
smtp_says_relay(struct bytes reply)
{
	static const char *const words[] = {"relaying", "relay access", "relay denied",
		"relay not", "to relay", "not relay", "no relay"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_isearch(reply, bytes_str(words[i])) != SIZE_MAX)
			return true;
	return false;
}

/* Refused for where it is to go, not for who sends it. */
static bool
is_relay_refusal(struct findings *f, const struct session *s, const struct ev_rcpt *y)
{
	struct bytes domain = address_domain(y->path);
	bool code = y->code == 550 || y->code == 551 || y->code == 553 || y->code == 554;

	if (smtp_says_relay(y->reply))
		return true;
	if (!domain.n || !is_own_server(f, s) || is_local(f, s, domain))
		return false;
	return bytes_is(y->enhanced, "5.7.1") || bytes_is(y->enhanced, "5.7.0") ||
	       bytes_is(y->enhanced, "4.7.1") || (code && !y->enhanced.n);
}

static void
probe_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	const struct tries *e, const struct event *ev, uint32_t n)
{
	const struct ev_rcpt *y = &ev->rcpt;
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = n > 1 ? SEV_MEDIUM : SEV_LOW;
	hit_note(&h, "%u recipient%s", n, n == 1 ? "" : "s");
	tries_clues(f, &h, e, ev->at.ts_ns, f->set.harvest_window_ns, "RCPT TO ");
	hit_main(&h);
	hit_wire(f, &h, &y->answered, NULL, y->reply, NULL, 0);
	record_hit(f, &h);
}

static void
relay_probe(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_rcpt *y = &w->event->rcpt;
	const struct place *at = &w->event->at;
	int64_t window = f->set.harvest_window_ns;
	bool relay, route;
	struct tries *e;
	uint32_t n;

	if (!y->known || y->accepted || s->authenticated || st->login_unknown ||
		s->flow->midstream || !is_smtp(s) || !y->reply.n)
		return;
	relay = is_relay_refusal(f, s, y);
	route = address_route(y->path) != NULL;
	if (relay) {
		e = tries_of(&f->probers, s);
		tries_add(&f->probers, e, y->path, at);
		n = tries_distinct(e, at->ts_ns, window);
		probe_hit(f, r, s, "relay_denied", e, w->event, n);
	} else if (route) {
		e = tries_of(&f->routers, s);
		tries_add(&f->routers, e, y->path, at);
		n = tries_distinct(e, at->ts_ns, window);
		if (n >= ROUTINGS_MANY)
			probe_hit(f, r, s, "routing", e, w->event, n);
	}
}

/* smtp.submission_open */

static void
submission_open(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct transaction *t = w->tx;
	uint16_t port = s->flow->server.port;
	const struct endpoint client = session_client(s);
	bool sent = t->result == TX_ACCEPTED, trusted;
	struct hit h;

	if ((port != 587 && port != 465) || !t->n_accepted || !t->mail_known ||
		!t->mail_accepted || !(sent || t->result == TX_ABORTED))
		return;
	if (s->authenticated || st->login_unknown || s->flow->midstream || s->one_sided ||
		session_has(s, AT_GAP) || s->proto != PROTO_SMTP || within_host(s) ||
		(s->tls_seen && s->tls_seen->client_cert))
		return;
	trusted = f->n_trusted &&
		  net_same_trusted(f->trusted, f->n_trusted, &client, &s->flow->server);
	hit_init(&h, r, s, sent ? "accepted" : "rcpt_only");
	h.named = true;
	h.certainty = sent ? CERTAINTY_CONFIRMED : CERTAINTY_PROBABLE;
	h.severity = trusted ? SEV_LOW : sent ? SEV_HIGH : SEV_MEDIUM;
	hit_wire(f, &h, &t->begin, "MAIL FROM ", t->mail_from, NULL, 0);
	hit_main(&h);
	hit_wire(f, &h, &t->end, "answered: ", t->reply, NULL, 0);
	hit_note(&h, "%u recipient%s accepted, no login before", t->n_accepted,
		t->n_accepted == 1 ? "" : "s");
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_smtp_relay[] = {
	{&row_smtp_open_relay, WAKE_TX, EMIT_NOW, RULE_CLIENT, open_relay},
	{&row_smtp_relay_probe, WAKE(EV_RCPT), EMIT_NOW, RULE_CLIENT, relay_probe},
	{&row_smtp_submission_open, WAKE_TX, EMIT_NOW, RULE_CLIENT, submission_open},
	{.row = NULL},
};
/* clang-format on */
