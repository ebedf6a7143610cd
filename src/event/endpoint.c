#include "event/endpoint.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static char *
dotted(const uint8_t addr[4], char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		n += num_dec(out + n, addr[i]);
		out[n++] = i < 3 ? '.' : '\0';
	}
	return out;
}

char *
endpoint_addr(const struct endpoint *e, char out[ENDPOINT_TEXT])
{
	if (e->family != 6)
		return dotted(e->addr, out);
	if (!inet_ntop(AF_INET6, e->addr, out, ENDPOINT_TEXT))
		out[0] = '\0';
	return out;
}

char *
endpoint_text(const struct endpoint *e, char out[ENDPOINT_TEXT + 8])
{
	char addr[ENDPOINT_TEXT];

	snprintf(out, ENDPOINT_TEXT + 8, e->family == 6 ? "[%s]:%u" : "%s:%u",
		endpoint_addr(e, addr), e->port);
	return out;
}

bool
endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

struct prefix {
	uint8_t family, bits;
	uint8_t addr[16];
};

static const struct prefix loopback[] = {
	{4, 8, {127}}, {6, 128, {[15] = 1}},
	{6, 104, {[10] = 0xff, [11] = 0xff, [12] = 127}}, /* IPv4-mapped, RFC 4291
							     section 2.5.5.2 */
};

static const struct prefix private[] = {
	{4, 8, {10}},                                                 /* RFC 1918 */
	{4, 12, {172, 16}}, {4, 16, {192, 168}}, {4, 16, {169, 254}}, /* link-local, RFC 3927 */
	{6, 7, {0xfc}},                                               /* RFC 4193 */
	{6, 10, {0xfe, 0x80}}, /* link-local, RFC 4291 section 2.5.6 */
};

static bool
in_prefix(const struct endpoint *e, const struct prefix *p)
{
	size_t whole = p->bits / 8;
	uint8_t mask = (uint8_t)(0xff00u >> p->bits % 8);

	if (e->family != p->family || memcmp(e->addr, p->addr, whole) != 0)
		return false;
	return p->bits % 8 == 0 || ((e->addr[whole] ^ p->addr[whole]) & mask) == 0;
}

static bool
in_any(const struct endpoint *e, const struct prefix *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (in_prefix(e, &p[i]))
			return true;
	return false;
}

bool
endpoint_is_loopback(const struct endpoint *e)
{
	return in_any(e, loopback, sizeof(loopback) / sizeof(loopback[0]));
}

bool
endpoint_is_private(const struct endpoint *e)
{
	return in_any(e, private, sizeof(private) / sizeof(private[0]));
}
