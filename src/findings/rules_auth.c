/* Credentials that can be read, FINDINGS.md 5.1: what each mechanism gives to a listener. */
#include "findings/text.h"
#include "base/arena.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* What is remembered of client, service and account for later sessions. */
struct pair_memory {
	struct tabled head;
	bool leaked; /* auth.cleartext or auth.cleartext.token was made */
	bool strong; /* a mechanism that does not show the secret was used */
	struct place strong_at;
};
_Static_assert(sizeof(struct pair_memory) <= PAIR_MEMORY_SIZE, "PAIR_MEMORY_SIZE is too small");

static struct pair_memory *
pair_of(struct findings *f, const struct session *s, struct bytes account)
{
	struct key k = {.n = 0};

	key_client(&k, s);
	key_service(&k, &s->flow->server);
	key_number(&k, s->proto);
	key_bytes(&k, account);
	return table_put(&f->pairs, key_of(&k));
}

static bool
mech_is(const struct login *l, const char *name)
{
	return bytes_iis(l->ev->mechanism, name);
}

static const char *
login_reason(struct findings *f, const struct session *s, const struct login *l)
{
	return findings_word(
		f, text_mechanism_token(l->ev, s->proto), text_verdict_token(l->ev));
}

/* Refused for what it was, and not for how it came: [IN-USE] means that it was right. */
static bool
credential_refused(const struct ev_login *ev)
{
	return strcmp(text_verdict_token(ev), "rejected") == 0;
}

static void
login_hit(struct findings *f, struct hit *h, const struct rule *r, struct session *s,
	const struct fstate *st, const struct login *l, const char *reason)
{
	hit_init(h, r, s, reason);
	h->account = l->ev->user;
	h->rejected = credential_refused(l->ev);
	text_login(f, h, st, l);
}

/* auth.cleartext */

/* The mechanisms that show a password; what an unknown one shows is unknown. */
static bool
shows_password(const struct login *l)
{
	return l->ev->exposure == EXPOSURE_PASSWORD &&
	       (mech_is(l, "PLAIN") || mech_is(l, "LOGIN") || mech_is(l, "USER/PASS"));
}

static void
cleartext(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	struct hit h;

	if (!state_login_clear(l) || !shows_password(l) || !state_recoverable(l))
		return;
	login_hit(f, &h, r, s, st, l, login_reason(f, s, l));
	h.named = true;
	if (h.rejected)
		h.severity = windows_is_guess(f, s, l->ev->user) ? SEV_LOW : SEV_HIGH;
	text_offer_note(&h, s);
	record_hit(f, &h);
	pair_of(f, s, l->ev->user)->leaked = true;
}

/* The window of auth.bruteforce has opened: what was refused on the way were guesses. */
void
auth_rate_guesses(struct findings *f, struct session *s, struct bytes account)
{
	static const char *const mechs[] = {"plain", "login", "user_pass", "imap_login"};
	struct hit h;
	struct record *rec;

	hit_init(&h, &rules_auth[0], s, NULL);
	h.account = account;
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		h.reason = findings_word(f, mechs[i], "rejected");
		rec = record_find(f, &h);
		if (rec && rec->base > SEV_LOW)
			record_rate(f, rec, NULL, SEV_LOW, NULL);
	}
}

/* auth.cleartext.token */

static bool
token_expired(const struct ev_login *ev)
{
	const struct place *at = ev->credential.packet ? &ev->credential : &ev->begun;

	return ev->detail.jwt_exp_s > 0 && ev->detail.jwt_exp_s < at->ts_ns / NS_PER_S;
}

static void
cleartext_token(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const struct sasl_detail *d = &l->ev->detail;
	char when[CLOCK_TEXT];
	struct hit h;

	if (!state_login_clear(l) || l->ev->exposure != EXPOSURE_TOKEN || !state_recoverable(l))
		return;
	login_hit(f, &h, r, s, st, l, login_reason(f, s, l));
	if (token_expired(l->ev)) {
		h.reason = findings_word(f, h.reason, "expired");
		h.severity = SEV_MEDIUM;
		h.named = true;
	}
	hit_note(&h, "bearer token");
	if (d->jwt.n)
		hit_note(&h, " (JWT: %.*s)", BYTES_FMT(d->jwt));
	if (d->jwt_exp_s > 0 && d->jwt_exp_s < INT64_MAX / NS_PER_S)
		hit_note(&h, ", exp=%s", clock_rfc3339(d->jwt_exp_s * NS_PER_S, when));
	if (d->error.n)
		hit_note(&h, "; server's error: %.*s", BYTES_FMT(d->error));
	record_hit(f, &h);
	pair_of(f, s, l->ev->user)->leaked = true;
}

/* auth.cleartext.username */

static void
keep_name(struct fstate *st, struct bytes name, const char *source, const struct place *at)
{
	struct seen_name *n;

	if (name.n == 0 || name.n > 1024 || st->n_names == STATE_NAMES)
		return;
	for (size_t i = 0; i < st->n_names; i++)
		if (bytes_eq(st->names[i].name, name))
			return;
	if (!st->names)
		st->names = arena_get(&st->arena, STATE_NAMES * sizeof(*st->names));
	n = &st->names[st->n_names++];
	n->name = arena_copy(&st->arena, name);
	n->source = source;
	n->at = *at;
}

