#include "model/dns.h"

#include <stdlib.h>
#include <string.h>

#include "base/ages.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"

enum {
	SAME_QUESTION = 3, /* so many older answers are looked at for one to replace: each waits
			    for memory */
	ALIASES = 16,      /* CNAMEs followed */
	NAME_BYTES = 1024, /* of a name as text: 255 octets, each as \ddd at most */
	ENTRY_COST = 96,   /* of what a map holds for a key, beside its text, about */
};

/* An answer, or one thing that it gave, in the chain of those with the same key. */
struct dns_link {
	struct dns_link *newer, *older;
	struct kept *kept;
};

struct kept {
	struct dns_link by_name; /* beside the ends in pub: a search looks at both */
	struct dns_answer pub;
	struct aged age;          /* of all */
	struct dns_link *by_data; /* one for each record that is looked for */
	size_t n_by_data;
	size_t cost;
	struct arena arena;
};

struct dns_store {
	struct dns_settings set;
	struct map *names, *data; /* key → its newest struct dns_link */
	struct ages kept;         /* by their coming */
	size_t bytes;
	uint64_t forgotten;
	struct buf key;
};

struct dns_store *
dns_store_new(const struct dns_settings *set)
{
	struct dns_store *d = mem_get(sizeof(*d));

	d->set = *set;
	d->names = map_new(0);
	d->data = map_new(0);
	buf_init(&d->key, 2 * NAME_BYTES);
	return d;
}

/* keys */

static void
key_type(struct buf *key, uint16_t type)
{
	buf_byte(key, (uint8_t)(type >> 8));
	buf_byte(key, (uint8_t)type);
}

