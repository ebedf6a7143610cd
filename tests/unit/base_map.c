/* The hash table: many keys, deletions in every order, a ceiling, binary keys. */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
	KEYS = 100000
};

static struct bytes
key_of(uint32_t i, char room[32])
{
	return (struct bytes){
		(const uint8_t *)room, (size_t)snprintf(room, 32, "user%u@example.org", i)};
}

static void *
value_of(uint32_t i)
{
	return (void *)((uintptr_t)i + 1);
}

static void
test_many(void **state)
{
	struct map *m = map_new(0);
	char room[32];
	size_t empty = map_memory(m), pos = 0, n = 0;
	struct bytes key;
	uintptr_t sum = 0;
	void *value;

	for (uint32_t i = 0; i < KEYS; i++) {
		void **at = map_put(m, key_of(i, room));

		assert_non_null(at);
		assert_null(*at);
		*at = value_of(i);
	}
	assert_true(map_memory(m) > empty + (size_t)KEYS * 20);
	for (uint32_t i = 0; i < KEYS; i++)
		assert_ptr_equal(map_get(m, key_of(i, room)), value_of(i));
	assert_null(map_get(m, key_of(KEYS, room)));
	while (map_next(m, &pos, &key, &value)) {
		n++;
		sum += (uintptr_t)value;
		assert_true(bytes_starts(key, "user"));
	}
	assert_int_equal(n, KEYS);
	assert_int_equal(sum, (uintptr_t)KEYS * (KEYS + 1) / 2);
	/* Every third goes; the rest must still be found behind the holes. */
	for (uint32_t i = 0; i < KEYS; i += 3)
		assert_ptr_equal(map_del(m, key_of(i, room)), value_of(i));
	for (uint32_t i = 0; i < KEYS; i++)
		assert_ptr_equal(map_get(m, key_of(i, room)), i % 3 ? value_of(i) : NULL);
	for (uint32_t i = 0; i < KEYS; i++)
		map_del(m, key_of(i, room));
	assert_int_equal(map_count(m), 0);
	pos = 0;
	assert_false(map_next(m, &pos, &key, &value));
	map_free(&m);
	assert_null(m);
	map_free(&m);
}

/* Puts and deletes by chance, beside a plain array that knows the truth; the table is small, so
 * runs wrap around. */
static void
test_against_array(void **state)
{
	enum {
		SPACE = 24
	};
	struct map *m = map_new(0);
	void *want[SPACE] = {0};
	uint32_t seed = 1;
	size_t count = 0;

	for (uint32_t step = 0; step < 50000; step++) {
		uint32_t i;
		char room[32];

		seed = seed * 1103515245 + 12345;
		i = (seed >> 16) % SPACE;
		if (seed >> 30 & 1) {
			count += !want[i];
			want[i] = value_of(step);
			*map_put(m, key_of(i, room)) = want[i];
		} else {
			count -= want[i] != NULL;
			assert_ptr_equal(map_del(m, key_of(i, room)), want[i]);
			want[i] = NULL;
		}
		assert_int_equal(map_count(m), count);
		for (i = 0; i < SPACE; i++)
			assert_ptr_equal(map_get(m, key_of(i, room)), want[i]);
	}
	map_free(&m);
}

static void
test_ceiling(void **state)
{
	struct map *m = map_new(3);
	int x;

	*map_put(m, BYTES("a")) = &x;
	*map_put(m, BYTES("b")) = &x;
	*map_put(m, BYTES("c")) = &x;
	assert_null(map_put(m, BYTES("d")));
	assert_non_null(map_put(m, BYTES("a")));
	assert_ptr_equal(map_del(m, BYTES("b")), &x);
	assert_non_null(map_put(m, BYTES("d")));
	assert_int_equal(map_count(m), 3);
	map_free(&m);
}

static void
test_binary_keys(void **state)
{
	struct map *m = map_new(0);
	int a, b, c;

	assert_null(map_get(m, BYTES_NONE));
	assert_null(map_del(m, BYTES("x")));
	*map_put(m, BYTES_NONE) = &a;
	*map_put(m, BYTES("\0")) = &b;
	*map_put(m, BYTES("\0\0")) = &c;
	assert_ptr_equal(map_get(m, BYTES("")), &a);
	assert_ptr_equal(map_get(m, BYTES("\0")), &b);
	assert_ptr_equal(map_get(m, BYTES("\0\0")), &c);
	assert_ptr_equal(map_del(m, BYTES("\0")), &b);
	assert_ptr_equal(map_get(m, BYTES("\0\0")), &c);
	assert_int_equal(map_count(m), 2);
	map_free(&m);
}

/* Keys that stand in the values. */
static void
test_lent(void **state)
{
	struct entry {
		char name[32];
		struct bytes key;
	} *entries = calloc(1000, sizeof(*entries));
	struct map *m = map_new_lent(offsetof(struct entry, key));
	size_t empty = map_memory(m), pos = 0, left = 0;
	struct bytes key;
	void *value;
	char room[32];

	assert_null(map_get(m, BYTES("nobody")));
	for (uint32_t i = 0; i < 1000; i++) {
		entries[i].key = key_of(i, entries[i].name);
		map_add(m, &entries[i]);
	}
	assert_true(map_memory(m) > empty);
	for (uint32_t i = 0; i < 1000; i += 2)
		assert_ptr_equal(map_del(m, key_of(i, room)), &entries[i]);
	for (uint32_t i = 0; i < 1000; i++)
		assert_ptr_equal(map_get(m, key_of(i, room)), i % 2 ? &entries[i] : NULL);
	for (; map_next(m, &pos, &key, &value); left++)
		assert_ptr_equal(key.p, ((struct entry *)value)->name);
	assert_int_equal(left, 500);
	map_free(&m);
	free(entries);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_lent),
		cmocka_unit_test(test_against_array),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_binary_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
