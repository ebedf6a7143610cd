/* Messages while they are transferred, and mail transactions. Private to the model. */
#ifndef MS_MODEL_MESSAGE_H
#define MS_MODEL_MESSAGE_H

#include "base/digest.h"
#include "dissectors/mime/headers.h"
#include "model/model.h"

/* A message being transferred. */
struct open_message {
	struct message pub;
	struct open_message *next;
	uint32_t msg, tx;
	struct headers *headers; /* or NULL */
	struct digest *digest;   /* or NULL */
};

/* Starts at an EV_MSG_BEGIN. digest goes over to it, and is ready for a next message after
 * message_end(); NULL: none is wanted. */
struct open_message *message_begin(const struct event *e, struct digest *digest);
/* Returns the growth of message_memory(). */
ptrdiff_t message_data(struct open_message *m, struct bytes data);
void message_gap(struct open_message *m, uint64_t bytes);
/* Closes it: size, digest and decoded header fields are final. e may be NULL: the session ended
 * in the middle. */
void message_end(
	struct open_message *m, const struct event *e, const struct model_settings *set);
void message_free(struct open_message **m);
size_t message_memory(const struct open_message *m);

/* Takes the finished message over: m->pub moves into the transaction's arena. Ends m. */
struct message *message_release(struct open_message **m);
void message_drop(struct message **m);

struct transaction *transaction_new(uint32_t tx);
void transaction_mail(struct transaction *t, const struct ev_mail *m, const struct place *at);
void transaction_rcpt(
	struct transaction *t, const struct ev_rcpt *r, enum exchange to, size_t max);
void transaction_free(struct transaction **t);
size_t transaction_memory(const struct transaction *t);

#endif
