#include "dissectors/mime/words_common.h"

#include <string.h>

#include "base/b64.h"
#include "base/escape.h"

enum {
	WORD_BYTES = 1024 * 1024
}; /* octets of adjacent words; more than headers.h keeps of a field */
enum {
	CHARSET_BYTES = 64
}; /* longest name of a charset, RFC 2978 2.3 has 40 */
enum {
	ADDRESS_BYTES = 4096
}; /* one shown address; RFC 5321 4.5.3.1 allows 320 octets without the name */

/* clang-format off */
/* The C1 range of windows-1252, the only part that differs from ISO-8859-1. 0: not defined. */
static const uint16_t c1_of_1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
	0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};
/* clang-format on */

void
words_add_1252(struct buf *out, struct bytes in)
{
	for (size_t i = 0; i < in.n; i++) {
		uint32_t cp = in.p[i];

		if (cp >= 0x80 && cp < 0xa0)
			cp = c1_of_1252[cp - 0x80] ? c1_of_1252[cp - 0x80] : 0xfffd;
		utf8_add(out, cp);
	}
}

static bool
is_utf8(struct bytes in)
{
	uint32_t cp;
	size_t n;

	for (; in.n; in = bytes_from(in, n)) {
		n = utf8_next(in, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

static bool
is_break(uint8_t c)
{
	return c == '\r' || c == '\n' || c == 0;
}

/* Runs without breaks go to `put`; `fold`: a break in front of white space, or at an end,
 * leaves nothing behind. */
static void
add_unbroken(
	struct buf *out, struct bytes in, bool fold, void (*put)(struct buf *, struct bytes))
{
	size_t at = 0;

	while (at < in.n) {
		size_t from = at;

		while (at < in.n && !is_break(in.p[at]))
			at++;
		put(out, bytes_sub(in, from, at - from));
		from = at;
		while (at < in.n && is_break(in.p[at]))
			at++;
		if (at > from && (!fold || (at < in.n && in.p[at] != ' ' && in.p[at] != '\t')))
			buf_byte(out, ' ');
	}
}

static void
put_utf8(struct buf *out, struct bytes in)
{
	escape_utf8(out, in);
}

void
words_add_raw(struct buf *out, struct bytes in)
{
	add_unbroken(out, in, true, is_utf8(in) ? put_utf8 : words_add_1252);
}

void
words_add_clean(struct buf *out, struct bytes in)
{
	add_unbroken(out, in, false, put_utf8);
}

/* =?charset?encoding?text?=; the charset may carry a language (RFC 2231 5). */
struct word {
	struct bytes charset;
	bool base64;
	struct bytes text;
	size_t len; /* of the whole word */
};

static bool
word_at(struct bytes in, struct word *ret)
{
	size_t q1, q2, end;
	uint8_t encoding;

	if (!bytes_starts(in, "=?"))
		return false;
	q1 = 2 + bytes_find(bytes_sub(in, 2, CHARSET_BYTES), '?');
	q2 = q1 + 2;
	if (q1 == 2 || q2 >= in.n || in.p[q1] != '?' || in.p[q2] != '?')
		return false;
	encoding = in.p[q1 + 1] | 0x20;
	if (encoding != 'b' && encoding != 'q')
		return false;
	end = bytes_search(bytes_from(in, q2 + 1), BYTES("?="));
	if (end == SIZE_MAX)
		return false;
	*ret = (struct word){
		.charset = bytes_sub(in, 2, q1 - 2),
		.base64 = encoding == 'b',
		.text = bytes_sub(in, q2 + 1, end),
		.len = q2 + 1 + end + 2,
	};
	return bytes_find(ret->charset, ' ') == ret->charset.n;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2047 4.2 */
static void
decode_q(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		int high = i + 2 < in.n ? hex(in.p[i + 1]) : -1;
		int low = i + 2 < in.n ? hex(in.p[i + 2]) : -1;

		if (in.p[i] == '=' && high >= 0 && low >= 0) {
			buf_byte(out, (uint8_t)(high << 4 | low));
			i += 2;
		} else {
			buf_byte(out, in.p[i] == '_' ? ' ' : in.p[i]);
		}
	}
}

static size_t
spaces(struct bytes in)
{
	size_t n = 0;

	while (n < in.n && (in.p[n] == ' ' || in.p[n] == '\t'))
		n++;
	return n;
}

/* Adjacent words of the charset of the first, from the start of `in`. Returns octets taken,
 * without the space behind them. */
static size_t
take_run(struct bytes in, struct bytes *ret_charset, struct buf *octets)
{
	size_t at = 0, gap = 0;
	struct word w;

	while (word_at(bytes_from(in, at + gap), &w)) {
		if (at && !bytes_ieq(w.charset, *ret_charset))
			break;
		*ret_charset = w.charset;
		if (w.base64)
			(void)b64_decode(w.text, octets);
		else
			decode_q(w.text, octets);
		at += gap + w.len;
		gap = spaces(bytes_from(in, at));
	}
	return at;
}

void
words_replace(struct buf *out, struct bytes in,
	bool (*word)(struct buf *out, struct bytes charset, struct bytes octets))
{
	struct buf octets;
	struct word next;

	buf_init(&octets, WORD_BYTES);
	while (in.n) {
		size_t plain = bytes_search(in, BYTES("=?")), taken;
		struct bytes charset = BYTES_NONE;

		plain = plain == SIZE_MAX ? in.n : plain;
		buf_add(out, bytes_sub(in, 0, plain));
		in = bytes_from(in, plain);
		taken = take_run(in, &charset, &octets);
		if (taken == 0 || !word(out, charset, buf_bytes(&octets))) {
			taken = taken ? taken : 2;
			buf_add(out, bytes_sub(in, 0, taken));
			in = bytes_from(in, taken);
		} else {
			size_t gap = spaces(bytes_from(in, taken));

			in = bytes_from(in, word_at(bytes_from(in, taken + gap), &next)
						    ? taken + gap
						    : taken);
		}
		buf_clear(&octets);
	}
	buf_done(&octets);
}

void
words_put_address(struct bytes name, struct bytes address,
	void (*put)(void *user, struct bytes address), void *user)
{
	struct buf out;

	buf_init(&out, ADDRESS_BYTES);
	name = bytes_trim(name);
	address = bytes_trim(address);
	words_add_clean(&out, name);
	if (name.n && address.n)
		buf_str(&out, " <");
	words_add_clean(&out, address);
	if (name.n && address.n)
		buf_str(&out, ">");
	if (out.n)
		put(user, buf_bytes(&out));
	buf_done(&out);
}

bool
words_are_plain(struct bytes in)
{
	uint8_t all = 0;

	for (size_t i = 0; i < in.n; i++)
		all |= in.p[i];
	return all < 0x80 && bytes_search(in, BYTES("=?")) == SIZE_MAX;
}

static bool
is_plain(uint8_t c, const char *more)
{
	uint8_t lower = c | 0x20;

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
	       (c && strchr(more, c));
}

/* How many octets from the start are letters, digits, or one of `more`. */
static size_t
plain_run(struct bytes in, const char *more)
{
	size_t n = 0;

	while (n < in.n && is_plain(in.p[n], more))
		n++;
	return n;
}

/* dot-atom of RFC 5322 3.2.3, in the characters that most have. */
static bool
is_plain_atom(struct bytes in)
{
	return in.n && in.p[0] != '.' && in.p[in.n - 1] != '.' &&
	       bytes_search(in, BYTES("..")) == SIZE_MAX;
}

/* Atoms, or a quoted string with nothing in it that must be quoted. */
static bool
plain_name(struct bytes in, struct bytes *ret)
{
	bool quoted = in.n > 2 && in.p[0] == '"' && in.p[in.n - 1] == '"';

	*ret = quoted ? bytes_sub(in, 1, in.n - 2) : in;
	return ret->n && plain_run(*ret, quoted ? " -." : " -") == ret->n;
}

/* A mailbox up to the comma: `name <local@domain>` or `local@domain`. */
static bool
plain_mailbox(struct bytes in, struct bytes *ret_name, struct bytes *ret_address)
{
	struct bytes address = bytes_trim(in), local, domain;
	size_t open = bytes_find(address, '<'), n;

	*ret_name = BYTES_NONE;
	if (open < address.n) {
		struct bytes name = bytes_trim(bytes_sub(address, 0, open));

		if (address.p[address.n - 1] != '>' || (name.n && !plain_name(name, ret_name)))
			return false;
		address = bytes_sub(address, open + 1, address.n - open - 2);
	}
	n = plain_run(address, "._+-");
	local = bytes_sub(address, 0, n);
	domain = bytes_from(address, n + 1);
	*ret_address = address;
	return n < address.n && address.p[n] == '@' && is_plain_atom(local) &&
	       is_plain_atom(domain) && plain_run(domain, ".-") == domain.n &&
	       bytes_isearch(domain, BYTES("xn--")) == SIZE_MAX;
}

bool
words_plain_addresses(
	struct bytes in, size_t max, void (*put)(void *user, struct bytes address), void *user)
{
	struct bytes name, address, rest;

	for (rest = in; rest.n; rest = bytes_from(rest, bytes_find(rest, ',') + 1))
		if (!plain_mailbox(bytes_sub(rest, 0, bytes_find(rest, ',')), &name, &address))
			return false;
	for (rest = in; rest.n && max; max--) {
		size_t n = bytes_find(rest, ',');

		plain_mailbox(bytes_sub(rest, 0, n), &name, &address);
		words_put_address(name, address, put, user);
		rest = bytes_from(rest, n + 1);
	}
	return true;
}
