#include "base/digest.h"
#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

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

/* Fetched once: EVP_sha256() would be looked up anew, under a lock, for every message. */
static EVP_MD *md_sha256, *md_sha1, *md_md5;

static void
fetch(void)
{
	md_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	md_sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	must(md_sha256 && md_sha1, "EVP_MD_fetch");
	md_md5 = EVP_MD_fetch(NULL, "MD5", NULL);
}

static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static EVP_MD_CTX *
ctx_new(const EVP_MD *const *md)
{
	EVP_MD_CTX *ctx;

	pthread_once(&fetched, fetch);
	ctx = EVP_MD_CTX_new();
	must(ctx != NULL, "EVP_MD_CTX_new");
	must(EVP_DigestInit_ex(ctx, *md, NULL), "a digest");
	return ctx;
}

struct digest *
digest_new(void)
{
	struct digest *d = mem_get(sizeof(*d));

	d->ctx = ctx_new((const EVP_MD *const *)&md_sha256);
	return d;
}

void
digest_add(struct digest *d, struct bytes in)
{
	if (in.n)
		must(EVP_DigestUpdate(d->ctx, in.p, in.n), "SHA-256");
}

static void
put_hex(const uint8_t *sum, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * n] = '\0';
}

void
digest_hex(struct digest *d, char out[SHA256_HEX])
{
	uint8_t sum[SHA256_BYTES];

	must(EVP_DigestFinal_ex(d->ctx, sum, NULL), "SHA-256");
	must(EVP_DigestInit_ex(d->ctx, NULL, NULL), "SHA-256");
	put_hex(sum, sizeof(sum), out);
}

void
sha256_hex(struct bytes in, char out[SHA256_HEX])
{
	uint8_t sum[SHA256_BYTES];

	pthread_once(&fetched, fetch);
	must(EVP_Digest(in.p ? in.p : sum, in.n, sum, NULL, md_sha256, NULL), "SHA-256");
	put_hex(sum, sizeof(sum), out);
}

bool
md5_hex(struct bytes in, char out[MD5_HEX])
{
	uint8_t sum[16];

	out[0] = '\0';
	pthread_once(&fetched, fetch);
	if (!md_md5 || EVP_Digest(in.p ? in.p : sum, in.n, sum, NULL, md_md5, NULL) != 1)
		return false;
	put_hex(sum, sizeof(sum), out);
	return true;
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

struct hmac {
	EVP_MD_CTX *inner, *outer,
		*work; /* with the padded key taken in; the one that is used */
};

struct hmac *
hmac_new(struct bytes key)
{
	struct hmac *h = mem_get(sizeof(*h));
	uint8_t pad[64]; /* RFC 2104: the block size of SHA-256 */

	assert(key.n <= sizeof(pad));
	h->inner = ctx_new((const EVP_MD *const *)&md_sha256);
	h->outer = ctx_new((const EVP_MD *const *)&md_sha256);
	h->work = ctx_new((const EVP_MD *const *)&md_sha256);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] = 0x36 ^ (i < key.n ? key.p[i] : 0);
	must(EVP_DigestUpdate(h->inner, pad, sizeof(pad)), "HMAC");
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	must(EVP_DigestUpdate(h->outer, pad, sizeof(pad)), "HMAC");
	wipe(pad, sizeof(pad));
	return h;
}

void
hmac_free(struct hmac **h)
{
	if (!*h)
		return;
	EVP_MD_CTX_free((*h)->inner);
	EVP_MD_CTX_free((*h)->outer);
	EVP_MD_CTX_free((*h)->work);
	free(*h);
	*h = NULL;
}

void
hmac_sha256(struct hmac *h, struct bytes in, uint8_t out[SHA256_BYTES])
{
	must(EVP_MD_CTX_copy_ex(h->work, h->inner), "HMAC");
	if (in.n)
		must(EVP_DigestUpdate(h->work, in.p, in.n), "HMAC");
	must(EVP_DigestFinal_ex(h->work, out, NULL), "HMAC");
	must(EVP_MD_CTX_copy_ex(h->work, h->outer), "HMAC");
	must(EVP_DigestUpdate(h->work, out, SHA256_BYTES), "HMAC");
	must(EVP_DigestFinal_ex(h->work, out, NULL), "HMAC");
}

struct sha1 {
	EVP_MD_CTX *ctx;
};

struct sha1 *
sha1_new(void)
{
	struct sha1 *s = mem_get(sizeof(*s));

	s->ctx = ctx_new((const EVP_MD *const *)&md_sha1);
	return s;
}

void
sha1_free(struct sha1 **s)
{
	if (!*s)
		return;
	EVP_MD_CTX_free((*s)->ctx);
	free(*s);
	*s = NULL;
}

void
sha1_of(struct sha1 *s, struct bytes in, uint8_t out[SHA1_BYTES])
{
	must(EVP_DigestUpdate(s->ctx, in.p, in.n), "SHA-1");
	must(EVP_DigestFinal_ex(s->ctx, out, NULL), "SHA-1");
	must(EVP_DigestInit_ex(s->ctx, NULL, NULL), "SHA-1");
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
