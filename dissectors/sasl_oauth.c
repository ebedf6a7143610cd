/* XOAUTH2 and OAUTHBEARER (RFC 7628): the token, and of a JWT (RFC 7519) no more than alg, iss,
 * aud and exp. */
#include <string.h>

#include "base/b64.h"
#include "dissectors/sasl_mech.h"

enum {
	CLAIM_MAX = 256,
	JWT_PART_MAX = 16384
};

/* Behind the closing quote of the string that begins at `at` (its opening quote), or in.n. */
static size_t
json_string(struct bytes in, size_t at)
{
	for (at++; at < in.n && in.p[at] != '"'; at++) {
		if (in.p[at] == '\\')
			at++;
	}
	return at < in.n ? at + 1 : in.n;
}

static size_t
json_blank(struct bytes in, size_t at)
{
	while (at < in.n && strchr(" \t\r\n", in.p[at]) && in.p[at])
		at++;
	return at;
}

/* A string without its quotes, the first string of a list, or a bare word. Escapes stay as they
 * are. */
static struct bytes
json_value(struct bytes in, size_t at)
{
	size_t end;

	at = json_blank(in, at);
	if (at < in.n && in.p[at] == '[')
		at = json_blank(in, at + 1);
	if (at < in.n && in.p[at] == '"') {
		end = json_string(in, at);
		return bytes_sub(in, at + 1, end > at + 2 ? end - at - 2 : 0);
	}
	for (end = at; end < in.n && !memchr(",}] \t\r\n", in.p[end], 7); end++)
		;
	return bytes_sub(in, at, end - at);
}

/* The value of `key` in the outermost object, or none. No tree is built. */
static struct bytes
json_get(struct bytes in, const char *key)
{
	size_t at = 0, depth = 0;

	while (at < in.n) {
		uint8_t c = in.p[at];

		if (c == '"') {
			size_t end = json_string(in, at), colon = json_blank(in, end);
			struct bytes name = bytes_sub(
				in, at + 1, end > at + 2 ? end - at - 2 : 0);

			if (depth == 1 && colon < in.n && in.p[colon] == ':' &&
				bytes_is(name, key))
				return bytes_sub(json_value(in, colon + 1), 0, CLAIM_MAX);
			at = end;
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && depth > 0)
			depth--;
		at++;
	}
	return BYTES_NONE;
}

/* base64url (RFC 4648 section 5) of a JWT part, onto `out`. */
static bool
jwt_part(struct bytes part, struct buf *out)
{
	uint8_t std[JWT_PART_MAX];

	if (part.n == 0 || part.n > sizeof(std))
		return false;
	for (size_t i = 0; i < part.n; i++)
		std[i] = part.p[i] == '-' ? '+' : part.p[i] == '_' ? '/' : part.p[i];
	return b64_decode((struct bytes){std, part.n}, out) == 0 && out->n > 0 &&
	       out->p[0] == '{';
}

static void
claim(struct buf *text, const char *name, struct bytes json)
{
	struct bytes value = json_get(json, name);

	if (value.n == 0)
		return;
	buf_fmt(text, "%s%s=", text->n ? "; " : "", name);
	buf_add(text, value);
}

static void
jwt(struct sasl *s, struct bytes bearer)
{
	struct bytes rest = bearer, head, body;
	struct buf h, b, text;
	uint64_t exp;

	if (!sasl_next(&rest, '.', &head) || !sasl_next(&rest, '.', &body) || rest.n == 0)
		return;
	buf_init(&h, JWT_PART_MAX);
	buf_init(&b, JWT_PART_MAX);
	buf_init(&text, 4 * CLAIM_MAX);
	if (jwt_part(head, &h) && jwt_part(body, &b)) {
		claim(&text, "alg", buf_bytes(&h));
		claim(&text, "iss", buf_bytes(&b));
		claim(&text, "aud", buf_bytes(&b));
		if (bytes_u64(json_get(buf_bytes(&b), "exp"), INT64_MAX, &exp))
			s->login.detail.jwt_exp_s = (int64_t)exp;
		s->login.detail.jwt = arena_copy(&s->arena, buf_bytes(&text));
	}
	buf_wipe(&h);
	buf_wipe(&b);
	buf_done(&text);
}

static void
bearer(struct sasl *s, struct bytes auth)
{
	if (!bytes_istarts(auth, "Bearer "))
		return;
	sasl_secret(s, bytes_trim(bytes_from(auth, 7)));
	jwt(s, s->login.secret);
}

static struct bytes
host_port(struct sasl *s, struct bytes host, struct bytes port)
{
	struct bytes text;
	struct buf out;

	if (host.n == 0)
		return BYTES_NONE;
	buf_init(&out, 1024);
	buf_add(&out, host);
	if (port.n) {
		buf_byte(&out, ':');
		buf_add(&out, port);
	}
	text = arena_copy(&s->arena, buf_bytes(&out));
	buf_done(&out);
	return text;
}

/* XOAUTH2: user=…^Aauth=Bearer …^A^A; OAUTHBEARER: gs2-header ^A key=value ^A … ^A^A. A lone ^A
 * ends a failed exchange. */
void
sasl_oauth_answer(struct sasl *s, struct bytes text)
{
	struct bytes rest = text, item, value, host = BYTES_NONE, port = BYTES_NONE;

	s->hide = text.n > 1;
	if (bytes_is(text, "\001"))
		return;
	if (sasl_gs2_header(s, &rest) && s->login.authzid.n)
		s->login.user = s->login.authzid;
	while (sasl_next(&rest, 1, &item)) {
		if (sasl_item(item, "user", &value))
			s->login.user = value;
		else if (sasl_item(item, "auth", &value))
			bearer(s, value);
		else if (sasl_item(item, "host", &value))
			host = value;
		else if (sasl_item(item, "port", &value))
			port = value;
	}
	s->login.detail.service = host_port(s, host, port);
}

void
sasl_oauth_challenge(struct sasl *s, struct bytes text)
{
	struct bytes status = json_get(text, "status");

	if (status.n)
		s->login.detail.error = status;
}
