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
/* key NULL inside an array and at the top. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);
/* Something that belongs in the innermost open object was left out. */
void json_cut(struct json *j);

void json_str(struct json *j, const char *key, struct bytes text);
void json_str_opt(struct json *j, const char *key, struct bytes text); /* not when empty */
/* A text of ours; NULL is left out. */
void json_text(struct json *j, const char *key, const char *text);
/* Members of an object that were written before, without its braces. */
void json_members(struct json *j, struct bytes members);
void json_u64(struct json *j, const char *key, uint64_t n);
void json_u64_opt(struct json *j, const char *key, uint64_t n); /* not when 0 */
void json_bool(struct json *j, const char *key, bool b);
/* RFC 3339, UTC, microseconds. */
void json_time(struct json *j, const char *key, int64_t ts_ns);
/* With three decimals. */
void json_seconds(struct json *j, const char *key, int64_t span_ns);

#endif
