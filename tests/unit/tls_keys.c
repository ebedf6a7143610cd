/* Derivation of keys and opening of records, against vectors of the RFCs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "dissectors/tls/keys.h"
#include "dissectors/tls/prf.h"
#include "event/tls.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct bytes
hex(const char *s, uint8_t *out)
{
	size_t n = 0;
	unsigned v;

	for (; *s; s += 2) {
		while (*s == ' ')
			s++;
		assert_int_equal(sscanf(s, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
	}
	return (struct bytes){out, n};
}

static void
check(const char *name, const uint8_t *got, const char *want)
{
	uint8_t w[512];
	struct bytes b = hex(want, w);

	if (memcmp(got, w, b.n) != 0)
		fail_msg("%s differs", name);
}

/* RFC 5869 A.1 and A.2, the second step. */
static void
test_hkdf(void **state)
{
	uint8_t prk[64], info[128], got[128];

	assert_true(hkdf_expand("SHA256",
		hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", prk),
		hex("f0f1f2f3f4f5f6f7f8f9", info), got, 42));
	check("A.1", got,
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887"
		"185865");
	for (int i = 0; i < 80; i++)
		info[i] = (uint8_t)(0xb0 + i);
	assert_true(hkdf_expand("SHA256",
		hex("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244", prk),
		(struct bytes){info, 80}, got, 82));
	check("A.2", got,
		"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7"
		"827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1"
		"f3434f1d87");
}

/* The vectors that circulate for RFC 5246 5 (P_SHA256, "test label"). */
static void
test_prf(void **state)
{
	uint8_t secret[64], seed[64], got[128];

	assert_true(
		tls_prf("SHA256", hex("9bbe436ba940f017b17652849a71db35", secret), "test label",
			hex("a0ba9f936cda311827a6f796ffd5198c", seed), BYTES_NONE, got, 100));
	check("P_SHA256", got,
		"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35"
		"c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f7967"
		"89baa48082d122ee42c5a72e5a5110fff70187347b66");
}

/* RFC 8448 3: simple 1-RTT handshake. */
static const struct {
	const char *name, *secret, *key, *iv;
} traffic[] = {
	{"server handshake", "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
		"3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"},
	{"client handshake", "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
		"dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"},
	{"server data", "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
		"9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"},
	{"client data", "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
		"17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"},
};

static void
test_traffic(void **state)
{
	struct suite s;
	struct cipher_keys keys;
	uint8_t secret[64];

	assert_true(suite_parse("TLS_AES_128_GCM_SHA256", &s));
	for (size_t i = 0; i < COUNT(traffic); i++) {
		assert_true(keys_traffic(&s, hex(traffic[i].secret, secret), &keys));
		check(traffic[i].name, keys.key, traffic[i].key);
		check(traffic[i].name, keys.iv, traffic[i].iv);
	}
}

/* The client's first record of data there: octets 00 to 31, type 17. */
static void
test_record(void **state)
{
	static const char record[] =
		"1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b"
		"395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4";
	struct suite s;
	struct cipher_keys keys;
	struct cipher *c;
	uint8_t secret[64], in[128], out[128];
	struct bytes r = hex(record, in);

	assert_true(suite_parse("TLS_AES_128_GCM_SHA256", &s));
	assert_true(keys_traffic(&s, hex(traffic[3].secret, secret), &keys));
	c = cipher_new(&s, TLS_1_3, false, &keys);
	assert_non_null(c);
	assert_int_equal(cipher_open(c, 1, r.p, bytes_from(r, 5), out), -1);
	assert_int_equal(cipher_open(c, 0, r.p, bytes_from(r, 5), out), 51);
	for (int i = 0; i < 50; i++)
		assert_int_equal(out[i], i);
	assert_int_equal(out[50], 23);
	in[20] ^= 1;
	assert_int_equal(cipher_open(c, 0, r.p, bytes_from(r, 5), out), -1);
	cipher_free(&c);
}

