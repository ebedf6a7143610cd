/* The columns of the list below: which, in which order, how wide. What is changed is done at
 * once, and kept when the screen is closed. */
#include "ui/ui_int.h"
#include "ui/list.h"
#include "ui/scroll.h"

#include <stdio.h>

struct item {
	uint8_t col, width;
	bool shown;
};

struct view {
	struct ui *ui;
	struct list *list; /* of the screen below, which lives longer */
	const char *name;
	struct item v[LIST_COLUMNS];
	size_t n, cursor, top;
	int page, cols;
	bool changed, by_itself;
};

static const enum action actions[] = {ACT_TICK, ACT_SHIFT_UP, ACT_SHIFT_DOWN, ACT_NARROWER,
	ACT_WIDER, ACT_AS_USUAL, ACT_NONE};

/* Those that are seen come first, in their order; the others follow. */
static void
gather(struct view *v)
{
	struct list_setup seen;
	bool has[LIST_COLUMNS] = {false};

	list_seen(v->list, v->cols, &seen);
	v->n = 0;
	for (size_t i = 0; i < seen.n; i++) {
		v->v[v->n++] = (struct item){seen.v[i].col, seen.v[i].width, true};
		has[seen.v[i].col] = true;
	}
	for (size_t i = 0; v->list->columns[i].key && i < LIST_COLUMNS; i++)
		if (!has[i])
			v->v[v->n++] = (struct item){(uint8_t)i, 0, false};
}

static void
columns_open(struct ui *ui, void *view, const void *arg)
{
	const struct columns_wish *w = arg;
	struct view *v = view;

	v->ui = ui;
	v->list = w->list;
	v->name = w->name;
	v->cols = ui->canvas.cols;
	v->by_itself = !w->list->setup.n;
	gather(v);
}

/* The list takes what is ticked here. */
static void
apply(struct view *v)
{
	struct list_setup *s = &v->list->setup;

	s->n = 0;
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].shown)
			s->v[s->n++] = (struct list_chosen){v->v[i].col, v->v[i].width};
	v->changed = true;
	v->by_itself = false;
}

static void
columns_close(void *view)
{
	struct view *v = view;
	struct buf text;

	if (!v->changed)
		return;
	buf_init(&text, 4096);
	list_put_columns(v->list, &text);
	remember_columns(v->ui, v->name, buf_text(&text));
	buf_done(&text);
}

static void
columns_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

	v->page = a.rows > 2 ? a.rows - 1 : 1;
	scroll_show(v->cursor, &v->top, v->page);
}

static void
columns_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;
	char line[128], width[8];

	canvas_fill(c, a.row, a.col, a.cols, INK_HEAD, ' ');
	canvas_str(
		c, a.row, a.col + 1, a.cols - 1, INK_HEAD, "SHOWN  COLUMN              WIDTH");
	for (int i = 0; i < v->page && v->top + (size_t)i < v->n; i++) {
		const struct item *it = &v->v[v->top + (size_t)i];
		const struct list_column *k = &v->list->columns[it->col];

		snprintf(width, sizeof(width), "%u", it->width);
		snprintf(line, sizeof(line), "[%c]    %-14s %10s  %s", it->shown ? 'x' : ' ',
			k->title, it->width ? width : "by itself", k->key);
		canvas_str(c, a.row + 1 + i, a.col + 1, a.cols - 1,
			it->shown ? INK_PLAIN : INK_DIM, line);
		if (v->top + (size_t)i == v->cursor)
			canvas_cursor(c, a.row + 1 + i, a.col, a.cols);
	}
}

static void
columns_status(const struct snapshot *s, const void *view, struct buf *out)
{
	const struct view *v = view;

	buf_str(out, v->by_itself ? "chosen by the width of the window," : "your choice,");
}

static void
shift(struct view *v, int by)
{
	size_t to = v->cursor + (size_t)(by < 0 ? -1 : 1);
	struct item keep = v->v[v->cursor];

	if (to >= v->n)
		return;
	v->v[v->cursor] = v->v[to];
	v->v[to] = keep;
	v->cursor = to;
	apply(v);
}

static void
toggle(struct view *v)
{
	size_t shown = 0;

	for (size_t i = 0; i < v->n; i++)
		shown += v->v[i].shown;
	if (shown == 1 && v->v[v->cursor].shown) {
		ui_say(v->ui, INK_PLAIN, "one column at least");
		return;
	}
	v->v[v->cursor].shown = !v->v[v->cursor].shown;
	apply(v);
}

static void
widen(struct view *v, int by)
{
	struct item *it = &v->v[v->cursor];
	int usual = v->list->columns[it->col].width;
	int now = it->width ? it->width : usual ? usual : v->list->time_width;

	now += by;
	it->width = (uint8_t)(now < 1 ? 1 : now > LIST_WIDEST ? LIST_WIDEST : now);
	it->shown = true;
	apply(v);
}

static void
by_itself(struct view *v)
{
	v->list->setup.n = 0;
	v->changed = true;
	v->by_itself = true;
	gather(v);
}

static enum next
columns_act(struct ui *ui, void *view, enum action a)
{
	struct view *v = view;
	int64_t by = action_step(a, v->page);

	if (by) {
		v->cursor = scroll_step(v->cursor, by, v->n);
		return NEXT_REDRAW;
	}
	switch ((int)a) {
	case ACT_TICK:
		toggle(v);
		break;
	case ACT_SHIFT_UP:
	case ACT_SHIFT_DOWN:
		shift(v, a == ACT_SHIFT_UP ? -1 : 1);
		break;
	case ACT_NARROWER:
	case ACT_WIDER:
		widen(v, a == ACT_NARROWER ? -1 : 1);
		break;
	case ACT_AS_USUAL:
		by_itself(v);
		break;
	case ACT_COLUMNS:
		return NEXT_BACK;
	default:
		return NEXT_UNKNOWN;
	}
	return NEXT_REDRAW;
}

static enum next
columns_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;

	if (row < 1 || v->top + (size_t)row - 1 >= v->n)
		return NEXT_NOTHING;
	v->cursor = v->top + (size_t)row - 1;
	if (col >= 1 && col <= 3)
		toggle(v);
	return NEXT_REDRAW;
}

const struct screen screen_columns = {.name = "columns",
	.title = "Columns",
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = columns_open,
	.update = columns_update,
	.draw = columns_draw,
	.act = columns_act,
	.click = columns_click,
	.status = columns_status,
	.close = columns_close};
