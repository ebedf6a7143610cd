/*
 * What one source tried lately, over all its connections: names asked for, recipients refused.
 * A sliding window on packet time, bounded in what it keeps of each source.
 */
#ifndef MS_FINDINGS_TRIES_H
#define MS_FINDINGS_TRIES_H

#include "findings/engine.h"

#define TRIES_MAX 64u /* kept of one source */
#define TRY_TEXT 40   /* octets of one, NUL included */

struct attempt {
	uint64_t what; /* digest: equal for equal names */
	struct place at;
	char text[TRY_TEXT];
};

struct tries {
	struct tabled head;
	struct attempt *ring; /* the newest at (at - 1) */
	uint32_t n, cap, at;
	/* What was granted, by windows: the one that runs and the one before it. */
	int64_t window;
	uint32_t granted[2];
};

void tries_init(struct table *t, struct table_budget *budget, size_t tracked);
/* The client of s; made when it is new. */
struct tries *tries_of(struct table *t, const struct session *s);
/* The same, or NULL: nothing is made, and nothing looked up where nobody tries. */
struct tries *tries_known(struct table *t, const struct session *s);
void tries_add(struct table *t, struct tries *e, struct bytes what, const struct place *at);
void tries_grant(struct tries *e, int64_t now_ns, int64_t window_ns);
/* Within window_ns before now: all, or the distinct ones. */
uint32_t tries_count(const struct tries *e, int64_t now_ns, int64_t window_ns);
uint32_t tries_distinct(const struct tries *e, int64_t now_ns, int64_t window_ns);
/* … what was granted: in that time, or up to twice as long. */
uint32_t tries_granted(const struct tries *e, int64_t now_ns, int64_t window_ns);
/* A threshold, as far as tries are kept. */
static inline uint32_t
tries_enough(uint32_t n)
{
	return n < TRIES_MAX ? n : TRIES_MAX;
}

/* Adds the first few of the window as evidence, unless the finding is known already, and names
 * some in the note. */
void tries_clues(struct findings *f, struct hit *h, const struct tries *e, int64_t now_ns,
	int64_t window_ns, const char *before);

#endif
