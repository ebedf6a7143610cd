/* The JSON writer, the Community ID, columns and the spool. */
#include "output/community.h"
#include "output/json.h"
#include "output/nearest.h"
#include "output/spool.h"
#include "output/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
test_json(void **state)
{
	struct buf b;
	struct json j;

	buf_init(&b, SIZE_MAX);
	json_init(&j, &b);
	json_object(&j, NULL);
	json_text(&j, "a", "x\"y");
	json_text(&j, "absent", NULL);
	json_word(&j, "absent", NULL);
	json_word(&j, "w", "to_server");
	json_str_opt(&j, "empty", BYTES_NONE);
	json_u64(&j, "n", UINT64_MAX);
	json_u64_opt(&j, "zero", 0);
	json_array(&j, "list");
	json_str(&j, NULL, BYTES("\x1b\xff"));
	json_object(&j, NULL);
	json_close(&j);
	json_close(&j);
	json_bool(&j, "yes", true);
	json_time(&j, "t", 1);
	json_seconds(&j, "s", 1234567890);
	json_close(&j);
	assert_string_equal(buf_text(&b),
		"{\"a\":\"x\\\"y\",\"w\":\"to_server\",\"n\":18446744073709551615,\"list\":["
		"\"\\u001b\xef\xbf\xbd\",{}],"
		"\"yes\":true,\"t\":\"1970-01-01T00:00:00.000000Z\",\"s\":1.234}");
	buf_done(&b);
}

/* What is written once and put into several objects. */
static void
test_json_members(void **state)
{
	struct buf b, kept, list;
	struct json j;

	buf_init(&b, SIZE_MAX);
	buf_init(&kept, SIZE_MAX);
	buf_init(&list, SIZE_MAX);
	json_members_of(&j, &kept);
	json_array(&j, "vlan");
	json_u64(&j, NULL, 7);
	json_close(&j);
	json_text(&j, "ip", "::1");
	json_values_of(&j, &list);
	json_object(&j, NULL);
	json_close(&j);
	json_u64(&j, NULL, 10);
	json_init(&j, &b);
	json_object(&j, NULL);
	json_members(&j, buf_bytes(&kept));
	json_array(&j, "l");
	json_members(&j, buf_bytes(&list));
	json_close(&j);
	json_members(&j, BYTES_NONE);
	json_members(&j, buf_bytes(&kept));
	json_close(&j);
	assert_string_equal(buf_text(&b), "{\"vlan\":[7],\"ip\":\"::1\",\"l\":[{},10],"
					  "\"vlan\":[7],\"ip\":\"::1\"}");
	buf_done(&b);
	buf_done(&kept);
	buf_done(&list);
}

/* The mark stands in the object, once, whatever array the cut text was in; and a character is
 * never halved. */
static void
test_json_truncated(void **state)
{
	struct buf b;
	struct json j;

	buf_init(&b, SIZE_MAX);
	json_init(&j, &b);
	j.text_bytes = 4;
	json_object(&j, NULL);
	json_object(&j, "o");
	json_array(&j, "l");
	json_str(&j, NULL, BYTES("abc\xe2\x82\xac"));
	json_str(&j, NULL, BYTES("abcde"));
	json_close(&j);
	json_close(&j);
	json_str(&j, "k", BYTES("abcd"));
	json_close(&j);
	assert_string_equal(buf_text(&b),
		"{\"o\":{\"l\":[\"abc\",\"abcd\"],\"truncated\":true},\"k\":\"abcd\"}");
	buf_done(&b);
}

static struct endpoint
endpoint(const char *addr, uint16_t port)
{
	struct endpoint e = {.port = port, .family = strchr(addr, ':') ? 6 : 4};

	assert_int_equal(inet_pton(e.family == 6 ? AF_INET6 : AF_INET, addr, e.addr), 1);
	return e;
}

