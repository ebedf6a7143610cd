/* Small blocks of every size: none lies in another, what is given back is used again, by its
 * own size and by others. */
#include "base/blocks.h"
#include "base/poison.h"

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

static bool
all_poisoned(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!poisoned(p + i))
			return false;
	}
	return true;
}

static bool
none_poisoned(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (poisoned(p + i))
			return false;
	}
	return true;
}

/* The sanitizer sees a byte too many, what was given back, and what never was a block. */
static void
test_poison(void **state)
{
	struct blocks *b = blocks_new();
	uint8_t *p, *q;

	if (!POISON)
		skip();
	for (size_t n = 1; n <= BLOCK_MOST; n++) {
		p = blocks_get(b, n);
		assert_true(none_poisoned(p, n));
		assert_true(poisoned(p + n));
		q = blocks_get(b, n);
		assert_true(poisoned(p + n));
		assert_true(none_poisoned(q, n));
		assert_true(all_poisoned(q + n, 64));
		blocks_give(b, p, n);
		assert_true(all_poisoned(p, n));
		assert_true(none_poisoned(q, n));
		blocks_give(b, q, n);
		assert_true(all_poisoned(q, n));
	}
	p = blocks_get(b, 8);
	blocks_give(b, p, 8);
	assert_ptr_equal(blocks_get(b, 3), p);
	assert_true(none_poisoned(p, 3));
	assert_true(all_poisoned(p + 3, 64));
	blocks_give(b, p, 3);
	blocks_free(&b);
}

/* A slab of which nothing is left serves another size: there is nothing of its past in it. */
static void
test_poison_again(void **state)
{
	struct blocks *b = blocks_new();
	uint8_t *p;

	if (!POISON)
		skip();
	highest(b, 8);
	p = blocks_get(b, 40);
	assert_true(none_poisoned(p, 40));
	assert_true(all_poisoned(p + 40, 4096));
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
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_poison_again),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
