/* Commands that nobody needs any more, or only a proxy, FINDINGS.md 5.6: ETRN, ATRN, TURN, the
 * back doors of old servers, XCLIENT and XFORWARD. */
#include "findings/text.h"
#include "findings/rules_smtp.h"
#include "findings/tries.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define FLOOD 10                 /* ETRN of one source … */
#define FLOOD_NS (60 * NS_PER_S) /* … in a minute */

static bool
is_verb(const struct ev_asked *a, const char *verb)
{
	return strcmp(a->verb, verb) == 0;
}

static bool
is_granted(const struct ev_asked *a)
{
	return a->code >= 200 && a->code < 300;
}

/* Inside of a network of ours. */
static bool
is_inside(const struct findings *f, const struct session *s)
{
	const struct endpoint client = session_client(s);

	return net_same_trusted(f->trusted, f->n_trusted, &client, &client);
}

static void
asked_hit(struct findings *f, struct hit *h, const struct rule *r, struct session *s,
	const struct event *e, const char *reason, enum severity sev)
{
	const struct ev_asked *a = &e->asked;
	char verb[16];

	hit_init(h, r, s, reason);
	h->named = true;
	h->severity = sev;
	snprintf(verb, sizeof(verb), a->args.n ? "%s " : "%s", a->verb);
	hit_wire(f, h, &e->at, verb, a->args, NULL, 0);
	hit_wire(f, h, &a->answered, NULL, a->reply, NULL, 0);
}

/* smtp.etrn */

/* RFC 1985 5.1: a subdomain may have an @ before it, a queue a #. */
static bool
is_own_queue(const struct session *s, struct bytes what)
{
	struct bytes name = session_text(s, TEXT_CLIENT_NAME), org;

	if (what.n && (what.p[0] == '@' || what.p[0] == '#'))
		what = bytes_from(what, 1);
	org = net_org_name(what);
	return bytes_ieq(what, name) || (org.n && bytes_ieq(org, net_org_name(name)));
}

static void
etrn(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_asked *a = &w->event->asked;
	int64_t now = w->event->at.ts_ns;
	struct tries *e;
	struct hit h;
	bool foreign;

	if (!is_verb(a, "ETRN"))
		return;
	e = tries_of(&f->queuers, s);
	tries_add(&f->queuers, e, a->args, &w->event->at);
	if (tries_count(e, now, FLOOD_NS) >= FLOOD) {
		asked_hit(f, &h, r, s, w->event, "flood", SEV_MEDIUM);
		record_hit(f, &h);
	}
	if (!a->code)
		return;
	foreign = is_granted(a) && !is_inside(f, s) && !is_own_queue(s, a->args);
	asked_hit(f, &h, r, s, w->event,
		is_granted(a)                      ? "accepted"
		: a->code == 500 || a->code == 502 ? "unsupported"
						   : "refused",
		foreign ? SEV_MEDIUM : SEV_LOW);
	record_hit(f, &h);
}

/* smtp.atrn, smtp.turn: the server becomes the client */

static void
atrn(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct hit h;

	if (!is_verb(&w->event->asked, "ATRN") || !is_granted(&w->event->asked))
		return;
	asked_hit(f, &h, r, s, w->event, s->authenticated ? "after_login" : "without_login",
		s->authenticated || st->login_unknown || s->flow->midstream ? SEV_LOW
									    : SEV_HIGH);
	record_hit(f, &h);
}

static void
turn(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_asked *a = &w->event->asked;
	struct hit h;

	if (!is_verb(a, "TURN"))
		return;
	asked_hit(f, &h, r, s, w->event,
		is_granted(a) ? "accepted"
		: a->code     ? "refused"
			      : "unknown",
		is_granted(a)                      ? SEV_CRITICAL
		: a->code == 500 || a->code == 502 ? SEV_LOW
						   : SEV_MEDIUM);
	record_hit(f, &h);
}

