/* A line of the list of sessions, and its columns. */
#ifndef MS_UI_SESSION_ROW_H
#define MS_UI_SESSION_ROW_H

#include "ui/cells.h"

/* A record and what follows from the others: its number. */
struct session_row {
	struct feed_session r;
	uint32_t number; /* as `sessions` and `show` have it; 0: not known yet */
};

extern const struct list_column session_columns[];

#endif
