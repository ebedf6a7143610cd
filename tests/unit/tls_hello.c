/* Hellos, what their numbers are called, and the fingerprints made of them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dissectors/tls/fingerprint.h"
#include "dissectors/tls/handshake.h"
#include "dissectors/tls/names.h"

#define U16(...) ((const uint16_t[]){__VA_ARGS__, 0xffff})

static void
put16(struct buf *out, unsigned v)
{
	buf_byte(out, (uint8_t)(v >> 8));
	buf_byte(out, (uint8_t)v);
}

static void
put_list(struct buf *out, const uint16_t *list)
{
	for (; list && *list != 0xffff; list++)
		put16(out, *list);
}

/* One hello to be put together. */
struct spec {
	const char *name, *ja3, *ja4;
	uint16_t legacy;
	const uint16_t *ciphers, *extensions, *groups, *sigalgs, *versions;
	const char *formats; /* octets, the first tells how many follow */
	struct bytes alpn;   /* the list */
};

/* The body of one extension, as far as fingerprints ask for it. */
static void
put_body(struct buf *out, const struct spec *s, uint16_t id)
{
	struct buf list;

	buf_init(&list, 4096);
	put_list(&list, id == 10   ? s->groups
			: id == 13 ? s->sigalgs
			: id == 43 ? s->versions
				   : NULL);
	if (id == 16)
		buf_add(&list, s->alpn);
	put16(out, id);
	if (id == 10 || id == 13 || id == 16) {
		put16(out, (unsigned)list.n + 2);
		put16(out, (unsigned)list.n);
	} else if (id == 43) {
		put16(out, (unsigned)list.n + 1);
		buf_byte(out, (uint8_t)list.n);
	} else if (id == 11) {
		put16(out, (unsigned)s->formats[0] + 1u);
		buf_add(out,
			(struct bytes){(const uint8_t *)s->formats, (size_t)s->formats[0] + 1});
	} else {
		put16(out, 0);
	}
	buf_add(out, buf_bytes(&list));
	buf_done(&list);
}

static void
build(struct buf *out, const struct spec *s)
{
	struct buf list;

	buf_init(&list, 4096);
	put16(out, s->legacy);
	for (int i = 0; i < 32; i++)
		buf_byte(out, (uint8_t)i);
	buf_byte(out, 0);
	put_list(&list, s->ciphers);
	put16(out, (unsigned)list.n);
	buf_add(out, buf_bytes(&list));
	buf_add(out, BYTES("\1\0"));
	buf_clear(&list);
	for (const uint16_t *id = s->extensions; id && *id != 0xffff; id++)
		put_body(&list, s, *id);
	if (s->extensions) {
		put16(out, (unsigned)list.n);
		buf_add(out, buf_bytes(&list));
	}
	buf_done(&list);
}

