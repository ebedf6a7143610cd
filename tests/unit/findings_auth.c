/* Rules of auth.*: each finding once for every way in, and what must not make it. */
#include "findings_build.h"
#include "findings/password.h"

#define PW "correct horse battery"

static void
begin(struct lab **lab, struct conn *c, enum proto p, uint16_t port, const char *list)
{
	*lab = lab_new(NULL);
	conn_open(*lab, c, p, port);
	greet(c);
	if (list)
		caps(c, list);
}

static void
end(struct conn *c)
{
	struct lab *lab = c->lab;

	conn_close(c, FLOW_FIN);
	lab_finish(lab);
}

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

		begin(&lab, &c, r->p, 2525, NULL);
		login(&c, &r->t);
		if (r->sev == SEV_NONE)
			NONE(lab, "auth.cleartext");
		else
			WANT(lab, "auth.cleartext", r->reason, r->sev);
		end(&c);
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

		begin(&lab, &c, clear_rows[i].p, 587, "STARTTLS|STLS|LOGINDISABLED");
		lab->n = 0; /* the list before TLS is a good one */
		starttls_ask(&c);
		starttls_ok(&c);
		tls_up(&c);
		c.tls = true;
		caps(&c, "AUTH PLAIN LOGIN CRAM-MD5|SASL PLAIN|USER|AUTH=PLAIN");
		login(&c, &clear_rows[i].t);
		mail_from(&c, "alice@example.org", "AUTH=alice", true);
		end(&c);
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

	begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN LOGIN");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	t = WANT(lab, "auth.cleartext", "plain_accepted", SEV_CRITICAL);
	assert_int_equal(t->n_evidence, 3);
	assert_string_equal(t->text[0], "EHLO reply: STARTTLS, AUTH PLAIN LOGIN");
	assert_string_equal(t->text[1], "AUTH PLAIN <secret#1>");
	assert_string_equal(t->text[2], "the verdict");
	assert_string_equal(t->note, "STARTTLS was offered; mechanisms offered: PLAIN LOGIN");
	assert_string_equal(t->account, "alice");
	end(&c);
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

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	expires_s = 5000;
	login_with(&c, &t, jwt);
	told = WANT(lab, "auth.cleartext.token", "xoauth2_accepted", SEV_CRITICAL);
	assert_non_null(strstr(told->note, "iss=id.example"));
	assert_null(strstr(told->text[0], "tok-tok"));
	expires_s = 10;
	login_with(&c, &t, jwt);
	WANT(lab, "auth.cleartext.token", "xoauth2_accepted_expired", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &lone);
	NONE(lab, "auth.cleartext.token");
	end(&c);
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

	begin(&lab, &c, PROTO_POP3, 110, NULL);
	login(&c, &user);
	NONE(lab, "auth.cleartext.username"); /* at the end of the connection */
	conn_close(&c, FLOW_FIN);
	WANT(lab, "auth.cleartext.username", "user_pass", SEV_LOW);
	/* The password of the same account and pair was lost: the name does not matter. */
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, NULL);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &d, PROTO_POP3, 110);
	greet(&d);
	login(&d, &user);
	conn_close(&d, FLOW_FIN);
	NONE(lab, "auth.cleartext.username");
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, NULL);
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

		begin(&lab, &c, r->p, 2525, r->list);
		if (r->reason)
			WANT(lab, "auth.offered_before_tls", r->reason, r->sev);
		else
			NONE(lab, "auth.offered_before_tls");
		end(&c);
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
	end(&c);
	lab_free(lab);
	/* No list was asked for: unknown is not empty. */
	begin(&lab, &c, PROTO_POP3, 110, NULL);
	end(&c);
	NONE(lab, "auth.offered_before_tls");
	NONE(lab, "auth.enforced_tls");
	lab_free(lab);
	/* A list after a login. */
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	caps(&c, "IMAP4rev1|IDLE");
	end(&c);
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
		begin(&lab, &c, enforced_rows[i].p, 2525, enforced_rows[i].list);
		if (enforced_rows[i].reason)
			WANT(lab, "auth.enforced_tls", "list", SEV_INFO);
		else
			NONE(lab, "auth.enforced_tls");
		end(&c);
		lab_free(lab);
	}
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	answer(&c, command(&c, "MAIL", "MAIL FROM:<a@b>"), "MAIL", REPLY_BAD, 530, "", NULL,
		"530 5.7.0 Must issue a STARTTLS command first");
	WANT(lab, "auth.enforced_tls", "refused", SEV_INFO);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	answer(&c, command(&c, "MAIL", "MAIL FROM:<a@b>"), "MAIL", REPLY_BAD, 530, "", NULL,
		"530 5.7.1 log in first");
	NONE(lab, "auth.enforced_tls");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	answer(&c, command(&c, "LOGIN", "a1 LOGIN a b"), "LOGIN", REPLY_NO, 0, "NO",
		"PRIVACYREQUIRED", "a1 NO [PRIVACYREQUIRED] no");
	WANT(lab, "auth.enforced_tls", "refused", SEV_INFO);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, "STLS");
	lab->n = 0;
	answer(&c, command(&c, "USER", "USER alice"), "USER", REPLY_BAD, 0, "-ERR", "AUTH",
		"-ERR [AUTH] plaintext not allowed");
	WANT(lab, "auth.enforced_tls", NULL, SEV_INFO);
	end(&c);
	lab_free(lab);
}

