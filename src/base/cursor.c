#include "base/cursor.h"

#include <endian.h>
#include <string.h>

struct cursor
cursor_of(struct bytes in)
{
	return (struct cursor){.in = in};
}

struct bytes
cursor_take(struct cursor *c, size_t n)
{
	struct bytes b;

	if (c->err || n > c->in.n - c->at) {
		c->err = true;
		return BYTES_NONE;
	}
	b = (struct bytes){c->in.p + c->at, n};
	c->at += n;
	return b;
}

/* The next n bytes as they lie, or zeros. By memcpy of a constant size, which is one load. */
static inline void
load(struct cursor *c, void *to, size_t n)
{
	if (c->err || n > c->in.n - c->at) {
		c->err = true;
		memset(to, 0, n);
		return;
	}
	memcpy(to, c->in.p + c->at, n);
	c->at += n;
}

uint8_t
cursor_u8(struct cursor *c)
{
	uint8_t v;

	load(c, &v, sizeof(v));
	return v;
}

uint32_t
cursor_be24(struct cursor *c)
{
	uint8_t v[3];

	load(c, v, sizeof(v));
	return (uint32_t)v[0] << 16 | (uint32_t)v[1] << 8 | v[2];
}

uint16_t
cursor_be16(struct cursor *c)
{
	uint16_t v;

	load(c, &v, sizeof(v));
	return be16toh(v);
}

uint32_t
cursor_be32(struct cursor *c)
{
	uint32_t v;

	load(c, &v, sizeof(v));
	return be32toh(v);
}

uint64_t
cursor_be64(struct cursor *c)
{
	uint64_t v;

	load(c, &v, sizeof(v));
	return be64toh(v);
}

uint16_t
cursor_le16(struct cursor *c)
{
	uint16_t v;

	load(c, &v, sizeof(v));
	return le16toh(v);
}

uint32_t
cursor_le32(struct cursor *c)
{
	uint32_t v;

	load(c, &v, sizeof(v));
	return le32toh(v);
}

uint64_t
cursor_le64(struct cursor *c)
{
	uint64_t v;

	load(c, &v, sizeof(v));
	return le64toh(v);
}

void
cursor_skip(struct cursor *c, size_t n)
{
	cursor_take(c, n);
}

size_t
cursor_left(const struct cursor *c)
{
	return c->err ? 0 : c->in.n - c->at;
}
