/* The certificate that a server showed in a session: whose it should be. */
#ifndef MS_MODEL_PEER_CERT_H
#define MS_MODEL_PEER_CERT_H

#include "model/session.h"

struct model;

enum reference { /* what a certificate's names are compared with */
	REFERENCE_NONE,
	REFERENCE_SNI,    /* the client asked for it: RFC 9525 6.1 */
	REFERENCE_DNS,    /* no SNI; the client got the server's address by this name */
	REFERENCE_BANNER, /* the server calls itself so: no reference identity, a hint */
};
const char *reference_name(enum reference r); /* "SNI" "DNS" "greeting"; "none" */

/* The name to compare with; a loan of the session. */
struct bytes peer_cert_reference(const struct session *s, enum reference *ret);
/* reference_name() of it; NULL for none. */
const char *peer_cert_reference_of(const struct session *s);
/* The server's own certificate, or NULL: not seen, hidden, none. */
const struct cert *peer_cert(const struct session *s);
/* Whole days that it was still valid when the session began; negative when it was over. False
 * when no certificate was seen, or its dates cannot be read. */
bool peer_cert_days(const struct session *s, int64_t *ret);

/* Private to the model: keeps what a TLS_CERTIFICATES event shows, and judges it. */
void peer_cert_event(struct model *m, struct session *s, const struct event *e);
void peer_cert_drop(struct model *m, struct session *s);

#endif
