/* What the user can have otherwise; done at once, and kept in the config file. */
#include "ui/settings.h"
#include "ui/config.h"
#include "ui/list.h"
#include "ui/pane.h"
#include "ui/scroll.h"
#include "ui/ui_int.h"

#include <stdio.h>

#define NAME_COLS 19
#define KEYS_COLS 21

enum item_kind {
	ITEM_HEAD,
	ITEM_SETTING, /* n: enum setting */
	ITEM_COLUMNS, /* n: of ui_tabs */
	ITEM_KEY,     /* n: enum action */
};
struct item {
	uint8_t kind, n;
	const char *head;
};

#define ITEMS (SETTINGS + UI_TABS + ACT_COUNT + 8)

struct view {
	struct ui *ui;
	struct item items[ITEMS];
	size_t n, cursor, top;
	struct list lists[UI_TABS]; /* whose columns are chosen */
	struct buf help;
	struct prompt_ask ask;
	char label[80];
	int page;
};

static const enum action actions[] = {
	ACT_OPEN, ACT_CHOOSE_BACK, ACT_CHOOSE, ACT_AS_USUAL, ACT_NONE};

static void
add(struct view *v, enum item_kind kind, size_t n, const char *head)
{
	v->items[v->n++] = (struct item){(uint8_t)kind, (uint8_t)n, head};
}

static void
settings_open(struct ui *ui, void *view, const void *arg)
{
	struct view *v = view;

	v->ui = ui;
	buf_init(&v->help, SIZE_MAX);
	add(v, ITEM_HEAD, 0, "Screen");
	for (size_t i = 0; i < SETTINGS; i++)
		add(v, ITEM_SETTING, i, NULL);
	add(v, ITEM_HEAD, 0, "Columns");
	for (size_t i = 0; i < UI_TABS; i++) {
		if (!ui_tabs[i].screen->columns)
			continue;
		add(v, ITEM_COLUMNS, i, NULL);
		list_init(&v->lists[i], ui_tabs[i].screen->columns, "", NULL, NULL);
	}
	add(v, ITEM_HEAD, 0, "Keys");
	for (size_t i = ACT_NONE + 1; i < ACT_COUNT; i++)
		add(v, ITEM_KEY, i, NULL);
	v->cursor = 1;
}

static void
settings_close(void *view)
{
	buf_done(&((struct view *)view)->help);
}

static const struct item *
current(const struct view *v)
{
	return &v->items[v->cursor];
}

static void
make_help(struct view *v, int width)
{
	const struct item *it = current(v);

	buf_clear(&v->help);
	if (width < 20)
		return;
	if (it->kind == ITEM_SETTING) {
		pane_words(&v->help, width, "", setting_row((enum setting)it->n)->help);
	} else if (it->kind == ITEM_COLUMNS) {
		pane_words(&v->help, width, "",
			"Enter: which columns, in which order, how wide. On the list itself: "
			"c.");
	} else if (it->kind == ITEM_KEY) {
		pane_words(&v->help, width, "", action_row((enum action)it->n)->help);
		pane_words(&v->help, width, "",
			"Enter: other keys, parted by spaces and named as here, as in q Ctrl-Q "
			"F10 "
			"Space PgUp. Delete: the usual ones.");
	}
}

static void
settings_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;
	struct area main, pane;
	size_t page;

	pane_split(a, &main, &pane);
	v->page = main.rows > 0 ? main.rows : 1;
	page = (size_t)v->page;
	if (v->cursor < v->top + 1) /* with the head above it */
		v->top = v->cursor - 1;
	if (v->cursor >= v->top + page)
		v->top = v->cursor - page + 1;
	make_help(v, pane.rows ? pane.cols - 2 : 0);
}

/* All there is to choose from; the chosen one in brackets. */
static void
draw_setting(const struct view *v, struct canvas *c, int row, int col, int cols, enum setting s)
{
	const struct setting_row *r = setting_row(s);
	size_t chosen = r->get(v->ui);
	char word[64];
	int at = NAME_COLS;

	canvas_str(c, row, col, NAME_COLS, INK_PLAIN, r->title);
	for (size_t i = 0; r->words[i] && at < cols; i++) {
		snprintf(word, sizeof(word), i == chosen ? "[%s]" : " %s ", r->words[i]);
		at += canvas_str(c, row, col + at, cols - at,
			      i == chosen ? INK_STRONG : INK_DIM, word) +
		      1;
	}
}

static void
draw_columns(const struct view *v, struct canvas *c, int row, int col, int cols, size_t tab)
{
	const struct screen *s = ui_tabs[tab].screen;
	char key[64];
	const char *text;

	snprintf(key, sizeof(key), "columns.%s", s->name);
	text = config_get(v->ui->config, key);
	canvas_str(c, row, col, NAME_COLS, INK_PLAIN, s->title);
	canvas_wire(c, row, col + NAME_COLS, cols - NAME_COLS, text ? INK_STRONG : INK_DIM,
		bytes_str(text ? text : "what the width of the window has room for"));
}

