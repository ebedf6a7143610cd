#include "dissectors/sasl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "dissectors/sasl_mech.h"

/* An exchange may not hold more than this many times auth_bytes. */
enum {
	ARENA_TIMES = 4,
	REPLY_KEPT = 4096,
	NAME_KEPT = 256
};

void
sasl_secret(struct sasl *s, struct bytes secret)
{
	if (secret.n == 0)
		return;
	s->login.secret = s->last = secret;
	s->login.credential_seen = true;
}

bool
sasl_item(struct bytes item, const char *key, struct bytes *ret)
{
	size_t n = strlen(key);

	if (!bytes_starts(item, key) || item.n <= n || item.p[n] != '=')
		return false;
	*ret = bytes_from(item, n + 1);
	return true;
}

bool
sasl_next(struct bytes *rest, uint8_t sep, struct bytes *ret)
{
	size_t n = bytes_find(*rest, sep);

	if (rest->n == 0)
		return false;
	*ret = bytes_sub(*rest, 0, n);
	*rest = bytes_from(*rest, n + 1);
	return true;
}

/* RFC 4616: [authzid] NUL authcid NUL passwd. One NUL alone is read as authcid NUL passwd. */
static void
plain_answer(struct sasl *s, struct bytes text)
{
	struct bytes rest = text, field[3] = {BYTES_NONE, BYTES_NONE, BYTES_NONE};
	size_t nuls = 0, at;

	/* An empty initial response before the real one. */
	if (text.n == 0)
		return;
	s->hide = true;
	while (nuls < 2 && (at = bytes_find(rest, 0)) < rest.n) {
		field[nuls++] = bytes_sub(rest, 0, at);
		rest = bytes_from(rest, at + 1);
	}
	field[nuls] = rest;
	if (nuls != 2 || bytes_find(rest, 0) < rest.n)
		s->login.malformed |= SASL_PLAIN_NULS;
	if (nuls == 0) {
		s->last = text;
		return;
	}
	s->login.user = field[nuls - 1];
	if (nuls == 2)
		s->login.authzid = field[0];
	sasl_secret(s, field[nuls]);
}

static void
check_field(struct sasl *s, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == 0 || text.p[i] == '\r' || text.p[i] == '\n')
			s->login.malformed |= SASL_CONTROL_IN_FIELD;
	}
}

/* Matched by order, never by the prompt: FINDINGS 5.1. A prompt counts only when the command
 * was not seen. */
static void
login_answer(struct sasl *s, struct bytes text)
{
	check_field(s, text);
	if (s->step++ == 0) {
		s->login.user = text;
		s->hide = s->guessed;
		return;
	}
	s->hide = true;
	sasl_secret(s, text);
	s->complete = true;
}

static void
external_answer(struct sasl *s, struct bytes text)
{
	s->login.user = s->login.authzid = text;
}

static void
anonymous_answer(struct sasl *s, struct bytes text)
{
	s->login.detail.trace = text;
}

static void
unknown_answer(struct sasl *s, struct bytes text)
{
	s->hide = true;
	s->last = text;
	s->login.credential_seen |= text.n > 0;
}

