/* What the rules of smtp.* ask of a session. */
#ifndef MS_FINDINGS_RULES_SMTP_H
#define MS_FINDINGS_RULES_SMTP_H

#include "base/arena.h"
#include "findings/engine.h"

#define REPLIES_TEXT 60 /* octets of the list of replies */

enum newline {
	LF_COMMAND,
	LF_DATA,
	LONE_CR,
	OF_SERVER,
	NEWLINES
};

/* Of a connection with octets or commands that are none; most have none, and none of this. */
struct fstate_wire {
	struct place first[NEWLINES];
	uint32_t count[NEWLINES];

	/* The newest dot line of the kind. */
	struct place sequence;
	const char *kind;           /* or NULL */
	bool counted;               /* replies were matched with certainty until then */
	bool lf_client;             /* its sender ends all lines so, and nothing followed */
	char replies[REPLIES_TEXT]; /* more than were due, codes of */

	/* Commands that the server does not know. */
	struct place unknown_first, unknown_last;
	uint32_t unknown;
	bool body; /* lines of a message whose DATA was refused are among them */
};

static inline struct fstate_wire *
wire_of(struct fstate *st)
{
	if (!st->wire)
		st->wire = arena_get(&st->arena, sizeof(*st->wire));
	return st->wire;
}

/* Does the reply refuse to pass mail on? */
bool smtp_says_relay(struct bytes reply);

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
