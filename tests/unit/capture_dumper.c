/* What the dumper keeps is read back the same; a full disk is told; rotation. */
#include "capture_make.h"

#include <sys/stat.h>

#include "capture/dumper.h"

/* Reads `from`, writes every frame to `to`. */
static void
copy(const char *from, const char *to, const struct dumper_settings *s)
{
	struct source *in = NULL;
	struct dumper *d = NULL;
	struct err e = {0};
	struct frame f;

	assert_int_equal(source_open_files(&from, 1, NULL, &in, &e), 0);
	assert_int_equal(dumper_open(to, s, &d, &e), 0);
	while (source_next(in, &f) == 1)
		assert_int_equal(dumper_add(d, &f, &e), 0);
	assert_int_equal(dumper_close(&d, &e), 0);
	assert_null(d);
	source_free(&in);
}

static void
read_file(const char *path, struct buf *out)
{
	uint8_t room[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	buf_clear(out);
	while ((n = fread(room, 1, sizeof(room), f)) > 0)
		buf_add(out, (struct bytes){room, n});
	fclose(f);
}

static void
test_same(void **state)
{
	const struct dumper_settings s = {.bpf_note = "tcp port 25"};
	struct maker m = make(true, false);
	const char *from, *to, *again;
	struct buf want, got, bytes;
	struct stat st;

	put_section(&m);
	put_interface(&m, 1, 0, 9, 0);
	put_interface(&m, 101, 0, 9, 0);
	put_enhanced(&m, 0, UINT64_C(1700000000123456789), "one", 3);
	put_enhanced(&m, 1, UINT64_C(1700000000123456790), "two, cut", 1500);
	put_enhanced(&m, 0, UINT64_C(1700000000123456791), "", 0);
	put_enhanced(&m, 0, UINT64_C(1600000000123456791), "back in time", 12);
	from = temp_file("from", buf_bytes(&m.out));
	to = temp_path("to");
	again = temp_path("again");
	buf_init(&want, SIZE_MAX);
	buf_init(&got, SIZE_MAX);
	buf_init(&bytes, SIZE_MAX);
	copy(from, to, &s);
	copy(to, again, &s);
	read_paths(&from, 1, NULL, &want);
	read_paths(&to, 1, NULL, &got);
	check_text("read again", &got, buf_text(&want));
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	read_file(to, &got);
	read_file(again, &bytes);
	assert_true(bytes_eq(buf_bytes(&got), buf_bytes(&bytes)));
	assert_int_not_equal(bytes_search(buf_bytes(&got), BYTES("tcp port 25")), SIZE_MAX);
	unlink(from);
	unlink(to);
	unlink(again);
	buf_done(&want);
	buf_done(&got);
	buf_done(&bytes);
	buf_done(&m.out);
}

static struct frame
frame(int64_t ts_s, const uint8_t *p, size_t n)
{
	return (struct frame){
		.data = {p, n}, .wire_len = (uint32_t)n, .ts_ns = ts_s * 1000000000, .link = 1};
}

static void
test_full_disk(void **state)
{
	struct dumper *d = NULL;
	struct err e = {0};

	assert_int_equal(dumper_open("/dev/full", NULL, &d, &e), -ENOSPC);
	assert_null(d);
	assert_string_equal(e.text, "/dev/full: packets cannot be kept: the disk is full; free "
				    "some space, or keep less with --rotate and "
				    "--keep");
}

/* The limit on file sizes stands in for a disk that fills up in the middle: the file ends
 * behind a whole packet. */
static void
test_disk_fills(void **state)
{
	enum {
		LIMIT = 3000001
	};
	static uint8_t data[1000];
	const char *path = getenv("DUMPER_CHILD");
	struct dumper *d = NULL;
	struct err e = {0};
	struct buf got;
	struct stat st;
	int code = 0, n;

	/* The shell sets the limit for the child alone. */
	if (path) {
		if (dumper_open(path, NULL, &d, &e) < 0)
			_exit(9);
		for (n = 0; n < 10000 && code == 0; n++) {
			struct frame f = frame(n, data, sizeof(data));

			code = dumper_add(d, &f, &e);
		}
		n = dumper_close(&d, &e);
		_exit(code == -EFBIG && n == -EFBIG ? 0 : 1);
	}
	{
		char line[512], self[256] = {0};

		path = temp_path("fills");
		assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
		snprintf(line, sizeof(line),
			"trap '' XFSZ; ulimit -f %d; DUMPER_CHILD='%s' '%s' >/dev/null 2>&1",
			LIMIT / 512, path, self);
		assert_int_equal(system(line), 0);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 2000000);
	buf_init(&got, SIZE_MAX);
	read_paths(&path, 1, NULL, &got);
	assert_null(strstr(buf_text(&got), "broken"));
	assert_non_null(strstr(buf_text(&got), "0.2000 1 1999."));
	unlink(path);
	buf_done(&got);
}

/* Twelve packets a file by size, two files kept: the last ones. */
static void
test_rotate(void **state)
{
	static uint8_t data[1000];
	const struct dumper_settings by_size = {.rotate_bytes = 12000, .keep = 2};
	const struct dumper_settings by_time = {.rotate_ns = INT64_C(10) * 1000000000};
	struct dumper *d = NULL;
	struct err e;
	char path[128], name[140];

	snprintf(path, sizeof(path), "%s", temp_path("r"));
	assert_int_equal(dumper_open(path, &by_size, &d, &e), 0);
	for (int i = 0; i < 50; i++) {
		struct frame f = frame(i, data, sizeof(data));

		assert_int_equal(dumper_add(d, &f, &e), 0);
	}
	assert_int_equal(dumper_close(&d, &e), 0);
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", path, i);
		assert_int_equal(access(name, F_OK), i == 3 || i == 4 ? 0 : -1);
		unlink(name);
	}
	assert_int_equal(dumper_open(path, &by_time, &d, &e), 0);
	for (int i = 0; i < 35; i++) {
		struct frame f = frame(i, data, 4);

		assert_int_equal(dumper_add(d, &f, &e), 0);
	}
	assert_int_equal(dumper_close(&d, &e), 0);
	for (int i = 0; i < 5; i++) {
		const char *p = name;
		struct buf got;

		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", path, i);
		assert_int_equal(access(name, F_OK), i < 4 ? 0 : -1);
		if (i == 3) {
			buf_init(&got, SIZE_MAX);
			read_paths(&p, 1, NULL, &got);
			assert_true(bytes_starts(buf_bytes(&got), "0.1 1 30."));
			buf_done(&got);
		}
		unlink(name);
	}
}

