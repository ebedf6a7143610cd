/* The catalogue: what every sink relies on. */
#include "findings/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void
test_rows_are_complete(void **state)
{
	const struct finding_row *const *rows = findings_catalogue();

	for (size_t i = 0; rows[i]; i++) {
		const struct finding_row *r = rows[i];

		if (!r->id[0] || !r->title[0] || !r->explain[0] || !r->remedy[0] || !r->refs[0])
			fail_msg("%s: something is empty", r->id);
		assert_in_range(r->severity, SEV_INFO, SEV_CRITICAL);
		assert_in_range(r->scope, SCOPE_CONN, SCOPE_ACCOUNT);
		for (size_t k = 0; r->refs[k]; k++)
			assert_true(r->refs[k][0]);
		if (strstr(r->explain, "**") || strstr(r->remedy, "**"))
			fail_msg("%s: markup in the text", r->id);
		assert_ptr_equal(findings_row(bytes_str(r->id)), r);
	}
	assert_null(findings_row(BYTES("auth")));
	assert_null(findings_row(BYTES("")));
}

static void
test_ids_and_numbers_are_unique(void **state)
{
	const struct finding_row *const *rows = findings_catalogue();

	for (size_t i = 0; rows[i]; i++) {
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(rows[i]->id, rows[k]->id);
			assert_true(rows[k]->signature_id < rows[i]->signature_id);
		}
	}
}

struct number {
	const char *id;
	unsigned number;
};

/* Numbers are a promise: these never change. */
static const struct number numbers[] = {
	{"auth.cleartext", 1001},
	{"auth.failure", 1021},
	{"auth.on_port_25", 1033},
	{"starttls.not_offered", 2001},
	{"starttls.established", 2016},
	{"tls.plaintext_on_tls_port", 3001},
	{"tls.not_assessable", 3020},
	{"cert.expired", 4001},
	{"cert.key_shared", 4014},
	{"smtp.early_talker", 6007},
	{"lmtp.over_tcp", 6032},
	{"proto.mail_on_odd_port", 8001},
	{"proto.service_refused", 8005},
	{"info.banner.version", 12001},
	{"info.internal_name", 12003},
	{"pop3.delete_after_retr", 11001},
	{"pop3.anomaly", 11006},
	{"imap.preauth", 11101},
	{"imap.legacy_version", 11109},
	{"capture.midstream", 13001},
	{"capture.unparsed", 13005},
};

static void
test_numbers(void **state)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct finding_row *r = findings_row(bytes_str(numbers[i].id));

		assert_non_null(r);
		assert_int_equal(r->signature_id, numbers[i].number);
	}
}

/* How many there are of each family: none is lost. */
static const struct number families[] = {
	{"auth.", 33},
	{"starttls.", 16},
	{"tls.", 20},
	{"cert.", 14},
	{"smtp.", 25},
	{"lmtp.", 1},
	{"proto.", 5},
	{"pop3.", 6},
	{"imap.", 9},
	{"info.", 2},
	{"capture.", 5},
};

static void
test_families(void **state)
{
	size_t all = 0, of_families = 0;

	while (findings_catalogue()[all])
		all++;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		size_t n = 0;

		for (size_t k = 0; k < all; k++)
			n += bytes_starts(
				bytes_str(findings_catalogue()[k]->id), families[i].id);
		assert_int_equal(n, families[i].number);
		of_families += n;
	}
	assert_int_equal(of_families, all);
}

static void
test_names(void **state)
{
	enum severity s;

	assert_string_equal(severity_name(SEV_CRITICAL), "critical");
	assert_string_equal(severity_name(SEV_INFO), "info");
	assert_true(severity_parse(BYTES("High"), &s));
	assert_int_equal(s, SEV_HIGH);
	assert_false(severity_parse(BYTES("none"), &s));
	assert_false(severity_parse(BYTES("severe"), &s));
	assert_string_equal(certainty_name(CERTAINTY_POSSIBLE), "possible");
	assert_string_equal(finding_class_name(CLASS_POSITIVE), "positive");
	assert_string_equal(scope_name(SCOPE_ACCOUNT), "account");
	assert_string_equal(scope_name(SCOPE_CONN), "conn");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_ids_and_numbers_are_unique),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
