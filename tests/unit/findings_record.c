/* Severity and its modifiers, dedup, evidence, limits, telling. */
#include "findings_build.h"
#include "findings/engine.h"

struct rated {
	const char *name;
	struct rating in;
	enum severity want;
};

/* clang-format off */
static const struct rated rated[] = {
	{"plain", {.base = SEV_HIGH}, SEV_HIGH},
	{"loop", {.base = SEV_CRITICAL, .loop = true}, SEV_INFO},
	{"loop and sensitive", {.base = SEV_CRITICAL, .loop = true, .sensitive = true}, SEV_LOW},
	{"local", {.base = SEV_HIGH, .local = true}, SEV_MEDIUM},
	{"local, low", {.base = SEV_LOW, .local = true}, SEV_INFO},
	{"local, info stays", {.base = SEV_INFO, .local = true}, SEV_INFO},
	{"local credential", {.base = SEV_CRITICAL, .local = true, .credential = true}, SEV_HIGH},
	{"local credential stops at medium", {.base = SEV_MEDIUM, .local = true, .credential = true}, SEV_MEDIUM},
	{"the floor lifts nothing", {.base = SEV_LOW, .local = true, .credential = true}, SEV_LOW},
	{"rejected", {.base = SEV_MEDIUM, .rejected = true}, SEV_LOW},
	{"rejected, named", {.base = SEV_HIGH, .rejected = true, .named = true}, SEV_HIGH},
	{"possible", {.base = SEV_MEDIUM, .possible = true}, SEV_LOW},
	{"possible, named", {.base = SEV_LOW, .possible = true, .named = true}, SEV_LOW},
	{"sensitive", {.base = SEV_HIGH, .sensitive = true}, SEV_CRITICAL},
	{"sensitive at the top", {.base = SEV_CRITICAL, .sensitive = true}, SEV_CRITICAL},
	{"repeat low", {.base = SEV_LOW, .repeat = true}, SEV_MEDIUM},
	{"repeat medium", {.base = SEV_MEDIUM, .repeat = true}, SEV_HIGH},
	{"repeat high stays", {.base = SEV_HIGH, .repeat = true}, SEV_HIGH},
	{"repeat info stays", {.base = SEV_INFO, .repeat = true}, SEV_INFO},
	{"all of them", {.base = SEV_CRITICAL, .local = true, .rejected = true, .possible = true, .sensitive = true, .repeat = true}, SEV_HIGH},
};
/* clang-format on */

static void
test_modifiers(void **state)
{
	for (size_t i = 0; i < N(rated); i++)
		if (record_severity(&rated[i].in) != rated[i].want)
			fail_msg("%s: %s", rated[i].name,
				severity_name(record_severity(&rated[i].in)));
}

struct where {
	const char *client, *server, *user;
	enum severity want;
};

/* auth.cleartext, accepted: critical before the modifiers. */
static const struct where wheres[] = {
	{CLIENT, SERVER, "alice", SEV_CRITICAL},
	{"10.0.0.1", "10.0.0.2", "alice", SEV_HIGH},
	{"10.0.0.1", "10.0.0.2", "root", SEV_CRITICAL},
	{"10.0.0.1", "192.168.0.2", "alice", SEV_CRITICAL},
	{"127.0.0.1", "127.0.0.1", "alice", SEV_INFO},
	{"::1", "::1", "alice", SEV_INFO},
	{"10.0.0.1", "10.0.0.1", "alice", SEV_INFO},
	{"127.0.0.1", "127.0.0.1", "EXAMPLE\\Administrator", SEV_LOW},
	{"127.0.0.1", "127.0.0.1", "postmaster@example.org", SEV_LOW},
};

static void
test_modifiers_on_the_wire(void **state)
{
	for (size_t i = 0; i < N(wheres); i++) {
		struct lab *lab = lab_new(NULL);
		struct conn c;

		conn_from(lab, &c, PROTO_SMTP, wheres[i].client, wheres[i].server, 587);
		greet(&c);
		caps(&c, "AUTH PLAIN LOGIN");
		password(&c, wheres[i].user, "correct horse battery", AUTH_ACCEPTED);
		WANT(lab, "auth.cleartext", "plain_accepted", wheres[i].want);
		conn_close(&c, FLOW_FIN);
		lab_free(lab);
	}
}

