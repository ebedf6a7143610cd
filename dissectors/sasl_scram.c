/* SCRAM, RFC 5802 and 7677; the gs2-header it shares with RFC 5801 and RFC 7628. */
#include "dissectors/sasl_mech.h"

/* saslname: RFC 5802 section 5.1, "=2C" is a comma and "=3D" an equal sign. */
static struct bytes
saslname(struct sasl *s, struct bytes in)
{
	uint8_t *p = arena_get(&s->arena, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		struct bytes three = bytes_sub(in, i, 3);

		p[n] = in.p[i];
		if (bytes_iis(three, "=2C"))
			p[n] = ',', i += 2;
		else if (bytes_iis(three, "=3D"))
			p[n] = '=', i += 2;
		n++;
	}
	return (struct bytes){p, n};
}

bool
sasl_gs2_header(struct sasl *s, struct bytes *rest)
{
	struct bytes in = *rest, item, name;

	if (bytes_starts(in, "F,"))
		in = bytes_from(in, 2);
	if (!bytes_starts(in, "n,") && !bytes_starts(in, "y,") && !bytes_starts(in, "p="))
		return false;
	s->login.detail.scram_cb = (char)in.p[0];
	if (!sasl_next(&in, ',', &item))
		return false;
	if (!sasl_next(&in, ',', &item))
		return false;
	if (sasl_item(item, "a", &name))
		s->login.authzid = saslname(s, name);
	*rest = in;
	return true;
}

static void
client_first(struct sasl *s, struct bytes text)
{
	struct bytes rest = text, item, name;

	if (!sasl_gs2_header(s, &rest))
		return;
	while (sasl_next(&rest, ',', &item)) {
		if (sasl_item(item, "n", &name))
			s->login.user = saslname(s, name);
	}
}

void
sasl_scram_answer(struct sasl *s, struct bytes text)
{
	struct bytes rest = text, item, proof;

	s->hide = text.n > 0 && s->step > 0;
	if (s->step++ == 0) {
		client_first(s, text);
		return;
	}
	while (sasl_next(&rest, ',', &item)) {
		if (sasl_item(item, "p", &proof))
			sasl_secret(s, proof);
	}
}

/* base64 characters to octets, whatever the padding. */
static uint16_t
salt_length(struct bytes b64)
{
	while (b64.n && b64.p[b64.n - 1] == '=')
		b64.n--;
	return (uint16_t)(b64.n * 3 / 4 > UINT16_MAX ? UINT16_MAX : b64.n * 3 / 4);
}

void
sasl_scram_challenge(struct sasl *s, struct bytes text)
{
	struct sasl_detail *d = &s->login.detail;
	struct bytes rest = text, item, value;
	bool nonce = false;
	uint64_t n;

	while (sasl_next(&rest, ',', &item)) {
		if (sasl_item(item, "e", &value)) {
			d->error = value;
		} else if (sasl_item(item, "r", &value)) {
			nonce = true;
		} else if (sasl_item(item, "s", &value)) {
			d->scram_salt_len = salt_length(value);
		} else if (sasl_item(item, "i", &value) && bytes_u64(value, UINT32_MAX, &n)) {
			d->scram_iterations = (uint32_t)n;
		}
	}
	if (nonce && d->scram_iterations)
		s->info = d->challenge_seen = true;
}
