/* Capture files: formats, byte orders, time, cuts, order, errors. */
#include "capture_make.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct maker
small_pcapng(bool big)
{
	struct maker m = make(big, false);

	put_section(&m);
	put_interface(&m, 1, 0, -1, 0);
	put_interface(&m, 101, 4, 9, 0);
	put_block(&m, 4, BYTES("name resolution, skipped"));
	put_enhanced(&m, 0, UINT64_C(1000000005), "first", 5);
	put_enhanced(&m, 1, UINT64_C(1001999999999), "second", 60);
	put_simple(&m, "third", 5);
	put_old_packet(&m, 1, UINT64_C(1003000000000), "fourth");
	return m;
}

static void
test_pcap_orders(void **state)
{
	for (int big = 0; big < 2; big++) {
		struct maker micro = small_pcap(big, false), nano = small_pcap(big, true);

		check_one("micro", &micro,
			"0.1 1 1000.000005000 first/5\n"
			"0.2 1 1001.999999000 second packet/60\n"
			"0.3 1 1002.000000000 /0\n");
		check_one("nano", &nano,
			"0.1 1 1000.000000005 first/5\n"
			"0.2 1 1001.999999999 second packet/60\n"
			"0.3 1 1002.000000000 /0\n");
	}
}

static void
test_pcapng_orders(void **state)
{
	for (int big = 0; big < 2; big++) {
		struct maker m = small_pcapng(big);

		check_one("pcapng", &m,
			"0.1 1 1000.000005000 first/5\n"
			"0.2 12 1001.999999999 second/60\n"
			"0.3 1 1001.999999999 third/5\n"
			"0.4 12 1003.000000000 fourth/6\n");
	}
}

/* A second section starts its interfaces anew and may have the other byte order. */
static void
test_pcapng_sections(void **state)
{
	struct maker m = small_pcapng(false), n = make(true, false);

	put_section(&n);
	put_interface(&n, 113, 0, 6, 0);
	put_enhanced(&n, 0, 7000000, "cooked", 6);
	put_enhanced(&n, 1, 7000000, "no such interface", 17);
	put_enhanced(&n, 0, 8000000, "never", 5);
	buf_add(&m.out, buf_bytes(&n.out));
	buf_done(&n.out);
	check_one("sections", &m,
		"0.1 1 1000.000005000 first/5\n"
		"0.2 12 1001.999999999 second/60\n"
		"0.3 1 1001.999999999 third/5\n"
		"0.4 12 1003.000000000 fourth/6\n"
		"0.5 113 7.000000000 cooked/6\n"
		"broken: a: packet 6: the record is corrupt: it names an interface that the "
		"file does not describe\n");
}

