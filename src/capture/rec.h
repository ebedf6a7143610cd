/* Records of capture files: one reader for pcap, one for pcapng. Frames stay in the
 * file_reader's buffer. */
#ifndef MS_CAPTURE_REC_H
#define MS_CAPTURE_REC_H

#include <string.h>

#include "base/buf.h"
#include "capture/file_reader.h"
#include "packet/packet.h"

/* Numbers of a file; swapped: it has not the byte order of this machine. Inline: this is done
 * five times a packet. */
static inline uint16_t
rec_u16(const uint8_t *p, bool swapped)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t
rec_u32(const uint8_t *p, bool swapped)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap32(v) : v;
}

static inline uint64_t
rec_u64(const uint8_t *p, bool swapped)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap64(v) : v;
}

struct rec_limits {
	uint32_t packet_bytes; /* a longer record is a corrupt one, unless the file's own
				  snaplen allows it … */
	uint32_t block_bytes;  /* … and no block or packet is ever longer than this */
	uint32_t interfaces;   /* in one pcapng section */
};
extern const struct rec_limits rec_limits;

enum rec_result {
	REC_FRAME,
	REC_WAIT, /* a pipe has nothing now: ask again */
	REC_END,
	REC_BROKEN, /* cut or corrupt; e says why, without file and packet number */
};

/* pcap: draft-ietf-opsawg-pcap. */
struct rec_pcap {
	bool swapped, nano;
	bool lengths_swapped, lengths_maybe; /* version 2.2 and before, and 2.3 */
	uint16_t link;
	uint32_t max_bytes;
};
/* Eats the file header. -EINVAL: e says why. */
int rec_pcap_open(struct rec_pcap *p, struct file_reader *r, struct err *e);
/* Fills data, wire_len, ts_ns and link of *ret. */
enum rec_result rec_pcap_next(
	struct rec_pcap *p, struct file_reader *r, struct frame *ret, struct err *e);
/*
 * The same for the records at the front of `in` that are whole and sound, up to max of them;
 * *used: their bytes. What is behind them, if anything, is for rec_pcap_next().
 */
size_t rec_pcap_run(
	const struct rec_pcap *p, struct bytes in, struct frame *ret, size_t max, size_t *used);

/* pcapng: draft-ietf-opsawg-pcapng. */
struct rec_interface;
struct rec_pcapng {
	bool swapped;
	bool section;                     /* a section header was seen */
	struct rec_interface *interfaces; /* of the section */
	size_t n_interfaces, cap_interfaces;
	int64_t last_ns; /* simple packets have no time: they get this one */
	uint64_t drops_interface, drops_kernel; /* as the statistics blocks tell */
	struct buf *secrets; /* the TLS key log text of its secrets blocks is added there; NULL:
				nowhere. Set after opening */
};
/* Eats the first section header. -EINVAL: e says why. */
int rec_pcapng_open(struct rec_pcapng *p, struct file_reader *r, struct err *e);
enum rec_result rec_pcapng_next(
	struct rec_pcapng *p, struct file_reader *r, struct frame *ret, struct err *e);
/* As rec_pcap_run(): enhanced packet blocks, which is what packets mostly come in. */
size_t rec_pcapng_run(
	struct rec_pcapng *p, struct bytes in, struct frame *ret, size_t max, size_t *used);
void rec_pcapng_done(struct rec_pcapng *p);

/* The text for a file that gave only `have` of `need` bytes of `what`; have == 0 at a place
 * where it may end: REC_END. */
enum rec_result rec_cut(struct file_reader *r, enum reader_result got, size_t have, size_t need,
	const char *what, struct err *e);

#endif
