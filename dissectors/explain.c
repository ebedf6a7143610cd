#include "dissectors/explain.h"

#include <string.h>

#include "dissectors/explain_table.h"

static uint8_t
folded(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* As the generator sorts: octets, ASCII case folded, the shorter first. */
static int
compare(struct bytes a, const char *token)
{
	struct bytes b = bytes_str(token);

	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int d = folded(a.p[i]) - folded(b.p[i]);

		if (d)
			return d;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

/* Position in the index of the first row whose token is not below `token`. */
static size_t
first_of(struct bytes token)
{
	size_t low = 0, high = explain_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(token, explain_rows[explain_index[middle]].token) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The i-th row of the index if it has this token. */
static const struct explain_row *
row_at(size_t i, struct bytes token)
{
	const struct explain_row *row;

	if (i >= explain_count)
		return NULL;
	row = &explain_rows[explain_index[i]];
	return compare(token, row->token) == 0 ? row : NULL;
}

static const struct explain_row *
find(const char *protocol, struct bytes token, const char *kind)
{
	const struct explain_row *row;

	for (size_t i = first_of(token); (row = row_at(i, token)); i++)
		if (bytes_iis(bytes_str(protocol), row->protocol) &&
			(!kind || strcmp(kind, row->kind) == 0))
			return row;
	return NULL;
}

const struct explain_row *
explain_find(const char *protocol, struct bytes token, const char *kind)
{
	const struct explain_row *row = find(protocol, token, kind);

	if (!row && bytes_iis(bytes_str(protocol), "LMTP"))
		row = find("SMTP", token, kind);
	return row;
}

size_t
explain_all(
	struct bytes term, void (*put)(void *user, const struct explain_row *row), void *user)
{
	const struct explain_row *row;
	size_t n = 0;

	for (size_t i = first_of(term); (row = row_at(i, term)); i++, n++)
		put(user, row);
	return n;
}
