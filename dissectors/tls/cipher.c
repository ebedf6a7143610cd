#include "dissectors/tls/cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/digest.h"
#include "event/tls.h"

enum {
	NONCE = 12,
	EXPLICIT_NONCE = 8,
	AAD_MAX = 13,     /* RFC 5246 6.2.3.3 */
	SSL3_PAD = 48,    /* of MD5; SHA-1 takes 40 */
	EVP_BYTES = 1500, /* what libcrypto allocates for a context, about */
};

struct cipher {
	struct suite suite;
	uint16_t version;
	bool etm;
	EVP_CIPHER_CTX *ctx;
	EVP_MAC_CTX *hmac;
	EVP_MD_CTX *ssl3; /* the MAC of SSL 3 */
	EVP_MD *ssl3_md;
	uint8_t iv[CIPHER_IV];
	uint8_t chain[CIPHER_IV]; /* last block of the last record, before TLS 1.1 */
	uint8_t mac_key[CIPHER_MAC];
};

/* RC4, DES and IDEA have moved to a provider of their own; it gets a context of its own, so
 * that nothing else changes. */
static OSSL_LIB_CTX *legacy;

static void
load_legacy(void)
{
	legacy = OSSL_LIB_CTX_new();
	if (legacy && !OSSL_PROVIDER_load(legacy, "legacy")) {
		OSSL_LIB_CTX_free(legacy);
		legacy = NULL;
	}
}

static EVP_CIPHER *
fetch(const char *name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, name, NULL);

	if (c)
		return c;
	pthread_once(&once, load_legacy);
	return legacy ? EVP_CIPHER_fetch(legacy, name, NULL) : NULL;
}

static bool
set_cipher(struct cipher *c, const struct cipher_keys *keys)
{
	EVP_CIPHER *f = fetch(c->suite.cipher);
	bool good;

	c->ctx = EVP_CIPHER_CTX_new();
	good = f && c->ctx && EVP_DecryptInit_ex2(c->ctx, f, NULL, NULL, NULL) == 1;
	if (good && c->suite.kind == SEAL_CCM)
		good = EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) == 1 &&
		       EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, c->suite.tag, NULL) ==
			       1;
	good = good && EVP_DecryptInit_ex2(c->ctx, NULL, keys->key, NULL, NULL) == 1;
	if (good)
		EVP_CIPHER_CTX_set_padding(c->ctx, 0);
	EVP_CIPHER_free(f);
	return good;
}

static bool
set_mac(struct cipher *c, const struct cipher_keys *keys)
{
	OSSL_PARAM params[2] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
					(char *)(uintptr_t)c->suite.mac, 0),
		OSSL_PARAM_construct_end()};
	EVP_MAC *m;

	memcpy(c->mac_key, keys->mac, sizeof(c->mac_key));
	if (c->version == SSL_3) {
		c->ssl3_md = EVP_MD_fetch(NULL, c->suite.mac, NULL);
		c->ssl3 = EVP_MD_CTX_new();
		return c->ssl3_md && c->ssl3;
	}
	m = EVP_MAC_fetch(NULL, "HMAC", NULL);
	c->hmac = m ? EVP_MAC_CTX_new(m) : NULL;
	EVP_MAC_free(m);
	return c->hmac && EVP_MAC_init(c->hmac, keys->mac, c->suite.mac_n, params) == 1;
}

struct cipher *
cipher_new(const struct suite *s, uint16_t version, bool encrypt_then_mac,
	const struct cipher_keys *keys)
{
	struct cipher *c = mem_get(sizeof(*c));

	c->suite = *s;
	c->version = version;
	c->etm = encrypt_then_mac && s->kind == SEAL_CBC;
	memcpy(c->iv, keys->iv, sizeof(c->iv));
	memcpy(c->chain, keys->iv, sizeof(c->chain));
	if ((s->cipher && !set_cipher(c, keys)) || (s->mac && !set_mac(c, keys)))
		cipher_free(&c);
	return c;
}

void
cipher_free(struct cipher **pc)
{
	struct cipher *c = *pc;

	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->ctx);
	EVP_MAC_CTX_free(c->hmac);
	EVP_MD_CTX_free(c->ssl3);
	EVP_MD_free(c->ssl3_md);
	wipe(c, sizeof(*c));
	free(c);
	*pc = NULL;
}

size_t
cipher_memory(const struct cipher *c)
{
	return c ? sizeof(*c) + EVP_BYTES : 0;
}

/* RFC 5246 6.2.3.1: sequence number, type, version, length; SSL 3 has no version there. Returns
 * its octets. */
