#include "pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/driver.h"
#include "dissectors/tls/keylog.h"
#include "guess/guess.h"

enum {
	LOOK_EVERY = 1024, /* packets between two looks at clock, pipes and progress */
	BATCH = 32,        /* packets taken from the source at once */
	SECRETS_DEFAULT = 1000000,
	KEYLOG_BYTES = 256 << 20,
};

struct pipeline {
	const struct pipeline_settings *set;
	struct source *src;
	struct sink *const *sinks;
	size_t n_sinks;
	unsigned wants;
	struct dumper *dumper;
	struct packet_decoder *decoder;
	struct guess *guess;
	struct driver *driver;
	struct streams *streams;
	struct model *model;
	struct findings *findings;
	struct secrets *secrets;
	struct run_info run;
	struct run_stats stats;
	struct pipeline_result *result;
	int64_t started_mono_ns, next_stats_ns, next_progress_ns, next_tick_ns;
	int64_t silent_mono_ns; /* live: since when no packet came; 0: they come */
	bool live, progress_shown;
	bool judge; /* somebody wants to know what is wrong */
};

void
pipeline_settings_init(struct pipeline_settings *set)
{
	*set = (struct pipeline_settings){
		.packet = packet_defaults,
		.stream = stream_defaults,
		.dissect = dis_limits_default,
		.model = model_defaults,
		.findings = findings_defaults,
		.secrets = SECRETS_DEFAULT,
	};
	pipeline_share_memory(set, (size_t)1 << 30);
}

