/*
 * TLS 1.3 with known keys. The bytes of the fuzzer are operations: one octet (bit 0 the
 * server's, bits 1-2 what, bits 3-4 type of the content), two octets of length (big endian),
 * bytes. What: 0 a sealed record with the bytes inside; 1 the same, but it is lost; 2 the bytes
 * as they are; 3 a gap of so many octets.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "dissectors/tls/keys.h"
#include "tests/lib/fuzz_dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTENT_MAX = 4000,
	TAG = 16,
	PORT = 993,
};

#define ZEROS16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define RANDOM ZEROS16 ZEROS16
#define HEX32 "0000000000000000000000000000000000000000000000000000000000000000"
#define LINE(label) label " " HEX32 " " HEX32 "\n"

static const char client_hello[] = "\x16\x03\x01\x00\x34\x01\x00\x00\x30\x03\x03" RANDOM
				   "\x00\x00\x02\x13\x01\x01\x00\x00\x05\x00\x2b\x00\x01\x00";
static const char server_hello[] = "\x16\x03\x03\x00\x32\x02\x00\x00\x2e\x03\x03" RANDOM
				   "\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04";
static const char keylog[] = LINE("CLIENT_HANDSHAKE_TRAFFIC_SECRET")
	LINE("SERVER_HANDSHAKE_TRAFFIC_SECRET") LINE("CLIENT_TRAFFIC_SECRET_0")
		LINE("SERVER_TRAFFIC_SECRET_0");

struct sealer {
	struct cipher_keys keys;
	uint64_t seq[2];
};

/* TLSInnerPlaintext with its type, sealed; RFC 8446 5.2. */
static struct bytes
seal(struct sealer *s, int dir, uint8_t type, struct bytes in, struct arena *a)
{
	size_t n = in.n + 1 + TAG;
	uint8_t *p = arena_get(a, 5 + n), nonce[12];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int got;

	p[0] = 23;
	p[1] = p[2] = 3;
	p[3] = (uint8_t)(n >> 8);
	p[4] = (uint8_t)n;
	memcpy(nonce, s->keys.iv, sizeof(nonce));
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(s->seq[dir] >> 8 * i);
	s->seq[dir]++;
	EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, s->keys.key, nonce);
	EVP_EncryptUpdate(c, NULL, &got, p, 5);
	EVP_EncryptUpdate(c, p + 5, &got, in.p ? in.p : p, (int)in.n);
	EVP_EncryptUpdate(c, p + 5 + in.n, &got, &type, 1);
	EVP_EncryptFinal_ex(c, p + 5 + n, &got);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, p + 5 + in.n + 1);
	EVP_CIPHER_CTX_free(c);
	return (struct bytes){p, 5 + n};
}

static void
add(struct dialogue *d, int dir, struct bytes data, uint64_t lost)
{
	d->turns[d->n_turns++] = (struct turn){.kind = lost ? TURN_GAP : TURN_DATA,
		.dir = (enum dir)dir,
		.data = data,
		.lost = lost,
		.ack = -1};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t types[] = {23, 22, 21, 0};
	static const uint8_t secret[32];
	static struct dialogue d;
	struct cursor c = cursor_of((struct bytes){data, size});
	struct sealer s = {.seq = {0}};
	struct suite suite;

	if (!suite_parse("TLS_AES_128_GCM_SHA256", &suite) ||
		!keys_traffic(&suite, (struct bytes){secret, sizeof(secret)}, &s.keys))
		abort();
	d.n_turns = 0;
	d.port = PORT;
	d.only = -1;
	arena_init(&d.arena, 1 << 16);
	buf_init(&d.keylog, SIZE_MAX);
	buf_str(&d.keylog, keylog);
	add(&d, DIR_C2S,
		(struct bytes){(const uint8_t *)client_hello, sizeof(client_hello) - 1}, 0);
	add(&d, DIR_S2C,
		(struct bytes){(const uint8_t *)server_hello, sizeof(server_hello) - 1}, 0);
	while (cursor_left(&c) && d.n_turns < 200) {
		uint8_t op = cursor_u8(&c);
		int dir = op & 1, what = op >> 1 & 3;
		size_t n = cursor_be16(&c) % CONTENT_MAX;
		struct bytes in = cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c));
		struct bytes sealed = what < 2 ? seal(&s, dir, types[op >> 3 & 3], in, &d.arena)
					       : in;

		add(&d, dir, what == 1 ? BYTES_NONE : sealed,
			what == 1   ? sealed.n
			: what == 3 ? n + 1
				    : 0);
	}
	fuzz_turns(&d);
	buf_done(&d.keylog);
	arena_done(&d.arena);
	return 0;
}
