/* printf for texts that are put together thousands of times a second. */
#ifndef MS_BASE_FMT_H
#define MS_BASE_FMT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * vsnprintf(), to the byte: what it writes, where it cuts, what it returns. Quick where only
 * %s, %.*s, %c, %u, %llu and %% stand in fmt; whatever else is left to vsnprintf() itself.
 */
int fmt_text(char *out, size_t max, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
