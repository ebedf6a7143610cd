#include "ui/ui_int.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"
#include "ui/config.h"
#include "ui/list.h"
#include "ui/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct ui_tab ui_tabs[UI_TABS] = {
	{ACT_SESSIONS, &screen_sessions},
	{ACT_FINDINGS, &screen_findings},
	{ACT_LOGINS, &screen_logins},
	{ACT_SERVERS, &screen_servers},
	{ACT_STATISTICS, &screen_statistics},
};

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
	ui->times.zero_ns = s->stats.first_ns;
	s->times = ui->times;
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
	if (s->list)
		remember_list(ui, s->name, s->list(o->view));
	ui->dirty = true;
}

static void
close_top(struct ui *ui)
{
	struct open_screen *o = ui_top(ui);

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

	ui->options = *o;
	ui->theme = o->mono ? THEME_MONO : o->theme;
	bindings_init(&ui->bindings);
	ui->mouse = o->mouse;
	canvas_init(&ui->canvas, o->unicode);
	canvas_resize(&ui->canvas, 24, 80);
	remember_begin(ui);
	ui_use(ui, feed, o->input);
	if (o->filter) {
		close_top(ui);
		ui_open(ui, ui_tabs[0].screen, &wish);
	}
	if (o->choose)
		input_act(ui, ACT_INTERFACE);
	return ui;
}

void
ui_use(struct ui *ui, struct feed *feed, const char *input)
{
	struct buf b;

	while (ui->depth)
		close_top(ui);
	job_stop(&ui->job);
	ui->prompt.ask = NULL;
	ui->paused = false;
	ui->feed = feed;
	buf_init(&b, sizeof(ui->input) - 1);
	escape_term(&b, bytes_str(input));
	memset(ui->input, 0, sizeof(ui->input));
	memccpy(ui->input, buf_text(&b), 0, sizeof(ui->input) - 1);
	buf_done(&b);
	memset(&ui->before, 0, sizeof(ui->before));
	ui->snapshot = (struct snapshot){.feed = feed,
		.unicode = ui->canvas.unicode,
		.input = ui->input,
		.bindings = &ui->bindings};
	take_snapshot(ui);
	ui_open(ui, ui_tabs[0].screen, NULL);
}

bool
ui_busy(const struct ui *ui)
{
	return job_runs(&ui->job) || ui->wish.pending;
}

void
ui_free(struct ui **pui)
{
	struct ui *ui = *pui;

	if (!ui)
		return;
	while (ui->depth)
		close_top(ui);
	job_stop(&ui->job);
	config_free(&ui->config);
	save_done(ui);
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
ui_back(struct ui *ui)
{
	if (ui->depth > 1)
		close_top(ui);
}

void
ui_again(struct ui *ui)
{
	ui->dirty = true;
}

void *
ui_view(struct ui *ui)
{
	return ui_top(ui)->view;
}

bool
ui_mouse(const struct ui *ui)
{
	return ui->mouse;
}

void
ui_ask(struct ui *ui, const struct prompt_ask *ask, const char *text)
{
	prompt_begin(&ui->prompt, ask, ui_top(ui)->view, text);
	ui->prompt.snapshot = &ui->snapshot;
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
	for (size_t i = 0; i < UI_TABS; i++)
		if (ui->stack[0].screen == ui_tabs[i].screen)
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
	ui_open(ui, ui_tabs[i].screen, NULL);
}

static bool
act_tab(struct ui *ui, enum action a)
{
	for (size_t i = 0; i < UI_TABS; i++) {
		if (ui_tabs[i].action == a) {
			show_tab(ui, i);
			return true;
		}
	}
	return false;
}

static void
open_columns(struct ui *ui)
{
	struct open_screen *o = ui_top(ui);
	struct columns_wish w = {.name = o->screen->name};

	if (!o->screen->list)
		return;
	w.list = o->screen->list(o->view);
	ui_open(ui, &screen_columns, &w);
}

/* What is known on every screen. */
static void
act_everywhere(struct ui *ui, enum action a)
{
	struct help_wish about = {.about = ui_top(ui)->screen};

	switch ((int)a) {
	case ACT_BACK:
		if (ui->depth > 1)
			close_top(ui);
		break;
	case ACT_NEXT_SCREEN:
		show_tab(ui, (tab_shown(ui) + 1) % UI_TABS);
		break;
	case ACT_PREV_SCREEN:
		show_tab(ui, (tab_shown(ui) + UI_TABS - 1) % UI_TABS);
		break;
	case ACT_PAUSE:
		ui->paused = !ui->paused;
		break;
	case ACT_THEME:
		setting_next(ui, SETTING_THEME);
		break;
	case ACT_ASCII:
		setting_next(ui, SETTING_ASCII);
		break;
	case ACT_REDRAW:
		ui->wiped = true;
		break;
	case ACT_HELP:
		if (ui_top(ui)->screen != &screen_help)
			ui_open(ui, &screen_help, &about);
		break;
	case ACT_QUIT:
		quit(ui);
		break;
	case ACT_COLUMNS:
		open_columns(ui);
		break;
	case ACT_MOUSE:
		setting_next(ui, SETTING_MOUSE);
		break;
	case ACT_SETTINGS:
		if (ui_top(ui)->screen != &screen_settings)
			ui_open(ui, &screen_settings, NULL);
		break;
	case ACT_SAVE:
		save_ask(ui);
		break;
	default:
		if (!input_act(ui, a))
			act_tab(ui, a);
		break;
	}
}

static void
act(struct ui *ui, enum action a)
{
	struct open_screen *o = ui_top(ui);
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
		break; /* which may have asked again */
	case PROMPT_CANCELLED:
		p->ask = NULL;
		break;
	}
}

