/* The whole in figures: what was read and lost, protocols, verdicts, findings, and sessions
 * over time as a plot. */
#include "base/clock.h"
#include "output/text.h"
#include "ui/cells.h"
#include "ui/scroll.h"

#include <stdio.h>

#define SLOTS 240 /* of time */

struct view {
	uint64_t version;
	int64_t next_ns;
	uint64_t protos[PROTO_OTHER + 1], verdicts[VERDICT_STRIPPED + 1];
	uint64_t severities[SEV_CRITICAL + 1];
	uint64_t mail, logins, exposed, messages;
	uint64_t over_time[SLOTS]; /* sessions that begin */
	uint64_t packets[SLOTS],
		bytes[SLOTS]; /* spread evenly over the time of their session */
	uint64_t protos_over[PROTO_OTHER + 1][SLOTS];
	int64_t from_ns, slot_ns;
	struct scroll scroll;
};

static void
statistics_open(struct ui *ui, void *view, const void *arg)
{
}

static int
slot_of(const struct view *v, int64_t ns)
{
	int64_t slot = (ns - v->from_ns) / v->slot_ns;

	return slot < 0 ? 0 : slot < SLOTS ? (int)slot : SLOTS - 1;
}

static void
spread(uint64_t over[SLOTS], int from, int to, uint64_t amount)
{
	uint64_t parts = (uint64_t)(to - from) + 1, share = amount / parts;

	for (int i = from; i <= to; i++)
		over[i] += share;
	over[to] += amount - share * parts;
}

static void
add(struct view *v, const struct feed_session *r)
{
	int from = slot_of(v, r->first_ns), to = slot_of(v, r->last_ns);

	to = to < from ? from : to;
	v->protos[r->proto]++;
	v->over_time[from]++;
	v->protos_over[r->proto][from]++;
	spread(v->packets, from, to, r->packets);
	spread(v->bytes, from, to, r->bytes);
	if (r->proto == PROTO_OTHER)
		return;
	v->mail++;
	v->verdicts[r->verdict]++;
	v->severities[r->worst]++;
	v->logins += r->logins;
	v->exposed += (r->flags & SESSION_EXPOSED) != 0;
	v->messages += r->messages;
}

static void
statistics_update(struct ui *ui, void *view, struct area a)
{
	const struct snapshot *s = ui_snapshot(ui);
	struct view *v = view;
	int64_t begin = clock_mono_ns(), span = s->stats.run.ts_ns - s->stats.first_ns;

	v->scroll.page = a.rows;
	if (v->version != s->version && (begin >= v->next_ns || s->finished)) {
		*v = (struct view){.version = s->version,
			.from_ns = s->stats.first_ns,
			.slot_ns = span > 0 ? span / SLOTS + 1 : 1,
			.scroll = v->scroll};
		for (size_t i = 0; i < s->sessions; i++) {
			struct feed_session r;

			rows_get(&s->feed->sessions, i, &r);
			add(v, &r);
		}
		v->next_ns = clock_mono_ns() + 10 * (clock_mono_ns() - begin);
	}
}

/* Lines are written from top to bottom; those above the window are only counted. */
struct writer {
	struct canvas *c;
	struct area a;
	int line;
};

static int
row_of(const struct writer *w, int height)
{
	return w->line >= 0 && w->line + height <= w->a.rows ? w->a.row + w->line : -1;
}

static void
put_head(struct writer *w, const char *text)
{
	int row;

	w->line++;
	row = row_of(w, 1);
	if (row >= 0)
		canvas_str(w->c, row, w->a.col + 1, w->a.cols - 2, INK_HEAD, text);
	w->line++;
}

static void
put_figure(struct writer *w, const char *name, const char *value, enum ink ink)
{
	int row = row_of(w, 1);

	if (row >= 0) {
		canvas_str(w->c, row, w->a.col + 2, 32, INK_DIM, name);
		canvas_right(w->c, row, w->a.col + 34, 12, ink, bytes_str(value));
	}
	w->line++;
}

