/* What was delivered is compared with a second copy: from the ring, or from the file again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "stream/recent.h"

#define FILE_BYTES 4096
#define KEY ((struct recent_key){.id = 7, .half = 1})

/* A file, and how often it was read. */
struct shelf {
	uint8_t file[FILE_BYTES];
	size_t n; /* bytes that can be read */
	unsigned reads;
};

static bool
shelf_read(void *user, uint16_t input, uint64_t at, uint8_t *to, size_t n)
{
	struct shelf *sh = user;

	assert_int_equal(input, 3);
	sh->reads++;
	if (at + n > sh->n)
		return false;
	memcpy(to, sh->file + at, n);
	return true;
}

static struct recent
ring_of(struct shelf *sh, size_t bytes)
{
	struct recent r;

	recent_init(&r, bytes);
	*sh = (struct shelf){.n = FILE_BYTES};
	for (size_t i = 0; i < FILE_BYTES; i++)
		sh->file[i] = (uint8_t)(i * 31 + i / 251);
	r.again = (struct stream_again){sh, shelf_read};
	return r;
}

/* n bytes of the file from `at` on are delivered, with the sequence number 1000 + at. */
static void
deliver(struct recent *r, struct shelf *sh, uint32_t *chain, size_t at, size_t n)
{
	recent_add(r, KEY, chain,
		&(struct recent_piece){
			{sh->file + at, n}, (uint32_t)(1000 + at), 3, (uint64_t)at});
}

static void
test_read_again(void **state)
{
	struct shelf sh;
	struct recent r = ring_of(&sh, 4096);
	uint32_t chain = 0;
	uint8_t second[1500], first[64];

	deliver(&r, &sh, &chain, 500, 1000);
	deliver(&r, &sh, &chain, 1500, 1000);
	assert_int_equal(sh.reads, 0);
	memcpy(second, sh.file + 700, sizeof(second));
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1700, (struct bytes){second, 1500}), SIZE_MAX);
	assert_int_equal(sh.reads, 2);
	second[900] ^= 1;
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1700, (struct bytes){second, 1500}), 900);
	assert_int_equal(recent_copy(&r, KEY, chain, 1700 + 790, first, sizeof(first)), 64);
	assert_memory_equal(first, sh.file + 700 + 790, 64);
	recent_done(&r);
}

/* What is not there any more, or is something else by now, proves nothing. */
static void
test_file_changed(void **state)
{
	struct shelf sh;
	struct recent r = ring_of(&sh, 4096);
	uint32_t chain = 0;
	uint8_t second[1000];

	deliver(&r, &sh, &chain, 500, 1000);
	memcpy(second, sh.file + 500, sizeof(second));
	second[10] ^= 1;
	sh.n = 1499;
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1500, (struct bytes){second, 1000}), SIZE_MAX);
	sh.n = FILE_BYTES;
	memset(sh.file, 'x', sizeof(sh.file));
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1500, (struct bytes){second, 1000}), SIZE_MAX);
	assert_int_equal(recent_copy(&r, KEY, chain, 1500, second, 64), 0);
	assert_int_equal(sh.reads, 3);
	recent_done(&r);
}

/* Short ones, and those that stand nowhere, are in the ring. */
static void
test_copied(void **state)
{
	struct shelf sh;
	struct recent r = ring_of(&sh, 8192);
	uint32_t chain = 0;
	uint8_t second[1000];

	deliver(&r, &sh, &chain, 20, 100);
	recent_add(&r, KEY, &chain, &(struct recent_piece){{sh.file + 120, 1000}, 1120, 3, 0});
	memcpy(second, sh.file + 20, sizeof(second));
	second[99] ^= 1;
	memset(sh.file, 'x', sizeof(sh.file));
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1020, (struct bytes){second, 1000}), 99);
	assert_int_equal(sh.reads, 0);
	recent_done(&r);
}

/* Of segments in a file far more is remembered than the ring has bytes, and no more than that.
 */
static void
test_window(void **state)
{
	struct shelf sh;
	struct recent r = ring_of(&sh, 2048); /* 64 units */
	uint32_t chain = 0, all = 0;
	uint8_t second[200];

	for (size_t i = 0; i < 80; i++) {
		all = 1000 + (uint32_t)i * 200;
		recent_add(&r, KEY, &chain,
			&(struct recent_piece){{sh.file + i * 40, 200}, all, 3, i * 40});
	}
	memcpy(second, sh.file + 40 * 40, 200);
	second[0] ^= 1;
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1000 + 40 * 200, (struct bytes){second, 200}),
		0);
	memcpy(second, sh.file + 10 * 40, 200);
	second[0] ^= 1;
	assert_int_equal(
		recent_differs(&r, KEY, chain, 1000 + 10 * 200, (struct bytes){second, 200}),
		SIZE_MAX);
	recent_done(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_again),
		cmocka_unit_test(test_file_changed),
		cmocka_unit_test(test_copied),
		cmocka_unit_test(test_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
