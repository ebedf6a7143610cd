#include "ui/list.h"
#include "ui/list_int.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"

#include <stdlib.h>

struct sorted {
	struct list_key key;
	uint32_t record;
};

void
list_init(struct list *t, const struct list_column *columns, const char *sort,
	list_fetch *fetch, const void *user)
{
	*t = (struct list){.columns = columns,
		.fetch = fetch,
		.user = user,
		.page = 1,
		.time_width = 8,
		.stale = true};
	for (size_t i = 0; columns[i].key; i++)
		if (strcmp(columns[i].key, sort) == 0)
			t->sort = i;
}

void
list_done(struct list *t)
{
	free(t->order);
	free(t->marks.p);
	*t = (struct list){0};
}

bool
list_current(const struct list *t, size_t *ret)
{
	if (t->cursor >= t->n)
		return false;
	*ret = t->order[t->cursor];
	return true;
}

bool
list_is_marked(const struct list *t, size_t record)
{
	return record / 8 < t->marks.n && (t->marks.p[record / 8] >> record % 8 & 1);
}

static void
mark(struct list *t, size_t record)
{
	if (record / 8 >= t->marks.n) {
		size_t n = record / 8 + 64;

		t->marks.p = mem_grow(t->marks.p, n);
		memset(t->marks.p + t->marks.n, 0, n - t->marks.n);
		t->marks.n = n;
	}
	t->marks.p[record / 8] ^= (uint8_t)(1u << record % 8);
	if (list_is_marked(t, record))
		t->marked++;
	else
		t->marked--;
}

void
list_unmark(struct list *t)
{
	if (t->marks.n)
		memset(t->marks.p, 0, t->marks.n);
	t->marked = 0;
}

static int
compare(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->key.n != y->key.n)
		return x->key.n < y->key.n ? -1 : 1;
	if (x->key.text.n || y->key.text.n) {
		int r = bytes_cmp(x->key.text, y->key.text);

		if (r)
			return r;
	}
	return (x->record > y->record) - (x->record < y->record);
}

static bool
in_order(const struct sorted *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (compare(&v[i - 1], &v[i]) > 0)
			return false;
	return true;
}

static bool
has_text(const struct list *t, const struct snapshot *s, const void *record)
{
	struct buf b;
	bool yes;

	buf_init(&b, 65536);
	for (size_t i = 0; t->columns[i].key; i++) {
		t->columns[i].put(s, record, &b);
		buf_byte(&b, '\n');
	}
	yes = bytes_isearch(buf_bytes(&b), bytes_str(t->wanted)) != SIZE_MAX;
	buf_done(&b);
	return yes;
}

static void
gather(struct list *t, const struct snapshot *s, size_t all)
{
	uint64_t record[LIST_RECORD / sizeof(uint64_t)];
	struct sorted *v = mem_grow(NULL, (all + 1) * sizeof(*v));
	const struct list_column *by = &t->columns[t->sort];
	size_t n = 0;

	for (size_t i = 0; i < all; i++) {
		t->fetch(s, t->user, i, record);
		if (t->accept && !t->accept(s, t->user, record))
			continue;
		if (t->wanted[0] && !has_text(t, s, record))
			continue;
		v[n].record = (uint32_t)i;
		v[n++].key = by->sort ? by->sort(s, record) : (struct list_key){0};
	}
	if (n && !in_order(v, n))
		qsort(v, n, sizeof(*v), compare);
	t->order = mem_grow(t->order, (n + 1) * sizeof(*t->order));
	for (size_t i = 0; i < n; i++)
		t->order[t->reverse ? n - 1 - i : i] = v[i].record;
	t->n = n;
	t->all = all;
	free(v);
}

static struct sorted
sorted_of(const struct list *t, const struct snapshot *s, size_t i)
{
	uint64_t record[LIST_RECORD / sizeof(uint64_t)];

	t->fetch(s, t->user, i, record);
	return (struct sorted){
		.record = (uint32_t)i, .key = t->columns[t->sort].sort(s, record)};
}

