/* What IMAP servers and clients say that is worth knowing at once, FINDINGS.md 5.11. */
#include "findings/text.h"

#include <stdio.h>
#include <string.h>

static bool
in_clear(const struct place *at)
{
	return at->cover == COVER_CLEAR;
}

/* imap.preauth */

static void
preauth_worse(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct record *known;
	struct hit h;

	hit_init(&h, r, s, "greeting");
	known = record_find(f, &h);
	if (!known)
		return;
	hit_clue(&h, &e->at, "the client sent a message: %s", e->msg_begin.command);
	record_rate(f, known, s, SEV_CRITICAL, &h);
}

static void
preauth(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct hit h;

	if (!s->preauth || (endpoint_is_loopback(&s->flow->client) &&
				   endpoint_is_loopback(&s->flow->server)))
		return;
	if (e->type == EV_MSG_BEGIN) {
		if (e->msg_begin.via == VIA_APPEND && in_clear(&e->at))
			preauth_worse(f, r, s, e);
		return;
	}
	hit_init(&h, r, s, in_clear(&e->at) ? "greeting" : "inside_tls");
	h.named = true;
	h.severity = in_clear(&e->at) ? SEV_HIGH : SEV_MEDIUM;
	hit_wire(f, &h, &e->at, "PREAUTH ", e->greeting.text, NULL, 0);
	record_hit(f, &h);
}

/* imap.alert */

static void
alert(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_reply *y = &w->event->reply;
	struct hit h;

	if (!y->resp_code.n || s->proto != PROTO_IMAP || !bytes_iis(y->resp_code, "ALERT"))
		return;
	hit_init(&h, r, s, "text");
	hit_wire(f, &h, &w->event->at, NULL, y->text, y->masks, y->n_masks);
	record_hit(f, &h);
}

/* imap.acl_change */

static bool
everybody(struct bytes who)
{
	return bytes_iis(who, "anyone") || bytes_iis(who, "anonymous") ||
	       bytes_iis(who, "authuser") || bytes_iis(who, "authenticated");
}

static bool
has_right(struct bytes rights, char right)
{
	return memchr(rights.p, right, rights.n) != NULL;
}

/* RFC 4314 3.1: "+lr" adds, "-lr" takes away. */
static bool
gives(const struct ev_deed *d)
{
	return strcmp(d->verb, "SETACL") == 0 && d->rights.n && d->rights.p[0] != '-';
}

static bool
is_private(struct bytes mailbox)
{
	return bytes_iis(mailbox, "INBOX") || bytes_isearch(mailbox, BYTES("Sent")) != SIZE_MAX;
}

static const char *
acl_reason(const struct session *s, const struct ev_deed *d)
{
	struct bytes own = session_text(s, TEXT_USER);

	if (d->kind != REPLY_OK)
		return "refused";
	if (!gives(d))
		return "taken";
	if (everybody(d->who))
		return "everybody";
	if (bytes_ieq(d->who, own))
		return "own";
	if (has_right(d->rights, 'a'))
		return "admin";
	if (is_private(d->mailbox) && has_right(d->rights, 'r') && has_right(d->rights, 'l'))
		return "read_by_other";
	return "given";
}

static enum severity
acl_severity(const char *reason)
{
	if (strcmp(reason, "refused") == 0)
		return SEV_LOW;
	if (strcmp(reason, "taken") == 0 || strcmp(reason, "own") == 0 ||
		strcmp(reason, "given") == 0)
		return SEV_MEDIUM;
	return SEV_HIGH;
}

/* RFC 4314 2.1 */
static const struct {
	char letter;
	const char *means;
} rights[] = {
	{'l', "lookup"},
	{'r', "read"},
	{'s', "seen flag"},
	{'w', "write flags"},
	{'i', "insert"},
	{'p', "post"},
	{'k', "create mailboxes"},
	{'x', "delete mailbox"},
	{'t', "delete messages"},
	{'e', "expunge"},
	{'a', "administer"},
};

static void
rights_note(struct hit *h, struct bytes given)
{
	const char *sep = " (";

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (!has_right(given, rights[i].letter))
			continue;
		hit_note(h, "%s%s", sep, rights[i].means);
		sep = ", ";
	}
	if (*sep == ',')
		hit_note(h, ")");
}

static bool
only_asks(const char *verb)
{
	return strcmp(verb, "GETACL") == 0 || strcmp(verb, "MYRIGHTS") == 0 ||
	       strcmp(verb, "LISTRIGHTS") == 0;
}

