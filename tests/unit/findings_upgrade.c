/* Rules of starttls.*: the upgrade itself, and what was said around it. */
#include "findings_build.h"

#define PW "correct horse battery"

/* ---- what is said where only TLS should be */

static void
test_client_injection(void **state)
{
	struct lab *lab;
	struct conn c;
	const struct told *t;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "NOOP", true);
	NONE(lab, "starttls.client_injection");
	starttls_ok(&c);
	tls_up(&c);
	t = WANT(lab, "starttls.client_injection", "before_reply", SEV_HIGH);
	assert_string_equal(t->text[1], "NOOP");
	dialogue_end(&c);
	assert_int_equal(lab_told(lab, "starttls.client_injection", NULL)->count, 1);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "AUTH PLAIN AGFsaWNlAHNlY3JldA==", false);
	tls_say(&c, TLS_RECORDS, DIR_C2S);
	t = WANT(lab, "starttls.client_injection", "after_reply", SEV_CRITICAL);
	assert_string_equal(t->text[1], "AUTH");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* a stray line end */
	starttls_ask(&c);
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "\r\n", false);
	tls_say(&c, TLS_RECORDS, DIR_C2S);
	WANT(lab, "starttls.client_injection", "noise", SEV_LOW);
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_client_injection_not_when(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* refused: plaintext is right */
	starttls_ask(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "MAIL FROM:<a@b>", true);
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 454, "454 no", false);
	dialogue_end(&c);
	NONE(lab, "starttls.client_injection");
	lab_free(lab);
	dialogue_begin(
		&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* a proxy that goes on in clear */
	starttls_ask(&c);
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "EHLO x", false);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "250 y", false);
	starttls_say(&c, STLS_NO_TLS, DIR_S2C, 0, "250 y", false);
	WANT(lab, "starttls.no_tls_after_ok", "plaintext", SEV_MEDIUM);
	NONE(lab, "starttls.established");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.no_tls_after_ok", "plaintext", SEV_HIGH);
	dialogue_end(&c);
	NONE(lab, "starttls.client_injection");
	NONE(lab, "starttls.server_injection");
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* clean */
	upgraded(&c, "STARTTLS");
	dialogue_end(&c);
	NONE(lab, "starttls.client_injection");
	lab_free(lab);
}

static void
test_no_tls_with_a_gap(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	starttls_ask(&c);
	starttls_ok(&c);
	lost(&c, DIR_C2S, GAP_LOST, 100);
	starttls_say(&c, STLS_NO_TLS, DIR_S2C, 0, "250 y", false);
	NONE(lab, "starttls.no_tls_after_ok");
	dialogue_end(&c);
	lab_free(lab);
}

/* What was lost may have been STARTTLS and its go-ahead, behind the words that are left. */
static void
test_injection_not_seen_whole(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	lost(&c, DIR_C2S, GAP_LOST, 100);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "a7 NOOP", false);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "* 3 EXISTS", false);
	tls_up(&c);
	dialogue_end(&c);
	NONE(lab, "starttls.client_injection");
	NONE(lab, "starttls.server_injection");
	lab_free(lab);
}

static void
test_server_injection(void **state)
{
	struct lab *lab;
	struct conn c;
	uint32_t id;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	id = command(&c, "STARTTLS", "a1 STARTTLS");
	answer(&c, id, "STARTTLS", REPLY_OK, 0, "OK", NULL, "a1 OK go");
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "* CAPABILITY IMAP4rev1 AUTH=PLAIN", false);
	NONE(lab, "starttls.server_injection");
	tls_up(&c);
	WANT(lab, "starttls.server_injection", "surplus", SEV_CRITICAL);
	dialogue_end(&c);
	lab_free(lab);
	/* The answer to what was asked before STARTTLS. */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	command(&c, "NOOP", "a1 NOOP");
	command(&c, "STARTTLS", "a2 STARTTLS");
	starttls_ok(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_S2C, 0, "a1 OK noop", false);
	tls_up(&c);
	NONE(lab, "starttls.server_injection");
	dialogue_end(&c);
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

	dialogue_begin(
		&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* EHLO's reply acknowledged EHLO */
	command(&c, "STARTTLS", "STARTTLS");
	premature(&c);
	WANT(lab, "starttls.premature_reply", "starttls", SEV_HIGH);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "starttls.premature_reply", "starttls", SEV_CRITICAL);
	dialogue_end(&c);
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
	dialogue_end(&c);
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

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	early(&c, "QUIT", REPLY_NO, 421);
	NONE(lab, "starttls.premature_reply");
	early(&c, "NOOP", REPLY_OK, 250);
	WANT(lab, "starttls.premature_reply", "other", SEV_MEDIUM);
	early(&c, "AUTH", REPLY_OK, 235);
	WANT(lab, "starttls.premature_reply", "login", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* replies cannot be matched */
	anomaly(&c, ANOMALY_REPLY_UNEXPECTED, DIR_S2C, "");
	early(&c, "NOOP", REPLY_OK, 250);
	NONE(lab, "starttls.premature_reply");
	dialogue_end(&c);
	lab_free(lab);
}

/* ---- starttls.late, state_kept, preferred_implicit, inconsistent, pre_tls_data, established
 */