static void
put_number(struct writer *w, const char *name, uint64_t n, bool bad)
{
	char text[TEXT_NUMBER];

	put_figure(w, name, text_number(n, text), n && bad ? INK_HIGH : INK_PLAIN);
}

static void
put_bar(struct writer *w, const char *name, uint64_t n, uint64_t all, enum ink ink)
{
	int row = row_of(w, 1), room = w->a.cols - 50;
	char text[TEXT_NUMBER + 8];

	if (!n)
		return;
	put_figure(w, name, text_number(n, text), ink);
	if (row < 0 || room < 10 || !all)
		return;
	room = room > 80 ? 80 : room;
	snprintf(text, sizeof(text), "%3u%%", (unsigned)(100 * n / all));
	canvas_str(w->c, row, w->a.col + 47, 4, INK_DIM, text);
	canvas_fill(w->c, row, w->a.col + 52, (int)((uint64_t)(room - 3) * n / all) + 1, ink,
		0x2588);
}

#define PLOT_COL 12 /* where a plot begins */

static int
plot_cols(const struct writer *w)
{
	int cols = w->a.cols - PLOT_COL - 2;

	return cols > SLOTS ? SLOTS : cols;
}

/* The slots as columns of eighths of a row. Returns what the highest one stands for. */
static uint64_t
draw_plot(struct writer *w, int row, int rows, const uint64_t over[SLOTS], enum ink ink)
{
	uint64_t most = 1, slots[SLOTS] = {0};
	int cols = plot_cols(w);

	for (int i = 0; i < SLOTS; i++)
		slots[i * cols / SLOTS] += over[i];
	for (int i = 0; i < cols; i++)
		most = slots[i] > most ? slots[i] : most;
	for (int i = 0; i < cols; i++) {
		uint64_t eighths = slots[i] * (uint64_t)rows * 8 / most;

		if (slots[i] && !eighths)
			eighths = 1;
		for (int r = rows - 1; r >= 0 && eighths; r--) {
			unsigned n = eighths > 8 ? 8 : (unsigned)eighths;

			canvas_fill(w->c, row + r, w->a.col + PLOT_COL + i, 1, ink, 0x2580 + n);
			eighths -= n;
		}
	}
	return most;
}

static void
put_axis(struct writer *w, const struct snapshot *s)
{
	int row = row_of(w, 1), cols = plot_cols(w);
	struct buf b;

	w->line++;
	if (row < 0 || cols < 20)
		return;
	buf_init(&b, 64);
	times_clock(&s->times, s->stats.first_ns, &b);
	canvas_put(w->c, row, w->a.col + PLOT_COL, 8, INK_DIM, buf_bytes(&b));
	buf_clear(&b);
	times_clock(&s->times, s->stats.run.ts_ns, &b);
	canvas_put(w->c, row, w->a.col + PLOT_COL + cols - 8, 8, INK_DIM, buf_bytes(&b));
	buf_done(&b);
}

static void
put_plot(struct writer *w, const char *title, const uint64_t over[SLOTS], int rows, bool bytes)
{
	char text[TEXT_NUMBER];
	struct buf b;
	uint64_t most;
	int row;

	put_head(w, title);
	row = row_of(w, rows);
	w->line += rows;
	if (row < 0 || plot_cols(w) < 10)
		return;
	most = draw_plot(w, row, rows, over, INK_TLS);
	buf_init(&b, 64);
	if (bytes)
		cells_size(most, &b);
	else
		buf_str(&b, text_number(most, text));
	canvas_right(w->c, row, w->a.col + 1, 9, INK_DIM, buf_bytes(&b));
	canvas_right(w->c, row + rows - 1, w->a.col + 1, 9, INK_DIM, BYTES("0"));
	buf_done(&b);
}