static void
test_pcapng_time(void **state)
{
	static const struct {
		int resol;
		int64_t offset;
		uint64_t ticks;
		const char *want;
	} rows[] = {
		{-1, 0, 1500000, "0.1 1 1.500000000 x/1\n"},
		{0, 0, 77, "0.1 1 77.000000000 x/1\n"},
		{3, 0, 1500, "0.1 1 1.500000000 x/1\n"},
		{6, 100, 1500000, "0.1 1 101.500000000 x/1\n"},
		{9, -1, 2500000001, "0.1 1 1.500000001 x/1\n"},
		{12, 0, UINT64_C(1500000000999), "0.1 1 1.500000000 x/1\n"},
		{127, 0, UINT64_MAX, "0.1 1 0.000000001 x/1\n"},
		{0x80, 0, 5, "0.1 1 5.000000000 x/1\n"},
		{0x80 | 10, 0, 1536, "0.1 1 1.500000000 x/1\n"},
		{0x80 | 32, 0, UINT64_C(3) << 31, "0.1 1 1.500000000 x/1\n"},
		{0xff, 0, UINT64_MAX, "0.1 1 0.000000000 x/1\n"},
		{0, 0, UINT64_MAX, "0.1 1 9223372036.854775807 x/1\n"},
		{0, INT64_MAX, UINT64_MAX, "0.1 1 9223372036.854775807 x/1\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct maker m = make(false, false);
		char name[16];

		put_section(&m);
		put_interface(&m, 1, 0, rows[i].resol, rows[i].offset);
		put_enhanced(&m, 0, rows[i].ticks, "x", 1);
		snprintf(name, sizeof(name), "time %zu", i);
		check_one(name, &m, rows[i].want);
	}
}

/* Every length of a small file: all whole packets come, and a cut is always told, with the
 * right number. */
static void
check_cuts(struct maker *m, const size_t *ends, size_t n_ends, size_t head)
{
	struct buf got;

	buf_init(&got, SIZE_MAX);
	for (size_t len = 0; len <= m->out.n; len++) {
		const char *path = temp_file("cut", (struct bytes){m->out.p, len});
		size_t whole = 0, frames = 0;
		bool at_end = len == head;
		char want[64];

		for (size_t i = 0; i < n_ends; i++) {
			whole += ends[i] <= len;
			at_end = at_end || ends[i] == len;
		}
		read_paths(&path, 1, NULL, &got);
		for (const char *p = buf_text(&got); (p = strstr(p, "0.")); p += 2)
			frames += p == buf_text(&got) || p[-1] == '\n';
		if (len < head) {
			assert_true(bytes_starts(buf_bytes(&got), "error -22: "));
			continue;
		}
		assert_int_equal(frames, whole);
		snprintf(want, sizeof(want),
			"broken: cut: packet %zu: the file ends in the middle of ", whole + 1);
		if (!at_end && !strstr(buf_text(&got), want))
			fail_msg("cut at %zu: got\n%s\nwant %s", len, buf_text(&got), want);
		if (at_end)
			assert_null(strstr(buf_text(&got), "broken"));
		unlink(path);
	}
	buf_done(&got);
	buf_done(&m->out);
}

static void
test_pcap_cuts(void **state)
{
	struct maker m = small_pcap(false, false);
	const size_t ends[] = {24 + 16 + 5, 24 + 16 + 5 + 16 + 13, m.out.n};

	check_cuts(&m, ends, 3, 24);
}

static void
test_pcapng_cuts(void **state)
{
	struct maker m = make(true, false);
	struct buf got;
	size_t ends[3];

	put_section(&m);
	put_interface(&m, 1, 0, -1, 0);
	for (size_t i = 0; i < 3; i++) {
		put_enhanced(&m, 0, 1000000, "a packet", 8);
		ends[i] = m.out.n;
	}
	buf_init(&got, SIZE_MAX);
	for (size_t len = 1; len < m.out.n; len++) {
		const char *path = temp_file("cut", (struct bytes){m.out.p, len});
		/* behind the section header and behind the interface the file may end too */
		bool at_end = len == 28 || len == ends[0] || len == ends[1] ||
			      len == ends[0] - 40;

		read_paths(&path, 1, NULL, &got);
		if (len >= 28)
			assert_int_equal(!at_end, strstr(buf_text(&got), "broken: ") != NULL);
		else
			assert_true(bytes_starts(buf_bytes(&got), "error -22: "));
		for (size_t i = 0; i < 3; i++) {
			char line[16];

			snprintf(line, sizeof(line), "0.%zu 1 ", i + 1);
			assert_int_equal(strstr(buf_text(&got), line) != NULL, len >= ends[i]);
		}
		unlink(path);
	}
	buf_done(&got);
	buf_done(&m.out);
}

static void
test_corrupt(void **state)
{
	struct maker m = make(false, false);

	put_pcap(&m, 65535, 1);
	put_record(&m, 1, 0, "good", 4);
	put(&m, 2, 8);
	put(&m, 0xfffffff0, 4);
	put(&m, 60, 4);
	put_record(&m, 3, 0, "never", 5);
	check_one("pcap length", &m,
		"0.1 1 1.000000000 good/4\n"
		"broken: a: packet 2: the record is corrupt: it claims 4294967280 bytes, the "
		"longest can be 262144\n");

	m = make(false, false);
	put_section(&m);
	put_interface(&m, 1, 0, -1, 0);
	put_enhanced(&m, 0, 1000000, "good", 4);
	put(&m, 6, 4);
	put(&m, 7, 4);
	put(&m, 0, 8);
	check_one("pcapng length", &m,
		"0.1 1 1.000000000 good/4\n"
		"broken: a: packet 2: the record is corrupt: its block claims 7 bytes\n");

	m = make(false, false);
	put_section(&m);
	put_interface(&m, 1, 0, -1, 0);
	put_enhanced(&m, 0, 1000000, "good", 4);
	m.out.p[m.out.n - 1] = 1;
	check_one("pcapng tail", &m,
		"broken: a: packet 1: the record is corrupt: the two lengths of its block "
		"differ\n");
}

static void
test_header_only(void **state)
{
	struct maker m = make(false, false);

	put_pcap(&m, 65535, 1);
	check_one("pcap", &m, "");
	m = make(false, false);
	put_section(&m);
	check_one("pcapng", &m, "");
}

/* Three files in time order; equal times in the order given; a broken one does not stop the
 * others. */
static void
test_merge(void **state)
{
	struct maker a = make(false, false), b = make(true, true), c = make(false, false);
	const char *paths[3];
	struct buf got;

	put_pcap(&a, 65535, 1);
	put_record(&a, 10, 0, "a1", 2);
	put_record(&a, 30, 0, "a2", 2);
	put_record(&a, 50, 0, "a3", 2);
	put_pcap(&b, 65535, 113);
	put_record(&b, 10, 0, "b1", 2);
	put_record(&b, 29, 999999999, "b2", 2);
	put(&b, 40, 4);
	put_section(&c);
	put_interface(&c, 228, 0, 0, 0);
	put_enhanced(&c, 0, 5, "c1", 2);
	put_enhanced(&c, 0, 60, "c2", 2);
	paths[0] = temp_file("a", buf_bytes(&a.out));
	paths[1] = temp_file("b", buf_bytes(&b.out));
	paths[2] = temp_file("c", buf_bytes(&c.out));
	buf_init(&got, SIZE_MAX);
	read_paths(paths, 3, NULL, &got);
	check_text("merge", &got,
		"2.1 228 5.000000000 c1/2\n"
		"0.1 1 10.000000000 a1/2\n"
		"1.1 113 10.000000000 b1/2\n"
		"1.2 113 29.999999999 b2/2\n"
		"0.2 1 30.000000000 a2/2\n"
		"0.3 1 50.000000000 a3/2\n"
		"2.2 228 60.000000000 c2/2\n"
		"broken: b: packet 3: the file ends in the middle of a packet header (4 of 16 "
		"bytes are there)\n");
	for (size_t i = 0; i < 3; i++)
		unlink(paths[i]);
	buf_done(&got);
	buf_done(&a.out);
	buf_done(&b.out);
	buf_done(&c.out);
}

/* Two raw IPv4 packets, one Ethernet frame of the same: the filter is compiled for both;
 * numbers stay those of the file. */
static void
test_filter(void **state)
{
	struct maker m = make(false, false);
	char tcp[] = "\x45__________________________________",
	     udp[] = "\x45__________________________________";
	const char *path;
	struct buf got;

	tcp[9] = 6;
	udp[9] = 17;
	put_section(&m);
	put_interface(&m, 101, 0, 0, 0);
	put_enhanced(&m, 0, 1, udp, 35);
	put_enhanced(&m, 0, 2, tcp, 35);
	put_interface(&m, 228, 0, 0, 0);
	put_enhanced(&m, 1, 3, udp, 35);
	put_enhanced(&m, 1, 4, tcp, 35);
	path = temp_file("f", buf_bytes(&m.out));
	buf_init(&got, SIZE_MAX);
	read_paths(&path, 1, "tcp", &got);
	assert_non_null(strstr(buf_text(&got), "0.2 12 2."));
	assert_non_null(strstr(buf_text(&got), "0.4 228 4."));
	assert_null(strstr(buf_text(&got), "0.1 "));
	assert_null(strstr(buf_text(&got), "0.3 "));
	read_paths(&path, 1, "port port", &got);
	assert_non_null(strstr(buf_text(&got), "error -33: -f \"port port\": "));
	read_paths(&path, 1, "vlan 5", &got);
	assert_non_null(strstr(buf_text(&got), "error -33: f: the filter \"vlan 5\" "
					       "cannot be used on link type RAW"));
	unlink(path);
	buf_done(&got);
	buf_done(&m.out);
}

/* A pipe: nothing yet is 0, then packets as they come, then the end; and one that is stopped
 * while it waits. */
static void
test_pipe(void **state)
{
	struct maker m = small_pcap(false, false);
	const char *name = "-";
	struct source *s = NULL;
	struct err e;
	struct frame f;
	int fds[2], keep = dup(STDIN_FILENO);

	assert_int_equal(pipe(fds), 0);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	assert_int_equal(write(fds[1], m.out.p, 50), 50);
	assert_int_equal(source_open_files(&name, 1, NULL, &s, &e), 0);
	assert_int_equal(source_next(s, &f), 1);
	assert_int_equal(f.packet, 1);
	assert_int_equal(source_next(s, &f), 0);
	assert_int_equal(write(fds[1], m.out.p + 50, m.out.n - 50), m.out.n - 50);
	assert_int_equal(source_next(s, &f), 1);
	assert_int_equal(f.packet, 2);
	assert_true(bytes_is(f.data, "second packet"));
	source_stop(s);
	assert_int_equal(source_next(s, &f), -ENODATA);
	source_free(&s);
	assert_int_equal(write(fds[1], m.out.p, 60), 60);
	close(fds[1]);
	assert_int_equal(source_open_files(&name, 1, NULL, &s, &e), 0);
	assert_int_equal(source_next(s, &f), 1);
	assert_int_equal(source_next(s, &f), -ENODATA);
	assert_string_equal(source_input(s, 0)->text,
		"standard input: packet 2: the file ends in the middle of a packet header (15 "
		"of 16 bytes are there)");
	source_free(&s);
	dup2(keep, STDIN_FILENO);
	close(keep);
	buf_done(&m.out);
}

/* The statistics block of a capture that lost packets; the last one told counts. */
static void
test_drops(void **state)
{
	static const uint64_t told[2][2] = {{3, 5}, {4, 7}};
	struct maker m = make(false, false);
	struct source *s = NULL;
	struct err e;
	struct frame f;
	const char *path;

	put_section(&m);
	put_interface(&m, 1, 0, -1, 0);
	for (int i = 0; i < 2; i++) {
		struct maker b = make(false, false);

		put(&b, 0, 4);
		put(&b, 1, 8);
		put(&b, 5, 2); /* isb_ifdrop */
		put(&b, 8, 2);
		put(&b, told[i][0], 8);
		put(&b, 7, 2); /* isb_osdrop */
		put(&b, 8, 2);
		put(&b, told[i][1], 8);
		put_block(&m, 5, buf_bytes(&b.out));
		buf_done(&b.out);
	}
	path = temp_file("drops", buf_bytes(&m.out));
	assert_int_equal(source_open_files(&path, 1, NULL, &s, &e), 0);
	assert_int_equal(source_next(s, &f), -ENODATA);
	assert_int_equal(source_input(s, 0)->interface_drops, 4);
	assert_int_equal(source_input(s, 0)->kernel_drops, 7);
	source_free(&s);
	unlink(path);
	buf_done(&m.out);
}

/* Before version 2.3 of pcap the two lengths stood the other way round; 2.3 was written both
 * ways. */
static void
test_old_versions(void **state)
{
	for (uint8_t minor = 2; minor <= 3; minor++) {
		struct maker m = make(false, false);

		put_pcap(&m, 65535, 1);
		m.out.p[6] = minor;
		put(&m, 1, 4);
		put(&m, 0, 4);
		put(&m, 60, 4);
		put(&m, 4, 4);
		buf_str(&m.out, "four");
		check_one("old", &m, "0.1 1 1.000000000 four/60\n");
	}
}

/* More files than may be open at first; equal times, so in the order given. */
static void
test_many_files(void **state)
{
	enum {
		FILES = 1500
	};
	struct maker m = make(false, false);
	static char names[FILES][64];
	static const char *paths[FILES];
	struct source *s = NULL;
	struct err e = {0};
	struct frame f;
	uint16_t n = 0;
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = 256;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	put_pcap(&m, 65535, 1);
	put_record(&m, 1, 0, "x", 1);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "m%u", i);
		snprintf(names[i], sizeof(names[i]), "%.60s",
			temp_file(names[i], buf_bytes(&m.out)));
		paths[i] = names[i];
	}
	if (source_open_files(paths, FILES, NULL, &s, &e) == 0) {
		for (; source_next(s, &f) == 1; n++)
			assert_int_equal(f.input, n);
		assert_int_equal(n, FILES);
	} else { /* the hard limit is below */
		assert_int_equal(e.code, -EMFILE);
		assert_non_null(strstr(e.text, "ulimit -n"));
	}
	source_free(&s);
	for (unsigned i = 0; i < FILES; i++)
		unlink(paths[i]);
	buf_done(&m.out);
}

