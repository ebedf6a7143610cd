/*
 * The engine: rows of rules over the model. A rule reads a session and what woke it, and says
 * yes with its evidence; it never parses. One record per (id, reason, scope key); the first
 * occurrence is told at once (or at the end of the connection, or when a window's threshold
 * passes, as the rule's row says), the others are counted and told again, with their count, at
 * the end. What changes the severity of one that was told (a password follows, a fifth client
 * meets it, a refused login turns out to be a guess) has it told again at once: repeat is true,
 * and the new severity, count, evidence and note replace the old ones.
 */
#ifndef MS_FINDINGS_FINDINGS_H
#define MS_FINDINGS_FINDINGS_H

#include "findings/finding.h"
#include "findings/wordlist.h"
#include "model/model.h"

struct findings_settings { /* FINDINGS.md section 2; every one can be set */
	uint32_t bf_fail_per_account;
	int64_t bf_window_ns;
	uint32_t spray_accounts, spray_fails_each;
	int64_t spray_window_ns;
	uint32_t dist_sources;
	int64_t dist_window_ns;
	uint32_t bf_success_after;
	int64_t bf_success_window_ns;
	uint32_t enc_short_sessions, enc_client_bytes;
	int64_t enc_window_ns, enc_session_ns;
	int64_t fallback_window_ns;
	uint32_t weakpw_min_len;
	uint32_t scram_min_iter;
	uint32_t vrfy_count; /* smtp.vrfy.enumeration */
	int64_t vrfy_window_ns;
	uint32_t harvest_rcpt, harvest_share; /* smtp.harvest; share in percent */
	int64_t harvest_window_ns;            /* … and smtp.relay_probe */
	int64_t no_greeting_ns;               /* proto.no_greeting, 30 s */
	int64_t cert_soon_ns;                 /* cert.expires_soon, 14 days */
	uint32_t exfil_msgs;                  /* messages taken in one session */
	size_t exfil_bytes;                   /* … and bytes of them */
	uint32_t exfil_share;                 /* … and percent of the mailbox */
	uint32_t exfil_share_min;             /* … that counts from so many messages on */
	uint32_t del_min;                     /* messages deleted in one session */
	uint32_t del_share;                   /* … and percent of the mailbox */
	uint32_t deeds_numbers; /* message numbers told apart in a session. 65,536 */
	size_t records; /* findings kept to be merged with later occurrences. 20,000; then the
			 * oldest is told a last time and forgotten */
	size_t record_bytes;  /* … and their bytes. 16 MiB */
	size_t tracked_bytes; /* bytes of all that cross-session rules remember. 32 MiB */
	size_t tracked; /* hosts, accounts, services and pairs remembered for cross-session
			   rules, each. 100,000 */
	const char *const
		*sensitive_accounts; /* ends with NULL; root admin administrator postmaster … */
	const char *const
		*trusted_nets; /* CIDR texts, ends with NULL; NULL: RFC 1918, ULA, link-local */
	const char *const *local_domains;    /* ours, ends with NULL; NULL: not known */
	const char *const *trusted_proxies;  /* addresses, ends with NULL */
	const struct wordlist *fingerprints; /* tls.fingerprint; borrowed, or NULL */
	const struct wordlist
		*bad_keys; /* cert.weak_key; borrowed, or NULL. findings/wordlist.h */
};
extern const struct findings_settings findings_defaults;

struct findings_sink {
	void *user;
	/* A new finding (repeat false), or one that was told before (repeat true): its severity
	 * changed, or its final count. */
	void (*finding)(void *user, struct session *s, const struct finding *f,
		bool repeat); /* s NULL for cross-session ones */
};

struct findings;
/* input_name gives the file or interface name of a place's input. */
struct findings *findings_new(const struct findings_settings *set, struct secrets *secrets,
	const char *(*input_name)(void *user, uint16_t input), void *input_user,
	const struct findings_sink *sink);
void findings_free(struct findings **f);
/* To be called from the model's listener, in the same order. */
void findings_event(struct findings *f, struct session *s, const struct event *e);
void findings_login(
	struct findings *f, struct session *s, const struct login *l, const struct place *at);
void findings_transaction(struct findings *f, struct session *s, const struct transaction *t);
void findings_transfer(struct findings *f, struct session *s, const struct message *m);
void findings_end(struct findings *f, struct session *s);
/* End of input: rules with emit `end`, then every finding with count > 1 again with repeat. */
void findings_finish(struct findings *f);
/* The worst severity of class finding so far, for --fail-on. */
enum severity findings_worst(const struct findings *f);
size_t findings_memory(const struct findings *f);
enum lost_by {
	LOST_BY_KERNEL, /* it had no room: reason kernel_drops */
	LOST_BY_US      /* read and left out for lack of time: reason program_drops */
};
/* Packets that no session has seen, up to packet `at`: capture.gap. For each interface or for
 * all of them, before findings_finish(). */
void findings_lost(
	struct findings *f, enum lost_by by, uint64_t packets, const struct place *at);
/* What was forgotten to stay below the limits: records, and entries of cross-session rules. */
uint64_t findings_forgotten(const struct findings *f);

/* The catalogue, for `explain` and the report; ends with id NULL. */
const struct finding_row *const *findings_catalogue(void);
const struct finding_row *findings_row(struct bytes id);

#endif
