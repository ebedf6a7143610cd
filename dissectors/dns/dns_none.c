/* A build without ldns: DNS is passed over. */
#include "dissectors/dns/dns.h"

enum dns_result
dns_read(struct bytes message, uint32_t max, struct arena *a, struct ev_dns *ret)
{
	return DNS_READ_OTHER;
}

const char *
dns_library(void)
{
	return NULL;
}
