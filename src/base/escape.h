/*
 * Every byte of the wire goes through one of these before it reaches an output.
 * Input is treated as UTF-8; what is not valid becomes U+FFFD (one for each bad byte).
 */
#ifndef MS_BASE_ESCAPE_H
#define MS_BASE_ESCAPE_H

#include "base/buf.h"

/* Inside a JSON string, RFC 8259 section 7, without the quotes. */
void escape_json(struct buf *out, struct bytes in);
/*
 * For terminals and text reports: C0, DEL, C1 and bidirectional controls become visible
 * (\r \n \t \xNN \u{NNNN}), a backslash stays one; so nothing can move a cursor.
 */
void escape_term(struct buf *out, struct bytes in);
/* Text or attribute value of HTML; controls as in escape_term. */
void escape_html(struct buf *out, struct bytes in);
/*
 * One CSV field, RFC 4180, quoted when needed; a leading = + - @ tab CR or LF gets a ' before
 * it. Controls as in escape_term, so a record is always one line.
 */
void escape_csv(struct buf *out, struct bytes in);
/* A file name component: [A-Za-z0-9._-], others as %NN; never empty, "." or "..", at most 120
 * bytes. */
void escape_path(struct buf *out, struct bytes in);
/* Valid UTF-8 with U+FFFD for what was not, controls kept. For hashing keys and JSON arrays. */
void escape_utf8(struct buf *out, struct bytes in);

/* Length (1..4) of the valid UTF-8 sequence at in.p[0], 0 when invalid or in.n is 0. *ret_cp:
 * code point. */
size_t utf8_next(struct bytes in, uint32_t *ret_cp);
/* The other way; returns the length. cp: up to U+10FFFF. */
size_t utf8_put(uint8_t out[4], uint32_t cp);
void utf8_add(struct buf *out, uint32_t cp);

#endif