/* Values from the baseline of github.com/corelight/community-id-spec. */
static void
test_community(void **state)
{
	static const struct {
		const char *a, *b;
		uint16_t ap, bp;
		const char *want;
	} rows[] = {
		{"128.232.110.120", "66.35.250.204", 34855, 80,
			"1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
			"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	};
	struct sha1 *sha1 = sha1_new();

	for (size_t i = 0; i < N(rows); i++) {
		struct endpoint a = endpoint(rows[i].a, rows[i].ap),
				b = endpoint(rows[i].b, rows[i].bp);
		char one[COMMUNITY_TEXT], other[COMMUNITY_TEXT];

		community_id(sha1, COMMUNITY_TCP, &a, &b, one);
		community_id(sha1, COMMUNITY_TCP, &b, &a, other);
		assert_string_equal(one, other);
		assert_string_equal(one, rows[i].want);
	}
	sha1_free(&sha1);
}

static void
test_columns(void **state)
{
	static const struct {
		const char *in;
		size_t width;
		const char *want;
	} rows[] = {
		{"abc", 5, "abc  |"},
		{"abcdef", 4, "abc…|"},
		{"", 2, "  |"},
		{"日本語", 5, "日本…|"},
		{"日本語", 4, "日… |"},
		{"e\xcc\x81"
		 "a",
			3,
			"e\xcc\x81"
			"a |"},
		{"abc", 3, "abc|"},
		{"abc", 0, "|"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct buf b;

		buf_init(&b, SIZE_MAX);
		text_cell(&b, bytes_str(rows[i].in), rows[i].width, false);
		buf_byte(&b, '|');
		assert_string_equal(buf_text(&b), rows[i].want);
		buf_done(&b);
	}
}

static void
test_wrap(void **state)
{
	static const struct {
		const char *in;
		size_t at, indent, width;
		const char *want;
	} rows[] = {
		{"one two three", 0, 0, 40, "one two three\n"},
		{"one two three four five six", 0, 2, 22, "one two three four\n  five six\n"},
		{"", 0, 0, 40, "\n"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0, 22,
			"aaaaaaaaaaaaaaaaaaaaaa\naaaaaaaa\n"},
		{"bb aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 10, 0, 22,
			"bb\naaaaaaaaaaaaaaaaaaaaaa\naaaaaaaa\n"},
		{"a\nb", 0, 1, 40, "a\n b\n"},
		{"one two", 0, 0, 22, "one two\n"},
		{"aaaaaaaaaaaaaaaaaaaaaa b", 0, 0, 22, "aaaaaaaaaaaaaaaaaaaaaa\nb\n"},
		{"日本語日本語日本語日本語", 0, 0, 21, "日本語日本語日本語日\n本語\n"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct buf b;

		buf_init(&b, SIZE_MAX);
		text_wrap(&b, bytes_str(rows[i].in), rows[i].at, rows[i].indent, rows[i].width);
		if (strcmp(buf_text(&b), rows[i].want) != 0)
			fail_msg("row %zu: <%s>, want <%s>", i, buf_text(&b), rows[i].want);
		buf_done(&b);
	}
}

static void
test_tokens(void **state)
{
	static const struct {
		const char *token, *want;
	} rows[] = {
		{"plain_accepted", "plain accepted"},
		{"max_tls_1_0", "max TLS 1.0"},
		{"tls1_1", "TLS 1.1"},
		{"max_ssl_3_0", "max SSL 3.0"},
		{"ssl3", "SSL 3"},
		{"no_tls13", "no TLS 1.3"},
		{"handshake_sha1", "handshake sha1"},
		{"not_tls", "not tls"},
		{"sslv2_hello", "sslv2 hello"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 256);
		text_token(&b, rows[i].token);
		if (!bytes_is(buf_bytes(&b), rows[i].want))
			fail_msg("%s: %.*s", rows[i].token, BYTES_FMT(buf_bytes(&b)));
		buf_done(&b);
	}
}

static void
test_number(void **state)
{
	char text[TEXT_NUMBER];

	assert_string_equal(text_number(0, text), "0");
	assert_string_equal(text_number(999, text), "999");
	assert_string_equal(text_number(1000, text), "1,000");
	assert_string_equal(text_number(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

/* Two owners take turns; more than the part that stays in memory, and than the cache. */
static void
test_spool(void **state)
{
	enum {
		RECORDS = 3000,
		BYTES_EACH = 1500
	};
	struct spool *s = spool_new(UINT64_MAX);
	uint64_t chain[2] = {0}, *list;
	uint8_t data[BYTES_EACH];
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (unsigned i = 0; i < RECORDS; i++) {
		memset(data, (int)(i % 251), sizeof(data));
		assert_true(spool_put(s, &chain[i % 2], (struct bytes){data, i % BYTES_EACH}));
		if (i == RECORDS / 2) { /* reading in between does no harm */
			spool_get(s, chain[0], &b);
			assert_int_equal(b.n, i % BYTES_EACH);
		}
	}
	for (unsigned owner = 0; owner < 2; owner++) {
		assert_int_equal(spool_list(s, chain[owner], &list), RECORDS / 2);
		for (unsigned i = 0; i < RECORDS / 2; i++) {
			unsigned r = 2 * i + owner;

			spool_get(s, list[i], &b);
			assert_int_equal(b.n, r % BYTES_EACH);
			for (size_t k = 0; k < b.n; k++)
				assert_int_equal(b.p[k], r % 251);
		}
		free(list);
	}
	assert_int_equal(spool_err(s, NULL), 0);
	buf_done(&b);
	spool_free(&s);
}

static void
test_spool_limit(void **state)
{
	struct spool *s = spool_new(100);
	uint64_t chain = 0, *list;
	struct err e;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	assert_true(spool_put(s, &chain, BYTES("first")));
	while (spool_put(s, &chain, BYTES("more")))
		;
	assert_false(spool_put(s, &chain, BYTES("")));
	assert_int_equal(spool_lost(s), 2);
	assert_int_equal(spool_err(s, &e), -EFBIG);
	assert_true(spool_list(s, chain, &list) > 1);
	spool_get(s, list[0], &b);
	assert_true(bytes_is(buf_bytes(&b), "first"));
	free(list);
	buf_done(&b);
	spool_free(&s);
}

static void
test_nearest(void **state)
{
	static const struct {
		const char *word, *want;
	} rows[] = {{"usr", "; did you mean user?"}, {"severty", "; did you mean severity?"},
		{"xxxxxxx", ""}, {"name", "; did you mean server_name?"}};

	for (size_t i = 0; i < N(rows); i++) {
		struct nearest n;
		struct buf b;

		buf_init(&b, 256);
		nearest_init(&n, bytes_str(rows[i].word));
		nearest_offer(&n, "user");
		nearest_offer(&n, "severity");
		nearest_offer(&n, "server_name");
		nearest_put(&n, &b);
		assert_string_equal(buf_text(&b), rows[i].want);
		buf_done(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_members),
		cmocka_unit_test(test_json_truncated),
		cmocka_unit_test(test_community),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_spool),
		cmocka_unit_test(test_spool_limit),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
