/* The certificates of a session for people: what a chain holds, and what is to be said of it.
 */
#ifndef MS_OUTPUT_CERT_WORDS_H
#define MS_OUTPUT_CERT_WORDS_H

#include "model/peer_cert.h"

/*
 * Appends line i of what a TLS_CERTIFICATES event showed, raw wire text in it: each certificate
 * of the chain, then what is to be said of it. False behind the last one.
 */
bool cert_words(struct buf *out, const struct session *s, const struct event *e, size_t i);
/* "leads to a trusted root; it is for the name that the client asked for" */
void cert_judged_words(struct buf *out, const struct session *s);
/* The same for a table: "trusted", "unknown issuer, wrong name". */
void cert_judged_short(struct buf *out, const struct session *s);

#endif
