#include "dissectors/tls/keys.h"

#include "base/digest.h"
#include "dissectors/tls/prf.h"
#include "event/tls.h"

enum {
	BLOCK_BYTES = 2 * (CIPHER_KEY + CIPHER_MAC + CIPHER_IV),
	DIGEST_MAX = 64,
};

/* RFC 5246 5: before TLS 1.2 it was always both. */
static const char *
prf_digest(uint16_t version, const struct suite *s)
{
	return version >= TLS_1_2 ? s->prf : "MD5-SHA1";
}

bool
keys_master(uint16_t version, const struct suite *s, struct bytes premaster,
	struct bytes client_random, struct bytes server_random, struct bytes messages,
	uint8_t ret[MASTER_BYTES])
{
	const char *digest = prf_digest(version, s);
	uint8_t hash[DIGEST_MAX];
	size_t n;

	if (version == SSL_3)
		return ssl3_prf(premaster, client_random, server_random, ret, MASTER_BYTES);
	if (!messages.n)
		return tls_prf(digest, premaster, "master secret", client_random, server_random,
			ret, MASTER_BYTES);
	n = digest_of(digest, messages, hash);
	return n && tls_prf(digest, premaster, "extended master secret",
			    (struct bytes){hash, n}, BYTES_NONE, ret, MASTER_BYTES);
}

static void
cut(const uint8_t **p, uint8_t *to, size_t n)
{
	memcpy(to, *p, n);
	*p += n;
}

bool
keys_block(uint16_t version, const struct suite *s, struct bytes master,
	struct bytes client_random, struct bytes server_random, struct cipher_keys ret[2])
{
	uint8_t block[BLOCK_BYTES];
	const uint8_t *p = block;
	/* TLS 1.1 has the IV of a CBC record in the record. */
	size_t iv = s->kind == SEAL_CBC && version >= TLS_1_1 ? 0 : s->iv;
	size_t n = 2 * ((size_t)s->mac_n + s->key + iv);
	bool good = n == 0 ||
		    (version == SSL_3 ? ssl3_prf(master, server_random, client_random, block, n)
				      : tls_prf(prf_digest(version, s), master, "key expansion",
						server_random, client_random, block, n));

	memset(ret, 0, 2 * sizeof(ret[0]));
	for (int d = 0; good && d < 2; d++)
		cut(&p, ret[d].mac, s->mac_n);
	for (int d = 0; good && d < 2; d++)
		cut(&p, ret[d].key, s->key);
	for (int d = 0; good && d < 2; d++)
		cut(&p, ret[d].iv, iv);
	wipe(block, sizeof(block));
	return good;
}

bool
keys_traffic(const struct suite *s, struct bytes secret, struct cipher_keys *ret)
{
	memset(ret, 0, sizeof(*ret));
	return hkdf_expand_label(s->prf, secret, "key", ret->key, s->key) &&
	       hkdf_expand_label(s->prf, secret, "iv", ret->iv, 12);
}

bool
keys_update(const struct suite *s, uint8_t *secret, size_t n)
{
	uint8_t next[HASH_BYTES];
	bool good = n <= sizeof(next) && hkdf_expand_label(s->prf, (struct bytes){secret, n},
						 "traffic upd", next, n);

	if (good)
		memcpy(secret, next, n);
	wipe(next, sizeof(next));
	return good;
}
