/* What the RFCs say about IMAP commands and responses: tables. */
#ifndef MS_DISSECTORS_IMAP_VERBS_H
#define MS_DISSECTORS_IMAP_VERBS_H

#include "base/bytes.h"

/* RFC 9051 section 3. */
enum imap_when {
	IMAP_NOT_AUTH = 1,
	IMAP_AUTH = 2,
	IMAP_SELECTED = 4,
	IMAP_LOGOUT = 8,
	IMAP_ANY = 15,
	IMAP_IN = IMAP_AUTH | IMAP_SELECTED, /* logged in */
};

/* Those that change what follows; the others are just named. */
enum imap_verb_id {
	IMAP_OTHER,
	IMAP_AUTHENTICATE,
	IMAP_CAPABILITY,
	IMAP_CLOSE,
	IMAP_COMPRESS,
	IMAP_FETCH, /* FETCH, UID FETCH and what else is answered by FETCH responses */
	IMAP_ID,
	IMAP_IDLE,
	IMAP_LOGIN,
	IMAP_SELECT,
	IMAP_STARTTLS,
	IMAP_STORE_MESSAGE, /* APPEND REPLACE: literals are messages */
	IMAP_UNAUTHENTICATE,
};

#define IMAP_WORDS 3

struct imap_verb {
	const char *name; /* canonical; two words for those with UID */
	enum imap_verb_id id;
	unsigned when; /* enum imap_when: where it is allowed */
	uint8_t words; /* arguments that are kept: 0..IMAP_WORDS */
	uint8_t skip;  /* arguments before those */
	bool deed;     /* its answer is told as EV_DEED */
	bool secret;   /* its arguments may hold a secret */
};

/*
 * Reads the verb off *rest (behind the tag and its space), one or two words; *rest is then what
 * follows it. NULL: not known, and *rest stands behind the first word.
 */
const struct imap_verb *imap_verb_find(struct bytes *rest);
/* "FETCH" "EXISTS" "CAPABILITY" …: is it the name of an untagged response? */
bool imap_response_known(struct bytes name);

#endif
