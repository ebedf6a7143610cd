#include "output/community.h"
#include "base/b64.h"

#include <string.h>

/* The smaller address comes first, with equal addresses the smaller port. */
static bool
in_order(const struct endpoint *a, const struct endpoint *b, size_t addr_bytes)
{
	int c = memcmp(a->addr, b->addr, addr_bytes);

	return c < 0 || (c == 0 && a->port <= b->port);
}

char *
community_id(struct sha1 *sha1, enum community_proto proto, const struct endpoint *a,
	const struct endpoint *b, char out[COMMUNITY_TEXT])
{
	size_t addr_bytes = a->family == 6 ? 16 : 4, n = 0;
	uint8_t in[2 + 16 + 16 + 2 + 4] = {0}, sum[SHA1_BYTES]; /* begins with the seed, 0 */
	struct buf text;

	if (!in_order(a, b, addr_bytes)) {
		const struct endpoint *swap = a;

		a = b;
		b = swap;
	}
	n += 2;
	memcpy(in + n, a->addr, addr_bytes);
	n += addr_bytes;
	memcpy(in + n, b->addr, addr_bytes);
	n += addr_bytes;
	in[n++] = (uint8_t)proto;
	in[n++] = 0;
	in[n++] = (uint8_t)(a->port >> 8);
	in[n++] = (uint8_t)a->port;
	in[n++] = (uint8_t)(b->port >> 8);
	in[n++] = (uint8_t)b->port;
	sha1_of(sha1, (struct bytes){in, n}, sum);
	/* A buffer that holds all of it from the start allocates nothing. */
	text = (struct buf){
		.p = (uint8_t *)out, .cap = COMMUNITY_TEXT, .max = COMMUNITY_TEXT - 1};
	buf_add(&text, BYTES("1:"));
	b64_encode((struct bytes){sum, sizeof(sum)}, &text);
	out[text.n] = '\0';
	return out;
}
