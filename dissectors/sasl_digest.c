/* CRAM-MD5 (RFC 2195) and DIGEST-MD5 (RFC 2831). */
#include "dissectors/sasl_mech.h"

static bool
is_hex(struct bytes text, size_t n)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i] | 0x20;

		if (!(text.p[i] >= '0' && text.p[i] <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return text.n == n;
}

static bool
last_space(struct bytes text, struct bytes *ret_user, struct bytes *ret_digest)
{
	size_t at = text.n;

	while (at > 0 && text.p[at - 1] != ' ')
		at--;
	if (at == 0)
		return false;
	*ret_user = bytes_sub(text, 0, at - 1);
	*ret_digest = bytes_from(text, at);
	return true;
}

bool
sasl_cram_form(struct bytes text, struct bytes *ret_user, struct bytes *ret_digest)
{
	return last_space(text, ret_user, ret_digest) && is_hex(*ret_digest, 32);
}

bool
sasl_msg_id(struct bytes text)
{
	size_t ats = 0;

	if (text.n < 5 || text.p[0] != '<' || text.p[text.n - 1] != '>')
		return false;
	for (size_t i = 1; i + 1 < text.n; i++) {
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f || text.p[i] == '<' ||
			text.p[i] == '>')
			return false;
		ats += text.p[i] == '@';
	}
	return ats == 1 && text.p[1] != '@' && text.p[text.n - 2] != '@';
}

void
sasl_cram_answer(struct sasl *s, struct bytes text)
{
	struct bytes digest;

	s->hide = true;
	if (last_space(text, &s->login.user, &digest))
		sasl_secret(s, digest);
	else
		s->last = text;
}

void
sasl_cram_challenge(struct sasl *s, struct bytes text)
{
	s->login.detail.challenge_seen = sasl_msg_id(text);
}

static void
skip_blank(struct bytes *rest)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t' || rest->p[0] == ',' ||
				  rest->p[0] == '\r' || rest->p[0] == '\n'))
		*rest = bytes_from(*rest, 1);
}

/* Behind the opening quote; undoes `\x` (RFC 2831 section 7.2: quoted-string). */
static struct bytes
quoted(struct sasl *s, struct bytes *rest)
{
	size_t n = 0, end = 0;
	uint8_t *p;

	while (end < rest->n && rest->p[end] != '"')
		end += rest->p[end] == '\\' ? 2 : 1;
	end = end > rest->n ? rest->n : end;
	p = arena_get(&s->arena, end + 1);
	for (size_t at = 0; at < end; at++) {
		if (rest->p[at] == '\\' && at + 1 < end)
			at++;
		p[n++] = rest->p[at];
	}
	*rest = bytes_from(*rest, end + 1);
	return (struct bytes){p, n};
}

/* Takes one `key=value` or `key="value"`. */
static bool
directive(struct sasl *s, struct bytes *rest, struct bytes *ret_key, struct bytes *ret_value)
{
	size_t eq, end;

	skip_blank(rest);
	eq = bytes_find(*rest, '=');
	if (eq == rest->n)
		return false;
	*ret_key = bytes_trim(bytes_sub(*rest, 0, eq));
	*rest = bytes_from(*rest, eq + 1);
	if (rest->n && rest->p[0] == '"') {
		*rest = bytes_from(*rest, 1);
		*ret_value = quoted(s, rest);
	} else {
		end = bytes_find(*rest, ',');
		*ret_value = bytes_trim(bytes_sub(*rest, 0, end));
		*rest = bytes_from(*rest, end);
	}
	return true;
}

/* Directives of a line that are looked at: more mean nothing to us and would only cost memory.
 */
enum {
	DIRECTIVES_MAX = 64
};

void
sasl_digest_answer(struct sasl *s, struct bytes text)
{
	struct bytes rest = text, key, value;
	struct ev_login *l = &s->login;

	s->hide = text.n > 0;
	for (unsigned i = 0; i < DIRECTIVES_MAX && directive(s, &rest, &key, &value); i++) {
		if (bytes_iis(key, "username"))
			l->user = value;
		else if (bytes_iis(key, "authzid"))
			l->authzid = value;
		else if (bytes_iis(key, "realm"))
			l->detail.realm = value;
		else if (bytes_iis(key, "digest-uri"))
			l->detail.service = value;
		else if (bytes_iis(key, "qop"))
			l->detail.qop = value;
		else if (bytes_iis(key, "response"))
			sasl_secret(s, value);
	}
	/* RFC 2831 section 2.1.2: "If not specified, the default is auth". */
	if (l->credential_seen && l->detail.qop.n == 0)
		l->detail.qop = BYTES("auth");
}

void
sasl_digest_challenge(struct sasl *s, struct bytes text)
{
	struct bytes rest = text, key, value;

	for (unsigned i = 0; i < DIRECTIVES_MAX && directive(s, &rest, &key, &value); i++) {
		if (bytes_iis(key, "nonce"))
			s->login.detail.challenge_seen = value.n > 0;
		else if (bytes_iis(key, "realm") && s->login.detail.realm.n == 0)
			s->login.detail.realm = value;
	}
}
