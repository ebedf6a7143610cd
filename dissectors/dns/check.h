/* The shape of a DNS message, before anything is made of it. Private to dns/. */
#ifndef MS_DISSECTORS_DNS_CHECK_H
#define MS_DISSECTORS_DNS_CHECK_H

#include "base/bytes.h"
#include "event/dns.h"

enum {
	DNS_HEADER_BYTES = 12,
	DNS_CLASS_IN = 1,
	DNS_TYPE_NS = 2
};

enum dns_section {
	DNS_ANSWERS,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS
};

struct dns_head {
	uint16_t flags; /* RFC 1035 4.1.1, the second 16 bits */
	uint16_t questions;
	uint16_t records[DNS_SECTIONS];
};

static inline bool
dns_head_answers(const struct dns_head *h)
{
	return h->flags & 0x8000;
}

/* A record as it lies there, RFC 1035 4.1.3. */
struct dns_rr {
	size_t start; /* of its owner's name */
	uint16_t type, class;
	uint32_t ttl_s;
	struct bytes data; /* within the message */
};

/* False: it is shorter than a header. */
bool dns_head_read(struct bytes msg, struct dns_head *ret);
/*
 * Steps over the name at *at. A pointer leads back, to before the labels it stands behind, as
 * RFC 1035 4.1.4 says ("a prior occurrence"), so there is an end; and over no more pointers
 * than a name can have labels. False: it does not, or is longer than 255 octets, or its end is
 * missing.
 */
bool dns_name_skip(struct bytes msg, size_t *at);
/* The record at *at, which moves behind it. False: it is not whole, or the data of a type of
 * enum dns_type does not have that type's shape. */
bool dns_rr_read(struct bytes msg, size_t *at, struct dns_rr *ret);

#endif
