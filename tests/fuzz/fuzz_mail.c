/* Messages taken apart for the screen. */
#include "base/escape.h"
#include "ui/mail.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mail_part parts[MAIL_PARTS];
	struct bytes in = {data, size};
	size_t n = mail_parts(in, parts);
	struct buf out, text;

	assert(n >= 1 && n <= MAIL_PARTS);
	buf_init(&out, 1 << 20);
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		const struct mail_part *p = &parts[i];
		uint32_t cp;

		assert(p->depth <= MAIL_DEPTH);
		assert(!p->body.n ||
			(p->body.p >= data && p->body.p + p->body.n <= data + size));
		buf_clear(&out);
		buf_clear(&text);
		mail_decode(p, &out);
		mail_utf8(p->charset, bytes_sub(buf_bytes(&out), 0, 4096), &text);
		for (struct bytes rest = bytes_sub(buf_bytes(&text), 0, 64); rest.n > 4;) {
			size_t k = utf8_next(rest, &cp);

			assert(k);
			rest = bytes_from(rest, k);
		}
	}
	buf_done(&out);
	buf_done(&text);
	return 0;
}