/* The file that is read may be named for writing: it is replaced, and the reader keeps the old
 * one. */
static void
test_onto_itself(void **state)
{
	struct maker m = make(false, false);
	const char *path;
	struct buf want, got;

	put_pcap(&m, 65535, 1);
	for (uint32_t i = 0; i < 100; i++)
		put_record(&m, i, 0, "packet", 6);
	path = temp_file("self", buf_bytes(&m.out));
	buf_init(&want, SIZE_MAX);
	buf_init(&got, SIZE_MAX);
	read_paths(&path, 1, NULL, &want);
	copy(path, path, NULL);
	read_paths(&path, 1, NULL, &got);
	check_text("itself", &got, buf_text(&want));
	unlink(path);
	buf_done(&want);
	buf_done(&got);
	buf_done(&m.out);
}

/* They come before the packets that follow them, padded or not. */
static void
test_secrets(void **state)
{
	static const char *const lines[] = {"CLIENT_RANDOM aa bb\n", "CLIENT_RANDOM aa bbc\n"};
	struct maker m = make(false, false);
	const char *path;

	put_pcap(&m, 65535, 1);
	put_record(&m, 1, 0, "packet", 6);
	path = temp_file("secrets", buf_bytes(&m.out));
	for (size_t i = 0; i < 2; i++) {
		struct dumper *d = NULL;
		struct source *s = NULL;
		struct frame f;
		struct err e = {0};
		struct buf got;

		buf_init(&got, SIZE_MAX);
		assert_int_equal(dumper_open(path, NULL, &d, &e), 0);
		assert_int_equal(dumper_secrets(d, bytes_str(lines[i]), &e), 0);
		f = (struct frame){.link = 1, .wire_len = 6, .data = BYTES("packet")};
		assert_int_equal(dumper_add(d, &f, &e), 0);
		assert_int_equal(dumper_close(&d, &e), 0);
		assert_int_equal(source_open_files(&path, 1, NULL, &s, &e), 0);
		assert_int_equal(source_batch(s, &f, 1), 1);
		source_secrets(s, 0, &got);
		assert_true(bytes_starts(buf_bytes(&got), lines[i]));
		assert_true(bytes_is(f.data, "packet"));
		buf_done(&got);
		source_free(&s);
	}
	unlink(path);
	buf_done(&m.out);
}

static void
test_no_directory(void **state)
{
	struct dumper *d = NULL;
	struct err e = {0};

	assert_int_equal(dumper_open("/nonexistent/file", NULL, &d, &e), -ENOENT);
	assert_string_equal(
		e.text, "/nonexistent/file: packets cannot be kept: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest child[] = {cmocka_unit_test(test_disk_fills)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_disk_fills),
		cmocka_unit_test(test_rotate),
		cmocka_unit_test(test_onto_itself),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_no_directory),
	};

	if (getenv("DUMPER_CHILD"))
		return cmocka_run_group_tests(child, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
