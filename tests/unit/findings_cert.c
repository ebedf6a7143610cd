/* Rules of cert.*: certificates of the lab, shown by servers on the usual ports. */
#include "findings_build.h"

#include "certs.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "model/peer_cert.h"
#include "model/trust.h"

#define HOST "mail.example.test"
#define DAY (86400 * NS_PER_S)

static struct trust *trust;
static int64_t first_day_ns; /* of `good` */
static struct arena files;

/* names: "good issuing". sni NULL: none was asked for. */
static void
show(struct conn *c, const char *names, const char *sni)
{
	struct tls_hello client = {.client = true, .version = TLS_1_2, .sni = bytes_str(sni)};
	struct tls_hello server = {.version = TLS_1_2, .cipher = 0xc030};
	struct bytes certs[CERTS];
	size_t n = certs_named(&files, names, certs);
	struct event e;

	make(c, &e, EV_TLS, DIR_C2S, 100)->tls = (struct ev_tls){.stage = TLS_CLIENT_HELLO,
		.version = TLS_1_2,
		.sni = client.sni,
		.hello = &client};
	send_event(c, &e);
	make(c, &e, EV_TLS, DIR_S2C, 100)->tls = (struct ev_tls){
		.stage = TLS_SERVER_HELLO, .version = TLS_1_2, .hello = &server};
	send_event(c, &e);
	make(c, &e, EV_TLS, DIR_S2C, 100)->tls = (struct ev_tls){
		.stage = TLS_CERTIFICATES, .version = TLS_1_2, .certs = certs, .n_certs = n};
	send_event(c, &e);
}

static struct lab *
lab_at(int days)
{
	struct lab *lab = lab_new(NULL);

	lab->now_ns = first_day_ns + days * DAY;
	return lab;
}

static void
visit(struct lab *lab, const char *client, const char *server, const char *names,
	const char *sni)
{
	struct conn c;

	conn_from(lab, &c, PROTO_TLS, client, server, 993);
	show(&c, names, sni);
	conn_close(&c, FLOW_FIN);
}

/* ---- one certificate */

