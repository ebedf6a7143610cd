#include "event/dns.h"

const char *
dns_type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {{DNS_A, "A"}, {DNS_AAAA, "AAAA"}, {DNS_CNAME, "CNAME"}, {DNS_MX, "MX"},
		{DNS_PTR, "PTR"}, {DNS_SOA, "SOA"}, {DNS_TLSA, "TLSA"}, {DNS_TXT, "TXT"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

const char *
dns_rcode_name(uint16_t rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

	return rcode < sizeof(names) / sizeof(names[0]) ? names[rcode] : NULL;
}
