/* How logins are made and what comes of them, FINDINGS.md 5.1. */
#include "findings/text.h"
#include "findings/password.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
mech_is(const struct login *l, const char *name)
{
	return bytes_iis(l->ev->mechanism, name);
}

static bool
is_smtp(const struct session *s)
{
	return s->proto == PROTO_SMTP || s->proto == PROTO_LMTP;
}

static bool
reason_is(const struct ev_login *ev, const char *reason)
{
	return ev->reason && strcmp(ev->reason, reason) == 0;
}

static const struct place *
credential_at(const struct ev_login *ev)
{
	return ev->credential.packet ? &ev->credential : &ev->begun;
}

/* auth.logindisabled_ignored */

static bool
mech_listed(const struct caps *c, struct bytes mech)
{
	struct bytes rest = BYTES_NONE, listed;
	size_t pos = 0;

	while (caps_mechanism(c, &pos, &rest, &listed))
		if (bytes_ieq(listed, mech))
			return true;
	return false;
}

static const char *
ignored_reason(const struct session *s, const struct fstate *st, const struct login *l)
{
	const struct caps *c = s->caps_clear;

	if (st->tls_required.packet && text_had_seen(credential_at(l->ev), &st->tls_required))
		return "repeated";
	if (!st->auth_caps || !c->known)
		return NULL;
	if (s->proto == PROTO_IMAP && !l->ev->sasl)
		return caps_has(c, CAPS_LOGINDISABLED) ? "logindisabled" : NULL;
	if (l->ev->sasl)
		return mech_listed(c, l->ev->mechanism) ? NULL : "mechanism_not_offered";
	if (mech_is(l, "USER/PASS"))
		return caps_has(c, CAPS_USER) ? NULL : "user_not_offered";
	return NULL;
}

static void
logindisabled(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const char *reason;
	struct hit h;

	if (!state_login_clear(l) || !l->ev->credential_seen || l->ev->secret.n == 0)
		return;
	reason = ignored_reason(s, st, l);
	if (!reason)
		return;
	hit_init(&h, r, s, reason);
	h.account = l->ev->user;
	/* Forbidden, not judged: only a verdict over the credential itself makes it milder. */
	h.rejected = l->ev->result == AUTH_REFUSED && reason_is(l->ev, "bad_credentials");
	text_login(f, &h, st, l);
	if (strcmp(reason, "repeated") == 0)
		hit_clue(&h, &st->tls_required, "before: %s", st->tls_required_text);
	record_hit(f, &h);
}

/* auth.unsolicited */

/* Had the client an answer to EHLO? One that came in pieces not understood counts. */
static bool
hello_answered(const struct session *s, const struct fstate *st, const struct place *begun,
	const struct place *greeting)
{
	if (session_has(s, AT_HELLO_REPLY))
		return text_had_seen(begun, SESSION_AT(s, AT_HELLO_REPLY));
	return st->hello_sent && begun->acked > greeting->offset + greeting->len;
}

static const char *
unsolicited_reason(const struct session *s, const struct fstate *st, const struct login *l,
	const struct place *greeting)
{
	const struct place *begun = &l->ev->begun;
	bool acked = begun->acked != PLACE_NO_ACK;
	const struct caps *c = l->tls ? s->caps_tls : s->caps_clear;

	if (acked && begun->cover == greeting->cover && !text_had_seen(begun, greeting))
		return "before_greeting";
	if (acked && is_smtp(s) && !l->tls && !session_has(s, AT_GAP) && !st->desync &&
		!hello_answered(s, st, begun, greeting))
		return "before_ehlo";
	if (!(l->tls ? st->auth_caps_tls : st->auth_caps) || !c->known || !l->ev->sasl)
		return NULL;
	return caps_has(c, CAPS_MECH) ? NULL : "not_advertised";
}

static void
unsolicited(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	struct place greeting;
	const char *reason;
	struct hit h;

	if (l->ev->begun.packet == 0 || !session_has(s, AT_GREETING) || s->flow->midstream ||
		s->one_sided)
		return;
	greeting = session_at(s, AT_GREETING);
	reason = unsolicited_reason(s, st, l, &greeting);
	if (!reason)
		return;
	hit_init(&h, r, s, reason);
	h.account = l->ev->user;
	h.rejected = l->ev->result == AUTH_REFUSED;
	hit_clue(&h, &greeting, "greeting: server octets %llu to %llu",
		(unsigned long long)greeting.offset,
		(unsigned long long)(greeting.offset + greeting.len));
	text_login(f, &h, st, l);
	if (l->ev->begun.acked != PLACE_NO_ACK)
		hit_note(&h, "the login's segment acknowledged %llu server octets",
			(unsigned long long)l->ev->begun.acked);
	record_hit(f, &h);
}

/* Kerberos and SASL layers */

static bool
is_ticket(const struct login *l)
{
	return l->ev->detail.krb_token && l->ev->detail.ntlm_version == 0 &&
	       (mech_is(l, "GSSAPI") || mech_is(l, "GSS-SPNEGO") ||
		       bytes_istarts(l->ev->mechanism, "GS2-"));
}

