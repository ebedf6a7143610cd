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

/* One interface, several sockets: each packet once, all in the order of time. */
static void
test_fanout(void **state)
{
	struct source_live_settings set = source_live_defaults;
	const char *name = "lo";
	struct source *s = NULL;
	struct err e = {0};
	struct frame f[16];
	int64_t last_ns = 0;
	unsigned got = 0;
	struct buf how;
	int n;

	need_namespace();
	set.fanout = 4;
	assert_int_equal(source_open_live(&name, 1, "udp", &set, &s, &e), 0);
	buf_init(&how, SIZE_MAX);
	source_describe(s, 0, &how);
	assert_non_null(strstr(buf_text(&how), "(TPACKET_V3) in each of 4 sockets"));
	buf_done(&how);
	for (unsigned i = 0; i < 400; i++)
		send_datagram((uint16_t)(2000 + i % 50), "shared out");
	source_stop(s);
	while ((n = source_batch(s, f, 16)) > 0) {
		for (int i = 0; i < n; i++) {
			got++;
			assert_int_equal(f[i].packet, got);
			assert_true(f[i].ts_ns >= last_ns);
			assert_true(bytes_search(f[i].data, BYTES("shared out")) != SIZE_MAX);
			last_ns = f[i].ts_ns;
		}
	}
	assert_int_equal(n, -ENODATA);
	assert_int_equal(got, 400);
	source_free(&s);
}

/* What came before the stop is still read, what comes after it is not. */
static void
test_stop_late(void **state)
{
	const char *name = "lo";
	struct source *s = NULL;
	struct err e = {0};
	struct frame f;
	unsigned got = 0;
	int n;

	need_namespace();
	assert_int_equal(source_open_live(&name, 1, "udp port 2525", NULL, &s, &e), 0);
	for (int i = 0; i < 20; i++)
		send_datagram(2525, "before");
	source_stop(s);
	for (; (n = source_next(s, &f)) == 1; got++)
		send_datagram(2525, "after");
	assert_int_equal(n, -ENODATA);
	assert_int_equal(got, 20);
	source_free(&s);
}

/* More bytes than are lent out at once. */
static void
test_large(void **state)
{
	static char text[60000];
	const char *name = "lo";
	struct source *s = NULL;
	struct err e = {0};
	struct frame f[32];
	int got = 0, n;

	need_namespace();
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(source_open_live(&name, 1, "ip proto 17", NULL, &s, &e), 0);
	for (int i = 0; i < 40; i++)
		send_datagram(2525, text);
	source_stop(s);
	while ((n = source_batch(s, f, 32)) > 0) {
		assert_in_range(n, 1, 6);
		for (int i = 0; i < n; i++, got++)
			assert_true(bytes_search(f[i].data, bytes_str(text)) != SIZE_MAX);
	}
	assert_int_equal(n, -ENODATA);
	assert_int_equal(got, 40);
	source_free(&s);
}

static void
test_limits(void **state)
{
	struct source_live_settings set = source_live_defaults;
	const char *name = "lo";
	struct source *s = NULL;
	struct err e = {0};

	need_namespace();
	set.fanout = 65;
	assert_int_equal(source_open_live(&name, 1, NULL, &set, &s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "--fanout 65: "));
	set.fanout = 1;
	set.time_stamps = "sundial";
	assert_int_equal(source_open_live(&name, 1, NULL, &set, &s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "--time-stamps sundial: lo cannot do that; "));
	assert_null(s);
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
		cmocka_unit_test(test_fanout),
		cmocka_unit_test(test_stop_late),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_permission),
	};

	have_namespace = (unshare(CLONE_NEWNET) == 0 ||
				 unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
			 loopback_up();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
