/*
 * One SASL exchange (RFC 4422), whatever protocol carries it: SMTP AUTH (RFC 4954), POP3 AUTH
 * (RFC 5034), IMAP AUTHENTICATE (RFC 9051 6.2.2, RFC 4959), and helpers for USER/PASS, APOP and
 * IMAP LOGIN. It reads base64 lines, keeps what they say in an arena of its own (wiped on
 * release), and fills a struct ev_login for the dissector to say.
 *
 * PLAIN RFC 4616; LOGIN (expired draft murchison); CRAM-MD5 RFC 2195; DIGEST-MD5 RFC 2831;
 * SCRAM-* RFC 5802, 7677; NTLM MS-NLMP; GSSAPI RFC 4752, GS2-* RFC 5801, GSS-SPNEGO; XOAUTH2
 * (Google), OAUTHBEARER RFC 7628; EXTERNAL RFC 4422 A; ANONYMOUS RFC 4505. Unknown mechanisms
 * are kept by name; their answers count as secret.
 */
#ifndef MS_DISSECTORS_SASL_H
#define MS_DISSECTORS_SASL_H

#include "dissectors/dissector.h"

struct sasl;

/*
 * Starts an exchange. `mechanism` as sent (any case); empty or unknown is fine: "" means the
 * AUTH command was not seen (joined in the middle) and the mechanism is guessed from the
 * answers. begun: place of the command. Never NULL.
 */
struct sasl *sasl_new(
	struct bytes mechanism, const struct place *begun, const struct dis_limits *limits);
void sasl_free(struct sasl **s); /* wipes */

/* The initial response as sent: base64, or "=" for an empty one (RFC 4954 4). Call before any
 * challenge. */
void sasl_initial(struct sasl *s, struct bytes b64, const struct place *at);
/* A challenge of the server: the base64 behind "334 " or "+ ". Empty is fine. */
void sasl_challenge(struct sasl *s, struct bytes b64);
/* An answer of the client: one line without its end; "*" cancels. */
void sasl_response(struct sasl *s, struct bytes line, const struct place *at);
/* The server's verdict. code: SMTP's, else 0. reason: static, may be NULL (see
 * ev_login.reason). */
void sasl_verdict(struct sasl *s, enum auth_result result, uint16_t code, const char *reason,
	struct bytes text, const struct place *at);

/* How many answers (initial response included) were taken. */
unsigned sasl_responses(const struct sasl *s);
/* True when the mechanism needs no further answer of the client (used when replies are
 * missing). */
bool sasl_complete(const struct sasl *s);
/*
 * The mask for the answer that was just taken by sasl_initial/sasl_response: all of [off,
 * off+len) of the shown line. mask.secret: the decoded secret when this answer alone holds one,
 * so that equal secrets have equal ordinals; the name in AUTH LOGIN's first answer is no
 * secret: then returns false and nothing need be hidden.
 */
bool sasl_mask(const struct sasl *s, uint32_t off, uint32_t len, struct mask *ret);

/* The state as an event: everything borrowed from `s`. */
void sasl_login(const struct sasl *s, struct ev_login *ret);
/* True when there is something for EV_SASL_INFO (NTLM challenge, SCRAM iterations …) that was
 * not said yet; resets. */
bool sasl_info(struct sasl *s, struct ev_sasl_info *ret);

/* Reads plain-text logins into the same form, for USER/PASS, APOP and IMAP LOGIN: the secret is
 * copied and wiped with it. */
struct sasl *sasl_plain_login(const char *mechanism, struct bytes user, struct bytes secret,
	enum auth_exposure exposure, const struct place *begun, const struct place *credential,
	const struct dis_limits *limits);
/* APOP: checks the timestamp (RFC 5322 msg-id) and the 32 hex digits. */
struct sasl *sasl_apop(struct bytes timestamp, struct bytes user, struct bytes digest,
	const struct place *at, const struct dis_limits *limits);

#endif
