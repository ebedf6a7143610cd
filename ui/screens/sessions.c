/* The list of sessions: the first screen. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/text.h"
#include "ui/cells.h"
#include "ui/config.h"
#include "ui/match.h"

#include <stdio.h>
#include <stdlib.h>

#define MARKED_MAX 16 /* sessions on one ladder */

struct view {
	struct list list;
	struct match *match; /* or NULL: all */
	bool only_one;       /* not the first list: it was opened with a filter */
};

/* A record and what follows from the others: its number. */
struct row {
	struct feed_session r;
	size_t index;
};

#define R(record) (&((const struct row *)(record))->r)
#define PUT(name)                                                                              \
	static enum ink put_##name(const struct snapshot *s, const void *rec, struct buf *out)
#define SORT(name) static struct list_key sort_##name(const struct snapshot *s, const void *rec)
#define TEXT(field, ink)                                                                       \
	PUT(field)                                                                             \
	{                                                                                      \
		cells_text(s, R(rec)->field, out);                                             \
		return ink;                                                                    \
	}                                                                                      \
	SORT(field)                                                                            \
	{                                                                                      \
		return cells_text_key(s, R(rec)->field);                                       \
	}
#define NUMBER(field)                                                                          \
	PUT(field)                                                                             \
	{                                                                                      \
		cells_number(R(rec)->field, out);                                              \
		return INK_PLAIN;                                                              \
	}                                                                                      \
	SORT(field)                                                                            \
	{                                                                                      \
		return cells_number_key(R(rec)->field);                                        \
	}

TEXT(user, INK_PLAIN)
TEXT(server_name, INK_PLAIN)
TEXT(client_name, INK_PLAIN)
TEXT(software, INK_DIM)
NUMBER(messages)
NUMBER(logins)
NUMBER(findings)
NUMBER(anomalies)
NUMBER(packets)

PUT(time)
{
	times_put(&s->times, R(rec)->first_ns, out);
	return INK_PLAIN;
}

SORT(time)
{
	return cells_number_key(R(rec)->flow_id);
}

PUT(date)
{
	times_date(&s->times, R(rec)->first_ns, out);
	return INK_DIM;
}

PUT(lasts)
{
	char text[CLOCK_TEXT];

	buf_str(out, clock_span(R(rec)->last_ns - R(rec)->first_ns, text));
	return INK_DIM;
}

SORT(lasts)
{
	return cells_number_key((uint64_t)(R(rec)->last_ns - R(rec)->first_ns));
}

PUT(proto)
{
	escape_term(out, bytes_str(cells_protocol(R(rec))));
	return R(rec)->proto == PROTO_OTHER ? INK_DIM : INK_PLAIN;
}

SORT(proto)
{
	return (struct list_key){.text = bytes_str(cells_protocol(R(rec)))};
}

PUT(client)
{
	cells_addr(&R(rec)->client, out);
	return INK_CLIENT;
}

SORT(client)
{
	return cells_addr_key(&R(rec)->client);
}

PUT(server)
{
	cells_endpoint(&R(rec)->server, out);
	return INK_SERVER;
}

SORT(server)
{
	return cells_addr_key(&R(rec)->server);
}

PUT(tls)
{
	const struct feed_session *r = R(rec);

	if (r->proto == PROTO_OTHER)
		return INK_PLAIN;
	cells_verdict(s, r->verdict, out);
	if (r->tls_version)
		buf_fmt(out, " %s", cells_tls_version(r->tls_version));
	return cells_verdict_ink(r->verdict);
}

SORT(tls)
{
	return cells_number_key(R(rec)->verdict * UINT64_C(65536) + R(rec)->tls_version);
}

PUT(starttls)
{
	if (R(rec)->proto != PROTO_OTHER)
		buf_str(out, verdict_name((enum verdict)R(rec)->verdict));
	return cells_verdict_ink(R(rec)->verdict);
}

PUT(worst)
{
	if (R(rec)->worst)
		buf_str(out, severity_name((enum severity)R(rec)->worst));
	return theme_severity(R(rec)->worst);
}

SORT(worst)
{
	return cells_number_key(R(rec)->worst);
}

PUT(bytes)
{
	cells_size(R(rec)->bytes, out);
	return INK_PLAIN;
}

SORT(bytes)
{
	return cells_number_key(R(rec)->bytes);
}