static size_t
put_aad(uint8_t aad[AAD_MAX], uint64_t seq, const uint8_t *head, size_t n, bool with_version)
{
	uint8_t *p = aad;

	for (int i = 7; i >= 0; i--)
		*p++ = (uint8_t)(seq >> 8 * i);
	*p++ = head[0];
	if (with_version) {
		*p++ = head[1];
		*p++ = head[2];
	}
	*p++ = (uint8_t)(n >> 8);
	*p++ = (uint8_t)n;
	return (size_t)(p - aad);
}

/* RFC 6101 5.2.3.1: hash(key pad2 hash(key pad1 seq type length content)). */
static bool
ssl3_mac(struct cipher *c, const uint8_t *aad, size_t aad_n, struct bytes in, uint8_t *ret)
{
	size_t n = c->suite.mac_n, pad_n = n == 16 ? SSL3_PAD : 40;
	uint8_t pad[SSL3_PAD];
	bool good;

	memset(pad, 0x36, sizeof(pad));
	good = EVP_DigestInit_ex2(c->ssl3, c->ssl3_md, NULL) == 1 &&
	       EVP_DigestUpdate(c->ssl3, c->mac_key, n) == 1 &&
	       EVP_DigestUpdate(c->ssl3, pad, pad_n) == 1 &&
	       EVP_DigestUpdate(c->ssl3, aad, aad_n) == 1 &&
	       EVP_DigestUpdate(c->ssl3, in.p, in.n) == 1 &&
	       EVP_DigestFinal_ex(c->ssl3, ret, NULL) == 1;
	memset(pad, 0x5c, sizeof(pad));
	return good && EVP_DigestInit_ex2(c->ssl3, c->ssl3_md, NULL) == 1 &&
	       EVP_DigestUpdate(c->ssl3, c->mac_key, n) == 1 &&
	       EVP_DigestUpdate(c->ssl3, pad, pad_n) == 1 &&
	       EVP_DigestUpdate(c->ssl3, ret, n) == 1 &&
	       EVP_DigestFinal_ex(c->ssl3, ret, NULL) == 1;
}

/* Is `mac` that of the content? */
static bool
mac_fits(struct cipher *c, uint64_t seq, const uint8_t *head, struct bytes in,
	const uint8_t *mac)
{
	uint8_t aad[AAD_MAX], want[EVP_MAX_MD_SIZE];
	size_t n = put_aad(aad, seq, head, in.n, c->version != SSL_3), want_n = 0;

	if (c->version == SSL_3)
		return ssl3_mac(c, aad, n, in, want) && !memcmp(want, mac, c->suite.mac_n);
	return EVP_MAC_init(c->hmac, NULL, 0, NULL) == 1 &&
	       EVP_MAC_update(c->hmac, aad, n) == 1 &&
	       EVP_MAC_update(c->hmac, in.p, in.n) == 1 &&
	       EVP_MAC_final(c->hmac, want, &want_n, sizeof(want)) == 1 &&
	       !memcmp(want, mac, c->suite.mac_n);
}

/* Content and MAC behind it, already decrypted. */
static ssize_t
open_mac(struct cipher *c, uint64_t seq, const uint8_t *head, uint8_t *p, size_t n)
{
	if (n < c->suite.mac_n)
		return -1;
	n -= c->suite.mac_n;
	return mac_fits(c, seq, head, (struct bytes){p, n}, p + n) ? (ssize_t)n : -1;
}

static ssize_t
open_stream(struct cipher *c, uint64_t seq, const uint8_t *head, struct bytes in, uint8_t *out)
{
	int n = 0;

	if (!c->ctx)
		memcpy(out, in.p, in.n);
	else if (EVP_DecryptUpdate(c->ctx, out, &n, in.p, (int)in.n) != 1)
		return -1;
	return open_mac(c, seq, head, out, in.n);
}

/* Octets of padding, its length octet included; 0: wrong. SSL 3 leaves their values open. */
static size_t
padding(const struct cipher *c, const uint8_t *p, size_t n)
{
	size_t pad = n ? (size_t)p[n - 1] + 1 : 0;

	if (pad > n || (c->version == SSL_3 && pad > c->suite.iv))
		return 0;
	for (size_t i = 2; c->version != SSL_3 && i <= pad; i++) {
		if (p[n - i] != p[n - 1])
			return 0;
	}
	return pad;
}

static void
keep_chain(struct cipher *c, struct bytes blocks)
{
	size_t iv = c->suite.iv;

	if (blocks.n >= iv)
		memcpy(c->chain, blocks.p + blocks.n - iv, iv);
}