static void
ticket_login(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct login *l)
{
	const struct sasl_detail *d = &l->ev->detail;
	struct hit h;

	if (!state_login_clear(l) || !is_ticket(l))
		return;
	hit_init(&h, r, s, d->krb_etype == 23 ? "rc4" : "ticket");
	h.account = BYTES_NONE;
	h.rejected = l->ev->result == AUTH_REFUSED;
	text_login(f, &h, st, l);
	hit_note(&h, "realm %.*s, service %.*s", BYTES_FMT(d->realm), BYTES_FMT(d->service));
	if (l->ev->result != AUTH_ACCEPTED) {
		record_hit(f, &h);
		return;
	}
	/* Whether a security layer follows is told by the next bytes. */
	if (!st->ticket)
		st->ticket = mem_get(sizeof(h));
	*st->ticket = h;
}

static void
ticket_tell(struct findings *f, struct fstate *st, enum severity sev)
{
	st->ticket->severity = sev;
	record_hit(f, st->ticket);
	free(st->ticket);
	st->ticket = NULL;
}

static void
gssapi(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	if (w->login) {
		ticket_login(f, r, s, st, w->login);
		return;
	}
	if (!st->ticket)
		return;
	if (w->why == WAKE_CLOSE) {
		ticket_tell(f, st, SEV_LOW);
	} else if (w->event->type == EV_LAYER) {
		if (w->event->layer.kind == LAYER_SASL) {
			free(st->ticket);
			st->ticket = NULL;
		}
	} else if (w->event->at.cover == COVER_CLEAR) {
		hit_clue(st->ticket, &w->event->at, "and then commands in clear");
		ticket_tell(f, st, SEV_MEDIUM);
	}
}

static void
sasl_layer(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct hit h;

	if (w->event->layer.kind != LAYER_SASL)
		return;
	hit_init(&h, r, s, st->qop ? st->qop : "layer");
	hit_clue(&h, &w->event->at, "length-prefixed frames begin");
	if (st->qop)
		hit_note(&h, "qop=%s",
			strcmp(st->qop, "auth_conf") == 0 ? "auth-conf" : "auth-int");
	record_hit(f, &h);
}

static void
external(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	struct hit h;

	if (!mech_is(l, "EXTERNAL") || l->ev->result != AUTH_ACCEPTED || !state_login_clear(l))
		return;
	hit_init(&h, r, s, "clear");
	h.account = l->ev->user;
	h.certainty = CERTAINTY_PROBABLE; /* IPsec below, or a proxy's socket, cannot be seen */
	text_login(f, &h, st, l);
	record_hit(f, &h);
}

/* auth.anonymous */

static bool
is_anonymous(const struct session *s, const struct login *l)
{
	return mech_is(l, "ANONYMOUS") || l->ev->detail.ntlm_anonymous ||
	       (s->proto == PROTO_IMAP && !l->ev->sasl && bytes_iis(l->ev->user, "anonymous"));
}

static void
anonymous(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	struct hit h;

	if (!is_anonymous(s, l) || l->ev->result == AUTH_UNKNOWN)
		return;
	hit_init(&h, r, s, l->ev->result == AUTH_ACCEPTED ? "accepted" : "rejected");
	h.named = true;
	h.severity = l->ev->result == AUTH_REFUSED              ? SEV_INFO
		     : s->role == ROLE_SUBMISSION || is_smtp(s) ? SEV_HIGH
								: SEV_MEDIUM;
	text_login(f, &h, st, l);
	if (l->ev->detail.trace.n)
		hit_note(&h, "trace: %.*s", BYTES_FMT(l->ev->detail.trace));
	record_hit(f, &h);
}

/* auth.failure */

static void
failure(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_login *ev = w->login->ev;
	struct hit h;

	if (ev->cancelled || reason_is(ev, "in_use"))
		return;
	if (ev->result != AUTH_REFUSED && !reason_is(ev, "temporary") &&
		!reason_is(ev, "expired"))
		return;
	hit_init(&h, r, s, ev->reason ? ev->reason : "refused");
	h.account = ev->user;
	h.named = true;
	hit_clue(&h, credential_at(ev), "%.*s", BYTES_FMT(ev->mechanism));
	hit_main(&h);
	hit_wire(f, &h, &ev->verdict, NULL, ev->reply, NULL, 0);
	record_hit(f, &h);
}

/* auth.password.weak */

static void
weak(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_login *ev = w->login->ev;
	char rules[PASSWORD_RULES];
	unsigned found;
	struct hit h;

	if (ev->exposure != EXPOSURE_PASSWORD || !ev->credential_seen ||
		(ev->result == AUTH_REFUSED && !reason_is(ev, "in_use")))
		return;
	found = password_weak(ev->secret, ev->user, f->set.weakpw_min_len);
	if (!found)
		return;
	hit_init(&h, r, s, findings_word(f, password_rules(found, rules), NULL));
	h.account = ev->user;
	h.certainty = ev->result == AUTH_UNKNOWN ? CERTAINTY_PROBABLE : CERTAINTY_CONFIRMED;
	hit_clue(&h, credential_at(ev), "rules: %s", rules);
	record_hit(f, &h);
}

