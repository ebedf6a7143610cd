/* What is wrong, and what is fine: a list, and beside it the explanation, the remedy and the
 * evidence. Enter goes to the line of the dialogue. */
#include "base/escape.h"
#include "output/text.h"
#include "ui/getters.h"
#include "ui/pane.h"

#include <inttypes.h>

struct view {
	struct list list;
	struct buf text;
	int top;
	bool bad_only;
};

#define F(rec) ((const struct feed_finding *)(rec))

static bool
is_bad(const struct feed_finding *f)
{
	return f->row->cls == CLASS_FINDING;
}

/* The worst first; what is fine last. */
static int64_t
badness(const struct feed_finding *f)
{
	if (f->row->cls == CLASS_POSITIVE)
		return 30;
	return (is_bad(f) ? 0 : 20) - (int64_t)f->severity;
}

PUT(severity)
{
	if (F(rec)->row->cls == CLASS_POSITIVE) {
		buf_str(out, "✓ fine");
		return INK_GOOD;
	}
	buf_str(out, is_bad(F(rec)) ? "✗ " : "· ");
	buf_str(out, is_bad(F(rec)) ? severity_name((enum severity)F(rec)->severity) : "seen");
	return is_bad(F(rec)) ? theme_severity(F(rec)->severity) : INK_DIM;
}

SORT(severity)
{
	return (struct list_key){.n = badness(F(rec)), .text = bytes_str(F(rec)->row->id)};
}

PUT(rule)
{
	buf_str(out, F(rec)->row->id);
	return INK_PLAIN;
}

SORT(rule)
{
	return (struct list_key){.text = bytes_str(F(rec)->row->id)};
}

PUT(title)
{
	buf_str(out, finding_case(F(rec)->row, F(rec)->reason).title);
	return INK_STRONG;
}

HOST_COLUMN(server, &F(rec)->server, INK_SERVER, cells_endpoint)
HOST_COLUMN(client, &F(rec)->client, INK_CLIENT, cells_addr)
TEXT_COLUMN(account, F(rec)->account, INK_PLAIN)
NUMBER_COLUMN(count, F(rec)->count)
TIME_COLUMN(time, F(rec)->first_ns)

/* clang-format off */
static const struct list_column columns[] = {
	{"severity", "SEVERITY", 10, 10, 10, 0, false, put_severity, sort_severity},
	{"title", "FINDING", 46, 30, 70, 0, false, put_title, sort_rule},
	{"server", "SERVER", 21, 16, 45, 0, false, put_server, sort_server},
	{"client", "CLIENT", 15, 13, 39, 3, false, put_client, sort_client},
	{"account", "ACCOUNT", 10, 7, 40, 1, false, put_account, sort_account},
	{"count", "TIMES", 5, 5, 8, 0, true, put_count, sort_count},
	{"rule", "RULE", 22, 16, 34, 4, false, put_rule, sort_rule},
	{"time", "FIRST", LIST_TIME, 2, false, put_time, sort_time},
	{NULL},
};
static const enum action actions[] = {ACT_OPEN, ACT_GROUP, ACT_FILTER, ACT_BAD_ONLY, ACT_SORT,
	ACT_REVERSE, ACT_CLEAR, ACT_FOLLOW, ACT_SORT_BACK, ACT_NONE};
/* clang-format on */

static void
fetch(const struct snapshot *s, const void *user, size_t i, void *ret)
{
	_Static_assert(sizeof(struct feed_finding) <= LIST_RECORD, "a record of the list");
	rows_get(&s->feed->findings, i, ret);
}

static bool
accept(const struct snapshot *s, const void *user, const void *record)
{
	const struct view *v = user;

	return !v->bad_only || is_bad(F(record));
}

static void
findings_open(struct ui *ui, void *view, const void *arg)
{
	struct view *v = view;

	list_init(&v->list, columns, "severity", fetch, v);
	v->list.accept = accept;
	buf_init(&v->text, SIZE_MAX);
}

static void
put_evidence(const struct snapshot *s, struct buf *out, int width, const struct feed_finding *f)
{
	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct feed_evidence *e = &f->evidence[i];
		struct bytes input = texts_get(s->feed->texts, e->input);
		struct buf lead;

		buf_init(&lead, 80);
		buf_fmt(&lead, "packet %" PRIu64 ", ", e->packet);
		times_clock(&s->times, e->ts_ns, &lead);
		buf_str(&lead, ": ");
		pane_wire(out, width, buf_text(&lead),
			e->text ? texts_get(s->feed->texts, e->text) : input);
		buf_done(&lead);
	}
}

/* "192.0.2.7 -> 198.51.100.2:143, account bob": what a narrow list has no room for. */
static void
put_whose(const struct snapshot *s, struct buf *out, int width, const struct feed_finding *f)
{
	struct buf lead;

	buf_init(&lead, 256);
	if (f->client.family)
		cells_addr(&f->client, &lead);
	if (f->client.family && f->server.family)
		buf_str(&lead, " → ");
	if (f->server.family)
		cells_endpoint(&f->server, &lead);
	if (f->account)
		buf_str(&lead, lead.n ? ", account " : "account ");
	if (lead.n)
		pane_wire(out, width, buf_text(&lead), texts_get(s->feed->texts, f->account));
	buf_done(&lead);
}

