/* One line of several. */
#include "ui/ui.h"
#include "base/arena.h"
#include "base/escape.h"
#include "ui/scroll.h"

#include <stdlib.h>

#define LINES 1000u

struct view {
	char *line[LINES];
	size_t n, cursor, top;
	int page;
	const char *title;
	void (*done)(struct ui *ui, const char *line);
	bool (*remove)(struct ui *ui, const char *line);
};

static const enum action actions[] = {ACT_OPEN, ACT_REMOVE, ACT_NONE};

static void
choose_open(struct ui *ui, void *view, const void *arg)
{
	const struct choose_wish *w = arg;
	struct view *v = view;
	struct bytes rest = w->lines;

	v->title = w->title;
	v->done = w->done;
	v->remove = w->remove;
	while (rest.n && v->n < LINES) {
		size_t n = bytes_find(rest, '\n');
		char *s = mem_get(n + 1);

		memcpy(s, rest.p, n);
		v->line[v->n++] = s;
		rest = bytes_from(rest, n + 1);
	}
}

static void
choose_close(void *view)
{
	struct view *v = view;

	for (size_t i = 0; i < v->n; i++)
		free(v->line[i]);
}

static void
choose_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

	v->page = a.rows > 2 ? a.rows - 1 : 1;
	v->cursor = scroll_step(v->cursor, 0, v->n);
	scroll_show(v->cursor, &v->top, v->page);
}

static void
choose_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;

	canvas_fill(c, a.row, a.col, a.cols, INK_HEAD, ' ');
	canvas_str(c, a.row, a.col + 1, a.cols - 1, INK_HEAD, v->title);
	for (int i = 0; i < v->page && v->top + (size_t)i < v->n; i++) {
		size_t at = v->top + (size_t)i;

		canvas_wire(c, a.row + 1 + i, a.col + 1, a.cols - 1, INK_PLAIN,
			bytes_str(v->line[at]));
		if (at == v->cursor)
			canvas_cursor(c, a.row + 1 + i, a.col, a.cols);
	}
}

static enum next
choose(struct ui *ui, struct view *v)
{
	char line[1024] = "";

	if (v->cursor >= v->n)
		return NEXT_BACK;
	memccpy(line, v->line[v->cursor], 0, sizeof(line) - 1);
	v->done(ui, line);
	return NEXT_NOTHING;
}

static void
take_out(struct ui *ui, struct view *v)
{
	if (!v->remove || v->cursor >= v->n || !v->remove(ui, v->line[v->cursor]))
		return;
	free(v->line[v->cursor]);
	memmove(&v->line[v->cursor], &v->line[v->cursor + 1],
		(v->n - v->cursor - 1) * sizeof(*v->line));
	v->n--;
}

static enum next
choose_act(struct ui *ui, void *view, enum action a)
{
	struct view *v = view;
	int64_t by = action_step(a, v->page);

	if (by) {
		v->cursor = scroll_step(v->cursor, by, v->n);
		return NEXT_REDRAW;
	}
	switch ((int)a) {
	case ACT_REMOVE:
		take_out(ui, v);
		break;
	case ACT_OPEN:
		return choose(ui, v);
	default:
		return NEXT_UNKNOWN;
	}
	return NEXT_REDRAW;
}

static enum next
choose_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;

	if (row < 1 || v->top + (size_t)row - 1 >= v->n)
		return NEXT_NOTHING;
	v->cursor = v->top + (size_t)row - 1;
	return twice ? choose(ui, v) : NEXT_REDRAW;
}

const struct screen screen_choose = {.name = "choose",
	.title = "Choose",
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = choose_open,
	.update = choose_update,
	.draw = choose_draw,
	.act = choose_act,
	.click = choose_click,
	.close = choose_close};
