/*
 * Reads binary formats. Sticky: after the first short read every read gives 0 and moves
 * nothing, so a parser reads all its fields and tests `err` once.
 */
#ifndef MS_BASE_CURSOR_H
#define MS_BASE_CURSOR_H

#include "base/bytes.h"

struct cursor {
	struct bytes in;
	size_t at;
	bool err;
};

struct cursor cursor_of(struct bytes in);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be24(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
uint16_t cursor_le16(struct cursor *c);
uint32_t cursor_le32(struct cursor *c);
uint64_t cursor_le64(struct cursor *c);
struct bytes cursor_take(struct cursor *c, size_t n);
void cursor_skip(struct cursor *c, size_t n);
size_t cursor_left(const struct cursor *c);

#endif
