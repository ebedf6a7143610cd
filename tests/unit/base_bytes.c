/* Bytes, buffers, arenas, cursor, base64, clock, digests, maps: tables. */
#include "base/arena.h"
#include "base/b64.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fmt.h"
#include "base/num.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
check_is(const char *name, struct bytes got, const char *want)
{
	if (!bytes_is(got, want))
		fail_msg("%s: got <%.*s>, want <%s>", name, BYTES_FMT(got), want);
}

static void
test_compare(void **state)
{
	static const struct {
		const char *a, *b;
		bool eq, ieq, starts, istarts; /* a starts with b */
		int cmp;
	} rows[] = {
		{"", "", true, true, true, true, 0}, {"a", "", false, false, true, true, 1},
		{"", "a", false, false, false, false, -1},
		{"EHLO x", "ehlo", false, false, false, true, -1},
		{"ehlo", "EHLO", false, true, false, true, 1},
		{"ab", "abc", false, false, false, false, -1},
		{"[", "{", false, false, false, false, -1}, /* 0x5b and 0x7b are no letters */
		{"@", "`", false, false, false, false, -1},
		{"\xc4", "\xe4", false, false, false, false, -1}, /* Latin-1 is not folded */
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct bytes a = bytes_str(rows[i].a), b = bytes_str(rows[i].b);
		int c = bytes_cmp(a, b);

		assert_int_equal(bytes_eq(a, b), rows[i].eq);
		assert_int_equal(bytes_ieq(a, b), rows[i].ieq);
		assert_int_equal(bytes_is(a, rows[i].b), rows[i].eq);
		assert_int_equal(bytes_iis(a, rows[i].b), rows[i].ieq);
		assert_int_equal(bytes_starts(a, rows[i].b), rows[i].starts);
		assert_int_equal(bytes_istarts(a, rows[i].b), rows[i].istarts);
		assert_int_equal((c > 0) - (c < 0), rows[i].cmp);
	}
	assert_true(bytes_eq(BYTES_NONE, BYTES("")));
	assert_true(bytes_is(BYTES_NONE, ""));
	assert_true(bytes_is(BYTES(""), NULL));
}

static void
test_cut(void **state)
{
	struct bytes in = BYTES("abcdef");

	check_is("sub", bytes_sub(in, 2, 3), "cde");
	check_is("sub over", bytes_sub(in, 4, 100), "ef");
	check_is("sub behind", bytes_sub(in, 7, 1), "");
	check_is("sub huge", bytes_sub(in, 1, SIZE_MAX), "bcdef");
	check_is("from", bytes_from(in, 5), "f");
	check_is("from end", bytes_from(in, 6), "");
	check_is("from none", bytes_from(BYTES_NONE, 3), "");
	check_is("trim", bytes_trim(BYTES(" \t a b\t ")), "a b");
	check_is("trim all", bytes_trim(BYTES(" \t")), "");
	check_is("trim crlf", bytes_trim(BYTES(" a\r\n")), "a\r\n");
	check_is("chomp crlf", bytes_chomp(BYTES("a\r\n")), "a");
	check_is("chomp lf", bytes_chomp(BYTES("a\n")), "a");
	check_is("chomp cr", bytes_chomp(BYTES("a\r")), "a");
	check_is("chomp once", bytes_chomp(BYTES("a\r\n\r\n")), "a\r\n");
	check_is("chomp lfcr", bytes_chomp(BYTES("a\n\r")), "a\n");
	check_is("chomp none", bytes_chomp(BYTES_NONE), "");
}

static void
test_words(void **state)
{
	struct bytes rest = BYTES("  AUTH\tPLAIN  x ");

	check_is("1", bytes_word(&rest), "AUTH");
	check_is("2", bytes_word(&rest), "PLAIN");
	check_is("3", bytes_word(&rest), "x");
	check_is("4", bytes_word(&rest), "");
	check_is("5", bytes_word(&rest), "");
	assert_int_equal(rest.n, 0);
}

