#include "capture/source.h"
#include "capture/source_impl.h"
#include "capture/bpf.h"
#include "capture/interfaces.h"
#include "base/arena.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

const struct source_live_settings source_live_defaults = {
	.snaplen = 262144,
	.buffer_bytes = 16 << 20,
	.timeout_ms = 100,
	.promiscuous = true,
};

struct device {
	pcap_t *handle; /* NULL: it broke */
	struct frame frame;
	bool have; /* frame is set, and waits for its turn */
	bool nano;
	uint16_t link;
	uint64_t number; /* of the packet read last */
};

struct source_live {
	struct source base;
	struct source_live_settings settings;
	struct device *devices; /* one an input */
	struct pollfd *fds;     /* one each, and the stop_fd */
};

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

static void
set_options(pcap_t *p, const char *name, const struct source_live_settings *s)
{
	/* These fail only on handles that are active already. */
	pcap_set_snaplen(p, (int)s->snaplen);
	pcap_set_promisc(p, s->promiscuous && strcmp(name, "any") != 0);
	pcap_set_timeout(p, (int)s->timeout_ms);
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
open_device(struct source_live *s, size_t i, const char *bpf, struct err *e)
{
	struct device *d = &s->devices[i];
	const char *name = s->base.inputs[i].name;
	char why[PCAP_ERRBUF_SIZE];
	int status;

	d->handle = pcap_create(name, why);
	if (!d->handle)
		return err_set(e, -EIO, "%s: cannot capture: %s", name, why);
	set_options(d->handle, name, &s->settings);
	status = pcap_activate(d->handle);
	if (status < 0)
		return activate_error(name, d->handle, status, e);
	if (bpf && *bpf) {
		status = set_filter(d->handle, name, bpf, e);
		if (status < 0)
			return status;
	}
	if (pcap_setnonblock(d->handle, 1, why) < 0)
		return err_set(e, -EIO, "%s: cannot capture: %s", name, why);
	d->nano = pcap_get_tstamp_precision(d->handle) == PCAP_TSTAMP_PRECISION_NANO;
	d->link = (uint16_t)pcap_datalink(d->handle);
	s->fds[i] = (struct pollfd){.fd = pcap_get_selectable_fd(d->handle), .events = POLLIN};
	return 0;
}

static void
read_drops(struct source_live *s, size_t i)
{
	struct pcap_stat st;

	if (!s->devices[i].handle || pcap_stats(s->devices[i].handle, &st) < 0)
		return;
	s->base.inputs[i].kernel_drops = st.ps_drop;
	s->base.inputs[i].interface_drops = st.ps_ifdrop;
}

/* The device is gone, or libpcap gave up on it: the others go on. */
static void
break_device(struct source_live *s, size_t i)
{
	struct source_input *in = &s->base.inputs[i];
	struct device *d = &s->devices[i];
	struct err line;

	read_drops(s, i);
	err_set(&line, -EIO, "%s: packet %llu: the capture ended: %s", in->name,
		(unsigned long long)d->number + 1, pcap_geterr(d->handle));
	memcpy(in->text, line.text, sizeof(in->text));
	in->broken = true;
	pcap_close(d->handle);
	d->handle = NULL;
	s->fds[i].fd = -1;
}

static void
read_device(struct source_live *s, size_t i)
{
	struct device *d = &s->devices[i];
	struct pcap_pkthdr *h;
	const uint8_t *data;
	int r = pcap_next_ex(d->handle, &h, &data);

	if (r < 0)
		break_device(s, i);
	if (r <= 0)
		return;
	d->have = true;
	d->frame = (struct frame){
		.data = {data, h->caplen},
		.wire_len = h->len > h->caplen ? h->len : h->caplen,
		.ts_ns = h->ts.tv_sec * NS_PER_S + h->ts.tv_usec * (d->nano ? 1 : 1000),
		.packet = ++d->number,
		.input = (uint16_t)i,
		.link = d->link,
	};
}

/* Of the frames that can be read now, the earliest; or NULL. *ret_alive: does any device still
 * work? */
static struct device *
earliest(struct source_live *s, bool *ret_alive)
{
	struct device *best = NULL;

	*ret_alive = false;
	for (size_t i = 0; i < s->base.n_inputs; i++) {
		struct device *d = &s->devices[i];

		if (d->handle && !d->have)
			read_device(s, i);
		*ret_alive = *ret_alive || d->handle;
		if (d->have && (!best || d->frame.ts_ns < best->frame.ts_ns))
			best = d;
	}
	return best;
}

static int
live_next(struct source *base, struct frame *ret)
{
	struct source_live *s = (struct source_live *)base;
	bool alive;
	struct device *d = earliest(s, &alive);

	if (!d && alive) {
		poll(s->fds, base->n_inputs + 1, (int)s->settings.timeout_ms);
		if (base->stop)
			return -ENODATA;
		d = earliest(s, &alive);
	}
	if (!d)
		return alive ? 0 : -ENODATA;
	d->have = false;
	*ret = d->frame;
	base->inputs[ret->input].packets++;
	return 1;
}

static void
live_stats(struct source *base)
{
	for (size_t i = 0; i < base->n_inputs; i++)
		read_drops((struct source_live *)base, i);
}

static void
live_free(struct source *base)
{
	struct source_live *s = (struct source_live *)base;

	for (size_t i = 0; s->devices && i < base->n_inputs; i++)
		if (s->devices[i].handle)
			pcap_close(s->devices[i].handle);
	free(s->devices);
	free(s->fds);
}

static const struct source_ops live_ops = {
	.next = live_next, .stats = live_stats, .free = live_free};

static int
open_devices(struct source_live *s, size_t n, const char *bpf, struct err *e)
{
	s->devices = mem_get(n * sizeof(*s->devices));
	s->fds = mem_get((n + 1) * sizeof(*s->fds));
	s->fds[n] = (struct pollfd){.fd = s->base.stop_fd, .events = POLLIN};
	for (size_t i = 0; i < n; i++) {
		int code = open_device(s, i, bpf, e);

		if (code < 0)
			return code;
	}
	return 0;
}

int
source_open_live(const char *const *names, size_t n, const char *bpf,
	const struct source_live_settings *settings, struct source **ret, struct err *e)
{
	struct source_live *s;
	struct source *base;
	struct err why = {0};
	int code;

	if (n == 0 || n > UINT16_MAX)
		return err_set(e, -EINVAL,
			"%zu interfaces: between 1 and %d can be captured from", n, UINT16_MAX);
	if (bpf && *bpf && (code = bpf_check(bpf, e)) < 0)
		return code;
	s = mem_get(sizeof(*s));
	base = &s->base;
	s->settings = settings ? *settings : source_live_defaults;
	code = source_init(base, &live_ops, names, n, true, &why);
	if (code == 0)
		code = open_devices(s, n, bpf, &why);
	if (code < 0) {
		source_free(&base);
		if (e)
			*e = why;
		return code;
	}
	*ret = base;
	return 0;
}
