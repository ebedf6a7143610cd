/* A message taken apart to be shown: its header fields and its parts (RFC 5322, RFC 2045,
 * RFC 2046). Whatever it is made of, there is an answer; nothing is copied but what is decoded.
 */
#ifndef MS_UI_MAIL_H
#define MS_UI_MAIL_H

#include "base/buf.h"

#define MAIL_PARTS 200 /* kept of a message */
#define MAIL_DEPTH 16  /* of parts inside of each other */

struct mail_part {
	unsigned depth;
	struct bytes body; /* as transferred; of a multipart: all of it */
	char type[80];     /* "text/plain", lower case; "" when none is said: text/plain */
	char encoding[24]; /* "base64" "quoted-printable" …, lower case; "" */
	char charset[40];  /* or "" */
	char name[256];    /* UTF-8, or "" */
	bool attachment;   /* so it says */
	bool multipart;
};

/* Takes the next field of *rest; *ret_name as written, value unfolded into out (cleared first),
 * raw. False at the end of the headers: *rest is the body then. */
bool mail_field(struct bytes *rest, struct bytes *ret_name, struct buf *out);
/* The parts in order, the message itself first. Returns how many, at most MAIL_PARTS. */
size_t mail_parts(struct bytes message, struct mail_part parts[MAIL_PARTS]);
/* The content: the transfer encoding is undone. Appends; stops at max of out. */
void mail_decode(const struct mail_part *p, struct buf *out);
/* Text of a charset as UTF-8; what cannot be told becomes U+FFFD, an unknown charset is taken
 * as it is. */
void mail_utf8(const char *charset, struct bytes in, struct buf *out);

#endif
