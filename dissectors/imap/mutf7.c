#include "dissectors/imap/mutf7.h"

#include "base/b64.h"
#include "base/escape.h"

/* RFC 3501 5.1.3: base64 with "," for "/". -1: not of it. */
static int
digit(uint8_t c)
{
	return c == ',' ? b64_value('/') : c == '/' ? -1 : b64_value(c);
}

/* One UTF-16 unit. *high: a first half that waits for its second, or 0. */
static bool
put_unit(struct buf *out, uint16_t unit, uint16_t *high)
{
	if (unit >= 0xd800 && unit < 0xdc00) {
		if (*high)
			return false;
		*high = unit;
		return true;
	}
	if (unit >= 0xdc00 && unit < 0xe000) {
		if (!*high)
			return false;
		utf8_add(out, 0x10000 + ((uint32_t)(*high - 0xd800) << 10) + (unit - 0xdc00));
		*high = 0;
		return true;
	}
	if (*high)
		return false;
	utf8_add(out, unit);
	return true;
}

/* The run between & and -. At most 5 bits may be left over, and they must be zero. */
static bool
put_run(struct buf *out, struct bytes run)
{
	uint32_t bits = 0;
	unsigned have = 0;
	uint16_t high = 0;
	size_t i;

	for (i = 0; i < run.n; i++) {
		int v = digit(run.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 16) {
			have -= 16;
			if (!put_unit(out, bits >> have & 0xffff, &high))
				return false;
			bits &= (1u << have) - 1;
		}
	}
	return !high && have < 6 && !bits;
}

static bool
decode(struct bytes in, struct buf *out)
{
	size_t i, end;

	for (i = 0; i < in.n; i++) {
		if (in.p[i] < 0x20 || in.p[i] > 0x7e)
			return false;
		if (in.p[i] != '&') {
			buf_byte(out, in.p[i]);
			continue;
		}
		end = i + 1 + bytes_find(bytes_from(in, i + 1), '-');
		if (end >= in.n)
			return false;
		if (end == i + 1)
			buf_byte(out, '&');
		else if (!put_run(out, bytes_sub(in, i + 1, end - i - 1)))
			return false;
		i = end;
	}
	return true;
}

bool
mutf7_decode(struct bytes in, struct buf *out)
{
	size_t before = out->n;

	if (decode(in, out))
		return true;
	out->n = before;
	buf_add(out, in);
	return false;
}
