/*
 * Reads the header section of a message as it streams by (RFC 5322 2.2, 3.6) and keeps a few
 * fields, unfolded, bounded. Decoding of encoded words (RFC 2047) is another step: words.h.
 */
#ifndef MS_DISSECTORS_MIME_HEADERS_H
#define MS_DISSECTORS_MIME_HEADERS_H

#include "base/arena.h"

struct headers_settings {
	size_t field_bytes;   /* one field kept at most, unfolded. 16 KiB */
	size_t section_bytes; /* the header section is given up after. 1 MiB */
	size_t fields_kept;   /* of one name (Received …). 50 */
};
extern const struct headers_settings headers_defaults;

enum header_field {
	HDR_FROM,
	HDR_TO,
	HDR_CC,
	HDR_SUBJECT,
	HDR_DATE,
	HDR_MESSAGE_ID,
	HDR_RECEIVED,
	HDR_CONTENT_TYPE,
	HDR_COUNT
};

struct headers;
struct headers *headers_new(const struct headers_settings *s);
void headers_free(struct headers **h);
/* More bytes of the message. Cheap once the empty line was seen (headers_done). */
void headers_feed(struct headers *h, struct bytes in);
/* A hole: the field being read is dropped. */
void headers_gap(struct headers *h);
/* No more bytes: the last field ends here. */
void headers_end(struct headers *h);
bool headers_done(const struct headers *h);
/* The i-th value of a field: unfolded (CRLF before white space removed), trimmed, raw bytes;
 * false when there is none. */
bool headers_get(const struct headers *h, enum header_field f, size_t i, struct bytes *ret);
/* True when something was over a limit and cut. */
bool headers_cut(const struct headers *h);
size_t headers_memory(const struct headers *h);

#endif
