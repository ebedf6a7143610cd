/* tls.*: what was agreed on, what was offered, how it began and ended. */
#include "findings_tls_build.h"

static void
test_good_is_quiet(void **state)
{
	static const char *const quiet[] = {"tls.version.obsolete", "tls.cipher.insecure",
		"tls.cipher.weak", "tls.cipher.offered_weak", "tls.kex.no_forward_secrecy",
		"tls.kex.weak_group", "tls.kex.pq", "tls.compression",
		"tls.renegotiation.insecure", "tls.sni.missing", "tls.alpn.foreign",
		"tls.handshake_failed", "tls.mode_mismatch", "tls.downgrade",
		"tls.plaintext_on_tls_port", "tls.not_assessable", "tls.client_cert_visible",
		"tls.heartbleed"};
	struct lab *lab = lab_new(NULL);
	struct shake k = good();

	session(lab, 993, &k);
	findings_finish(lab->findings);
	for (size_t i = 0; i < N(quiet); i++)
		NONE(lab, quiet[i]);
	WANT(lab, "tls.version.client_max_old", "no_tls13", SEV_INFO);
	WANT(lab, "tls.fingerprint", "seen", SEV_INFO);
	lab_free(lab);
}

static const struct {
	const char *name;
	uint16_t port, version, cipher;
	const char *id, *reason;
	enum severity sev;
} agreed[] = {
	{"tls10-access", 993, TLS_1_0, 0xc013, "tls.version.obsolete", "tls1_0", SEV_MEDIUM},
	{"tls11-submission", 465, TLS_1_1, 0xc013, "tls.version.obsolete", "tls1_1",
		SEV_MEDIUM},
	{"tls10-elsewhere", 2525, TLS_1_0, 0xc013, "tls.version.obsolete", "tls1_0", SEV_LOW},
	{"ssl3-access", 995, SSL_3, 0x0035, "tls.version.obsolete", "ssl3", SEV_CRITICAL},
	{"ssl2-elsewhere", 2525, SSL_2, 0x0700, "tls.version.obsolete", "ssl2", SEV_HIGH},
	{"ssl2-cipher", 2525, SSL_2, 0x0200, "tls.cipher.insecure", "export", SEV_HIGH},
	{"null-access", 993, TLS_1_2, 0xc010, "tls.cipher.insecure", "null", SEV_CRITICAL},
	{"null-elsewhere", 2525, TLS_1_2, 0xc010, "tls.cipher.insecure", "null", SEV_HIGH},
	{"rc4", 993, TLS_1_2, 0xc011, "tls.cipher.insecure", "rc4", SEV_HIGH},
	{"des", 993, TLS_1_0, 0x0009, "tls.cipher.insecure", "des", SEV_HIGH},
	{"idea", 993, TLS_1_0, 0x0007, "tls.cipher.insecure", "idea", SEV_HIGH},
	{"anon-access", 993, TLS_1_2, 0xc018, "tls.cipher.insecure", "anon", SEV_HIGH},
	{"anon-relay", 25, TLS_1_2, 0xc018, "tls.cipher.insecure", "anon_opportunistic",
		SEV_LOW},
	{"anon-rc4-relay", 25, TLS_1_2, 0x0018, "tls.cipher.insecure", "rc4", SEV_HIGH},
	{"3des", 993, TLS_1_2, 0xc012, "tls.cipher.weak", "3des", SEV_MEDIUM},
	{"cbc-sha1", 993, TLS_1_2, 0xc013, "tls.cipher.weak", "cbc_sha1", SEV_LOW},
	{"cbc-sha256", 993, TLS_1_2, 0xc027, "tls.cipher.weak", "not_aead", SEV_LOW},
	{"camellia", 993, TLS_1_2, 0xc076, "tls.cipher.weak", "dated_cbc", SEV_LOW},
	{"rsa", 993, TLS_1_2, 0x009c, "tls.kex.no_forward_secrecy", "rsa", SEV_MEDIUM},
	{"static-ecdh", 993, TLS_1_2, 0xc02d, "tls.kex.no_forward_secrecy", "static_dh",
		SEV_MEDIUM},
};

static void
test_agreed(void **state)
{
	for (size_t i = 0; i < N(agreed); i++) {
		struct lab *lab = lab_new(NULL);
		struct shake k = good();
		const struct told *t;

		k.server.version = agreed[i].version;
		k.server.cipher = agreed[i].cipher;
		session(lab, agreed[i].port, &k);
		t = lab_told(lab, agreed[i].id, agreed[i].reason);
		if (!t || t->severity != agreed[i].sev)
			fail_msg("%s: %s", agreed[i].name, t ? "another severity" : "not told");
		lab_free(lab);
	}
}

