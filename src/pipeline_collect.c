#include "pipeline_collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"

struct collector {
	const struct pipeline_settings *set;
	struct source *src;
	struct sink *const *sinks;
	size_t n_sinks;
	unsigned wants;
	bool judge; /* somebody wants to know what is wrong */
	struct model *model;
	struct findings *findings;
	struct secrets *secrets;
	struct run_info run;
	struct run_stats stats;
};

/* Calls one function of every sink that wants it. */
#define EACH_SINK(c, want, fn, ...)                                                            \
	for (size_t i_ = 0; i_ < (c)->n_sinks; i_++) {                                         \
		if (((c)->sinks[i_]->wants & (want)) && (c)->sinks[i_]->ops->fn)               \
			(c)->sinks[i_]->ops->fn((c)->sinks[i_], __VA_ARGS__);                  \
	}

/* from the driver */

static void *
on_open(void *user, struct flow *f)
{
	struct collector *c = user;

	c->stats.mail_sessions++;
	return model_open(c->model, f);
}

static void
on_driver_event(void *user, void *session, const struct event *e)
{
	struct collector *c = user;

	model_event(c->model, model_session(c->model, session), e);
}

static void
on_not_mail(void *user, void *session, const char *name, struct bytes c2s, struct bytes s2c)
{
	struct collector *c = user;

	model_not_mail(c->model, model_session(c->model, session), name, c2s, s2c);
}

static void
on_loose(void *user, const struct flow *f, const struct event *e)
{
	struct collector *c = user;
	unsigned want = e->type == EV_ANOMALY ? WANT_ANOMALY : WANT_DNS;

	c->stats.anomalies += e->type == EV_ANOMALY;
	model_loose(c->model, f, e);
	if (c->wants & want)
		EACH_SINK(c, want, loose, f, e);
}

static void
on_close(void *user, void *session, struct flow *f)
{
	struct collector *c = user;
	struct seat *seat = session;

	model_end(c->model, &seat);
}

struct driver_sink
collector_sink(struct collector *c)
{
	return (struct driver_sink){.user = c,
		.open = on_open,
		.event = on_driver_event,
		.not_mail = on_not_mail,
		.loose = on_loose,
		.close = on_close};
}

void
collector_flow(struct collector *c, void *session, const struct flow *f)
{
	model_session(c->model, session)->flow = f;
}

void
collector_digest(struct collector *c, void *session, uint32_t msg, struct digest **digest)
{
	model_digest(model_session(c->model, session), msg, digest);
}

void
collector_body(struct collector *c, void *session, uint32_t msg, uint64_t bytes)
{
	model_body(model_session(c->model, session), msg, bytes);
}

/* from the model */

static void
on_event(void *user, struct session *s, const struct event *e)
{
	struct collector *c = user;
	unsigned want = WANT_EVENT;

	if (e->type == EV_ANOMALY || e->type == EV_GAP)
		want |= WANT_ANOMALY;
	else if (e->type == EV_TLS)
		want |= WANT_TLS;
	c->stats.anomalies += e->type == EV_ANOMALY;
	if (c->wants & want)
		EACH_SINK(c, want, event, s, e);
	if (c->judge)
		findings_event(c->findings, s, e);
}

static void
on_login(void *user, struct session *s, const struct login *l, const struct place *at)
{
	struct collector *c = user;

	c->stats.logins++;
	EACH_SINK(c, WANT_LOGIN, login, s, l, at);
	if (c->judge)
		findings_login(c->findings, s, l, at);
}

static void
on_transaction(void *user, struct session *s, const struct transaction *t)
{
	struct collector *c = user;

	c->stats.messages += t->message != NULL;
	EACH_SINK(c, WANT_TRANSACTION, transaction, s, t);
	if (c->judge)
		findings_transaction(c->findings, s, t);
}

static void
on_transfer(void *user, struct session *s, const struct message *m)
{
	struct collector *c = user;

	c->stats.messages += m->whole;
	EACH_SINK(c, WANT_TRANSFER, transfer, s, m);
	if (c->judge)
		findings_transfer(c->findings, s, m);
}

static void
on_end(void *user, struct session *s)
{
	struct collector *c = user;

	if (c->judge)
		findings_end(c->findings, s);
	EACH_SINK(c, WANT_END, end, s);
}

/* from the findings */

static void
on_finding(void *user, struct session *s, const struct finding *f, bool repeat)
{
	struct collector *c = user;

	c->stats.alerts += !repeat;
	if (s && f->row->cls == CLASS_FINDING) {
		s->findings += !repeat;
		if (f->severity > s->worst)
			s->worst = (uint8_t)f->severity;
	}
	EACH_SINK(c, WANT_FINDING, finding, s, f, repeat);
}

static const char *
input_name(void *user, uint16_t input)
{
	struct collector *c = user;

	return input < source_inputs(c->src) ? source_input(c->src, input)->name : "";
}

/* making */