static struct bytes
key_name(struct buf *key, struct bytes name, uint16_t type)
{
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	buf_clear(key);
	key_type(key, type);
	for (size_t i = 0; i < name.n && i < NAME_BYTES; i++) {
		uint8_t c = name.p[i];

		buf_byte(key, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
	}
	return buf_bytes(key);
}

/* Who asks over the loopback interface is one, whatever the address. */
static struct bytes
key_data(struct buf *key, const struct endpoint *client, uint16_t type, struct bytes data)
{
	static const struct endpoint here = {.family = 0};

	if (endpoint_is_loopback(client))
		client = &here;
	buf_clear(key);
	key_type(key, type);
	buf_byte(key, client->family);
	buf_add(key, (struct bytes){client->addr, sizeof(client->addr)});
	buf_add(key, bytes_sub(data, 0, NAME_BYTES));
	return buf_bytes(key);
}

/* chains */

static void
link_add(struct map *m, struct bytes key, struct dns_link *l)
{
	void **place = map_put(m, key);

	l->older = *place;
	if (l->older)
		l->older->newer = l;
	*place = l;
}

static void
link_del(struct map *m, struct bytes key, struct dns_link *l)
{
	if (l->older)
		l->older->newer = l->newer;
	if (l->newer)
		l->newer->older = l->older;
	else if (l->older)
		*map_put(m, key) = l->older;
	else
		map_del(m, key);
}

static void
forget(struct dns_store *d, struct kept *k)
{
	const struct dns_answer *a = &k->pub;

	link_del(d->names, key_name(&d->key, a->name, a->type), &k->by_name);
	for (size_t i = 0; i < k->n_by_data; i++)
		link_del(d->data, key_data(&d->key, &a->client, a->type, a->records[i].data),
			&k->by_data[i]);
	ages_del(&d->kept, &k->age);
	d->bytes -= k->cost;
	arena_done(&k->arena);
	free(k);
}

void
dns_store_free(struct dns_store **pd)
{
	struct dns_store *d = *pd;

	if (!d)
		return;
	while (d->kept.oldest)
		forget(d, AGED(d->kept.oldest, struct kept, age));
	map_free(&d->names);
	map_free(&d->data);
	buf_done(&d->key);
	free(d);
	*pd = NULL;
}

uint64_t
dns_store_forgotten(const struct dns_store *d)
{
	return d->forgotten;
}

size_t
dns_store_memory(const struct dns_store *d)
{
	return sizeof(*d) + d->bytes;
}

/* adding */

/* Where the aliases that begin at the asked name end; *ttl_s: the shortest of theirs. */
static struct bytes
canonical(const struct ev_dns *v, uint32_t *ttl_s)
{
	struct bytes name = v->name;

	for (int i = 0; i < ALIASES && v->type != DNS_CNAME; i++) {
		const struct dns_record *r = v->records, *end = r + v->n;

		while (r < end && (r->type != DNS_CNAME || !bytes_eq(r->owner, name)))
			r++;
		if (r == end)
			return name;
		name = r->data;
		if (r->ttl_s < *ttl_s)
			*ttl_s = r->ttl_s;
	}
	return name;
}

static void
copy_records(struct kept *k, const struct ev_dns *v, uint32_t *ttl_s)
{
	struct dns_record *out;
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->records[i].type == v->type;
	if (!n)
		return;
	out = arena_get(&k->arena, n * sizeof(*out));
	for (size_t i = 0; i < v->n; i++) {
		const struct dns_record *r = &v->records[i];

		if (r->type != v->type || !bytes_eq(r->owner, k->pub.canonical))
			continue;
		out[k->pub.n] = *r;
		out[k->pub.n].owner = k->pub.canonical;
		out[k->pub.n++].data = arena_copy(&k->arena, r->data);
		if (r->ttl_s < *ttl_s)
			*ttl_s = r->ttl_s;
	}
	k->pub.records = out;
}

static struct kept *
keep(const struct flow *f, const struct event *e)
{
	const struct ev_dns *v = &e->dns;
	struct kept *k = mem_get(sizeof(*k));
	uint32_t ttl_s = UINT32_MAX;
	struct bytes end = canonical(v, &ttl_s);

	arena_init(&k->arena, 256);
	k->by_name.kept = k;
	k->pub = (struct dns_answer){.client = f->client,
		.resolver = f->server,
		.name = arena_copy(&k->arena, v->name),
		.type = v->type,
		.rcode = v->rcode,
		.flags = v->flags,
		.cut = v->cut,
		.at = e->at};
	k->pub.canonical = bytes_eq(end, v->name) ? k->pub.name : arena_copy(&k->arena, end);
	copy_records(k, v, &ttl_s);
	if (!k->pub.n && v->negative_ttl_s < ttl_s)
		ttl_s = v->negative_ttl_s;
	k->pub.until_ns = e->at.ts_ns + (int64_t)ttl_s * NS_PER_S;
	return k;
}

/* One question of one client to one resolver has one answer: the last. */
static void
replace(struct dns_store *d, const struct kept *k)
{
	struct dns_link *l = map_get(d->names, key_name(&d->key, k->pub.name, k->pub.type));

	for (int i = 0; l && i < SAME_QUESTION; i++, l = l->older) {
		if (endpoint_same_host(&l->kept->pub.client, &k->pub.client) &&
			endpoint_same_host(&l->kept->pub.resolver, &k->pub.resolver)) {
			forget(d, l->kept);
			return;
		}
	}
}

static void
put_by_data(struct dns_store *d, struct kept *k)
{
	uint16_t type = k->pub.type;

	if (type != DNS_A && type != DNS_AAAA && type != DNS_MX)
		return;
	k->n_by_data = k->pub.n;
	k->by_data = arena_get(&k->arena, (k->pub.n + 1) * sizeof(*k->by_data));
	for (size_t i = 0; i < k->pub.n; i++) {
		struct bytes key = key_data(
			&d->key, &k->pub.client, type, k->pub.records[i].data);

		k->by_data[i].kept = k;
		link_add(d->data, key, &k->by_data[i]);
		k->cost += ENTRY_COST + key.n;
	}
}

static void
put(struct dns_store *d, struct kept *k)
{
	struct bytes key = key_name(&d->key, k->pub.name, k->pub.type);

	link_add(d->names, key, &k->by_name);
	k->cost = sizeof(*k) + ENTRY_COST + key.n;
	put_by_data(d, k);
	k->cost += k->arena.used + k->arena.used / 4;
	ages_add(&d->kept, &k->age);
	d->bytes += k->cost;
}

static bool
says_something(const struct ev_dns *v)
{
	static const uint16_t types[] = {
		DNS_A, DNS_AAAA, DNS_MX, DNS_PTR, DNS_TXT, DNS_TLSA, DNS_CNAME};

	if ((v->rcode != DNS_NOERROR && v->rcode != DNS_NXDOMAIN) || v->flags & DNS_REFERRAL)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == v->type)
			return true;
	return false;
}

