/* Text beside a list or below it: lines parted by LF, escaped, as wide as the pane. */
#ifndef MS_UI_PANE_H
#define MS_UI_PANE_H

#include "findings/finding.h"
#include "ui/canvas.h"

/* Parts an area: what stays for the main thing, and the pane; beside it where there is room. */
void pane_split(struct area a, struct area *ret_main, struct area *ret_pane);
/* Appends text of ours, or of the wire (escaped), wrapped; lead stands before it. */
void pane_words(struct buf *out, int width, const char *lead, const char *text);
void pane_wire(struct buf *out, int width, const char *lead, struct bytes wire);
/* What the catalogue says of a finding; told is its case. */
void pane_rule(struct buf *out, int width, const struct finding_row *row,
	const struct finding_case *told);
/* Keeps *top within the text. */
void pane_settle(const struct buf *text, struct area pane, int *top);
void pane_draw(const struct buf *text, int top, struct canvas *c, struct area pane);

#endif
