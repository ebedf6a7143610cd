/*
 * One packet socket of a live capture: libpcap's handle, TPACKET_V3 on Linux. Several of them
 * may share an interface (fan-out): each then gets a part of its connections.
 */
#ifndef MS_CAPTURE_LIVE_DEVICE_H
#define MS_CAPTURE_LIVE_DEVICE_H

#include "capture/source.h"

#include <pcap/pcap.h>

enum {
	LIVE_FANOUT_MAX = 64 /* sockets of one interface */
};

struct live_device {
	pcap_t *handle; /* NULL: it broke */
	int fd;         /* for poll() */
	uint16_t input; /* index of its interface */
	uint16_t link;  /* DLT_… */
	bool nano;
	bool counts_interface; /* of those of one interface, one says what the interface lost */
	int64_t since_ns;      /* frames before this time are none of ours; 0: all are */
	uint32_t kernel_drops, interface_drops; /* as libpcap said last: they wrap */
};

/*
 * Opens settings->fanout sockets on one interface; d has room for them. In a fan-out no packet
 * comes twice: what came before the last socket had joined is left out. Returns 0, or negative
 * errno with the text; what was opened stays for live_device_close().
 */
int live_device_open(struct live_device *d, uint16_t input, const char *name, const char *bpf,
	const struct source_live_settings *settings, struct err *e);
void live_device_close(struct live_device *d);
/* Asks the kernel what was dropped since the last time, and adds it to `in`. */
void live_device_drops(struct live_device *d, struct source_input *in);
/* "link type EN10MB, ring of 32768 KiB (TPACKET_V3), time stamps: host, nanoseconds" */
void live_device_describe(const struct live_device *d,
	const struct source_live_settings *settings, struct buf *out);

#endif
