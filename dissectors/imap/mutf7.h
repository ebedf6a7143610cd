/* Modified UTF-7 of mailbox names, RFC 3501 section 5.1.3. */
#ifndef MS_DISSECTORS_IMAP_MUTF7_H
#define MS_DISSECTORS_IMAP_MUTF7_H

#include "base/buf.h"

/*
 * Appends `in` as UTF-8. False when it is not valid modified UTF-7: then `in` is appended as it
 * was (servers with UTF8=ACCEPT, RFC 9755, and careless clients send UTF-8 or 8-bit text; that
 * is no error of ours to hide).
 */
bool mutf7_decode(struct bytes in, struct buf *out);

#endif
