#include "dissectors/tls/prf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <pthread.h>
#include <string.h>

#include "base/digest.h"

enum {
	MD5_BYTES = 16,
	SHA1_DIGEST_BYTES = 20,
	SSL3_ROUNDS = 16,
	LABEL_BYTES = 64,
	HMAC_INNER = 0x36, /* RFC 2104 2 */
	HMAC_OUTER = 0x5c,
};

/* To look them up by name takes longer than to use them: once for the program. */
static struct {
	const char *name;
	EVP_MD *md;
} digests[] = {{.name = "SHA256"}, {.name = "SHA384"}, {.name = "SHA512"}};
static pthread_once_t digests_once = PTHREAD_ONCE_INIT;

static void
fetch_digests(void)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		digests[i].md = EVP_MD_fetch(NULL, digests[i].name, NULL);
}

/* NULL: libcrypto does not have it, or HKDF needs it nowhere. */
static const EVP_MD *
fetched_digest(const char *name)
{
	pthread_once(&digests_once, fetch_digests);
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (strcmp(digests[i].name, name) == 0)
			return digests[i].md;
	}
	return NULL;
}

static bool
derive(const char *kdf, const OSSL_PARAM *params, uint8_t *ret, size_t n)
{
	EVP_KDF *f = EVP_KDF_fetch(NULL, kdf, NULL);
	EVP_KDF_CTX *c = f ? EVP_KDF_CTX_new(f) : NULL;
	bool good = c && EVP_KDF_derive(c, ret, n, params) == 1;

	EVP_KDF_CTX_free(c);
	EVP_KDF_free(f);
	return good;
}

static OSSL_PARAM
octets(const char *key, struct bytes in)
{
	return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)in.p, in.n);
}

static OSSL_PARAM
text(const char *key, const char *value)
{
	return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)value, 0);
}

bool
tls_prf(const char *digest, struct bytes secret, const char *label, struct bytes seed1,
	struct bytes seed2, uint8_t *ret, size_t n)
{
	OSSL_PARAM params[6], *p = params;

	*p++ = text(OSSL_KDF_PARAM_DIGEST, digest);
	*p++ = octets(OSSL_KDF_PARAM_SECRET, secret);
	*p++ = octets(OSSL_KDF_PARAM_SEED, bytes_str(label));
	*p++ = octets(OSSL_KDF_PARAM_SEED, seed1);
	if (seed2.n)
		*p++ = octets(OSSL_KDF_PARAM_SEED, seed2);
	*p = OSSL_PARAM_construct_end();
	return derive(OSSL_KDF_NAME_TLS1_PRF, params, ret, n);
}

/* One digest over the parts. */
static bool
digest_parts(const char *name, const struct bytes *parts, size_t n_parts, uint8_t *ret)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = md && c && EVP_DigestInit_ex2(c, md, NULL) == 1;

	for (size_t i = 0; good && i < n_parts; i++)
		good = EVP_DigestUpdate(c, parts[i].p, parts[i].n) == 1;
	good = good && EVP_DigestFinal_ex(c, ret, NULL) == 1;
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
	return good;
}

/* MD5(secret SHA("A" secret seed)) MD5(secret SHA("BB" secret seed)) … */
bool
ssl3_prf(struct bytes secret, struct bytes seed1, struct bytes seed2, uint8_t *ret, size_t n)
{
	uint8_t letters[SSL3_ROUNDS], sha[SHA1_DIGEST_BYTES], md5[MD5_BYTES];
	bool good = n <= SSL3_ROUNDS * MD5_BYTES;

	for (size_t i = 0, at = 0; good && at < n; i++, at += MD5_BYTES) {
		struct bytes inner[] = {{letters, i + 1}, secret, seed1, seed2};
		struct bytes outer[] = {secret, {sha, sizeof(sha)}};

		memset(letters, 'A' + (int)i, i + 1);
		good = digest_parts("SHA1", inner, 4, sha) &&
		       digest_parts("MD5", outer, 2, md5);
		if (good)
			memcpy(ret + at, md5, n - at < MD5_BYTES ? n - at : MD5_BYTES);
	}
	wipe(sha, sizeof(sha));
	wipe(md5, sizeof(md5));
	return good;
}

/* HMAC of RFC 2104 over the parts; the context is used again. */
static bool
hmac_parts(EVP_MD_CTX *c, const EVP_MD *md, struct bytes key, const struct bytes *parts,
	size_t n_parts, uint8_t *ret)
{
	uint8_t pad[EVP_MAX_MD_SIZE * 2] = {0}, inner[EVP_MAX_MD_SIZE];
	size_t block = (size_t)EVP_MD_get_block_size(md), n = (size_t)EVP_MD_get_size(md);
	bool good = key.n <= block && block <= sizeof(pad);

	for (size_t i = 0; good && i < block; i++)
		pad[i] = (i < key.n ? key.p[i] : 0) ^ HMAC_INNER;
	good = good && EVP_DigestInit_ex2(c, md, NULL) == 1 &&
	       EVP_DigestUpdate(c, pad, block) == 1;
	for (size_t i = 0; good && i < n_parts; i++)
		good = EVP_DigestUpdate(c, parts[i].p, parts[i].n) == 1;
	for (size_t i = 0; good && i < block; i++)
		pad[i] ^= HMAC_INNER ^ HMAC_OUTER;
	good = good && EVP_DigestFinal_ex(c, inner, NULL) == 1 &&
	       EVP_DigestInit_ex2(c, md, NULL) == 1 && EVP_DigestUpdate(c, pad, block) == 1 &&
	       EVP_DigestUpdate(c, inner, n) == 1 && EVP_DigestFinal_ex(c, ret, NULL) == 1;
	wipe(pad, sizeof(pad));
	wipe(inner, sizeof(inner));
	return good;
}

/* By hand: a connection needs it some ten times, and EVP_KDF takes several times as long. */
bool
hkdf_expand(const char *digest, struct bytes secret, struct bytes info, uint8_t *ret, size_t n)
{
	const EVP_MD *md = fetched_digest(digest);
	EVP_MD_CTX *c = md ? EVP_MD_CTX_new() : NULL;
	size_t size = md ? (size_t)EVP_MD_get_size(md) : 0;
	uint8_t t[EVP_MAX_MD_SIZE], count = 0;
	bool good = c && n <= UINT8_MAX * size;

	for (size_t at = 0; good && at < n; at += size) {
		struct bytes parts[] = {{t, count ? size : 0}, info, {&count, 1}};

		count++;
		good = hmac_parts(c, md, secret, parts, 3, t);
		if (good)
			memcpy(ret + at, t, n - at < size ? n - at : size);
	}
	wipe(t, sizeof(t));
	EVP_MD_CTX_free(c);
	return good;
}

bool
hkdf_expand_label(
	const char *digest, struct bytes secret, const char *label, uint8_t *ret, size_t n)
{
	struct bytes name = bytes_str(label);
	uint8_t info[LABEL_BYTES] = {(uint8_t)(n >> 8), (uint8_t)n, (uint8_t)(6 + name.n), 't',
		'l', 's', '1', '3', ' '};

	if (name.n > LABEL_BYTES - 10 || n > UINT16_MAX)
		return false;
	memcpy(info + 9, name.p, name.n); /* behind it: the length 0 of the context */
	return hkdf_expand(digest, secret, (struct bytes){info, 9 + name.n + 1}, ret, n);
}

size_t
digest_of(const char *digest, struct bytes in, uint8_t *ret)
{
	size_t n = 0;

	return EVP_Q_digest(NULL, digest, NULL, in.p, in.n, ret, &n) == 1 ? n : 0;
}
