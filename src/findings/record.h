/*
 * Findings as they are kept: one record per (id, reason, scope key), FINDINGS.md 1.5. A rule
 * fills a struct hit and gives it to record_hit(), which merges it, rates it, and tells the
 * sink.
 */
#ifndef MS_FINDINGS_RECORD_H
#define MS_FINDINGS_RECORD_H

#include "base/ages.h"
#include "base/map.h"
#include "findings/finding.h"

#include <stdarg.h>
#include <stddef.h>

struct findings;
struct rule;

#define HIT_EVIDENCE 5
#define EVIDENCE_TEXT 320 /* bytes of one piece of evidence */
#define NOTE_TEXT 600

struct clue {
	struct place at;
	uint16_t n;
	bool cut;
	char text[EVIDENCE_TEXT + 1]; /* its last byte only so that it can be written as text */
};

/* One occurrence. hit_init() fills in what the rule and the session say; the rest is for the
 * rule. */
struct hit {
	const struct rule *rule;
	struct session *session; /* NULL: of none */
	const char *reason;      /* static, or findings_word() */
	enum severity severity;  /* of this case, before the modifiers */
	enum certainty certainty;
	bool named; /* the block rates this case: M-rejected and M-possible are in `severity` */
	bool rejected; /* the server refused the credential */
	struct bytes account;
	struct bytes key; /* more for the scope key (SCOPE_MSG: the transaction), or none */
	struct endpoint client, server, via;
	enum proto proto;
	size_t n_clues, main; /* main: the one that stands for later occurrences */
	size_t note_n;
	char note[NOTE_TEXT];            /* NUL-terminated */
	struct clue clues[HIT_EVIDENCE]; /* only the first n_clues are set */
};

/* r NULL: only to carry a clue. */
void hit_init(struct hit *h, const struct rule *r, struct session *s, const char *reason);
/* Text of our own making; wire text in it must be redacted before. at may name no packet: then
 * nothing is added. */
void hit_clue(struct hit *h, const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Wire text, redacted here; `before` (may be NULL) is put before it. */
void hit_wire(struct findings *f, struct hit *h, const struct place *at, const char *before,
	struct bytes wire, const struct mask *masks, size_t n_masks);
/* The next clue added is the one that stands for the occurrence. */
void hit_main(struct hit *h);
void hit_note(struct hit *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define RECORD_CLIENTS 5 /* M-repeat: distinct clients */

struct record_clients {
	struct endpoint host[RECORD_CLIENTS];
	uint8_t n;
};

/* Small: there is one for every pair of hosts that does something wrong. What it holds from the
 * beginning lies behind it, in one piece; what comes later has memory of its own. */
struct record {
	struct bytes key;
	struct aged age; /* not of a pinned one */
	const struct rule *rule;
	const char *reason;
	struct endpoint client, server, via;
	struct bytes account;
	int64_t first_ns, last_ns;
	uint64_t count, flow_id, serial;
	struct kept_clue *clues, *last_clue; /* in the order of making; the last may be renewed
					      */
	struct record_clients *clients;      /* of a service; NULL: of another scope */
	char *note;                          /* or NULL */
	uint32_t pins;                       /* pointers that open sessions hold */
	uint8_t severity, base;              /* after and before the modifiers, enum severity */
	uint8_t certainty, proto, n_clues;
	uint8_t occurrences; /* with evidence, up to 3 */
	bool named, rejected;
	bool told, changed; /* changed since it was told */
	bool has_last;      /* the last clue is that of the last occurrence */
	/* Modifiers that its hosts and account decide once for all. */
	bool loop, local, sensitive;
	uint32_t used, room; /* bytes of more[] */
	max_align_t more[];
};

/*
 * Bounded: when there are more than the setting says, the one that occurred longest ago is told
 * a last time and forgotten. If it comes back, it is a new one.
 */
struct records {
	struct map *by_key;
	struct ages unpinned; /* by their last occurrence */
	size_t n, bytes;      /* of all */
	uint64_t made, forgotten;
	uint64_t worst[SEV_CRITICAL + 1]; /* how many of class finding have this severity */
};

void records_init(struct records *r);
void records_done(struct records *r);
size_t records_memory(const struct records *r); /* bytes */

/* Merges one occurrence. Returns its record, which lives until the next call unless it is
 * pinned. */
struct record *record_hit(struct findings *f, struct hit *h);
/*
 * The case has got worse (or, to < the present base, turned out harmless) by something that
 * followed in session s (may be NULL). Told again at once when its severity changed. A clue is
 * added when there is room: h's first one; h may be NULL.
 */
void record_rate(struct findings *f, struct record *r, struct session *s, enum severity base,
	const struct hit *h);
/* Replaces the note; told again at the end. */
void record_note(struct findings *f, struct record *r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A pinned record is not forgotten. As many unpins as pins. */
void record_pin(struct findings *f, struct record *r);
void record_unpin(struct findings *f, struct record *r);
/* The record of this rule, reason and scope, or NULL. */
struct record *record_find(struct findings *f, const struct hit *h);
/* Tells what was never told, and again what has changed or happened more than once. */
void records_finish(struct findings *f);

/* FINDINGS.md 1.5, in this order. Pure, for tests. */
struct rating {
	enum severity base;
	bool loop, local, credential, rejected, possible, named, sensitive, repeat;
};
enum severity record_severity(const struct rating *r);

#endif
