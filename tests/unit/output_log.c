/* What `log` keeps as it was written, and may not show to every session. */
#include "output/sink.h"
#include "model/caps.h"
#include "output_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define PLAIN "\"capabilities\":[\"SIZE \\\"1\\\"\",\"AUTH PLAIN LOGIN\"]"
#define HIDDEN "\"capabilities\":[\"SIZE \\\"1\\\"\",\"AUTH PLAIN <secret#1>\"]"

static const struct greeting greeting;

static void
end_session(struct sink *k, uint64_t id, const struct caps *c, struct bytes secret)
{
	struct flow flow;
	struct session s = {.flow = &flow,
		.proto = PROTO_SMTP,
		.greeting = &greeting,
		.caps = c,
		.caps_clear = c,
		.caps_tls = &caps_unknown};

	make_flow(&flow, id);
	known_add(&s.known, secret);
	k->ops->end(k, &s);
	known_free(&s.known);
}

/* The line of this connection says `want`. */
static void
check_line(const char *text, unsigned flow_id, const char *want)
{
	char key[32];
	const char *line, *end;

	snprintf(key, sizeof(key), "\"flow_id\":%u,", flow_id);
	line = strstr(text, key);
	assert_non_null(line);
	end = strchr(line, '\n');
	line = strstr(line, want);
	assert_true(line && line < end);
}

/* One list of many sessions is written once, and still hides what is a secret in one of them.
 */
static void
test_lists(void **state)
{
	const struct bytes items[] = {BYTES("SIZE \"1\""), BYTES("AUTH PLAIN LOGIN")};
	struct ev_caps ev = {.known = true, .items = items, .n = 2};
	struct shared *lists = caps_table(1000);
	struct secrets *secrets = secrets_new(false, 10);
	struct run_stats st = {0};
	struct run_info info = {.secrets = secrets, .stats = &st};
	int fd = memfd_create("out", 0);
	struct sink_settings set = {.out = out_new(fd, false)};
	struct sink *k = log_sink_new(&set, NULL);
	const struct caps *c;
	char text[8192] = "";
	struct buf key;

	buf_init(&key, SIZE_MAX);
	c = caps_get(lists, &key, &ev, 10, PROTO_SMTP, COVER_CLEAR, true);
	assert_int_equal(k->ops->begin(k, &info, NULL), 0);
	end_session(k, 1, c, BYTES("LOGIN"));
	end_session(k, 2, c, BYTES_NONE);
	end_session(k, 3, c, BYTES("LOGIN"));
	end_session(k, 4, c, BYTES("elsewhere"));
	assert_int_equal(k->ops->finish(k, &info, NULL), 0);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	check_line(text, 1, HIDDEN);
	check_line(text, 2, PLAIN);
	check_line(text, 3, HIDDEN);
	check_line(text, 4, PLAIN);
	k->ops->free(k);
	out_free(&set.out);
	close(fd);
	buf_done(&key);
	shared_drop(lists, c);
	shared_free(&lists);
	secrets_free(&secrets);
}

/* A list that took the place of another in memory is another one. */
static void
test_numbers(void **state)
{
	const struct bytes one[] = {BYTES("ONE")}, two[] = {BYTES("TWO")};
	struct ev_caps ev = {.known = true, .items = one, .n = 1};
	struct shared *lists = caps_table(0); /* forgotten at once */
	const struct caps *a, *b;
	struct buf key;
	uint64_t number;

	buf_init(&key, SIZE_MAX);
	a = caps_get(lists, &key, &ev, 10, PROTO_SMTP, COVER_CLEAR, true);
	b = caps_get(lists, &key, &ev, 10, PROTO_SMTP, COVER_CLEAR, true);
	number = shared_number(a);
	assert_ptr_equal(a, b);
	shared_drop(lists, a);
	shared_drop(lists, b);
	ev.items = two;
	a = caps_get(lists, &key, &ev, 10, PROTO_SMTP, COVER_CLEAR, true);
	assert_int_not_equal(shared_number(a), number);
	shared_drop(lists, a);
	shared_free(&lists);
	buf_done(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
