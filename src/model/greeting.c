#include "model/greeting.h"

#include <string.h>

#include "model/software.h"

const struct greeting greeting_none = {.software = NULL};

/* The key is the texts, each with its length before it. */
static struct bytes
take(struct bytes *key)
{
	struct bytes ret;
	uint32_t n;

	memcpy(&n, key->p, sizeof(n));
	ret = bytes_sub(*key, sizeof(n), n);
	*key = bytes_from(*key, sizeof(n) + n);
	return ret;
}

static void
put(struct buf *key, struct bytes text, size_t max)
{
	uint32_t n = (uint32_t)(text.n < max ? text.n : max);

	buf_add(key, (struct bytes){(const uint8_t *)&n, sizeof(n)});
	buf_add(key, bytes_sub(text, 0, n));
}

static void
greeting_make(void *thing, struct bytes key)
{
	struct greeting *g = thing;

	g->banner = take(&key);
	g->server_name = take(&key);
	g->apop = take(&key);
	g->software = software_of_banner(g->banner);
}

struct shared *
greeting_table(size_t kept_bytes)
{
	return shared_new(sizeof(struct greeting), kept_bytes, greeting_make);
}

const struct greeting *
greeting_get(struct shared *table, struct buf *key, const struct ev_greeting *e, size_t max)
{
	buf_clear(key);
	put(key, e->text, max);
	put(key, e->server_name, max);
	put(key, e->apop, max);
	return shared_get(table, buf_bytes(key), 0);
}
