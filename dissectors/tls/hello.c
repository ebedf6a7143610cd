#include "dissectors/tls/handshake.h"

#include "base/cursor.h"
#include "dissectors/tls/names.h"

enum {
	RANDOM_BYTES = 32
};

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[RANDOM_BYTES] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61,
	0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a,
	0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* A vector with a length of one octet, of two. */
static struct bytes
vector8(struct bytes in)
{
	struct cursor c = cursor_of(in);

	return cursor_take(&c, cursor_u8(&c));
}

static struct bytes
vector16(struct bytes in)
{
	struct cursor c = cursor_of(in);

	return cursor_take(&c, cursor_be16(&c));
}

/* RFC 6066 3: a list of names, each with a type; only host_name (0) was ever defined. */
static void
read_sni(struct bytes in, struct tls_hello *h)
{
	struct cursor list = cursor_of(vector16(in));

	while (cursor_left(&list)) {
		uint8_t type = cursor_u8(&list);
		struct bytes name = cursor_take(&list, cursor_be16(&list));

		if (list.err)
			return;
		if (type == 0 && !h->sni.n)
			h->sni = name;
	}
}

static void
read_groups(struct bytes in, struct tls_hello *h)
{
	h->groups = vector16(in);
}

static void
read_formats(struct bytes in, struct tls_hello *h)
{
	h->point_formats = vector8(in);
}

static void
read_sigalgs(struct bytes in, struct tls_hello *h)
{
	h->sigalgs = vector16(in);
}

static void
read_sigalgs_cert(struct bytes in, struct tls_hello *h)
{
	h->sigalgs_cert = vector16(in);
}

/* RFC 7301 3.1 */
static void
read_alpn_offered(struct bytes in, struct tls_hello *h)
{
	h->alpn = vector16(in);
}

static void
read_alpn_chosen(struct bytes in, struct tls_hello *h)
{
	h->alpn = vector8(vector16(in));
}

/* RFC 8446 4.2.1: the list replaces the fixed field. Values of RFC 8701 (0x0a0a, 0x1a1a …) are
 * no versions. */
static void
read_versions_offered(struct bytes in, struct tls_hello *h)
{
	struct cursor list;
	uint16_t best = 0;

	h->versions = vector8(in);
	list = cursor_of(h->versions);
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

static void
read_modes(struct bytes in, struct tls_hello *h)
{
	h->psk_modes = vector8(in);
}

static void
read_shares(struct bytes in, struct tls_hello *h)
{
	h->key_shares = vector16(in);
}

/* RFC 8446 4.2.8: a HelloRetryRequest names the group only. */
static void
read_share(struct bytes in, struct tls_hello *h)
{
	struct cursor c = cursor_of(in);

	h->group = cursor_be16(&c);
	if (cursor_left(&c))
		h->key_share = cursor_take(&c, cursor_be16(&c));
}

static void
read_psks(struct bytes in, struct tls_hello *h)
{
	h->psks = in;
}

static void
read_psk(struct bytes in, struct tls_hello *h)
{
	struct cursor c = cursor_of(in);

	h->psk = cursor_be16(&c);
}

static void
read_ticket(struct bytes in, struct tls_hello *h)
{
	if (in.n)
		h->flags |= HELLO_TICKET_SHOWN;
}

/* RFC 5746 3.2: empty in the first handshake of a connection. */
static void
read_renegotiation(struct bytes in, struct tls_hello *h)
{
	if (in.n > 1)
		h->flags |= HELLO_RENEGOTIATING;
}

/* RFC 9849 5: the type of the outer hello is 0. */
static void
read_ech(struct bytes in, struct tls_hello *h)
{
	if (in.n && in.p[0] == 0)
		h->flags |= HELLO_ECH;
}

/* RFC 7250 3: 0 is X.509. */
static void
read_server_type(struct bytes in, struct tls_hello *h)
{
	if (in.n == 1 && in.p[0] != 0)
		h->flags |= HELLO_RAW_KEY;
}

/* clang-format off */
/* What is read of which extension (IANA: TLS ExtensionType Values), in which hello; NULL:
 * nothing but that it is there. */
static const struct extension {
	uint16_t id;
	unsigned flag;
	void (*client)(struct bytes in, struct tls_hello *h);
	void (*server)(struct bytes in, struct tls_hello *h);
} extensions[] = {
	{0, HELLO_SNI, read_sni, NULL},
	{5, HELLO_STATUS, NULL, NULL},
	{10, 0, read_groups, NULL},
	{11, 0, read_formats, read_formats},
	{13, 0, read_sigalgs, NULL},
	{15, HELLO_HEARTBEAT, NULL, NULL},
	{16, 0, read_alpn_offered, read_alpn_chosen},
	{18, HELLO_SCT, NULL, NULL},
	{20, 0, NULL, read_server_type},
	{22, HELLO_ETM, NULL, NULL},
	{23, HELLO_EMS, NULL, NULL},
	{27, HELLO_CERT_COMPRESSION, NULL, NULL},
	{28, HELLO_RECORD_LIMIT, NULL, NULL},
	{35, HELLO_TICKET, read_ticket, NULL},
	{41, HELLO_PSK, read_psks, read_psk},
	{42, HELLO_EARLY_DATA, NULL, NULL},
	{43, 0, read_versions_offered, read_version_chosen},
	{44, HELLO_COOKIE, NULL, NULL},
	{45, 0, read_modes, NULL},
	{49, HELLO_POST_AUTH, NULL, NULL},
	{50, 0, read_sigalgs_cert, NULL},
	{51, 0, read_shares, read_share},
	{0xfe0d, 0, read_ech, NULL},
	{0xff01, HELLO_RENEGOTIATION, read_renegotiation, read_renegotiation},
};
/* clang-format on */

static void
read_extension(uint16_t id, struct bytes body, struct tls_hello *h)
{
	if (tls_grease(id))
		h->flags |= HELLO_GREASE;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		const struct extension *x = &extensions[i];

		if (x->id != id)
			continue;
		h->flags |= x->flag;
		if (h->client && x->client)
			x->client(body, h);
		if (!h->client && x->server)
			x->server(body, h);
		return;
	}
}

