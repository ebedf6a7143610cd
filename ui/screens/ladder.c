#include "ui/screens/dialogue.h"
#include "base/clock.h"
#include "ui/pane.h"
#include "output/show.h"

#include <stdio.h>

struct ladder_shape
ladder_shape(const struct dialogue *d, struct area a)
{
	struct ladder_shape s = {
		.area = a, .aside = a, .time = d->times.clock ? 13 : 9, .net = 5};
	int rest;

	if (d->aside == ASIDE_OFF)
		s.aside.rows = 0;
	else
		pane_split(a, &s.area, &s.aside);
	s.delta = s.area.cols >= 70 ? 8 : 0;
	rest = s.area.cols - s.time - s.delta - s.net - 1;
	s.client = rest * 2 / 5;
	s.server = rest - s.client;
	return s;
}

static enum ink
note_ink(const struct entry *e)
{
	switch ((enum record_kind)e->kind) {
	case REC_FINDING:
		return e->severity ? theme_severity(e->severity) : INK_GOOD;
	case REC_ANOMALY:
	case REC_GAP:
		return INK_MEDIUM;
	case REC_TLS:
		return INK_TLS;
	case REC_COMMAND:
	case REC_REPLY:
	case REC_CAPS:
	case REC_BODY:
	case REC_MESSAGE:
	case REC_INFO:
	case REC_LOGIN:
	case REC_NOTE:
	case REC_LINE:
		break;
	}
	return INK_NOTE;
}

static void
put_seconds(struct canvas *c, int row, int col, int width, enum ink ink, int64_t ns, bool plus)
{
	char text[40];
	int64_t ms = ns / NS_PER_MS;

	if (ns < 0)
		ms = 0;
	snprintf(text, sizeof(text), "%s%lld.%03lld", plus ? "+" : "", (long long)(ms / 1000),
		(long long)(ms % 1000));
	canvas_right(c, row, col, width, ink, bytes_str(text));
}

/* The time since the last line of the wire before this one. */
static int64_t
delta(const struct dialogue *d, size_t entry)
{
	for (size_t i = entry; i-- > 0;)
		if (d->entries[i].kind <= REC_BODY || d->entries[i].kind == REC_TLS)
			return d->entries[entry].ts_ns - d->entries[i].ts_ns;
	return 0;
}

static void
draw_net(const struct dialogue *d, struct canvas *c, int row, int col, const struct dline *l)
{
	const struct entry *e = &d->entries[l->entry];
	uint32_t rail = e->tls ? 0x2551 : 0x2502;
	enum ink ink = e->tls ? INK_TLS : INK_FRAME;

	canvas_fill(c, row, col, 1, ink, rail);
	canvas_fill(c, row, col + 4, 1, ink, rail);
	if (!l->first || e->kind == REC_BODY || e->kind == REC_LINE)
		return;
	ink = l->side == SIDE_CLIENT ? INK_CLIENT : INK_SERVER;
	canvas_fill(c, row, col + 1, 3, ink, 0x2500);
	canvas_fill(c, row, l->side == SIDE_CLIENT ? col + 3 : col + 1, 1, ink,
		l->side == SIDE_CLIENT ? 0x25b6 : 0x25c0);
	if (d->n_talks > 1)
		canvas_fill(c, row, col + 2, 1, INK_STRONG, 'A' + e->talk);
}

static void
put_time(const struct dialogue *d, struct canvas *c, int row, const struct ladder_shape *s,
	int64_t ns)
{
	struct buf b;

	if (!d->times.clock) {
		put_seconds(c, row, s->area.col, s->time - 1, INK_DIM,
			ns - d->talks[0].s.first_ns, false);
		return;
	}
	buf_init(&b, 64);
	times_milli(&d->times, ns, &b);
	canvas_right(c, row, s->area.col, s->time - 1, INK_DIM, buf_bytes(&b));
	buf_done(&b);
}

/* What is hidden, and what is searched for, stands out. */
static void
highlight(struct canvas *c, int row, int col, struct bytes text, const char *word, enum ink ink)
{
	struct bytes rest = text, what = bytes_str(word);
	size_t at;

	if (!what.n)
		return;
	while ((at = bytes_isearch(rest, what)) != SIZE_MAX) {
		int from = canvas_width(bytes_sub(text, 0, text.n - rest.n + at));
		size_t n = what.n;

		if (word[0] == '<') /* <secret#12> */
			n = bytes_find(bytes_from(rest, at), '>') + 1;
		canvas_ink(c, row, col + from, canvas_width(bytes_sub(rest, at, n)), ink);
		rest = bytes_from(rest, at + n);
	}
}