/* A border of columns was dragged. */
static void
drag(struct ui *ui, struct key_press k)
{
	struct open_screen *o = ui_top(ui);
	struct area a = ui_room(ui);
	struct buf text;

	if (!o->screen->list || ui->pressed_row != a.row ||
		!list_drag(o->screen->list(o->view), a, ui->pressed_col, k.col))
		return;
	buf_init(&text, 4096);
	list_put_columns(o->screen->list(o->view), &text);
	remember_columns(ui, o->screen->name, buf_text(&text));
	buf_done(&text);
}

static void
mouse(struct ui *ui, struct key_press k)
{
	struct open_screen *o = ui_top(ui);
	struct area a = ui_room(ui);

	if (k.key == KEY_IS_CLICK) {
		ui->pressed_row = k.row;
		ui->pressed_col = k.col;
	}
	if (k.key == KEY_IS_WHEEL_UP || k.key == KEY_IS_WHEEL_DOWN) {
		for (int i = 0; i < 3; i++)
			act(ui, k.key == KEY_IS_WHEEL_UP ? ACT_UP : ACT_DOWN);
	} else if (k.key == KEY_IS_RELEASE) {
		drag(ui, k);
	} else if (o->screen->click && k.row >= a.row && k.row < a.row + a.rows) {
		o->screen->click(
			ui, o->view, a, k.row - a.row, k.col, k.key == KEY_IS_DOUBLE_CLICK);
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
	a = bindings_find(&ui->bindings, ui_top(ui)->screen->actions, k.key);
	if (a)
		act(ui, a);
}

bool
ui_tick(struct ui *ui)
{
	uint64_t version = ui->snapshot.version, packets = ui->snapshot.stats.run.packets;
	int64_t now = clock_mono_ns();
	bool due;
	struct err told = {0};

	if (ui->wish.pending)
		input_grant(ui);
	if (job_ended(&ui->job, &told))
		ui_say(ui, told.code ? INK_ERROR : INK_GOOD, "%s", told.text);
	due = ui->dirty || job_runs(&ui->job);
	if (!ui->paused)
		take_snapshot(ui);
	ui->dirty = false;
	due |= version != ui->snapshot.version || packets != ui->snapshot.stats.run.packets;
	/* What is gathered only now and then is due, also when nothing came since. */
	due |= !ui->snapshot.finished && now - ui->drawn_ns > NS_PER_S / 2;
	if (due)
		ui->drawn_ns = now;
	return due;
}
