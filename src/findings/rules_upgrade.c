/* The moment of the upgrade, FINDINGS.md 5.2: what is said where only TLS should be, and before
 * it. */
#include "findings/text.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

/* surplus plaintext */

/* Commands that make an injection dangerous: a login or a mail is set up. */
static bool
is_grave(struct bytes line)
{
	static const char *const verbs[] = {"AUTH", "LOGIN", "MAIL", "APPEND", "AUTHENTICATE"};
	struct bytes first = bytes_word(&line), second = bytes_word(&line);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (bytes_iis(first, verbs[i]) || bytes_iis(second, verbs[i]))
			return true;
	return false;
}

static bool
is_noise(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '\r' && in.p[i] != '\n')
			return false;
	return true;
}

/* What stands behind AUTH, LOGIN, PASS … may be a secret that nobody has parsed. */
static struct bytes
without_secret(struct bytes line)
{
	static const char *const verbs[] = {"AUTH", "LOGIN", "AUTHENTICATE", "PASS", "APOP"};
	struct bytes rest = line;

	for (int word = 0; word < 2; word++) {
		struct bytes verb = bytes_word(&rest);

		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
			if (bytes_iis(verb, verbs[i]))
				return bytes_sub(line, 0, line.n - rest.n);
	}
	return line;
}

static void
surplus_add(struct findings *f, struct fstate *st, const struct event *e)
{
	const struct ev_starttls *x = &e->starttls;
	size_t d = e->at.dir == DIR_S2C;
	struct surplus *p = st->surplus[d];
	struct buf out;

	if (!p)
		p = st->surplus[d] = arena_get(&st->arena, sizeof(*p));
	if (p->at.packet == 0) {
		p->at = e->at;
		p->noise = true;
		p->before_reply = x->before_reply;
	}
	p->octets += e->at.len;
	p->noise &= is_noise(x->text);
	p->grave |= is_grave(x->text);
	buf_init(&out, sizeof(p->text) - 1);
	buf_str(&out, p->text);
	if (out.n)
		buf_str(&out, " | ");
	secrets_redact(f->secrets, st->session->known, d ? x->text : without_secret(x->text),
		NULL, 0, &out);
	memcpy(p->text, buf_text(&out), out.n + 1);
	buf_done(&out);
}

/* It was none, or what had to come. */
static void
surplus_forget(struct fstate *st, enum dir d)
{
	if (st->surplus[d])
		st->surplus[d]->at.packet = 0;
}

static void
client_tell(struct findings *f, const struct rule *r, struct session *s, struct fstate *st)
{
	struct surplus *p = st->surplus[DIR_C2S];
	struct hit h;
	bool noise;

	/* Where STARTTLS was not seen, it may have come behind these words. */
	if (!p || p->at.packet == 0 || p->told || !session_has(s, AT_STLS_REQUESTED))
		return;
	noise = p->noise && p->octets <= 2;
	p->told = true;
	hit_init(&h, r, s, noise ? "noise" : p->before_reply ? "before_reply" : "after_reply");
	h.named = true;
	h.severity = noise ? SEV_LOW : p->grave ? SEV_CRITICAL : SEV_HIGH;
	hit_clue(&h, SESSION_AT(s, AT_STLS_REQUESTED), "%s", text_starttls_word(s->proto));
	hit_main(&h);
	hit_clue(&h, &p->at, "%s", p->text);
	hit_clue(&h, SESSION_AT(s, AT_STLS_ACCEPTED), "go-ahead");
	if (session_software(s).n)
		hit_note(&h, "server: %.*s", BYTES_FMT(session_software(s)));
	record_hit(f, &h);
}

/* Inside TLS, read with the keys: a reply that no command there asked for answers the words
 * that were put in before it. */
static void
executed_tell(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct event *e)
{
	const struct surplus *p = st->surplus[DIR_C2S];
	struct hit h;

	if (e->at.cover != COVER_TLS_DECRYPTED || !e->reply.unsolicited ||
		e->reply.kind == REPLY_DATA || e->reply.kind == REPLY_BROKEN || !p ||
		!p->at.packet || p->noise || session_has(s, AT_GAP))
		return;
	hit_init(&h, r, s, "executed");
	h.named = true;
	h.severity = SEV_CRITICAL;
	hit_clue(&h, &p->at, "in clear: %s", p->text);
	hit_main(&h);
	hit_wire(f, &h, &e->at, "answered inside TLS: ", e->reply.text, e->reply.masks,
		e->reply.n_masks);
	record_hit(f, &h);
}

static void
client_injection(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;

	if (e->type == EV_REPLY) {
		executed_tell(f, r, s, st, e);
		return;
	}
	if (e->type == EV_TLS) {
		if (e->at.dir == DIR_C2S &&
			(e->tls.stage == TLS_RECORDS || e->tls.stage == TLS_CLIENT_HELLO))
			client_tell(f, r, s, st);
		return;
	}
	if (e->starttls.stage == STLS_SURPLUS && e->at.dir == DIR_C2S)
		surplus_add(f, st, e);
	/* Refused, or a peer that never meant TLS: then plaintext is what had to come. */
	if (e->starttls.stage == STLS_REFUSED || e->starttls.stage == STLS_NO_TLS)
		surplus_forget(st, DIR_C2S);
	/* Sent before the answer and accepted: complete, whatever follows. */
	if (st->accepted && st->surplus[DIR_C2S] && st->surplus[DIR_C2S]->before_reply &&
		!st->no_tls)
		client_tell(f, r, s, st);
}

