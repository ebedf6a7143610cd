/*
 * SYNs of a connection that there is already: its own, that of the next one between the same
 * ports, and those that belong to none.
 */
#ifndef MS_STREAM_SYN_H
#define MS_STREAM_SYN_H

#include "stream/conn.h"

/* Does this SYN belong to the connection? */
bool syn_is_own(struct streams *s, struct conn *c, int half, const struct segment *seg);
void syn_adopt(struct conn *c, int half, const struct segment *seg);
/*
 * A SYN with another ISN. On a connection that is over, or never began, or was quiet for long,
 * it begins a new one, which is returned with the half that *half becomes; on a live one only
 * the answer to it will tell: NULL.
 */
struct conn *syn_foreign(
	struct streams *s, struct conn *c, uint32_t hash, const struct segment *seg, int *half);
/* The connection that goes on with this segment, when a spare SYN waits for its answer. */
struct conn *syn_resolve(
	struct streams *s, struct conn *c, uint32_t hash, const struct segment *seg, int *half);
/* A spare SYN that nothing came of is told. */
void syn_note_spare(struct streams *s, struct conn *c);

#endif
