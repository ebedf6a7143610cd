/* A model and an engine of findings for a test; what is told is kept, to be asked for. */
#ifndef MS_TESTS_FINDINGS_LAB_H
#define MS_TESTS_FINDINGS_LAB_H

#include "base/clock.h"
#include "findings/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define TOLD_MAX 4000
#define N(a) (sizeof(a) / sizeof((a)[0]))

struct told {
	const struct finding_row *row;
	char reason[64], account[64], note[600], text[8][330];
	struct place at[8];
	size_t n_evidence;
	enum severity severity;
	enum certainty certainty;
	uint64_t count, flow_id;
	struct endpoint client, via;
	bool repeat;
};

struct lab {
	struct secrets *secrets;
	struct model *model;
	struct findings *findings;
	struct told told[TOLD_MAX];
	size_t n;
	int64_t now_ns;
	uint64_t packet, flows;
};

static inline void
lab_event(void *user, struct session *s, const struct event *e)
{
	findings_event(((struct lab *)user)->findings, s, e);
}

static inline void
lab_login(void *user, struct session *s, const struct login *l, const struct place *at)
{
	findings_login(((struct lab *)user)->findings, s, l, at);
}

static inline void
lab_transfer(void *user, struct session *s, const struct message *m)
{
	findings_transfer(((struct lab *)user)->findings, s, m);
}

static inline void
lab_end(void *user, struct session *s)
{
	findings_end(((struct lab *)user)->findings, s);
}

static inline void
copy(char *out, size_t max, struct bytes in)
{
	snprintf(out, max, "%.*s", BYTES_FMT(in));
}

static inline void
lab_finding(void *user, struct session *s, const struct finding *f, bool repeat)
{
	struct lab *lab = user;
	struct told *t;

	assert_true(lab->n < TOLD_MAX);
	t = &lab->told[lab->n++];
	memset(t, 0, sizeof(*t));
	t->row = f->row;
	copy(t->reason, sizeof(t->reason), bytes_str(f->reason));
	copy(t->account, sizeof(t->account), f->account);
	copy(t->note, sizeof(t->note), f->note);
	t->severity = f->severity;
	t->certainty = f->certainty;
	t->count = f->count;
	t->flow_id = f->flow_id;
	t->client = f->client;
	t->via = f->via;
	t->repeat = repeat;
	t->n_evidence = f->n_evidence;
	/* FINDINGS.md 1.1: every finding carries at least one frame number. */
	if (f->n_evidence == 0 || f->first_ns > f->last_ns)
		fail_msg("%s %s: no evidence", f->row->id, f->reason);
	for (size_t i = 0; i < f->n_evidence; i++) {
		assert_true(f->evidence[i].at.packet > 0);
		assert_string_equal(f->evidence[i].input, "lab.pcap");
		t->at[i] = f->evidence[i].at;
		copy(t->text[i], sizeof(t->text[i]), f->evidence[i].text);
	}
}

static inline const char *
lab_input(void *user, uint16_t input)
{
	return "lab.pcap";
}

/* Who is trusted in the labs that follow; NULL: nobody. */
static struct trust *lab_trust;

static inline struct lab *
lab_new(const struct findings_settings *set)
{
	static struct lab lab;
	const struct findings_sink sink = {&lab, lab_finding};
	const struct model_listener listener = {.user = &lab,
		.event = lab_event,
		.login = lab_login,
		.transfer = lab_transfer,
		.end = lab_end};

	struct model_settings model_set = model_defaults;

	memset(&lab, 0, sizeof(lab));
	model_set.trust = lab_trust;
	lab.now_ns = 1000 * NS_PER_S;
	lab.secrets = secrets_new(false, 10000);
	lab.model = model_new(&model_set, lab.secrets, &listener);
	lab.findings = findings_new(
		set ? set : &findings_defaults, lab.secrets, lab_input, NULL, &sink);
	return &lab;
}

static inline void
lab_finish(struct lab *lab)
{
	model_finish(lab->model);
	findings_finish(lab->findings);
}

static inline void
lab_free(struct lab *lab)
{
	model_free(&lab->model);
	findings_free(&lab->findings);
	secrets_free(&lab->secrets);
}

/* The last that was told of this id (and reason, unless NULL), or NULL. */
static inline const struct told *
lab_told(const struct lab *lab, const char *id, const char *reason)
{
	const struct told *found = NULL;

	assert_non_null(findings_row(bytes_str(id)));
	for (size_t i = 0; i < lab->n; i++)
		if (strcmp(lab->told[i].row->id, id) == 0 &&
			(!reason || strcmp(lab->told[i].reason, reason) == 0))
			found = &lab->told[i];
	return found;
}

static inline void
lab_dump(const struct lab *lab)
{
	for (size_t i = 0; i < lab->n; i++)
		print_message("  %s %s %s x%llu%s\n", lab->told[i].row->id, lab->told[i].reason,
			severity_name(lab->told[i].severity),
			(unsigned long long)lab->told[i].count,
			lab->told[i].repeat ? " again" : "");
}

#define WANT(lab, id, reason, sev) want_at(__LINE__, lab, id, reason, sev)
#define NONE(lab, id) none_at(__LINE__, lab, id, NULL)
#define NONE_REASON(lab, id, reason) none_at(__LINE__, lab, id, reason)

static inline const struct told *
want_at(int line, const struct lab *lab, const char *id, const char *reason, enum severity sev)
{
	const struct told *t = lab_told(lab, id, reason);

	if (!t || t->severity != sev) {
		lab_dump(lab);
		fail_msg("line %d: %s %s: %s, want %s", line, id, reason ? reason : "",
			t ? severity_name(t->severity) : "not told", severity_name(sev));
	}
	return t;
}

static inline void
none_at(int line, const struct lab *lab, const char *id, const char *reason)
{
	const struct told *t = lab_told(lab, id, reason);

	if (t) {
		lab_dump(lab);
		fail_msg("line %d: %s %s was told", line, id, t->reason);
	}
}

#endif
