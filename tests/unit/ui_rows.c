/* A reader never sees half of a change. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/rows.h"
#include "ui/texts.h"

#define RECORDS 3000
#define CHANGES 200000

struct record {
	uint64_t a, b, c;
};

static void *
write_rows(void *user)
{
	struct rows *r = user;
	size_t at;

	for (uint64_t i = 0; i < RECORDS; i++)
		rows_add(r, &(struct record){i, i, i}, &at);
	for (uint64_t i = 0; i < CHANGES; i++)
		rows_set(r, i % 7, &(struct record){i, i, i});
	return NULL;
}

static void
threads(void **state)
{
	struct rows r;
	pthread_t t;
	uint64_t last;

	rows_init(&r, sizeof(struct record), RECORDS);
	assert_int_equal(pthread_create(&t, NULL, write_rows, &r), 0);
	do {
		size_t n = rows_count(&r);

		last = rows_version(&r);
		for (size_t i = 0; i < n && i < 50; i++) {
			struct record x;

			rows_get(&r, i, &x);
			assert_true(x.a == x.b && x.b == x.c);
		}
		if (n) {
			struct record x;

			rows_get(&r, n - 1, &x);
			assert_true(x.a == x.c);
		}
	} while (last < RECORDS + CHANGES);
	pthread_join(t, NULL);
	assert_int_equal(rows_count(&r), RECORDS);
	assert_false(rows_add(&r, &(struct record){0}, &(size_t){0}));
	rows_done(&r);
}

static void
texts(void **state)
{
	struct texts *t = texts_new(1 << 20);
	uint32_t a = texts_put(t, BYTES("alice")), b = texts_put(t, BYTES("bob"));
	char longer[2000];

	memset(longer, 'x', sizeof(longer));
	assert_int_not_equal(a, 0);
	assert_int_equal(texts_put(t, BYTES("alice")), a);
	assert_true(bytes_is(texts_get(t, a), "alice"));
	assert_true(bytes_is(texts_get(t, b), "bob"));
	assert_int_equal(texts_put(t, BYTES_NONE), 0);
	assert_int_equal(texts_get(t, 0).n, 0);
	for (int i = 0; i < 1000; i++) /* more than there is room for */
		texts_put(t, (struct bytes){(uint8_t *)longer, sizeof(longer)});
	assert_int_equal(texts_put(t, (struct bytes){(uint8_t *)longer, sizeof(longer)}), 0);
	assert_true(texts_bytes(t) <= 1 << 20);
	assert_true(bytes_is(texts_get(t, a), "alice"));
	texts_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