static const struct spec specs[] = {
	/* The examples of those who made JA3. */
	{.name = "ja3-example",
		.legacy = TLS_1_0,
		.ciphers = U16(47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4),
		.extensions = U16(0, 10, 11),
		.groups = U16(23, 24, 25),
		.formats = "\1\0",
		.ja3 = "ada70206e40642a3e4461f35503241d5",
		.ja4 = "t10d120300_"},
	{.name = "ja3-example-without-extensions",
		.legacy = TLS_1_0,
		.ciphers = U16(4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99),
		.ja3 = "de350869b8c85de67a350c8d186f11e6",
		.ja4 = "t10i110000_"},
	/* … and JA4: a browser, with reserved values among all that it offers. */
	{.name = "ja4-example",
		.legacy = TLS_1_2,
		.ciphers = U16(0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
			0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035),
		.extensions = U16(0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017,
			0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a,
			0x0015, 0x2a2a),
		.groups = U16(0x3a3a, 0x001d, 0x0017, 0x0018),
		.sigalgs = U16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
		.versions = U16(0x4a4a, TLS_1_3, TLS_1_2),
		.formats = "\1\0",
		.alpn = BYTES("\2h2\10http/1.1"),
		.ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"},
	{.name = "no-extensions-at-all",
		.legacy = TLS_1_2,
		.ciphers = U16(0x002f),
		.ja4 = "t12i010000_"},
	{.name = "alpn-of-one-octet",
		.legacy = TLS_1_2,
		.ciphers = U16(0x002f),
		.extensions = U16(16),
		.alpn = BYTES("\1x"),
		.ja4 = "t12i0101xx_"},
	{.name = "alpn-not-alphanumeric-at-its-end",
		.legacy = TLS_1_2,
		.ciphers = U16(0x002f),
		.extensions = U16(16),
		.alpn = BYTES("\2\x30\xab"),
		.ja4 = "t12i01013b_"},
	{.name = "alpn-not-alphanumeric-at-its-beginning",
		.legacy = TLS_1_2,
		.ciphers = U16(0x002f),
		.extensions = U16(16),
		.alpn = BYTES("\4\xab\x30\x31\x32"),
		.ja4 = "t12i0101a2_"},
	{.name = "alpn-empty",
		.legacy = TLS_1_2,
		.ciphers = U16(0x002f),
		.extensions = U16(16),
		.alpn = BYTES(""),
		.ja4 = "t12i010100_"},
	{.name = "ssl3", .legacy = SSL_3, .ciphers = U16(0x0004, 0x0005), .ja4 = "ts3i020000_"},
};

static void
makes_fingerprints(void **state)
{
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		const struct spec *s = &specs[i];
		char ja3[MD5_HEX], ja4[JA4_TEXT];
		struct tls_hello h;
		struct buf body;

		buf_init(&body, 65536);
		build(&body, s);
		assert_true(tls_client_hello_read(buf_bytes(&body), &h));
		assert_false(h.flags & HELLO_CUT);
		tls_ja3(&h, ja3);
		tls_ja4(&h, ja4);
		if (s->ja3 && strcmp(ja3, s->ja3) != 0)
			fail_msg("%s: ja3 %s, want %s", s->name, ja3, s->ja3);
		if (strncmp(ja4, s->ja4, strlen(s->ja4)) != 0 || strlen(ja4) != 36)
			fail_msg("%s: ja4 %s, want %s", s->name, ja4, s->ja4);
		if (!s->extensions && strcmp(ja4 + 24, "000000000000") != 0)
			fail_msg("%s: ja4 %s of no extensions", s->name, ja4);
		buf_done(&body);
	}
}

/* Whatever is cut off, what is read lies within what is there. */
static void
reads_every_beginning(void **state)
{
	struct buf body;

	buf_init(&body, 65536);
	build(&body, &specs[2]);
	for (size_t n = 0; n <= body.n; n++) {
		uint8_t *exact = n ? test_malloc(n) : NULL;
		struct tls_hello h;
		char ja3[MD5_HEX], ja4[JA4_TEXT];
		bool ok;

		if (n)
			memcpy(exact, body.p, n);
		ok = tls_client_hello_read((struct bytes){exact, n}, &h);
		assert_int_equal(ok, n >= 35);
		if (ok) {
			tls_ja3(&h, ja3);
			tls_ja4(&h, ja4);
		}
		/* Cut behind the compression methods, it is a hello without extensions. */
		if (ok && n != body.n && n != 71)
			assert_true(h.flags & HELLO_CUT);
		test_free(exact);
	}
	buf_done(&body);
}

static void
fingerprints_of_servers(void **state)
{
	static const uint8_t extensions[] = {
		0xff, 1, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 35, 0, 0, 0, 5, 0, 0, 0, 16, 0, 0};
	struct tls_hello h = {.legacy = TLS_1_0, .cipher = 47};
	char ja3s[MD5_HEX];

	h.extensions = (struct bytes){extensions, sizeof(extensions)};
	tls_ja3s(&h, ja3s);
	assert_string_equal(ja3s, "836ce314215654b5b1f85f97c73e506f");
	h.sslv2 = true;
	tls_ja3s(&h, ja3s);
	assert_string_equal(ja3s, "");
}

static void
names_are_in_order(void **state)
{
	const char *(*const names[])(uint16_t) = {tls_suite_name, tls_group_name,
		tls_sigalg_name, tls_extension_name, tls_version_name};
	static const size_t least[] = {370, 57, 61, 69, 6};

	for (size_t t = 0; t < sizeof(names) / sizeof(names[0]); t++) {
		size_t n = 0;

		/* A table that is not sorted has names that are not found. */
		for (unsigned id = 0; id <= UINT16_MAX; id++)
			n += names[t]((uint16_t)id) != NULL;
		if (n < least[t])
			fail_msg("table %zu: %zu names found", t, n);
	}
}

