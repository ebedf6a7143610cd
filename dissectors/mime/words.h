/*
 * Encoded words and addresses to UTF-8 (RFC 2047, RFC 2231, RFC 5322 3.4), by GMime when built
 * with it (words_gmime.c); else by a small reader that knows UTF-8, ISO-8859-1, windows-1252
 * and US-ASCII only (words_none.c). Raw 8-bit text that is UTF-8 stays; other raw 8-bit text is
 * taken as windows-1252.
 */
#ifndef MS_DISSECTORS_MIME_WORDS_H
#define MS_DISSECTORS_MIME_WORDS_H

#include "base/buf.h"

/* Unstructured text (Subject): appends valid UTF-8. */
void words_text(struct buf *out, struct bytes in);
/* An address list: calls put once an address with "Name <box@host>" or "box@host", valid UTF-8.
 * At most `max` of them. */
void words_addresses(
	struct bytes in, size_t max, void (*put)(void *user, struct bytes address), void *user);

/* Name and version of the library that decodes, for --version; NULL without one. */
const char *words_library(void);

#endif
