#include "pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "capture/span.h"
#include "dissectors/dns/dns.h"
#include "dissectors/driver.h"
#include "dissectors/tls/keylog.h"
#include "guess/guess.h"
#include "pipeline_handover.h"

enum {
	LOOK_EVERY = 1024,  /* packets between two looks at clock, pipes and progress */
	BATCH = 32,         /* packets taken from the source at once */
	GROWTH_MOST = 32,   /* what is known of an event takes at most so many times its size */
	CEILING_SHARE = 16, /* near the ceiling: less than one in so many bytes is left */
};
#define BEHIND_NS (50 * NS_PER_MS) /* live: so long, once, the collector is waited for */

struct pipeline {
	const struct pipeline_settings *set;
	struct source *src;
	struct dumper *dumper;
	struct packet_decoder *decoder;
	struct guess *guess;
	struct driver *driver;
	struct streams *streams;
	struct collector *collector;
	struct handover *handover; /* the collector has a thread of its own; or NULL */
	struct run_stats read;     /* what is counted here */
	struct span span;          /* time of the packets */
	struct pipeline_result *result;
	unsigned wants;
	int64_t started_mono_ns, next_stats_ns, next_progress_ns, next_tick_ns, next_dump_ns;
	int64_t silent_mono_ns; /* live: since when no packet came; 0: they come */
	bool live, progress_shown;
	bool in_step; /* memory is short: see make_ready() */
	bool behind;  /* live: the collector does not keep up, packets are left out */
};

/* Of what stands left of the collector. */
static size_t
memory_read(const struct pipeline *p)
{
	return streams_memory(p->streams) + driver_counts(p->driver)->memory_bytes +
	       packet_memory(p->decoder) + (p->set->keylog ? keylog_memory(p->set->keylog) : 0);
}

static size_t
memory_held(const struct pipeline *p)
{
	return memory_read(p) +
	       (p->handover ? handover_memory(p->handover) : collector_memory(p->collector));
}

/* What malloc() adds to the pieces and cannot give back of them was 15 to 35 % in floods. */
static size_t
with_overhead(size_t bytes)
{
	return bytes + bytes / 3;
}

static bool
over_ceiling(const struct pipeline *p)
{
	return with_overhead(memory_held(p)) > p->set->memory_bytes;
}

/*
 * May the ceiling be met before the collector's memory is known again? What is on its way to it
 * may become so many times its size there; live, where it counts as it is, this is only found
 * out later.
 */
static bool
near_ceiling(const struct pipeline *p)
{
	size_t on_way = handover_bytes(p->handover) * (p->live ? 1 : GROWTH_MOST);

	return with_overhead(memory_held(p) + on_way) >
	       p->set->memory_bytes - p->set->memory_bytes / CEILING_SHARE;
}

/* Live nobody waits for long, and after that not again before the collector is there. */
static int64_t
patience_ns(const struct pipeline *p)
{
	return !p->live ? -1 : p->behind ? 0 : BEHIND_NS;
}

/*
 * Before a batch of packets. Near the ceiling both threads go in step: after each batch what is
 * held is known, so that who has to go is the same for any number of threads. False, live only:
 * the packets must be left out.
 */
static bool
make_ready(struct pipeline *p)
{
	struct handover *h = p->handover;

	if (!h)
		return true;
	p->in_step = near_ceiling(p);
	if (p->live && (p->in_step || handover_full(h))) {
		p->behind = !handover_join(h, patience_ns(p));
		handover_apart(h);
		return !p->behind;
	}
	p->behind = false;
	return true;
}

/* One more session or connection goes. */
static bool
forget_one(struct pipeline *p)
{
	if (collector_shed(p->collector))
		return true;
	if (p->handover)
		handover_apart(p->handover); /* memory goes where it came from */
	return streams_evict(p->streams);
}

/*
 * Below the ceiling again: sessions that only wait for others to change their verdict end
 * first, then the connections that were silent longest. All else has a share of its own that it
 * keeps.
 */
static void
keep_ceiling(struct pipeline *p)
{
	struct handover *h = p->handover;

	if (h && !p->in_step)
		return;
	while ((!h || handover_join(h, patience_ns(p))) && over_ceiling(p) && forget_one(p))
		;
	if (h)
		handover_apart(h);
}

