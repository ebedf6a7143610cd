/*
 * What cross-session rules remember of hosts, accounts, services and pairs: entries by key, the
 * least recently used forgotten when there are too many. The walk from oldest to newest use is
 * the same for the same input.
 */
#ifndef MS_FINDINGS_TABLE_H
#define MS_FINDINGS_TABLE_H

#include "base/map.h"
#include "event/event.h"

/* The head of every entry; the entry's own fields stand behind it. */
struct tabled {
	struct tabled *prev, *next;
	struct bytes key;
};

struct table {
	struct map *map;
	struct tabled *oldest, *newest;
	size_t max;        /* entries */
	size_t entry_size; /* bytes, struct tabled included */
	size_t count, forgotten;
	void (*done)(void *entry); /* frees what the entry holds, or NULL */
};

void table_init(struct table *t, size_t max, size_t entry_size, void (*done)(void *entry));
void table_done(struct table *t);
/* NULL when it is not there; its age does not change. */
void *table_get(const struct table *t, struct bytes key);
/* The entry, made zeroed when absent, now the newest. May forget the oldest. */
void *table_put(struct table *t, struct bytes key);
size_t table_memory(const struct table *t);

/* Builds keys: fields one behind the other, each with its length; of a long one its end is
 * digested. */
struct key {
	uint8_t p[400];
	size_t n;
};
void key_bytes(struct key *k, struct bytes in);
void key_text(struct key *k, const char *s);
void key_number(struct key *k, uint64_t v);
void key_host(struct key *k, const struct endpoint *e);
void key_service(struct key *k, const struct endpoint *e);
struct bytes key_of(const struct key *k);

#endif
