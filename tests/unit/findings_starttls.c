/* Rules of starttls.*: posture, the upgrade itself, and what other connections tell. */
#include "findings_build.h"

#define PW "correct horse battery"

static void
open_on(struct lab *lab, struct conn *c, enum proto p, uint16_t port, const char *list)
{
	conn_open(lab, c, p, port);
	greet(c);
	if (list)
		caps(c, list);
}

static void
begin(struct lab **lab, struct conn *c, enum proto p, uint16_t port, const char *list)
{
	*lab = lab_new(NULL);
	open_on(*lab, c, p, port, list);
}

static void
end(struct conn *c)
{
	struct lab *lab = c->lab;

	conn_close(c, FLOW_FIN);
	lab_finish(lab);
}

/* ---- starttls.not_offered, not_used */

struct posture {
	const char *name;
	enum proto p;
	uint16_t port;
	const char *list; /* NULL: never asked for */
	bool mail, login;
	const char *id, *reason; /* NULL: neither finding */
	enum severity sev;
};

#define NOT_OFFERED "starttls.not_offered"
#define NOT_USED "starttls.not_used"

/* clang-format off */
static const struct posture postures[] = {
	{"relay", PROTO_SMTP, 25, "PIPELINING", true, false, NOT_OFFERED, "relay", SEV_MEDIUM},
	{"submission", PROTO_SMTP, 587, "AUTH PLAIN", false, true, NOT_OFFERED, "submission", SEV_HIGH},
	{"submission by login", PROTO_SMTP, 25, "AUTH PLAIN", false, true, NOT_OFFERED, "submission", SEV_HIGH},
	{"only looked", PROTO_SMTP, 587, "AUTH PLAIN", false, false, NOT_OFFERED, "submission", SEV_HIGH},
	{"pop3", PROTO_POP3, 110, "USER", false, true, NOT_OFFERED, "access", SEV_HIGH},
	{"imap", PROTO_IMAP, 143, "IMAP4rev1", false, true, NOT_OFFERED, "access", SEV_HIGH},
	{"lmtp", PROTO_LMTP, 24, "PIPELINING", true, false, NOT_OFFERED, "delivery", SEV_MEDIUM},
	{"implicit port", PROTO_IMAP, 993, "IMAP4rev1", false, true, NULL, NULL, 0},
	{"helo only", PROTO_SMTP, 25, NULL, true, false, NULL, NULL, 0},
	{"pop3 without capa", PROTO_POP3, 110, NULL, false, true, NULL, NULL, 0},
	{"imap without capability", PROTO_IMAP, 143, NULL, false, true, NULL, NULL, 0},
	{"masked", PROTO_SMTP, 25, "XXXXXXXA", true, false, NULL, NULL, 0},
	{"unused relay", PROTO_SMTP, 25, "STARTTLS", true, false, NOT_USED, "relay", SEV_MEDIUM},
	{"unused submission", PROTO_SMTP, 587, "STARTTLS", false, true, NOT_USED, "submission", SEV_HIGH},
	{"unused imap", PROTO_IMAP, 143, "STARTTLS", false, true, NOT_USED, "access", SEV_HIGH},
	{"unused pop3", PROTO_POP3, 110, "STLS", false, true, NOT_USED, "access", SEV_HIGH},
	{"unused lmtp", PROTO_LMTP, 24, "STARTTLS", true, false, NOT_USED, "delivery", SEV_LOW},
	{"probe", PROTO_SMTP, 25, "STARTTLS", false, false, NOT_USED, "probe", SEV_INFO},
};
/* clang-format on */

static void
play(struct conn *c, const struct posture *r)
{
	if (r->login)
		password(c, "alice", PW, AUTH_ACCEPTED);
	if (r->mail)
		mail_from(c, "a@b.example", "", true);
}

static void
test_posture(void **state)
{
	for (size_t i = 0; i < N(postures); i++) {
		const struct posture *r = &postures[i];
		struct lab *lab;
		struct conn c;

		begin(&lab, &c, r->p, r->port, r->list);
		play(&c, r);
		NONE(lab, NOT_OFFERED); /* only at the end */
		NONE(lab, NOT_USED);
		end(&c);
		if (r->id)
			WANT(lab, r->id, r->reason, r->sev);
		if (!r->id || strcmp(r->id, NOT_OFFERED) != 0)
			NONE(lab, NOT_OFFERED);
		if (!r->id || strcmp(r->id, NOT_USED) != 0)
			NONE(lab, NOT_USED);
		lab_free(lab);
	}
}

