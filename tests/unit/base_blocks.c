/* Small blocks of every size: none lies in another, what is given back is used again, by its
 * own size and by others. */
#include "base/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
	MANY = 4000
};

struct held {
	uint8_t *p;
	size_t n;
	uint8_t fill;
};

static void
take(struct blocks *b, struct held *h, size_t n, uint8_t fill)
{
	*h = (struct held){blocks_get(b, n), n, fill};
	assert_int_equal((uintptr_t)h->p % 8, 0);
	memset(h->p, fill, n);
}

static void
give(struct blocks *b, struct held *h)
{
	for (size_t i = 0; i < h->n; i++)
		assert_int_equal(h->p[i], h->fill);
	blocks_give(b, h->p, h->n);
	h->p = NULL;
}

static void
test_any(void **state)
{
	struct blocks *b = blocks_new();
	struct held held[MANY] = {0};
	uint32_t x = 2463534242;

	for (int round = 0; round < 100000; round++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		struct held *h = &held[x % MANY];

		if (h->p)
			give(b, h);
		else
			take(b, h, 1 + x / MANY % (BLOCK_MOST + 8), (uint8_t)round);
	}
	for (int i = 0; i < MANY; i++) {
		if (held[i].p)
			give(b, &held[i]);
	}
	blocks_free(&b);
	assert_null(b);
}

static uintptr_t
highest(struct blocks *b, size_t size)
{
	static struct held held[MANY];
	uintptr_t high = 0;

	for (int i = 0; i < MANY; i++) {
		take(b, &held[i], size, (uint8_t)i);
		high = (uintptr_t)held[i].p > high ? (uintptr_t)held[i].p : high;
	}
	for (int i = 0; i < MANY; i++)
		give(b, &held[i]);
	return high;
}

/* What fitted before fits again into the same slabs, whatever the size was. */
static void
test_again(void **state)
{
	struct blocks *b = blocks_new();
	uintptr_t high = highest(b, 104);

	for (size_t size = 8; size <= 96; size += 8)
		assert_true(highest(b, size) < high + 16384);
	blocks_free(&b);
}

static void
test_cost(void **state)
{
	assert_int_equal(blocks_cost(1), 8);
	assert_int_equal(blocks_cost(8), 8);
	assert_int_equal(blocks_cost(9), 16);
	assert_true(blocks_cost(BLOCK_MOST + 1) > BLOCK_MOST + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
