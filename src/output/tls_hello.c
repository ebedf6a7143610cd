#include "output/tls_hello.h"
#include "dissectors/tls/names.h"

#include <string.h>

struct head {
	uint16_t version;
	uint8_t client, sslv2;
};

void
tls_hello_pack(struct buf *out, const struct session *s, const struct event *e)
{
	const struct tls_hello *h = e->tls.hello;
	const struct tls_seen *t = s->tls_seen;
	struct head head;

	if (!h || !t || (e->tls.stage != TLS_CLIENT_HELLO && e->tls.stage != TLS_SERVER_HELLO))
		return;
	head = (struct head){h->version, h->client, h->sslv2};
	buf_add(out, (struct bytes){(const uint8_t *)&head, sizeof(head)});
	buf_sized(out, h->versions);
	buf_sized(out, h->client ? h->ciphers : BYTES_NONE);
	buf_sized(out, h->groups);
	buf_sized(out, h->sigalgs);
	buf_sized(out, bytes_str(h->client ? t->client->ja3 : t->server->ja3s));
	buf_sized(out, bytes_str(h->client ? t->client->ja4 : ""));
}

static uint16_t
id_at(struct bytes list, size_t i)
{
	return (uint16_t)(list.p[i] << 8 | list.p[i + 1]);
}

/* "Groups: x25519, secp256r1" */
static void
put_list(struct buf *out, const char *what, struct bytes list,
	const char *(*name)(uint16_t id, char out[TLS_NUMBER]))
{
	char number[TLS_NUMBER];
	size_t n = 0;

	for (size_t i = 0; i + 1 < list.n; i += 2)
		if (!tls_grease(id_at(list, i)))
			buf_fmt(out, "%s%s", n++ ? ", " : what, name(id_at(list, i), number));
	if (n)
		buf_byte(out, '\n');
}

/* One a line, as the order says what is liked best; what nobody should offer is marked. */
static void
put_suites(struct buf *out, const struct head *h, struct bytes list)
{
	size_t step = h->sslv2 ? 3 : 2;
	char number[TLS_NUMBER];

	if (list.n)
		buf_fmt(out, "Cipher suites, the best liked first (%zu):\n", list.n / step);
	for (size_t i = 0; i + step <= list.n; i += step) {
		uint16_t id = id_at(list, h->sslv2 && !list.p[i] ? i + 1 : i);
		bool old = h->sslv2 && list.p[i];
		unsigned traits = old ? tls_ssl2_suite_traits(id) : tls_suite_traits(id);

		if (tls_grease(id))
			continue;
		buf_fmt(out, "%s %s\n", traits & SUITE_INSECURE ? "!" : " ",
			tls_suite_text(old ? SSL_2 : h->version, id, number));
	}
}

void
tls_hello_lines(struct buf *out, struct bytes packed)
{
	struct bytes rest = bytes_from(packed, sizeof(struct head)), suites, groups, sigalgs;
	struct bytes fingerprint, ja4;
	struct head h;

	if (packed.n < sizeof(h))
		return;
	memcpy(&h, packed.p, sizeof(h));
	put_list(out, "Versions: ", bytes_sized(&rest), tls_version_text);
	suites = bytes_sized(&rest);
	groups = bytes_sized(&rest);
	sigalgs = bytes_sized(&rest);
	put_list(out, "Groups: ", groups, tls_group_text);
	put_list(out, "Signatures: ", sigalgs, tls_sigalg_text);
	fingerprint = bytes_sized(&rest);
	ja4 = bytes_sized(&rest);
	if (fingerprint.n)
		buf_fmt(out, "%s %.*s\n", h.client ? "JA3" : "JA3S", BYTES_FMT(fingerprint));
	if (ja4.n)
		buf_fmt(out, "JA4 %.*s\n", BYTES_FMT(ja4));
	put_suites(out, &h, suites);
}