static void
test_lines(void **state)
{
	struct bytes rest = BYTES("one\r\ntwo\n\r\n\nlast");

	check_is("1", bytes_line(&rest), "one");
	check_is("2", bytes_line(&rest), "two");
	check_is("3", bytes_line(&rest), "");
	check_is("4", bytes_line(&rest), "");
	check_is("5", bytes_line(&rest), "last");
	assert_int_equal(rest.n, 0);
	check_is("6", bytes_line(&rest), "");
}

/* Every number of digits, at both of its ends. */
static void
test_decimal(void **state)
{
	uint64_t n = 1;

	for (size_t width = 1; width <= NUM_TEXT; width++, n *= 10) {
		const uint64_t ends[] = {n - (width > 1), n, n + 1, n * 9};

		for (size_t i = 0; i < N(ends); i++) {
			char got[NUM_TEXT + 1] = "", want[NUM_TEXT + 1];

			snprintf(want, sizeof(want), "%llu", (unsigned long long)ends[i]);
			assert_int_equal(num_dec(got, ends[i]), strlen(want));
			assert_string_equal(got, want);
		}
	}
}

static int
formatted(int (*fn)(char *out, size_t max, const char *fmt, va_list ap), char *out, size_t max,
	const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fn(out, max, fmt, ap);
	va_end(ap);
	return n;
}

/* As vsnprintf(), wherever the end of the room falls. */
static void
test_fmt(void **state)
{
#define FORMAT(fn, out)                                                                        \
	{                                                                                      \
		formatted(fn, out[0], max, "plain"),                                           \
			formatted(fn, out[1], max, "%s: %.*s%c", "EHLO", 3, "abcdef", '!'),    \
			formatted(                                                             \
				fn, out[2], max, "%u%% of %llu", 0u, 18446744073709551615ull), \
			formatted(fn, out[3], max, "%.*s|%s|", 9, "ab", ""),                   \
			formatted(fn, out[4], max, "%s 0x%08x %-5d|", "flags", 0xabcu, -3),    \
			formatted(fn, out[5], max, "%d and %s", 7, "others"),                  \
			formatted(fn, out[6], max, "%.3s of %s", "abcdef", "it"),              \
	}
	for (size_t max = 0; max < 32; max++) {
		char got[7][32] = {""}, want[7][32] = {""};
		int got_n[] = FORMAT(fmt_text, got), want_n[] = FORMAT(vsnprintf, want);

		for (size_t i = 0; i < N(got); i++) {
			assert_int_equal(got_n[i], want_n[i]);
			assert_string_equal(got[i], want[i]);
		}
	}
#undef FORMAT
}

static void
test_search(void **state)
{
	static const struct {
		const char *in, *needle;
		size_t at, iat;
	} rows[] = {
		{"", "", 0, 0}, {"abc", "", 0, 0}, {"", "a", SIZE_MAX, SIZE_MAX},
		{"abc", "abcd", SIZE_MAX, SIZE_MAX}, {"abcabd", "abd", 3, 3},
		{"xStartTLS", "STARTTLS", SIZE_MAX, 1}, {"aab", "AB", SIZE_MAX, 1},
		{"aaab", "ab", 2, 2}, {"abababac", "abac", 4, 4}, {"xyz", "z", 2, 2},
		{"xya", "ab", SIZE_MAX, SIZE_MAX}, {"SSSsSsT", "sst", SIZE_MAX, 4},
		{"[a[ALERT]", "[alert]", SIZE_MAX, 2},
		{"SsSmTp", "smtp", SIZE_MAX, 2}, /* both cases of the first letter before it */
		{"-sS_SSm", "smtp", SIZE_MAX, SIZE_MAX},
		{"a [1{", "{", 4, 4}, /* 0x5b is not the other case of 0x7b */
	};

	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(bytes_search(bytes_str(rows[i].in), bytes_str(rows[i].needle)),
			rows[i].at);
		assert_int_equal(
			bytes_isearch(bytes_str(rows[i].in), bytes_str(rows[i].needle)),
			rows[i].iat);
	}
	assert_int_equal(bytes_find(BYTES("abc"), 'c'), 2);
	assert_int_equal(bytes_find(BYTES("abc"), 'x'), 3);
	assert_int_equal(bytes_find(BYTES_NONE, 'x'), 0);
	assert_int_equal(bytes_search(BYTES_NONE, BYTES("x")), SIZE_MAX);
	assert_int_equal(bytes_isearch(BYTES_NONE, BYTES("x")), SIZE_MAX);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *in;
		uint64_t max;
		bool ok;
		uint64_t want;
	} rows[] = {
		{"0", 0, true, 0},
		{"1", 0, false, 0},
		{"", 9, false, 0},
		{"-1", 9, false, 0},
		{"+1", 9, false, 0},
		{" 1", 9, false, 0},
		{"12x", 99, false, 0},
		{"007", 9, true, 7},
		{"255", 255, true, 255},
		{"256", 255, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, false, 0},
		{"184467440737095516150", UINT64_MAX, false, 0},
		{"15555555557777777777", UINT64_MAX, true, UINT64_C(15555555557777777777)},
		{"7", 5, false, 0},
	};

	for (size_t i = 0; i < N(rows); i++) {
		uint64_t got = 0;

		if (bytes_u64(bytes_str(rows[i].in), rows[i].max, &got) != rows[i].ok)
			fail_msg("%s", rows[i].in);
		assert_int_equal(got, rows[i].want);
	}
}

