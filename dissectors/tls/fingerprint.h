/* Names for the way a program speaks TLS: JA3 and JA3S (MD5), JA4 (SHA-256). */
#ifndef MS_DISSECTORS_TLS_FINGERPRINT_H
#define MS_DISSECTORS_TLS_FINGERPRINT_H

#include "base/digest.h"
#include "event/tls.h"

#define JA4_TEXT 37 /* "t13d1516h2_8daaf6152771_e5627efa2ab1", with the NUL */

/* Lower-case hex; "" for hellos of SSL 2, which have none, and when libcrypto has no MD5. */
void tls_ja3(const struct tls_hello *client, char out[MD5_HEX]);
void tls_ja3s(const struct tls_hello *server, char out[MD5_HEX]);
/* "" for hellos of SSL 2. */
void tls_ja4(const struct tls_hello *client, char out[JA4_TEXT]);

#endif
