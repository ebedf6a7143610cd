/* Guessing: sliding windows, what feeds them and what does not. */
#include "findings_build.h"

#define PW "correct horse battery"

static int64_t step_ns = NS_PER_S;

/* One attempt in a connection of its own. secret NULL: by a mechanism that shows none. */
static void
attempt(struct lab *lab, const char *client, const char *user, const char *secret,
	enum auth_result result, const char *reason)
{
	struct try t = {secret ? "PLAIN" : "CRAM-MD5", user, secret ? secret : "digest",
		secret ? EXPOSURE_PASSWORD : EXPOSURE_CRACKABLE, result, reason, false};
	struct conn c;

	lab->now_ns += step_ns;
	conn_from(lab, &c, PROTO_IMAP, client, SERVER, 143);
	greet(&c);
	caps(&c, "IMAP4rev1|STARTTLS");
	login(&c, &t);
	conn_close(&c, FLOW_FIN);
}

static void
refuse(struct lab *lab, const char *client, const char *user, const char *secret)
{
	attempt(lab, client, user, secret, AUTH_REFUSED, "bad_credentials");
}

/* n failures with n different secrets. */
static void
guess(struct lab *lab, const char *client, const char *user, int n)
{
	char secret[32];

	for (int i = 0; i < n; i++) {
		snprintf(secret, sizeof(secret), "Guess-%d-of-many", i);
		refuse(lab, client, user, secret);
	}
}

static void
test_bruteforce(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;

	guess(lab, CLIENT, "alice", 9);
	NONE(lab, "auth.bruteforce");
	WANT(lab, "auth.cleartext", "plain_rejected", SEV_HIGH);
	refuse(lab, CLIENT, "alice", "the tenth");
	t = WANT(lab, "auth.bruteforce", "failures", SEV_HIGH);
	assert_non_null(strstr(t->note, "10 failures"));
	assert_non_null(strstr(t->note, "10 distinct secrets"));
	/* They were guesses, not the user's secret. */
	WANT(lab, "auth.cleartext", "plain_rejected", SEV_LOW);
	refuse(lab, CLIENT, "alice", "one more");
	WANT(lab, "auth.cleartext", "plain_rejected", SEV_LOW);
	lab_finish(lab);
	assert_int_equal(lab_told(lab, "auth.bruteforce", NULL)->count, 2);
	lab_free(lab);
}

static void
test_bruteforce_window(void **state)
{
	struct lab *lab = lab_new(NULL);

	step_ns = 70 * NS_PER_S; /* nine in any ten minutes */
	guess(lab, CLIENT, "alice", 50);
	NONE(lab, "auth.bruteforce");
	step_ns = NS_PER_S;
	guess(lab, CLIENT, "alice", 5);
	WANT(lab, "auth.bruteforce", "failures", SEV_HIGH);
	lab_free(lab);
}

static void
test_bruteforce_not_when(void **state)
{
	struct lab *lab = lab_new(NULL);

	for (int i = 0; i < 20; i++)
		refuse(lab, CLIENT, "alice", "the old password");
	WANT(lab, "auth.bruteforce", "stale_password", SEV_LOW);
	NONE_REASON(lab, "auth.bruteforce", "failures");
	WANT(lab, "auth.cleartext", "plain_rejected", SEV_HIGH); /* the user's secret it is */
	lab_free(lab);
	lab = lab_new(NULL);
	for (int i = 0; i < 20; i++) {
		attempt(lab, CLIENT, "alice", PW, AUTH_UNKNOWN, "temporary");
		attempt(lab, CLIENT, "alice", "x", AUTH_REFUSED, "tls_required");
	}
	NONE(lab, "auth.bruteforce");
	lab_free(lab);
	lab = lab_new(NULL); /* different accounts, different sources */
	for (int i = 0; i < 8; i++) {
		char user[16];

		snprintf(user, sizeof(user), "u%d", i);
		guess(lab, CLIENT, user, 5);
	}
	NONE(lab, "auth.bruteforce");
	lab_free(lab);
}

static void
test_bruteforce_loop(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_from(lab, &c, PROTO_SMTP, "127.0.0.1", "127.0.0.1", 587);
	greet(&c);
	for (int i = 0; i < 12; i++) {
		char secret[16];

		snprintf(secret, sizeof(secret), "guess %d", i);
		password(&c, "alice", secret, AUTH_REFUSED);
	}
	NONE(lab, "auth.bruteforce");
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
}

