/* What a server offers and refuses, FINDINGS.md 5.1: rules over capability lists and refusals.
 */
#include "findings/text.h"

#include <string.h>

/* Mechanisms that hand the secret over as it is. */
static const uint32_t plain_mechs = CAPS_PLAIN | CAPS_LOGIN | CAPS_XOAUTH2 | CAPS_OAUTHBEARER;

/* May a password be sent as the list stands? */
static bool
invites_password(const struct session *s, const struct caps *c)
{
	if (caps_has(c, plain_mechs))
		return true;
	if (s->proto == PROTO_POP3)
		return caps_has(c, CAPS_USER);
	/* A list that was asked for after a login we did not see says nothing of LOGIN. */
	return s->proto == PROTO_IMAP && !caps_has(c, CAPS_LOGINDISABLED) &&
	       session_has(s, AT_GREETING) && !s->flow->midstream;
}

/* A list in clear, before TLS and before any login. */
static bool
clear_list(const struct session *s, const struct event *e)
{
	return e->caps.known && e->at.cover == COVER_CLEAR && s->caps->known &&
	       s->caps->preauth && !s->tls && !s->preauth && !s->authenticated;
}

static void
caps_hit(struct hit *h, const struct rule *r, struct session *s, const struct event *e,
	const char *reason)
{

	hit_init(h, r, s, reason);
	hit_clue(h, &e->at, "%s: %.*s", text_caps_source(s->proto), BYTES_FMT(s->caps->text));
}

static void
offered_before_tls(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	bool starttls;
	struct hit h;

	if (!clear_list(s, w->event) || !invites_password(s, s->caps) ||
		endpoint_is_loopback(&s->flow->server))
		return;
	starttls = caps_has(s->caps, CAPS_STARTTLS);
	caps_hit(&h, r, s, w->event, starttls ? "with_starttls" : "without_starttls");
	h.severity = starttls ? SEV_MEDIUM : SEV_HIGH;
	record_hit(f, &h);
}

/* auth.obsolete_mechanism */

static const enum caps_bit obsolete[] = {CAPS_CRAM_MD5, CAPS_DIGEST_MD5, CAPS_NTLM,
	CAPS_KERBEROS_V4, CAPS_SKEY, CAPS_OTP, CAPS_SECURID, CAPS_LOGIN};
#define N_OBSOLETE (sizeof(obsolete) / sizeof(obsolete[0]))

static void
obsolete_offered(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	bool tls = e->at.cover != COVER_CLEAR;

	if (!e->caps.known || !s->caps->known)
		return;
	for (size_t i = 0; i < N_OBSOLETE; i++) {
		const char *name = caps_mechanism_name(obsolete[i]);
		struct hit h;

		if (!caps_has(s->caps, obsolete[i]))
			continue;
		caps_hit(&h, r, s, e, findings_word(f, name, tls ? "tls" : NULL));
		/* Next to PLAIN inside TLS it is common, for old clients. */
		if (tls && obsolete[i] == CAPS_LOGIN)
			h.severity = SEV_INFO;
		hit_note(&h, "%s is offered", name);
		record_hit(f, &h);
	}
}

static bool
is_obsolete(const struct ev_login *ev)
{
	if (bytes_is(ev->mechanism, "APOP"))
		return true;
	for (size_t i = 0; ev->sasl && i < N_OBSOLETE; i++)
		if (bytes_iis(ev->mechanism, caps_mechanism_name(obsolete[i])))
			return true;
	return false;
}

static void
obsolete_used(struct findings *f, const struct rule *r, struct session *s,
	const struct fstate *st, const struct login *l)
{
	const char *name = text_mechanism_token(l->ev, s->proto);
	bool accepted = l->ev->result == AUTH_ACCEPTED;
	struct hit h;

	if (!is_obsolete(l->ev) || (!accepted && strcmp(name, "apop") != 0))
		return;
	if (strcmp(name, "other") == 0)
		name = "otp_or_older";
	hit_init(&h, r, s, accepted ? findings_word(f, name, "used") : name);
	h.severity = !accepted                              ? SEV_LOW
		     : strcmp(name, "login") == 0 && l->tls ? SEV_INFO
							    : SEV_MEDIUM;
	text_login(f, &h, st, l);
	hit_note(&h, "%.*s was used%s", BYTES_FMT(l->ev->mechanism),
		accepted ? " and accepted" : "");
	record_hit(f, &h);
}

static void
obsolete_mechanism(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	if (w->login)
		obsolete_used(f, r, s, st, w->login);
	else
		obsolete_offered(f, r, s, w->event);
}

/* auth.enforced_tls */

