/* Community ID v1 of a connection or datagram, seed 0:
 * github.com/corelight/community-id-spec. */
#ifndef MS_OUTPUT_COMMUNITY_H
#define MS_OUTPUT_COMMUNITY_H

#include "base/digest.h"
#include "event/endpoint.h"

#define COMMUNITY_TEXT 32 /* "1:" + 28 + NUL */

enum community_proto { /* number of IP */
	COMMUNITY_TCP = 6,
	COMMUNITY_UDP = 17
};

/* The same text whichever end is called the client. Returns out. */
char *community_id(struct sha1 *sha1, enum community_proto proto, const struct endpoint *a,
	const struct endpoint *b, char out[COMMUNITY_TEXT]);

#endif
