/* Rules of proto.* and capture.*. */
#include "findings_build.h"

static void
end(struct conn *c, enum flow_reason reason)
{
	struct lab *lab = c->lab;

	conn_close(c, reason);
	lab_finish(lab);
}

struct port_row {
	enum proto p;
	const char *client, *server;
	uint16_t port;
	enum severity sev; /* SEV_NONE: none */
};

/* clang-format off */
static const struct port_row port_rows[] = {
	{PROTO_SMTP, CLIENT, SERVER, 25, SEV_NONE}, {PROTO_SMTP, CLIENT, SERVER, 465, SEV_NONE},
	{PROTO_SMTP, CLIENT, SERVER, 366, SEV_NONE}, {PROTO_LMTP, CLIENT, SERVER, 24, SEV_NONE},
	{PROTO_IMAP, CLIENT, SERVER, 220, SEV_NONE}, {PROTO_POP3, CLIENT, SERVER, 110, SEV_NONE},
	{PROTO_SMTP, CLIENT, SERVER, 10024, SEV_NONE}, {PROTO_SMTP, CLIENT, SERVER, 783, SEV_NONE},
	{PROTO_SMTP, CLIENT, SERVER, 2525, SEV_INFO},
	{PROTO_SMTP, CLIENT, SERVER, 1025, SEV_LOW},
	{PROTO_IMAP, CLIENT, SERVER, 31337, SEV_LOW},
	{PROTO_SMTP, "10.0.0.5", SERVER, 1025, SEV_MEDIUM},
	{PROTO_TLS, CLIENT, SERVER, 8443, SEV_NONE},
};
/* clang-format on */

static void
test_odd_port(void **state)
{
	struct lab *lab;
	struct conn c;

	for (size_t i = 0; i < N(port_rows); i++) {
		lab = lab_new(NULL);
		conn_from(lab, &c, port_rows[i].p, port_rows[i].client, port_rows[i].server,
			port_rows[i].port);
		NONE(lab, "proto.mail_on_odd_port"); /* told by the dialogue, not by a guess */
		if (port_rows[i].p != PROTO_TLS)
			greet(&c);
		if (port_rows[i].sev == SEV_NONE)
			NONE(lab, "proto.mail_on_odd_port");
		else
			WANT(lab, "proto.mail_on_odd_port", NULL, port_rows[i].sev);
		end(&c, FLOW_FIN);
		lab_free(lab);
	}
	lab = lab_new(NULL); /* a host that is known to send mail */
	conn_from(lab, &c, PROTO_SMTP, "10.0.0.5", SERVER, 25);
	greet(&c);
	conn_close(&c, FLOW_FIN);
	conn_from(lab, &c, PROTO_SMTP, "10.0.0.5", SERVER, 1025);
	greet(&c);
	WANT(lab, "proto.mail_on_odd_port", "smtp", SEV_LOW);
	end(&c, FLOW_FIN);
	lab_free(lab);
}

static void
stranger(struct lab *lab, struct conn *c, const char *client, uint64_t bytes, int64_t span_ns)
{
	conn_raw(lab, c, client, SERVER, 587);
	c->flow.side[0].bytes = c->flow.side[1].bytes = bytes;
	c->flow.last_ns = c->flow.first_ns + span_ns;
	model_not_mail(lab->model, c->s, bytes ? "SSH" : NULL, BYTES("SSH-2.0-x secret"),
		BYTES("SSH-2.0-OpenSSH_9.2"));
	conn_close(c, FLOW_FIN);
}

static void
test_not_mail(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	struct conn c;

	stranger(lab, &c, CLIENT, 0, 0); /* a port scan */
	NONE(lab, "proto.not_mail");
	stranger(lab, &c, CLIENT, 5 << 20, 1000 * NS_PER_S); /* inbound */
	t = WANT(lab, "proto.not_mail", "ssh", SEV_MEDIUM);
	assert_string_equal(t->text[0], "client: SSH-2.0-x; server: SSH-2.0-OpenSSH_9.2");
	lab_free(lab);
	lab = lab_new(NULL);
	stranger(lab, &c, "10.0.0.9", 1000, NS_PER_S);
	WANT(lab, "proto.not_mail", "ssh", SEV_MEDIUM);
	lab_free(lab);
	lab = lab_new(NULL);
	stranger(lab, &c, "10.0.0.9", 1000, 601 * NS_PER_S);
	WANT(lab, "proto.not_mail", "ssh", SEV_HIGH);
	lab_free(lab);
	lab = lab_new(NULL);
	stranger(lab, &c, "10.0.0.9", 2 << 20, NS_PER_S);
	WANT(lab, "proto.not_mail", "ssh", SEV_HIGH);
	lab_free(lab);
	lab = lab_new(NULL); /* not a mail port */
	conn_raw(lab, &c, CLIENT, SERVER, 31337);
	c.flow.side[0].bytes = 10;
	model_not_mail(lab->model, c.s, NULL, BYTES("x"), BYTES("y"));
	conn_close(&c, FLOW_FIN);
	NONE(lab, "proto.not_mail");
	lab_free(lab);
}

