/* Who lives here? VRFY and EXPN, FINDINGS.md 5.6. */
#include "findings/text.h"
#include "findings/tries.h"

#include <string.h>

#include "base/clock.h"

/* What a service answered to VRFY so far. */
struct vrfy_service {
	struct tabled head;
	struct place yes, no; /* 2xx, 252 too; 550. Packet 0: never */
};

void
vrfy_services_init(struct table *t, struct table_budget *budget, size_t tracked)
{
	table_init(t, budget, tracked, sizeof(struct vrfy_service), NULL);
}

static bool
is_vrfy(const struct ev_asked *a)
{
	return strcmp(a->verb, "VRFY") == 0;
}

static bool
is_expn(const struct ev_asked *a)
{
	return strcmp(a->verb, "EXPN") == 0;
}

static struct vrfy_service *
service_of(struct findings *f, const struct session *s)
{
	struct key k = {.n = 0};

	key_service(&k, &s->flow->server);
	return table_put(&f->vrfy_services, key_of(&k));
}

/* smtp.vrfy.enabled */

static void
enabled_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	const struct event *e, const struct place *other)
{
	const struct ev_asked *a = &e->asked;
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = is_expn(a) ? SEV_MEDIUM : SEV_LOW;
	hit_wire(f, &h, &e->at, is_expn(a) ? "EXPN " : "VRFY ", a->args, NULL, 0);
	hit_wire(f, &h, &a->answered, NULL, a->reply, NULL, 0);
	if (other)
		hit_clue(&h, other, "answered otherwise for another name");
	record_hit(f, &h);
}

/* 252 says nothing, unless others are told that they do not exist. */
static void
answers_differ(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	const struct ev_asked *a = &e->asked;
	bool yes = a->code >= 250 && a->code <= 252;
	bool no = a->code == 550 || bytes_is(a->enhanced, "5.1.1");
	struct vrfy_service *v;

	if (!yes && !no)
		return;
	v = service_of(f, s);
	if (!v->yes.packet && yes)
		v->yes = a->answered;
	if (!v->no.packet && no)
		v->no = a->answered;
	if (v->yes.packet && v->no.packet)
		enabled_hit(f, r, s, "differs", e, yes ? &v->no : &v->yes);
}

static void
vrfy_enabled(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_asked *a = &w->event->asked;

	if (is_vrfy(a)) {
		if (a->code == 250 || a->code == 251)
			enabled_hit(f, r, s, "vrfy", w->event, NULL);
		answers_differ(f, r, s, w->event);
	} else if (is_expn(a) && a->code == 250) {
		enabled_hit(f, r, s, "expn", w->event, NULL);
	}
}

/* smtp.vrfy.enumeration */

static bool
is_positive(struct findings *f, const struct session *s, const struct ev_asked *a)
{
	struct vrfy_service *v;

	if (a->code == 250 || a->code == 251)
		return true;
	if (a->code != 252 || !is_vrfy(a))
		return false;
	v = service_of(f, s);
	return v->yes.packet && v->no.packet;
}

static void
vrfy_enumeration(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_asked *a = &w->event->asked;
	int64_t now = w->event->at.ts_ns, window = f->set.vrfy_window_ns;
	struct tries *e;
	uint32_t n, yes;
	struct hit h;

	if (!is_vrfy(a) && !is_expn(a))
		return;
	e = tries_of(&f->askers, s);
	tries_add(&f->askers, e, a->args, &w->event->at);
	if (is_positive(f, s, a))
		tries_grant(e, now, window);
	n = tries_count(e, now, window);
	if (n < tries_enough(f->set.vrfy_count))
		return;
	yes = tries_granted(e, now, window);
	hit_init(&h, r, s, "questions");
	h.named = true;
	h.severity = yes ? SEV_HIGH : SEV_MEDIUM;
	hit_note(&h, "%u questions, %u answered with yes", n, yes);
	tries_clues(f, &h, e, now, window, "asked for ");
	hit_main(&h);
	hit_wire(f, &h, &w->event->at, "asked for ", a->args, NULL, 0);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_smtp_ask[] = {
	{&row_smtp_vrfy_enabled, WAKE(EV_ASKED), EMIT_NOW, 0, vrfy_enabled},
	{&row_smtp_vrfy_enumeration, WAKE(EV_ASKED), EMIT_WINDOW, RULE_CLIENT, vrfy_enumeration},
	{.row = NULL},
};
/* clang-format on */
