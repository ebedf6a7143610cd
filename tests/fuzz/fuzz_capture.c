/* A capture file of any format, packed or not: every frame is touched, and comes with numbers
 * that add up. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES_MAX 100000 /* a packed file can hold more than is of use here */

/* So that a sanitizer sees a loan that is longer than its buffer. */
static volatile uint8_t sink;

static void
read_frames(struct source *s)
{
	struct frame f;
	uint64_t last = 0;
	int r = 1;

	for (unsigned n = 0; n < FRAMES_MAX && (r = source_next(s, &f)) == 1; n++) {
		assert(f.packet == last + 1 && f.input == 0);
		assert(f.wire_len >= f.data.n);
		last = f.packet;
		if (f.data.n)
			sink = f.data.p[0] ^ f.data.p[f.data.n - 1];
	}
	assert(r == 1 || r == -ENODATA);
	assert(source_input(s, 0)->packets == last);
	assert(!source_input(s, 0)->broken || source_input(s, 0)->text[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct source *s = NULL;
	struct err e = {0};

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	if (source_open_fd(fd, "input", &s, &e) < 0) {
		assert(e.code < 0 && e.text[0]);
		return 0;
	}
	read_frames(s);
	source_free(&s);
	return 0;
}
