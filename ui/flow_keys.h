/* The TLS secrets of some sessions, out of the text of a key log (SSLKEYLOGFILE). */
#ifndef MS_UI_FLOW_KEYS_H
#define MS_UI_FLOW_KEYS_H

#include "base/buf.h"
#include "base/err.h"

struct flow_keys;

struct flow_keys *flow_keys_new(void);
void flow_keys_free(struct flow_keys **k);
/* A session by the random of its ClientHello; another length than 32 is none. */
void flow_keys_add(struct flow_keys *k, struct bytes random);
/* Appends the lines of text that are theirs. Those by an encrypted premaster ("RSA …") name no
 * session and are left out. */
void flow_keys_pick(const struct flow_keys *k, struct bytes text, struct buf *out);
/* The same of a file. Negative errno with a text when it cannot be read. */
int flow_keys_pick_file(
	const struct flow_keys *k, const char *path, struct buf *out, struct err *e);

#endif
