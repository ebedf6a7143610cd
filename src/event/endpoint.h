/* Who talks to whom. */
#ifndef MS_EVENT_ENDPOINT_H
#define MS_EVENT_ENDPOINT_H

#include "base/bytes.h"

/* Every direction of a connection is one of these two. */
enum dir {
	DIR_C2S = 0, /* client to server */
	DIR_S2C = 1,
};

struct endpoint {
	uint8_t addr[16]; /* IPv4 in the first four bytes, the rest zero */
	uint16_t port;    /* host order */
	uint8_t family;   /* 4 or 6 */
};

/* "192.0.2.1" or "2001:db8::1" (RFC 5952); returns out. */
#define ENDPOINT_TEXT 48
char *endpoint_addr(const struct endpoint *e, char out[ENDPOINT_TEXT]);
/* "192.0.2.1:25" or "[2001:db8::1]:25" */
char *endpoint_text(const struct endpoint *e, char out[ENDPOINT_TEXT + 8]);
bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b);
bool endpoint_is_loopback(const struct endpoint *e);
/* RFC 1918, RFC 4193, link-local. */
bool endpoint_is_private(const struct endpoint *e);

#endif