static void
server_injection(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct surplus *p;
	struct hit h;

	if (e->type == EV_STARTTLS) {
		if (e->starttls.stage == STLS_SURPLUS && e->at.dir == DIR_S2C)
			surplus_add(f, st, e);
		if (e->starttls.stage == STLS_NO_TLS)
			surplus_forget(st, DIR_S2C);
		return;
	}
	if (e->at.dir != DIR_S2C ||
		(e->tls.stage != TLS_RECORDS && e->tls.stage != TLS_SERVER_HELLO &&
			e->tls.stage != TLS_ALERT))
		return;
	/* Answers to what the client had sent before STARTTLS are late, not false; and where
	 * the go-ahead was not seen, it may have come behind these words. */
	p = st->surplus[DIR_S2C];
	if (!p || p->at.packet == 0 || p->told || st->open_before > 0 ||
		!session_has(s, AT_STLS_ACCEPTED))
		return;
	p->told = true;
	hit_init(&h, r, s, "surplus");
	hit_clue(&h, SESSION_AT(s, AT_STLS_ACCEPTED), "go-ahead");
	hit_main(&h);
	hit_clue(&h, &p->at, "%s", p->text);
	if (session_text(s, TEXT_CLIENT_SOFTWARE).n)
		hit_note(&h, "client: %.*s", BYTES_FMT(session_text(s, TEXT_CLIENT_SOFTWARE)));
	record_hit(f, &h);
}

/* starttls.premature_reply */

static void
premature_tell(struct findings *f, struct fstate *st)
{
	struct record *rec;

	if (!st->premature || !st->good_acks)
		return;
	if (st->secret.packet && text_before(&st->premature->clues[0].at, &st->secret))
		st->premature->severity = SEV_CRITICAL;
	rec = record_hit(f, st->premature);
	state_rising(f, st, rec, RISE_SECRET, SEV_CRITICAL);
	free(st->premature);
	st->premature = NULL;
}

/* Kept until one reply of the connection is seen to acknowledge its command: then ACKs can be
 * trusted here. */
static void
premature_keep(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct event *e, const char *reason, struct bytes text)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.severity = strcmp(reason, "other") == 0 ? SEV_MEDIUM : SEV_HIGH;
	hit_wire(f, &h, &e->at, NULL, text, NULL, 0);
	if (e->at.acked != PLACE_NO_ACK)
		hit_note(&h, "the reply acknowledges %llu client octets",
			(unsigned long long)e->at.acked);
	if (!st->premature)
		st->premature = mem_get(sizeof(h));
	*st->premature = h;
	premature_tell(f, st);
}

static void
premature_reply(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const struct ev_reply *y = &e->reply;
	const struct sent *sent;
	bool login;

	if (e->at.cover != COVER_CLEAR || s->one_sided || s->flow->midstream)
		return;
	if (e->type == EV_STARTTLS) {
		if (e->starttls.stage == STLS_PREMATURE)
			premature_keep(f, r, s, st, e, "starttls", e->starttls.text);
		return;
	}
	premature_tell(f, st);
	if (y->id == 0 || y->code == 421 || st->desync || e->at.acked == PLACE_NO_ACK ||
		y->kind == REPLY_CONTINUE || y->kind == REPLY_DATA || y->kind == REPLY_BROKEN)
		return;
	sent = state_sent(st, y->id);
	if (!sent || e->at.acked > sent->start || y->id == st->stls_id)
		return;
	login = state_auth_verb(y->verb) && y->kind == REPLY_OK;
	premature_keep(f, r, s, st, e, login ? "login" : "other", y->text);
}

/* starttls.no_tls_after_ok */

static void
no_tls(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	struct record *rec;
	struct hit h;

	if (e->starttls.stage != STLS_NO_TLS || session_has(s, AT_GAP))
		return;
	hit_init(&h, r, s, "plaintext");
	hit_clue(&h, SESSION_AT(s, AT_STLS_ACCEPTED), "go-ahead");
	hit_main(&h);
	hit_wire(f, &h, &e->at, "and then: ", without_secret(e->starttls.text), NULL, 0);
	rec = record_hit(f, &h);
	state_rising(f, st, rec, RISE_SECRET, SEV_HIGH);
}

/* starttls.state_kept */

/* RFC 3207 4.2, RFC 2595 3.1 and 4: what was used up must not be offered again. */
static void
still_offered(
	struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct hit h;

	if (!e->caps.known || !caps_has(s->caps_tls, CAPS_STARTTLS))
		return;
	hit_init(&h, r, s, "still_offered");
	h.named = true;
	h.severity = SEV_LOW;
	hit_clue(&h, SESSION_AT(s, AT_STLS_ACCEPTED), "go-ahead");
	hit_main(&h);
	hit_clue(&h, &e->at, "inside TLS: %.*s", BYTES_FMT(s->caps_tls->text));
	record_hit(f, &h);
}

