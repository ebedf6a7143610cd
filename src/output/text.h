/*
 * Text on a grid of columns. Input is UTF-8 that went through escape_term() already (or is
 * ours), so every character takes 0, 1 or 2 columns and none moves the cursor.
 */
#ifndef MS_OUTPUT_TEXT_H
#define MS_OUTPUT_TEXT_H

#include "base/buf.h"

/* Columns of a character: 0 combining, 2 wide (East Asian, emoji), else 1. */
unsigned text_columns(uint32_t cp);
size_t text_width(struct bytes in);
/* Appends `in`, cut to `width` columns with "…" at the end when it is longer. Returns the
 * columns used. */
size_t text_fit(struct buf *out, struct bytes in, size_t width);
/* As text_fit, then spaces up to width; right: the spaces come first. */
void text_cell(struct buf *out, struct bytes in, size_t width, bool right);
void text_spaces(struct buf *out, size_t n);
/*
 * Appends `in` as lines of at most `width` columns, broken at spaces (a word longer than the
 * line is broken anywhere). The cursor is at column `at`; further lines begin with `indent`
 * spaces. Ends with LF. LF in `in` begins a new line.
 */
void text_wrap(struct buf *out, struct bytes in, size_t at, size_t indent, size_t width);
/* Wire bytes: escaped for terminals and cut to `width` columns (0: not cut). */
void text_wire(struct buf *out, struct bytes in, size_t width);
/* A machine token as people read it: "max_tls_1_0" → "max TLS 1.0", "plain_accepted" → "plain
 * accepted". */
void text_token(struct buf *out, const char *token);
/* 1234567 → "1,234,567" */
#define TEXT_NUMBER 32
char *text_number(uint64_t n, char out[TEXT_NUMBER]);
/* Bytes of wire text escaped into a buffer of its own, for measuring; the loan ends with the
 * next call on the same buf. */
struct bytes text_escaped(struct buf *tmp, struct bytes in);

#endif
