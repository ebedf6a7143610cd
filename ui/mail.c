#include "ui/mail.h"
#include "base/b64.h"
#include "base/escape.h"
#include "dissectors/mime/words.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>

#define FIELD_BYTES 16384u

static struct bytes
take_line(struct bytes *rest)
{
	size_t n = bytes_find(*rest, '\n');
	struct bytes line = bytes_sub(*rest, 0, n < rest->n ? n + 1 : n);

	*rest = bytes_from(*rest, line.n);
	return line;
}

bool
mail_field(struct bytes *rest, struct bytes *ret_name, struct buf *out)
{
	struct bytes line = take_line(rest), text = bytes_chomp(line);
	size_t colon = bytes_find(text, ':');

	buf_clear(out);
	if (!text.n)
		return false;
	*ret_name = bytes_trim(bytes_sub(text, 0, colon));
	buf_add(out, bytes_trim(bytes_from(text, colon + 1)));
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
		text = bytes_trim(bytes_chomp(take_line(rest)));
		if (out->n < FIELD_BYTES) {
			buf_byte(out, ' ');
			buf_add(out, text);
		}
	}
	return true;
}

static void
put_lower(char *out, size_t max, struct bytes in)
{
	size_t n = in.n < max - 1 ? in.n : max - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)tolower(in.p[i]);
	out[n] = '\0';
}

/* The value of a parameter behind the first ";": quoted or not. False: there is none. */
static bool
parameter(struct bytes value, const char *name, struct buf *out)
{
	struct bytes rest = bytes_from(value, bytes_find(value, ';') + 1);

	while (rest.n) {
		size_t eq = bytes_find(rest, '='), at = eq + 1;
		bool wanted = bytes_iis(bytes_trim(bytes_sub(rest, 0, eq)), name);

		buf_clear(out);
		if (at < rest.n && rest.p[at] == '"') {
			for (at++; at < rest.n && rest.p[at] != '"'; at++) {
				if (rest.p[at] == '\\' && at + 1 < rest.n)
					at++;
				buf_byte(out, rest.p[at]);
			}
		} else {
			size_t n = bytes_find(bytes_from(rest, at), ';');

			buf_add(out, bytes_trim(bytes_sub(rest, at, n)));
		}
		if (wanted)
			return true;
		rest = bytes_from(rest, at);
		rest = bytes_from(rest, bytes_find(rest, ';') + 1);
	}
	return false;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2231 section 4: charset'language'percent-encoded. */
static void
put_extended(struct bytes in, struct buf *out)
{
	char charset[40];
	struct buf plain;
	size_t quote = bytes_find(in, '\'');

	put_lower(charset, sizeof(charset), bytes_sub(in, 0, quote));
	in = bytes_from(in, quote + 1);
	in = bytes_from(in, bytes_find(in, '\'') + 1);
	buf_init(&plain, 1024);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '%' && i + 2 < in.n && hex(in.p[i + 1]) >= 0 &&
			hex(in.p[i + 2]) >= 0) {
			buf_byte(&plain, (uint8_t)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2])));
			i += 2;
		} else {
			buf_byte(&plain, in.p[i]);
		}
	}
	mail_utf8(charset, buf_bytes(&plain), out);
	buf_done(&plain);
}

/* RFC 2231 section 3: name*0*=…; name*1=…; the pieces make one extended value. */
static bool
pieces(struct bytes value, const char *name, struct buf *out)
{
	struct buf piece;
	char word[32];
	int n;

	buf_init(&piece, 2048);
	for (n = 0; n < 64; n++) {
		snprintf(word, sizeof(word), "%s*%d*", name, n);
		if (!parameter(value, word, &piece)) {
			word[strlen(word) - 1] = '\0';
			if (!parameter(value, word, &piece))
				break;
			if (n == 0)
				buf_str(out, "utf-8\'\'");
		}
		buf_add(out, buf_bytes(&piece));
	}
	buf_done(&piece);
	return n > 0;
}

static void
take_name(struct mail_part *p, struct bytes value, const char *name)
{
	struct buf raw, text;
	char extended[32];

	buf_init(&raw, 4096);
	buf_init(&text, sizeof(p->name) - 1);
	snprintf(extended, sizeof(extended), "%s*", name);
	if (parameter(value, extended, &raw))
		put_extended(buf_bytes(&raw), &text);
	else if (parameter(value, name, &raw))
		words_text(&text, buf_bytes(&raw));
	else if (buf_clear(&raw), pieces(value, name, &raw))
		put_extended(buf_bytes(&raw), &text);
	if (text.n)
		snprintf(p->name, sizeof(p->name), "%s", buf_text(&text));
	buf_done(&raw);
	buf_done(&text);
}

