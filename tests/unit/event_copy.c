/*
 * The copy of an event: of every type, with every field that a type has told apart from the
 * others, must print the same as the original, after the original is gone.
 */
#include "event/copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
	TYPES = EV_PROXY + 1
};

/* What the original points to: freed before the copy is read, so that a loan left in it is seen
 * by the sanitizer, and overwritten, so that it is seen without one. */
struct original {
	struct arena arena;
	unsigned texts;
};

static struct bytes
text(struct original *o, const char *what)
{
	char room[64];
	int n = snprintf(room, sizeof(room), "%s-%u\x01", what, ++o->texts);

	return arena_copy(&o->arena, (struct bytes){(const uint8_t *)room, (size_t)n});
}

static struct mask *
masks(struct original *o)
{
	struct mask *m = arena_get(&o->arena, 2 * sizeof(*m));

	m[0] = (struct mask){.off = 1, .len = 2, .secret = text(o, "secret")};
	m[1] = (struct mask){.off = 5, .len = 1}; /* just hide */
	return m;
}

static struct sasl_detail
detail(struct original *o)
{
	return (struct sasl_detail){.domain = text(o, "domain"),
		.workstation = text(o, "workstation"),
		.ntlm_version = 2,
		.ntlm_flags = 7,
		.ntlm_target = text(o, "target"),
		.scram_iterations = 4096,
		.scram_salt_len = 12,
		.scram_cb = 'y',
		.challenge_seen = true,
		.qop = text(o, "qop"),
		.realm = text(o, "realm"),
		.service = text(o, "service"),
		.krb_etype = 23,
		.jwt = text(o, "jwt"),
		.jwt_exp_s = 12345,
		.error = text(o, "error"),
		.trace = text(o, "trace"),
		.apop_malformed = true};
}

static void
fill_command(struct original *o, struct ev_command *c)
{
	c->id = 3;
	c->verb = "UID FETCH";
	c->tag = text(o, "tag");
	c->line = text(o, "line of a command");
	c->args = bytes_from(c->line, 5); /* a part of it */
	c->masks = masks(o);
	c->n_masks = 2;
	c->flags = CMD_PIPELINED | CMD_MALFORMED;
}

static void
fill_reply(struct original *o, struct ev_reply *r)
{
	r->id = 4;
	r->verb = "AUTH";
	r->kind = REPLY_NO;
	r->code = 535;
	r->text = text(o, "text of a reply");
	r->status = bytes_sub(r->text, 0, 4);
	r->enhanced = bytes_sub(r->text, 5, 2);
	r->resp_code = text(o, "not in the text");
	r->tag = text(o, "tag");
	r->masks = masks(o);
	r->n_masks = 2;
	r->unsolicited = true;
}

static void
fill_caps(struct original *o, struct ev_caps *c)
{
	struct bytes *items = arena_get(&o->arena, 3 * sizeof(*items));

	for (int i = 0; i < 3; i++)
		items[i] = text(o, "item");
	*c = (struct ev_caps){.source = CAPS_COMMAND, .items = items, .n = 3, .known = true};
}

static void
fill_dns(struct original *o, struct ev_dns *d)
{
	struct dns_record *r = arena_get(&o->arena, 2 * sizeof(*r));

	r[0] = (struct dns_record){text(o, "owner"), DNS_MX, 10, 60, text(o, "exchange")};
	r[1] = (struct dns_record){text(o, "owner"), DNS_TLSA, 0, 61, text(o, "association")};
	*d = (struct ev_dns){.name = text(o, "name"),
		.type = DNS_MX,
		.rcode = DNS_NXDOMAIN,
		.flags = DNS_AD | DNS_TCP,
		.negative_ttl_s = 300,
		.records = r,
		.n = 2,
		.cut = true};
}

static void
fill_login(struct original *o, struct ev_login *g)
{
	*g = (struct ev_login){.mechanism = text(o, "PLAIN"),
		.sasl = true,
		.user = text(o, "user"),
		.authzid = text(o, "authzid"),
		.secret = text(o, "secret"),
		.exposure = EXPOSURE_PASSWORD,
		.result = AUTH_REFUSED,
		.reason = "expired",
		.code = 535,
		.reply = text(o, "reply"),
		.cancelled = true,
		.malformed = SASL_TOO_LONG,
		.detail = detail(o),
		.begun = {.packet = 1},
		.credential = {.packet = 2},
		.verdict = {.packet = 3}};
}

static struct tls_hello *
hello(struct original *o)
{
	struct tls_hello *h = arena_get(&o->arena, sizeof(*h));

	*h = (struct tls_hello){.client = true,
		.flags = HELLO_SNI | HELLO_ECH,
		.version = TLS_1_3,
		.cipher = 0x1301,
		.group = 29,
		.extensions = text(o, "the block of all extensions"),
		.random = text(o, "random"),
		.session = text(o, "session"),
		.ciphers = text(o, "ciphers"),
		.compressions = text(o, "compressions"),
		.groups = text(o, "groups"),
		.key_shares = text(o, "shares"),
		.key_share = text(o, "share"),
		.sigalgs = text(o, "sigalgs"),
		.sigalgs_cert = text(o, "sigalgs_cert"),
		.point_formats = text(o, "formats"),
		.psk_modes = text(o, "modes"),
		.psks = text(o, "psks"),
		.sni = text(o, "sni"),
		.alpn = text(o, "alpn")};
	h->versions = bytes_sub(h->extensions, 4, 5);
	return h;
}

