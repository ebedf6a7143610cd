/* One TCP segment in every link layer and tunnel must come out the same, and no cut of any of
 * them may do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "packet_build.h"

static const char payload[] = "EHLO client.example\r\n";
enum {
	PAYLOAD = sizeof(payload) - 1
};

/* Headers outside the IP packet, innermost first; hex puts the text in front, the others make a
 * header. */
enum op {
	END,
	HEX,
	IP4,
	IP6,
	ETHER,
	UDP,
	PPPOE
};

struct wrap {
	enum op op;
	const char *hex;
	uint16_t arg;
};

/* clang-format off */
static const struct link_case {
	const char *name;
	int version; /* of the IP packet that holds the segment */
	uint16_t link;
	struct wrap wraps[8];
	uint8_t n_vlan;
	uint16_t vlan[2];
	bool head_only; /* what it carries is told by a guess that needs more bytes than a cut leaves */
} cases[] = {
	{"ethernet", 4, 1, {{ETHER, .arg = 0x0800}}},
	{"ethernet-ipv6", 6, 1, {{ETHER, .arg = 0x86dd}}},
	{"vlan", 4, 1, {{HEX, "20 2a 0800"}, {ETHER, .arg = 0x8100}}, 1, {42}},
	{"priority-tag", 4, 1, {{HEX, "20 00 0800"}, {ETHER, .arg = 0x8100}}},
	{"qinq", 6, 1, {{HEX, "0007 86dd"}, {HEX, "0065 8100"}, {ETHER, .arg = 0x88a8}}, 2, {101, 7}},
	{"qinq-old", 4, 1, {{HEX, "0007 0800"}, {HEX, "0008 8100"}, {HEX, "0009 8100"}, {ETHER, .arg = 0x9100}}, 2, {9, 8}},
	{"llc-snap", 4, 1, {{HEX, "aaaa03 000000 0800"}, {ETHER, .arg = 0x0060}}},
	{"sll", 4, 113, {{HEX, "0000 0001 0006 020000000001 0000 0800"}}},
	{"sll-vlan", 6, 113, {{HEX, "0007 86dd"}, {HEX, "0000 0001 0006 020000000001 0000 8100"}}, 1, {7}},
	{"sll2", 4, 276, {{HEX, "0800 0000 00000002 0001 00 06 020000000001 0000"}}},
	{"sll2-ipv6", 6, 276, {{HEX, "86dd 0000 00000002 0001 04 06 020000000001 0000"}}},
	{"raw-12", 4, 12, {{END}}},
	{"raw-14", 6, 14, {{END}}},
	{"raw-101", 6, 101, {{END}}},
	{"ipv4", 4, 228, {{END}}},
	{"ipv6", 6, 229, {{END}}},
	{"null-little", 4, 0, {{HEX, "02000000"}}},
	{"null-big", 4, 0, {{HEX, "00000002"}}},
	{"null-linux-ipv6", 6, 0, {{HEX, "0a000000"}}},
	{"null-freebsd-ipv6", 6, 0, {{HEX, "1c000000"}}},
	{"null-macos-ipv6", 6, 0, {{HEX, "0000001e"}}},
	{"loop", 4, 108, {{HEX, "00000002"}}},
	{"loop-ipv6", 6, 108, {{HEX, "00000018"}}},
	{"ppp", 4, 9, {{HEX, "ff03 0021"}}},
	{"ppp-short", 4, 9, {{HEX, "21"}}},
	{"ppp-ether", 6, 51, {{HEX, "0057"}, {PPPOE}}},
	{"pppoe", 4, 1, {{HEX, "0021"}, {PPPOE}, {ETHER, .arg = 0x8864}}},
	{"pppoe-ipv6", 6, 1, {{HEX, "0057"}, {PPPOE}, {ETHER, .arg = 0x8864}}},
	{"mpls", 4, 1, {{HEX, "000641ff"}, {ETHER, .arg = 0x8847}}},
	{"mpls-stack", 6, 1, {{HEX, "000651ff"}, {HEX, "000640ff 000630ff"}, {ETHER, .arg = 0x8847}}},
	{"mpls-pseudowire", 4, 1, {{ETHER, .arg = 0x0800}, {HEX, "000641ff"}, {ETHER, .arg = 0x8847}}, .head_only = true},
	{"mpls-control-word", 4, 1, {{ETHER, .arg = 0x0800}, {HEX, "00000000"}, {HEX, "000641ff"}, {ETHER, .arg = 0x8847}}, .head_only = true},
	{"gre", 4, 1, {{HEX, "0000 0800"}, {IP4, .arg = 47}, {ETHER, .arg = 0x0800}}},
	{"gre-all-flags", 6, 1, {{HEX, "b000 86dd 00000000 00000001 00000002"}, {IP4, .arg = 47}, {ETHER, .arg = 0x0800}}},
	{"gre-ethernet-vlan", 4, 1, {{HEX, "0005 0800"}, {ETHER, .arg = 0x8100}, {HEX, "2000 6558 00000001"}, {IP6, .arg = 47}, {ETHER, .arg = 0x86dd}}, 1, {5}},
	{"gre-erspan-1", 4, 1, {{ETHER, .arg = 0x0800}, {HEX, "0000 88be"}, {IP4, .arg = 47}, {ETHER, .arg = 0x0800}}},
	{"gre-erspan-2", 4, 1, {{ETHER, .arg = 0x0800}, {HEX, "1000 88be 00000001 1001000000000000"}, {IP4, .arg = 47}, {ETHER, .arg = 0x0800}}},
	{"gre-erspan-3", 4, 1, {{ETHER, .arg = 0x0800}, {HEX, "2001 0000 00000000 0000 0001 0000000000000000"}, {HEX, "1000 22eb 00000001"}, {IP4, .arg = 47}, {ETHER, .arg = 0x0800}}},
	{"gre-pptp", 4, 1, {{HEX, "0021"}, {HEX, "3081 880b 0050 0001 00000001 00000001"}, {IP4, .arg = 47}, {ETHER, .arg = 0x0800}}},
	{"4in4", 4, 1, {{IP4, .arg = 4}, {ETHER, .arg = 0x0800}}},
	{"6in4", 6, 1, {{IP4, .arg = 41}, {ETHER, .arg = 0x0800}}},
	{"4in6", 4, 1, {{IP6, .arg = 4}, {ETHER, .arg = 0x86dd}}},
	{"6in6", 6, 1, {{IP6, .arg = 41}, {ETHER, .arg = 0x86dd}}},
	{"etherip", 4, 101, {{ETHER, .arg = 0x0800}, {HEX, "3000"}, {IP4, .arg = 97}}},
	{"mpls-in-ip", 4, 101, {{HEX, "000641ff"}, {IP4, .arg = 137}}},
	{"vxlan", 4, 1, {{ETHER, .arg = 0x0800}, {HEX, "08000000 00000100"}, {UDP, .arg = 4789}, {IP4, .arg = 17}, {ETHER, .arg = 0x0800}}},
	{"vxlan-ipv6", 6, 1, {{ETHER, .arg = 0x86dd}, {HEX, "08000000 00000100"}, {UDP, .arg = 4789}, {IP6, .arg = 17}, {ETHER, .arg = 0x86dd}}},
	{"ipv4-options", 4, 1, {{ETHER, .arg = 0x0800}}},
	{"ah", 4, 101, {{HEX, "04 04 0000 00000001 00000001 000000000000000000000000"}, {IP4, .arg = 51}}},
	{"ipv6-extensions", 4, 101, {{HEX, "04 00 010400000000"}, {HEX, "3c 02 0000 00000000 00000000000000000000000000000000"}, {HEX, "2b 00 050200000000"}, {IP6, .arg = 0}}},
	{"ipv6-atomic-fragment", 4, 101, {{HEX, "04 00 0000 00000001"}, {IP6, .arg = 44}}},
	{"seven-deep", 4, 101, {{IP4, .arg = 4}, {IP6, .arg = 4}, {IP4, .arg = 41}, {IP4, .arg = 4}, {IP4, .arg = 4}, {IP4, .arg = 4}, {IP4, .arg = 4}}},
};
/* clang-format on */