PUT(state)
{
	if (!(R(rec)->flags & SESSION_ENDED))
		buf_str(out, "open");
	else if (R(rec)->reason != FLOW_OPEN)
		buf_str(out, flow_reason_name((enum flow_reason)R(rec)->reason));
	return R(rec)->flags & SESSION_ENDED ? INK_DIM : INK_GOOD;
}

SORT(state)
{
	return cells_number_key(
		(uint64_t)(R(rec)->flags & SESSION_ENDED) << 8 | R(rec)->reason);
}

/* clang-format off */
static const struct list_column columns[] = {
	{"date", "DATE", 10, 10, 10, 7, false, put_date, NULL},
	{"time", "TIME", LIST_TIME, 1, false, put_time, sort_time},
	{"proto", "PROTO", 5, 5, 5, 1, false, put_proto, sort_proto},
	{"client", "CLIENT", 15, 13, 39, 0, false, put_client, sort_client},
	{"server", "SERVER", 21, 16, 45, 0, false, put_server, sort_server},
	{"server_name", "SERVER NAME", 20, 12, 40, 4, false, put_server_name, sort_server_name},
	{"client_name", "CLIENT NAME", 14, 12, 40, 8, false, put_client_name, sort_client_name},
	{"user", "USER", 12, 7, 40, 2, false, put_user, sort_user},
	{"tls", "TLS", 6, 6, 6, 1, false, put_tls, sort_tls},
	{"starttls", "STARTTLS", 14, 12, 18, 5, false, put_starttls, sort_tls},
	{"logins", "LOGIN", 5, 5, 7, 9, true, put_logins, sort_logins},
	{"messages", "MSGS", 5, 4, 7, 2, true, put_messages, sort_messages},
	{"worst", "WORST", 8, 8, 8, 0, false, put_worst, sort_worst},
	{"findings", "FIND", 5, 5, 6, 6, true, put_findings, sort_findings},
	{"anomalies", "ODD", 5, 4, 6, 10, true, put_anomalies, sort_anomalies},
	{"state", "STATE", 7, 5, 7, 3, false, put_state, sort_state},
	{"lasts", "LASTS", 6, 6, 6, 4, true, put_lasts, sort_lasts},
	{"packets", "PKTS", 7, 6, 10, 11, true, put_packets, sort_packets},
	{"bytes", "BYTES", 5, 5, 5, 11, true, put_bytes, sort_bytes},
	{"software", "SOFTWARE", 20, 12, 40, 12, false, put_software, sort_software},
	{NULL},
};
static const enum action actions[] = {ACT_OPEN, ACT_FILTER, ACT_SORT, ACT_REVERSE, ACT_FOLLOW,
	ACT_MARK, ACT_CLEAR, ACT_SORT_BACK, ACT_FILTERS, ACT_NONE};
/* clang-format on */

static void
fetch(const struct snapshot *s, const void *user, size_t i, void *ret)
{
	struct row *row = ret;

	_Static_assert(sizeof(struct row) <= LIST_RECORD, "a record of the list");
	rows_get(&s->feed->sessions, i, &row->r);
	row->index = i;
}

static bool
accept(const struct snapshot *s, const void *user, const void *record)
{
	const struct view *v = user;

	return !v->match || match_session(v->match, s->feed, R(record));
}

static void
set_filter(struct ui *ui, struct view *v, const char *text)
{
	struct err e = {0};

	match_free(&v->match);
	v->list.stale = true;
	if (text && bytes_trim(bytes_str(text)).n && !(v->match = match_new(text, &e)))
		ui_say(ui, INK_ERROR, "%.*s", (int)bytes_find(bytes_str(e.text), '\n'), e.text);
}

static void
sessions_open(struct ui *ui, void *view, const void *arg)
{
	struct view *v = view;
	const struct sessions_wish *wish = arg;

	list_init(&v->list, columns, "time", fetch, v);
	v->list.accept = accept;
	if (wish)
		set_filter(ui, v, wish->filter);
}

static void
sessions_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

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
		buf_fmt(out, "%s of", text_number(v->list.n, number));
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
}

const struct screen screen_sessions = {.name = "sessions",
	.title = "Sessions",
	.columns = columns,
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = sessions_open,
	.update = sessions_update,
	.draw = sessions_draw,
	.act = sessions_act,
	.click = sessions_click,
	.status = sessions_status,
	.list = sessions_list,
	.about = sessions_about,
	.close = sessions_close};
