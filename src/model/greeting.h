/* Greetings, each kept once however many sessions have heard it. Private to the model. */
#ifndef MS_MODEL_GREETING_H
#define MS_MODEL_GREETING_H

#include "base/buf.h"
#include "model/session.h"
#include "model/shared.h"

extern const struct greeting greeting_none;

/* kept_bytes: of those that no session has any more. */
struct shared *greeting_table(size_t kept_bytes);
/* The greeting of an event, held for the caller: shared_drop(). max: bytes kept of each text.
 * key: to build it in. */
const struct greeting *greeting_get(
	struct shared *table, struct buf *key, const struct ev_greeting *e, size_t max);

#endif