static const struct {
	const char *name;
	bool good;
	enum suite_seal kind;
	uint8_t key, iv, tag, mac_n, prf_n;
} suites[] = {
	{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true, SEAL_GCM, 16, 4, 16, 0, 32},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", true, SEAL_GCM, 32, 4, 16, 0, 48},
	{"TLS_DHE_RSA_WITH_AES_256_CCM_8", true, SEAL_CCM, 32, 4, 8, 0, 32},
	{"TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256", true, SEAL_CCM, 16, 4, 16, 0, 32},
	{"TLS_RSA_WITH_AES_128_CBC_SHA", true, SEAL_CBC, 16, 16, 0, 20, 32},
	{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", true, SEAL_CBC, 32, 16, 0, 48, 48},
	{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", true, SEAL_CBC, 24, 8, 0, 20, 32},
	{"TLS_RSA_WITH_RC4_128_MD5", true, SEAL_STREAM, 16, 0, 0, 16, 32},
	{"TLS_RSA_WITH_NULL_SHA256", true, SEAL_NULL, 0, 0, 0, 32, 32},
	{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", true, SEAL_CHACHA, 32, 12, 16, 0, 32},
	{"TLS_CHACHA20_POLY1305_SHA256", true, SEAL_CHACHA, 32, 12, 16, 0, 32},
	{"TLS_AES_128_CCM_8_SHA256", true, SEAL_CCM, 16, 4, 8, 0, 32},
	{"TLS_RSA_EXPORT_WITH_RC4_40_MD5", false},
	{"TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", false},
	{"TLS_KRB5_EXPORT_WITH_DES_CBC_40_SHA", false},
	{"TLS_NULL_WITH_NULL_NULL", false},
	{"TLS_FALLBACK_SCSV", false},
	{"TLS_SM4_GCM_SM3", false},
	{NULL, false},
};

static void
test_suites(void **state)
{
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct suite s = {0};
		bool good = suite_parse(suites[i].name, &s);

		if (good != suites[i].good ||
			(good && (s.kind != suites[i].kind || s.key != suites[i].key ||
					 s.iv != suites[i].iv || s.tag != suites[i].tag ||
					 s.mac_n != suites[i].mac_n ||
					 s.prf_n != suites[i].prf_n)))
			fail_msg("%s", suites[i].name ? suites[i].name : "none");
	}
}

/* Suites that no server of today speaks any more: sealed here as their RFCs say. */

enum {
	TEXT = 37,
	SEQ = 5,
};

/* RFC 6101 5.2.3.1 for SSL 3, RFC 5246 6.2.3.1 else. */
static void
mac_of(const struct suite *s, uint16_t version, const uint8_t *key, struct bytes in,
	uint8_t *out)
{
	uint8_t text[512] = {0}, inner[64];
	size_t n = 0, got = 0, pads = s->mac_n == 16 ? 48 : 40;

	if (version == SSL_3) {
		memcpy(text, key, s->mac_n);
		memset(text + s->mac_n, 0x36, pads);
		n = s->mac_n + pads;
	}
	text[n + 7] = SEQ;
	text[n + 8] = 23;
	n += 9;
	if (version != SSL_3) {
		text[n++] = (uint8_t)(version >> 8);
		text[n++] = (uint8_t)version;
	}
	text[n + 1] = (uint8_t)in.n;
	memcpy(text + n + 2, in.p, in.n);
	n += 2 + in.n;
	if (version != SSL_3) {
		assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, s->mac, NULL, key, s->mac_n, text,
			n, out, 64, &got));
		return;
	}
	assert_int_equal(EVP_Q_digest(NULL, s->mac, NULL, text, n, inner, &got), 1);
	memset(text + s->mac_n, 0x5c, pads);
	memcpy(text + s->mac_n + pads, inner, s->mac_n);
	assert_int_equal(
		EVP_Q_digest(NULL, s->mac, NULL, text, 2u * s->mac_n + pads, out, &got), 1);
}

static void
rc4(const uint8_t *key, uint8_t *p, size_t n)
{
	uint8_t s[256], i = 0, j = 0, t;

	for (int k = 0; k < 256; k++)
		s[k] = (uint8_t)k;
	for (int k = 0; k < 256; k++) {
		j = (uint8_t)(j + s[k] + key[k % 16]);
		t = s[k], s[k] = s[j], s[j] = t;
	}
	for (j = 0; n; n--) {
		i++;
		j = (uint8_t)(j + s[i]);
		t = s[i], s[i] = s[j], s[j] = t;
		*p++ ^= s[(uint8_t)(s[i] + s[j])];
	}
}

