#include "ui/tls_info.h"
#include "model/peer_cert.h"
#include "output/cert_words.h"

static void
put(struct buf *out, struct bytes in)
{
	uint16_t n = (uint16_t)(in.n < UINT16_MAX ? in.n : UINT16_MAX);

	buf_add(out, (struct bytes){(const uint8_t *)&n, sizeof(n)});
	buf_add(out, bytes_sub(in, 0, n));
}

static void
put_clean(struct buf *out, struct bytes in, tls_info_clean *clean, void *user)
{
	struct buf text;

	buf_init(&text, 4096);
	clean(user, in, &text);
	put(out, buf_bytes(&text));
	buf_done(&text);
}

static struct bytes
take(struct bytes *rest)
{
	uint16_t n = 0;
	struct bytes b;

	if (rest->n < sizeof(n))
		return BYTES_NONE;
	memcpy(&n, rest->p, sizeof(n));
	b = bytes_sub(*rest, sizeof(n), n);
	*rest = bytes_from(*rest, sizeof(n) + n);
	return b;
}

void
tls_info_pack(const struct session *s, tls_info_clean *clean, void *user, struct buf *out)
{
	const struct tls_seen *t = s->tls_seen;
	struct tls_info_head h = {.version = t->version,
		.cipher = t->cipher,
		.group = t->group,
		.alert = t->alert,
		.alert_seen = t->alert_seen,
		.cert = (uint8_t)tls_cert_of(t),
		.keys = t->keys,
		.resumed = t->resumed,
		.trust = t->trust.verdict};
	struct buf judged;

	buf_add(out, (struct bytes){(const uint8_t *)&h, sizeof(h)});
	put_clean(out, t->client->sni, clean, user);
	put_clean(out, session_text(s, TEXT_ALPN), clean, user);
	put(out, t->client->alpn);
	put(out, bytes_str(t->client->ja3));
	put(out, bytes_str(t->server->ja3s));
	put(out, bytes_str(t->client->ja4));
	buf_init(&judged, 256);
	if (peer_cert(s))
		cert_judged_short(&judged, s);
	put(out, buf_bytes(&judged));
	buf_done(&judged);
}

bool
tls_info_read(struct bytes text, struct tls_info *ret)
{
	struct bytes rest = bytes_from(text, sizeof(ret->h));

	*ret = (struct tls_info){.h = {0}};
	if (text.n < sizeof(ret->h))
		return false;
	memcpy(&ret->h, text.p, sizeof(ret->h));
	ret->sni = take(&rest);
	ret->alpn = take(&rest);
	ret->offered = take(&rest);
	ret->ja3 = take(&rest);
	ret->ja3s = take(&rest);
	ret->ja4 = take(&rest);
	ret->judged = take(&rest);
	return true;
}

void
tls_info_pack_cert(const struct cert *c, tls_info_clean *clean, void *user, struct buf *out)
{
	buf_add(out, (struct bytes){(const uint8_t *)&c->not_after_s, sizeof(c->not_after_s)});
	buf_byte(out, c->times_bad);
	put_clean(out, c->subject, clean, user);
	put_clean(out, c->issuer, clean, user);
	put_clean(out, c->sans, clean, user);
}

bool
tls_info_read_cert(struct bytes text, struct tls_info_cert *ret)
{
	struct bytes rest = bytes_from(text, sizeof(ret->not_after_s) + 1);

	*ret = (struct tls_info_cert){0};
	if (text.n <= sizeof(ret->not_after_s))
		return false;
	memcpy(&ret->not_after_s, text.p, sizeof(ret->not_after_s));
	ret->times_bad = text.p[sizeof(ret->not_after_s)];
	ret->subject = take(&rest);
	ret->issuer = take(&rest);
	ret->sans = take(&rest);
	return true;
}
