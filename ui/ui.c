#include "ui/ui.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/text.h"
#include "ui/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define STACK 16 /* screens opened one from another */

struct open_screen {
	const struct screen *screen;
	void *view;
};

struct ui {
	struct feed *feed;
	struct ui_options options;
	struct bindings bindings;
	struct snapshot snapshot;
	struct canvas canvas;
	enum theme_name theme;
	struct open_screen stack[STACK];
	size_t depth;
	struct prompt prompt;
	char said[512];
	enum ink said_ink;
	bool over, wiped, paused, dirty;
	char input[256];
	struct { /* for the speed */
		int64_t at_ns;
		uint64_t packets;
	} before;
};

/* The screens that a digit opens, in order. */
static const struct {
	enum action action;
	const struct screen *screen;
} tabs[] = {
	{ACT_SESSIONS, &screen_sessions},
};
enum {
	N_TABS = sizeof(tabs) / sizeof(tabs[0])
};

static struct open_screen *
top(struct ui *ui)
{
	return &ui->stack[ui->depth - 1];
}

static struct area
room(const struct ui *ui)
{
	struct area a = {.row = 1, .rows = ui->canvas.rows - 3, .cols = ui->canvas.cols};

	return a;
}

static void
take_snapshot(struct ui *ui)
{
	struct snapshot *s = &ui->snapshot;
	const struct feed *f = ui->feed;
	int64_t now = clock_mono_ns();

	s->finished = atomic_load_explicit(&f->finished, memory_order_acquire);
	s->version = rows_version(&f->sessions) + rows_version(&f->findings) +
		     rows_version(&f->logins) + s->finished;
	s->sessions = rows_count(&f->sessions);
	s->findings = rows_count(&f->findings);
	s->logins = rows_count(&f->logins);
	rows_get(&f->stats, 0, &s->stats);
	if (now - ui->before.at_ns >= NS_PER_S) {
		s->packets_per_s = ui->before.at_ns ? (double)(s->stats.run.packets -
							       ui->before.packets) *
							      (double)NS_PER_S /
							      (double)(now - ui->before.at_ns)
						    : 0;
		ui->before.at_ns = now;
		ui->before.packets = s->stats.run.packets;
	}
}

void
ui_open(struct ui *ui, const struct screen *s, const void *arg)
{
	struct open_screen *o;

	if (ui->depth == STACK)
		return;
	o = &ui->stack[ui->depth++];
	*o = (struct open_screen){
		.screen = s, .view = mem_get(s->view_bytes ? s->view_bytes : 1)};
	s->open(ui, o->view, arg);
	ui->dirty = true;
}

static void
close_top(struct ui *ui)
{
	struct open_screen *o = top(ui);

	if (o->screen->close)
		o->screen->close(o->view);
	free(o->view);
	ui->depth--;
	ui->dirty = true;
}

struct ui *
ui_new(struct feed *feed, const struct ui_options *o)
{
	struct ui *ui = mem_get(sizeof(*ui));
	struct sessions_wish wish = {.filter = o->filter};
	struct buf b;

	ui->feed = feed;
	ui->options = *o;
	ui->theme = o->mono ? THEME_MONO : o->theme;
	bindings_init(&ui->bindings);
	canvas_init(&ui->canvas, o->unicode);
	canvas_resize(&ui->canvas, 24, 80);
	buf_init(&b, sizeof(ui->input) - 1);
	escape_term(&b, bytes_str(o->input));
	memccpy(ui->input, buf_text(&b), 0, sizeof(ui->input) - 1);
	buf_done(&b);
	ui->snapshot = (struct snapshot){.feed = feed,
		.unicode = o->unicode,
		.input = ui->input,
		.bindings = &ui->bindings};
	take_snapshot(ui);
	ui_open(ui, tabs[0].screen, &wish);
	return ui;
}

void
ui_free(struct ui **pui)
{
	struct ui *ui = *pui;

	if (!ui)
		return;
	while (ui->depth)
		close_top(ui);
	canvas_done(&ui->canvas);
	free(ui);
	*pui = NULL;
}

void
ui_resize(struct ui *ui, int rows, int cols)
{
	canvas_resize(&ui->canvas, rows, cols);
	ui->dirty = true;
}