/* The list says: TLS first, then a login. */
static bool
list_enforces(const struct session *s, const struct caps *c)
{
	if (!caps_has(c, CAPS_STARTTLS) || caps_has(c, plain_mechs))
		return false;
	if (s->proto == PROTO_IMAP)
		return caps_has(c, CAPS_LOGINDISABLED);
	if (s->proto == PROTO_POP3)
		return !caps_has(c, CAPS_USER);
	return !caps_has(c, CAPS_AUTH);
}

static bool
user_withheld(const struct session *s)
{
	return s->proto == PROTO_POP3 && s->caps_clear->known &&
	       !caps_has(s->caps_clear, CAPS_USER);
}

static bool
reply_enforces(const struct session *s, const struct ev_reply *r)
{
	if (!r->verb || (r->kind != REPLY_NO && r->kind != REPLY_BAD))
		return false;
	if (s->proto == PROTO_SMTP || s->proto == PROTO_LMTP)
		return (strcmp(r->verb, "AUTH") == 0 || strcmp(r->verb, "MAIL") == 0) &&
		       (r->code == 538 ||
			       (r->code == 530 &&
				       (bytes_is(r->enhanced, "5.7.0") ||
					       bytes_isearch(r->text, BYTES("STARTTLS")) !=
						       SIZE_MAX)));
	if (s->proto == PROTO_POP3)
		return strcmp(r->verb, "USER") == 0 && user_withheld(s);
	return state_auth_verb(r->verb) && bytes_istarts(r->resp_code, "PRIVACYREQUIRED");
}

static void
enforced_tls(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct hit h;

	if (e->at.cover != COVER_CLEAR || s->tls)
		return;
	if (e->type == EV_CAPS) {
		if (!clear_list(s, e) || !list_enforces(s, s->caps) || s->flow->midstream)
			return;
		caps_hit(&h, r, s, e, "list");
	} else {
		if (!reply_enforces(s, &e->reply))
			return;
		hit_init(&h, r, s, "refused");
		hit_wire(f, &h, &e->at, NULL, e->reply.text, e->reply.masks, e->reply.n_masks);
	}
	record_hit(f, &h);
}

/* SCRAM parameters */

static void
low_iterations(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct sasl_detail *d = w->login ? &w->login->ev->detail : &w->event->sasl.detail;
	struct hit h;

	if (d->scram_iterations == 0 || d->scram_iterations >= f->set.scram_min_iter)
		return;
	hit_init(&h, r, s, "low");
	if (w->login && record_find(f, &h))
		return;
	hit_clue(&h, w->login ? &w->login->ev->begun : &w->event->at, "i=%u, salt of %u octets",
		d->scram_iterations, d->scram_salt_len);
	record_hit(f, &h);
}

static void
cb_downgrade(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct sasl_detail *d = w->login ? &w->login->ev->detail : &w->event->sasl.detail;
	const struct place *at = w->login ? &w->login->ev->begun : &w->event->at;
	bool tls = w->login ? w->login->tls : w->event->at.cover != COVER_CLEAR;
	const struct caps *c = tls ? s->caps_tls : s->caps_clear;
	struct hit h;

	if ((d->scram_cb != 'y' && d->scram_cb != 'n') || !c->known ||
		!caps_has(c, CAPS_SCRAM_PLUS))
		return;
	/* What the client believes may come from the list before TLS. */
	if (tls && s->caps_clear->known && !caps_has(s->caps_clear, CAPS_SCRAM_PLUS))
		return;
	hit_init(&h, r, s, d->scram_cb == 'y' ? "y" : "n");
	if (w->login && record_find(f, &h))
		return;
	h.severity = d->scram_cb == 'y' ? SEV_MEDIUM : SEV_LOW;
	hit_clue(&h, SESSION_AT(s, tls ? AT_CAPS_TLS : AT_CAPS_CLEAR), "%s: %.*s",
		text_caps_source(s->proto), BYTES_FMT(c->text));
	hit_main(&h);
	hit_clue(&h, at, "client's channel binding flag: %c", d->scram_cb);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_caps[] = {
	{&row_auth_offered_before_tls, WAKE(EV_CAPS), EMIT_NOW, 0, offered_before_tls},
	{&row_auth_obsolete_mechanism, WAKE(EV_CAPS) | WAKE_LOGIN, EMIT_NOW, 0, obsolete_mechanism},
	{&row_auth_enforced_tls, WAKE(EV_CAPS) | WAKE(EV_REPLY), EMIT_NOW, 0, enforced_tls},
	{&row_auth_scram_low_iterations, WAKE(EV_SASL_INFO) | WAKE_LOGIN, EMIT_NOW, 0, low_iterations},
	{&row_auth_scram_cb_downgrade, WAKE(EV_SASL_INFO) | WAKE_LOGIN, EMIT_NOW, 0, cb_downgrade},
	{.row = NULL},
};
/* clang-format on */