static void
take_stats(struct pipeline *p)
{
	const struct stream_counts *sc = streams_counts(p->streams);
	const struct packet_counts *pc = packet_counts(p->decoder);
	struct run_stats *st = &p->read;

	if (p->live)
		source_stats(p->src);
	st->kernel_drops = st->interface_drops = 0;
	for (size_t i = 0; i < source_inputs(p->src); i++) {
		st->kernel_drops += source_input(p->src, i)->kernel_drops;
		st->interface_drops += source_input(p->src, i)->interface_drops;
	}
	st->first_ns = p->span.first_ns;
	st->last_ns = p->span.last_ns;
	st->broken_stamps = p->span.broken;
	st->ts_ns = st->last_ns ? st->last_ns : clock_wall_ns();
	st->elapsed_ns = clock_mono_ns() - p->started_mono_ns;
	st->flows = sc->flows;
	st->flows_now = sc->flows_now;
	st->evictions = sc->evicted + pc->fragments_evicted;
	st->timeouts = sc->timeouts;
	st->gaps = sc->gaps;
	st->gap_bytes = sc->gap_bytes;
	st->syn_only = sc->syn_only;
	st->fragments_dropped = pc->fragments_dropped;
	st->malformed = pc->malformed;
	st->unknown_link = pc->unknown_link;
	st->memory_bytes = memory_read(p);
}

static void
tell_stats(struct pipeline *p, unsigned want)
{
	take_stats(p);
	if (p->handover)
		handover_stats(p->handover, &p->read, p->src, want);
	else
		collector_stats(p->collector, &p->read, want);
}

static void
show_progress(struct pipeline *p)
{
	uint64_t read = 0, total = 0;

	for (size_t i = 0; i < source_inputs(p->src); i++) {
		read += source_input(p->src, i)->bytes_read;
		total += source_input(p->src, i)->bytes_total;
	}
	if (!total)
		return;
	fprintf(stderr, "\rread %3.0f%%, %llu packets, %llu mail sessions",
		100.0 * (double)read / (double)total, (unsigned long long)p->read.packets,
		(unsigned long long)driver_counts(p->driver)->mail);
	fflush(stderr);
	p->progress_shown = true;
}

/* Now and then: time, statistics, progress. `now_ns` is packet time in files and wall time
 * live. */
static void
look_around(struct pipeline *p, int64_t now_ns)
{
	if (p->set->stats_ns && (p->wants & WANT_STATS)) {
		if (!p->next_stats_ns)
			p->next_stats_ns = now_ns + p->set->stats_ns;
		if (now_ns >= p->next_stats_ns) {
			p->next_stats_ns = now_ns + p->set->stats_ns;
			tell_stats(p, WANT_STATS);
		}
	}
	if ((p->wants & WANT_TICK) && clock_mono_ns() >= p->next_tick_ns) {
		p->next_tick_ns = clock_mono_ns() + NS_PER_S / 20;
		tell_stats(p, WANT_TICK);
	}
	if (p->set->progress && clock_mono_ns() >= p->next_progress_ns) {
		p->next_progress_ns = clock_mono_ns() + NS_PER_S / 5;
		if (clock_mono_ns() - p->started_mono_ns > NS_PER_S)
			show_progress(p);
	}
}

static void
dump_failed(struct pipeline *p, const struct err *e)
{
	fprintf(stderr, "error: %s\n", e->text);
	p->result->output_broken = true;
	p->dumper = NULL;
}

static void
dump_frame(struct pipeline *p, const struct frame *f)
{
	struct err e; /* large: nothing is written into it for a packet that is well */

	if (dumper_add(p->dumper, f, &e) < 0)
		dump_failed(p, &e);
}

/* Live: who reads the file meanwhile is a second behind at most. */
static void
dump_flush(struct pipeline *p)
{
	struct err e = {0};

	if (!p->dumper || clock_mono_ns() < p->next_dump_ns)
		return;
	p->next_dump_ns = clock_mono_ns() + NS_PER_S;
	if (dumper_flush(p->dumper, &e) < 0)
		dump_failed(p, &e);
}

/* Live, time passes without packets too; in files it is that of the packets. */
static bool
limit_reached(const struct pipeline *p, int64_t packet_ns)
{
	int64_t span_ns;

	if (p->set->max_packets && p->read.packets >= p->set->max_packets)
		return true;
	if (!p->set->duration_ns)
		return false;
	/* A stamp that may be broken ends nothing. */
	if (!p->live && (!p->span.believed ||
				!span_near(packet_ns, p->span.now_ns, p->set->stream.leap_ns)))
		return false;
	span_ns = p->live ? clock_mono_ns() - p->started_mono_ns : packet_ns - p->span.first_ns;
	return span_ns >= p->set->duration_ns;
}

