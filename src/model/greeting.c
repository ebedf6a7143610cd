#include "model/greeting.h"

#include "model/software.h"

const struct greeting greeting_none = {.software = NULL};

/* The key is the texts, each with its length before it. */
static void
greeting_make(void *thing, struct bytes key)
{
	struct greeting *g = thing;

	g->banner = bytes_sized(&key);
	g->server_name = bytes_sized(&key);
	g->apop = bytes_sized(&key);
	g->software = software_of_banner(g->banner);
	g->product = software_named(g->banner);
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
	buf_sized(key, bytes_sub(e->text, 0, max));
	buf_sized(key, bytes_sub(e->server_name, 0, max));
	buf_sized(key, bytes_sub(e->apop, 0, max));
	return shared_get(table, buf_bytes(key), 0);
}
