/* Connections made by hand: events go through the real model into the engine of a lab. */
#ifndef MS_TESTS_FINDINGS_BUILD_H
#define MS_TESTS_FINDINGS_BUILD_H

#include "findings_lab.h"

#include <arpa/inet.h>

struct conn {
	struct lab *lab;
	struct flow flow;
	struct seat *seat;
	struct session *s; /* in it */
	uint64_t off[2];   /* octets said by each side */
	uint32_t id, tx;
	bool tls; /* what follows is inside, and we hold the keys */
};

static inline struct endpoint
end_of(const char *text, uint16_t port)
{
	struct endpoint e = {.family = strchr(text, ':') ? 6 : 4, .port = port};

	assert_int_equal(inet_pton(e.family == 6 ? AF_INET6 : AF_INET, text, e.addr), 1);
	return e;
}

static inline struct event *
make(struct conn *c, struct event *e, enum event_type type, enum dir d, size_t len)
{
	struct lab *lab = c->lab;

	memset(e, 0, sizeof(*e));
	lab->now_ns += NS_PER_MS;
	e->type = type;
	e->at = (struct place){.ts_ns = lab->now_ns,
		.packet = ++lab->packet,
		.offset = c->off[d],
		.acked = c->off[!d],
		.len = (uint32_t)len,
		.dir = d,
		.cover = c->tls ? COVER_TLS_DECRYPTED : COVER_CLEAR};
	c->off[d] += len;
	c->flow.side[d].bytes += len;
	if (len)
		c->flow.side[d].packets++;
	c->flow.last_ns = lab->now_ns;
	return e;
}

static inline void
send_event(struct conn *c, const struct event *e)
{
	c->s = model_session(c->lab->model, c->seat);
	model_event(c->lab->model, c->s, e);
}

static inline void
conn_raw(struct lab *lab, struct conn *c, const char *client, const char *server, uint16_t port)
{
	memset(c, 0, sizeof(*c));
	c->lab = lab;
	c->flow = (struct flow){.id = ++lab->flows,
		.client = end_of(client, 40000),
		.server = end_of(server, port),
		.first_ns = lab->now_ns,
		.last_ns = lab->now_ns,
		.first_packet = ++lab->packet};
	for (int d = 0; d < 2; d++) {
		c->flow.side[d].syn = true;
		c->flow.side[d].packets = 1;
		c->flow.side[d].ttl_min = c->flow.side[d].ttl_max = 64;
	}
	c->seat = model_open(lab->model, &c->flow);
	c->s = model_session(lab->model, c->seat);
}

static inline void
conn_proto(struct conn *c, enum proto p)
{
	struct event e;

	make(c, &e, EV_PROTO, DIR_S2C, 0)->proto = p;
	send_event(c, &e);
}

static inline void
conn_from(struct lab *lab, struct conn *c, enum proto p, const char *client, const char *server,
	uint16_t port)
{
	conn_raw(lab, c, client, server, port);
	conn_proto(c, p);
}

/* From the outside to the outside: no modifier for locality. */
#define CLIENT "198.51.100.7"
#define SERVER "192.0.2.1"

static inline void
conn_open(struct lab *lab, struct conn *c, enum proto p, uint16_t port)
{
	conn_from(lab, c, p, CLIENT, SERVER, port);
}

/* What a PROXY header says; src NULL: it names nobody (LOCAL, UNKNOWN). */
static inline void
proxied(struct conn *c, const char *src)
{
	struct event e;

	make(c, &e, EV_PROXY, DIR_C2S, 28);
	e.proxy = (struct ev_proxy){.version = 2, .known = src != NULL};
	if (src) {
		e.proxy.src = end_of(src, 51234);
		e.proxy.dst = end_of(strchr(src, ':') ? "2001:db8::80" : "203.0.113.80", 143);
	}
	send_event(c, &e);
}

static inline void
greet_as(
	struct conn *c, enum reply_kind kind, uint16_t code, const char *text, const char *name)
{
	struct event e;

	make(c, &e, EV_GREETING, DIR_S2C, strlen(text) + 2);
	e.greeting = (struct ev_greeting){.kind = kind,
		.code = code,
		.text = bytes_str(text),
		.server_name = bytes_str(name)};
	send_event(c, &e);
}

static inline void
greet(struct conn *c)
{
	greet_as(c, REPLY_OK, c->s->proto == PROTO_SMTP ? 220 : 0, "mail.example.org ready",
		"mail.example.org");
}

