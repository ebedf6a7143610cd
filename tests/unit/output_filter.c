/* The language of -F: what matches, what binds how, and what the errors say. */
#include "output/filter.h"
#include "output_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct flow flow;
static struct session session;
static const struct bytes items[] = {
	{(const uint8_t *)"STARTTLS", 8}, {(const uint8_t *)"AUTH=PLAIN", 10}};
static const struct caps caps = {.known = true, .items = items, .n = N(items)};

static int
setup(void **state)
{
	static struct greeting greeting;

	greeting = (struct greeting){
		.banner = BYTES("Dovecot ready"), .server_name = BYTES("mx.Example.org")};
	make_flow(&flow, 7);
	session = (struct session){.flow = &flow,
		.proto = PROTO_IMAP,
		.service = SERVICE_IMAP,
		.role = ROLE_ACCESS,
		.verdict = VERDICT_OFFERED_UNUSED,
		.greeting = &greeting,
		.caps = &caps,
		.caps_clear = &caps,
		.caps_tls = &caps_unknown,
		.worst = SEV_HIGH,
		.logins = 2,
		.commands = 1500,
		.authenticated = true};
	facts_put(&session.facts, TEXT_USER, BYTES("Bob \"B\""));
	return 0;
}

static const struct {
	const char *text;
	bool want;
} rows[] = {
	{"proto == imap", true},
	{"proto == smtp", false},
	{"PROTO == IMAP", true},
	{"proto != smtp", true},
	{"proto ~ map", true},
	{"proto !~ map", false},
	{"service == imap && role == access", true},
	{"starttls == offered_unused", true},
	{"tls", false},
	{"!tls", true},
	{"not tls", true},
	{"tls == false", true},
	{"user ~ bob", true},
	{"user ~ \"bob\"", true},
	{"user == \"bob \\\"b\\\"\"", true},
	{"user ~ alice", false},
	{"user", true},
	{"mailbox", false},
	{"mailbox == \"\"", true},
	{"severity >= high", true},
	{"severity > high", false},
	{"severity == none", false},
	{"severity < critical", true},
	{"logins == 2", true},
	{"logins > 1", true},
	{"commands >= 1k", true},
	{"commands > 2k", false},
	{"bytes > 4k", true},
	{"bytes == 4920", true},
	{"bytes > 1M", false},
	{"duration > 2s", true},
	{"duration >= 2500ms", true},
	{"duration > 1m", false},
	{"client == 192.0.2.7", true},
	{"client == 192.0.2.0/24", true},
	{"client == 192.0.0.0/23", false},
	{"client == 192.0.2.6/31", true},
	{"client != 10.0.0.0/8", true},
	{"client == 0.0.0.0/0", true},
	{"client == ::/0", false},
	{"server ~ 198.51", true},
	{"address == 198.51.100.2", true},
	{"port == 143", true},
	{"port != 143", false},
	{"vlan == 42", true},
	{"vlan == 41", false},
	{"host ~ example", true},
	{"host ~ dovecot", true},
	{"host !~ dovecot", false},
	{"capability == starttls", true},
	{"capability ~ plain", true},
	{"start >= 2026-11-22", true},
	{"start >= 2026-11-22T10:11:12Z && start < 2026-11-22T10:12", true},
	{"end < 2026-11-22T10:11:13", false},
	{"reason == fin", true},
	{"accepted && !exposed", true},
	{"logins > -1", true},
	{"logins <= -1", false},
	{"flow_id == 7", true},
	/* && binds more than ||, ! more than both */
	{"tls && tls || user", true},
	{"user || tls && tls", true},
	{"(user || tls) && tls", false},
	{"!tls && user", true},
	{"!(tls && user)", true},
	{"! ! user", true},
	{"!!user", true},
	{"not tls and (user or tls)", true},
	{"((((user))))", true},
};

static void
test_match(void **state)
{
	for (size_t i = 0; i < N(rows); i++) {
		struct err e = {0};
		struct filter *f = filter_parse(rows[i].text, &e);

		if (!f)
			fail_msg("%s: %s", rows[i].text, e.text);
		if (filter_match(f, &session) != rows[i].want)
			fail_msg("%s: want %d", rows[i].text, rows[i].want);
		filter_free(&f);
	}
}

static const struct {
	const char *text, *want; /* part of the error */
} wrong[] = {
	{"", "position 1: the expression is empty"},
	{"usr ~ bob", "position 1: no field is called 'usr'; did you mean user?"},
	{"proto = imap", "position 7: '=' alone"},
	{"proto == imap & tls", "position 15: '&' and '|' stand in pairs"},
	{"severity >= hihg", "position 13: expected info, low"},
	{"starttls == offered-unused", "did you mean offered_unused?"},
	{"logins > many", "position 10: expected a number"},
	{"logins > -", "position 10: expected a number"},
	{"logins ~ 2", "position 8: ~ is for text"},
	{"user < b", "position 6: this field has no order"},
	{"client == 300.1.1.1", "position 11: expected an address"},
	{"client == 10.0.0.0/33", "expected an address"},
	{"(user", "position 1: this ( is not closed"},
	{"user)", "position 5: no ( was opened"},
	{"user tls", "position 6: expected && or ||"},
	{"user &&", "ends where a field"},
	{"user == \"bob", "position 9: the string has no closing quote"},
	{"&& user", "position 1: expected a field"},
	{"user ==", "position 8: expected a value"},
	{"duration > 5y", "expected a time span"},
	{"start > now", "expected a time"},
	{"logins == 99999999999999999999", "expected a number"},
	{"bytes > 9223372036854775807G", "expected a number of bytes"},
	{"tls == maybe", "expected true or false"},
	{"()", "expected a field"},
};

static void
test_errors(void **state)
{
	for (size_t i = 0; i < N(wrong); i++) {
		struct err e = {0};
		struct filter *f = filter_parse(wrong[i].text, &e);

		if (f || !strstr(e.text, wrong[i].want))
			fail_msg("<%s>: %s", wrong[i].text, f ? "accepted" : e.text);
		assert_non_null(strchr(e.text, '^'));
	}
}

/* The caret stands below the place, also behind what takes more than a byte or a column. */
static void
test_caret(void **state)
{
	struct err e;

	assert_null(filter_parse("user ~ \"\xc3\xa4\x1b\" && usr", &e));
	assert_non_null(
		strstr(e.text, "\n  user ~ \"\xc3\xa4\\x1B\" && usr\n                    ^"));
}

static void
test_limits(void **state)
{
	char text[20000];
	struct err e;

	memset(text, '(', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_null(filter_parse(text, &e));
	text[1000] = '\0';
	assert_null(filter_parse(text, &e));
	assert_non_null(strstr(e.text, "too deep"));
	text[0] = '\0';
	for (int i = 0; i < 300; i++)
		strcat(text, i ? " || tls" : "tls");
	assert_null(filter_parse(text, &e));
	assert_non_null(strstr(e.text, "too long"));
}

/* Every name that completion offers is accepted. */
static void
test_values(void **state)
{
	for (const struct filter_field *f = filter_fields(); f->name; f++) {
		for (size_t i = 0; f->values && f->values[i]; i++) {
			char text[128];
			struct err e;
			struct filter *p;

			snprintf(text, sizeof(text), "%s == %s", f->name, f->values[i]);
			p = filter_parse(text, &e);
			if (!p)
				fail_msg("%s: %s", text, e.text);
			filter_match(p, &session);
			filter_free(&p);
		}
		assert_true(strlen(f->help) > 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_caret),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
