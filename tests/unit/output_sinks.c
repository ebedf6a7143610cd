/*
 * Every sink is fed sessions whose every field is hostile: controls, C1, bidi, NUL, what is not
 * UTF-8, formulas, quotes. Nothing of it may come out raw; and no secret without --reveal.
 */
#include "output/filter.h"
#include "output/sink.h"
#include "base/escape.h"
#include "output_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define NASTY                                                                                  \
	"=cmd|' /C calc'!A0\x1b[2J\x1b]0;t\x07\r\n\t\0\x7f\xc2\x9b"                            \
	"31m\x9b\xe2\x80\xae\xe2\x81\xa6\xff\xfe\"'<b>&,;\\\xe2\x80\xa8 end"
#define PASSWORD "S3cret-Pass!"
#define PASSWORD_B64 "UzNjcmV0LVBhc3Mh"

static struct secrets *secrets;
static const struct bytes nasty = {(const uint8_t *)NASTY, sizeof(NASTY) - 1};

typedef struct sink *(*maker)(const struct sink_settings *set, struct err *e);

struct stage {
	struct sink *k;
	struct flow flow;
	struct session s;
	struct greeting greeting;
	struct caps caps;
	struct bytes list[2];
	char text[512];
};

static void
say(struct stage *g, const struct event *e)
{
	if (g->k->ops->event)
		g->k->ops->event(g->k, &g->s, e);
}

static void
say_command(struct stage *g, enum dir d, uint64_t packet, const char *verb, struct bytes line,
	const struct mask *m, size_t n)
{
	struct event e = {.type = EV_COMMAND, .at = make_place(d, packet, packet * 10)};

	e.command.verb = verb;
	e.command.line = line;
	e.command.masks = m;
	e.command.n_masks = n;
	e.at.len = (uint32_t)line.n + 2;
	say(g, &e);
}

static void
say_reply(struct stage *g, uint64_t packet, const char *verb, uint16_t code, struct bytes text)
{
	struct event e = {.type = EV_REPLY, .at = make_place(DIR_S2C, packet, packet * 10)};

	e.reply.verb = verb;
	e.reply.code = code;
	e.reply.kind = code < 400 ? REPLY_OK : REPLY_BAD;
	e.reply.text = text;
	e.reply.status = nasty;
	e.reply.resp_code = nasty;
	e.reply.enhanced = BYTES("5.7.8");
	say(g, &e);
}

static void
dialogue(struct stage *g)
{
	struct mask mask = {.off = 11, .len = 20, .secret = BYTES(PASSWORD)};
	struct event e = {.type = EV_ANOMALY, .at = make_place(DIR_C2S, 5, 50)};

	say_reply(g, 2, NULL, 220, nasty);
	say_command(g, DIR_C2S, 3, "EHLO", nasty, NULL, 0);
	say_reply(g, 4, "EHLO", 250, BYTES("250-" NASTY "\r\n250-AUTH PLAIN\r\n250 SIZE"));
	say_command(g, DIR_C2S, 5, "AUTH", BYTES("AUTH PLAIN AFMzY3JldC1QYXNzIQ==0"), &mask, 1);
	say_command(
		g, DIR_C2S, 6, NULL, BYTES("again " PASSWORD " and " PASSWORD_B64), NULL, 0);
	say_command(
		g, DIR_C2S, 7, "MAIL", BYTES("MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME"), NULL, 0);
	e.anomaly.id = ANOMALY_NUL_BYTE;
	e.anomaly.detail = nasty;
	say(g, &e);
	e = (struct event){.type = EV_GAP, .at = make_place(DIR_S2C, 8, 80)};
	e.gap.bytes = 1200;
	say(g, &e);
	e = (struct event){.type = EV_TLS, .at = make_place(DIR_C2S, 8, 80)};
	e.tls.sni = nasty;
	e.tls.stage = TLS_CLIENT_HELLO;
	say(g, &e);
	e = (struct event){.type = EV_MSG_DATA, .at = make_place(DIR_C2S, 9, 90)};
	e.msg_data.data = BYTES("Subject: " NASTY "\r\npassword " PASSWORD "\r\nno end");
	say(g, &e);
	e = (struct event){.type = EV_MSG_END, .at = make_place(DIR_C2S, 9, 190)};
	e.msg_end.complete = true;
	say(g, &e);
}

static struct message
message(struct stage *g)
{
	struct message m = {.via = VIA_FETCH,
		.command = "FETCH",
		.section = nasty,
		.mailbox = nasty,
		.number = 1,
		.uid = 2,
		.size = 1234567,
		.complete = true,
		.end = make_place(DIR_C2S, 9, 190)};

	g->list[0] = g->list[1] = nasty;
	m.email = (struct email){.message_id = nasty,
		.date = nasty,
		.from = nasty,
		.subject = nasty,
		.to = g->list,
		.n_to = 2,
		.cc = g->list,
		.n_cc = 1,
		.received = g->list,
		.n_received = 1};
	memset(m.sha256, 'a', 64);
	return m;
}

