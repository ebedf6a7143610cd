/* Rules of starttls.*: the posture of servers, and what became of an offer. */
#include "findings_build.h"

#define PW "correct horse battery"

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

		dialogue_begin(&lab, &c, r->p, r->port, r->list);
		play(&c, r);
		NONE(lab, NOT_OFFERED); /* only at the end */
		NONE(lab, NOT_USED);
		dialogue_end(&c);
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
		dialogue_end(&c);
		NONE(lab, NOT_OFFERED);
		NONE(lab, NOT_USED);
		lab_free(lab);
		lab = lab_new(NULL); /* no greeting */
		conn_open(lab, &c, postures[i].p, postures[i].port);
		if (postures[i].list)
			caps(&c, postures[i].list);
		play(&c, &postures[i]);
		dialogue_end(&c);
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

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS");
	conn_close(&c, FLOW_EOF); /* it might have come to it */
	lab_finish(lab);
	NONE(lab, NOT_USED);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
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

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "PIPELINING|SIZE 10240000|AUTH PLAIN LOGIN");
	mail_from(&c, "a@b.example", "", true);
	dialogue_end(&c);
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

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "PIPELINING|STARTTLS|AUTH PLAIN");
	conn_close(&c, FLOW_FIN);
	dialogue_open(lab, &d, PROTO_SMTP, 587, "PIPELINING|AUTH PLAIN");
	WANT(lab, "starttls.stripped", "same_list", SEV_HIGH); /* at once */
	password(&d, "alice", PW, AUTH_REFUSED);
	WANT(lab, "starttls.stripped", "same_list", SEV_CRITICAL);
	assert_int_equal(
		d.s->verdict == VERDICT_STRIPPED || d.s->verdict == VERDICT_NOT_OFFERED, 1);
	dialogue_end(&d);
	assert_int_equal(
		lab_told(lab, "starttls.stripped", NULL)->certainty, CERTAINTY_PROBABLE);
	assert_int_equal(lab_told(lab, "starttls.stripped", NULL)->count, 1);
	NONE(lab, NOT_OFFERED);
	lab_free(lab);
	/* The offer is seen only afterwards. */
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "PIPELINING|AUTH PLAIN");
	conn_close(&c, FLOW_FIN);
	NONE(lab, "starttls.stripped");
	dialogue_open(lab, &d, PROTO_SMTP, 587, "PIPELINING|STARTTLS|AUTH PLAIN");
	dialogue_end(&d);
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
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING|8BITMIME");
	conn_close(&c, FLOW_FIN);
	conn_from(lab, &d, PROTO_SMTP, "203.0.113.9", SERVER, 25);
	greet(&d);
	caps(&d, "PIPELINING");
	dialogue_end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
	/* Another host behind the same address. */
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &d, PROTO_SMTP, 25);
	greet_as(&d, REPLY_OK, 220, "mx2.example.org ready", "mx2.example.org");
	caps(&d, "PIPELINING");
	dialogue_end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
	/* The server said 454 before: a broken certificate. */
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 4.7.0 TLS not available", false);
	conn_close(&c, FLOW_FIN);
	dialogue_open(lab, &d, PROTO_SMTP, 25, "PIPELINING");
	dialogue_end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
	/* Another service. */
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	conn_close(&c, FLOW_FIN);
	dialogue_open(lab, &d, PROTO_SMTP, 587, "PIPELINING");
	dialogue_end(&d);
	NONE(lab, "starttls.stripped");
	lab_free(lab);
}

/* Three without it and none with it since: it was switched off. */
static void
test_stripped_turns_into_not_offered(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS|PIPELINING");
	conn_close(&c, FLOW_FIN);
	for (int i = 0; i < 3; i++) {
		dialogue_open(lab, &c, PROTO_SMTP, 25, "PIPELINING");
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

		dialogue_begin(&lab, &c, PROTO_SMTP, 587, mask_rows[i].list);
		if (mask_rows[i].reason)
			WANT(lab, "starttls.mangled", mask_rows[i].reason, mask_rows[i].sev);
		else
			NONE(lab, "starttls.mangled");
		password(&c, "alice", PW, AUTH_ACCEPTED);
		if (mask_rows[i].sev == SEV_HIGH)
			WANT(lab, "starttls.mangled", mask_rows[i].reason, SEV_CRITICAL);
		dialogue_end(&c);
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
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 500, "500 unrecognized", false);
	WANT(lab, "starttls.mangled", "command_masked", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "PIPELINING");
	command(&c, NULL, "XXX");
	command(&c, NULL, "XXXXA");
	starttls_ask(&c); /* never offered */
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 500, "500 unrecognized", false);
	NONE(lab, "starttls.mangled");
	dialogue_end(&c);
	lab_free(lab);
}

/* ---- starttls.refused, fallback_cleartext */

static void
test_refused(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 4.7.0 TLS not available", false);
	WANT(lab, "starttls.refused", "454", SEV_MEDIUM);
	mail_from(&c, "a@b.example", "", true);
	WANT(lab, "starttls.refused", "454", SEV_HIGH);
	WANT(lab, "starttls.fallback_cleartext", "refused", SEV_MEDIUM); /* relay */
	dialogue_end(&c);
	NONE(lab, NOT_USED);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, "STLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 0, "-ERR no", false);
	WANT(lab, "starttls.refused", "err", SEV_MEDIUM);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.refused", "err", SEV_HIGH);
	WANT(lab, "starttls.fallback_cleartext", "refused", SEV_HIGH); /* access */
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 0, "a1 BAD what", false);
	WANT(lab, "starttls.refused", "bad", SEV_MEDIUM);
	dialogue_end(&c);
	NONE(lab, "starttls.fallback_cleartext");
	lab_free(lab);
}

static void
test_refused_not_when(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* in a transaction */
	mail_from(&c, "a@b.example", "", true);
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 503, "503 not now", false);
	NONE(lab, "starttls.refused");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* with an argument */
	command(&c, "STARTTLS", "STARTTLS now");
	starttls_say(&c, STLS_REQUESTED, DIR_C2S, 0, "", false);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 501, "501 syntax", false);
	NONE(lab, "starttls.refused");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL); /* already inside */
	upgraded(&c, "STARTTLS");
	c.tls = true;
	starttls_ask(&c);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 503, "503 already", false);
	NONE(lab, "starttls.refused");
	dialogue_end(&c);
	lab_free(lab);
}

static void
refuse_then(struct lab *lab, int64_t wait_ns, const char *hello, bool tls)
{
	struct conn c, d;
	struct event e;

	dialogue_open(lab, &c, PROTO_SMTP, 587, "STARTTLS");
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

	dialogue_open(lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	starttls_ask(&c);
	starttls_ok(&c);
	tls_say(&c, TLS_CLIENT_HELLO, DIR_C2S);
	tls_say(&c, TLS_ALERT, DIR_S2C);
	conn_close(&c, FLOW_FIN);
	dialogue_open(lab, &d, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	password(&d, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.fallback_cleartext", "handshake_failed", SEV_HIGH);
	dialogue_end(&d);
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
	dialogue_end(&d);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