static inline uint32_t
command(struct conn *c, const char *verb, const char *line)
{
	struct bytes all = bytes_str(line), args = all;
	struct event e;

	if (c->s->proto == PROTO_IMAP)
		bytes_word(&args);
	bytes_word(&args);
	make(c, &e, EV_COMMAND, DIR_C2S, all.n + 2);
	e.command = (struct ev_command){.id = ++c->id,
		.verb = verb,
		.line = all,
		.args = bytes_trim(args),
		.flags = verb ? 0 : CMD_UNKNOWN};
	send_event(c, &e);
	return c->id;
}

static inline void
answer(struct conn *c, uint32_t id, const char *verb, enum reply_kind kind, uint16_t code,
	const char *status, const char *resp_code, const char *text)
{
	struct event e;

	make(c, &e, EV_REPLY, DIR_S2C, strlen(text) + 2);
	e.reply = (struct ev_reply){.id = id,
		.verb = verb,
		.kind = kind,
		.code = code,
		.status = bytes_str(status),
		.resp_code = bytes_str(resp_code),
		.text = bytes_str(text)};
	if (code && strlen(text) > 9 && text[5] == '.')
		e.reply.enhanced = bytes_sub(bytes_str(text), 4, 5);
	send_event(c, &e);
}

/* A capability list, items parted by '|'; asked for by the protocol's own command. */
static inline void
caps(struct conn *c, const char *list)
{
	static const char *const verbs[] = {[PROTO_SMTP] = "EHLO",
		[PROTO_LMTP] = "LHLO",
		[PROTO_POP3] = "CAPA",
		[PROTO_IMAP] = "CAPABILITY"};
	const char *verb = verbs[c->s->proto];
	struct bytes items[32], rest = bytes_str(list);
	uint32_t id = command(c, verb, verb);
	struct event e;
	size_t n = 0;

	answer(c, id, verb, REPLY_OK, c->s->proto == PROTO_SMTP ? 250 : 0, "OK", NULL, list);
	if (c->s->proto == PROTO_SMTP || c->s->proto == PROTO_LMTP) {
		make(c, &e, EV_HELLO, DIR_C2S, 0);
		e.hello = (struct ev_hello){
			.verb = verb, .name = BYTES("client.example.net"), .code = 250};
		send_event(c, &e);
	}
	while (rest.n) {
		size_t end = bytes_find(rest, '|');

		items[n++] = bytes_sub(rest, 0, end);
		rest = bytes_from(rest, end + 1);
	}
	make(c, &e, EV_CAPS, DIR_S2C, 0);
	e.at.len = (uint32_t)strlen(list) + 2;
	e.at.offset -= e.at.len; /* the reply told before */
	e.caps = (struct ev_caps){
		.source = CAPS_COMMAND, .items = items, .n = n, .known = true};
	send_event(c, &e);
}

struct
try {
	const char *mech, *user, *secret;
	enum auth_exposure exposure;
	enum auth_result result;
	const char *reason;
	bool command; /* IMAP LOGIN, POP3 USER/PASS: not by SASL */
};

/* Command, verdict, and the login event; the caller may set more in *ev by a hook. */
static inline void
login_with(struct conn *c, const struct try *t, void (*hook)(struct ev_login *ev))
{
	bool pop_user = c->s->proto == PROTO_POP3 && t->command;
	const char *verb = c->s->proto == PROTO_IMAP ? t->command ? "LOGIN" : "AUTHENTICATE"
			   : pop_user ? strcmp(t->mech, "APOP") == 0 ? "APOP" : "USER"
				      : "AUTH";
	struct event e;
	struct place begun, verdict;
	uint32_t id;

	begun = make(c, &e, EV_COMMAND, DIR_C2S, 0)->at;
	begun.len = 10;
	id = command(c, verb, c->s->proto == PROTO_IMAP ? "a1 LOGIN x" : "AUTH x");
	answer(c, id, verb, t->result == AUTH_ACCEPTED ? REPLY_OK : REPLY_NO,
		t->result == AUTH_ACCEPTED ? 235 : 535, "", NULL, "the verdict");
	verdict = make(c, &e, EV_LOGIN, DIR_S2C, 0)->at;
	e.login = (struct ev_login){.mechanism = bytes_str(t->mech),
		.sasl = !t->command,
		.user = bytes_str(t->user),
		.secret = bytes_str(t->secret),
		.exposure = t->exposure,
		.result = t->result,
		.reason = t->reason,
		.reply = BYTES("the verdict"),
		.credential_seen = t->secret != NULL,
		.begun = begun,
		.credential = begun};
	if (t->result != AUTH_UNKNOWN)
		e.login.verdict = verdict;
	if (hook)
		hook(&e.login);
	send_event(c, &e);
}

