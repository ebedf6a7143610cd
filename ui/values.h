/* Values that a field has in the sessions that are listed, for completion. */
#ifndef MS_UI_VALUES_H
#define MS_UI_VALUES_H

#include "ui/ui.h"

/* Appends those that begin with what was typed (perhaps behind a quote), each with a NUL, in
 * order, in quotes where the filter language needs them. */
void values_offer(
	const struct snapshot *s, const char *field, struct bytes typed, struct buf *out);

#endif