/* What was not seen whole says nothing of what is missing. */
static void
test_posture_of_parts(void **state)
{
	for (size_t i = 0; i < N(postures); i++) {
		struct lab *lab = lab_new(NULL);
		struct conn c;

		conn_raw(lab, &c, CLIENT, SERVER, postures[i].port);
		c.flow.midstream = true;
		conn_proto(&c, postures[i].p);
		greet(&c);
		if (postures[i].list)
			caps(&c, postures[i].list);
		play(&c, &postures[i]);
		end(&c);
		NONE(lab, NOT_OFFERED);
		NONE(lab, NOT_USED);
		lab_free(lab);
		lab = lab_new(NULL); /* no greeting */
		conn_open(lab, &c, postures[i].p, postures[i].port);
		if (postures[i].list)
			caps(&c, postures[i].list);
		play(&c, &postures[i]);
		end(&c);
		NONE(lab, NOT_OFFERED);
		NONE(lab, NOT_USED);
		lab_free(lab);
	}
}

static void
test_not_used_cut_short(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS");
	conn_close(&c, FLOW_EOF); /* it might have come to it */
	lab_finish(lab);
	NONE(lab, NOT_USED);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	conn_close(&c, FLOW_EOF);
	lab_finish(lab);
	WANT(lab, NOT_USED, "submission", SEV_HIGH);
	lab_free(lab);
}

static void
test_not_offered_evidence(void **state)
{
	struct lab *lab;
	struct conn c;
	const struct told *t;

	begin(&lab, &c, PROTO_SMTP, 25, "PIPELINING|SIZE 10240000|AUTH PLAIN LOGIN");
	mail_from(&c, "a@b.example", "", true);
	end(&c);
	t = WANT(lab, NOT_OFFERED, "relay", SEV_MEDIUM);
	assert_string_equal(t->text[0],
		"250-STARTTLS missing in: PIPELINING, SIZE 10240000, AUTH PLAIN LOGIN");
	assert_string_equal(t->text[1], "in clear: MAIL");
	lab_free(lab);
}

/* ---- starttls.stripped */

static void
test_stripped(void **state)
{
	struct lab *lab;
	struct conn c, d;

	begin(&lab, &c, PROTO_SMTP, 587, "PIPELINING|STARTTLS|AUTH PLAIN");
	conn_close(&c, FLOW_FIN);
	open_on(lab, &d, PROTO_SMTP, 587, "PIPELINING|AUTH PLAIN");
	WANT(lab, "starttls.stripped", "same_list", SEV_HIGH); /* at once */
	password(&d, "alice", PW, AUTH_REFUSED);
	WANT(lab, "starttls.stripped", "same_list", SEV_CRITICAL);
	assert_int_equal(
		d.s->verdict == VERDICT_STRIPPED || d.s->verdict == VERDICT_NOT_OFFERED, 1);
	end(&d);
	assert_int_equal(
		lab_told(lab, "starttls.stripped", NULL)->certainty, CERTAINTY_PROBABLE);
	assert_int_equal(lab_told(lab, "starttls.stripped", NULL)->count, 1);
	NONE(lab, NOT_OFFERED);
	lab_free(lab);
	/* The offer is seen only afterwards. */
	begin(&lab, &c, PROTO_SMTP, 587, "PIPELINING|AUTH PLAIN");
	conn_close(&c, FLOW_FIN);
	NONE(lab, "starttls.stripped");
	open_on(lab, &d, PROTO_SMTP, 587, "PIPELINING|STARTTLS|AUTH PLAIN");
	end(&d);
	WANT(lab, "starttls.stripped", "same_list", SEV_HIGH);
	NONE(lab, NOT_OFFERED);
	lab_free(lab);
}

