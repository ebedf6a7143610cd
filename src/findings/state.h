/*
 * What the rules remember of one connection beside the model's session: fed by every event
 * before the rules see it. Bounded, freed when there is nothing to remember or the session
 * ends.
 */
#ifndef MS_FINDINGS_STATE_H
#define MS_FINDINGS_STATE_H

#include "findings/record.h"

struct findings;

#define STATE_NAMES 4     /* account names shown without a secret */
#define STATE_COMMANDS 16 /* commands whose replies are awaited */
#define STATE_RISING 6    /* findings that get worse by what follows */
#define STATE_TEXT 79     /* bytes of what the server said */
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

struct sent { /* a command that is not answered */
	struct sent *next;
	uint64_t start; /* stream offset, client's direction */
	uint32_t len, id;
	bool answered; /* by the event at hand */
};

struct seen_name {
	struct bytes name;  /* in the arena */
	const char *source; /* static or findings_word() */
	struct place at;
};

struct surplus { /* plaintext where TLS was to begin */
	struct place at;
	char text[160];
	uint32_t octets;
	bool noise, grave, before_reply, told;
};

struct fstate_wire; /* rules_smtp_wire.c */

/* Of most sessions there is nothing to remember but the marks and the last command: those stand
 * in the session, and their state is not kept. */
struct fstate {
	struct fstate *prev, *next;
	struct session *session;
	size_t counted; /* bytes in findings.state_bytes */
	union {
		uint32_t marks; /* as session.findings_marks, while there is no state */
		struct {
			/* What most sessions have first: the rest is packed away. */
			bool odd_port_done : 1;
			/* Commands and replies. */
			bool good_acks : 1; /* a reply's segment acknowledged its command */
			bool desync : 1;    /* replies can no longer be matched with certainty
					     */
			bool hello_sent : 1;
			/* Logins. */
			bool auth_caps : 1;     /* CAPS were known, in clear, when the running
						   login began */
			bool auth_caps_tls : 1; /* … inside TLS */
			bool recoverable : 1;   /* a password or token was readable, in clear */
			bool login_unknown : 1; /* a login whose outcome was not seen */
			bool malformed_told : 1;
			/* STARTTLS. */
			bool stls_args : 1; /* the command had arguments */
			bool refused : 1, accepted : 1, mangled : 1, stripped_told : 1,
				late_told : 1, no_tls : 1;
			bool offer_gone : 1; /* STARTTLS was offered once, and is no more since
						several sessions */
			bool tls_hello : 1;  /* EHLO, CAPABILITY or CAPA inside TLS */
			bool tls_mail : 1;   /* MAIL accepted inside TLS */
			/* Identity of the protocol, capture. */
			/* TLS. */
			bool plain_port_told : 1, mismatch_told : 1, overread : 1;
			bool midstream_told : 1, http_done : 1;
			/* POP3. */
			bool quit_sent : 1;
		};
	};

	struct sent *sent; /* oldest first, at most STATE_COMMANDS */

	/* From here on zero when there is nothing more to remember. */
	uint32_t stls_id;     /* id of the STARTTLS command */
	uint32_t open_before; /* commands before it without a reply, at the go-ahead */
	uint32_t http_requests;
	uint8_t n_names, n_rising;
	struct arena arena; /* of what is pointed to here */

	/* Logins. AUTH, AUTHENTICATE, LOGIN, USER, APOP seen; packet 0: none. */
	struct place auth_begun;
	struct place tls_required; /* the server said that a login needs TLS */
	const char *tls_required_text;
	struct place id_named;   /* IMAP ID in clear that names a person */
	struct place malformed;  /* anomaly of a SASL exchange, not yet told by a login */
	struct seen_name *names; /* STATE_NAMES of them */
	struct bytes identity;   /* of the last accepted login */
	struct place identity_at;
	const char *qop;        /* of the last DIGEST-MD5 or GSSAPI login, or NULL */
	struct hit *ticket;     /* auth.gssapi.cleartext, waiting for what follows */
	struct record *success; /* auth.success_after_failures of this session */
	char *verbs;            /* commands after that login, STATE_VERBS bytes */

	/* STARTTLS. */
	struct rising *rising;      /* STATE_RISING of them */
	struct place secret, use;   /* first recoverable credential; first credential, MAIL or
				       login, in clear */
	struct surplus *surplus[2]; /* by direction, or NULL */
	struct hit
		*premature; /* starttls.premature_reply, waiting for a reply with a right ACK */

	struct fstate_wire *wire; /* octets that programs read differently; or NULL */

	/* Identity of the protocol, capture. */
	struct place http;
	const char *http_text;
	struct place overlap; /* first overlap that differs */
	struct record *overlap_record;
};

/*
 * The session's state for the length of one event; state_put() at its end keeps it when there
 * is anything to remember in it. state_drop() instead: the session is over.
 */
struct fstate *state_take(struct findings *f, struct session *s);
void state_put(struct findings *f, struct fstate *st);
void state_drop(struct findings *f, struct fstate *st);
/* Brings the state up to date with an event that it reads, before the rules. */
bool state_reads(enum event_type t);
void state_event(struct findings *f, struct fstate *st, const struct event *e);
/* … and with a login. */
void state_login(struct findings *f, struct fstate *st, const struct login *l);
/* The command that a reply with this id answers, or NULL. */
struct sent *state_sent(const struct fstate *st, uint32_t id);
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
