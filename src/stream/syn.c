#include "stream/syn.h"

#include "stream/hold.h"
#include "stream/life.h"
#include "stream/reasm.h"

void
syn_note_spare(struct streams *s, struct conn *c)
{
	struct spare_syn *syn = c->hold ? &conn_hold(c)->syn : NULL;

	if (!syn || !syn->set || syn->noted || c->f.ignored)
		return;
	syn->noted = true;
	reasm_note(s, c, syn->half, NOTE_SPURIOUS_SYN, &syn->seg);
}

/* A SYN came late to a connection that was joined in the middle: now its beginning is known
 * after all. */
static bool
late_syn(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	uint32_t begin = seg->seq + 1;
	uint32_t past = c->half[half].next - begin;

	if (c->flags[half] & HALF_SEQ && past > s->set.max_jump_bytes)
		return false;
	reasm_base(c, half, begin);
	return true;
}

bool
syn_is_own(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	int peer = 1 - half;
	bool synack = seg->flags & TCP_ACK;

	if (synack && conn_side(c, peer)->syn) {
		/* RFC 7413: it may acknowledge data of the SYN too */
		uint32_t extra = seg->ack - (reasm_isn(c, peer) + 1);
		if (extra > conn_offset(c, peer) + UINT16_MAX)
			return false;
	}
	if (c->flags[half] & HALF_BASED)
		return reasm_isn(c, half) == seg->seq;
	return late_syn(s, c, half, seg);
}

void
syn_adopt(struct conn *c, int half, const struct segment *seg)
{
	conn_side(c, half)->syn = true;
	if (!(c->flags[half] & HALF_BASED))
		reasm_base(c, half, seg->seq + 1);
	if (seg->flags & TCP_ACK && !(c->flags[1 - half] & HALF_BASED))
		reasm_base(c, 1 - half, seg->ack);
	bool told = c->f.side[0].bytes || c->f.side[1].bytes ||
		    (c->flags[0] | c->flags[1]) & HALF_FIN_DONE;
	if (!c->f.midstream || told)
		return;
	/* joined in the middle, but the beginning came late: nothing is lost */
	c->f.midstream = false;
	if (conn_dir(c, half) != (seg->flags & TCP_ACK ? DIR_S2C : DIR_C2S))
		flow_swap(&c->f);
}

/* The port is used again: the old connection ends here. */
static struct conn *
conn_replace(struct streams *s, struct conn *old, uint32_t hash, const struct segment *seg,
	int *ret_half)
{
	conn_close(s, old, FLOW_TIMEOUT);
	struct conn *c = conn_open(s, hash, seg, ret_half);

	syn_adopt(c, *ret_half, seg);
	return c;
}

static void
spare_syn_keep(struct streams *s, struct conn *c, int half, const struct segment *seg)
{
	struct spare_syn *syn = &hold_get(s, c)->syn;
	struct segment bare = *seg;

	if (syn->set && syn->half == half && syn->seg.seq == seg->seq)
		return;
	bare.payload = BYTES_NONE;
	bare.wire_len = 0;
	*syn = (struct spare_syn){
		.set = true, .half = (uint8_t)half, .now_ns = s->now_ns, .seg = bare};
}

struct conn *
syn_foreign(
	struct streams *s, struct conn *c, uint32_t hash, const struct segment *seg, int *half)
{
	int64_t quiet = s->now_ns - c->f.last_ns;

	if (c->list != LIST_OPEN || quiet >= s->set.syn_ns || c->f.ignored)
		return conn_replace(s, c, hash, seg, half);
	conn_count(s, c, *half, seg);
	if (!(seg->flags & TCP_ACK)) {
		spare_syn_keep(s, c, *half, seg);
		return NULL;
	}
	s->busy = c;
	reasm_note(s, c, *half, NOTE_SPURIOUS_SYN, seg);
	return NULL;
}

/* Is this the SYN-ACK, or the first segment, of the connection that the spare SYN began? */
static bool
spare_syn_confirmed(
	const struct streams *s, const struct conn *c, int half, const struct segment *seg)
{
	const struct spare_syn *syn = &conn_hold(c)->syn;
	uint32_t first = syn->seg.seq + 1;

	if (half != syn->half)
		return (seg->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
		       seg->ack == first;
	/* without the SYN-ACK only when the old connection cannot mean it */
	return (seg->flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK && seg->seq == first &&
	       !reasm_fits(s, c, half, first);
}

struct conn *
syn_resolve(
	struct streams *s, struct conn *c, uint32_t hash, const struct segment *seg, int *half)
{
	struct spare_syn *syn = &conn_hold(c)->syn;

	if (spare_syn_confirmed(s, c, *half, seg)) {
		struct segment first = syn->seg;
		int first_half, from = syn->half;

		syn->noted = true;
		c = conn_replace(s, c, hash, &first, &first_half);
		conn_count(s, c, first_half, &first);
		*half = *half == from ? first_half : 1 - first_half;
		return c;
	}
	if (!(seg->flags & TCP_SYN)) {
		s->busy = c;
		syn_note_spare(s, c);
	}
	if (s->now_ns - syn->now_ns >= s->set.syn_ns)
		syn->set = false;
	return c;
}
