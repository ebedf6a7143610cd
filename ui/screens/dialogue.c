#include "ui/screens/dialogue.h"
#include "base/clock.h"
#include "ui/pane.h"

#include <stdlib.h>

#define MESSAGE_BYTES ((size_t)64 << 20) /* of a message that is opened */

static const enum action actions[] = {ACT_RAW, ACT_PANE, ACT_FOLD, ACT_MESSAGE, ACT_SEARCH,
	ACT_NEXT_FINDING, ACT_PREV_FINDING, ACT_NEXT_MATCH, ACT_PREV_MATCH, ACT_REPLAY,
	ACT_PLAY, ACT_STEP, ACT_FASTER, ACT_SLOWER, ACT_FOLLOW, ACT_OPEN, ACT_NONE};

#define TEXT_ROWS 1000 /* of the ladder that are drawn at once when it is saved */
#define TEXT_COLS 132

struct view {
	struct dialogue d;
	bool follow;
};

static void
dialogue_open(struct ui *ui, void *view, const void *arg)
{
	const struct dialogue_place *place = arg;
	struct dialogue *d = &((struct view *)view)->d;

	d->feed = ui_feed(ui);
	d->n_talks = place->n < TALKS ? place->n : TALKS;
	for (size_t i = 0; i < d->n_talks; i++) {
		d->talks[i].index = place->sessions[i];
		rows_get(&d->feed->sessions, place->sessions[i], &d->talks[i].s);
	}
	d->wish_packet = place->packet;
	if (place->finding)
		memccpy(d->wish_finding, place->finding, 0, sizeof(d->wish_finding) - 1);
	buf_init(&d->aside_text, SIZE_MAX);
	buf_init(&d->cache.text, SIZE_MAX);
	buf_init(&d->tmp, SIZE_MAX);
	buf_init(&d->tmp2, SIZE_MAX);
	buf_init(&d->info, SIZE_MAX);
}

static void
dialogue_close(void *view)
{
	struct dialogue *d = &((struct view *)view)->d;

	transcript_free(&d->transcript);
	free(d->entries);
	free(d->lines);
	buf_done(&d->aside_text);
	buf_done(&d->cache.text);
	buf_done(&d->tmp);
	buf_done(&d->tmp2);
	buf_done(&d->info);
}

static void
settle(struct dialogue *d)
{
	size_t page = d->page > 1 ? (size_t)d->page : 1;

	if (d->cursor >= d->n_lines)
		d->cursor = d->n_lines ? d->n_lines - 1 : 0;
	if (d->cursor < d->top)
		d->top = d->cursor;
	if (d->cursor >= d->top + page)
		d->top = d->cursor - page + 1;
	if (d->top + page > d->n_lines)
		d->top = d->n_lines > page ? d->n_lines - page : 0;
}

static void
go_to(struct dialogue *d, size_t entry)
{
	d->cursor = d->entries[entry].line;
	d->top = d->cursor > (size_t)d->page / 3 ? d->cursor - (size_t)d->page / 3 : 0;
	d->aside_top = 0;
	settle(d);
}

/* The line that was asked for when the screen was opened, once it is there. */
static void
grant_wish(struct dialogue *d)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < replay_entries(d); i++) {
		const struct entry *e = &d->entries[i];
		struct record r;

		if (d->wish_finding[0] && e->kind == REC_FINDING && talk_record(d, i, &r) &&
			strcmp(r.h.verb, d->wish_finding) == 0) {
			best = i;
			break;
		}
		if (best == SIZE_MAX && d->wish_packet && e->packet >= d->wish_packet)
			best = i;
	}
	if (best != SIZE_MAX)
		go_to(d, best);
	d->wish_packet = 0;
	d->wish_finding[0] = '\0';
}

/* Lines are cut anew; the cursor stays on its entry. */
static void
recut(struct dialogue *d, const struct ladder_shape *s)
{
	bool some = d->cursor < d->n_lines;
	uint32_t entry = some ? d->lines[d->cursor].entry : 0, within = 0;
	size_t offset = d->cursor - d->top;

	if (some)
		within = (uint32_t)d->cursor - d->entries[entry].line;
	talk_cut(d, s);
	if (some && entry < replay_entries(d)) {
		d->cursor = d->entries[entry].line + within;
		d->top = d->cursor > offset ? d->cursor - offset : 0;
	}
}

static void
dialogue_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;
	struct dialogue *d = &v->d;
	struct ladder_shape s;
	size_t entry = d->cursor < d->n_lines ? d->lines[d->cursor].entry : 0;
	bool fresh = talk_load(d);

	d->times = ui_snapshot(ui)->times;
	s = ladder_shape(d, a);
	d->page = s.area.rows - 1;
	if (fresh && entry < d->n_entries && d->n_lines)
		talk_cut(d, &s);
	else if (fresh || d->width != s.area.cols)
		recut(d, &s);
	if (fresh && (d->wish_packet || d->wish_finding[0]))
		grant_wish(d);
	if (replay_tick(ui, d)) {
		bool last = d->cursor + 1 >= d->n_lines;

		talk_cut(d, &s);
		if (last && d->n_lines)
			d->cursor = d->n_lines - 1;
	}
	if (fresh && v->follow && d->n_lines)
		d->cursor = d->n_lines - 1;
	settle(d);
	aside_make(d, s.aside);
}