static void
wrap(struct build *k, const struct wrap *w)
{
	uint8_t pppoe[6] = {0x11, 0, 0, 1};

	switch (w->op) {
	case END:
		break;
	case HEX:
		build_hex(k, w->hex);
		break;
	case IP4:
		build_ip4(k, (uint8_t)w->arg);
		break;
	case IP6:
		build_ip6(k, (uint8_t)w->arg);
		break;
	case ETHER:
		build_ethernet(k, w->arg);
		break;
	case UDP:
		build_udp(k, w->arg);
		break;
	case PPPOE:
		build_be16(pppoe + 4, k->n);
		build_put(k, pppoe, sizeof(pppoe));
		break;
	}
}

static void
make(struct build *k, const struct link_case *c)
{
	k->n = 0;
	build_put(k, payload, PAYLOAD);
	build_tcp(k);
	if (c->version == 6)
		build_ip6(k, 6);
	else
		build_ip4(k, 6);
	for (size_t i = 0; i < 8 && c->wraps[i].op != END; i++)
		wrap(k, &c->wraps[i]);
}

static void
expect_segment(const struct link_case *c, const struct segment *s, size_t frame)
{
	char text[ENDPOINT_TEXT];

	assert_string_equal(
		endpoint_addr(&s->src, text), c->version == 6 ? "2001:db8::1" : "192.0.2.1");
	assert_string_equal(
		endpoint_addr(&s->dst, text), c->version == 6 ? "2001:db8::7" : "198.51.100.7");
	assert_int_equal(s->src.port, 40000);
	assert_int_equal(s->dst.port, 25);
	assert_int_equal(s->ip_proto, 6);
	assert_int_equal(s->seq, 0x01020304);
	assert_int_equal(s->ack, 0x0a0b0c0d);
	assert_int_equal(s->flags, TCP_ACK | TCP_PSH);
	assert_int_equal(s->ttl, 63);
	assert_int_equal(s->n_vlan, c->n_vlan);
	assert_int_equal(s->vlan[0], c->vlan[0]);
	assert_int_equal(s->vlan[1], c->vlan[1]);
	assert_int_equal(s->wire_len, PAYLOAD);
	assert_int_equal(s->frame_len, frame);
	assert_int_equal(s->ts_ns, 5);
	assert_int_equal(s->packet, 9);
}

