/* How connections begin and end, what they are counted by, and who goes when memory is short.
 */
#ifndef MS_STREAM_LIFE_H
#define MS_STREAM_LIFE_H

#include "stream/conn.h"

/* A connection that begins with this segment; *ret_half: the half that sent it. */
struct conn *conn_open(
	struct streams *s, uint32_t hash, const struct segment *seg, int *ret_half);
/* Delivers or gives up what it holds, tells its end, and frees it. */
void conn_close(struct streams *s, struct conn *c, enum flow_reason why);
/* Counters, and the place in the lists of time. */
void conn_count(struct streams *s, struct conn *c, int half, const struct segment *seg);
/* FIN both ways or RST: from now on only late segments are awaited. */
void conn_linger(struct streams *s, struct conn *c);
/* Makes room for `more` bytes; `keep` stays, but may have to give up what it holds. */
void conn_make_room(struct streams *s, struct conn *keep, size_t more);

#endif
