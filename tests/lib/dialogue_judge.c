/* A dialogue through model and findings: what is told of it. */
#include <string.h>

#include "base/escape.h"
#include "dissectors/driver.h"
#include "findings/findings.h"
#include "tests/lib/dialogue.h"

struct judge {
	struct buf *out;
	const char *prefix;
	bool placeless;
	struct model *model;
	struct findings *findings;
};

static void *
judge_open(void *user, struct flow *f)
{
	return model_open(((struct judge *)user)->model, f);
}

static void
judge_event(void *user, void *session, const struct event *e)
{
	struct judge *j = user;

	model_event(j->model, model_session(j->model, session), e);
}

static void
judge_not_mail(void *user, void *session, const char *name, struct bytes c2s, struct bytes s2c)
{
	struct judge *j = user;

	model_not_mail(j->model, model_session(j->model, session), name, c2s, s2c);
}

static void
judge_close(void *user, void *session, struct flow *f)
{
	struct seat *seat = session;

	model_end(((struct judge *)user)->model, &seat);
}

static void
on_event(void *user, struct session *s, const struct event *e)
{
	findings_event(((struct judge *)user)->findings, s, e);
}

static void
on_login(void *user, struct session *s, const struct login *l, const struct place *at)
{
	findings_login(((struct judge *)user)->findings, s, l, at);
}

static void
on_transaction(void *user, struct session *s, const struct transaction *t)
{
	findings_transaction(((struct judge *)user)->findings, s, t);
}

static void
on_transfer(void *user, struct session *s, const struct message *m)
{
	findings_transfer(((struct judge *)user)->findings, s, m);
}

static void
on_end(void *user, struct session *s)
{
	findings_end(((struct judge *)user)->findings, s);
}

static void
put_text(struct buf *out, struct bytes text)
{
	buf_byte(out, '"');
	escape_term(out, text);
	buf_byte(out, '"');
}

static void
on_finding(void *user, struct session *s, const struct finding *f, bool repeat)
{
	struct judge *j = user;

	if (strncmp(f->row->id, j->prefix, strlen(j->prefix)) != 0)
		return;
	buf_fmt(j->out, "%s %s %s %s", f->row->id, f->reason, severity_name(f->severity),
		certainty_name(f->certainty));
	if (f->count > 1)
		buf_fmt(j->out, " count=%llu", (unsigned long long)f->count);
	if (repeat)
		buf_str(j->out, " again");
	if (f->note.n) {
		buf_str(j->out, " note=");
		put_text(j->out, f->note);
	}
	buf_byte(j->out, '\n');
	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct place *at = &f->evidence[i].at;

		buf_fmt(j->out, "  %s", at->dir == DIR_C2S ? "C" : "S");
		if (!j->placeless)
			buf_fmt(j->out, "@%llu+%u", (unsigned long long)at->offset, at->len);
		buf_byte(j->out, ' ');
		put_text(j->out, f->evidence[i].text);
		buf_byte(j->out, '\n');
	}
}

static const char *
input_name(void *user, uint16_t input)
{
	return "dialogue";
}

void
dialogue_judge(const struct dialogue *d, const struct cutter *cut, struct buf *out)
{
	struct judge j = {.out = out, .prefix = d->findings, .placeless = d->placeless};
	const struct driver_sink sink = {.user = &j,
		.open = judge_open,
		.event = judge_event,
		.not_mail = judge_not_mail,
		.close = judge_close};
	const struct model_listener listener = {.user = &j,
		.event = on_event,
		.login = on_login,
		.transaction = on_transaction,
		.transfer = on_transfer,
		.end = on_end};
	const struct findings_sink told = {&j, on_finding};
	const char *const locals[] = {d->local, NULL};
	struct findings_settings set = findings_defaults;
	struct secrets *secrets = secrets_new(d->reveal, 1000);

	set.local_domains = locals;
	j.model = model_new(&model_defaults, secrets, &listener);
	j.findings = findings_new(&set, secrets, input_name, NULL, &told);
	dialogue_drive(d, cut, &sink);
	model_finish(j.model);
	findings_finish(j.findings);
	if (!out->n)
		buf_str(out, "nothing\n");
	model_free(&j.model);
	findings_free(&j.findings);
	secrets_free(&secrets);
}
