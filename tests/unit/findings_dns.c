/* What DNS answers change: the name that a certificate is compared with, the role mx, and what
 * TLSA and MTA-STS records ask for. */
#include "findings_build.h"

#include <openssl/evp.h>

#include "model/peer_cert.h"

#include "certs.h"

/* Until the next one is loaded. */
static struct bytes
load(const char *name)
{
	static uint8_t room[CERTS_BYTES];

	return certs_read(name, room);
}

/* One record; data of A: an address in text, NULL: there is none of that type. */
static void
dns_raw(struct lab *lab, const char *client, const char *resolver, const char *name,
	uint16_t type, struct bytes data, unsigned flags)
{
	struct flow f = {.client = end_of(client, 5000), .server = end_of(resolver, 53)};
	struct dns_record r = {
		.owner = bytes_str(name), .type = type, .ttl_s = 60, .data = data};
	struct event e = {.type = EV_DNS,
		.at = {.ts_ns = lab->now_ns, .packet = ++lab->packet, .dir = DIR_S2C},
		.dns = {.name = bytes_str(name),
			.type = type,
			.flags = flags,
			.negative_ttl_s = 60,
			.records = &r,
			.n = data.n != 0}};

	model_loose(lab->model, &f, &e);
}

static void
dns(struct lab *lab, const char *client, const char *name, uint16_t type, const char *data)
{
	struct bytes d = bytes_str(data);
	struct endpoint to;

	if (type == DNS_A && data) {
		to = end_of(data, 0);
		d = (struct bytes){to.addr, 4};
	}
	dns_raw(lab, client, "203.0.113.53", name, type, d, 0);
}

/* TLS without SNI, where the server shows one certificate. */
static void
shake(struct conn *c, const char *cert)
{
	struct tls_hello client = {.client = true, .version = TLS_1_2};
	struct tls_hello server = {.version = TLS_1_2, .cipher = 0xc030};
	struct bytes der = load(cert);
	struct event e;

	make(c, &e, EV_TLS, DIR_C2S, 100)->tls = (struct ev_tls){
		.stage = TLS_CLIENT_HELLO, .version = TLS_1_2, .hello = &client};
	send_event(c, &e);
	make(c, &e, EV_TLS, DIR_S2C, 100)->tls = (struct ev_tls){
		.stage = TLS_SERVER_HELLO, .version = TLS_1_2, .hello = &server};
	send_event(c, &e);
	make(c, &e, EV_TLS, DIR_S2C, 100)->tls = (struct ev_tls){
		.stage = TLS_CERTIFICATES, .version = TLS_1_2, .certs = &der, .n_certs = 1};
	send_event(c, &e);
}

static void
visit(struct lab *lab, enum proto p, uint16_t port, const char *cert)
{
	struct conn c;

	conn_open(lab, &c, p, port);
	shake(&c, cert);
	conn_close(&c, FLOW_FIN);
	lab_finish(lab);
}

/* ---- the name */

static void
test_other_name(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;

	dns(lab, CLIENT, "other.example", DNS_A, SERVER);
	visit(lab, PROTO_TLS, 993, "good");
	t = WANT(lab, "cert.name_mismatch", "dns", SEV_HIGH);
	assert_int_equal(t->certainty, CERTAINTY_PROBABLE);
	assert_string_equal(t->text[1], "the client asked DNS for other.example");
	assert_int_equal(t->at[1].packet, 1); /* of the answer */
	assert_int_equal(WANT(lab, "tls.sni.missing", "access", SEV_LOW)->certainty,
		CERTAINTY_CONFIRMED);
	lab_free(lab);
}

/* Which of two names the client meant is not known. */
static void
test_one_of_two(void **state)
{
	struct lab *lab = lab_new(NULL);

	dns(lab, CLIENT, "mail.example.test", DNS_A, SERVER);
	dns(lab, CLIENT, "other.example", DNS_A, SERVER);
	visit(lab, PROTO_TLS, 993, "good");
	NONE(lab, "cert.name_mismatch");
	lab_free(lab);
}

