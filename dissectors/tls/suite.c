#include "dissectors/tls/suite.h"

/* Behind _WITH_ (or TLS_ in TLS 1.3), up to the last word. The longer name stands before its
 * prefix. */
static const struct cipher_row {
	const char *name;
	enum suite_seal kind;
	const char *cipher;
	uint8_t key, iv, tag;
} ciphers[] = {
	{"AES_128_GCM", SEAL_GCM, "AES-128-GCM", 16, 4, 16},
	{"AES_256_GCM", SEAL_GCM, "AES-256-GCM", 32, 4, 16},
	{"AES_128_CCM_8", SEAL_CCM, "AES-128-CCM", 16, 4, 8},
	{"AES_256_CCM_8", SEAL_CCM, "AES-256-CCM", 32, 4, 8},
	{"AES_128_CCM", SEAL_CCM, "AES-128-CCM", 16, 4, 16},
	{"AES_256_CCM", SEAL_CCM, "AES-256-CCM", 32, 4, 16},
	{"CHACHA20_POLY1305", SEAL_CHACHA, "ChaCha20-Poly1305", 32, 12, 16},
	{"ARIA_128_GCM", SEAL_GCM, "ARIA-128-GCM", 16, 4, 16},
	{"ARIA_256_GCM", SEAL_GCM, "ARIA-256-GCM", 32, 4, 16},
	{"AES_128_CBC", SEAL_CBC, "AES-128-CBC", 16, 16, 0},
	{"AES_256_CBC", SEAL_CBC, "AES-256-CBC", 32, 16, 0},
	{"3DES_EDE_CBC", SEAL_CBC, "DES-EDE3-CBC", 24, 8, 0},
	{"CAMELLIA_128_CBC", SEAL_CBC, "CAMELLIA-128-CBC", 16, 16, 0},
	{"CAMELLIA_256_CBC", SEAL_CBC, "CAMELLIA-256-CBC", 32, 16, 0},
	{"ARIA_128_CBC", SEAL_CBC, "ARIA-128-CBC", 16, 16, 0},
	{"ARIA_256_CBC", SEAL_CBC, "ARIA-256-CBC", 32, 16, 0},
	{"SEED_CBC", SEAL_CBC, "SEED-CBC", 16, 16, 0},
	{"DES_CBC", SEAL_CBC, "DES-CBC", 8, 8, 0},
	{"IDEA_CBC", SEAL_CBC, "IDEA-CBC", 16, 8, 0},
	{"RC4_128", SEAL_STREAM, "RC4", 16, 0, 0},
	{"NULL", SEAL_NULL, NULL, 0, 0, 0},
};

/* The last word: of the MAC where there is one, else of the PRF (RFC 5246 5: SHA-256 unless a
 * suite says more). */
static const struct digest_row {
	const char *name, *digest;
	uint8_t n;
	bool prf;
} digests[] = {
	{"SHA384", "SHA384", 48, true}, {"SHA256", "SHA256", 32, true},
	{"SHA", "SHA1", 20, false}, {"MD5", "MD5", 16, false},
	{"", NULL, 0, false}, /* CCM of RFC 6655 */
};

static const struct digest_row *
digest_row(struct bytes word)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (bytes_is(word, digests[i].name))
			return &digests[i];
	}
	return NULL;
}

static bool
is_aead(enum suite_seal kind)
{
	return kind == SEAL_GCM || kind == SEAL_CCM || kind == SEAL_CHACHA;
}

static bool
fill(const struct cipher_row *c, const struct digest_row *d, struct suite *ret)
{
	bool aead = is_aead(c->kind);

	if (!d || (!aead && !d->digest))
		return false;
	*ret = (struct suite){.kind = c->kind,
		.cipher = c->cipher,
		.key = c->key,
		.iv = c->iv,
		.tag = c->tag,
		.mac = aead ? NULL : d->digest,
		.mac_n = aead ? 0 : d->n,
		.prf = d->prf ? d->digest : "SHA256",
		.prf_n = d->prf ? d->n : 32};
	return true;
}

bool
suite_parse(const char *name, struct suite *ret)
{
	struct bytes in = bytes_str(name), rest;
	size_t with = bytes_search(in, BYTES("_WITH_"));
	bool tls13 = with == SIZE_MAX;

	if (!bytes_starts(in, "TLS_"))
		return false;
	rest = bytes_from(in, tls13 ? 4 : with + 6);
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		struct bytes tail = bytes_from(rest, strlen(ciphers[i].name));

		if (!bytes_starts(rest, ciphers[i].name) || (tail.n && tail.p[0] != '_'))
			continue;
		if (!fill(&ciphers[i], digest_row(bytes_from(tail, 1)), ret))
			return false;
		ret->tls13 = tls13;
		return !tls13 || is_aead(ret->kind);
	}
	return false;
}
