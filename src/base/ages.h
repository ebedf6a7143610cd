/*
 * Things in the order of their last use, or of their coming: which of them goes when there is
 * no room. The links lie in the things, so nothing is allocated, and nothing fails.
 */
#ifndef MS_BASE_AGES_H
#define MS_BASE_AGES_H

#include <stddef.h>

/* A member of each thing: AGED() leads back to it. It is in one list at most. */
struct aged {
	struct aged *older, *newer; /* NULL at the ends */
};

/* Of things that the caller owns: to forget it needs no call. Zeroed it is empty. */
struct ages {
	struct aged *oldest, *newest; /* NULL: empty */
	size_t n;                     /* things */
};

/* The thing of this type with that member. a is not NULL. */
#define AGED(a, type, member) ((type *)((char *)(a)-offsetof(type, member)))

/* a is in no list; it becomes the newest. */
static inline void
ages_add(struct ages *l, struct aged *a)
{
	a->newer = NULL;
	a->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = a;
	l->newest = a;
	l->n++;
}

/* a is in this list. */
static inline void
ages_del(struct ages *l, struct aged *a)
{
	*(a->older ? &a->older->newer : &l->oldest) = a->newer;
	*(a->newer ? &a->newer->older : &l->newest) = a->older;
	l->n--;
}

/* a, which is in this list, becomes the newest. */
static inline void
ages_touch(struct ages *l, struct aged *a)
{
	if (a == l->newest)
		return;
	*(a->older ? &a->older->newer : &l->oldest) = a->newer;
	a->newer->older = a->older;
	a->newer = NULL;
	a->older = l->newest;
	l->newest->newer = a;
	l->newest = a;
}

#endif
