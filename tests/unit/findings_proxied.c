/* Behind a proxy that says by a PROXY header for whom it speaks, the client is who it names. */
#include "findings_build.h"

#define PROXY "10.0.0.5"
#define BACKEND "10.0.0.9"

/* A refused login in a connection of its own; by whom, NULL: the header names nobody. */
static void
refused(struct lab *lab, const char *proxy, const char *server, const char *by,
	const char *user, int n)
{
	char secret[32];
	struct conn c;

	snprintf(secret, sizeof(secret), "Guess-%d-of-many", n);
	lab->now_ns += NS_PER_S;
	conn_from(lab, &c, PROTO_IMAP, proxy, server, 143);
	proxied(&c, by);
	greet(&c);
	caps(&c, "IMAP4rev1");
	password(&c, user, secret, AUTH_REFUSED);
	conn_close(&c, FLOW_FIN);
}

static void
assert_host(const struct endpoint *e, const char *want)
{
	char text[ENDPOINT_TEXT];

	assert_string_equal(e->family ? endpoint_addr(e, text) : "none", want);
}

static void
test_one_client(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;

	for (int i = 0; i < 10; i++)
		refused(lab, PROXY, BACKEND, "198.51.100.7", "alice", i);
	t = WANT(lab, "auth.bruteforce", "failures", SEV_HIGH);
	assert_host(&t->client, "198.51.100.7");
	assert_host(&t->via, PROXY);
	lab_free(lab);
}

/* Ten who fail once each are not one who fails ten times. */
static void
test_many_clients(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	char by[32];

	for (int i = 0; i < 10; i++) {
		snprintf(by, sizeof(by), "198.51.%d.7", i);
		refused(lab, PROXY, BACKEND, by, "alice", i);
	}
	NONE(lab, "auth.bruteforce");
	t = WANT(lab, "auth.bruteforce.distributed", "many_sources", SEV_HIGH);
	assert_non_null(strstr(t->note, "10 sources: 198.51.0.7, 198.51.1.7"));
	assert_host(&t->via, "none");
	lab_free(lab);
}

/* Many people's typos come through one proxy; one guest tries everybody. */
static void
test_spray(void **state)
{
	struct lab *lab = lab_new(NULL);
	char by[32], user[32];

	for (int i = 0; i < 30; i++) {
		snprintf(by, sizeof(by), "2001:db8:%d::7", i);
		snprintf(user, sizeof(user), "user%d", i);
		refused(lab, PROXY, BACKEND, by, user, i);
	}
	NONE(lab, "auth.spray");
	for (int i = 0; i < 30; i++) {
		snprintf(user, sizeof(user), "user%d", i);
		refused(lab, PROXY, BACKEND, "2001:db8:ff::1", user, 0);
	}
	assert_host(
		&WANT(lab, "auth.spray", "same_secret", SEV_HIGH)->client, "2001:db8:ff::1");
	lab_free(lab);
}

/* LOCAL and UNKNOWN name nobody. */
static void
test_nobody(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;

	for (int i = 0; i < 10; i++)
		refused(lab, "198.51.100.99", SERVER, NULL, "alice", i);
	t = WANT(lab, "auth.bruteforce", "failures", SEV_HIGH);
	assert_host(&t->client, "198.51.100.99");
	assert_host(&t->via, "none");
	lab_free(lab);
}

/* On the wire between two on one host nobody listens, whoever it is for; who guesses behind the
 * proxy still does. */
static void
test_loopback(void **state)
{
	struct lab *lab = lab_new(NULL);

	refused(lab, "127.0.0.1", "127.0.0.1", "198.51.100.7", "alice", 0);
	assert_host(&WANT(lab, "auth.cleartext", "plain_rejected", SEV_INFO)->client,
		"198.51.100.7");
	for (int i = 1; i < 10; i++)
		refused(lab, "127.0.0.1", "127.0.0.1", "198.51.100.7", "alice", i);
	WANT(lab, "auth.bruteforce", "failures", SEV_HIGH);
	lab_free(lab);
}

/* The server answers the header: it was a command to it, and anybody could have written it. */
static void
test_doubted(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct event e;
	struct conn c;
	char by[32];

	for (int i = 0; i < 10; i++) {
		snprintf(by, sizeof(by), "203.0.113.%d", i);
		lab->now_ns += NS_PER_S;
		conn_open(lab, &c, PROTO_SMTP, 587);
		proxied(&c, by);
		greet(&c);
		make(&c, &e, EV_REPLY, DIR_S2C, 30);
		e.reply = (struct ev_reply){.kind = REPLY_BAD,
			.code = 502,
			.text = BYTES("502 5.5.2 Error: command not recognized"),
			.unsolicited = true};
		send_event(&c, &e);
		caps(&c, "AUTH PLAIN");
		password(&c, "alice", by, AUTH_REFUSED);
		conn_close(&c, FLOW_FIN);
	}
	assert_host(&WANT(lab, "auth.bruteforce", "failures", SEV_HIGH)->client, CLIENT);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_client),
		cmocka_unit_test(test_many_clients),
		cmocka_unit_test(test_spray),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_doubted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