static void
draw_line(struct dialogue *d, struct canvas *c, const struct ladder_shape *s, int row, size_t i)
{
	const struct dline *l = &d->lines[i];
	const struct entry *e = &d->entries[l->entry];
	struct bytes text = bytes_sub(talk_text(d, l->entry), l->from, l->len);
	int col = s->area.col + s->time + s->delta + 1, width = s->client;
	enum ink ink = INK_CLIENT;

	if (l->first && e->kind != REC_LINE) {
		put_time(d, c, row, s, e->ts_ns);
		if (s->delta && l->entry && l->side != SIDE_NOTE)
			put_seconds(c, row, s->area.col + s->time, s->delta - 1, INK_DIM,
				delta(d, l->entry), true);
	}
	if (l->side != SIDE_NOTE)
		draw_net(d, c, row, col + s->client, l);
	if (l->side == SIDE_SERVER) {
		col += s->client + s->net;
		width = s->server;
		ink = INK_SERVER;
	} else if (l->side == SIDE_NOTE) {
		width = s->client + s->net + s->server;
		ink = note_ink(e);
		if (e->kind == REC_TLS) {
			canvas_fill(c, row, col, 1, INK_TLS, 0x2551);
			col += LADDER_BAR;
			width -= LADDER_BAR;
		}
	}
	canvas_put(c, row, col, width, ink, text);
	highlight(c, row, col, text, "<secret", INK_SECRET);
	highlight(c, row, col, text, d->search, INK_MARK);
}

/* "203.0.113.9 through 10.0.0.5:40222": of a PROXY header, and of the packets. */
static void
put_client(const struct snapshot *s, const struct feed_session *r, struct buf *out)
{
	struct endpoint behind = feed_client(s->feed, r);

	if (r->proxied) {
		cells_addr(&behind, out);
		buf_str(out, " through ");
	}
	cells_endpoint(&r->client, out);
}

/* Who stands on which side. */
static void
draw_head(struct dialogue *d, const struct snapshot *s, struct canvas *c,
	const struct ladder_shape *p)
{
	const struct feed_session *r = &d->talks[0].s;
	int row = p->area.row, col = p->area.col + p->time + p->delta + 1;
	struct buf b;

	buf_init(&b, 2048);
	canvas_fill(c, row, p->area.col, p->area.cols, INK_HEAD, ' ');
	canvas_right(c, row, p->area.col, p->time - 1, INK_HEAD, BYTES("TIME"));
	if (p->delta)
		canvas_right(
			c, row, p->area.col + p->time, p->delta - 1, INK_HEAD, BYTES("DELTA"));
	if (d->n_talks > 1) {
		buf_fmt(&b, "%zu sessions in the order of time", d->n_talks);
		canvas_put(
			c, row, col, p->client + p->net + p->server, INK_HEAD, buf_bytes(&b));
	} else {
		put_client(s, r, &b);
		buf_byte(&b, ' ');
		cells_text(s, r->client_name, &b);
		canvas_put(c, row, col, p->client, INK_HEAD, buf_bytes(&b));
		buf_clear(&b);
		cells_endpoint(&r->server, &b);
		buf_byte(&b, ' ');
		cells_text(s, r->server_name, &b);
		canvas_put(
			c, row, col + p->client + p->net, p->server, INK_HEAD, buf_bytes(&b));
	}
	buf_done(&b);
}

void
ladder_draw(struct dialogue *d, const struct snapshot *s, struct canvas *c,
	const struct ladder_shape *p)
{
	draw_head(d, s, c, p);
	for (int i = 0; i + 1 < p->area.rows && d->top + (size_t)i < d->n_lines; i++) {
		size_t at = d->top + (size_t)i;

		draw_line(d, c, p, p->area.row + 1 + i, at);
		if (at == d->cursor)
			canvas_cursor(c, p->area.row + 1 + i, p->area.col, p->area.cols);
	}
	if (!d->n_lines)
		canvas_str(c, p->area.row + 2, p->area.col + 2, p->area.cols - 2, INK_DIM,
			d->loaded             ? "Nothing of the dialogue is visible."
			: d->talks[0].s.chain ? "Reading …"
					      : "Nothing was said yet.");
}