/* clang-format off */
static const struct sasl_mech mechs[] = {
	{ "PLAIN", .exposure = EXPOSURE_PASSWORD, .answers = 1, .answer = plain_answer },
	{ "LOGIN", .exposure = EXPOSURE_PASSWORD, .raw = true, .answer = login_answer },
	{ "CRAM-MD5", .exposure = EXPOSURE_CRACKABLE, .answers = 1,
	  .answer = sasl_cram_answer, .challenge = sasl_cram_challenge },
	{ "DIGEST-MD5", .exposure = EXPOSURE_CRACKABLE, .answers = 2,
	  .answer = sasl_digest_answer, .challenge = sasl_digest_challenge },
	{ "SCRAM-", .prefix = true, .exposure = EXPOSURE_CRACKABLE, .answers = 2,
	  .answer = sasl_scram_answer, .challenge = sasl_scram_challenge },
	{ "NTLM", .exposure = EXPOSURE_CRACKABLE, .binary = true, .answer = sasl_ntlm_answer, .challenge = sasl_ntlm_challenge },
	{ "GSSAPI", .exposure = EXPOSURE_NONE, .binary = true, .answer = sasl_gss_answer, .challenge = sasl_gss_challenge },
	{ "GSS-SPNEGO", .exposure = EXPOSURE_NONE, .binary = true, .answer = sasl_gss_answer, .challenge = sasl_gss_challenge },
	{ "GS2-", .prefix = true, .exposure = EXPOSURE_NONE, .binary = true, .answer = sasl_gs2_answer },
	{ "XOAUTH2", .exposure = EXPOSURE_TOKEN, .answers = 1,
	  .answer = sasl_oauth_answer, .challenge = sasl_oauth_challenge },
	{ "OAUTHBEARER", .exposure = EXPOSURE_TOKEN, .answers = 1,
	  .answer = sasl_oauth_answer, .challenge = sasl_oauth_challenge },
	{ "EXTERNAL", .exposure = EXPOSURE_NONE, .answers = 1, .answer = external_answer },
	{ "ANONYMOUS", .exposure = EXPOSURE_NONE, .answers = 1, .answer = anonymous_answer },
	{ "", .exposure = EXPOSURE_NONE, .binary = true, .answer = unknown_answer },
};
/* clang-format on */
#define MECH_UNKNOWN (&mechs[sizeof(mechs) / sizeof(mechs[0]) - 1])

static const struct sasl_mech *
find_mech(struct bytes name)
{
	const struct sasl_mech *m = mechs;

	while (m != MECH_UNKNOWN &&
		!(m->prefix ? bytes_istarts(name, m->name) : bytes_iis(name, m->name)))
		m++;
	return m;
}

static struct bytes
capitals(struct arena *a, struct bytes name)
{
	struct bytes copy = arena_copy(a, bytes_sub(name, 0, NAME_KEPT));
	uint8_t *p = (uint8_t *)copy.p;

	for (size_t i = 0; i < copy.n; i++)
		p[i] = p[i] >= 'a' && p[i] <= 'z' ? (uint8_t)(p[i] - 32) : p[i];
	return copy;
}

static void
set_mech(struct sasl *s, struct bytes name)
{
	s->mech = find_mech(name);
	s->login.mechanism = capitals(&s->arena, name);
}

static struct sasl *
start(const struct place *begun, const struct dis_limits *limits)
{
	struct sasl *s = mem_get(sizeof(*s));

	arena_init(&s->arena, 0);
	s->limits = limits;
	s->login.begun = *begun;
	return s;
}

struct sasl *
sasl_new(struct bytes mechanism, const struct place *begun, const struct dis_limits *limits)
{
	struct sasl *s = start(begun, limits);

	s->login.sasl = true;
	s->guessed = mechanism.n == 0;
	set_mech(s, mechanism);
	return s;
}

void
sasl_free(struct sasl **s)
{
	if (!*s)
		return;
	arena_wipe(&(*s)->arena);
	free(*s);
	*s = NULL;
}

/* The command was not seen (joined in the middle): what could this first answer be? */
static void
guess(struct sasl *s, struct bytes text)
{
	struct bytes user, digest;
	size_t nul = bytes_find(text, 0);

	if (bytes_starts(text, "NTLMSSP"))
		set_mech(s, BYTES("NTLM"));
	else if (nul < text.n && bytes_find(bytes_from(text, nul + 1), 0) < text.n - nul - 1)
		set_mech(s, BYTES("PLAIN"));
	else if (sasl_cram_form(text, &user, &digest))
		set_mech(s, BYTES("CRAM-MD5"));
	else if (bytes_starts(text, "user=") ||
		 bytes_search(text, BYTES("\001auth=")) != SIZE_MAX)
		set_mech(s,
			bytes_starts(text, "user=") ? BYTES("XOAUTH2") : BYTES("OAUTHBEARER"));
	else
		set_mech(s, BYTES("LOGIN"));
}

