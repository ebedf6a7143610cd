/* Who logged in, where and how: a line for each way of an account. Enter opens the sessions. */
#include "output/report.h"
#include "output/text.h"
#include "ui/getters.h"

struct view {
	struct list list;
};

#define L(rec) ((const struct feed_login *)(rec))

PUT(user)
{
	if (L(rec)->user)
		cells_text(s, L(rec)->user, out);
	else
		buf_str(out, "(not shown)");
	return L(rec)->user ? INK_STRONG : INK_DIM;
}

SORT(user)
{
	return cells_text_key(s, L(rec)->user);
}

/* A sign, and the word that says why. */
PUT(safe)
{
	static const struct {
		const char *words;
		enum ink ink;
	} by_exposure[] = {
		[EXPOSURE_NONE] = {"· nothing to steal", INK_DIM},
		[EXPOSURE_TOKEN] = {"✗ token in clear", INK_CRITICAL},
		[EXPOSURE_CRACKABLE] = {"! crackable", INK_HIGH},
		[EXPOSURE_PASSWORD] = {"✗ password in clear", INK_CRITICAL},
	};

	if (L(rec)->tls) {
		buf_str(out, "✓ inside TLS");
		return INK_GOOD;
	}
	buf_str(out, by_exposure[L(rec)->exposure].words);
	return by_exposure[L(rec)->exposure].ink;
}

SORT(safe)
{
	return (struct list_key){.n = L(rec)->tls ? 0 : 1 + L(rec)->exposure};
}

PUT(result)
{
	buf_str(out, L(rec)->result == AUTH_ACCEPTED  ? "✓ "
		     : L(rec)->result == AUTH_REFUSED ? "✗ "
						      : "? ");
	buf_str(out, report_results[L(rec)->result]);
	return L(rec)->result == AUTH_REFUSED ? INK_MEDIUM : INK_PLAIN;
}

SORT(result)
{
	return cells_number_key(L(rec)->result);
}

TEXT_COLUMN(mechanism, L(rec)->mechanism, INK_PLAIN)

PUT(secret)
{
	if (L(rec)->secret_id)
		buf_fmt(out, "<secret#%u>", L(rec)->secret_id);
	return INK_SECRET;
}

SORT(secret)
{
	return cells_number_key(L(rec)->secret_id);
}

PUT(proto)
{
	buf_str(out, proto_name((enum proto)L(rec)->proto));
	return INK_PLAIN;
}

SORT(proto)
{
	return cells_number_key(L(rec)->proto);
}

HOST_COLUMN(client, &L(rec)->client, INK_CLIENT, cells_addr)
HOST_COLUMN(server, &L(rec)->server, INK_SERVER, cells_endpoint)
NUMBER_COLUMN(count, L(rec)->count)
TIME_COLUMN(last, L(rec)->last_ns)

/* clang-format off */
static const struct list_column columns[] = {
	{"user", "ACCOUNT", 14, 8, 40, 0, false, put_user, sort_user},
	{"safe", "HOW SAFE", 19, 19, 19, 0, false, put_safe, sort_safe},
	{"result", "RESULT", 10, 10, 10, 0, false, put_result, sort_result},
	{"mechanism", "MECHANISM", 13, 9, 24, 2, false, put_mechanism, sort_mechanism},
	{"secret", "SECRET", 11, 11, 13, 4, false, put_secret, sort_secret},
	{"proto", "PROTO", 5, 5, 5, 3, false, put_proto, sort_proto},
	{"client", "CLIENT", 15, 13, 39, 1, false, put_client, sort_client},
	{"server", "SERVER", 21, 16, 45, 0, false, put_server, sort_server},
	{"count", "TIMES", 5, 5, 8, 1, true, put_count, sort_count},
	{"last", "LAST", LIST_TIME, 5, false, put_last, sort_last},
	{NULL},
};
static const enum action actions[] = {ACT_OPEN, ACT_FILTER, ACT_SORT, ACT_REVERSE, ACT_FOLLOW,
	ACT_CLEAR, ACT_SORT_BACK, ACT_NONE};
/* clang-format on */

static void
fetch(const struct snapshot *s, const void *user, size_t i, void *ret)
{
	_Static_assert(sizeof(struct feed_login) <= LIST_RECORD, "a record of the list");
	rows_get(&s->feed->logins, i, ret);
}

static void
logins_open(struct ui *ui, void *view, const void *arg)
{
	struct view *v = view;

	list_init(&v->list, columns, "user", fetch, v);
}

static void
logins_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

	list_update(&v->list, ui_snapshot(ui), ui_snapshot(ui)->logins, a.rows);
}

static void
logins_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;

	list_draw(&v->list, s, c, a);
	if (!v->list.n)
		canvas_str(c, a.row + 2, a.col + 2, a.cols - 2, INK_DIM,
			v->list.wanted[0] ? "No login has that text; F5 shows all."
					  : "Nobody logged in where it could be seen.");
}

static void
filter_done(struct ui *ui, void *view, const char *text)
{
	list_want(&((struct view *)view)->list, text);
}

/* The sessions between these two hosts, of this account where it is the last of its session. */
static void
open_sessions(struct ui *ui, struct view *v)
{
	char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];
	struct sessions_wish wish;
	struct feed_login l;
	size_t record;
	struct buf b;

	if (!list_current(&v->list, &record))
		return;
	rows_get(&ui_feed(ui)->logins, record, &l);
	buf_init(&b, 4096);
	buf_fmt(&b, "client == %s && server == %s && port == %u && logins",
		endpoint_addr(&l.client, client), endpoint_addr(&l.server, server),
		l.server.port);
	if (l.user)
		cells_quote(texts_get(ui_feed(ui)->texts, l.user), " && user == ", &b);
	wish.filter = buf_text(&b);
	ui_open(ui, &screen_sessions, &wish);
	buf_done(&b);
}

static enum next
logins_act(struct ui *ui, void *view, enum action a)
{
	static const struct prompt_ask ask = {
		.label = "Only logins with the text: ", .done = filter_done};
	struct view *v = view;

	switch ((int)a) {
	case ACT_OPEN:
		open_sessions(ui, v);
		break;
	case ACT_FILTER:
		ui_ask(ui, &ask, v->list.wanted);
		break;
	case ACT_CLEAR:
		filter_done(ui, v, "");
		break;
	default:
		return list_act(&v->list, a);
	}
	return NEXT_REDRAW;
}

static bool
logins_can(const void *view, enum action a)
{
	const struct view *v = view;

	return a != ACT_CLEAR || v->list.wanted[0];
}

static enum next
logins_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;

	if (list_click(&v->list, a, row, col) && twice)
		open_sessions(ui, v);
	return NEXT_REDRAW;
}

static void
logins_status(const struct snapshot *s, const void *view, struct buf *out)
{
	char number[TEXT_NUMBER];

	buf_fmt(out, "%s ways to log in,",
		text_number(((const struct view *)view)->list.n, number));
}

static void
logins_close(void *view)
{
	list_done(&((struct view *)view)->list);
}

static struct list *
logins_list(void *view)
{
	return &((struct view *)view)->list;
}

const struct screen screen_logins = {.name = "logins",
	.title = "Logins",
	.columns = columns,
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = logins_open,
	.update = logins_update,
	.draw = logins_draw,
	.act = logins_act,
	.can = logins_can,
	.click = logins_click,
	.status = logins_status,
	.list = logins_list,
	.close = logins_close};