static inline void
login(struct conn *c, const struct try *t)
{
	login_with(c, t, NULL);
}

/* A password by the plainest mechanism of the protocol. */
static inline void
password(struct conn *c, const char *user, const char *secret, enum auth_result result)
{
	struct try t = {"PLAIN", user, secret, EXPOSURE_PASSWORD, result,
		result == AUTH_REFUSED ? "bad_credentials" : NULL, false};

	login(c, &t);
}

static inline void
mail_from(struct conn *c, const char *path, const char *params, bool accepted)
{
	struct event e;
	uint32_t id = command(c, "MAIL", "MAIL FROM:<x>");

	answer(c, id, "MAIL", accepted ? REPLY_OK : REPLY_BAD, accepted ? 250 : 550, "", NULL,
		accepted ? "250 ok" : "550 no");
	make(c, &e, EV_MAIL, DIR_C2S, 0);
	e.mail = (struct ev_mail){.tx = ++c->tx,
		.path = bytes_str(path),
		.params = bytes_str(params),
		.code = accepted ? 250 : 550,
		.accepted = accepted,
		.known = true};
	send_event(c, &e);
}

static inline void
starttls_say(struct conn *c, enum starttls_stage stage, enum dir d, uint16_t code,
	const char *text, bool before_reply)
{
	struct event e;

	make(c, &e, EV_STARTTLS, d, strlen(text));
	e.starttls = (struct ev_starttls){.stage = stage,
		.code = code,
		.text = bytes_str(text),
		.before_reply = before_reply};
	send_event(c, &e);
}

static inline void
starttls_ask(struct conn *c)
{
	bool pop = c->s->proto == PROTO_POP3;

	command(c, pop ? "STLS" : "STARTTLS", pop ? "STLS" : "STARTTLS");
	starttls_say(c, STLS_REQUESTED, DIR_C2S, 0, "", false);
}

static inline void
starttls_ok(struct conn *c)
{
	starttls_say(c, STLS_ACCEPTED, DIR_S2C, 220, "220 go", false);
}

static inline void
tls_say(struct conn *c, enum tls_stage stage, enum dir d)
{
	struct event e;

	make(c, &e, EV_TLS, d, 100);
	e.tls = (struct ev_tls){.stage = stage,
		.version = 0x0303,
		.starttls = c->s->proto != PROTO_TLS,
		.fatal = stage == TLS_ALERT};
	send_event(c, &e);
}

static inline void
tls_up(struct conn *c)
{
	tls_say(c, TLS_RECORDS, DIR_C2S);
	tls_say(c, TLS_CLIENT_HELLO, DIR_C2S);
	tls_say(c, TLS_RECORDS, DIR_S2C);
	tls_say(c, TLS_SERVER_HELLO, DIR_S2C);
	tls_say(c, TLS_ESTABLISHED, DIR_C2S);
}

/* The dialogue up to a good upgrade. */
static inline void
upgraded(struct conn *c, const char *list)
{
	greet(c);
	caps(c, list);
	starttls_ask(c);
	starttls_ok(c);
	tls_up(c);
}

static inline void
anomaly(struct conn *c, enum anomaly_id id, enum dir d, const char *detail)
{
	struct event e;

	make(c, &e, EV_ANOMALY, d, 0);
	e.anomaly = (struct ev_anomaly){.id = id, .detail = bytes_str(detail)};
	send_event(c, &e);
}

static inline void
lost(struct conn *c, enum dir d, enum gap_why why, uint64_t n)
{
	struct event e;

	make(c, &e, EV_GAP, d, 0);
	e.gap = (struct ev_gap){.bytes = n, .why = why, .acked = true};
	send_event(c, &e);
}

static inline void
conn_close(struct conn *c, enum flow_reason reason)
{
	c->flow.reason = reason;
	model_end(c->lab->model, &c->seat);
	c->s = NULL;
}

/* One more connection of the lab: its greeting, and a capability list unless that is NULL. */
static inline void
dialogue_open(struct lab *lab, struct conn *c, enum proto p, uint16_t port, const char *list)
{
	conn_open(lab, c, p, port);
	greet(c);
	if (list)
		caps(c, list);
}

/* The same in a lab of its own. */
static inline void
dialogue_begin(struct lab **lab, struct conn *c, enum proto p, uint16_t port, const char *list)
{
	*lab = lab_new(NULL);
	dialogue_open(*lab, c, p, port, list);
}

static inline void
dialogue_end(struct conn *c)
{
	struct lab *lab = c->lab;

	conn_close(c, FLOW_FIN);
	lab_finish(lab);
}

#endif