static void
draw_key(const struct view *v, struct canvas *c, int row, int col, int cols, enum action a)
{
	const struct action_row *r = action_row(a);
	char key[64];
	struct buf b;

	snprintf(key, sizeof(key), "key.%s", r->name);
	buf_init(&b, 256);
	bindings_names(&v->ui->bindings, a, &b);
	canvas_str(c, row, col, NAME_COLS - 1, INK_PLAIN, r->name);
	canvas_put(c, row, col + NAME_COLS, KEYS_COLS - 1,
		config_get(v->ui->config, key) ? INK_STRONG : INK_PLAIN, buf_bytes(&b));
	canvas_str(c, row, col + NAME_COLS + KEYS_COLS, cols - NAME_COLS - KEYS_COLS, INK_DIM,
		r->help);
	buf_done(&b);
}

static void
draw_item(const struct view *v, struct canvas *c, int row, struct area a, const struct item *it)
{
	int col = a.col + 2, cols = a.cols - 3;

	switch ((enum item_kind)it->kind) {
	case ITEM_HEAD:
		canvas_str(c, row, a.col + 1, a.cols - 1, INK_HEAD, it->head);
		break;
	case ITEM_SETTING:
		draw_setting(v, c, row, col, cols, (enum setting)it->n);
		break;
	case ITEM_COLUMNS:
		draw_columns(v, c, row, col, cols, it->n);
		break;
	case ITEM_KEY:
		draw_key(v, c, row, col, cols, (enum action)it->n);
		break;
	}
}

/* What the colours look like. */
static void
draw_sample(struct canvas *c, struct area a)
{
	static const struct {
		enum ink ink;
		const char *word;
	} words[] = {{INK_CLIENT, "client"}, {INK_SERVER, "server"}, {INK_TLS, "TLS"},
		{INK_SECRET, "<secret#1>"}, {INK_GOOD, "fine"}, {INK_LOW, "low"},
		{INK_MEDIUM, "medium"}, {INK_HIGH, "high"}, {INK_CRITICAL, "critical"},
		{INK_MARK, "found"}};
	int col = a.col + 1, row = a.row;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		int width = canvas_width(bytes_str(words[i].word));

		if (col + width >= a.col + a.cols) {
			col = a.col + 1;
			row++;
		}
		if (row < a.row + a.rows)
			canvas_str(c, row, col, width, words[i].ink, words[i].word);
		col += width + 2;
	}
}

static void
draw_pane(const struct view *v, struct canvas *c, struct area pane)
{
	int lines = 1;

	pane_draw(&v->help, 0, c, pane);
	for (size_t i = 0; i < v->help.n; i++)
		lines += v->help.p[i] == '\n';
	if (current(v)->kind != ITEM_SETTING || current(v)->n != SETTING_THEME)
		return;
	pane.row += lines;
	pane.rows -= lines;
	draw_sample(c, pane);
}

static void
settings_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;
	struct area main, pane;

	pane_split(a, &main, &pane);
	for (int i = 0; i < main.rows && v->top + (size_t)i < v->n; i++) {
		draw_item(v, c, main.row + i, main, &v->items[v->top + (size_t)i]);
		if (v->top + (size_t)i == v->cursor)
			canvas_cursor(c, main.row + i, main.col, main.cols);
	}
	draw_pane(v, c, pane);
}

static void
settings_status(const struct snapshot *s, const void *view, struct buf *out)
{
	const struct view *v = view;

	buf_str(out, "kept in ");
	pane_wire(out, 4096, "", bytes_str(config_path(v->ui->config)));
	while (out->n && out->p[out->n - 1] == '\n')
		out->n--;
}

static void
move(struct view *v, int64_t by)
{
	/* The first is a head, and the last is none. */
	v->cursor = 1 + scroll_step(v->cursor - 1, by, v->n - 1);
	if (v->items[v->cursor].kind == ITEM_HEAD)
		v->cursor += by < 0 ? -1 : 1;
}

static void
say_clash(struct ui *ui, enum action other)
{
	ui_say(ui, INK_ERROR, "not changed: that key is %s already (%s)",
		action_row(other)->name, action_row(other)->help);
}

/* Keys of one screen, or those that are known everywhere, must differ. */
static bool
is_clear(struct ui *ui, const struct bindings *b, enum action a)
{
	static const struct screen *const screens[] = {&screen_sessions, &screen_findings,
		&screen_logins, &screen_servers, &screen_dialogue, &screen_message,
		&screen_choose, &screen_columns, &screen_settings};
	enum action other = bindings_clash(b, NULL, a);

	for (size_t i = 0; !other && i < sizeof(screens) / sizeof(screens[0]); i++)
		other = bindings_clash(b, screens[i]->actions, a);
	if (other)
		say_clash(ui, other);
	return !other;
}

