/* The list of sessions: the first screen. */
#include "base/arena.h"
#include "output/text.h"
#include "ui/config.h"
#include "ui/match.h"
#include "ui/screens/session_row.h"

#include <stdio.h>
#include <stdlib.h>

#define MARKED_MAX 16 /* sessions on one ladder */

struct view {
	struct list list;
	uint32_t *numbers; /* of the records, once the input is read */
	size_t n_numbers;
	struct match *match; /* or NULL: all */
	bool only_one;       /* not the first list: it was opened with a filter */
};

/* clang-format off */
static const enum action actions[] = {ACT_OPEN, ACT_FILTER, ACT_SORT, ACT_REVERSE, ACT_FOLLOW,
	ACT_MARK, ACT_CLEAR, ACT_SORT_BACK, ACT_FILTERS, ACT_NONE};
/* clang-format on */

static void
fetch(const struct snapshot *s, const void *user, size_t i, void *ret)
{
	struct session_row *row = ret;

	_Static_assert(sizeof(struct session_row) <= LIST_RECORD, "a record of the list");
	rows_get(&s->feed->sessions, i, &row->r);
	row->number = ((const struct view *)user)->n_numbers > i
			      ? ((const struct view *)user)->numbers[i]
			      : 0;
}

static bool
accept(const struct snapshot *s, const void *user, const void *record)
{
	const struct view *v = user;

	return match_session(v->match, s->feed, &((const struct session_row *)record)->r);
}

static void
set_filter(struct ui *ui, struct view *v, const char *text)
{
	struct err e = {0};

	match_free(&v->match);
	v->list.stale = true;
	v->list.accept = NULL;
	if (text && bytes_trim(bytes_str(text)).n && !(v->match = match_new(text, &e)))
		ui_say(ui, INK_ERROR, "%.*s", (int)bytes_find(bytes_str(e.text), '\n'), e.text);
	if (v->match)
		v->list.accept = accept;
}

static void
sessions_open(struct ui *ui, void *view, const void *arg)
{
	struct view *v = view;
	const struct sessions_wish *wish = arg;

	list_init(&v->list, session_columns, "time", fetch, v);
	if (wish)
		set_filter(ui, v, wish->filter);
}

struct ranked {
	uint64_t flow_id;
	uint32_t record;
};

static int
by_flow(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->flow_id > y->flow_id) - (x->flow_id < y->flow_id);
}

/* A session's number is its rank by the first packet, which only the end of the input tells. */
static void
number(const struct snapshot *s, struct view *v)
{
	struct ranked *rank;

	if (!s->finished || v->n_numbers == s->sessions)
		return;
	rank = mem_grow(NULL, (s->sessions + 1) * sizeof(*rank));
	for (size_t i = 0; i < s->sessions; i++) {
		struct feed_session r;

		rows_get(&s->feed->sessions, i, &r);
		rank[i] = (struct ranked){r.flow_id, (uint32_t)i};
	}
	qsort(rank, s->sessions, sizeof(*rank), by_flow);
	v->numbers = mem_grow(v->numbers, s->sessions * sizeof(*v->numbers));
	for (size_t i = 0; i < s->sessions; i++)
		v->numbers[rank[i].record] = (uint32_t)i + 1;
	v->n_numbers = s->sessions;
	free(rank);
}

static void
sessions_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

	number(ui_snapshot(ui), v);
	list_update(&v->list, ui_snapshot(ui), ui_snapshot(ui)->sessions, a.rows);
}

static void
sessions_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;

	list_draw(&v->list, s, c, a);
	if (v->list.n)
		return;
	canvas_str(c, a.row + 2, a.col + 2, a.cols - 2, INK_DIM,
		v->match        ? "No session fits the filter; / changes it, F5 clears it."
		: s->finished   ? "No mail in this input."
		: s->stats.live ? "Nothing yet: waiting for mail."
				: "Reading …");
}

static void
filter_done(struct ui *ui, void *view, const char *text)
{
	set_filter(ui, view, text);
}

static void
keep_filter(struct ui *ui, void *view, const char *text)
{
	const struct view *v = view;
	struct buf key;

	buf_init(&key, 256);
	buf_fmt(&key, "filter.%s", text);
	if (v->match && config_set(ui_config(ui), buf_text(&key), match_text(v->match)))
		ui_config_save(ui);
	buf_done(&key);
}

static bool
check_name(const char *text, struct err *e)
{
	size_t n = strlen(text);

	if (n && n <= 40 &&
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
			     ".") == n)
		return true;
	err_set(e, -1, "a name of letters, digits, _ - and .");
	return false;
}

/* The screen of the kept filters is on top of ours. */
static void
filter_chosen(struct ui *ui, const char *line)
{
	static const struct prompt_ask name = {
		.label = "Name of this filter: ", .check = check_name, .done = keep_filter};
	struct bytes rest = bytes_str(line), word = bytes_word(&rest);
	char key[128];

	ui_back(ui);
	if (line[0] == '+') {
		ui_ask(ui, &name, NULL);
		return;
	}
	snprintf(key, sizeof(key), "filter.%.*s", BYTES_FMT(word));
	set_filter(ui, ui_view(ui), config_get(ui_config(ui), key));
}