static void
test_not_this_client(void **state)
{
	struct lab *lab = lab_new(NULL);

	dns(lab, "198.51.100.8", "other.example", DNS_A, SERVER); /* somebody else */
	dns(lab, CLIENT, "elsewhere.example", DNS_A, "192.0.2.77");
	visit(lab, PROTO_TLS, 993, "good");
	NONE(lab, "cert.name_mismatch");
	assert_int_equal(
		WANT(lab, "tls.sni.missing", "access", SEV_LOW)->certainty, CERTAINTY_POSSIBLE);
	lab_free(lab);
}

static void
test_long_ago(void **state)
{
	struct lab *lab = lab_new(NULL);

	dns(lab, CLIENT, "other.example", DNS_A, SERVER);
	lab->now_ns += 3600 * NS_PER_S;
	visit(lab, PROTO_TLS, 993, "good");
	NONE(lab, "cert.name_mismatch");
	lab_free(lab);
}

/* ---- relays, and what is published */

static void
exchange(struct lab *lab)
{
	dns(lab, CLIENT, "example.org", DNS_MX, "mx.example.org");
	dns(lab, CLIENT, "mx.example.org", DNS_A, SERVER);
}

static void
test_relay(void **state)
{
	struct lab *lab = lab_new(NULL);

	exchange(lab);
	visit(lab, PROTO_SMTP, 25, "good");
	WANT(lab, "cert.name_mismatch", "dns", SEV_LOW);
	WANT(lab, "tls.sni.missing", "relay", SEV_INFO);
	lab_free(lab);
}

static void
test_mta_sts(void **state)
{
	static const struct {
		const char *text;
		enum severity name, sni;
	} rows[] = {
		{"v=STSv1; id=20261116", SEV_HIGH, SEV_MEDIUM},
		{"v=STSv2; id=20261116", SEV_LOW, SEV_INFO},
		{NULL, SEV_LOW, SEV_INFO},
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct lab *lab = lab_new(NULL);

		exchange(lab);
		dns(lab, CLIENT, "_mta-sts.example.org", DNS_TXT, rows[i].text);
		visit(lab, PROTO_SMTP, 25, "good");
		WANT(lab, "cert.name_mismatch", "dns", rows[i].name);
		WANT(lab, "tls.sni.missing", "relay", rows[i].sni);
		lab_free(lab);
	}
}

/* RDATA for a certificate: usage, selector, matching type, data. */
static struct bytes
tlsa(const char *cert, uint8_t usage, uint8_t selector, uint8_t matching)
{
	static uint8_t room[3 + 8192];
	struct bytes der = load(cert);
	struct arena a;
	unsigned n = (unsigned)der.n;

	arena_init(&a, 0);
	room[0] = usage;
	room[1] = selector;
	room[2] = matching;
	if (selector)
		memcpy(room + 3, cert_read(der, NULL, &a)->spki, n = 32);
	else if (matching)
		EVP_Digest(der.p, der.n, room + 3, &n,
			matching == 1 ? EVP_sha256() : EVP_sha512(), NULL);
	else
		memcpy(room + 3, der.p, n);
	arena_done(&a);
	return (struct bytes){room, 3 + n};
}

static void
test_tlsa(void **state)
{
	static const struct {
		const char *cert; /* of the record */
		uint8_t usage, selector, matching;
		const char *resolver;
		unsigned flags;
		const char *reason;
		enum severity sev;
	} rows[] = {
		{"self-signed", 3, 1, 1, "127.0.0.1", DNS_AD, "dane", SEV_INFO},
		{"self-signed", 3, 0, 1, "127.0.0.1", DNS_AD, "dane", SEV_INFO},
		{"self-signed", 3, 0, 2, "127.0.0.1", DNS_AD, "dane", SEV_INFO},
		{"self-signed", 3, 0, 0, "127.0.0.1", DNS_AD, "dane", SEV_INFO},
		{"self-signed", 3, 1, 1, CLIENT, DNS_AD, "dane", SEV_INFO},
		{"self-signed", 3, 1, 1, "127.0.0.1", 0, "leaf", SEV_LOW}, /* not signed */
		{"self-signed", 3, 1, 1, "203.0.113.53", DNS_AD, "leaf",
			SEV_LOW}, /* who says so? */
		{"self-signed", 2, 1, 1, "127.0.0.1", DNS_AD, "leaf", SEV_MEDIUM}, /* of a CA */
		{"good-ec", 3, 1, 1, "127.0.0.1", DNS_AD, "leaf", SEV_MEDIUM}, /* another one */
		{"self-signed", 3, 0, 3, "127.0.0.1", DNS_AD, "leaf", SEV_MEDIUM}, /* unknown */
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct lab *lab = lab_new(NULL);
		const char *asks = strcmp(rows[i].resolver, "127.0.0.1") ? CLIENT : "127.0.0.1";

		exchange(lab);
		dns_raw(lab, asks, rows[i].resolver, "_25._tcp.mx.example.org", DNS_TLSA,
			tlsa(rows[i].cert, rows[i].usage, rows[i].selector, rows[i].matching),
			rows[i].flags);
		visit(lab, PROTO_SMTP, 25, "self-signed");
		WANT(lab, "cert.self_signed", rows[i].reason, rows[i].sev);
		WANT(lab, "tls.sni.missing", "relay", SEV_MEDIUM);
		lab_free(lab);
	}
}

