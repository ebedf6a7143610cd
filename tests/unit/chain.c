/* Chains of certificates: kept once, whose they are, who vouches for them. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>

#include "base/clock.h"
#include "certs.h"
#include "model/trust.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define DAY (86400 * NS_PER_S)

struct lab {
	struct shared *table;
	struct buf key;
	struct arena arena;
};

static void
lab_begin(struct lab *l)
{
	l->table = chain_table(1 << 20);
	buf_init(&l->key, SIZE_MAX);
	arena_init(&l->arena, 0);
}

static void
lab_end(struct lab *l)
{
	shared_free(&l->table);
	buf_done(&l->key);
	arena_done(&l->arena);
}

/* names: "good issuing" */
static const struct chain *
chain(struct lab *l, const char *names)
{
	struct bytes certs[CERTS];
	struct ev_tls e = {.stage = TLS_CERTIFICATES, .certs = certs};

	e.n_certs = certs_named(&l->arena, names, certs);
	return chain_get(l->table, &l->key, &e, NULL);
}

static void
test_once(void **state)
{
	const struct chain *a, *b, *c;
	struct lab l;

	lab_begin(&l);
	a = chain(&l, "good issuing");
	b = chain(&l, "good issuing");
	c = chain(&l, "good");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_int_equal(a->n, 2);
	assert_true(a->ordered);
	assert_int_equal(c->n, 1);
	assert_null(chain(&l, ""));
	assert_true(shared_memory(l.table) > 4096);
	shared_drop(l.table, a);
	shared_drop(l.table, b);
	shared_drop(l.table, c);
	lab_end(&l);
}

static void
test_broken(void **state)
{
	const struct chain *c;
	struct lab l;

	lab_begin(&l);
	c = chain(&l, "junk good");
	assert_int_equal(c->n, 0);
	assert_int_equal(c->unread, 2);
	assert_null(chain_leaf(c));
	assert_int_equal(chain_matches(c, BYTES("mail.example.test")), MATCH_UNKNOWN);
	assert_int_equal(trust_judge(NULL, c, 0).verdict, TRUST_UNKNOWN);
	c = chain(&l, "good junk root");
	assert_int_equal(c->n, 1);
	assert_int_equal(c->unread, 2);
	assert_false(chain(&l, "good root issuing")->ordered);
	lab_end(&l);
}

static void
test_limits(void **state)
{
	static const struct cert_limits small = {.chain = 2, .chain_bytes = 1000};
	struct ev_tls e = {.stage = TLS_CERTIFICATES};
	struct cert_limits three = cert_limits_default;
	struct bytes certs[4];
	struct lab l;

	lab_begin(&l);
	for (size_t i = 0; i < COUNT(certs); i++)
		certs[i] = certs_load(&l.arena, "good");
	e.certs = certs;
	e.n_certs = COUNT(certs);
	assert_int_equal(chain_get(l.table, &l.key, &e, &small)->n, 1);
	three.chain = 3;
	assert_int_equal(chain_get(l.table, &l.key, &e, &three)->n, 3);
	assert_int_equal(chain_get(l.table, &l.key, &e, NULL)->n, 4);
	lab_end(&l);
}

/* RFC 9525 6.3 and 6.4; RFC 6125 6.4.4 for the last resort. */
/* clang-format off */
static const struct {
	const char *chain, *name;
	enum chain_match want;
} names[] = {
	{ "good", "mail.example.test", MATCH_YES },
	{ "good", "MAIL.Example.Test", MATCH_YES },
	{ "good", "mail.example.test.", MATCH_YES },
	{ "good", "imap.example.test", MATCH_NO },
	{ "good", "example.test", MATCH_NO },
	{ "good", ".example.test", MATCH_NO },
	{ "good", "192.0.2.20", MATCH_NO },
	{ "good", "", MATCH_UNKNOWN },
	{ "good", ".", MATCH_UNKNOWN },
	{ "wildcard", "imap.example.test", MATCH_YES },
	{ "wildcard", "example.test", MATCH_YES },
	{ "wildcard", "a.b.example.test", MATCH_NO },
	{ "wildcard", "192.0.2.20", MATCH_YES },
	{ "wildcard", "192.0.2.21", MATCH_NO },
	{ "wildcard", "2001:db8:0::20", MATCH_YES },
	{ "cn-only", "mail.example.test", MATCH_CN },
	{ "cn-only", "other.example.test", MATCH_NO },
	{ "wrong-name", "mail.example.test", MATCH_NO },
	{ "client", "Alice", MATCH_CN },
};
/* clang-format on */

