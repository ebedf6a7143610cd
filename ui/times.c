#include "ui/times.h"
#include "base/clock.h"
#include "base/escape.h"

#include <inttypes.h>
#include <time.h>

static bool
in_zone(int64_t ns, struct tm *ret)
{
	time_t s = (time_t)(ns / NS_PER_S);

	return localtime_r(&s, ret) != NULL;
}

static int64_t
shifted(const struct times *t, int64_t ns)
{
	struct tm tm;

	return t->local && in_zone(ns, &tm) ? ns + (int64_t)tm.tm_gmtoff * NS_PER_S : ns;
}

void
times_clock(const struct times *t, int64_t ns, struct buf *out)
{
	char text[CLOCK_TEXT];

	buf_fmt(out, "%.8s", clock_hms(shifted(t, ns), text));
}

void
times_milli(const struct times *t, int64_t ns, struct buf *out)
{
	char text[CLOCK_TEXT];

	buf_fmt(out, "%.12s", clock_hms(shifted(t, ns), text));
}

void
times_micro(const struct times *t, int64_t ns, struct buf *out)
{
	char text[CLOCK_TEXT];

	buf_fmt(out, "%.15s", clock_hms(shifted(t, ns), text));
}

void
times_date(const struct times *t, int64_t ns, struct buf *out)
{
	char text[CLOCK_TEXT];

	buf_fmt(out, "%.10s", clock_rfc3339(shifted(t, ns), text));
}

void
times_zone(const struct times *t, int64_t ns, struct buf *out)
{
	struct tm tm;

	if (t->local && in_zone(ns, &tm))
		escape_term(out, bytes_str(tm.tm_zone));
	else
		buf_str(out, "UTC");
}

void
times_put(const struct times *t, int64_t ns, struct buf *out)
{
	int64_t ms = ns > t->zero_ns ? (ns - t->zero_ns) / NS_PER_MS : 0;

	switch ((enum times_form)t->lists) {
	case TIMES_CLOCK:
	case TIMES_FORMS:
		times_clock(t, ns, out);
		break;
	case TIMES_MILLI:
		times_milli(t, ns, out);
		break;
	case TIMES_DATE:
		times_date(t, ns, out);
		buf_byte(out, ' ');
		times_clock(t, ns, out);
		break;
	case TIMES_BEGIN:
		buf_fmt(out, "%8" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
		break;
	}
}

int
times_width(const struct times *t)
{
	static const uint8_t widths[TIMES_FORMS] = {
		[TIMES_CLOCK] = 8, [TIMES_MILLI] = 12, [TIMES_DATE] = 19, [TIMES_BEGIN] = 12};

	return widths[t->lists];
}
