/*
 * What is remembered of one session, written short: most sessions have few of these, and a
 * million of them are open at once. Places are kept as differences and in as few octets as they
 * take (14 instead of 40), equal ones once; texts and words stand between them.
 */
#ifndef MS_MODEL_FACTS_H
#define MS_MODEL_FACTS_H

#include "event/event.h"

enum fact {
	/* Places. The first time that it happened, unless something else is said. */
	AT_FIRST,       /* first payload */
	AT_GREETING,    /* the server's first words */
	AT_HELLO_REPLY, /* the answer to EHLO, HELO or LHLO, whatever it says */
	AT_STLS_REQUESTED,
	AT_STLS_ACCEPTED,
	AT_STLS_REFUSED,
	AT_TLS_RECORDS_C2S,
	AT_TLS_RECORDS_S2C,
	AT_TLS_CLIENT_HELLO,
	AT_TLS_SERVER_HELLO,
	AT_TLS_ESTABLISHED,
	AT_TLS_ALERT,
	AT_USE_CLEAR,    /* AUTH/LOGIN/USER+PASS/APOP or MAIL, or accepted state, in clear */
	AT_SECRET_CLEAR, /* a recoverable secret (password, token) in clear */
	AT_MAIL_CLEAR,   /* MAIL in clear */
	AT_LOGIN_ACCEPTED,
	AT_GAP,
	AT_GIVEN_UP,   /* the dissector stopped; WORD_GIVEN_UP says why */
	AT_CAPS_CLEAR, /* session.caps_clear; the last */
	AT_CAPS_TLS,   /* session.caps_tls; the last */
	AT_DNS_NAME,   /* the answer of TEXT_DNS_NAME */

	/* Texts: raw wire bytes unless something else is said. The last that was given. */
	TEXT_CLIENT_NAME,     /* of EHLO, HELO, LHLO */
	TEXT_CLIENT_SOFTWARE, /* ID */
	TEXT_SERVER_SOFTWARE, /* ID, IMPLEMENTATION; see session_software() */
	TEXT_USER,            /* of the last accepted login, or of the last attempt */
	TEXT_MAILBOX,         /* IMAP, selected; UTF-8 */
	TEXT_HEAD_C2S,        /* first line, cut, when PROTO_OTHER/UNKNOWN */
	TEXT_HEAD_S2C,
	TEXT_ALPN,     /* chosen, in TLS */
	TEXT_DNS_NAME, /* the client asked DNS for it and got the server's address (model/dns.h)
			*/
	TEXT_PROXIED,  /* a struct ev_proxy that is believed; see session_proxied() */

	/* Static text of our own. */
	WORD_GUESS, /* name of what it is when it is PROTO_OTHER */
	WORD_GIVEN_UP,

	FACTS,
	FACTS_AT_END = TEXT_CLIENT_NAME,
};

struct facts {
	uint8_t *p;
	uint64_t n : 24;   /* octets at p */
	uint64_t has : 40; /* a bit for each enum fact */
	int64_t base_ns;   /* times of places are counted from that of the first one */
};

void facts_done(struct facts *f);
/* n and has were kept elsewhere, as they are now, with the octets at `from`. */
void facts_copy(struct facts *f, const uint8_t *from);
static inline bool
facts_has(const struct facts *f, enum fact k)
{
	return f->has >> k & 1;
}

/* Remembers a place; one that is there stays. */
void facts_first(struct facts *f, enum fact k, const struct place *at);
/* … instead of the one before, if any. */
void facts_last(struct facts *f, enum fact k, const struct place *at);
/* No place (packet 0) when it did not happen. */
struct place facts_at(const struct facts *f, enum fact k);

/* Remembers a copy, instead of the one before; empty text: forgets. */
void facts_put(struct facts *f, enum fact k, struct bytes text);
/* A loan until the next change of any fact; none: n == 0. */
struct bytes facts_text(const struct facts *f, enum fact k);

/* word: static, or NULL. */
void facts_name(struct facts *f, enum fact k, const char *word);
const char *facts_word(const struct facts *f, enum fact k);

#endif
