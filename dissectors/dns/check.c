#include "dissectors/dns/check.h"

#include "base/cursor.h"

enum {
	NAME_MAX_BYTES = 255, /* RFC 1035 2.3.4 */
	LABEL_MAX_BYTES = 63,
	POINTERS_MAX = 127, /* a name has at most so many labels */
	SOA_NUMBERS = 20,
};

bool
dns_head_read(struct bytes msg, struct dns_head *ret)
{
	struct cursor c = cursor_of(msg);

	cursor_skip(&c, 2);
	ret->flags = cursor_be16(&c);
	ret->questions = cursor_be16(&c);
	for (int i = 0; i < DNS_SECTIONS; i++)
		ret->records[i] = cursor_be16(&c);
	return !c.err;
}

bool
dns_name_skip(struct bytes msg, size_t *at)
{
	size_t i = *at, run = i, octets = 1, pointers = 0;

	for (;;) {
		size_t n, to;

		if (i >= msg.n)
			return false;
		n = msg.p[i];
		if (n <= LABEL_MAX_BYTES) {
			i += 1 + n;
			octets += n ? 1 + n : 0;
			if (!pointers)
				*at = i;
			if (octets > NAME_MAX_BYTES)
				return false;
			if (!n)
				return true;
			continue;
		}
		if (n < 0xc0 || msg.n - i < 2)
			return false;
		to = (n & 0x3f) << 8 | msg.p[i + 1];
		if (!pointers++)
			*at = i + 2;
		if (to >= run || pointers > POINTERS_MAX)
			return false;
		i = run = to;
	}
}

/* From `from` on there are so many names and then so many octets, up to the end of the data. */
static bool
has_names(struct bytes msg, const struct dns_rr *rr, size_t from, int names, size_t octets)
{
	size_t start = (size_t)(rr->data.p - msg.p), at = start + from,
	       end = start + rr->data.n;

	if (rr->data.n < from)
		return false;
	while (names--)
		if (at >= end || !dns_name_skip(msg, &at))
			return false;
	return at <= end && end - at == octets;
}

/* RFC 1035 3.3.14: strings, each behind its length; one at least. */
static bool
has_strings(struct bytes data)
{
	if (!data.n)
		return false;
	while (data.n) {
		if (data.n < 1u + data.p[0])
			return false;
		data = bytes_from(data, 1u + data.p[0]);
	}
	return true;
}

static bool
has_shape(struct bytes msg, const struct dns_rr *rr)
{
	switch (rr->type) {
	case DNS_A:
		return rr->data.n == 4;
	case DNS_AAAA:
		return rr->data.n == 16;
	case DNS_CNAME:
	case DNS_PTR:
		return has_names(msg, rr, 0, 1, 0);
	case DNS_MX:
		return has_names(msg, rr, 2, 1, 0);
	case DNS_SOA:
		return has_names(msg, rr, 0, 2, SOA_NUMBERS);
	case DNS_TXT:
		return has_strings(rr->data);
	case DNS_TLSA:
		return rr->data.n > 3;
	}
	return true;
}

bool
dns_rr_read(struct bytes msg, size_t *at, struct dns_rr *ret)
{
	struct cursor c = cursor_of(msg);

	ret->start = *at;
	if (!dns_name_skip(msg, at))
		return false;
	cursor_skip(&c, *at);
	ret->type = cursor_be16(&c);
	ret->class = cursor_be16(&c);
	ret->ttl_s = cursor_be32(&c);
	ret->data = cursor_take(&c, cursor_be16(&c));
	if (c.err)
		return false;
	*at = c.at;
	return ret->class != DNS_CLASS_IN || has_shape(msg, ret);
}
