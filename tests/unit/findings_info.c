/* Rules of info.*, and what counts as a product with a version. */
#include "findings_build.h"
#include "model/software.h"

struct text_row {
	const char *text, *name, *version; /* NULL: none */
};

/* clang-format off */
static const struct text_row text_rows[] = {
	{"mail.example.org ESMTP Exim 4.96 Sun, 22 Nov 2026 17:44:53 +0000", "Exim", "4.96"},
	{"a.example.org ESMTP Sendmail 8.14.4/8.14.4; Mon, 4 Jan 2010", "Sendmail", "8.14.4"},
	{"a Microsoft ESMTP MAIL Service, Version: 6.0.3790.1830 ready", "Microsoft Exchange/IIS SMTP", "6.0.3790.1830"},
	{"mail Cyrus POP3 v2.3.16 server ready", "Cyrus", "2.3.16"},
	{"mail Cyrus IMAP 3.6.1-Debian-3.6.1-4+deb12u5 server ready", "Cyrus", "3.6.1-Debian-3.6.1-4+deb12u5"},
	{"mail IMAP4rev1 2004.357 at Thu", "IMAP4rev1", "2004.357"},
	{"QPOP (version 4.0b14) at pop.example.org", NULL, NULL},
	{"Qpopper (version 4.0b14) at pop.example.org", "Qpopper", "4.0b14"},
	{"mail.example.org ESMTP Postfix (Debian/GNU)", "Postfix", NULL},
	{"mail.example.org ESMTP PowerMTA(TM) v4.0r6 ready", "PowerMTA", NULL},
	{"mail ESMTP CommuniGate Pro 6.1.0", "Pro", "6.1.0"},
	{"mail ESMTP Kerio 10.0.1.2", "Kerio", "10.0.1.2"},
	{"mail.example.org ESMTP", NULL, NULL},
	{"Hello client.example.net [192.0.2.1], from 192.0.2.1", NULL, NULL},
	{"gateway 192.0.2.1 ready", NULL, NULL},
	{"gateway 10.20.mail.example.org ready", NULL, NULL},
	{"ready on Mon 4.1.2010", NULL, NULL},
	{"needs TLS 1.2", NULL, NULL},
	{"2.0.0 Bye", NULL, NULL},
	{"Foo 1.", NULL, NULL},
	{"", NULL, NULL},
};
/* clang-format on */

static void
test_named(void **state)
{
	for (size_t i = 0; i < N(text_rows); i++) {
		const struct text_row *row = &text_rows[i];
		struct product p = software_named(bytes_str(row->text));

		if (!bytes_eq(p.name, bytes_str(row->name)) ||
			!bytes_eq(p.version, bytes_str(row->version)))
			fail_msg("%s: '%.*s' '%.*s'", row->text, BYTES_FMT(p.name),
				BYTES_FMT(p.version));
	}
}

static void
greeting(struct lab **lab, struct conn *c, const char *client, const char *server,
	const char *text, const char *name)
{
	*lab = lab_new(NULL);
	conn_from(*lab, c, PROTO_SMTP, client, server, 25);
	greet_as(c, REPLY_OK, 220, text, name);
}

static void
done(struct conn *c)
{
	struct lab *lab = c->lab;

	conn_close(c, FLOW_FIN);
	lab_finish(lab);
	lab_free(lab);
}

static void
software(struct conn *c, enum dir who, const char *name, const char *version)
{
	struct event e;

	make(c, &e, EV_SOFTWARE, who, 20);
	e.software = (struct ev_software){who, bytes_str(name), bytes_str(version)};
	send_event(c, &e);
}

