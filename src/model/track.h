/*
 * The files of the model share this: what a session and what is on its way is made of.
 */
#ifndef MS_MODEL_TRACK_H
#define MS_MODEL_TRACK_H

#include "model/greeting.h"
#include "model/message.h"
#include "model/model.h"
#include "model/rest.h"
#include "model/tls_track.h"
#include "model/verdict.h"

/* A session that ended, but whose verdict may change. */
struct deferred {
	struct session *session;
	struct flow flow; /* the copy that outlives the stream's */
	struct deferred *next;
};

struct model {
	struct model_settings set;
	struct secrets *secrets;
	struct model_listener listener;
	struct rest rest; /* open sessions */
	struct offers *offers;
	struct shared *lists, *greetings, *chains;
	struct tls_tables tls;
	struct dns_store *dns;
	struct buf key;            /* of what is shared, while it is built */
	struct digest *spare;      /* of the last message, for the next; or NULL */
	struct deferred *deferred, /* oldest first */
		**deferred_end;
	size_t n_deferred;
	size_t memory; /* of sessions and what they hold alone */
};

/* What is on its way. */
struct work {
	struct transaction *open_tx;
	struct open_message *messages; /* oldest first */
	size_t n_messages;
};

/* Brings the session up to date, for every event but EV_MSG_DATA. */
void update_session(struct model *m, struct session *s, const struct event *e);
/* What makes records of its own, told after the event itself. */
void update_records(struct model *m, struct session *s, const struct event *e);
/* Left out when the session's texts would be longer together than their limit. */
void update_text(struct model *m, struct session *s, enum fact k, struct bytes in);
/* Bytes that the session holds, what is shared left out. */
size_t update_memory(const struct session *s);

/* proxied.c: there is a PROXY header; a reply came in a session whose header is believed. */
void proxied_header(struct model *m, struct session *s, const struct event *e);
void proxied_reply(struct session *s, const struct ev_reply *r);

/* work.c: each for the event of its name. The end of a transaction or of a message tells it. */
void work_mail(struct session *s, const struct event *e);
void work_rcpt(struct model *m, struct session *s, const struct event *e, enum exchange to);
void work_tx_end(struct model *m, struct session *s, const struct event *e);
void work_msg_begin(struct model *m, struct session *s, const struct event *e);
/* … returns the growth of work_memory(), bytes. */
ptrdiff_t work_data(struct session *s, const struct event *e);
void work_gap(struct session *s, const struct event *e);
void work_msg_end(struct model *m, struct session *s, const struct event *e);
/* Tells what is on its way as far as it came. */
void work_end(struct model *m, struct session *s);
void work_free(struct work **w);
/* In bytes. w may be NULL. */
size_t work_memory(const struct work *w);

#endif
