#include "dissectors/tls/prf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/digest.h"

enum {
	MD5_BYTES = 16,
	SHA1_DIGEST_BYTES = 20,
	SSL3_ROUNDS = 16,
	LABEL_BYTES = 64,
};

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

bool
hkdf_expand(const char *digest, struct bytes secret, struct bytes info, uint8_t *ret, size_t n)
{
	OSSL_PARAM params[5];
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;

	params[0] = text(OSSL_KDF_PARAM_DIGEST, digest);
	params[1] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	params[2] = octets(OSSL_KDF_PARAM_KEY, secret);
	params[3] = octets(OSSL_KDF_PARAM_INFO, info);
	params[4] = OSSL_PARAM_construct_end();
	return derive(OSSL_KDF_NAME_HKDF, params, ret, n);
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
