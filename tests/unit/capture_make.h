/* Makes capture files for the tests of src/capture, byte by byte, and reads them back as text.
 */
#ifndef MS_TESTS_CAPTURE_MAKE_H
#define MS_TESTS_CAPTURE_MAKE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/escape.h"
#include "capture/source.h"

struct maker {
	struct buf out;
	bool big, nano;
};

static inline struct maker
make(bool big, bool nano)
{
	struct maker m = {.big = big, .nano = nano};

	buf_init(&m.out, SIZE_MAX);
	return m;
}

static inline void
put(struct maker *m, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_byte(&m->out, (uint8_t)(v >> 8 * (m->big ? n - 1 - i : i)));
}

static inline void
put_pcap(struct maker *m, uint32_t snaplen, uint32_t link)
{
	put(m, m->nano ? 0xa1b23c4d : 0xa1b2c3d4, 4);
	put(m, 2, 2);
	put(m, 4, 2);
	put(m, 0, 8);
	put(m, snaplen, 4);
	put(m, link, 4);
}

static inline void
put_record(struct maker *m, uint32_t sec, uint32_t frac, const char *data, uint32_t wire)
{
	put(m, sec, 4);
	put(m, frac, 4);
	put(m, strlen(data), 4);
	put(m, wire, 4);
	buf_str(&m->out, data);
}

/* A pcapng block with this body, filled up to a multiple of four. */
static inline void
put_block(struct maker *m, uint32_t type, struct bytes body)
{
	uint32_t pad = (4 - body.n % 4) % 4, len = (uint32_t)body.n + pad + 12;

	put(m, type, 4);
	put(m, len, 4);
	buf_add(&m->out, body);
	put(m, 0, pad);
	put(m, len, 4);
}

static inline void
put_section(struct maker *m)
{
	struct maker b = make(m->big, false);

	put(&b, 0x1a2b3c4d, 4);
	put(&b, 1, 2);
	put(&b, 0, 2);
	put(&b, UINT64_MAX, 8);
	put_block(m, 0x0a0d0d0a, buf_bytes(&b.out));
	buf_done(&b.out);
}

static inline void
put_interface(struct maker *m, uint16_t link, uint32_t snaplen, int resol, int64_t offset_s)
{
	struct maker b = make(m->big, false);

	put(&b, link, 2);
	put(&b, 0, 2);
	put(&b, snaplen, 4);
	put(&b, 2, 2); /* if_name, as something to be skipped */
	put(&b, 3, 2);
	buf_str(&b.out, "eth");
	put(&b, 0, 1);
	if (resol >= 0) {
		put(&b, 9, 2);
		put(&b, 1, 2);
		put(&b, (uint64_t)resol, 1);
		put(&b, 0, 3);
	}
	if (offset_s) {
		put(&b, 14, 2);
		put(&b, 8, 2);
		put(&b, (uint64_t)offset_s, 8);
	}
	put(&b, 0, 4);
	put_block(m, 1, buf_bytes(&b.out));
	buf_done(&b.out);
}

static inline void
put_enhanced(
	struct maker *m, uint32_t interface, uint64_t ticks, const char *data, uint32_t wire)
{
	struct maker b = make(m->big, false);

	put(&b, interface, 4);
	put(&b, ticks >> 32, 4);
	put(&b, ticks & UINT32_MAX, 4);
	put(&b, strlen(data), 4);
	put(&b, wire, 4);
	buf_str(&b.out, data);
	put_block(m, 6, buf_bytes(&b.out));
	buf_done(&b.out);
}

static inline void
put_simple(struct maker *m, const char *data, uint32_t wire)
{
	struct maker b = make(m->big, false);

	put(&b, wire, 4);
	buf_str(&b.out, data);
	put_block(m, 3, buf_bytes(&b.out));
	buf_done(&b.out);
}