static ssize_t
open_cbc(struct cipher *c, uint64_t seq, const uint8_t *head, struct bytes in, uint8_t *out)
{
	size_t iv = c->suite.iv, tail = c->etm ? c->suite.mac_n : 0, pad;
	const uint8_t *start = c->chain;
	struct bytes blocks;
	int n = 0;

	if (in.n < tail)
		return -1;
	blocks = bytes_sub(in, 0, in.n - tail);
	if (c->etm && !mac_fits(c, seq, head, blocks, in.p + blocks.n))
		return -1;
	if (c->version >= TLS_1_1) {
		start = blocks.p;
		blocks = bytes_from(blocks, iv);
	}
	if (!blocks.n || blocks.n % iv || in.n < tail + iv)
		return -1;
	if (EVP_DecryptInit_ex2(c->ctx, NULL, NULL, start, NULL) != 1 ||
		EVP_DecryptUpdate(c->ctx, out, &n, blocks.p, (int)blocks.n) != 1)
		return -1;
	pad = padding(c, out, blocks.n);
	if (!pad)
		return -1;
	if (c->etm) {
		keep_chain(c, blocks);
		return (ssize_t)(blocks.n - pad);
	}
	n = (int)open_mac(c, seq, head, out, blocks.n - pad);
	if (n >= 0)
		keep_chain(c, blocks);
	return n;
}

/* The nonce, and how many octets of it stand in the record. */
static size_t
put_nonce(const struct cipher *c, uint64_t seq, struct bytes in, uint8_t nonce[NONCE])
{
	memcpy(nonce, c->iv, NONCE);
	if (c->version < TLS_1_3 && c->suite.kind != SEAL_CHACHA) {
		if (in.n >= EXPLICIT_NONCE)
			memcpy(nonce + c->suite.iv, in.p, EXPLICIT_NONCE);
		return EXPLICIT_NONCE;
	}
	for (int i = 0; i < 8; i++)
		nonce[NONCE - 1 - i] ^= (uint8_t)(seq >> 8 * i);
	return 0;
}

static bool
start_aead(struct cipher *c, const uint8_t *nonce, const uint8_t *tag, size_t n)
{
	int none;

	if (c->suite.kind != SEAL_CCM)
		return EVP_DecryptInit_ex2(c->ctx, NULL, NULL, nonce, NULL) == 1;
	return EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, c->suite.tag,
		       (void *)(uintptr_t)tag) == 1 &&
	       EVP_DecryptInit_ex2(c->ctx, NULL, NULL, nonce, NULL) == 1 &&
	       EVP_DecryptUpdate(c->ctx, NULL, &none, NULL, (int)n) == 1;
}

static ssize_t
open_aead(struct cipher *c, uint64_t seq, const uint8_t *head, struct bytes in, uint8_t *out)
{
	uint8_t nonce[NONCE], aad[AAD_MAX];
	size_t from = put_nonce(c, seq, in, nonce), tag = c->suite.tag, n, aad_n;
	const uint8_t *p = in.p + from;
	int got = 0, none = 0;

	if (in.n < from + tag)
		return -1;
	n = in.n - from - tag;
	if (c->version >= TLS_1_3)
		memcpy(aad, head, aad_n = TLS_RECORD_HEADER);
	else
		aad_n = put_aad(aad, seq, head, n, true);
	if (!start_aead(c, nonce, p + n, n) ||
		EVP_DecryptUpdate(c->ctx, NULL, &none, aad, (int)aad_n) != 1 ||
		EVP_DecryptUpdate(c->ctx, out, &got, p, (int)n) != 1)
		return -1;
	if (c->suite.kind == SEAL_CCM)
		return got;
	if (EVP_CIPHER_CTX_ctrl(
		    c->ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag, (void *)(uintptr_t)(p + n)) != 1 ||
		EVP_DecryptFinal_ex(c->ctx, out + got, &none) != 1)
		return -1;
	return got + none;
}

ssize_t
cipher_open(struct cipher *c, uint64_t seq, const uint8_t head[TLS_RECORD_HEADER],
	struct bytes fragment, uint8_t *out)
{
	switch (c->suite.kind) {
	case SEAL_NULL:
	case SEAL_STREAM:
		return open_stream(c, seq, head, fragment, out);
	case SEAL_CBC:
		return open_cbc(c, seq, head, fragment, out);
	case SEAL_GCM:
	case SEAL_CCM:
	case SEAL_CHACHA:
		return open_aead(c, seq, head, fragment, out);
	}
	return -1;
}

void
cipher_skip(struct cipher *c, size_t n, struct bytes tail)
{
	uint8_t none[256] = {0};
	int got;

	if (c->suite.kind == SEAL_STREAM) {
		for (size_t k; n; n -= k) {
			k = n < sizeof(none) ? n : sizeof(none);
			EVP_DecryptUpdate(c->ctx, none, &got, none, (int)k);
		}
	}
	if (c->suite.kind == SEAL_CBC && tail.n >= (c->etm ? c->suite.mac_n : 0))
		keep_chain(c, bytes_sub(tail, 0, tail.n - (c->etm ? c->suite.mac_n : 0)));
}
