/* AUTH, RFC 4954: exchanges, their verdicts, and those whose beginning was not seen. */
#include <stdlib.h>
#include <string.h>

#include "dissectors/smtp/smtp.h"

static struct smtp_auth *
auth_new(struct bytes mech, const struct place *at, struct events *out)
{
	struct smtp_auth *a = mem_get(sizeof(*a));

	a->sasl = sasl_new(mech, at, events_limits(out));
	a->last = *at;
	return a;
}

static void
say_login(struct smtp_auth *a, struct events *out)
{
	struct event e = {.type = EV_LOGIN};

	if (a->said)
		return;
	a->said = true;
	sasl_login(a->sasl, &e.login);
	events_say_at(out, &e, &a->last);
	if (e.login.malformed) {
		struct event bad = {
			.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_SASL_MALFORMED}};

		events_say_at(out, &bad, &a->last);
	}
}

void
smtp_auth_drop(struct smtp *s, struct smtp_auth **a, struct events *out)
{
	struct smtp_auth *was = *a;

	*a = NULL;
	if (!was || --was->refs)
		return;
	say_login(was, out);
	sasl_free(&was->sasl);
	free(was);
}

void
smtp_auth_leave(struct smtp *s, struct events *out)
{
	smtp_auth_drop(s, &s->auth, out);
}

static void
make_current(struct smtp *s, struct smtp_auth *a, struct events *out)
{
	smtp_auth_leave(s, out);
	s->auth = a;
	a->refs++;
}

/* RFC 4422 section 3.1: 1 to 20 of A-Z 0-9 - _; else the client may have forgotten the
 * mechanism and sent its secret. */
static bool
mechanism_name(struct bytes word)
{
	for (size_t i = 0; i < word.n; i++) {
		uint8_t c = word.p[i], low = c | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
			c != '_')
			return false;
	}
	return word.n > 0 && word.n <= 24;
}

static void
hide(struct smtp_line *l, struct bytes part)
{
	l->masked = part.n > 0;
	l->mask = (struct mask){.off = (uint32_t)(part.p - l->text.p), .len = (uint32_t)part.n};
}

void
smtp_auth_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	struct bytes rest = l->args, mech = bytes_word(&rest), initial;
	struct smtp_auth *a;

	rest = bytes_trim(rest);
	if (!mechanism_name(mech) || l->inert) {
		hide(l, l->args);
		l->flags |= CMD_MALFORMED;
		s->auth_trouble = true;
		return;
	}
	a = auth_new(mech, &l->at, out);
	e->auth = a;
	a->refs = 1;
	make_current(s, a, out);
	if (rest.n == 0)
		return;
	initial = bytes_sub(rest, 0, bytes_find(rest, ' '));
	sasl_initial(a->sasl, initial, &l->at);
	l->masked = sasl_mask(
		a->sasl, (uint32_t)(rest.p - l->text.p), (uint32_t)rest.n, &l->mask);
	if (initial.n < rest.n) {
		l->flags |= CMD_MALFORMED;
		hide(l, rest);
	}
}

void
smtp_auth_begun(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	if (e->auth)
		s->client = CL_AUTH_WAIT;
}

void
smtp_auth_unseen(struct smtp *s, const struct place *at, struct events *out)
{
	struct smtp_auth *a;

	if (s->auth && s->auth->loose)
		return;
	a = auth_new(BYTES_NONE, at, out);
	a->loose = true;
	make_current(s, a, out);
}

void
smtp_auth_answer(struct smtp *s, struct smtp_line *l, struct events *out)
{
	struct smtp_entry *e;
	uint32_t id = ++s->commands;

	l->flags |= CMD_RESPONSE;
	l->verb = NULL;
	l->args = BYTES_NONE;
	if (!s->auth)
		smtp_auth_unseen(s, &l->at, out);
	s->auth->last = l->at;
	sasl_response(s->auth->sasl, l->text, &l->at);
	l->masked = sasl_mask(s->auth->sasl, 0, (uint32_t)l->text.n, &l->mask);
	e = smtp_push(s, ENTRY_ANSWER, &l->at, out);
	e->id = id;
	e->auth = s->auth;
	e->auth->refs++;
	smtp_say_command(s, l, id, out);
	/* Loose answers come one after the other; nothing says which line is the next. */
	s->client = s->auth->loose && !s->deaf && s->client == CL_COMMAND ? CL_COMMAND
									  : CL_AUTH_WAIT;
	if (s->deaf)
		smtp_forget(s, s->count, out);
}

