/* What the rules of smtp.* ask of a session. */
#ifndef MS_FINDINGS_RULES_SMTP_H
#define MS_FINDINGS_RULES_SMTP_H

#include "findings/engine.h"

static inline bool
is_smtp(const struct session *s)
{
	return s->proto == PROTO_SMTP || s->proto == PROTO_LMTP;
}

/* The client is a user's program, or should be. */
static inline bool
is_submission(const struct session *s)
{
	uint16_t port = s->flow->server.port;

	return port == 587 || port == 465 || s->authenticated || s->role == ROLE_SUBMISSION;
}

static inline bool
within_host(const struct session *s)
{
	const struct endpoint client = session_client(s), *server = &s->flow->server;

	return endpoint_same_host(&client, server) ||
	       (endpoint_is_loopback(&client) && endpoint_is_loopback(server));
}

#endif
