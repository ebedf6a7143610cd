/*
 * DNS messages: what is read of them, and that whatever contradicts itself is refused before
 * ldns sees it.
 */
#include "dissectors/dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "dissectors/dns/check.h"

/* Header of an answer: flags, answers, authority, additional. */
#define HEAD(flags, an, ns, ar) "\x12\x34" flags "\0\1\0" an "\0" ns "\0" ar
#define OK "\x81\x80"
#define MX_ORG "\2Mx\7example\3org\0" /* 16 octets; at 12 in a message */
#define ASK(type) MX_ORG "\0" type "\0\1"
#define SELF "\xc0\x0c" /* the name that was asked for */
#define RR(type, ttl, len) "\0" type "\0\1\0\0\0" ttl "\0" len

/* clang-format off */
static const struct {
	const char *name, *message;
	size_t n;
	enum dns_result want;
	const char *text; /* behind "S@0+0 dns" */
} messages[] = {
#define M(text) text, sizeof(text) - 1
	{"address", M(HEAD(OK, "\1", "\0", "\0") ASK("\1") SELF RR("\1", "\x3c", "\4") "\xc0\0\2\x19"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=A rcode=0 record=mx.example.org/A/60/192.0.2.25"},
	{"alias, then address of six", M(HEAD(OK, "\2", "\0", "\0") ASK("\x1c") SELF RR("\5", "\x0a", "\4") "\1a\xc0\x0f"
		"\1A" "\xc0\x0f" RR("\x1c", "\x14", "\x10") "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\x19"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=AAAA rcode=0 record=mx.example.org/CNAME/10 data=\"a.example.org\""
		" record=a.example.org/AAAA/20/2001:db8::19"},
	{"exchanges", M(HEAD("\x85\xa0", "\2", "\0", "\0") ASK("\x0f") SELF RR("\x0f", "\x0a", "\4") "\0\x0a" SELF
		SELF RR("\x0f", "\x0a", "\3") "\0\0\0"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=MX rcode=0 aa ad record=mx.example.org/MX/10/10 data=\"mx.example.org\""
		" record=mx.example.org/MX/10/0 data=\".\""},
	{"text in two strings", M(HEAD(OK, "\1", "\0", "\0") ASK("\x10") SELF RR("\x10", "\x0a", "\x0c") "\6v=spf1\4 -al"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=TXT rcode=0 record=mx.example.org/TXT/10 data=\"v=spf1 -al\""},
	{"TLSA", M(HEAD(OK, "\1", "\0", "\0") ASK("\x34") SELF RR("\x34", "\x0a", "\5") "\3\1\1\xab\xcd"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=TLSA rcode=0 record=mx.example.org/TLSA/10/030101abcd"},
	{"no such name", M(HEAD("\x81\x83", "\0", "\1", "\0") ASK("\1") "\xc0\x0f" RR("\6", "\x3c", "\x16") "\0\0"
		"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x1e"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=A rcode=3 negative_ttl=30"},
	{"no such type", M(HEAD(OK, "\0", "\0", "\0") ASK("\x34")), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=TLSA rcode=0"},
	{"referral", M(HEAD(OK, "\0", "\1", "\0") ASK("\1") "\xc0\x0f" RR("\2", "\x3c", "\2") SELF), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=A rcode=0 referral"},
	{"rcode of EDNS", M(HEAD(OK, "\0", "\0", "\1") ASK("\1") "\0\0\x29\x10\0\1\0\0\0\0\0"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=A rcode=16"},
	{"other types are left out", M(HEAD(OK, "\1", "\0", "\0") ASK("\xff") SELF RR("\x63", "\x0a", "\1") "x"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=255 rcode=0"},
	{"cut between two records", M(HEAD("\x83\x80", "\2", "\0", "\0") ASK("\1") SELF RR("\1", "\x3c", "\4") "\xc0\0\2\x19"), DNS_READ_ANSWER,
		" name=\"mx.example.org\" type=A rcode=0 tc record=mx.example.org/A/60/192.0.2.25 cut"},
	{"odd octets in a name", M("\0\0" OK "\0\1\0\0\0\0\0\0" "\4.\0 \xff\0\0\1\0\1"), DNS_READ_ANSWER,
		" name=\"\\.\\000\\032\\255\" type=A rcode=0"},

	{"question", M("\x12\x34\1\0\0\1\0\0\0\0\0\0" ASK("\1")), DNS_READ_OTHER, ""},
	{"nothing", M(""), DNS_READ_OTHER, ""},
	{"short header", M("\x12\x34\x81\x80\0\1\0\0\0\0\0"), DNS_READ_OTHER, ""},
	{"no question", M("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"), DNS_READ_OTHER, ""},
	{"update", M("\x12\x34\xa8\0\0\1\0\0\0\0\0\0" ASK("\6")), DNS_READ_OTHER, ""},
	{"class CHAOS", M(HEAD(OK, "\0", "\0", "\0") MX_ORG "\0\x10\0\3"), DNS_READ_OTHER, ""},

	{"fewer records than said", M(HEAD(OK, "\2", "\0", "\0") ASK("\1") SELF RR("\1", "\x3c", "\4") "\xc0\0\2\x19"), DNS_READ_MALFORMED, ""},
	{"address of three", M(HEAD(OK, "\1", "\0", "\0") ASK("\1") SELF RR("\1", "\x3c", "\3") "\xc0\0\2"), DNS_READ_MALFORMED, ""},
	{"data beyond the end", M(HEAD(OK, "\1", "\0", "\0") ASK("\1") SELF RR("\1", "\x3c", "\4") "\xc0\0\2"), DNS_READ_MALFORMED, ""},
	{"string beyond its data", M(HEAD(OK, "\1", "\0", "\0") ASK("\x10") SELF RR("\x10", "\x0a", "\3") "\4ab"), DNS_READ_MALFORMED, ""},
	{"name beyond its data", M(HEAD(OK, "\1", "\0", "\0") ASK("\5") SELF RR("\5", "\x0a", "\1") SELF), DNS_READ_MALFORMED, ""},
	{"pointer to itself", M(HEAD(OK, "\0", "\0", "\0") "\xc0\x0c\0\1\0\1"), DNS_READ_MALFORMED, ""},
	{"pointer forward", M(HEAD(OK, "\0", "\0", "\0") "\xc0\x0e\0\0\1\0\1"), DNS_READ_MALFORMED, ""},
	{"two pointers in a ring", M(HEAD(OK, "\1", "\0", "\0") "\1a\0\0\1\0\1" "\xc0\x15\xc0\x13" RR("\1", "\0", "\4") "abcd"), DNS_READ_MALFORMED, ""},
	{"label behind its own pointer", M(HEAD(OK, "\0", "\0", "\0") "\1a\xc0\x0c\0\1\0\1"), DNS_READ_MALFORMED, ""},
	{"label of 64", M(HEAD(OK, "\0", "\0", "\0") "\x40\0\0\1\0\1"), DNS_READ_MALFORMED, ""},
#undef M
};
/* clang-format on */

static void
check_message(size_t i)
{
	struct bytes whole = {(const uint8_t *)messages[i].message, messages[i].n};
	struct arena kept, a;
	struct event e = {.type = EV_DNS, .at = {.dir = DIR_S2C}};
	struct buf b;
	char want[512];
	enum dns_result got;

	arena_init(&kept, 0);
	arena_init(&a, 0);
	buf_init(&b, SIZE_MAX);
	/* A copy that ends where it ends, so that the sanitizer sees what reads on. */
	got = dns_read(arena_copy(&kept, whole), 256, &a, &e.dns);
	if (got != messages[i].want)
		fail_msg("%s: result %d", messages[i].name, got);
	arena_wipe(&kept);
	if (got == DNS_READ_ANSWER) {
		event_print(&b, &e, false);
		snprintf(want, sizeof(want), "S@0+0 dns%s", messages[i].text);
		if (strcmp(buf_text(&b), want) != 0)
			fail_msg("%s:\n%s\nnot\n%s", messages[i].name, buf_text(&b), want);
	}
	buf_done(&b);
	arena_done(&a);
}

static void
test_messages(void **state)
{
	if (!dns_library())
		skip();
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		check_message(i);
}

/* Every beginning of every message, without TC, is refused: nothing is read beyond its end. */
static void
test_beginnings(void **state)
{
	if (!dns_library())
		skip();
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		for (size_t n = 0; n < messages[i].n; n++) {
			uint8_t *part = mem_get(n + !n);
			struct ev_dns ret;
			struct arena a;

			memcpy(part, messages[i].message, n);
			arena_init(&a, 0);
			dns_read((struct bytes){part, n}, 256, &a, &ret);
			arena_done(&a);
			free(part);
		}
	}
}

static void
test_record_limit(void **state)
{
	struct ev_dns ret;
	struct arena a;

	if (!dns_library())
		skip();
	arena_init(&a, 0);
	assert_int_equal(
		dns_read((struct bytes){(const uint8_t *)messages[1].message, messages[1].n}, 1,
			&a, &ret),
		DNS_READ_ANSWER);
	assert_int_equal(ret.n, 1);
	assert_true(ret.cut);
	arena_done(&a);
}

/*
 * 64 KiB made to be read slowly: pointers that lead from one to the next, as far as a message
 * reaches, and as many records as fit, each of which begins at the last of them.
 */
static void
test_pointer_chain(void **state)
{
	static uint8_t msg[65535] = {0x12, 0x34, 0x81, 0x80, 0, 1};
	struct ev_dns ret;
	struct arena a;
	clock_t begun = clock();
	size_t at = DNS_HEADER_BYTES;

	msg[at++] = 0;
	memcpy(msg + at, "\0\1\0\1", 4);
	at += 4;
	for (size_t to = 12; at + 2 < 0x3ffe; at += 2) {
		msg[at] = (uint8_t)(0xc0 | to >> 8);
		msg[at + 1] = (uint8_t)to;
		to = at;
	}
	arena_init(&a, 0);
	assert_false(dns_name_skip((struct bytes){msg, sizeof(msg)}, &(size_t){at - 2}));
	msg[6] = 0xff;
	msg[7] = 0xff;
	if (dns_library())
		assert_int_equal(dns_read((struct bytes){msg, sizeof(msg)}, 256, &a, &ret),
			DNS_READ_MALFORMED);
	assert_true(a.used < 64 << 10);
	assert_true(clock() - begun < CLOCKS_PER_SEC / 10);
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_record_limit),
		cmocka_unit_test(test_pointer_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
