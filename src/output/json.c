#include "output/json.h"
#include "base/clock.h"
#include "base/escape.h"

#include <assert.h>
#include <inttypes.h>

void
json_init(struct json *j, struct buf *out)
{
	*j = (struct json){.out = out, .text_bytes = JSON_TEXT_BYTES};
}

/* The comma before a value and its key. */
static void
lead(struct json *j, struct bytes key)
{
	if (j->depth) {
		if (j->level[j->depth - 1].some)
			buf_byte(j->out, ',');
		j->level[j->depth - 1].some = true;
		assert(!key.p == j->level[j->depth - 1].array);
	}
	if (key.p) {
		buf_byte(j->out, '"');
		buf_add(j->out, key);
		buf_add(j->out, BYTES("\":"));
	}
}

void
json_put_open(struct json *j, struct bytes key, bool array)
{
	assert(j->depth < JSON_DEPTH);
	lead(j, key);
	buf_byte(j->out, array ? '[' : '{');
	j->level[j->depth].array = array;
	j->level[j->depth].some = false;
	j->level[j->depth].cut = false;
	j->depth++;
}

void
json_close(struct json *j)
{
	bool array;

	assert(j->depth);
	array = j->level[j->depth - 1].array;
	if (j->level[j->depth - 1].cut)
		json_bool(j, "truncated", true);
	j->depth--;
	buf_byte(j->out, array ? ']' : '}');
}

void
json_cut(struct json *j)
{
	unsigned d = j->depth;

	while (d && j->level[d - 1].array)
		d--;
	if (d)
		j->level[d - 1].cut = true;
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
json_put_str(struct json *j, struct bytes key, struct bytes text)
{
	struct bytes fits = cut_text(text, j->text_bytes);

	lead(j, key);
	buf_byte(j->out, '"');
	escape_json(j->out, fits);
	buf_byte(j->out, '"');
	if (fits.n < text.n)
		json_cut(j);
}

void
json_members(struct json *j, struct bytes members)
{
	assert(j->depth && !j->level[j->depth - 1].array);
	if (members.n == 0)
		return;
	if (j->level[j->depth - 1].some)
		buf_byte(j->out, ',');
	j->level[j->depth - 1].some = true;
	buf_add(j->out, members);
}

void
json_put_u64(struct json *j, struct bytes key, uint64_t n)
{
	lead(j, key);
	buf_u64(j->out, n);
}

void
json_put_bool(struct json *j, struct bytes key, bool b)
{
	lead(j, key);
	buf_str(j->out, b ? "true" : "false");
}

void
json_put_time(struct json *j, struct bytes key, int64_t ts_ns)
{
	char text[CLOCK_TEXT];

	lead(j, key);
	buf_byte(j->out, '"');
	buf_str(j->out, clock_rfc3339(ts_ns, text));
	buf_byte(j->out, '"');
}

void
json_put_seconds(struct json *j, struct bytes key, int64_t span_ns)
{
	int64_t ms = span_ns / NS_PER_MS;

	lead(j, key);
	buf_fmt(j->out, "%s%" PRId64 ".%03" PRId64, ms < 0 ? "-" : "",
		ms < 0 ? -ms / 1000 : ms / 1000, (ms < 0 ? -ms : ms) % 1000);
}
