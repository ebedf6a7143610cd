/* Inside of the transcript: transcript.c keeps and reads records, transcript_hide.c takes
 * secrets out of them, transcript_events.c makes them. */
#ifndef MS_OUTPUT_TRANSCRIPT_INT_H
#define MS_OUTPUT_TRANSCRIPT_INT_H

#include "output/spool.h"
#include "output/transcript.h"

struct state { /* session.sink_state */
	struct state *next, **link;
	uint64_t chain;
	struct buf body;      /* body bytes that wait for the end of their line */
	struct place body_at; /* of the first of them */
};

struct transcript {
	struct transcript_settings set;
	struct secrets *secrets;
	struct spool *spool;
	struct state *states;
	struct buf record, text, decoded, extra, bytes, hidden, scratch;
};

/* Of a session; made when it is not there yet. */
struct state *transcript_state(struct transcript *t, struct session *s);
/* A record of what happened at a place; verb: its name, or NULL. */
struct record transcript_record(
	enum record_kind kind, const struct place *at, const char *verb);
/* Puts it at the end of the chain. */
void transcript_keep(struct transcript *t, struct state *st, const struct record *r);

/* In without the masked parts and without the known secrets of the session; a loan of out. */
struct bytes transcript_redacted(struct transcript *t, struct session *s, struct bytes in,
	const struct mask *masks, size_t n_masks, struct buf *out);
/* For hex: r gets the bytes as they were, without the secret ones. */
void transcript_bytes(struct transcript *t, struct session *s, struct bytes in,
	const struct mask *masks, size_t n_masks, struct record *r);
/* r gets what the base64 of a login says, where it is text and nothing of the line is hidden.
 */
void transcript_decoded(
	struct transcript *t, struct session *s, struct bytes in, struct record *r);
/* What waits of a message goes out. */
void transcript_end_body(struct transcript *t, struct session *s);

#endif