/* Only the key matters then, RFC 7672 3.1.1. */
static void
test_only_the_key(void **state)
{
	static const struct {
		const char *cert, *id;
	} rows[] = {{"cn-only", "cert.cn_only"}, {"code-signing", "cert.bad_usage"}};

	for (size_t i = 0; i < N(rows); i++) {
		struct lab *lab = lab_new(NULL);

		exchange(lab);
		visit(lab, PROTO_SMTP, 25, rows[i].cert);
		WANT(lab, rows[i].id, NULL, SEV_LOW);
		lab_free(lab);
		lab = lab_new(NULL);
		exchange(lab);
		dns_raw(lab, "127.0.0.1", "127.0.0.1", "_25._tcp.mx.example.org", DNS_TLSA,
			tlsa(rows[i].cert, 3, 1, 1), DNS_AD);
		visit(lab, PROTO_SMTP, 25, rows[i].cert);
		NONE(lab, rows[i].id);
		lab_free(lab);
	}
}

/* ---- the role */

static enum role
role_with(struct lab *lab, const char *path)
{
	struct event e;
	struct conn c;
	enum role role;

	conn_open(lab, &c, PROTO_SMTP, 25);
	make(&c, &e, EV_RCPT, DIR_C2S, 20)->rcpt = (struct ev_rcpt){
		.tx = 1, .path = bytes_str(path), .code = 250, .accepted = true, .known = true};
	send_event(&c, &e);
	role = c.s->role;
	conn_close(&c, FLOW_FIN);
	return role;
}

static void
test_role(void **state)
{
	struct lab *lab = lab_new(NULL);

	exchange(lab);
	dns(lab, CLIENT, "away.example", DNS_MX, "mx.away.example");
	dns(lab, CLIENT, "mx.away.example", DNS_A, "192.0.2.200");
	dns(lab, CLIENT, "implicit.example", DNS_MX, NULL);
	dns(lab, CLIENT, "implicit.example", DNS_A, SERVER);
	dns(lab, CLIENT, "unasked.example", DNS_A, SERVER);
	assert_int_equal(role_with(lab, "bob@example.org"), ROLE_MX);
	assert_int_equal(role_with(lab, "Bob@EXAMPLE.ORG"), ROLE_MX);
	assert_int_equal(role_with(lab, "bob@implicit.example"), ROLE_MX);
	assert_int_equal(role_with(lab, "bob@away.example"), ROLE_RELAY);
	assert_int_equal(role_with(lab, "bob@unasked.example"), ROLE_RELAY);
	assert_int_equal(role_with(lab, "bob@unknown.example"), ROLE_RELAY);
	assert_int_equal(role_with(lab, "postmaster"), ROLE_RELAY);
	assert_int_equal(role_with(lab, "bob@"), ROLE_RELAY);
	lab_free(lab);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_name),
		cmocka_unit_test(test_one_of_two),
		cmocka_unit_test(test_not_this_client),
		cmocka_unit_test(test_long_ago),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_mta_sts),
		cmocka_unit_test(test_tlsa),
		cmocka_unit_test(test_only_the_key),
		cmocka_unit_test(test_role),
	};

	seeds = argc > 1 ? argv[1] : "tests/fuzz/seeds/cert";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
