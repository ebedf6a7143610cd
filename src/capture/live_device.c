#include "capture/live_device.h"
#include "capture/interfaces.h"
#include "base/clock.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

static int
permission_error(const char *name, struct err *e)
{
	struct buf way;

	buf_init(&way, sizeof(e->text) / 2);
	interfaces_permission(&way);
	err_set(e, -EPERM,
		"%s: no permission to capture; run it with sudo, or allow it once for all: %s",
		name, buf_text(&way));
	buf_done(&way);
	return -EPERM;
}

static int
unknown_error(const char *name, struct err *e)
{
	struct buf names;

	buf_init(&names, sizeof(e->text) / 2);
	interfaces_names(&names);
	err_set(e, -ENODEV, "%s: there is no such interface; there are: %s", name,
		buf_text(&names));
	buf_done(&names);
	return -ENODEV;
}

static int
activate_error(const char *name, pcap_t *p, int status, struct err *e)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return interfaces_known(name) ? permission_error(name, e)
					      : unknown_error(name, e);
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return unknown_error(name, e);
	case PCAP_ERROR_IFACE_NOT_UP:
		return err_set(e, -ENETDOWN,
			"%s: the interface is down; bring it up: sudo ip link set %s up", name,
			name);
	}
	return err_set(e, -EIO, "%s: cannot capture: %s%s%s", name, pcap_statustostr(status),
		*pcap_geterr(p) ? ": " : "", pcap_geterr(p));
}

static int
clock_error(const char *name, const char *clock, struct err *e)
{
	struct buf names;

	buf_init(&names, sizeof(e->text) / 2);
	interfaces_clocks(name, &names);
	err_set(e, -EINVAL,
		"--time-stamps %s: %s cannot do that; choose one it has, or none: %s", clock,
		name, names.n ? buf_text(&names) : "host");
	buf_done(&names);
	return -EINVAL;
}

/* The clock that stamps the packets. No word: libpcap's own choice, the kernel's. */
static int
set_clock(pcap_t *p, const char *name, const char *clock, struct err *e)
{
	int type = clock ? pcap_tstamp_type_name_to_val(clock) : 0;

	if (!clock || (type >= 0 && pcap_set_tstamp_type(p, type) == 0))
		return 0;
	return clock_error(name, clock, e);
}

static void
set_options(pcap_t *p, const char *name, const struct source_live_settings *s)
{
	/* These fail only on handles that are active already. */
	pcap_set_snaplen(p, (int)s->snaplen);
	pcap_set_promisc(p, s->promiscuous && strcmp(name, "any") != 0);
	pcap_set_timeout(p, (int)s->timeout_ms);
	/* In immediate mode libpcap takes TPACKET_V2: a slot and a wake-up for each packet. */
	pcap_set_immediate_mode(p, 0);
	pcap_set_buffer_size(p, (int)s->buffer_bytes);
	/* Refused where the kernel has microseconds only; then they are. */
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
}

