/* Capture files that are packed, that are none, and that are larger than any buffer. */
#include "capture_make.h"

#include <zlib.h>
#include <zstd.h>

enum {
	LARGE_RECORDS = 3000,
	LARGE_MOST = 70000
};

static void
test_not_a_capture(void **state)
{
	static const struct {
		struct bytes in;
		const char *want;
	} rows[] = {
		{{NULL, 0}, "error -22: a: the file is empty (0 bytes): nothing was captured "
			    "into it\n"},
		{{(const uint8_t *)"Dear \x1b[2J, hello\n", 16},
			"error -22: a: not a capture file: it begins with \"Dear \\x1B[2J, "
			"hello\" "
			"(pcap and pcapng are read, plain or packed with gzip or zstd)\n"},
		{{(const uint8_t *)"BZh91AY", 7}, "error -22: a: is packed with bzip2: unpack "
						  "it first (bunzip2 -k FILE)\n"},
		{{(const uint8_t *)"\x1f\x8b", 2},
			"error -22: a: the gzip data ends early: the file was cut short\n"},
		{{(const uint8_t *)"\xd4\xc3\xb2\xa1\x02", 5},
			"error -22: a: the pcap file header is cut short (5 of 24 bytes are "
			"there)\n"},
		{{(const uint8_t *)"\xd4\xc3\xb2\xa1\x09\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0"
				   "\0",
			 24},
			"error -22: a: pcap version 9.4 is not known (2.4 is)\n"},
	};
	const char *path;
	struct buf got;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct maker m = make(false, false);
		char name[16];

		buf_add(&m.out, rows[i].in);
		snprintf(name, sizeof(name), "row %zu", i);
		check_one(name, &m, rows[i].want);
	}
	buf_init(&got, SIZE_MAX);
	path = temp_path("missing");
	read_paths(&path, 1, NULL, &got);
	check_text("missing", &got, "error -2: missing: there is no such file\n");
	path = temp_path("");
	read_paths(&path, 1, NULL, &got);
	assert_non_null(strstr(buf_text(&got), "error -21: "));
	buf_done(&got);
}

static void
gzip(struct bytes in, struct buf *out)
{
	z_stream z = {0};
	uint8_t room[4096];

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (uint8_t *)in.p;
	z.avail_in = (uInt)in.n;
	do {
		z.next_out = room;
		z.avail_out = sizeof(room);
		deflate(&z, Z_FINISH);
		buf_add(out, (struct bytes){room, sizeof(room) - z.avail_out});
	} while (z.avail_out == 0);
	deflateEnd(&z);
}

static void
zstd(struct bytes in, struct buf *out)
{
	size_t room = ZSTD_compressBound(in.n);
	uint8_t *p = malloc(room);
	size_t n = ZSTD_compress(p, room, in.p, in.n, 3);

	assert_false(ZSTD_isError(n));
	buf_add(out, (struct bytes){p, n});
	free(p);
}

/* Packed whole, in two members, and cut everywhere: no packet is invented, and the cut is told.
 */
static void
test_packed(void **state)
{
	static void (*const packers[])(struct bytes in, struct buf * out) = {gzip, zstd};
	static const char all[] = "0.1 1 1000.000005000 first/5\n"
				  "0.2 1 1001.999999000 second packet/60\n"
				  "0.3 1 1002.000000000 /0\n";
	struct maker m = small_pcap(false, false);

	for (size_t k = 0; k < 2; k++) {
		struct buf packed, got;
		size_t one;

		buf_init(&packed, SIZE_MAX);
		buf_init(&got, SIZE_MAX);
		packers[k](bytes_sub(buf_bytes(&m.out), 0, 50), &packed);
		one = packed.n;
		packers[k](bytes_from(buf_bytes(&m.out), 50), &packed);
		for (size_t len = 5; len <= packed.n; len++) {
			const char *path = temp_file("p", (struct bytes){packed.p, len});

			read_paths(&path, 1, NULL, &got);
			unlink(path);
			if (len == packed.n)
				check_text("whole", &got, all);
			else if (len == one)
				assert_non_null(strstr(buf_text(&got),
					"broken: p: packet 2: the file ends in"));
			else
				assert_non_null(strstr(buf_text(&got), "data ends early"));
		}
		buf_done(&packed);
		buf_done(&got);
	}
	buf_done(&m.out);
}

static void
test_packed_garbage(void **state)
{
	struct maker m = small_pcap(false, false), packed = make(false, false);

	gzip(buf_bytes(&m.out), &packed.out);
	packed.out.p[packed.out.n - 6] ^= 0x55; /* the checksum */
	check_one("gzip", &packed,
		"0.1 1 1000.000005000 first/5\n"
		"0.2 1 1001.999999000 second packet/60\n"
		"0.3 1 1002.000000000 /0\n"
		"broken: a: packet 4: the gzip data is damaged (incorrect data check)\n");
	buf_done(&m.out);
}

static size_t
large_size(uint32_t i)
{
	return (i * 7919) % 2000 + (i % 500 == 499 ? 65000 : 0);
}

static struct maker
large_file(bool ng)
{
	struct maker m = make(false, false);
	char *data = malloc(LARGE_MOST);

	if (ng) {
		put_section(&m);
		put_interface(&m, 1, 0, -1, 0);
	} else {
		put_pcap(&m, 262144, 1);
	}
	for (uint32_t i = 0; i < LARGE_RECORDS; i++) {
		size_t n = large_size(i);

		memset(data, 'a' + i % 26, n);
		data[n] = '\0';
		if (ng)
			put_enhanced(&m, 0, i, data, (uint32_t)n);
		else
			put_record(&m, i, 0, data, (uint32_t)n);
	}
	free(data);
	return m;
}

/* `most` frames at a time: all of them are good until the next call. */
static void
read_large(const char *path, size_t most)
{
	struct source *s = NULL;
	struct err e;
	struct frame f[64];
	uint32_t i = 0;
	int n;

	assert_int_equal(source_open_files(&path, 1, NULL, &s, &e), 0);
	while ((n = source_batch(s, f, most)) >= 0) {
		assert_in_range(n, 1, most);
		for (int k = 0; k < n; k++, i++) {
			assert_int_equal(f[k].packet, i + 1);
			assert_int_equal(f[k].data.n, large_size(i));
			if (f[k].data.n) {
				assert_int_equal(f[k].data.p[0], 'a' + i % 26);
				assert_int_equal(f[k].data.p[f[k].data.n - 1], 'a' + i % 26);
			}
		}
	}
	assert_int_equal(i, LARGE_RECORDS);
	assert_false(source_input(s, 0)->broken);
	assert_int_equal(source_input(s, 0)->packets, LARGE_RECORDS);
	assert_int_equal(source_input(s, 0)->bytes_read, source_input(s, 0)->bytes_total);
	source_free(&s);
}

/* More than any buffer holds, with records that straddle its end, plain and packed. */
static void
test_large(void **state)
{
	static void (*const packers[])(struct bytes in, struct buf * out) = {NULL, gzip, zstd};

	for (int ng = 0; ng < 2; ng++) {
		struct maker m = large_file(ng);

		for (size_t k = 0; k < 3; k++) {
			struct buf packed;
			const char *path;

			buf_init(&packed, SIZE_MAX);
			if (packers[k])
				packers[k](buf_bytes(&m.out), &packed);
			path = temp_file("large", buf_bytes(packers[k] ? &packed : &m.out));
			read_large(path, 1);
			read_large(path, 64);
			unlink(path);
			buf_done(&packed);
		}
		buf_done(&m.out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_a_capture),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_packed_garbage),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
