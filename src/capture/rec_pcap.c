#include "capture/rec.h"
#include "capture/link.h"
#include "base/clock.h"

#include <errno.h>

#define FILE_HEADER 24
#define PACKET_HEADER 16

const struct rec_limits rec_limits = {
	.packet_bytes = 262144, /* the largest snaplen tools use */
	.block_bytes = 16 << 20,
	.interfaces = 65536,
};

enum rec_result
rec_cut(struct file_reader *r, enum reader_result got, size_t have, size_t need,
	const char *what, struct err *e)
{
	switch (got) {
	case READER_OK:
	case READER_WAIT:
		return REC_WAIT;
	case READER_FAIL:
		err_set(e, -EIO, "%s", file_reader_error(r));
		return REC_BROKEN;
	case READER_SHORT:
		break;
	}
	if (have == 0)
		return REC_END;
	err_set(e, -ENODATA, "the file ends in the middle of %s (%zu of %zu bytes are there)",
		what, have, need);
	return REC_BROKEN;
}

/* "not swapped" means the order of this machine; the four magics are told apart in any order.
 */
static bool
set_magic(struct rec_pcap *p, const uint8_t *in)
{
	static const struct {
		uint32_t magic;
		bool nano;
	} magics[] = {{0xa1b2c3d4, false}, {0xa1b23c4d, true}};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		for (int swapped = 0; swapped < 2; swapped++) {
			if (rec_u32(in, swapped) == magics[i].magic) {
				p->swapped = swapped;
				p->nano = magics[i].nano;
				return true;
			}
		}
	}
	return false;
}

/* A file may say that its packets are longer than usual, but not without end. */
static uint32_t
longest(uint32_t snaplen)
{
	if (snaplen < rec_limits.packet_bytes)
		return rec_limits.packet_bytes;
	return snaplen < rec_limits.block_bytes ? snaplen : rec_limits.block_bytes;
}

int
rec_pcap_open(struct rec_pcap *p, struct file_reader *r, struct err *e)
{
	struct bytes in;
	enum reader_result got;
	unsigned major, minor;

	*p = (struct rec_pcap){0};
	do
		got = file_reader_want(r, FILE_HEADER, &in);
	while (got == READER_WAIT);
	if (got == READER_FAIL)
		return err_set(e, -EINVAL, "%s", file_reader_error(r));
	if (got != READER_OK)
		return err_set(e, -EINVAL,
			"the pcap file header is cut short (%zu of %d bytes are there)", in.n,
			FILE_HEADER);
	if (!set_magic(p, in.p))
		return err_set(e, -EINVAL, "not a pcap file");
	major = rec_u16(in.p + 4, p->swapped);
	minor = rec_u16(in.p + 6, p->swapped);
	if (major != 2)
		return err_set(
			e, -EINVAL, "pcap version %u.%u is not known (2.4 is)", major, minor);
	p->lengths_swapped = minor < 3;
	p->lengths_maybe = minor == 3;
	p->max_bytes = longest(rec_u32(in.p + 16, p->swapped));
	/* The upper half tells of the frame check sequence: it lies behind the IP packet and
	 * does not matter to us. */
	p->link = link_from_file((uint16_t)rec_u32(in.p + 20, p->swapped));
	file_reader_eat(r, FILE_HEADER);
	return 0;
}

/* The header of a record and, behind it, the data: as long as the header says. */
static inline void
record_at(const struct rec_pcap *p, const uint8_t *at, struct frame *ret)
{
	uint32_t sec = rec_u32(at, p->swapped), frac = rec_u32(at + 4, p->swapped);
	uint32_t have = rec_u32(at + 8, p->swapped), wire = rec_u32(at + 12, p->swapped);

	if (p->lengths_swapped || (p->lengths_maybe && have > wire)) {
		uint32_t other = have;

		have = wire;
		wire = other;
	}
	ret->data = (struct bytes){at + PACKET_HEADER, have};
	ret->wire_len = wire > have ? wire : have;
	ret->ts_ns = sec * NS_PER_S + (int64_t)frac * (p->nano ? 1 : 1000);
	ret->link = p->link;
}

size_t
rec_pcap_run(
	const struct rec_pcap *p, struct bytes in, struct frame *ret, size_t max, size_t *used)
{
	size_t n = 0, at = 0;

	while (n < max && in.n - at >= PACKET_HEADER) {
		record_at(p, in.p + at, &ret[n]);
		if (ret[n].data.n > p->max_bytes || ret[n].data.n > in.n - at - PACKET_HEADER)
			break;
		at += PACKET_HEADER + ret[n++].data.n;
	}
	*used = at;
	return n;
}

enum rec_result
rec_pcap_next(struct rec_pcap *p, struct file_reader *r, struct frame *ret, struct err *e)
{
	struct bytes in;
	enum reader_result got = file_reader_want(r, PACKET_HEADER, &in);
	uint32_t have;

	if (got != READER_OK)
		return rec_cut(r, got, in.n, PACKET_HEADER, "a packet header", e);
	record_at(p, in.p, ret);
	have = (uint32_t)ret->data.n;
	if (have > p->max_bytes) {
		err_set(e, -EINVAL,
			"the record is corrupt: it claims %u bytes, the longest can be %u",
			have, p->max_bytes);
		return REC_BROKEN;
	}
	if (in.n - PACKET_HEADER < have) {
		got = file_reader_want(r, PACKET_HEADER + have, &in);
		if (got == READER_SHORT && in.n == PACKET_HEADER) {
			err_set(e, -ENODATA,
				"the file ends in the middle of a packet (0 of %u bytes are "
				"there)",
				have);
			return REC_BROKEN;
		}
		if (got != READER_OK)
			return rec_cut(r, got, in.n - PACKET_HEADER, have, "a packet", e);
	}
	ret->data.p = in.p + PACKET_HEADER; /* the reader may have moved it */
	file_reader_eat(r, PACKET_HEADER + have);
	return REC_FRAME;
}
