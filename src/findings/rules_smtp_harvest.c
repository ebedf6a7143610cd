/* Who is there? Asked by recipients that are refused, FINDINGS.md 5.6. */
#include "findings/address.h"
#include "findings/text.h"
#include "findings/rules_smtp.h"
#include "findings/tries.h"

#include <string.h>

/* RFC 3463: there is no such mailbox, or it does not take mail. */
static bool
names_nobody(struct bytes enhanced)
{
	static const char *const codes[] = {
		"5.1.1", "5.1.10", "5.1.0", "5.1.2", "5.1.3", "5.2.1"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (bytes_is(enhanced, codes[i]))
			return true;
	return false;
}

/* Without an enhanced code, the words must not say that it is for another reason. */
static bool
is_policy(struct bytes reply)
{
	static const char *const words[] = {"relay", "spam", "block", "list", "policy",
		"denied", "reputation", "spf", "dkim", "dmarc", "authent", "sender", "helo",
		"reverse", "prohibited", "not permitted", "not allowed", "rejected by"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_isearch(reply, bytes_str(words[i])) != SIZE_MAX)
			return true;
	return false;
}

static bool
is_unknown_user(const struct ev_rcpt *y)
{
	if (!y->known || y->accepted)
		return false;
	if (y->enhanced.n)
		return y->code >= 500 && names_nobody(y->enhanced);
	return (y->code == 550 || y->code == 551 || y->code == 553 || y->code == 554) &&
	       !is_policy(y->reply);
}

/* The server knows who lives in this domain. */
static void
note_answerer(struct findings *f, const struct session *s, const struct ev_rcpt *y)
{
	struct bytes domain = address_domain(y->path);

	if (domain.n && y->code == 550 && bytes_is(y->enhanced, "5.1.1"))
		answerers_add(f, s, domain);
}

static void
harvest_hit(struct findings *f, const struct rule *r, struct session *s, const struct tries *e,
	const struct event *ev, uint32_t refused, uint32_t granted)
{
	int64_t now = ev->at.ts_ns, window = f->set.harvest_window_ns;
	struct hit h;

	hit_init(&h, r, s, "recipients");
	hit_note(&h, "%u unknown recipients, %u accepted", refused, granted);
	tries_clues(f, &h, e, now, window, "RCPT TO ");
	hit_main(&h);
	hit_wire(f, &h, &ev->rcpt.answered, NULL, ev->rcpt.reply, NULL, 0);
	record_hit(f, &h);
}

/* Bounces go to whoever was named as sender: many of those do not exist. */
static bool
is_bounce(const struct session *s, const struct ev_rcpt *y)
{
	const struct transaction *t = session_transaction(s, y->tx);

	return t && t->mail_known && t->mail_from.n == 0;
}

/* What this connection brought before it first asked for somebody who is not there: the
 * recipients of this transaction, and at least one of each message. */
static void
grant_earlier(struct tries *e, const struct session *s, const struct ev_rcpt *y, int64_t now,
	int64_t window)
{
	const struct transaction *t = session_transaction(s, y->tx);
	uint32_t n = s->messages + (t ? t->n_accepted : 0);

	while (n--)
		tries_grant(e, now, window);
}

static void
harvest(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_rcpt *y = &w->event->rcpt;
	int64_t now = w->event->at.ts_ns, window = f->set.harvest_window_ns;
	uint32_t refused, granted;
	struct tries *e;

	if (y->accepted) {
		e = tries_known(&f->harvesters, s);
		if (e)
			tries_grant(e, now, window);
		return;
	}
	if (!is_unknown_user(y) || !is_smtp(s))
		return;
	note_answerer(f, s, y);
	if (is_bounce(s, y))
		return;
	e = tries_known(&f->harvesters, s);
	if (!e) {
		e = tries_of(&f->harvesters, s);
		grant_earlier(e, s, y, now, window);
	}
	tries_add(&f->harvesters, e, y->path, &w->event->at);
	refused = tries_distinct(e, now, window);
	granted = tries_granted(e, now, window);
	if (refused < tries_enough(f->set.harvest_rcpt) ||
		refused * 100 < f->set.harvest_share * (refused + granted))
		return;
	harvest_hit(f, r, s, e, w->event, refused, granted);
}

/* clang-format off */
const struct rule rules_smtp_harvest[] = {
	{&row_smtp_harvest, WAKE(EV_RCPT), EMIT_WINDOW, RULE_CLIENT, harvest},
	{.row = NULL},
};
/* clang-format on */
