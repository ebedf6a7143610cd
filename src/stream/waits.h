/*
 * What held segments wait for, and when that is given up: struct stream_settings says after how
 * long, how many segments, how many bytes.
 */
#ifndef MS_STREAM_WAITS_H
#define MS_STREAM_WAITS_H

#include "stream/conn.h"

/* Gives up what has waited long enough; after a packet of c, or when its clock rang. */
void waits_check(struct streams *s, struct conn *c);
/* Gives up the oldest thing that is waited for, however young. False when nothing is held. */
bool waits_force(struct streams *s, struct conn *c, enum gap_why why);
/* Delivers or gives up everything, the end that the peer acknowledged too. */
void waits_finish(struct streams *s, struct conn *c);

#endif
