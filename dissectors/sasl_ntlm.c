/* NTLM messages, MS-NLMP section 2.2.1, bare or inside of SPNEGO. All numbers are
 * little-endian. */
#include "base/cursor.h"
#include "base/escape.h"
#include "dissectors/sasl_mech.h"

enum {
	FLAG_UNICODE = 0x1,
	FLAG_VERSION = 0x02000000
};
enum {
	AV_END,
	AV_NB_COMPUTER,
	AV_NB_DOMAIN,
	AV_DNS_COMPUTER,
	AV_DNS_DOMAIN,
	AV_DNS_TREE
};
enum {
	NTLM_V1_RESPONSE = 24,
	AV_PAIRS_MAX = 64
};

static const struct bytes signature = {(const uint8_t *)"NTLMSSP", 8};

bool
sasl_ntlm_inside(struct bytes text)
{
	return bytes_search(text, signature) != SIZE_MAX;
}

/* "Fields": length, allocated, offset (2.2.1.1 and on). What points outside is none, and noted.
 */
static struct bytes
field(struct sasl *s, struct cursor *c)
{
	uint16_t n = cursor_le16(c);
	uint32_t off;

	cursor_skip(c, 2);
	off = cursor_le32(c);
	if (c->err || n == 0)
		return BYTES_NONE;
	if (off > c->in.n || n > c->in.n - off) {
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
		return BYTES_NONE;
	}
	return bytes_sub(c->in, off, n);
}

/* UTF-16LE to UTF-8; half a surrogate pair becomes U+FFFD. Two octets give at most three. */
static struct bytes
from_utf16(struct sasl *s, struct bytes in)
{
	uint8_t *p = arena_get(&s->arena, in.n * 2 + 4);
	struct cursor c = cursor_of(in);
	size_t n = 0;

	while (cursor_left(&c) >= 2) {
		uint32_t cp = cursor_le16(&c);

		if (cp >= 0xd800 && cp < 0xdc00 && cursor_left(&c) >= 2) {
			struct cursor ahead = c;
			uint16_t low = cursor_le16(&ahead);

			if (low >= 0xdc00 && low < 0xe000) {
				cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00u);
				c = ahead;
			}
		}
		n += utf8_put(p + n, cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp);
	}
	return (struct bytes){p, n};
}

static struct bytes
text_of(struct sasl *s, struct bytes in, uint32_t flags)
{
	return flags & FLAG_UNICODE ? from_utf16(s, in) : in;
}

static struct bytes
hex_of(struct sasl *s, struct bytes in)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *p = arena_get(&s->arena, in.n * 2 + 1);

	for (size_t i = 0; i < in.n; i++) {
		p[2 * i] = (uint8_t)digits[in.p[i] >> 4];
		p[2 * i + 1] = (uint8_t)digits[in.p[i] & 15];
	}
	return (struct bytes){p, in.n * 2};
}

/* AUTHENTICATE_MESSAGE 2.2.1.3. Old clients leave out flags and session key: then the flags of
 * the challenge hold. */
static void
type3(struct sasl *s, struct cursor *c)
{
	struct bytes lm = field(s, c), nt = field(s, c), domain = field(s, c),
		     user = field(s, c), host = field(s, c);
	struct sasl_detail *d = &s->login.detail;
	struct cursor flags = *c;

	cursor_skip(&flags, 8);
	if (c->err) {
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
		return;
	}
	if (cursor_left(&flags) >= 4)
		d->ntlm_flags = cursor_le32(&flags);
	d->domain = text_of(s, domain, d->ntlm_flags);
	d->workstation = text_of(s, host, d->ntlm_flags);
	s->login.user = text_of(s, user, d->ntlm_flags);
	s->hide = true;
	s->complete = true;
	/* 3.2.5.1.2: anonymous is an empty response and a name, and at most one zero octet of
	 * LM. */
	d->ntlm_anonymous = nt.n == 0 && lm.n <= 1;
	if (d->ntlm_anonymous)
		return;
	d->ntlm_version = nt.n > NTLM_V1_RESPONSE ? 2 : 1;
	sasl_secret(s, hex_of(s, nt.n ? nt : lm));
}

