#include "ui/ui_int.h"
#include "output/text.h"

static void
draw_title(struct ui *ui)
{
	const struct snapshot *s = &ui->snapshot;
	struct canvas *c = &ui->canvas;
	const struct screen *shown = ui_top(ui)->screen;
	struct buf b;
	int col = 1, right;

	canvas_fill(c, 0, 0, c->cols, INK_TITLE, ' ');
	col += canvas_str(c, 0, col, c->cols, INK_TITLE, "mailsnoop ");
	buf_init(&b, 4096);
	for (size_t i = 0; i < UI_TABS; i++) {
		const struct screen *t = ui_tabs[i].screen;
		bool here = ui->stack[0].screen == t;

		buf_clear(&b);
		buf_byte(&b, ' ');
		bindings_name(&ui->bindings, ui_tabs[i].action, &b);
		buf_fmt(&b, " %s ", t->title);
		if (c->cols < 100 && !here)
			b.n = 2 + bytes_find(bytes_from(buf_bytes(&b), 1), ' ');
		col += canvas_put(
			c, 0, col, c->cols - col, here ? INK_TAB : INK_TITLE, buf_bytes(&b));
	}
	if (ui->depth > 1) {
		col += canvas_str(c, 0, col, c->cols - col, INK_TITLE, " → ");
		col += canvas_str(c, 0, col, c->cols - col, INK_TITLE, shown->title);
	}
	buf_clear(&b);
	if (ui->paused)
		buf_str(&b, "[held] ");
	buf_str(&b, s->input);
	if (s->stats.live)
		buf_str(&b, s->finished ? " (ended)" : " (live)");
	else if (!s->finished && s->stats.total)
		buf_fmt(&b, " %d%%",
			(int)(100.0 * (double)s->stats.read / (double)s->stats.total));
	else if (!s->finished)
		buf_str(&b, " …");
	right = c->cols - col - 3;
	if (right > 8)
		canvas_right(c, 0, col + 2, right, INK_TITLE, buf_bytes(&b));
	buf_done(&b);
}

static void
put_count(struct buf *out, uint64_t n, const char *what)
{
	char number[TEXT_NUMBER];

	buf_fmt(out, "%s %s%s", text_number(n, number), what, n == 1 ? "" : "s");
}

/* The count line: what there is, what was lost. */
static void
default_status(const struct ui *ui, struct buf *out)
{
	const struct feed_stats *st = &ui->snapshot.stats;
	bool steady = ui->options.steady;
	char number[TEXT_NUMBER];

	put_count(out, ui->snapshot.sessions, "session");
	buf_str(out, "  ");
	put_count(out, st->run.packets, "packet");
	if (st->live)
		buf_fmt(out, "  dropped %s",
			text_number(st->run.kernel_drops + st->run.interface_drops +
					    st->run.program_drops,
				number));
	if (st->run.evictions)
		buf_fmt(out, "  given up %s", text_number(st->run.evictions, number));
	if (st->unlisted)
		buf_fmt(out, "  not listed %s", text_number(st->unlisted, number));
	if (!ui->snapshot.finished && !steady) {
		buf_fmt(out, "  %s packets/s",
			text_number((uint64_t)ui->snapshot.packets_per_s, number));
		buf_fmt(out, "  %llu MB",
			(unsigned long long)((st->run.memory_bytes >> 20) +
					     (texts_bytes(ui->feed->texts) >> 20) +
					     (ui->snapshot.sessions *
							     sizeof(struct feed_session) >>
						     20)));
	}
	if (atomic_load(&ui->feed->trouble))
		buf_fmt(out, "  ! %s", atomic_load(&ui->feed->trouble));
}

#define DOING_COLS 18 /* what is being done, before the bar */

static int
bar_cols(const struct ui *ui)
{
	return ui->canvas.cols < 100 ? 10 : 20;
}

/* Columns that the progress takes, at the right: 0 when nothing is on its way. */
static int
progress_cols(const struct ui *ui)
{
	bool job = job_runs(&ui->job);

	if ((!job && (ui->snapshot.finished || !ui->snapshot.stats.total)) ||
		ui->canvas.cols < 60)
		return 0;
	return bar_cols(ui) + 1 + (job ? DOING_COLS + 1 : 0);
}

static void
draw_status(struct ui *ui)
{
	struct canvas *c = &ui->canvas;
	int cols = c->cols - progress_cols(ui);
	const struct open_screen *o = ui_top(ui);
	struct buf b;

	if (ui->said[0]) {
		canvas_str(c, c->rows - 2, 0, c->cols, ui->said_ink, ui->said);
		return;
	}
	buf_init(&b, 4096);
	if (o->screen->status)
		o->screen->status(&ui->snapshot, o->view, &b);
	if (b.n)
		buf_str(&b, "  ");
	default_status(ui, &b);
	canvas_put(c, c->rows - 2, 0, cols, INK_DIM, buf_bytes(&b));
	buf_done(&b);
}

