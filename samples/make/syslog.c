/* Loaded before a server: what it says to syslog goes into the file that SYSLOG_FILE names, as
 * there is no syslog here. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void
say(const char *fmt, va_list ap)
{
	const char *path = getenv("SYSLOG_FILE");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	vfprintf(f, fmt, ap);
	fputc('\n', f);
	fclose(f);
}

void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
vsyslog(int priority, const char *fmt, va_list ap)
{
	(void)priority;
	say(fmt, ap);
}

void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	(void)flag;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}
