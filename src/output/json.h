/*
 * Writes JSON (RFC 8259) as a stream: no trees. The caller opens and closes; commas, quotes and
 * escapes are done here. What is absent is left out: the `_opt` writers skip empty text and
 * zero. A text over its limit is cut between characters, and "truncated": true is put at the
 * end of the object that holds it (CONTRACT.md, Events).
 */
#ifndef MS_OUTPUT_JSON_H
#define MS_OUTPUT_JSON_H

#include "base/buf.h"
#include "base/num.h"

#include <assert.h>

#define JSON_DEPTH 32
#define JSON_TEXT_BYTES ((size_t)64 * 1024) /* default limit of one text */

struct json {
	struct buf *out;   /* borrowed; without a ceiling */
	size_t text_bytes; /* limit of one text, of input bytes */
	unsigned depth;
	bool some; /* the innermost array or object has a member: the next needs a comma */
	/* A bit for each level, the lowest for the innermost: is it an array (the outside is
	 * one), and was something left out of it? */
	uint64_t arrays, cuts;
};

void json_init(struct json *j, struct buf *out);
void json_close(struct json *j);
/* Something that belongs in the innermost open object was left out. */
void json_cut(struct json *j);
/*
 * Begins what stands in no object or array yet, at the end of `out`: members of an object, or
 * values of an array. Nothing is to be closed; json_members() puts it where it belongs, as
 * often as it is wanted.
 */
void json_members_of(struct json *j, struct buf *out);
void json_values_of(struct json *j, struct buf *out);
void json_members(struct json *j, struct bytes members);

/*
 * Comma and key of a value of at most `room` bytes. Returns the place for the value; what wrote
 * it says by json_wrote() where it ends. Inline, as everything that names a key, because the
 * length of a literal is known when compiling.
 */
static inline char *
json_lead(struct json *j, const char *key, size_t room)
{
	struct bytes name = bytes_str(key);
	char *p = (char *)buf_need(j->out, name.n + sizeof(",\"\":") + room);

	assert((j->arrays & 1) == !key);
	*p = ',';
	p += j->some;
	j->some = true;
	if (key) {
		*p++ = '"';
		p = mempcpy(p, name.p, name.n);
		p = mempcpy(p, "\":", 2);
	}
	return p;
}

static inline void
json_wrote(struct json *j, const char *end)
{
	j->out->n = (size_t)(end - (const char *)j->out->p);
}

/* The values, behind json_lead(). */
void json_open_value(struct json *j, char *at, bool array);
void json_text_value(struct json *j, char *at, struct bytes text);
void json_time_value(struct json *j, char *at, int64_t ts_ns);
void json_seconds_value(struct json *j, char *at, int64_t span_ns);
#define JSON_VALUE 48 /* room for what is no text */

/* key NULL inside an array and at the top. */
static inline void
json_object(struct json *j, const char *key)
{
	json_open_value(j, json_lead(j, key, JSON_VALUE), false);
}

static inline void
json_array(struct json *j, const char *key)
{
	json_open_value(j, json_lead(j, key, JSON_VALUE), true);
}

static inline void
json_str(struct json *j, const char *key, struct bytes text)
{
	json_text_value(j, json_lead(j, key, JSON_VALUE), text);
}

/* Not when empty. */
static inline void
json_str_opt(struct json *j, const char *key, struct bytes text)
{
	if (text.n)
		json_str(j, key, text);
}

/* A text of ours; NULL is left out. */
static inline void
json_text(struct json *j, const char *key, const char *text)
{
	if (text)
		json_str(j, key, bytes_str(text));
}

/* One of our own words: nothing in it needs an escape. NULL is left out. */
static inline void
json_word(struct json *j, const char *key, const char *word)
{
	size_t n = word ? strlen(word) : 0;
	char *at;

	if (!word)
		return;
	at = json_lead(j, key, n + 2);
	*at++ = '"';
	at = mempcpy(at, word, n);
	*at++ = '"';
	json_wrote(j, at);
}

static inline void
json_u64(struct json *j, const char *key, uint64_t n)
{
	char *at = json_lead(j, key, JSON_VALUE);

	json_wrote(j, at + num_dec(at, n));
}

/* Not when 0. */
static inline void
json_u64_opt(struct json *j, const char *key, uint64_t n)
{
	if (n)
		json_u64(j, key, n);
}

static inline void
json_bool(struct json *j, const char *key, bool b)
{
	char *at = json_lead(j, key, JSON_VALUE);

	json_wrote(j, b ? mempcpy(at, "true", 4) : mempcpy(at, "false", 5));
}

/* RFC 3339, UTC, microseconds. */
static inline void
json_time(struct json *j, const char *key, int64_t ts_ns)
{
	json_time_value(j, json_lead(j, key, JSON_VALUE), ts_ns);
}

/* With three decimals. */
static inline void
json_seconds(struct json *j, const char *key, int64_t span_ns)
{
	json_seconds_value(j, json_lead(j, key, JSON_VALUE), span_ns);
}

#endif