static void
count_frame(struct pipeline *p, const struct frame *f)
{
	p->read.packets++;
	p->read.bytes += f->wire_len;
	span_add(&p->span, f->ts_ns, p->set->stream.leap_ns);
	if (p->dumper)
		dump_frame(p, f);
}

/* What the input itself holds of secrets; it stands before the packets that need it. */
static void
take_secrets(struct pipeline *p, const struct frame *f, size_t n)
{
	for (size_t i = 0; i < n && p->set->keylog; i++) {
		struct buf text;

		if (!source_input(p->src, f[i].input)->secrets.n)
			continue;
		buf_init(&text, SIZE_MAX);
		source_secrets(p->src, f[i].input, &text);
		keylog_text(p->set->keylog, buf_bytes(&text));
		buf_wipe(&text);
	}
}

/* True when that was enough. */
static bool
take_batch(struct pipeline *p, const struct frame *f, size_t n)
{
	struct segment segs[BATCH];
	enum packet_result what;
	bool ready = make_ready(p);
	size_t k = 0, i;

	take_secrets(p, f, n);
	for (i = 0; i < n && !limit_reached(p, f[i].ts_ns); i++) {
		count_frame(p, &f[i]);
		p->read.program_drops += !ready;
		if (!ready)
			continue;
		what = packet_decode(p->decoder, &f[i], &segs[k]);
		if (what == PACKET_UDP && segs[k].src.port == DNS_PORT) {
			/* In its turn: what it says may be asked for by what follows. */
			streams_add_all(p->streams, segs, k);
			driver_datagram(p->driver, &segs[k]);
			k = 0;
		}
		if (what != PACKET_TCP)
			continue;
		if (packet_lasting(&f[i], &segs[k++]))
			continue;
		streams_add_all(p->streams, segs, k);
		k = 0;
	}
	streams_add_all(p->streams, segs, k);
	keep_ceiling(p);
	return i < n;
}

static void
tell_news(struct pipeline *p)
{
	struct buf news, line;
	struct bytes rest;

	buf_init(&news, SIZE_MAX);
	buf_init(&line, SIZE_MAX);
	source_news(p->src, &news);
	rest = buf_bytes(&news);
	while (rest.n && !p->set->quiet) {
		size_t n = bytes_find(rest, '\n');

		buf_clear(&line);
		buf_add(&line, bytes_sub(rest, 0, n));
		pipeline_complain("warning", buf_text(&line));
		rest = bytes_from(rest, n + 1);
	}
	buf_done(&line);
	buf_done(&news);
}

/* What the capture missed, and whose fault it was. */
static void
tell_drops(const struct pipeline *p)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	for (size_t i = 0; i < source_inputs(p->src); i++) {
		const struct source_input *in = source_input(p->src, i);

		buf_clear(&line);
		buf_fmt(&line,
			"%s: %llu packets taken, %llu dropped by the kernel, %llu by the "
			"interface",
			in->name, (unsigned long long)in->packets,
			(unsigned long long)in->kernel_drops,
			(unsigned long long)in->interface_drops);
		if (in->kernel_drops)
			buf_str(&line,
				"; a larger --buffer helps against bursts, a filter (-f) "
				"against load");
		pipeline_complain(in->kernel_drops ? "warning" : "capture", buf_text(&line));
	}
	if (p->read.program_drops) {
		buf_clear(&line);
		buf_fmt(&line,
			"%llu packets left out, because findings and output did not keep up",
			(unsigned long long)p->read.program_drops);
		pipeline_complain("warning", buf_text(&line));
	}
	if (p->read.evictions) {
		buf_clear(&line);
		buf_fmt(&line,
			"%llu connections given up early for lack of memory; --memory sets it",
			(unsigned long long)p->read.evictions);
		pipeline_complain("warning", buf_text(&line));
	}
	buf_done(&line);
}

/* While nothing comes, time goes on from that of the last packet: its clock may be an
 * adapter's. */
static void
live_time(struct pipeline *p, int rc)
{
	if (rc || !p->span.last_ns) {
		p->silent_mono_ns = 0;
		return;
	}
	if (!p->silent_mono_ns)
		p->silent_mono_ns = clock_mono_ns();
	if (make_ready(p))
		streams_tick(p->streams, p->span.last_ns + clock_mono_ns() - p->silent_mono_ns);
}

