/*
 * GSSAPI (RFC 4752), GS2 (RFC 5801) and SPNEGO (RFC 4178) tokens as far as they name the
 * Kerberos ticket: RFC 2743 section 3.1, RFC 4121 section 4.1, RFC 4120 section 5.
 */
#include "base/cursor.h"
#include "dissectors/sasl_mech.h"

enum {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_STRING = 0x1b,
	TAG_SEQUENCE = 0x30,
	TAG_INITIAL = 0x60,
	TAG_TICKET = 0x61,
	TAG_AP_REQ = 0x6e
};
enum {
	SIBLINGS_MAX = 32
};
#define CONTEXT(n) (uint8_t)(0xa0 | (n))

static const struct bytes oid_krb5 = {
	(const uint8_t *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 9};
/* What Windows 2000 sent by mistake, MS-SPNG 1.9. */
static const struct bytes oid_krb5_ms = {
	(const uint8_t *)"\x2a\x86\x48\x82\xf7\x12\x01\x02\x02", 9};
static const struct bytes oid_spnego = {(const uint8_t *)"\x2b\x06\x01\x05\x05\x02", 6};

/* One DER element off the cursor; false at the end or when it does not fit. */
static bool
der_next(struct cursor *c, uint8_t *ret_tag, struct bytes *ret)
{
	uint8_t first;
	size_t n;

	*ret_tag = cursor_u8(c);
	first = cursor_u8(c);
	n = first;
	if (first > 0x84 || first == 0x80)
		c->err = true;
	if (first > 0x80 && first <= 0x84) {
		n = 0;
		for (unsigned i = first & 0x7f; i > 0; i--)
			n = n << 8 | cursor_u8(c);
	}
	*ret = cursor_take(c, n);
	return !c->err;
}

/* The content of the first element `tag` among the siblings in `in`. */
static bool
der_find(struct bytes in, uint8_t tag, struct bytes *ret)
{
	struct cursor c = cursor_of(in);
	uint8_t got;

	for (unsigned i = 0; i < SIBLINGS_MAX && cursor_left(&c); i++) {
		if (!der_next(&c, &got, ret))
			return false;
		if (got == tag)
			return true;
	}
	return false;
}

/* Goes down along `tags`. */
static bool
der_path(struct bytes in, const uint8_t *tags, size_t n, struct bytes *ret)
{
	*ret = in;
	for (size_t i = 0; i < n; i++) {
		if (!der_find(*ret, tags[i], ret))
			return false;
	}
	return true;
}
#define DER_PATH(in, ret, ...)                                                                 \
	der_path(in, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}),   \
		ret)

/* PrincipalName: its strings joined by "/". */
static struct bytes
principal(struct sasl *s, struct bytes strings)
{
	struct cursor c = cursor_of(strings);
	struct bytes part, text;
	struct buf out;
	uint8_t tag;

	buf_init(&out, 1024);
	for (unsigned i = 0; i < SIBLINGS_MAX && cursor_left(&c) && der_next(&c, &tag, &part);
		i++) {
		if (out.n)
			buf_byte(&out, '/');
		buf_add(&out, part);
	}
	text = arena_copy(&s->arena, buf_bytes(&out));
	buf_done(&out);
	return text;
}

static void
ticket(struct sasl *s, struct bytes seq)
{
	struct sasl_detail *d = &s->login.detail;
	struct bytes got;

	if (DER_PATH(seq, &got, CONTEXT(1), TAG_STRING))
		d->realm = got;
	if (DER_PATH(seq, &got, CONTEXT(2), TAG_SEQUENCE, CONTEXT(1), TAG_SEQUENCE))
		d->service = principal(s, got);
	if (DER_PATH(seq, &got, CONTEXT(3), TAG_SEQUENCE, CONTEXT(0), TAG_INTEGER) &&
		got.n == 1)
		d->krb_etype = got.p[0];
}

/* Behind the mechanism's OID: TOK_ID 01 00 and the AP-REQ. */
static void
krb_token(struct sasl *s, struct bytes in)
{
	struct bytes seq;

	s->login.detail.krb_token = true;
	if (in.n < 2 || in.p[0] != 1 || in.p[1] != 0)
		return;
	if (DER_PATH(bytes_from(in, 2), &seq, TAG_AP_REQ, TAG_SEQUENCE, CONTEXT(3), TAG_TICKET,
		    TAG_SEQUENCE))
		ticket(s, seq);
	else
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
}

/* RFC 2743 3.1: [APPLICATION 0] { OID, inner }. *ret_inner: behind the OID. */
static bool
initial_token(struct sasl *s, struct bytes in, struct bytes *ret_oid, struct bytes *ret_inner)
{
	struct cursor c = cursor_of(in);
	struct bytes body;
	uint8_t tag;

	if (in.n == 0 || in.p[0] != TAG_INITIAL)
		return false;
	if (!der_next(&c, &tag, &body)) {
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
		return false;
	}
	c = cursor_of(body);
	if (!der_next(&c, &tag, ret_oid) || tag != TAG_OID) {
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
		return false;
	}
	*ret_inner = bytes_from(body, c.at);
	return true;
}

static bool
is_krb5(struct bytes oid)
{
	return bytes_eq(oid, oid_krb5) || bytes_eq(oid, oid_krb5_ms);
}

/* RFC 4752 3.1: the first octet of the unsealed wrap token is the layer the client chose; RFC
 * 4121 4.2.6.2: header of 16. */
static void
wrap_token(struct sasl *s, struct bytes in)
{
	s->complete = true;
	if (in.n < 20 || in.p[2] & 2)
		return;
	s->login.detail.qop = in.p[16] == 1   ? BYTES("auth")
			      : in.p[16] == 2 ? BYTES("auth-int")
			      : in.p[16] == 4 ? BYTES("auth-conf")
					      : BYTES_NONE;
}

static void
token(struct sasl *s, struct bytes in)
{
	struct bytes oid, inner, mech;

	if (in.n >= 2 && in.p[0] == 5 && in.p[1] == 4) {
		wrap_token(s, in);
		return;
	}
	if (!initial_token(s, in, &oid, &inner))
		return;
	if (bytes_eq(oid, oid_spnego)) {
		s->login.detail.krb_token = true;
		/* RFC 4178 4.2: negTokenInit [0] SEQUENCE, mechToken [2]. */
		if (!DER_PATH(inner, &mech, CONTEXT(0), TAG_SEQUENCE, CONTEXT(2), TAG_OCTETS) ||
			!initial_token(s, mech, &oid, &inner))
			return;
	}
	if (is_krb5(oid))
		krb_token(s, inner);
}

void
sasl_gss_answer(struct sasl *s, struct bytes text)
{
	if (sasl_ntlm_inside(text)) {
		sasl_ntlm_answer(s, text);
		return;
	}
	s->hide = text.n > 0;
	token(s, text);
	s->login.credential_seen |= s->login.detail.krb_token;
}

void
sasl_gss_challenge(struct sasl *s, struct bytes text)
{
	if (sasl_ntlm_inside(text))
		sasl_ntlm_challenge(s, text);
}

/* RFC 5801 4: the gs2-header, then the token without its RFC 2743 header, unless "F," says it
 * never had one. */
void
sasl_gs2_answer(struct sasl *s, struct bytes text)
{
	struct bytes rest = text;

	s->hide = text.n > 0;
	if (sasl_gs2_header(s, &rest) && rest.n >= 2 && rest.p[0] == 1 && rest.p[1] == 0)
		krb_token(s, rest);
	else
		token(s, rest);
	s->login.credential_seen |= s->login.detail.krb_token;
}