static void
test_banner(void **state)
{
	struct lab *lab;
	struct conn c;

	greeting(&lab, &c, CLIENT, SERVER, "mail.example.org ESMTP Exim 4.96",
		"mail.example.org");
	assert_string_equal(WANT(lab, "info.banner.version", "version", SEV_LOW)->text[0],
		"greeting: mail.example.org ESMTP Exim 4.96");
	done(&c);
	greeting(
		&lab, &c, CLIENT, SERVER, "mail.example.org ESMTP Postfix", "mail.example.org");
	WANT(lab, "info.banner.version", "product", SEV_INFO);
	NONE_REASON(lab, "info.banner.version", "version");
	software(&c, DIR_C2S, "Thunderbird", "128.0");
	NONE_REASON(lab, "info.banner.version", "version");
	software(&c, DIR_S2C, "Dovecot", "2.3.19");
	assert_string_equal(WANT(lab, "info.banner.version", "version", SEV_LOW)->text[0],
		"ID Dovecot 2.3.19");
	done(&c);
	greeting(&lab, &c, "127.0.0.1", "127.0.0.1", "mail ESMTP Exim 4.96", "mail");
	NONE(lab, "info.banner.version");
	done(&c);
	greeting(&lab, &c, CLIENT, SERVER, "mail.example.org ESMTP", "mail.example.org");
	NONE(lab, "info.banner.version");
	done(&c);
	lab = lab_new(NULL); /* the list before what is said to people is left out */
	conn_open(lab, &c, PROTO_IMAP, 143);
	greet_as(&c, REPLY_OK, 0, "[CAPABILITY IMAP4rev1 ID] Dovecot ready.", "");
	assert_string_equal(WANT(lab, "info.banner.version", "product", SEV_INFO)->text[0],
		"greeting: Dovecot ready.");
	done(&c);
}

/* Many clients that meet the same are one record, one step up. */
static void
test_banner_repeat(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;
	char client[32];

	for (int i = 0; i < 6; i++) {
		snprintf(client, sizeof(client), "198.51.100.%d", 10 + i);
		conn_from(lab, &c, PROTO_SMTP, client, SERVER, 25);
		greet_as(&c, REPLY_OK, 220, "mail.example.org ESMTP Exim 4.96",
			"mail.example.org");
		conn_close(&c, FLOW_FIN);
	}
	lab_finish(lab);
	assert_int_equal(WANT(lab, "info.banner.version", "version", SEV_MEDIUM)->count, 6);
	lab_free(lab);
}

static void
reply(struct conn *c, const char *verb, enum reply_kind kind, uint16_t code, const char *text)
{
	answer(c, command(c, verb, verb), verb, kind, code, NULL, NULL, text);
}

static void
test_banner_reply(void **state)
{
	struct lab *lab;
	struct conn c;

	greeting(&lab, &c, CLIENT, SERVER, "mail.example.org ESMTP", "mail.example.org");
	reply(&c, "NOOP", REPLY_OK, 250, "250 Sendmail 8.14.4 is well");
	reply(&c, "QUIT", REPLY_OK, 221, "221 2.0.0 Bye");
	NONE(lab, "info.banner.version");
	reply(&c, "HELP", REPLY_OK, 214, "214-This is Sendmail version 8.14.4\r\n214 End");
	assert_string_equal(WANT(lab, "info.banner.version", "version", SEV_LOW)->text[0],
		"214-This is Sendmail version 8.14.4");
	done(&c);
}

struct inner_row {
	const char *client, *text, *name, *reason; /* NULL: nothing is told */
};

/* clang-format off */
static const struct inner_row greeting_rows[] = {
	{CLIENT, "mail.example.org ESMTP", "mail.example.org", NULL},
	{CLIENT, "mx01.corp.local Microsoft ESMTP MAIL Service", "mx01.corp.local", "internal_domain"},
	{CLIENT, "mail.local.example.org ESMTP", "mail.local.example.org", NULL},
	{CLIENT, "[10.1.2.3] ESMTP", "[10.1.2.3]", "private_address"},
	{CLIENT, "mail.example.org at 192.168.7.1.", "mail.example.org", "private_address"},
	{CLIENT, "[IPv6:fd12:3456::1] ESMTP", "[IPv6:fd12:3456::1]", "private_address"},
	{CLIENT, "[203.0.113.9] ESMTP", "[203.0.113.9]", NULL},
	{CLIENT, "EXCHANGE01 Microsoft ESMTP MAIL Service", "EXCHANGE01", "single_label"},
	{CLIENT, "ESMTP ready", "ESMTP", NULL},
	{CLIENT, "Welcome to our server", "Welcome", NULL},
	{"10.0.0.7", "EXCHANGE01 at 192.168.7.1", "EXCHANGE01", NULL},
};
/* clang-format on */

