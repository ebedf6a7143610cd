/* Networks, organisational names, and the memory that forgets. */
#include "findings/net.h"
#include "findings/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct endpoint
at(const char *text)
{
	struct endpoint e = {.family = strchr(text, ':') ? 6 : 4};

	assert_int_equal(inet_pton(e.family == 6 ? AF_INET6 : AF_INET, text, e.addr), 1);
	return e;
}

struct cidr {
	const char *net, *addr;
	bool parses, holds;
};

static const struct cidr cidrs[] = {
	{"192.0.2.0/24", "192.0.2.77", true, true},
	{"192.0.2.0/24", "192.0.3.1", true, false},
	{"192.0.2.0/25", "192.0.2.128", true, false},
	{"192.0.2.64/26", "192.0.2.127", true, true},
	{"192.0.2.5", "192.0.2.5", true, true},
	{"192.0.2.5", "192.0.2.4", true, false},
	{"0.0.0.0/0", "203.0.113.1", true, true},
	{"0.0.0.0/0", "2001:db8::1", true, false},
	{"2001:db8::/33", "2001:db8:7fff::1", true, true},
	{"2001:db8::/33", "2001:db8:8000::1", true, false},
	{"2001:db8::1/128", "2001:db8::1", true, true},
	{"192.0.2.0/33", "192.0.2.0", false, false},
	{"192.0.2.0/", "192.0.2.0", false, false},
	{"192.0.2.0/-1", "192.0.2.0", false, false},
	{"mail.example.org", "192.0.2.0", false, false},
	{"", "192.0.2.0", false, false},
	{"/24", "192.0.2.0", false, false},
};

static void
test_cidr(void **state)
{
	for (size_t i = 0; i < N(cidrs); i++) {
		struct endpoint e = at(cidrs[i].addr);
		struct net n;
		bool parses = net_parse(cidrs[i].net, &n);

		if (parses != cidrs[i].parses)
			fail_msg("%s: parses %d", cidrs[i].net, parses);
		if (parses && net_holds(&n, &e) != cidrs[i].holds)
			fail_msg("%s holds %s: %d", cidrs[i].net, cidrs[i].addr,
				!cidrs[i].holds);
	}
}

struct pair {
	const char *a, *b;
	bool trusted;
};

static const struct pair pairs[] = {
	{"10.0.0.1", "10.200.0.1", true},
	{"10.0.0.1", "192.168.0.1", false},
	{"172.16.0.1", "172.31.255.255", true},
	{"172.15.0.1", "172.16.0.1", false},
	{"192.168.0.1", "192.168.7.1", true},
	{"192.0.2.1", "192.0.2.2", false},
	{"127.0.0.1", "127.0.0.1", false},
	{"169.254.1.1", "169.254.9.9", true},
	{"fe80::1", "fe80::2", true},
	{"fd12:3456:789a::1", "fd12:3456:789a:1::2", true},
	{"fd12:3456:789a::1", "fd12:3456:789b::2", false},
	{"10.0.0.1", "fe80::2", false},
};

static void
test_trusted(void **state)
{
	struct net mine;

	for (size_t i = 0; i < N(pairs); i++) {
		struct endpoint a = at(pairs[i].a), b = at(pairs[i].b);

		if (net_same_trusted(NULL, 0, &a, &b) != pairs[i].trusted)
			fail_msg("%s %s", pairs[i].a, pairs[i].b);
	}
	assert_true(net_parse("192.0.2.0/24", &mine));
	assert_true(net_same_trusted(&mine, 1, &(struct endpoint){{192, 0, 2, 1}, 0, 4},
		&(struct endpoint){{192, 0, 2, 9}, 0, 4}));
	/* A list of one's own replaces the default. */
	assert_false(net_same_trusted(&mine, 1, &(struct endpoint){{10, 0, 2, 1}, 0, 4},
		&(struct endpoint){{10, 0, 2, 9}, 0, 4}));
}

