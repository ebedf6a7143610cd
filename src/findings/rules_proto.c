/* Which protocol speaks on which port, FINDINGS.md 5.8. */
#include "findings/text.h"
#include "base/arena.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define LONG_NS (600 * NS_PER_S)
#define HTTP_TEXT 119 /* bytes kept of a request line */
#define BIG_BYTES (UINT64_C(1) << 20)

static bool
port_in(uint16_t port, const uint16_t *list)
{
	for (; *list; list++)
		if (*list == port)
			return true;
	return false;
}

static const uint16_t usual_ports[] = {
	25, 465, 587, 2525, 24, 366, 110, 995, 143, 993, 220, 4190, 0};
static const uint16_t clear_ports[] = {25, 587, 2525, 24, 366, 110, 143, 220, 0};
/* Content filters and the like behind a mail server. */
static const uint16_t filter_ports[] = {10024, 10025, 10026, 783, 0};

static bool
is_mail(const struct session *s)
{
	return s->proto == PROTO_SMTP || s->proto == PROTO_LMTP || s->proto == PROTO_POP3 ||
	       s->proto == PROTO_IMAP;
}

static bool
is_inside(const struct endpoint *e)
{
	return endpoint_is_private(e) || endpoint_is_loopback(e);
}

/* proto.mail_on_odd_port */

static struct bytes
host_key(struct key *k, const struct endpoint *e)
{
	k->n = 0;
	key_host(k, e);
	return key_of(k);
}

static void
odd_port(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	uint16_t port = s->flow->server.port;
	bool known;
	struct key k;
	struct hit h;

	if (st->odd_port_done || !is_mail(s))
		return;
	st->odd_port_done = true;
	if (port_in(port, usual_ports))
		table_put(&f->mail_hosts, host_key(&k, &s->flow->client));
	if (port_in(port, filter_ports) || (port != 2525 && port_in(port, usual_ports)))
		return;
	known = table_get(&f->mail_hosts, host_key(&k, &s->flow->client)) != NULL;
	hit_init(&h, r, s, proto_name(s->proto));
	h.named = true;
	h.severity = port == 2525 ? SEV_INFO
		     : !is_inside(&s->flow->server) && is_inside(&s->flow->client) && !known
			     ? SEV_MEDIUM
			     : SEV_LOW;
	if (session_has(s, AT_GREETING))
		hit_wire(f, &h, SESSION_AT(s, AT_GREETING), "greeting: ", s->greeting->banner,
			NULL, 0);
	else
		hit_clue(&h, &w->event->at, "%s dialogue", proto_name(s->proto));
	hit_note(&h, "%s on port %u", proto_name(s->proto), port);
	record_hit(f, &h);
}

/* proto.not_mail */

static bool
printable(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if ((in.p[i] < 0x20 && in.p[i] != '\t' && in.p[i] != '\r') || in.p[i] > 0x7e)
			return false;
	return in.n > 0;
}

/* The server's first line; of the client's only the first word, for a password may follow it.
 */
static void
head_text(const struct session *s, enum dir d, char *out, size_t max)
{
	struct bytes rest = session_text(s, d == DIR_C2S ? TEXT_HEAD_C2S : TEXT_HEAD_S2C);
	struct bytes line = rest;
	size_t n = 0;

	if (d == DIR_C2S)
		line = bytes_word(&rest);
	if (printable(line)) {
		snprintf(out, max, "%.*s", BYTES_FMT(bytes_chomp(line)));
		return;
	}
	for (size_t i = 0; i < line.n && i < 8; i++)
		n += (size_t)snprintf(out + n, max - n, "%s%02x", i ? " " : "", line.p[i]);
	if (n == 0)
		snprintf(out, max, "nothing");
}

static void
not_mail(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct flow *fl = s->flow;
	uint64_t c = fl->side[DIR_C2S].bytes, v = fl->side[DIR_S2C].bytes;
	const char *guess = session_word(s, WORD_GUESS);
	struct place at = session_at(s, AT_FIRST);
	char client[80], server[80], span[CLOCK_TEXT];
	bool tunnel;
	struct hit h;

	if (s->proto != PROTO_OTHER || !port_in(fl->server.port, usual_ports) || (!c && !v))
		return;
	if (at.packet == 0)
		at = (struct place){.ts_ns = fl->first_ns,
			.packet = fl->first_packet,
			.input = fl->first_input,
			.acked = PLACE_NO_ACK};
	tunnel = is_inside(&fl->client) && !is_inside(&fl->server) &&
		 (fl->last_ns - fl->first_ns > LONG_NS || (c > BIG_BYTES && v > BIG_BYTES));
	hit_init(&h, r, s, findings_word(f, guess ? guess : "unknown", NULL));
	h.named = true;
	h.severity = tunnel ? SEV_HIGH : SEV_MEDIUM;
	head_text(s, DIR_C2S, client, sizeof(client));
	head_text(s, DIR_S2C, server, sizeof(server));
	hit_clue(&h, &at, "client: %s; server: %s", client, server);
	hit_note(&h, "%s, %llu octets to and %llu from the server in %s",
		guess ? guess : "not recognised", (unsigned long long)c, (unsigned long long)v,
		clock_span(fl->last_ns - fl->first_ns, span));
	record_hit(f, &h);
}

