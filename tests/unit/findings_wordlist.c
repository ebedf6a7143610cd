/* Files of words that the user wants to be told of. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "findings/wordlist.h"

#define KEY "16124f308676a83480b4d77edbdcda1d2315a805cd681403e0c0931b4c13dac0"
#define MODULUS "586116289D94E8DA981E"
#define JA3 "4923a265be4d81c68ecda45bb89cdf6a"
#define JA4 "t13d1516h2_8daaf6152771_02713d6af862"

/* clang-format off */
static const struct {
	const char *name;
	enum wordlist_kind kind;
	const char *text;
	int rc;
	const char *find, *label; /* label NULL: not there */
	const char *error;
} cases[] = {
	{"empty", WORDLIST_KEYS, "", 0, KEY, NULL, NULL},
	{"key", WORDLIST_KEYS, "# ours\n\n" KEY "\n", 0, KEY, "", NULL},
	{"key with a label", WORDLIST_KEYS, KEY "\t old appliance \r\n", 0, KEY, "old appliance", NULL},
	{"modulus, any case", WORDLIST_KEYS, "# openssl-blacklist\n" MODULUS "\n", 0, "586116289d94e8da981e", "", NULL},
	{"another key", WORDLIST_KEYS, MODULUS, 0, KEY, NULL, NULL},
	{"too short", WORDLIST_KEYS, KEY "\nabcdef\n", -EINVAL, KEY, "", ":2: \"abcdef\" is not 64 hex digits"},
	{"no hex", WORDLIST_KEYS, "5861162g9d94e8da981e\n", -EINVAL, KEY, NULL, ":1: "},
	{"a control", WORDLIST_KEYS, "\033[31m\n", -EINVAL, KEY, NULL, "\"\\x1B[31m\""},
	{"JA3", WORDLIST_FINGERPRINTS, JA3 " bot\n" JA4 "\n", 0, JA3, "bot", NULL},
	{"JA4", WORDLIST_FINGERPRINTS, JA3 " bot\n" JA4 "\n", 0, JA4, "", NULL},
	{"a key among fingerprints", WORDLIST_FINGERPRINTS, KEY "\n", -EINVAL, KEY, NULL, "is not a JA3"},
	{"a JA4 cut short", WORDLIST_FINGERPRINTS, "t13d1516h2_8daaf6152771\n", -EINVAL, JA4, NULL, "JA4"},
};
/* clang-format on */

static void
test_files(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[] = "/tmp/unit-findings-list.XXXXXX";
		struct wordlist *l = wordlist_new(cases[i].kind);
		int fd = mkstemp(path), rc;
		struct err e = {0};
		const char *label;

		assert_int_equal(
			write(fd, cases[i].text, strlen(cases[i].text)), strlen(cases[i].text));
		close(fd);
		rc = wordlist_read(l, path, &e);
		label = wordlist_find(l, bytes_str(cases[i].find));
		if (rc != cases[i].rc || !label != !cases[i].label ||
			(label && strcmp(label, cases[i].label) != 0) ||
			(cases[i].error && !strstr(e.text, cases[i].error)))
			fail_msg("%s: %d, %s, %s", cases[i].name, rc,
				label ? label : "not there", e.text);
		unlink(path);
		wordlist_free(&l);
	}
}

static void
test_no_file(void **state)
{
	struct wordlist *l = wordlist_new(WORDLIST_KEYS);
	struct err e = {0};

	assert_int_equal(wordlist_read(l, "/nowhere/keys", &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere/keys: cannot be read: No such file"));
	assert_int_equal(wordlist_count(l), 0);
	assert_null(wordlist_find(NULL, BYTES(KEY)));
	wordlist_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
