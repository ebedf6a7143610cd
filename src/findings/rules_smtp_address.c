/* Envelope addresses that are more than a mailbox, FINDINGS.md 5.6: routes over other hosts,
 * and code for the server. */
#include "findings/address.h"
#include "findings/text.h"
#include "findings/rules_smtp.h"

#include <string.h>

/* A path of MAIL or RCPT, with its fate. */
struct path {
	struct bytes text;
	const char *before;
	uint32_t tx;
	bool accepted;
};

static struct path
path_of(const struct event *e)
{
	if (e->type == EV_MAIL)
		return (struct path){e->mail.path, "MAIL FROM ", e->mail.tx, e->mail.accepted};
	return (struct path){e->rcpt.path, "RCPT TO ", e->rcpt.tx, e->rcpt.accepted};
}

static void
path_hit(struct findings *f, const struct rule *r, struct session *s, const struct event *e,
	const struct path *p, const char *reason, enum severity sev)
{
	struct key k = {.n = 0};
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	key_number(&k, p->tx);
	h.key = key_of(&k);
	hit_wire(f, &h, &e->at, p->before, p->text, NULL, 0);
	if (e->type == EV_RCPT)
		hit_wire(f, &h, &e->rcpt.answered, NULL, e->rcpt.reply, NULL, 0);
	record_hit(f, &h);
}

/* smtp.source_route */

static void
source_route(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct path p = path_of(w->event);
	const char *reason = address_route(p.text);

	if (reason)
		path_hit(f, r, s, w->event, &p, reason, p.accepted ? SEV_MEDIUM : SEV_LOW);
}

/* smtp.injection */

static void
word_hit(struct findings *f, const struct rule *r, struct session *s, const struct place *at,
	const char *before, struct bytes text, bool accepted)
{
	const char *reason = address_code(text);
	struct key k = {.n = 0};
	struct hit h;

	if (!reason)
		return;
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = accepted ? SEV_CRITICAL : SEV_HIGH;
	key_number(&k, at->offset);
	h.key = key_of(&k);
	hit_wire(f, &h, at, before, text, NULL, 0);
	record_hit(f, &h);
}

static void
injection(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const char *reason;
	struct path p;

	if (w->why == WAKE_LOGIN) {
		if (is_smtp(s))
			word_hit(f, r, s, &w->login->ev->begun, "login as ", w->login->ev->user,
				w->login->ev->result == AUTH_ACCEPTED);
	} else if (e->type == EV_HELLO) {
		/* Every name is accepted, so that says nothing. */
		word_hit(f, r, s, &e->at, "EHLO ", e->hello.name, false);
	} else if (e->type == EV_ASKED) {
		if (strcmp(e->asked.verb, "XCLIENT") != 0 &&
			strcmp(e->asked.verb, "XFORWARD") != 0)
			word_hit(f, r, s, &e->at, "asked for ", e->asked.args,
				e->asked.code == 250);
	} else {
		p = path_of(e);
		reason = address_code(p.text);
		if (reason)
			path_hit(f, r, s, e, &p, reason, p.accepted ? SEV_CRITICAL : SEV_HIGH);
	}
}

/* clang-format off */
const struct rule rules_smtp_address[] = {
	{&row_smtp_source_route, WAKE(EV_MAIL) | WAKE(EV_RCPT), EMIT_NOW, RULE_CLIENT, source_route},
	{&row_smtp_injection, WAKE(EV_MAIL) | WAKE(EV_RCPT) | WAKE(EV_HELLO) | WAKE(EV_ASKED) | WAKE_LOGIN, EMIT_NOW, RULE_CLIENT, injection},
	{.row = NULL},
};
/* clang-format on */
