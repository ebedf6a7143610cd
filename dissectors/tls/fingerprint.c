#include "dissectors/tls/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "dissectors/tls/names.h"

enum {
	TEXT_BYTES = 1 << 20, /* of what is digested: 64 KiB of hello, in decimal digits */
	JA4_LIST = 12,        /* digits that JA4 keeps of a digest */
};

/* "4865-4866-…" of a list of two octets each, without reserved values. */
static void
put_numbers(struct buf *out, struct bytes list)
{
	bool first = true;

	for (size_t i = 0; i + 1 < list.n; i += 2) {
		uint16_t id = (uint16_t)(list.p[i] << 8 | list.p[i + 1]);

		if (tls_grease(id))
			continue;
		if (!first)
			buf_byte(out, '-');
		first = false;
		buf_u64(out, id);
	}
}

/* The types of a block of extensions, two octets each, as another list. */
static void
list_extensions(struct bytes block, struct buf *out)
{
	struct cursor c = cursor_of(block);

	while (cursor_left(&c)) {
		struct bytes id = cursor_take(&c, 2);

		cursor_skip(&c, cursor_be16(&c));
		if (c.err)
			return;
		buf_add(out, id);
	}
}

static void
put_extensions(struct buf *out, struct bytes block)
{
	struct buf list;

	buf_init(&list, TEXT_BYTES);
	list_extensions(block, &list);
	put_numbers(out, buf_bytes(&list));
	buf_done(&list);
}

static void
put_octets(struct buf *out, struct bytes list)
{
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			buf_byte(out, '-');
		buf_u64(out, list.p[i]);
	}
}

void
tls_ja3(const struct tls_hello *h, char out[MD5_HEX])
{
	struct buf text;

	out[0] = '\0';
	if (h->sslv2)
		return;
	buf_init(&text, TEXT_BYTES);
	buf_u64(&text, h->legacy);
	buf_byte(&text, ',');
	put_numbers(&text, h->ciphers);
	buf_byte(&text, ',');
	put_extensions(&text, h->extensions);
	buf_byte(&text, ',');
	put_numbers(&text, h->groups);
	buf_byte(&text, ',');
	put_octets(&text, h->point_formats);
	md5_hex(buf_bytes(&text), out);
	buf_done(&text);
}

void
tls_ja3s(const struct tls_hello *h, char out[MD5_HEX])
{
	struct buf text;

	out[0] = '\0';
	if (h->sslv2)
		return;
	buf_init(&text, TEXT_BYTES);
	buf_fmt(&text, "%u,%u,", h->legacy, h->cipher);
	put_extensions(&text, h->extensions);
	md5_hex(buf_bytes(&text), out);
	buf_done(&text);
}

/* JA4 */

static int
by_number(const void *a, const void *b)
{
	return memcmp(a, b, 2);
}

/* Drops reserved values; server_name and ALPN too when `names`: JA4_c has them counted but not
 * listed. */
static size_t
sift(struct buf *list, bool names)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < list->n; i += 2) {
		uint16_t id = (uint16_t)(list->p[i] << 8 | list->p[i + 1]);

		if (tls_grease(id) || (names && (id == 0 || id == 16)))
			continue;
		memmove(list->p + n, list->p + i, 2);
		n += 2;
	}
	list->n = n;
	return n / 2;
}

/* "002f,0035,…" */
static void
put_hex(struct buf *out, struct bytes list)
{
	for (size_t i = 0; i + 1 < list.n; i += 2)
		buf_fmt(out, "%s%02x%02x", i ? "," : "", list.p[i], list.p[i + 1]);
}

static void
put_digest(struct buf *out, const struct buf *text)
{
	char hex[SHA256_HEX];

	sha256_hex(buf_bytes(text), hex);
	buf_add(out, (struct bytes){(const uint8_t *)hex, JA4_LIST});
}