static inline void
put_old_packet(struct maker *m, uint16_t interface, uint64_t ticks, const char *data)
{
	struct maker b = make(m->big, false);

	put(&b, interface, 2);
	put(&b, 0xffff, 2);
	put(&b, ticks >> 32, 4);
	put(&b, ticks & UINT32_MAX, 4);
	put(&b, strlen(data), 4);
	put(&b, strlen(data), 4);
	buf_str(&b.out, data);
	put_block(m, 2, buf_bytes(&b.out));
	buf_done(&b.out);
}

static char temp_dir[64];

static inline void
temp_dir_remove(void)
{
	rmdir(temp_dir);
}

/* A path in a directory of this program, good for three more calls; the tests remove their
 * files. */
static inline const char *
temp_path(const char *name)
{
	static char paths[4][128];
	static unsigned turn;

	if (!temp_dir[0]) {
		strcpy(temp_dir, "/tmp/capture-test-XXXXXX");
		assert_non_null(mkdtemp(temp_dir));
		atexit(temp_dir_remove);
	}
	turn = (turn + 1) % 4;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", temp_dir, name);
	return paths[turn];
}

static inline const char *
temp_file(const char *name, struct bytes content)
{
	const char *path = temp_path(name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(content.p ? content.p : (const uint8_t *)"", 1, content.n, f),
		content.n);
	assert_int_equal(fclose(f), 0);
	return path;
}

/*
 * Everything a source gives, as text: "input.packet link sec.nanosec data/wire" lines, then
 * "broken: …" lines. The directory is left out of the texts.
 */
static inline void
read_all(struct source *s, struct buf *out)
{
	struct frame f;
	int r;

	while ((r = source_next(s, &f)) != -ENODATA) {
		if (r == 0)
			continue;
		buf_fmt(out, "%u.%llu %u %lld.%09lld ", f.input, (unsigned long long)f.packet,
			f.link, (long long)(f.ts_ns / 1000000000),
			(long long)(f.ts_ns % 1000000000));
		escape_term(out, f.data);
		if (f.at) {
			uint8_t again[256];
			size_t k = f.data.n < sizeof(again) ? f.data.n : sizeof(again);

			assert_true(source_again(s, f.input, f.at, again, k));
			assert_memory_equal(again, f.data.p, k);
		}
		buf_fmt(out, "/%u\n", f.wire_len);
	}
	for (size_t i = 0; i < source_inputs(s); i++) {
		const struct source_input *in = source_input(s, i);
		const char *text = strrchr(in->text, '/');

		if (in->broken)
			buf_fmt(out, "broken: %s\n", text ? text + 1 : in->text);
	}
}

static inline void
read_paths(const char *const *paths, size_t n, const char *bpf, struct buf *out)
{
	struct source *s = NULL;
	struct err e = {0};
	int r = source_open_files(paths, n, bpf, &s, &e);

	buf_clear(out);
	if (r < 0) {
		const char *text = strstr(e.text, "/tmp/") ? strrchr(e.text, '/') + 1 : e.text;

		assert_int_equal(r, e.code);
		buf_fmt(out, "error %d: %s\n", r, text);
	} else {
		read_all(s, out);
	}
	source_free(&s);
}

static inline void
check_text(const char *name, struct buf *got, const char *want)
{
	if (strcmp(buf_text(got), want) != 0)
		fail_msg("%s: got\n%s\nwant\n%s", name, buf_text(got), want);
}

static inline struct maker
small_pcap(bool big, bool nano)
{
	struct maker m = make(big, nano);

	put_pcap(&m, 65535, 1);
	put_record(&m, 1000, 5, "first", 5);
	put_record(&m, 1001, nano ? 999999999 : 999999, "second packet", 60);
	put_record(&m, 1002, 0, "", 0);
	return m;
}

static inline void
check_one(const char *name, struct maker *m, const char *want)
{
	const char *path = temp_file("a", buf_bytes(&m->out));
	struct buf got;

	buf_init(&got, SIZE_MAX);
	read_paths(&path, 1, NULL, &got);
	check_text(name, &got, want);
	buf_done(&got);
	buf_done(&m->out);
	unlink(path);
}

#endif
