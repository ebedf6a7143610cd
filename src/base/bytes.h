/* A loan of bytes: a pointer and a length. Wire data is always this, never `char *`. */
#ifndef MS_BASE_BYTES_H
#define MS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed for the length of one call. Keep it? Copy it into an arena. `p` may be NULL when n
 * is 0. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

#define BYTES(lit) ((struct bytes){(const uint8_t *)("" lit), sizeof(lit) - 1})
#define BYTES_NONE ((struct bytes){NULL, 0})
/* For printf: "%.*s", BYTES_FMT(b). Never of wire data towards a terminal: escape.h is for
 * that. */
#define BYTES_FMT(b) (int)(b).n, (const char *)((b).p ? (b).p : (const uint8_t *)"")

/* The bytes of a NUL-terminated text, without the NUL. NULL gives none. Here, and not in the
 * .c, so that the length of a literal is known when compiling. */
static inline struct bytes
bytes_str(const char *s)
{
	return (struct bytes){(const uint8_t *)s, s ? strlen(s) : 0};
}

/* in[from, from+n), both cut to what is there. */
static inline struct bytes
bytes_sub(struct bytes in, size_t from, size_t n)
{
	if (from >= in.n)
		return (struct bytes){in.p ? in.p + in.n : NULL, 0};
	return (struct bytes){in.p + from, n < in.n - from ? n : in.n - from};
}

/* in[from, end). */
static inline struct bytes
bytes_from(struct bytes in, size_t from)
{
	return bytes_sub(in, from, SIZE_MAX);
}

static inline bool
bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* n bytes, ASCII case folded; the locale is never asked. */
bool bytes_same_folded(const uint8_t *a, const uint8_t *b, size_t n);

/* … Most words that are compared differ in length or in the first letter, which takes no call.
 */
static inline bool
bytes_ieq(struct bytes a, struct bytes b)
{
	if (a.n != b.n || a.n == 0)
		return a.n == b.n;
	return ((a.p[0] ^ b.p[0]) & ~0x20) == 0 && bytes_same_folded(a.p, b.p, a.n);
}

/*
 * Does a text that is not empty begin with this octet, whatever the case? A word is mostly
 * compared with many, and differs from all but one in its first letter: then nothing is called.
 */
static inline bool
bytes_first(struct bytes a, const char *s)
{
	return a.n && s && ((a.p[0] ^ (uint8_t)s[0]) & ~0x20) == 0;
}

static inline bool
bytes_is(struct bytes a, const char *s)
{
	return (!a.n || bytes_first(a, s)) && bytes_eq(a, bytes_str(s));
}

static inline bool
bytes_iis(struct bytes a, const char *s)
{
	return (!a.n || bytes_first(a, s)) && bytes_ieq(a, bytes_str(s));
}

static inline bool
bytes_starts(struct bytes in, const char *prefix)
{
	struct bytes want = bytes_str(prefix);

	return in.n >= want.n && bytes_eq(bytes_sub(in, 0, want.n), want);
}

static inline bool
bytes_istarts(struct bytes in, const char *prefix)
{
	if (!bytes_first(in, prefix))
		return !prefix || !*prefix;
	return bytes_ieq(bytes_sub(in, 0, strlen(prefix)), bytes_str(prefix));
}

/* <0, 0, >0 as memcmp, the shorter first when one is a prefix of the other. */
int bytes_cmp(struct bytes a, struct bytes b);
/* Offset of the first `c`, or in.n. */
static inline size_t
bytes_find(struct bytes in, uint8_t c)
{
	const uint8_t *at = in.n ? (const uint8_t *)memchr(in.p, c, in.n) : NULL;

	return at ? (size_t)(at - in.p) : in.n;
}

/* Offset of the first `needle` (case kept / folded), or SIZE_MAX. An empty needle is at 0. */
size_t bytes_search(struct bytes in, struct bytes needle);
size_t bytes_isearch(struct bytes in, struct bytes needle);
/* Without spaces and tabs at both ends. */
struct bytes bytes_trim(struct bytes in);
/* Without one CRLF, LF or CR at the end. */
struct bytes bytes_chomp(struct bytes in);
/* Takes the next line of *rest, without its end; the last one need not have any. */
struct bytes bytes_line(struct bytes *rest);
/* Takes the next word of *rest (words are parted by spaces and tabs); none left gives n == 0.
 */
struct bytes bytes_word(struct bytes *rest);
/* Decimal number of all of `in`; false when empty, not all digits, or over `max`. */
bool bytes_u64(struct bytes in, uint64_t max, uint64_t *ret);

#endif