static void
knows_names(void **state)
{
	char number[TLS_NUMBER];

	assert_string_equal(tls_suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
	assert_string_equal(tls_suite_name(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	assert_string_equal(tls_suite_name(0x00ff), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
	assert_string_equal(
		tls_suite_name(0xc100), "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC");
	assert_null(tls_suite_name(0x0a0a));
	assert_string_equal(tls_suite_text(TLS_1_2, 0x0a0a, number), "0x0A0A");
	assert_string_equal(
		tls_suite_text(SSL_2, 0x0700, number), "SSL_CK_DES_192_EDE3_CBC_WITH_MD5");
	assert_string_equal(tls_group_name(0x11ec), "X25519MLKEM768");
	assert_string_equal(tls_sigalg_name(0x0804), "rsa_pss_rsae_sha256");
	assert_string_equal(tls_alert_name(48), "unknown_ca");
	assert_string_equal(tls_extension_name(0xfe0d), "encrypted_client_hello");
	assert_string_equal(tls_version_text(0x7f1c, number), "0x7F1C");
	assert_int_equal(tls_group_bits(23), 256);
	assert_int_equal(tls_group_bits(0x0101), 3072);
	assert_int_equal(tls_group_bits(0x11ec), 0);
	assert_true(tls_group_pq(0x11ec));
	assert_false(tls_group_pq(29));
	assert_true(tls_grease(0xfafa));
	assert_false(tls_grease(0x0a1a));
}

static const struct {
	const char *name;
	uint16_t id;
	unsigned traits;
} suites[] = {
	{"null", 0x0000, SUITE_NULL},
	{"rsa-null-sha", 0x0002, SUITE_RSA | SUITE_NULL | SUITE_SHA1},
	{"rsa-export-rc4", 0x0003, SUITE_RSA | SUITE_EXPORT | SUITE_RC4 | SUITE_MD5},
	{"rsa-rc4-md5", 0x0004, SUITE_RSA | SUITE_RC4 | SUITE_MD5},
	{"idea", 0x0007, SUITE_RSA | SUITE_IDEA | SUITE_CBC | SUITE_SHA1},
	{"des", 0x0009, SUITE_RSA | SUITE_DES | SUITE_CBC | SUITE_SHA1},
	{"3des", 0x000a, SUITE_RSA | SUITE_3DES | SUITE_CBC | SUITE_SHA1},
	{"export-des40", 0x0014, SUITE_DHE | SUITE_EXPORT | SUITE_DES | SUITE_CBC | SUITE_SHA1},
	{"dh-static", 0x0031, SUITE_STATIC | SUITE_CBC | SUITE_SHA1},
	{"anon", 0x0034, SUITE_ANON | SUITE_DHE | SUITE_CBC | SUITE_SHA1},
	{"rsa-aes", 0x002f, SUITE_RSA | SUITE_CBC | SUITE_SHA1},
	{"rsa-aes-sha256", 0x003c, SUITE_RSA | SUITE_CBC},
	{"camellia", 0x0041, SUITE_RSA | SUITE_CBC | SUITE_SHA1 | SUITE_DATED},
	{"seed", 0x0096, SUITE_RSA | SUITE_CBC | SUITE_SHA1 | SUITE_DATED},
	{"camellia-gcm", 0xc07a, SUITE_RSA | SUITE_AEAD},
	{"rsa-psk", 0x0094, SUITE_RSA | SUITE_PSK | SUITE_CBC | SUITE_SHA1},
	{"psk-dhe-ccm8", 0xc0aa, SUITE_DHE | SUITE_PSK | SUITE_AEAD},
	{"ecdh-anon", 0xc018, SUITE_ANON | SUITE_ECDHE | SUITE_CBC | SUITE_SHA1},
	{"ecdh-static", 0xc00e, SUITE_STATIC | SUITE_CBC | SUITE_SHA1},
	{"ecdhe-gcm", 0xc02f, SUITE_ECDHE | SUITE_AEAD},
	{"chacha", 0xcca8, SUITE_ECDHE | SUITE_AEAD},
	{"tls13", 0x1303, SUITE_1_3 | SUITE_AEAD},
	{"tls13-integrity-only", 0xc0b4, SUITE_1_3 | SUITE_NULL},
	{"scsv", 0x5600, SUITE_SIGNAL},
	{"fips", 0xfefe, SUITE_RSA | SUITE_DES | SUITE_CBC | SUITE_SHA1},
};

static void
knows_what_suites_are_made_of(void **state)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		unsigned got = tls_suite_traits(suites[i].id);

		if (got != (suites[i].traits | SUITE_KNOWN))
			fail_msg("%s: %x, want %x", suites[i].name, got,
				suites[i].traits | SUITE_KNOWN);
	}
	assert_int_equal(tls_suite_traits(0x0a0a), 0);
	assert_true(tls_suites_traits(BYTES("\x13\x01\x00\x03"), false) & SUITE_EXPORT);
	assert_true(tls_suites_traits(BYTES("\x06\x00\x40\x00\x00\x2f"), true) & SUITE_DES);
}

static void
reads_key_exchange(void **state)
{
	struct tls_kex k;

	/* named curve x25519, a point of two octets, rsa_pss_rsae_sha256 */
	assert_true(tls_key_exchange_read(
		BYTES("\x03\x00\x1d\x02\x41\x42\x08\x04\x00\x00"), TLS_1_2, 0xc02f, &k));
	assert_int_equal(k.kind, TLS_KEX_ECDHE);
	assert_int_equal(k.group, 29);
	assert_int_equal(k.sigalg, 0x0804);
	/* p of 9 bits that is even, g = 1 */
	assert_true(tls_key_exchange_read(
		BYTES("\0\3\0\x01\xfe\0\1\x01\0\1\x42"), TLS_1_0, 0x0033, &k));
	assert_int_equal(k.kind, TLS_KEX_DHE);
	assert_int_equal(k.bits, 9);
	assert_true(k.even && k.trivial);
	/* g = p - 1 */
	assert_true(tls_key_exchange_read(
		BYTES("\0\2\x01\xff\0\2\x01\xfe\0\1\x42"), TLS_1_0, 0x0033, &k));
	assert_true(!k.even && k.trivial);
	assert_false(tls_key_exchange_read(BYTES("\0\2\x01"), TLS_1_0, 0x0033, &k));
	/* anonymous: no signature */
	assert_true(tls_key_exchange_read(
		BYTES("\0\2\x01\xff\0\1\2\0\1\x42"), TLS_1_2, 0x0034, &k));
	assert_true(k.anonymous && !k.sigalg);
}

static void
reads_certificates(void **state)
{
	struct bytes certs[2];
	bool cut;

	assert_int_equal(tls_certificates_read(
				 BYTES("\0\0\x0a\0\0\1a\0\0\3bcd"), TLS_1_2, certs, 2, &cut),
		2);
	assert_true(!cut && bytes_is(certs[1], "bcd"));
	assert_int_equal(tls_certificates_read(
				 BYTES("\1x\0\0\x07\0\0\2ab\0\0"), TLS_1_3, certs, 2, &cut),
		1);
	assert_true(!cut && bytes_is(certs[0], "ab"));
	assert_int_equal(tls_certificates_read(BYTES("\0\0\x0c\0\0\1a\0\0\1b\0\0\1c"), TLS_1_2,
				 certs, 2, &cut),
		2);
	assert_true(cut);
	assert_int_equal(tls_certificates_read(BYTES("\0\0\0"), TLS_1_2, certs, 2, &cut), 0);
	assert_false(cut);
	assert_int_equal(
		tls_certificates_read(BYTES("\0\0\5\0\0\3a"), TLS_1_2, certs, 2, &cut), 0);
	assert_true(cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_fingerprints),
		cmocka_unit_test(reads_every_beginning),
		cmocka_unit_test(fingerprints_of_servers),
		cmocka_unit_test(names_are_in_order),
		cmocka_unit_test(knows_names),
		cmocka_unit_test(knows_what_suites_are_made_of),
		cmocka_unit_test(reads_key_exchange),
		cmocka_unit_test(reads_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
