/* Live capture on the loopback of a network namespace of our own, so that no privilege is
 * needed; and its errors. */
#include "capture_make.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

static bool have_namespace;

static bool
loopback_up(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = ioctl(fd, SIOCSIFFLAGS, &r) == 0;

	close(fd);
	return ok;
}

static void
send_datagram(uint16_t port, const char *text)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to)),
		strlen(text));
	close(fd);
}

static void
need_namespace(void)
{
	if (!have_namespace) {
		print_message("skipped: no network namespace can be made here\n");
		skip();
	}
}

/* Reads until `n` frames holding the text came, or five seconds passed. Returns how many came.
 */
static unsigned
await(struct source *s, const char *text, unsigned n)
{
	time_t end = time(NULL) + 5;
	unsigned got = 0;
	struct frame f;

	while (got < n && time(NULL) < end) {
		int r = source_next(s, &f);

		assert_true(r == 0 || r == 1);
		if (r == 1 && bytes_search(f.data, bytes_str(text)) != SIZE_MAX) {
			got++;
			assert_in_range(f.ts_ns / 1000000000, time(NULL) - 60, time(NULL) + 1);
		}
	}
	return got;
}

static void
test_loopback(void **state)
{
	const char *name = "lo";
	struct source *s = NULL;
	struct err e = {0};

	need_namespace();
	assert_int_equal(source_open_live(&name, 1, "udp port 2525", NULL, &s, &e), 0);
	send_datagram(2526, "filtered");
	for (int i = 0; i < 10; i++)
		send_datagram(2525, "seen by us");
	assert_int_equal(await(s, "seen by us", 10), 10);
	source_stats(s);
	assert_int_equal(source_input(s, 0)->packets, 10);
	assert_int_equal(source_input(s, 0)->kernel_drops, 0);
	assert_true(source_input(s, 0)->live);
	source_stop(s);
	assert_int_equal(source_next(s, &(struct frame){0}), -ENODATA);
	source_free(&s);
}

static void
test_two_interfaces(void **state)
{
	const char *names[] = {"any", "lo"};
	struct source *s = NULL;
	struct err e = {0};

	need_namespace();
	assert_int_equal(source_open_live(names, 2, "udp port 2525", NULL, &s, &e), 0);
	for (int i = 0; i < 5; i++)
		send_datagram(2525, "seen twice");
	assert_int_equal(await(s, "seen twice", 10), 10);
	assert_int_equal(source_input(s, 0)->packets, source_input(s, 1)->packets);
	source_free(&s);
}

static void
test_errors(void **state)
{
	const char *name = "nosuch0", *lo = "lo";
	struct source *s = NULL;
	struct err e = {0};

	need_namespace();
	assert_int_equal(source_open_live(&name, 1, NULL, NULL, &s, &e), -ENODEV);
	assert_non_null(strstr(e.text, "nosuch0: there is no such interface; there are: "));
	assert_non_null(strstr(e.text, "lo"));
	assert_int_equal(
		source_open_live(&lo, 1, "port port", NULL, &s, &e), SOURCE_BAD_FILTER);
	assert_non_null(strstr(e.text, "-f \"port port\": "));
	assert_null(s);
}

static void
test_list(void **state)
{
	struct buf out;
	struct err e;

	buf_init(&out, SIZE_MAX);
	assert_int_equal(source_list_interfaces(&out, &e), 0);
	assert_non_null(strstr(buf_text(&out), "lo  "));
	buf_done(&out);
}

/* Last: a process without the right to capture is told the command that gives it. */
static void
test_permission(void **state)
{
	const char *name = "lo", *missing = "nosuch0";
	struct source *s = NULL;
	struct err e = {0};
	struct buf out;
	char self[256] = {0};

	if (setresuid(65534, 65534, 65534) < 0 && unshare(CLONE_NEWUSER) < 0)
		skip();
	if (source_open_live(&name, 1, NULL, NULL, &s, &e) == 0) {
		source_free(&s);
		print_message("skipped: the right to capture cannot be given up\n");
		skip();
	}
	assert_int_equal(e.code, -EPERM);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_non_null(strstr(e.text, "sudo setcap cap_net_raw,cap_net_admin=eip "));
	assert_string_equal(e.text + strlen(e.text) - strlen(self), self);
	assert_int_equal(source_open_live(&missing, 1, NULL, NULL, &s, &e), -ENODEV);
	buf_init(&out, SIZE_MAX);
	assert_int_equal(source_list_interfaces(&out, &e), 0);
	assert_non_null(strstr(buf_text(&out), "sudo setcap cap_net_raw,cap_net_admin=eip "));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_two_interfaces),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_permission),
	};

	have_namespace = (unshare(CLONE_NEWNET) == 0 ||
				 unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
			 loopback_up();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
