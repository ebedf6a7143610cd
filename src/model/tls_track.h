/* What a session's TLS events leave behind. Private to the model. */
#ifndef MS_MODEL_TLS_TRACK_H
#define MS_MODEL_TLS_TRACK_H

#include "base/buf.h"
#include "model/session.h"
#include "model/shared.h"

/* Of all sessions: hellos and answers, each kept once. */
struct tls_tables {
	struct shared *clients, *servers;
	struct buf key;
	size_t text_bytes; /* of a name, at most */
};
void tls_tables_init(struct tls_tables *t, size_t kept_bytes, size_t text_bytes);
void tls_tables_done(struct tls_tables *t);
size_t tls_tables_memory(const struct tls_tables *t);

/* Brings session.tls_seen up to date with an EV_TLS; makes it. */
void tls_seen_event(struct tls_tables *t, struct session *s, const struct event *e);
void tls_seen_free(struct tls_tables *t, struct tls_seen **seen);
size_t tls_seen_memory(const struct tls_seen *seen);

#endif