/* The other way round: a version of a handshake that came to nothing is no finding. */
static void
test_not_agreed(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake k = good();
	struct conn c;

	k.server.version = TLS_1_0;
	k.server.cipher = 0x0009;
	open_tls(lab, &c, 993);
	hellos(&c, &k);
	say(&c, DIR_C2S, (struct ev_tls){.stage = TLS_ALERT, .fatal = true, .alert = 70});
	conn_close(&c, FLOW_FIN);
	NONE(lab, "tls.version.obsolete");
	NONE(lab, "tls.cipher.insecure");
	WANT(lab, "tls.handshake_failed", "protocol_version_client", SEV_MEDIUM);
	lab_free(lab);
	/* encrypt_then_mac mends CBC, but not the missing AEAD */
	lab = lab_new(NULL);
	k = good();
	k.server.version = TLS_1_1;
	k.server.cipher = 0xc013;
	k.server.flags |= HELLO_ETM;
	session(lab, 993, &k);
	NONE(lab, "tls.cipher.weak");
	lab_free(lab);
}

static void
test_key_exchange(void **state)
{
	static const uint8_t prime[] = {0x80, 1, 2, 3};
	static const struct {
		struct tls_kex kex;
		const char *reason;
		enum severity sev;
	} cases[] = {
		{{.kind = TLS_KEX_DHE, .bits = 1024}, "dh_below_2048", SEV_MEDIUM},
		{{.kind = TLS_KEX_DHE, .bits = 2047}, "dh_below_2048", SEV_MEDIUM},
		{{.kind = TLS_KEX_DHE, .bits = 768}, "dh_below_1024", SEV_HIGH},
		{{.kind = TLS_KEX_DHE, .bits = 4096, .even = true}, "even_prime", SEV_CRITICAL},
		{{.kind = TLS_KEX_DHE, .bits = 4096, .trivial = true}, "trivial_generator",
			SEV_CRITICAL},
		{{.kind = TLS_KEX_ECDHE, .group = 19, .bits = 192}, "small_curve", SEV_MEDIUM},
		{{.kind = TLS_KEX_DHE, .bits = 2048}, NULL, SEV_NONE},
		{{.kind = TLS_KEX_ECDHE, .group = 23, .bits = 256}, NULL, SEV_NONE},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct lab *lab = lab_new(NULL);
		struct shake k = good();

		k.kex = cases[i].kex;
		k.kex.prime = (struct bytes){prime, sizeof(prime)};
		session(lab, 993, &k);
		if (cases[i].reason)
			WANT(lab, "tls.kex.weak_group", cases[i].reason, cases[i].sev);
		else
			NONE(lab, "tls.kex.weak_group");
		lab_free(lab);
	}
}

static void
test_tls13(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake k = good();

	k.client.version = k.server.version = TLS_1_3;
	k.server.cipher = 0x1301;
	k.server.group = 0x11ec;
	k.cert = TLS_CERT_HIDDEN;
	session(lab, 993, &k);
	WANT(lab, "tls.kex.pq", "x25519mlkem768", SEV_INFO);
	NONE(lab, "tls.version.client_max_old");
	k.server.group = 0;
	k.server.flags |= HELLO_PSK;
	k.resumed = true;
	k.cert = TLS_CERT_NONE;
	session(lab, 993, &k);
	WANT(lab, "tls.kex.no_forward_secrecy", "psk_ke", SEV_MEDIUM);
	NONE(lab, "tls.not_assessable");
	findings_finish(lab->findings);
	WANT(lab, "tls.not_assessable", "certificate_hidden", SEV_INFO);
	WANT(lab, "tls.not_assessable", "resumed", SEV_INFO);
	lab_free(lab);
	/* Another session shows it. */
	lab = lab_new(NULL);
	session(lab, 993, &k);
	k = good();
	session(lab, 993, &k);
	findings_finish(lab->findings);
	NONE(lab, "tls.not_assessable");
	lab_free(lab);
}

static void
test_server_hello(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake k = good();

	k.server.compressions = BYTES("\1");
	k.server.flags &= ~(unsigned)HELLO_RENEGOTIATION;
	session(lab, 993, &k);
	WANT(lab, "tls.compression", "deflate", SEV_MEDIUM);
	WANT(lab, "tls.renegotiation.insecure", "not_answered", SEV_LOW);
	lab_free(lab);
	lab = lab_new(NULL);
	k.client.flags &= ~(unsigned)HELLO_RENEGOTIATION; /* it did not ask */
	session(lab, 993, &k);
	NONE(lab, "tls.renegotiation.insecure");
	lab_free(lab);
}

