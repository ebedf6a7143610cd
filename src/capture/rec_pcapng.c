#include "capture/rec.h"
#include "capture/link.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* draft-ietf-opsawg-pcapng section 3.1 and 4. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_STATISTICS = 5,
	BLOCK_ENHANCED = 6,
	BLOCK_SECRETS = 10,
};
enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	BLOCK_HEAD = 8,
	BLOCK_TAIL = 4,
	SECTION_MIN = 28,
	PACKET_FIXED = 20 /* of a packet block, before the data */
};
enum {
	SECRETS_TLS = 0x544c534b /* "TLSK": SSLKEYLOGFILE text */
};
enum {
	OPT_END = 0,
	OPT_TSRESOL = 9,
	OPT_TSOFFSET = 14,
	OPT_IFDROP = 5,
	OPT_OSDROP = 7
};

/* Ticks become nanoseconds by one of three ways, so that the usual ones cost one
 * multiplication. */
struct rec_interface {
	uint64_t mul;  /* not 0: times this */
	uint64_t div;  /* not 0: divided by this */
	uint8_t shift; /* else: 2^-shift seconds */
	int64_t offset_ns;
	uint32_t snaplen; /* 0: none */
	uint16_t link;
	uint64_t ifdrop, osdrop; /* last told */
};

enum body_result {
	BODY_FRAME,
	BODY_NONE,
	BODY_BROKEN
};

static uint16_t
u16(struct cursor *c, bool swapped)
{
	struct bytes b = cursor_take(c, 2);

	return b.n ? rec_u16(b.p, swapped) : 0;
}

static uint32_t
u32(struct cursor *c, bool swapped)
{
	struct bytes b = cursor_take(c, 4);

	return b.n ? rec_u32(b.p, swapped) : 0;
}

static uint64_t
u64(struct cursor *c, bool swapped)
{
	struct bytes b = cursor_take(c, 8);

	return b.n ? rec_u64(b.p, swapped) : 0;
}

static enum body_result
broken(struct err *e, const char *why)
{
	err_set(e, -EINVAL, "the record is corrupt: %s", why);
	return BODY_BROKEN;
}

/* One option (section 3.5). False at the end of the list. */
static bool
next_option(struct cursor *c, bool swapped, uint16_t *ret_code, struct bytes *ret_value)
{
	uint16_t len;

	*ret_code = u16(c, swapped);
	len = u16(c, swapped);
	*ret_value = cursor_take(c, len);
	cursor_skip(c, (4 - len % 4) % 4);
	return !c->err && *ret_code != OPT_END;
}

/* Section 4.2, if_tsresol: the high bit tells 2^-n from 10^-n. */
static void
set_resolution(struct rec_interface *f, uint8_t resol)
{
	unsigned n = resol & 0x7f;
	uint64_t p = 1;

	f->mul = f->div = 0;
	f->shift = (uint8_t)n;
	if (resol & 0x80)
		return;
	for (unsigned i = n < 9 ? 9 - n : n - 9; i > 0 && p <= UINT64_MAX / 10; i--)
		p *= 10;
	if (n <= 9)
		f->mul = p;
	else
		f->div = p;
}

static int64_t
ticks_to_ns(const struct rec_interface *f, uint64_t ticks)
{
	unsigned __int128 ns;
	int64_t t;

	if (f->mul)
		ns = (unsigned __int128)ticks * f->mul;
	else if (f->div)
		ns = ticks / f->div;
	else
		ns = (unsigned __int128)ticks * NS_PER_S >> f->shift;
	t = ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
	if (__builtin_add_overflow(t, f->offset_ns, &t))
		t = f->offset_ns < 0 ? INT64_MIN : INT64_MAX;
	return t;
}

static void
interface_option(struct rec_interface *f, uint16_t code, struct bytes value, bool swapped)
{
	struct cursor c = cursor_of(value);

	if (code == OPT_TSRESOL && value.n >= 1)
		set_resolution(f, value.p[0]);
	if (code == OPT_TSOFFSET && value.n >= 8) {
		int64_t s = (int64_t)u64(&c, swapped);

		if (__builtin_mul_overflow(s, NS_PER_S, &f->offset_ns))
			f->offset_ns = s < 0 ? INT64_MIN : INT64_MAX;
	}
}

static enum body_result
on_interface(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	struct cursor c = cursor_of(body);
	struct rec_interface f = {.mul = 1000}; /* microseconds unless told */
	uint16_t code;
	struct bytes value;

	f.link = link_from_file(u16(&c, p->swapped));
	cursor_skip(&c, 2);
	f.snaplen = u32(&c, p->swapped);
	if (c.err)
		return broken(e, "an interface block is too short");
	if (p->n_interfaces >= rec_limits.interfaces)
		return broken(e, "too many interfaces");
	while (cursor_left(&c) && next_option(&c, p->swapped, &code, &value))
		interface_option(&f, code, value, p->swapped);
	if (p->n_interfaces == p->cap_interfaces) {
		p->cap_interfaces = p->cap_interfaces ? 2 * p->cap_interfaces : 4;
		p->interfaces = mem_grow(p->interfaces, p->cap_interfaces * sizeof(f));
	}
	p->interfaces[p->n_interfaces++] = f;
	return BODY_NONE;
}