void
sasl_ntlm_answer(struct sasl *s, struct bytes text)
{
	size_t at = bytes_search(text, signature);
	struct cursor c;
	uint32_t type;

	if (at == SIZE_MAX) {
		s->hide = text.n > 0;
		return;
	}
	c = cursor_of(bytes_from(text, at));
	cursor_skip(&c, 8);
	type = cursor_le32(&c);
	if (c.err)
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
	else if (type == 1)
		s->login.detail.ntlm_flags = cursor_le32(&c);
	else if (type == 3)
		type3(s, &c);
}

/* The last value of each AV pair that is of interest (2.2.2.1). */
static void
av_pairs(struct sasl *s, struct bytes info, struct bytes ret[AV_DNS_TREE + 1])
{
	struct cursor c = cursor_of(info);

	for (unsigned i = 0; i < AV_PAIRS_MAX && cursor_left(&c) >= 4; i++) {
		uint16_t id = cursor_le16(&c), n = cursor_le16(&c);
		struct bytes value = cursor_take(&c, n);

		if (id == AV_END)
			return;
		if (c.err)
			s->login.malformed |= SASL_OUT_OF_BOUNDS;
		else if (id <= AV_DNS_TREE)
			ret[id] = value;
	}
}

static struct bytes
target_text(struct sasl *s, const struct bytes av[AV_DNS_TREE + 1], struct bytes version)
{
	static const struct {
		const char *name;
		unsigned id;
	} rows[] = {{"nb_domain", AV_NB_DOMAIN}, {"nb_computer", AV_NB_COMPUTER},
		{"dns_domain", AV_DNS_DOMAIN}, {"dns_computer", AV_DNS_COMPUTER},
		{"dns_tree", AV_DNS_TREE}};
	struct buf out;
	struct bytes text;

	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (av[rows[i].id].n == 0)
			continue;
		buf_fmt(&out, "%s%s=", out.n ? "; " : "", rows[i].name);
		buf_add(&out, from_utf16(s, av[rows[i].id]));
	}
	if (version.n == 8)
		buf_fmt(&out, "%sos=%u.%u.%u", out.n ? "; " : "", version.p[0], version.p[1],
			version.p[2] | (unsigned)version.p[3] << 8);
	text = arena_copy(&s->arena, buf_bytes(&out));
	buf_done(&out);
	return text;
}

/* CHALLENGE_MESSAGE 2.2.1.2. */
static void
type2(struct sasl *s, struct cursor *c)
{
	struct sasl_detail *d = &s->login.detail;
	struct bytes av[AV_DNS_TREE + 1] = {{NULL, 0}}, name = field(s, c), info = BYTES_NONE,
				      version = BYTES_NONE;

	d->ntlm_flags = cursor_le32(c);
	cursor_skip(c, 8);
	if (c->err) {
		s->login.malformed |= SASL_OUT_OF_BOUNDS;
		return;
	}
	d->challenge_seen = true;
	if (cursor_left(c) >= 16) {
		cursor_skip(c, 8);
		info = field(s, c);
	}
	if (d->ntlm_flags & FLAG_VERSION && cursor_left(c) >= 8)
		version = cursor_take(c, 8);
	av_pairs(s, info, av);
	if (av[AV_NB_DOMAIN].n == 0 && d->ntlm_flags & FLAG_UNICODE)
		av[AV_NB_DOMAIN] = name;
	d->ntlm_target = target_text(s, av, version);
	s->info = true;
}

void
sasl_ntlm_challenge(struct sasl *s, struct bytes text)
{
	size_t at = bytes_search(text, signature);
	struct cursor c;

	if (at == SIZE_MAX)
		return;
	c = cursor_of(bytes_from(text, at));
	cursor_skip(&c, 8);
	if (cursor_le32(&c) == 2)
		type2(s, &c);
}