bool
ui_over(const struct ui *ui)
{
	return ui->over;
}

bool
ui_wiped(struct ui *ui)
{
	bool was = ui->wiped;

	ui->wiped = false;
	return was;
}

enum theme_name
ui_theme(const struct ui *ui)
{
	return ui->theme;
}

const struct snapshot *
ui_snapshot(const struct ui *ui)
{
	return &ui->snapshot;
}

struct feed *
ui_feed(struct ui *ui)
{
	return ui->feed;
}

int
ui_columns(const struct ui *ui)
{
	return ui->canvas.cols;
}

void
ui_say(struct ui *ui, enum ink ink, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ui->said, sizeof(ui->said), fmt, ap);
	va_end(ap);
	ui->said_ink = ink;
	ui->dirty = true;
}

void
ui_ask(struct ui *ui, const struct prompt_ask *ask, const char *text)
{
	prompt_begin(&ui->prompt, ask, top(ui)->view, text);
	ui->dirty = true;
}

static void
leave(struct ui *ui, void *view, const char *text)
{
	ui->over = true;
}

static void
quit(struct ui *ui)
{
	static const struct prompt_ask sure = {
		.label = "The capture ends and what it showed is lost. Leave? y/n ",
		.yes_no = true,
		.done = leave};

	if (ui->snapshot.stats.live && !ui->snapshot.finished)
		ui_ask(ui, &sure, NULL);
	else
		ui->over = true;
}

static size_t
tab_shown(const struct ui *ui)
{
	for (size_t i = 0; i < N_TABS; i++)
		if (ui->stack[0].screen == tabs[i].screen)
			return i;
	return 0;
}

static void
show_tab(struct ui *ui, size_t i)
{
	if (ui->depth == 1 && tab_shown(ui) == i)
		return;
	while (ui->depth > 1)
		close_top(ui);
	if (tab_shown(ui) == i)
		return;
	close_top(ui);
	ui_open(ui, tabs[i].screen, NULL);
}

static bool
act_tab(struct ui *ui, enum action a)
{
	for (size_t i = 0; i < N_TABS; i++) {
		if (tabs[i].action == a) {
			show_tab(ui, i);
			return true;
		}
	}
	return false;
}

/* What is known on every screen. */
static void
act_everywhere(struct ui *ui, enum action a)
{
	struct help_wish about = {.about = top(ui)->screen};

	switch ((int)a) {
	case ACT_BACK:
		if (ui->depth > 1)
			close_top(ui);
		break;
	case ACT_NEXT_SCREEN:
		show_tab(ui, (tab_shown(ui) + 1) % N_TABS);
		break;
	case ACT_PREV_SCREEN:
		show_tab(ui, (tab_shown(ui) + N_TABS - 1) % N_TABS);
		break;
	case ACT_PAUSE:
		ui->paused = !ui->paused;
		break;
	case ACT_THEME:
		ui->theme = (enum theme_name)((ui->theme + 1) % THEME_COUNT);
		ui_say(ui, INK_PLAIN, "colours: %s", theme_names[ui->theme]);
		break;
	case ACT_ASCII:
		if (ui->options.unicode) {
			ui->canvas.unicode = !ui->canvas.unicode;
			ui->snapshot.unicode = ui->canvas.unicode;
		}
		break;
	case ACT_REDRAW:
		ui->wiped = true;
		break;
	case ACT_HELP:
		if (top(ui)->screen != &screen_help)
			ui_open(ui, &screen_help, &about);
		break;
	case ACT_QUIT:
		quit(ui);
		break;
	default:
		act_tab(ui, a);
		break;
	}
}

static void
act(struct ui *ui, enum action a)
{
	struct open_screen *o = top(ui);
	enum next next = o->screen->act(ui, o->view, a);

	if (next == NEXT_BACK && ui->depth > 1)
		close_top(ui);
	else if (next == NEXT_UNKNOWN)
		act_everywhere(ui, a);
}

static void
answer(struct ui *ui, uint32_t key)
{
	struct prompt *p = &ui->prompt;
	const struct prompt_ask *ask = p->ask;

	switch (prompt_key(p, key)) {
	case PROMPT_GOES_ON:
		break;
	case PROMPT_DONE:
		p->ask = NULL;
		ask->done(ui, p->view, p->text);
		break;
	case PROMPT_CANCELLED:
		p->ask = NULL;
		break;
	}
}

