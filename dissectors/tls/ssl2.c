/* SSL 2 ("The SSL Protocol", 1995; RFC 5246 E.2): the hello that later clients still sent in
 * its format, and what of it a server that speaks nothing else shows. */
#include "dissectors/tls/handshake.h"

#include "base/cursor.h"
#include "dissectors/tls/record.h"

bool
ssl2_client_hello_read(struct bytes record, struct tls_hello *ret)
{
	struct cursor c = cursor_of(record);
	uint16_t ciphers, session, challenge;

	*ret = (struct tls_hello){.client = true, .sslv2 = true};
	cursor_skip(&c, 3);
	ret->version = ret->legacy = cursor_be16(&c);
	ciphers = cursor_be16(&c);
	session = cursor_be16(&c);
	challenge = cursor_be16(&c);
	ret->ciphers = cursor_take(&c, ciphers);
	ret->session = cursor_take(&c, session);
	ret->random = cursor_take(&c, challenge);
	for (size_t i = 0; i + 2 < ret->ciphers.n; i += 3) {
		const uint8_t *p = ret->ciphers.p + i;

		if (p[0] == 0 && p[1] == 0 && p[2] == 0xff)
			ret->flags |= HELLO_RENEGOTIATION;
		if (p[0] == 0 && p[1] == 0x56 && p[2] == 0)
			ret->flags |= HELLO_FALLBACK;
	}
	return !c.err;
}

bool
ssl2_server_hello_read(struct bytes record, struct tls_hello *ret, struct bytes *ret_cert)
{
	struct cursor c = cursor_of(record);
	uint16_t cert, ciphers, id;

	*ret = (struct tls_hello){.sslv2 = true};
	cursor_skip(&c, 5);
	ret->version = ret->legacy = cursor_be16(&c);
	cert = cursor_be16(&c);
	ciphers = cursor_be16(&c);
	id = cursor_be16(&c);
	*ret_cert = cursor_take(&c, cert);
	ret->ciphers = cursor_take(&c, ciphers);
	ret->random = cursor_take(&c, id);
	return !c.err;
}

/* Two octets of length, or three with padding; then the type of a message, and of the client's
 * second one the suite that it chose. */
enum tls_framing
ssl2_record_read(struct bytes in, size_t *ret_len, uint16_t *ret_cipher)
{
	struct cursor c = cursor_of(in);
	uint8_t first = cursor_u8(&c), second = cursor_u8(&c);
	uint8_t type = cursor_u8(&c);
	uint16_t cipher;

	if (c.err)
		return TLS_FRAMING_MORE;
	*ret_cipher = 0;
	*ret_len = first & 0x80 ? 2 + ((size_t)(first & 0x7f) << 8 | second)
				: 3 + ((size_t)(first & 0x3f) << 8 | second);
	if (*ret_len < 4)
		return TLS_FRAMING_NO;
	if (!(first & 0x80) || type != SSL2_MASTER_KEY)
		return TLS_FRAMING_OK;
	cipher = cursor_be16(&c);
	if (c.err)
		return TLS_FRAMING_MORE;
	*ret_cipher = cipher;
	return TLS_FRAMING_OK;
}
