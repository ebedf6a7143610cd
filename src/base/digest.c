#include "base/digest.h"
#include "base/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

struct digest {
	EVP_MD_CTX *ctx;
};

/* libcrypto without SHA-256 is a broken installation: nothing sensible can follow. */
static void
must(int ok, const char *what)
{
	if (ok == 1)
		return;
	fprintf(stderr, "mailsnoop: %s failed\n", what);
	abort();
}

struct digest *
digest_new(void)
{
	struct digest *d = mem_get(sizeof(*d));

	d->ctx = EVP_MD_CTX_new();
	must(d->ctx != NULL, "EVP_MD_CTX_new");
	must(EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL), "SHA-256");
	return d;
}

void
digest_add(struct digest *d, struct bytes in)
{
	if (in.n)
		must(EVP_DigestUpdate(d->ctx, in.p, in.n), "SHA-256");
}

void
digest_hex(struct digest *d, char out[SHA256_HEX])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t sum[SHA256_BYTES];

	must(EVP_DigestFinal_ex(d->ctx, sum, NULL), "SHA-256");
	must(EVP_DigestInit_ex(d->ctx, NULL, NULL), "SHA-256");
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * SHA256_BYTES] = '\0';
}

void
digest_free(struct digest **d)
{
	if (!*d)
		return;
	EVP_MD_CTX_free((*d)->ctx);
	free(*d);
	*d = NULL;
}

void
hmac_sha256(struct bytes key, struct bytes in, uint8_t out[SHA256_BYTES])
{
	unsigned n = SHA256_BYTES;

	/* OpenSSL takes a NULL key as "the key of the last call": give it a place instead. */
	must(HMAC(EVP_sha256(), key.n ? key.p : (const uint8_t *)"", (int)key.n,
		     in.n ? in.p : (const uint8_t *)"", in.n, out, &n) != NULL,
		"HMAC-SHA-256");
}

void
random_fill(void *p, size_t n)
{
	uint8_t *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		must(got > 0, "getrandom");
		at += got;
		n -= (size_t)got;
	}
}

void
wipe(void *p, size_t n)
{
	if (n)
		OPENSSL_cleanse(p, n);
}
