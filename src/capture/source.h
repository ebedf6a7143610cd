/*
 * Where packets come from: one or several capture files in time order, or live interfaces.
 * Files: pcap and pcapng read by us (libpcap refuses several link types in one file), either
 * byte order, micro- and nanoseconds, Modified pcap not; gzip and zstd are seen by their magic;
 * "-" is standard input.
 */
#ifndef MS_CAPTURE_SOURCE_H
#define MS_CAPTURE_SOURCE_H

#include <errno.h>

#include "base/buf.h"
#include "base/err.h"
#include "packet/packet.h" /* struct frame */

struct source;

struct source_input {     /* one file or interface */
	const char *name; /* as the user gave it; "-" for standard input */
	bool live;
	uint64_t packets;                       /* handed over so far */
	uint64_t bytes_total;                   /* file size, 0 unknown */
	uint64_t bytes_read;                    /* of the file, for the progress line */
	uint64_t kernel_drops, interface_drops; /* live, kept up to date by source_stats() */
	bool down;          /* live: the interface is switched off now; the capture waits */
	bool broken;        /* ended early; text says where and why */
	struct buf secrets; /* pcapng: TLS key log text that was read and not taken yet */
	char text[768];
};

struct source_live_settings {
	uint32_t snaplen;      /* bytes; default 262144 */
	uint32_t buffer_bytes; /* the kernel's ring, of each socket; default 32 MiB */
	uint32_t timeout_ms;   /* how long the kernel may gather packets; default 100 */
	uint32_t merge_ms;     /* several sockets: a packet waits so long for an earlier one of
				* another; default 40 */
	uint32_t fanout;  /* sockets of each interface, which share its packets; default 1 */
	bool promiscuous; /* default true */
	const char *time_stamps; /* whose clock, as pcap-tstamp(7) names it; NULL: the kernel's.
				  * Borrowed */
};
extern const struct source_live_settings source_live_defaults;

/* What the source_open_ functions return for a BPF text that is wrong, or does not fit the link
 * type: that is not the input's fault. */
#define SOURCE_BAD_FILTER (-EDOM)

/*
 * Opens all files. BPF is the text of a libpcap filter or NULL; it is compiled for each link
 * type that turns up. Returns 0; -ENOENT, -EISDIR, -EACCES, -EINVAL (not a capture file, empty
 * file), SOURCE_BAD_FILTER … with the text in e. When some of several files cannot be opened:
 * fails, naming the first.
 */
int source_open_files(const char *const *paths, size_t n, const char *bpf, struct source **ret,
	struct err *e);
/*
 * Opens live interfaces ("any" too). -EPERM/-EACCES: the text ends with the command that would
 * allow it (setcap cap_net_raw,cap_net_admin=eip PROGRAM). -ENODEV: the text names the
 * interfaces there are.
 */
int source_open_live(const char *const *names, size_t n, const char *bpf,
	const struct source_live_settings *s, struct source **ret, struct err *e);
void source_free(struct source **s);

/*
 * The next frame, over all inputs in time order (files: ties by the order given). The frame is
 * borrowed until the next call. Returns 1: *ret is a frame; 0: no packet now (live: nothing
 * within timeout_ms); -ENODATA: the end of all inputs. A file that ends in the middle of a
 * record, or holds a corrupt one, ends there: its source_input.broken is set with a line "FILE:
 * packet N: reason"; the other inputs go on.
 */
int source_next(struct source *s, struct frame *ret);
/*
 * The same for up to max frames at once (max at least 1), all borrowed until the next call.
 * Returns how many, or as source_next(). Never waits for more once it has one. Frames of
 * several live sockets come in the order of time as long as none is more than merge_ms late.
 */
int source_batch(struct source *s, struct frame *ret, size_t max);
/*
 * n captured bytes of input i once more, from `at` on, a place in a frame that was handed over
 * (frame.at). False: they cannot be had, for the file is shorter now or cannot be read. That it
 * still says the same is not promised.
 */
bool source_again(const struct source *s, size_t i, uint64_t at, uint8_t *to, size_t n);
/* The secrets of input i that came before the frames of the last batch, or among them: added to
 * `out` and wiped here. */
void source_secrets(struct source *s, size_t i, struct buf *out);
size_t source_inputs(const struct source *s);
const struct source_input *source_input(const struct source *s, size_t i);
/* Asks the kernel for its drop counters. */
void source_stats(struct source *s);
/* Adds what happened to live interfaces since the last call ("eth0: packet 7: the interface
 * went down …"), a line each. False: nothing. */
bool source_news(struct source *s, struct buf *out);
/* How the packets of input i come ("link type EN10MB, ring of …"); nothing for files. */
void source_describe(const struct source *s, size_t i, struct buf *out);
/* Makes source_next return -ENODATA soon: live, once what came until now is read, which takes a
 * few seconds at most. Safe in a signal handler. */
void source_stop(struct source *s);

/*
 * Prints to `out` what can be captured from, one line each: name, addresses, state; and when
 * capturing would be refused, the command that would allow it. Returns 0 or negative errno.
 */
int source_list_interfaces(struct buf *out, struct err *e);

#endif