/* proto.http_on_mail */

static void
http_hit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const char *reason, enum severity sev, const struct event *e)
{
	struct hit h;

	st->http_done = true;
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	hit_wire(f, &h, &st->http, NULL, bytes_str(st->http_text), NULL, 0);
	if (e)
		hit_wire(f, &h, &e->at, "then answered: ", e->reply.text, e->reply.masks,
			e->reply.n_masks);
	record_hit(f, &h);
}

static void
http_seen(struct fstate *st, const struct event *e)
{
	bool header = bytes_istarts(e->anomaly.detail, "Host");

	if (!header)
		st->http_requests++;
	if (st->http.packet)
		return;
	st->http = e->at;
	st->http_text = arena_text(&st->arena, bytes_sub(e->anomaly.detail, 0, HTTP_TEXT));
}

/* A command that is honoured behind a request: the browser was made to speak mail. */
static bool
honoured(const struct session *s, const struct fstate *st, const struct event *e)
{
	const struct ev_reply *y = &e->reply;

	return st->http.packet && y->id && y->verb && y->kind == REPLY_OK &&
	       strcmp(y->verb, "QUIT") != 0 && strcmp(y->verb, "LOGOUT") != 0 &&
	       text_before(&st->http, &e->at) && is_mail(s);
}

static void
http_on_mail(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->why == WAKE_CLOSE) {
		if (st->http.packet && !st->http_done)
			http_hit(f, r, s, st, st->http_requests <= 1 ? "scan" : "requests",
				st->http_requests <= 1 ? SEV_LOW : SEV_MEDIUM, NULL);
	} else if (w->event->type == EV_ANOMALY) {
		if (w->event->anomaly.id == ANOMALY_HTTP_REQUEST)
			http_seen(st, w->event);
	} else if (!st->http_done && honoured(s, st, w->event)) {
		http_hit(f, r, s, st, "smuggled", SEV_HIGH, w->event);
	}
}

/* proto.no_greeting */

static void
no_greeting(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct flow *fl = s->flow;
	struct place at = {.ts_ns = fl->first_ns,
		.packet = fl->first_packet,
		.input = fl->first_input,
		.acked = PLACE_NO_ACK};
	char span[CLOCK_TEXT];
	bool spoke = fl->side[DIR_C2S].bytes > 0;
	struct hit h;

	if (!port_in(fl->server.port, clear_ports) || fl->midstream || s->one_sided)
		return;
	if (!fl->side[DIR_C2S].syn || !fl->side[DIR_S2C].syn || fl->side[DIR_S2C].bytes ||
		fl->last_ns - fl->first_ns < f->set.no_greeting_ns)
		return;
	hit_init(&h, r, s, spoke ? "client_spoke" : "silent");
	h.named = true;
	h.severity = spoke ? SEV_LOW : SEV_INFO;
	hit_clue(&h, &at, "connected; no word of the server in %s",
		clock_span(fl->last_ns - fl->first_ns, span));
	record_hit(f, &h);
}

/* proto.service_refused */

static bool
names_list(struct bytes text)
{
	static const char *const words[] = {"spamhaus", "spamcop", "barracuda", "sorbs",
		"dnsbl", "rbl", "uceprotect", "blacklist", "blocklist", "block list",
		"black list", "blocked using", "listed"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_isearch(text, bytes_str(words[i])) != SIZE_MAX)
			return true;
	return false;
}

static void
service_refused(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_greeting *g = &w->event->greeting;
	const char *reason;
	char code[8];
	struct hit h;

	if (!is_mail(s) || (g->kind != REPLY_NO && g->kind != REPLY_BAD))
		return;
	snprintf(code, sizeof(code), "%u", g->code);
	reason = names_list(g->text)      ? "dnsbl"
		 : g->code                ? findings_word(f, code, NULL)
		 : s->proto == PROTO_IMAP ? "bye"
					  : "err";
	hit_init(&h, r, s, reason);
	hit_wire(f, &h, &w->event->at, NULL, g->text, NULL, 0);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_proto[] = {
	{&row_proto_mail_on_odd_port, WAKE(EV_GREETING) | WAKE(EV_COMMAND) | WAKE(EV_REPLY), EMIT_NOW, 0, odd_port},
	{&row_proto_not_mail, WAKE_CLOSE, EMIT_CLOSE, 0, not_mail},
	{&row_proto_http_on_mail, WAKE(EV_ANOMALY) | WAKE(EV_REPLY) | WAKE_CLOSE, EMIT_NOW, 0, http_on_mail},
	{&row_proto_no_greeting, WAKE_CLOSE, EMIT_CLOSE, 0, no_greeting},
	{&row_proto_service_refused, WAKE(EV_GREETING), EMIT_NOW, 0, service_refused},
	{.row = NULL},
};
/* clang-format on */
