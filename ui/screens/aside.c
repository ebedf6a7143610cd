/* The pane beside the ladder: what the line under the cursor means, how it was sent. */
#include "ui/screens/dialogue.h"
#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/explain.h"
#include "findings/findings.h"
#include "output/show.h"
#include "output/text.h"

#include <inttypes.h>

#define HEX_BYTES 8192u /* of a line that are shown */

static void
put_words(struct buf *out, int width, const char *lead, const char *text)
{
	struct buf b;

	if (!text || !*text)
		return;
	buf_init(&b, 65536);
	buf_str(&b, lead);
	buf_str(&b, text);
	text_wrap(out, buf_bytes(&b), 0, 0, (size_t)width);
	buf_done(&b);
}

static void
put_wire(struct buf *out, int width, const char *lead, struct bytes wire)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_str(&b, lead);
	while (wire.n) {
		size_t n = bytes_find(wire, '\n');

		escape_term(&b, bytes_chomp(bytes_sub(wire, 0, n < wire.n ? n + 1 : n)));
		buf_byte(&b, '\n');
		wire = bytes_from(wire, n < wire.n ? n + 1 : n);
	}
	while (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	text_wrap(out, buf_bytes(&b), 0, 0, (size_t)width);
	buf_done(&b);
}

static void
put_finding(struct buf *out, int width, const struct record *r)
{
	const struct finding_row *row = findings_row(bytes_str(r->h.verb));

	put_words(out, width, "", r->h.verb);
	if (!row)
		return;
	put_words(out, width, "", row->title);
	if (r->extra.n)
		put_wire(out, width, "", r->extra);
	buf_byte(out, '\n');
	put_words(out, width, "", row->explain);
	buf_byte(out, '\n');
	put_words(out, width, "Remedy: ", row->remedy);
	for (size_t i = 0; row->refs && row->refs[i]; i++)
		put_words(out, width, i ? "  " : "See ", row->refs[i]);
}

/* `show --explain` writes behind a margin; here there is none. */
static void
put_explained(struct dialogue *d, const struct record *r, enum proto proto, int width)
{
	struct show_view v = {.out = &d->tmp,
		.tmp = &d->tmp2,
		.width = (size_t)width + SHOW_INDENT,
		.line_width = SIZE_MAX,
		.proto = proto};
	struct bytes rest;

	buf_clear(&d->tmp);
	show_explain(&v, r);
	for (rest = buf_bytes(&d->tmp); rest.n;) {
		size_t n = bytes_find(rest, '\n');

		buf_add(&d->aside_text, bytes_sub(rest, SHOW_INDENT, n - SHOW_INDENT));
		buf_byte(&d->aside_text, '\n');
		rest = bytes_from(rest, n + 1);
	}
}

static void
put_place(struct buf *out, const struct record *r)
{
	char time[CLOCK_TEXT];

	if (r->h.packet)
		buf_fmt(out, "packet %" PRIu64 ", offset %" PRIu64 "\n", r->h.packet,
			r->h.offset);
	buf_fmt(out, "%s UTC, %s\n", clock_hms(r->h.ts_ns, time),
		r->h.dir == DIR_C2S ? "client to server" : "server to client");
	buf_byte(out, '\n');
}

static bool
is_hidden(const struct record *r, size_t at)
{
	for (size_t i = 0; i + sizeof(struct hidden) <= r->hidden.n;
		i += sizeof(struct hidden)) {
		struct hidden h;

		memcpy(&h, r->hidden.p + i, sizeof(h));
		if (at >= h.off && at < (size_t)h.off + h.len)
			return true;
	}
	return false;
}

/* Eight bytes a row, or sixteen where there is room. */
static void
put_hex(struct buf *out, const struct record *r, int width)
{
	size_t row = width >= 76 ? 16 : 8;

	for (size_t at = 0; at < r->bytes.n && at < HEX_BYTES; at += row) {
		buf_fmt(out, "%08" PRIx64 " ", r->h.offset + at);
		for (size_t i = at; i < at + row; i++) {
			if (i >= r->bytes.n)
				buf_str(out, "   ");
			else if (is_hidden(r, i))
				buf_str(out, " **");
			else
				buf_fmt(out, " %02x", r->bytes.p[i]);
		}
		buf_str(out, "  ");
		for (size_t i = at; i < at + row && i < r->bytes.n; i++) {
			bool plain = r->bytes.p[i] >= 0x20 && r->bytes.p[i] < 0x7f;

			buf_byte(out, is_hidden(r, i) ? '*' : plain ? r->bytes.p[i] : '.');
		}
		buf_byte(out, '\n');
	}
	if (r->hidden.n)
		buf_str(out, "** is hidden\n");
}

static void
put_meaning(struct dialogue *d, const struct entry *e, const struct record *r, int width)
{
	struct buf *out = &d->aside_text;

	if (e->kind == REC_FINDING) {
		put_finding(out, width, r);
	} else if (e->kind == REC_ANOMALY) {
		put_wire(out, width, "Odd: ", r->extra);
		put_wire(out, width, "", r->text);
	} else {
		struct bytes text = talk_text(d, (size_t)(e - d->entries));

		text_wrap(out, bytes_sub(text, 0, 4096), 0, 0, (size_t)width);
		if (!talk_record(d, (size_t)(e - d->entries), (struct record *)r))
			return;
		if (r->decoded.n)
			put_wire(out, width, "base64 of: ", r->decoded);
		buf_byte(out, '\n');
		put_explained(d, r, (enum proto)d->talks[e->talk].s.proto, width);
	}
}

static int
count_lines(struct bytes text)
{
	int n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

void
aside_make(struct dialogue *d, int width, int rows)
{
	int lines;
	const struct dline *l;
	const struct entry *e;
	struct record r;

	buf_clear(&d->aside_text);
	if (d->cursor >= d->n_lines || d->aside == ASIDE_OFF || width < 20)
		return;
	l = &d->lines[d->cursor];
	e = &d->entries[l->entry];
	if (!talk_record(d, l->entry, &r))
		return;
	put_place(&d->aside_text, &r);
	if (d->aside == ASIDE_EXPLAIN)
		put_meaning(d, e, &r, width);
	else if (d->aside == ASIDE_RAW || !r.bytes.n)
		put_wire(&d->aside_text, width, "", r.text);
	else
		put_hex(&d->aside_text, &r, width);
	lines = count_lines(buf_bytes(&d->aside_text));
	if (d->aside_top > lines - rows)
		d->aside_top = lines > rows ? lines - rows : 0;
}

void
aside_draw(const struct dialogue *d, struct canvas *c, struct area a)
{
	struct bytes rest = buf_bytes(&d->aside_text);
	int skip = d->aside_top, lines = count_lines(rest);

	if (a.rows <= 0)
		return;
	if (a.col > 0)
		canvas_column(c, a.row, a.col - 1, a.rows, INK_FRAME, 0x2502);
	else
		canvas_fill(c, a.row - 1, a.col, a.cols, INK_FRAME, 0x2500);
	for (int row = -skip; rest.n && row < a.rows; row++) {
		size_t n = bytes_find(rest, '\n');

		if (row >= 0)
			canvas_put(c, a.row + row, a.col + 1, a.cols - 1,
				row + skip < 2 ? INK_DIM : INK_PLAIN, bytes_sub(rest, 0, n));
		rest = bytes_from(rest, n + 1);
	}
	if (lines - skip > a.rows)
		canvas_str(c, a.row + a.rows - 1, a.col + a.cols - 7, 7, INK_DIM, " more →");
}
