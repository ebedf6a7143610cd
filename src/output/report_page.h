/* The layout of the text report: chapters, paragraphs, tables. */
#ifndef MS_OUTPUT_REPORT_PAGE_H
#define MS_OUTPUT_REPORT_PAGE_H

#include "output/report.h"

struct grid_column {
	const char *title;
	unsigned min; /* columns to which it may shrink, 0: never */
	bool right;
	size_t width; /* found by report_grid() */
};
/* Appends column `col` of item, escaped. */
typedef void (*grid_cell)(struct report *r, void *item, size_t col, struct buf *out);

size_t report_width(const struct report *r);
void report_heading(struct report *r, const char *text);
/* text, wrapped, `indent` columns from the left and two more from its second line on; text is
 * cleared. */
void report_paragraph(struct report *r, size_t indent, struct buf *text);
const char *report_many(uint64_t n, const char *one, const char *more);
/* The last two chapters. t: scratch, left empty. */
void report_fine(struct report *r, struct buf *t);
void report_unseen(struct report *r, struct buf *t);
/*
 * A table of the items that take() says yes to, in the order of the list, as wide as the
 * report; its last column is left-aligned and goes on below. Long lists are cut, and say so. t:
 * scratch, left empty. Returns how many items there were.
 */
size_t report_grid(struct report *r, const struct report_list *list, bool (*take)(const void *),
	struct grid_column *cols, size_t n, grid_cell cell, struct buf *t);

#endif
