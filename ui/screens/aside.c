/* The pane beside the ladder: what the line under the cursor means, how it was sent. */
#include "ui/screens/dialogue.h"
#include "ui/pane.h"
#include "base/escape.h"
#include "dissectors/explain.h"
#include "findings/findings.h"
#include "output/show.h"
#include "output/text.h"
#include "output/tls_hello.h"

#include <inttypes.h>

#define HEX_BYTES 8192u /* of a line that are shown */

static void
put_finding(struct buf *out, int width, const struct record *r)
{
	const struct finding_row *row = findings_row(bytes_str(r->h.verb));
	struct finding_case told;

	pane_words(out, width, "", r->h.verb);
	if (!row)
		return;
	told = finding_case_titled(row, r->text);
	pane_words(out, width, "", told.title);
	if (r->extra.n)
		pane_wire(out, width, "", r->extra);
	buf_byte(out, '\n');
	pane_rule(out, width, row, &told);
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
put_place(const struct times *t, struct buf *out, const struct record *r)
{
	if (r->h.packet)
		buf_fmt(out, "packet %" PRIu64 ", offset %" PRIu64 "\n", r->h.packet,
			r->h.offset);
	times_micro(t, r->h.ts_ns, out);
	buf_byte(out, ' ');
	times_zone(t, r->h.ts_ns, out);
	buf_fmt(out, ", %s\n", r->h.dir == DIR_C2S ? "client to server" : "server to client");
	buf_byte(out, '\n');
}

/* Eight bytes a row, or sixteen where there is room. */
static void
put_hex(struct buf *out, const struct record *r, int width)
{
	size_t row = width >= 76 ? 16 : 8;

	for (size_t at = 0; at < r->bytes.n && at < HEX_BYTES; at += row)
		show_hex_row(out, r, at, row);
	if (r->hidden.n)
		buf_str(out, "** is hidden\n");
}

static void
put_hello(struct dialogue *d, const struct entry *e, int width)
{
	struct buf lines;
	struct record r;

	if (!talk_record(d, (size_t)(e - d->entries), &r) || !r.extra.n)
		return;
	buf_init(&lines, 65536);
	tls_hello_lines(&lines, r.extra);
	buf_byte(&d->aside_text, '\n');
	pane_wire(&d->aside_text, width, "", buf_bytes(&lines));
	buf_done(&lines);
}

static void
put_meaning(struct dialogue *d, const struct entry *e, const struct record *r, int width)
{
	struct buf *out = &d->aside_text;

	if (e->kind == REC_FINDING) {
		put_finding(out, width, r);
	} else if (e->kind == REC_ANOMALY) {
		pane_wire(out, width, "Odd: ", r->extra);
		pane_wire(out, width, "", r->text);
	} else {
		struct bytes text = talk_text(d, (size_t)(e - d->entries));

		text_wrap(out, bytes_sub(text, 0, 4096), 0, 0, (size_t)width);
		if (!talk_record(d, (size_t)(e - d->entries), (struct record *)r))
			return;
		if (r->decoded.n)
			pane_wire(out, width, "base64 of: ", r->decoded);
		buf_byte(out, '\n');
		put_explained(d, r, (enum proto)d->talks[e->talk].s.proto, width);
		if (e->kind == REC_TLS)
			put_hello(d, e, width);
	}
}

void
aside_make(struct dialogue *d, struct area pane)
{
	int width = pane.cols - 2;
	const struct dline *l;
	const struct entry *e;
	struct record r;

	buf_clear(&d->aside_text);
	if (d->cursor >= d->n_lines || d->aside == ASIDE_OFF || width < 20 || pane.rows <= 0)
		return;
	l = &d->lines[d->cursor];
	e = &d->entries[l->entry];
	if (!talk_record(d, l->entry, &r))
		return;
	put_place(&d->times, &d->aside_text, &r);
	if (d->aside == ASIDE_EXPLAIN)
		put_meaning(d, e, &r, width);
	else if (d->aside == ASIDE_RAW || !r.bytes.n)
		pane_wire(&d->aside_text, width, "", r.text);
	else
		put_hex(&d->aside_text, &r, width);
	pane_settle(&d->aside_text, pane, &d->aside_top);
}