static enum body_result
on_section(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	struct cursor c = cursor_of(body);
	uint16_t major;

	cursor_skip(&c, 4); /* the byte-order magic has been used */
	major = u16(&c, p->swapped);
	if (c.err || major != 1) {
		err_set(e, -EINVAL, "pcapng version %u is not known (1 is)", major);
		return BODY_BROKEN;
	}
	p->n_interfaces = 0;
	p->section = true;
	return BODY_NONE;
}

static enum body_result
fill_frame(struct rec_pcapng *p, const struct rec_interface *f, struct bytes data,
	uint32_t wire, struct frame *ret)
{
	ret->data = data;
	ret->wire_len = wire > data.n ? wire : (uint32_t)data.n;
	ret->ts_ns = p->last_ns;
	ret->link = f->link;
	return BODY_FRAME;
}

/* What the enhanced and the old packet block share behind the first four bytes: time, lengths,
 * data. */
static enum body_result
packet_body(struct rec_pcapng *p, struct bytes body, size_t interface, struct frame *ret,
	struct err *e)
{
	const uint8_t *h = body.p;
	uint32_t have, wire;

	if (body.n < PACKET_FIXED)
		return broken(e, "a packet block is too short");
	have = rec_u32(h + 12, p->swapped);
	wire = rec_u32(h + 16, p->swapped);
	if (have > body.n - PACKET_FIXED)
		return broken(e, "the packet is longer than its block");
	if (interface >= p->n_interfaces)
		return broken(e, "it names an interface that the file does not describe");
	p->last_ns = ticks_to_ns(&p->interfaces[interface],
		(uint64_t)rec_u32(h + 4, p->swapped) << 32 | rec_u32(h + 8, p->swapped));
	return fill_frame(p, &p->interfaces[interface], (struct bytes){h + PACKET_FIXED, have},
		wire, ret);
}

static enum body_result
on_enhanced(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	return packet_body(p, body, body.n >= 4 ? rec_u32(body.p, p->swapped) : 0, ret, e);
}

/* The interface has two bytes here, the other two count drops. */
static enum body_result
on_packet(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	return packet_body(p, body, body.n >= 4 ? rec_u16(body.p, p->swapped) : 0, ret, e);
}

/* Section 4.4: the captured length is the smallest of the wire length, the snaplen and what the
 * block holds. */
static enum body_result
on_simple(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	struct cursor c = cursor_of(body);
	uint32_t wire = u32(&c, p->swapped);
	size_t n = cursor_left(&c);

	if (c.err)
		return broken(e, "a simple packet block is too short");
	if (p->n_interfaces == 0)
		return broken(e, "a simple packet before the description of its interface");
	if (n > wire)
		n = wire;
	if (p->interfaces[0].snaplen && n > p->interfaces[0].snaplen)
		n = p->interfaces[0].snaplen;
	return fill_frame(p, &p->interfaces[0], cursor_take(&c, n), wire, ret);
}

/* Section 4.6. The numbers count from the start of the capture: the last one told is the one
 * that counts. */
static enum body_result
on_statistics(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	struct cursor c = cursor_of(body);
	uint32_t id = u32(&c, p->swapped);
	struct rec_interface *f = id < p->n_interfaces ? &p->interfaces[id] : NULL;
	uint16_t code;
	struct bytes value;

	cursor_skip(&c, 8);
	while (f && cursor_left(&c) && next_option(&c, p->swapped, &code, &value)) {
		struct cursor v = cursor_of(value);
		uint64_t n = value.n >= 8 ? u64(&v, p->swapped) : 0;

		if (code == OPT_IFDROP && n > f->ifdrop) {
			p->drops_interface += n - f->ifdrop;
			f->ifdrop = n;
		}
		if (code == OPT_OSDROP && n > f->osdrop) {
			p->drops_kernel += n - f->osdrop;
			f->osdrop = n;
		}
	}
	return BODY_NONE;
}

/* Section 4.7. They stand before the packets that need them. */
static enum body_result
on_secrets(struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e)
{
	struct cursor c = cursor_of(body);
	uint32_t type = u32(&c, p->swapped);
	struct bytes text = cursor_take(&c, u32(&c, p->swapped));

	if (c.err)
		return broken(e, "a block of secrets is too short");
	if (type == SECRETS_TLS && p->secrets) {
		buf_add(p->secrets, text);
		buf_byte(p->secrets, '\n');
	}
	return BODY_NONE;
}

static const struct block {
	uint32_t type;
	const char *what;
	enum body_result (*body)(
		struct rec_pcapng *p, struct bytes body, struct frame *ret, struct err *e);
} blocks[] = {
	{BLOCK_ENHANCED, "a packet", on_enhanced},
	{BLOCK_SIMPLE, "a packet", on_simple},
	{BLOCK_PACKET, "a packet", on_packet},
	{BLOCK_INTERFACE, "an interface block", on_interface},
	{BLOCK_SECTION, "a section header", on_section},
	{BLOCK_STATISTICS, "a statistics block", on_statistics},
	{BLOCK_SECRETS, "a block of secrets", on_secrets},
};