static void
test_inner_greeting(void **state)
{
	struct lab *lab;
	struct conn c;

	for (size_t i = 0; i < N(greeting_rows); i++) {
		const struct inner_row *row = &greeting_rows[i];

		greeting(&lab, &c, row->client, SERVER, row->text, row->name);
		if (row->reason)
			WANT(lab, "info.internal_name", row->reason, SEV_LOW);
		else
			NONE(lab, "info.internal_name");
		done(&c);
	}
}

struct reply_row {
	const char *verb;
	enum reply_kind kind;
	const char *text, *reason;
	enum severity severity;
};

/* clang-format off */
static const struct reply_row reply_rows[] = {
	{"DATA", REPLY_NO, "451 /var/spool/mail/bob: no space", "path", SEV_MEDIUM},
	{"DATA", REPLY_OK, "250 stored in /var/spool/mail/bob", NULL, SEV_NONE},
	{"RCPT", REPLY_NO, "451 mysql: connection refused", "database", SEV_MEDIUM},
	{"RCPT", REPLY_NO, "550 no relay for host.corp.local", NULL, SEV_NONE},
	{"RCPT", REPLY_NO, "550 <bob@corp.local>: unknown", NULL, SEV_NONE},
	{"DATA", REPLY_NO, "554 refused by filter.corp.local", "internal_domain", SEV_LOW},
	{"DATA", REPLY_NO, "554 refused by 10.1.2.3", "private_address", SEV_LOW},
	{"DATA", REPLY_NO, "554 mail for bob@corp.local refused", NULL, SEV_NONE},
	{"EHLO", REPLY_OK, "250-mx.corp.local\r\n250 SIZE", "internal_domain", SEV_LOW},
	{"EHLO", REPLY_OK, "250-mail.example.org\r\n250 X-10.1.2.3", NULL, SEV_NONE},
};
/* clang-format on */

static void
test_inner_reply(void **state)
{
	struct lab *lab;
	struct conn c;

	for (size_t i = 0; i < N(reply_rows); i++) {
		const struct reply_row *row = &reply_rows[i];

		greeting(
			&lab, &c, CLIENT, SERVER, "mail.example.org ESMTP", "mail.example.org");
		reply(&c, row->verb, row->kind, 0, row->text);
		if (row->reason)
			WANT(lab, "info.internal_name", row->reason, row->severity);
		else
			NONE(lab, "info.internal_name");
		done(&c);
	}
}

/* A client that says itself where and what it is is only answered. */
static void
test_inner_echo(void **state)
{
	struct lab *lab;
	struct conn c;
	struct event e;

	greeting(&lab, &c, CLIENT, SERVER, "mail.example.org ESMTP", "mail.example.org");
	reply(&c, "EHLO", REPLY_OK, 250, "250-mail.example.org Hello Agent 1.2 [10.9.8.7]");
	make(&c, &e, EV_HELLO, DIR_C2S, 20);
	e.hello = (struct ev_hello){.verb = "EHLO", .name = BYTES("[10.9.8.7]")};
	send_event(&c, &e);
	reply(&c, "DATA", REPLY_NO, 554, "554 [10.9.8.7] is listed");
	NONE(lab, "info.internal_name");
	NONE(lab, "info.banner.version");
	done(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_banner),
		cmocka_unit_test(test_banner_repeat),
		cmocka_unit_test(test_banner_reply),
		cmocka_unit_test(test_inner_greeting),
		cmocka_unit_test(test_inner_reply),
		cmocka_unit_test(test_inner_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
