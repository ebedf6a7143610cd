#include "ui/scroll.h"

void
scroll_settle(struct scroll *s)
{
	if (s->top > s->lines - s->page)
		s->top = s->lines - s->page;
	if (s->top < 0)
		s->top = 0;
}

bool
scroll_act(struct scroll *s, enum action a)
{
	int64_t by = action_step(a, s->page > 1 ? s->page - 1 : 1), to = s->top + by;

	if (!by)
		return false;
	s->top = to < 0 ? 0 : to > s->lines ? s->lines : (int)to;
	scroll_settle(s);
	return true;
}

size_t
scroll_step(size_t cursor, int64_t by, size_t n)
{
	int64_t to = (int64_t)cursor + by;

	return to < 0 ? 0 : (size_t)to < n ? (size_t)to : n ? n - 1 : 0;
}

void
scroll_show(size_t cursor, size_t *top, int page)
{
	if (cursor < *top)
		*top = cursor;
	if (cursor >= *top + (size_t)page)
		*top = cursor - (size_t)page + 1;
}

void
scroll_draw(const struct scroll *s, struct canvas *c, struct area a)
{
	if (s->top + a.rows < s->lines)
		canvas_str(c, a.row + a.rows - 1, a.col + a.cols - 7, 7, INK_DIM, " more ↓");
}
