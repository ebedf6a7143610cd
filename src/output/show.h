/* Inside of `show`: show.c has the sink, show_text.c the layouts, show_explain.c what lines
 * mean. */
#ifndef MS_OUTPUT_SHOW_H
#define MS_OUTPUT_SHOW_H

#include "output/sink.h"
#include "output/transcript.h"

#define SHOW_LINES 10  /* of a list shown */
#define SHOW_INDENT 13 /* columns before the text of a line: time and who */

struct show_view {
	struct buf *out, *tmp;
	bool color;
	size_t width;      /* of explanations and notes */
	size_t line_width; /* of dialogue lines; SIZE_MAX: never broken */
	enum proto proto;
	int64_t start_ns; /* times are relative to it */
	/* --explain: capabilities are explained once a session; a byte for each row of
	 * explain_rows. */
	uint8_t *explained;
	size_t lines;   /* of a list so far */
	bool body_open; /* --raw: the last body line has not ended */
};

/* One record as text. info: what became known of a message later, for REC_MESSAGE; or NULL. */
void show_text(struct show_view *v, const struct record *r, const struct record *info);
/* Says how many lines were folded; before what follows a list. */
void show_lines_end(struct show_view *v);
void show_raw(struct show_view *v, const struct record *r);
void show_hex(struct show_view *v, const struct record *r);
/* What the line means, wrapped and indented below it. */
void show_explain(struct show_view *v, const struct record *r);
/* A line of hex: `row` bytes of r from `at` on, hidden ones as "**". */
void show_hex_row(struct buf *out, const struct record *r, size_t at, size_t row);

#endif