static void
test_names(void **state)
{
	struct lab l;

	lab_begin(&l);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(names); i++) {
			enum chain_match got = chain_matches(
				chain(&l, names[i].chain), bytes_str(names[i].name));

			if (got != names[i].want)
				fail_msg("%s for %s: %s", names[i].chain, names[i].name,
					chain_match_name(got));
		}
	}
	lab_end(&l);
}

/* The root of the lab as a file for --ca. */
static void
root_file(struct lab *l, char path[32])
{
	struct bytes der = certs_load(&l->arena, "root");
	const unsigned char *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	int fd;
	FILE *f;

	strcpy(path, "/tmp/unit-chain.XXXXXX");
	fd = mkstemp(path);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_true(PEM_write_X509(f, x));
	fclose(f);
	X509_free(x);
}

/* clang-format off */
static const struct {
	const char *chain;
	int days; /* from the first day of `good` */
	enum trust_verdict want;
	bool outdated;
} trusts[] = {
	{ "good issuing", 1, TRUST_OK, false },
	{ "good issuing root", 1, TRUST_OK, false },
	{ "good root issuing", 1, TRUST_OK, false },
	{ "good issuing", 100, TRUST_OK, true },
	{ "good issuing", -10, TRUST_OK, true },
	{ "expired issuing", 1, TRUST_OK, true },
	{ "good", 1, TRUST_MISSING_INTERMEDIATE, false },
	{ "good step1", 1, TRUST_UNKNOWN_ISSUER, false },
	{ "self-signed", 1, TRUST_SELF_SIGNED, false },
	{ "version-1", 1, TRUST_SELF_SIGNED, false },
	{ "md5 issuing", 1, TRUST_OK, false },
	{ "rsa-1024 issuing", 1, TRUST_OK, false },
	{ "code-signing issuing", 1, TRUST_OK, false },
	{ "long-chain step5 step4 step3 step2 step1", 1, TRUST_OK, false },
	{ "long-chain step5 step4 step2 step1", 1, TRUST_UNKNOWN_ISSUER, false },
	{ "root", 1, TRUST_OK, false },
};
/* clang-format on */

static void
test_trust(void **state)
{
	struct trust *t = NULL, *none = NULL;
	struct err e = {0};
	char path[32];
	const char *files[] = {path, NULL};
	struct lab l;
	int64_t from;

	lab_begin(&l);
	root_file(&l, path);
	assert_int_equal(trust_new(files, false, &t, &e), 0);
	assert_int_equal(trust_new(NULL, false, &none, &e), 0);
	assert_true(trust_has_files(t));
	assert_false(trust_has_system(t));
	from = chain_leaf(chain(&l, "good"))->not_before_s * NS_PER_S;
	for (size_t i = 0; i < COUNT(trusts); i++) {
		const struct chain *c = chain(&l, trusts[i].chain);
		struct chain_trust got = trust_judge(t, c, from + trusts[i].days * DAY);

		if (got.verdict != trusts[i].want || got.outdated != trusts[i].outdated)
			fail_msg("%s: %s, outdated %d", trusts[i].chain,
				trust_verdict_name(got.verdict), got.outdated);
		assert_false(got.public_root);
	}
	/* Nobody is trusted: then nothing can be said, but that it vouches for itself. */
	assert_int_equal(trust_judge(none, chain(&l, "good issuing"), from + 5 * DAY).verdict,
		TRUST_UNKNOWN);
	assert_int_equal(trust_judge(none, chain(&l, "self-signed"), from + 5 * DAY).verdict,
		TRUST_SELF_SIGNED);
	trust_free(&t);
	trust_free(&none);
	unlink(path);
	lab_end(&l);
}

static void
test_files(void **state)
{
	const char *none[] = {"/nonexistent", NULL}, *empty[] = {"/dev/null", NULL};
	struct trust *t = NULL;
	struct err e = {0};

	assert_int_equal(trust_new(none, false, &t, &e), -EIO);
	assert_null(t);
	assert_string_equal(e.text, "/nonexistent: cannot be read");
	assert_int_equal(trust_new(empty, false, &t, &e), -EIO);
	assert_null(t);
	assert_string_equal(e.text, "/dev/null: no certificate in it (PEM is wanted)");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_files),
	};

	seeds = argc > 1 ? argv[1] : "tests/fuzz/seeds/cert";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
