#include "capture/source.h"
#include "capture/source_impl.h"
#include "capture/bpf.h"
#include "capture/interfaces.h"
#include "capture/live_device.h"
#include "base/arena.h"
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

const struct source_live_settings source_live_defaults = {
	.snaplen = 262144,
	.buffer_bytes = 32 << 20,
	.timeout_ms = 100,
	.merge_ms = 40,
	.fanout = 1,
	.promiscuous = true,
};

enum {
	STORE_BYTES = 256 * 1024, /* frames lent out at once: so much, and one more */
	DRAIN_MS = 3000 /* after a stop, what came before it is read for so long at most */
};

/*
 * A socket, and the frame that was read from it but is not yet handed over: with several
 * sockets it may be another's turn.
 */
struct reader {
	struct live_device *dev;
	bool past; /* what comes now is from after the stop */
	bool have;
	struct frame head; /* its bytes are in `bytes` */
	struct buf bytes;
};

struct source_live {
	struct source base;
	struct source_live_settings settings;
	struct live_device *devices; /* settings.fanout an input */
	struct reader *readers;      /* one each */
	size_t n_readers;
	struct pollfd *fds;            /* one each, and the stop_fd */
	int64_t stop_ns, stop_mono_ns; /* when source_stop() was noticed */
	struct buf news;               /* lines not yet asked for */
	uint8_t *store;                /* the bytes of the frames lent out */
	size_t store_used;
};

/* One round of handing over. */
struct round {
	struct source_live *s;
	struct reader *r; /* being read */
	struct frame *ret;
	size_t n, max;
	int64_t until_ns; /* frames up to this time may be handed over */
};

static bool
is_full(const struct round *o)
{
	return o->n == o->max || o->s->store_used >= STORE_BYTES;
}

/*
 * Frames are copied out of the ring: libpcap gives a block back to the kernel before it returns
 * from the last frame in it, and when the ring is full the kernel writes there at once. A few
 * of them at a time stay in the cache, so that the copy is the first look at them and no more.
 */
static void
hand_over(struct round *o, const struct frame *f)
{
	struct frame *to = &o->ret[o->n++];
	uint8_t *at = o->s->store + o->s->store_used;

	memcpy(at, f->data.p, f->data.n);
	*to = *f;
	to->data.p = at;
	to->packet = ++o->s->base.inputs[f->input].packets;
	o->s->store_used += f->data.n;
}

static void
keep_head(struct reader *r, const struct frame *f)
{
	buf_clear(&r->bytes);
	buf_add(&r->bytes, f->data);
	r->head = *f;
	r->head.data = buf_bytes(&r->bytes);
	r->have = true;
}

static void
on_packet(uint8_t *user, const struct pcap_pkthdr *h, const uint8_t *data)
{
	struct round *o = (struct round *)user;
	const struct live_device *d = o->r->dev;
	/* libpcap may have put a VLAN tag into a frame that has snaplen bytes. */
	uint32_t n = h->caplen < o->s->settings.snaplen ? h->caplen : o->s->settings.snaplen;
	struct frame f = {
		.data = {data, n},
		.wire_len = h->len > n ? h->len : n,
		.ts_ns = h->ts.tv_sec * NS_PER_S + h->ts.tv_usec * (d->nano ? 1 : 1000),
		.input = d->input,
		.link = d->link,
	};

	o->r->past = o->r->past || (o->s->stop_ns && f.ts_ns > o->s->stop_ns);
	if (o->r->past || f.ts_ns < d->since_ns)
		; /* none of ours */
	else if (f.ts_ns > o->until_ns)
		keep_head(o->r, &f);
	else
		hand_over(o, &f);
	if (o->r->past || o->s->store_used >= STORE_BYTES)
		pcap_breakloop(d->handle);
}

/* The device is gone, or libpcap gave up on it: the others go on. */
static void
break_reader(struct source_live *s, struct reader *r)
{
	struct source_input *in = &s->base.inputs[r->dev->input];
	struct err line;

	live_device_drops(r->dev, in);
	err_set(&line, -EIO, "%s: packet %llu: the capture ended: %s", in->name,
		(unsigned long long)in->packets + 1, pcap_geterr(r->dev->handle));
	memcpy(in->text, line.text, sizeof(in->text));
	in->broken = true;
	live_device_close(r->dev);
	if (s->base.n_inputs > 1) /* this is told at the end too, but who knows when that is */
		buf_fmt(&s->news, "%s\n", line.text);
}

/* May it still give frames? */
static bool
is_open(const struct reader *r)
{
	return r->dev->handle && !r->past;
}

/* Reads up to n frames of one socket. */
static void
read_frames(struct round *o, struct reader *r, size_t n)
{
	int code;

	o->r = r;
	code = pcap_dispatch(r->dev->handle, (int)n, on_packet, (uint8_t *)o);
	if (code < 0 && code != PCAP_ERROR_BREAK)
		break_reader(o->s, r);
}

