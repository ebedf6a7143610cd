/* A copy of an event that outlives the call it came with. */
#ifndef MS_EVENT_COPY_H
#define MS_EVENT_COPY_H

#include "base/arena.h"
#include "event/event.h"

/*
 * The event with everything it points to, in the arena; static texts stay where they are. Of
 * the union only the member of its type is there, so the copy is read, and never assigned as a
 * whole.
 */
const struct event *event_copy(struct arena *a, const struct event *e);

#endif
