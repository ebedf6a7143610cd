/*
 * Writes JSON (RFC 8259) as a stream: no trees. The caller opens and closes; commas, quotes and
 * escapes are done here. What is absent is left out: the `_opt` writers skip empty text and
 * zero. A text over its limit is cut between characters, and "truncated": true is put at the
 * end of the object that holds it (CONTRACT.md, Events).
 */
#ifndef MS_OUTPUT_JSON_H
#define MS_OUTPUT_JSON_H

#include "base/buf.h"

#define JSON_DEPTH 32
#define JSON_TEXT_BYTES ((size_t)64 * 1024) /* default limit of one text */

struct json {
	struct buf *out;   /* borrowed */
	size_t text_bytes; /* limit of one text, of input bytes */
	unsigned depth;
	struct {
		bool array, some, cut;
	} level[JSON_DEPTH];
};

void json_init(struct json *j, struct buf *out);
void json_close(struct json *j);
/* Something that belongs in the innermost open object was left out. */
void json_cut(struct json *j);
/* Members of an object that were written before, without its braces. */
void json_members(struct json *j, struct bytes members);

/* The writers: keys as bytes. The calls below take them as text, whose length is known when
 * compiling. */
void json_put_open(struct json *j, struct bytes key, bool array);
void json_put_str(struct json *j, struct bytes key, struct bytes text);
void json_put_u64(struct json *j, struct bytes key, uint64_t n);
void json_put_bool(struct json *j, struct bytes key, bool b);
void json_put_time(struct json *j, struct bytes key, int64_t ts_ns);
void json_put_seconds(struct json *j, struct bytes key, int64_t span_ns);

/* key NULL inside an array and at the top. */
static inline void
json_object(struct json *j, const char *key)
{
	json_put_open(j, bytes_str(key), false);
}

static inline void
json_array(struct json *j, const char *key)
{
	json_put_open(j, bytes_str(key), true);
}

static inline void
json_str(struct json *j, const char *key, struct bytes text)
{
	json_put_str(j, bytes_str(key), text);
}

/* Not when empty. */
static inline void
json_str_opt(struct json *j, const char *key, struct bytes text)
{
	if (text.n)
		json_put_str(j, bytes_str(key), text);
}

/* A text of ours; NULL is left out. */
static inline void
json_text(struct json *j, const char *key, const char *text)
{
	if (text)
		json_put_str(j, bytes_str(key), bytes_str(text));
}

static inline void
json_u64(struct json *j, const char *key, uint64_t n)
{
	json_put_u64(j, bytes_str(key), n);
}

/* Not when 0. */
static inline void
json_u64_opt(struct json *j, const char *key, uint64_t n)
{
	if (n)
		json_put_u64(j, bytes_str(key), n);
}

static inline void
json_bool(struct json *j, const char *key, bool b)
{
	json_put_bool(j, bytes_str(key), b);
}

/* RFC 3339, UTC, microseconds. */
static inline void
json_time(struct json *j, const char *key, int64_t ts_ns)
{
	json_put_time(j, bytes_str(key), ts_ns);
}

/* With three decimals. */
static inline void
json_seconds(struct json *j, const char *key, int64_t span_ns)
{
	json_put_seconds(j, bytes_str(key), span_ns);
}

#endif
