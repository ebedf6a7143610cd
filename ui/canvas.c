/* wcwidth() decides how wide a character is, as it does for the terminal library. */
#include "ui/canvas.h"
#include "base/arena.h"
#include "base/escape.h"
#include "output/text.h"

#include <stdlib.h>
#include <wchar.h>

#define REPLACEMENT 0xfffd

void
canvas_init(struct canvas *c, bool unicode)
{
	*c = (struct canvas){.unicode = unicode, .cursor_row = -1};
}

void
canvas_done(struct canvas *c)
{
	free(c->cells);
	c->cells = NULL;
}

void
canvas_clear(struct canvas *c)
{
	for (int i = 0; i < c->rows * c->cols; i++)
		c->cells[i] = (struct canvas_cell){.cp = {' '}};
	c->cursor_row = -1;
}

void
canvas_resize(struct canvas *c, int rows, int cols)
{
	c->rows = rows > 1 ? rows : 1;
	c->cols = cols > 1 ? cols : 1;
	c->cells = mem_grow(c->cells, (size_t)c->rows * (size_t)c->cols * sizeof(*c->cells));
	canvas_clear(c);
}

/*
 * Joiners and selectors would let the terminal melt several cells into one, directional marks
 * turn them round. Wire text comes escaped; this holds whatever comes.
 */
static bool
is_joiner(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0x061c, 0x061c}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
		{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0000, 0xe0fff}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	return false;
}

/* Columns of a character: 0, 1 or 2; *cp becomes what is shown for it. 0 with *cp 0: nothing
 * is. */
static int
columns(uint32_t *cp)
{
	int w;

	if (*cp >= 0x20 && *cp < 0x7f)
		return 1;
	if (is_joiner(*cp)) {
		*cp = 0;
		return 0;
	}
	w = wcwidth((wchar_t)*cp);
	if (w < 0) /* of another locale, a control, or not assigned */
		w = *cp < 0xa0 ? -1 : (int)text_columns(*cp);
	if (w < 0) {
		*cp = REPLACEMENT;
		w = 1;
	}
	return w;
}

static size_t
next(struct bytes in, uint32_t *ret_cp, int *ret_columns)
{
	size_t n = utf8_next(in, ret_cp);

	if (n == 0)
		*ret_cp = REPLACEMENT;
	*ret_columns = columns(ret_cp);
	return n ? n : 1;
}

int
canvas_width(struct bytes text)
{
	int used;

	canvas_fit(text, INT32_MAX, &used);
	return used;
}

size_t
canvas_fit(struct bytes text, int width, int *ret_used)
{
	size_t at = 0;
	int used = 0;

	while (at < text.n) {
		uint32_t cp;
		int w;
		size_t n = next(bytes_from(text, at), &cp, &w);

		if (used + w > width)
			break;
		used += w;
		at += n;
	}
	*ret_used = used;
	return at;
}

static struct canvas_cell *
cell(struct canvas *c, int row, int col)
{
	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return NULL;
	return &c->cells[row * c->cols + col];
}

/* What stands for a character where there is ASCII only. */
static uint32_t
ascii(uint32_t cp)
{
	static const struct {
		uint32_t cp;
		char c;
	} table[] = {{0x2026, '~'}, {0x2500, '-'}, {0x2502, '|'}, {0x250c, '+'}, {0x2510, '+'},
		{0x2514, '+'}, {0x2518, '+'}, {0x251c, '+'}, {0x2524, '+'}, {0x252c, '+'},
		{0x2534, '+'}, {0x253c, '+'}, {0x2550, '='}, {0x2551, '#'}, {0x2190, '<'},
		{0x2192, '>'}, {0x2191, '^'}, {0x2193, 'v'}, {0x25b6, '>'}, {0x25c0, '<'},
		{0x00a7, 's'}, {0x25b2, '^'}, {0x25bc, 'v'}, {0x2713, '+'}, {0x2717, 'x'},
		{0x25cf, '*'}, {0x25cb, 'o'}, {0x25aa, '*'}, {0x2588, '#'}, {0x2591, '.'},
		{0x2592, ':'}, {0x2581, '_'}, {0x2582, '.'}, {0x2583, '-'}, {0x2584, '-'},
		{0x2585, '='}, {0x2586, '='}, {0x2587, '#'}, {0xb7, '.'}, {0x2013, '-'},
		{0x2014, '-'}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].cp == cp)
			return (uint32_t)table[i].c;
	return '?';
}

/* A wide character that loses one half leaves a space in the other. */
static void
unpair(struct canvas *c, int row, int col)
{
	struct canvas_cell *here = cell(c, row, col), *after = cell(c, row, col + 1);

	if (here && here->flags & CELL_TAIL) {
		struct canvas_cell *before = cell(c, row, col - 1);

		if (before)
			before->cp[0] = ' ';
		here->flags &= (uint8_t)~CELL_TAIL;
	}
	if (after && after->flags & CELL_TAIL) {
		*after = (struct canvas_cell){.cp = {' '}, .ink = after->ink};
	}
}