static void
make_text(struct ui *ui, struct view *v, int width)
{
	const struct snapshot *s = ui_snapshot(ui);
	struct finding_case told;
	struct feed_finding f;
	size_t record;

	buf_clear(&v->text);
	if (width < 20 || !list_current(&v->list, &record))
		return;
	rows_get(&s->feed->findings, record, &f);
	told = finding_case(f.row, f.reason);
	pane_words(&v->text, width, "", told.title);
	buf_fmt(&v->text, "%s, %s%s", f.row->id, certainty_name((enum certainty)f.certainty),
		f.reason ? ", " : "");
	text_token(&v->text, f.reason ? f.reason : "");
	buf_byte(&v->text, '\n');
	put_whose(s, &v->text, width, &f);
	if (f.note)
		pane_wire(&v->text, width, "", texts_get(s->feed->texts, f.note));
	buf_byte(&v->text, '\n');
	pane_rule(&v->text, width, f.row, &told);
	buf_byte(&v->text, '\n');
	put_evidence(s, &v->text, width, &f);
}

static void
findings_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;
	struct area main, pane;

	pane_split(a, &main, &pane);
	list_update(&v->list, ui_snapshot(ui), ui_snapshot(ui)->findings, main.rows);
	make_text(ui, v, pane.rows ? pane.cols - 2 : 0);
	pane_settle(&v->text, pane, &v->top);
}

static void
findings_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;
	struct area main, pane;

	pane_split(a, &main, &pane);
	list_draw(&v->list, s, c, main);
	pane_draw(&v->text, v->top, c, pane);
	if (!v->list.n)
		canvas_str(c, main.row + 2, main.col + 2, main.cols - 2, INK_DIM,
			v->list.wanted[0] ? "No finding has that text; F5 shows all."
			: s->finished     ? "Nothing was found."
					  : "Nothing was found yet.");
}

static void
filter_done(struct ui *ui, void *view, const char *text)
{
	list_want(&((struct view *)view)->list, text);
}

static void
open_line(struct ui *ui, struct view *v)
{
	struct feed_finding f;
	size_t record, session;
	struct dialogue_place place = {.sessions = &session, .n = 1};

	if (!list_current(&v->list, &record))
		return;
	rows_get(&ui_feed(ui)->findings, record, &f);
	if (!feed_find(ui_feed(ui), f.flow_id, &session)) {
		ui_say(ui, INK_PLAIN, "this finding is about no single session");
		return;
	}
	if (f.n_evidence)
		place.packet = f.evidence[f.n_evidence - 1].packet;
	place.finding = f.row->id;
	ui_open(ui, &screen_dialogue, &place);
}

/* By severity, by server, by rule. */
static void
group(struct ui *ui, struct view *v)
{
	static const char *const keys[] = {"severity", "server", "rule"};
	size_t at = 0;

	for (size_t i = 0; i < 3; i++)
		if (strcmp(columns[v->list.sort].key, keys[i]) == 0)
			at = (i + 1) % 3;
	list_sort(&v->list, keys[at]);
	ui_say(ui, INK_PLAIN, "by %s", keys[at]);
}

static enum next
findings_act(struct ui *ui, void *view, enum action a)
{
	static const struct prompt_ask ask = {
		.label = "Only findings with the text: ", .done = filter_done};
	struct view *v = view;

	switch ((int)a) {
	case ACT_OPEN:
		open_line(ui, v);
		break;
	case ACT_GROUP:
		group(ui, v);
		break;
	case ACT_FILTER:
		ui_ask(ui, &ask, v->list.wanted);
		break;
	case ACT_BAD_ONLY:
		v->bad_only = !v->bad_only;
		v->list.stale = true;
		break;
	case ACT_CLEAR:
		filter_done(ui, v, "");
		v->bad_only = false;
		break;
	case ACT_LEFT:
		v->top = v->top > 2 ? v->top - 3 : 0;
		break;
	case ACT_RIGHT:
		v->top += 3;
		break;
	default:
		v->top = 0;
		return list_act(&v->list, a);
	}
	return NEXT_REDRAW;
}

static bool
findings_can(const void *view, enum action a)
{
	const struct view *v = view;

	return a != ACT_CLEAR || v->list.wanted[0] || v->bad_only;
}

static enum next
findings_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;
	struct area main, pane;

	pane_split(a, &main, &pane);
	if (row < main.rows && col < main.cols && list_click(&v->list, main, row, col) && twice)
		open_line(ui, v);
	return NEXT_REDRAW;
}

static void
findings_status(const struct snapshot *s, const void *view, struct buf *out)
{
	char number[TEXT_NUMBER];

	buf_fmt(out, "%s findings", text_number(((const struct view *)view)->list.n, number));
}

static void
findings_close(void *view)
{
	struct view *v = view;

	list_done(&v->list);
	buf_done(&v->text);
}

static struct list *
findings_list(void *view)
{
	return &((struct view *)view)->list;
}

const struct screen screen_findings = {.name = "findings",
	.title = "Findings",
	.columns = columns,
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = findings_open,
	.update = findings_update,
	.draw = findings_draw,
	.act = findings_act,
	.can = findings_can,
	.click = findings_click,
	.status = findings_status,
	.list = findings_list,
	.close = findings_close};
