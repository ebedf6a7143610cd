/* What the rules of cert.* share. */
#ifndef MS_FINDINGS_RULES_CERT_H
#define MS_FINDINGS_RULES_CERT_H

#include "findings/engine.h"
#include "model/peer_cert.h"
#include "model/published.h"

/* A Certificate message of the server, at hand. */
struct shown {
	const struct event *e;
	const struct tls_seen *tls;
	const struct chain *chain;
	const struct cert *leaf;
	int64_t at_s; /* time of its packet */
};
/* False when the event shows no certificate of the server, or one that cannot be read. */
bool cert_shown(const struct session *s, const struct wake *w, struct shown *ret);
/*
 * Nobody verifies the certificates of public MX hosts (RFC 7672 1.3): low at most, unless what
 * is published of the host asks senders to look (published_binds()).
 */
bool cert_capped(const struct session *s);
enum severity cert_cap(bool capped, enum severity sev);
/* A hit whose case the block rates itself, capped, with the subject as its first evidence. */
void cert_hit(struct findings *f, struct hit *h, const struct rule *r, struct session *s,
	const struct shown *c, const char *reason, enum severity sev);
/* The head of what a certificate is called: its first DNS name, else its common name. */
struct bytes cert_called(const struct cert *c);
/* Of a chain: sent along although it vouches for itself, so nothing rests on its own
 * signature. */
bool cert_is_anchor(const struct shown *c, uint32_t i);

#endif
