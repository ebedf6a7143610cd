/* The bytes of one direction that were not used yet, and where they came from. */
#include "dissectors/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* More marks than this are merged: places then name the first packet of the run. */
enum {
	KEEP_MARKS_MAX = 65536
};

struct bytes
side_bytes(const struct conn_side *s)
{
	return (struct bytes){s->keep.p ? s->keep.p + s->start : NULL, s->keep.n - s->start};
}

void
side_reset(struct conn_side *s)
{
	buf_done(&s->keep);
	s->keep.max = 0; /* a side at rest is zeros */
	free(s->marks);
	s->marks = NULL;
	s->n_marks = s->cap_marks = 0;
	s->start = 0;
}

/* Nothing is kept any more. */
static void
side_empty(struct conn_side *s)
{
	if (!s->sticky) {
		side_reset(s);
		return;
	}
	buf_clear(&s->keep);
	s->start = 0;
	s->n_marks = 0;
}

void
side_use(struct conn_side *s, size_t n)
{
	uint32_t gone = 0;

	assert(n <= s->keep.n - s->start);
	s->start += n;
	s->taken += n;
	if (s->start == s->keep.n) {
		if (!s->last.flat)
			s->last.offset += s->taken - s->last.pos;
		s->last.pos = s->taken;
		side_empty(s);
		return;
	}
	while (gone + 1 < s->n_marks && s->marks[gone + 1].pos <= s->taken)
		gone++;
	/* Moved only when much is gone, so that a long wait does not cost a move a byte. */
	if (gone > 32 && gone > s->n_marks / 2) {
		s->n_marks -= gone;
		memmove(s->marks, s->marks + gone, s->n_marks * sizeof(s->marks[0]));
	}
	if (s->start > 4096 && s->start > s->keep.n / 2) {
		buf_eat(&s->keep, s->start);
		s->start = 0;
	}
}

void
side_drop(struct conn_side *s)
{
	s->taken += s->keep.n - s->start;
	side_empty(s);
	s->fresh = false;
}

void
side_keep(struct conn_side *s, struct bytes in, const struct mark *at)
{
	struct mark m;

	if (!in.n)
		return;
	m = *at;
	m.pos = s->taken + (s->keep.n - s->start);
	if (!s->keep.p)
		buf_init(&s->keep, SIZE_MAX);
	if (s->n_marks == s->cap_marks && s->cap_marks < KEEP_MARKS_MAX) {
		s->cap_marks = s->cap_marks ? s->cap_marks * 2 : 1;
		s->marks = mem_grow(s->marks, s->cap_marks * sizeof(s->marks[0]));
	}
	if (s->n_marks < s->cap_marks)
		s->marks[s->n_marks++] = m;
	buf_add(&s->keep, in);
	s->last = m;
	s->fresh = true;
}

size_t
side_kept(const struct conn_side *s)
{
	return s->keep.cap + s->cap_marks * sizeof(s->marks[0]);
}

struct place
side_place(const struct conn *c, enum dir d)
{
	const struct conn_side *s = &c->side[d];
	struct mark m = s->n_marks ? s->marks[0] : s->last;

	if (!m.flat)
		m.offset += s->taken - m.pos;
	return mark_place(c, d, &m, 0);
}
