#include "ui/list_int.h"

#define LUXURY 8 /* rank from which on a column is shown only where nothing is cut for it */

struct candidate { /* for a place in the list */
	uint8_t col, min, width, max, rank;
};

static struct candidate
candidate(const struct list *t, uint8_t col, uint8_t rank)
{
	const struct list_column *k = &t->columns[col];
	uint8_t w = t->time_width;

	if (!k->width)
		return (struct candidate){col, w, w, w, rank};
	return (struct candidate){col, k->min, k->width, k->max, rank};
}

/* Chosen ones go from the right when there is not enough room, the others by their rank. */
static size_t
candidates(const struct list *t, struct candidate v[LIST_COLUMNS])
{
	size_t n = 0;

	for (size_t i = 0; i < t->setup.n; i++) {
		const struct list_chosen *c = &t->setup.v[i];

		v[n] = candidate(t, c->col, (uint8_t)i);
		if (c->width)
			v[n].min = v[n].width = v[n].max = c->width;
		n++;
	}
	if (n)
		return n;
	for (size_t i = 0; t->columns[i].key && i < LIST_COLUMNS; i++, n++)
		v[n] = candidate(t, (uint8_t)i, t->columns[i].rank);
	return n;
}

/* Takes those that have room at their least width; returns what is left over. */
static int
choose(const struct candidate *v, size_t n, int cols, struct candidate *ret, size_t *ret_n)
{
	unsigned last_rank = 255;

	for (;;) {
		unsigned worst = 0;
		int need = 1, wanted = 1;

		*ret_n = 0;
		for (size_t i = 0; i < n; i++) {
			if (v[i].rank > last_rank)
				continue;
			ret[(*ret_n)++] = v[i];
			need += v[i].min + 1;
			wanted += v[i].width + 1;
			worst = v[i].rank > worst ? v[i].rank : worst;
		}
		if (worst >= LUXURY && cols < wanted)
			need = wanted;
		if (cols - need >= 0 || worst == 0)
			return cols - need;
		last_rank = worst - 1;
	}
}

/* Which columns find room, and how wide they are: the least important go first, then all give
 * what they can do without, or take what they can use. */
void
list_lay_out(const struct list *t, int cols, struct layout *ret)
{
	struct candidate all[LIST_COLUMNS], v[LIST_COLUMNS];
	int spare = choose(all, candidates(t, all), cols, v, &ret->n);

	for (size_t i = 0; i < ret->n; i++) {
		ret->col[i] = v[i].col;
		ret->width[i] = v[i].min;
	}
	for (int step = 0; step < 2; step++) {
		for (bool some = true; some && spare > 0;) {
			some = false;
			for (size_t i = 0; i < ret->n && spare > 0; i++) {
				if (ret->width[i] >= (step ? v[i].max : v[i].width))
					continue;
				ret->width[i]++;
				spare--;
				some = true;
			}
		}
	}
}

void
list_seen(const struct list *t, int cols, struct list_setup *ret)
{
	struct layout l;

	if (t->setup.n) {
		*ret = t->setup;
		return;
	}
	list_lay_out(t, cols, &l);
	*ret = (struct list_setup){.n = l.n};
	for (size_t i = 0; i < l.n; i++)
		ret->v[i].col = l.col[i];
}

bool
list_set_columns(struct list *t, const char *text)
{
	struct list_setup s = {.n = 0};
	struct bytes rest = bytes_str(text), word;

	while ((word = bytes_word(&rest)).n && s.n < LIST_COLUMNS) {
		size_t colon = bytes_find(word, ':');
		struct bytes key = bytes_sub(word, 0, colon);
		uint64_t width = 0;

		if (colon < word.n &&
			(!bytes_u64(bytes_from(word, colon + 1), LIST_WIDEST, &width) ||
				!width))
			width = 0;
		for (size_t i = 0; t->columns[i].key; i++) {
			if (!bytes_is(key, t->columns[i].key))
				continue;
			s.v[s.n++] = (struct list_chosen){(uint8_t)i, (uint8_t)width};
			break;
		}
	}
	if (s.n)
		t->setup = s;
	return s.n;
}

void
list_put_columns(const struct list *t, struct buf *out)
{
	for (size_t i = 0; i < t->setup.n; i++) {
		const struct list_chosen *c = &t->setup.v[i];

		buf_fmt(out, "%s%s", i ? " " : "", t->columns[c->col].key);
		if (c->width)
			buf_fmt(out, ":%u", c->width);
	}
}

bool
list_drag(struct list *t, struct area area, int from, int to)
{
	struct layout l;
	int at = 1;

	list_lay_out(t, area.cols, &l);
	for (size_t i = 0; i < l.n; i++) {
		int left = at, border = at + l.width[i];

		at = border + 1;
		/* The border is the space behind the column; next to it counts too. */
		if (from < border - 1 || from > border)
			continue;
		list_seen(t, area.cols, &t->setup);
		to = to <= left ? 1 : to - left;
		t->setup.v[i].width = (uint8_t)(to < LIST_WIDEST ? to : LIST_WIDEST);
		return true;
	}
	return false;
}