static void
test_buf(void **state)
{
	struct buf b;

	buf_init(&b, 10);
	assert_string_equal(buf_text(&b), "");
	assert_true(buf_str(&b, "12345"));
	assert_true(buf_fmt(&b, "%d", 678));
	assert_false(b.cut);
	assert_false(buf_fmt(&b, "%s", "9abc"));
	assert_true(b.cut);
	assert_string_equal(buf_text(&b), "123456789a");
	assert_int_equal(b.n, 10);
	assert_false(buf_byte(&b, 'x'));
	assert_true(buf_add(&b, BYTES_NONE));
	buf_eat(&b, 8);
	assert_string_equal(buf_text(&b), "9a");
	buf_eat(&b, 2);
	assert_string_equal(buf_text(&b), "");
	buf_clear(&b);
	assert_false(b.cut);
	buf_wipe(&b);
	assert_int_equal(b.max, 10);
	assert_null(b.p);
	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 100000; i++)
		buf_byte(&b, (uint8_t)i);
	assert_int_equal(b.n, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], (uint8_t)i);
	buf_done(&b);
	buf_done(&b);
}

static void
test_arena(void **state)
{
	struct arena a;
	struct bytes got[1000];

	arena_init(&a, 0);
	assert_null(a.head);
	for (size_t i = 0; i < N(got); i++) {
		uint8_t data[300];

		memset(data, (int)i, sizeof(data));
		got[i] = arena_copy(&a, (struct bytes){data, i % 300});
		assert_int_equal((uintptr_t)arena_get(&a, 3) % _Alignof(max_align_t), 0);
	}
	for (size_t i = 0; i < N(got); i++)
		for (size_t k = 0; k < got[i].n; k++)
			assert_int_equal(got[i].p[k], (uint8_t)i);
	assert_string_equal(arena_text(&a, BYTES("text")), "text");
	assert_string_equal(arena_text(&a, BYTES_NONE), "");
	assert_non_null(arena_get(&a, 1000000));
	arena_wipe(&a);
	assert_int_equal(a.used, 0);
	assert_string_equal(arena_text(&a, BYTES("again")), "again");
	arena_done(&a);
	arena_done(&a);
}