static void
spray_all(struct lab *lab, int n, const char *secret, bool each)
{
	for (int i = 0; i < n; i++) {
		char user[16], own[32];

		snprintf(user, sizeof(user), "user%d", i);
		snprintf(own, sizeof(own), "own %d of them", i);
		refuse(lab, CLIENT, user, each ? own : secret);
	}
}

static void
test_spray(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;

	spray_all(lab, 9, "Spring2026", false);
	NONE(lab, "auth.spray");
	spray_all(lab, 10, "Spring2026", false);
	t = WANT(lab, "auth.spray", "same_secret", SEV_HIGH);
	assert_non_null(strstr(t->note, "user0, user1"));
	attempt(lab, CLIENT, "victim", "Spring2026", AUTH_ACCEPTED, NULL);
	WANT(lab, "auth.success_after_failures", "after_spray", SEV_CRITICAL);
	lab_free(lab);
	lab = lab_new(NULL);
	spray_all(lab, 10, NULL, true);
	WANT(lab, "auth.spray", "many_accounts", SEV_HIGH);
	lab_free(lab);
}

static void
test_spray_not_when(void **state)
{
	static const char *const proxies[] = {CLIENT, NULL};
	struct findings_settings set = findings_defaults;
	struct lab *lab;

	set.trusted_proxies = proxies;
	lab = lab_new(&set);
	spray_all(lab, 20, "x", true);
	NONE(lab, "auth.spray");
	lab_free(lab);
	lab = lab_new(NULL); /* many users behind one address: most of them get in */
	for (int i = 0; i < 20; i++) {
		char user[16];

		snprintf(user, sizeof(user), "user%d", i);
		attempt(lab, CLIENT, user, PW, AUTH_ACCEPTED, NULL);
	}
	spray_all(lab, 12, NULL, true);
	NONE(lab, "auth.spray");
	lab_free(lab);
	lab = lab_new(NULL); /* spread over hours */
	step_ns = 400 * NS_PER_S;
	spray_all(lab, 30, "x", false);
	step_ns = NS_PER_S;
	NONE(lab, "auth.spray");
	lab_free(lab);
	lab = lab_new(NULL); /* more than three each: not one for everybody */
	for (int i = 0; i < 4; i++)
		spray_all(lab, 9, NULL, true);
	NONE(lab, "auth.spray");
	lab_free(lab);
}

static void
from_everywhere(struct lab *lab, int n, bool known)
{
	for (int i = 0; i < n; i++) {
		char client[32];

		snprintf(client, sizeof(client), "203.0.%d.9", i);
		if (known)
			attempt(lab, client, "alice", PW, AUTH_ACCEPTED, NULL);
		refuse(lab, client, "alice", "x");
	}
}

static void
test_distributed(void **state)
{
	struct lab *lab = lab_new(NULL);

	from_everywhere(lab, 9, false);
	NONE(lab, "auth.bruteforce.distributed");
	from_everywhere(lab, 10, false);
	WANT(lab, "auth.bruteforce.distributed", "many_sources", SEV_HIGH);
	lab_free(lab);
	lab = lab_new(NULL);
	from_everywhere(lab, 15, true); /* roaming: each network also succeeds */
	NONE(lab, "auth.bruteforce.distributed");
	lab_free(lab);
}

static void
test_success(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	struct conn c;

	guess(lab, CLIENT, "alice", 5);
	conn_from(lab, &c, PROTO_IMAP, CLIENT, SERVER, 143);
	greet(&c);
	password(&c, "alice", PW, AUTH_ACCEPTED);
	WANT(lab, "auth.success_after_failures", "after_failures", SEV_CRITICAL);
	command(&c, "SELECT", "a2 SELECT INBOX");
	command(&c, "UID FETCH", "a3 UID FETCH 1:* BODY[]");
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	t = lab_told(lab, "auth.success_after_failures", NULL);
	assert_non_null(strstr(t->note, "after the login: SELECT UID FETCH"));
	lab_free(lab);
}

