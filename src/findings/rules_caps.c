/* What a server offers and refuses, FINDINGS.md 5.1: rules over capability lists and refusals.
 */
#include "findings/text.h"

#include <string.h>

/* Mechanisms that hand the secret over as it is. */
static const char *const plain_mechs[] = {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"};

static bool
offers_plain(const struct caps *c, enum proto p)
{
	for (size_t i = 0; i < sizeof(plain_mechs) / sizeof(plain_mechs[0]); i++)
		if (caps_offers(c, p, plain_mechs[i]))
			return true;
	return false;
}

/* May a password be sent as the list stands? */
static bool
invites_password(const struct session *s, const struct caps *c)
{
	if (offers_plain(c, s->proto))
		return true;
	if (s->proto == PROTO_POP3)
		return caps_find(c, "USER") != NULL;
	/* A list that was asked for after a login we did not see says nothing of LOGIN. */
	return s->proto == PROTO_IMAP && !caps_find(c, "LOGINDISABLED") && s->greeting.packet &&
	       !s->flow->midstream;
}

/* A list in clear, before TLS and before any login. */
static bool
clear_list(const struct session *s, const struct event *e)
{
	return e->caps.known && e->at.cover == COVER_CLEAR && s->caps.known &&
	       s->caps.preauth && !s->tls && !s->preauth && !s->authenticated;
}

static void
caps_hit(struct hit *h, const struct rule *r, struct session *s, const struct event *e,
	const char *reason)
{
	char list[EVIDENCE_TEXT];

	hit_init(h, r, s, reason);
	hit_clue(h, &e->at, "%s: %s", text_caps_source(s->proto),
		text_caps(&s->caps, list, sizeof(list)));
}

static void
offered_before_tls(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	bool starttls;
	struct hit h;

	if (!clear_list(s, w->event) || !invites_password(s, &s->caps) ||
		endpoint_is_loopback(&s->flow->server))
		return;
	starttls = caps_starttls(&s->caps, s->proto);
	caps_hit(&h, r, s, w->event, starttls ? "with_starttls" : "without_starttls");
	h.severity = starttls ? SEV_MEDIUM : SEV_HIGH;
	record_hit(f, &h);
}

/* auth.obsolete_mechanism */

static const char *const obsolete[] = {
	"CRAM-MD5", "DIGEST-MD5", "NTLM", "KERBEROS_V4", "SKEY", "OTP", "SECURID", "LOGIN"};
#define N_OBSOLETE (sizeof(obsolete) / sizeof(obsolete[0]))

/* A bit for each of them that the list names; servers that say AUTH twice count once. */
static unsigned
obsolete_bits(const struct caps *c, enum proto p)
{
	struct bytes rest = BYTES_NONE, mech;
	size_t pos = 0;
	unsigned bits = 0;

	while (text_next_mechanism(c, p, &pos, &rest, &mech)) {
		for (size_t i = 0; i < N_OBSOLETE; i++)
			if (bytes_iis(mech, obsolete[i]))
				bits |= 1u << i;
	}
	return bits;
}

static void
obsolete_offered(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	bool tls = e->at.cover != COVER_CLEAR;
	unsigned bits;

	if (!e->caps.known || !s->caps.known)
		return;
	bits = obsolete_bits(&s->caps, s->proto);
	for (size_t i = 0; i < N_OBSOLETE; i++) {
		struct hit h;

		if (!(bits & 1u << i))
			continue;
		caps_hit(&h, r, s, e, findings_word(f, obsolete[i], tls ? "tls" : NULL));
		/* Next to PLAIN inside TLS it is common, for old clients. */
		if (tls && strcmp(obsolete[i], "LOGIN") == 0)
			h.severity = SEV_INFO;
		record_hit(f, &h);
	}
}

static bool
is_obsolete(const struct ev_login *ev)
{
	if (bytes_is(ev->mechanism, "APOP"))
		return true;
	for (size_t i = 0; ev->sasl && i < N_OBSOLETE; i++)
		if (bytes_iis(ev->mechanism, obsolete[i]))
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
	if (!caps_starttls(c, s->proto) || offers_plain(c, s->proto))
		return false;
	if (s->proto == PROTO_IMAP)
		return caps_find(c, "LOGINDISABLED") != NULL;
	if (s->proto == PROTO_POP3)
		return !caps_find(c, "USER");
	return !caps_find(c, "AUTH");
}

static bool
user_withheld(const struct session *s)
{
	return s->proto == PROTO_POP3 && s->caps_clear.known &&
	       !caps_find(&s->caps_clear, "USER");
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
		if (!clear_list(s, e) || !list_enforces(s, &s->caps) || s->flow->midstream)
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

static bool
offers_plus(const struct caps *c, enum proto p)
{
	struct bytes rest = BYTES_NONE, mech;
	size_t pos = 0;

	while (text_next_mechanism(c, p, &pos, &rest, &mech))
		if (bytes_istarts(mech, "SCRAM-") && mech.n > 5 &&
			bytes_iis(bytes_from(mech, mech.n - 5), "-PLUS"))
			return true;
	return false;
}

static void
cb_downgrade(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct sasl_detail *d = w->login ? &w->login->ev->detail : &w->event->sasl.detail;
	const struct place *at = w->login ? &w->login->ev->begun : &w->event->at;
	bool tls = w->login ? w->login->tls : w->event->at.cover != COVER_CLEAR;
	const struct caps *c = tls ? &s->caps_tls : &s->caps_clear;
	char list[EVIDENCE_TEXT];
	struct hit h;

	if ((d->scram_cb != 'y' && d->scram_cb != 'n') || !c->known ||
		!offers_plus(c, s->proto))
		return;
	/* What the client believes may come from the list before TLS. */
	if (tls && s->caps_clear.known && !offers_plus(&s->caps_clear, s->proto))
		return;
	hit_init(&h, r, s, d->scram_cb == 'y' ? "y" : "n");
	if (w->login && record_find(f, &h))
		return;
	h.severity = d->scram_cb == 'y' ? SEV_MEDIUM : SEV_LOW;
	hit_clue(&h, &c->at, "%s: %s", text_caps_source(s->proto),
		text_caps(c, list, sizeof(list)));
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
