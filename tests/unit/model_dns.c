/*
 * The store of DNS answers: what it finds and does not find, at which time, for whom, and that
 * it stays below its limit.
 */
#include "model/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/clock.h"

#define SLACK (10 * NS_PER_S)
#define AT(s) ((s)*NS_PER_S)

static struct endpoint
host(uint8_t last)
{
	return (struct endpoint){.addr = {192, 0, 2, last}, .family = 4};
}

/* One answer with its records, as the lines of a table. */
struct said {
	int64_t s;
	uint8_t client, resolver;
	const char *name;
	uint16_t type, rcode;
	unsigned flags;
	uint32_t negative;
	struct {
		const char *owner;
		uint16_t type;
		uint32_t ttl;
		const char *data; /* of an address: its last octet */
	} r[4];
};

static void
add(struct dns_store *d, const struct said *v)
{
	struct flow f = {.client = host(v->client), .server = host(v->resolver)};
	struct dns_record records[4];
	uint8_t addr[4][4];
	struct event e = {.type = EV_DNS,
		.at = {.ts_ns = AT(v->s), .packet = 7},
		.dns = {.name = bytes_str(v->name),
			.type = v->type,
			.rcode = v->rcode,
			.flags = v->flags,
			.negative_ttl_s = v->negative,
			.records = records}};

	for (size_t n = 0; n < 4 && v->r[n].owner; n++) {
		records[n] = (struct dns_record){.owner = bytes_str(v->r[n].owner),
			.type = v->r[n].type,
			.ttl_s = v->r[n].ttl,
			.data = bytes_str(v->r[n].data)};
		if (v->r[n].type == DNS_A) {
			struct endpoint to = host((uint8_t)atoi(v->r[n].data));

			memcpy(addr[n], to.addr, 4);
			records[n].data = (struct bytes){addr[n], 4};
		}
		e.dns.n++;
	}
	dns_store_add(d, &f, &e);
}

static const struct said lab[] = {
	{.s = 100,
		.client = 1,
		.resolver = 53,
		.name = "imap.example.org",
		.type = DNS_A,
		.r = {{"imap.example.org", DNS_CNAME, 30, "box.example.net"},
			{"box.example.net", DNS_A, 60, "20"},
			{"stranger.example", DNS_A, 60, "21"}}},
	{.s = 101,
		.client = 1,
		.resolver = 53,
		.name = "example.org",
		.type = DNS_MX,
		.r = {{"example.org", DNS_MX, 60, "mx.example.org"},
			{"example.org", DNS_MX, 60, "mx2.example.org"}}},
	{.s = 102,
		.client = 1,
		.resolver = 53,
		.name = "_25._tcp.mx.example.org",
		.type = DNS_TLSA,
		.negative = 20},
	{.s = 102,
		.client = 1,
		.resolver = 53,
		.name = "no.example.org",
		.type = DNS_A,
		.rcode = DNS_NXDOMAIN,
		.negative = 20},
	{.s = 103,
		.client = 1,
		.resolver = 53,
		.name = "broken.example",
		.type = DNS_A,
		.rcode = DNS_SERVFAIL},
	{.s = 103,
		.client = 1,
		.resolver = 53,
		.name = "below.example",
		.type = DNS_A,
		.flags = DNS_REFERRAL},
	{.s = 103,
		.client = 1,
		.resolver = 53,
		.name = "cut.example",
		.type = DNS_TXT,
		.flags = DNS_TC},
};

static struct dns_store *
filled(size_t bytes)
{
	struct dns_settings set = {.bytes = bytes, .slack_ns = SLACK};
	struct dns_store *d = dns_store_new(&set);

	for (size_t i = 0; i < sizeof(lab) / sizeof(lab[0]); i++)
		add(d, &lab[i]);
	return d;
}