static void
assert_text(struct bytes got, const char *what)
{
	size_t n = strlen(what);

	assert_true(bytes_starts(got, what) && got.n > n && got.p[n] == '-');
}

static void
assert_hello(const struct tls_hello *h)
{
	assert_int_equal(h->cipher, 0x1301);
	assert_int_equal(h->flags, HELLO_SNI | HELLO_ECH);
	assert_true(bytes_is(h->versions, "block"));
	assert_text(h->extensions, "the block of all extensions");
	assert_text(h->random, "random");
	assert_text(h->session, "session");
	assert_text(h->ciphers, "ciphers");
	assert_text(h->compressions, "compressions");
	assert_text(h->groups, "groups");
	assert_text(h->key_shares, "shares");
	assert_text(h->key_share, "share");
	assert_text(h->sigalgs, "sigalgs");
	assert_text(h->sigalgs_cert, "sigalgs_cert");
	assert_text(h->point_formats, "formats");
	assert_text(h->psk_modes, "modes");
	assert_text(h->psks, "psks");
	assert_text(h->sni, "sni");
	assert_text(h->alpn, "alpn");
}

static void
fill_tls(struct original *o, struct ev_tls *t)
{
	struct tls_hello *h = hello(o);
	struct tls_kex *k = arena_get(&o->arena, sizeof(*k));
	struct bytes *certs = arena_get(&o->arena, 2 * sizeof(*certs));

	*k = (struct tls_kex){.kind = TLS_KEX_DHE, .bits = 1024, .prime = text(o, "prime")};
	certs[0] = text(o, "leaf");
	certs[1] = text(o, "issuer");
	*t = (struct ev_tls){.stage = TLS_CLIENT_HELLO,
		.version = 0x303,
		.starttls = true,
		.fatal = true,
		.alert = 40,
		.sni = text(o, "sni"),
		.hello = h,
		.certs = certs,
		.n_certs = 2,
		.kex = k,
		.lifetime_s = 7200};
}

static void
assert_tls(const struct ev_tls *t)
{
	assert_hello(t->hello);
	assert_int_equal(t->kex->bits, 1024);
	assert_text(t->kex->prime, "prime");
	assert_int_equal(t->n_certs, 2);
	assert_text(t->certs[0], "leaf");
	assert_text(t->certs[1], "issuer");
	assert_int_equal(t->lifetime_s, 7200);
}

static void
fill_text(struct original *o, struct event *e)
{
	switch (e->type) {
	case EV_PROTO:
		e->proto = PROTO_IMAP;
		break;
	case EV_GREETING:
		e->greeting = (struct ev_greeting){.kind = REPLY_BAD,
			.code = 554,
			.text = text(o, "text"),
			.server_name = text(o, "server"),
			.apop = text(o, "apop"),
			.preauth = true};
		break;
	case EV_COMMAND:
		fill_command(o, &e->command);
		break;
	case EV_REPLY:
		fill_reply(o, &e->reply);
		break;
	case EV_CAPS:
		fill_caps(o, &e->caps);
		break;
	case EV_HELLO:
		e->hello = (struct ev_hello){"LHLO", text(o, "name"), 250};
		break;
	case EV_LOGIN:
		fill_login(o, &e->login);
		break;
	case EV_STARTTLS:
		e->starttls = (struct ev_starttls){STLS_SURPLUS, 1, text(o, "surplus"), true};
		break;
	case EV_TLS:
		fill_tls(o, &e->tls);
		break;
	case EV_MAIL:
		e->mail = (struct ev_mail){
			2, text(o, "path"), text(o, "params"), 250, true, true};
		break;
	case EV_RCPT:
		e->rcpt = (struct ev_rcpt){.tx = 2,
			.path = text(o, "path"),
			.params = text(o, "params"),
			.code = 550,
			.accepted = true,
			.known = true,
			.enhanced = text(o, "5.1.1"),
			.reply = text(o, "reply")};
		break;
	case EV_ASKED:
		e->asked = (struct ev_asked){.verb = "VRFY",
			.args = text(o, "args"),
			.code = 252,
			.enhanced = text(o, "2.0.0"),
			.reply = text(o, "reply")};
		break;
	case EV_TX_END:
		e->tx_end = (struct ev_tx_end){2, TX_REFUSED, 554, text(o, "reply")};
		break;
	case EV_MAILBOX:
		e->mailbox = (struct ev_mailbox){text(o, "INBOX"), true, true, 7};
		break;
	case EV_MSG_BEGIN:
		e->msg_begin = (struct ev_msg_begin){.msg = 5,
			.tx = 2,
			.via = VIA_FETCH,
			.command = "FETCH",
			.section = text(o, "BODY[]"),
			.whole = true,
			.headers = true,
			.number = 8,
			.uid = 9,
			.mailbox = text(o, "mailbox"),
			.size = 1234};
		break;
	case EV_MSG_DATA:
		e->msg_data = (struct ev_msg_data){5, text(o, "data")};
		break;
	case EV_MSG_END:
		e->msg_end = (struct ev_msg_end){5, true, 7, 9, true};
		break;
	case EV_SOFTWARE:
		e->software = (struct ev_software){DIR_S2C, text(o, "name"), text(o, "version"),
			text(o, "fields"), text(o, "os"), text(o, "origin")};
		break;
	case EV_SASL_INFO:
		e->sasl = (struct ev_sasl_info){text(o, "NTLM"), detail(o)};
		break;
	case EV_ANOMALY:
		e->anomaly = (struct ev_anomaly){
			.id = ANOMALY_BARE_LF, .detail = text(o, "detail")};
		break;
	case EV_GAP:
		e->gap = (struct ev_gap){99, GAP_SNAPLEN, true};
		break;
	case EV_LAYER:
		e->layer = (struct ev_layer){LAYER_GIVEN_UP, "why"};
		break;
	case EV_LINE:
		e->line = text(o, "line");
		break;
	case EV_DNS:
		fill_dns(o, &e->dns);
		break;
	case EV_DEED:
		e->deed = (struct ev_deed){"SETACL", REPLY_NO, text(o, "INBOX"), text(o, "bob"),
			text(o, "lr"), 3, 4, 5};
		break;
	case EV_PROXY:
		e->proxy = (struct ev_proxy){
			2, true, true, {{192, 0, 2, 1}, 4321, 4}, {{192, 0, 2, 2}, 25, 4}};
		break;
	}
}

