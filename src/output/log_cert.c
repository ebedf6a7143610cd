/* The server's certificate in the `tls` event. */
#include "output/log.h"

#include "base/clock.h"
#include "model/peer_cert.h"

static void
put_hash(struct json *j, const char *key, struct bytes digest)
{
	static const char digits[] = "0123456789abcdef";
	char text[CERT_SHA256_TEXT];

	for (size_t i = 0; i < digest.n; i++) {
		text[3 * i] = digits[digest.p[i] >> 4];
		text[3 * i + 1] = digits[digest.p[i] & 15];
		text[3 * i + 2] = i + 1 < digest.n ? ':' : '\0';
	}
	json_text(j, key, text);
}

static void
put_dates(struct json *j, const struct cert *c)
{
	char text[CERT_TIME_TEXT];

	if (c->times_bad)
		return;
	json_text(j, "notbefore", cert_time_text(c->not_before_s, text));
	json_text(j, "notafter", cert_time_text(c->not_after_s, text));
}

static void
put_sans(struct log_sink *k, struct session *s, const struct cert *c)
{
	char text[ENDPOINT_TEXT];

	if (!c->sans.n) /* none, or an empty one */
		return;
	json_array(&k->json, "sans");
	for (uint32_t i = 0; i < c->n_dns; i++)
		if (c->dns[i].n)
			log_wire(k, s, NULL, c->dns[i]);
	for (uint32_t i = 0; i < c->n_ips; i++)
		json_text(&k->json, NULL, endpoint_addr(&c->ips[i], text));
	json_close(&k->json);
}

static void
put_judged(struct log_sink *k, struct session *s)
{
	static const char *const references[] = {[REFERENCE_SNI] = "sni",
		[REFERENCE_DNS] = "dns",
		[REFERENCE_BANNER] = "greeting"};
	const struct tls_seen *t = s->tls_seen;
	enum reference ref;

	if (t->trust.verdict != TRUST_UNKNOWN)
		json_text(&k->json, "trust",
			trust_verdict_name((enum trust_verdict)t->trust.verdict));
	peer_cert_reference(s, &ref);
	if (t->match == MATCH_UNKNOWN || ref == REFERENCE_NONE)
		return;
	json_text(&k->json, "match", chain_match_name((enum chain_match)t->match));
	json_text(&k->json, "match_with", references[ref]);
}

void
log_put_cert(struct log_sink *k, struct session *s)
{
	const struct cert *c = peer_cert(s);
	struct json *j = &k->json;
	char key[CERT_KEY_TEXT];

	if (!c)
		return;
	log_wire(k, s, "subject", c->subject);
	log_wire(k, s, "issuerdn", c->issuer);
	json_str_opt(j, "serial", c->serial);
	put_hash(j, "fingerprint", (struct bytes){c->sha1, sizeof(c->sha1)});
	put_hash(j, "sha256", (struct bytes){c->sha256, sizeof(c->sha256)});
	put_dates(j, c);
	put_sans(k, s, c);
	json_text(j, "key", cert_key_text(c, key));
	log_wire(k, s, "signature", c->signature);
	json_u64(j, "chain", s->tls_seen->chain->n);
	put_judged(k, s);
}
