#include "dissectors/tls/handshake.h"

#include "base/cursor.h"

enum {
	RANDOM_BYTES = 32
};

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[RANDOM_BYTES] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61,
	0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a,
	0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* RFC 6066 3: a list of names, each with a type; only host_name (0) was ever defined. */
static void
read_sni(struct bytes in, struct tls_hello *h)
{
	struct cursor c = cursor_of(in);
	struct cursor list = cursor_of(cursor_take(&c, cursor_be16(&c)));

	while (cursor_left(&list)) {
		uint8_t type = cursor_u8(&list);
		struct bytes name = cursor_take(&list, cursor_be16(&list));

		if (list.err)
			return;
		if (type == 0 && !h->sni.n)
			h->sni = name;
	}
}

/* RFC 8446 4.2.1: the list replaces the fixed field. Values of RFC 8701 (0x0a0a, 0x1a1a …) are
 * no versions. */
static void
read_versions_offered(struct bytes in, struct tls_hello *h)
{
	struct cursor c = cursor_of(in);
	struct cursor list = cursor_of(cursor_take(&c, cursor_u8(&c)));
	uint16_t best = 0;

	while (cursor_left(&list) > 1) {
		uint16_t version = cursor_be16(&list);

		if (version >> 8 == 3 && version > best)
			best = version;
	}
	if (best)
		h->version = best;
}

static void
read_version_chosen(struct bytes in, struct tls_hello *h)
{
	struct cursor c = cursor_of(in);
	uint16_t version = cursor_be16(&c);

	if (!c.err)
		h->version = version;
}

/* What is read of which extension (IANA: TLS ExtensionType Values), in which hello; NULL:
 * nothing. */
static const struct extension {
	uint16_t id;
	void (*client)(struct bytes in, struct tls_hello *h);
	void (*server)(struct bytes in, struct tls_hello *h);
} extensions[] = {
	{0, read_sni, NULL},
	{43, read_versions_offered, read_version_chosen},
};

static void
read_extensions(struct cursor *c, bool client, struct tls_hello *h)
{
	struct cursor list = cursor_of(cursor_take(c, cursor_be16(c)));

	while (cursor_left(&list)) {
		uint16_t id = cursor_be16(&list);
		struct bytes body = cursor_take(&list, cursor_be16(&list));

		if (list.err)
			return;
		for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
			const struct extension *x = &extensions[i];

			if (x->id == id && client && x->client)
				x->client(body, h);
			if (x->id == id && !client && x->server)
				x->server(body, h);
		}
	}
}

static bool
read_fixed(struct cursor *c, struct tls_hello *h)
{
	*h = (struct tls_hello){0};
	h->version = h->legacy = cursor_be16(c);
	h->random = cursor_take(c, RANDOM_BYTES);
	h->session = cursor_take(c, cursor_u8(c));
	return !c->err;
}

bool
tls_client_hello_read(struct bytes body, struct tls_hello *ret)
{
	struct cursor c = cursor_of(body);

	if (!read_fixed(&c, ret))
		return false;
	ret->client = true;
	ret->ciphers = cursor_take(&c, cursor_be16(&c));
	cursor_skip(&c, cursor_u8(&c)); /* compression methods */
	read_extensions(&c, true, ret);
	return true;
}

bool
tls_server_hello_read(struct bytes body, struct tls_hello *ret)
{
	struct cursor c = cursor_of(body);

	if (!read_fixed(&c, ret))
		return false;
	ret->cipher = cursor_be16(&c);
	cursor_skip(&c, 1); /* compression method */
	read_extensions(&c, false, ret);
	ret->retry = bytes_eq(ret->random, (struct bytes){retry_random, RANDOM_BYTES});
	return true;
}
