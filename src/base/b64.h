/* Base64, RFC 4648 section 4. */
#ifndef MS_BASE_B64_H
#define MS_BASE_B64_H

#include "base/buf.h"

/*
 * Decodes all of `in` onto `out`. Missing padding is accepted. Returns 0, or -EINVAL when a
 * byte is outside the alphabet or the length is impossible; what came before is appended all
 * the same.
 */
int b64_decode(struct bytes in, struct buf *out);
void b64_encode(struct bytes in, struct buf *out);
/* 0 to 63 of a character of the alphabet, else -1. */
int b64_value(uint8_t c);

#endif
