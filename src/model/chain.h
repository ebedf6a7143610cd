/*
 * Chains of certificates as they were sent, each read once however many sessions show it, with
 * what was found out about it: whom it may belong to, and who vouches for it.
 */
#ifndef MS_MODEL_CHAIN_H
#define MS_MODEL_CHAIN_H

#include "base/buf.h"
#include "dissectors/tls/cert.h"
#include "event/event.h"
#include "model/shared.h"

struct chain_memo;

/* Lives as long as a session holds it. */
struct chain {
	const struct cert *const *certs; /* as sent: the first is the peer's own */
	uint32_t n;                      /* 0: the first one cannot be read */
	uint32_t unread;                 /* behind those: cannot be read, or over cert_limits */
	bool ordered; /* each is followed by the one that issued it (RFC 5246 7.4.2, RFC 8446
			 4.4.2 is milder) */
	struct chain_memo *memo; /* of trust.c and chain_match() */
};

/* The peer's own certificate, or NULL. */
static inline const struct cert *
chain_leaf(const struct chain *c)
{
	return c && c->n ? c->certs[0] : NULL;
}

/* The chains of a model. kept_bytes: of those that no session has any more. */
struct shared *chain_table(size_t kept_bytes);
/*
 * The chain of a TLS_CERTIFICATES event, held for the caller: shared_drop(). NULL when it holds
 * no certificate at all. key: to build it in. lim NULL: the defaults.
 */
const struct chain *chain_get(struct shared *table, struct buf *key, const struct ev_tls *e,
	const struct cert_limits *lim);

enum chain_match {
	MATCH_UNKNOWN, /* no name to compare with, or no certificate */
	MATCH_YES,     /* a subject alternative name (RFC 9525 6.3) */
	MATCH_CN,      /* only the common name: RFC 6125 6.4.4 allowed it, RFC 9525 does not */
	MATCH_NO,
};
const char *chain_match_name(enum chain_match m); /* "yes" "cn_only" "no"; "unknown" */
/* Is the chain's certificate for this host name, or for this address in text? */
enum chain_match chain_matches(const struct chain *c, struct bytes name);

enum trust_verdict {
	TRUST_UNKNOWN, /* nothing is known to trust, or nothing to judge: not assessable */
	TRUST_OK,      /* leads to a root; whether all are valid at the time is not in this */
	TRUST_SELF_SIGNED, /* the peer's own certificate vouches for itself */
	TRUST_UNKNOWN_ISSUER,
	TRUST_MISSING_INTERMEDIATE, /* the peer sent its own certificate alone */
	TRUST_BAD_SIGNATURE,
	TRUST_NOT_A_CA,
	TRUST_PATH_LEN,
	TRUST_OTHER,
};
const char *trust_verdict_name(enum trust_verdict v); /* "unknown_issuer" … */
const char *trust_verdict_text(enum trust_verdict v); /* for people */

struct chain_trust {
	uint8_t verdict;  /* enum trust_verdict */
	bool public_root; /* TRUST_OK: the root is one of the system's, not of --ca */
	bool outdated;    /* a certificate of the path was not valid at that time */
	uint8_t depth;    /* of the certificate in question; 0 is the peer's own */
};

struct chain_memo { /* the answers given last */
	int64_t day;
	struct chain_trust trust;
	bool judged;
	uint8_t match;
	uint8_t name_n;
	char name[255]; /* RFC 1035 2.3.4; longer ones are compared each time */
};

#endif
