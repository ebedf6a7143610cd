/* The bodies of handshake messages, and what is made of hellos. The first octet says which. */
#include <stdlib.h>

#include "dissectors/tls/fingerprint.h"
#include "dissectors/tls/handshake.h"
#include "dissectors/tls/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read must lie in the body. */
static void
within(struct bytes part, struct bytes body)
{
	if (part.n && (part.p < body.p || part.p + part.n > body.p + body.n))
		abort();
}

static void
check_hello(const struct tls_hello *h, struct bytes body)
{
	const struct bytes parts[] = {h->random, h->session, h->ciphers, h->compressions,
		h->extensions, h->versions, h->groups, h->key_shares, h->key_share, h->sigalgs,
		h->sigalgs_cert, h->point_formats, h->psk_modes, h->psks, h->sni, h->alpn};
	char ja3[MD5_HEX], ja4[JA4_TEXT];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		within(parts[i], body);
	tls_suites_traits(h->ciphers, h->sslv2);
	if (!h->client) {
		tls_ja3s(h, ja3);
		return;
	}
	tls_ja3(h, ja3);
	tls_ja4(h, ja4);
	if (!h->sslv2 && strlen(ja4) != JA4_TEXT - 1)
		abort();
}

static void
hello(bool (*read)(struct bytes body, struct tls_hello *ret), struct bytes body)
{
	struct tls_hello h;

	if (read(body, &h))
		check_hello(&h, body);
}

static void
ssl2_answer(struct bytes body)
{
	struct tls_hello h;
	struct bytes cert;

	if (!ssl2_server_hello_read(body, &h, &cert))
		return;
	within(cert, body);
	check_hello(&h, body);
}

static void
key_exchange(uint16_t version, struct bytes body)
{
	struct tls_kex k;

	if (body.n < 2)
		return;
	if (tls_key_exchange_read(
		    bytes_from(body, 2), version, (uint16_t)(body.p[0] << 8 | body.p[1]), &k))
		within(k.prime, body);
}

static void
certificates(uint16_t version, struct bytes body)
{
	struct bytes certs[4];
	bool cut;
	size_t n = tls_certificates_read(body, version, certs, 4, &cut);

	for (size_t i = 0; i < n; i++)
		within(certs[i], body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes body = {data + 1, size ? size - 1 : 0};
	uint16_t version = size && data[0] & 0x80 ? TLS_1_3 : TLS_1_2;
	struct tls_hello inside = {.version = TLS_1_3};
	uint32_t lifetime, bytes;

	if (!size)
		return 0;
	switch (data[0] & 0x7f) {
	case 0:
		hello(tls_client_hello_read, body);
		break;
	case 1:
		hello(tls_server_hello_read, body);
		break;
	case 2:
		hello(ssl2_client_hello_read, body);
		break;
	case 3:
		ssl2_answer(body);
		break;
	case 4:
		key_exchange(version, body);
		break;
	case 5:
		certificates(version, body);
		break;
	case 6:
		tls_ticket_read(body, version, &lifetime, &bytes);
		break;
	case 7:
		tls_encrypted_extensions_read(body, &inside);
		within(inside.alpn, body);
		break;
	}
	return 0;
}
