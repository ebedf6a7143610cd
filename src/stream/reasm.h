/*
 * From segments to ordered bytes. Bytes of a half are delivered when all before them were (or
 * were given up as a gap) and when all bytes of the peer that their segment acknowledges were:
 * what was sent later comes later.
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
/* One segment without SYN or RST troubles: learns its acknowledgment, delivers or holds its
 * data and FIN. *a is cut to what was new in it. */
void reasm_segment(struct streams *s, struct conn *c, struct arrival *a);
/* RST. False when its sequence number is out of all reason: not believed. */
bool reasm_rst(struct streams *s, struct conn *c, const struct arrival *a);
/* Delivers all that is its turn now, in the order it came where both halves are ready. */
void reasm_drain(struct streams *s, struct conn *c);
/* Were the peer's bytes that this acknowledges delivered, as far as anybody can wait for them?
 */
bool reasm_ack_done(
	const struct streams *s, const struct conn *c, int half, bool has_ack, uint32_t ack);
/* Is it open yet where a half begins, whose SYN was not seen? */
bool reasm_joining(const struct conn *c);
/* Enough was seen to settle that. */
void reasm_settle_join(struct streams *s, struct conn *c);
void reasm_note(struct streams *s, struct conn *c, int half, enum stream_note what,
	const struct segment *seg);

#endif