static void
insert(struct list *t, const struct snapshot *s, size_t i)
{
	const struct sorted fresh = sorted_of(t, s, i);
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct sorted there = sorted_of(t, s, t->order[mid]);

		if (compare(&there, &fresh) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	memmove(&t->order[low + 1], &t->order[low], (t->n - low) * sizeof(*t->order));
	t->order[low] = (uint32_t)i;
	t->n++;
}

/* Where all are shown, in an order that does not change, only what is new is looked at: a long
 * list costs no more than a short one. False: it must be gathered. */
static bool
append(struct list *t, const struct snapshot *s, size_t all)
{
	if (t->stale || !t->columns[t->sort].fixed || t->reverse || t->accept || t->wanted[0])
		return false;
	t->order = mem_grow(t->order, (all + 1) * sizeof(*t->order));
	for (size_t i = t->all; i < all; i++)
		insert(t, s, i);
	t->all = all;
	return true;
}

void
list_find(struct list *t, size_t record)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->order[i] == record) {
			t->cursor = i;
			return;
		}
	}
}

/* The cursor is on a line that there is, and is seen. */
static void
settle(struct list *t)
{
	size_t page = t->page > 0 ? (size_t)t->page : 1;

	if (t->cursor >= t->n)
		t->cursor = t->n ? t->n - 1 : 0;
	if (t->cursor < t->top)
		t->top = t->cursor;
	if (t->cursor >= t->top + page)
		t->top = t->cursor - page + 1;
	if (t->top + page > t->n)
		t->top = t->n > page ? t->n - page : 0;
}

void
list_update(struct list *t, const struct snapshot *s, size_t all, int rows)
{
	int64_t now = clock_mono_ns();
	size_t record, offset = t->cursor - t->top;
	bool known = list_current(t, &record);

	t->page = rows - 1;
	t->time_width = (uint8_t)times_width(&s->times);
	if (!t->stale && (t->version == s->version || (now < t->next_ns && !s->finished))) {
		settle(t);
		return;
	}
	if (!append(t, s, all))
		gather(t, s, all);
	t->stale = false;
	t->version = s->version;
	if (known && !t->follow) {
		list_find(t, record);
		t->top = t->cursor > offset ? t->cursor - offset : 0;
	}
	if (t->follow && t->n)
		t->cursor = t->reverse ? 0 : t->n - 1;
	settle(t);
	/* Long lists are gathered anew less often: a tenth of the time goes into it at most. */
	t->next_ns = clock_mono_ns() + 10 * (clock_mono_ns() - now);
}

static void
draw_titles(const struct list *t, struct canvas *c, struct area a, const struct layout *l)
{
	int col = a.col + 1;
	struct buf title;

	buf_init(&title, 128);
	canvas_fill(c, a.row, a.col, a.cols, INK_HEAD, ' ');
	for (size_t i = 0; i < l->n; i++) {
		const struct list_column *k = &t->columns[l->col[i]];

		buf_clear(&title);
		if (l->col[i] == t->sort)
			buf_str(&title, t->reverse ? "▼" : "▲");
		buf_str(&title, k->title);
		if (k->right)
			canvas_right(c, a.row, col, l->width[i], INK_HEAD, buf_bytes(&title));
		else
			canvas_put(c, a.row, col, l->width[i], INK_HEAD, buf_bytes(&title));
		col += l->width[i] + 1;
	}
	buf_done(&title);
}

static void
draw_row(const struct list *t, const struct snapshot *s, struct canvas *c, struct area a,
	int row, uint32_t number, const struct layout *l, struct buf *text)
{
	uint64_t record[LIST_RECORD / sizeof(uint64_t)];
	bool marked = list_is_marked(t, number);
	int col = a.col + 1;

	t->fetch(s, t->user, number, record);
	if (marked)
		canvas_str(c, row, a.col, 1, INK_MARK, "*");
	for (size_t i = 0; i < l->n; i++) {
		const struct list_column *k = &t->columns[l->col[i]];
		enum ink ink;

		buf_clear(text);
		ink = k->put(s, record, text);
		if (marked && ink == INK_PLAIN)
			ink = INK_STRONG;
		if (k->right)
			canvas_right(c, row, col, l->width[i], ink, buf_bytes(text));
		else
			canvas_put(c, row, col, l->width[i], ink, buf_bytes(text));
		col += l->width[i] + 1;
	}
}

