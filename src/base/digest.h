/* SHA-256 over a stream, and HMAC-SHA-256, by libcrypto. */
#ifndef MS_BASE_DIGEST_H
#define MS_BASE_DIGEST_H

#include "base/bytes.h"

#define SHA256_BYTES 32
#define SHA256_HEX 65 /* with the NUL */

struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, struct bytes in);
/* Ends it; `out` gets lower-case hex. The object is ready for a next message. */
void digest_hex(struct digest *d, char out[SHA256_HEX]);
void digest_free(struct digest **d);

void hmac_sha256(struct bytes key, struct bytes in, uint8_t out[SHA256_BYTES]);
/* Fills with random bytes from the kernel; ends the program when there are none. */
void random_fill(void *p, size_t n);
/* memset that the compiler keeps. */
void wipe(void *p, size_t n);

#endif