/* smtp.debug_wiz */

/* The 1988 worm sent to "|…"; old alias files had decode. */
static const char *
backdoor_recipient(struct bytes path)
{
	struct bytes local = bytes_sub(path, 0, bytes_find(path, '@'));

	if (local.n && local.p[0] == '"')
		local = bytes_from(local, 1);
	if (local.n && local.p[0] == '|')
		return "pipe";
	return bytes_iis(local, "decode") || bytes_iis(local, "uudecode") ? "decode" : NULL;
}

static void
backdoor_hit(struct findings *f, struct hit *h, struct session *s, struct bytes what,
	const struct place *at, uint16_t code)
{
	struct tries *e = tries_of(&f->intruders, s);
	bool alone;

	tries_add(&f->intruders, e, what, at);
	alone = tries_distinct(e, at->ts_ns, f->set.vrfy_window_ns) == 1;
	h->named = true;
	h->severity = code >= 200 && code < 300 ? SEV_CRITICAL
		      : code && alone           ? SEV_LOW
						: SEV_MEDIUM;
	record_hit(f, h);
}

static void
debug_wiz(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct ev_asked *a = &e->asked;
	const char *reason;
	struct hit h;

	if (e->type == EV_RCPT) {
		reason = backdoor_recipient(e->rcpt.path);
		if (!reason)
			return;
		hit_init(&h, r, s, reason);
		hit_wire(f, &h, &e->at, "RCPT TO ", e->rcpt.path, NULL, 0);
		hit_wire(f, &h, &e->rcpt.answered, NULL, e->rcpt.reply, NULL, 0);
		backdoor_hit(f, &h, s, e->rcpt.path, &e->at, e->rcpt.code);
		return;
	}
	if (!is_verb(a, "DEBUG") && !is_verb(a, "WIZ") && !is_verb(a, "KILL") &&
		!is_verb(a, "SHOWQ"))
		return;
	asked_hit(f, &h, r, s, e, findings_word(f, a->verb, NULL), SEV_MEDIUM);
	backdoor_hit(f, &h, s, bytes_str(a->verb), &e->at, a->code);
}

/* smtp.xclient */

static void
xclient(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct ev_asked *a = &e->asked;
	bool inside;
	struct hit h;

	if (e->type == EV_CAPS) {
		if (!e->caps.known || !is_smtp(s) || !caps_has(s->caps, CAPS_XCLIENT) ||
			is_inside(f, s) || findings_is_proxy(f, &s->flow->client))
			return;
		hit_init(&h, r, s, "offered");
		hit_clue(&h, &e->at, "offered: %.*s", BYTES_FMT(s->caps->text));
		record_hit(f, &h);
		return;
	}
	if ((!is_verb(a, "XCLIENT") && !is_verb(a, "XFORWARD")) || !a->code ||
		findings_is_proxy(f, &s->flow->client))
		return;
	inside = is_inside(f, s);
	asked_hit(f, &h, r, s, e, is_granted(a) ? "accepted" : "refused",
		inside          ? SEV_INFO
		: is_granted(a) ? SEV_CRITICAL
				: SEV_MEDIUM);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_smtp_old[] = {
	{&row_smtp_etrn, WAKE(EV_ASKED), EMIT_NOW, RULE_CLIENT, etrn},
	{&row_smtp_atrn, WAKE(EV_ASKED), EMIT_NOW, RULE_CLIENT, atrn},
	{&row_smtp_turn, WAKE(EV_ASKED), EMIT_NOW, RULE_CLIENT, turn},
	{&row_smtp_debug_wiz, WAKE(EV_ASKED) | WAKE(EV_RCPT), EMIT_NOW, RULE_CLIENT, debug_wiz},
	{&row_smtp_xclient, WAKE(EV_ASKED) | WAKE(EV_CAPS), EMIT_NOW, RULE_CLIENT, xclient},
	{.row = NULL},
};
/* clang-format on */
