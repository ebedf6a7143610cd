#include "findings/wordlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/map.h"

enum {
	WORD_MAX = 64,
	SHOWN_MAX = 80, /* octets of a line that is wrong */
};

struct wordlist {
	enum wordlist_kind kind;
	struct map *words; /* to a label in the arena */
	struct arena arena;
};

struct wordlist *
wordlist_new(enum wordlist_kind kind)
{
	struct wordlist *l = mem_get(sizeof(*l));

	l->kind = kind;
	l->words = map_new(0);
	arena_init(&l->arena, 4096);
	return l;
}

void
wordlist_free(struct wordlist **l)
{
	if (!*l)
		return;
	map_free(&(*l)->words);
	arena_done(&(*l)->arena);
	free(*l);
	*l = NULL;
}

static bool
is_hex(struct bytes in, size_t n)
{
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return in.n == n;
}

/* t13d1516h2_8daaf6152771_02713d6af862 */
static bool
is_ja4(struct bytes in)
{
	return in.n == 36 && in.p[10] == '_' && in.p[23] == '_' &&
	       is_hex(bytes_sub(in, 11, 12), 12) && is_hex(bytes_from(in, 24), 12);
}

static bool
fits(enum wordlist_kind kind, struct bytes word)
{
	switch (kind) {
	case WORDLIST_KEYS:
		return is_hex(word, 64) || is_hex(word, 20);
	case WORDLIST_FINGERPRINTS:
		return is_hex(word, 32) || is_ja4(word);
	}
	return false;
}

static const char *
wanted(enum wordlist_kind kind)
{
	switch (kind) {
	case WORDLIST_KEYS:
		return "64 hex digits (SHA-256 of a SubjectPublicKeyInfo) or 20 (the end of "
		       "SHA-1 of a modulus, as in openssl-blacklist)";
	case WORDLIST_FINGERPRINTS:
		return "a JA3 (32 hex digits) or a JA4 (t13d1516h2_8daaf6152771_02713d6af862)";
	}
	return "";
}

/* Lower case, in `room`; words that are too long stay as they are, and fit nothing. */
static struct bytes
lower(struct bytes in, uint8_t room[WORD_MAX])
{
	if (in.n > WORD_MAX)
		return in;
	for (size_t i = 0; i < in.n; i++)
		room[i] = in.p[i] >= 'A' && in.p[i] <= 'Z' ? in.p[i] | 0x20 : in.p[i];
	return (struct bytes){room, in.n};
}

/* False: it is none. */
static bool
take_line(struct wordlist *l, struct bytes line)
{
	struct bytes rest = bytes_trim(bytes_chomp(line)), word = bytes_word(&rest);
	uint8_t room[WORD_MAX];
	void **at;

	if (!word.n || word.p[0] == '#')
		return true;
	word = lower(word, room);
	if (!fits(l->kind, word))
		return false;
	rest = bytes_trim(rest);
	at = map_put(l->words, word);
	if (!*at)
		*at = rest.n ? arena_text(&l->arena, rest) : (char *)(uintptr_t) "";
	return true;
}

static int
wrong_line(const struct wordlist *l, const char *path, int no, struct bytes line, struct err *e)
{
	struct buf shown;
	int rc;

	buf_init(&shown, 8 * SHOWN_MAX);
	escape_term(&shown, bytes_sub(bytes_chomp(line), 0, SHOWN_MAX));
	rc = err_set(e, -EINVAL,
		"%s:%d: \"%.*s\" is not %s; a label may follow, a # begins a comment", path, no,
		(int)shown.n, (const char *)shown.p, wanted(l->kind));
	buf_done(&shown);
	return rc;
}

int
wordlist_read(struct wordlist *l, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	int no = 0, rc = 0;
	ssize_t n;

	if (!f)
		return err_set(e, -errno,
			"%s: cannot be read: %s; name a file with one entry a line", path,
			strerror(errno));
	while (!rc && (n = getline(&line, &cap, f)) > 0) {
		struct bytes in = {(const uint8_t *)line, (size_t)n};

		no++;
		if (!take_line(l, in))
			rc = wrong_line(l, path, no, in, e);
	}
	if (!rc && ferror(f))
		rc = err_set(e, -EIO, "%s: cannot be read: %s", path, strerror(errno));
	free(line);
	fclose(f);
	return rc;
}

const char *
wordlist_find(const struct wordlist *l, struct bytes word)
{
	uint8_t room[WORD_MAX];

	return l ? map_get(l->words, lower(word, room)) : NULL;
}

size_t
wordlist_count(const struct wordlist *l)
{
	return l ? map_count(l->words) : 0;
}
