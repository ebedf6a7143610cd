/* SHA-256 over a stream, HMAC-SHA-256 and SHA-1, by libcrypto. */
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

/* Of one text; lower-case hex. */
void sha256_hex(struct bytes in, char out[SHA256_HEX]);
/* MD5, for names that others chose to make with it (JA3). False, and "", when libcrypto does
 * not have it (FIPS). */
#define MD5_HEX 33 /* with the NUL */
bool md5_hex(struct bytes in, char out[MD5_HEX]);

/* HMAC-SHA-256, RFC 2104, with one key for many texts. The key has at most 64 bytes. */
struct hmac;
struct hmac *hmac_new(struct bytes key);
void hmac_free(struct hmac **h);
void hmac_sha256(struct hmac *h, struct bytes in, uint8_t out[SHA256_BYTES]);

/* SHA-1, for names that others chose to make with it (Community ID, fingerprints). */
#define SHA1_BYTES 20
struct sha1;
struct sha1 *sha1_new(void);
void sha1_free(struct sha1 **s);
void sha1_of(struct sha1 *s, struct bytes in, uint8_t out[SHA1_BYTES]);

/* Fills with random bytes from the kernel; ends the program when there are none. */
void random_fill(void *p, size_t n);
/* memset that the compiler keeps. */
void wipe(void *p, size_t n);

#endif
