#include "ui/pane.h"
#include "base/escape.h"
#include "output/text.h"

#define BESIDE 110 /* columns from which on the pane stands beside */
#define WIDEST 78
#define BELOW 16 /* rows from which on it stands below */

void
pane_split(struct area a, struct area *ret_main, struct area *ret_pane)
{
	*ret_main = *ret_pane = a;
	if (a.cols >= BESIDE) {
		ret_pane->cols = a.cols * 3 / 8 < WIDEST ? a.cols * 3 / 8 : WIDEST;
		ret_main->cols -= ret_pane->cols + 1;
		ret_pane->col = ret_main->col + ret_main->cols + 1;
	} else {
		ret_pane->rows = a.rows >= BELOW ? a.rows / 3 : 0;
		ret_main->rows -= ret_pane->rows + (ret_pane->rows ? 1 : 0);
		ret_pane->row = ret_main->row + ret_main->rows + 1;
	}
}

void
pane_words(struct buf *out, int width, const char *lead, const char *text)
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

void
pane_wire(struct buf *out, int width, const char *lead, struct bytes wire)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_str(&b, lead);
	while (wire.n) {
		escape_term(&b, bytes_line(&wire));
		buf_byte(&b, '\n');
	}
	while (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	text_wrap(out, buf_bytes(&b), 0, 0, (size_t)width);
	buf_done(&b);
}

void
pane_rule(struct buf *out, int width, const struct finding_row *row,
	const struct finding_case *told)
{
	pane_words(out, width, "", told->explain);
	buf_byte(out, '\n');
	pane_words(out, width, "Remedy: ", told->remedy);
	for (size_t i = 0; row->refs && row->refs[i]; i++)
		pane_words(out, width, i ? "    " : "See ", row->refs[i]);
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
pane_settle(const struct buf *text, struct area pane, int *top)
{
	int lines = count_lines(buf_bytes(text));

	if (*top > lines - pane.rows)
		*top = lines > pane.rows ? lines - pane.rows : 0;
}

void
pane_draw(const struct buf *text, int top, struct canvas *c, struct area a)
{
	struct bytes rest = buf_bytes(text);
	int lines = count_lines(rest);

	if (a.rows <= 0)
		return;
	if (a.col > 0)
		canvas_column(c, a.row, a.col - 1, a.rows, INK_FRAME, 0x2502);
	else
		canvas_fill(c, a.row - 1, a.col, a.cols, INK_FRAME, 0x2500);
	for (int row = -top; rest.n && row < a.rows; row++) {
		size_t n = bytes_find(rest, '\n');

		if (row >= 0)
			canvas_put(c, a.row + row, a.col + 1, a.cols - 1,
				row + top < 2 ? INK_STRONG : INK_PLAIN, bytes_sub(rest, 0, n));
		rest = bytes_from(rest, n + 1);
	}
	if (lines - top > a.rows)
		canvas_str(c, a.row + a.rows - 1, a.col + a.cols - 7, 7, INK_DIM, " more →");
}
