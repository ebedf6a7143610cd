/*
 * One SASL exchange. data[0]: the mechanism. Then records: one octet (bits 0-1: initial
 * response, answer, challenge, verdict; bit 2: `bytes` are put into base64 first), two octets
 * of length (big endian), bytes.
 */
#include <assert.h>

#include "base/b64.h"
#include "dissectors/sasl.h"

static const char *const mechs[] = {"", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5",
	"SCRAM-SHA-256", "NTLM", "GSSAPI", "GSS-SPNEGO", "GS2-KRB5", "XOAUTH2", "OAUTHBEARER",
	"EXTERNAL", "ANONYMOUS", "X-NEW"};

static const struct dis_limits limits = {.auth_bytes = 4096};

/* Touches every byte, so that the sanitizer sees one that is not there. */
static size_t
touch(struct bytes b)
{
	size_t sum = 0;

	for (size_t i = 0; i < b.n; i++)
		sum += b.p[i];
	return sum;
}

/* Read by nobody: the bytes must be touched, so that a sanitizer sees them. */
extern volatile size_t sink;
volatile size_t sink;

static void
look(struct sasl *s, size_t len)
{
	struct ev_sasl_info info;
	struct ev_login l;
	struct mask m;

	sasl_login(s, &l);
	sink += touch(l.mechanism) + touch(l.user) + touch(l.authzid) + touch(l.secret) +
		touch(l.reply);
	sink += touch(l.detail.domain) + touch(l.detail.workstation) +
		touch(l.detail.ntlm_target) + touch(l.detail.qop);
	sink += touch(l.detail.realm) + touch(l.detail.service) + touch(l.detail.jwt) +
		touch(l.detail.error);
	sink += touch(l.detail.trace);
	assert(l.credential_seen || l.exposure == EXPOSURE_NONE);
	if (sasl_mask(s, 0, (uint32_t)len, &m)) {
		assert(len > 0 && m.len == len);
		sink += touch(m.secret);
	}
	if (sasl_info(s, &info))
		assert(!sasl_info(s, &info));
}

static void
turn(struct sasl *s, unsigned kind, struct bytes text, const struct place *at)
{
	struct buf b64;

	buf_init(&b64, SIZE_MAX);
	if (kind & 4) {
		b64_encode(text, &b64);
		text = buf_bytes(&b64);
	}
	if ((kind & 3) == 0 && sasl_responses(s) == 0)
		sasl_initial(s, text, at);
	else if ((kind & 3) == 2)
		sasl_challenge(s, text);
	else if ((kind & 3) == 3)
		sasl_verdict(s, AUTH_ACCEPTED, 235, NULL, text, at);
	else
		sasl_response(s, text, at);
	look(s, text.n);
	buf_done(&b64);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = {data, size};
	struct place at = {.packet = 1};
	struct sasl *s;

	if (size < 1)
		return 0;
	s = sasl_new(
		bytes_str(mechs[data[0] % (sizeof(mechs) / sizeof(mechs[0]))]), &at, &limits);
	in = bytes_from(in, 1);
	while (in.n >= 3) {
		size_t n = (size_t)in.p[1] << 8 | in.p[2];
		unsigned kind = in.p[0];

		in = bytes_from(in, 3);
		turn(s, kind, bytes_sub(in, 0, n), &at);
		in = bytes_from(in, n);
	}
	sasl_free(&s);
	return 0;
}