static void
records(struct stage *g)
{
	struct ev_login ev = {.mechanism = nasty,
		.user = nasty,
		.authzid = nasty,
		.secret = BYTES(PASSWORD),
		.reply = nasty,
		.exposure = EXPOSURE_PASSWORD,
		.result = AUTH_ACCEPTED,
		.code = 235,
		.credential_seen = true};
	struct login login = {.ev = &ev, .secret_id = secrets_ordinal(secrets, ev.secret)};
	struct place at = make_place(DIR_S2C, 6, 60);
	struct message m = message(g);
	struct rcpt refused = {.path = nasty, .code = 550, .known = true},
		    ok = {.path = nasty, .accepted = true, .known = true, .next = &refused};
	struct transaction t = {.tx = 1,
		.mail_from = nasty,
		.mail_known = true,
		.rcpts = &ok,
		.n_rcpts = 2,
		.message = &m,
		.result = TX_ACCEPTED,
		.code = 250,
		.reply = BYTES("250 ok " PASSWORD),
		.end = make_place(DIR_S2C, 10, 100)};

	if (g->k->ops->login)
		g->k->ops->login(g->k, &g->s, &login, &at);
	if (g->k->ops->transaction)
		g->k->ops->transaction(g->k, &g->s, &t);
	if (g->k->ops->transfer)
		g->k->ops->transfer(g->k, &g->s, &m);
}

static const char *const refs[] = {"RFC 8314 section 4.1", NULL};
static const struct finding_row row = {.id = "auth.cleartext",
	.signature_id = 1001,
	.title = "Password sent without encryption",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Anybody on the way reads it.",
	.remedy = "Use TLS.",
	.refs = refs};
static const struct finding_row good = {.id = "auth.enforced_tls",
	.signature_id = 1020,
	.title = "Server refused cleartext login",
	.severity = SEV_INFO,
	.cls = CLASS_POSITIVE,
	.scope = SCOPE_SERVICE};

static void
findings(struct stage *g, struct session *s, bool repeat)
{
	struct finding f = {.row = &row,
		.number = 1,
		.reason = "accepted",
		.severity = SEV_CRITICAL,
		.client = g->flow.client,
		.server = g->flow.server,
		.proto = PROTO_SMTP,
		.account = nasty,
		.first_ns = make_time(500),
		.last_ns = make_time(600),
		.count = 3,
		.flow_id = g->flow.id,
		.n_evidence = 2,
		.note = nasty};

	for (size_t i = 0; i < f.n_evidence; i++) {
		f.evidence[i].at = make_place(DIR_C2S, 5 + i, 50);
		f.evidence[i].text = nasty;
		f.evidence[i].input = "day.pcap";
	}
	g->k->ops->finding(g->k, s, &f, repeat);
	f.row = &good;
	f.number = 2;
	f.severity = SEV_INFO;
	g->k->ops->finding(g->k, s, &f, repeat);
}

static void
play(struct stage *g, uint64_t id, enum proto proto, const struct run_stats *st)
{
	make_flow(&g->flow, id);
	g->list[0] = g->list[1] = nasty;
	g->caps = (struct caps){.known = true, .items = g->list, .n = 2};
	g->greeting = (struct greeting){.banner = nasty, .server_name = nasty};
	g->s = (struct session){.flow = &g->flow,
		.proto = proto,
		.service = SERVICE_SMTP,
		.verdict = VERDICT_STRIPPED,
		.why = WHY_OVERWRITTEN,
		.greeting = &g->greeting,
		.caps = &g->caps,
		.caps_clear = &g->caps,
		.caps_tls = &g->caps,
		.worst = SEV_CRITICAL,
		.logins = 1,
		.commands = 4,
		.replies = 3,
		.messages = 1,
		.authenticated = true};
	for (enum fact k = TEXT_CLIENT_NAME; k <= TEXT_HEAD_S2C; k++)
		facts_put(&g->s.facts, k, nasty);
	known_add(&g->s.known, BYTES(PASSWORD));
	dialogue(g);
	records(g);
	if (g->k->ops->finding)
		findings(g, &g->s, false);
	if (g->k->ops->end)
		g->k->ops->end(g->k, &g->s);
	known_free(&g->s.known);
	facts_done(&g->s.facts);
	if (g->k->ops->stats)
		g->k->ops->stats(g->k, st);
}

