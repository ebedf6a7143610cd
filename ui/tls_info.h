/*
 * What is known of the TLS of a session, as two texts of the feed: equal ones are kept once, so
 * a session costs two numbers.
 */
#ifndef MS_UI_TLS_INFO_H
#define MS_UI_TLS_INFO_H

#include "model/session.h"

struct tls_info {
	struct tls_info_head {
		uint16_t version, cipher, group; /* 0: not seen */
		uint8_t alert, alert_seen;
		uint8_t cert; /* enum tls_cert_seen */
		uint8_t keys; /* enum tls_keys */
		uint8_t resumed;
		uint8_t trust; /* enum trust_verdict, of the chain at that time */
		uint8_t spare;
	} h;
	struct bytes sni, alpn, offered; /* alpn: the chosen one; offered: as in a hello */
	struct bytes ja3, ja3s, ja4;
	struct bytes judged; /* the certificate, in short words; none when none was seen */
};
struct tls_info_cert { /* the server's own */
	int64_t not_after_s;
	bool times_bad;
	struct bytes subject, issuer, sans;
};

/* Cleans a text of the wire: appends to out. */
typedef void tls_info_clean(void *user, struct bytes in, struct buf *out);
/* Both append; of the certificate nothing when none was seen. */
void tls_info_pack(const struct session *s, tls_info_clean *clean, void *user, struct buf *out);
void tls_info_pack_cert(
	const struct cert *c, tls_info_clean *clean, void *user, struct buf *out);
/* Loans of the text. False: there is none. */
bool tls_info_read(struct bytes text, struct tls_info *ret);
bool tls_info_read_cert(struct bytes text, struct tls_info_cert *ret);

#endif
