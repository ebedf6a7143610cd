/* Rules of auth.*: passwords, and what is done with accounts. Each finding once for
 * every way in, and what must not make it. */
#include "findings_build.h"
#include "findings/password.h"

#define PW "correct horse battery"

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

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
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
	dialogue_end(&c);
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

	dialogue_begin(&lab, &c, PROTO_IMAP, 143, NULL);
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
	dialogue_end(&c);
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

		dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
		password(&c, r->user, PW, AUTH_ACCEPTED);
		mail_from(&c, r->from, "", true);
		if (r->reason)
			WANT(lab, "auth.sender_mismatch", r->reason, r->sev);
		else
			NONE(lab, "auth.sender_mismatch");
		dialogue_end(&c);
		lab_free(lab);
	}
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	mail_from(&c, "boss@example.org", "", true); /* nobody logged in */
	password(&c, "alice", PW, AUTH_REFUSED);
	mail_from(&c, "boss@example.org", "", true);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	mail_from(&c, "boss@example.org", "", false); /* refused */
	NONE(lab, "auth.sender_mismatch");
	dialogue_end(&c);
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

	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
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
	dialogue_end(&c);
	NONE_REASON(lab, "auth.malformed", "exchange");
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	anomaly(&c, ANOMALY_SASL_MALFORMED, DIR_C2S, "");
	dialogue_end(&c);
	WANT(lab, "auth.malformed", "exchange", SEV_LOW);
	lab_free(lab);
}

static void
test_port_25(void **state)
{
	struct lab *lab;
	struct conn c;

	dialogue_begin(&lab, &c, PROTO_SMTP, 25, NULL);
	mail_from(&c, "a@b.example", "", true);
	NONE(lab, "auth.on_port_25");
	password(&c, "alice", PW, AUTH_ACCEPTED);
	NONE(lab, "auth.on_port_25"); /* and then submits mail */
	mail_from(&c, "a@b.example", "", true);
	WANT(lab, "auth.on_port_25", "used", SEV_LOW);
	dialogue_end(&c);
	lab_free(lab);
	dialogue_begin(&lab, &c, PROTO_SMTP, 587, NULL);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	mail_from(&c, "a@b.example", "", true);
	NONE(lab, "auth.on_port_25");
	dialogue_end(&c);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