static char *
printed(const struct event *e)
{
	struct buf b;
	char *ret;

	buf_init(&b, SIZE_MAX);
	event_print(&b, e, true);
	ret = mem_text(buf_text(&b));
	buf_done(&b);
	return ret;
}

/* What event_print() leaves out. */
static void
assert_hidden(const struct event *e)
{
	if (e->type == EV_MSG_DATA)
		assert_text(e->msg_data.data, "data");
	if (e->type == EV_LOGIN) {
		assert_int_equal(e->login.verdict.packet, 3);
		assert_int_equal(e->login.detail.ntlm_flags, 7);
	}
	if (e->type == EV_COMMAND) {
		assert_text(e->command.args, "of a command");
		assert_ptr_equal(e->command.args.p, e->command.line.p + 5);
		assert_text(e->command.masks[0].secret, "secret");
		assert_int_equal(e->command.masks[1].off, 5);
		assert_int_equal(e->command.masks[1].secret.n, 0);
	}
	if (e->type == EV_REPLY)
		assert_text(e->reply.masks[0].secret, "secret");
	if (e->type == EV_TLS)
		assert_tls(&e->tls);
	assert_int_equal(e->at.ts_ns, 11);
	assert_int_equal(e->at.packet, 12);
	assert_int_equal(e->at.acked, 14);
	assert_int_equal(e->at.input, 3);
	assert_int_equal(e->at.cover, COVER_TLS_DECRYPTED);
}

static void
check_type(struct arena *a, enum event_type type)
{
	struct original o = {0};
	struct event *e = mem_get(sizeof(*e));
	const struct event *copy;
	char *want, *got;

	arena_init(&o.arena, 0);
	e->type = type;
	e->at = (struct place){.ts_ns = 11,
		.packet = 12,
		.offset = 13,
		.acked = 14,
		.len = 15,
		.input = 3,
		.dir = DIR_S2C,
		.cover = COVER_TLS_DECRYPTED};
	fill_text(&o, e);
	want = printed(e);
	copy = event_copy(a, e);
	assert_ptr_not_equal(copy, e);
	arena_wipe(&o.arena);
	memset(e, 0xff, sizeof(*e));
	free(e);
	got = printed(copy);
	assert_string_equal(got, want);
	assert_hidden(copy);
	free(want);
	free(got);
}

static void
test_every_type(void **state)
{
	struct arena a;

	arena_init(&a, 512);
	for (int round = 0; round < 3; round++) { /* into fresh and into used memory */
		for (int type = 0; type < TYPES; type++)
			check_type(&a, (enum event_type)type);
		arena_reset(&a);
	}
	arena_done(&a);
}

static void
test_empty(void **state)
{
	struct arena a;

	arena_init(&a, 0);
	for (int type = 0; type < TYPES; type++) {
		struct event e = {.type = (enum event_type)type};
		char *want = printed(&e), *got = printed(event_copy(&a, &e));

		assert_string_equal(got, want);
		free(want);
		free(got);
	}
	arena_done(&a);
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	while (n && !p[n - 1])
		n--;
	return n == 0;
}

static void
test_arena_reset(void **state)
{
	struct arena a;
	size_t n = 100;

	arena_init(&a, 0);
	arena_reset(&a);
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 50; i++, n = n * 7 % 5003 + 1) {
			uint8_t *p = arena_get(&a, n);

			assert_true(all_zero(p, n));
			memset(p, 0xaa, n);
		}
		arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
	arena_wipe(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_arena_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
