/* Rules of auth.*: what went over the wire in clear, what servers offered and clients did in
 * spite of it. Each finding once for every way in, and what must not make it. */
#include "findings_build.h"

#define PW "correct horse battery"

/* ---- auth.cleartext */

struct clear_row {
	const char *name;
	enum proto p;
	struct try t;
	const char *reason;
	enum severity sev; /* SEV_NONE: no finding */
};

/* clang-format off */
static const struct clear_row clear_rows[] = {
	{"smtp plain", PROTO_SMTP, {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED}, "plain_accepted", SEV_CRITICAL},
	{"smtp plain unknown", PROTO_SMTP, {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_UNKNOWN}, "plain_unknown", SEV_CRITICAL},
	{"smtp login refused", PROTO_SMTP, {"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_REFUSED, "bad_credentials"}, "login_rejected", SEV_HIGH},
	{"lmtp plain", PROTO_LMTP, {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED}, "plain_accepted", SEV_CRITICAL},
	{"pop3 user/pass", PROTO_POP3, {"USER/PASS", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED, NULL, true}, "user_pass_accepted", SEV_CRITICAL},
	{"pop3 in use was right", PROTO_POP3, {"USER/PASS", "alice", PW, EXPOSURE_PASSWORD, AUTH_REFUSED, "in_use", true}, "user_pass_accepted", SEV_CRITICAL},
	{"imap login command", PROTO_IMAP, {"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED, NULL, true}, "imap_login_accepted", SEV_CRITICAL},
	{"imap sasl login", PROTO_IMAP, {"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED}, "login_accepted", SEV_CRITICAL},
	{"empty password", PROTO_SMTP, {"PLAIN", "alice", "", EXPOSURE_PASSWORD, AUTH_REFUSED}, NULL, SEV_NONE},
	{"only the name", PROTO_SMTP, {"LOGIN", "alice", NULL, EXPOSURE_PASSWORD, AUTH_UNKNOWN}, NULL, SEV_NONE},
	{"a digest", PROTO_SMTP, {"CRAM-MD5", "alice", "0123", EXPOSURE_CRACKABLE, AUTH_ACCEPTED}, NULL, SEV_NONE},
	{"a token", PROTO_SMTP, {"XOAUTH2", "alice", "tok", EXPOSURE_TOKEN, AUTH_ACCEPTED}, NULL, SEV_NONE},
	{"mechanism not known", PROTO_IMAP, {"XYMPKI", "", "abc", EXPOSURE_NONE, AUTH_ACCEPTED}, NULL, SEV_NONE},
};
/* clang-format on */

static void
test_cleartext(void **state)
{
	for (size_t i = 0; i < N(clear_rows); i++) {
		const struct clear_row *r = &clear_rows[i];
		struct lab *lab;
		struct conn c;

		dialogue_begin(&lab, &c, r->p, 2525, NULL);
		login(&c, &r->t);
		if (r->sev == SEV_NONE)
			NONE(lab, "auth.cleartext");
		else
			WANT(lab, "auth.cleartext", r->reason, r->sev);
		dialogue_end(&c);
		lab_free(lab);
	}
}

/* The most important rule of all: what a key log opened was not clear. */
static void
test_nothing_in_clear_when_decrypted(void **state)
{
	static const char *const clear_only[] = {"auth.cleartext", "auth.cleartext.token",
		"auth.cleartext.username", "auth.crackable", "auth.ntlm.exposed",
		"auth.ntlm.info_leak", "auth.scram.exposed", "auth.gssapi.cleartext",
		"auth.offered_before_tls", "auth.logindisabled_ignored",
		"auth.mechanism_downgrade", "auth.enforced_tls", "auth.external_without_tls"};

	for (size_t i = 0; i < N(clear_rows); i++) {
		struct lab *lab;
		struct conn c;

		dialogue_begin(&lab, &c, clear_rows[i].p, 587, "STARTTLS|STLS|LOGINDISABLED");
		lab->n = 0; /* the list before TLS is a good one */
		starttls_ask(&c);
		starttls_ok(&c);
		tls_up(&c);
		c.tls = true;
		caps(&c, "AUTH PLAIN LOGIN CRAM-MD5|SASL PLAIN|USER|AUTH=PLAIN");
		login(&c, &clear_rows[i].t);
		mail_from(&c, "alice@example.org", "AUTH=alice", true);
		dialogue_end(&c);
		for (size_t k = 0; k < N(clear_only); k++)
			NONE(lab, clear_only[k]);
		lab_free(lab);
	}
}

static void
test_cleartext_evidence(void **state)
{
	struct lab *lab;
	struct conn c;
	const struct told *t;

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN LOGIN");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	t = WANT(lab, "auth.cleartext", "plain_accepted", SEV_CRITICAL);
	assert_int_equal(t->n_evidence, 3);
	assert_string_equal(t->text[0], "EHLO reply: STARTTLS, AUTH PLAIN LOGIN");
	assert_string_equal(t->text[1], "AUTH PLAIN <secret#1>");
	assert_string_equal(t->text[2], "the verdict");
	assert_string_equal(t->note, "STARTTLS was offered; mechanisms offered: PLAIN LOGIN");
	assert_string_equal(t->account, "alice");
	dialogue_end(&c);
	lab_free(lab);
}

static int64_t expires_s;

static void
jwt(struct ev_login *ev)
{
	ev->detail.jwt = BYTES("alg=RS256; iss=id.example; aud=mail");
	ev->detail.jwt_exp_s = expires_s;
}

static void
test_token(void **state)
{
	const struct try t = {"XOAUTH2", "alice", "tok-tok-tok", EXPOSURE_TOKEN, AUTH_ACCEPTED};
	const struct try lone = {"XOAUTH2", "alice", NULL, EXPOSURE_TOKEN, AUTH_REFUSED};
	struct lab *lab;
	struct conn c;
	const struct told *told;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	expires_s = 5000;
	login_with(&c, &t, jwt);
	told = WANT(lab, "auth.cleartext.token", "xoauth2_accepted", SEV_CRITICAL);
	assert_non_null(strstr(told->note, "iss=id.example"));
	assert_null(strstr(told->text[0], "tok-tok"));
	expires_s = 10;
	login_with(&c, &t, jwt);
	WANT(lab, "auth.cleartext.token", "xoauth2_accepted_expired", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &lone);
	NONE(lab, "auth.cleartext.token");
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_username(void **state)
{
	const struct try user = {
		"USER/PASS", "alice", NULL, EXPOSURE_NONE, AUTH_UNKNOWN, NULL, true};
	const struct try cram = {"CRAM-MD5", "bob", "0011", EXPOSURE_CRACKABLE, AUTH_ACCEPTED};
	struct lab *lab;
	struct conn c, d;

	dialogue_begin(&lab, &c, PROTO_POP3, 110, NULL);
	login(&c, &user);
	NONE(lab, "auth.cleartext.username"); /* at the end of the connection */
	conn_close(&c, FLOW_FIN);
	WANT(lab, "auth.cleartext.username", "user_pass", SEV_LOW);
	/* The password of the same account and pair was lost: the name does not matter. */
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, NULL);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &d, PROTO_POP3, 110);
	greet(&d);
	login(&d, &user);
	conn_close(&d, FLOW_FIN);
	NONE(lab, "auth.cleartext.username");
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL);
	login(&c, &cram);
	mail_from(&c, "x@example.org", "SIZE=10 AUTH=carol@example.org", true);
	mail_from(&c, "x@example.org", "AUTH=<>", true);
	conn_close(&c, FLOW_FIN);
	WANT(lab, "auth.cleartext.username", "cram_md5", SEV_LOW);
	assert_string_equal(lab_told(lab, "auth.cleartext.username", "mail_auth")->account,
		"carol@example.org");
	lab_free(lab);
}

/* ---- offers */

struct offer_row {
	enum proto p;
	const char *list, *reason; /* NULL: none */
	enum severity sev;
};

/* clang-format off */
static const struct offer_row offer_rows[] = {
	{PROTO_SMTP, "STARTTLS|AUTH PLAIN", "with_starttls", SEV_MEDIUM},
	{PROTO_SMTP, "PIPELINING|AUTH=LOGIN", "without_starttls", SEV_HIGH},
	{PROTO_SMTP, "STARTTLS|AUTH CRAM-MD5 SCRAM-SHA-256", NULL, 0},
	{PROTO_SMTP, "STARTTLS", NULL, 0},
	{PROTO_IMAP, "IMAP4rev1|STARTTLS|AUTH=PLAIN|LOGINDISABLED", "with_starttls", SEV_MEDIUM},
	{PROTO_IMAP, "IMAP4rev1|STARTTLS", "with_starttls", SEV_MEDIUM},
	{PROTO_IMAP, "IMAP4rev1", "without_starttls", SEV_HIGH},
	{PROTO_IMAP, "IMAP4rev1|STARTTLS|LOGINDISABLED", NULL, 0},
	{PROTO_IMAP, "IMAP4rev1|STARTTLS|LOGINDISABLED|AUTH=CRAM-MD5", NULL, 0},
	{PROTO_POP3, "STLS|USER", "with_starttls", SEV_MEDIUM},
	{PROTO_POP3, "SASL XOAUTH2", "without_starttls", SEV_HIGH},
	{PROTO_POP3, "STLS|UIDL|SASL CRAM-MD5", NULL, 0},
};
/* clang-format on */

static void
test_offered_before_tls(void **state)
{
	for (size_t i = 0; i < N(offer_rows); i++) {
		const struct offer_row *r = &offer_rows[i];
		struct lab *lab;
		struct conn c;

		dialogue_begin(&lab, &c, r->p, 2525, r->list);
		if (r->reason)
			WANT(lab, "auth.offered_before_tls", r->reason, r->sev);
		else
			NONE(lab, "auth.offered_before_tls");
		dialogue_end(&c);
		lab_free(lab);
	}
}

static void
test_offered_not_when(void **state)
{
	struct lab *lab;
	struct conn c;

	/* Loopback server. */
	lab = lab_new(NULL);
	conn_from(lab, &c, PROTO_SMTP, "127.0.0.1", "127.0.0.1", 587);
	greet(&c);
	caps(&c, "AUTH PLAIN");
	NONE(lab, "auth.offered_before_tls");
	dialogue_end(&c);
	lab_free(lab);
	/* No list was asked for: unknown is not empty. */
	dialogue_begin(&lab, &c, PROTO_POP3, 110, NULL);
	dialogue_end(&c);
	NONE(lab, "auth.offered_before_tls");
	NONE(lab, "auth.enforced_tls");
	lab_free(lab);
	/* A list after a login. */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	caps(&c, "IMAP4rev1|IDLE");
	dialogue_end(&c);
	NONE(lab, "auth.offered_before_tls");
	lab_free(lab);
}

static const struct offer_row enforced_rows[] = {
	{PROTO_SMTP, "STARTTLS|PIPELINING", "list", SEV_INFO},
	{PROTO_SMTP, "PIPELINING", NULL, 0},
	{PROTO_SMTP, "STARTTLS|AUTH PLAIN", NULL, 0},
	{PROTO_IMAP, "STARTTLS|LOGINDISABLED", "list", SEV_INFO},
	{PROTO_IMAP, "STARTTLS|LOGINDISABLED|AUTH=PLAIN", NULL, 0},
	{PROTO_IMAP, "STARTTLS", NULL, 0},
	{PROTO_POP3, "STLS|UIDL", "list", SEV_INFO},
	{PROTO_POP3, "STLS|USER", NULL, 0},
};

static void
test_enforced_tls(void **state)
{
	struct lab *lab;
	struct conn c;

	for (size_t i = 0; i < N(enforced_rows); i++) {
		dialogue_begin(&lab, &c, enforced_rows[i].p, 2525, enforced_rows[i].list);
		if (enforced_rows[i].reason)
			WANT(lab, "auth.enforced_tls", "list", SEV_INFO);
		else
			NONE(lab, "auth.enforced_tls");
		dialogue_end(&c);
		lab_free(lab);
	}
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	answer(&c, command(&c, "MAIL", "MAIL FROM:<a@b>"), "MAIL", REPLY_BAD, 530, "", NULL,
		"530 5.7.0 Must issue a STARTTLS command first");
	WANT(lab, "auth.enforced_tls", "refused", SEV_INFO);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	answer(&c, command(&c, "MAIL", "MAIL FROM:<a@b>"), "MAIL", REPLY_BAD, 530, "", NULL,
		"530 5.7.1 log in first");
	NONE(lab, "auth.enforced_tls");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	answer(&c, command(&c, "LOGIN", "a1 LOGIN a b"), "LOGIN", REPLY_NO, 0, "NO",
		"PRIVACYREQUIRED", "a1 NO [PRIVACYREQUIRED] no");
	WANT(lab, "auth.enforced_tls", "refused", SEV_INFO);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, "STLS");
	lab->n = 0;
	answer(&c, command(&c, "USER", "USER alice"), "USER", REPLY_BAD, 0, "-ERR", "AUTH",
		"-ERR [AUTH] plaintext not allowed");
	WANT(lab, "auth.enforced_tls", NULL, SEV_INFO);
	dialogue_end(&c);
	lab_free(lab);
}

static void
test_obsolete(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN LOGIN CRAM-MD5 NTLM");
	WANT(lab, "auth.obsolete_mechanism", "cram_md5", SEV_LOW);
	WANT(lab, "auth.obsolete_mechanism", "ntlm", SEV_LOW);
	WANT(lab, "auth.obsolete_mechanism", "login", SEV_LOW);
	NONE_REASON(lab, "auth.obsolete_mechanism", "plain");
	login(&c, &(struct try){"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_REFUSED});
	NONE_REASON(lab, "auth.obsolete_mechanism", "cram_md5_used");
	login(&c, &(struct try){"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED});
	WANT(lab, "auth.obsolete_mechanism", "cram_md5_used", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	/* LOGIN inside TLS is common: information only. The IMAP command is not the mechanism.
	 */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|LOGINDISABLED");
	c.tls = true;
	caps(&c, "AUTH=PLAIN|AUTH=LOGIN");
	WANT(lab, "auth.obsolete_mechanism", "login_tls", SEV_INFO);
	login(&c, &(struct try){"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED});
	WANT(lab, "auth.obsolete_mechanism", "login_used", SEV_INFO);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &(struct try){
			  "LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED, NULL, true});
	NONE(lab, "auth.obsolete_mechanism");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, NULL);
	login(&c, &(struct try){"APOP", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED, NULL,
			  true});
	WANT(lab, "auth.obsolete_mechanism", "apop_used", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
}

/* ---- forbidden and unsolicited */

static void
test_logindisabled(void **state)
{
	const struct try imap = {
		"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_REFUSED, "tls_required", true};
	const struct try half = {
		"LOGIN", "alice", NULL, EXPOSURE_PASSWORD, AUTH_UNKNOWN, NULL, true};
	const struct try plain = {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED};
	const struct try pop = {"USER/PASS", "alice", PW, EXPOSURE_PASSWORD, AUTH_REFUSED,
		"bad_credentials", true};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|LOGINDISABLED|AUTH=CRAM-MD5");
	login(&c, &imap);
	WANT(lab, "auth.logindisabled_ignored", "logindisabled", SEV_HIGH);
	WANT(lab, "auth.cleartext", "imap_login_rejected", SEV_HIGH);
	login(&c, &imap);
	WANT(lab, "auth.logindisabled_ignored", "repeated", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|LOGINDISABLED|AUTH=CRAM-MD5");
	login(&c, &half); /* the literal was refused */
	NONE(lab, "auth.logindisabled_ignored");
	login(&c, &plain);
	WANT(lab, "auth.logindisabled_ignored", "mechanism_not_offered", SEV_HIGH);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_POP3, 110, "STLS|UIDL");
	login(&c, &pop);
	WANT(lab, "auth.logindisabled_ignored", "user_not_offered",
		SEV_MEDIUM); /* M-rejected */
	dialogue_end(&c);
	lab_free(lab);
	/* CAPS unknown; and a list that allows it. */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &imap);
	login(&c, &plain);
	NONE_REASON(lab, "auth.logindisabled_ignored", "logindisabled");
	NONE_REASON(lab, "auth.logindisabled_ignored", "mechanism_not_offered");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, "IMAP4rev1|AUTH=plain");
	login(&c, &plain);
	NONE(lab, "auth.logindisabled_ignored");
	dialogue_end(&c);
	lab_free(lab);
}

static uint64_t told_acked;

static void
blind(struct ev_login *ev)
{
	ev->begun.acked = told_acked;
}

static void
test_unsolicited(void **state)
{
	const struct try t = {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED};
	const struct try imap = {
		"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED, NULL, true};
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	told_acked = 3;
	login_with(&c, &imap, blind);
	WANT(lab, "auth.unsolicited", "before_greeting", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	login(&c, &t);
	WANT(lab, "auth.unsolicited", "before_ehlo", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "PIPELINING");
	login(&c, &t);
	WANT(lab, "auth.unsolicited", "not_advertised", SEV_MEDIUM);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587,
		NULL); /* HELO is a hello too; its reply lists nothing */
	answer(&c, command(&c, "HELO", "HELO x"), "HELO", REPLY_OK, 250, "", NULL, "250 hi");
	login(&c, &t);
	NONE(lab, "auth.unsolicited");
	dialogue_end(&c);
	lab_free(lab);
	/* Legal: POP3 USER and IMAP LOGIN right behind the greeting. */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &imap);
	NONE(lab, "auth.unsolicited");
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN");
	login(&c, &t);
	NONE(lab, "auth.unsolicited");
	dialogue_end(&c);
	lab_free(lab);
	/* ACK not known, joined in the middle. */
	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
	told_acked = PLACE_NO_ACK;
	login_with(&c, &imap, blind);
	NONE(lab, "auth.unsolicited");
	dialogue_end(&c);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_raw(lab, &c, CLIENT, SERVER, 587);
	c.flow.midstream = true;
	conn_proto(&c, PROTO_SMTP);
	login(&c, &t);
	NONE(lab, "auth.unsolicited");
	dialogue_end(&c);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cleartext),
		cmocka_unit_test(test_nothing_in_clear_when_decrypted),
		cmocka_unit_test(test_cleartext_evidence),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_username),
		cmocka_unit_test(test_offered_before_tls),
		cmocka_unit_test(test_offered_not_when),
		cmocka_unit_test(test_enforced_tls),
		cmocka_unit_test(test_obsolete),
		cmocka_unit_test(test_logindisabled),
		cmocka_unit_test(test_unsolicited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