/* auth.authzid */

static void
authzid_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	struct bytes acting, struct bytes target, const struct place *at, bool accepted)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.account = target; /* whose mail it is; who acts stands in the text */
	if (accepted && findings_is_sensitive(f, acting))
		h.severity = SEV_MEDIUM;
	hit_clue(&h, at, "%.*s acts as %.*s", BYTES_FMT(acting), BYTES_FMT(target));
	record_hit(f, &h);
}

static bool
is_proxyauth(const struct ev_command *c)
{
	struct bytes rest = c->line, verb;

	bytes_word(&rest); /* the tag */
	verb = bytes_word(&rest);
	return bytes_iis(verb, "PROXYAUTH") ||
	       (bytes_istarts(verb, "X-") && verb.n > 11 &&
		       bytes_iis(bytes_from(verb, verb.n - 9), "PROXYAUTH"));
}

static void
authzid(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct ev_login *ev = w->login ? w->login->ev : NULL;
	size_t star;

	if (!ev) {
		if (s->proto == PROTO_IMAP && is_proxyauth(&w->event->command))
			authzid_hit(f, r, s, "proxyauth", session_text(s, TEXT_USER),
				bytes_trim(w->event->command.args), &w->event->at, false);
		return;
	}
	star = bytes_find(ev->user, '*');
	if (ev->authzid.n && !bytes_eq(ev->authzid, ev->user))
		authzid_hit(f, r, s, "authzid", ev->user, ev->authzid, credential_at(ev),
			ev->result == AUTH_ACCEPTED);
	else if (star > 0 && star + 1 < ev->user.n) /* Dovecot: user*master */
		authzid_hit(f, r, s, "master_user", bytes_from(ev->user, star + 1),
			bytes_sub(ev->user, 0, star), credential_at(ev),
			ev->result == AUTH_ACCEPTED);
}

/* auth.malformed */

struct malformed_row {
	unsigned flag;
	const char *reason;
};

static const struct malformed_row malformed_rows[] = {
	{SASL_BAD_BASE64, "bad_base64"},
	{SASL_PLAIN_NULS, "plain_nuls"},
	{SASL_TOO_LONG, "too_long"},
	{SASL_OUT_OF_BOUNDS, "out_of_bounds"},
	{SASL_CONTROL_IN_FIELD, "control_in_field"},
	{SASL_AFTER_VERDICT, "after_verdict"},
};

static void
malformed_login(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct ev_login *ev)
{
	for (size_t i = 0; i < sizeof(malformed_rows) / sizeof(malformed_rows[0]); i++) {
		struct hit h;

		if (!(ev->malformed & malformed_rows[i].flag))
			continue;
		st->malformed_told = true;
		hit_init(&h, r, s, malformed_rows[i].reason);
		h.named = true;
		if (ev->malformed & (SASL_HUGE | SASL_SHELL_META))
			h.severity = SEV_MEDIUM;
		hit_clue(&h, credential_at(ev), "%.*s: %s%s%s", BYTES_FMT(ev->mechanism),
			malformed_rows[i].reason, ev->malformed & SASL_HUGE ? ", huge" : "",
			ev->malformed & SASL_SHELL_META ? ", format or shell characters" : "");
		record_hit(f, &h);
	}
}

static void
malformed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct hit h;

	if (w->login) {
		malformed_login(f, r, s, st, w->login->ev);
		return;
	}
	if (st->malformed_told || st->malformed.packet == 0)
		return;
	hit_init(&h, r, s, "exchange");
	hit_clue(&h, &st->malformed, "the exchange does not follow its mechanism");
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_login[] = {
	{&row_auth_logindisabled_ignored, WAKE_LOGIN, EMIT_NOW, RULE_CREDENTIAL, logindisabled},
	{&row_auth_unsolicited, WAKE_LOGIN, EMIT_NOW, RULE_CREDENTIAL, unsolicited},
	{&row_auth_gssapi_cleartext, WAKE_LOGIN | WAKE(EV_LAYER) | WAKE(EV_COMMAND) | WAKE_CLOSE, EMIT_NOW, 0, gssapi},
	{&row_auth_sasl_layer, WAKE(EV_LAYER), EMIT_NOW, 0, sasl_layer},
	{&row_auth_external_without_tls, WAKE_LOGIN, EMIT_NOW, 0, external},
	{&row_auth_anonymous, WAKE_LOGIN, EMIT_NOW, 0, anonymous},
	{&row_auth_failure, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT | RULE_CLIENT, failure},
	{&row_auth_password_weak, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT, weak},
	{&row_auth_authzid, WAKE_LOGIN | WAKE(EV_COMMAND), EMIT_NOW, RULE_ACCOUNT, authzid},
	{&row_auth_malformed, WAKE_LOGIN | WAKE_CLOSE, EMIT_NOW, 0, malformed},
	{.row = NULL},
};
/* clang-format on */