struct collector *
collector_new(const struct pipeline_settings *set, struct source *src,
	struct sink *const *sinks, size_t n_sinks, bool digests)
{
	struct collector *c = mem_get(sizeof(*c));
	struct model_settings model_set = set->model;
	struct model_listener ml = {.user = c,
		.event = on_event,
		.login = on_login,
		.transaction = on_transaction,
		.transfer = on_transfer,
		.end = on_end};
	struct findings_sink fs = {.user = c, .finding = on_finding};

	c->set = set;
	c->src = src;
	c->sinks = sinks;
	c->n_sinks = n_sinks;
	for (size_t i = 0; i < n_sinks; i++)
		c->wants |= sinks[i]->wants;
	c->secrets = secrets_new(set->reveal, set->secrets);
	model_set.sha256 = digests && collector_wants_digests(c);
	c->model = model_new(&model_set, c->secrets, &ml);
	c->findings = findings_new(&set->findings, c->secrets, input_name, c, &fs);
	c->run = (struct run_info){.program_version = MS_VERSION,
		.command_line = set->command_line,
		.reveal = set->reveal,
		.live = source_input(src, 0)->live,
		.source = src,
		.secrets = c->secrets,
		.stats = &c->stats};
	return c;
}

void
collector_free(struct collector **c)
{
	if (!*c)
		return;
	findings_free(&(*c)->findings);
	model_free(&(*c)->model);
	secrets_free(&(*c)->secrets);
	free(*c);
	*c = NULL;
}

unsigned
collector_wants(const struct collector *c)
{
	return c->wants;
}

/* Digests are for those who are told of messages. */
bool
collector_wants_digests(const struct collector *c)
{
	return c->set->model.sha256 && c->wants & (WANT_TRANSACTION | WANT_TRANSFER);
}

bool
collector_begin(struct collector *c, struct pipeline_result *ret)
{
	for (size_t i = 0; i < c->n_sinks; i++) {
		struct err e = {0};

		if (c->sinks[i]->ops->begin &&
			c->sinks[i]->ops->begin(c->sinks[i], &c->run, &e) < 0) {
			pipeline_complain("error", e.text);
			ret->output_broken = true;
			return false;
		}
	}
	c->judge = c->set->judge || c->wants & (WANT_FINDING | WANT_JUDGED);
	return true;
}

/* meanwhile */

void
collector_stats(struct collector *c, const struct run_stats *read, unsigned want)
{
	struct run_stats was = c->stats, *st = &c->stats;

	*st = *read;
	st->mail_sessions = was.mail_sessions;
	st->logins = was.logins;
	st->messages = was.messages;
	st->anomalies = was.anomalies;
	st->alerts = was.alerts;
	st->forgotten = findings_forgotten(c->findings) + model_forgotten(c->model);
	c->run.first_ns = read->first_ns;
	c->run.last_ns = read->last_ns;
	st->memory_bytes += collector_memory(c);
	if (want & WANT_STATS)
		EACH_SINK(c, WANT_STATS, stats, st);
	if (want & WANT_TICK)
		EACH_SINK(c, WANT_TICK, tick, st);
	st->inputs = NULL; /* a loan */
}

bool
collector_flush(struct collector *c)
{
	if (c->run.live)
		out_flush(c->set->out, NULL);
	return !out_broken(c->set->out);
}

size_t
collector_memory(const struct collector *c)
{
	return model_memory(c->model) + findings_memory(c->findings) +
	       secrets_memory(c->secrets);
}

bool
collector_shed(struct collector *c)
{
	return model_shed(c->model);
}

/* the end */

static void
say_lost(struct collector *c)
{
	struct place last = {.packet = 0};

	for (size_t i = 0; i < source_inputs(c->src); i++) {
		const struct source_input *in = source_input(c->src, i);
		struct place at = {.packet = in->packets,
			.input = (uint16_t)i,
			.ts_ns = c->run.last_ns,
			.acked = PLACE_NO_ACK};

		findings_lost(c->findings, LOST_BY_KERNEL, in->kernel_drops, &at);
		if (at.packet)
			last = at;
	}
	findings_lost(c->findings, LOST_BY_US, c->stats.program_drops, &last);
}

static void
finish_sinks(struct collector *c, struct pipeline_result *ret)
{
	for (size_t i = 0; i < c->n_sinks; i++) {
		struct err e = {0};
		int rc = c->sinks[i]->ops->finish(c->sinks[i], &c->run, &e);

		if (rc == -EPIPE) {
			ret->pipe_closed = true;
		} else if (rc < 0) {
			pipeline_complain("error", e.text);
			ret->not_there |= rc == -ENOENT;
			ret->output_broken |= rc != -ENOENT;
		}
	}
}

void
collector_finish(struct collector *c, const struct run_stats *read, struct pipeline_result *ret)
{
	collector_stats(c, read, 0);
	model_finish(c->model);
	if (c->judge) {
		say_lost(c);
		findings_finish(c->findings);
	}
	collector_stats(c, read, WANT_STATS);
	finish_sinks(c, ret);
}

enum severity
collector_worst(const struct collector *c)
{
	return findings_worst(c->findings);
}

void
pipeline_complain(const char *kind, const char *text)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	escape_term(&b, bytes_str(text));
	fprintf(stderr, "%s: %s\n", kind, buf_text(&b));
	buf_done(&b);
}
