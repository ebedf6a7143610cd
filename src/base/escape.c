#include "base/escape.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 120
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* What one sink does with characters it cannot take as they are. */
struct sink {
	const char *meta; /* printable ASCII that means something to it */
	bool keep_controls;
	/* Writes the stand-in for a control or a meta character; its size is at most 15. */
	void (*stand_in)(uint32_t cp, char out[16]);
};

/*
 * Characters that move the cursor, end the line, turn the direction of the text around (UAX 9),
 * or are not seen, so that one name looks like another. The joiners U+200C and U+200D stay:
 * words of some languages and many emoji are written with them.
 */
static bool
is_control(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},       /* C0 */
		{0x7f, 0x9f},       /* DEL, C1: 0x9b starts a terminal sequence as ESC [ does */
		{0x00ad, 0x00ad},   /* SOFT HYPHEN */
		{0x061c, 0x061c},   /* ARABIC LETTER MARK */
		{0x115f, 0x1160},   /* HANGUL FILLERs */
		{0x180e, 0x180e},   /* MONGOLIAN VOWEL SEPARATOR */
		{0x200b, 0x200b},   /* ZERO WIDTH SPACE */
		{0x200e, 0x200f},   /* LRM RLM */
		{0x2028, 0x202e},   /* line and paragraph separators, LRE RLE PDF LRO RLO */
		{0x2060, 0x206f},   /* WORD JOINER, LRI RLI FSI PDI, other format characters */
		{0x3164, 0x3164},   /* HANGUL FILLER */
		{0xfeff, 0xfeff},   /* ZERO WIDTH NO-BREAK SPACE */
		{0xffa0, 0xffa0},   /* HALFWIDTH HANGUL FILLER */
		{0xfff9, 0xfffb},   /* interlinear annotation */
		{0xe0000, 0xe007f}, /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	return false;
}

/* All of a unit or nothing: half an escape or half a character would be worse than a cut text.
 */
static bool
add_whole(struct buf *out, struct bytes unit)
{
	if (unit.n > out->max - out->n) {
		out->cut = true;
		return false;
	}
	return buf_add(out, unit);
}

static bool
is_meta(const struct sink *k, uint8_t c)
{
	for (const char *m = k->meta; *m; m++)
		if ((uint8_t)*m == c)
			return true;
	return false;
}

/* How many bytes at the beginning of `in` are plain for every character set and for this sink.
 */
static size_t
plain_run(const struct sink *k, struct bytes in)
{
	size_t i = 0;

	while (i < in.n && in.p[i] >= 0x20 && in.p[i] < 0x7f && !is_meta(k, in.p[i]))
		i++;
	return i;
}

/* One character that is not part of a plain run: *ret_used bytes of `in`. False when the buffer
 * is full. */
static bool
add_character(struct buf *out, struct bytes in, const struct sink *k, size_t *ret_used)
{
	uint32_t cp = 0;
	size_t len = utf8_next(in, &cp);
	char text[16];

	*ret_used = len ? len : 1;
	if (len == 0)
		return add_whole(out, BYTES(REPLACEMENT));
	if ((cp < 0x7f && cp >= 0x20) || (is_control(cp) && !k->keep_controls)) {
		k->stand_in(cp, text);
		return add_whole(out, bytes_str(text));
	}
	return add_whole(out, (struct bytes){in.p, len});
}

/* One plain run and the character behind it. False when the buffer is full. */
static bool
escape_step(struct buf *out, struct bytes *in, const struct sink *k)
{
	size_t n = plain_run(k, *in);

	if (!buf_add(out, (struct bytes){in->p, n}))
		return false;
	*in = bytes_from(*in, n);
	if (in->n == 0)
		return true;
	if (!add_character(out, *in, k, &n))
		return false;
	*in = bytes_from(*in, n);
	return true;
}

static void
escape(struct buf *out, struct bytes in, const struct sink *k)
{
	while (in.n && escape_step(out, &in, k))
		;
}

static void
json_stand_in(uint32_t cp, char out[16])
{
	static const char letters[] =
		"\"\"\\\\\bb\ff\nn\rr\tt"; /* character, letter behind the backslash */

	for (size_t i = 0; letters[i]; i += 2) {
		if ((uint32_t)letters[i] == cp) {
			snprintf(out, 16, "\\%c", letters[i + 1]);
			return;
		}
	}
	if (cp < 0x10000) {
		snprintf(out, 16, "\\u%04x", (unsigned)cp);
		return;
	}
	cp -= 0x10000; /* a surrogate pair, RFC 8259 7 */
	snprintf(out, 16, "\\u%04x\\u%04x", 0xd800 + (unsigned)(cp >> 10),
		0xdc00 + (unsigned)(cp & 0x3ff));
}

static void
term_stand_in(uint32_t cp, char out[16])
{
	static const char letters[] = "\rr\nn\tt";

	for (size_t i = 0; letters[i]; i += 2) {
		if ((uint32_t)letters[i] == cp) {
			snprintf(out, 16, "\\%c", letters[i + 1]);
			return;
		}
	}
	snprintf(out, 16, cp < 0x80 ? "\\x%02X" : "\\u{%04X}", (unsigned)cp);
}

static void
html_stand_in(uint32_t cp, char out[16])
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{'&', "&amp;"},
		{'<', "&lt;"},
		{'>', "&gt;"},
		{'"', "&quot;"},
		{'\'', "&#39;"},
	};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if ((uint32_t)entities[i].c == cp) {
			snprintf(out, 16, "%s", entities[i].entity);
			return;
		}
	}
	term_stand_in(cp, out);
}

static void
csv_stand_in(uint32_t cp, char out[16])
{
	if (cp == '"')
		snprintf(out, 16, "\"\"");
	else
		term_stand_in(cp, out);
}

