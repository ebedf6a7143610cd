/*
 * Sliding windows on packet time over the logins of hosts and accounts: what the rules of
 * guessing (rules_windows.c) remember across sessions. Bounded by findings_settings.tracked and
 * the budget of all tables.
 */
#ifndef MS_FINDINGS_WINDOWS_H
#define MS_FINDINGS_WINDOWS_H

#include "findings/engine.h"

struct failure {
	int64_t ts_ns;
	unsigned secret; /* ordinal; 0 not visible */
};

/* One source, one server address, one account. */
struct guess {
	struct tabled head;
	struct failure *ring; /* newest at (at - 1) */
	uint32_t cap, n, at;
	struct place first[3];
	uint8_t n_first;
	int64_t opened_ns; /* auth.bruteforce was made; 0 not yet */
};

struct member {
	struct endpoint host; /* of a source; family 0 for an account */
	char name[48];        /* of an account, cut */
	uint32_t fails, oks;
	unsigned secret; /* of its failures, 0: not visible or several */
	bool mixed;
	int64_t last_ns, ok_ns;
	struct place at;
};

/* A source with its accounts, or an account with its sources. */
struct crowd {
	struct tabled head;
	struct member *members;
	uint64_t *hashes; /* of the members: all are looked at for each login */
	uint32_t n, cap;
	int64_t opened_ns;
};

struct windows {
	struct table guesses, sources, accounts;
};

struct tally {
	uint32_t fails, secrets, hidden; /* secrets: distinct visible ones */
	unsigned one;                    /* the secret when there is one only */
	int64_t first_ns;
	bool has_secret; /* the one asked for is among them */
};

/* The failures of a source and account; `max`: how many are remembered at most. */
void guess_add(struct table *t, struct guess *g, int64_t ts_ns, unsigned secret, uint32_t max);
/* Counts those no older than window_ns at now_ns. ask: a secret that is looked for, or 0. */
struct tally guess_tally(
	const struct guess *g, int64_t now_ns, int64_t window_ns, unsigned ask);

/* By host, or by name where host is NULL; made when it is new, in place of the one that was
 * silent longest when there are too many. */
struct member *crowd_member(
	struct table *t, struct crowd *c, const struct endpoint *host, struct bytes name);
/* A login of that member was refused. */
void member_fail(struct member *m, const struct place *at, int64_t window_ns, unsigned secret);

#endif
