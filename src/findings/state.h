/*
 * What the rules remember of one connection beside the model's session: fed by every event
 * before the rules see it. Made with the first event, bounded, freed when the session ends.
 */
#ifndef MS_FINDINGS_STATE_H
#define MS_FINDINGS_STATE_H

#include "findings/record.h"

struct findings;

#define STATE_NAMES 4     /* account names shown without a secret */
#define STATE_COMMANDS 16 /* commands whose replies are awaited */
#define STATE_RISING 6    /* findings that get worse by what follows */
#define STATE_VERBS 120   /* bytes of the verbs after a login */

/* What makes a finding worse later in the same connection. */
enum rise {
	RISE_SECRET = 1 /* a recoverable credential in clear */,
	RISE_USE = 2 /* any credential, MAIL, or login in clear */
};

struct rising {
	struct record *record;
	enum severity to;
	unsigned on; /* RISE_… */
};

struct sent { /* a command */
	uint32_t id;
	uint64_t start, end; /* stream offsets, client's direction */
	bool answered;
};

struct seen_name {
	struct bytes name;  /* in the arena */
	const char *source; /* static or findings_word() */
	struct place at;
};

struct fstate {
	struct fstate *prev, *next;
	struct session *session;
	struct arena arena;

	/* Commands and replies. */
	struct sent sent[STATE_COMMANDS];
	uint8_t sent_at;    /* where the next goes */
	uint32_t good_acks; /* replies whose segment acknowledged their command */
	bool desync;        /* replies can no longer be matched with certainty */

	/* Logins. */
	bool auth_caps;     /* CAPS were known, in clear, when the running login began */
	bool auth_caps_tls; /* … inside TLS */
	bool hello_sent;
	/* AUTH, AUTHENTICATE, LOGIN, USER, APOP seen; packet 0: none. */
	struct place auth_begun;
	struct place tls_required; /* the server said that a login needs TLS */
	char tls_required_text[80];
	bool recoverable;   /* a password or token was readable, in clear */
	bool login_unknown; /* a login whose outcome was not seen */
	bool malformed_told;
	struct place id_named;  /* IMAP ID in clear that names a person */
	struct place malformed; /* anomaly of a SASL exchange, not yet told by a login */
	struct seen_name names[STATE_NAMES];
	uint8_t n_names;
	struct bytes identity; /* of the last accepted login, in the arena */
	struct place identity_at;
	const char *qop;         /* of the last DIGEST-MD5 or GSSAPI login, or NULL */
	struct hit *ticket;      /* auth.gssapi.cleartext, waiting for what follows */
	struct record *success;  /* auth.success_after_failures of this session */
	char verbs[STATE_VERBS]; /* commands after that login */

	/* STARTTLS. */
	struct rising rising[STATE_RISING];
	uint8_t n_rising;
	struct place secret, use; /* first recoverable credential; first credential, MAIL or
				     login, in clear */
	bool stls_args;           /* the command had arguments */
	uint32_t stls_id;         /* id of the command */
	uint32_t open_before;     /* commands before it without a reply, at the go-ahead */
	bool refused, accepted, mangled, stripped_told, late_told, no_tls;
	bool offer_gone; /* STARTTLS was offered once, and is no more since several sessions */
	struct {
		struct place at;
		char text[160];
		uint32_t octets;
		bool noise, grave, before_reply, told;
	} surplus[2]; /* plaintext where TLS was to begin, by direction */
	struct hit
		*premature; /* starttls.premature_reply, waiting for a reply with a right ACK */
	bool tls_hello;     /* EHLO, CAPABILITY or CAPA inside TLS */
	bool tls_mail;      /* MAIL accepted inside TLS */

	/* Identity of the protocol, capture. */
	bool odd_port_done, midstream_told, http_done;
	uint32_t http_requests;
	struct place http;
	char http_text[120];
	struct place overlap; /* first overlap that differs */
	struct record *overlap_record;
};

/* The session's state, made when it is not there. */
struct fstate *state_get(struct findings *f, struct session *s);
void state_free(struct findings *f, struct fstate **st);
/* Brings the state up to date with an event, before the rules. */
void state_event(struct findings *f, struct fstate *st, const struct event *e);
/* … and with a login. */
void state_login(struct findings *f, struct fstate *st, const struct login *l);
/* r gets worse when what `on` says follows. At once, when it has already happened and `after`
 * (may be NULL) came before it. */
void state_rising(
	struct findings *f, struct fstate *st, struct record *r, unsigned on, enum severity to);

/* AUTH AUTHENTICATE LOGIN USER PASS APOP. */
bool state_auth_verb(const char *verb);
/* In plain sight: not inside of TLS. */
bool state_login_clear(const struct login *l);
/* A password or token that can be used as it is was shown. */
bool state_recoverable(const struct login *l);
/* What is missing cannot be told from what was not seen: no finding may rest on absence. */
bool state_partial(const struct session *s);

#endif
