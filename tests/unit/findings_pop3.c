/* Rules of pop3.* that look at more than one session; the others are dialogues. */
#include "findings_build.h"

static void
count(struct conn *c, uint64_t messages)
{
	struct event e;

	make(c, &e, EV_MAILBOX, DIR_S2C, 10);
	e.mailbox = (struct ev_mailbox){.counted = true, .messages = messages};
	send_event(c, &e);
}

static void
answer_number(struct conn *c, const char *verb, uint64_t number)
{
	struct event e;

	command(c, verb, verb);
	make(c, &e, EV_REPLY, DIR_S2C, 5);
	e.reply = (struct ev_reply){.id = c->id,
		.verb = verb,
		.kind = REPLY_OK,
		.status = BYTES("+OK"),
		.text = BYTES("+OK"),
		.number = number};
	send_event(c, &e);
}

static void
take(struct conn *c, enum msg_via via, uint64_t number)
{
	struct event e;

	answer_number(c, via == VIA_TOP ? "TOP" : "RETR", number);
	make(c, &e, EV_MSG_BEGIN, DIR_S2C, 0);
	e.msg_begin = (struct ev_msg_begin){.msg = (uint32_t)number,
		.via = via,
		.command = via == VIA_TOP ? "TOP" : "RETR",
		.section = via == VIA_TOP ? BYTES("0") : BYTES_NONE,
		.whole = via != VIA_TOP,
		.number = number,
		.size = -1};
	send_event(c, &e);
	make(c, &e, EV_MSG_END, DIR_S2C, 3);
	e.msg_end = (struct ev_msg_end){.msg = (uint32_t)number, .complete = true};
	send_event(c, &e);
}

static void
logged_in(struct lab *lab, struct conn *c, const char *client)
{
	conn_from(lab, c, PROTO_POP3, client, SERVER, 110);
	greet(c);
	password(c, "alice", "secret", AUTH_ACCEPTED);
	count(c, 60);
}

static void
quit(struct conn *c)
{
	answer_number(c, "QUIT", 0);
	conn_close(c, FLOW_FIN);
}

static void
test_emptying_becomes_usual(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	for (int i = 0; i < 4; i++) {
		logged_in(lab, &c, CLIENT);
		for (uint64_t n = 1; n <= 50; n++)
			answer_number(&c, "DELE", n);
		quit(&c);
		if (i < 3) {
			WANT(lab, "pop3.delete_all", "not_retrieved", SEV_HIGH);
			NONE_REASON(lab, "pop3.delete_all", "usual");
		}
	}
	WANT(lab, "pop3.delete_all", "usual", SEV_INFO);
	lab_finish(lab);
	lab_free(lab);
}

static void
test_leafing_becomes_usual(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;
	size_t told = 0;

	for (int i = 0; i < 5; i++) {
		logged_in(lab, &c, CLIENT);
		for (uint64_t n = 1; n <= 50; n++)
			take(&c, VIA_TOP, n);
		quit(&c);
	}
	for (size_t i = 0; i < lab->n; i++)
		told += strcmp(lab->told[i].row->id, "pop3.top_recon") == 0;
	assert_int_equal(told, 3);
	lab_finish(lab);
	lab_free(lab);
}

static void
dump(struct lab *lab, const char *client, unsigned lists, bool taken)
{
	struct conn c;

	logged_in(lab, &c, client);
	for (unsigned i = 1; i < lists; i++)
		count(&c, 60);
	for (uint64_t n = 1; taken && n <= 50; n++)
		take(&c, VIA_RETR, n);
	quit(&c);
}

static void
test_dump_from_elsewhere(void **state)
{
	struct lab *lab = lab_new(NULL);

	/* The first that is seen of an account says nothing of what was before the capture. */
	dump(lab, "198.51.100.20", 1, true);
	WANT(lab, "pop3.mass_download", "share", SEV_LOW);
	lab_free(lab);
	lab = lab_new(NULL);
	dump(lab, "198.51.100.20", 1, false);
	dump(lab, "198.51.100.20", 1, true); /* its usual client */
	WANT(lab, "pop3.mass_download", "share", SEV_LOW);
	lab_free(lab);
	lab = lab_new(NULL);
	dump(lab, "198.51.100.20", 1, false);
	dump(lab, "203.0.113.9", 3, true); /* a program that looks again and again */
	WANT(lab, "pop3.mass_download", "share", SEV_LOW);
	lab_free(lab);
	lab = lab_new(NULL);
	dump(lab, "198.51.100.20", 1, false);
	dump(lab, "203.0.113.9", 2, true);
	assert_int_equal(WANT(lab, "pop3.mass_download", "share", SEV_MEDIUM)->certainty,
		CERTAINTY_POSSIBLE);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_emptying_becomes_usual),
		cmocka_unit_test(test_leafing_becomes_usual),
		cmocka_unit_test(test_dump_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
