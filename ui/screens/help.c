/* What the keys do, from the same list as the keys; and what the signs mean. */
#include "ui/cells.h"
#include "ui/scroll.h"

#include <stdio.h>

#define NAME_COLS 18

struct view {
	const struct screen *about;
	struct bindings bindings; /* as they are */
	struct scroll scroll;
};

static void
help_open(struct ui *ui, void *view, const void *arg)
{
	const struct help_wish *wish = arg;
	struct view *v = view;

	v->about = wish->about;
	v->bindings = *ui_snapshot(ui)->bindings;
}

/* Where a line goes; without a canvas it is only counted. */
struct writer {
	struct canvas *c;
	struct area a;
	int line, top;
};

static void
put_line(struct writer *w, enum ink ink, const char *name, const char *text)
{
	int row = w->a.row + w->line - w->top;
	struct bytes rest = bytes_str(text);
	int width = w->a.cols - NAME_COLS - 4;

	do {
		int used;
		size_t n = canvas_fit(rest, width, &used);

		if (n < rest.n)
			while (n && rest.p[n - 1] != ' ')
				n--;
		if (!n)
			n = rest.n;
		if (w->c && row >= w->a.row && row < w->a.row + w->a.rows) {
			canvas_str(w->c, row, w->a.col + 2, NAME_COLS, INK_STRONG, name);
			canvas_put(w->c, row, w->a.col + 3 + NAME_COLS, width, ink,
				bytes_sub(rest, 0, n));
		}
		rest = bytes_from(rest, n);
		name = "";
		w->line++;
		row++;
	} while (rest.n);
}

static void
put_head(struct writer *w, const char *text)
{
	int row = w->a.row + ++w->line - w->top;

	if (w->c && row >= w->a.row && row < w->a.row + w->a.rows)
		canvas_str(w->c, row, w->a.col + 1, w->a.cols, INK_HEAD, text);
	w->line++;
}

static void
put_actions(struct writer *w, const struct view *v, const enum action *list)
{
	struct buf keys;

	buf_init(&keys, 256);
	for (; list && *list; list++) {
		buf_clear(&keys);
		bindings_names(&v->bindings, *list, &keys);
		put_line(w, INK_PLAIN, buf_text(&keys), action_row(*list)->help);
	}
	buf_done(&keys);
}

static void
put_verdicts(struct writer *w)
{
	static const struct {
		enum verdict verdict;
		const char *text;
	} texts[] = {
		{VERDICT_IMPLICIT, "TLS from the first byte"},
		{VERDICT_UPGRADED, "STARTTLS, and TLS followed before any login or mail"},
		{VERDICT_UPGRADED_AFTER_USE,
			"TLS followed, but a login or mail went in clear first"},
		{VERDICT_OFFERED_UNUSED,
			"the server offered STARTTLS, the client went on in clear"},
		{VERDICT_NOT_OFFERED, "the server did not offer STARTTLS"},
		{VERDICT_REFUSED, "asked for, and the server said no"},
		{VERDICT_FAILED, "accepted, but no TLS came of it"},
		{VERDICT_STRIPPED, "there are traces that somebody removed the offer"},
		{VERDICT_NOT_OBSERVABLE,
			"the capabilities were never seen: nothing can be said"},
	};
	struct buf name;

	buf_init(&name, 64);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&name);
		cells_verdict(NULL, texts[i].verdict, &name);
		put_line(
			w, cells_verdict_ink(texts[i].verdict), buf_text(&name), texts[i].text);
	}
	buf_done(&name);
}

static void
put_all(const struct view *v, struct writer *w)
{
	char head[80];

	w->line = -1;
	snprintf(head, sizeof(head), "%s", v->about->title);
	put_head(w, head);
	put_actions(w, v, v->about->actions);
	put_head(w, "Moving");
	put_actions(w, v, actions_moving);
	put_head(w, "Everywhere");
	put_actions(w, v, actions_everywhere);
	put_head(w, "Signs in the column TLS (the number is the TLS version)");
	put_verdicts(w);
}

static void
help_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;
	struct writer w = {.a = a};

	put_all(v, &w);
	v->scroll.lines = w.line;
	v->scroll.page = a.rows;
	scroll_settle(&v->scroll);
}

static void
help_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;
	struct writer w = {.c = c, .a = a, .top = v->scroll.top};

	put_all(v, &w);
	scroll_draw(&v->scroll, c, a);
}

static enum next
help_act(struct ui *ui, void *view, enum action a)
{
	struct view *v = view;

	if (a == ACT_HELP || a == ACT_OPEN)
		return NEXT_BACK;
	return scroll_act(&v->scroll, a) ? NEXT_REDRAW : NEXT_UNKNOWN;
}

const struct screen screen_help = {.name = "help",
	.title = "Help",
	.view_bytes = sizeof(struct view),
	.open = help_open,
	.update = help_update,
	.draw = help_draw,
	.act = help_act};
