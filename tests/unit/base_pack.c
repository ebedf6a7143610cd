/* Structs written short and back: all zero, all full, near and far from the base, every length
 * of a number. */
#include "base/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
	WORDS = 131
};

static size_t
there_and_back_near(const uint64_t *in, size_t words, struct pack_near near)
{
	uint8_t room[PACK_MOST(WORDS * 8)];
	uint64_t out[WORDS];
	size_t n = pack(in, words * 8, near, room);
	uint8_t *exact = malloc(n); /* so that a read behind it shows */

	assert_true(n <= PACK_MOST(words * 8));
	memcpy(exact, room, n);
	memset(out, 0xaa, sizeof(out));
	unpack(exact, n, near, out, words * 8);
	assert_memory_equal(in, out, words * 8);
	free(exact);
	return n;
}

static size_t
there_and_back(const uint64_t *in, size_t words, uint64_t time)
{
	return there_and_back_near(in, words, (struct pack_near){.time = time});
}

static void
test_ends(void **state)
{
	uint64_t zero[WORDS] = {0}, full[WORDS];

	memset(full, 0xff, sizeof(full));
	assert_int_equal(there_and_back(zero, WORDS, 0), 0);
	there_and_back(full, WORDS, 0);
	there_and_back(full, WORDS, 1);
	assert_true(there_and_back(full, WORDS, UINT64_MAX) < sizeof(full) / 2);
	there_and_back(zero, 1, 5);
}

static void
test_lengths(void **state)
{
	for (unsigned bits = 0; bits < 64; bits++) {
		for (uint64_t base = 0; base < 3; base++) {
			uint64_t in[4] = {0, UINT64_C(1) << bits, 0, (UINT64_C(2) << bits) - 1};

			there_and_back(in, 4, base * UINT64_C(0x1234567890123));
		}
	}
}

/* What it is for: a few times, counters and pointers among zeros. */
static void
test_sparse(void **state)
{
	uint64_t base = UINT64_C(1760000000) * 1000000000, in[WORDS] = {0};

	for (size_t i = 0; i < WORDS; i += 9)
		in[i] = base + i * 1000000;
	for (size_t i = 3; i < WORDS; i += 9)
		in[i] = i;
	assert_true(there_and_back(in, WORDS, base) < 130);
	assert_true(there_and_back(in, WORDS, 0) < 200);
}

/* Two pointers into one heap; the edges of a step, up, down and around. */
static void
test_steps(void **state)
{
	const uint64_t at[] = {UINT64_C(0x55e628d9aed0), 0, UINT64_MAX};
	const uint64_t near[] = {
		1, 0x112345, INT32_MAX, UINT64_C(0) - 0x112345, (uint64_t)INT32_MIN};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (size_t k = 0; k < sizeof(near) / sizeof(near[0]); k++) {
			uint64_t in[] = {at[i], at[i] + near[k], 0, at[i] + near[k] * 2};

			there_and_back(in, 4, 0);
			in[1] = at[i] + near[k] + near[k] / INT32_MAX;
			there_and_back(in, 4, 1);
		}
	}
	assert_int_equal(there_and_back((uint64_t[]){at[0], at[0] - 8}, 2, 0), 1 + 1 + 6 + 4);
	assert_int_equal(there_and_back((uint64_t[]){at[0], at[0] + 8 + INT32_MAX}, 2, 0),
		1 + 1 + 6 + 6);
	assert_int_equal(there_and_back_near((uint64_t[]){0, at[0], at[0] - 8}, 3,
				 (struct pack_near){.heap = at[0] + 4096}),
		1 + 1 + 4 + 4);
}

static void
test_any(void **state)
{
	uint64_t x = 88172645463325252, in[WORDS];

	for (int round = 0; round < 3000; round++) {
		for (size_t i = 0; i < WORDS; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			in[i] = x % 3 ? 0 : x >> (x >> 3) % 64;
		}
		there_and_back(in, 1 + x % WORDS, round % 2 ? in[5] : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
