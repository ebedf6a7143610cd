/*
 * Makes sessions, logins, transactions and messages out of dissector events, tells a listener,
 * and forgets: what ended is folded into counters. One thread.
 */
#ifndef MS_MODEL_MODEL_H
#define MS_MODEL_MODEL_H

#include "base/digest.h"
#include "model/dns.h"
#include "model/session.h"

struct trust;

struct model_settings {
	size_t session_bytes; /* strings kept of one session. 64 KiB */
	size_t caps_items;    /* of one list. 256 */
	size_t rcpts;      /* recipients kept of a transaction; the rest is counted. 10,000 */
	size_t addresses;  /* of one header field. 1000 */
	size_t head_bytes; /* first bytes kept of what is not mail. 64 */
	size_t open_messages;     /* of one session. 8 */
	size_t services;          /* server ip:port remembered for `stripped`. 100,000 */
	size_t deferred_sessions; /* ended sessions kept until it is known whether others offer
				     STARTTLS (files only). 1000 */
	size_t shared_bytes; /* greetings and lists that no session has any more, kept for the
				next, each. 1 MiB */
	size_t chain_bytes;  /* chains of certificates, likewise. 4 MiB */
	struct cert_limits certs; /* of a chain */
	struct dns_settings dns;
	struct trust *trust; /* borrowed; NULL: nobody is trusted */
	size_t awake;        /* open sessions kept ready; the others are packed. 256 */
	bool live;           /* nothing is deferred */
	bool sha256;         /* digests of messages */
};
extern const struct model_settings model_defaults;

/* All loans for the call. Any member may be NULL. */
struct model_listener {
	void *user;
	/* Every dissector event, after the session was brought up to date with it. EV_MSG_DATA
	 * too. */
	void (*event)(void *user, struct session *s, const struct event *e);
	void (*login)(
		void *user, struct session *s, const struct login *l, const struct place *at);
	void (*transaction)(void *user, struct session *s, const struct transaction *t);
	/* POP3 and IMAP: a message or part was transferred. (SMTP's come with the transaction.)
	 */
	void (*transfer)(void *user, struct session *s, const struct message *m);
	void (*end)(void *user, struct session *s);
};

struct model;
struct model *model_new(const struct model_settings *set, struct secrets *secrets,
	const struct model_listener *l);
/* Sessions still open are dropped silently: end them first. */
void model_free(struct model **m);
/* Where the session of a connection is: it stays there, the session itself does not. */
struct seat;
/* A connection with mail on it (or on a mail port). The flow outlives the session. */
struct seat *model_open(struct model *m, const struct flow *f);
/* The session in a seat. Valid until model_settings.awake others were asked for. */
struct session *model_session(struct model *m, struct seat *seat);
void model_event(struct model *m, struct session *s, const struct event *e);
/*
 * For who looks at the bytes of messages before the model: a message that is on its way goes on
 * with this digest of all that came so far (taken over, *d is NULL then; of no such message it
 * is freed); so many more bytes of it passed that no EV_MSG_DATA tells.
 */
void model_digest(struct session *s, uint32_t msg, struct digest **d);
void model_body(struct session *s, uint32_t msg, uint64_t bytes);
/* What a non-mail connection on a mail port is; proto becomes PROTO_OTHER. name static or NULL.
 */
void model_not_mail(struct model *m, struct session *s, const char *name, struct bytes head_c2s,
	struct bytes head_s2c);
/* What belongs to no session, as driver_sink.loose has it: DNS answers are remembered. */
void model_loose(struct model *m, const struct flow *f, const struct event *e);
/* Answers seen so far. */
struct dns_store *model_dns(struct model *m);
/* Things that made room for others. */
uint64_t model_forgotten(const struct model *m);
/*
 * The connection is over (s->flow->reason says why). The listener's end() comes now, or later
 * for a session whose verdict may still change; the model copies what it needs of the flow.
 */
void model_end(struct model *m, struct seat **seat);
/* The end of input: whatever was deferred ends now. */
void model_finish(struct model *m);
/* Ends the deferred session that waits longest, as it stands. False when there is none. */
bool model_shed(struct model *m);
struct secrets *model_secrets(struct model *m);
size_t model_memory(const struct model *m);

#endif
