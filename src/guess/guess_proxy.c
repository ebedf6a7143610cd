/* The PROXY protocol, versions 1 (a line of text) and 2 (binary):
 * https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/cursor.h"
#include "guess/guess.h"

enum {
	V1_MAX = 107, /* section 2.1: the longest line, CRLF included */
	V2_SIGNATURE = 12,
	V2_FIXED = 16,
	V2_LOCAL = 0x20, /* version 2, and the command */
	V2_PROXY = 0x21,
	V2_TCP4 = 0x11, /* family and transport */
	V2_TCP6 = 0x21,
	TLV_SSL = 0x20,
	TLV_SSL_CLIENT = 0x01, /* PP2_CLIENT_SSL */
};

static const uint8_t v2_signature[V2_SIGNATURE] = "\r\n\r\n\0\r\nQUIT\n";

static bool
proxy_address(struct bytes word, uint8_t family, struct endpoint *ret)
{
	char text[ENDPOINT_TEXT];

	if (word.n >= sizeof(text) || memchr(word.p, 0, word.n))
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = 0;
	ret->family = family;
	return inet_pton(family == 4 ? AF_INET : AF_INET6, text, ret->addr) == 1;
}

static bool
proxy_port(struct bytes word, struct endpoint *ret)
{
	uint64_t port;

	if (!bytes_u64(word, UINT16_MAX, &port))
		return false;
	ret->port = (uint16_t)port;
	return true;
}

/* Section 2.1: PROXY, TCP4 or TCP6 or UNKNOWN, two addresses, two ports. Behind UNKNOWN
 * anything may stand. */
static bool
proxy_line(struct bytes line, struct ev_proxy *ret)
{
	struct bytes family;
	uint8_t version;

	bytes_word(&line);
	family = bytes_word(&line);
	if (bytes_is(family, "UNKNOWN"))
		return true;
	if (!bytes_is(family, "TCP4") && !bytes_is(family, "TCP6"))
		return false;
	version = family.p[3] == '4' ? 4 : 6;
	ret->known = true;
	return proxy_address(bytes_word(&line), version, &ret->src) &&
	       proxy_address(bytes_word(&line), version, &ret->dst) &&
	       proxy_port(bytes_word(&line), &ret->src) &&
	       proxy_port(bytes_word(&line), &ret->dst) && !bytes_trim(line).n;
}

static int
proxy_v1(struct bytes head, struct ev_proxy *ret)
{
	struct ev_proxy out = {.version = 1};
	size_t lf = bytes_find(bytes_sub(head, 0, V1_MAX), '\n');

	if (lf >= V1_MAX)
		return 0;
	if (lf == head.n)
		return -EAGAIN;
	if (head.p[lf - 1] != '\r' || !proxy_line(bytes_sub(head, 0, lf - 1), &out))
		return 0;
	*ret = out;
	return (int)lf + 1;
}

/* Section 2.2: source, destination, ports, as the family says. */
static bool
proxy_addresses(struct cursor *c, uint8_t family, struct ev_proxy *ret)
{
	size_t n = family == V2_TCP4 ? 4 : 16;
	struct bytes src, dst;

	if (family != V2_TCP4 && family != V2_TCP6)
		return true;
	src = cursor_take(c, n);
	dst = cursor_take(c, n);
	ret->src.port = cursor_be16(c);
	ret->dst.port = cursor_be16(c);
	if (c->err)
		return false;
	memcpy(ret->src.addr, src.p, n);
	memcpy(ret->dst.addr, dst.p, n);
	ret->src.family = ret->dst.family = n == 4 ? 4 : 6;
	ret->known = true;
	return true;
}

/* Section 2.2.6: the first byte of the SSL entry has a bit for "the client came over TLS". */
static void
proxy_entries(struct cursor *c, struct ev_proxy *ret)
{
	while (cursor_left(c) && !c->err) {
		uint8_t type = cursor_u8(c);
		struct bytes value = cursor_take(c, cursor_be16(c));

		if (type == TLV_SSL && value.n)
			ret->tls = value.p[0] & TLV_SSL_CLIENT;
	}
}

static int
proxy_v2(struct bytes head, struct ev_proxy *ret)
{
	struct ev_proxy out = {.version = 2};
	struct cursor c = cursor_of(head);
	uint8_t command, family;
	size_t length;

	if (head.n < V2_FIXED)
		return -EAGAIN;
	cursor_skip(&c, V2_SIGNATURE);
	command = cursor_u8(&c);
	family = cursor_u8(&c);
	length = cursor_be16(&c);
	if ((command != V2_LOCAL && command != V2_PROXY) || V2_FIXED + length > GUESS_PROXY_MAX)
		return 0;
	if (head.n < V2_FIXED + length)
		return -EAGAIN;
	c = cursor_of(bytes_sub(head, V2_FIXED, length));
	if (command == V2_PROXY) {
		if (!proxy_addresses(&c, family, &out))
			return 0;
		if (out.known)
			proxy_entries(&c, &out);
	}
	*ret = out;
	return (int)(V2_FIXED + length);
}

int
guess_proxy_header(struct bytes head, struct ev_proxy *ret)
{
	static const char v1[] = "PROXY ";
	size_t n = sizeof(v1) - 1;

	if (!head.n)
		return -EAGAIN;
	if (memcmp(head.p, v1, head.n < n ? head.n : n) == 0)
		return head.n < n ? -EAGAIN : proxy_v1(head, ret);
	n = V2_SIGNATURE;
	if (memcmp(head.p, v2_signature, head.n < n ? head.n : n) == 0)
		return proxy_v2(head, ret);
	return 0;
}