static void
test_stripped_not_when(void **state)
{
	struct lab *lab;
	struct conn c, d;

	/* Another client network and another list: a policy. */
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING|8BITMIME");
	conn_close(&c, FLOW_FIN);
	conn_from(lab, &d, PROTO_SMTP, "203.0.113.9", SERVER, 25);
	greet(&d);
	caps(&d, "PIPELINING");
	end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
	/* Another host behind the same address. */
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &d, PROTO_SMTP, 25);
	greet_as(&d, REPLY_OK, 220, "mx2.example.org ready", "mx2.example.org");
	caps(&d, "PIPELINING");
	end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
	/* The server said 454 before: a broken certificate. */
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 4.7.0 TLS not available", false);
	conn_close(&c, FLOW_FIN);
	open_on(lab, &d, PROTO_SMTP, 25, "PIPELINING");
	end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
	/* Another service. */
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	conn_close(&c, FLOW_FIN);
	open_on(lab, &d, PROTO_SMTP, 587, "PIPELINING");
	end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
}

/* Three without it and none with it since: it was switched off. */
static void
test_stripped_turns_into_not_offered(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	conn_close(&c, FLOW_FIN);
	for (int i = 0; i < 3; i++) {
		open_on(lab, &c, PROTO_SMTP, 25, "PIPELINING");
		conn_close(&c, FLOW_FIN);
	}
	lab_finish(lab);
	assert_int_equal(lab_told(lab, "starttls.stripped", NULL)->count, 2);
	WANT(lab, NOT_OFFERED, "relay", SEV_MEDIUM);
	lab_free(lab);
}

/* ---- starttls.mangled */

struct mask_row {
	const char *list, *reason;
	enum severity sev;
};

static const struct mask_row mask_rows[] = {
	{"PIPELINING|XXXXXXXA", "starttls_masked", SEV_HIGH},
	{"PIPELINING|XXXXXXXX", "starttls_masked", SEV_HIGH},
	{"PIPELINING|XXXB", "other_masked", SEV_MEDIUM},
	{"STARTTLS|XXXXXXXA", "other_masked", SEV_MEDIUM},
	{"XCLIENT NAME ADDR|XFORWARD|X-EXPS|XEXCH50|XAPPLEPUSHSERVICE", NULL, 0},
	{"XX|XXXXXXXa", NULL, 0},
};

static void
test_mangled_caps(void **state)
{
	for (size_t i = 0; i < N(mask_rows); i++) {
		struct lab *lab;
		struct conn c;

		begin(&lab, &c, PROTO_SMTP, 587, mask_rows[i].list);
		if (mask_rows[i].reason)
			WANT(lab, "starttls.mangled", mask_rows[i].reason, mask_rows[i].sev);
		else
			NONE(lab, "starttls.mangled");
		password(&c, "alice", PW, AUTH_ACCEPTED);
		if (mask_rows[i].sev == SEV_HIGH)
			WANT(lab, "starttls.mangled", mask_rows[i].reason, SEV_CRITICAL);
		end(&c);
		if (mask_rows[i].sev == SEV_HIGH)
			NONE(lab, NOT_OFFERED);
		NONE(lab, "starttls.stripped");
		lab_free(lab);
	}
}

static void
test_mangled_words(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet_as(&c, REPLY_OK, 220, "****************0*2******200 **", "");
	WANT(lab, "starttls.mangled", "banner_masked", SEV_LOW);
	caps(&c, "PIPELINING");
	command(&c, NULL, "XXXXXXXX");
	WANT(lab, "starttls.mangled", "command_masked", SEV_HIGH);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 500, "500 unrecognized", false);
	WANT(lab, "starttls.mangled", "command_masked", SEV_HIGH);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "PIPELINING");
	command(&c, NULL, "XXX");
	command(&c, NULL, "XXXXA");
	starttls_ask(&c); /* never offered */
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 500, "500 unrecognized", false);
	NONE(lab, "starttls.mangled");
	end(&c);
	lab_free(lab);
}

/* ---- starttls.refused, fallback_cleartext */

static void
test_refused(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 4.7.0 TLS not available", false);
	WANT(lab, "starttls.refused", "454", SEV_MEDIUM);
	mail_from(&c, "a@b.example", "", true);
	WANT(lab, "starttls.refused", "454", SEV_HIGH);
	WANT(lab, "starttls.fallback_cleartext", "refused", SEV_MEDIUM); /* relay */
	end(&c);
	NONE(lab, NOT_USED);
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, "STLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 0, "-ERR no", false);
	WANT(lab, "starttls.refused", "err", SEV_MEDIUM);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.refused", "err", SEV_HIGH);
	WANT(lab, "starttls.fallback_cleartext", "refused", SEV_HIGH); /* access */
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 0, "a1 BAD what", false);
	WANT(lab, "starttls.refused", "bad", SEV_MEDIUM);
	end(&c);
	NONE(lab, "starttls.fallback_cleartext");
	lab_free(lab);
}

