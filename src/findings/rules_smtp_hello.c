/* How a client of SMTP or LMTP introduces itself, FINDINGS.md 5.6: too early, by a name that
 * cannot be, over a network where LMTP has no business. */
#include "findings/text.h"
#include "findings/rules_smtp.h"

#include <string.h>

/* smtp.early_talker */

/* Data in the SYN itself cannot have waited: TCP Fast Open, RFC 7413. */
static bool
in_syn(const struct session *s, const struct place *at)
{
	return at->packet == s->flow->first_packet && at->input == s->flow->first_input;
}

static void
early_talker(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_anomaly *a = &w->event->anomaly;
	struct hit h;

	if (a->id != ANOMALY_EARLY_TALKER || !a->detail.n || !is_smtp(s))
		return;
	if (w->event->at.cover != COVER_CLEAR || s->proxy_bytes ||
		!s->flow->side[DIR_C2S].syn || in_syn(s, &w->event->at))
		return;
	hit_init(&h, r, s, "spoke_first");
	hit_wire(f, &h, &w->event->at, "acknowledges nothing of the server: ", a->detail, NULL,
		0);
	hit_wire(f, &h, SESSION_AT(s, AT_GREETING), "the greeting: ", s->greeting->banner, NULL,
		0);
	record_hit(f, &h);
}

/* smtp.helo.invalid */

/* An address as text; family 0: it is none. */
static struct endpoint
address_of(struct bytes text)
{
	char copy[ENDPOINT_TEXT];
	struct endpoint e = {0};
	struct net n;

	if (text.n == 0 || text.n >= sizeof(copy) || bytes_find(text, '/') < text.n)
		return e;
	/* Most are names, which is seen without asking libc: an IPv4 address ends in a digit.
	 */
	if ((text.p[text.n - 1] < '0' || text.p[text.n - 1] > '9') &&
		bytes_find(text, ':') == text.n)
		return e;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (!net_parse(copy, &n))
		return e;
	e.family = n.family;
	memcpy(e.addr, n.addr, sizeof(e.addr));
	return e;
}

/* RFC 5321 4.1.3: [192.0.2.1], [IPv6:2001:db8::1]. False: it is no literal of these. */
static bool
literal_of(struct bytes name, struct endpoint *ret)
{
	struct bytes inside;

	if (name.n < 3 || name.p[0] != '[' || name.p[name.n - 1] != ']')
		return false;
	inside = bytes_sub(name, 1, name.n - 2);
	if (bytes_istarts(inside, "IPv6:"))
		inside = bytes_from(inside, 5);
	*ret = address_of(inside);
	return ret->family != 0;
}

static bool
is_label(struct bytes label)
{
	if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		uint8_t c = label.p[i], low = c | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}

/* RFC 5321 2.3.5, RFC 1123 2.1: labels of letters, digits and hyphens. */
static bool
is_host_name(struct bytes name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n <= 255) {
		size_t dot = bytes_find(name, '.');

		if (!is_label(bytes_sub(name, 0, dot)))
			return false;
		if (dot == name.n)
			return true;
		name = bytes_from(name, dot + 1);
	}
	return false;
}

static const char *
address_reason(const struct session *s, const struct endpoint *named, bool bare)
{
	const struct endpoint client = session_client(s);

	if (endpoint_same_host(named, &s->flow->server) && !within_host(s))
		return "own_name";
	if (bare)
		return "bare_ip";
	return endpoint_same_host(named, &client) ? NULL : "literal_mismatch";
}

/* What is wrong with the name; NULL: nothing. */
static const char *
name_reason(const struct session *s, struct bytes name)
{
	bool dotted = bytes_find(name, '.') < name.n;
	struct endpoint named, client;

	if (literal_of(name, &named))
		return address_reason(s, &named, false);
	/* RFC 5321 4.1.3 has literals of other kinds, which are not looked into. */
	if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']' &&
		bytes_find(name, ':') < name.n)
		return NULL;
	named = address_of(name);
	if (named.family)
		return address_reason(s, &named, true);
	if (bytes_iis(name, "localhost") || bytes_iis(name, "localhost.localdomain")) {
		client = session_client(s);
		return endpoint_is_loopback(&client) ? NULL : "localhost";
	}
	if (!is_host_name(name))
		return "syntax";
	if (dotted && bytes_ieq(name, s->greeting->server_name) && !within_host(s))
		return "own_name";
	return dotted ? NULL : "unqualified";
}

static enum severity
name_severity(const struct session *s, const char *reason, struct bytes name)
{
	const struct endpoint client = session_client(s);
	struct endpoint named;

	if (strcmp(reason, "own_name") == 0)
		return SEV_MEDIUM;
	if (is_submission(s)) /* programs of users have no name of their own */
		return SEV_INFO;
	if (strcmp(reason, "literal_mismatch") == 0 && literal_of(name, &named) &&
		(endpoint_is_private(&named) || endpoint_is_loopback(&named) ||
			endpoint_is_private(&client)))
		return SEV_INFO; /* behind a translated address */
	return SEV_LOW;
}

static void
name_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	const struct place *at, const char *verb, struct bytes name)
{
	const struct endpoint client = session_client(s);
	char addr[ENDPOINT_TEXT];
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = name_severity(s, reason, name);
	hit_wire(f, &h, at, verb, name, NULL, 0);
	if (strcmp(reason, "own_name") == 0)
		hit_wire(f, &h, SESSION_AT(s, AT_GREETING),
			"the server's greeting: ", s->greeting->banner, NULL, 0);
	hit_note(&h, "from %s", endpoint_addr(&client, addr));
	record_hit(f, &h);
}

