/*
 * DNS answers: messages of RFC 1035 4.1, as they are in a datagram, or behind their length in a
 * stream (RFC 1035 4.2.2, dns_dissector). Read with ldns, after we made sure that every size
 * and every compressed name has an end (check.c); without ldns (dns_none.c) nothing is said.
 */
#ifndef MS_DISSECTORS_DNS_DNS_H
#define MS_DISSECTORS_DNS_DNS_H

#include "base/arena.h"
#include "event/event.h"

enum {
	DNS_PORT = 53
};

enum dns_result {
	DNS_READ_ANSWER,    /* *ret is it */
	DNS_READ_OTHER,     /* a question, another operation, not DNS at all, or no ldns */
	DNS_READ_MALFORMED, /* it has the head of an answer and contradicts itself */
};
/* One message. What *ret points to is the arena's; ret->flags has no DNS_TCP. max: records kept
 * of it. */
enum dns_result dns_read(
	struct bytes message, uint32_t max, struct arena *a, struct ev_dns *ret);

/* "ldns 1.8.3", or NULL: this build has none. */
const char *dns_library(void);

#endif
