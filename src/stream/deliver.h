/* Calls of the sink, with their offsets and counters. Each may end in flow_ignore() or
 * flow_swap(). */
#ifndef MS_STREAM_DELIVER_H
#define MS_STREAM_DELIVER_H

#include "stream/conn.h"

/* The packet that something is said about. */
struct source {
	int64_t ts_ns;
	uint64_t packet;
	uint64_t at; /* of the bytes, as segment.at */
	uint32_t ack;
	uint16_t input;
	bool has_ack;
};

struct source source_of_arrival(const struct arrival *a);
struct source source_of_held(const struct held *h);

/* The next bytes of a half. */
void deliver_data(
	struct streams *s, struct conn *c, int half, struct bytes in, struct source src);
/* The next n bytes of a half are missing. */
void deliver_gap(struct streams *s, struct conn *c, int half, uint32_t n, enum gap_why why,
	struct source src);
/* The FIN of a half is next; anything held behind it is dropped. */
void deliver_fin(struct streams *s, struct conn *c, int half, struct source src);
/* `skip`: bytes from the next one of the half to what the note is about; may be negative. */
void deliver_note(struct streams *s, struct conn *c, int half, enum stream_note what,
	struct bytes first, struct bytes second, int64_t skip, struct source src);

#endif
