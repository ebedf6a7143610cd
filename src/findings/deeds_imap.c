/* What IMAP clients do to mailboxes, counted. */
#include "findings/deeds.h"
#include "findings/text.h"

#include <string.h>

/* names */

static const char *const bins[] = {"Trash", "Deleted Items", "Deleted Messages", "Deleted",
	"Bin", "Junk", "Junk E-mail", "Junk Email", "Spam", "Bulk Mail", "Papierkorb",
	"Gelöschte Elemente", "Corbeille", "Éléments supprimés", "Papelera", "Cestino", "Lixo",
	"Prullenbak", NULL};
static const char *const archives[] = {
	"Archive", "Archives", "All Mail", "Archiv", "Archivio", "Archivo", NULL};
static const char *const sents[] = {"Sent", "Sent Items", "Sent Mail", "Sent Messages",
	"Gesendet", "Gesendete Objekte", "Gesendete Elemente", "Envoyés", "Éléments envoyés",
	"Enviados", "Posta inviata", NULL};
static const char *const drafts[] = {
	"Drafts", "Draft", "Entwürfe", "Brouillons", "Borradores", "Bozze", NULL};

/* The last part of "INBOX.Trash", "[Gmail]/Trash"; the separator is what stands before it. */
static bool
is_named(struct bytes name, const char *const *list)
{
	for (; *list; list++) {
		size_t n = strlen(*list);
		struct bytes end = bytes_from(name, name.n > n ? name.n - n : 0);

		if (bytes_iis(end, *list) &&
			(end.n == name.n || name.p[name.n - n - 1] == '.' ||
				name.p[name.n - n - 1] == '/'))
			return true;
	}
	return false;
}

bool
mailbox_is_bin(struct bytes name)
{
	return is_named(name, bins);
}

bool
mailbox_is_archive(struct bytes name)
{
	return is_named(name, archives);
}

bool
mailbox_is_sent(struct bytes name)
{
	return is_named(name, sents);
}

bool
mailbox_is_drafts(struct bytes name)
{
	return is_named(name, drafts);
}

/* taken */

void
imap_deeds_leave(struct findings *f, struct imap_deeds *d)
{
	if (d->got.n && d->counted && d->got.n >= f->set.exfil_share_min &&
		d->got.n * UINT64_C(100) >= d->box_messages * f->set.exfil_share)
		d->share = true;
	d->got_before += d->got.n;
	numbers_clear(f, &d->got);
	d->marked = d->gone = 0;
	d->counted = false;
}

static void
first_of_box(struct imap_deeds *d, const struct session *s)
{
	struct bytes name = session_text(s, TEXT_MAILBOX);

	for (uint32_t i = 0; i < d->boxes && i < DEEDS_BOXES; i++)
		if (bytes_is(bytes_sub(name, 0, sizeof(d->names[0]) - 1), d->names[i]))
			return;
	if (d->boxes < DEEDS_BOXES)
		text_keep(d->names[d->boxes], sizeof(d->names[0]), name);
	d->boxes++;
	d->filed |= mailbox_is_sent(name) || mailbox_is_archive(name);
}

static bool
is_all_text(const struct message *m)
{
	return m->whole || bytes_is(m->section, "BODY[TEXT]") ||
	       bytes_is(m->section, "RFC822.TEXT");
}

void
imap_deeds_message(struct findings *f, struct session *s, const struct message *m)
{
	struct imap_deeds *d;

	if (m->via != VIA_FETCH || !m->complete)
		return;
	d = deeds_imap(f, s);
	if (!is_all_text(m)) {
		d->headers |= m->headers;
		if (!m->headers)
			d->octets += m->size;
		return;
	}
	d->octets += m->size;
	d->seen |= !m->peek && !d->read_only;
	if (!d->got.n)
		first_of_box(d, s);
	numbers_add(f, &d->got, m->number);
	if (!d->got_at.packet)
		d->got_at = m->begin;
	d->got_end = m->end;
}

/* removed */

/* static; ret says how bad it is */
static const char *
removal_reason(const struct ev_deed *e, enum severity *ret)
{
	const char *verb = e->verb;

	*ret = SEV_HIGH;
	if (!strstr(verb, "MOVE"))
		return "expunged";
	*ret = SEV_MEDIUM;
	if (mailbox_is_bin(e->mailbox))
		return "moved_to_bin";
	*ret = SEV_LOW;
	return mailbox_is_archive(e->mailbox) ? "moved_to_archive" : "moved";
}

static void
removal_judge(
	struct findings *f, struct session *s, struct imap_deeds *d, const struct event *e)
{
	struct bytes name = session_text(s, TEXT_MAILBOX);
	struct removal *w = &d->worst;
	const char *reason;
	enum severity severity;
	uint64_t before = d->box_messages > e->deed.before ? d->box_messages : e->deed.before;

	if (!d->counted || d->gone < f->set.del_min ||
		d->gone * 100 < before * f->set.del_share || mailbox_is_bin(name) ||
		mailbox_is_drafts(name))
		return;
	reason = removal_reason(&e->deed, &severity);
	if (w->reason &&
		(severity < w->severity || (severity == w->severity && d->gone < w->gone)))
		return;
	*w = (struct removal){.reason = reason,
		.severity = severity,
		.by_close = strcmp(e->deed.verb, "CLOSE") == 0,
		.gone = d->gone,
		.before = before,
		.marked_at = d->marked_at,
		.at = e->at};
	text_keep(w->mailbox, sizeof(w->mailbox), name);
}

static void
take_deed(struct findings *f, struct session *s, const struct event *e)
{
	const struct ev_deed *v = &e->deed;
	struct imap_deeds *d;
	bool move = strstr(v->verb, "MOVE") != NULL;

	if (v->kind != REPLY_OK)
		return;
	d = deeds_imap(f, s);
	if (strcmp(v->verb, "DELETE") == 0) {
		d->boxes_deleted++;
		d->deleted_at = e->at;
	} else if (v->marked) {
		d->marked += v->marked;
		if (!d->marked_at.packet)
			d->marked_at = e->at;
	} else if (strcmp(v->verb, "CLOSE") == 0) {
		/* RFC 9051 6.4.1: what is marked goes, without a word for each. */
		if (!d->read_only)
			d->gone += d->marked;
		removal_judge(f, s, d, e);
		imap_deeds_leave(f, d);
	} else if (v->gone && (move || d->marked)) {
		/* What others marked is not this client's. */
		d->gone += v->gone;
		d->marked -= d->marked < v->gone ? d->marked : v->gone;
		removal_judge(f, s, d, e);
	}
}

void
imap_deeds_event(struct findings *f, struct session *s, const struct event *e)
{
	struct imap_deeds *d = s->findings_deeds;
	const char *verb;

	if (e->type == EV_MAILBOX) {
		d = deeds_imap(f, s);
		imap_deeds_leave(f, d);
		d->counted = e->mailbox.counted;
		d->box_messages = e->mailbox.messages;
		d->read_only = e->mailbox.read_only;
		d->marked_at = (struct place){0};
	} else if (e->type == EV_DEED) {
		take_deed(f, s, e);
	} else if (e->type == EV_COMMAND && d && !d->busy) {
		verb = e->command.verb;
		d->busy = verb && (strcmp(verb, "IDLE") == 0 || strcmp(verb, "STORE") == 0 ||
					  strcmp(verb, "UID STORE") == 0);
	}
}