static bool
filter_remove(struct ui *ui, const char *line)
{
	struct bytes rest = bytes_str(line), word = bytes_word(&rest);
	char key[128];

	snprintf(key, sizeof(key), "filter.%.*s", BYTES_FMT(word));
	if (line[0] == '+' || !config_get(ui_config(ui), key))
		return false;
	config_set(ui_config(ui), key, NULL);
	ui_config_save(ui);
	return true;
}

static void
open_filters(struct ui *ui, const struct view *v)
{
	struct choose_wish w = {.title = "Filters: Enter uses one, Del removes it",
		.done = filter_chosen,
		.remove = filter_remove};
	const char *name, *value;
	struct buf lines;
	size_t pos = 0;

	buf_init(&lines, SIZE_MAX);
	if (v->match)
		buf_fmt(&lines, "+ keep this one: %s\n", match_text(v->match));
	while (config_next(ui_config(ui), "filter.", &pos, &name, &value))
		buf_fmt(&lines, "%-20s %s\n", name, value);
	w.lines = buf_bytes(&lines);
	if (lines.n)
		ui_open(ui, &screen_choose, &w);
	else
		ui_say(ui, INK_PLAIN, "no filter is kept yet: set one with /, then come here");
	buf_done(&lines);
}

static void
open_dialogue(struct ui *ui, struct view *v)
{
	size_t list[MARKED_MAX], n = 0;
	struct dialogue_place place = {.sessions = list};

	for (size_t i = 0; i < v->list.n && n < MARKED_MAX && v->list.marked; i++)
		if (list_is_marked(&v->list, v->list.order[i]))
			list[n++] = v->list.order[i];
	if (!n && list_current(&v->list, &list[0]))
		n = 1;
	place.n = n;
	if (n)
		ui_open(ui, &screen_dialogue, &place);
}

static enum next
sessions_act(struct ui *ui, void *view, enum action a)
{
	static const struct prompt_ask filter = {.label = "Filter: ",
		.check = prompt_check_filter,
		.complete = prompt_complete_filter,
		.done = filter_done};
	struct view *v = view;

	switch ((int)a) {
	case ACT_OPEN:
		open_dialogue(ui, v);
		return NEXT_REDRAW;
	case ACT_FILTER:
		ui_ask(ui, &filter, v->match ? match_text(v->match) : NULL);
		return NEXT_REDRAW;
	case ACT_FILTERS:
		open_filters(ui, v);
		return NEXT_REDRAW;
	case ACT_CLEAR:
		set_filter(ui, v, NULL);
		list_unmark(&v->list);
		return NEXT_REDRAW;
	default:
		return list_act(&v->list, a);
	}
}

static bool
sessions_can(const void *view, enum action a)
{
	const struct view *v = view;

	return a != ACT_CLEAR || v->match || v->list.marked;
}

static enum next
sessions_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;

	if (list_click(&v->list, a, row, col) && twice)
		open_dialogue(ui, v);
	return NEXT_REDRAW;
}

static void
sessions_status(const struct snapshot *s, const void *view, struct buf *out)
{
	const struct view *v = view;
	char number[TEXT_NUMBER];

	if (v->match) {
		buf_fmt(out, "%s fit the filter,", text_number(v->list.n, number));
		return;
	}
	if (v->list.marked)
		buf_fmt(out, "%s marked,", text_number(v->list.marked, number));
	if (v->list.follow)
		buf_str(out, v->list.marked ? " following," : "following,");
}

static struct list *
sessions_list(void *view)
{
	return &((struct view *)view)->list;
}

static size_t
sessions_about(struct ui *ui, void *view, size_t **ret, const char **ret_words)
{
	struct list *t = &((struct view *)view)->list;
	size_t n = 0;

	*ret = mem_grow(NULL, (t->n + 1) * sizeof(**ret));
	for (size_t i = 0; i < t->n; i++)
		if (!t->marked || list_is_marked(t, t->order[i]))
			(*ret)[n++] = t->order[i];
	*ret_words = t->marked ? "marked" : ((struct view *)view)->match ? "shown" : "";
	return n;
}

static void
sessions_close(void *view)
{
	struct view *v = view;

	match_free(&v->match);
	list_done(&v->list);
	free(v->numbers);
}

const struct screen screen_sessions = {.name = "sessions",
	.title = "Sessions",
	.columns = session_columns,
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = sessions_open,
	.update = sessions_update,
	.draw = sessions_draw,
	.act = sessions_act,
	.can = sessions_can,
	.click = sessions_click,
	.status = sessions_status,
	.list = sessions_list,
	.about = sessions_about,
	.close = sessions_close};
