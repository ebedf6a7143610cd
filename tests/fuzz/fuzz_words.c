/* Whatever comes, what goes out is UTF-8 on one line, and no more addresses than were asked
 * for. */
#include <assert.h>

#include "base/escape.h"
#include "dissectors/mime/words.h"

enum {
	ADDRESSES = 5,
	INPUT_BYTES = 16 * 1024
};

static void
check(struct bytes in)
{
	uint32_t cp = 0;

	for (size_t n; in.n; in = bytes_from(in, n)) {
		n = utf8_next(in, &cp);
		assert(n > 0 && cp != '\r' && cp != '\n' && cp != 0);
	}
}

static void
put(void *user, struct bytes address)
{
	size_t *n = user;

	check(address);
	assert(address.n > 0 && ++*n <= ADDRESSES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_sub((struct bytes){data, size}, 0, INPUT_BYTES);
	struct buf out;
	size_t n = 0;

	buf_init(&out, SIZE_MAX);
	words_text(&out, in);
	check(buf_bytes(&out));
	buf_done(&out);
	words_addresses(in, ADDRESSES, put, &n);
	return 0;
}
