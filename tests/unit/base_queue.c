/* A queue between two threads: order, waiting for many, an end. */
#include "base/queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"

enum {
	THINGS = 50000,
	ROUND = 16 /* things that go round */
};

struct thing {
	struct queue_node node;
	unsigned number;
};

struct pair {
	struct queue *there, *back;
	unsigned wrong;
};

/* Each comes back once it was looked at. */
static void *
look(void *user)
{
	struct pair *p = user;
	struct thing *t;
	unsigned want = 0;

	while ((t = (struct thing *)queue_get(p->there, 1))) {
		p->wrong += t->number != want++;
		queue_put(p->back, &t->node);
	}
	p->wrong += want != THINGS;
	return NULL;
}

static void
test_order(void **state)
{
	struct pair p = {queue_new(), queue_new(), 0};
	struct thing things[ROUND] = {0}, *t;
	pthread_t thread;

	for (int i = 0; i < ROUND; i++)
		queue_put(p.back, &things[i].node);
	assert_int_equal(pthread_create(&thread, NULL, look, &p), 0);
	for (unsigned i = 0; i < THINGS; i++) {
		t = (struct thing *)queue_get(p.back, ROUND / 4);
		assert_non_null(t);
		t->number = i;
		queue_put(p.there, &t->node);
	}
	assert_true(queue_await(p.back, ROUND, -1));
	queue_close(p.there);
	pthread_join(thread, NULL);
	assert_int_equal(p.wrong, 0);
	for (int i = 0; i < ROUND; i++)
		assert_non_null(queue_try(p.back));
	assert_null(queue_try(p.back));
	queue_free(&p.there);
	queue_free(&p.back);
}

static void
test_await(void **state)
{
	struct queue *q = queue_new();
	struct thing things[2] = {0};
	int64_t before_ns = clock_mono_ns();

	queue_put(q, &things[0].node);
	assert_true(queue_await(q, 1, 0));
	assert_false(queue_await(q, 2, 0));
	assert_false(queue_await(q, 2, 20 * NS_PER_MS));
	assert_true(clock_mono_ns() - before_ns >= 20 * NS_PER_MS);
	queue_put(q, &things[1].node);
	assert_true(queue_await(q, 2, -1));
	queue_free(&q);
	assert_null(q);
}

static void
test_close(void **state)
{
	struct queue *q = queue_new();
	struct thing thing = {0};

	queue_put(q, &thing.node);
	queue_close(q);
	assert_ptr_equal(queue_get(q, 4), &thing.node); /* what was put before comes out */
	assert_null(queue_get(q, 1));
	assert_false(queue_await(q, 1, -1));
	queue_free(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_await),
		cmocka_unit_test(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