static const char *
ja4_version(const struct tls_hello *h)
{
	uint16_t best = h->versions.n ? 0 : h->legacy;

	for (size_t i = 0; i + 1 < h->versions.n; i += 2) {
		uint16_t v = (uint16_t)(h->versions.p[i] << 8 | h->versions.p[i + 1]);

		if (!tls_grease(v) && v > best)
			best = v;
	}
	switch (best) {
	case TLS_1_3:
		return "13";
	case TLS_1_2:
		return "12";
	case TLS_1_1:
		return "11";
	case TLS_1_0:
		return "10";
	case SSL_3:
		return "s3";
	case SSL_2:
		return "s2";
	}
	return "00";
}

static bool
alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first name; of its hex digits when one of them is no letter
 * or digit. */
static void
put_alpn(struct buf *out, struct bytes list)
{
	static const char digits[] = "0123456789abcdef";
	struct cursor c = cursor_of(list);
	struct bytes name = cursor_take(&c, cursor_u8(&c));

	if (!name.n) {
		buf_str(out, "00");
	} else if (alphanumeric(name.p[0]) && alphanumeric(name.p[name.n - 1])) {
		buf_byte(out, name.p[0]);
		buf_byte(out, name.p[name.n - 1]);
	} else {
		buf_byte(out, (uint8_t)digits[name.p[0] >> 4]);
		buf_byte(out, (uint8_t)digits[name.p[name.n - 1] & 15]);
	}
}

static unsigned
ja4_count(size_t n)
{
	return n < 99 ? (unsigned)n : 99;
}

/* The list digested, or zeros for an empty one. */
static void
put_ciphers(struct buf *out, struct buf *list)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	if (list->n)
		qsort(list->p, list->n / 2, 2, by_number);
	put_hex(&text, buf_bytes(list));
	if (list->n)
		put_digest(out, &text);
	else
		buf_str(out, "000000000000");
	buf_done(&text);
}

/* Extensions sorted, then the signature algorithms in the order sent. */
static void
put_ja4_extensions(struct buf *out, struct buf *list, struct buf *sigalgs)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	if (list->n)
		qsort(list->p, list->n / 2, 2, by_number);
	put_hex(&text, buf_bytes(list));
	if (sigalgs->n) {
		buf_byte(&text, '_');
		put_hex(&text, buf_bytes(sigalgs));
	}
	if (text.n)
		put_digest(out, &text);
	else
		buf_str(out, "000000000000");
	buf_done(&text);
}

void
tls_ja4(const struct tls_hello *h, char out[JA4_TEXT])
{
	struct buf ciphers, extensions, sigalgs, text;
	size_t n_ciphers, n_extensions;

	out[0] = '\0';
	if (h->sslv2)
		return;
	buf_init(&ciphers, TEXT_BYTES);
	buf_init(&extensions, TEXT_BYTES);
	buf_init(&sigalgs, TEXT_BYTES);
	buf_init(&text, JA4_TEXT);
	buf_add(&ciphers, h->ciphers);
	n_ciphers = sift(&ciphers, false);
	list_extensions(h->extensions, &extensions);
	n_extensions = sift(&extensions, false);
	sift(&extensions, true);
	buf_add(&sigalgs, h->sigalgs);
	sift(&sigalgs, false);
	buf_fmt(&text, "t%s%c%02u%02u", ja4_version(h), h->flags & HELLO_SNI ? 'd' : 'i',
		ja4_count(n_ciphers), ja4_count(n_extensions));
	put_alpn(&text, h->alpn);
	buf_byte(&text, '_');
	put_ciphers(&text, &ciphers);
	buf_byte(&text, '_');
	put_ja4_extensions(&text, &extensions, &sigalgs);
	snprintf(out, JA4_TEXT, "%s", buf_text(&text));
	buf_done(&ciphers);
	buf_done(&extensions);
	buf_done(&sigalgs);
	buf_done(&text);
}
