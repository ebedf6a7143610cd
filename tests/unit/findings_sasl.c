/* Rules of auth.*: what SASL exchanges and their verdicts show. Each finding once for
 * every way in, and what must not make it. */
#include "findings_build.h"

#define PW "correct horse battery"

/* ---- challenge and response */

static struct sasl_detail given;

static void
with_detail(struct ev_login *ev)
{
	ev->detail = given;
}

static void
with_cancel(struct ev_login *ev)
{
	ev->detail = given;
	ev->cancelled = true;
}

static void
test_crackable(void **state)
{
	const struct try t = {"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED};
	const struct try no = {"DIGEST-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_REFUSED,
		"bad_credentials"};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	given = (struct sasl_detail){0};
	login_with(&c, &t, with_detail);
	NONE(lab, "auth.crackable"); /* no challenge: malformed */
	given.challenge_seen = true;
	login_with(&c, &t, with_cancel);
	NONE(lab, "auth.crackable");
	login_with(&c, &t, with_detail);
	WANT(lab, "auth.crackable", "cram_md5_accepted", SEV_MEDIUM);
	login_with(&c, &no, with_detail);
	WANT(lab, "auth.crackable", "digest_md5_rejected", SEV_LOW);
	dialogue_end(&c);
	NONE(lab, "auth.cleartext");
	lab_free(lab);
}

static void
bad_stamp(struct ev_login *ev)
{
	ev->detail.apop_malformed = true;
}

static void
test_apop_challenge(void **state)
{
	const struct try t = {
		"APOP", "alice", "00", EXPOSURE_CRACKABLE, AUTH_REFUSED, NULL, true};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_POP3, 110, NULL);
	login(&c, &t);
	NONE(lab, "auth.apop_malformed_challenge");
	login_with(&c, &t, bad_stamp);
	WANT(lab, "auth.apop_malformed_challenge", "not_msg_id", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
}

static void
sasl_info(struct conn *c)
{
	struct event e;

	make(c, &e, EV_SASL_INFO, DIR_S2C, 0);
	e.sasl = (struct ev_sasl_info){.mechanism = BYTES("X"), .detail = given};
	send_event(c, &e);
}

static void
test_ntlm(void **state)
{
	const struct try t = {"NTLM", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	given = (struct sasl_detail){
		.ntlm_target = BYTES(
			"nb_computer=EX01; dns_computer=ex01.corp.local; os=10.0.17763")};
	sasl_info(&c);
	WANT(lab, "auth.ntlm.info_leak", "type2", SEV_MEDIUM); /* a public address */
	NONE(lab, "auth.ntlm.exposed");
	given.ntlm_version = 1;
	login_with(&c, &t, with_detail);
	WANT(lab, "auth.ntlm.exposed", "v1", SEV_HIGH);
	given.ntlm_version = 2;
	login_with(&c, &t, with_detail);
	WANT(lab, "auth.ntlm.exposed", "v2", SEV_MEDIUM);
	assert_int_equal(lab_told(lab, "auth.ntlm.info_leak", NULL)->count, 1);
	dialogue_end(&c);
	lab_free(lab);
	/* Anonymous, and names that the greeting tells. */
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	given = (struct sasl_detail){.ntlm_version = 2,
		.ntlm_anonymous = true,
		.ntlm_target = BYTES(
			"nb_computer=MAIL; dns_computer=mail.example.org; os=6.1")};
	login_with(&c, &t, with_detail);
	NONE(lab, "auth.ntlm.exposed");
	NONE(lab, "auth.ntlm.info_leak");
	WANT(lab, "auth.anonymous", "accepted", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_from(lab, &c, PROTO_SMTP, CLIENT, "10.0.0.1", 587);
	greet(&c);
	given = (struct sasl_detail){.ntlm_target = BYTES("nb_domain=CORP")};
	sasl_info(&c);
	WANT(lab, "auth.ntlm.info_leak", "type2", SEV_LOW);
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_scram(void **state)
{
	const struct try t = {"SCRAM-SHA-256", "alice", "p", EXPOSURE_CRACKABLE, AUTH_ACCEPTED};
	const struct try old = {"SCRAM-SHA-1", "alice", "p", EXPOSURE_CRACKABLE, AUTH_ACCEPTED};
	const struct try half = {"SCRAM-SHA-256", "alice", NULL, EXPOSURE_NONE, AUTH_UNKNOWN};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given = (struct sasl_detail){
		.challenge_seen = true, .scram_iterations = 4096, .scram_cb = 'n'};
	login_with(&c, &half, with_detail);
	NONE(lab, "auth.scram.exposed");
	login_with(&c, &t, with_detail);
	WANT(lab, "auth.scram.exposed", "scram_sha_256_accepted", SEV_LOW);
	NONE(lab, "auth.scram.low_iterations");
	given.scram_iterations = 4095;
	login_with(&c, &old, with_detail);
	WANT(lab, "auth.scram.exposed", "scram_sha_1_accepted", SEV_MEDIUM);
	WANT(lab, "auth.scram.low_iterations", "low", SEV_MEDIUM);
	NONE(lab, "auth.scram.cb_downgrade");
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_channel_binding(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "AUTH=SCRAM-SHA-256|AUTH=SCRAM-SHA-256-PLUS");
	given = (struct sasl_detail){.scram_cb = 'p'};
	sasl_info(&c);
	NONE(lab, "auth.scram.cb_downgrade");
	given.scram_cb = 'y';
	sasl_info(&c);
	WANT(lab, "auth.scram.cb_downgrade", "y", SEV_MEDIUM);
	given.scram_cb = 'n';
	sasl_info(&c);
	WANT(lab, "auth.scram.cb_downgrade", "n", SEV_LOW);
	dialogue_end(&c);
	lab_free(lab);
	/* Before TLS it was not offered: the client may have believed that list. */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|AUTH=SCRAM-SHA-256");
	c.tls = true;
	caps(&c, "AUTH=SCRAM-SHA-256|AUTH=SCRAM-SHA-256-PLUS");
	given.scram_cb = 'y';
	sasl_info(&c);
	NONE(lab, "auth.scram.cb_downgrade");
	dialogue_end(&c);
	lab_free(lab);
}

static void
layer(struct conn *c, enum layer_kind kind)
{
	struct event e;

	make(c, &e, EV_LAYER, DIR_S2C, 0);
	e.layer = (struct ev_layer){kind, "test"};
	send_event(c, &e);
}

static void
test_gssapi(void **state)
{
	const struct try t = {"GSSAPI", "", NULL, EXPOSURE_NONE, AUTH_ACCEPTED};
	const struct try no = {"GSSAPI", "", NULL, EXPOSURE_NONE, AUTH_REFUSED};
	struct lab *lab;
	struct conn c;

	given = (struct sasl_detail){.krb_token = true,
		.realm = BYTES("EXAMPLE.ORG"),
		.service = BYTES("imap/mail"),
		.qop = BYTES("auth-conf")};
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login_with(&c, &t, with_detail);
	NONE(lab, "auth.gssapi.cleartext"); /* what follows decides */
	layer(&c, LAYER_SASL);
	dialogue_end(&c);
	NONE(lab, "auth.gssapi.cleartext");
	WANT(lab, "auth.sasl_layer", "auth_conf", SEV_INFO);
	WANT(lab, "capture.unparsed", "sasl_layer", SEV_INFO);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given.krb_etype = 23;
	login_with(&c, &t, with_detail);
	command(&c, "SELECT", "a2 SELECT INBOX");
	WANT(lab, "auth.gssapi.cleartext", "rc4", SEV_MEDIUM);
	NONE(lab, "auth.sasl_layer");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given.krb_etype = 18;
	login_with(&c, &no, with_detail);
	WANT(lab, "auth.gssapi.cleartext", "ticket", SEV_INFO); /* M-rejected */
	login_with(&c, &t, with_detail);
	dialogue_end(&c);
	WANT(lab, "auth.gssapi.cleartext", "ticket", SEV_LOW);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given = (struct sasl_detail){.ntlm_version = 2, .krb_token = true};
	login_with(&c, &t, with_detail);
	dialogue_end(&c);
	NONE(lab, "auth.gssapi.cleartext");
	lab_free(lab);
}

static void
test_external(void **state)
{
	const struct try t = {"EXTERNAL", "alice", NULL, EXPOSURE_NONE, AUTH_ACCEPTED};
	const struct try no = {"EXTERNAL", "alice", NULL, EXPOSURE_NONE, AUTH_REFUSED};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &no);
	NONE(lab, "auth.external_without_tls");
	login(&c, &t);
	WANT(lab, "auth.external_without_tls", "clear", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_anonymous(void **state)
{
	const struct try t = {"ANONYMOUS", "", NULL, EXPOSURE_NONE, AUTH_ACCEPTED};
	const struct try no = {"ANONYMOUS", "", NULL, EXPOSURE_NONE, AUTH_REFUSED};
	const struct try unknown = {"ANONYMOUS", "", NULL, EXPOSURE_NONE, AUTH_UNKNOWN};
	const struct try imap = {"LOGIN", "Anonymous", "x@y.example", EXPOSURE_PASSWORD,
		AUTH_ACCEPTED, NULL, true};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &unknown);
	NONE(lab, "auth.anonymous");
	login(&c, &no);
	WANT(lab, "auth.anonymous", "rejected", SEV_INFO);
	login(&c, &imap);
	WANT(lab, "auth.anonymous", "accepted", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL);
	login(&c, &t);
	WANT(lab, "auth.anonymous", "accepted", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_downgrade(void **state)
{
	struct lab *lab;
	struct conn c, d;

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN LOGIN");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	NONE(lab, "auth.mechanism_downgrade");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN SCRAM-SHA-256");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "auth.mechanism_downgrade", "weaker_chosen", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN CRAM-MD5");
	login(&c, &(struct try){"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED});
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &d, PROTO_SMTP, 587);
	greet(&d);
	caps(&d, "AUTH PLAIN");
	password(&d, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "auth.mechanism_downgrade", "changed", SEV_HIGH);
	dialogue_end(&d);
	lab_free(lab);
}

struct failure_row {
	enum auth_result result;
	const char *reason, *want;
	bool cancelled;
};

static const struct failure_row failure_rows[] = {
	{AUTH_REFUSED, "bad_credentials", "bad_credentials", false},
	{AUTH_REFUSED, "tls_required", "tls_required", false},
	{AUTH_REFUSED, NULL, "refused", false},
	{AUTH_UNKNOWN, "temporary", "temporary", false},
	{AUTH_UNKNOWN, "expired", "expired", false},
	{AUTH_REFUSED, "in_use", NULL, false},
	{AUTH_UNKNOWN, NULL, NULL, false},
	{AUTH_ACCEPTED, NULL, NULL, false},
	{AUTH_REFUSED, NULL, NULL, true},
};

static void
test_failure(void **state)
{
	for (size_t i = 0; i < N(failure_rows); i++) {
		struct try t = {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, failure_rows[i].result,
			failure_rows[i].reason, false};
		struct lab *lab;
		struct conn c;

		given = (struct sasl_detail){0};
		dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
		login_with(&c, &t, failure_rows[i].cancelled ? with_cancel : NULL);
		if (failure_rows[i].want)
			WANT(lab, "auth.failure", failure_rows[i].want, SEV_INFO);
		else
			NONE(lab, "auth.failure");
		dialogue_end(&c);
		lab_free(lab);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crackable),
		cmocka_unit_test(test_apop_challenge),
		cmocka_unit_test(test_ntlm),
		cmocka_unit_test(test_scram),
		cmocka_unit_test(test_channel_binding),
		cmocka_unit_test(test_gssapi),
		cmocka_unit_test(test_external),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
