/* STARTTLS posture of a connection, FINDINGS.md 5.2: offered, used, mangled, refused. */
#include "findings/rules_tls.h"
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

static bool
is_smtp(const struct session *s)
{
	return s->proto == PROTO_SMTP || s->proto == PROTO_LMTP;
}

static bool
is_mail(const struct session *s)
{
	return is_smtp(s) || s->proto == PROTO_POP3 || s->proto == PROTO_IMAP;
}

/* Passwords are at stake where users come; a relay without TLS is common still. */
static enum severity
by_role(const struct session *s, enum severity users, enum severity relay,
	enum severity delivery)
{
	switch (s->role) {
	case ROLE_ACCESS:
	case ROLE_SUBMISSION:
		return users;
	case ROLE_DELIVERY:
		return delivery;
	case ROLE_RELAY:
	case ROLE_MX:
	case ROLE_UNKNOWN:
		return relay;
	}
	return relay;
}

static bool
implicit_tls_port(uint16_t port)
{
	return port == 465 || port == 993 || port == 995;
}

/* starttls.not_offered */

static void
what_followed(struct hit *h, const struct fstate *st, const struct session *s)
{
	struct place use;

	if (st->secret.packet) {
		hit_clue(h, &st->secret, "in clear: a password or token");
	} else if (session_has(s, AT_USE_CLEAR)) {
		use = session_at(s, AT_USE_CLEAR);
		hit_clue(h, &use, "in clear: %s",
			session_at(s, AT_MAIL_CLEAR).packet == use.packet ? "MAIL" : "a login");
	}
}

static void
not_offered(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct caps *c = s->caps_clear;
	struct hit h;

	/* Stripped once, and gone for good since: deployed without, then. */
	if (s->verdict != VERDICT_NOT_OFFERED &&
		!(s->verdict == VERDICT_STRIPPED && st->offer_gone))
		return;
	if (!is_mail(s) || state_partial(s) || st->stripped_told)
		return;
	if (!c->known || !c->preauth || c->cover != COVER_CLEAR || caps_has(c, CAPS_STARTTLS) ||
		s->tls || st->mangled || implicit_tls_port(s->flow->server.port))
		return;
	hit_init(&h, r, s, role_name(s->role));
	h.severity = by_role(s, SEV_HIGH, SEV_MEDIUM, SEV_MEDIUM);
	h.named = true;
	hit_clue(&h, SESSION_AT(s, AT_CAPS_CLEAR), "%s%s missing in: %.*s",
		is_smtp(s) ? "250-" : "", text_starttls_word(s->proto), BYTES_FMT(c->text));
	what_followed(&h, st, s);
	hit_note(&h, "role %s", role_name(s->role));
	record_hit(f, &h);
}

/* starttls.not_used */

static void
not_used(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct caps *c = s->caps_clear;
	bool probe = !session_has(s, AT_USE_CLEAR);
	struct hit h;

	if (!is_mail(s) || s->verdict != VERDICT_OFFERED_UNUSED || state_partial(s) || s->tls ||
		st->refused)
		return;
	/* Cut short by the end of the capture: the client might have gone on to use it. */
	if (probe && s->flow->reason != FLOW_FIN && s->flow->reason != FLOW_RST)
		return;
	hit_init(&h, r, s, probe ? "probe" : role_name(s->role));
	h.severity = probe ? SEV_INFO : by_role(s, SEV_HIGH, SEV_MEDIUM, SEV_LOW);
	h.named = true;
	hit_clue(&h, SESSION_AT(s, AT_CAPS_CLEAR), "offered: %.*s", BYTES_FMT(c->text));
	hit_main(&h);
	what_followed(&h, st, s);
	if (h.n_clues == 1)
		h.main = 0;
	hit_note(&h, probe ? "the client looked and left" : "role %s", role_name(s->role));
	record_hit(f, &h);
}

/* starttls.mangled */

/* ^X{min,}[A-Z]?$ */
static bool
blacked_out(struct bytes word, size_t min, bool tail)
{
	size_t x = 0;

	while (x < word.n && word.p[x] == 'X')
		x++;
	if (x >= min && x == word.n)
		return true;
	return tail && x >= min && x + 1 == word.n && word.p[x] >= 'A' && word.p[x] <= 'Z';
}