/* What the sink wrote; to be freed. */
static char *
run(maker make, struct sink_settings set, size_t *ret_n)
{
	struct run_stats st = {.ts_ns = make_time(9000),
		.elapsed_ns = 1500000000,
		.packets = 17,
		.flows = 2,
		.kernel_drops = 5};
	struct run_info info = {.program_version = "0",
		.command_line = NASTY,
		.secrets = secrets,
		.stats = &st,
		.first_ns = make_time(0),
		.last_ns = make_time(9000),
		.reveal = secrets_reveal(secrets)};
	struct stage g = {0};
	struct err e = {0};
	int fd = memfd_create("out", 0);
	char *text;
	off_t n;

	set.out = out_new(fd, false);
	g.k = make(&set, &e);
	if (!g.k)
		fail_msg("%s", e.text);
	if (g.k->ops->begin)
		assert_int_equal(g.k->ops->begin(g.k, &info, &e), 0);
	play(&g, 2, PROTO_SMTP, &st); /* ended first, began second */
	play(&g, 1, PROTO_IMAP, &st);
	if (g.k->ops->finding)
		findings(&g, NULL, true);
	if (g.k->ops->finish(g.k, &info, &e) < 0)
		fail_msg("%s", e.text);
	g.k->ops->free(g.k);
	out_free(&set.out);
	n = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	assert_int_equal(pread(fd, text, (size_t)n, 0), n);
	close(fd);
	*ret_n = (size_t)n;
	return text;
}

struct row {
	const char *name;
	maker make;
	struct sink_settings set;
};

static const struct row sinks[] = {
	{"log", log_sink_new, {.format = NULL}},
	{"log live", log_sink_new, {.flush_each = true}},
	{"sessions", sessions_sink_new, {.width = 80}},
	{"sessions csv", sessions_sink_new, {.format = "csv"}},
	{"sessions json", sessions_sink_new, {.format = "json"}},
	{"sessions all", sessions_sink_new,
		{.columns = "banner,user,server_name,client_name,software,client_software,"
			    "mailbox,vlan"}},
	{"show", show_sink_new, {.width = 80}},
	{"show unbroken", show_sink_new, {.explain = true}},
	{"show explain", show_sink_new, {.width = 80, .explain = true}},
	{"show raw", show_sink_new, {.raw = true}},
	{"show hex", show_sink_new, {.hex = true, .explain = true}},
	{"report", report_sink_new, {.width = 80}},
	{"report wide", report_sink_new, {.width = 200}},
	{"report csv", report_sink_new, {.format = "csv"}},
	{"report json", report_sink_new, {.format = "json"}},
};

