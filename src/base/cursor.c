#include "base/cursor.h"

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

static uint64_t
big(struct cursor *c, size_t n)
{
	struct bytes b = cursor_take(c, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

static uint64_t
little(struct cursor *c, size_t n)
{
	struct bytes b = cursor_take(c, n);
	uint64_t v = 0;

	for (size_t i = b.n; i > 0; i--)
		v = v << 8 | b.p[i - 1];
	return v;
}

uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)big(c, 1);
}

uint16_t
cursor_be16(struct cursor *c)
{
	return (uint16_t)big(c, 2);
}

uint32_t
cursor_be24(struct cursor *c)
{
	return (uint32_t)big(c, 3);
}

uint32_t
cursor_be32(struct cursor *c)
{
	return (uint32_t)big(c, 4);
}

uint64_t
cursor_be64(struct cursor *c)
{
	return big(c, 8);
}

uint16_t
cursor_le16(struct cursor *c)
{
	return (uint16_t)little(c, 2);
}

uint32_t
cursor_le32(struct cursor *c)
{
	return (uint32_t)little(c, 4);
}

uint64_t
cursor_le64(struct cursor *c)
{
	return little(c, 8);
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