/* Live, what was found out does not wait in our buffers either. */
static bool
nobody_reads(struct pipeline *p)
{
	return p->handover ? handover_broken(p->handover) : !collector_flush(p->collector);
}

static void
pump(struct pipeline *p)
{
	struct frame f[BATCH];
	uint64_t look = LOOK_EVERY;
	int rc;

	while ((rc = source_batch(p->src, f, BATCH)) >= 0) {
		if (p->live)
			live_time(p, rc);
		if (take_batch(p, f, (size_t)rc))
			break;
		if (p->live && p->handover)
			handover_flush(p->handover);
		/* Live, less than was asked for: there is time to look around. */
		if (rc && p->read.packets < look && (!p->live || rc == BATCH))
			continue;
		look = p->read.packets + LOOK_EVERY;
		if (p->live) {
			dump_flush(p);
			tell_news(p);
		}
		look_around(p, p->live ? clock_wall_ns() : p->span.last_ns);
		if (nobody_reads(p) || limit_reached(p, p->span.last_ns))
			break;
	}
	if (p->progress_shown)
		fputs("\r\033[K", stderr);
}

static void
begin_workers(struct pipeline *p)
{
	struct handover_settings set = {
		.queue_bytes = p->live ? p->set->live_queue_bytes : p->set->queue_bytes,
		.open_messages = p->set->model.open_messages,
		.digests = collector_wants_digests(p->collector),
		.bodies = p->wants & WANT_EVENT,
		.live = p->live};

	p->handover = handover_new(&set, p->collector);
	if (handover_joined(p->handover))
		pipeline_complain("warning", "no second thread can be had; going on with one");
}

static void
build(struct pipeline *p, struct sink *const *sinks, size_t n_sinks)
{
	p->collector = collector_new(p->set, p->src, sinks, n_sinks, p->set->workers == 1);
	p->wants = collector_wants(p->collector);
	p->guess = guess_new();
	p->decoder = packet_new(&p->set->packet);
}

static bool
read_again(void *user, uint16_t input, uint64_t at, uint8_t *to, size_t n)
{
	return source_again(user, input, at, to, n);
}

/* The left half, once it is known whom it talks to. */
static void
build_streams(struct pipeline *p)
{
	struct driver_sink ds;
	struct stream_sink ss;

	if (p->set->workers > 1)
		begin_workers(p);
	ds = p->handover ? handover_sink(p->handover) : collector_sink(p->collector);
	p->driver = driver_new(&p->set->dissect, p->guess, &ds);
	driver_set_keylog(p->driver, p->set->keylog);
	ss = driver_stream_sink(p->driver);
	p->streams = streams_new(&p->set->stream, mail_ports, &ss);
	streams_set_again(p->streams, &(struct stream_again){p->src, read_again});
}

static void
tear_down(struct pipeline *p)
{
	streams_free(&p->streams);
	handover_free(&p->handover);
	driver_free(&p->driver);
	guess_free(&p->guess);
	collector_free(&p->collector);
	packet_free(&p->decoder);
}

/* All that is left is ended in order, and told. */
static void
finish(struct pipeline *p)
{
	if (p->handover)
		handover_wait(p->handover);
	streams_end(p->streams);
	handover_free(&p->handover);
	take_stats(p);
	collector_finish(p->collector, &p->read, p->result);
	if (p->live && !p->set->quiet)
		tell_drops(p);
}

void
pipeline_run(const struct pipeline_settings *set, struct source *src, struct sink *const *sinks,
	size_t n_sinks, struct dumper *dumper, struct pipeline_result *ret)
{
	struct pipeline p = {.set = set,
		.src = src,
		.dumper = dumper,
		.result = ret,
		.live = source_input(src, 0)->live,
		.started_mono_ns = clock_mono_ns()};

	*ret = (struct pipeline_result){0};
	build(&p, sinks, n_sinks);
	if (collector_begin(p.collector, ret)) {
		build_streams(&p);
		pump(&p);
		finish(&p);
	}
	ret->worst = collector_worst(p.collector);
	for (size_t i = 0; i < source_inputs(src); i++) {
		if (!source_input(src, i)->broken)
			continue;
		pipeline_complain("warning", source_input(src, i)->text);
		ret->input_broken = true;
	}
	tear_down(&p);
}
