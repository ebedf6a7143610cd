#include "capture/span.h"

static void
begin_at(struct span *s, int64_t ts_ns)
{
	s->first_ns = s->last_ns = s->now_ns = ts_ns;
	s->believed = 1;
}

/* The one that was not believed was right. If a single packet stood before it, that is the one
 * that is broken. */
static void
believe_leapt(struct span *s, int64_t leap_ns)
{
	int64_t ts_ns = s->leapt_ns;

	s->leapt_ns = 0;
	if (s->believed == 1) {
		begin_at(s, ts_ns);
		return;
	}
	s->broken--;
	s->now_ns = ts_ns;
	span_add(s, ts_ns, leap_ns);
}

bool
span_add_far(struct span *s, int64_t ts_ns, int64_t leap_ns)
{
	if (!s->believed) {
		begin_at(s, ts_ns);
		return true;
	}
	if (!span_near(ts_ns, s->now_ns, leap_ns)) {
		if (!s->leapt_ns || !span_near(ts_ns, s->leapt_ns, leap_ns)) {
			s->leapt_ns = ts_ns;
			s->broken++;
			return false;
		}
		believe_leapt(s, leap_ns);
	}
	s->leapt_ns = 0;
	return span_add(s, ts_ns, leap_ns);
}