static void
set(struct canvas *c, int row, int col, enum ink ink, uint32_t cp, int w)
{
	struct canvas_cell *at = cell(c, row, col), *tail = cell(c, row, col + 1);

	if (!at)
		return;
	unpair(c, row, col);
	if (!c->unicode && cp >= 0x7f)
		cp = ascii(cp);
	*at = (struct canvas_cell){.cp = {cp}, .ink = (uint8_t)ink};
	if (w < 2)
		return;
	if (!tail) {
		at->cp[0] = ' ';
		return;
	}
	unpair(c, row, col + 1);
	*tail = (struct canvas_cell){
		.cp = {c->unicode ? 0 : '?'}, .ink = (uint8_t)ink, .flags = CELL_TAIL};
	if (!c->unicode)
		tail->flags = 0;
}

static void
combine(struct canvas *c, int row, int col, uint32_t cp)
{
	struct canvas_cell *at = cell(c, row, col);

	if (at && at->flags & CELL_TAIL)
		at = cell(c, row, col - 1);
	if (!at || !c->unicode || !cp)
		return;
	for (size_t i = 1; i <= CANVAS_MARKS; i++) {
		if (!at->cp[i]) {
			at->cp[i] = cp;
			return;
		}
	}
}

int
canvas_put(struct canvas *c, int row, int col, int width, enum ink ink, struct bytes text)
{
	int used, limit;
	bool cut;

	if (width > c->cols - col)
		width = c->cols - col;
	if (width <= 0 || row < 0 || row >= c->rows || col < 0)
		return 0;
	cut = canvas_fit(text, width, &used) < text.n;
	limit = cut ? width - 1 : width;
	for (used = 0; text.n;) {
		uint32_t cp;
		int w;
		size_t n = next(text, &cp, &w);

		if (used + w > limit)
			break;
		if (w)
			set(c, row, col + used, ink, cp, w);
		else if (used)
			combine(c, row, col + used - 1, cp);
		used += w;
		text = bytes_from(text, n);
	}
	if (cut)
		set(c, row, col + used++, ink, 0x2026, 1);
	return used;
}

int
canvas_str(struct canvas *c, int row, int col, int width, enum ink ink, const char *text)
{
	return canvas_put(c, row, col, width, ink, bytes_str(text));
}

int
canvas_right(struct canvas *c, int row, int col, int width, enum ink ink, struct bytes text)
{
	int need = canvas_width(text);

	if (need < width)
		return canvas_put(c, row, col + width - need, need, ink, text);
	return canvas_put(c, row, col, width, ink, text);
}

int
canvas_wire(struct canvas *c, int row, int col, int width, enum ink ink, struct bytes wire)
{
	struct buf b;
	int used;

	if (width <= 0)
		return 0;
	/* A column takes a byte at least, so more than this is not seen; marks apart. */
	buf_init(&b, SIZE_MAX);
	escape_term(&b, bytes_sub(wire, 0, 16 * (size_t)width + 64));
	used = canvas_put(c, row, col, width, ink, buf_bytes(&b));
	buf_done(&b);
	return used;
}

void
canvas_fill(struct canvas *c, int row, int col, int n, enum ink ink, uint32_t cp)
{
	for (int i = 0; i < n; i++)
		set(c, row, col + i, ink, cp, 1);
}

void
canvas_column(struct canvas *c, int row, int col, int n, enum ink ink, uint32_t cp)
{
	for (int i = 0; i < n; i++)
		set(c, row + i, col, ink, cp, 1);
}

void
canvas_ink(struct canvas *c, int row, int col, int n, enum ink ink)
{
	for (int i = 0; i < n; i++)
		if (cell(c, row, col + i))
			cell(c, row, col + i)->ink = (uint8_t)ink;
}

void
canvas_cursor(struct canvas *c, int row, int col, int n)
{
	for (int i = 0; i < n; i++)
		if (cell(c, row, col + i))
			cell(c, row, col + i)->flags |= CELL_CURSOR;
}

void
canvas_text(const struct canvas *c, struct buf *out)
{
	for (int row = 0; row < c->rows; row++) {
		for (int col = 0; col < c->cols; col++) {
			const struct canvas_cell *at = &c->cells[row * c->cols + col];

			if (at->flags & CELL_TAIL)
				continue;
			for (size_t i = 0; i <= CANVAS_MARKS && (i == 0 || at->cp[i]); i++)
				utf8_add(out, at->cp[i]);
		}
		while (out->n && out->p[out->n - 1] == ' ')
			out->n--;
		buf_byte(out, '\n');
	}
}
