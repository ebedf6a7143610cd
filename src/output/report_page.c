#include "output/report_page.h"
#include "output/style.h"
#include "output/text.h"

#include <inttypes.h>
#include <string.h>

#define ROWS 200 /* of a table */

size_t
report_width(const struct report *r)
{
	return r->set.width > 0 ? (size_t)r->set.width : 80;
}

void
report_heading(struct report *r, const char *text)
{
	size_t n = strlen(text) + 1;

	buf_byte(&r->out, '\n');
	style_on(&r->out, r->set.color, STYLE_HEAD);
	buf_fmt(&r->out, "%s ", text);
	for (; n < report_width(r); n++)
		buf_byte(&r->out, '-');
	style_off(&r->out, r->set.color, STYLE_HEAD);
	buf_str(&r->out, "\n\n");
	report_flush(r);
}

void
report_paragraph(struct report *r, size_t indent, struct buf *text)
{
	text_spaces(&r->out, indent);
	text_wrap(&r->out, buf_bytes(text), indent, indent + 2, report_width(r));
	buf_clear(text);
}

const char *
report_many(uint64_t n, const char *one, const char *more)
{
	return n == 1 ? one : more;
}

static void
grid_fit(struct grid_column *cols, size_t n, size_t room)
{
	size_t total = 2 * (n - 1) + 2;

	for (size_t i = 0; i < n; i++)
		total += cols[i].width;
	while (total > room) {
		size_t best = n;

		for (size_t i = 0; i < n; i++)
			if (cols[i].min && cols[i].width > cols[i].min &&
				(best == n || cols[i].width - cols[i].min >
						      cols[best].width - cols[best].min))
				best = i;
		if (best == n)
			return;
		cols[best].width--;
		total--;
	}
}

static void
grid_line(struct report *r, const struct grid_column *cols, size_t n, void *item,
	grid_cell cell, struct buf *t)
{
	size_t at = 2;

	text_spaces(&r->out, at);
	for (size_t i = 0; i < n; i++) {
		buf_clear(t);
		if (item)
			cell(r, item, i, t);
		else
			buf_str(t, cols[i].title);
		if (t->n == 0)
			buf_byte(t, '-');
		if (i + 1 == n)
			break;
		text_cell(&r->out, buf_bytes(t), cols[i].width, cols[i].right);
		text_spaces(&r->out, 2);
		at += cols[i].width + 2;
	}
	text_wrap(&r->out, buf_bytes(t), at, at, report_width(r));
	buf_clear(t);
}

size_t
report_grid(struct report *r, const struct report_list *list, bool (*take)(const void *),
	struct grid_column *cols, size_t n, grid_cell cell, struct buf *t)
{
	size_t rows = 0, shown = 0;

	for (size_t i = 0; i < n; i++)
		cols[i].width = text_width(bytes_str(cols[i].title));
	for (size_t k = 0; k < list->n && rows < ROWS; k++) {
		if (!take(list->items[k]))
			continue;
		rows++;
		for (size_t i = 0; i < n; i++) {
			size_t w;

			buf_clear(t);
			cell(r, list->items[k], i, t);
			w = text_width(buf_bytes(t));
			if (w > cols[i].width)
				cols[i].width = w;
		}
	}
	grid_fit(cols, n, report_width(r));
	grid_line(r, cols, n, NULL, cell, t);
	rows = 0;
	for (size_t k = 0; k < list->n; k++) {
		if (!take(list->items[k]))
			continue;
		if (rows++ < ROWS) {
			grid_line(r, cols, n, list->items[k], cell, t);
			shown++;
		}
	}
	if (rows + list->dropped > shown)
		buf_fmt(&r->out,
			"  … and %" PRIu64 " more; --format json lists what is known\n",
			(uint64_t)(rows - shown) + list->dropped);
	report_flush(r);
	return rows;
}