/*
 * Of the frames that wait, the earliest; *ret_next_ns: the time of the one after it. A socket
 * without one may yet show an earlier one: its block is closed after at most merge_ms / 2, so
 * what is older than merge_ms need not wait. NULL: none, or none yet.
 */
static struct reader *
earliest(struct source_live *s, int64_t *ret_next_ns)
{
	struct reader *best = NULL;
	bool complete = true;
	int64_t now_ns;

	*ret_next_ns = INT64_MAX;
	for (size_t i = 0; i < s->n_readers; i++) {
		struct reader *r = &s->readers[i];

		complete = complete && (r->have || !is_open(r));
		if (!r->have)
			continue;
		if (!best || r->head.ts_ns < best->head.ts_ns) {
			*ret_next_ns = best ? best->head.ts_ns : INT64_MAX;
			best = r;
		} else if (r->head.ts_ns < *ret_next_ns) {
			*ret_next_ns = r->head.ts_ns;
		}
	}
	if (!best || complete)
		return best;
	now_ns = clock_wall_ns();
	/* A time ahead of ours is another clock's: no waiting for it. */
	if (best->head.ts_ns <= now_ns) {
		now_ns -= s->settings.merge_ms * NS_PER_MS;
		if (best->head.ts_ns > now_ns)
			return NULL;
		if (now_ns < *ret_next_ns)
			*ret_next_ns = now_ns;
	}
	return best;
}

static void
fill_heads(struct round *o)
{
	o->until_ns = INT64_MIN;
	for (size_t i = 0; i < o->s->n_readers; i++)
		if (is_open(&o->s->readers[i]) && !o->s->readers[i].have)
			read_frames(o, &o->s->readers[i], 1);
}

/* Several sockets: in the order of time, as far as it is known. They are asked for one frame at
 * a time, so that at most one of each is kept. */
static void
merge(struct round *o)
{
	struct reader *r;
	int64_t next_ns;

	fill_heads(o);
	while (!is_full(o) && (r = earliest(o->s, &next_ns))) {
		r->have = false;
		hand_over(o, &r->head);
		o->until_ns = next_ns;
		while (is_open(r) && !r->have && !is_full(o)) {
			size_t before = o->n;

			read_frames(o, r, 1);
			if (o->n == before && !r->have)
				break; /* nothing there now */
		}
	}
}

static size_t
hand_round(struct source_live *s, struct frame *ret, size_t max)
{
	struct round o = {.s = s, .ret = ret, .max = max, .until_ns = INT64_MAX};

	s->store_used = 0;
	if (s->n_readers > 1)
		merge(&o);
	else if (is_open(s->readers))
		read_frames(&o, s->readers, max);
	return o.n;
}

/* Went an interface down, or came up again? */
static void
look_at_interfaces(struct source_live *s)
{
	for (size_t i = 0; i < s->base.n_inputs; i++) {
		struct source_input *in = &s->base.inputs[i];
		const struct live_device *d = &s->devices[i * s->settings.fanout];
		bool down = d->handle && interfaces_down(in->name);

		if (down == in->down)
			continue;
		in->down = down;
		if (d->handle)
			buf_fmt(&s->news, "%s: packet %llu: the interface %s\n", in->name,
				(unsigned long long)in->packets + 1,
				down ? "went down; the capture waits for it" : "is up again");
	}
}

/* Waits for packets; not on the sockets that have one that waits for its turn. */
static void
wait_for_packets(struct source_live *s, int64_t until_ns)
{
	int64_t left_ns = until_ns - clock_mono_ns();
	int ms = left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;
	bool look = false;

	for (size_t i = 0; i < s->n_readers; i++) {
		const struct reader *r = &s->readers[i];

		s->fds[i] = (struct pollfd){
			.fd = r->have || r->past ? -1 : r->dev->fd, .events = POLLIN};
		if (r->have && ms > (int)s->settings.merge_ms)
			ms = (int)s->settings.merge_ms;
	}
	s->fds[s->n_readers].fd = s->stop_ns ? -1 : s->base.stop_fd;
	if (poll(s->fds, s->n_readers + 1, ms) <= 0)
		look = true; /* a time without packets: it costs nobody */
	for (size_t i = 0; i < s->n_readers; i++)
		look = look || s->fds[i].revents & (POLLERR | POLLHUP);
	if (look)
		look_at_interfaces(s);
}

/*
 * source_stop() was called: what came before it may be in a block of the ring that the kernel
 * closes only after timeout_ms. Returns until when to wait.
 */
static int64_t
begin_stop(struct source_live *s)
{
	if (!s->stop_ns) {
		s->stop_ns = clock_wall_ns();
		s->stop_mono_ns = clock_mono_ns();
	}
	return s->stop_mono_ns + (s->settings.timeout_ms + 10) * NS_PER_MS;
}

