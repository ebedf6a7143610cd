/*
 * Segments that came early, by half and sequence number, until it is their turn. The first copy
 * of a byte counts; bytes that the snaplen took give way to a copy that has them.
 */
#ifndef MS_STREAM_HOLD_H
#define MS_STREAM_HOLD_H

#include "stream/conn.h"

/* The hold of c, made when it has none. */
struct hold *hold_get(struct streams *s, struct conn *c);
/* Frees all held segments and the hold. */
void hold_drop(struct streams *s, struct conn *c);
void hold_drop_half(struct streams *s, struct conn *c, int half);
/* Ends a hold that nothing needs any more; starts the clock of one that waits. */
void hold_settle(struct streams *s, struct conn *c);
/*
 * Keeps what is new in `a`, and its FIN. Calls `differs` for a second copy with other content,
 * at most once: `off` is the first difference in a->data, `first` the held copy from there on.
 */
void hold_insert(struct streams *s, struct conn *c, const struct arrival *a,
	void (*differs)(struct streams *s, struct conn *c, const struct arrival *a, size_t off,
		struct bytes first));
/* Takes the first segment of a half out; the caller frees it with hold_free(). */
struct held *hold_pop(struct streams *s, struct conn *c, int half);
void hold_free(struct held *h);

/* First held segment, or NULL. */
static inline struct held *
hold_head(const struct conn *c, int half)
{
	return c->hold ? conn_hold(c)->head[half] : NULL;
}

#endif
