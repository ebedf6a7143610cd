/* First octet: the size of the pieces. The values must be the same whole and in pieces. */
#include <assert.h>

#include "dissectors/mime/headers.h"

static const struct headers_settings small = {
	.field_bytes = 64, .section_bytes = 4096, .fields_kept = 3};

static void
same(const struct headers *a, const struct headers *b)
{
	for (int f = 0; f < HDR_COUNT; f++) {
		struct bytes va, vb;

		for (size_t i = 0;; i++) {
			bool ha = headers_get(a, (enum header_field)f, i, &va);

			assert(ha == headers_get(b, (enum header_field)f, i, &vb));
			if (!ha)
				break;
			assert(bytes_eq(va, vb) && va.n <= small.field_bytes);
		}
	}
	assert(headers_cut(a) == headers_cut(b) && headers_done(a) == headers_done(b));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct headers *whole, *pieces;
	struct bytes in = {data, size};
	size_t step = size ? data[0] % 16 + 1 : 1;

	in = bytes_from(in, 1);
	whole = headers_new(&small);
	pieces = headers_new(&small);
	headers_feed(whole, in);
	for (size_t at = 0; at < in.n; at += step)
		headers_feed(pieces, bytes_sub(in, at, step));
	same(whole, pieces);
	if (size && data[0] & 0x80)
		headers_gap(pieces);
	headers_end(whole);
	headers_end(pieces);
	headers_free(&whole);
	headers_free(&pieces);
	return 0;
}