static void
dialogue_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	struct dialogue *d = (struct dialogue *)&((const struct view *)view)->d;
	struct ladder_shape shape = ladder_shape(d, a);

	ladder_draw(d, s, c, &shape);
	pane_draw(&d->aside_text, d->aside_top, c, shape.aside);
}

static bool
is_finding(struct dialogue *d, size_t i)
{
	uint8_t kind = d->entries[i].kind;

	return kind == REC_FINDING || kind == REC_ANOMALY || kind == REC_GAP;
}

static bool
has_text(struct dialogue *d, size_t i)
{
	if (talk_folded(d, &d->entries[i]))
		return false;
	return bytes_isearch(talk_text(d, i), bytes_str(d->search)) != SIZE_MAX;
}

/* The next entry of a kind, from the cursor on. */
static void
seek(struct ui *ui, struct dialogue *d, bool (*fits)(struct dialogue *, size_t), bool back,
	const char *nothing)
{
	size_t at = d->cursor < d->n_lines ? d->lines[d->cursor].entry : 0;

	if (!d->n_lines)
		return;
	for (;;) {
		if (back ? at == 0 : at + 1 >= replay_entries(d)) {
			ui_say(ui, INK_PLAIN, "%s", nothing);
			return;
		}
		at = back ? at - 1 : at + 1;
		if (fits(d, at))
			break;
	}
	go_to(d, at);
}

static void
search_done(struct ui *ui, void *view, const char *text)
{
	struct dialogue *d = &((struct view *)view)->d;

	memset(d->search, 0, sizeof(d->search));
	memccpy(d->search, text, 0, sizeof(d->search) - 1);
	if (!d->n_lines || !d->search[0] || has_text(d, d->lines[d->cursor].entry))
		return;
	seek(ui, d, has_text, false, "not found below; N searches upwards");
}

static void
move(struct view *v, int64_t by)
{
	int64_t to = (int64_t)v->d.cursor + by;

	v->follow = false;
	v->d.cursor = to < 0 ? 0 : (size_t)to;
	v->d.aside_top = 0;
	settle(&v->d);
}

static bool
act_move(struct view *v, enum action a)
{
	struct dialogue *d = &v->d;
	int64_t by = action_step(a, d->page > 1 ? d->page - 1 : 1);

	if (by) {
		move(v, by);
		return true;
	}
	switch ((int)a) {
	case ACT_LEFT:
		d->aside_top = d->aside_top > 2 ? d->aside_top - 3 : 0;
		return true;
	case ACT_RIGHT:
		d->aside_top += 3;
		return true;
	default:
		return false;
	}
}

static void
open_message(struct ui *ui, struct dialogue *d)
{
	struct message_wish wish = {0};
	struct buf raw;

	buf_init(&raw, MESSAGE_BYTES);
	if (d->cursor < d->n_lines &&
		talk_message(d, d->lines[d->cursor].entry, &raw, &wish.complete)) {
		wish.raw = buf_bytes(&raw);
		ui_open(ui, &screen_message, &wish);
	} else {
		ui_say(ui, INK_PLAIN, "no message here or below");
	}
	buf_done(&raw);
}

static enum next
dialogue_act(struct ui *ui, void *view, enum action a)
{
	static const struct prompt_ask search = {.label = "Search: ", .done = search_done};
	struct view *v = view;
	struct dialogue *d = &v->d;

	if (act_move(v, a) || replay_act(ui, d, a))
		return NEXT_REDRAW;
	switch ((int)a) {
	case ACT_MESSAGE:
	case ACT_OPEN:
		open_message(ui, d);
		break;
	case ACT_SEARCH:
		ui_ask(ui, &search, d->search);
		break;
	case ACT_NEXT_MATCH:
	case ACT_PREV_MATCH:
		if (d->search[0])
			seek(ui, d, has_text, a == ACT_PREV_MATCH, "no further place");
		break;
	case ACT_NEXT_FINDING:
	case ACT_PREV_FINDING:
		seek(ui, d, is_finding, a == ACT_PREV_FINDING, "no further finding");
		break;
	case ACT_RAW:
		d->aside = d->aside == ASIDE_RAW   ? ASIDE_HEX
			   : d->aside == ASIDE_HEX ? ASIDE_EXPLAIN
						   : ASIDE_RAW;
		d->aside_top = 0;
		break;
	case ACT_PANE:
		d->aside = d->aside == ASIDE_EXPLAIN ? ASIDE_OFF : ASIDE_EXPLAIN;
		break;
	case ACT_FOLD:
		d->unfolded = !d->unfolded;
		d->width = 0;
		break;
	case ACT_FOLLOW:
		v->follow = !v->follow;
		if (v->follow)
			d->cursor = d->n_lines;
		break;
	default:
		return NEXT_UNKNOWN;
	}
	return NEXT_REDRAW;
}

