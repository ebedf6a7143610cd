/* Time is int64_t nanoseconds UTC since 1970 (names end in _ns). */
#ifndef MS_BASE_CLOCK_H
#define MS_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* RFC 3339, UTC, microseconds: 2026-11-22T10:11:12.123456Z. Any ts gives a text; returns `out`.
 */
#define CLOCK_TEXT 40
char *clock_rfc3339(int64_t ts_ns, char out[CLOCK_TEXT]);
/* 10:11:12.123456 */
char *clock_hms(int64_t ts_ns, char out[CLOCK_TEXT]);
/* "0.12s", "3m04s", "2h05m", "3d04h": short, for columns. */
char *clock_span(int64_t span_ns, char out[CLOCK_TEXT]);
int64_t clock_wall_ns(void);
int64_t clock_mono_ns(void);

#endif
