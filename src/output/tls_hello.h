/* What a hello of TLS offers, in full: packed for a transcript, and as lines for people. */
#ifndef MS_OUTPUT_TLS_HELLO_H
#define MS_OUTPUT_TLS_HELLO_H

#include "base/buf.h"
#include "model/session.h"

/* Appends what the hello of an EV_TLS says; nothing when it is no hello. */
void tls_hello_pack(struct buf *out, const struct session *s, const struct event *e);
/* Lines parted by LF: versions, cipher suites, groups, signatures, fingerprints. None of it is
 * wire text. */
void tls_hello_lines(struct buf *out, struct bytes packed);

#endif