static void
draw_progress(struct ui *ui)
{
	const struct feed_stats *st = &ui->snapshot.stats;
	struct canvas *c = &ui->canvas;
	bool job = job_runs(&ui->job);
	double done = job         ? atomic_load(&ui->job.permille) / 1000.0
		      : st->total ? (double)st->read / (double)st->total
				  : 0;
	int cols = bar_cols(ui), n = (int)(cols * done), col = c->cols - cols - 1;

	if (!progress_cols(ui))
		return;
	if (job)
		canvas_right(c, c->rows - 2, col - DOING_COLS - 1, DOING_COLS, INK_TLS,
			bytes_str(ui->job.doing));
	canvas_fill(c, c->rows - 2, col, cols, INK_DIM, 0x2591);
	canvas_fill(c, c->rows - 2, col, n < cols ? n : cols, INK_TLS, 0x2588);
}

/* One key of the last line: its name and a word. Returns the column behind, or -1: no room. */
static int
draw_key(struct ui *ui, int col, enum action a, int limit)
{
	struct canvas *c = &ui->canvas;
	int row = c->rows - 1;
	struct buf b;
	size_t name;

	buf_init(&b, 64);
	bindings_name(&ui->bindings, a, &b);
	name = b.n;
	buf_fmt(&b, " %s", action_row(a)->words);
	if (!name || col + canvas_width(buf_bytes(&b)) > limit) {
		col = -1;
	} else {
		col += canvas_put(
			c, row, col, c->cols, INK_KEY, bytes_sub(buf_bytes(&b), 0, name));
		col += canvas_put(
			c, row, col, c->cols, INK_BAR, bytes_from(buf_bytes(&b), name));
		col += 2;
	}
	buf_done(&b);
	return col;
}

/* Would it do anything? */
static bool
can(const struct ui *ui, enum action a)
{
	const struct open_screen *o = &ui->stack[ui->depth - 1];
	const struct screen *s = o->screen;

	if (a == ACT_SAVE)
		return s->list || s->text || s->about;
	if (a == ACT_SETTINGS)
		return s != &screen_settings;
	return !s->can || s->can(o->view, a);
}

static int
draw_key_list(struct ui *ui, int col, const enum action *list, int limit)
{
	for (; list && *list; list++) {
		int to = can(ui, *list) ? draw_key(ui, col, *list, limit) : -1;

		col = to < 0 ? col : to;
	}
	return col;
}

/* Columns that these take. */
static int
keys_cols(const struct ui *ui, const enum action *list)
{
	struct buf b;
	int cols = 0;

	buf_init(&b, 256);
	for (; *list; list++) {
		if (!can(ui, *list))
			continue;
		buf_clear(&b);
		bindings_name(&ui->bindings, *list, &b);
		buf_fmt(&b, " %s", action_row(*list)->words);
		cols += canvas_width(buf_bytes(&b)) + 2;
	}
	buf_done(&b);
	return cols;
}

#define ROOMY                                                                                  \
	100 /* columns from which on the key line has more of what is known everywhere         \
	     */

static void
draw_keys(struct ui *ui)
{
	static const enum action always[] = {ACT_BACK, ACT_HELP, ACT_QUIT, ACT_NONE};
	static const enum action roomy[] = {
		ACT_BACK, ACT_SAVE, ACT_SETTINGS, ACT_HELP, ACT_QUIT, ACT_NONE};
	const enum action *list = ui->canvas.cols < ROOMY ? always : roomy;
	int col, reserved = keys_cols(ui, list + 1);

	if (ui->depth > 1)
		reserved += keys_cols(ui, (const enum action[]){ACT_BACK, ACT_NONE});
	else
		list++;
	col = draw_key_list(ui, 0, ui_top(ui)->screen->actions, ui->canvas.cols - reserved);
	draw_key_list(ui, col, list, ui->canvas.cols);
}

static void
draw_too_small(struct ui *ui)
{
	canvas_str(&ui->canvas, 0, 0, ui->canvas.cols, INK_PLAIN,
		"mailsnoop: make the window larger");
}

const struct canvas *
ui_draw(struct ui *ui)
{
	struct open_screen *o = ui_top(ui);
	struct area a = ui_room(ui);

	canvas_clear(&ui->canvas);
	if (ui->canvas.rows < 6 || ui->canvas.cols < 20) {
		draw_too_small(ui);
		return &ui->canvas;
	}
	o->screen->update(ui, o->view, a);
	o->screen->draw(&ui->snapshot, o->view, &ui->canvas, a);
	draw_title(ui);
	draw_status(ui);
	if (!ui->said[0])
		draw_progress(ui);
	draw_keys(ui);
	if (ui->prompt.ask)
		prompt_draw(&ui->prompt, &ui->canvas);
	return &ui->canvas;
}
