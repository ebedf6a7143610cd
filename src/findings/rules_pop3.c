/* What POP3 clients do to mailboxes, FINDINGS.md 5.11. */
#include "findings/deeds.h"
#include "findings/text.h"
#include "base/clock.h"

#include <stdio.h>

#define HABIT_TIMES 3 /* earlier sessions with the same pattern make it a habit */

static bool
is_share(uint64_t part, uint64_t whole, uint32_t percent)
{
	return whole && part * 100 >= whole * percent;
}

static struct pop3_deeds *
deeds_of(const struct session *s)
{
	struct pop3_deeds *d = s->findings_deeds;

	return d && d->proto == PROTO_POP3 ? d : NULL;
}

static bool
nothing_missed(const struct session *s, const struct fstate *st)
{
	return !st->desync && !session_has(s, AT_GAP);
}

static void
say_marked(struct hit *h, const struct pop3_deeds *d)
{
	hit_clue(h, &d->marked_at, "first DELE accepted");
	hit_main(h);
	if (d->quit)
		hit_clue(h, &d->quit_at, "QUIT accepted: they are deleted now");
}

/* pop3.delete_after_retr */

static void
delete_after_retr(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	const struct pop3_deeds *d = deeds_of(s);
	uint32_t both;
	struct hit h;

	if (!d || !d->marked.n || !nothing_missed(s, st))
		return;
	/* An answer to QUIT that was not seen, or was no, says neither. */
	if (!d->quit && (st->quit_sent || !deeds_are_over(s)))
		return;
	both = numbers_both(&d->got, &d->marked);
	if (!both)
		return;
	hit_init(&h, r, s, d->quit ? "committed" : "not_committed");
	h.account = session_text(s, TEXT_USER);
	say_marked(&h, d);
	hit_note(&h, "%u of %u downloaded messages marked for deletion", both, d->got.n);
	if (d->counted)
		hit_note(&h, ", %llu in the mailbox", (unsigned long long)d->messages);
	record_hit(f, &h);
}

/* pop3.delete_all */

static void
delete_all(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct pop3_deeds *d = deeds_of(s);
	uint32_t both;
	bool usual, destroyed;
	struct hit h;

	if (!d || !d->quit || !d->counted || d->marked.n < f->set.del_min ||
		!is_share(d->marked.n, d->messages, f->set.del_share) || !nothing_missed(s, st))
		return;
	both = numbers_both(&d->got, &d->marked);
	destroyed = both * 2 < d->marked.n && deeds_are_whole(s, st);
	usual = deeds_habit(f, s, HABIT_EMPTIES) >= HABIT_TIMES;
	hit_init(&h, r, s, usual ? "usual" : destroyed ? "not_retrieved" : "retrieved");
	h.named = true;
	h.severity = usual ? SEV_INFO : destroyed ? SEV_HIGH : SEV_MEDIUM;
	h.account = session_text(s, TEXT_USER);
	say_marked(&h, d);
	hit_note(&h, "%u of %llu messages deleted, %u of them downloaded before", d->marked.n,
		(unsigned long long)d->messages, both);
	record_hit(f, &h);
}

/* pop3.mass_download */

static const char *
download_reason(const struct findings *f, const struct pop3_deeds *d)
{
	if (d->got.n >= f->set.exfil_msgs)
		return "messages";
	if (d->octets >= f->set.exfil_bytes)
		return "bytes";
	/* Who takes his mail home empties a small mailbox every time: that is no archive. */
	if (d->counted && d->got.n >= f->set.exfil_share_min && !d->marked.n &&
		is_share(d->got.n, d->messages, f->set.exfil_share))
		return "share";
	return NULL;
}

static void
mass_download(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct pop3_deeds *d = deeds_of(s);
	const char *reason = d && d->got.n ? download_reason(f, d) : NULL;
	bool dump;
	char span[CLOCK_TEXT];
	struct hit h;

	if (!reason)
		return;
	dump = !d->marked.n && d->lists <= 2 && deeds_are_whole(s, st) &&
	       account_is_new_here(f, s);
	hit_init(&h, r, s, reason);
	h.named = true;
	h.certainty = CERTAINTY_POSSIBLE;
	h.severity = dump ? SEV_MEDIUM : SEV_LOW;
	h.account = session_text(s, TEXT_USER);
	hit_clue(&h, &d->got_at, "first message downloaded");
	hit_main(&h);
	hit_clue(&h, &d->got_end, "last message downloaded");
	hit_note(&h, "%u messages, %llu octets in %s%s", d->got.n,
		(unsigned long long)d->octets,
		clock_span(d->got_end.ts_ns - d->got_at.ts_ns, span),
		d->marked.n ? "" : ", left on the server");
	if (dump)
		hit_note(&h, "; this account was used from elsewhere before");
	record_hit(f, &h);
}

/* pop3.top_recon */

static void
top_recon(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct pop3_deeds *d = deeds_of(s);
	bool many;
	struct hit h;

	if (!d || !d->tops || d->got.n || !deeds_are_whole(s, st))
		return;
	many = d->tops >= f->set.exfil_msgs ||
	       (d->counted && d->tops >= f->set.exfil_share_min &&
		       is_share(d->tops, d->messages, f->set.exfil_share));
	if (!many || deeds_habit(f, s, HABIT_LEAFS) >= HABIT_TIMES)
		return;
	hit_init(&h, r, s, "headers");
	h.account = session_text(s, TEXT_USER);
	hit_clue(&h, &d->top_at, "first TOP n 0 answered");
	hit_note(&h, "headers of %u messages, no message", d->tops);
	if (d->counted)
		hit_note(&h, "; %llu in the mailbox", (unsigned long long)d->messages);
	record_hit(f, &h);
}

/* pop3.no_quit */

static void
no_quit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct pop3_deeds *d;
	struct hit h;

	if (s->proto != PROTO_POP3 || !s->authenticated || st->quit_sent ||
		!deeds_are_over(s) || !deeds_are_whole(s, st))
		return;
	d = deeds_of(s);
	hit_init(&h, r, s, d && d->marked.n ? "dele_pending" : "idle");
	h.named = true;
	h.severity = d && d->marked.n ? SEV_LOW : SEV_INFO;
	h.account = session_text(s, TEXT_USER);
	hit_clue(&h, SESSION_AT(s, AT_LOGIN_ACCEPTED), "login accepted; no QUIT followed");
	if (d && d->marked.n)
		hit_clue(&h, &d->marked_at, "first DELE accepted");
	hit_note(&h, "%u messages were marked for deletion", d ? d->marked.n : 0);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_pop3[] = {
	{&row_pop3_delete_after_retr, WAKE_CLOSE, EMIT_CLOSE, 0, delete_after_retr},
	{&row_pop3_delete_all, WAKE_CLOSE, EMIT_CLOSE, 0, delete_all},
	{&row_pop3_mass_download, WAKE_CLOSE, EMIT_CLOSE, RULE_CLIENT, mass_download},
	{&row_pop3_top_recon, WAKE_CLOSE, EMIT_CLOSE, RULE_CLIENT, top_recon},
	{&row_pop3_no_quit, WAKE_CLOSE, EMIT_CLOSE, 0, no_quit},
	{.row = NULL},
};
/* clang-format on */