static void
every_link_gives_the_segment(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct packet_decoder *d = packet_new(NULL);
		struct build k;
		struct segment s;
		uint8_t *copy;

		make(&k, &cases[i]);
		print_message("%s\n", cases[i].name);
		assert_int_equal(
			build_decode(d, &k, cases[i].link, k.n, k.n, &s, &copy), PACKET_TCP);
		expect_segment(&cases[i], &s, k.n);
		assert_int_equal(s.payload.n, PAYLOAD);
		assert_memory_equal(s.payload.p, payload, PAYLOAD);
		free(copy);
		packet_free(&d);
	}
}

/* A minimal frame is padded to 60 bytes, and a checksum of the frame may follow: neither is
 * payload. */
static void
padding_is_not_payload(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct packet_decoder *d = packet_new(NULL);
		struct build k = {.n = 30};
		struct segment s;
		uint8_t *copy, padded[70000];

		make(&k, &cases[i]);
		memcpy(padded, build_front(&k), k.n);
		memset(padded + k.n, 'x', 30);
		k.n += 30;
		memcpy(build_front(&k), padded, k.n);
		assert_int_equal(
			build_decode(d, &k, cases[i].link, k.n, k.n, &s, &copy), PACKET_TCP);
		assert_int_equal(s.payload.n, PAYLOAD);
		assert_int_equal(s.wire_len, PAYLOAD);
		free(copy);
		packet_free(&d);
	}
}

/* The snaplen cuts a frame at each length: the segment comes as long as its header is there,
 * with what is left of the payload. */
