#include "output/transcript_int.h"
#include "base/escape.h"

#include <string.h>

#include <openssl/evp.h>

#define DECODED_BYTES 768               /* of base64 that is shown decoded */
#define TEXT_BYTES ((size_t)256 * 1024) /* of one line or reply */

/* How many bytes at the end of the common beginning could be those of "<secret#12>" and not of
 * `in` itself. */
static size_t
doubtful_tail(struct bytes common)
{
	static const char mark[] = "<secret#0123456789>";
	size_t n = 0;

	while (n < common.n && n < sizeof(mark) && strchr(mark, common.p[common.n - 1 - n]))
		n++;
	return n;
}

static size_t
doubtful_head(struct bytes common)
{
	size_t n = 0;

	while (n < common.n && n < 24 && strchr("<secret#0123456789>", common.p[n]))
		n++;
	return n;
}

struct hidden
transcript_hidden(struct bytes in, struct bytes redacted)
{
	size_t max = in.n < redacted.n ? in.n : redacted.n, head = 0, tail = 0;

	if (bytes_eq(in, redacted))
		return (struct hidden){0, 0};
	while (head < max && in.p[head] == redacted.p[head])
		head++;
	head -= doubtful_tail(bytes_sub(in, 0, head));
	while (tail < max - head && in.p[in.n - 1 - tail] == redacted.p[redacted.n - 1 - tail])
		tail++;
	tail -= doubtful_head(bytes_from(in, in.n - tail));
	return (struct hidden){(uint32_t)head, (uint32_t)(in.n - head - tail)};
}

static void
hide(struct transcript *t, struct hidden h)
{
	if (h.off >= t->bytes.n || h.len == 0)
		return;
	if (h.len > t->bytes.n - h.off)
		h.len = (uint32_t)(t->bytes.n - h.off);
	memset(t->bytes.p + h.off, 0, h.len);
	buf_add(&t->hidden, (struct bytes){(const uint8_t *)&h, sizeof(h)});
}

/* Line by line: words that are known secrets of this connection. */
static void
hide_known(struct transcript *t, struct session *s)
{
	size_t at = 0;

	while (at < t->bytes.n) {
		struct bytes rest = bytes_from(buf_bytes(&t->bytes), at);
		struct bytes line = bytes_sub(rest, 0, bytes_find(rest, '\n'));
		struct hidden h;

		buf_clear(&t->scratch);
		secrets_redact(t->secrets, s->known, line, NULL, 0, &t->scratch);
		h = transcript_hidden(line, buf_bytes(&t->scratch));
		h.off += (uint32_t)at;
		hide(t, h);
		at += line.n + 1;
	}
}

/* For hex: the bytes as they were, without the secret ones. */
void
transcript_bytes(struct transcript *t, struct session *s, struct bytes in,
	const struct mask *masks, size_t n_masks, struct record *r)
{
	buf_clear(&t->bytes);
	buf_clear(&t->hidden);
	buf_add(&t->bytes, in);
	if (!secrets_reveal(t->secrets)) {
		for (size_t i = 0; i < n_masks; i++)
			hide(t, (struct hidden){masks[i].off, masks[i].len});
		hide_known(t, s);
	}
	if (r->h.wire_len == in.n + 2)
		buf_str(&t->bytes, "\r\n");
	else if (r->h.wire_len == in.n + 1)
		buf_str(&t->bytes, "\n");
	r->bytes = buf_bytes(&t->bytes);
	r->hidden = buf_bytes(&t->hidden);
}

struct bytes
transcript_redacted(struct transcript *t, struct session *s, struct bytes in,
	const struct mask *masks, size_t n_masks, struct buf *out)
{
	buf_clear(out);
	secrets_redact(t->secrets, s->known, in, masks, n_masks, out);
	return bytes_sub(buf_bytes(out), 0, TEXT_BYTES);
}

static bool
is_text(struct bytes in)
{
	bool any = in.n != 0;

	while (in.n) {
		uint32_t cp;
		size_t n = utf8_next(in, &cp);

		if (n == 0 || cp < 0x20 || cp == 0x7f)
			return false;
		in = bytes_from(in, n);
	}
	return any;
}

/* What the base64 of a login says, where it is text and nothing of the line is hidden: the name
 * in the first answer of AUTH LOGIN, a challenge. */
void
transcript_decoded(struct transcript *t, struct session *s, struct bytes in, struct record *r)
{
	uint8_t plain[DECODED_BYTES + 3];
	int n;

	if (in.n == 0 || in.n % 4 != 0 || in.n > DECODED_BYTES / 3 * 4 ||
		!bytes_eq(bytes_sub(r->text, r->text.n - in.n, in.n), in))
		return;
	n = EVP_DecodeBlock(plain, in.p, (int)in.n);
	for (size_t i = in.n; n > 0 && i > in.n - 2 && in.p[i - 1] == '='; i--)
		n--;
	if (n > 0 && is_text((struct bytes){plain, (size_t)n}))
		r->decoded = transcript_redacted(
			t, s, (struct bytes){plain, (size_t)n}, NULL, 0, &t->decoded);
}
