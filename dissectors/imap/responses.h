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

/* data.c: untagged data over several lines */
void imap_reply_say(struct imap_io *io, const struct imap_status *s, struct bytes text,
	const struct imap_cmd *cmd, bool unsolicited, const struct place *at);
/* A line of untagged data. */
void imap_data_take(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at);
/* The rest of a response behind a literal, or behind a piece. */
void imap_data_rest(struct imap_io *io, struct bytes chunk, const struct place *at);
/* The response is over; `say`: it is told. */
void imap_response_close(struct imap_io *io, bool say);
/*
 * A FETCH response whose line is longer than line_bytes is read in pieces: takes whole tokens
 * off io->in and returns true; false when it is none, the line fits, or one token alone is too
 * long.
 */
bool imap_data_piece(struct imap_io *io);
/* Octets of a literal of the open response. */
void imap_data_octets(struct imap_io *io, struct bytes octets);

#endif