static void
test_trusted_nets_of_the_user(void **state)
{
	static const char *const nets[] = {"nonsense", "192.0.2.0/24", NULL};
	struct findings_settings set = findings_defaults;
	struct lab *lab;
	struct conn c;

	set.trusted_nets = nets;
	lab = lab_new(&set);
	conn_from(lab, &c, PROTO_SMTP, "192.0.2.9", SERVER, 587);
	greet(&c);
	password(&c, "alice", "correct horse battery", AUTH_ACCEPTED);
	WANT(lab, "auth.cleartext", "plain_accepted", SEV_HIGH);
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
}

static void
log_in(struct lab *lab, const char *client, const char *user, const char *secret,
	enum auth_result result)
{
	struct conn c;

	conn_from(lab, &c, PROTO_SMTP, client, SERVER, 587);
	greet(&c);
	caps(&c, "STARTTLS|AUTH PLAIN LOGIN");
	password(&c, user, secret, result);
	conn_close(&c, FLOW_FIN);
}

static void
test_dedup(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	size_t n = 0;

	for (int i = 0; i < 6; i++)
		log_in(lab, CLIENT, "alice", "correct horse battery", AUTH_ACCEPTED);
	log_in(lab, CLIENT, "bob", "correct horse battery", AUTH_ACCEPTED);
	log_in(lab, "198.51.100.8", "alice", "correct horse battery", AUTH_ACCEPTED);
	for (size_t i = 0; i < lab->n; i++)
		n += strcmp(lab->told[i].row->id, "auth.cleartext") == 0;
	assert_int_equal(n, 3); /* one per pair and account, told at once */
	lab_finish(lab);
	t = lab_told(lab, "auth.cleartext", NULL);
	assert_true(t->repeat); /* and again with its count */
	assert_int_equal(t->count, 6);
	assert_string_equal(t->account, "alice");
	lab_free(lab);
}

static void
test_evidence_first_three_and_last(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	uint64_t last;

	for (int i = 0; i < 50; i++)
		log_in(lab, CLIENT, "alice", "correct horse battery", AUTH_ACCEPTED);
	last = lab->packet;
	lab_finish(lab);
	t = lab_told(lab, "auth.cleartext", "plain_accepted");
	assert_int_equal(t->count, 50);
	assert_int_equal(t->n_evidence, 6); /* list, login, verdict; login; login; last login */
	assert_string_equal(t->text[1], "AUTH PLAIN <secret#1>");
	assert_string_equal(t->text[5], "AUTH PLAIN <secret#1>");
	assert_true(t->at[5].packet > last - 10);
	for (size_t i = 1; i < t->n_evidence; i++)
		assert_true(t->at[i].packet > t->at[i - 1].packet);
	lab_free(lab);
}

static void
test_secret_is_nowhere(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_IMAP, 143);
	greet(&c);
	caps(&c, "IMAP4rev1|AUTH=PLAIN");
	password(&c, "alice", "hunter22", AUTH_REFUSED);
	answer(&c, command(&c, NULL, "hunter22"), NULL, REPLY_BAD, 0, "BAD", NULL,
		"BAD no hunter22 here, nor aHVudGVyMjI=");
	starttls_say(&c, STLS_REFUSED, DIR_S2C, 0, "a2 NO hunter22", false);
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	assert_true(lab->n > 3);
	for (size_t i = 0; i < lab->n; i++) {
		assert_null(strstr(lab->told[i].note, "hunter22"));
		for (size_t k = 0; k < lab->told[i].n_evidence; k++) {
			assert_null(strstr(lab->told[i].text[k], "hunter22"));
			assert_null(strstr(lab->told[i].text[k], "aHVudGVyMjI"));
		}
	}
	lab_free(lab);
}

static void
test_repeat_by_five_clients(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	char client[32];
	struct conn c;

	for (int i = 1; i <= 5; i++) {
		snprintf(client, sizeof(client), "198.51.100.%d", i);
		conn_from(lab, &c, PROTO_SMTP, client, SERVER, 25);
		greet(&c);
		caps(&c, "STARTTLS|AUTH PLAIN");
		conn_close(&c, FLOW_FIN);
		WANT(lab, "auth.offered_before_tls", "with_starttls",
			i < 5 ? SEV_MEDIUM : SEV_HIGH);
	}
	t = lab_told(lab, "auth.offered_before_tls", NULL);
	assert_true(t->repeat); /* told at once, because it got worse */
	lab_free(lab);
}