void
dns_store_add(struct dns_store *d, const struct flow *f, const struct event *e)
{
	struct kept *k;

	if (!d->set.bytes || !says_something(&e->dns))
		return;
	k = keep(f, e);
	if (k->pub.n == 0 && (k->pub.cut || k->pub.flags & DNS_TC)) {
		arena_done(&k->arena);
		free(k);
		return;
	}
	replace(d, k);
	put(d, k);
	while (d->bytes > d->set.bytes) {
		forget(d, AGED(d->kept.oldest, struct kept, age));
		d->forgotten++;
	}
}

/* asking */

static bool
holds(const struct dns_store *d, const struct dns_answer *a, int64_t at_ns)
{
	return at_ns <= a->until_ns + d->set.slack_ns;
}

static bool
told(const struct dns_answer *a, const struct endpoint *client)
{
	return !client || endpoint_same_host(client, &a->client) ||
	       endpoint_is_loopback(&a->client);
}

const struct dns_answer *
dns_find(struct dns_store *d, const struct endpoint *client, struct bytes name, uint16_t type,
	int64_t at_ns)
{
	const struct dns_link *l;

	if (!d->kept.n || name.n > NAME_BYTES)
		return NULL;
	l = map_get(d->names, key_name(&d->key, name, type));
	for (int i = 0; l && i < DNS_WALK; i++, l = l->older) {
		const struct dns_answer *a = &l->kept->pub;

		if (told(a, client) && holds(d, a, at_ns))
			return a;
	}
	return NULL;
}

bool
dns_has(const struct dns_answer *a, struct bytes data)
{
	for (size_t i = 0; i < a->n; i++)
		if (bytes_eq(a->records[i].data, data))
			return true;
	return false;
}

static const struct dns_link *
first_link(struct dns_store *d, const struct endpoint *client, uint16_t type, struct bytes data)
{
	return map_get(d->data, key_data(&d->key, client, type, data));
}

const struct dns_answer *
dns_gave(struct dns_store *d, const struct endpoint *client, uint16_t type, struct bytes data,
	int64_t at_ns, struct dns_walk *w)
{
	static const struct endpoint loopback = {.addr = {127, 0, 0, 1}, .family = 4};

	if (!d->kept.n || w->steps == DNS_WALK)
		return NULL;
	w->at = w->steps ? w->at->older : first_link(d, client, type, data);
	for (;;) {
		if (!w->at && !w->loopback) {
			w->loopback = true;
			if (!endpoint_is_loopback(client))
				w->at = first_link(d, &loopback, type, data);
		}
		if (!w->at || w->steps == DNS_WALK)
			break;
		w->steps++;
		if (holds(d, &w->at->kept->pub, at_ns))
			return &w->at->kept->pub;
		w->at = w->at->older;
	}
	w->steps = DNS_WALK;
	return NULL;
}

const struct dns_answer *
dns_gave_host(struct dns_store *d, const struct endpoint *client, const struct endpoint *host,
	int64_t at_ns, struct dns_walk *w)
{
	bool four = host->family == 4;

	return dns_gave(d, client, four ? DNS_A : DNS_AAAA,
		(struct bytes){host->addr, four ? 4 : 16}, at_ns, w);
}

bool
dns_secure(const struct dns_answer *a)
{
	return a->flags & DNS_AD && (endpoint_is_loopback(&a->resolver) ||
					    endpoint_same_host(&a->client, &a->resolver));
}