enum { /* bytes of an entry, its key and its place in a map */
	SECRET_COST = 128,
	SERVICE_COST = 320,
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
pipeline_share_memory(struct pipeline_settings *set, size_t bytes)
{
	set->memory_bytes = bytes;
	set->stream.memory_bytes = bytes;
	set->packet.fragment_bytes = (uint32_t)least(
		packet_defaults.fragment_bytes, bytes / 16);
	set->findings.record_bytes = least(findings_defaults.record_bytes, bytes / 8);
	set->findings.tracked_bytes = least(findings_defaults.tracked_bytes, bytes / 8);
	set->model.services = least(model_defaults.services, bytes / 32 / SERVICE_COST);
	set->model.shared_bytes = least(model_defaults.shared_bytes, bytes / 64);
	set->model.chain_bytes = least(model_defaults.chain_bytes, bytes / 64);
	set->keylog_bytes = least(KEYLOG_BYTES, bytes / 8);
	set->secrets = least(SECRETS_DEFAULT, bytes / 32 / SECRET_COST);
}

/* Calls one function of every sink that wants it. */
#define EACH_SINK(p, want, fn, ...)                                                            \
	for (size_t i_ = 0; i_ < (p)->n_sinks; i_++) {                                         \
		if (((p)->sinks[i_]->wants & (want)) && (p)->sinks[i_]->ops->fn)               \
			(p)->sinks[i_]->ops->fn((p)->sinks[i_], __VA_ARGS__);                  \
	}

static void *
on_open(void *user, struct flow *f)
{
	struct pipeline *p = user;

	p->stats.mail_sessions++;
	return model_open(p->model, f);
}

static void
on_driver_event(void *user, void *session, const struct event *e)
{
	struct pipeline *p = user;

	model_event(p->model, session, e);
}

static void
on_not_mail(void *user, void *session, const char *name, struct bytes c2s, struct bytes s2c)
{
	struct pipeline *p = user;

	model_not_mail(p->model, session, name, c2s, s2c);
}

static void
on_close(void *user, void *session, struct flow *f)
{
	struct pipeline *p = user;
	struct session *s = session;

	model_end(p->model, &s);
}

static void
on_event(void *user, struct session *s, const struct event *e)
{
	struct pipeline *p = user;
	unsigned want = WANT_EVENT;

	if (e->type == EV_ANOMALY || e->type == EV_GAP)
		want |= WANT_ANOMALY;
	else if (e->type == EV_TLS)
		want |= WANT_TLS;
	p->stats.anomalies += e->type == EV_ANOMALY;
	if (p->wants & want)
		EACH_SINK(p, want, event, s, e);
	if (p->judge)
		findings_event(p->findings, s, e);
}

static void
on_login(void *user, struct session *s, const struct login *l, const struct place *at)
{
	struct pipeline *p = user;

	p->stats.logins++;
	EACH_SINK(p, WANT_LOGIN, login, s, l, at);
	if (p->judge)
		findings_login(p->findings, s, l, at);
}

static void
on_transaction(void *user, struct session *s, const struct transaction *t)
{
	struct pipeline *p = user;

	p->stats.messages += t->message != NULL;
	EACH_SINK(p, WANT_TRANSACTION, transaction, s, t);
	if (p->judge)
		findings_transaction(p->findings, s, t);
}

static void
on_transfer(void *user, struct session *s, const struct message *m)
{
	struct pipeline *p = user;

	p->stats.messages += m->whole;
	EACH_SINK(p, WANT_TRANSFER, transfer, s, m);
	if (p->judge)
		findings_transfer(p->findings, s, m);
}

static void
on_end(void *user, struct session *s)
{
	struct pipeline *p = user;

	if (p->judge)
		findings_end(p->findings, s);
	EACH_SINK(p, WANT_END, end, s);
}

static void
on_finding(void *user, struct session *s, const struct finding *f, bool repeat)
{
	struct pipeline *p = user;

	p->stats.alerts += !repeat;
	if (s && f->row->cls == CLASS_FINDING) {
		s->findings += !repeat;
		if (f->severity > s->worst)
			s->worst = (uint8_t)f->severity;
	}
	EACH_SINK(p, WANT_FINDING, finding, s, f, repeat);
}

static const char *
input_name(void *user, uint16_t input)
{
	struct pipeline *p = user;

	return input < source_inputs(p->src) ? source_input(p->src, input)->name : "";
}

static size_t
memory_held(const struct pipeline *p)
{
	return streams_memory(p->streams) + driver_counts(p->driver)->memory_bytes +
	       model_memory(p->model) + findings_memory(p->findings) +
	       packet_memory(p->decoder) + secrets_memory(p->secrets) +
	       (p->set->keylog ? keylog_memory(p->set->keylog) : 0);
}

/* What malloc() adds to the pieces and cannot give back of them was 15 to 35 % in floods. */
static size_t
with_overhead(size_t bytes)
{
	return bytes + bytes / 3;
}

/*
 * Below the ceiling again: sessions that only wait for others to change their verdict end
 * first, then the connections that were silent longest. All else has a share of its own that it
 * keeps.
 */
static void
keep_ceiling(struct pipeline *p)
{
	while (with_overhead(memory_held(p)) > p->set->memory_bytes &&
		(model_shed(p->model) || streams_evict(p->streams)))
		;
}

static void
take_stats(struct pipeline *p)
{
	const struct stream_counts *sc = streams_counts(p->streams);
	const struct packet_counts *pc = packet_counts(p->decoder);
	struct run_stats *st = &p->stats;

	if (p->live)
		source_stats(p->src);
	st->kernel_drops = st->interface_drops = 0;
	for (size_t i = 0; i < source_inputs(p->src); i++) {
		st->kernel_drops += source_input(p->src, i)->kernel_drops;
		st->interface_drops += source_input(p->src, i)->interface_drops;
	}
	st->ts_ns = p->run.last_ns ? p->run.last_ns : clock_wall_ns();
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
	st->forgotten = findings_forgotten(p->findings);
	st->memory_bytes = memory_held(p);
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
		100.0 * (double)read / (double)total, (unsigned long long)p->stats.packets,
		(unsigned long long)p->stats.mail_sessions);
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
			take_stats(p);
			EACH_SINK(p, WANT_STATS, stats, &p->stats);
		}
	}
	if ((p->wants & WANT_TICK) && clock_mono_ns() >= p->next_tick_ns) {
		p->next_tick_ns = clock_mono_ns() + NS_PER_S / 20;
		take_stats(p);
		EACH_SINK(p, WANT_TICK, tick, &p->stats);
	}
	if (p->set->progress && clock_mono_ns() >= p->next_progress_ns) {
		p->next_progress_ns = clock_mono_ns() + NS_PER_S / 5;
		if (clock_mono_ns() - p->started_mono_ns > NS_PER_S)
			show_progress(p);
	}
}