static void
test_refused_not_when(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* in a transaction */
	mail_from(&c, "a@b.example", "", true);
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 503, "503 not now", false);
	NONE(lab, "starttls.refused");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* with an argument */
	command(&c, "STARTTLS", "STARTTLS now");
	starttls_say(&c, STLS_REQUESTED, DIR_C2S, 0, "", false);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 501, "501 syntax", false);
	NONE(lab, "starttls.refused");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, NULL); /* already inside */
	upgraded(&c, "STARTTLS");
	c.tls = true;
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 503, "503 already", false);
	NONE(lab, "starttls.refused");
	end(&c);
	lab_free(lab);
}

static void
refuse_then(struct lab *lab, int64_t wait_ns, const char *hello, bool tls)
{
	struct conn c, d;
	struct event e;

	open_on(lab, &c, PROTO_SMTP, 587, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 no", false);
	conn_close(&c, FLOW_FIN);
	lab->now_ns += wait_ns;
	conn_open(lab, &d, PROTO_SMTP, 25);
	greet(&d);
	caps(&d, "STARTTLS|AUTH PLAIN");
	make(&d, &e, EV_HELLO, DIR_C2S, 0);
	e.hello = (struct ev_hello){.verb = "EHLO", .name = bytes_str(hello), .code = 250};
	send_event(&d, &e);
	if (tls) {
		starttls_ask(&d);
		starttls_ok(&d);
		tls_up(&d);
	} else {
		password(&d, "alice", PW, AUTH_ACCEPTED);
	}
	conn_close(&d, FLOW_FIN);
}

static void
test_fallback_to_a_sibling_port(void **state)
{
	struct lab *lab = lab_new(NULL);

	refuse_then(lab, 30 * NS_PER_S, "client.example.net", false);
	WANT(lab, "starttls.fallback_cleartext", "refused", SEV_HIGH);
	lab_free(lab);
	lab = lab_new(NULL);
	refuse_then(lab, 61 * NS_PER_S, "client.example.net", false); /* too late */
	refuse_then(lab, 500 * NS_PER_S, "phone", false);             /* another application */
	refuse_then(lab, 500 * NS_PER_S, "client.example.net", true); /* upgraded after all */
	NONE(lab, "starttls.fallback_cleartext");
	lab_free(lab);
}

static void
test_fallback_after_handshake_and_connect(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c, d;

	open_on(lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	starttls_ask(&c);
	starttls_ok(&c);
	tls_say(&c, TLS_CLIENT_HELLO, DIR_C2S);
	tls_say(&c, TLS_ALERT, DIR_S2C);
	conn_close(&c, FLOW_FIN);
	open_on(lab, &d, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	password(&d, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.fallback_cleartext", "handshake_failed", SEV_HIGH);
	end(&d);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_raw(lab, &c, CLIENT, SERVER, 993);
	c.flow.side[DIR_S2C] = (struct flow_side){.packets = 1, .rst = true};
	conn_open(lab, &d, PROTO_IMAP, 143);
	greet(&d);
	password(&d, "alice", PW, AUTH_ACCEPTED);
	NONE(lab, "starttls.fallback_cleartext");
	conn_close(&c, FLOW_RST); /* told later than what followed it */
	WANT(lab, "starttls.fallback_cleartext", "connect_failed", SEV_HIGH);
	end(&d);
	lab_free(lab);
}

/* ---- what is said where only TLS should be */

static void
test_client_injection(void **state)
{
	struct lab *lab;
	struct conn c;
	const struct told *t;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "NOOP", true);
	NONE(lab, "starttls.client_injection");
	starttls_ok(&c);
	tls_up(&c);
	t = WANT(lab, "starttls.client_injection", "before_reply", SEV_HIGH);
	assert_string_equal(t->text[1], "NOOP");
	end(&c);
	assert_int_equal(lab_told(lab, "starttls.client_injection", NULL)->count, 1);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "AUTH PLAIN AGFsaWNlAHNlY3JldA==", false);
	tls_say(&c, TLS_RECORDS, DIR_C2S);
	t = WANT(lab, "starttls.client_injection", "after_reply", SEV_CRITICAL);
	assert_string_equal(t->text[1], "AUTH");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* a stray line end */
	starttls_ask(&c);
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "\r\n", false);
	tls_say(&c, TLS_RECORDS, DIR_C2S);
	WANT(lab, "starttls.client_injection", "noise", SEV_LOW);
	end(&c);
	lab_free(lab);
}

static void
test_client_injection_not_when(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* refused: plaintext is right */
	starttls_ask(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "MAIL FROM:<a@b>", true);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 no", false);
	end(&c);
	NONE(lab, "starttls.client_injection");
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* a proxy that goes on in clear */
	starttls_ask(&c);
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "EHLO x", false);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "250 y", false);
	starttls_say(&c, STLS_NO_TLS, DIR_S2C, 0, "250 y", false);
	WANT(lab, "starttls.no_tls_after_ok", "plaintext", SEV_MEDIUM);
	NONE(lab, "starttls.established");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.no_tls_after_ok", "plaintext", SEV_HIGH);
	end(&c);
	NONE(lab, "starttls.client_injection");
	NONE(lab, "starttls.server_injection");
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* clean */
	upgraded(&c, "STARTTLS");
	end(&c);
	NONE(lab, "starttls.client_injection");
	lab_free(lab);
}

