#include "base/escape.h"

/*
 * RFC 3629 section 4. The first byte tells the length and, for some, a narrower range of the
 * second byte: that keeps out overlong forms (E0, F0), surrogates (ED) and what is beyond
 * U+10FFFF (F4).
 */
static const struct lead {
	uint8_t first, last; /* first bytes */
	uint8_t len;
	uint8_t low, high; /* second byte */
} leads[] = {
	{0xc2, 0xdf, 2, 0x80, 0xbf},
	{0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf},
	{0xed, 0xed, 3, 0x80, 0x9f},
	{0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf},
	{0xf1, 0xf3, 4, 0x80, 0xbf},
	{0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct lead *
lead_of(uint8_t c)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (c >= leads[i].first && c <= leads[i].last)
			return &leads[i];
	return NULL;
}

size_t
utf8_next(struct bytes in, uint32_t *ret_cp)
{
	const struct lead *l;
	uint32_t cp;

	if (in.n == 0)
		return 0;
	if (in.p[0] < 0x80) {
		*ret_cp = in.p[0];
		return 1;
	}
	l = lead_of(in.p[0]);
	if (!l || in.n < l->len || in.p[1] < l->low || in.p[1] > l->high)
		return 0;
	cp = in.p[0] & (0x7fu >> l->len);
	for (size_t i = 1; i < l->len; i++) {
		if ((in.p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (in.p[i] & 0x3fu);
	}
	*ret_cp = cp;
	return l->len;
}

size_t
utf8_put(uint8_t out[4], uint32_t cp)
{
	size_t n = 0;

	if (cp < 0x80) {
		out[n++] = (uint8_t)cp;
		return n;
	}
	if (cp < 0x800) {
		out[n++] = (uint8_t)(0xc0 | cp >> 6);
	} else {
		if (cp < 0x10000) {
			out[n++] = (uint8_t)(0xe0 | cp >> 12);
		} else {
			out[n++] = (uint8_t)(0xf0 | cp >> 18);
			out[n++] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
		}
		out[n++] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
	}
	out[n++] = (uint8_t)(0x80 | (cp & 0x3f));
	return n;
}

void
utf8_add(struct buf *out, uint32_t cp)
{
	uint8_t b[4];

	buf_add(out, (struct bytes){b, utf8_put(b, cp)});
}
