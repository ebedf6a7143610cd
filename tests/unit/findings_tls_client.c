/* tls.*: of the client, and of handshakes that came to nothing. */
#include "findings_tls_build.h"

#include <stdlib.h>
#include <unistd.h>

/* A connection of HOST with TLS by this program and, inside, what name and account (either may
 * be NULL) say. */
static void
speak(struct lab *lab, const char *host, const struct shake *k, const char *name,
	const char *account)
{
	struct conn c;
	struct event e;

	conn_from(lab, &c, PROTO_SMTP, host, SERVER, 465);
	hellos(&c, k);
	done(&c, k);
	c.tls = true;
	if (name) {
		make(&c, &e, EV_HELLO, DIR_C2S, 20);
		e.hello = (struct ev_hello){
			.verb = "EHLO", .name = bytes_str(name), .code = 250};
		send_event(&c, &e);
	}
	if (account)
		password(&c, account, "correct horse battery", AUTH_ACCEPTED);
	conn_close(&c, FLOW_FIN);
}

static void
test_fingerprint_changed(void **state)
{
	static const uint8_t other[] = {0xc0, 0x30, 0x00, 0x9d};
	static const char *const proxies[] = {"192.0.2.77", NULL};
	struct shake k = good(), new = good(), again, by_address = good();
	struct findings_settings set = findings_defaults;
	struct lab *lab;

	set.trusted_proxies = proxies;
	new.client.ciphers = (struct bytes){other, sizeof(other)};
	again = new;
	again.client.flags |= HELLO_TICKET_SHOWN | HELLO_TICKET;
	by_address.client.flags &= ~(unsigned)HELLO_SNI;
	by_address.client.sni = BYTES_NONE;
	lab = lab_new(&set);
	speak(lab, CLIENT, &k, "pc.example", NULL);
	speak(lab, CLIENT, &k, "pc.example", NULL);
	speak(lab, CLIENT, &by_address, "pc.example", NULL); /* no name was asked for */
	speak(lab, CLIENT, &again, "pc.example", NULL);      /* resumed */
	speak(lab, "192.0.2.9", &new, "pc.example", NULL);   /* another host */
	speak(lab, CLIENT, &new, "other.example", NULL);     /* another name */
	speak(lab, "192.0.2.77", &k, "gw.example", "bob");   /* a proxy */
	speak(lab, "192.0.2.77", &new, "gw.example", "bob");
	NONE_REASON(lab, "tls.fingerprint", "changed");
	speak(lab, CLIENT, &new, "pc.example", NULL);
	speak(lab, CLIENT, &k, "pc.example", NULL); /* both are known now */
	assert_int_equal(WANT(lab, "tls.fingerprint", "changed", SEV_LOW)->count, 1);
	lab_free(lab);
	lab = lab_new(NULL);
	speak(lab, CLIENT, &k, NULL, "alice");
	speak(lab, "192.0.2.9", &new, NULL, "carol");
	NONE_REASON(lab, "tls.fingerprint", "changed");
	speak(lab, "192.0.2.9", &new, NULL, "alice");
	WANT(lab, "tls.fingerprint", "changed", SEV_LOW);
	lab_free(lab);
}

static void
test_fingerprint_listed(void **state)
{
	char path[64], ja3[MD5_HEX], ja4[JA4_TEXT];
	struct findings_settings set = findings_defaults;
	struct shake k = good(), new = good();
	struct lab *lab;

	new.client.ciphers = BYTES("\xc0\x30");
	tls_ja3(&k.client, ja3);
	tls_ja4(&new.client, ja4);
	for (int turn = 0; turn < 2; turn++) {
		struct wordlist *list = wordlist_new(WORDLIST_FINGERPRINTS);
		FILE *f;

		snprintf(path, sizeof(path), "/tmp/unit-findings-tls.XXXXXX");
		f = fdopen(mkstemp(path), "w");
		fprintf(f, "%s scanner\n", turn ? ja4 : ja3);
		fclose(f);
		assert_int_equal(wordlist_read(list, path, NULL), 0);
		unlink(path);
		set.fingerprints = list;
		lab = lab_new(&set);
		session(lab, 993, turn ? &k : &new);
		NONE_REASON(lab, "tls.fingerprint", "listed");
		session(lab, 993, turn ? &new : &k);
		WANT(lab, "tls.fingerprint", "listed", SEV_MEDIUM);
		lab_free(lab);
		wordlist_free(&list);
	}
}