static void
set_keys(struct ui *ui, enum action a, const char *text)
{
	struct bindings b = ui->bindings;
	char key[64];
	bool usual = !bytes_trim(bytes_str(text)).n;

	bindings_set(&b, a, usual ? action_row(a)->keys : text);
	if (!is_clear(ui, &b, a))
		return;
	ui->bindings = b;
	snprintf(key, sizeof(key), "key.%s", action_row(a)->name);
	config_set(ui->config, key, usual ? NULL : text);
	ui_config_save(ui);
}

static bool
check_keys(const char *text, struct err *e)
{
	struct bytes rest = bytes_str(text), word;
	size_t n = 0;

	while ((word = bytes_word(&rest)).n) {
		if (key_parse(word) == KEY_NO_KEY)
			return err_set(e, -1, "no key is called %.*s", BYTES_FMT(word)) == 0;
		if (++n > ACTION_KEYS)
			return err_set(e, -1, "%d keys at most", ACTION_KEYS) == 0;
	}
	return true;
}

static void
keys_done(struct ui *ui, void *view, const char *text)
{
	const struct view *v = view;

	set_keys(ui, (enum action)current(v)->n, text);
}

static void
ask_keys(struct ui *ui, struct view *v)
{
	enum action a = (enum action)current(v)->n;
	struct buf b;

	buf_init(&b, 256);
	bindings_names(&ui->bindings, a, &b);
	snprintf(v->label, sizeof(v->label), "Keys of %s: ", action_row(a)->name);
	v->ask = (struct prompt_ask){.label = v->label, .check = check_keys, .done = keys_done};
	ui_ask(ui, &v->ask, buf_text(&b));
	buf_done(&b);
}

static void
open_columns(struct ui *ui, struct view *v)
{
	size_t tab = current(v)->n;
	struct columns_wish w = {.name = ui_tabs[tab].screen->name, .list = &v->lists[tab]};

	v->lists[tab].setup.n = 0;
	v->lists[tab].time_width = (uint8_t)times_width(&ui->times);
	remember_list(ui, w.name, w.list);
	ui_open(ui, &screen_columns, &w);
}

static void
change(struct ui *ui, struct view *v, enum action a)
{
	const struct item *it = current(v);
	size_t n;

	if (it->kind == ITEM_SETTING) {
		n = setting_count((enum setting)it->n);
		n = setting_row((enum setting)it->n)->get(ui) +
		    (a == ACT_CHOOSE_BACK ? n - 1 : 1);
		setting_choose(ui, (enum setting)it->n, n);
	} else if (a != ACT_OPEN) {
		return;
	} else if (it->kind == ITEM_COLUMNS) {
		open_columns(ui, v);
	} else if (it->kind == ITEM_KEY) {
		ask_keys(ui, v);
	}
}

static void
as_usual(struct ui *ui, const struct view *v)
{
	const struct item *it = current(v);

	if (it->kind == ITEM_KEY)
		set_keys(ui, (enum action)it->n, "");
	else if (it->kind == ITEM_COLUMNS)
		remember_columns(ui, ui_tabs[it->n].screen->name, "");
	else if (it->kind == ITEM_SETTING)
		setting_choose(ui, (enum setting)it->n, 0);
}

static enum next
settings_act(struct ui *ui, void *view, enum action a)
{
	struct view *v = view;
	int64_t by = action_step(a, v->page);

	if (by) {
		move(v, by);
		return NEXT_REDRAW;
	}
	switch ((int)a) {
	case ACT_OPEN:
	case ACT_CHOOSE_BACK:
	case ACT_CHOOSE:
		change(ui, v, a);
		break;
	case ACT_AS_USUAL:
		as_usual(ui, v);
		break;
	case ACT_SETTINGS:
		return NEXT_BACK;
	default:
		return NEXT_UNKNOWN;
	}
	return NEXT_REDRAW;
}

static enum next
settings_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;
	struct area main, pane;
	size_t at = v->top + (size_t)row;

	pane_split(a, &main, &pane);
	if (row >= main.rows || col >= main.cols || at >= v->n ||
		v->items[at].kind == ITEM_HEAD)
		return NEXT_NOTHING;
	v->cursor = at;
	if (twice)
		change(ui, v, ACT_OPEN);
	return NEXT_REDRAW;
}

const struct screen screen_settings = {.name = "settings",
	.title = "Settings",
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = settings_open,
	.update = settings_update,
	.draw = settings_draw,
	.act = settings_act,
	.click = settings_click,
	.status = settings_status,
	.close = settings_close};