static void
test_cursor(void **state)
{
	struct cursor c = cursor_of(BYTES("\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\10\11"));

	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_be16(&c), 0x0203);
	assert_int_equal(cursor_be24(&c), 0x040506);
	assert_int_equal(cursor_le16(&c), 0x0807);
	assert_int_equal(cursor_le64(&c), UINT64_C(0x0807060504030201));
	assert_int_equal(cursor_left(&c), 1);
	assert_int_equal(cursor_be16(&c), 0);
	assert_true(c.err);
	assert_int_equal(cursor_u8(&c), 0); /* sticky, though one byte is left */
	assert_int_equal(cursor_left(&c), 0);
	c = cursor_of(BYTES("\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\10"));
	assert_int_equal(cursor_be64(&c), UINT64_C(0x0102030405060708));
	assert_int_equal(cursor_be32(&c), 0x01020304);
	assert_int_equal(cursor_le32(&c), 0x08070605);
	assert_false(c.err);
	assert_int_equal(cursor_take(&c, 0).n, 0);
	assert_false(c.err);
	c = cursor_of(BYTES("abc"));
	cursor_skip(&c, SIZE_MAX);
	assert_true(c.err);
}

static void
test_b64(void **state)
{
	static const struct {
		const char *in;
		int code;
		const char *want;
	} rows[] = {
		{"", 0, ""},
		{"Zg==", 0, "f"},
		{"Zm8=", 0, "fo"},
		{"Zm9v", 0, "foo"},
		{"Zm9vYmFy", 0, "foobar"},
		{"Zg", 0, "f"},
		{"Zg=", 0, "f"},
		{"Zm8", 0, "fo"},
		{"Z", -EINVAL, ""},
		{"Zm9vZ", -EINVAL, "foo"},
		{"Zm9v=", -EINVAL, "foo"},
		{"Zm9v==", -EINVAL, "foo"},
		{"Zm8==", -EINVAL, "fo"},
		{"=", -EINVAL, ""},
		{"==", -EINVAL, ""},
		{"Zg===", -EINVAL, "f"},
		{"Zm9v Zm9v", -EINVAL, "foo"},
		{"Zm9v\r\n", -EINVAL, "foo"},
		{"Zm-_", -EINVAL, "f"},
		{"Zg==Zg==", -EINVAL, "f"},
		{"+/+/", 0, "\xfb\xff\xbf"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct buf out;

		buf_init(&out, SIZE_MAX);
		if (b64_decode(bytes_str(rows[i].in), &out) != rows[i].code)
			fail_msg("%s: wrong result", rows[i].in);
		check_is(rows[i].in, buf_bytes(&out), rows[i].want);
		buf_done(&out);
	}
}

static void
test_b64_both_ways(void **state)
{
	uint8_t in[300];
	struct buf text, out;

	buf_init(&text, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	for (size_t n = 0; n < sizeof(in); n++) {
		in[n] = (uint8_t)(n * 151);
		buf_clear(&text);
		buf_clear(&out);
		b64_encode((struct bytes){in, n}, &text);
		assert_int_equal(text.n, (n + 2) / 3 * 4);
		assert_int_equal(b64_decode(buf_bytes(&text), &out), 0);
		assert_true(bytes_eq(buf_bytes(&out), (struct bytes){in, n}));
	}
	buf_done(&text);
	buf_done(&out);
}

static void
test_clock(void **state)
{
	static const struct {
		int64_t ns;
		const char *date, *hms;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000000Z", "00:00:00.000000"},
		{1, "1970-01-01T00:00:00.000000Z", "00:00:00.000000"},
		{-1, "1969-12-31T23:59:59.999999Z", "23:59:59.999999"},
		{INT64_C(1795342272123456789), "2026-11-22T10:11:12.123456Z",
			"10:11:12.123456"},
		{INT64_C(951782400000000000), "2000-02-29T00:00:00.000000Z", "00:00:00.000000"},
		{INT64_C(951868799999999999), "2000-02-29T23:59:59.999999Z", "23:59:59.999999"},
		{INT64_C(951868800000000000), "2000-03-01T00:00:00.000000Z", "00:00:00.000000"},
		{INT64_C(4107542400000000000), "2100-03-01T00:00:00.000000Z",
			"00:00:00.000000"},
		{INT64_MAX, "2262-04-11T23:47:16.854775Z", "23:47:16.854775"},
		{INT64_MIN, "1677-09-21T00:12:43.145224Z", "00:12:43.145224"},
	};
	char out[CLOCK_TEXT];

	for (size_t i = 0; i < N(rows); i++) {
		assert_string_equal(clock_rfc3339(rows[i].ns, out), rows[i].date);
		assert_string_equal(clock_hms(rows[i].ns, out), rows[i].hms);
	}
	assert_true(clock_wall_ns() > INT64_C(1600000000) * NS_PER_S);
	assert_true(clock_mono_ns() <= clock_mono_ns());
}

static void
test_span(void **state)
{
	static const struct {
		int64_t ns;
		const char *want;
	} rows[] = {
		{0, "0.00s"},
		{120 * NS_PER_MS, "0.12s"},
		{-120 * NS_PER_MS, "-0.12s"},
		{59 * NS_PER_S + 999 * NS_PER_MS, "59.99s"},
		{60 * NS_PER_S, "1m00s"},
		{184 * NS_PER_S, "3m04s"},
		{3599 * NS_PER_S, "59m59s"},
		{7500 * NS_PER_S, "2h05m"},
		{86400 * NS_PER_S, "1d00h"},
		{(3 * 86400 + 4 * 3600) * NS_PER_S, "3d04h"},
		{INT64_MIN, "-106751d23h"},
	};
	char out[CLOCK_TEXT];

	for (size_t i = 0; i < N(rows); i++)
		assert_string_equal(clock_span(rows[i].ns, out), rows[i].want);
}

static void
hex_of(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02x", p[i]);
}

/* FIPS 180-4 examples; RFC 4231 sections 4.2 and 4.3. */
static void
test_digest(void **state)
{
	struct hmac *h;
	struct digest *d = digest_new();
	char hex[SHA256_HEX];
	uint8_t mac[SHA256_BYTES];

	digest_add(d, BYTES("a"));
	digest_add(d, BYTES_NONE);
	digest_add(d, BYTES("bc"));
	digest_hex(d, hex);
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_hex(d, hex); /* ready for the next, which is empty */
	assert_string_equal(
		hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_free(&d);
	digest_free(&d);
	h = hmac_new(BYTES("Jefe"));
	hmac_sha256(h, BYTES("another text first"), mac);
	hmac_sha256(h, BYTES("what do ya want for nothing?"), mac);
	hex_of(mac, sizeof(mac), hex);
	assert_string_equal(
		hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac_free(&h);
	h = hmac_new(BYTES_NONE);
	hmac_sha256(h, BYTES_NONE, mac);
	hex_of(mac, sizeof(mac), hex);
	assert_string_equal(
		hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	hmac_free(&h);
	hmac_free(&h);
}

static void
test_err(void **state)
{
	struct err e = {0};
	char longer[2000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(err_set(&e, -ENOENT, "%s: %d", "file", 7), -ENOENT);
	assert_int_equal(e.code, -ENOENT);
	assert_string_equal(e.text, "file: 7");
	err_set(&e, -EINVAL, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(err_set(NULL, -EIO, "nobody listens"), -EIO);
}

static void
test_sized(void **state)
{
	static const uint8_t lie[] = {0xff, 0xff, 0xff, 0xff, 'x'};
	struct bytes rest, got;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_sized(&b, BYTES("ab"));
	buf_sized(&b, BYTES_NONE);
	buf_sized(&b, BYTES("c"));
	rest = buf_bytes(&b);
	assert_true(bytes_is(bytes_sized(&rest), "ab"));
	assert_int_equal(bytes_sized(&rest).n, 0);
	assert_true(bytes_is(bytes_sized(&rest), "c"));
	assert_int_equal(rest.n, 0);
	got = bytes_sized(&rest);
	assert_int_equal(got.n, 0);
	rest = (struct bytes){lie, sizeof(lie)};
	got = bytes_sized(&rest); /* says more than there is */
	assert_int_equal(got.n, 0);
	assert_int_equal(rest.n, 0);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_fmt),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_b64),
		cmocka_unit_test(test_b64_both_ways),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_sized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