static void
dump_frame(struct pipeline *p, const struct frame *f)
{
	struct err e = {0};

	if (!p->dumper || dumper_add(p->dumper, f, &e) == 0)
		return;
	fprintf(stderr, "error: %s\n", e.text);
	p->result->output_broken = true;
	p->dumper = NULL;
}

/* Live, time passes without packets too; in files it is that of the packets. */
static bool
limit_reached(const struct pipeline *p, int64_t packet_ns)
{
	int64_t span_ns;

	if (p->set->max_packets && p->stats.packets >= p->set->max_packets)
		return true;
	if (!p->set->duration_ns || (!p->live && !p->run.first_ns))
		return false;
	span_ns = p->live ? clock_mono_ns() - p->started_mono_ns : packet_ns - p->run.first_ns;
	return span_ns >= p->set->duration_ns;
}

static void
count_frame(struct pipeline *p, const struct frame *f)
{
	p->stats.packets++;
	p->stats.bytes += f->wire_len;
	if (!p->run.first_ns || f->ts_ns < p->run.first_ns)
		p->run.first_ns = f->ts_ns;
	if (f->ts_ns > p->run.last_ns)
		p->run.last_ns = f->ts_ns;
	dump_frame(p, f);
}

/* What the input itself holds of secrets; it stands before the packets that need it. */
static void
take_secrets(struct pipeline *p, const struct frame *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf text;

		if (!source_input(p->src, f[i].input)->secrets.n || !p->set->keylog)
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
	size_t k = 0, i;

	take_secrets(p, f, n);
	for (i = 0; i < n && !limit_reached(p, f[i].ts_ns); i++) {
		count_frame(p, &f[i]);
		if (packet_decode(p->decoder, &f[i], &segs[k]) != PACKET_TCP)
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

/* One line on standard error; the text names files and interfaces, so it is escaped. */
static void
complain(const char *kind, const char *text)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	escape_term(&b, bytes_str(text));
	fprintf(stderr, "%s: %s\n", kind, buf_text(&b));
	buf_done(&b);
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
		complain("warning", buf_text(&line));
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
		complain(in->kernel_drops ? "warning" : "capture", buf_text(&line));
	}
	if (p->stats.evictions) {
		buf_clear(&line);
		buf_fmt(&line,
			"%llu connections given up early for lack of memory; --memory sets it",
			(unsigned long long)p->stats.evictions);
		complain("warning", buf_text(&line));
	}
	buf_done(&line);
}

/* While nothing comes, time goes on from that of the last packet: its clock may be an
 * adapter's. */
static void
live_time(struct pipeline *p, int rc)
{
	if (rc || !p->run.last_ns) {
		p->silent_mono_ns = 0;
		return;
	}
	if (!p->silent_mono_ns)
		p->silent_mono_ns = clock_mono_ns();
	streams_tick(p->streams, p->run.last_ns + clock_mono_ns() - p->silent_mono_ns);
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
		/* Live, less than was asked for: there is time to look around. */
		if (rc && p->stats.packets < look && (!p->live || rc == BATCH))
			continue;
		look = p->stats.packets + LOOK_EVERY;
		if (p->live) {
			out_flush(p->set->out, NULL);
			tell_news(p);
		}
		look_around(p, p->live ? clock_wall_ns() : p->run.last_ns);
		if (out_broken(p->set->out) || limit_reached(p, p->run.last_ns))
			break;
	}
	if (p->progress_shown)
		fputs("\r\033[K", stderr);
}

static void
finish_sinks(struct pipeline *p)
{
	take_stats(p);
	EACH_SINK(p, WANT_STATS, stats, &p->stats);
	for (size_t i = 0; i < p->n_sinks; i++) {
		struct err e = {0};
		int rc = p->sinks[i]->ops->finish(p->sinks[i], &p->run, &e);

		if (rc == -EPIPE) {
			p->result->pipe_closed = true;
		} else if (rc < 0) {
			complain("error", e.text);
			p->result->not_there |= rc == -ENOENT;
			p->result->output_broken |= rc != -ENOENT;
		}
	}
}