static void
test_limit_of_records(void **state)
{
	struct findings_settings set = findings_defaults;
	struct lab *lab;
	size_t n;

	set.records = 3;
	set.tracked = 2;
	lab = lab_new(&set);
	for (int i = 0; i < 100; i++) {
		char user[16];

		snprintf(user, sizeof(user), "user%d", i);
		log_in(lab, CLIENT, user, "correct horse battery", AUTH_REFUSED);
	}
	n = lab->n;
	assert_true(n > 100); /* each is told; only what may be merged into is bounded */
	lab_finish(lab);
	assert_int_equal(lab->findings->records.n, 3);
	assert_true(lab->findings->records.forgotten > 100);
	assert_true(lab->findings->pairs.ages.n <= 2);
	lab_free(lab);
}

static void
test_worst_and_session_counters(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	assert_int_equal(findings_worst(lab->findings), SEV_NONE);
	conn_open(lab, &c, PROTO_POP3, 110);
	greet(&c);
	login(&c, &(struct try){"USER/PASS", "alice", "x", EXPOSURE_PASSWORD, AUTH_REFUSED,
			  "temporary", true});
	/* An observation is not among them. */
	assert_int_equal(c.s->worst, SEV_HIGH);
	assert_int_equal(findings_worst(lab->findings), SEV_HIGH);
	assert_int_equal(c.s->findings, 1);
	password(&c, "alice", "correct horse battery", AUTH_ACCEPTED);
	assert_int_equal(c.s->worst, SEV_CRITICAL);
	assert_int_equal(findings_worst(lab->findings), SEV_CRITICAL);
	assert_true(findings_memory(lab->findings) > 1000);
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
}

/* A session that is never ended leaves nothing behind, in either order of freeing. */
static void
test_open_session_at_the_end(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	lab_finish(lab);
	model_end(lab->model, &c.seat);
	lab_free(lab);
}

static void
test_words(void **state)
{
	struct lab *lab = lab_new(NULL);
	const char *a = findings_word(lab->findings, "CRAM-MD5", "Accepted");

	assert_string_equal(a, "cram_md5_accepted");
	assert_ptr_equal(a, findings_word(lab->findings, "cram-md5", "accepted"));
	for (int i = 0; i < 5000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "w%d", i);
		a = findings_word(lab->findings, text, NULL);
	}
	assert_string_equal(a, "other");
	lab_free(lab);
}

static void
test_long_evidence_says_that_it_is_cut(void **state)
{
	struct lab *lab = lab_new(NULL);
	char list[1200];
	const struct told *t;
	struct conn c;

	memset(list, 'A', sizeof(list) - 1);
	list[sizeof(list) - 1] = '\0';
	memcpy(list, "AUTH PLAIN|", 11);
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	caps(&c, list);
	t = WANT(lab, "auth.offered_before_tls", "without_starttls", SEV_HIGH);
	assert_true(strlen(t->text[0]) < EVIDENCE_TEXT);
	assert_string_equal(t->text[0] + strlen(t->text[0]) - 4, "A…");
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
}

static bool
has_rule(const struct findings *f, const struct finding_row *row)
{
	for (size_t bit = 0; bit < 32; bit++)
		for (const struct rule **r = f->by_wake[bit]; r && *r; r++)
			if ((*r)->row == row)
				return true;
	return false;
}

static void
test_every_row_has_a_rule(void **state)
{
	struct lab *lab = lab_new(NULL);

	for (size_t i = 0; findings_catalogue()[i]; i++)
		if (!has_rule(lab->findings, findings_catalogue()[i]))
			fail_msg("%s", findings_catalogue()[i]->id);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modifiers),
		cmocka_unit_test(test_modifiers_on_the_wire),
		cmocka_unit_test(test_trusted_nets_of_the_user),
		cmocka_unit_test(test_dedup),
		cmocka_unit_test(test_evidence_first_three_and_last),
		cmocka_unit_test(test_secret_is_nowhere),
		cmocka_unit_test(test_repeat_by_five_clients),
		cmocka_unit_test(test_limit_of_records),
		cmocka_unit_test(test_worst_and_session_counters),
		cmocka_unit_test(test_open_session_at_the_end),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_every_row_has_a_rule),
		cmocka_unit_test(test_long_evidence_says_that_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
