/*
 * What is known of a mail connection: the model's face to findings, sinks and screens, who only
 * read it. Strings are raw wire bytes unless said otherwise; sinks escape them, and redact them
 * with secrets_redact() where they are free text.
 *
 * A million of these are open at once: what only some sessions have is read through
 * session_at(), session_text() and session_word() (model/facts.h), what many have alike (the
 * greeting, capability lists) is shared.
 */
#ifndef MS_MODEL_SESSION_H
#define MS_MODEL_SESSION_H

#include "base/arena.h"
#include "event/event.h"
#include "model/caps.h"
#include "model/facts.h"
#include "model/secret.h"
#include "model/software.h"
#include "model/tls.h"
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

enum verdict_why { /* what led to the verdict, where that is not plain */
	WHY_NONE,
	WHY_NO_ANSWER,
	WHY_UNASKED,
	WHY_OVERWRITTEN,
	WHY_HELO,
	WHY_NO_LIST,
	WHY_OFFERED_ELSEWHERE,
};
/* "the keyword was overwritten"; NULL for WHY_NONE. */
const char *verdict_why_text(enum verdict_why w);

/* What a server says first. Shared by its sessions. */
struct greeting {
	struct bytes banner;      /* text, lines parted by CRLF */
	struct bytes server_name; /* none when it does not begin with one */
	struct bytes apop;        /* POP3: the timestamp */
	const char *software;     /* a well-known name in it, static; or NULL */
	struct product product;   /* what it calls itself */
};

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
	bool whole, headers, peek, complete, refused;
	uint64_t number, uid, size, gap_bytes;
	char sha256[65]; /* lower-case hex, or "" */
	struct email email;
	struct place begin, end;
	uint8_t cover;
	struct arena arena;
};

enum exchange { /* of a recipient's domain, says DNS */
	EXCHANGE_UNKNOWN,
	EXCHANGE_HERE,      /* the server is one */
	EXCHANGE_ELSEWHERE, /* all of them are known, and it is none */
};

struct rcpt {
	struct bytes path;
	uint16_t code;
	bool accepted, known;
	enum exchange exchange;
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
	const struct flow *flow;         /* endpoints, counters, times, input; always there */
	const struct greeting *greeting; /* an empty one before it came */
	/* Capability lists; not known when there was none. */
	const struct caps *caps;       /* what the client knows now */
	const struct caps *caps_clear; /* the last list before TLS and before login, in clear */
	const struct caps *caps_tls;   /* the last list inside TLS, where visible */
	struct facts facts;            /* places that matter, names, texts */

	enum proto proto : 4;
	enum service service : 4;
	enum role role : 4;
	enum verdict verdict : 4; /* kept up to date; final at session_end */
	uint8_t worst; /* enum severity of its worst finding, 0 = none (findings/finding.h) */
	enum verdict_why why : 8;

	bool tls : 1; /* TLS was established (or at least both hellos seen) */
	bool tls_alert_fatal : 1;
	bool one_sided : 1; /* payload of one direction only, while the other was acknowledged
			     */
	bool preauth : 1;   /* IMAP PREAUTH */
	bool implicit_tls : 1; /* TLS from the first byte, whatever was seen inside */
	bool helo : 1;         /* the last hello was HELO, which asks for no list */
	bool authenticated : 1;
	bool login_pending : 1; /* a login command waits for its verdict: a list sent now may be
				   that of after the login */
	bool in_transaction : 1; /* mail is on its way */
	bool deflate : 1, sasl_layer : 1;
	bool given_up : 1; /* the dissector stopped: WORD_GIVEN_UP, AT_GIVEN_UP */
	bool ended : 1;
	bool mx : 1;          /* the server is an exchange of a recipient's domain, says DNS */
	uint8_t published;    /* PUBLISHED_… (model/published.h) */
	uint16_t tls_version; /* of the ServerHello */
	uint16_t proxy_bytes; /* of a PROXY header before the client's first byte */
	uint32_t messages;

	/* What every session has comes first in its pair: a pair is packed without the zeros at
	 * its end. */
	uint32_t commands, logins;
	uint32_t replies, transactions;
	/* The findings engine's own, of most sessions all: marks, and a command without a reply
	 * (zeros: none). */
	uint32_t findings_marks, findings_id;
	uint64_t findings_start;
	uint32_t findings, findings_len, anomalies;

	struct tls_seen *tls_seen;   /* NULL: no TLS */
	struct known_secrets *known; /* for secrets_redact(); or NULL */
	struct work *work;    /* transactions and messages on their way, the model's own */
	void *findings_state; /* owned by the findings engine */
	void *findings_deeds; /* … too: struct pop3_deeds and its like */
	void *sink_state;     /* owned by the transcript */
};

static inline bool
session_has(const struct session *s, enum fact k)
{
	return facts_has(&s->facts, k);
}

static inline struct place
session_at(const struct session *s, enum fact k)
{
	return facts_at(&s->facts, k);
}
/* … as a pointer, for the rest of the block. */
#define SESSION_AT(s, k) ((const struct place[]){session_at(s, k)})

/* A loan until the session changes. */
static inline struct bytes
session_text(const struct session *s, enum fact k)
{
	return facts_text(&s->facts, k);
}

static inline const char *
session_word(const struct session *s, enum fact k)
{
	return facts_word(&s->facts, k);
}

/*
 * What a PROXY header says of the connection; `known` is false where there is none, where it
 * names nobody, or where the server took it for a command. A claim of its sender: src is the
 * client for whoever counts clients, the flow keeps the ends of its packets.
 */
struct ev_proxy session_proxied(const struct session *s);
/* The client behind the proxy, if one is named, else that of the packets. */
struct endpoint session_client(const struct session *s);
/* The proxy, which is the client of the packets; family 0: there is none. */
struct endpoint session_via(const struct session *s);
/* The transaction with this number, while it is on its way; NULL: there is none. */
const struct transaction *session_transaction(const struct session *s, uint32_t tx);

/* The guess when it is PROTO_OTHER and there is one, else proto_name(). */
const char *session_protocol(const struct session *s);
/* What the server calls itself by ID or IMPLEMENTATION, else what its greeting names. */
struct bytes session_software(const struct session *s);

#endif