static size_t
seal(const struct suite *s, uint16_t version, const struct cipher_keys *k, uint8_t *p)
{
	size_t n = TEXT, iv = s->kind == SEAL_CBC && version >= TLS_1_1 ? s->iv : 0, pad;
	EVP_CIPHER_CTX *c;
	int got = 0;

	memset(p, 0x77, iv);
	for (size_t i = 0; i < TEXT; i++)
		p[iv + i] = (uint8_t)i;
	mac_of(s, version, k->mac, (struct bytes){p + iv, TEXT}, p + iv + n);
	n += s->mac_n;
	if (s->kind == SEAL_STREAM)
		rc4(k->key, p, n);
	if (s->kind != SEAL_CBC)
		return n;
	pad = s->iv - 1 - n % s->iv;
	memset(p + iv + n, (int)pad, pad + 1);
	n += pad + 1;
	c = EVP_CIPHER_CTX_new();
	assert_int_equal(EVP_EncryptInit_ex(c, EVP_get_cipherbyname(s->cipher), NULL, k->key,
				 iv ? p : k->iv),
		1);
	EVP_CIPHER_CTX_set_padding(c, 0);
	assert_int_equal(EVP_EncryptUpdate(c, p + iv, &got, p + iv, (int)n), 1);
	EVP_CIPHER_CTX_free(c);
	return iv + n;
}

static const struct {
	const char *suite;
	uint16_t version;
} old[] = {
	{"TLS_RSA_WITH_RC4_128_MD5", SSL_3},
	{"TLS_RSA_WITH_RC4_128_SHA", SSL_3},
	{"TLS_RSA_WITH_RC4_128_SHA", TLS_1_0},
	{"TLS_RSA_WITH_RC4_128_MD5", TLS_1_2},
	{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", SSL_3},
	{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", TLS_1_0},
	{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", TLS_1_2},
	{"TLS_RSA_WITH_AES_128_CBC_SHA", SSL_3},
	{"TLS_RSA_WITH_AES_256_CBC_SHA256", TLS_1_2},
	{"TLS_RSA_WITH_NULL_SHA", TLS_1_1},
};

static void
test_old_suites(void **state)
{
	for (size_t i = 0; i < COUNT(old); i++) {
		struct cipher_keys k;
		struct suite s;
		uint8_t record[256] = {23, (uint8_t)(old[i].version >> 8),
			(uint8_t)old[i].version},
			out[256];
		struct cipher *c;
		size_t n;

		for (size_t b = 0; b < sizeof(k); b++)
			((uint8_t *)&k)[b] = (uint8_t)(b * 7);
		assert_true(suite_parse(old[i].suite, &s));
		n = seal(&s, old[i].version, &k, record + 5);
		c = cipher_new(&s, old[i].version, false, &k);
		if (!c)
			fail_msg("%s: libcrypto cannot do it", old[i].suite);
		if (cipher_open(c, SEQ, record, (struct bytes){record + 5, n}, out) != TEXT)
			fail_msg("%s, version %x", old[i].suite, old[i].version);
		for (int b = 0; b < TEXT; b++)
			assert_int_equal(out[b], b);
		record[5 + n - 1] ^= 1;
		assert_int_equal(
			cipher_open(c, SEQ, record, (struct bytes){record + 5, n}, out), -1);
		cipher_free(&c);
	}
}

/* RFC 6101 6.1, step by step. */
static void
test_ssl3(void **state)
{
	uint8_t text[64] = "Asecretclientserver", sha[20], both[26] = "secret", want[16],
		got[48];
	size_t n;

	assert_true(ssl3_prf(
		bytes_str("secret"), bytes_str("client"), bytes_str("server"), got, 48));
	assert_int_equal(EVP_Q_digest(NULL, "SHA1", NULL, text, 19, sha, &n), 1);
	memcpy(both + 6, sha, sizeof(sha));
	assert_int_equal(EVP_Q_digest(NULL, "MD5", NULL, both, sizeof(both), want, &n), 1);
	assert_memory_equal(got, want, 16);
	memcpy(text, "BBsecretclientserver", 20);
	assert_int_equal(EVP_Q_digest(NULL, "SHA1", NULL, text, 20, sha, &n), 1);
	memcpy(both + 6, sha, sizeof(sha));
	assert_int_equal(EVP_Q_digest(NULL, "MD5", NULL, both, sizeof(both), want, &n), 1);
	assert_memory_equal(got + 16, want, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hkdf),
		cmocka_unit_test(test_prf),
		cmocka_unit_test(test_traffic),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_suites),
		cmocka_unit_test(test_old_suites),
		cmocka_unit_test(test_ssl3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