static void
test_client_offers(void **state)
{
	static const uint8_t weak[] = {0xc0, 0x2f, 0x00, 0x03, 0x00, 0x34};
	struct lab *lab = lab_new(NULL);
	struct shake k = good();

	k.client.ciphers = (struct bytes){weak, sizeof(weak)};
	k.client.version = k.client.legacy = TLS_1_1;
	k.client.flags &= ~(unsigned)HELLO_SNI;
	k.client.alpn = BYTES("\2h2\x08http/1.1");
	session(lab, 993, &k);
	NONE(lab, "tls.cipher.offered_weak"); /* told at the end */
	WANT(lab, "tls.version.client_max_old", "max_tls_1_1", SEV_MEDIUM);
	WANT(lab, "tls.sni.missing", "access", SEV_LOW);
	WANT(lab, "tls.alpn.foreign", "foreign", SEV_MEDIUM);
	findings_finish(lab->findings);
	assert_string_equal(WANT(lab, "tls.cipher.offered_weak", "insecure", SEV_LOW)->note,
		"TLS_RSA_EXPORT_WITH_RC4_40_MD5");
	lab_free(lab);
	lab = lab_new(NULL);
	k = good();
	k.client.ciphers = (struct bytes){weak + 4, 2};
	k.client.flags = HELLO_ECH;
	k.client.alpn = BYTES("\2h2\4imap");
	session(lab, 2525, &k);
	findings_finish(lab->findings);
	WANT(lab, "tls.cipher.offered_weak", "anonymous", SEV_INFO);
	NONE(lab, "tls.sni.missing");
	NONE(lab, "tls.alpn.foreign");
	WANT(lab, "tls.not_assessable", "ech", SEV_INFO);
	lab_free(lab);
	lab = lab_new(NULL);
	k = good();
	k.client.sslv2 = true;
	session(lab, 993, &k);
	WANT(lab, "tls.version.client_max_old", "sslv2_hello", SEV_MEDIUM);
	lab_free(lab);
}

static void
test_handshake_failed(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake k = good(), none = good();
	struct conn c;

	none.server.version = 0;
	open_tls(lab, &c, 993);
	hellos(&c, &none);
	conn_close(&c, FLOW_EOF); /* the capture ended, not the connection */
	NONE(lab, "tls.handshake_failed");
	open_tls(lab, &c, 993);
	hellos(&c, &none);
	lost(&c, DIR_S2C, GAP_LOST, 100);
	conn_close(&c, FLOW_FIN);
	NONE(lab, "tls.handshake_failed");
	open_tls(lab, &c, 993);
	hellos(&c, &none);
	conn_close(&c, FLOW_RST);
	WANT(lab, "tls.handshake_failed", "no_reason", SEV_MEDIUM);
	session(lab, 993, &k); /* soon after: it works */
	WANT(lab, "tls.handshake_failed", "no_reason", SEV_LOW);
	open_tls(lab, &c, 465);
	hellos(&c, &k);
	say(&c, DIR_C2S, (struct ev_tls){.stage = TLS_CLOSED_SHORT, .version = TLS_1_3});
	conn_close(&c, FLOW_FIN);
	assert_int_equal(
		WANT(lab, "tls.handshake_failed", "encrypted_alert", SEV_MEDIUM)->certainty,
		CERTAINTY_POSSIBLE);
	lab_free(lab);
}

static void
test_modes(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct shake none = good();
	struct conn c;

	none.server.version = 0;
	open_tls(lab, &c, 143);
	hellos(&c, &none);
	say(&c, DIR_S2C, (struct ev_tls){.stage = TLS_BROKEN});
	conn_close(&c, FLOW_FIN);
	WANT(lab, "tls.mode_mismatch", "plaintext_answer", SEV_LOW);
	NONE(lab, "tls.handshake_failed");
	NONE(lab, "capture.unparsed");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_IMAP, 993);
	greet(&c);
	WANT(lab, "tls.plaintext_on_tls_port", "greeting", SEV_HIGH);
	password(&c, "alice", "correct horse battery", AUTH_ACCEPTED);
	WANT(lab, "tls.plaintext_on_tls_port", "greeting", SEV_CRITICAL);
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 465);
	upgraded(&c, "STARTTLS");
	WANT(lab, "tls.plaintext_on_tls_port", "greeting", SEV_MEDIUM);
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_IMAP, 143);
	greet(&c);
	NONE(lab, "tls.plaintext_on_tls_port");
	conn_close(&c, FLOW_FIN);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fingerprint_changed),
		cmocka_unit_test(test_fingerprint_listed),
		cmocka_unit_test(test_client_offers),
		cmocka_unit_test(test_handshake_failed),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