static void
test_find(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		int64_t s;
		int want; /* records; -1: nothing is known, 0: denied */
	} rows[] = {
		{"imap.example.org", DNS_A, 100, 1},
		{"IMAP.example.ORG.", DNS_A, 100, 1},
		{"imap.example.org", DNS_A, 140, 1},  /* TTL of the alias, and the slack */
		{"imap.example.org", DNS_A, 141, -1}, /* over */
		{"imap.example.org", DNS_AAAA, 100, -1},
		{"box.example.net", DNS_A, 100, -1}, /* nobody asked for it */
		{"example.org", DNS_MX, 110, 2},
		{"_25._tcp.mx.example.org", DNS_TLSA, 110, 0},
		{"_25._tcp.mx.example.org", DNS_TLSA, 133, -1},
		{"no.example.org", DNS_A, 110, 0},
		{"broken.example", DNS_A, 103, -1},
		{"below.example", DNS_A, 103, -1},
		{"cut.example", DNS_TXT, 103, -1},
		{".", DNS_A, 103, -1},
		{"", DNS_A, 103, -1},
	};
	struct dns_store *d = filled(1 << 20);
	struct endpoint one = host(1), two = host(2);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dns_answer *a = dns_find(
			d, &one, bytes_str(rows[i].name), rows[i].type, AT(rows[i].s));

		if ((a ? (int)a->n : -1) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].name);
		assert_true(!a || dns_denies(a) == (rows[i].want == 0));
		/* Somebody else was told nothing; but somebody was. */
		assert_null(dns_find(
			d, &two, bytes_str(rows[i].name), rows[i].type, AT(rows[i].s)));
		assert_ptr_equal(a, dns_find(d, NULL, bytes_str(rows[i].name), rows[i].type,
					    AT(rows[i].s)));
	}
	dns_store_free(&d);
}

static void
test_gave(void **state)
{
	struct dns_store *d = filled(1 << 20);
	struct endpoint one = host(1), two = host(2), box = host(20), other = host(21);
	struct dns_walk w = {0}, none = {0}, stranger = {0}, mx = {0}, late = {0};
	const struct dns_answer *a = dns_gave_host(d, &one, &box, AT(100), &w);

	assert_non_null(a);
	assert_true(bytes_is(a->name, "imap.example.org"));
	assert_true(bytes_is(a->canonical, "box.example.net"));
	assert_int_equal(a->at.packet, 7);
	assert_null(dns_gave_host(d, &one, &box, AT(100), &w));
	assert_null(dns_gave_host(d, &one, &box, AT(100), &w));
	assert_null(dns_gave_host(d, &two, &box, AT(100), &none));
	assert_null(dns_gave_host(d, &one, &box, AT(141), &late));
	/* A record that the aliases do not lead to is no answer to the question. */
	assert_null(dns_gave_host(d, &one, &other, AT(100), &stranger));
	a = dns_gave(d, &one, DNS_MX, BYTES("mx2.example.org"), AT(101), &mx);
	assert_true(a && bytes_is(a->name, "example.org"));
	dns_store_free(&d);
}

/* Two names of one address, newest first; the same question again takes the place of the old.
 */
static void
test_several_names(void **state)
{
	struct said again = {.s = 200, .client = 1, .resolver = 53, .type = DNS_A};
	struct dns_settings set = {.bytes = 1 << 20};
	struct dns_store *d = dns_store_new(&set);
	struct endpoint one = host(1), box = host(20);
	struct dns_walk w = {0};
	size_t memory = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++) {
			static const char *const names[] = {
				"a.example", "b.example", "c.example"};

			again.name = again.r[0].owner = names[i];
			again.r[0].type = DNS_A;
			again.r[0].ttl = 60;
			again.r[0].data = "20";
			add(d, &again);
		}
		assert_true(!round || dns_store_memory(d) == memory);
		memory = dns_store_memory(d);
	}
	for (int i = 2; i >= 0; i--) {
		const struct dns_answer *a = dns_gave_host(d, &one, &box, AT(200), &w);

		assert_true(a && a->name.p[0] == 'a' + i);
	}
	assert_null(dns_gave_host(d, &one, &box, AT(200), &w));
	dns_store_free(&d);
}

