/* What a DNS answer says: messages of RFC 1035 4.1 from a resolver to its client. */
#ifndef MS_EVENT_DNS_H
#define MS_EVENT_DNS_H

#include "base/bytes.h"

enum dns_type { /* of a record, IANA "Resource Record (RR) TYPEs"; any other number may occur */
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_OPT = 41,
	DNS_TLSA = 52,
};

enum dns_rcode { /* IANA "DNS RCODEs" */
	DNS_NOERROR = 0,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_REFUSED = 5,
};

enum {              /* ev_dns.flags */
	DNS_AA = 1, /* from the zone's own server */
	DNS_TC = 2, /* cut: the client will ask again by TCP */
	DNS_AD = 4, /* the resolver says that DNSSEC vouches for it (RFC 4035 3.2.3) */
	DNS_TCP = 8,
	DNS_REFERRAL = 16, /* "ask there instead": that there are no records denies nothing */
};

/*
 * Names are text: lower case, without the last dot ("." is the root), octets that are no
 * ordinary text as \. or \ddd (RFC 1035 5.1), so that equal names are equal bytes.
 */
struct dns_record {
	struct bytes owner;
	uint16_t type;       /* enum dns_type */
	uint16_t preference; /* MX */
	uint32_t ttl_s;
	/*
	 * A, AAAA: 4 or 16 octets. CNAME, PTR, MX: a name. TXT: the strings, joined (RFC 7208
	 * 3.3, RFC 6376 3.6.2.2). TLSA: the RDATA of RFC 6698 2.1.
	 */
	struct bytes data;
};

/* An answer. What follows the question in its first section, of the types above; the rest is
 * left out. */
struct ev_dns {
	struct bytes name; /* asked for */
	uint16_t type;     /* enum dns_type */
	uint16_t rcode;    /* enum dns_rcode, with the bits of EDNS (RFC 6891 6.1.3) */
	unsigned flags;    /* DNS_… */
	/*
	 * How long an answer without records holds: of the SOA that comes with it, the lesser
	 * of TTL and MINIMUM (RFC 2308 5). 0: there is none.
	 */
	uint32_t negative_ttl_s;
	const struct dns_record *records;
	size_t n;
	bool cut; /* there were more records than the limit, or than a cut message holds */
};

/* "A", "MX", … ; NULL: not one of the above. */
const char *dns_type_name(uint16_t type);
/* "NOERROR" "NXDOMAIN" …; NULL: none of IANA's first eleven. */
const char *dns_rcode_name(uint16_t rcode);

#endif
