/*
 * A screen full of cells in memory. Screens only write cells; the terminal paints them, and a
 * script can save them as text. Whatever the text, a cell never holds more than one character
 * with its combining marks, so nothing shifts a column, and nothing moves a cursor.
 */
#ifndef MS_UI_CANVAS_H
#define MS_UI_CANVAS_H

#include "base/buf.h"
#include "ui/theme.h"

#define CANVAS_MARKS 2 /* combining marks kept of a character */

enum {
	CELL_TAIL = 1,   /* right half of the wide character before it */
	CELL_CURSOR = 2, /* of the line under the cursor */
};

struct canvas_cell {
	uint32_t cp[1 + CANVAS_MARKS]; /* 0: no further one */
	uint8_t ink;                   /* enum ink */
	uint8_t flags;
};

struct canvas {
	int rows, cols;
	struct canvas_cell *cells;
	bool unicode; /* else what is not ASCII is replaced by something of the same width */
	int cursor_row, cursor_col; /* of the terminal; row -1: hidden */
};

struct area { /* a rectangle of cells */
	int row, col, rows, cols;
};

void canvas_init(struct canvas *c, bool unicode);
void canvas_done(struct canvas *c);
/* Both also empty it. */
void canvas_resize(struct canvas *c, int rows, int cols);
void canvas_clear(struct canvas *c);
/*
 * Writes text of ours, or such that escape_term() has made, in at most `width` columns and not
 * over the edge. What is longer ends in "…". Returns the columns used.
 */
int canvas_put(struct canvas *c, int row, int col, int width, enum ink ink, struct bytes text);
int canvas_str(struct canvas *c, int row, int col, int width, enum ink ink, const char *text);
/* The same at the right end of the `width` columns. */
int canvas_right(
	struct canvas *c, int row, int col, int width, enum ink ink, struct bytes text);
/* Bytes of the wire: escaped first. */
int canvas_wire(struct canvas *c, int row, int col, int width, enum ink ink, struct bytes wire);
/* n times the character. */
void canvas_fill(struct canvas *c, int row, int col, int n, enum ink ink, uint32_t cp);
void canvas_column(struct canvas *c, int row, int col, int n, enum ink ink, uint32_t cp);
/* Gives cells another ink, or marks them as those under the cursor. */
void canvas_ink(struct canvas *c, int row, int col, int n, enum ink ink);
void canvas_cursor(struct canvas *c, int row, int col, int n);
/* As text: lines without spaces at their ends. */
void canvas_text(const struct canvas *c, struct buf *out);

/* Columns that text takes on a canvas; and how many bytes of it fit in `width` columns. */
int canvas_width(struct bytes text);
size_t canvas_fit(struct bytes text, int width, int *ret_used);

#endif