static void
mangled_hit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const char *reason, enum severity sev, const struct place *at, struct bytes line,
	bool removes_tls)
{
	struct record *rec;
	struct hit h;

	hit_init(&h, r, s, reason);
	h.severity = sev;
	h.named = true;
	hit_wire(f, &h, at, NULL, line, NULL, 0);
	hit_wire(f, &h, SESSION_AT(s, AT_GREETING), "greeting: ", s->greeting->banner, NULL, 0);
	rec = record_hit(f, &h);
	if (!removes_tls)
		return;
	st->mangled = true;
	state_rising(f, st, rec, RISE_SECRET, SEV_CRITICAL);
}

static void
mangled_caps(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct event *e)
{
	const struct caps *c = s->caps;
	bool real = caps_has(c, CAPS_STARTTLS);

	for (size_t i = 0; i < c->n; i++) {
		struct bytes rest = c->items[i], word = bytes_word(&rest);
		bool starttls;

		if (!blacked_out(word, 3, true))
			continue;
		starttls = word.n == 8 && !real;
		mangled_hit(f, r, s, st, starttls ? "starttls_masked" : "other_masked",
			starttls ? SEV_HIGH : SEV_MEDIUM, &e->at, c->items[i], starttls);
	}
}

/* "220 ****0*2******": an old firewall that hides what the server says of itself. */
static bool
masked_banner(struct bytes text)
{
	size_t stars = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '*')
			stars++;
		else if (!strchr("20 \r\n", text.p[i]) || text.p[i] == '\0')
			return false;
	}
	return stars >= 3;
}

static void
mangled(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;

	if (!is_smtp(s) || e->at.cover != COVER_CLEAR || s->tls)
		return;
	if (e->type == EV_CAPS && e->caps.known)
		mangled_caps(f, r, s, st, e);
	else if (e->type == EV_GREETING && masked_banner(e->greeting.text))
		mangled_hit(
			f, r, s, st, "banner_masked", SEV_LOW, &e->at, e->greeting.text, false);
	else if (e->type == EV_COMMAND && !e->command.verb && e->command.flags & CMD_UNKNOWN &&
		 blacked_out(bytes_trim(e->command.line), 4, false))
		mangled_hit(
			f, r, s, st, "command_masked", SEV_HIGH, &e->at, e->command.line, true);
	else if (e->type == EV_STARTTLS && e->starttls.stage == STLS_REFUSED &&
		 e->starttls.code == 500 && s->caps_clear->known &&
		 caps_has(s->caps_clear, CAPS_STARTTLS))
		mangled_hit(f, r, s, st, "command_masked", SEV_HIGH, &e->at, e->starttls.text,
			true);
}

/* starttls.refused */

static const char *
refusal_word(struct findings *f, const struct session *s, const struct ev_starttls *e)
{
	struct bytes text = e->text;
	char code[8];

	if (e->code) {
		snprintf(code, sizeof(code), "%u", e->code);
		return findings_word(f, code, NULL);
	}
	if (s->proto == PROTO_POP3)
		return "err";
	bytes_word(&text); /* the tag */
	return bytes_iis(bytes_word(&text), "BAD") ? "bad" : "no";
}

static void
refused(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct record *rec;
	struct hit h;

	if (e->starttls.stage != STLS_REFUSED || e->at.cover != COVER_CLEAR || s->tls)
		return;
	if (s->in_transaction || (st->stls_args && e->starttls.code == 501))
		return;
	hit_init(&h, r, s, refusal_word(f, s, &e->starttls));
	if (s->caps_clear->known)
		hit_clue(&h, SESSION_AT(s, AT_CAPS_CLEAR), "%s: %.*s",
			caps_has(s->caps_clear, CAPS_STARTTLS) ? "offered" : "not offered",
			BYTES_FMT(s->caps_clear->text));
	hit_clue(&h, SESSION_AT(s, AT_STLS_REQUESTED), "%s", text_starttls_word(s->proto));
	hit_main(&h);
	hit_wire(f, &h, &e->at, NULL, e->starttls.text, NULL, 0);
	rec = record_hit(f, &h);
	state_rising(f, st, rec, RISE_USE, SEV_HIGH);
}

