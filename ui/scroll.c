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
	switch ((int)a) {
	case ACT_UP:
		s->top--;
		break;
	case ACT_DOWN:
		s->top++;
		break;
	case ACT_PAGE_UP:
		s->top -= s->page - 1;
		break;
	case ACT_PAGE_DOWN:
		s->top += s->page - 1;
		break;
	case ACT_TOP:
		s->top = 0;
		break;
	case ACT_BOTTOM:
		s->top = s->lines;
		break;
	default:
		return false;
	}
	scroll_settle(s);
	return true;
}

void
scroll_draw(const struct scroll *s, struct canvas *c, struct area a)
{
	if (s->top + a.rows < s->lines)
		canvas_str(c, a.row + a.rows - 1, a.col + a.cols - 7, 7, INK_DIM, " more ↓");
}
