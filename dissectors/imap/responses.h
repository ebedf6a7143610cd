/* What a line of the server says, and what follows from it. */
#ifndef MS_DISSECTORS_IMAP_RESPONSES_H
#define MS_DISSECTORS_IMAP_RESPONSES_H

#include "dissectors/imap/imap.h"

/*
 * The tagged reply to cmd, already told as EV_REPLY: says all that follows from it (EV_LOGIN,
 * EV_STARTTLS, EV_CAPS, EV_MAILBOX …) and takes cmd out of the queue. What it returns is for
 * feed() to return.
 */
enum dis_next imap_answer(struct imap *st, struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out);
/* EV_CAPS of a list of atoms. */
void imap_caps_say(struct imap *st, struct bytes list, enum caps_source source,
	const struct place *at, struct events *out);
/* The same if `code` is "CAPABILITY …". */
void imap_caps_code(struct imap *st, struct bytes code, enum caps_source source,
	const struct place *at, struct events *out);

#endif