static int
set_filter(pcap_t *p, const char *name, const char *bpf, struct err *e)
{
	struct bpf_program code;

	if (pcap_compile(p, &code, bpf, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return err_set(e, SOURCE_BAD_FILTER,
			"%s: the filter \"%s\" is not understood: %s", name, bpf,
			pcap_geterr(p));
	if (pcap_setfilter(p, &code) < 0) {
		pcap_freecode(&code);
		return err_set(
			e, -EIO, "%s: the filter cannot be set: %s", name, pcap_geterr(p));
	}
	pcap_freecode(&code);
	return 0;
}

static int
open_one(struct live_device *d, const char *name, const char *bpf,
	const struct source_live_settings *s, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE];
	int status;

	d->handle = pcap_create(name, why);
	if (!d->handle)
		return err_set(e, -EIO, "%s: cannot capture: %s", name, why);
	set_options(d->handle, name, s);
	status = set_clock(d->handle, name, s->time_stamps, e);
	if (status < 0)
		return status;
	status = pcap_activate(d->handle);
	if (status < 0)
		return activate_error(name, d->handle, status, e);
	if (status == PCAP_WARNING_TSTAMP_TYPE_NOTSUP)
		return clock_error(name, s->time_stamps, e);
	if (bpf && *bpf) {
		status = set_filter(d->handle, name, bpf, e);
		if (status < 0)
			return status;
	}
	if (pcap_setnonblock(d->handle, 1, why) < 0)
		return err_set(e, -EIO, "%s: cannot capture: %s", name, why);
	d->nano = pcap_get_tstamp_precision(d->handle) == PCAP_TSTAMP_PRECISION_NANO;
	d->link = (uint16_t)pcap_datalink(d->handle);
	d->fd = pcap_get_selectable_fd(d->handle);
	return 0;
}

/*
 * Puts the sockets into one group, packet(7): the kernel gives each packet to one of them by a
 * hash of its connection, the same for both directions, and to another one when that is full.
 * The first asks for a number that no other program uses.
 */
static int
join_group(const struct live_device *d, size_t n, const char *name, struct err *e)
{
	const int by_hash = (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_ROLLOVER) << 16;
	int group = by_hash | PACKET_FANOUT_FLAG_UNIQUEID << 16;

	for (size_t i = 0; i < n; i++) {
		int fd = pcap_fileno(d[i].handle);
		socklen_t len = sizeof(group);

		if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &group, sizeof(group)) < 0 ||
			(i == 0 && getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &group, &len) < 0))
			return err_set(e, -errno,
				"%s: its packets cannot be shared out over %zu sockets: %s; "
				"leave out --fanout",
				name, n, strerror(errno));
		group = by_hash | (group & 0xffff);
	}
	return 0;
}

int
live_device_open(struct live_device *d, uint16_t input, const char *name, const char *bpf,
	const struct source_live_settings *s, struct err *e)
{
	int code;

	for (size_t i = 0; i < s->fanout; i++) {
		d[i] = (struct live_device){
			.fd = -1, .input = input, .counts_interface = i == 0};
		code = open_one(&d[i], name, bpf, s, e);
		if (code < 0)
			return code;
	}
	if (s->fanout < 2)
		return 0;
	code = join_group(d, s->fanout, name, e);
	/* Until then every socket had every packet. The clock of an adapter is not ours. */
	for (size_t i = 0; i < s->fanout && !s->time_stamps; i++)
		d[i].since_ns = clock_wall_ns();
	return code;
}

void
live_device_close(struct live_device *d)
{
	if (d->handle)
		pcap_close(d->handle);
	d->handle = NULL;
	d->fd = -1;
}

void
live_device_drops(struct live_device *d, struct source_input *in)
{
	struct pcap_stat st;

	if (!d->handle || pcap_stats(d->handle, &st) < 0)
		return;
	in->kernel_drops += st.ps_drop - d->kernel_drops;
	d->kernel_drops = st.ps_drop;
	if (d->counts_interface)
		in->interface_drops += st.ps_ifdrop - d->interface_drops;
	d->interface_drops = st.ps_ifdrop;
}

void
live_device_describe(
	const struct live_device *d, const struct source_live_settings *s, struct buf *out)
{
	const char *link = pcap_datalink_val_to_name(d->link);
	int version = -1;
	socklen_t len = sizeof(version);

	if (!d->handle || getsockopt(pcap_fileno(d->handle), SOL_PACKET, PACKET_VERSION,
				  &version, &len) < 0)
		version = -1;
	buf_fmt(out, "link type %s, ring of %u KiB", link ? link : "unknown",
		s->buffer_bytes / 1024);
	if (version >= 0)
		buf_fmt(out, " (TPACKET_V%d)", version + 1); /* packet(7): V1 is 0 */
	if (s->fanout > 1)
		buf_fmt(out, " in each of %u sockets", s->fanout);
	buf_fmt(out, ", time stamps: %s, %s", s->time_stamps ? s->time_stamps : "host",
		d->nano ? "nanoseconds" : "microseconds");
}