/* clang-format off */
static const struct {
	const char *names;
	int days;
	const char *id, *reason; /* reason NULL: the finding must not be */
	enum severity sev;
} cases[] = {
	{"good issuing", 1, "cert.expired", NULL, 0},
	{"good issuing", 1, "cert.untrusted", NULL, 0},
	{"good issuing", 1, "cert.name_mismatch", NULL, 0},
	{"good issuing", 1, "cert.weak_key", NULL, 0},
	{"good issuing", 1, "cert.weak_signature", NULL, 0},
	{"good issuing", 1, "cert.bad_usage", NULL, 0},
	{"good issuing", 1, "cert.default_name", NULL, 0},
	{"good issuing", 1, "cert.validity_too_long", NULL, 0},
	{"good issuing", 1, "cert.cn_only", NULL, 0},
	{"good issuing", 1, "cert.expires_soon", NULL, 0},
	{"expired issuing", 1, "cert.expired", "leaf", SEV_HIGH},
	{"expired issuing", 1, "cert.untrusted", NULL, 0},
	{"expired issuing", -20, "cert.expired", NULL, 0},
	{"good issuing", -1, "cert.not_yet_valid", "leaf", SEV_MEDIUM},
	{"not-yet-valid issuing", 1, "cert.not_yet_valid", "leaf", SEV_MEDIUM},
	{"not-yet-valid issuing", 1, "cert.expired", NULL, 0},
	{"expires-soon issuing", 1, "cert.expires_soon", "leaf", SEV_LOW},
	{"expires-soon issuing", -20, "cert.expires_soon", NULL, 0},
	{"good issuing", 48, "cert.expires_soon", "leaf", SEV_LOW},
	{"self-signed", 1, "cert.self_signed", "leaf", SEV_MEDIUM},
	{"self-signed", 1, "cert.untrusted", NULL, 0},
	{"good", 1, "cert.self_signed", NULL, 0},
	{"root", 1, "cert.self_signed", NULL, 0}, /* it is trusted */
	{"root", 1, "cert.bad_usage", "key_usage", SEV_MEDIUM},
	{"good", 1, "cert.untrusted", "missing_intermediate", SEV_MEDIUM},
	{"good step1", 1, "cert.untrusted", "unknown_issuer", SEV_MEDIUM},
	{"good root issuing", 1, "cert.untrusted", "bad_order", SEV_LOW},
	{"good issuing root", 1, "cert.untrusted", NULL, 0},
	{"long-chain step5 step4 step3 step2 step1", 1, "cert.untrusted", NULL, 0},
	{"wrong-name issuing", 1, "cert.name_mismatch", "sni", SEV_HIGH},
	{"cn-only issuing", 1, "cert.cn_only", "no_san", SEV_LOW},
	{"cn-only issuing", 1, "cert.name_mismatch", NULL, 0},
	{"rsa-1024 issuing", 1, "cert.weak_key", "rsa", SEV_HIGH},
	{"ec-224 issuing", 1, "cert.weak_key", "ec", SEV_MEDIUM},
	{"key-roca", 1, "cert.weak_key", "roca", SEV_HIGH},
	{"key-exponent-1", 1, "cert.weak_key", "rsa_exponent", SEV_CRITICAL},
	{"key-even", 1, "cert.weak_key", "rsa_exponent", SEV_CRITICAL},
	{"good-ed25519 issuing", 1, "cert.weak_key", NULL, 0},
	{"good-ec issuing", 1, "cert.weak_key", NULL, 0},
	{"sha1 issuing", 1, "cert.weak_signature", "sha1", SEV_MEDIUM},
	{"md5 issuing", 1, "cert.weak_signature", "md5", SEV_HIGH},
	{"too-long issuing", 1, "cert.validity_too_long", "private", SEV_INFO},
	{"never-ends issuing", 1, "cert.validity_too_long", "private", SEV_INFO},
	{"code-signing issuing", 1, "cert.bad_usage", "extended_key_usage", SEV_MEDIUM},
	{"ca-as-leaf issuing", 1, "cert.bad_usage", "key_usage", SEV_MEDIUM},
	{"version-1", 1, "cert.bad_usage", "version", SEV_MEDIUM},
	{"localhost", 1, "cert.default_name", "name", SEV_LOW},
	{"wildcard issuing", 1, "cert.name_mismatch", NULL, 0},
};
/* clang-format on */

static void
test_cases(void **state)
{
	for (size_t i = 0; i < N(cases); i++) {
		struct lab *lab = lab_at(cases[i].days);
		const struct told *t;

		visit(lab, CLIENT, SERVER, cases[i].names, HOST);
		lab_finish(lab);
		t = lab_told(lab, cases[i].id, cases[i].reason);
		if (cases[i].reason ? !t || t->severity != cases[i].sev : t != NULL) {
			lab_dump(lab);
			fail_msg(
				"%s on day %d: %s", cases[i].names, cases[i].days, cases[i].id);
		}
		lab_free(lab);
	}
}

/* By its digest, by that of its modulus; a list that names others says nothing. */
static void
test_listed(void **state)
{
	static const struct {
		const char *line, *names;
		enum severity sev; /* SEV_NONE: nothing is said of a list */
	} rows[] = {
		{"16124f308676a83480b4d77edbdcda1d2315a805cd681403e0c0931b4c13dac0", "key-roca",
			SEV_HIGH},
		{"586116289d94e8da981e", "good issuing", SEV_HIGH},
		{"586116289d94e8da981e", "good-ec issuing", SEV_NONE},
		{"586116289d94e8da981e", "key-even", SEV_NONE},
	};

	for (size_t i = 0; i < N(rows); i++) {
		char path[] = "/tmp/unit-findings-cert.XXXXXX";
		FILE *f = fdopen(mkstemp(path), "w");
		struct findings_settings set = findings_defaults;
		struct wordlist *bad = wordlist_new(WORDLIST_KEYS);
		struct lab *lab;

		fprintf(f, "%s known\n", rows[i].line);
		fclose(f);
		assert_int_equal(wordlist_read(bad, path, NULL), 0);
		unlink(path);
		set.bad_keys = bad;
		lab = lab_new(&set);
		lab->now_ns = first_day_ns + DAY;
		visit(lab, CLIENT, SERVER, rows[i].names, HOST);
		lab_finish(lab);
		if (rows[i].sev)
			WANT(lab, "cert.weak_key", "listed", rows[i].sev);
		else
			NONE_REASON(lab, "cert.weak_key", "listed");
		lab_free(lab);
		wordlist_free(&bad);
	}
}

