#include "ui/tls_info.h"
#include "model/peer_cert.h"
#include "output/cert_words.h"

#include <string.h>

static void
put_clean(struct buf *out, struct bytes in, tls_info_clean *clean, void *user)
{
	struct buf text;

	buf_init(&text, 4096);
	clean(user, in, &text);
	buf_sized(out, buf_bytes(&text));
	buf_done(&text);
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
	buf_sized(out, t->client->alpn);
	buf_sized(out, bytes_str(t->client->ja3));
	buf_sized(out, bytes_str(t->server->ja3s));
	buf_sized(out, bytes_str(t->client->ja4));
	buf_init(&judged, 256);
	if (peer_cert(s))
		cert_judged_short(&judged, s);
	buf_sized(out, buf_bytes(&judged));
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
	ret->sni = bytes_sized(&rest);
	ret->alpn = bytes_sized(&rest);
	ret->offered = bytes_sized(&rest);
	ret->ja3 = bytes_sized(&rest);
	ret->ja3s = bytes_sized(&rest);
	ret->ja4 = bytes_sized(&rest);
	ret->judged = bytes_sized(&rest);
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
	ret->subject = bytes_sized(&rest);
	ret->issuer = bytes_sized(&rest);
	ret->sans = bytes_sized(&rest);
	return true;
}
