/* What was said without waiting, and what was refused for who says it, FINDINGS.md 5.6. */
#include "findings/text.h"
#include "findings/rules_smtp.h"

#include <string.h>

/* smtp.pipelining */

static bool
verb_in(const char *verb, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(verb, *list) == 0)
			return true;
	return false;
}

/* RFC 2920 3.1: what must be the last of a group. STARTTLS has findings of its own. */
static const char *const last_ones[] = {
	"EHLO", "HELO", "LHLO", "VRFY", "EXPN", "TURN", "QUIT", "NOOP", NULL};

static bool
is_inside(const struct findings *f, const struct session *s)
{
	const struct endpoint client = session_client(s);

	return net_same_trusted(f->trusted, f->n_trusted, &client, &client);
}

static void
unwaited_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	enum severity sev, const struct place *at, const char *what, const char *before)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	hit_clue(&h, at, "%s acknowledges no answer to the %s before it", what, before);
	record_hit(f, &h);
}

static void
pipelining(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct ev_command *c = &e->command;

	if (e->type == EV_MSG_BEGIN) {
		if (e->msg_begin.unwaited)
			unwaited_hit(f, r, s, "data_not_waited", SEV_MEDIUM, &e->at,
				"the message", "DATA");
		return;
	}
	if (!c->behind || !c->verb || c->flags & CMD_INJECTED || !is_smtp(s))
		return;
	if (c->flags & CMD_BLIND && !is_submission(s) && !is_inside(f, s))
		unwaited_hit(f, r, s, "all_at_once", SEV_MEDIUM, &e->at, c->verb, c->behind);
	else if (verb_in(c->behind, last_ones))
		unwaited_hit(f, r, s, findings_word(f, "behind", c->behind), SEV_LOW, &e->at,
			c->verb, c->behind);
	else if (s->caps->known && !s->helo && !caps_has(s->caps, CAPS_PIPELINING) &&
		 strcmp(c->behind, "AUTH") != 0 && strcmp(c->behind, "STARTTLS") != 0)
		unwaited_hit(f, r, s, "not_offered", SEV_LOW, &e->at, c->verb, c->behind);
}

/* smtp.rejected_policy */

static bool
has_any(struct bytes text, const char *const *words)
{
	for (; *words; words++)
		if (bytes_isearch(text, bytes_str(*words)) != SIZE_MAX)
			return true;
	return false;
}

/* RFC 7372 3 and IANA's list: what each says. */
static const char *
enhanced_reason(struct bytes enhanced)
{
	static const struct {
		const char *code, *reason;
	} codes[] = {
		{"7.23", "spf"},
		{"7.24", "spf"},
		{"7.20", "dkim"},
		{"7.21", "dkim"},
		{"7.22", "dkim"},
		{"7.26", "multi"},
		{"7.25", "ptr"},
		{"7.29", "arc"},
		{"7.27", "null_mx"},
		{"1.10", "null_mx"},
		{"7.10", "tls"},
		{"7.28", "flood"},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (bytes_is(bytes_from(enhanced, 2), codes[i].code))
			return codes[i].reason;
	return NULL;
}

/* NULL: it was not refused for policy, or does not say so. */
static const char *
policy_reason(const struct ev_reply *y)
{
	static const char *const lists[] = {"spamhaus", "spamcop", "barracuda", "sorbs",
		"dnsbl", "uceprotect", "blacklist", "blocklist", "block list", "black list",
		"blocked using", NULL};
	static const char *const grey[] = {
		"greylist", "graylist", "grey-list", "grey list", "postgrey", NULL};
	bool security = y->enhanced.n > 2 && bytes_starts(bytes_from(y->enhanced, 2), "7.");
	const char *reason = y->enhanced.n > 2 ? enhanced_reason(y->enhanced) : NULL;

	if (reason)
		return reason;
	if (smtp_says_relay(y->text))
		return NULL;
	if (has_any(y->text, lists))
		return "dnsbl";
	if ((y->code == 450 || y->code == 451) && has_any(y->text, grey))
		return "greylist";
	return security ? "policy" : NULL;
}

static void
rejected_policy(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	static const char *const verbs[] = {"MAIL", "RCPT", "DATA", "EHLO", "HELO", NULL};
	const struct ev_reply *y = &w->event->reply;
	const char *reason;
	struct hit h;

	/* 530 and 538 ask for a login or for TLS. */
	if ((y->kind != REPLY_NO && y->kind != REPLY_BAD) || !is_smtp(s) || y->code == 530 ||
		y->code == 538)
		return;
	/* The greeting is the first reply, and answers nothing. */
	if (y->verb ? !verb_in(y->verb, verbs) : (y->id || s->replies > 1))
		return;
	reason = policy_reason(y);
	if (!reason)
		return;
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = strcmp(reason, "dnsbl") != 0 ? SEV_INFO
		     : is_inside(f, s)            ? SEV_MEDIUM
						  : SEV_LOW;
	hit_wire(f, &h, &w->event->at, NULL, y->text, y->masks, y->n_masks);
	hit_note(&h, "answer to %s", y->verb ? y->verb : "the connection");
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_smtp_policy[] = {
	{&row_smtp_pipelining, WAKE(EV_COMMAND) | WAKE(EV_MSG_BEGIN), EMIT_NOW, RULE_CLIENT, pipelining},
	{&row_smtp_rejected_policy, WAKE(EV_REPLY), EMIT_NOW, RULE_CLIENT, rejected_policy},
	{.row = NULL},
};
/* clang-format on */