/* starttls.late */

static bool
names_someone(struct bytes args)
{
	return bytes_isearch(args, BYTES("\"user")) != SIZE_MAX ||
	       bytes_find(args, '@') < args.n;
}

static void
late(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct place *before;
	const char *reason;
	struct hit h;

	if (e->type == EV_COMMAND) {
		if (e->command.verb && strcmp(e->command.verb, "ID") == 0 &&
			e->at.cover == COVER_CLEAR && names_someone(e->command.args))
			st->id_named = e->at;
		return;
	}
	if (e->starttls.stage != STLS_REQUESTED || st->late_told || s->tls)
		return;
	before = st->use.packet                 ? &st->use
		 : st->auth_begun.packet        ? &st->auth_begun
		 : session_has(s, AT_USE_CLEAR) ? SESSION_AT(s, AT_USE_CLEAR)
						: &st->id_named;
	if (before->packet == 0 || before->cover != COVER_CLEAR)
		return;
	st->late_told = true;
	reason = st->secret.packet         ? "secret"
		 : before == &st->id_named ? "id"
		 : session_has(s, AT_MAIL_CLEAR) &&
				 session_at(s, AT_MAIL_CLEAR).packet == before->packet
			 ? "mail"
			 : "login";
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = st->secret.packet ? SEV_HIGH : SEV_MEDIUM;
	hit_clue(&h, before, "first in clear: %s", reason);
	hit_main(&h);
	hit_clue(&h, &e->at, "then: %s", text_starttls_word(s->proto));
	record_hit(f, &h);
}

/* starttls.established */

/* What the server offers before and inside of TLS, when both can be read. */
static void
lists_compared(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct bytes before = bytes_sub(s->caps_clear->mechs, 0, EVIDENCE_TEXT / 2 - 1),
		     inside = bytes_sub(s->caps_tls->mechs, 0, EVIDENCE_TEXT / 2 - 1);
	struct record *rec;
	struct hit h;

	if (e->at.cover != COVER_TLS_DECRYPTED || !e->caps.known || !s->caps_clear->known ||
		!session_has(s, AT_STLS_ACCEPTED))
		return;
	hit_init(&h, r, s, "upgraded");
	rec = record_find(f, &h);
	if (rec && !bytes_eq(before, inside))
		record_note(f, rec, "mechanisms offered in clear: %.*s; inside TLS: %.*s",
			BYTES_FMT(before.n ? before : BYTES("none")),
			BYTES_FMT(inside.n ? inside : BYTES("none")));
}

static void
established(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct hit h;

	if (e->type == EV_CAPS) {
		lists_compared(f, r, s, e);
		return;
	}
	if (e->tls.stage != TLS_ESTABLISHED || !e->tls.starttls || s->tls_alert_fatal)
		return;
	hit_init(&h, r, s, "upgraded");
	hit_clue(&h, SESSION_AT(s, AT_STLS_ACCEPTED), "%s accepted",
		text_starttls_word(s->proto));
	hit_main(&h);
	tls_clues(&h, s);
	hit_clue(&h, &e->at, "TLS established");
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_starttls[] = {
	{&row_starttls_not_offered, WAKE_CLOSE, EMIT_CLOSE, 0, not_offered},
	{&row_starttls_not_used, WAKE_CLOSE, EMIT_CLOSE, 0, not_used},
	{&row_starttls_mangled, WAKE(EV_CAPS) | WAKE(EV_GREETING) | WAKE(EV_COMMAND) | WAKE(EV_STARTTLS), EMIT_NOW, 0, mangled},
	{&row_starttls_refused, WAKE(EV_STARTTLS), EMIT_NOW, 0, refused},
	{&row_starttls_late, WAKE(EV_STARTTLS) | WAKE(EV_COMMAND), EMIT_NOW, 0, late},
	{&row_starttls_established, WAKE(EV_TLS) | WAKE(EV_CAPS), EMIT_NOW, 0, established},
	{.row = NULL},
};
/* clang-format on */
