/*
 * What cross-session rules remember of hosts, accounts, services and pairs: entries by key, the
 * least recently used forgotten when there are too many. The walk from oldest to newest use is
 * the same for the same input.
 */
#ifndef MS_FINDINGS_TABLE_H
#define MS_FINDINGS_TABLE_H

#include "base/ages.h"
#include "base/map.h"
#include "model/session.h"

/* The head of every entry; the entry's own fields stand behind it. */
struct tabled {
	struct bytes key; /* before the entry */
	struct aged age;
	size_t extra; /* bytes of what the entry holds elsewhere, table_grew() */
};

#define BUDGET_TABLES 32

/* Bytes that several tables share. When there are too many, the fattest forgets its oldest. */
struct table_budget {
	size_t max, bytes;
	struct table *tables[BUDGET_TABLES];
	size_t n;
};

struct table {
	struct table_budget *budget;
	struct map *map;
	struct ages ages;  /* entries, by last use */
	size_t max;        /* entries */
	size_t entry_size; /* bytes, struct tabled included */
	size_t forgotten, bytes;
	void (*done)(void *entry); /* frees what the entry holds, or NULL */
};

/* budget (borrowed) outlives the table. */
void table_init(struct table *t, struct table_budget *budget, size_t max, size_t entry_size,
	void (*done)(void *entry));
void table_done(struct table *t);
/* NULL when it is not there; its age does not change. */
void *table_get(const struct table *t, struct bytes key);
/* The entry, made zeroed when absent, now the newest. May forget old ones of any table of the
 * budget, but none of the newest few. */
void *table_put(struct table *t, struct bytes key);
/* The entry (one of t) holds so many bytes more. */
void table_grew(struct table *t, void *entry, size_t bytes);
size_t table_memory(const struct table *t);

static inline struct tabled *
tabled_of(struct aged *a)
{
	return a ? AGED(a, struct tabled, age) : NULL;
}

/* The walk: the entry used longest ago, or NULL, and the one used next after it. */
static inline struct tabled *
table_oldest(const struct table *t)
{
	return tabled_of(t->ages.oldest);
}

static inline struct tabled *
table_newer(const struct tabled *e)
{
	return tabled_of(e->age.newer);
}

/* Builds keys: fields one behind the other, each with its length; of a long one its end is
 * digested. */
struct key {
	uint8_t p[400];
	size_t n;
};
void key_bytes(struct key *k, struct bytes in);
/* Raw bytes, as many as there is room for. */
void key_cut(struct key *k, const void *p, size_t n);

/* Most fields have a length that is known when compiling, and there is room. */
static inline void
key_field(struct key *k, const void *p, size_t n)
{
	if (n > sizeof(k->p) - k->n) {
		key_cut(k, p, n);
		return;
	}
	memcpy(k->p + k->n, p, n);
	k->n += n;
}

static inline void
key_text(struct key *k, const char *s)
{
	key_bytes(k, bytes_str(s));
}

static inline void
key_number(struct key *k, uint64_t v)
{
	key_field(k, &v, sizeof(v));
}

static inline void
key_host(struct key *k, const struct endpoint *e)
{
	key_field(k, &e->family, 1);
	if (e->family == 6)
		key_field(k, e->addr, 16);
	else
		key_field(k, e->addr, 4);
}

/* Who it is for whoever counts clients. */
static inline void
key_client(struct key *k, const struct session *s)
{
	struct endpoint client = session_client(s);

	key_host(k, &client);
}

static inline void
key_service(struct key *k, const struct endpoint *e)
{
	key_host(k, e);
	key_field(k, &e->port, sizeof(e->port));
}

static inline struct bytes
key_of(const struct key *k)
{
	return (struct bytes){k->p, k->n};
}

#endif
