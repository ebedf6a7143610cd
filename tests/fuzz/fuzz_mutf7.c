#include <stdlib.h>

#include "base/escape.h"
#include "dissectors/imap/mutf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What it calls valid is UTF-8, and nothing it says is longer than three times what went in. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = {data, size}, rest;
	struct buf out;
	uint32_t cp;

	buf_init(&out, size * 3 + 1);
	if (mutf7_decode(in, &out)) {
		for (rest = buf_bytes(&out); rest.n;) {
			size_t n = utf8_next(rest, &cp);

			if (!n)
				abort();
			rest = bytes_from(rest, n);
		}
	} else if (!bytes_eq(buf_bytes(&out), in)) {
		abort();
	}
	if (out.cut)
		abort();
	buf_done(&out);
	return 0;
}