/* AUTH= of MAIL FROM, RFC 4954 section 5. */
static struct bytes
mail_auth(struct bytes params)
{
	struct bytes word;

	while ((word = bytes_word(&params)).n)
		if (bytes_istarts(word, "AUTH=") && !bytes_iis(word, "AUTH=<>"))
			return bytes_from(word, 5);
	return BYTES_NONE;
}

static void
close_names(struct findings *f, const struct rule *r, struct session *s, struct fstate *st)
{
	for (size_t i = 0; i < st->n_names && !st->recoverable; i++) {
		const struct seen_name *n = &st->names[i];
		struct hit h;

		if (pair_of(f, s, n->name)->leaked)
			continue;
		hit_init(&h, r, s, n->source);
		h.account = n->name;
		hit_clue(&h, &n->at, "%.*s", BYTES_FMT(n->name));
		hit_note(&h, "seen in: %s", n->source);
		record_hit(f, &h);
	}
}

static void
cleartext_username(struct findings *f, const struct rule *r, struct session *s,
	struct fstate *st, const struct wake *w)
{
	const struct login *l = w->login;

	if (w->why == WAKE_CLOSE) {
		close_names(f, r, s, st);
	} else if (w->why == WAKE(EV_MAIL)) {
		if (w->event->at.cover == COVER_CLEAR)
			keep_name(st, mail_auth(w->event->mail.params), "mail_auth",
				&w->event->at);
	} else if (state_login_clear(l) && !state_recoverable(l)) {
		keep_name(st, l->ev->user, text_mechanism_token(l->ev, s->proto),
			l->ev->credential.packet ? &l->ev->credential : &l->ev->begun);
	}
}

/* challenge and response */

static bool
readable_exchange(const struct login *l)
{
	return state_login_clear(l) && l->ev->credential_seen && !l->ev->cancelled;
}

static void
crackable(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	struct hit h;

	if (!readable_exchange(l) || l->ev->secret.n == 0)
		return;
	if (!mech_is(l, "CRAM-MD5") && !mech_is(l, "DIGEST-MD5") && !mech_is(l, "APOP"))
		return;
	if (!l->ev->detail.challenge_seen && !(mech_is(l, "APOP") && s->greeting->apop.n))
		return;
	login_hit(f, &h, r, s, st, l, login_reason(f, s, l));
	text_offer_note(&h, s);
	record_hit(f, &h);
}

static void
apop_malformed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	struct hit h;

	if (!mech_is(w->login, "APOP") || !w->login->ev->detail.apop_malformed)
		return;
	hit_init(&h, r, s, "not_msg_id");
	hit_wire(f, &h, SESSION_AT(s, AT_GREETING), "greeting: ", s->greeting->apop, NULL, 0);
	hit_main(&h);
	hit_clue(&h, &w->login->ev->begun, "APOP followed");
	if (session_text(s, TEXT_CLIENT_SOFTWARE).n)
		hit_note(&h, "client: %.*s", BYTES_FMT(session_text(s, TEXT_CLIENT_SOFTWARE)));
	record_hit(f, &h);
}

static void
ntlm_exposed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const struct sasl_detail *d = &l->ev->detail;
	struct hit h;

	if (!readable_exchange(l) || d->ntlm_version == 0 || d->ntlm_anonymous)
		return;
	login_hit(f, &h, r, s, st, l, d->ntlm_version == 1 ? "v1" : "v2");
	h.severity = d->ntlm_version == 1 ? SEV_HIGH : SEV_MEDIUM;
	hit_note(&h, "NTLMv%u, domain %.*s, workstation %.*s, flags 0x%08x%s%s%s",
		d->ntlm_version, BYTES_FMT(d->domain), BYTES_FMT(d->workstation), d->ntlm_flags,
		d->ntlm_flags & 0x10 ? " SIGN" : "", d->ntlm_flags & 0x20 ? " SEAL" : "",
		d->ntlm_flags & 0x80000 ? " EXTENDED_SESSIONSECURITY" : "");
	record_hit(f, &h);
}

/* "nb_computer=MAIL; dns_computer=mail.example.org" → the value of `name`, or none. */
static struct bytes
target_value(struct bytes target, const char *name)
{
	while (target.n) {
		size_t end = bytes_find(target, ';');
		struct bytes part = bytes_trim(bytes_sub(target, 0, end));
		size_t eq = bytes_find(part, '=');

		if (eq < part.n && bytes_is(bytes_sub(part, 0, eq), name))
			return bytes_from(part, eq + 1);
		target = bytes_from(target, end + 1);
	}
	return BYTES_NONE;
}

static bool
ends_with(struct bytes in, struct bytes end)
{
	return in.n >= end.n && bytes_ieq(bytes_from(in, in.n - end.n), end);
}