/* Reads the header of a part; *rest becomes its body. boundary: of a multipart, or "". */
static void
read_header(struct bytes *rest, struct mail_part *p, char boundary[128])
{
	struct buf value, word;
	struct bytes name;

	buf_init(&value, 2 * FIELD_BYTES);
	buf_init(&word, 1024);
	boundary[0] = '\0';
	while (mail_field(rest, &name, &value)) {
		struct bytes v = buf_bytes(&value);
		struct bytes first = bytes_trim(bytes_sub(v, 0, bytes_find(v, ';')));

		if (bytes_iis(name, "Content-Type")) {
			put_lower(p->type, sizeof(p->type), first);
			if (parameter(v, "charset", &word))
				put_lower(p->charset, sizeof(p->charset), buf_bytes(&word));
			p->multipart = bytes_istarts(first, "multipart/");
			if (p->multipart && parameter(v, "boundary", &word))
				snprintf(boundary, 128, "%.*s", BYTES_FMT(buf_bytes(&word)));
			if (!p->name[0])
				take_name(p, v, "name");
		} else if (bytes_iis(name, "Content-Transfer-Encoding")) {
			put_lower(p->encoding, sizeof(p->encoding), first);
		} else if (bytes_iis(name, "Content-Disposition")) {
			p->attachment = bytes_iis(first, "attachment");
			take_name(p, v, "filename");
		}
	}
	buf_done(&value);
	buf_done(&word);
}

struct level { /* an open multipart */
	char boundary[128];
	size_t part;
};

/* "--boundary" or "--boundary--" of one of the open ones, the innermost first: its number, or
 * -1. */
static int
is_boundary(struct bytes line, const struct level *levels, size_t n, bool *ret_last)
{
	struct bytes text = bytes_trim(bytes_chomp(line));

	if (text.n < 2 || text.p[0] != '-' || text.p[1] != '-')
		return -1;
	text = bytes_from(text, 2);
	for (size_t i = n; i-- > 0;) {
		struct bytes b = bytes_str(levels[i].boundary);

		if (text.n < b.n || !bytes_eq(bytes_sub(text, 0, b.n), b))
			continue;
		*ret_last = bytes_is(bytes_from(text, b.n), "--");
		if (text.n == b.n || *ret_last)
			return (int)i;
	}
	return -1;
}

/* A body ends before the line end that belongs to the boundary behind it. */
static void
end_body(struct mail_part *p, const uint8_t *end)
{
	if (end < p->body.p)
		end = p->body.p;
	p->body = bytes_chomp((struct bytes){p->body.p, (size_t)(end - p->body.p)});
}

size_t
mail_parts(struct bytes message, struct mail_part parts[MAIL_PARTS])
{
	struct level levels[MAIL_DEPTH];
	struct bytes rest = message;
	size_t n = 1, depth = 0, current = 0; /* current: the leaf that is being read */
	bool reading = true;
	char boundary[128];

	parts[0] = (struct mail_part){0};
	read_header(&rest, &parts[0], boundary);
	parts[0].body = rest;
	if (boundary[0]) {
		memcpy(levels[depth].boundary, boundary, sizeof(boundary));
		levels[depth++].part = 0;
		reading = false;
	}
	while (rest.n && depth) {
		const uint8_t *at = rest.p;
		struct bytes line = take_line(&rest);
		bool last;
		int level = is_boundary(line, levels, depth, &last);

		if (level < 0)
			continue;
		if (reading)
			end_body(&parts[current], at);
		reading = false;
		depth = (size_t)level + !last;
		if (last || n == MAIL_PARTS)
			continue;
		current = n++;
		parts[current] = (struct mail_part){.depth = (unsigned)depth};
		read_header(&rest, &parts[current], boundary);
		parts[current].body = rest;
		reading = true;
		if (boundary[0] && depth < MAIL_DEPTH) {
			memcpy(levels[depth].boundary, boundary, sizeof(boundary));
			levels[depth++].part = current;
			reading = false;
		}
	}
	return n;
}

static void
decode_quoted(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '=') {
			buf_byte(out, in.p[i]);
		} else if (i + 2 < in.n && hex(in.p[i + 1]) >= 0 && hex(in.p[i + 2]) >= 0) {
			buf_byte(out, (uint8_t)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2])));
			i += 2;
		} else if (i + 1 < in.n && in.p[i + 1] == '\n') {
			i++;
		} else if (i + 2 < in.n && in.p[i + 1] == '\r' && in.p[i + 2] == '\n') {
			i += 2;
		}
	}
}

void
mail_decode(const struct mail_part *p, struct buf *out)
{
	struct buf letters;

	if (strcmp(p->encoding, "quoted-printable") == 0) {
		decode_quoted(p->body, out);
		return;
	}
	if (strcmp(p->encoding, "base64") != 0) {
		buf_add(out, p->body);
		return;
	}
	buf_init(&letters, SIZE_MAX);
	for (size_t i = 0; i < p->body.n; i++)
		if (p->body.p[i] > ' ')
			buf_byte(&letters, p->body.p[i]);
	b64_decode(buf_bytes(&letters), out);
	buf_done(&letters);
}

void
mail_utf8(const char *charset, struct bytes in, struct buf *out)
{
	iconv_t cd;
	char *from = (char *)(uintptr_t)in.p;
	size_t left = in.n;

	if (!charset[0] || !strcmp(charset, "utf-8") || !strcmp(charset, "us-ascii") ||
		(cd = iconv_open("UTF-8", charset)) == (iconv_t)-1) {
		escape_utf8(out, in);
		return;
	}
	while (left) {
		char piece[4096], *to = piece;
		size_t room = sizeof(piece);
		size_t rc = iconv(cd, &from, &left, &to, &room);

		buf_add(out, (struct bytes){(uint8_t *)piece, (size_t)(to - piece)});
		if (rc != (size_t)-1 || out->cut)
			break;
		if (errno == E2BIG)
			continue;
		buf_str(out, "\xef\xbf\xbd");
		from++;
		left--;
	}
	iconv_close(cd);
}
