/*
 * DNS answers that the capture showed, as they are needed later: by name, and by what they gave
 * to whom. Bounded: the oldest goes first. Failures (SERVFAIL and the like), referrals and cut
 * answers without a record of their own are not kept: they say nothing of the name.
 */
#ifndef MS_MODEL_DNS_H
#define MS_MODEL_DNS_H

#include "event/event.h"
#include "stream/stream.h"

struct dns_settings {
	size_t bytes;     /* answers kept, all together. 32 MiB */
	int64_t slack_ns; /* so long after its TTL an answer is still believed: programs keep
			     what they know for longer than they may. 5 min */
};

/* What one client was told. Lives until its store forgets it. */
struct dns_answer {
	struct endpoint client, resolver;
	struct bytes name;      /* asked for; as all names in event/dns.h */
	struct bytes canonical; /* what CNAMEs led to, or the same */
	uint16_t type, rcode;
	unsigned flags; /* DNS_… */
	bool cut;
	int64_t until_ns; /* its time and the shortest TTL on the way to its records */
	struct place at;
	const struct dns_record *records; /* of that type and that name, in order */
	size_t n;                         /* 0: denied; the name has none of that type */
};

/* NXDOMAIN or an empty NOERROR, by a resolver that may say so. */
static inline bool
dns_denies(const struct dns_answer *a)
{
	return a->n == 0;
}

/*
 * Did DNSSEC vouch for it, on a path that nobody else could write on? The AD bit of an answer
 * that came over a network is only worth what that network is (RFC 4035 4.9.3, RFC 6698 A.3):
 * certain is that of a resolver on the client's own host.
 */
bool dns_secure(const struct dns_answer *a);

struct dns_store;
struct dns_store *dns_store_new(const struct dns_settings *set);
void dns_store_free(struct dns_store **d);
/* An EV_DNS; of f, client and server hold. */
void dns_store_add(struct dns_store *d, const struct flow *f, const struct event *e);
/* Answers that made room for others. */
uint64_t dns_store_forgotten(const struct dns_store *d);
size_t dns_store_memory(const struct dns_store *d);

/*
 * The newest answer to this question that still holds at that time. client NULL: whoever asked;
 * else also what was asked over the loopback interface: the host that sees that is the one that
 * captures, and its connections have another of its addresses.
 * name: any case, with or without its last dot. NULL: none was seen, which denies nothing.
 */
const struct dns_answer *dns_find(struct dns_store *d, const struct endpoint *client,
	struct bytes name, uint16_t type, int64_t at_ns);
/* Is there a record with this data (a name: as in event/dns.h)? */
bool dns_has(const struct dns_answer *a, struct bytes data);

/*
 * The other way round: the answers that gave this data to this client, newest first, then those
 * of the loopback interface, and still hold. Of DNS_A, DNS_AAAA the data is an address, of
 * DNS_MX the name of an exchange. Start with *w all zero; NULL at the end, and after DNS_WALK
 * of them. Add nothing meanwhile.
 */
enum {
	DNS_WALK = 16
};
struct dns_link;
struct dns_walk {
	const struct dns_link *at;
	unsigned steps;
	bool loopback; /* the client's own are done, these are the host's */
};
const struct dns_answer *dns_gave(struct dns_store *d, const struct endpoint *client,
	uint16_t type, struct bytes data, int64_t at_ns, struct dns_walk *w);
/* Those that gave the address of `host`, of either family. */
const struct dns_answer *dns_gave_host(struct dns_store *d, const struct endpoint *client,
	const struct endpoint *host, int64_t at_ns, struct dns_walk *w);

#endif