/* Nearly every EHLO without a name is refused, so no event tells of it but its command. */
static void
name_missing(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	const struct ev_command *c = &e->command;

	if (c->args.n || !c->verb || !is_smtp(s) || (c->flags & CMD_RESPONSE))
		return;
	if (strcmp(c->verb, "EHLO") != 0 && strcmp(c->verb, "HELO") != 0 &&
		strcmp(c->verb, "LHLO") != 0)
		return;
	name_hit(f, r, s, "missing", &e->at, NULL, c->line);
}

static void
name_said(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	const struct ev_hello *hello = &e->hello;
	const char *reason;
	char verb[8];

	if (!hello->verb || !hello->name.n || (hello->verb[0] == 'L' && within_host(s)))
		return;
	reason = name_reason(s, hello->name);
	if (!reason)
		return;
	memcpy(verb, hello->verb, 4);
	memcpy(verb + 4, " ", 2);
	name_hit(f, r, s, reason, &e->at, verb, hello->name);
}

/* The client calls itself like the domain that it brings mail for. */
static void
name_of_recipient(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct bytes name, path = e->rcpt.path;
	size_t at = path.n;
	struct hit h;

	while (at && path.p[at - 1] != '@')
		at--;
	if (!at || is_submission(s) || within_host(s) || s->proto != PROTO_SMTP)
		return;
	name = session_text(s, TEXT_CLIENT_NAME);
	if (!bytes_ieq(name, bytes_from(path, at)) || bytes_find(name, '.') == name.n)
		return;
	hit_init(&h, r, s, "rcpt_domain");
	h.named = true;
	h.severity = s->role == ROLE_MX ? SEV_MEDIUM : SEV_LOW;
	hit_wire(
		f, &h, SESSION_AT(s, AT_HELLO_REPLY), "answer to the hello of ", name, NULL, 0);
	hit_main(&h);
	hit_wire(f, &h, &e->at, "RCPT TO ", path, NULL, 0);
	record_hit(f, &h);
}

/* It was a user's program after all: port 25, and a login. */
static void
name_of_user(struct findings *f, const struct rule *r, struct session *s)
{
	struct bytes name = session_text(s, TEXT_CLIENT_NAME);
	const char *reason = name.n ? name_reason(s, name) : NULL;
	struct record *record;
	struct hit h;

	if (!reason || strcmp(reason, "own_name") == 0)
		return;
	hit_init(&h, r, s, reason);
	record = record_find(f, &h);
	if (record && record->count == 1 && record->base > SEV_INFO)
		record_rate(f, record, s, SEV_INFO, NULL);
}

static void
helo_invalid(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->why == WAKE(EV_COMMAND))
		name_missing(f, r, s, w->event);
	else if (w->why == WAKE(EV_HELLO))
		name_said(f, r, s, w->event);
	else if (w->why == WAKE(EV_RCPT))
		name_of_recipient(f, r, s, w->event);
	else if (is_smtp(s) && w->login->ev->result == AUTH_ACCEPTED)
		name_of_user(f, r, s);
}

/* lmtp.over_tcp */

static enum severity
lmtp_severity(const struct findings *f, const struct session *s, bool clear)
{
	const struct endpoint *c = &s->flow->client, *v = &s->flow->server;
	bool public = !endpoint_is_private(c) && !endpoint_is_private(v) &&
		      !endpoint_is_loopback(c) && !endpoint_is_loopback(v);

	if (!clear)
		return SEV_INFO;
	if (public)
		return SEV_HIGH;
	/* Among neighbours it is one step less, but on port 25 no less than medium. */
	if (v->port == 25 && net_same_trusted(f->trusted, f->n_trusted, c, v))
		return SEV_HIGH;
	return SEV_MEDIUM;
}

static void
lmtp_hit(struct findings *f, const struct rule *r, struct session *s, const struct place *at,
	const char *text, bool clear)
{
	struct hit h;

	hit_init(&h, r, s,
		!clear                       ? "starttls"
		: s->flow->server.port == 25 ? "port25"
					     : "clear");
	h.named = true;
	h.severity = lmtp_severity(f, s, clear);
	hit_clue(&h, SESSION_AT(s, AT_HELLO_REPLY), "answer to LHLO");
	hit_main(&h);
	hit_clue(&h, at, "%s", text);
	record_hit(f, &h);
}

/* Told at the first MAIL in clear, or at the end of a connection that had none. */
static void
over_tcp(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct place first;

	if (s->proto != PROTO_LMTP || s->implicit_tls || within_host(s))
		return;
	if (w->why == WAKE(EV_MAIL)) {
		if (w->event->mail.tx == 1 && w->event->at.cover == COVER_CLEAR)
			lmtp_hit(f, r, s, &w->event->at, "MAIL in clear", true);
		return;
	}
	if (session_has(s, AT_MAIL_CLEAR) || !session_has(s, AT_HELLO_REPLY))
		return;
	first = session_at(s, AT_TLS_ESTABLISHED);
	lmtp_hit(f, r, s, &first, "STARTTLS was used", !s->tls);
}

/* clang-format off */
const struct rule rules_smtp_hello[] = {
	{&row_smtp_early_talker, WAKE(EV_ANOMALY), EMIT_NOW, RULE_CLIENT, early_talker},
	{&row_smtp_helo_invalid, WAKE(EV_COMMAND) | WAKE(EV_HELLO) | WAKE(EV_RCPT) | WAKE_LOGIN, EMIT_NOW, RULE_CLIENT, helo_invalid},
	{&row_lmtp_over_tcp, WAKE(EV_MAIL) | WAKE_CLOSE, EMIT_NOW, 0, over_tcp},
	{.row = NULL},
};
/* clang-format on */
