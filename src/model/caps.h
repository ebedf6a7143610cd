/* Capability lists as servers sent them, each kept once however many sessions have seen it. */
#ifndef MS_MODEL_CAPS_H
#define MS_MODEL_CAPS_H

#include "event/event.h"
#include "model/shared.h"

enum caps_bit {
	CAPS_STARTTLS = 1,      /* STARTTLS, POP3: STLS */
	CAPS_LOGINDISABLED = 2, /* IMAP */
	CAPS_USER = 4,          /* POP3 */
	CAPS_AUTH = 8,          /* a line AUTH, whatever it names */
	CAPS_MANGLED = 16,      /* SMTP: a word that STARTTLS was overwritten with */
	/* SASL mechanisms: SMTP "AUTH PLAIN LOGIN" or "AUTH=…", POP3 "SASL …", IMAP "AUTH=…" */
	CAPS_MECH = 32, /* any */
	CAPS_PLAIN = 1 << 6,
	CAPS_LOGIN = 1 << 7,
	CAPS_XOAUTH2 = 1 << 8,
	CAPS_OAUTHBEARER = 1 << 9,
	CAPS_CRAM_MD5 = 1 << 10,
	CAPS_DIGEST_MD5 = 1 << 11,
	CAPS_NTLM = 1 << 12,
	CAPS_KERBEROS_V4 = 1 << 13,
	CAPS_SKEY = 1 << 14,
	CAPS_OTP = 1 << 15,
	CAPS_SECURID = 1 << 16,
	CAPS_GSSAPI = 1 << 17,
	CAPS_SCRAM = 1 << 18,      /* any SCRAM-… */
	CAPS_SCRAM_PLUS = 1 << 19, /* any SCRAM-…-PLUS */
	/* SMTP */
	CAPS_XCLIENT = 1 << 20, /* or XFORWARD */
	CAPS_PIPELINING = 1 << 21,
	CAPS_CHUNKING = 1 << 22,
};

/* Items as in ev_caps: SMTP/POP3 lines, IMAP atoms. */
struct caps {
	bool known;   /* unknown is not empty (FINDINGS.md 1.2) */
	bool preauth; /* received before any accepted login */
	uint8_t cover;
	uint8_t proto; /* enum proto: what the items are read as */
	uint32_t bits; /* CAPS_… */
	const struct bytes *items;
	size_t n;
	struct bytes text;    /* the items with ", " between them */
	struct bytes mechs;   /* the SASL mechanisms, each once, with blanks between them */
	uint64_t rest, order; /* digests of all items but STARTTLS: equal whatever their order,
				 and only in the same order */
};

extern const struct caps caps_unknown;

static inline bool
caps_has(const struct caps *c, uint32_t any)
{
	return c->bits & any;
}

/* The name of a mechanism that has a bit of its own; NULL: it has none. */
const char *caps_mechanism_name(enum caps_bit bit);
/* Walks the mechanisms of a list; start with *pos = 0 and *rest = none. False at the end. */
bool caps_mechanism(const struct caps *c, size_t *pos, struct bytes *rest, struct bytes *ret);

/* The lists of a model. kept_bytes: of those that no session has any more. */
struct shared *caps_table(size_t kept_bytes);
/* The list of an event, held for the caller: shared_drop(). max: items kept. key: to build it
 * in. */
const struct caps *caps_get(struct shared *table, struct buf *key, const struct ev_caps *e,
	size_t max, enum proto p, enum cover cover, bool preauth);

#endif