static void
every_cut(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct packet_decoder *d = packet_new(NULL);
		struct build k;
		struct segment s;
		uint8_t *copy;

		make(&k, &cases[i]);
		for (size_t cut = 0; cut < k.n; cut++) {
			enum packet_result got = build_decode(
				d, &k, cases[i].link, cut, k.n, &s, &copy);

			free(copy);
			if (cut < k.n - PAYLOAD - 12) {
				assert_int_equal(got, PACKET_OTHER);
				continue;
			}
			assert_int_equal(got, PACKET_TCP);
			expect_segment(&cases[i], &s, k.n);
			assert_int_equal(
				s.payload.n, cut < k.n - PAYLOAD ? 0 : cut - (k.n - PAYLOAD));
		}
		assert_int_equal(packet_counts(d)->malformed, 0);
		if (!cases[i].head_only)
			assert_int_equal(packet_counts(d)->truncated, k.n);
		packet_free(&d);
	}
}

/* The same when the frame was that short on the wire: anything but harm. */
static void
every_short_frame(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct packet_decoder *d = packet_new(NULL);
		struct build k;
		struct segment s;
		uint8_t *copy;

		make(&k, &cases[i]);
		for (size_t cut = 0; cut < k.n; cut++) {
			build_decode(d, &k, cases[i].link, cut, cut, &s, &copy);
			assert_true(s.payload.n <= cut);
			free(copy);
		}
		packet_free(&d);
	}
}

/* Frames that say something impossible, or something that is not for us. */
static void
what_is_no_segment(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name, *hex; /* in front of nothing */
		uint16_t link;
		enum packet_result want;
		size_t counter; /* offset in struct packet_counts */
	} rows[] = {
#define AT(field) offsetof(struct packet_counts, field)
		{"empty", "", 1, PACKET_MALFORMED, AT(malformed)},
		{"arp", "ffffffffffff 020000000001 0806 0001080006040001", 1, PACKET_OTHER, AT(not_ip)},
		{"stp", "0180c2000000 020000000001 0008 4242030000000000", 1, PACKET_OTHER, AT(not_ip)},
		{"unknown-link", "4500", 147, PACKET_OTHER, AT(unknown_link)},
		{"icmp", "45000014 00000000 40 01 0000 7f000001 7f000001", 101, PACKET_OTHER, AT(not_tcp)},
		{"esp", "45000014 00000000 40 32 0000 7f000001 7f000001", 101, PACKET_OTHER, AT(not_tcp)},
		{"no-next-header", "6000000000003b40 20010db8000000000000000000000001 20010db8000000000000000000000002", 101, PACKET_OTHER, AT(not_tcp)},
		{"ip-version", "55000014 00000000 40 06 0000 7f000001 7f000001", 228, PACKET_MALFORMED, AT(malformed)},
		{"raw-version", "55000014", 101, PACKET_OTHER, AT(not_ip)},
		{"ip-header-4", "41000014 00000000 40 06 0000 7f000001 7f000001", 101, PACKET_MALFORMED, AT(malformed)},
		{"ip-total-below-header", "45000013 00000000 40 06 0000 7f000001 7f000001", 101, PACKET_MALFORMED, AT(malformed)},
		{"tcp-none", "45000014 00000000 40 06 0000 7f000001 7f000001", 101, PACKET_MALFORMED, AT(malformed)},
		{"tcp-offset-4", "45000028 00000000 40 06 0000 7f000001 7f000001 00010002 00000000 00000000 4010 0000 0000 0000", 101, PACKET_MALFORMED, AT(malformed)},
		{"tcp-offset-beyond", "45000028 00000000 40 06 0000 7f000001 7f000001 00010002 00000000 00000000 f010 0000 0000 0000", 101, PACKET_MALFORMED, AT(malformed)},
		{"udp-length", "4500001c 00000000 40 11 0000 7f000001 7f000001 0035 0035 0007 0000", 101, PACKET_MALFORMED, AT(malformed)},
		{"udp-is-not-tcp", "4500001c 00000000 40 11 0000 7f000001 7f000001 0035 0035 0008 0000", 101, PACKET_UDP, AT(not_tcp)},
		{"pppoe-discovery", "11 09 0000 0004 01010000", 51, PACKET_OTHER, AT(not_ip)},
		{"ppp-lcp", "c021 01010004", 9, PACKET_OTHER, AT(not_ip)},
		{"gre-routing", "45000018 00000000 40 2f 0000 7f000001 7f000001 4000 0800", 101, PACKET_OTHER, AT(not_tcp)},
		{"mpls-no-bottom", "ffffffffffff 020000000001 8847 000640ff", 1, PACKET_MALFORMED, AT(malformed)},
		{"null-family", "05000000 45", 0, PACKET_OTHER, AT(not_ip)},
#undef AT
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct packet_decoder *d = packet_new(NULL);
		struct build k = {.n = 0};
		struct segment s;
		uint8_t *copy;

		build_hex(&k, rows[i].hex);
		print_message("%s\n", rows[i].name);
		assert_int_equal(
			build_decode(d, &k, rows[i].link, k.n, k.n, &s, &copy), rows[i].want);
		assert_int_equal(
			*(const uint64_t *)((const char *)packet_counts(d) + rows[i].counter),
			1);
		free(copy);
		packet_free(&d);
	}
}

