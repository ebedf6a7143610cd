/* Inside the findings layer: what a rule is, what it may use, what the engine keeps. */
#ifndef MS_FINDINGS_ENGINE_H
#define MS_FINDINGS_ENGINE_H

#include "findings/catalogue.h"
#include "findings/findings.h"
#include "findings/net.h"
#include "findings/record.h"
#include "findings/state.h"
#include "findings/table.h"

/* What wakes a rule: an event type, or one of these. */
#define WAKE(event_type) (UINT32_C(1) << (event_type))
#define WAKE_TX (UINT32_C(1) << 27)
#define WAKE_LOGIN (UINT32_C(1) << 28)
#define WAKE_CLOSE (UINT32_C(1) << 29)
#define WAKE_FINISH (UINT32_C(1) << 30)

struct wake {
	uint32_t why;                 /* exactly one of the above */
	const struct event *event;    /* of WAKE(type), else NULL */
	const struct login *login;    /* of WAKE_LOGIN, else NULL */
	const struct transaction *tx; /* of WAKE_TX, else NULL: it is over */
};

enum emit {
	EMIT_NOW,    /* when the condition is complete */
	EMIT_CLOSE,  /* at the end of the connection */
	EMIT_WINDOW, /* when a counter passes its threshold */
	EMIT_END,    /* at the end of the input */
};

struct rule {
	const struct finding_row *row;
	uint32_t wake;
	enum emit emit;
	unsigned flags; /* RULE_… */
	/* s and st are NULL for WAKE_FINISH only. */
	void (*fn)(struct findings *f, const struct rule *r, struct session *s,
		struct fstate *st, const struct wake *w);
};

enum {
	RULE_ACCOUNT =
		1, /* the account is part of the scope key (pair+account, host+account) */
	RULE_CREDENTIAL = 2, /* a credential is at stake: M-local stops at medium */
	RULE_CLIENT = 4,     /* of what the client does, not of what its wire shows */
};

/* The tables of rules, one for each family; end with row NULL. */
extern const struct rule rules_auth[], rules_caps[], rules_login[], rules_windows[],
	rules_account[], rules_rhythm[];
extern const struct rule rules_starttls[], rules_stripped[], rules_upgrade[];
extern const struct rule rules_tls[], rules_tls_client[], rules_tls_end[], rules_fingerprint[];
extern const struct rule rules_cert[], rules_cert_seen[];
extern const struct rule rules_smtp_hello[], rules_smtp_wire[], rules_smtp_text[],
	rules_smtp_old[], rules_smtp_policy[], rules_smtp_order[], rules_smtp_address[],
	rules_smtp_ask[], rules_smtp_relay[], rules_smtp_harvest[];
extern const struct rule rules_proto[], rules_info[];
extern const struct rule rules_capture[];
extern const struct rule rules_imap[], rules_imap_deeds[];
extern const struct rule rules_pop3[], rules_pop3_grammar[];

/* Cross-session memory of one file of rules, made and freed with the engine. */
struct windows;
struct windows *windows_new(const struct findings_settings *set, struct table_budget *budget);
void windows_free(struct windows **w);
size_t windows_memory(const struct windows *w);
struct accounts;
struct accounts *accounts_new(const struct findings_settings *set, struct table_budget *budget);
void accounts_free(struct accounts **a);
size_t accounts_memory(const struct accounts *a);
struct services;
struct services *services_new(const struct findings_settings *set, struct table_budget *budget);
void services_free(struct services **s);
size_t services_memory(const struct services *s);

struct certs;
struct certs *certs_new(const struct findings_settings *set, struct table_budget *budget);
void certs_free(struct certs **c);
size_t certs_memory(const struct certs *c);

/* Has auth.bruteforce opened for this client, server and account? */
bool windows_is_guess(const struct findings *f, const struct session *s, struct bytes account);
/* Rates what auth.cleartext said of refused logins of this account as guesses. */
void auth_rate_guesses(struct findings *f, struct session *s, struct bytes account);

/* This account was logged in to from other hosts before, and never from this client. */
bool account_is_new_here(const struct findings *f, const struct session *s);

struct tls_memory;
struct tls_memory *tls_memory_new(
	const struct findings_settings *set, struct table_budget *budget);
void tls_memory_free(struct tls_memory **m);
size_t tls_memory_size(const struct tls_memory *m);
void accents_init(struct table *t, struct table_budget *budget, size_t tracked);

void rhythms_init(struct table *t, struct table_budget *budget, size_t tracked);

void vrfy_services_init(struct table *t, struct table_budget *budget, size_t tracked);
/* Services and the domains they are responsible for, as their answers showed. */
void answerers_init(struct table *t, struct table_budget *budget, size_t tracked);
void answerers_add(struct findings *f, const struct session *s, struct bytes domain);

#define PAIR_MEMORY_SIZE 128 /* bytes of struct pair_memory, at most */

struct findings {
	struct findings_settings set;
	struct secrets *secrets;
	const char *(*input_name)(void *user, uint16_t input);
	void *input_user;
	struct findings_sink sink;
	struct net *trusted;
	size_t n_trusted;
	struct net *proxies;
	size_t n_proxies;
	bool own_domains; /* set.local_domains names some */

	struct records records;
	struct table_budget budget; /* of all the tables */
	struct map *words;          /* reasons put together at run time, by text */
	struct fstate *states;      /* those that are kept */
	struct fstate passing; /* of the session at hand, while it is not known to be kept */
	size_t state_bytes;
	struct windows *windows;
	struct services *services;
	struct accounts *accounts;
	struct tls_memory *tls;
	struct table accents; /* struct accent, rules_tls_client.c */
	struct certs *certs;
	struct table pairs;   /* struct pair_memory, rules_auth.c */
	struct table rhythms; /* struct rhythm, rules_rhythm.c */
	/* struct tries: VRFY and EXPN; recipients unknown, not relayed to, with a route */
	struct table askers, harvesters, probers, routers;
	/* … ETRN; back doors */
	struct table queuers, intruders;
	struct table vrfy_services; /* struct vrfy_service, rules_smtp_ask.c */
	struct table answerers;     /* rules_smtp_relay.c */
	struct table mail_hosts;    /* clients seen on usual mail ports, rules_proto.c */
	struct blocks *deeds;       /* of sessions, deeds.c */
	struct table habits;        /* of clients, deeds.c */
	const struct rule *
		*by_wake[32]; /* rules to call for each bit; NULL-ended, NULL: none */
};

/* for rules */

/*
 * A short token made of parts ("plain", "accepted" → "plain_accepted") that lives as long as
 * the engine. b may be NULL. Anything that is no letter or digit becomes '_', letters are
 * lowered. "other" when there are too many.
 */
const char *findings_word(struct findings *f, const char *a, const char *b);

bool findings_is_sensitive(const struct findings *f, struct bytes account);
bool findings_is_proxy(const struct findings *f, const struct endpoint *e);
/* Is it one of set.local_domains, or below one? */
bool findings_is_own_domain(const struct findings *f, struct bytes domain);

#endif
