/* Key log text, in one piece and line by line; whatever was taken is found again. */
#include <stdlib.h>

#include "dissectors/tls/keylog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keylog *whole = keylog_new(1 << 18), *lines = keylog_new(1 << 18);
	struct bytes in = {data, size};
	uint8_t got[KEYLOG_SECRET];

	keylog_text(whole, in);
	for (struct bytes rest = in; rest.n;
		rest = bytes_from(rest, bytes_find(rest, '\n') + 1))
		keylog_text(lines, bytes_sub(rest, 0, bytes_find(rest, '\n') + 1));
	if (keylog_counts(whole).secrets != keylog_counts(lines).secrets ||
		keylog_counts(whole).junk != keylog_counts(lines).junk)
		abort();
	for (int label = 0; label < KEYLOG_LABELS; label++)
		keylog_get(whole, (enum keylog_label)label, bytes_sub(in, 0, KEYLOG_KEY), got);
	keylog_free(&whole);
	keylog_free(&lines);
	return 0;
}
