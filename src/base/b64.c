#include "base/b64.h"

#include <errno.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
b64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Cuts the padding off. False when there is more of it than the last group lacks. */
static bool
cut_padding(struct bytes *in)
{
	size_t pads = 0;

	while (in->n && pads < 2 && in->p[in->n - 1] == '=') {
		in->n--;
		pads++;
	}
	return pads == 0 || (in->n % 4 >= 2 && in->n % 4 + pads <= 4);
}

int
b64_decode(struct bytes in, struct buf *out)
{
	bool ok = cut_padding(&in) && in.n % 4 != 1;
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < in.n; i++) {
		int v = b64_value(in.p[i]);

		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_byte(out, (uint8_t)(bits >> have));
		}
	}
	return ok ? 0 : -EINVAL;
}

void
b64_encode(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i += 3) {
		size_t left = in.n - i;
		uint32_t v = (uint32_t)in.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)in.p[i + 1] << 8;
		if (left > 2)
			v |= in.p[i + 2];
		buf_byte(out, alphabet[v >> 18]);
		buf_byte(out, alphabet[v >> 12 & 63]);
		buf_byte(out, left > 1 ? alphabet[v >> 6 & 63] : '=');
		buf_byte(out, left > 2 ? alphabet[v & 63] : '=');
	}
}
