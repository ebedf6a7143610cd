/* Networks and names of the peers: CIDR blocks, neighbourhoods, organisational names. */
#ifndef MS_FINDINGS_NET_H
#define MS_FINDINGS_NET_H

#include "base/bytes.h"
#include "event/endpoint.h"

struct net {
	uint8_t addr[16];
	uint8_t family; /* 4 or 6 */
	uint8_t bits;   /* of the prefix */
	uint8_t same;   /* both ends must also agree in so many bits to be neighbours; 0: the
			   block is enough */
};

/* "192.0.2.0/24", "2001:db8::/32", or an address alone. False when it is neither. */
bool net_parse(const char *text, struct net *ret);
bool net_holds(const struct net *n, const struct endpoint *e);
/* Do two addresses of one family agree in their first bits (v4_bits or v6_bits)? */
bool net_near(
	const struct endpoint *a, const struct endpoint *b, unsigned v4_bits, unsigned v6_bits);
/*
 * Are both inside the same of `n` networks? FINDINGS.md 1.5, M-local. n 0: the private and
 * link-local blocks of RFC 1918, 3927, 4193 and 4291; unique local addresses must share their
 * global ID (/48).
 */
bool net_same_trusted(
	const struct net *nets, size_t n, const struct endpoint *a, const struct endpoint *b);
/*
 * The part of a host name that an organisation registers: "mail.example.co.uk" →
 * "example.co.uk". A rule of thumb: public suffixes are not known here. None for what is not a
 * domain name of two labels or more.
 */
struct bytes net_org_name(struct bytes host);

#endif
