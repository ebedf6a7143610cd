/* Lists in order of time, so that what has waited too long stands in front. */
#ifndef MS_STREAM_TIMERS_H
#define MS_STREAM_TIMERS_H

#include "stream/conn.h"

void timers_init(struct streams *s);
/* Puts c, which is in no list, at the end of one; or takes it out. Sets its stamp to now:
 * to packet time, or for LIST_LINGER to the clock. */
void timers_add(struct streams *s, struct conn *c, enum conn_list list);
void timers_del(struct streams *s, struct conn *c);
void timers_move(struct streams *s, struct conn *c, enum conn_list list);
/* A packet of c came. Its place in the list is only renewed when a second has passed: a busy
 * connection costs nothing. */
void timers_touch(struct streams *s, struct conn *c);
/* Oldest of a list, or NULL. */
struct conn *timers_oldest(const struct streams *s, enum conn_list list);
/* Oldest of a list when it has been quiet for ns, else NULL. */
struct conn *timers_due(struct streams *s, enum conn_list list, int64_t ns);
/* Time moves on to ts_ns, if that is later and no leap; the clock by at most step_ns
 * (INT64_MAX: real time, which does not leap). False when not by a whole tick. */
bool timers_advance(struct streams *s, int64_t ts_ns, int64_t step_ns);

/* The clock of a hold: QUEUE_HOLE rings after hole_ns, QUEUE_MAX after the rest of hole_max_ns.
 */
void timers_queue(struct streams *s, struct hold *w, enum hold_queue q);
void timers_unqueue(struct streams *s, struct hold *w);
/* The next hold of a queue whose time has come, or NULL. */
struct hold *timers_ringing(const struct streams *s, enum hold_queue q);

#endif
