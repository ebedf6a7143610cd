/* How the screens write times, as the user wants them. */
#ifndef MS_UI_TIMES_H
#define MS_UI_TIMES_H

#include "base/buf.h"

enum times_form {
	TIMES_CLOCK, /* 10:11:12 */
	TIMES_MILLI, /* 10:11:12.123 */
	TIMES_DATE,  /* 2026-11-22 10:11:12 */
	TIMES_BEGIN, /* 12.123: seconds since the input begins */
	TIMES_FORMS
};

struct times {
	uint8_t lists;   /* enum times_form */
	bool clock;      /* a dialogue has the time of day, not the seconds since it began */
	bool local;      /* the time zone of this machine, not UTC */
	int64_t zero_ns; /* where the input begins */
};

/* All append. As in lists, and how many columns that takes at most. */
void times_put(const struct times *t, int64_t ns, struct buf *out);
int times_width(const struct times *t);
void times_clock(const struct times *t, int64_t ns, struct buf *out); /* 10:11:12 */
void times_milli(const struct times *t, int64_t ns, struct buf *out); /* 10:11:12.123 */
void times_micro(const struct times *t, int64_t ns, struct buf *out); /* 10:11:12.123456 */
void times_date(const struct times *t, int64_t ns, struct buf *out);  /* 2026-11-22 */
/* "UTC", or the name of the zone at that time. */
void times_zone(const struct times *t, int64_t ns, struct buf *out);

#endif
