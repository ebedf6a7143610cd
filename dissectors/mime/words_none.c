/* The small reader of builds without GMime: UTF-8, US-ASCII, ISO-8859-1 and windows-1252; other
 * words stay as they came. */
#include "dissectors/mime/words.h"

#include "dissectors/mime/words_common.h"

enum {
	TEXT_BYTES = 1024 * 1024
};

enum charset {
	CHARSET_NONE,
	CHARSET_UTF8,
	CHARSET_1252
};

/* clang-format off */
static const struct {
	const char *name;
	enum charset charset;
} charsets[] = {
	{ "utf-8", CHARSET_UTF8 },        { "utf8", CHARSET_UTF8 },
	{ "us-ascii", CHARSET_UTF8 },     { "ascii", CHARSET_UTF8 },
	{ "iso-8859-1", CHARSET_1252 },   { "latin1", CHARSET_1252 },
	{ "windows-1252", CHARSET_1252 }, { "cp1252", CHARSET_1252 },
};
/* clang-format on */

static enum charset
charset_of(struct bytes name)
{
	name = bytes_sub(name, 0, bytes_find(name, '*'));
	for (size_t i = 0; i < sizeof(charsets) / sizeof(*charsets); i++)
		if (bytes_iis(name, charsets[i].name))
			return charsets[i].charset;
	return CHARSET_NONE;
}

static bool
put_word(struct buf *out, struct bytes charset, struct bytes octets)
{
	switch (charset_of(charset)) {
	case CHARSET_NONE:
		return false;
	case CHARSET_UTF8:
		buf_add(out, octets);
		break;
	case CHARSET_1252:
		words_add_1252(out, octets);
		break;
	}
	return true;
}

/* `in` is clean UTF-8 already, without line ends. */
static void
add_decoded(struct buf *out, struct bytes in)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	words_replace(&text, in, put_word);
	words_add_clean(out, buf_bytes(&text));
	buf_done(&text);
}

void
words_text(struct buf *out, struct bytes in)
{
	struct buf raw;

	buf_init(&raw, TEXT_BYTES);
	words_add_raw(&raw, in);
	add_decoded(out, buf_bytes(&raw));
	buf_done(&raw);
}

/* One address as it is read: the words in front of <, and what stands inside of < > or alone.
 */
struct reader {
	struct buf name, box;
	bool angle, had_angle, quoted;
	unsigned comment; /* depth */
};

static void
reader_put(struct reader *r, size_t *left, void (*put)(void *, struct bytes), void *user)
{
	struct buf name;
	struct bytes word = bytes_trim(buf_bytes(&r->name));

	buf_init(&name, TEXT_BYTES);
	if (r->had_angle)
		add_decoded(&name, word);
	if (*left && (r->box.n || word.n)) {
		words_put_address(
			buf_bytes(&name), r->had_angle ? buf_bytes(&r->box) : word, put, user);
		--*left;
	}
	buf_done(&name);
	buf_clear(&r->name);
	buf_clear(&r->box);
	r->angle = r->had_angle = false;
}

/* Quoting and comments (RFC 5322 3.2.2, 3.2.4); true when the octet was dealt with. */
static bool
reader_lexical(struct reader *r, struct bytes in, size_t *at)
{
	uint8_t c = in.p[*at];
	struct buf *to = r->angle ? &r->box : &r->name;

	if (c == '\\' && (r->quoted || r->comment) && *at + 1 < in.n) {
		++*at;
		if (r->quoted)
			buf_byte(to, in.p[*at]);
	} else if (c == '"' && !r->comment) {
		r->quoted = !r->quoted;
		if (r->angle)
			buf_byte(to, c);
	} else if (r->quoted) {
		buf_byte(to, c);
	} else if (c == '(') {
		r->comment++;
	} else if (c == ')' && r->comment) {
		r->comment--;
	} else {
		return r->comment > 0;
	}
	return true;
}

void
words_addresses(
	struct bytes in, size_t max, void (*put)(void *user, struct bytes address), void *user)
{
	struct reader r = {0};
	struct buf raw;

	buf_init(&raw, TEXT_BYTES);
	buf_init(&r.name, TEXT_BYTES);
	buf_init(&r.box, TEXT_BYTES);
	words_add_raw(&raw, in);
	for (size_t at = 0; at < raw.n && max; at++) {
		uint8_t c = raw.p[at];

		if (reader_lexical(&r, buf_bytes(&raw), &at))
			continue;
		if (c == '<') {
			r.angle = r.had_angle = true;
		} else if (c == '>') {
			r.angle = false;
		} else if (c == ':' && !r.angle) { /* the name of a group */
			buf_clear(&r.name);
		} else if ((c == ',' || c == ';') && !r.angle) {
			reader_put(&r, &max, put, user);
		} else {
			buf_byte(r.angle ? &r.box : &r.name, c);
		}
	}
	reader_put(&r, &max, put, user);
	buf_done(&raw);
	buf_done(&r.name);
	buf_done(&r.box);
}

const char *
words_library(void)
{
	return NULL;
}
