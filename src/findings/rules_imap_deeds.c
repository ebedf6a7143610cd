/* Messages taken and removed in bulk, FINDINGS.md 5.11. */
#include "findings/deeds.h"
#include "findings/text.h"
#include "base/clock.h"

#define BOXES_MANY 3 /* mailboxes copied, mailboxes deleted */

static struct imap_deeds *
deeds_of(const struct session *s)
{
	struct imap_deeds *d = s->findings_deeds;

	return d && d->proto == PROTO_IMAP ? d : NULL;
}

/* imap.mass_fetch */

static const char *
fetch_reason(const struct findings *f, const struct imap_deeds *d)
{
	if (d->got_before >= f->set.exfil_msgs)
		return "messages";
	if (d->octets >= f->set.exfil_bytes)
		return "bytes";
	return d->share ? "share" : NULL;
}

/* By ID; a claim, so it only makes a case milder. */
static bool
known_reader(struct bytes software)
{
	static const char *const names[] = {"Thunderbird", "Microsoft Outlook", "Outlook",
		"Mac OS X Mail", "macOS Mail", "iPhone Mail", "iPad Mail", "iOS Mail",
		"K-9 Mail", "FairEmail", "Evolution", "KMail", "Geary", "Betterbird"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_istarts(software, names[i]))
			return true;
	return false;
}

static enum severity
fetch_severity(const struct findings *f, const struct session *s, const struct fstate *st,
	const struct imap_deeds *d)
{
	if (d->headers && known_reader(session_text(s, TEXT_CLIENT_SOFTWARE)))
		return SEV_LOW;
	if (d->boxes >= BOXES_MANY && d->filed && !d->seen && !d->busy &&
		deeds_are_whole(s, st) && account_is_new_here(f, s))
		return SEV_HIGH;
	return SEV_MEDIUM;
}

static void
fetch_note(struct hit *h, const struct session *s, const struct imap_deeds *d)
{
	struct bytes software = session_text(s, TEXT_CLIENT_SOFTWARE);
	char span[CLOCK_TEXT];

	hit_note(h, "%u messages of %u mailboxes, %llu octets in %s", d->got_before, d->boxes,
		(unsigned long long)d->octets,
		clock_span(d->got_end.ts_ns - d->got_at.ts_ns, span));
	for (uint32_t i = 0; i < d->boxes && i < DEEDS_BOXES; i++)
		hit_note(h, "%s%s", i ? ", " : ": ", d->names[i]);
	if (!d->seen)
		hit_note(h, "; none was marked as read");
	if (software.n)
		hit_note(h, "; client %.*s", BYTES_FMT(bytes_sub(software, 0, 60)));
}

/* Nothing inside can be read: the volume alone. */
static void
opaque(struct findings *f, const struct rule *r, struct session *s)
{
	uint64_t octets = s->flow->side[DIR_S2C].bytes;
	struct place at = session_at(s, AT_TLS_ESTABLISHED);
	char span[CLOCK_TEXT];
	struct hit h;

	if (octets < f->set.exfil_bytes || !s->tls || at.packet == 0 ||
		(s->service != SERVICE_IMAPS && s->proto != PROTO_IMAP) ||
		session_text(s, TEXT_MAILBOX).n || deeds_habit(f, s, HABIT_HAULS))
		return;
	hit_init(&h, r, s, "opaque");
	h.named = true;
	h.severity = SEV_LOW;
	h.certainty = CERTAINTY_POSSIBLE;
	hit_clue(&h, &at, "TLS begins");
	hit_note(&h, "%llu octets from the server in %s", (unsigned long long)octets,
		clock_span(s->flow->last_ns - s->flow->first_ns, span));
	record_hit(f, &h);
}

static void
mass_fetch(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct imap_deeds *d = deeds_of(s);
	const char *reason;
	struct hit h;

	if (!d) {
		if (s->flow->side[DIR_S2C].bytes >= f->set.exfil_bytes)
			opaque(f, r, s);
		return;
	}
	imap_deeds_leave(f, d);
	reason = fetch_reason(f, d);
	if (!reason || !d->got_at.packet)
		return;
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = fetch_severity(f, s, st, d);
	h.account = session_text(s, TEXT_USER);
	hit_clue(&h, &d->got_at, "first message");
	hit_main(&h);
	hit_clue(&h, &d->got_end, "last message");
	fetch_note(&h, s, d);
	record_hit(f, &h);
}

/* imap.mass_delete */

static void
mailboxes_deleted(
	struct findings *f, const struct rule *r, struct session *s, const struct imap_deeds *d)
{
	struct hit h;

	hit_init(&h, r, s, "mailboxes");
	h.account = session_text(s, TEXT_USER);
	hit_clue(&h, &d->deleted_at, "the last DELETE was accepted");
	hit_note(&h, "%u mailboxes deleted", d->boxes_deleted);
	record_hit(f, &h);
}

static void
mass_delete(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct imap_deeds *d = deeds_of(s);
	const struct removal *v;
	struct hit h;

	if (!d)
		return;
	if (d->boxes_deleted >= BOXES_MANY)
		mailboxes_deleted(f, r, s, d);
	v = &d->worst;
	if (!v->reason || st->desync || session_has(s, AT_GAP))
		return;
	hit_init(&h, r, s, v->reason);
	h.named = true;
	h.severity = v->severity;
	if (v->by_close)
		h.certainty = CERTAINTY_PROBABLE;
	h.account = session_text(s, TEXT_USER);
	hit_clue(&h, &v->marked_at, "the first were marked \\Deleted");
	hit_main(&h);
	hit_clue(&h, &v->at, "gone with this answer");
	hit_note(&h, "%llu of %llu messages of ", (unsigned long long)v->gone,
		(unsigned long long)v->before);
	hit_note(&h, "%s", v->mailbox);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_imap_deeds[] = {
	{&row_imap_mass_fetch, WAKE_CLOSE, EMIT_CLOSE, RULE_CLIENT, mass_fetch},
	{&row_imap_mass_delete, WAKE_CLOSE, EMIT_CLOSE, 0, mass_delete},
	{.row = NULL},
};
/* clang-format on */
