/*
 * From segments to ordered bytes. Bytes of a half are delivered when all before them were (or were given up as a
 * gap) and when all bytes of the peer that their segment acknowledges were: what was sent later comes later.
 */
#ifndef MS_STREAM_REASM_H
#define MS_STREAM_REASM_H

#include "stream/conn.h"

/* Settles where a half begins: `seq` is its first data byte. */
void reasm_base(struct conn *c, int half, uint32_t seq);
/* The ISN of a settled half. */
uint32_t reasm_isn(struct conn *c, int half);
/* Could this sequence number belong to the connection? */
bool reasm_fits(const struct streams *s, const struct conn *c, int half, uint32_t seq);
/* One segment without SYN or RST troubles: learns its acknowledgment, delivers or holds its data and FIN. */
void reasm_segment(struct streams *s, struct conn *c, const struct arrival *a);
/* RST. False when its sequence number is out of all reason: not believed. */
bool reasm_rst(struct streams *s, struct conn *c, const struct arrival *a);
/* Gives up what has waited long enough; after a packet of c, or when its clock rang. */
void reasm_check(struct streams *s, struct conn *c);
/* Gives up the oldest thing that is waited for, however young. False when nothing is held. */
bool reasm_force(struct streams *s, struct conn *c, enum gap_why why);
/* Delivers or gives up everything, the end that the peer acknowledged too. */
void reasm_finish(struct streams *s, struct conn *c);
void reasm_note(struct streams *s, struct conn *c, int half, enum stream_note what,
	const struct segment *seg);

#endif