/* Asked over loopback, by a host whose connections have another address. */
static void
test_loopback(void **state)
{
	struct dns_settings set = {.bytes = 1 << 20};
	struct dns_store *d = dns_store_new(&set);
	struct endpoint here = {.addr = {127, 0, 0, 1}, .family = 4}, one = host(1),
			box = host(20);
	struct flow f = {.client = here, .server = here};
	struct dns_record r = {.owner = BYTES("b.example"), .type = DNS_A, .ttl_s = 60};
	struct event e = {.type = EV_DNS, .at = {.ts_ns = AT(1)}};
	struct said own = {.s = 1,
		.client = 1,
		.resolver = 53,
		.name = "a.example",
		.type = DNS_A,
		.r = {{"a.example", DNS_A, 60, "20"}}};
	const struct dns_answer *a;
	struct dns_walk w = {0}, w2 = {0};

	r.data = (struct bytes){box.addr, 4};
	e.dns = (struct ev_dns){.name = r.owner, .type = DNS_A, .records = &r, .n = 1};
	dns_store_add(d, &f, &e);
	assert_non_null(dns_find(d, &one, BYTES("b.example"), DNS_A, AT(1)));
	add(d, &own);
	a = dns_gave_host(d, &one, &box, AT(1), &w);
	assert_true(a && bytes_is(a->name, "a.example")); /* its own come first */
	a = dns_gave_host(d, &one, &box, AT(1), &w);
	assert_true(a && bytes_is(a->name, "b.example"));
	assert_null(dns_gave_host(d, &one, &box, AT(1), &w));
	a = dns_gave_host(d, &here, &box, AT(1), &w2);
	assert_true(a && bytes_is(a->name, "b.example"));
	assert_null(dns_gave_host(d, &here, &box, AT(1), &w2));
	dns_store_free(&d);
}

/* Many clients, many names, one address: no more than the limit, and the newest are there. */
static void
test_bounded(void **state)
{
	struct dns_settings set = {.bytes = 64 << 10};
	struct dns_store *d = dns_store_new(&set);
	struct said v = {.s = 1, .resolver = 53, .type = DNS_A};
	struct endpoint box = host(20), last = host(0);
	struct dns_walk w = {0};
	unsigned walked = 0;
	char name[64];

	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		v.client = i % 3 ? 0 : (uint8_t)i;
		v.name = v.r[0].owner = name;
		v.r[0].type = DNS_A;
		v.r[0].data = "20";
		add(d, &v);
	}
	assert_true(dns_store_memory(d) < (64 << 10) + 1024);
	assert_true(dns_store_forgotten(d) > 19000);
	assert_non_null(dns_find(d, NULL, BYTES("n19999.example"), DNS_A, AT(1)));
	assert_null(dns_find(d, NULL, BYTES("n0.example"), DNS_A, AT(1)));
	while (dns_gave_host(d, &last, &box, AT(1), &w))
		walked++;
	assert_int_equal(walked, DNS_WALK);
	dns_store_free(&d);
	set.bytes = 0; /* nothing is remembered */
	d = dns_store_new(&set);
	add(d, &v);
	assert_null(dns_find(d, NULL, BYTES("n19999.example"), DNS_A, AT(1)));
	dns_store_free(&d);
}

static void
test_secure(void **state)
{
	struct dns_answer a = {.client = host(1), .resolver = host(53), .flags = DNS_AD};

	assert_false(dns_secure(&a)); /* over a network */
	a.resolver = host(1);
	assert_true(dns_secure(&a));
	a.flags = 0;
	assert_false(dns_secure(&a));
	a.flags = DNS_AD;
	a.resolver = (struct endpoint){.addr = {127, 0, 0, 1}, .family = 4};
	assert_true(dns_secure(&a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_gave),
		cmocka_unit_test(test_several_names),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_secure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
