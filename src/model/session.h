/*
 * What is known of a mail connection: the model's face to findings, sinks and screens, who only
 * read it. Strings are raw wire bytes in the session's arena unless said otherwise; sinks
 * escape them, and redact them with secrets_redact() where they are free text.
 */
#ifndef MS_MODEL_SESSION_H
#define MS_MODEL_SESSION_H

#include "base/arena.h"
#include "event/event.h"
#include "model/secret.h"
#include "stream/stream.h"

enum service {
	SERVICE_UNKNOWN,
	SERVICE_SMTP,
	SERVICE_SUBMISSION,
	SERVICE_SMTPS,
	SERVICE_LMTP,
	SERVICE_POP3,
	SERVICE_POP3S,
	SERVICE_IMAP,
	SERVICE_IMAPS,
};
const char *service_name(enum service s); /* "smtp" … as CONTRACT.md; "unknown" */

enum role {
	ROLE_UNKNOWN,
	ROLE_RELAY,
	ROLE_MX,
	ROLE_SUBMISSION,
	ROLE_ACCESS,
	ROLE_DELIVERY
}; /* FINDINGS.md 1.3 */
const char *role_name(enum role r);

enum verdict { /* CONTRACT.md, the STARTTLS verdict */
	VERDICT_NOT_OBSERVABLE,
	VERDICT_IMPLICIT,
	VERDICT_UPGRADED,
	VERDICT_UPGRADED_AFTER_USE,
	VERDICT_OFFERED_UNUSED,
	VERDICT_NOT_OFFERED,
	VERDICT_REFUSED,
	VERDICT_FAILED,
	VERDICT_STRIPPED,
};
const char *verdict_name(enum verdict v);

/* A capability list as received. Items as in ev_caps: SMTP/POP3 lines, IMAP atoms. */
struct caps {
	bool known;   /* unknown is not empty (FINDINGS.md 1.2) */
	bool preauth; /* received before any accepted login */
	uint8_t cover;
	struct bytes *items;
	size_t n;
	struct place at;
};
/* The item whose first word is `name` (case folded; IMAP: the atom, or its part before '='), or
 * NULL. */
const struct bytes *caps_find(const struct caps *c, const char *name);
/*
 * Is SASL mechanism `mech` offered: SMTP "AUTH … MECH" or "AUTH=MECH", POP3 "SASL … MECH", IMAP
 * "AUTH=MECH". Case folded.
 */
bool caps_offers(const struct caps *c, enum proto p, const char *mech);
bool caps_starttls(const struct caps *c, enum proto p); /* STARTTLS, POP3: STLS */

/* A login attempt, as told to listeners. Loans for the call. */
struct login {
	const struct ev_login *ev;
	unsigned secret_id; /* ordinal; 0 = no secret was shown */
	uint8_t cover;
	bool tls; /* inside TLS (then decrypted) */
};

struct email { /* valid UTF-8, decoded; in the message's arena */
	struct bytes message_id, date, from, subject;
	struct bytes *to, *cc, *received;
	size_t n_to, n_cc, n_received;
	bool cut; /* some field met its limit */
};

/* A message or part that was transferred. */
struct message {
	enum msg_via via;
	const char *command;
	struct bytes section, mailbox;
	bool whole, headers, complete, refused;
	uint64_t number, uid, size, gap_bytes;
	char sha256[65]; /* lower-case hex, or "" */
	struct email email;
	struct place begin, end;
	uint8_t cover;
	struct arena arena;
};

struct rcpt {
	struct bytes path;
	uint16_t code;
	bool accepted, known;
	struct rcpt *next;
};

struct transaction {
	uint32_t tx;
	struct bytes mail_from, mail_params;
	bool mail_known, mail_accepted;
	struct rcpt *rcpts; /* in order */
	struct rcpt *last_rcpt;
	uint32_t n_rcpts, n_accepted, n_refused,
		n_dropped;       /* dropped: over model_settings.rcpts */
	struct message *message; /* or NULL */
	enum tx_result result;
	uint16_t code;
	struct bytes reply;
	struct place begin, end;
	uint8_t cover;
	struct arena arena;
	struct transaction *next;
};

struct session {
	const struct flow *flow; /* endpoints, counters, times, input; always there */
	enum proto proto;
	const char *guess; /* name of what it is when proto is PROTO_OTHER (static), or NULL */
	enum service service;
	enum role role;
	enum verdict verdict;    /* kept up to date; final at session_end */
	const char *verdict_why; /* static, short: "mangled keyword", "offered in other
				    sessions" …; or NULL */
	bool tls;                /* TLS was established (or at least both hellos seen) */
	bool one_sided; /* payload of one direction only, while the other was acknowledged */

	struct bytes banner; /* greeting text, lines parted by CRLF */
	struct bytes server_name, client_name,
		software; /* software: ID, IMPLEMENTATION or what the greeting says */
	struct bytes client_software;
	const char *hello_verb; /* "EHLO" "HELO" "LHLO" or NULL */
	struct bytes apop;      /* timestamp of the greeting */
	enum reply_kind greeting_kind;
	uint16_t greeting_code;
	bool preauth;

	struct caps caps;       /* what the client knows now */
	struct caps caps_clear; /* the last list before TLS and before login, in clear */
	struct caps caps_tls;   /* the last list inside TLS, where visible */

	uint32_t commands, replies, logins, messages, transactions, anomalies, findings;
	uint32_t unknown_commands;
	uint8_t worst; /* enum severity of its worst finding, 0 = none (findings/finding.h) */

	/* Places that matter; packet 0 = it did not happen. */
	struct place first; /* first payload */
	struct place greeting;
	struct place hello, hello_reply; /* first EHLO/HELO/LHLO and its reply (the caps' line
					    if there was one) */
	struct place stls_requested, stls_accepted, stls_refused, stls_surplus[2],
		stls_premature, stls_no_tls;
	uint16_t stls_code;
	bool stls_before_reply;
	struct bytes stls_text;
	struct place tls_records[2], tls_client_hello, tls_server_hello, tls_established,
		tls_alert;
	uint16_t tls_version;
	bool tls_alert_fatal;
	uint8_t tls_alert_code;
	struct place use_clear; /* first AUTH/LOGIN/USER+PASS/APOP or MAIL, or accepted state,
				   in clear */
	struct place secret_clear; /* first recoverable secret (password, token) in clear */
	struct place mail_clear;   /* first MAIL in clear */
	struct place login_accepted;
	bool authenticated;
	bool login_pending;   /* a login command waits for its verdict: a list sent now may be
				 that of after the login */
	struct bytes user;    /* of the last accepted login, or of the last attempt */
	struct bytes mailbox; /* IMAP, selected; UTF-8 */
	bool given_up;        /* the dissector stopped: given_up_why, given_up_at */
	const char *given_up_why;
	struct place given_up_at;
	bool deflate, sasl_layer;
	struct place gap;           /* first one */
	uint64_t not_mail_bytes[2]; /* PROTO_OTHER: payload per direction */
	struct bytes head[2]; /* first bytes of each direction, up to model_settings.head_bytes,
				 when PROTO_OTHER/UNKNOWN */

	struct known_secrets *known; /* for secrets_redact() */
	struct transaction *open_tx; /* still going on */
	struct arena arena;
	void *findings_state; /* owned by the findings engine */
	void *sink_state;     /* owned by the transcript */
	bool ended;
};

#endif