static void
test_obsolete(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 587, "STARTTLS|AUTH PLAIN LOGIN CRAM-MD5 NTLM");
	WANT(lab, "auth.obsolete_mechanism", "cram_md5", SEV_LOW);
	WANT(lab, "auth.obsolete_mechanism", "ntlm", SEV_LOW);
	WANT(lab, "auth.obsolete_mechanism", "login", SEV_LOW);
	NONE_REASON(lab, "auth.obsolete_mechanism", "plain");
	login(&c, &(struct try){"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_REFUSED});
	NONE_REASON(lab, "auth.obsolete_mechanism", "cram_md5_used");
	login(&c, &(struct try){"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED});
	WANT(lab, "auth.obsolete_mechanism", "cram_md5_used", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	/* LOGIN inside TLS is common: information only. The IMAP command is not the mechanism.
	 */
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|LOGINDISABLED");
	c.tls = true;
	caps(&c, "AUTH=PLAIN|AUTH=LOGIN");
	WANT(lab, "auth.obsolete_mechanism", "login_tls", SEV_INFO);
	login(&c, &(struct try){"LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED});
	WANT(lab, "auth.obsolete_mechanism", "login_used", SEV_INFO);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &(struct try){
			  "LOGIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED, NULL, true});
	NONE(lab, "auth.obsolete_mechanism");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, NULL);
	login(&c, &(struct try){"APOP", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED, NULL,
			  true});
	WANT(lab, "auth.obsolete_mechanism", "apop_used", SEV_MEDIUM);
	end(&c);
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

	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|LOGINDISABLED|AUTH=CRAM-MD5");
	login(&c, &imap);
	WANT(lab, "auth.logindisabled_ignored", "logindisabled", SEV_HIGH);
	WANT(lab, "auth.cleartext", "imap_login_rejected", SEV_HIGH);
	login(&c, &imap);
	WANT(lab, "auth.logindisabled_ignored", "repeated", SEV_HIGH);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|LOGINDISABLED|AUTH=CRAM-MD5");
	login(&c, &half); /* the literal was refused */
	NONE(lab, "auth.logindisabled_ignored");
	login(&c, &plain);
	WANT(lab, "auth.logindisabled_ignored", "mechanism_not_offered", SEV_HIGH);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_POP3, 110, "STLS|UIDL");
	login(&c, &pop);
	WANT(lab, "auth.logindisabled_ignored", "user_not_offered",
		SEV_MEDIUM); /* M-rejected */
	end(&c);
	lab_free(lab);
	/* CAPS unknown; and a list that allows it. */
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &imap);
	login(&c, &plain);
	NONE_REASON(lab, "auth.logindisabled_ignored", "logindisabled");
	NONE_REASON(lab, "auth.logindisabled_ignored", "mechanism_not_offered");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, "IMAP4rev1|AUTH=plain");
	login(&c, &plain);
	NONE(lab, "auth.logindisabled_ignored");
	end(&c);
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

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	told_acked = 3;
	login_with(&c, &imap, blind);
	WANT(lab, "auth.unsolicited", "before_greeting", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	login(&c, &t);
	WANT(lab, "auth.unsolicited", "before_ehlo", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, "PIPELINING");
	login(&c, &t);
	WANT(lab, "auth.unsolicited", "not_advertised", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587,
		NULL); /* HELO is a hello too; its reply lists nothing */
	answer(&c, command(&c, "HELO", "HELO x"), "HELO", REPLY_OK, 250, "", NULL, "250 hi");
	login(&c, &t);
	NONE(lab, "auth.unsolicited");
	end(&c);
	lab_free(lab);
	/* Legal: POP3 USER and IMAP LOGIN right behind the greeting. */
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &imap);
	NONE(lab, "auth.unsolicited");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN");
	login(&c, &t);
	NONE(lab, "auth.unsolicited");
	end(&c);
	lab_free(lab);
	/* ACK not known, joined in the middle. */
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	told_acked = PLACE_NO_ACK;
	login_with(&c, &imap, blind);
	NONE(lab, "auth.unsolicited");
	end(&c);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_raw(lab, &c, CLIENT, SERVER, 587);
	c.flow.midstream = true;
	conn_proto(&c, PROTO_SMTP);
	login(&c, &t);
	NONE(lab, "auth.unsolicited");
	end(&c);
	lab_free(lab);
}

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

	begin(&lab, &c, PROTO_SMTP, 587, NULL);
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
	end(&c);
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

	begin(&lab, &c, PROTO_POP3, 110, NULL);
	login(&c, &t);
	NONE(lab, "auth.apop_malformed_challenge");
	login_with(&c, &t, bad_stamp);
	WANT(lab, "auth.apop_malformed_challenge", "not_msg_id", SEV_MEDIUM);
	end(&c);
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

	begin(&lab, &c, PROTO_SMTP, 587, NULL);
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
	end(&c);
	lab_free(lab);
	/* Anonymous, and names that the greeting tells. */
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	given = (struct sasl_detail){.ntlm_version = 2,
		.ntlm_anonymous = true,
		.ntlm_target = BYTES(
			"nb_computer=MAIL; dns_computer=mail.example.org; os=6.1")};
	login_with(&c, &t, with_detail);
	NONE(lab, "auth.ntlm.exposed");
	NONE(lab, "auth.ntlm.info_leak");
	WANT(lab, "auth.anonymous", "accepted", SEV_HIGH);
	end(&c);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_from(lab, &c, PROTO_SMTP, CLIENT, "10.0.0.1", 587);
	greet(&c);
	given = (struct sasl_detail){.ntlm_target = BYTES("nb_domain=CORP")};
	sasl_info(&c);
	WANT(lab, "auth.ntlm.info_leak", "type2", SEV_LOW);
	end(&c);
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

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
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
	end(&c);
	lab_free(lab);
}

static void
test_channel_binding(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_IMAP, 143, "AUTH=SCRAM-SHA-256|AUTH=SCRAM-SHA-256-PLUS");
	given = (struct sasl_detail){.scram_cb = 'p'};
	sasl_info(&c);
	NONE(lab, "auth.scram.cb_downgrade");
	given.scram_cb = 'y';
	sasl_info(&c);
	WANT(lab, "auth.scram.cb_downgrade", "y", SEV_MEDIUM);
	given.scram_cb = 'n';
	sasl_info(&c);
	WANT(lab, "auth.scram.cb_downgrade", "n", SEV_LOW);
	end(&c);
	lab_free(lab);
	/* Before TLS it was not offered: the client may have believed that list. */
	begin(&lab, &c, PROTO_IMAP, 143, "STARTTLS|AUTH=SCRAM-SHA-256");
	c.tls = true;
	caps(&c, "AUTH=SCRAM-SHA-256|AUTH=SCRAM-SHA-256-PLUS");
	given.scram_cb = 'y';
	sasl_info(&c);
	NONE(lab, "auth.scram.cb_downgrade");
	end(&c);
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
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login_with(&c, &t, with_detail);
	NONE(lab, "auth.gssapi.cleartext"); /* what follows decides */
	layer(&c, LAYER_SASL);
	end(&c);
	NONE(lab, "auth.gssapi.cleartext");
	WANT(lab, "auth.sasl_layer", "auth_conf", SEV_INFO);
	WANT(lab, "capture.unparsed", "sasl_layer", SEV_INFO);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given.krb_etype = 23;
	login_with(&c, &t, with_detail);
	command(&c, "SELECT", "a2 SELECT INBOX");
	WANT(lab, "auth.gssapi.cleartext", "rc4", SEV_MEDIUM);
	NONE(lab, "auth.sasl_layer");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given.krb_etype = 18;
	login_with(&c, &no, with_detail);
	WANT(lab, "auth.gssapi.cleartext", "ticket", SEV_INFO); /* M-rejected */
	login_with(&c, &t, with_detail);
	end(&c);
	WANT(lab, "auth.gssapi.cleartext", "ticket", SEV_LOW);
	lab_free(lab);
	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	given = (struct sasl_detail){.ntlm_version = 2, .krb_token = true};
	login_with(&c, &t, with_detail);
	end(&c);
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

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &no);
	NONE(lab, "auth.external_without_tls");
	login(&c, &t);
	WANT(lab, "auth.external_without_tls", "clear", SEV_MEDIUM);
	end(&c);
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

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	login(&c, &unknown);
	NONE(lab, "auth.anonymous");
	login(&c, &no);
	WANT(lab, "auth.anonymous", "rejected", SEV_INFO);
	login(&c, &imap);
	WANT(lab, "auth.anonymous", "accepted", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 25, NULL);
	login(&c, &t);
	WANT(lab, "auth.anonymous", "accepted", SEV_HIGH);
	end(&c);
	lab_free(lab);
}

