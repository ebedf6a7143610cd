#include "output/nearest.h"

#include <string.h>

#define WORD_MAX 32

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein, case folded, row by row. Both words are at most WORD_MAX bytes. */
static unsigned
distance(struct bytes a, struct bytes b)
{
	unsigned row[WORD_MAX + 1];

	for (unsigned i = 0; i <= b.n; i++)
		row[i] = i;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned corner = row[0];

		row[0] = i;
		for (unsigned k = 1; k <= b.n; k++) {
			unsigned cost = fold(a.p[i - 1]) != fold(b.p[k - 1]);
			unsigned above = row[k];

			row[k] = least(above + 1, row[k - 1] + 1, corner + cost);
			corner = above;
		}
	}
	return row[b.n];
}

void
nearest_init(struct nearest *n, struct bytes word)
{
	*n = (struct nearest){.word = bytes_sub(word, 0, WORD_MAX)};
}

void
nearest_offer(struct nearest *n, const char *name)
{
	struct bytes b = bytes_sub(bytes_str(name), 0, WORD_MAX);
	unsigned d = distance(n->word, b),
		 limit = (unsigned)(n->word.n > 3 ? n->word.n / 3 + 1 : 1);
	size_t at = n->n;

	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->best[i].name, name) == 0)
			return;
	if (n->word.n >= 2 &&
		(bytes_isearch(b, n->word) != SIZE_MAX ||
			(2 * b.n >= n->word.n && bytes_isearch(n->word, b) != SIZE_MAX)))
		d = d < limit ? d : limit; /* one is a part of the other */
	if (d > limit)
		return;
	while (at && n->best[at - 1].distance > d)
		at--;
	if (at >= NEAREST_MAX)
		return;
	if (n->n < NEAREST_MAX)
		n->n++;
	memmove(&n->best[at + 1], &n->best[at], (n->n - 1 - at) * sizeof(n->best[0]));
	n->best[at].name = name;
	n->best[at].distance = d;
}

void
nearest_put(const struct nearest *n, struct buf *out)
{
	for (size_t i = 0; i < n->n; i++) {
		buf_str(out, i == 0 ? "; did you mean " : i + 1 == n->n ? " or " : ", ");
		buf_str(out, n->best[i].name);
	}
	if (n->n)
		buf_byte(out, '?');
}