static bool
has_ended(const struct source_live *s)
{
	if (s->stop_ns && clock_mono_ns() - s->stop_mono_ns > DRAIN_MS * NS_PER_MS)
		return true;
	for (size_t i = 0; i < s->n_readers; i++)
		if (is_open(&s->readers[i]) || s->readers[i].have)
			return false;
	return true;
}

static int
live_batch(struct source *base, struct frame *ret, size_t max)
{
	size_t n;
	struct source_live *s = (struct source_live *)base;
	int64_t until_ns = 0;

	for (;;) {
		if (base->stop)
			until_ns = begin_stop(s);
		if (has_ended(s))
			return -ENODATA;
		n = hand_round(s, ret, max);
		if (n > 0)
			return (int)n;
		if (!until_ns)
			until_ns = clock_mono_ns() + s->settings.timeout_ms * NS_PER_MS;
		else if (clock_mono_ns() >= until_ns)
			return s->stop_ns ? -ENODATA : 0;
		wait_for_packets(s, until_ns);
	}
}

static int
live_next(struct source *base, struct frame *ret)
{
	return live_batch(base, ret, 1);
}

static void
live_stats(struct source *base)
{
	struct source_live *s = (struct source_live *)base;

	for (size_t i = 0; i < s->n_readers; i++)
		live_device_drops(&s->devices[i], &base->inputs[s->devices[i].input]);
}

static bool
live_news(struct source *base, struct buf *out)
{
	struct source_live *s = (struct source_live *)base;
	bool any = s->news.n > 0;

	if (any)
		buf_add(out, buf_bytes(&s->news));
	buf_clear(&s->news);
	return any;
}

static void
live_describe(const struct source *base, size_t i, struct buf *out)
{
	const struct source_live *s = (const struct source_live *)base;

	live_device_describe(&s->devices[i * s->settings.fanout], &s->settings, out);
}

static void
live_free(struct source *base)
{
	struct source_live *s = (struct source_live *)base;

	for (size_t i = 0; i < s->n_readers; i++) {
		live_device_close(&s->devices[i]);
		buf_done(&s->readers[i].bytes);
	}
	free(s->readers);
	free(s->devices);
	free(s->fds);
	buf_done(&s->news);
	free(s->store);
}

static const struct source_ops live_ops = {.next = live_next,
	.batch = live_batch,
	.stats = live_stats,
	.news = live_news,
	.describe = live_describe,
	.free = live_free};

static int
open_devices(struct source_live *s, size_t n, const char *bpf, struct err *e)
{
	struct source_live_settings each = s->settings;

	s->n_readers = n * each.fanout;
	s->devices = mem_get(s->n_readers * sizeof(*s->devices));
	s->readers = mem_get(s->n_readers * sizeof(*s->readers));
	s->fds = mem_get((s->n_readers + 1) * sizeof(*s->fds));
	s->fds[s->n_readers] = (struct pollfd){.fd = s->base.stop_fd, .events = POLLIN};
	s->store = mem_get(STORE_BYTES + each.snaplen);
	for (size_t i = 0; i < s->n_readers; i++) {
		s->readers[i].dev = &s->devices[i];
		buf_init(&s->readers[i].bytes, SIZE_MAX);
	}
	if (s->n_readers > 1 && each.timeout_ms > s->settings.merge_ms / 2)
		each.timeout_ms = s->settings.merge_ms > 1 ? s->settings.merge_ms / 2 : 1;
	for (size_t i = 0; i < n; i++) {
		int code = live_device_open(&s->devices[i * each.fanout], (uint16_t)i,
			s->base.inputs[i].name, bpf, &each, e);

		if (code < 0)
			return code;
	}
	return 0;
}

static int
check_settings(size_t n, const struct source_live_settings *s, struct err *e)
{
	if (n == 0 || n > UINT16_MAX)
		return err_set(e, -EINVAL,
			"%zu interfaces: between 1 and %d can be captured from", n, UINT16_MAX);
	if (s->fanout < 1 || s->fanout > LIVE_FANOUT_MAX)
		return err_set(e, -EINVAL, "--fanout %u: give a number of sockets from 1 to %d",
			s->fanout, LIVE_FANOUT_MAX);
	if (s->buffer_bytes > INT_MAX || s->snaplen > INT_MAX || s->timeout_ms > INT_MAX)
		return err_set(e, -EINVAL,
			"live.buffer_bytes, live.snaplen and live.timeout_ms: at most %d",
			INT_MAX);
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

	if (!settings)
		settings = &source_live_defaults;
	code = check_settings(n, settings, e);
	if (code == 0 && bpf && *bpf)
		code = bpf_check(bpf, e);
	if (code < 0)
		return code;
	s = mem_get(sizeof(*s));
	base = &s->base;
	s->settings = *settings;
	buf_init(&s->news, SIZE_MAX);
	base->drains = true;
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
