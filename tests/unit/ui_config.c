#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/config.h"

static char dir[] = "/tmp/ui_config.XXXXXX", path[128];

static void
put_file(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
assert_file(const char *want)
{
	char got[4096] = "";
	FILE *f = fopen(path, "r");
	struct stat st;

	assert_non_null(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(got, want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
keeps_what_it_does_not_know(void **state)
{
	struct config *c;
	struct buf warn;
	struct err e = {0};

	put_file(
		"# mine\n\ntheme=light\nwhat is this\ncolour = red\n  key.quit =  q  \ntheme = "
		"dark\n");
	buf_init(&warn, SIZE_MAX);
	c = config_load(path, &warn);
	assert_non_null(strstr(buf_text(&warn), ":4: a line is"));
	assert_non_null(strstr(buf_text(&warn), ":5: colour: there is no such key"));
	assert_non_null(strstr(buf_text(&warn), ":7: theme was there before"));
	assert_string_equal(config_get(c, "theme"), "light");
	assert_string_equal(config_get(c, "key.quit"), "q");
	assert_null(config_get(c, "colour"));
	assert_true(config_set(c, "theme", "mono"));
	assert_true(config_set(c, "key.quit", NULL));
	assert_true(config_set(c, "filter.bad", "severity >= high"));
	assert_false(config_set(c, "filter.x", "a\nb"));
	assert_false(config_set(c, "a=b", "c"));
	assert_int_equal(config_save(c, &e), 0);
	assert_file("# mine\n\ntheme = mono\nwhat is this\ncolour = red\ntheme = "
		    "dark\nfilter.bad = severity >= high\n");
	config_free(&c);
	buf_done(&warn);
}

static void
two_programs_do_not_fight(void **state)
{
	struct config *a, *b;
	struct err e = {0};

	put_file("theme = dark\n");
	a = config_load(path, NULL);
	b = config_load(path, NULL);
	config_set(a, "filter.one", "proto == imap");
	config_set(b, "mouse", "off");
	assert_int_equal(config_save(a, &e), 0);
	assert_int_equal(config_save(b, &e), 0);
	assert_file("theme = dark\nfilter.one = proto == imap\nmouse = off\n");
	assert_string_equal(config_get(b, "mouse"), "off");
	assert_null(config_get(b, "ascii"));
	config_free(&a);
	config_free(&b);
}

static void
walks_by_prefix(void **state)
{
	struct config *c;
	const char *name, *value;
	size_t pos = 0;

	put_file("filter.b = x\ntheme = dark\nfilter.a = y = z\n");
	c = config_load(path, NULL);
	assert_true(config_next(c, "filter.", &pos, &name, &value));
	assert_string_equal(name, "b");
	assert_true(config_next(c, "filter.", &pos, &name, &value));
	assert_string_equal(name, "a");
	assert_string_equal(value, "y = z");
	assert_false(config_next(c, "filter.", &pos, &name, &value));
	config_free(&c);
}

static void
makes_the_directory(void **state)
{
	struct config *c;
	struct err e = {0};
	char keep[sizeof(path)];

	memcpy(keep, path, sizeof(path));
	snprintf(path, sizeof(path), "%s/new/deep/ui", dir);
	c = config_load(path, NULL);
	config_set(c, "theme", "contrast");
	assert_int_equal(config_save(c, &e), 0);
	assert_file("theme = contrast\n");
	unlink(path);
	config_free(&c);
	c = config_load("/proc/nothing/ui", NULL);
	config_set(c, "theme", "dark");
	assert_true(config_save(c, &e) < 0);
	assert_non_null(strstr(e.text, "/proc/nothing"));
	config_free(&c);
	snprintf(path, sizeof(path), "%s/new/deep", dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/new", dir);
	rmdir(path);
	memcpy(path, keep, sizeof(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_what_it_does_not_know),
		cmocka_unit_test(two_programs_do_not_fight), cmocka_unit_test(walks_by_prefix),
		cmocka_unit_test(makes_the_directory)};
	int rc;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/ui", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return rc;
}