/* Without anybody to trust nothing is said of trust; dates and names are. */
static void
test_nobody_trusted(void **state)
{
	struct lab *lab;

	lab_trust = NULL;
	lab = lab_at(1);
	visit(lab, CLIENT, SERVER, "wrong-name", HOST);
	visit(lab, CLIENT, SERVER, "self-signed", HOST);
	lab_finish(lab);
	NONE(lab, "cert.untrusted");
	WANT(lab, "cert.name_mismatch", "sni", SEV_HIGH);
	WANT(lab, "cert.self_signed", "leaf", SEV_MEDIUM);
	lab_free(lab);
	lab_trust = trust;
}

/* ---- who asks, and for what */

static void
test_relay_is_capped(void **state)
{
	struct lab *lab = lab_at(1);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	caps(&c, "STARTTLS");
	starttls_ask(&c);
	starttls_ok(&c);
	show(&c, "expired issuing", HOST);
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
	WANT(lab, "cert.expired", "leaf", SEV_LOW);
	lab_free(lab);
}

static void
test_banner(void **state)
{
	struct lab *lab = lab_at(1);
	const struct told *t;
	struct conn c;

	conn_open(lab, &c, PROTO_IMAP, 143);
	greet(&c); /* mail.example.org */
	caps(&c, "IMAP4rev1|STARTTLS");
	starttls_ask(&c);
	starttls_ok(&c);
	show(&c, "good issuing", NULL);
	conn_close(&c, FLOW_FIN);
	visit(lab, CLIENT, "192.0.2.9", "good issuing", NULL);
	lab_finish(lab);
	t = WANT(lab, "cert.name_mismatch", "banner_differs", SEV_INFO);
	assert_int_equal(t->certainty, CERTAINTY_PROBABLE);
	assert_int_equal(t->count, 1);
	NONE_REASON(lab, "cert.name_mismatch", "sni");
	lab_free(lab);
}

/* A clock that was never set says nothing of dates, and one far ahead neither. */
static void
test_clock(void **state)
{
	struct lab *lab = lab_at(1);

	lab->now_ns = 1000 * NS_PER_S;
	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	lab->now_ns = clock_wall_ns() + 5000 * DAY;
	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	lab_finish(lab);
	NONE(lab, "cert.expired");
	NONE(lab, "cert.not_yet_valid");
	lab_free(lab);
}

static void
test_handshake_signature(void **state)
{
	static const struct {
		uint16_t sigalg;
		bool anonymous;
		const char *reason;
	} kex[] = {{0x0201, false, "handshake_sha1"}, {0x0101, false, "handshake_md5"},
		{0x0401, false, NULL}, {0x0804, false, NULL}, {0, false, NULL},
		{0x0201, true, NULL}};

	for (size_t i = 0; i < N(kex); i++) {
		struct lab *lab = lab_at(1);
		struct tls_kex k = {.kind = TLS_KEX_ECDHE,
			.sigalg = kex[i].sigalg,
			.anonymous = kex[i].anonymous};
		struct conn c;
		struct event e;

		conn_open(lab, &c, PROTO_TLS, 993);
		show(&c, "good issuing", HOST);
		make(&c, &e, EV_TLS, DIR_S2C, 100)->tls = (struct ev_tls){
			.stage = TLS_KEY_EXCHANGE, .kex = &k};
		send_event(&c, &e);
		conn_close(&c, FLOW_FIN);
		lab_finish(lab);
		if (kex[i].reason)
			WANT(lab, "cert.weak_signature", kex[i].reason, SEV_LOW);
		else
			NONE(lab, "cert.weak_signature");
		lab_free(lab);
	}
}

/* ---- across connections */

static void
test_renewed_in_time(void **state)
{
	struct lab *lab = lab_at(1);

	visit(lab, CLIENT, SERVER, "expires-soon issuing", HOST);
	visit(lab, CLIENT, SERVER, "good-ec issuing", HOST);
	lab_finish(lab);
	NONE(lab, "cert.expires_soon");
	WANT(lab, "cert.changed", "renewed", SEV_INFO);
	lab_free(lab);
}