static void
acl_change(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_deed *d = &w->event->deed;
	bool asks = only_asks(d->verb);
	char before[160];
	struct hit h;

	if (!asks && strcmp(d->verb, "SETACL") != 0 && strcmp(d->verb, "DELETEACL") != 0)
		return;
	hit_init(&h, r, s, asks ? "asked" : acl_reason(s, d));
	h.named = true;
	h.severity = asks ? SEV_INFO : acl_severity(h.reason);
	h.account = session_text(s, TEXT_USER);
	snprintf(before, sizeof(before), "%s %s, mailbox ", d->verb,
		d->kind == REPLY_OK ? "accepted" : "refused");
	hit_wire(f, &h, &w->event->at, before, d->mailbox, NULL, 0);
	if (d->who.n)
		hit_wire(f, &h, &w->event->at, "identifier ", d->who, NULL, 0);
	if (d->rights.n)
		hit_wire(f, &h, &w->event->at, "rights ", d->rights, NULL, 0);
	if (d->rights.n && d->rights.p[0] != '-') {
		hit_note(&h, "rights: %.*s", BYTES_FMT(bytes_sub(d->rights, 0, 20)));
		rights_note(&h, d->rights);
	}
	record_hit(f, &h);
}

/* imap.id */

static void
id(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_software *v = &w->event->software;
	bool client = v->who == DIR_C2S;
	const char *reason = client ? "client" : "server";
	struct hit h;

	if (s->proto != PROTO_IMAP || !v->fields.n)
		return;
	if (client && v->origin.n && !endpoint_is_private(&s->flow->client) &&
		!endpoint_is_loopback(&s->flow->client) &&
		!findings_is_proxy(f, &s->flow->client))
		reason = "client_names_origin";
	else if (!client && v->version.n && v->os.n && !s->authenticated && !s->preauth &&
		 !state_partial(s) && in_clear(&w->event->at))
		reason = "server_details";
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = strchr(reason, '_') ? SEV_LOW : SEV_INFO;
	hit_wire(f, &h, &w->event->at, "ID ", v->fields, NULL, 0);
	record_hit(f, &h);
}

/* imap.compress */

static void
compress(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct hit h;

	if (s->proto != PROTO_IMAP || w->event->layer.kind != LAYER_DEFLATE)
		return;
	hit_init(&h, r, s, "deflate");
	hit_clue(&h, &w->event->at, "COMPRESS DEFLATE accepted: what follows is inflated");
	record_hit(f, &h);
}

/* imap.compress.bomb */

static void
bomb(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	bool ratio = e->anomaly.id == ANOMALY_INFLATE_BOMB;
	struct hit h;

	if (!ratio && e->anomaly.id != ANOMALY_INFLATE_BROKEN)
		return;
	/* Behind a hole nothing fits any more. */
	if (s->proto != PROTO_IMAP || (!ratio && session_has(s, AT_GAP)))
		return;
	hit_init(&h, r, s, ratio ? "ratio" : "corrupt");
	h.named = true;
	h.severity = ratio ? SEV_MEDIUM : SEV_LOW;
	hit_clue(&h, &e->at, "%s: %s", e->at.dir == DIR_C2S ? "client" : "server",
		anomaly_text(e->anomaly.id));
	record_hit(f, &h);
}

/* imap.legacy_version */

static void
legacy_version(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_caps *c = &w->event->caps;
	const char *old = NULL;
	struct hit h;

	if (s->proto != PROTO_IMAP || !c->known)
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (bytes_istarts(c->items[i], "IMAP4rev"))
			return;
		if (bytes_iis(c->items[i], "IMAP4"))
			old = "IMAP4";
		else if (!old && bytes_istarts(c->items[i], "IMAP2"))
			old = "IMAP2bis";
	}
	if (!old)
		return; /* a list without any version is not whole */
	hit_init(&h, r, s, findings_word(f, old, NULL));
	hit_clue(&h, &w->event->at, "capabilities name %s and nothing later", old);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_imap[] = {
	{&row_imap_preauth, WAKE(EV_GREETING) | WAKE(EV_MSG_BEGIN), EMIT_NOW, 0, preauth},
	{&row_imap_alert, WAKE(EV_REPLY), EMIT_NOW, 0, alert},
	{&row_imap_acl_change, WAKE(EV_DEED), EMIT_NOW, 0, acl_change},
	{&row_imap_id, WAKE(EV_SOFTWARE), EMIT_NOW, 0, id},
	{&row_imap_compress, WAKE(EV_LAYER), EMIT_NOW, 0, compress},
	{&row_imap_compress_bomb, WAKE(EV_ANOMALY), EMIT_NOW, 0, bomb},
	{&row_imap_legacy_version, WAKE(EV_CAPS), EMIT_NOW, 0, legacy_version},
	{.row = NULL},
};
/* clang-format on */
