#include "output/json.h"
#include "base/clock.h"
#include "base/escape.h"

#include <inttypes.h>
#include <stdio.h>

void
json_init(struct json *j, struct buf *out)
{
	assert(out->max == SIZE_MAX);
	*j = (struct json){.out = out, .text_bytes = JSON_TEXT_BYTES, .arrays = 1};
}

void
json_members_of(struct json *j, struct buf *out)
{
	json_init(j, out);
	j->depth = 1; /* as if inside of an object */
	j->arrays <<= 1;
}

void
json_values_of(struct json *j, struct buf *out)
{
	json_init(j, out);
	j->depth = 1;
	j->arrays = j->arrays << 1 | 1;
}

void
json_open_value(struct json *j, char *at, bool array)
{
	assert(j->depth < JSON_DEPTH);
	*at++ = array ? '[' : '{';
	json_wrote(j, at);
	j->depth++;
	j->arrays = j->arrays << 1 | array;
	j->cuts <<= 1;
	j->some = false;
}

void
json_close(struct json *j)
{
	assert(j->depth);
	if (j->cuts & 1)
		json_bool(j, "truncated", true);
	buf_byte(j->out, j->arrays & 1 ? ']' : '}');
	j->depth--;
	j->arrays >>= 1;
	j->cuts >>= 1;
	j->some = j->depth > 0; /* the one that was closed */
}

void
json_cut(struct json *j)
{
	unsigned up = (unsigned)__builtin_ctzll(~j->arrays); /* arrays around us */

	if (up < j->depth)
		j->cuts |= UINT64_C(1) << up;
}

/* in cut to at most `max` bytes, not inside of a character (RFC 3629: continuation bytes are
 * 10xxxxxx). */
static struct bytes
cut_text(struct bytes in, size_t max)
{
	size_t n = max;

	if (in.n <= max)
		return in;
	for (unsigned back = 0; n && back < 3 && (in.p[n] & 0xc0) == 0x80; back++)
		n--;
	return bytes_sub(in, 0, n);
}

void
json_text_value(struct json *j, char *at, struct bytes text)
{
	struct bytes fits = cut_text(text, j->text_bytes);

	*at++ = '"';
	json_wrote(j, at);
	escape_json(j->out, fits);
	buf_byte(j->out, '"');
	if (fits.n < text.n)
		json_cut(j);
}

void
json_members(struct json *j, struct bytes members)
{
	if (members.n == 0)
		return;
	if (j->some)
		buf_byte(j->out, ',');
	j->some = true;
	buf_add(j->out, members);
}

void
json_time_value(struct json *j, char *at, int64_t ts_ns)
{
	*at = '"';
	clock_rfc3339(ts_ns, at + 1);
	at += sizeof("\"1970-01-01T00:00:00.000000Z") - 1;
	*at++ = '"';
	json_wrote(j, at);
}

void
json_seconds_value(struct json *j, char *at, int64_t span_ns)
{
	int64_t ms = span_ns / NS_PER_MS;

	at += snprintf(at, JSON_VALUE, "%s%" PRId64 ".%03" PRId64, ms < 0 ? "-" : "",
		ms < 0 ? -ms / 1000 : ms / 1000, (ms < 0 ? -ms : ms) % 1000);
	json_wrote(j, at);
}
