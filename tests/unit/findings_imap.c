/* Rules of imap.* that a dialogue cannot show: other addresses, TLS, more than one session. */
#include "findings_build.h"

static void
greet_preauth(struct conn *c)
{
	struct event e;

	make(c, &e, EV_GREETING, DIR_S2C, 20);
	e.greeting = (struct ev_greeting){
		.kind = REPLY_OK, .text = BYTES("hi"), .preauth = true};
	send_event(c, &e);
}

static void
test_preauth(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_from(lab, &c, PROTO_IMAP, "127.0.0.1", "127.0.0.1", 143);
	greet_preauth(&c);
	NONE(lab, "imap.preauth"); /* a tunnel ends here */
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &c, PROTO_IMAP, 993);
	c.tls = true;
	greet_preauth(&c);
	WANT(lab, "imap.preauth", "inside_tls", SEV_MEDIUM);
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	lab_free(lab);
}

static void
software(struct conn *c, enum dir who, const char *origin)
{
	struct event e;

	make(c, &e, EV_SOFTWARE, who, 40);
	e.software = (struct ev_software){.who = who,
		.name = BYTES("x"),
		.version = BYTES("1"),
		.fields = BYTES("(\"name\" \"x\")"),
		.os = BYTES("Linux"),
		.origin = bytes_str(origin)};
	send_event(c, &e);
}

static void
test_id(void **state)
{
	static const char *const proxies[] = {CLIENT, NULL};
	struct findings_settings set = findings_defaults;
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_from(lab, &c, PROTO_IMAP, "10.0.0.5", SERVER, 143); /* from inside */
	greet(&c);
	software(&c, DIR_C2S, "10.0.0.7");
	NONE_REASON(lab, "imap.id", "client_names_origin");
	conn_close(&c, FLOW_FIN);
	conn_open(lab, &c, PROTO_IMAP, 993);
	c.tls = true;
	greet(&c);
	software(&c, DIR_S2C, NULL); /* not in clear */
	NONE_REASON(lab, "imap.id", "server_details");
	WANT(lab, "imap.id", "server", SEV_INFO);
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	lab_free(lab);
	set.trusted_proxies = proxies;
	lab = lab_new(&set);
	conn_open(lab, &c, PROTO_IMAP, 143);
	greet(&c);
	software(&c, DIR_C2S, "10.0.0.7");
	NONE_REASON(lab, "imap.id", "client_names_origin");
	WANT(lab, "imap.id", "client", SEV_INFO);
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	lab_free(lab);
}

static void
mailbox(struct conn *c, const char *name, uint64_t messages)
{
	struct event e;

	make(c, &e, EV_MAILBOX, DIR_S2C, 10);
	e.mailbox = (struct ev_mailbox){
		.name = bytes_str(name), .counted = true, .messages = messages};
	send_event(c, &e);
}

static void
take(struct conn *c, uint64_t number, bool peek)
{
	static uint32_t msg;
	struct event e;

	make(c, &e, EV_MSG_BEGIN, DIR_S2C, 0);
	e.msg_begin = (struct ev_msg_begin){.msg = ++msg,
		.via = VIA_FETCH,
		.command = "FETCH",
		.section = BYTES("BODY[]"),
		.whole = true,
		.peek = peek,
		.number = number,
		.size = -1};
	send_event(c, &e);
	make(c, &e, EV_MSG_END, DIR_S2C, 3);
	e.msg_end = (struct ev_msg_end){.msg = msg, .complete = true};
	send_event(c, &e);
}

enum {
	READS = 1, /* leaves \Seen */
	IDLES = 2,
	FEW = 4, /* mailboxes */
};

static void
copy_from(struct lab *lab, const char *client, unsigned how, bool taken)
{
	static const char *const names[] = {"INBOX", "INBOX.Sent", "Work"};
	struct conn c;

	conn_from(lab, &c, PROTO_IMAP, client, SERVER, 143);
	greet(&c);
	password(&c, "alice", "secret", AUTH_ACCEPTED);
	for (size_t i = 0; taken && i < (how & FEW ? 1 : N(names)); i++) {
		mailbox(&c, names[i], 60);
		if (how & IDLES)
			command(&c, "IDLE", "a IDLE");
		for (uint64_t n = 1; n <= 55; n++)
			take(&c, n, !(how & READS));
	}
	command(&c, "LOGOUT", "z LOGOUT");
	conn_close(&c, FLOW_FIN);
}

static void
test_copy_from_elsewhere(void **state)
{
	static const struct {
		const char *first, *second;
		unsigned how;
		enum severity sev;
	} rows[] = {
		{"198.51.100.20", "203.0.113.9", 0, SEV_HIGH},
		{"203.0.113.9", "203.0.113.9", 0, SEV_MEDIUM},
		{NULL, "203.0.113.9", 0, SEV_MEDIUM},
		{"198.51.100.20", "203.0.113.9", READS, SEV_MEDIUM},
		{"198.51.100.20", "203.0.113.9", IDLES, SEV_MEDIUM},
		{"198.51.100.20", "203.0.113.9", FEW, SEV_MEDIUM},
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct lab *lab = lab_new(NULL);

		if (rows[i].first)
			copy_from(lab, rows[i].first, 0, false);
		copy_from(lab, rows[i].second, rows[i].how, true);
		WANT(lab, "imap.mass_fetch", "share", rows[i].sev);
		lab_finish(lab);
		lab_free(lab);
	}
}

static void
haul(struct lab *lab, const char *client, uint64_t bytes)
{
	struct conn c;

	conn_from(lab, &c, PROTO_TLS, client, SERVER, 993);
	tls_up(&c);
	c.flow.side[DIR_S2C].bytes = bytes;
	conn_close(&c, FLOW_FIN);
}

static void
test_haul_inside_tls(void **state)
{
	struct lab *lab = lab_new(NULL);

	haul(lab, CLIENT, (50 << 20) - 1);
	NONE(lab, "imap.mass_fetch");
	haul(lab, CLIENT, 50 << 20);
	assert_int_equal(
		WANT(lab, "imap.mass_fetch", "opaque", SEV_LOW)->certainty, CERTAINTY_POSSIBLE);
	lab->n = 0;
	haul(lab, CLIENT, 50 << 20); /* it has a history now */
	NONE(lab, "imap.mass_fetch");
	lab_finish(lab);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preauth),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_copy_from_elsewhere),
		cmocka_unit_test(test_haul_inside_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