struct org {
	const char *host, *org;
};

static const struct org orgs[] = {
	{"mail.example.org", "example.org"},
	{"example.org", "example.org"},
	{"a.b.example.org.", "example.org"},
	{"mail.example.co.uk", "example.co.uk"},
	{"co.uk", "co.uk"},
	{"imap.gmx.net", "gmx.net"},
	{"mail.web.de", "web.de"},
	{"localhost", ""},
	{"[192.0.2.1]", ""},
	{"192.0.2.1", ""},
	{"", ""},
	{".", ""},
	{"..", ""},
	{".org", ""},
};

static void
test_org(void **state)
{
	for (size_t i = 0; i < N(orgs); i++) {
		struct bytes got = net_org_name(bytes_str(orgs[i].host));

		if (!bytes_is(got, orgs[i].org))
			fail_msg("%s: %.*s", orgs[i].host, BYTES_FMT(got));
	}
}

struct entry {
	struct tabled head;
	int value;
};

static void
test_table_forgets_the_oldest(void **state)
{
	struct table_budget budget = {.max = SIZE_MAX};
	struct table t;
	struct entry *e;

	table_init(&t, &budget, 2, sizeof(struct entry), NULL);
	e = table_put(&t, BYTES("a"));
	e->value = 1;
	table_put(&t, BYTES("b"));
	assert_ptr_equal(table_put(&t, BYTES("a")), e);
	table_put(&t, BYTES("c"));
	assert_null(table_get(&t, BYTES("b")));
	e = table_get(&t, BYTES("a"));
	assert_non_null(e);
	assert_int_equal(e->value, 1);
	assert_int_equal(t.ages.n, 2);
	assert_int_equal(t.forgotten, 1);
	assert_ptr_equal(table_oldest(&t), e);
	table_done(&t);
}

/* Tables that share a budget: the fattest one gives way, the newest entries stay. */
static void
test_tables_share_a_budget(void **state)
{
	struct table_budget budget = {.max = 64 * 1024};
	struct table fat, thin;
	struct entry *first = NULL;

	table_init(&fat, &budget, 1000000, sizeof(struct entry), NULL);
	table_init(&thin, &budget, 1000000, sizeof(struct entry), NULL);
	first = table_put(&thin, BYTES("thin"));
	for (uint32_t i = 0; i < 10000; i++) {
		struct bytes key = {(const uint8_t *)&i, sizeof(i)};
		struct entry *e = table_put(&fat, key);

		table_grew(&fat, e, i % 100 == 0 ? 1000 : 10);
		assert_ptr_equal(table_get(&fat, key), e);
		assert_true(budget.bytes <= budget.max + 2000);
	}
	assert_ptr_equal(table_get(&thin, BYTES("thin")), first);
	assert_true(fat.forgotten > 9000);
	assert_int_equal(fat.ages.n + fat.forgotten, 10000);
	table_done(&fat);
	table_done(&thin);
	assert_int_equal(budget.bytes, 0);
}

static void
test_keys_do_not_run_together(void **state)
{
	struct key a = {.n = 0}, b = {.n = 0};
	uint8_t big[1000];

	key_text(&a, "ab");
	key_text(&a, "c");
	key_text(&b, "a");
	key_text(&b, "bc");
	assert_false(bytes_eq(key_of(&a), key_of(&b)));
	memset(big, 'x', sizeof(big));
	a.n = b.n = 0;
	key_bytes(&a, (struct bytes){big, sizeof(big)});
	big[999] = 'y';
	key_bytes(&b, (struct bytes){big, sizeof(big)});
	assert_false(bytes_eq(key_of(&a), key_of(&b)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cidr),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_org),
		cmocka_unit_test(test_table_forgets_the_oldest),
		cmocka_unit_test(test_tables_share_a_budget),
		cmocka_unit_test(test_keys_do_not_run_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
