#include "findings/net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool
net_parse(const char *text, struct net *ret)
{
	char addr[INET6_ADDRSTRLEN + 4];
	struct bytes in = bytes_str(text), bits;
	size_t slash = bytes_find(in, '/');
	uint64_t n;

	*ret = (struct net){0};
	if (slash >= sizeof(addr))
		return false;
	snprintf(addr, sizeof(addr), "%.*s", (int)slash, text);
	if (inet_pton(AF_INET, addr, ret->addr) == 1)
		ret->family = 4;
	else if (inet_pton(AF_INET6, addr, ret->addr) == 1)
		ret->family = 6;
	else
		return false;
	ret->bits = ret->family == 4 ? 32 : 128;
	if (slash == in.n)
		return true;
	bits = bytes_from(in, slash + 1);
	if (!bytes_u64(bits, ret->bits, &n))
		return false;
	ret->bits = (uint8_t)n;
	return true;
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8;
	uint8_t mask = (uint8_t)(0xff00u >> bits % 8);

	if (memcmp(a, b, whole) != 0)
		return false;
	return bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0;
}

bool
net_holds(const struct net *n, const struct endpoint *e)
{
	return n->family == e->family && same_bits(n->addr, e->addr, n->bits);
}

bool
net_near(const struct endpoint *a, const struct endpoint *b, unsigned v4_bits, unsigned v6_bits)
{
	return a->family == b->family &&
	       same_bits(a->addr, b->addr, a->family == 4 ? v4_bits : v6_bits);
}

static const struct net private_nets[] = {
	{{10}, 4, 8, 0},
	{{172, 16}, 4, 12, 0},
	{{192, 168}, 4, 16, 0},
	{{169, 254}, 4, 16, 0},
	{{0xfc}, 6, 7, 48}, /* RFC 4193 section 3.1: 40 bits of global ID behind fd00::/8 */
	{{0xfe, 0x80}, 6, 10, 0},
};

bool
net_same_trusted(
	const struct net *nets, size_t n, const struct endpoint *a, const struct endpoint *b)
{
	if (n == 0) {
		nets = private_nets;
		n = sizeof(private_nets) / sizeof(private_nets[0]);
	}
	for (size_t i = 0; i < n; i++)
		if (net_holds(&nets[i], a) && net_holds(&nets[i], b) &&
			same_bits(a->addr, b->addr, nets[i].same))
			return true;
	return false;
}

/* Offset behind the last dot before `end`, or 0. */
static size_t
label_start(struct bytes host, size_t end)
{
	while (end && host.p[end - 1] != '.')
		end--;
	return end;
}

/* "co.uk", "ac.at": such a second level under a country's code is a suffix, not a name. */
static bool
looks_like_suffix(struct bytes host, size_t second, size_t top)
{
	static const char *const levels[] = {"co", "com", "ac", "org", "net", "gov", "edu",
		"or", "ne", "go", "mil", "gob", "gv"};
	struct bytes label = bytes_sub(host, second, top - 1 - second);

	for (size_t i = 0; host.n - top == 2 && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (bytes_iis(label, levels[i]))
			return true;
	return false;
}

struct bytes
net_org_name(struct bytes host)
{
	size_t top, second;

	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.p[0] == '[')
		return BYTES_NONE;
	top = label_start(host, host.n);
	if (top < 2 || top == host.n || (host.p[top] >= '0' && host.p[top] <= '9'))
		return BYTES_NONE;
	second = label_start(host, top - 1);
	if (second == top - 1)
		return BYTES_NONE;
	if (second > 1 && looks_like_suffix(host, second, top))
		second = label_start(host, second - 1);
	return bytes_from(host, second);
}
