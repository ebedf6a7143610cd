/*
 * From when to when packets were captured. Broken clocks and broken files write single packets
 * of another age; such a stamp is not believed until the next packet is there, too: then time
 * did leap, as it does between two files.
 */
#ifndef MS_CAPTURE_SPAN_H
#define MS_CAPTURE_SPAN_H

#include <stdbool.h>
#include <stdint.h>

struct span {
	int64_t first_ns, last_ns; /* of the stamps that are believed; 0: none came yet */
	int64_t now_ns;            /* the newest of them */
	int64_t leapt_ns;          /* one far away, not believed yet; 0: none */
	uint64_t believed, broken; /* packets */
};

/* The general case of span_add(). */
bool span_add_far(struct span *s, int64_t ts_ns, int64_t leap_ns);

static inline bool
span_near(int64_t a, int64_t b, int64_t ns)
{
	return (a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a) <= (uint64_t)ns;
}

/* The next packet. leap_ns: a stamp further away from the one before is not believed alone.
 * False: this one is not. */
static inline bool
span_add(struct span *s, int64_t ts_ns, int64_t leap_ns)
{
	if (!s->believed || s->leapt_ns || !span_near(ts_ns, s->now_ns, leap_ns))
		return span_add_far(s, ts_ns, leap_ns);
	s->believed++;
	s->now_ns = ts_ns;
	if (ts_ns < s->first_ns)
		s->first_ns = ts_ns;
	if (ts_ns > s->last_ns)
		s->last_ns = ts_ns;
	return true;
}

#endif
