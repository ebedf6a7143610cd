#include "dissectors/pop3/pop3.h"

enum {
	NAME_BYTES = 4096
}; /* of a user name that is kept between USER and PASS */

/* RFC 2449 section 8, RFC 3206 section 4: what stands in brackets behind -ERR. */
static const struct refusal {
	const char *code;
	enum auth_result result;
	const char *reason;
} refusals[] = {
	{"AUTH", AUTH_REFUSED, "bad_credentials"}, {"SYS/TEMP", AUTH_UNKNOWN, "temporary"},
	{"SYS/PERM", AUTH_REFUSED, "disabled"}, {"LOGIN-DELAY", AUTH_UNKNOWN, "temporary"},
	{"IN-USE", AUTH_ACCEPTED, "in_use"}, /* RFC 2449 8.1.2: the secret was right */
};

/* Some servers say with [AUTH], or without any code, that the channel and not the secret is at
 * fault. */
static const char *const wants_tls[] = {"plaintext auth", "plain text auth", "cleartext auth",
	"secure connection", "issue a stls", "issue stls", "non-secure", "requires ssl",
	"requires tls", "encryption required"};

static bool
says(struct bytes text, const char *what)
{
	return bytes_isearch(text, bytes_str(what)) != SIZE_MAX;
}

static struct refusal
judge(const struct pop3_reply *r)
{
	struct refusal got = {NULL, AUTH_REFUSED, NULL};

	if (r->kind == REPLY_OK)
		return (struct refusal){NULL, AUTH_ACCEPTED, NULL};
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (bytes_iis(r->code, refusals[i].code))
			got = refusals[i];
	for (size_t i = 0; i < sizeof(wants_tls) / sizeof(wants_tls[0]); i++)
		if (got.result == AUTH_REFUSED && says(r->text, wants_tls[i]))
			got.reason = "tls_required";
	return got;
}

static void
say_login(const struct sasl *login, struct events *out)
{
	struct event e = {.type = EV_LOGIN};
	struct place at;

	sasl_login(login, &e.login);
	at = e.login.verdict.packet    ? e.login.verdict
	     : e.login.credential_seen ? e.login.credential
				       : e.login.begun;
	events_say_at(out, &e, &at);
}

void
pop3_login_close(struct sasl **login, struct events *out)
{
	if (!*login)
		return;
	say_login(*login, out);
	sasl_free(login);
}

void
pop3_login_info(struct sasl *login, struct events *out, size_t from, size_t n)
{
	struct event e = {.type = EV_SASL_INFO};

	if (sasl_info(login, &e.sasl))
		events_say(out, &e, from, n);
}

bool
pop3_login_layer(const struct sasl *login)
{
	static const char *const names[] = {
		"GSSAPI", "GSS-SPNEGO", "DIGEST-MD5", "KERBEROS_V4", "SRP", "NTLM"};
	struct ev_login l;

	sasl_login(login, &l);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_is(l.mechanism, names[i]))
			return true;
	return bytes_starts(l.mechanism, "GS2-");
}

static void
verdict(struct sasl *login, const struct pop3_reply *r)
{
	struct refusal got = judge(r);
	struct place at = events_place(r->out, r->from, r->n);

	sasl_verdict(login, got.result, 0, got.reason, r->line, &at);
}

static struct sasl *
user_alone(const struct pop3 *p, struct events *out)
{
	return sasl_plain_login("USER/PASS", buf_bytes(&p->user), BYTES_NONE, EXPOSURE_NONE,
		&p->user_at, NULL, events_limits(out));
}

void
pop3_user_close(struct pop3 *p, struct events *out)
{
	struct sasl *login;

	if (!p->user_open)
		return;
	p->user_open = false;
	login = user_alone(p, out);
	pop3_login_close(&login, out);
}

void
pop3_sent_user(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s)
{
	pop3_user_close(p, s->out);
	if (!p->user.max)
		buf_init(&p->user, NAME_BYTES);
	buf_clear(&p->user);
	buf_add(&p->user, bytes_trim(s->args));
	p->user_at = s->at;
	p->user_id = e->id;
	p->user_open = true;
}

/* RFC 1939 7: a refused name is a refused login, unless PASS was sent ahead; then its reply is
 * the verdict. */
void
pop3_answered_user(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r)
{
	struct sasl *login;

	if (r->kind == REPLY_OK || !p->user_open || p->user_id != e->id)
		return;
	p->user_open = false;
	login = user_alone(p, r->out);
	verdict(login, r);
	pop3_login_close(&login, r->out);
}

static void
mask_args(struct pop3_said *s, const struct sasl *login, struct bytes part)
{
	if (part.n)
		s->masked = sasl_mask(
			login, (uint32_t)(part.p - s->line.p), (uint32_t)part.n, &s->mask);
}

/* RFC 1939 7: spaces are part of the password; all behind the first one is it. */
void
pop3_sent_pass(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s)
{
	bool named = p->user.n > 0;

	p->user_open = false;
	e->login = sasl_plain_login("USER/PASS", buf_bytes(&p->user), s->args,
		EXPOSURE_PASSWORD, named ? &p->user_at : &s->at, &s->at, events_limits(s->out));
	mask_args(s, e->login, s->args);
}

void
pop3_sent_apop(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s)
{
	struct bytes rest = s->args, name = bytes_word(&rest), digest = bytes_trim(rest);

	pop3_user_close(p, s->out);
	e->login = sasl_apop(buf_bytes(&p->apop), name, digest, &s->at, events_limits(s->out));
	mask_args(s, e->login, digest);
}

void
pop3_sent_auth(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s)
{
	struct bytes rest = s->args, mechanism = bytes_word(&rest), initial = bytes_trim(rest);

	if (!mechanism.n)
		return;
	pop3_user_close(p, s->out);
	e->login = sasl_new(mechanism, &s->at, events_limits(s->out));
	if (initial.n) {
		sasl_initial(e->login, initial, &s->at);
		mask_args(s, e->login, initial);
	}
	p->client = CLIENT_AUTH;
	p->auth_turn = false;
}

void
pop3_answered_login(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r)
{
	if (!e->login)
		return;
	verdict(e->login, r);
	pop3_login_close(&e->login, r->out);
	if (r->kind != REPLY_OK)
		return;
	p->session = SESSION_TRAN;
	pop3_caps_void(r);
}
