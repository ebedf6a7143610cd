/* The compiled table: every row is found by its own token, in any case. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dissectors/explain.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* clang-format off */
static const struct {
	const char *protocol, *token, *kind;
	const char *want; /* protocol/kind of the row, NULL: none */
} cases[] = {
	{ "SMTP", "EHLO", "command", "SMTP/command" },
	{ "smtp", "ehlo", NULL, "SMTP/command" },
	{ "LMTP", "LHLO", "command", "LMTP/command" },
	{ "LMTP", "RCPT", "command", "SMTP/command" },
	{ "SMTP", "LHLO", "command", NULL },
	{ "SMTP", "STARTTLS", "keyword", "SMTP/keyword" },
	{ "SMTP", "STARTTLS", "command", "SMTP/command" },
	{ "POP3", "RETR", NULL, "POP3/command" },
	{ "POP3", "RETRX", NULL, NULL },
	{ "POP3", "RET", NULL, NULL },
	{ "POP3", "", NULL, NULL },
	{ "", "RETR", NULL, NULL },
	{ "IMAP", "zzzz", NULL, NULL },
};
/* clang-format on */

static void
finds(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct explain_row *row = explain_find(
			cases[i].protocol, bytes_str(cases[i].token), cases[i].kind);
		char got[64] = "";

		if (row)
			snprintf(got, sizeof(got), "%s/%s", row->protocol, row->kind);
		if (strcmp(got, cases[i].want ? cases[i].want : "") != 0)
			fail_msg("%s %s: got '%s'", cases[i].protocol, cases[i].token, got);
	}
}

static void
finds_every_row(void **state)
{
	assert_true(explain_count > 700);
	for (size_t i = 0; i < explain_count; i++) {
		const struct explain_row *r = &explain_rows[i];
		uint8_t lower[128];
		struct bytes token = {lower, strlen(r->token)};
		const struct explain_row *got;

		assert_true(token.n < sizeof(lower));
		for (size_t k = 0; k < token.n; k++)
			lower[k] = (uint8_t)(r->token[k] >= 'A' && r->token[k] <= 'Z'
						     ? r->token[k] | 0x20
						     : r->token[k]);
		got = explain_find(r->protocol, token, r->kind);
		if (!got || strcmp(got->protocol, r->protocol) != 0 ||
			!bytes_iis(token, got->token))
			fail_msg("%s %s (%s) is not found", r->protocol, r->token, r->kind);
		assert_true(r->text[0] && r->reference[0]);
	}
}

static void
count_auth(void *user, const struct explain_row *row)
{
	size_t *n = user;

	assert_true(bytes_iis(BYTES("auth"), row->token));
	++*n;
}

static void
finds_all_of_a_token(void **state)
{
	size_t n = 0, want = 0;

	for (size_t i = 0; i < explain_count; i++)
		want += bytes_iis(BYTES("auth"), explain_rows[i].token);
	assert_int_equal(explain_all(BYTES("AuTh"), count_auth, &n), want);
	assert_int_equal(n, want);
	assert_true(want >= 3); /* SMTP command and keyword, POP3 command */
	assert_int_equal(explain_all(BYTES("no such word"), count_auth, &n), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_every_row),
		cmocka_unit_test(finds_all_of_a_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