static void
read_extensions(struct cursor *c, struct tls_hello *h)
{
	struct cursor list;

	if (!cursor_left(c))
		return;
	h->extensions = cursor_take(c, cursor_be16(c));
	if (c->err) {
		h->flags |= HELLO_CUT;
		return;
	}
	h->flags |= HELLO_EXTENSIONS;
	list = cursor_of(h->extensions);
	while (cursor_left(&list)) {
		size_t begin = list.at;
		uint16_t id = cursor_be16(&list);
		struct bytes body = cursor_take(&list, cursor_be16(&list));

		if (list.err) {
			h->flags |= HELLO_CUT;
			h->extensions.n = begin;
			return;
		}
		read_extension(id, body, h);
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

/* Values in the list of suites that are none. */
static void
read_signals(struct tls_hello *h)
{
	for (size_t i = 0; i + 1 < h->ciphers.n; i += 2) {
		uint16_t id = (uint16_t)(h->ciphers.p[i] << 8 | h->ciphers.p[i + 1]);

		if (id == 0x00ff)
			h->flags |= HELLO_RENEGOTIATION;
		else if (id == 0x5600)
			h->flags |= HELLO_FALLBACK;
		else if (tls_grease(id))
			h->flags |= HELLO_GREASE;
	}
}

bool
tls_client_hello_read(struct bytes body, struct tls_hello *ret)
{
	struct cursor c = cursor_of(body);

	if (!read_fixed(&c, ret))
		return false;
	ret->client = true;
	ret->ciphers = cursor_take(&c, cursor_be16(&c));
	ret->compressions = cursor_take(&c, cursor_u8(&c));
	if (c.err)
		ret->flags |= HELLO_CUT;
	read_signals(ret);
	read_extensions(&c, ret);
	return true;
}

bool
tls_server_hello_read(struct bytes body, struct tls_hello *ret)
{
	struct cursor c = cursor_of(body);

	if (!read_fixed(&c, ret))
		return false;
	ret->cipher = cursor_be16(&c);
	ret->compressions = cursor_take(&c, 1);
	if (c.err)
		ret->flags |= HELLO_CUT;
	read_extensions(&c, ret);
	ret->retry = bytes_eq(ret->random, (struct bytes){retry_random, RANDOM_BYTES});
	return true;
}

void
tls_encrypted_extensions_read(struct bytes body, struct tls_hello *hello)
{
	struct cursor c = cursor_of(body);
	struct bytes was = hello->extensions;

	read_extensions(&c, hello);
	hello->extensions = was;
}