static const struct block *
block_of(uint32_t type)
{
	static const struct block other = {.what = "a block"};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (blocks[i].type == type)
			return &blocks[i];
	return &other;
}

/* A section header sets the byte order. False: it has none. */
static bool
set_order(struct rec_pcapng *p, const uint8_t *magic)
{
	p->swapped = rec_u32(magic, false) != BYTE_ORDER_MAGIC;
	return rec_u32(magic, p->swapped) == BYTE_ORDER_MAGIC;
}

/* The type and length of the next block. REC_FRAME: both are there. */
static enum rec_result
block_head(struct rec_pcapng *p, struct file_reader *r, uint32_t *ret_type, uint32_t *ret_len,
	struct err *e)
{
	struct bytes in;
	enum reader_result got = file_reader_want(r, BLOCK_HEAD + BLOCK_TAIL, &in);

	if (got != READER_OK)
		return rec_cut(r, got, in.n, BLOCK_HEAD + BLOCK_TAIL, "a block", e);
	*ret_type = rec_u32(
		in.p, p->swapped); /* that of a section reads the same in either order */
	if (*ret_type == BLOCK_SECTION && !set_order(p, in.p + BLOCK_HEAD)) {
		broken(e, "a section header without its byte-order magic");
		return REC_BROKEN;
	}
	*ret_len = rec_u32(in.p + 4, p->swapped);
	if (*ret_len < BLOCK_HEAD + BLOCK_TAIL || *ret_len % 4 ||
		*ret_len > rec_limits.block_bytes ||
		(*ret_type == BLOCK_SECTION && *ret_len < SECTION_MIN)) {
		err_set(e, -EINVAL, "the record is corrupt: its block claims %u bytes",
			*ret_len);
		return REC_BROKEN;
	}
	return REC_FRAME;
}

/* One whole block. REC_WAIT is also "nothing yet": *ret_more tells that the next block can
 * follow at once. */
static enum rec_result
one_block(struct rec_pcapng *p, struct file_reader *r, struct frame *ret, bool *ret_more,
	struct err *e)
{
	uint32_t type = 0, len = 0;
	enum rec_result res = block_head(p, r, &type, &len, e);
	const struct block *b;
	enum reader_result got;
	struct bytes in;

	if (res != REC_FRAME)
		return res;
	b = block_of(type);
	got = file_reader_want(r, len, &in);
	if (got != READER_OK)
		return rec_cut(r, got, in.n, len, b->what, e);
	if (rec_u32(in.p + len - BLOCK_TAIL, p->swapped) != len) {
		broken(e, "the two lengths of its block differ");
		return REC_BROKEN;
	}
	file_reader_eat(r, len);
	*ret_more = true;
	if (!b->body)
		return REC_WAIT;
	switch (b->body(
		p, (struct bytes){in.p + BLOCK_HEAD, len - BLOCK_HEAD - BLOCK_TAIL}, ret, e)) {
	case BODY_FRAME:
		return REC_FRAME;
	case BODY_BROKEN:
		return REC_BROKEN;
	case BODY_NONE:
		break;
	}
	return REC_WAIT;
}

size_t
rec_pcapng_run(
	struct rec_pcapng *p, struct bytes in, struct frame *ret, size_t max, size_t *used)
{
	const size_t around = BLOCK_HEAD + BLOCK_TAIL;
	size_t n = 0, at = 0;
	struct err e;

	while (n < max && in.n - at >= around + PACKET_FIXED) {
		const uint8_t *b = in.p + at;
		uint32_t len = rec_u32(b + 4, p->swapped);

		if (rec_u32(b, p->swapped) != BLOCK_ENHANCED || len % 4 ||
			len < around + PACKET_FIXED || len > rec_limits.block_bytes ||
			len > in.n - at || rec_u32(b + len - BLOCK_TAIL, p->swapped) != len)
			break;
		if (on_enhanced(p, (struct bytes){b + BLOCK_HEAD, len - around}, &ret[n], &e) !=
			BODY_FRAME)
			break;
		n++;
		at += len;
	}
	*used = at;
	return n;
}

enum rec_result
rec_pcapng_next(struct rec_pcapng *p, struct file_reader *r, struct frame *ret, struct err *e)
{
	enum rec_result res;
	bool more;

	do {
		more = false;
		res = one_block(p, r, ret, &more, e);
	} while (res == REC_WAIT && more);
	return res;
}

int
rec_pcapng_open(struct rec_pcapng *p, struct file_reader *r, struct err *e)
{
	struct frame none;
	enum rec_result res;
	bool more = false;

	*p = (struct rec_pcapng){0};
	do
		res = one_block(p, r, &none, &more, e);
	while (res == REC_WAIT && !more);
	if (res == REC_BROKEN)
		return -EINVAL;
	return p->section ? 0 : err_set(e, -EINVAL, "the pcapng section header is missing");
}

void
rec_pcapng_done(struct rec_pcapng *p)
{
	free(p->interfaces);
	*p = (struct rec_pcapng){0};
}
