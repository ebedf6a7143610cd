/* Words for evidence: capability lists, logins and their verdicts, without their secrets. */
#ifndef MS_FINDINGS_TEXT_H
#define MS_FINDINGS_TEXT_H

#include "findings/engine.h"

/* The command that gave the list and what its lines begin with. */
const char *text_caps_source(enum proto p);
const char *text_starttls_word(enum proto p);

/* "plain", "user_pass", "imap_login", "cram_md5"; "other" for a mechanism not known by name.
 * Static. */
const char *text_mechanism_token(const struct ev_login *ev, enum proto p);
/* "accepted" "rejected" "unknown" (FINDINGS.md 1.2); a mailbox in use counts as accepted. */
const char *text_verdict_token(const struct ev_login *ev);
/* Adds what proves a login: the list that was offered, the credential (the main piece), the
 * verdict. */
void text_login(
	struct findings *f, struct hit *h, const struct fstate *st, const struct login *l);
/* "STARTTLS was offered; mechanisms offered: PLAIN LOGIN" or what can be said instead. */
void text_offer_note(struct hit *h, const struct session *s);

/* Keeps as much as fits in `max` bytes, NUL included. */
void text_keep(char *out, size_t max, struct bytes in);

/* Did a come before b? By packets of one input, else by time. False when one of them is not on
 * the wire. */
bool text_before(const struct place *a, const struct place *b);
/* Had the sender of `later` received `earlier` (of the other direction)? By acknowledgment; by
 * time when that is not known. */
bool text_had_seen(const struct place *later, const struct place *earlier);

#endif