void
list_draw(const struct list *t, const struct snapshot *s, struct canvas *c, struct area a)
{
	struct layout l;
	struct buf text;

	list_lay_out(t, a.cols, &l);
	draw_titles(t, c, a, &l);
	buf_init(&text, 64 * 1024);
	for (int i = 0; i + 1 < a.rows && t->top + (size_t)i < t->n; i++) {
		size_t at = t->top + (size_t)i;
		int row = a.row + 1 + i;

		draw_row(t, s, c, a, row, t->order[at], &l, &text);
		if (at == t->cursor)
			canvas_cursor(c, row, a.col, a.cols);
	}
	buf_done(&text);
}

/* The chosen ones, or all that there are. */
static void
list_all(const struct list *t, struct list_setup *ret)
{
	*ret = t->setup;
	for (size_t i = 0; !t->setup.n && t->columns[i].key && i < LIST_COLUMNS; i++)
		ret->v[ret->n++].col = (uint8_t)i;
}

void
list_csv_head(const struct list *t, struct buf *out)
{
	struct list_setup s;

	list_all(t, &s);
	for (size_t i = 0; i < s.n; i++) {
		if (i)
			buf_byte(out, ',');
		escape_csv(out, bytes_str(t->columns[s.v[i].col].key));
	}
	buf_str(out, "\r\n");
}

void
list_csv(
	const struct list *t, const struct snapshot *s, size_t from, size_t to, struct buf *out)
{
	uint64_t record[LIST_RECORD / sizeof(uint64_t)];
	struct list_setup set;
	struct buf text;

	list_all(t, &set);
	buf_init(&text, 64 * 1024);
	for (; from < to && from < t->n; from++) {
		t->fetch(s, t->user, t->order[from], record);
		for (size_t i = 0; i < set.n; i++) {
			buf_clear(&text);
			t->columns[set.v[i].col].put(s, record, &text);
			if (i)
				buf_byte(out, ',');
			escape_csv(out, buf_bytes(&text));
		}
		buf_str(out, "\r\n");
	}
	buf_done(&text);
}

void
list_sort(struct list *t, const char *key)
{
	for (size_t i = 0; t->columns[i].key; i++)
		if (strcmp(t->columns[i].key, key) == 0)
			t->sort = i;
	t->stale = true;
}

void
list_want(struct list *t, const char *text)
{
	memset(t->wanted, 0, sizeof(t->wanted));
	memccpy(t->wanted, text, 0, sizeof(t->wanted) - 1);
	t->stale = true;
}

static void
sort_by(struct list *t, size_t column)
{
	if (t->sort == column)
		t->reverse = !t->reverse;
	t->sort = column;
	t->stale = true;
}

static void
sort_step(struct list *t, bool back)
{
	size_t n = 0;

	while (t->columns[n].key)
		n++;
	do
		t->sort = (t->sort + (back ? n - 1 : 1)) % n;
	while (!t->columns[t->sort].sort);
	t->stale = true;
}

static void
move(struct list *t, int64_t by)
{
	int64_t to = (int64_t)t->cursor + by;

	t->follow = false;
	t->cursor = to < 0 ? 0 : (size_t)to;
	settle(t);
}

enum next
list_act(struct list *t, enum action a)
{
	size_t record;
	int64_t by = action_step(a, t->page > 1 ? t->page - 1 : 1);

	if (by) {
		move(t, by);
		return NEXT_REDRAW;
	}
	switch ((int)a) {
	case ACT_SORT:
	case ACT_SORT_BACK:
		sort_step(t, a == ACT_SORT_BACK);
		break;
	case ACT_REVERSE:
		t->reverse = !t->reverse;
		t->stale = true;
		break;
	case ACT_FOLLOW:
		t->follow = !t->follow;
		t->stale = true;
		break;
	case ACT_MARK:
		if (list_current(t, &record))
			mark(t, record);
		move(t, 1);
		break;
	default:
		return NEXT_UNKNOWN;
	}
	return NEXT_REDRAW;
}

bool
list_click(struct list *t, struct area area, int row, int col)
{
	struct layout l;
	int at = 1;

	if (row > 0) {
		if (t->top + (size_t)row - 1 >= t->n)
			return false;
		t->follow = false;
		t->cursor = t->top + (size_t)row - 1;
		return true;
	}
	list_lay_out(t, area.cols, &l);
	for (size_t i = 0; i < l.n; i++) {
		if (col >= at && col < at + l.width[i] && t->columns[l.col[i]].sort)
			sort_by(t, l.col[i]);
		at += l.width[i] + 1;
	}
	return false;
}
