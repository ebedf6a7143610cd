#include "dissectors/tls/record.h"

#include "base/cursor.h"
#include "event/tls.h"

enum {
	SSLV2_HELLO_FIXED = 11,  /* record header 2, type 1, version 2, three lengths of 2 */
	SSLV2_ANSWER_FIXED = 13, /* … with session hit 1 and type of certificate 1 */
};

/* One octet after the other, so that a stream cut inside of the header is judged as early as
 * can be. */
enum tls_framing
tls_record_read(struct bytes in, struct tls_record *ret)
{
	struct cursor c = cursor_of(in);
	uint8_t type = cursor_u8(&c);
	uint16_t version, len;

	if (in.n >= 1 && (type < TLS_CHANGE_CIPHER_SPEC || type > TLS_HEARTBEAT))
		return TLS_FRAMING_NO;
	if (in.n >= 2 && in.p[1] != 3)
		return TLS_FRAMING_NO;
	if (in.n >= 3 && in.p[2] > 4)
		return TLS_FRAMING_NO;
	if (in.n >= 4 && in.p[3] > TLS_RECORD_MAX >> 8)
		return TLS_FRAMING_NO;
	version = cursor_be16(&c);
	len = cursor_be16(&c);
	if (c.err)
		return TLS_FRAMING_MORE;
	/* RFC 5246 6.2.1: only application data may be empty */
	if (len > TLS_RECORD_MAX || (len == 0 && type != TLS_APPLICATION_DATA))
		return TLS_FRAMING_NO;
	*ret = (struct tls_record){
		.type = (enum tls_content)type, .version = version, .len = len};
	return TLS_FRAMING_OK;
}

static bool
sslv2_version_ok(uint16_t version)
{
	return version == 0x0002 || (version >= 0x0300 && version <= 0x0304);
}

/* RFC 5246 E.2: two octets of length with the top bit set, type 1, version, three lengths that
 * add up. */
enum tls_framing
sslv2_hello_read(struct bytes in, struct sslv2_hello *ret)
{
	struct cursor c = cursor_of(in);
	uint16_t head = cursor_be16(&c), version, specs, session, challenge;
	uint8_t type = cursor_u8(&c);

	if ((in.n >= 1 && !(in.p[0] & 0x80)) || (in.n >= 3 && type != 1))
		return TLS_FRAMING_NO;
	if (in.n >= 4 && in.p[3] != 0 && in.p[3] != 3)
		return TLS_FRAMING_NO;
	version = cursor_be16(&c);
	if (in.n >= 5 && !sslv2_version_ok(version))
		return TLS_FRAMING_NO;
	specs = cursor_be16(&c);
	session = cursor_be16(&c);
	challenge = cursor_be16(&c);
	if (c.err)
		return TLS_FRAMING_MORE;
	if (specs == 0 || specs % 3 != 0 || (session != 0 && session != 16) || challenge < 16 ||
		challenge > 32)
		return TLS_FRAMING_NO;
	if (SSLV2_HELLO_FIXED - 2 + (unsigned)specs + session + challenge != (head & 0x7fffu))
		return TLS_FRAMING_NO;
	*ret = (struct sslv2_hello){.version = version, .len = (uint16_t)((head & 0x7fff) + 2)};
	return TLS_FRAMING_OK;
}

/* Length, type 4, session hit, type of certificate, version, three lengths that add up. */
enum tls_framing
sslv2_answer_read(struct bytes in, struct sslv2_hello *ret)
{
	static const uint8_t most[] = {0xff, 0xff, 4, 1, 1, 0, 2},
			     least[] = {0x80, 0, 4, 0, 0, 0, 2};
	struct cursor c = cursor_of(in);
	uint16_t head = cursor_be16(&c);
	uint32_t sum = SSLV2_ANSWER_FIXED - 2;

	for (size_t i = 0; i < in.n && i < sizeof(most); i++)
		if (in.p[i] < least[i] || in.p[i] > most[i])
			return TLS_FRAMING_NO;
	cursor_skip(&c, 5);
	for (int i = 0; i < 3; i++)
		sum += cursor_be16(&c);
	if (c.err)
		return TLS_FRAMING_MORE;
	if (sum != (head & 0x7fffu))
		return TLS_FRAMING_NO;
	*ret = (struct sslv2_hello){.version = SSL_2, .len = (uint16_t)((head & 0x7fff) + 2)};
	return TLS_FRAMING_OK;
}

bool
tls_record_start(struct bytes head, bool *ret_more)
{
	struct tls_record record;
	struct sslv2_hello hello;
	enum tls_framing tls = tls_record_read(head, &record);
	enum tls_framing v2 = sslv2_hello_read(head, &hello);
	enum tls_framing answer = sslv2_answer_read(head, &hello);

	*ret_more = false;
	if (tls == TLS_FRAMING_OK || v2 == TLS_FRAMING_OK || answer == TLS_FRAMING_OK)
		return true;
	*ret_more = tls == TLS_FRAMING_MORE || v2 == TLS_FRAMING_MORE ||
		    answer == TLS_FRAMING_MORE;
	return false;
}

bool
tls_record_unasked(struct bytes head, bool *ret_more)
{
	struct tls_record record;
	enum tls_framing f;

	*ret_more = false;
	if (!head.n || (head.p[0] != TLS_HANDSHAKE && head.p[0] != TLS_ALERT_RECORD))
		return false;
	f = tls_record_read(head, &record);
	*ret_more = f == TLS_FRAMING_MORE;
	return f == TLS_FRAMING_OK;
}
