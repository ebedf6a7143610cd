/* Derivation of keys and opening of records, against vectors of the RFCs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hkdf),
		cmocka_unit_test(test_prf),
		cmocka_unit_test(test_traffic),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_suites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
