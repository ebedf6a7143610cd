#include "base/bytes.h"

#include <string.h>

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static uint8_t
upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

static bool
same_letter(uint8_t a, uint8_t b)
{
	return a == b || lower(a) == lower(b);
}

bool
bytes_same_folded(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!same_letter(a[i], b[i]))
			return false;
	return true;
}

int
bytes_cmp(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

/* Where the first two bytes of the needle (or its only one) stand; NULL: nowhere. */
static const uint8_t *
first_pair(struct bytes in, struct bytes needle)
{
	const uint8_t *at = in.p, *end = in.p + in.n;

	while (needle.n <= (size_t)(end - at)) {
		at = memchr(at, needle.p[0], (size_t)(end - at) - (needle.n - 1));
		if (!at || needle.n == 1 || at[1] == needle.p[1])
			return at;
		at++;
	}
	return NULL;
}

size_t
bytes_search(struct bytes in, struct bytes needle)
{
	const uint8_t *at;

	if (needle.n == 0)
		return 0;
	if (needle.n > in.n)
		return SIZE_MAX;
	/* Mostly it is not there, and memmem() takes long to begin. */
	at = first_pair(in, needle);
	if (!at || needle.n <= 2)
		return at ? (size_t)(at - in.p) : SIZE_MAX;
	at = memmem(at, in.n - (size_t)(at - in.p), needle.p, needle.n);
	return at ? (size_t)(at - in.p) : SIZE_MAX;
}

/* Where c stands, or end. */
static const uint8_t *
next_of(const uint8_t *at, const uint8_t *end, uint8_t c)
{
	const uint8_t *found = memchr(at, c, (size_t)(end - at));

	return found ? found : end;
}

size_t
bytes_isearch(struct bytes in, struct bytes needle)
{
	const uint8_t *at = in.p, *end, *low = NULL, *up = NULL;

	if (needle.n == 0)
		return 0;
	if (needle.n > in.n)
		return SIZE_MAX;
	end = in.p + in.n - (needle.n - 1); /* it begins before */
	for (;; at++) {
		/* Both letters are followed, so that no stretch is looked at twice for one. */
		if (low < at)
			low = next_of(at, end, lower(needle.p[0]));
		if (up < at)
			up = next_of(at, end, upper(needle.p[0]));
		at = low < up ? low : up;
		if (at == end)
			return SIZE_MAX;
		if (bytes_same_folded(at, needle.p, needle.n))
			return (size_t)(at - in.p);
	}
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct bytes
bytes_trim(struct bytes in)
{
	while (in.n && is_blank(in.p[0])) {
		in.p++;
		in.n--;
	}
	while (in.n && is_blank(in.p[in.n - 1]))
		in.n--;
	return in;
}

struct bytes
bytes_chomp(struct bytes in)
{
	if (in.n && in.p[in.n - 1] == '\n') {
		in.n--;
		if (in.n && in.p[in.n - 1] == '\r')
			in.n--;
	} else if (in.n && in.p[in.n - 1] == '\r') {
		in.n--;
	}
	return in;
}

struct bytes
bytes_line(struct bytes *rest)
{
	size_t lf = bytes_find(*rest, '\n');
	struct bytes line = bytes_chomp(bytes_sub(*rest, 0, lf + 1));

	*rest = bytes_from(*rest, lf + 1);
	return line;
}

struct bytes
bytes_word(struct bytes *rest)
{
	struct bytes word;
	size_t from = 0, end;

	while (from < rest->n && is_blank(rest->p[from]))
		from++;
	/* Most octets are above both. */
	for (end = from; end < rest->n && (rest->p[end] > ' ' || !is_blank(rest->p[end]));)
		end++;
	word = bytes_sub(*rest, from, end - from);
	*rest = bytes_from(*rest, end);
	return word;
}

bool
bytes_u64(struct bytes in, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (in.n == 0)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t d = in.p[i] - '0';

		if (d > 9 || v > (max - d) / 10 || max < d)
			return false;
		v = v * 10 + d;
	}
	*ret = v;
	return true;
}