static void
mouse(struct ui *ui, struct key_press k)
{
	struct open_screen *o = top(ui);
	struct area a = room(ui);

	if (k.key == KEY_IS_WHEEL_UP || k.key == KEY_IS_WHEEL_DOWN) {
		for (int i = 0; i < 3; i++)
			act(ui, k.key == KEY_IS_WHEEL_UP ? ACT_UP : ACT_DOWN);
	} else if (o->screen->click && k.row >= a.row && k.row < a.row + a.rows) {
		o->screen->click(
			ui, o->view, k.row - a.row, k.col, k.key == KEY_IS_DOUBLE_CLICK);
	}
}

void
ui_key(struct ui *ui, struct key_press k)
{
	enum action a;

	ui->dirty = true;
	ui->said[0] = '\0';
	if (k.key >= KEY_IS_CLICK && k.key < KEY_LAST) {
		if (!ui->prompt.ask)
			mouse(ui, k);
		return;
	}
	if (ui->prompt.ask) {
		answer(ui, k.key);
		return;
	}
	if (k.key == KEY_CTRL('C')) {
		quit(ui);
		return;
	}
	a = bindings_find(&ui->bindings, top(ui)->screen->actions, k.key);
	if (a)
		act(ui, a);
}

bool
ui_tick(struct ui *ui)
{
	uint64_t version = ui->snapshot.version, packets = ui->snapshot.stats.run.packets;
	bool was = ui->dirty;

	if (!ui->paused)
		take_snapshot(ui);
	ui->dirty = false;
	return was || version != ui->snapshot.version ||
	       packets != ui->snapshot.stats.run.packets;
}

static void
draw_title(struct ui *ui)
{
	const struct snapshot *s = &ui->snapshot;
	struct canvas *c = &ui->canvas;
	const struct screen *shown = top(ui)->screen;
	struct buf b;
	int col = 1, right;

	canvas_fill(c, 0, 0, c->cols, INK_TITLE, ' ');
	col += canvas_str(c, 0, col, c->cols, INK_TITLE, "mailsnoop ");
	buf_init(&b, 4096);
	for (size_t i = 0; i < N_TABS; i++) {
		const struct screen *t = tabs[i].screen;
		bool here = ui->stack[0].screen == t;

		buf_clear(&b);
		buf_byte(&b, ' ');
		bindings_name(&ui->bindings, tabs[i].action, &b);
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
			text_number(st->run.kernel_drops + st->run.interface_drops, number));
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

static void
draw_status(struct ui *ui)
{
	struct canvas *c = &ui->canvas;
	const struct open_screen *o = top(ui);
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
	canvas_put(c, c->rows - 2, 0, c->cols, INK_DIM, buf_bytes(&b));
	buf_done(&b);
}

static void
draw_progress(struct ui *ui)
{
	const struct feed_stats *st = &ui->snapshot.stats;
	struct canvas *c = &ui->canvas;
	int n;

	if (ui->snapshot.finished || !st->total || c->cols < 60)
		return;
	n = (int)(20.0 * (double)st->read / (double)st->total);
	canvas_fill(c, c->rows - 2, c->cols - 21, 20, INK_DIM, 0x2591);
	canvas_fill(c, c->rows - 2, c->cols - 21, n < 20 ? n : 20, INK_TLS, 0x2588);
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

static int
draw_key_list(struct ui *ui, int col, const enum action *list, int limit)
{
	for (; list && *list; list++) {
		int to = draw_key(ui, col, *list, limit);

		col = to < 0 ? col : to;
	}
	return col;
}

static void
draw_keys(struct ui *ui)
{
	static const enum action always[] = {ACT_BACK, ACT_HELP, ACT_QUIT, ACT_NONE};
	const enum action *list = ui->depth > 1 ? always : always + 1;
	int reserved = ui->depth > 1 ? 27 : 17;
	int col = draw_key_list(ui, 0, top(ui)->screen->actions, ui->canvas.cols - reserved);

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
	struct open_screen *o = top(ui);
	struct area a = room(ui);

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
