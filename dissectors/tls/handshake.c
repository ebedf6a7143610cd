#include "dissectors/tls/handshake.h"

#include "base/cursor.h"
#include "dissectors/tls/names.h"

enum { /* RFC 8422 5.4 */
	CURVE_EXPLICIT_PRIME = 1,
	CURVE_EXPLICIT_CHAR2 = 2,
	CURVE_NAMED = 3,
};

/* Of a number without its leading zeros. */
static uint32_t
bits_of(struct bytes n)
{
	while (n.n && n.p[0] == 0)
		n = bytes_from(n, 1);
	if (!n.n)
		return 0;
	return (uint32_t)(n.n - 1) * 8 + (uint32_t)(32 - __builtin_clz(n.p[0]));
}

static struct bytes
without_zeros(struct bytes n)
{
	while (n.n && n.p[0] == 0)
		n = bytes_from(n, 1);
	return n;
}

/* Is g 0, 1 or p-1? p is odd: p-1 differs in the last bit only. */
static bool
trivial(struct bytes p, struct bytes g)
{
	p = without_zeros(p);
	g = without_zeros(g);
	if (g.n == 0 || (g.n == 1 && g.p[0] == 1))
		return true;
	return p.n && g.n == p.n &&
	       bytes_eq(bytes_sub(p, 0, p.n - 1), bytes_sub(g, 0, g.n - 1)) &&
	       g.p[g.n - 1] == (p.p[p.n - 1] & 0xfe);
}

/* RFC 5246 7.4.3: p, g, Ys */
static void
read_dhe(struct cursor *c, struct tls_kex *k)
{
	struct bytes g;

	k->kind = TLS_KEX_DHE;
	k->prime = cursor_take(c, cursor_be16(c));
	g = cursor_take(c, cursor_be16(c));
	cursor_skip(c, cursor_be16(c));
	if (c->err)
		return;
	k->bits = bits_of(k->prime);
	k->even = k->prime.n == 0 || !(k->prime.p[k->prime.n - 1] & 1);
	k->trivial = trivial(k->prime, g);
}

/* RFC 8422 5.4. The explicit kinds were never in use; their parameters are not followed. */
static void
read_ecdhe(struct cursor *c, struct tls_kex *k)
{
	uint8_t curve = cursor_u8(c);

	k->kind = TLS_KEX_ECDHE;
	if (curve == CURVE_NAMED) {
		k->group = cursor_be16(c);
		k->bits = tls_group_bits(k->group);
		cursor_skip(c, cursor_u8(c));
	} else if (curve == CURVE_EXPLICIT_PRIME) {
		k->group = 0xff01;
		k->bits = bits_of(cursor_take(c, cursor_u8(c)));
		c->err = true;
	} else {
		k->group = curve == CURVE_EXPLICIT_CHAR2 ? 0xff02 : 0;
		c->err = true;
	}
}

/* RFC 2246 D.1 in its older drafts: the modulus of the short key, its exponent. */
static void
read_rsa_export(struct cursor *c, struct tls_kex *k)
{
	k->kind = TLS_KEX_RSA_EXPORT;
	k->bits = bits_of(cursor_take(c, cursor_be16(c)));
	cursor_skip(c, cursor_be16(c));
}

bool
tls_key_exchange_read(struct bytes body, uint16_t version, uint16_t cipher, struct tls_kex *ret)
{
	struct cursor c = cursor_of(body);
	unsigned suite = tls_suite_traits(cipher);

	*ret = (struct tls_kex){.anonymous = suite & SUITE_ANON};
	if (suite & SUITE_PSK)
		cursor_skip(&c, cursor_be16(&c)); /* RFC 4279 2: the identity hint */
	if (suite & SUITE_ECDHE)
		read_ecdhe(&c, ret);
	else if (suite & SUITE_DHE)
		read_dhe(&c, ret);
	else if (suite & SUITE_RSA && suite & SUITE_EXPORT)
		read_rsa_export(&c, ret);
	else
		ret->kind = suite & SUITE_PSK ? TLS_KEX_PSK : TLS_KEX_UNKNOWN;
	if (c.err)
		return ret->bits != 0 || ret->group != 0;
	if (!ret->anonymous && version == TLS_1_2 && ret->kind != TLS_KEX_UNKNOWN &&
		!(suite & SUITE_PSK))
		ret->sigalg = cursor_be16(&c);
	return true;
}

size_t
tls_certificates_read(
	struct bytes body, uint16_t version, struct bytes *certs, size_t max, bool *ret_cut)
{
	struct cursor c = cursor_of(body), list;
	size_t n = 0;

	if (version >= TLS_1_3)
		cursor_skip(&c, cursor_u8(&c));
	list = cursor_of(cursor_take(&c, cursor_be24(&c)));
	*ret_cut = c.err;
	while (cursor_left(&list)) {
		struct bytes cert = cursor_take(&list, cursor_be24(&list));

		if (version >= TLS_1_3)
			cursor_skip(&list, cursor_be16(&list));
		if (list.err || n == max) {
			*ret_cut = true;
			break;
		}
		certs[n++] = cert;
	}
	return n;
}

bool
tls_ticket_read(
	struct bytes body, uint16_t version, uint32_t *ret_lifetime_s, uint32_t *ret_bytes)
{
	struct cursor c = cursor_of(body);

	*ret_lifetime_s = cursor_be32(&c);
	if (version >= TLS_1_3) {
		cursor_skip(&c, 4); /* what is added to its age */
		cursor_skip(&c, cursor_u8(&c));
	}
	*ret_bytes = cursor_be16(&c);
	return !c.err;
}