/* Needs decrypted TLS: without the keys there are no such events, and nothing is said. */
static void
state_kept(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	const char *reason;
	struct hit h;

	if (e->at.cover != COVER_TLS_DECRYPTED || !session_has(s, AT_STLS_ACCEPTED))
		return;
	if (e->type == EV_CAPS) {
		still_offered(f, r, s, e);
		return;
	}
	if ((s->proto != PROTO_SMTP && s->proto != PROTO_LMTP) || session_has(s, AT_GAP))
		return;
	if (e->type == EV_MAIL) {
		if (!e->mail.known || !e->mail.accepted)
			return;
		st->tls_mail = true;
		if (st->tls_hello || s->caps_tls->known)
			return;
		reason = "client";
	} else {
		if (!e->rcpt.known || !e->rcpt.accepted || st->tls_mail)
			return;
		reason = "server";
	}
	hit_init(&h, r, s, reason);
	hit_clue(&h, SESSION_AT(s, AT_STLS_ACCEPTED), "go-ahead");
	hit_main(&h);
	hit_clue(&h, &e->at,
		e->type == EV_MAIL ? "MAIL accepted without EHLO inside TLS"
				   : "RCPT accepted without MAIL inside TLS");
	record_hit(f, &h);
}

/* starttls.pre_tls_data */

static bool
mailbox_data(struct bytes status)
{
	static const char *const names[] = {
		"LIST", "LSUB", "FETCH", "EXISTS", "SEARCH", "STATUS", "EXPUNGE"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_iis(status, names[i]))
			return true;
	return false;
}

/* The server's own complaint about a login in clear. */
static bool
about_cleartext(struct bytes text)
{
	static const char *const words[] = {"plaintext", "cleartext", "clear text",
		"plain text", "unencrypted", "SSL/TLS", "STARTTLS", "insecure"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_isearch(text, bytes_str(words[i])) != SIZE_MAX)
			return true;
	return false;
}

static const char *
pre_tls_reason(struct bytes text, struct bytes resp_code, enum severity *ret_sev)
{
	bool alert = bytes_istarts(resp_code, "ALERT") ||
		     bytes_isearch(text, BYTES("[ALERT]")) != SIZE_MAX;
	bool referral = bytes_istarts(resp_code, "REFERRAL") ||
			bytes_isearch(text, BYTES("[REFERRAL ")) != SIZE_MAX;

	*ret_sev = SEV_MEDIUM;
	if (referral)
		return "referral";
	if (!alert || about_cleartext(text))
		return NULL;
	if (bytes_isearch(text, BYTES("://")) == SIZE_MAX)
		*ret_sev = SEV_LOW;
	return "alert";
}

static void
pre_tls_data(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	bool greeting = e->type == EV_GREETING;
	struct bytes text = greeting ? e->greeting.text : e->reply.text;
	const char *reason = NULL;
	enum severity sev = SEV_LOW;
	struct hit h;

	if (s->proto != PROTO_IMAP || e->at.cover != COVER_CLEAR || s->tls ||
		s->authenticated || s->preauth)
		return;
	/* Whether a login came before is only known when nothing was missed. */
	if (state_partial(s) || session_has(s, AT_GAP) || st->login_unknown ||
		s->flow->side[DIR_C2S].packets == 0)
		return;
	if (!greeting && e->reply.kind == REPLY_DATA && mailbox_data(e->reply.status))
		reason = "data";
	if (!reason)
		reason = pre_tls_reason(text, greeting ? BYTES_NONE : e->reply.resp_code, &sev);
	if (!reason)
		return;
	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	hit_wire(f, &h, &e->at, NULL, text, greeting ? NULL : e->reply.masks,
		greeting ? 0 : e->reply.n_masks);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_upgrade[] = {
	{&row_starttls_client_injection, WAKE(EV_STARTTLS) | WAKE(EV_TLS) | WAKE(EV_REPLY), EMIT_NOW, 0, client_injection},
	{&row_starttls_server_injection, WAKE(EV_STARTTLS) | WAKE(EV_TLS), EMIT_NOW, 0, server_injection},
	{&row_starttls_premature_reply, WAKE(EV_STARTTLS) | WAKE(EV_REPLY), EMIT_NOW, 0, premature_reply},
	{&row_starttls_no_tls_after_ok, WAKE(EV_STARTTLS), EMIT_NOW, 0, no_tls},
	{&row_starttls_state_kept, WAKE(EV_MAIL) | WAKE(EV_RCPT) | WAKE(EV_CAPS), EMIT_NOW, 0, state_kept},
	{&row_starttls_pre_tls_data, WAKE(EV_REPLY) | WAKE(EV_GREETING), EMIT_NOW, 0, pre_tls_data},
	{.row = NULL},
};
/* clang-format on */
