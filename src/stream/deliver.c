#include "stream/deliver.h"

#include "stream/hold.h"

struct source
source_of_arrival(const struct arrival *a)
{
	const struct segment *seg = a->seg;

	return (struct source){.ts_ns = seg->ts_ns,
		.packet = seg->packet,
		.at = seg->at ? seg->at + (uint64_t)(a->data.p - seg->payload.p) : 0,
		.ack = a->ack,
		.input = seg->input,
		.has_ack = a->has_ack};
}

struct source
source_of_held(const struct held *h)
{
	return (struct source){.ts_ns = h->ts_ns,
		.packet = h->packet,
		.ack = h->ack,
		.input = h->input,
		.has_ack = h->has_ack};
}

/* Stream offset of `half` that an acknowledgment names, or PLACE_NO_ACK. */
static uint64_t
acked_offset(const struct streams *s, struct conn *c, int half, struct source src)
{
	const struct half *h = &c->half[half];
	uint8_t flags = c->flags[half];
	uint64_t offset = conn_offset(c, half);
	uint32_t next = h->next - (flags & HALF_FIN_DONE ? 1 : 0);
	int32_t ahead = seq_diff(src.ack, next);

	if (!src.has_ack || !(flags & HALF_BASED) || ahead > (int32_t)s->set.max_jump_bytes)
		return PLACE_NO_ACK;
	if (flags & HALF_LIMIT && ahead > seq_diff(h->edge, next))
		ahead = seq_diff(h->edge, next); /* the FIN is no byte */
	if (ahead < 0 && offset < (uint64_t) - (int64_t)ahead)
		return 0;
	return offset + (uint64_t)(int64_t)ahead;
}

static struct stream_at
place(const struct streams *s, struct conn *c, int half, struct source src)
{
	return (struct stream_at){
		.ts_ns = src.ts_ns,
		.packet = src.packet,
		.offset = conn_offset(c, half),
		.acked = acked_offset(s, c, 1 - half, src),
		.input = src.input,
	};
}

void
deliver_data(struct streams *s, struct conn *c, int half, struct bytes in, struct source src)
{
	struct stream_at at = place(s, c, half, src);
	struct flow_side *side = conn_side(c, half);
	struct recent_key key = {c->f.id, (uint8_t)half};
	struct recent_piece piece = {in, c->half[half].next, src.input, src.at};

	recent_add(&s->recent, key, &c->half[half].recent, &piece);
	c->half[half].next += (uint32_t)in.n;
	side->bytes += in.n;
	s->sink.data(s->sink.user, &c->f, conn_dir(c, half), in, &at);
}

void
deliver_gap(struct streams *s, struct conn *c, int half, uint32_t n, enum gap_why why,
	struct source src)
{
	struct stream_at at = place(s, c, half, src);
	struct flow_side *side = conn_side(c, half);
	struct half *h = &c->half[half];

	h->next += n;
	bool acked = c->flags[half] & HALF_ACKED && seq_diff(h->acked, h->next) >= 0;
	side->gaps++;
	side->gap_bytes += n;
	side->bytes += n;
	s->counts.gaps++;
	s->counts.gap_bytes += n;
	s->sink.gap(s->sink.user, &c->f, conn_dir(c, half), n, why, acked, &at);
}

void
deliver_fin(struct streams *s, struct conn *c, int half, struct source src)
{
	struct stream_at at = place(s, c, half, src);

	c->half[half].next++;
	c->flags[half] |= HALF_FIN_DONE;
	hold_drop_half(s, c, half);
	s->sink.fin(s->sink.user, &c->f, conn_dir(c, half), &at);
}

void
deliver_note(struct streams *s, struct conn *c, int half, enum stream_note what,
	struct bytes first, struct bytes second, int64_t skip, struct source src)
{
	struct stream_at at = place(s, c, half, src);

	if (skip < 0 && at.offset < (uint64_t)-skip)
		at.offset = 0;
	else
		at.offset += (uint64_t)skip;
	s->sink.note(s->sink.user, &c->f, conn_dir(c, half), what, first, second, &at);
}