static void
test_downgrade(void **state)
{
	struct lab *lab;
	struct conn c, d;

	begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN LOGIN");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	NONE(lab, "auth.mechanism_downgrade");
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN SCRAM-SHA-256");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "auth.mechanism_downgrade", "weaker_chosen", SEV_MEDIUM);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, "AUTH PLAIN CRAM-MD5");
	login(&c, &(struct try){"CRAM-MD5", "alice", "00", EXPOSURE_CRACKABLE, AUTH_ACCEPTED});
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &d, PROTO_SMTP, 587);
	greet(&d);
	caps(&d, "AUTH PLAIN");
	password(&d, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "auth.mechanism_downgrade", "changed", SEV_HIGH);
	end(&d);
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
		begin(&lab, &c, PROTO_SMTP, 587, NULL);
		login_with(&c, &t, failure_rows[i].cancelled ? with_cancel : NULL);
		if (failure_rows[i].want)
			WANT(lab, "auth.failure", failure_rows[i].want, SEV_INFO);
		else
			NONE(lab, "auth.failure");
		end(&c);
		lab_free(lab);
	}
}

/* ---- passwords */

struct weak_row {
	const char *password, *account, *rules;
};

static const struct weak_row weak_rows[] = {
	{"", "alice", ""},
	{"Tr0ub4dor&3x", "alice", ""},
	{"abc", "bob", "short+run"},
	{"PassWord", "bob", "common"},
	{"123456", "bob", "short+common+digits+run"},
	{"83920174", "bob", "digits"},
	{"839201746152", "bob", ""},
	{"xalicex99", "alice@example.org", "account"},
	{"ecila-2026", "alice", "account"},
	{"Example2026!", "alice@example.org", "account"},
	{"zzzzzzzzzz", "bob", "run"},
	{"abcdefghij", "bob", "run"},
	{"Spring2026", "bob", "date"},
	{"Sommer-26!", "bob", "date"},
	{"Summerhouse9", "bob", ""},
	{"kT9$alice-v2Qm!xw0Zr7", "alice", ""},
	{"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "bob", "short"},
};

static void
test_weak_rules(void **state)
{
	char rules[PASSWORD_RULES];

	for (size_t i = 0; i < N(weak_rows); i++) {
		password_rules(password_weak(bytes_str(weak_rows[i].password),
				       bytes_str(weak_rows[i].account), 8),
			rules);
		if (strcmp(rules, weak_rows[i].rules) != 0)
			fail_msg("%s: %s, want %s", weak_rows[i].password, rules,
				weak_rows[i].rules);
	}
}

static void
test_weak(void **state)
{
	const struct told *t;
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	password(&c, "alice", "123456", AUTH_REFUSED);
	password(&c, "alice", "Tr0ub4dor&3x", AUTH_ACCEPTED);
	login(&c, &(struct try){"XOAUTH2", "alice", "1234", EXPOSURE_TOKEN, AUTH_ACCEPTED});
	NONE(lab, "auth.password.weak");
	password(&c, "alice", "123456", AUTH_UNKNOWN);
	t = WANT(lab, "auth.password.weak", "short_common_digits_run", SEV_HIGH);
	assert_int_equal(t->certainty, CERTAINTY_PROBABLE);
	c.tls = true; /* inside TLS too, where it can be read */
	password(&c, "bob", "Spring2026", AUTH_ACCEPTED);
	t = WANT(lab, "auth.password.weak", "date", SEV_HIGH);
	assert_int_equal(t->certainty, CERTAINTY_CONFIRMED);
	assert_string_equal(t->text[0], "rules: date");
	end(&c);
	lab_free(lab);
}

/* ---- accounts */

static void
one_login(struct lab *lab, const char *client, const char *server, const char *name,
	const char *user, const char *secret, enum auth_result result)
{
	struct conn c;

	conn_from(lab, &c, PROTO_SMTP, client, server, 587);
	greet_as(&c, REPLY_OK, 220, name, name);
	password(&c, user, secret, result);
	conn_close(&c, FLOW_FIN);
}

static void
test_reuse(void **state)
{
	struct lab *lab = lab_new(NULL);

	one_login(lab, CLIENT, SERVER, "a.one.example", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, CLIENT, SERVER, "a.one.example", "alice@one.example", PW, AUTH_ACCEPTED);
	one_login(lab, CLIENT, "192.0.2.2", "b.one.example", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, CLIENT, SERVER, "a.one.example", "mallory", PW, AUTH_REFUSED);
	lab_finish(lab);
	NONE(lab, "auth.reuse"); /* one provider, one person, a guess */
	lab_free(lab);
	lab = lab_new(NULL);
	one_login(lab, CLIENT, SERVER, "a.one.example", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, CLIENT, "192.0.2.2", "b.two.example", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, CLIENT, SERVER, "a.one.example", "bob", PW, AUTH_UNKNOWN);
	NONE(lab, "auth.reuse");
	lab_finish(lab);
	WANT(lab, "auth.reuse", "other_server", SEV_MEDIUM);
	WANT(lab, "auth.reuse", "other_account", SEV_MEDIUM);
	lab_free(lab);
}

static void
test_shared_account(void **state)
{
	struct lab *lab = lab_new(NULL);

	one_login(lab, "198.51.100.1", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "198.51.200.1", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "203.0.113.1", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "192.0.2.77", SERVER, "x", "alice", PW, AUTH_REFUSED);
	lab->now_ns += 3601 * NS_PER_S;
	one_login(lab, "192.0.2.77", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	lab_finish(lab);
	NONE(lab, "auth.shared_account");
	lab_free(lab);
	lab = lab_new(NULL);
	one_login(lab, "198.51.100.1", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "203.0.113.1", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "192.0.2.77", SERVER, "x", "alice", PW, AUTH_ACCEPTED);
	NONE(lab, "auth.shared_account");
	lab_finish(lab);
	WANT(lab, "auth.shared_account", "networks", SEV_INFO); /* M-possible */
	lab_free(lab);
	lab = lab_new(NULL);
	one_login(lab, "10.1.0.1", "10.9.0.1", "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "10.2.0.1", "10.9.0.1", "x", "alice", PW, AUTH_ACCEPTED);
	one_login(lab, "10.3.0.1", "10.9.0.1", "x", "alice", PW, AUTH_ACCEPTED);
	lab_finish(lab);
	NONE(lab, "auth.shared_account"); /* all private */
	lab_free(lab);
}

static const char *other;

static void
on_behalf(struct ev_login *ev)
{
	ev->authzid = bytes_str(other);
}

static void
test_authzid(void **state)
{
	const struct try t = {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED};
	const struct try root = {"PLAIN", "root", PW, EXPOSURE_PASSWORD, AUTH_ACCEPTED};
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_IMAP, 143, NULL);
	other = "alice";
	login_with(&c, &t, on_behalf);
	NONE(lab, "auth.authzid");
	other = "bob";
	login_with(&c, &t, on_behalf);
	WANT(lab, "auth.authzid", "authzid", SEV_LOW);
	other = "carol";
	login_with(&c, &root, on_behalf);
	assert_string_equal(WANT(lab, "auth.authzid", "authzid", SEV_MEDIUM)->account, "carol");
	password(&c, "dave*master", PW, AUTH_ACCEPTED);
	assert_string_equal(WANT(lab, "auth.authzid", "master_user", SEV_LOW)->account, "dave");
	command(&c, NULL, "a9 PROXYAUTH erin");
	assert_string_equal(WANT(lab, "auth.authzid", "proxyauth", SEV_LOW)->account, "erin");
	end(&c);
	lab_free(lab);
}

struct sender_row {
	const char *user, *from, *reason;
	enum severity sev;
};

static const struct sender_row sender_rows[] = {
	{"alice@example.org", "alice@example.org", NULL, 0},
	{"alice@example.org", "Alice+tag@Example.org", NULL, 0},
	{"alice", "alice@example.org", NULL, 0},
	{"CORP\\alice", "alice@example.org", NULL, 0},
	{"alice@example.org", "", NULL, 0},
	{"alice", "list-bounces+bob=x.example@lists.example", NULL, 0},
	{"alice", "bounce-77@lists.example", NULL, 0},
	{"alice@example.org", "boss@example.org", "same_domain", SEV_LOW},
	{"alice@example.org", "boss@other.example", "other_domain", SEV_MEDIUM},
	{"alice@example.org", "alice@other.example", "other_domain", SEV_MEDIUM},
	{"alice", "boss@example.org", "other_name", SEV_MEDIUM},
};

static void
test_sender_mismatch(void **state)
{
	struct lab *lab;
	struct conn c;

	for (size_t i = 0; i < N(sender_rows); i++) {
		const struct sender_row *r = &sender_rows[i];

		begin(&lab, &c, PROTO_SMTP, 587, NULL);
		password(&c, r->user, PW, AUTH_ACCEPTED);
		mail_from(&c, r->from, "", true);
		if (r->reason)
			WANT(lab, "auth.sender_mismatch", r->reason, r->sev);
		else
			NONE(lab, "auth.sender_mismatch");
		end(&c);
		lab_free(lab);
	}
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	mail_from(&c, "boss@example.org", "", true); /* nobody logged in */
	password(&c, "alice", PW, AUTH_REFUSED);
	mail_from(&c, "boss@example.org", "", true);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	mail_from(&c, "boss@example.org", "", false); /* refused */
	NONE(lab, "auth.sender_mismatch");
	end(&c);
	lab_free(lab);
}

static unsigned flags;

static void
broken(struct ev_login *ev)
{
	ev->malformed = flags;
}

static void
test_malformed(void **state)
{
	const struct try t = {"PLAIN", "alice", PW, EXPOSURE_PASSWORD, AUTH_REFUSED};
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	flags = SASL_SHELL_META; /* a password may look like that */
	login_with(&c, &t, broken);
	NONE(lab, "auth.malformed");
	flags = SASL_PLAIN_NULS;
	login_with(&c, &t, broken);
	WANT(lab, "auth.malformed", "plain_nuls", SEV_LOW);
	flags = SASL_TOO_LONG | SASL_HUGE;
	login_with(&c, &t, broken);
	WANT(lab, "auth.malformed", "too_long", SEV_MEDIUM);
	flags = SASL_BAD_BASE64 | SASL_SHELL_META;
	login_with(&c, &t, broken);
	WANT(lab, "auth.malformed", "bad_base64", SEV_MEDIUM);
	anomaly(&c, ANOMALY_SASL_MALFORMED, DIR_C2S, "");
	end(&c);
	NONE_REASON(lab, "auth.malformed", "exchange");
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	anomaly(&c, ANOMALY_SASL_MALFORMED, DIR_C2S, "");
	end(&c);
	WANT(lab, "auth.malformed", "exchange", SEV_LOW);
	lab_free(lab);
}

static void
test_port_25(void **state)
{
	struct lab *lab;
	struct conn c;

	begin(&lab, &c, PROTO_SMTP, 25, NULL);
	mail_from(&c, "a@b.example", "", true);
	NONE(lab, "auth.on_port_25");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	NONE(lab, "auth.on_port_25"); /* and then submits mail */
	mail_from(&c, "a@b.example", "", true);
	WANT(lab, "auth.on_port_25", "used", SEV_LOW);
	end(&c);
	lab_free(lab);
	begin(&lab, &c, PROTO_SMTP, 587, NULL);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	mail_from(&c, "a@b.example", "", true);
	NONE(lab, "auth.on_port_25");
	end(&c);
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
		cmocka_unit_test(test_weak_rules),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_shared_account),
		cmocka_unit_test(test_authzid),
		cmocka_unit_test(test_sender_mismatch),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_port_25),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
