/* Sessions from events: verdicts, transactions, and what is hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "model/model.h"

struct scene {
	struct model *m;
	struct secrets *secrets;
	struct flow flow;
	struct seat *seat;
	struct session *s; /* in it */
	uint64_t packet, offset[2];
	enum verdict verdicts[4]; /* of the sessions that ended, in order */
	size_t n_ended;
	struct buf said; /* transactions */
};

static void
on_end(void *user, struct session *s)
{
	struct scene *c = user;

	c->verdicts[c->n_ended++] = s->verdict;
}

static void
on_transaction(void *user, struct session *s, const struct transaction *t)
{
	struct scene *c = user;

	buf_fmt(&c->said, "from=%.*s accepted=%u refused=%u result=%d size=%d\n",
		BYTES_FMT(t->mail_from), t->n_accepted, t->n_refused, t->result,
		t->message ? (int)t->message->size : -1);
}

static void
scene_open(struct scene *c, uint16_t port)
{
	struct model_listener l = {.user = c, .end = on_end, .transaction = on_transaction};

	if (!c->m) {
		c->secrets = secrets_new(false, 100);
		c->m = model_new(NULL, c->secrets, &l);
		buf_init(&c->said, 4096);
	}
	c->flow = (struct flow){.client = {.addr = {192, 0, 2, 2}, .port = 4000, .family = 4},
		.server = {.addr = {192, 0, 2, 1}, .port = port, .family = 4}};
	c->flow.side[0].packets = c->flow.side[1].packets = 1;
	c->seat = model_open(c->m, &c->flow);
	c->s = model_session(c->m, c->seat);
}

static void
scene_done(struct scene *c)
{
	model_free(&c->m);
	secrets_free(&c->secrets);
	buf_done(&c->said);
}

static void
say(struct scene *c, enum dir d, struct event e)
{
	e.at = (struct place){.packet = ++c->packet,
		.ts_ns = (int64_t)c->packet,
		.dir = d,
		.offset = c->offset[d]++,
		.len = 1};
	c->s = model_session(c->m, c->seat);
	model_event(c->m, c->s, &e);
}

static void
say_proto(struct scene *c, enum proto p)
{
	say(c, DIR_C2S, (struct event){.type = EV_PROTO, .proto = p});
}

static void
say_command(struct scene *c, const char *verb)
{
	say(c, DIR_C2S,
		(struct event){.type = EV_COMMAND,
			.command = {.verb = verb, .line = bytes_str(verb)}});
}

static void
say_caps(struct scene *c, const char *a, const char *b)
{
	struct bytes items[] = {bytes_str(a), bytes_str(b)};

	say(c, DIR_S2C,
		(struct event){.type = EV_CAPS,
			.caps = {.items = items, .n = b ? 2 : 1, .known = true}});
}

static void
say_stage(struct scene *c, enum dir d, enum starttls_stage stage)
{
	say(c, d, (struct event){.type = EV_STARTTLS, .starttls = {.stage = stage}});
}

static void
say_login(struct scene *c, const char *secret, enum auth_result result)
{
	struct ev_login g = {.mechanism = BYTES("PLAIN"),
		.user = BYTES("alice"),
		.secret = bytes_str(secret),
		.result = result,
		.exposure = EXPOSURE_PASSWORD,
		.credential_seen = true,
		.begun = {.packet = c->packet, .offset = c->offset[DIR_C2S] - 1}};

	say(c, DIR_S2C, (struct event){.type = EV_LOGIN, .login = g});
}

static void
tls_records(struct scene *c, bool starttls)
{
	struct event e = {.type = EV_TLS, .tls = {.stage = TLS_RECORDS, .starttls = starttls}};

	say(c, DIR_C2S, e);
	say(c, DIR_S2C, e);
}

