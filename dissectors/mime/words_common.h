/* What words_gmime.c and words_none.c share: text before and after the decoding of encoded
 * words. */
#ifndef MS_DISSECTORS_MIME_WORDS_COMMON_H
#define MS_DISSECTORS_MIME_WORDS_COMMON_H

#include "base/buf.h"

/* Appends windows-1252 as UTF-8; the five octets that it does not define become U+FFFD. */
void words_add_1252(struct buf *out, struct bytes in);
/*
 * Appends header text as it came, as valid UTF-8: bytes that are not UTF-8 make all of it
 * windows-1252; line ends in front of white space go, other line ends and NULs become a space.
 */
void words_add_raw(struct buf *out, struct bytes in);
/* Appends decoded text as valid UTF-8 without CR, LF and NUL (each run of them becomes a
 * space). */
void words_add_clean(struct buf *out, struct bytes in);
/*
 * Appends `in` with its encoded words (RFC 2047 2) replaced. Adjacent words of one charset are
 * one: word() gets their charset and all their octets, so that a character cut between two of
 * them is whole. White space between words goes (6.2). When word() returns false they stay as
 * they came.
 */
void words_replace(struct buf *out, struct bytes in,
	bool (*word)(struct buf *out, struct bytes charset, struct bytes octets));
/* "Name <box@host>", or only the address when there is no name. `name` and `address` may hold
 * anything. */
void words_put_address(struct bytes name, struct bytes address,
	void (*put)(void *user, struct bytes address), void *user);
/* Nothing to decode: ASCII without an encoded word. */
bool words_are_plain(struct bytes in);
/*
 * Most lists hold mailboxes of plain atoms only (RFC 5322 3.4): `Name <local@domain>` or
 * `local@domain`. False: there is more in it, and nothing was put.
 */
bool words_plain_addresses(
	struct bytes in, size_t max, void (*put)(void *user, struct bytes address), void *user);

#endif