static void
test_no_tls_with_a_gap(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_ok(&c);
	lost(&c, DIR_C2S, GAP_LOST, 100);
	starttls_say(&c, STLS_NO_TLS, DIR_S2C, 0, "250 y", false);
	NONE(lab, "starttls.no_tls_after_ok");
	end(&c);
	lab_free(lab);
}

static void
test_server_injection(void **state)
{
	struct lab *lab;
	struct conn c;
	uint32_t id;

	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	id = command(&c, "STARTTLS", "a1 STARTTLS");
	answer(&c, id, "STARTTLS", REPLY_OK, 0, "OK", NULL, "a1 OK go");
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "* CAPABILITY IMAP4rev1 AUTH=PLAIN", false);
	NONE(lab, "starttls.server_injection");
	tls_up(&c);
	WANT(lab, "starttls.server_injection", "surplus", SEV_CRITICAL);
	end(&c);
	lab_free(lab);
	/* The answer to what was asked before STARTTLS. */
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	command(&c, "NOOP", "a1 NOOP");
	command(&c, "STARTTLS", "a2 STARTTLS");
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "a1 OK noop", false);
	tls_up(&c);
	NONE(lab, "starttls.server_injection");
	end(&c);
	lab_free(lab);
}

/* ---- starttls.premature_reply */

static void
premature(struct conn *c)
{
	struct event e;

	make(c, &e, EV_STARTTLS, DIR_S2C, 8);
	e.at.acked = 0;
	e.starttls = (struct ev_starttls){
		.stage = STLS_PREMATURE, .code = 220, .text = BYTES("220 go")};
	send_event(c, &e);
}

static void
test_premature(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* EHLO's reply acknowledged EHLO */
	command(&c, "STARTTLS", "STARTTLS");
	premature(&c);
	WANT(lab, "starttls.premature_reply", "starttls", SEV_HIGH);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.premature_reply", "starttls", SEV_CRITICAL);
	end(&c);
	lab_free(lab);
	/* No reply is known to carry a right ACK: a proxy that acknowledges late. */
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	command(&c, "STARTTLS", "STARTTLS");
	premature(&c);
	NONE(lab, "starttls.premature_reply");
	answer(&c, command(&c, "NOOP", "NOOP"), "NOOP", REPLY_OK, 250, "", NULL, "250 ok");
	WANT(lab, "starttls.premature_reply", "starttls", SEV_HIGH);
	end(&c);
	lab_free(lab);
}

static void
early(struct conn *c, const char *verb, enum reply_kind kind, uint16_t code)
{
	uint64_t before = c->off[DIR_C2S];
	uint32_t id = command(c, verb, verb);
	struct event e;

	make(c, &e, EV_REPLY, DIR_S2C, 8);
	e.at.acked = before;
	e.reply = (struct ev_reply){
		.id = id, .verb = verb, .kind = kind, .code = code, .text = BYTES("250 ok")};
	send_event(c, &e);
}