static void
test_http(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	anomaly(&c, ANOMALY_HTTP_REQUEST, DIR_C2S, "GET / HTTP/1.1");
	anomaly(&c, ANOMALY_HTTP_REQUEST, DIR_C2S, "Host: 192.0.2.1");
	NONE(lab, "proto.http_on_mail");
	end(&c, FLOW_FIN);
	WANT(lab, "proto.http_on_mail", "scan", SEV_LOW);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	anomaly(&c, ANOMALY_HTTP_REQUEST, DIR_C2S, "POST / HTTP/1.1");
	answer(&c, command(&c, NULL, "POST / HTTP/1.1"), NULL, REPLY_BAD, 500, "", NULL,
		"500 no");
	answer(&c, command(&c, "MAIL", "MAIL FROM:<a@b>"), "MAIL", REPLY_OK, 250, "", NULL,
		"250 ok");
	WANT(lab, "proto.http_on_mail", "smuggled", SEV_HIGH);
	end(&c, FLOW_FIN);
	NONE_REASON(lab, "proto.http_on_mail", "scan");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	caps(&c, "PIPELINING");
	anomaly(&c, ANOMALY_HTTP_REQUEST, DIR_C2S, "GET / HTTP/1.1");
	anomaly(&c, ANOMALY_HTTP_REQUEST, DIR_C2S, "GET /x HTTP/1.1");
	end(&c, FLOW_FIN);
	WANT(lab, "proto.http_on_mail", "requests", SEV_MEDIUM);
	lab_free(lab);
}

static void
silence(struct lab *lab, struct conn *c, uint16_t port, int64_t span_ns, uint64_t said)
{
	conn_raw(lab, c, CLIENT, SERVER, port);
	c->flow.side[DIR_C2S].bytes = said;
	c->flow.last_ns = c->flow.first_ns + span_ns;
	conn_close(c, FLOW_FIN);
}

static void
test_no_greeting(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	silence(lab, &c, 25, 29 * NS_PER_S, 0); /* postscreen waits */
	silence(lab, &c, 993, 60 * NS_PER_S, 0);
	conn_raw(lab, &c, CLIENT, SERVER, 25); /* never connected */
	c.flow.side[DIR_S2C].syn = false;
	c.flow.last_ns += 60 * NS_PER_S;
	conn_close(&c, FLOW_FIN);
	NONE(lab, "proto.no_greeting");
	silence(lab, &c, 25, 31 * NS_PER_S, 0);
	WANT(lab, "proto.no_greeting", "silent", SEV_INFO);
	silence(lab, &c, 25, 31 * NS_PER_S, 10);
	WANT(lab, "proto.no_greeting", "client_spoke", SEV_LOW);
	lab_free(lab);
}

struct refusal {
	enum proto p;
	enum reply_kind kind;
	uint16_t code;
	const char *text, *reason;
};

static const struct refusal refusals[] = {
	{PROTO_SMTP, REPLY_BAD, 554, "no service here", "554"},
	{PROTO_SMTP, REPLY_NO, 421, "too busy", "421"},
	{PROTO_SMTP, REPLY_BAD, 521, "does not accept mail", "521"},
	{PROTO_SMTP, REPLY_BAD, 554, "blocked using zen.spamhaus.org", "dnsbl"},
	{PROTO_POP3, REPLY_BAD, 0, "go away", "err"},
	{PROTO_IMAP, REPLY_BAD, 0, "overloaded", "bye"},
	{PROTO_SMTP, REPLY_OK, 220, "welcome", NULL},
};

static void
test_service_refused(void **state)
{
	for (size_t i = 0; i < N(refusals); i++) {
		struct lab *lab = lab_new(NULL);
		struct conn c;

		conn_open(lab, &c, refusals[i].p, 25);
		greet_as(&c, refusals[i].kind, refusals[i].code, refusals[i].text, "");
		if (refusals[i].reason)
			WANT(lab, "proto.service_refused", refusals[i].reason, SEV_INFO);
		else
			NONE(lab, "proto.service_refused");
		end(&c, FLOW_FIN);
		lab_free(lab);
	}
}

/* ---- capture.* */

static void
test_midstream(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	end(&c, FLOW_FIN);
	NONE(lab, "capture.midstream");
	NONE(lab, "capture.gap");
	NONE(lab, "capture.one_sided");
	NONE(lab, "capture.unparsed");
	NONE(lab, "capture.rexmit_inconsistent");
	lab_free(lab);
	lab = lab_new(NULL);
	conn_raw(lab, &c, CLIENT, SERVER, 25);
	c.flow.midstream = true;
	conn_proto(&c, PROTO_SMTP);
	WANT(lab, "capture.midstream", "no_syn", SEV_INFO); /* at once */
	mail_from(&c, "a@b", "", true);
	end(&c, FLOW_FIN);
	assert_int_equal(lab_told(lab, "capture.midstream", NULL)->count, 1);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 25);
	caps(&c, "PIPELINING");
	end(&c, FLOW_FIN);
	WANT(lab, "capture.midstream", "no_greeting", SEV_INFO);
	lab_free(lab);
}