/* No control but LF, no bidi control, and valid UTF-8. */
static void
check_clean(const char *name, struct bytes in)
{
	while (in.n) {
		uint32_t cp = 0;
		size_t n = utf8_next(in, &cp);
		bool bad = n == 0 || (cp < 0x20 && cp != '\n') || (cp >= 0x7f && cp < 0xa0) ||
			   (cp >= 0x200e && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
			   (cp >= 0x2066 && cp <= 0x2069);

		if (bad)
			fail_msg("%s: U+%04X comes out raw before <%.*s>", name, (unsigned)cp,
				(int)(in.n < 60 ? in.n : 60), in.p);
		in = bytes_from(in, n);
	}
}

/* A spreadsheet must not take a field for a formula. */
static void
check_csv(const char *name, const char *text)
{
	for (const char *p = text; *p; p++) {
		bool begins = p == text || p[-1] == '\n' || p[-1] == ',' ||
			      (p[-1] == '"' && p > text + 1 && (p[-2] == ',' || p[-2] == '\n'));

		if (begins && strchr("=+-@\t", *p))
			fail_msg("%s: a field begins with %c: %.40s", name, *p, p);
	}
}

/* Fields of one record; a quoted field may hold commas. */
static size_t
csv_fields(const char *line)
{
	bool quoted = false;
	size_t n = 1;

	for (; *line && *line != '\n'; line++) {
		quoted ^= *line == '"';
		n += *line == ',' && !quoted;
	}
	return n;
}

/* Findings, then servers, in rows of one width; the columns that were there first stay first.
 */
static void
test_report_csv(void **state)
{
	static const char head[] = "severity,finding,signature_id,title,reason,";
	struct sink_settings set = {.format = "csv"};
	size_t n, servers = 0, width;
	char *text = run(report_sink_new, set, &n);

	assert_int_equal(strncmp(text, head, sizeof(head) - 1), 0);
	assert_non_null(strstr(text, ",reference,service,server_name,"));
	width = csv_fields(text);
	for (const char *p = text; p < text + n; p = strchr(p, '\n') + 1) {
		assert_int_equal(csv_fields(p), width);
		servers += strncmp(p, ",,,,,,server,,", 14) == 0;
	}
	assert_true(servers > 0);
	free(text);
}

static const struct filter *
filter(struct filter **ret)
{
	struct err e;

	*ret = filter_parse("severity >= high && proto != pop3", &e);
	assert_non_null(*ret);
	return *ret;
}

static void
test_hostile(void **state)
{
	for (size_t i = 0; i < 2 * N(sinks); i++) {
		const struct row *t = &sinks[i / 2];
		struct sink_settings set = t->set;
		struct filter *f = NULL;
		char *text;
		size_t n;

		if (i % 2)
			set.filter = filter(&f);
		text = run(t->make, set, &n);
		assert_true(n > 20);
		check_clean(t->name, (struct bytes){(const uint8_t *)text, n});
		if (set.format && strcmp(set.format, "csv") == 0)
			check_csv(t->name, text);
		if (strstr(text, PASSWORD) || strstr(text, PASSWORD_B64) ||
			strstr(text, "AFMzY3JldC1QYXNzIQ"))
			fail_msg("%s shows the secret", t->name);
		free(text);
		filter_free(&f);
	}
}

/* With -F nothing of a session that does not match comes out. */
static void
test_filtered(void **state)
{
	for (size_t i = 0; i < N(sinks); i++) {
		struct sink_settings set = sinks[i].set;
		struct filter *f = filter_parse("tls", NULL);
		char *text;
		size_t n;

		set.filter = f;
		text = run(sinks[i].make, set, &n);
		if (strstr(text, "198.51.100.2") || strstr(text, "mangled"))
			fail_msg("%s shows what -F excludes", sinks[i].name);
		free(text);
		filter_free(&f);
	}
}

/* 80 columns are never passed where the width is known. */
static void
test_width(void **state)
{
	static const size_t narrow[] = {2, 6, 8, 11};

	for (size_t i = 0; i < N(narrow); i++) {
		const struct row *t = &sinks[narrow[i]];
		size_t n, columns = 0;
		char *text = run(t->make, t->set, &n);

		for (size_t k = 0; k < n; k++) {
			columns = text[k] == '\n' ? 0 : columns + ((text[k] & 0xc0) != 0x80);
			if (columns > 80)
				fail_msg("%s: a line is too long: %.*s", t->name, 100,
					text + k - 80);
		}
		free(text);
	}
}

static void
test_reveal(void **state)
{
	static const size_t plain[] = {0, 6, 9};
	struct secrets *masked = secrets;

	secrets = secrets_new(true, 100);
	for (size_t i = 0; i < N(plain); i++) {
		size_t n;
		char *text = run(sinks[plain[i]].make, sinks[plain[i]].set, &n);

		assert_non_null(strstr(text, PASSWORD));
		check_clean(sinks[plain[i]].name, (struct bytes){(const uint8_t *)text, n});
		free(text);
	}
	secrets_free(&secrets);
	secrets = masked;
}

/* Sessions are numbered by their first packet, not by their end. */
static void
test_order(void **state)
{
	struct sink_settings set = {.format = "csv", .columns = "number,flow_id,proto"};
	size_t n;
	char *text = run(sessions_sink_new, set, &n);

	assert_string_equal(text, "number,flow_id,proto\n1,1,imap\n2,2,smtp\n");
	free(text);
	set = (struct sink_settings){.session = 2, .width = 80};
	text = run(show_sink_new, set, &n);
	assert_non_null(strstr(text, "Session 2: "));
	assert_null(strstr(text, "Session 1: "));
	free(text);
}

/* A finding that is told again stands as it was told last: milder, with its new note. */
static void
test_told_again(void **state)
{
	static const char *const formats[] = {NULL, "csv", "json"};

	for (size_t i = 0; i < N(formats); i++) {
		int fd = memfd_create("out", 0);
		struct sink_settings set = {.format = formats[i], .out = out_new(fd, false)};
		struct sink *k = report_sink_new(&set, NULL);
		struct run_stats st = {0};
		struct run_info info = {.secrets = secrets, .stats = &st};
		struct finding f = {.row = &row,
			.number = 3,
			.reason = "rejected",
			.severity = SEV_HIGH,
			.count = 1,
			.note = BYTES("first note")};
		char text[4096] = "";

		assert_int_equal(k->ops->begin(k, &info, NULL), 0);
		k->ops->finding(k, NULL, &f, false);
		f.severity = SEV_LOW;
		f.note = BYTES("last note");
		f.count = 12;
		f.first_ns = 5; /* older evidence came late */
		k->ops->finding(k, NULL, &f, true);
		assert_int_equal(k->ops->finish(k, &info, NULL), 0);
		k->ops->free(k);
		out_free(&set.out);
		assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
		close(fd);
		assert_non_null(strstr(text, "last note"));
		assert_null(strstr(text, "first note"));
		assert_null(strstr(text, formats[i] ? "\"high\",\"" : "HIGH"));
		assert_non_null(strstr(text, "12"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_report_csv),
		cmocka_unit_test(test_filtered),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_reveal),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_told_again),
	};
	int r;

	secrets = secrets_new(false, 100);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	secrets_free(&secrets);
	return r;
}