static void
test_changed(void **state)
{
	struct lab *lab = lab_at(20);

	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	NONE(lab, "cert.changed");
	visit(lab, CLIENT, SERVER, "good-ec issuing", "imap.example.test"); /* another name */
	visit(lab, CLIENT, "192.0.2.9", "good-ec issuing", HOST);           /* another server */
	NONE(lab, "cert.changed");
	visit(lab, CLIENT, SERVER, "good-ec issuing", HOST);
	WANT(lab, "cert.changed", "changed", SEV_MEDIUM);
	/* One client sees both, again and again: several servers behind one address. */
	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	WANT(lab, "cert.changed", "changed", SEV_INFO);
	NONE_REASON(lab, "cert.changed", "by_client");
	lab_finish(lab);
	lab_free(lab);
}

static void
test_downgraded(void **state)
{
	struct lab *lab = lab_at(1);

	visit(lab, CLIENT, SERVER, "good-ec issuing", HOST);
	visit(lab, CLIENT, SERVER, "self-signed", HOST);
	lab_finish(lab);
	WANT(lab, "cert.changed", "downgraded", SEV_HIGH);
	lab_free(lab);
}

static void
test_by_client(void **state)
{
	struct lab *lab = lab_at(20);

	visit(lab, "198.51.100.7", SERVER, "good issuing", HOST);
	visit(lab, "203.0.113.7", SERVER, "good-ec issuing", HOST);
	visit(lab, "198.51.100.7", SERVER, "good issuing", HOST);
	visit(lab, "203.0.113.7", SERVER, "good-ec issuing", HOST);
	lab_finish(lab);
	assert_int_equal(WANT(lab, "cert.changed", "by_client", SEV_HIGH)->certainty,
		CERTAINTY_POSSIBLE);
	lab_free(lab);
}

static void
test_key_shared(void **state)
{
	struct lab *lab = lab_at(1);

	/* All of these have the key of `good`. */
	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	visit(lab, CLIENT, "192.0.2.2", "good issuing", HOST);
	visit(lab, CLIENT, "192.0.2.3", "wrong-name issuing", "other.example.test");
	lab_finish(lab);
	NONE(lab, "cert.key_shared");
	lab_free(lab);
	lab = lab_at(1);
	visit(lab, CLIENT, SERVER, "good issuing", HOST);
	visit(lab, CLIENT, "192.0.2.2", "localhost", "localhost");
	lab_finish(lab);
	WANT(lab, "cert.key_shared", "other_owner", SEV_INFO);
	lab_free(lab);
}

static int
begin(void **state)
{
	char path[] = "/tmp/unit-findings-cert.XXXXXX";
	const char *ca[] = {path, NULL};
	struct err e = {0};
	struct bytes der;
	const unsigned char *p;
	const struct cert *good;
	X509 *x;
	FILE *f;

	arena_init(&files, 1 << 16);
	der = certs_load(&files, "root");
	p = der.p;
	x = d2i_X509(NULL, &p, (long)der.n);
	f = fdopen(mkstemp(path), "w");
	if (!f || !PEM_write_X509(f, x))
		return -1;
	fclose(f);
	X509_free(x);
	if (trust_new(ca, false, &trust, &e) < 0)
		return -1;
	unlink(path);
	good = cert_read(certs_load(&files, "good"), NULL, &files);
	first_day_ns = good->not_before_s * NS_PER_S;
	lab_trust = trust;
	return 0;
}

static int
end(void **state)
{
	trust_free(&trust);
	arena_done(&files);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_nobody_trusted),
		cmocka_unit_test(test_relay_is_capped),
		cmocka_unit_test(test_banner),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_handshake_signature),
		cmocka_unit_test(test_renewed_in_time),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_downgraded),
		cmocka_unit_test(test_by_client),
		cmocka_unit_test(test_key_shared),
	};

	seeds = argc > 1 ? argv[1] : "tests/fuzz/seeds/cert";
	return cmocka_run_group_tests(tests, begin, end);
}