/* Segmentation offload shows length 0: up to the end of the frame. The same for IPv6
 * jumbograms. */
static void
length_zero_is_the_frame(void **state)
{
	for (int version = 4; version <= 6; version += 2) {
		struct packet_decoder *d = packet_new(NULL);
		struct build k = {.n = 0};
		struct segment s;
		uint8_t *copy;

		build_put(&k, payload, PAYLOAD);
		build_tcp(&k);
		(version == 4 ? build_ip4 : build_ip6)(&k, 6);
		build_be16(build_front(&k) + (version == 4 ? 2 : 4), 0);
		assert_int_equal(build_decode(d, &k, 101, k.n, k.n, &s, &copy), PACKET_TCP);
		assert_int_equal(s.payload.n, PAYLOAD);
		assert_int_equal(s.wire_len, PAYLOAD);
		free(copy);
		packet_free(&d);
	}
}

static void
too_deep_is_left_alone(void **state)
{
	struct packet_settings set = packet_defaults;
	struct build k = {.n = 0};
	struct packet_decoder *d;
	struct segment s;
	uint8_t *copy;

	build_put(&k, payload, PAYLOAD);
	build_tcp(&k);
	build_ip4(&k, 6);
	build_ip4(&k, 4);
	build_ip4(&k, 4);
	for (set.tunnel_depth = 0; set.tunnel_depth < 5; set.tunnel_depth++) {
		d = packet_new(&set);
		assert_int_equal(build_decode(d, &k, 101, k.n, k.n, &s, &copy),
			set.tunnel_depth < 3 ? PACKET_OTHER : PACKET_TCP);
		free(copy);
		packet_free(&d);
	}
}

/* The caller's struct is not trusted to be zero. */
static void
nothing_is_left_from_before(void **state)
{
	struct packet_decoder *d = packet_new(NULL);
	struct build k = {.n = 0};
	const uint8_t zero[16] = {0};
	struct segment s;
	uint8_t *copy;

	build_ethernet(&k, 0x0806);
	memset(&s, 0xee, sizeof(s));
	assert_int_equal(build_decode(d, &k, 1, k.n, k.n, &s, &copy), PACKET_OTHER);
	assert_memory_equal(s.src.addr, zero, 16);
	assert_memory_equal(s.dst.addr, zero, 16);
	assert_int_equal(s.src.port | s.dst.port | s.src.family | s.dst.family, 0);
	assert_int_equal(s.seq | s.ack | s.wire_len | s.input, 0);
	assert_int_equal(s.flags | s.ip_proto | s.ttl | s.n_vlan | s.vlan[0] | s.vlan[1], 0);
	assert_int_equal(s.payload.n, 0);
	assert_null(s.payload.p);
	free(copy);
	packet_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_gives_the_segment),
		cmocka_unit_test(padding_is_not_payload),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(every_short_frame),
		cmocka_unit_test(what_is_no_segment),
		cmocka_unit_test(length_zero_is_the_frame),
		cmocka_unit_test(too_deep_is_left_alone),
		cmocka_unit_test(nothing_is_left_from_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
