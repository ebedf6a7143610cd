/* What is remembered of a session comes back as it was put in; equal things are kept once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "model/caps.h"
#include "model/facts.h"

static const struct place places[] = {
	{.ts_ns = INT64_C(1760000000123456789), .packet = 1, .acked = PLACE_NO_ACK, .len = 1},
	{.ts_ns = INT64_C(1760000000123456788), /* before the first */
		.packet = UINT64_C(1) << 40,
		.offset = UINT64_C(1) << 50,
		.acked = 77,
		.len = UINT32_MAX,
		.input = UINT16_MAX,
		.dir = DIR_S2C,
		.cover = COVER_TLS_DECRYPTED},
	{.ts_ns = INT64_MIN, .packet = UINT64_MAX, .offset = UINT64_MAX, .input = 3},
	{.ts_ns = INT64_MAX, .packet = 5, .acked = UINT64_MAX - 1, .dir = DIR_S2C},
};

static void
assert_place(const struct place *a, const struct place *b)
{
	assert_int_equal(a->ts_ns, b->ts_ns);
	assert_int_equal(a->packet, b->packet);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->acked, b->acked);
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->input, b->input);
	assert_int_equal(a->dir, b->dir);
	assert_int_equal(a->cover, b->cover);
}

static void
test_places(void **state)
{
	struct place none = {0}, at;
	struct facts f = {0};

	for (size_t i = 0; i < 4; i++) {
		facts_first(&f, (enum fact)i, &places[i]);
		facts_first(&f, (enum fact)i, &places[0]); /* stays as it is */
		facts_first(&f, (enum fact)(i + 4), &places[i]);
	}
	facts_first(&f, AT_GAP, &none);
	assert_false(facts_has(&f, AT_GAP));
	for (size_t i = 0; i < 8; i++) {
		at = facts_at(&f, (enum fact)i);
		assert_place(&at, &places[i % 4]);
	}
	at = facts_at(&f, AT_GAP);
	assert_int_equal(at.packet, 0);
	facts_done(&f);
}

/* What shares its place with one that is replaced keeps its own. */
static void
test_replaced(void **state)
{
	struct facts f = {0};
	struct place at;

	facts_last(&f, AT_CAPS_CLEAR, &places[0]);
	facts_first(&f, AT_HELLO_REPLY, &places[0]);
	facts_last(&f, AT_CAPS_TLS, &places[0]);
	facts_last(&f, AT_CAPS_CLEAR, &places[1]);
	at = facts_at(&f, AT_HELLO_REPLY);
	assert_place(&at, &places[0]);
	at = facts_at(&f, AT_CAPS_TLS);
	assert_place(&at, &places[0]);
	at = facts_at(&f, AT_CAPS_CLEAR);
	assert_place(&at, &places[1]);
	facts_done(&f);
}

static void
test_texts(void **state)
{
	uint8_t big[1000];
	struct bytes long_name = {big, sizeof(big)};
	struct facts f = {0};

	memset(big, 0xff, sizeof(big));
	facts_put(&f, TEXT_CLIENT_NAME, BYTES("a.example"));
	facts_put(&f, TEXT_USER, BYTES("alice"));
	facts_name(&f, WORD_GUESS, "ssh");
	facts_put(&f, TEXT_CLIENT_NAME, long_name);
	facts_first(&f, AT_FIRST, &places[3]); /* the base comes behind texts */
	assert_true(bytes_eq(facts_text(&f, TEXT_CLIENT_NAME), long_name));
	assert_true(bytes_is(facts_text(&f, TEXT_USER), "alice"));
	assert_string_equal(facts_word(&f, WORD_GUESS), "ssh");
	assert_int_equal(facts_at(&f, AT_FIRST).ts_ns, places[3].ts_ns);
	facts_put(&f, TEXT_CLIENT_NAME, BYTES_NONE);
	assert_false(facts_has(&f, TEXT_CLIENT_NAME));
	assert_int_equal(facts_text(&f, TEXT_CLIENT_NAME).n, 0);
	assert_null(facts_word(&f, WORD_GIVEN_UP));
	facts_done(&f);
}

static const struct caps *
get(struct shared *t, struct buf *key, enum proto p, const char *a, const char *b)
{
	const struct bytes items[] = {bytes_str(a), bytes_str(b)};
	const struct ev_caps e = {.items = items, .n = b ? 2 : 1, .known = true};

	return caps_get(t, key, &e, 10, p, COVER_CLEAR, true);
}

static void
test_lists_shared(void **state)
{
	struct shared *t = caps_table(0);
	const struct caps *a, *b, *c;
	struct buf key;
	size_t empty = shared_memory(t);

	buf_init(&key, 1000);
	a = get(t, &key, PROTO_SMTP, "SIZE", "STARTTLS");
	b = get(t, &key, PROTO_SMTP, "SIZE", "STARTTLS");
	c = get(t, &key, PROTO_SMTP, "STARTTLS", "SIZE");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_true(a->rest == c->rest && bytes_is(c->text, "STARTTLS, SIZE"));
	shared_drop(t, a);
	assert_int_equal(b->n, 2);
	shared_drop(t, b);
	shared_drop(t, c);
	assert_int_equal(shared_memory(t), empty);
	for (int i = 0; i < 1000; i++) { /* more than the buckets at birth */
		char text[20];

		snprintf(text, sizeof(text), "X%d", i);
		assert_int_equal(get(t, &key, PROTO_SMTP, text, NULL)->n, 1);
	}
	a = get(t, &key, PROTO_SMTP, "X7", NULL);
	assert_true(bytes_is(a->items[0], "X7"));
	buf_done(&key);
	shared_free(&t);
}

static void
test_list_bits(void **state)
{
	static const struct {
		enum proto proto;
		const char *a, *b;
		uint32_t want;
	} rows[] = {
		{PROTO_SMTP, "starttls", "AUTH plain XOAUTH2",
			CAPS_STARTTLS | CAPS_AUTH | CAPS_MECH | CAPS_PLAIN | CAPS_XOAUTH2},
		{PROTO_SMTP, "AUTH=LOGIN", "XXXXXXXA",
			CAPS_AUTH | CAPS_MECH | CAPS_LOGIN | CAPS_MANGLED},
		{PROTO_SMTP, "STLS", "STARTTLSX", 0},
		{PROTO_POP3, "STLS", "SASL SCRAM-SHA-1-PLUS",
			CAPS_STARTTLS | CAPS_MECH | CAPS_SCRAM | CAPS_SCRAM_PLUS},
		{PROTO_POP3, "USER", "SASL", CAPS_USER},
		{PROTO_IMAP, "LOGINDISABLED", "AUTH=SCRAM-SHA-256",
			CAPS_LOGINDISABLED | CAPS_AUTH | CAPS_MECH | CAPS_SCRAM},
		{PROTO_IMAP, "AUTH=NEW", "XXXXXXXX", CAPS_AUTH | CAPS_MECH},
	};
	struct shared *t = caps_table(0);
	struct buf key;

	buf_init(&key, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			get(t, &key, rows[i].proto, rows[i].a, rows[i].b)->bits, rows[i].want);
	buf_done(&key);
	shared_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lists_shared),
		cmocka_unit_test(test_list_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