static bool
begin_sinks(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_sinks; i++) {
		struct err e = {0};

		if (p->sinks[i]->ops->begin &&
			p->sinks[i]->ops->begin(p->sinks[i], &p->run, &e) < 0) {
			complain("error", e.text);
			p->result->output_broken = true;
			return false;
		}
	}
	return true;
}

static void
build(struct pipeline *p)
{
	struct model_settings model_set = p->set->model;
	struct model_listener ml = {.user = p,
		.event = on_event,
		.login = on_login,
		.transaction = on_transaction,
		.transfer = on_transfer,
		.end = on_end};
	struct driver_sink ds = {.user = p,
		.open = on_open,
		.event = on_driver_event,
		.not_mail = on_not_mail,
		.close = on_close};
	struct findings_sink fs = {.user = p, .finding = on_finding};
	struct stream_sink ss;

	p->secrets = secrets_new(p->set->reveal, p->set->secrets);
	for (size_t i = 0; i < p->n_sinks; i++)
		p->wants |= p->sinks[i]->wants;
	/* Digests are for those who are told of messages. */
	model_set.sha256 &= (p->wants & (WANT_TRANSACTION | WANT_TRANSFER)) != 0;
	p->model = model_new(&model_set, p->secrets, &ml);
	p->findings = findings_new(&p->set->findings, p->secrets, input_name, p, &fs);
	p->guess = guess_new();
	p->driver = driver_new(&p->set->dissect, p->guess, &ds);
	driver_set_keylog(p->driver, p->set->keylog);
	ss = driver_stream_sink(p->driver);
	p->streams = streams_new(&p->set->stream, mail_ports, &ss);
	p->decoder = packet_new(&p->set->packet);
	p->run = (struct run_info){.program_version = MS_VERSION,
		.command_line = p->set->command_line,
		.reveal = p->set->reveal,
		.live = p->live,
		.source = p->src,
		.secrets = p->secrets,
		.stats = &p->stats};
}

static void
say_lost(struct pipeline *p)
{
	for (size_t i = 0; i < source_inputs(p->src); i++) {
		const struct source_input *in = source_input(p->src, i);
		struct place at = {.packet = in->packets,
			.input = (uint16_t)i,
			.ts_ns = p->run.last_ns,
			.acked = PLACE_NO_ACK};

		findings_lost(p->findings, in->kernel_drops, &at);
	}
}

static void
tear_down(struct pipeline *p)
{
	streams_free(&p->streams);
	driver_free(&p->driver);
	guess_free(&p->guess);
	findings_free(&p->findings);
	model_free(&p->model);
	packet_free(&p->decoder);
	secrets_free(&p->secrets);
}

void
pipeline_run(const struct pipeline_settings *set, struct source *src, struct sink *const *sinks,
	size_t n_sinks, struct dumper *dumper, struct pipeline_result *ret)
{
	struct pipeline p = {.set = set,
		.src = src,
		.sinks = sinks,
		.n_sinks = n_sinks,
		.dumper = dumper,
		.result = ret,
		.live = source_input(src, 0)->live,
		.started_mono_ns = clock_mono_ns()};

	*ret = (struct pipeline_result){0};
	build(&p);
	if (begin_sinks(&p)) {
		p.judge = set->judge || p.wants & (WANT_FINDING | WANT_JUDGED);
		pump(&p);
		take_stats(&p);
		streams_end(p.streams);
		model_finish(p.model);
		if (p.judge) {
			say_lost(&p);
			findings_finish(p.findings);
		}
		finish_sinks(&p);
		if (p.live && !set->quiet)
			tell_drops(&p);
	}
	ret->worst = findings_worst(p.findings);
	for (size_t i = 0; i < source_inputs(src); i++) {
		if (!source_input(src, i)->broken)
			continue;
		complain("warning", source_input(src, i)->text);
		ret->input_broken = true;
	}
	tear_down(&p);
}