static void
put_over_time(struct writer *w, const struct view *v, const struct snapshot *s)
{
	put_plot(w, "Sessions over time", v->over_time, 6, false);
	put_axis(w, s);
	put_plot(w, "Their packets", v->packets, 3, false);
	put_plot(w, "Their bytes", v->bytes, 3, true);
	put_head(w, "Their protocols");
	for (int i = PROTO_UNKNOWN; i <= PROTO_OTHER; i++) {
		int row = row_of(w, 1);

		if (!v->protos[i])
			continue;
		w->line++;
		if (row < 0 || plot_cols(w) < 10)
			continue;
		canvas_right(w->c, row, w->a.col + 1, 9, INK_DIM,
			bytes_str(proto_name((enum proto)i)));
		draw_plot(w, row, 1, v->protos_over[i], INK_CLIENT);
	}
	put_axis(w, s);
}

static void
put_input(struct writer *w, const struct view *v, const struct snapshot *s)
{
	const struct run_stats *st = &s->stats.run;
	char text[64];
	struct buf b;

	buf_init(&b, 64);
	put_head(w, "Input");
	put_number(w, "packets", st->packets, false);
	cells_size(st->bytes, &b);
	put_figure(w, "bytes", buf_text(&b), INK_PLAIN);
	put_figure(w, "of time", clock_span(st->ts_ns - s->stats.first_ns, text), INK_PLAIN);
	put_number(w, "connections", st->flows, false);
	put_number(w, "dropped by the kernel", st->kernel_drops, true);
	put_number(w, "dropped by the interface", st->interface_drops, true);
	put_number(w, "left out for lack of time", st->program_drops, true);
	put_number(w, "gaps", st->gaps, true);
	put_number(w, "bytes missing", st->gap_bytes, true);
	put_number(w, "given up for memory", st->evictions, true);
	put_number(w, "malformed packets", st->malformed, true);
	if (!s->finished) {
		buf_clear(&b);
		cells_size(st->memory_bytes, &b);
		put_figure(w, "memory", buf_text(&b), INK_PLAIN);
	}
	buf_done(&b);
}

static void
put_mail(struct writer *w, const struct view *v)
{
	put_head(w, "Mail");
	put_number(w, "messages", v->messages, false);
	put_number(w, "logins", v->logins, false);
	put_number(w, "sessions with a secret in clear", v->exposed, true);
	put_head(w, "Protocols");
	for (int i = PROTO_UNKNOWN; i <= PROTO_OTHER; i++)
		put_bar(w, proto_name((enum proto)i), v->protos[i],
			v->mail + v->protos[PROTO_OTHER], INK_CLIENT);
	put_head(w, "STARTTLS");
	for (int i = VERDICT_STRIPPED; i >= 0; i--)
		put_bar(w, verdict_name((enum verdict)i), v->verdicts[i], v->mail,
			cells_verdict_ink((unsigned)i));
	put_head(w, "Worst finding of a session");
	for (int i = SEV_CRITICAL; i >= 0; i--)
		put_bar(w, severity_name((enum severity)i), v->severities[i], v->mail,
			theme_severity((unsigned)i));
}

static void
statistics_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	struct view *v = (struct view *)view; /* how long it is shows when it is drawn */
	struct writer w = {.c = c, .a = a, .line = -v->scroll.top - 1};

	put_over_time(&w, v, s);
	put_mail(&w, v);
	put_input(&w, v, s);
	v->scroll.lines = w.line + v->scroll.top;
	scroll_draw(&v->scroll, c, a);
}

static enum next
statistics_act(struct ui *ui, void *view, enum action a)
{
	return scroll_act(&((struct view *)view)->scroll, a) ? NEXT_REDRAW : NEXT_UNKNOWN;
}

const struct screen screen_statistics = {.name = "statistics",
	.title = "Statistics",
	.view_bytes = sizeof(struct view),
	.open = statistics_open,
	.update = statistics_update,
	.draw = statistics_draw,
	.act = statistics_act};