static void
test_gap(void **state)
{
	const struct place last = {.packet = 99, .ts_ns = 5, .acked = PLACE_NO_ACK};
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	lost(&c, DIR_C2S, GAP_JOINED, 0);
	NONE(lab, "capture.gap");
	lost(&c, DIR_C2S, GAP_LOST, 1460);
	assert_non_null(strstr(WANT(lab, "capture.gap", "capture_loss", SEV_INFO)->text[0],
		"1460 octets of the client"));
	lost(&c, DIR_S2C, GAP_SNAPLEN, 10);
	WANT(lab, "capture.gap", "snaplen", SEV_INFO);
	lost(&c, DIR_S2C, GAP_HELD, 10);
	WANT(lab, "capture.gap", "hold_limit", SEV_INFO);
	findings_lost(lab->findings, LOST_BY_KERNEL, 0, &last);
	findings_lost(lab->findings, LOST_BY_KERNEL, 12, &last);
	assert_non_null(strstr(WANT(lab, "capture.gap", "kernel_drops", SEV_INFO)->text[0],
		"12 others were dropped by the kernel"));
	findings_lost(lab->findings, LOST_BY_US, 3, &last);
	assert_non_null(strstr(WANT(lab, "capture.gap", "program_drops", SEV_INFO)->text[0],
		"3 others were left out"));
	end(&c, FLOW_FIN);
	lab_free(lab);
}

static void
test_one_sided(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	c.flow.side[DIR_S2C] = (struct flow_side){0};
	command(&c, "EHLO", "EHLO x");
	end(&c, FLOW_EOF);
	WANT(lab, "capture.one_sided", "client_only", SEV_INFO);
	NONE(lab, "starttls.not_offered");
	lab_free(lab);
}

static void
test_rexmit(void **state)
{
	struct lab *lab = lab_new(NULL);
	const struct told *t;
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	anomaly(&c, ANOMALY_OVERLAP_DIFFERS, DIR_S2C, "harmless");
	t = WANT(lab, "capture.rexmit_inconsistent", "bytes_differ", SEV_MEDIUM);
	assert_null(strstr(t->text[0], "harmless"));
	end(&c, FLOW_FIN);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	anomaly(&c, ANOMALY_OVERLAP_DIFFERS, DIR_S2C, "250-STARTTLS");
	WANT(lab, "capture.rexmit_inconsistent", "bytes_differ", SEV_HIGH);
	end(&c, FLOW_FIN);
	lab_free(lab);
	lab = lab_new(NULL); /* the line that it hits comes only later */
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	{
		struct event e;

		make(&c, &e, EV_ANOMALY, DIR_S2C, 0);
		e.anomaly.id = ANOMALY_OVERLAP_DIFFERS;
		e.at.len = 5;
		e.at.offset = c.off[DIR_S2C] + 1;
		send_event(&c, &e);
	}
	WANT(lab, "capture.rexmit_inconsistent", "bytes_differ", SEV_MEDIUM);
	caps(&c, "PIPELINING|SIZE");
	end(&c, FLOW_FIN);
	WANT(lab, "capture.rexmit_inconsistent", "bytes_differ", SEV_HIGH);
	lab_free(lab);
	lab = lab_new(NULL);
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	c.flow.side[DIR_S2C].ttl_min = 61; /* three hops: routing */
	conn_close(&c, FLOW_FIN);
	NONE(lab, "capture.rexmit_inconsistent");
	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	c.flow.side[DIR_S2C].ttl_min = 50;
	end(&c, FLOW_FIN);
	t = WANT(lab, "capture.rexmit_inconsistent", "ttl", SEV_LOW); /* possible */
	assert_non_null(strstr(t->text[0], "from 50 to 64"));
	lab_free(lab);
}

static void
test_unparsed(void **state)
{
	struct lab *lab = lab_new(NULL);
	struct event e;
	struct conn c;

	conn_open(lab, &c, PROTO_SMTP, 25);
	greet(&c);
	make(&c, &e, EV_LAYER, DIR_C2S, 0);
	e.layer = (struct ev_layer){LAYER_GIVEN_UP, "too many errors"};
	send_event(&c, &e);
	conn_close(&c, FLOW_FIN);
	assert_non_null(strstr(WANT(lab, "capture.unparsed", "given_up", SEV_INFO)->text[0],
		"too many errors"));
	conn_raw(lab, &c, CLIENT, SERVER, 25);
	c.flow.side[0].bytes = 3;
	end(&c, FLOW_FIN);
	WANT(lab, "capture.unparsed", "unknown_protocol", SEV_INFO);
	lab_free(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_odd_port),
		cmocka_unit_test(test_not_mail),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_no_greeting),
		cmocka_unit_test(test_service_refused),
		cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_one_sided),
		cmocka_unit_test(test_rexmit),
		cmocka_unit_test(test_unparsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
