#include "output/text.h"
#include "base/escape.h"

#include <stdio.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Unicode 15: marks (Mn, Me), zero width space and joiners, variation selectors. The common
 * blocks. */
static const struct range zero[] = {
	{0x0300, 0x036f},
	{0x0483, 0x0489},
	{0x0591, 0x05bd},
	{0x0610, 0x061a},
	{0x064b, 0x065f},
	{0x0e31, 0x0e31},
	{0x0e34, 0x0e3a},
	{0x0e47, 0x0e4e},
	{0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff},
	{0x200b, 0x200d},
	{0x2060, 0x2064},
	{0x20d0, 0x20ff},
	{0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f},
	{0xfeff, 0xfeff},
	{0xe0000, 0xe0fff},
};

/* UAX 11: W and F. */
static const struct range wide[] = {
	{0x1100, 0x115f},
	{0x231a, 0x231b},
	{0x23e9, 0x23ec},
	{0x2614, 0x2615},
	{0x26a1, 0x26a1},
	{0x2705, 0x2705},
	{0x274c, 0x274c},
	{0x2e80, 0x303e},
	{0x3041, 0x33ff},
	{0x3400, 0x4dbf},
	{0x4e00, 0x9fff},
	{0xa000, 0xa4cf},
	{0xa960, 0xa97f},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff},
	{0x1f900, 0x1f9ff},
	{0x1fa70, 0x1faff},
	{0x20000, 0x3fffd},
};

static bool
within(uint32_t cp, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= r[i].first && cp <= r[i].last)
			return true;
	return false;
}

unsigned
text_columns(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (within(cp, zero, sizeof(zero) / sizeof(zero[0])))
		return 0;
	return within(cp, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

/* The next character: its bytes and columns. What is not UTF-8 counts as one column a byte. */
static size_t
next(struct bytes in, unsigned *ret_columns)
{
	uint32_t cp = 0xfffd;
	size_t n = utf8_next(in, &cp);

	*ret_columns = text_columns(n ? cp : 0xfffd);
	return n ? n : 1;
}

size_t
text_width(struct bytes in)
{
	size_t width = 0;

	while (in.n) {
		unsigned c;
		size_t n = next(in, &c);

		width += c;
		in = bytes_from(in, n);
	}
	return width;
}

/* Bytes of `in` that fit in `width` columns; *ret_used: columns they take. */
static size_t
fitting(struct bytes in, size_t width, size_t *ret_used)
{
	size_t at = 0, used = 0;

	while (at < in.n) {
		unsigned c;
		size_t n = next(bytes_from(in, at), &c);

		if (used + c > width)
			break;
		used += c;
		at += n;
	}
	*ret_used = used;
	return at;
}

size_t
text_fit(struct buf *out, struct bytes in, size_t width)
{
	size_t used, n = fitting(in, width, &used);

	if (n == in.n || width == 0) {
		buf_add(out, bytes_sub(in, 0, n));
		return used;
	}
	n = fitting(in, width - 1, &used);
	buf_add(out, bytes_sub(in, 0, n));
	buf_str(out, "…");
	return used + 1;
}

void
text_spaces(struct buf *out, size_t n)
{
	while (n--)
		buf_byte(out, ' ');
}

void
text_cell(struct buf *out, struct bytes in, size_t width, bool right)
{
	size_t need = text_width(in);

	if (right && need < width)
		text_spaces(out, width - need);
	need = text_fit(out, in, width);
	if (!right && need < width)
		text_spaces(out, width - need);
}

/* The first line of a paragraph within `room` columns: bytes of it, *ret_skip the bytes up to
 * the next line. */
static size_t
line_of(struct bytes in, size_t room, bool fresh, size_t *ret_skip)
{
	size_t used, n = fitting(in, room, &used), space;

	if (n == in.n) {
		*ret_skip = n;
		return n;
	}
	for (space = n + (in.p[n] == ' '); space && in.p[space - 1] != ' '; space--)
		;
	if (space == 0 && fresh) { /* one word longer than a whole line */
		if (n == 0) {
			unsigned c;

			n = next(in, &c);
		}
		*ret_skip = n;
		return n;
	}
	n = space;
	while (n && in.p[n - 1] == ' ')
		n--;
	*ret_skip = space;
	return n;
}

static void
wrap_paragraph(struct buf *out, struct bytes in, size_t at, size_t indent, size_t width)
{
	bool fresh = at <= indent; /* a line of its own: nothing stands before */

	for (;;) {
		size_t skip, n = line_of(in, width > at ? width - at : 1, fresh, &skip);

		buf_add(out, bytes_sub(in, 0, n));
		buf_byte(out, '\n');
		in = bytes_from(in, skip);
		while (in.n && in.p[0] == ' ')
			in = bytes_from(in, 1);
		if (in.n == 0)
			return;
		text_spaces(out, indent);
		at = indent;
		fresh = true;
	}
}

void
text_wrap(struct buf *out, struct bytes in, size_t at, size_t indent, size_t width)
{
	if (indent + 20 > width) /* a grid too narrow to honour the margin */
		indent = width > 40 ? 20 : 0;
	for (;;) {
		size_t n = bytes_find(in, '\n');

		wrap_paragraph(out, bytes_sub(in, 0, n), at, indent, width);
		if (n >= in.n)
			return;
		in = bytes_from(in, n + 1);
		text_spaces(out, indent);
		at = indent;
	}
}

struct bytes
text_escaped(struct buf *tmp, struct bytes in)
{
	buf_clear(tmp);
	escape_term(tmp, in);
	return buf_bytes(tmp);
}

void
text_wire(struct buf *out, struct bytes in, size_t width)
{
	struct buf tmp;

	if (width == 0) {
		escape_term(out, in);
		return;
	}
	/* An escape takes at least a column a byte, so more than this cannot be shown anyway.
	 */
	buf_init(&tmp, SIZE_MAX);
	escape_term(&tmp, bytes_sub(in, 0, 8 * width + 64));
	text_fit(out, buf_bytes(&tmp), width);
	buf_done(&tmp);
}

char *
text_number(uint64_t n, char out[TEXT_NUMBER])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

/* "tls" or "ssl" where the digits of a version follow; else 0. */
static size_t
version_word(const char *s)
{
	bool name = strncmp(s, "tls", 3) == 0 || strncmp(s, "ssl", 3) == 0;
	size_t n = s[3] == '_' ? 4 : 3;

	return name && s[n] >= '1' && s[n] <= '3' ? n : 0;
}

void
text_token(struct buf *out, const char *token)
{
	bool begins = true;

	while (*token) {
		size_t n = begins ? version_word(token) : 0;

		if (!n) {
			begins = *token == '_';
			buf_byte(out, begins ? ' ' : (uint8_t)*token);
			token++;
			continue;
		}
		buf_fmt(out, "%s %c", *token == 't' ? "TLS" : "SSL", token[n]);
		token += n + 1;
		if (*token == '_' && token[1] >= '0' && token[1] <= '9')
			token++;
		if (*token >= '0' && *token <= '9')
			buf_fmt(out, ".%c", *token++);
		begins = false;
	}
}