/* FINDINGS.md auth.failure; RFC 4954 section 6 and the enhanced codes of RFC 3463, 4954, 5248.
 */
static const char *
reason_of(uint16_t code, struct bytes enhanced)
{
	static const struct {
		uint16_t code; /* 0: any */
		const char *enhanced;
		const char *reason;
	} rows[] = {
		{0, "5.7.8", "bad_credentials"},
		{0, "5.7.9", "too_weak"},
		{0, "5.7.11", "tls_required"},
		{0, "5.7.13", "disabled"},
		{432, NULL, "expired"},
		{421, NULL, "temporary"},
		{454, NULL, "temporary"},
		{530, NULL, "tls_required"},
		{534, NULL, "too_weak"},
		{535, NULL, "bad_credentials"},
		{538, NULL, "tls_required"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].enhanced ? bytes_is(enhanced, rows[i].enhanced)
				     : rows[i].code == code)
			return rows[i].reason;
	}
	return code < 500 ? "temporary" : NULL;
}

/* FINDINGS.md 1.2: 235 accepts, 5xx refuses, 4xx says nothing about the credential. */
static void
verdict(struct smtp *s, struct smtp_auth *a, const struct smtp_reply *r, struct events *out)
{
	enum auth_result result = r->code == 235   ? AUTH_ACCEPTED
				  : r->code >= 500 ? AUTH_REFUSED
						   : AUTH_UNKNOWN;
	struct ev_login login;

	sasl_verdict(a->sasl, result, r->code,
		r->code >= 400 ? reason_of(r->code, smtp_enhanced(r->text)) : NULL, r->text,
		&r->at);
	a->last = r->at;
	s->auth_trouble = r->code != 235;
	s->authed |= r->code == 235;
	sasl_login(a->sasl, &login);
	say_login(a, out);
	/* GSSAPI and DIGEST-MD5 may have agreed on a security layer (RFC 4422 section 3.7). */
	s->sasl_next = result == AUTH_ACCEPTED &&
		       (login.detail.krb_token || bytes_starts(login.detail.qop, "auth-"));
	if (s->client == CL_AUTH_WAIT || s->client == CL_AUTH_ANSWER)
		s->client = CL_COMMAND;
}

static void
challenge(struct smtp *s, struct smtp_auth *a, const struct smtp_reply *r, struct events *out)
{
	struct event e = {.type = EV_SASL_INFO};

	sasl_challenge(a->sasl, bytes_trim(bytes_from(r->text, 4)));
	if (sasl_info(a->sasl, &e.sasl))
		events_say_at(out, &e, &r->at);
	if (s->client == CL_AUTH_WAIT || a->loose)
		s->client = CL_AUTH_ANSWER;
}

void
smtp_auth_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct smtp_auth *a = e->auth;

	if (!a || r->code == 0)
		return;
	if (r->code == 334) {
		challenge(s, a, r, out);
		return;
	}
	/* A line taken for an answer that the server took for a command. */
	if (a->loose && r->code != 235 && !(r->code >= 530 && r->code < 540))
		a->said = true;
	verdict(s, a, r, out);
	if (s->auth == a)
		smtp_auth_leave(s, out);
}

bool
smtp_auth_loose(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	if (r->code != 334 && r->code != 235 && r->code != 535)
		return false;
	if (!s->auth && r->code != 334)
		return false;
	if (r->code == 334) {
		if (!s->auth)
			smtp_auth_unseen(s, &r->at, out);
		s->client = CL_AUTH_WAIT;
		challenge(s, s->auth, r, out);
		return true;
	}
	verdict(s, s->auth, r, out);
	smtp_auth_leave(s, out);
	return true;
}