static void
test_late(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS");
	mail_from(&c, "a@b.example", "", true);
	starttls_ask(&c);
	WANT(lab, "starttls.late", "mail", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS");
	password(&c, "alice", PW, AUTH_REFUSED);
	starttls_ask(&c);
	WANT(lab, "starttls.late", "secret", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	command(&c, "ID", "a1 ID (\"name\" \"x\" \"user\" \"alice\")");
	starttls_ask(&c);
	WANT(lab, "starttls.late", "id", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
	command(&c, "ID", "a1 ID (\"name\" \"Thunderbird\")");
	command(&c, "NOOP", "a2 NOOP");
	starttls_ask(&c);
	NONE(lab, "starttls.late");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, "STLS");
	command(&c, "AUTH", "AUTH"); /* asks for the mechanisms */
	starttls_ask(&c);
	NONE(lab, "starttls.late");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, "STLS");
	command(&c, "AUTH", "AUTH LOGIN"); /* a try, given up */
	starttls_ask(&c);
	WANT(lab, "starttls.late", "login", SEV_MEDIUM);
	dialogue_end(&c);
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

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL);
	upgraded(&c, "STARTTLS");
	dialogue_end(&c); /* sealed: nothing can be said */
	NONE(lab, "starttls.state_kept");
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL);
	upgraded(&c, "STARTTLS");
	c.tls = true;
	rcpt_to(&c);
	WANT(lab, "starttls.state_kept", "server", SEV_MEDIUM);
	mail_from(&c, "a@b", "", true);
	WANT(lab, "starttls.state_kept", "client", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL);
	upgraded(&c, "STARTTLS");
	c.tls = true;
	caps(&c, "PIPELINING");
	mail_from(&c, "a@b", "", true);
	rcpt_to(&c);
	dialogue_end(&c);
	NONE(lab, "starttls.state_kept");
	lab_free(lab);
}

static void
test_established(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	upgraded(&c, "STARTTLS|LOGINDISABLED");
	WANT(lab, "starttls.established", "upgraded", SEV_INFO);
	NONE(lab, "starttls.preferred_implicit");
	dialogue_end(&c);
	WANT(lab, "starttls.preferred_implicit", "imap", SEV_INFO);
	NONE(lab, "starttls.not_offered");
	NONE(lab, "starttls.not_used");
	assert_int_equal(findings_worst(lab->findings), SEV_NONE);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL); /* a relay */
	upgraded(&c, "STARTTLS");
	dialogue_end(&c);
	NONE(lab, "starttls.preferred_implicit");
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, "STARTTLS"); /* a fatal alert came first */
	starttls_ask(&c);
	starttls_ok(&c);
	tls_say(&c, TLS_ALERT, DIR_S2C);
	tls_say(&c, TLS_ESTABLISHED, DIR_C2S);
	NONE(lab, "starttls.established");
	dialogue_end(&c);
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
	dialogue_open(lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
	conn_close(&c, FLOW_FIN); /* only looked: not used */
	dialogue_open(lab, &c, PROTO_SMTP, 25, "STARTTLS");
	mail_from(&c, "a@b", "", true); /* another service */
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	NONE(lab, "starttls.inconsistent");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 587);
	upgraded(&c, "STARTTLS");
	conn_close(&c, FLOW_FIN);
	dialogue_open(lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN");
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

		dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS");
		answer(&c, 0, NULL, r->kind, 0, r->status, r->resp_code, r->text);
		if (r->reason)
			WANT(lab, "starttls.pre_tls_data", r->reason, r->sev);
		else
			NONE(lab, "starttls.pre_tls_data");
		dialogue_end(&c);
		lab_free(lab);
		dialogue_begin(
			&lab, &c, PROTO_IMAP, 143, "STARTTLS"); /* logged in: it is mail */
		password(&c, "alice", PW, AUTH_ACCEPTED);
		answer(&c, 0, NULL, r->kind, 0, r->status, r->resp_code, r->text);
		NONE(lab, "starttls.pre_tls_data");
		dialogue_end(&c);
		lab_free(lab);
		lab = lab_new(NULL); /* joined in the middle: perhaps logged in */
		conn_raw(lab, &c, CLIENT, SERVER, 143);
		c.flow.midstream = true;
		conn_proto(&c, PROTO_IMAP);
		answer(&c, 0, NULL, r->kind, 0, r->status, r->resp_code, r->text);
		NONE(lab, "starttls.pre_tls_data");
		dialogue_end(&c);
		lab_free(lab);
	}
	lab = lab_new(NULL); /* only the server is heard */
	conn_open(lab, &c, PROTO_IMAP, 143);
	c.flow.side[DIR_C2S] = (struct flow_side){0};
	greet(&c);
	answer(&c, 0, NULL, REPLY_DATA, 0, "EXISTS", NULL, "* 21 EXISTS");
	dialogue_end(&c);
	NONE(lab, "starttls.pre_tls_data");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_IMAP, 143);
	greet_as(&c, REPLY_OK, 0, "[ALERT] visit https://evil.example/", "");
	WANT(lab, "starttls.pre_tls_data", "alert", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_injection),
		cmocka_unit_test(test_client_injection_not_when),
		cmocka_unit_test(test_no_tls_with_a_gap),
		cmocka_unit_test(test_injection_not_seen_whole),
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