/* Does the greeting tell the same names already? */
static bool
target_is_public(struct bytes target, struct bytes greeting)
{
	static const char *const dns[] = {"dns_domain", "dns_computer", "dns_tree"};
	static const char *const nb[] = {"nb_domain", "nb_computer"};

	if (greeting.n == 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (!ends_with(greeting, target_value(target, dns[i])))
			return false;
	for (size_t i = 0; i < 2; i++)
		if (bytes_isearch(greeting, target_value(target, nb[i])) == SIZE_MAX)
			return false;
	return true;
}

static void
ntlm_info_leak(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct sasl_detail *d = w->login ? &w->login->ev->detail : &w->event->sasl.detail;
	bool clear = w->login ? state_login_clear(w->login)
			      : w->event->at.cover == COVER_CLEAR && !s->tls;
	struct hit h;

	if (!clear || d->ntlm_target.n == 0 ||
		target_is_public(d->ntlm_target, s->greeting->server_name))
		return;
	hit_init(&h, r, s, "type2");
	if (!endpoint_is_private(&s->flow->server) && !endpoint_is_loopback(&s->flow->server))
		h.severity = SEV_MEDIUM;
	hit_wire(f, &h, w->login ? &w->login->ev->begun : &w->event->at,
		"NTLM challenge: ", d->ntlm_target, NULL, 0);
	/* Once from the challenge is enough; a login says it again only when that was missed.
	 */
	if (w->login && record_find(f, &h))
		return;
	record_hit(f, &h);
}

static void
scram_exposed(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	const struct sasl_detail *d = &l->ev->detail;
	struct hit h;

	if (!bytes_istarts(l->ev->mechanism, "SCRAM-") || !readable_exchange(l) ||
		!d->challenge_seen)
		return;
	login_hit(f, &h, r, s, st, l, login_reason(f, s, l));
	if (bytes_istarts(l->ev->mechanism, "SCRAM-SHA-1") && d->scram_iterations &&
		d->scram_iterations < f->set.scram_min_iter)
		h.severity = SEV_MEDIUM;
	hit_note(&h, "%.*s, %u iterations, channel binding flag %c",
		BYTES_FMT(l->ev->mechanism), d->scram_iterations,
		d->scram_cb ? d->scram_cb : '?');
	if (d->error.n)
		hit_note(&h, ", e=%.*s", BYTES_FMT(d->error));
	record_hit(f, &h);
}

/* auth.mechanism_downgrade */

static bool
strong_name(struct bytes mech)
{
	return bytes_istarts(mech, "SCRAM-") || bytes_iis(mech, "GSSAPI") ||
	       bytes_iis(mech, "CRAM-MD5") || bytes_iis(mech, "DIGEST-MD5");
}

static const uint32_t strong_mechs = CAPS_SCRAM | CAPS_GSSAPI | CAPS_CRAM_MD5 | CAPS_DIGEST_MD5;

static void
downgrade(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct login *l = w->login;
	struct pair_memory *m = pair_of(f, s, l->ev->user);
	struct hit h;

	if (strong_name(l->ev->mechanism) && l->ev->credential_seen) {
		m->strong = true;
		m->strong_at = l->ev->begun;
		return;
	}
	if (!state_login_clear(l) || !state_recoverable(l))
		return;
	if (m->strong) {
		login_hit(f, &h, r, s, st, l, "changed");
		h.severity = SEV_HIGH;
		hit_clue(&h, &m->strong_at, "earlier: a mechanism that keeps the secret");
	} else if (st->auth_caps && caps_has(s->caps_clear, strong_mechs)) {
		login_hit(f, &h, r, s, st, l, "weaker_chosen");
	} else {
		return;
	}
	h.named = true;
	text_offer_note(&h, s);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_auth[] = {
	{&row_auth_cleartext, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT | RULE_CREDENTIAL, cleartext}, /* the first: auth_rate_guesses */
	{&row_auth_cleartext_token, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT | RULE_CREDENTIAL, cleartext_token},
	{&row_auth_cleartext_username, WAKE_LOGIN | WAKE(EV_MAIL) | WAKE_CLOSE, EMIT_CLOSE, RULE_ACCOUNT, cleartext_username},
	{&row_auth_crackable, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT | RULE_CREDENTIAL, crackable},
	{&row_auth_apop_malformed_challenge, WAKE_LOGIN, EMIT_NOW, 0, apop_malformed},
	{&row_auth_ntlm_exposed, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT | RULE_CREDENTIAL, ntlm_exposed},
	{&row_auth_ntlm_info_leak, WAKE_LOGIN | WAKE(EV_SASL_INFO), EMIT_NOW, 0, ntlm_info_leak},
	{&row_auth_scram_exposed, WAKE_LOGIN, EMIT_NOW, RULE_ACCOUNT | RULE_CREDENTIAL, scram_exposed},
	{&row_auth_mechanism_downgrade, WAKE_LOGIN, EMIT_NOW, 0, downgrade},
	{.row = NULL},
};
/* clang-format on */