static void
test_success_not_when(void **state)
{
	struct lab *lab = lab_new(NULL);

	guess(lab, CLIENT, "alice", 4); /* typos */
	attempt(lab, CLIENT, "alice", PW, AUTH_ACCEPTED, NULL);
	for (int i = 0; i < 6; i++) /* two secrets only */
		refuse(lab, CLIENT, "bob", i % 2 ? "one" : "two");
	attempt(lab, CLIENT, "bob", PW, AUTH_ACCEPTED, NULL);
	guess(lab, CLIENT, "carol", 6); /* the server had hiccups */
	refuse(lab, CLIENT, "carol", PW);
	attempt(lab, CLIENT, "carol", PW, AUTH_ACCEPTED, NULL);
	guess(lab, "203.0.113.1", "dave", 6); /* another source */
	attempt(lab, CLIENT, "dave", PW, AUTH_ACCEPTED, NULL);
	guess(lab, CLIENT, "erin", 6);
	lab->now_ns += 3700 * NS_PER_S; /* long ago */
	attempt(lab, CLIENT, "erin", PW, AUTH_ACCEPTED, NULL);
	NONE(lab, "auth.success_after_failures");
	lab_free(lab);
	lab = lab_new(NULL); /* secrets not visible, fewer than ten */
	for (int i = 0; i < 6; i++)
		refuse(lab, CLIENT, "alice", NULL);
	attempt(lab, CLIENT, "alice", NULL, AUTH_ACCEPTED, NULL);
	WANT(lab, "auth.success_after_failures", "after_failures", SEV_HIGH);
	lab_free(lab);
}

static void
sealed(struct lab *lab, uint64_t bytes, int64_t span_ns)
{
	struct conn c;

	lab->now_ns += 5 * NS_PER_S;
	conn_from(lab, &c, PROTO_TLS, CLIENT, SERVER, 993);
	tls_up(&c);
	c.flow.side[DIR_C2S].bytes = bytes;
	c.flow.last_ns = c.flow.first_ns + span_ns;
	conn_close(&c, FLOW_FIN);
}

static void
test_encrypted(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;

	for (int i = 0; i < 29; i++)
		sealed(lab, 900 + (uint64_t)i % 7, NS_PER_S);
	NONE(lab, "auth.bruteforce.encrypted");
	sealed(lab, 905, NS_PER_S);
	t = WANT(lab, "auth.bruteforce.encrypted", "short_sessions", SEV_LOW);
	assert_int_equal(t->certainty, CERTAINTY_POSSIBLE);
	lab_free(lab);
	lab = lab_new(NULL); /* sizes all over the place */
	for (int i = 0; i < 60; i++)
		sealed(lab, 200 + 97 * ((uint64_t)i * 7 % 50), NS_PER_S);
	NONE(lab, "auth.bruteforce.encrypted");
	lab_free(lab);
	lab = lab_new(NULL); /* a client with one long IDLE session */
	sealed(lab, 900, 900 * NS_PER_S);
	for (int i = 0; i < 60; i++)
		sealed(lab, 900, NS_PER_S);
	NONE(lab, "auth.bruteforce.encrypted");
	lab_free(lab);
	lab = lab_new(NULL); /* long or big ones */
	for (int i = 0; i < 60; i++)
		sealed(lab, i % 2 ? 900 : 9000, i % 2 ? 11 * NS_PER_S : NS_PER_S);
	NONE(lab, "auth.bruteforce.encrypted");
	lab_free(lab);
}

/* An attacker who makes up names cannot make us forget without end, nor grow. */
static void
test_bounded(void **state)
{
	struct findings_settings set = findings_defaults;
	struct lab *lab;
	size_t before;

	set.tracked = 10;
	set.records = 5;
	lab = lab_new(&set);
	for (int i = 0; i < 60; i++) {
		char user[16];

		snprintf(user, sizeof(user), "name%d", i);
		refuse(lab, CLIENT, user, "x");
	}
	before = findings_memory(lab->findings);
	for (int i = 60; i < 400; i++) {
		char user[16];

		snprintf(user, sizeof(user), "name%d", i);
		refuse(lab, CLIENT, user, "x");
	}
	assert_true(findings_memory(lab->findings) < before + 20000);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bruteforce),
		cmocka_unit_test(test_bruteforce_window),
		cmocka_unit_test(test_bruteforce_not_when),
		cmocka_unit_test(test_bruteforce_loop),
		cmocka_unit_test(test_spray),
		cmocka_unit_test(test_spray_not_when),
		cmocka_unit_test(test_distributed),
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_success_not_when),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