static bool
dialogue_can(const void *view, enum action a)
{
	const struct dialogue *d = &((const struct view *)view)->d;

	switch ((int)a) {
	case ACT_PLAY:
	case ACT_STEP:
	case ACT_FASTER:
	case ACT_SLOWER:
		return d->replay.on;
	case ACT_NEXT_MATCH:
	case ACT_PREV_MATCH:
		return d->search[0];
	default:
		return true;
	}
}

static enum next
dialogue_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct dialogue *d = &((struct view *)view)->d;

	if (row < 1 || row > d->page || d->top + (size_t)row - 1 >= d->n_lines)
		return NEXT_NOTHING;
	d->cursor = d->top + (size_t)row - 1;
	d->aside_top = 0;
	return NEXT_REDRAW;
}

static void
dialogue_status(const struct snapshot *s, const void *view, struct buf *out)
{
	const struct view *v = view;
	const struct feed_session *r = &v->d.talks[0].s;

	if (v->d.replay.on) {
		replay_status(&v->d, out);
		return;
	}
	buf_fmt(out, "line %zu of %zu", v->d.n_lines ? v->d.cursor + 1 : 0, v->d.n_lines);
	if (v->d.n_talks == 1) {
		buf_fmt(out, "  %s  ", cells_protocol(r));
		cells_verdict(s, r->verdict, out);
		buf_fmt(out, " %s", verdict_name((enum verdict)r->verdict));
		if (r->user) {
			buf_str(out, "  user ");
			cells_text(s, r->user, out);
		}
	}
	buf_str(out, " ");
}

/* Who took part, then the ladder, drawn in pieces. */
static void
dialogue_text(struct ui *ui, void *view, struct buf *out)
{
	struct dialogue *d = &((struct view *)view)->d;
	const struct area a = {.rows = TEXT_ROWS + 1, .cols = TEXT_COLS};
	enum aside aside = d->aside;
	uint32_t entry = d->cursor < d->n_lines ? d->lines[d->cursor].entry : 0;
	struct ladder_shape s;
	struct canvas c;

	for (size_t i = 0; i < d->n_talks; i++) {
		const struct feed_session *r = &d->talks[i].s;

		buf_fmt(out, "%c  ", 'A' + (int)i);
		times_date(&d->times, r->first_ns, out);
		buf_byte(out, ' ');
		times_clock(&d->times, r->first_ns, out);
		buf_byte(out, ' ');
		times_zone(&d->times, r->first_ns, out);
		buf_fmt(out, "  %s  ", cells_protocol(r));
		cells_endpoint(&r->client, out);
		buf_str(out, " -> ");
		cells_endpoint(&r->server, out);
		buf_byte(out, '\n');
	}
	buf_byte(out, '\n');
	d->aside = ASIDE_OFF;
	s = ladder_shape(d, a);
	talk_cut(d, &s);
	d->cursor = SIZE_MAX;
	canvas_init(&c, ui_snapshot(ui)->unicode);
	canvas_resize(&c, a.rows, a.cols);
	for (d->top = 0; d->top < d->n_lines || !d->top; d->top += TEXT_ROWS) {
		size_t from = out->n, left = d->n_lines - d->top;

		s.area.rows = 1 + (int)(left < TEXT_ROWS ? left : TEXT_ROWS);
		canvas_resize(&c, s.area.rows, a.cols);
		ladder_draw(d, ui_snapshot(ui), &c, &s);
		canvas_text(&c, out);
		if (d->top) { /* one head is enough */
			struct bytes piece = bytes_from(buf_bytes(out), from);
			size_t head = bytes_find(piece, '\n') + 1;

			memmove(out->p + from, out->p + from + head, piece.n - head);
			out->n -= head;
		}
	}
	canvas_done(&c);
	d->aside = aside;
	d->cursor = entry < d->n_entries ? d->entries[entry].line : 0;
	d->top = d->cursor;
	d->width = 0;
}

static size_t
dialogue_about(struct ui *ui, void *view, size_t **ret, const char **ret_words)
{
	struct dialogue *d = &((struct view *)view)->d;

	*ret = mem_grow(NULL, (d->n_talks + 1) * sizeof(**ret));
	for (size_t i = 0; i < d->n_talks; i++)
		(*ret)[i] = d->talks[i].index;
	*ret_words = "shown";
	return d->n_talks;
}

const struct screen screen_dialogue = {.name = "dialogue",
	.title = "Dialogue",
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = dialogue_open,
	.update = dialogue_update,
	.draw = dialogue_draw,
	.act = dialogue_act,
	.can = dialogue_can,
	.click = dialogue_click,
	.status = dialogue_status,
	.text = dialogue_text,
	.about = dialogue_about,
	.close = dialogue_close};
