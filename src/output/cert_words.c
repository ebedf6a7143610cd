#include "output/cert_words.h"

static void
one(struct buf *out, const struct cert *c, size_t i)
{
	char from[CERT_TIME_TEXT], until[CERT_TIME_TEXT], key[CERT_KEY_TEXT];

	buf_fmt(out, "%zu: ", i + 1);
	buf_add(out, c->subject.n ? c->subject : BYTES("no name"));
	if (i == 0 && c->sans.n) {
		buf_str(out, ", for ");
		buf_add(out, c->sans);
	}
	buf_str(out, c->self_issued ? ", by itself" : ", by ");
	if (!c->self_issued)
		buf_add(out, c->issuer);
	if (!c->times_bad)
		buf_fmt(out, ", from %s until %s", cert_time_text(c->not_before_s, from),
			cert_time_text(c->not_after_s, until));
	buf_fmt(out, ", %s, ", cert_key_text(c, key));
	buf_add(out, c->signature);
}

void
cert_judged_words(struct buf *out, const struct session *s)
{
	static const char *const matches[] = {[MATCH_YES] = "it is for the name",
		[MATCH_CN] = "only its common name is the name",
		[MATCH_NO] = "it is not for the name"};
	static const char *const names[] = {[REFERENCE_SNI] = "that the client asked for",
		[REFERENCE_DNS] = "that the client asked DNS for",
		[REFERENCE_BANNER] = "that the server's greeting has"};
	const struct tls_seen *t = s->tls_seen;
	enum reference ref;

	buf_str(out, trust_verdict_text((enum trust_verdict)t->trust.verdict));
	if (t->trust.outdated)
		buf_str(out, ", but was not valid at this time");
	peer_cert_reference(s, &ref);
	if (t->match != MATCH_UNKNOWN && ref != REFERENCE_NONE)
		buf_fmt(out, "; %s %s", matches[t->match], names[ref]);
}

void
cert_judged_short(struct buf *out, const struct session *s)
{
	static const char *const trust[] = {[TRUST_UNKNOWN] = "not assessable",
		[TRUST_OK] = "trusted",
		[TRUST_SELF_SIGNED] = "self-signed",
		[TRUST_UNKNOWN_ISSUER] = "unknown issuer",
		[TRUST_MISSING_INTERMEDIATE] = "no intermediate",
		[TRUST_BAD_SIGNATURE] = "bad signature",
		[TRUST_NOT_A_CA] = "signer is no CA",
		[TRUST_PATH_LEN] = "path too long",
		[TRUST_OTHER] = "broken chain"};
	const struct tls_seen *t = s->tls_seen;
	enum reference ref;

	buf_str(out, trust[t->trust.verdict]);
	if (t->trust.outdated)
		buf_str(out, ", not valid then");
	peer_cert_reference(s, &ref);
	if (ref == REFERENCE_NONE || ref == REFERENCE_BANNER)
		return;
	if (t->match == MATCH_NO)
		buf_str(out, ref == REFERENCE_DNS ? ", wrong name (DNS)" : ", wrong name");
	if (t->match == MATCH_CN)
		buf_str(out, ", CN only");
}

bool
cert_words(struct buf *out, const struct session *s, const struct event *e, size_t i)
{
	bool client = e->at.dir == DIR_C2S;
	const struct tls_seen *t = s->tls_seen;
	const struct chain *c = !t ? NULL : client ? t->client_chain : t->chain;

	if (!c || i > c->n || (i == c->n && (client || c->n == 0)))
		return false;
	if (i < c->n) {
		one(out, c->certs[i], i);
		return true;
	}
	buf_str(out, "trust: ");
	cert_judged_words(out, s);
	if (c->unread)
		buf_fmt(out, "; %u more that cannot be read", c->unread);
	return true;
}