static void
test_verdicts(void **state)
{
	static const struct {
		const char *name, *script; /* o offered, n not offered, x mangled, r requested,
					      a accepted, f refused, t TLS, u TLS
					      unasked, l login */
		enum verdict want;
	} rows[] = {
		{"nothing seen", "", VERDICT_NOT_OBSERVABLE},
		{"offered, unused", "ol", VERDICT_OFFERED_UNUSED},
		{"not offered", "nl", VERDICT_NOT_OFFERED},
		{"mangled", "x", VERDICT_STRIPPED},
		{"upgraded", "orat", VERDICT_UPGRADED},
		{"upgraded after a login", "olrat", VERDICT_UPGRADED_AFTER_USE},
		{"refused", "orf", VERDICT_REFUSED},
		{"no TLS came of it", "ora", VERDICT_FAILED},
		{"asked, never answered", "or", VERDICT_NOT_OBSERVABLE},
		{"TLS although the answer is missing", "ort", VERDICT_UPGRADED},
		{"TLS although the request is missing", "ot", VERDICT_UPGRADED},
		{"TLS that nobody asked for", "ou", VERDICT_NOT_OBSERVABLE},
		{"the list of after the login does not count", "oLn", VERDICT_OFFERED_UNUSED},
		{"the login was answered before", "Lco", VERDICT_OFFERED_UNUSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene c = {0};

		scene_open(&c, 25);
		say_proto(&c, PROTO_SMTP);
		for (const char *p = rows[i].script; *p; p++) {
			if (*p == 'o')
				say_caps(&c, "SIZE", "STARTTLS");
			else if (*p == 'n')
				say_caps(&c, "SIZE", "HELP");
			else if (*p == 'x')
				say_caps(&c, "SIZE", "XXXXXXXA");
			else if (*p == 'r')
				say_stage(&c, DIR_C2S, STLS_REQUESTED);
			else if (*p == 'a')
				say_stage(&c, DIR_S2C, STLS_ACCEPTED);
			else if (*p == 'f')
				say_stage(&c, DIR_S2C, STLS_REFUSED);
			else if (*p == 't' || *p == 'u')
				tls_records(&c, *p == 't');
			else if (*p == 'l')
				say_login(&c, "hunter22", AUTH_ACCEPTED);
			else
				say_command(&c, *p == 'L' ? "AUTH" : "CAPA");
		}
		model_end(c.m, &c.seat);
		model_finish(c.m);
		assert_int_equal(c.n_ended, 1);
		if (c.verdicts[0] != rows[i].want)
			fail_msg("%s: %s", rows[i].name, verdict_name(c.verdicts[0]));
		scene_done(&c);
	}
}

/* Sessions that take turns, and of which only one is awake, end as if each were alone; what
 * they have begun goes on. */
static void
test_at_rest(void **state)
{
	struct model_settings set = model_defaults;
	struct scene c[3] = {0};

	set.awake = 1;
	c[0].m = model_new(&set, NULL, &(struct model_listener){.user = &c[0], .end = on_end});
	for (int i = 0; i < 3; i++) {
		c[i].m = c[0].m;
		scene_open(&c[i], 25);
	}
	for (int i = 0; i < 3; i++)
		say_proto(&c[i], PROTO_SMTP);
	for (int i = 0; i < 3; i++)
		say_caps(&c[i], i == 0 ? "SIZE" : "STARTTLS", i == 1 ? "PIPELINING" : NULL);
	for (int i = 0; i < 3; i++) {
		const struct session *s = model_session(c[i].m, c[i].seat);

		assert_ptr_equal(s->flow, &c[i].flow);
		assert_true(s->caps_clear->known);
		assert_int_equal(caps_has(s->caps_clear, CAPS_STARTTLS), i > 0);
		assert_true(session_has(s, AT_CAPS_CLEAR));
		assert_int_equal(session_at(s, AT_CAPS_CLEAR).packet, c[i].packet);
		assert_int_equal(s->verdict, i ? VERDICT_OFFERED_UNUSED : VERDICT_NOT_OFFERED);
	}
	for (int i = 2; i >= 0; i--)
		model_end(c[i].m, &c[i].seat);
	model_finish(c[0].m);
	assert_int_equal(c[0].n_ended, 3);
	scene_done(&c[0]);
}

/* The session without the offer comes first, and still learns of the other. */
static void
test_stripped_across_sessions(void **state)
{
	struct scene c = {0};

	for (int i = 0; i < 2; i++) {
		scene_open(&c, 25);
		say_proto(&c, PROTO_SMTP);
		say_caps(&c, "SIZE", i ? "STARTTLS" : NULL);
		model_end(c.m, &c.seat);
	}
	model_finish(c.m);
	assert_int_equal(c.n_ended, 2);
	assert_int_equal(c.verdicts[0], VERDICT_OFFERED_UNUSED);
	assert_int_equal(c.verdicts[1], VERDICT_STRIPPED);
	scene_done(&c);
}

static void
test_transaction(void **state)
{
	struct scene c = {0};
	struct ev_mail mail = {.tx = 1,
		.path = BYTES("a@example.net"),
		.code = 250,
		.accepted = true,
		.known = true};
	struct ev_rcpt good = {.tx = 1,
		.path = BYTES("b@example.net"),
		.code = 250,
		.accepted = true,
		.known = true};
	struct ev_rcpt bad = {
		.tx = 1, .path = BYTES("c@example.net"), .code = 550, .known = true};

	scene_open(&c, 25);
	say_proto(&c, PROTO_SMTP);
	say(&c, DIR_S2C, (struct event){.type = EV_MAIL, .mail = mail});
	say(&c, DIR_S2C, (struct event){.type = EV_RCPT, .rcpt = good});
	say(&c, DIR_S2C, (struct event){.type = EV_RCPT, .rcpt = bad});
	say(&c, DIR_C2S,
		(struct event){.type = EV_MSG_BEGIN,
			.msg_begin = {.msg = 1, .tx = 1, .whole = true, .headers = true}});
	say(&c, DIR_C2S,
		(struct event){.type = EV_MSG_DATA,
			.msg_data = {.msg = 1, .data = BYTES("Subject: x\r\n\r\nhi\r\n")}});
	say(&c, DIR_C2S,
		(struct event){.type = EV_MSG_END, .msg_end = {.msg = 1, .complete = true}});
	say(&c, DIR_S2C,
		(struct event){.type = EV_TX_END,
			.tx_end = {.tx = 1, .result = TX_ACCEPTED, .code = 250}});
	assert_string_equal(buf_text(&c.said),
		"from=a@example.net accepted=1 refused=1 result=1 size=18\n");
	model_end(c.m, &c.seat);
	scene_done(&c);
}

static void
test_redact(void **state)
{
	static const char two_lines[] =
		"a secret that is longer than any password is, a token: "
		"abcdefghijklmnopqrstuvwxyz0123456789";
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"535 no such word hunter22 here", "535 no such word <secret#1> here"},
		{"hunter22", "<secret#1>"},
		{"aHVudGVyMjI=", "<secret#1>"},
		{"xhunter22", "xhunter22"},
		{"hunter223", "hunter223"},
		{"nothing", "nothing"},
	};
	struct secrets *s = secrets_new(false, 10);
	struct known_secrets *k = NULL;
	struct mask mask = {.off = 5, .len = 4, .secret = BYTES("hunter22")};
	struct buf out;

	buf_init(&out, 1024);
	known_add(&k, BYTES("hunter22"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		secrets_redact(s, k, bytes_str(rows[i].in), NULL, 0, &out);
		assert_string_equal(buf_text(&out), rows[i].want);
		assert_true(known_in(k, bytes_str(rows[i].in)) ||
			    strcmp(rows[i].in, rows[i].want) == 0);
	}
	assert_false(known_in(k, BYTES("nothing")));
	buf_clear(&out);
	secrets_redact(s, k, BYTES("PASS abcd"), &mask, 1, &out);
	assert_string_equal(buf_text(&out), "PASS <secret#1>");
	assert_int_equal(secrets_ordinal(s, BYTES("other")), 2);
	assert_int_equal(secrets_ordinal(s, BYTES("other")), 2);
	assert_int_equal(secrets_ordinal(s, BYTES("hunter22")), 1);
	assert_int_equal(secrets_ordinal(s, bytes_str(two_lines)), 3);
	assert_int_equal(secrets_ordinal(s, bytes_str(two_lines)), 3);
	assert_int_equal(secrets_ordinal(s, bytes_from(bytes_str(two_lines), 1)), 4);
	known_free(&k);
	buf_done(&out);
	secrets_free(&s);
}

/* POP3: AUTH alone is refused, then CAPA is asked for: that list is the one of before the
 * login. */
static void
test_list_behind_a_refused_question(void **state)
{
	struct scene c = {0};

	scene_open(&c, 110);
	say_proto(&c, PROTO_POP3);
	say_command(&c, "AUTH");
	say_caps(&c, "USER", NULL);
	assert_false(c.s->caps_clear->known);
	say(&c, DIR_S2C,
		(struct event){.type = EV_REPLY, .reply = {.verb = "AUTH", .kind = REPLY_BAD}});
	say_command(&c, "CAPA");
	say_caps(&c, "STLS", NULL);
	assert_true(c.s->caps_clear->known);
	model_end(c.m, &c.seat);
	scene_done(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_at_rest),
		cmocka_unit_test(test_stripped_across_sessions),
		cmocka_unit_test(test_transaction),
		cmocka_unit_test(test_redact),
		cmocka_unit_test(test_list_behind_a_refused_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
