/* What the files of unwrap share. */
#ifndef MS_DISSECTORS_UNWRAP_INT_H
#define MS_DISSECTORS_UNWRAP_INT_H

#include "dissectors/conn.h"
#include "dissectors/tls/decrypt.h"
#include "dissectors/tls/record.h"
#include "dissectors/tls/tls.h"

/* A stretch of the wire's bytes of one direction, with where they came from. */
struct stretch {
	enum dir d;
	struct bytes in;
	uint64_t pos; /* of in.p[0] */
	const struct mark *marks;
	size_t n_marks;
};
struct stretch stretch_cut(const struct stretch *s, size_t from, size_t n);
struct events stretch_events(struct conn *c, const struct stretch *s);

/* unwrap.c: what is kept of direction d, as far as it goes; returns the octets used. */
size_t unwrap_run_kept(struct conn *c, enum dir d);

/* unwrap_record.c */
void *unwrap_tls_state(const struct conn *c);
/* To the TLS dissector; returns the octets it used. */
size_t unwrap_show(struct conn *c, const struct stretch *s);
/* What became of the keys, when that has changed. */
void unwrap_say_keys(struct conn *c, const struct stretch *s);
/* Nothing of direction d comes through any more. */
void unwrap_side_lost(struct conn *c, enum dir d);
/* The one mark of all that was in a record. */
struct mark unwrap_mark_inside(struct conn *c, const struct stretch *s);
/* A whole record of n octets. False: it waits. */
bool unwrap_record(struct conn *c, const struct stretch *rest, size_t n);

/* unwrap_hole.c */
/* The dissector is told what is missing, before what comes behind it. */
void unwrap_close_hole(struct conn *c, enum dir d, const struct mark *at, uint64_t bytes);
/* A record was opened behind missing bytes. */
void unwrap_found_again(struct conn *c, const struct stretch *s);
/* The rest of a record of which a part is missing; returns the octets used. */
size_t unwrap_pass_over(struct conn *c, const struct stretch *rest);
/* This direction is given up. */
void unwrap_lost(struct conn *c, const struct stretch *s, const char *why);
/* Behind a hole: where does a record begin? Returns the octets passed over; 0: more are needed.
 */
size_t unwrap_hunt(struct conn *c, const struct stretch *rest);

#endif