static void
test_premature_others(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	early(&c, "QUIT", REPLY_NO, 421);
	NONE(lab, "starttls.premature_reply");
	early(&c, "NOOP", REPLY_OK, 250);
	WANT(lab, "starttls.premature_reply", "other", SEV_MEDIUM);
	early(&c, "AUTH", REPLY_OK, 235);
	WANT(lab, "starttls.premature_reply", "login", SEV_HIGH);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* replies cannot be matched */
	anomaly(&c, ANOMALY_REPLY_UNEXPECTED, DIR_S2C, "");
	early(&c, "NOOP", REPLY_OK, 250);
	NONE(lab, "starttls.premature_reply");
	end(&c);
	lab_free(lab);
}

/* ---- starttls.late, state_kept, preferred_implicit, inconsistent, pre_tls_data, established
 */

static void
test_late(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	mail_from(&c, "a@b.example", "", true);
	starttls_ask(&c);
	WANT(lab, "starttls.late", "mail", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS");
	password(&c, "alice", PW, AUTH_REFUSED);
	starttls_ask(&c);
	WANT(lab, "starttls.late", "secret", SEV_HIGH);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	command(&c, "ID", "a1 ID (\"name\" \"x\" \"user\" \"alice\")");
	starttls_ask(&c);
	WANT(lab, "starttls.late", "id", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	command(&c, "ID", "a1 ID (\"name\" \"Thunderbird\")");
	command(&c, "NOOP", "a2 NOOP");
	starttls_ask(&c);
	NONE(lab, "starttls.late");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, "STLS");
	command(&c, "AUTH", "AUTH"); /* asks for the mechanisms */
	starttls_ask(&c);
	NONE(lab, "starttls.late");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, "STLS");
	command(&c, "AUTH", "AUTH LOGIN"); /* a try, given up */
	starttls_ask(&c);
	WANT(lab, "starttls.late", "login", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
}

static void
rcpt_to(struct conn *c)
{
	struct event e;

	make(c, &e, EV_RCPT, DIR_C2S, 0);
	e.rcpt = (struct ev_rcpt){
		.tx = 1, .path = BYTES("x@y"), .code = 250, .accepted = true, .known = true};
	send_event(c, &e);
}

static void
test_state_kept(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, NULL);
	upgraded(&c, "STARTTLS");
	end(&c); /* sealed: nothing can be said */
	NONE(lab, "starttls.state_kept");
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, NULL);
	upgraded(&c, "STARTTLS");
	c.tls = true;
	rcpt_to(&c);
	WANT(lab, "starttls.state_kept", "server", SEV_MEDIUM);
	mail_from(&c, "a@b", "", true);
	WANT(lab, "starttls.state_kept", "client", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, NULL);
	upgraded(&c, "STARTTLS");
	c.tls = true;
	caps(&c, "PIPELINING");
	mail_from(&c, "a@b", "", true);
	rcpt_to(&c);
	end(&c);
	NONE(lab, "starttls.state_kept");
	lab_free(lab);
}

static void
test_established(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	upgraded(&c, "STARTTLS|LOGINDISABLED");
	WANT(lab, "starttls.established", "upgraded", SEV_INFO);
	NONE(lab, "starttls.preferred_implicit");
	end(&c);
	WANT(lab, "starttls.preferred_implicit", "imap", SEV_INFO);
	NONE(lab, NOT_OFFERED);
	NONE(lab, NOT_USED);
	assert_int_equal(findings_worst(lab->findings), SEV_NONE);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, NULL); /* a relay */
	upgraded(&c, "STARTTLS");
	end(&c);
	NONE(lab, "starttls.preferred_implicit");
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* a fatal alert came first */
	starttls_ask(&c);
	starttls_ok(&c);
	tls_say(&c, TLS_ALERT, DIR_S2C);
	tls_say(&c, TLS_ESTABLISHED, DIR_C2S);
	NONE(lab, "starttls.established");
	end(&c);
	lab_free(lab);
}

static void
test_inconsistent(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 587);
	upgraded(&c, "STARTTLS");
	conn_close(&c, FLOW_FIN);
	open_on(lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	conn_close(&c, FLOW_FIN); /* only looked: not used */
	open_on(lab, &c, PROTO_SMTP, 25, "STARTTLS");
	mail_from(&c, "a@b", "", true); /* another service */
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	NONE(lab, "starttls.inconsistent");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 587);
	upgraded(&c, "STARTTLS");
	conn_close(&c, FLOW_FIN);
	open_on(lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	conn_close(&c, FLOW_FIN);
	NONE(lab, "starttls.inconsistent");
	lab_finish(lab);
	WANT(lab, "starttls.inconsistent", "same_client", SEV_HIGH);
	lab_free(lab);
}

