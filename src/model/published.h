/* What the owner of the server's name published about its TLS, as far as DNS was seen. */
#ifndef MS_MODEL_PUBLISHED_H
#define MS_MODEL_PUBLISHED_H

#include "model/session.h"

enum {                        /* session.published */
	PUBLISHED_TLSA = 1,   /* a TLSA record for this name and port */
	PUBLISHED_SECURE = 2, /* … which is to be believed: dns_secure() */
	PUBLISHED_EE = 4, /* … and of which one of usage DANE-EE is the server's certificate:
			     its names and dates then do not matter (RFC 7672 3.1.1) */
	PUBLISHED_MTA_STS = 8, /* a record of RFC 8461 3.1 of a domain with this exchange */
};

/* Will a sender that follows what is published look at names and dates of the certificate? */
static inline bool
published_binds(const struct session *s)
{
	return s->published & PUBLISHED_MTA_STS ||
	       (s->published & PUBLISHED_SECURE && !(s->published & PUBLISHED_EE));
}

struct model;
/* Private to the model: a ClientHello came; the server's certificate came; a recipient was
 * named. */
void published_look(struct model *m, struct session *s);
void published_match(struct model *m, struct session *s);
/* … and where mail for it is to go. */
enum exchange published_rcpt(struct model *m, struct session *s, const struct event *e);

#endif