static void
test_downgrade(void **state)
{
	static const uint8_t marked[32] = {[24] = 'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
	struct lab *lab = lab_new(NULL);
	struct shake k = good();

	k.server.random = (struct bytes){marked, sizeof(marked)};
	session(lab, 993, &k); /* the client does not know TLS 1.3: servers must set it */
	NONE(lab, "tls.downgrade");
	k.client.version = TLS_1_3;
	session(lab, 993, &k);
	WANT(lab, "tls.downgrade", "sentinel", SEV_HIGH);
	lab_free(lab);
	lab = lab_new(NULL);
	k = good();
	k.client.flags |= HELLO_FALLBACK;
	session(lab, 993, &k);
	WANT(lab, "tls.downgrade", "fallback_scsv", SEV_MEDIUM);
	NONE(lab, "tls.version.client_max_old");
	lab_free(lab);
	lab = lab_new(NULL);
	k = good();
	session(lab, 993, &k);
	NONE(lab, "tls.downgrade");
	k.server.version = TLS_1_1;
	session(lab, 993, &k);
	assert_int_equal(
		WANT(lab, "tls.downgrade", "changed", SEV_LOW)->certainty, CERTAINTY_POSSIBLE);
	lab_free(lab);
}

static void
test_heartbleed(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake k = good();
	struct conn c;

	open_tls(lab, &c, 993);
	hellos(&c, &k);
	say(&c, DIR_C2S,
		(struct ev_tls){
			.stage = TLS_HEARTBEAT_SEEN, .said = 16, .held = 16, .request = true});
	WANT(lab, "tls.heartbleed", "heartbeat", SEV_INFO);
	say(&c, DIR_C2S,
		(struct ev_tls){.stage = TLS_HEARTBEAT_SEEN, .said = 16384, .request = true});
	WANT(lab, "tls.heartbleed", "request", SEV_CRITICAL);
	say(&c, DIR_S2C,
		(struct ev_tls){.stage = TLS_HEARTBEAT_SEEN, .said = 16384, .held = 16384});
	WANT(lab, "tls.heartbleed", "answered", SEV_CRITICAL);
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
}

/* With the keys: what was put in before TLS is answered inside, the offer is made again, and
 * other mechanisms are named. */
static void
test_inside(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;
	struct event e;

	conn_open(lab, &c, PROTO_SMTP, 587);
	greet(&c);
	caps(&c, "STARTTLS|AUTH PLAIN");
	starttls_ask(&c);
	starttls_say(&c, STLS_SURPLUS, DIR_C2S, 0, "NOOP", true);
	starttls_ok(&c);
	tls_up(&c);
	NONE_REASON(lab, "starttls.client_injection", "executed");
	c.tls = true;
	make(&c, &e, EV_REPLY, DIR_S2C, 8);
	e.reply = (struct ev_reply){.kind = REPLY_OK,
		.code = 250,
		.text = BYTES("250 2.0.0 Ok"),
		.unsolicited = true};
	send_event(&c, &e);
	WANT(lab, "starttls.client_injection", "executed", SEV_CRITICAL);
	NONE(lab, "starttls.state_kept");
	caps(&c, "STARTTLS|AUTH PLAIN SCRAM-SHA-256");
	WANT(lab, "starttls.state_kept", "still_offered", SEV_LOW);
	conn_close(&c, FLOW_FIN);
	findings_finish(lab->findings);
	assert_string_equal(lab_told(lab, "starttls.established", "upgraded")->note,
		"mechanisms offered in clear: PLAIN; inside TLS: PLAIN SCRAM-SHA-256");
	lab_free(lab);
}

/* The model: the first hello counts, alerts in their order, what TLS 1.3 hides. */
static void
test_seen(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake k = good();
	const struct tls_seen *t;
	struct conn c, d;
	char ja4[JA4_TEXT];

	k.client.version = k.server.version = TLS_1_3;
	k.server.cipher = 0x1301;
	k.server.group = 29;
	open_tls(lab, &c, 993);
	hellos(&c, &k);
	t = c.s->tls_seen;
	assert_true(bytes_is(t->client->sni, "mail.example.org"));
	assert_int_equal(t->group, 29);
	assert_int_equal(t->key_bits, 255);
	assert_int_equal(t->cert, TLS_CERT_UNKNOWN);
	assert_int_equal(tls_cert_of(t), TLS_CERT_HIDDEN);
	memcpy(ja4, t->client->ja4, sizeof(ja4));
	open_tls(lab, &d, 993); /* another one of the same program shares it */
	hellos(&d, &k);
	assert_ptr_equal(d.s->tls_seen->client, t->client);
	say(&c, DIR_S2C, (struct ev_tls){.stage = TLS_RETRY, .hello = &k.server});
	k.client.flags |= HELLO_COOKIE;
	k.client.ciphers.n = 2;
	say(&c, DIR_C2S, (struct ev_tls){.stage = TLS_CLIENT_HELLO, .hello = &k.client});
	assert_string_equal(t->client->ja4, ja4);
	assert_true(t->retry);
	say(&c, DIR_C2S, (struct ev_tls){.stage = TLS_ALERT, .alert = 90});
	say(&c, DIR_S2C, (struct ev_tls){.stage = TLS_ALERT, .alert = 40, .fatal = true});
	say(&c, DIR_C2S, (struct ev_tls){.stage = TLS_ALERT, .alert = 0, .fatal = true});
	assert_int_equal(t->alert, 40);
	assert_int_equal(t->alert_dir, DIR_S2C);
	assert_int_equal(t->fatal_alerts, 2);
	conn_close(&c, FLOW_FIN);
	conn_close(&d, FLOW_FIN);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_is_quiet),
		cmocka_unit_test(test_agreed),
		cmocka_unit_test(test_not_agreed),
		cmocka_unit_test(test_key_exchange),
		cmocka_unit_test(test_tls13),
		cmocka_unit_test(test_server_hello),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_heartbleed),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