static bool
outside_alphabet(struct bytes b64)
{
	for (size_t i = 0; i < b64.n; i++) {
		uint8_t c = b64.p[i];
		bool in = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			  (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';

		if (!in)
			return true;
	}
	return false;
}

static void
check_answer(struct sasl *s, struct bytes b64, struct bytes text)
{
	if (b64.n > SASL_RFC_LIMIT)
		s->login.malformed |= SASL_TOO_LONG;
	if (b64.n > SASL_HUGE_LIMIT)
		s->login.malformed |= SASL_HUGE;
	if (s->mech && s->mech->binary)
		return;
	if (bytes_search(text, BYTES("%n")) != SIZE_MAX ||
		bytes_search(text, BYTES("$(")) != SIZE_MAX || bytes_find(text, '`') < text.n)
		s->login.malformed |= SASL_SHELL_META;
}

static bool
has_room(const struct sasl *s, size_t n)
{
	return n <= s->limits->auth_bytes &&
	       s->arena.used + 2 * n <= ARENA_TIMES * s->limits->auth_bytes;
}

/* Decoded into the arena; *ret_bad when it is no base64. */
static struct bytes
decode(struct sasl *s, struct bytes b64, bool raw, bool *ret_bad)
{
	struct buf buf;
	struct bytes text;

	buf_init(&buf, b64.n + 1);
	*ret_bad = b64_decode(b64, &buf) != 0;
	text = *ret_bad && raw && outside_alphabet(b64) ? b64 : buf_bytes(&buf);
	text = arena_copy(&s->arena, text);
	buf_wipe(&buf);
	return text;
}

static void
take(struct sasl *s, struct bytes b64, const struct place *at)
{
	bool bad, seen = s->login.credential_seen;
	struct bytes text;

	s->responses++;
	s->hide = b64.n > 0;
	s->last = BYTES_NONE;
	if (s->closed)
		s->login.malformed |= SASL_AFTER_VERDICT;
	if (s->closed || s->login.cancelled)
		return;
	if (!has_room(s, b64.n)) {
		s->login.malformed |= SASL_TOO_LONG | SASL_HUGE;
		return;
	}
	text = decode(s, b64, s->mech->raw, &bad);
	if (bad)
		s->login.malformed |= SASL_BAD_BASE64;
	check_answer(s, b64, text);
	s->hide = false;
	if (s->guessed && s->mech == MECH_UNKNOWN)
		guess(s, text);
	s->mech->answer(s, text);
	s->hide = (s->hide || bad) && b64.n > 0;
	if (s->guessed)
		s->hide = b64.n > 0;
	if (s->mech->answers && s->responses >= s->mech->answers)
		s->complete = true;
	if (!seen && s->login.credential_seen)
		s->login.credential = *at;
}

void
sasl_initial(struct sasl *s, struct bytes b64, const struct place *at)
{
	s->login.initial_response = true;
	if (bytes_is(b64, "="))
		b64 = BYTES_NONE;
	/* AUTH LOGIN with an empty initial response: the name is still asked for. */
	if (b64.n == 0 && s->mech->answer == login_answer) {
		s->responses++;
		s->hide = false;
		return;
	}
	take(s, b64, at);
}

void
sasl_response(struct sasl *s, struct bytes line, const struct place *at)
{
	if (!bytes_is(line, "*")) {
		take(s, line, at);
		return;
	}
	s->responses++;
	s->hide = false;
	s->last = BYTES_NONE;
	if (s->closed)
		s->login.malformed |= SASL_AFTER_VERDICT;
	else
		s->login.cancelled = true;
}

/* `334 VXNlcm5hbWU6` and `334 UGFzc3dvcmQ6` tell an AUTH LOGIN whose command was not seen. */
static void
prompt(struct sasl *s, struct bytes text)
{
	bool pass = bytes_istarts(text, "password");

	if (!pass && !bytes_istarts(text, "user"))
		return;
	if (s->mech == MECH_UNKNOWN) {
		set_mech(s, BYTES("LOGIN"));
		s->step = pass;
	}
	s->prompted |= s->mech->answer == login_answer;
}

void
sasl_challenge(struct sasl *s, struct bytes b64)
{
	struct bytes text;
	bool bad;

	if (s->closed || !has_room(s, b64.n))
		return;
	text = decode(s, b64, false, &bad);
	if (bad)
		return;
	if (s->guessed)
		prompt(s, text);
	if (s->mech->challenge)
		s->mech->challenge(s, text);
}

void
sasl_verdict(struct sasl *s, enum auth_result result, uint16_t code, const char *reason,
	struct bytes text, const struct place *at)
{
	s->login.result = result;
	s->login.code = code;
	s->login.reason = reason;
	s->login.reply = arena_copy(&s->arena, bytes_sub(text, 0, REPLY_KEPT));
	s->login.verdict = *at;
	s->closed = true;
}

unsigned
sasl_responses(const struct sasl *s)
{
	return s->responses;
}

bool
sasl_complete(const struct sasl *s)
{
	return s->complete || s->login.cancelled;
}

bool
sasl_mask(const struct sasl *s, uint32_t off, uint32_t len, struct mask *ret)
{
	*ret = (struct mask){.off = off, .len = len, .secret = s->last};
	return s->hide && len > 0;
}

void
sasl_login(const struct sasl *s, struct ev_login *ret)
{
	*ret = s->login;
	/* One answer alone, of a LOGIN that was not seen to begin: it may as well be the
	 * password. */
	if (s->guessed && !s->prompted && s->mech->answer == login_answer && s->step == 1) {
		ret->secret = ret->user;
		ret->user = BYTES_NONE;
		ret->credential_seen = ret->secret.n > 0;
		ret->credential = ret->begun;
	}
	/* NTLM may be inside of SPNEGO. */
	ret->exposure = !ret->credential_seen      ? EXPOSURE_NONE
			: ret->detail.ntlm_version ? EXPOSURE_CRACKABLE
			: s->mech                  ? s->mech->exposure
						   : s->login.exposure;
}

bool
sasl_info(struct sasl *s, struct ev_sasl_info *ret)
{
	bool had = s->info;

	s->info = false;
	*ret = (struct ev_sasl_info){
		.mechanism = s->login.mechanism, .detail = s->login.detail};
	return had;
}

struct sasl *
sasl_plain_login(const char *mechanism, struct bytes user, struct bytes secret,
	enum auth_exposure exposure, const struct place *begun, const struct place *credential,
	const struct dis_limits *limits)
{
	struct sasl *s = start(begun, limits);

	s->login.mechanism = bytes_str(mechanism);
	s->login.user = arena_copy(&s->arena, user);
	s->login.exposure = exposure;
	sasl_secret(s, arena_copy(&s->arena, secret));
	s->hide = s->login.secret.n > 0;
	if (credential)
		s->login.credential = *credential;
	s->responses = 1;
	s->complete = true;
	check_answer(s, secret, secret);
	return s;
}

struct sasl *
sasl_apop(struct bytes timestamp, struct bytes user, struct bytes digest,
	const struct place *at, const struct dis_limits *limits)
{
	struct sasl *s = sasl_plain_login(
		"APOP", user, digest, EXPOSURE_CRACKABLE, at, at, limits);

	s->login.detail.challenge_seen = timestamp.n > 0;
	s->login.detail.apop_malformed = timestamp.n > 0 && !sasl_msg_id(timestamp);
	return s;
}
