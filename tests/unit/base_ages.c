/* What is read from both ends after each step is the order of use. */
#include "base/ages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct thing {
	char name; /* so that the link is not at the beginning */
	struct aged age;
};

/* add a, del a, touch a; behind it what the list is then, oldest first. */
struct step {
	char what, name;
	const char *want;
};

static void
check(const struct ages *l, const char *want)
{
	const size_t n = strlen(want);
	size_t i = 0;

	assert_int_equal(l->n, n);
	for (struct aged *a = l->oldest; a; a = a->newer, i++) {
		assert_true(i < n);
		assert_int_equal(AGED(a, struct thing, age)->name, want[i]);
	}
	assert_int_equal(i, n);
	for (struct aged *a = l->newest; a; a = a->older, i--) {
		assert_true(i > 0);
		assert_int_equal(AGED(a, struct thing, age)->name, want[i - 1]);
	}
	assert_int_equal(i, 0);
}

static void
test_order(void **state)
{
	static const struct step steps[] = {
		{'+', 'a', "a"},
		{'!', 'a', "a"},
		{'-', 'a', ""},
		{'+', 'a', "a"},
		{'+', 'b', "ab"},
		{'!', 'b', "ab"},
		{'!', 'a', "ba"},
		{'+', 'c', "bac"},
		{'!', 'a', "bca"},
		{'!', 'b', "cab"},
		{'-', 'a', "cb"},
		{'+', 'a', "cba"},
		{'-', 'c', "ba"},
		{'-', 'a', "b"},
		{'-', 'b', ""},
		{'+', 'c', "c"},
	};
	struct thing things[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
	struct ages l = {0};

	check(&l, "");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct aged *a = &things[steps[i].name - 'a'].age;

		if (steps[i].what == '+')
			ages_add(&l, a);
		else if (steps[i].what == '-')
			ages_del(&l, a);
		else
			ages_touch(&l, a);
		check(&l, steps[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
