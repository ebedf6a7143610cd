/* What a step of a TLS handshake says, for people. */
#ifndef MS_OUTPUT_TLS_WORDS_H
#define MS_OUTPUT_TLS_WORDS_H

#include "base/buf.h"
#include "model/session.h"

/*
 * Appends the words for an EV_TLS; wire text in them is raw. Returns what the step is called in
 * the table of explanations ("ClientHello", "Certificate", "unknown_ca (48)"), in scratch or
 * static, or
 * "" when it has no name; NULL: there is nothing to say.
 */
#define TLS_STEP 48 /* room for a name */
const char *tls_step_words(struct buf *out, const struct session *s, const struct event *e,
	char scratch[TLS_STEP]);

#endif