struct pre_row {
	enum reply_kind kind;
	const char *status, *resp_code, *text, *reason;
	enum severity sev;
};

/* clang-format off */
static const struct pre_row pre_rows[] = {
	{REPLY_DATA, "LIST", NULL, "* LIST () \"/\" INBOX", "data", SEV_LOW},
	{REPLY_DATA, "EXISTS", NULL, "* 5 EXISTS", "data", SEV_LOW},
	{REPLY_DATA, "CAPABILITY", NULL, "* CAPABILITY IMAP4rev1", NULL, 0},
	{REPLY_DATA, "OK", "ALERT", "* OK [ALERT] down tomorrow", "alert", SEV_LOW},
	{REPLY_DATA, "OK", "ALERT", "* OK [ALERT] see http://evil.example/", "alert", SEV_MEDIUM},
	{REPLY_DATA, "BAD", "ALERT", "* BAD [ALERT] Plaintext authentication not allowed without SSL/TLS", NULL, 0},
	{REPLY_NO, "NO", "REFERRAL imap://a;AUTH=*@b/", "a1 NO [REFERRAL imap://a;AUTH=*@b/] elsewhere", "referral", SEV_MEDIUM},
};
/* clang-format on */

static void
test_pre_tls_data(void **state)
{
	struct lab *lab;
	struct conn c;

	for (size_t i = 0; i < N(pre_rows); i++) {
		const struct pre_row *r = &pre_rows[i];

		begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
		answer(&c, 0, NULL, r->kind, 0, r->status, r->resp_code, r->text);
		if (r->reason)
			WANT(lab, "starttls.pre_tls_data", r->reason, r->sev);
		else
			NONE(lab, "starttls.pre_tls_data");
		end(&c);
		lab_free(lab);
		begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS"); /* logged in: it is mail */
		password(&c, "alice", PW, AUTH_ACCEPTED);
		answer(&c, 0, NULL, r->kind, 0, r->status, r->resp_code, r->text);
		NONE(lab, "starttls.pre_tls_data");
		end(&c);
		lab_free(lab);
		lab = lab_new(NULL); /* joined in the middle: perhaps logged in */
		conn_raw(lab, &c, CLIENT, SERVER, 143);
		c.flow.midstream = true;
		conn_proto(&c, PROTO_IMAP);
		answer(&c, 0, NULL, r->kind, 0, r->status, r->resp_code, r->text);
		NONE(lab, "starttls.pre_tls_data");
		end(&c);
		lab_free(lab);
	}
	lab = lab_new(NULL); /* only the server is heard */
	conn_open(lab, &c, PROTO_IMAP, 143);
	c.flow.side[DIR_C2S] = (struct flow_side){0};
	greet(&c);
	answer(&c, 0, NULL, REPLY_DATA, 0, "EXISTS", NULL, "* 21 EXISTS");
	end(&c);
	NONE(lab, "starttls.pre_tls_data");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_IMAP, 143);
	greet_as(&c, REPLY_OK, 0, "[ALERT] visit https://evil.example/", "");
	WANT(lab, "starttls.pre_tls_data", "alert", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posture),
		cmocka_unit_test(test_posture_of_parts),
		cmocka_unit_test(test_not_used_cut_short),
		cmocka_unit_test(test_not_offered_evidence),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_stripped_not_when),
		cmocka_unit_test(test_stripped_turns_into_not_offered),
		cmocka_unit_test(test_mangled_caps),
		cmocka_unit_test(test_mangled_words),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_not_when),
		cmocka_unit_test(test_fallback_to_a_sibling_port),
		cmocka_unit_test(test_fallback_after_handshake_and_connect),
		cmocka_unit_test(test_client_injection),
		cmocka_unit_test(test_client_injection_not_when),
		cmocka_unit_test(test_no_tls_with_a_gap),
		cmocka_unit_test(test_server_injection),
		cmocka_unit_test(test_premature),
		cmocka_unit_test(test_premature_others),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_state_kept),
		cmocka_unit_test(test_established),
		cmocka_unit_test(test_inconsistent),
		cmocka_unit_test(test_pre_tls_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