static const struct sink json = {.meta = "\"\\", .stand_in = json_stand_in};
static const struct sink term = {.meta = "", .stand_in = term_stand_in};
static const struct sink html = {.meta = "&<>\"'", .stand_in = html_stand_in};
static const struct sink csv = {.meta = "\"", .stand_in = csv_stand_in};
static const struct sink utf8 = {.meta = "", .keep_controls = true};

/* Sixteen bytes, which the compiler compares at once where the processor can. Signed, so that
 * what is not ASCII counts as less than a blank. */
typedef int8_t piece __attribute__((vector_size(16)));

enum {
	JSON_PIECE = sizeof(piece)
};

static bool
any(piece is)
{
	uint64_t half[2];

	memcpy(half, &is, sizeof(half));
	return half[0] | half[1];
}

static bool
is_plain_json(piece v)
{
	return !any((v < 0x20) | (v == '"') | (v == '\\') | (v == 0x7f));
}

/* Up to sixteen bytes, with blanks behind. The two halves of what is copied may overlap: a
 * memcpy() of a length that is not known would be a call. */
static piece
short_piece(const uint8_t *p, size_t n)
{
	uint8_t text[JSON_PIECE];
	piece v;

	memset(text, ' ', sizeof(text));
	if (n >= 8) {
		memcpy(text, p, 8);
		memcpy(text + n - 8, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(text, p, 4);
		memcpy(text + n - 4, p + n - 4, 4);
	} else if (n) {
		text[0] = p[0];
		text[n / 2] = p[n / 2];
		text[n - 1] = p[n - 1];
	}
	memcpy(&v, text, sizeof(v));
	return v;
}

/*
 * Copies the bytes that need no change in JSON, a piece at a time, and returns how many. It may
 * stop up to fifteen bytes too early; escape_step() goes on from there. Most of what `log`
 * writes goes through here. `out` has room for a piece more.
 */
static size_t
copy_plain_json(uint8_t *out, struct bytes in)
{
	piece v;
	size_t i = 0;

	for (; i + JSON_PIECE <= in.n; i += JSON_PIECE) {
		memcpy(&v, in.p + i, JSON_PIECE);
		if (!is_plain_json(v))
			return i;
		memcpy(out + i, &v, JSON_PIECE);
	}
	v = short_piece(in.p + i, in.n - i);
	if (!is_plain_json(v))
		return i;
	memcpy(out + i, &v, JSON_PIECE);
	return in.n;
}

void
escape_json(struct buf *out, struct bytes in)
{
	do {
		if (out->max - out->n >= JSON_PIECE && in.n <= out->max - out->n - JSON_PIECE) {
			size_t n = copy_plain_json(buf_need(out, in.n + JSON_PIECE), in);

			out->n += n;
			in = bytes_from(in, n);
		}
	} while (in.n && escape_step(out, &in, &json));
}

void
escape_term(struct buf *out, struct bytes in)
{
	escape(out, in, &term);
}

void
escape_html(struct buf *out, struct bytes in)
{
	escape(out, in, &html);
}

/* How many bytes from the start are ASCII: whole pieces of them, and what is left when it is
 * all. */
static size_t
ascii_run(struct bytes in)
{
	size_t i = 0;
	piece v;

	for (; i + sizeof(v) <= in.n; i += sizeof(v)) {
		memcpy(&v, in.p + i, sizeof(v));
		if (any(v < 0))
			return i;
	}
	return any(short_piece(in.p + i, in.n - i) < 0) ? i : in.n;
}

void
escape_utf8(struct buf *out, struct bytes in)
{
	size_t n = ascii_run(in);

	buf_add(out, bytes_sub(in, 0, n));
	escape(out, bytes_from(in, n), &utf8);
}

/* A spreadsheet takes a field that begins so for a formula; some read the full-width forms too.
 */
static bool
starts_formula(struct bytes in)
{
	static const char *const full_width[] = {
		"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

	if (in.n && memchr("=+-@\t\r\n", in.p[0], 7))
		return true;
	for (size_t i = 0; i < sizeof(full_width) / sizeof(full_width[0]); i++)
		if (bytes_starts(in, full_width[i]))
			return true;
	return false;
}

static bool
needs_quotes(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if (memchr("\",\r\n;", in.p[i], 5))
			return true;
	return in.n && (in.p[0] == ' ' || in.p[in.n - 1] == ' ');
}

void
escape_csv(struct buf *out, struct bytes in)
{
	bool quotes = needs_quotes(in);
	size_t max = out->max;

	if (quotes) {
		if (out->max - out->n < 2) {
			out->cut = true;
			return;
		}
		buf_byte(out, '"');
		if (out->max != SIZE_MAX)
			out->max--; /* keeps the place of the closing quote */
	}
	if (starts_formula(in))
		buf_byte(out, '\'');
	escape(out, in, &csv);
	out->max = max;
	if (quotes)
		buf_byte(out, '"');
}

/* A first '.' could hide the file or mean a directory, a first '-' would look like an option.
 */
static bool
path_plain(uint8_t c, bool first)
{
	bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

	return word || c == '_' || (!first && (c == '.' || c == '-'));
}

void
escape_path(struct buf *out, struct bytes in)
{
	size_t n = 0;

	if (in.n == 0)
		add_whole(out, BYTES("_"));
	for (size_t i = 0; i < in.n; i++) {
		char text[4] = {(char)in.p[i], '\0'};

		if (!path_plain(in.p[i], i == 0))
			snprintf(text, sizeof(text), "%%%02X", in.p[i]);
		n += strlen(text);
		if (n > PATH_MAX_BYTES) {
			out->cut = true;
			return;
		}
		if (!add_whole(out, bytes_str(text)))
			return;
	}
}
