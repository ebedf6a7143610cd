/* Certificates of samples/make/certificates.sh (tests/fuzz/seeds/cert), read into fields. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dissectors/tls/cert.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define DAY INT64_C(86400)

static const char *seeds;

/* The file NAME.der; free it. */
static struct bytes
load(const char *name)
{
	char path[4096];
	uint8_t *p = malloc(65536);
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.der", seeds, name);
	f = fopen(path, "rb");
	if (!f || !p)
		fail_msg("%s cannot be read", path);
	n = fread(p, 1, 65536, f);
	fclose(f);
	return (struct bytes){p, n};
}

enum {
	CA = 1,
	SELF = 2,  /* self-signed */
	ISSUED = 4 /* self-issued */
};

/* clang-format off */
static const struct {
	const char *name, *subject, *issuer, *cn, *sans, *key;
	const char *signature;
	int64_t days; /* that it is valid */
	unsigned flags;
	uint8_t version, eku;
	enum cert_digest digest;
} cases[] = {
	{ "good", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"RSA 2048", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "root", "CN=Example Root,O=Example Trust", "CN=Example Root,O=Example Trust", "Example Root", "",
		"EC prime256v1", "ecdsa-with-SHA256", 5000, CA | SELF | ISSUED, 3, 0, CERT_DIGEST_OTHER },
	{ "issuing", "CN=Example Issuing 1,O=Example Trust", "CN=Example Root,O=Example Trust", "Example Issuing 1", "",
		"RSA 2048", "ecdsa-with-SHA256", 2500, CA, 3, 0, CERT_DIGEST_OTHER },
	{ "good-ed25519", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"Ed25519", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "wildcard", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test",
		"*.example.test, example.test, 192.0.2.20, 2001:db8::20",
		"RSA 2048", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "cn-only", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "",
		"RSA 2048", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "sha1", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"RSA 2048", "sha1WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_SHA1 },
	{ "md5", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"RSA 2048", "md5WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_MD5 },
	{ "rsa-1024", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"RSA 1024", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "ec-224", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"EC secp224r1", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "code-signing", "CN=mail.example.test", "CN=Example Issuing 1,O=Example Trust", "mail.example.test", "mail.example.test",
		"RSA 2048", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_OTHER, CERT_DIGEST_OTHER },
	{ "client", "emailAddress=alice@example.test,CN=Alice,O=Example", "CN=Example Issuing 1,O=Example Trust", "Alice", "",
		"RSA 2048", "sha256WithRSAEncryption", 61, 0, 3, CERT_EKU_CLIENT, CERT_DIGEST_OTHER },
	{ "self-signed", "CN=mail.example.test,O=Bücher\\, Söhne\\+Co", "CN=mail.example.test,O=Bücher\\, Söhne\\+Co",
		"mail.example.test", "mail.example.test",
		"RSA 2048", "sha256WithRSAEncryption", 61, SELF | ISSUED, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
	{ "version-1", "CN=mail.example.test", "CN=mail.example.test", "mail.example.test", "",
		"RSA 2048", "sha256WithRSAEncryption", 61, SELF | ISSUED, 1, 0, CERT_DIGEST_OTHER },
	{ "before-1970", "CN=old.example.test", "CN=Example Issuing 1,O=Example Trust", "old.example.test", "",
		"RSA 2048", "sha256WithRSAEncryption", 3653, 0, 3, CERT_EKU_SERVER, CERT_DIGEST_OTHER },
};
/* clang-format on */

static void
same(const char *name, struct bytes got, const char *want)
{
	if (!bytes_is(got, want))
		fail_msg("%s: got %.*s, want %s", name, BYTES_FMT(got), want);
}

static void
check(size_t i, const struct cert *c)
{
	char key[CERT_KEY_TEXT];
	unsigned flags = (c->ca ? CA : 0) | (c->self_signed ? SELF : 0) |
			 (c->self_issued ? ISSUED : 0);

	same(cases[i].name, c->subject, cases[i].subject);
	same(cases[i].name, c->issuer, cases[i].issuer);
	same(cases[i].name, c->cn, cases[i].cn);
	same(cases[i].name, c->sans, cases[i].sans);
	same(cases[i].name, bytes_str(cert_key_text(c, key)), cases[i].key);
	same(cases[i].name, c->signature, cases[i].signature);
	/* openssl is asked twice for the time, a second may pass. */
	assert_int_equal((c->not_after_s - c->not_before_s + DAY / 2) / DAY, cases[i].days);
	assert_int_equal(flags, cases[i].flags);
	assert_int_equal(c->version, cases[i].version);
	assert_int_equal(c->eku, cases[i].eku);
	assert_int_equal(c->digest, cases[i].digest);
	assert_false(c->times_bad);
}

static void
test_fields(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bytes der = load(cases[i].name);
		struct arena a;
		const struct cert *c;

		arena_init(&a, 0);
		c = cert_read(der, NULL, &a);
		if (!c)
			fail_msg("%s: not read", cases[i].name);
		check(i, c);
		arena_done(&a);
		free((void *)der.p);
	}
}

static void
test_times(void **state)
{
	char text[CERT_TIME_TEXT];
	struct bytes old = load("before-1970"), far = load("never-ends");
	struct arena a;

	arena_init(&a, 0);
	assert_int_equal(cert_read(old, NULL, &a)->not_before_s, -315619200);
	assert_int_equal(cert_read(old, NULL, &a)->not_after_s, -1);
	assert_int_equal(cert_read(far, NULL, &a)->not_after_s, 253402300799);
	assert_string_equal(cert_time_text(253402300799, text), "9999-12-31T23:59:59Z");
	assert_string_equal(cert_time_text(-1, text), "1969-12-31T23:59:59Z");
	arena_done(&a);
	free((void *)old.p);
	free((void *)far.p);
}

static void
test_days(void **state)
{
	assert_int_equal(cert_days(0, 14 * DAY), 14);
	assert_int_equal(cert_days(0, 14 * DAY - 1), 13);
	assert_int_equal(cert_days(0, 0), 0);
	assert_int_equal(cert_days(1, 0), -1);
	assert_int_equal(cert_days(DAY, 0), -1);
	assert_int_equal(cert_days(DAY + 1, 0), -2);
}

static void
test_not_one(void **state)
{
	static const struct cert_limits small = {
		.cert_bytes = 100, .names = 1, .name_bytes = 10};
	struct cert_limits few = cert_limits_default;
	struct bytes der = load("wildcard"), more;
	const struct cert *c;
	struct arena a;

	arena_init(&a, 0);
	assert_null(cert_read(BYTES_NONE, NULL, &a));
	assert_null(cert_read(BYTES("0\x82\xff\xff"), NULL, &a));
	for (size_t n = 0; n < der.n; n += 7)
		assert_null(cert_read(bytes_sub(der, 0, n), NULL, &a));
	more.p = memcpy(arena_get(&a, der.n + 1), der.p, der.n);
	more.n = der.n + 1;
	assert_null(cert_read(more, NULL, &a));
	assert_null(cert_read(der, &small, &a));
	few.names = 1;
	few.name_bytes = 4;
	c = cert_read(der, &few, &a);
	assert_int_equal(c->n_dns, 1);
	assert_int_equal(c->n_ips, 1);
	assert_true(c->sans_cut);
	same("cut", c->subject, "CN=m");
	arena_done(&a);
	free((void *)der.p);
}

/* Only the key that was made so, of all of them. */
static void
test_roca(void **state)
{
	static const char *const names[] = {"good", "rsa-1024", "sha1", "md5", "expired",
		"wildcard", "self-signed", "localhost", "long-chain", "issuing",
		"key-exponent-1", "key-even", "client", "never-ends", "version-1", "key-roca"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct bytes der = load(names[i]);
		const struct cert *c;
		struct arena a;

		arena_init(&a, 0);
		c = cert_read(der, NULL, &a);
		if (!c || c->roca != (strcmp(names[i], "key-roca") == 0))
			fail_msg("%s", names[i]);
		arena_done(&a);
		free((void *)der.p);
	}
}

static void
test_colons(void **state)
{
	char text[CERT_SHA1_TEXT];

	assert_string_equal(cert_colons(BYTES("\x0a\xff\x10"), text), "0A:FF:10");
	assert_string_equal(cert_colons(BYTES_NONE, text), "");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_not_one),
		cmocka_unit_test(test_roca),
		cmocka_unit_test(test_colons),
	};

	seeds = argc > 1 ? argv[1] : "tests/fuzz/seeds/cert";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