/* In a process of its own, since it gives up its rights. */
static void
test_no_permission(void **state)
{
	const char *path = temp_file("secret", BYTES("x"));
	struct source *s = NULL;
	struct err e = {0};
	int status;
	pid_t child;

	chmod(path, 0);
	child = fork();
	if (child == 0) {
		bool told;

		if (getuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		told = source_open_files(&path, 1, NULL, &s, &e) == -EACCES &&
		       strstr(e.text,
			       "no permission to read it; as its owner or root: chmod a+r '");
		_exit(told ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), 0, 2);
	assert_int_not_equal(WEXITSTATUS(status), 1);
	unlink(path);
}

/* A plain file can be read again where a frame stood, also when it is over; a pipe or a packed
 * one cannot. */
static void
test_again(void **state)
{
	for (int ng = 0; ng < 2; ng++) {
		struct maker m = ng ? make(false, false) : small_pcap(false, false);
		uint8_t again[64];
		uint64_t at[3];
		struct source *s = NULL;
		struct err e;
		struct frame f;
		const char *path;
		size_t n = 0;

		if (ng) {
			put_section(&m);
			put_interface(&m, 1, 0, -1, 0);
			put_enhanced(&m, 0, 1, "first", 5);
			put_enhanced(&m, 0, 2, "second packet", 60);
		}
		path = temp_file("again", buf_bytes(&m.out));
		assert_int_equal(source_open_files(&path, 1, NULL, &s, &e), 0);
		while (source_next(s, &f) == 1)
			at[n++] = f.at;
		assert_int_equal(n, ng ? 2 : 3);
		assert_true(source_again(s, 0, at[0], again, 5));
		assert_memory_equal(again, "first", 5);
		assert_true(source_again(s, 0, at[1] + 7, again, 6));
		assert_memory_equal(again, "packet", 6);
		assert_false(source_again(s, 0, m.out.n - 4, again, 5));
		assert_false(source_again(s, 1, at[0], again, 5));
		source_free(&s);
		unlink(path);
		buf_done(&m.out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap_orders),
		cmocka_unit_test(test_pcapng_orders),
		cmocka_unit_test(test_pcapng_sections),
		cmocka_unit_test(test_pcapng_time),
		cmocka_unit_test(test_pcap_cuts),
		cmocka_unit_test(test_pcapng_cuts),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_header_only),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_old_versions),
		cmocka_unit_test(test_many_files),
		cmocka_unit_test(test_no_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
