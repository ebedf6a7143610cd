/*
 * Who is trusted to vouch for a server (RFC 5280 6): the roots of the system, and those of
 * --ca. Judged at the time of the packets, not of today.
 */
#ifndef MS_MODEL_TRUST_H
#define MS_MODEL_TRUST_H

#include "base/err.h"
#include "model/chain.h"

struct trust;

/*
 * files: PEM, of --ca; ends with NULL, or NULL. system: the roots of the system too
 * (SSL_CERT_DIR and SSL_CERT_FILE are heeded, as by every program of OpenSSL). Returns 0; -EIO
 * and the error when one of files cannot be read or has no certificate. That the system has no
 * roots is no error.
 */
int trust_new(const char *const *files, bool system, struct trust **ret, struct err *e);
void trust_free(struct trust **t);
/* Roots of the system, and of --ca, that were found. */
bool trust_has_system(const struct trust *t);
bool trust_has_files(const struct trust *t);

/*
 * What the chain is worth at that time; asked once a day of each chain. t NULL, or without any
 * root: TRUST_SELF_SIGNED can still be said, all else is TRUST_UNKNOWN.
 */
struct chain_trust trust_judge(struct trust *t, const struct chain *c, int64_t at_ns);

#endif
