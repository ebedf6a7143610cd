/*
 * Secrets get an ordinal: equal secrets, equal numbers within a run, and nothing else can be
 * learnt from the number (FINDINGS.md 1.6). Kept are HMAC-SHA-256 values under a random key of
 * this run, never the secrets but for the last one.
 */
#ifndef MS_MODEL_SECRET_H
#define MS_MODEL_SECRET_H

#include "base/buf.h"
#include "event/event.h"

struct secrets;

/* reveal: secrets may be shown. max_secrets: distinct ones remembered; beyond it every new one
 * gets ordinal 0 ("<secret>"). */
struct secrets *secrets_new(bool reveal, size_t max_secrets);
void secrets_free(struct secrets **s);
bool secrets_reveal(const struct secrets *s);
size_t secrets_memory(const struct secrets *s); /* bytes */
/* 1, 2, …; 0 for an empty secret or when the table is full. */
unsigned secrets_ordinal(struct secrets *s, struct bytes secret);
/* Appends "<secret#3>", or the secret itself as it is (not escaped) when revealing. */
void secrets_put(struct secrets *s, struct buf *out, struct bytes secret);

/*
 * The secrets that one connection has shown, so that the same bytes turning up elsewhere in it
 * (a password typed again as a command, echoed in a reply) are hidden too. In memory of their
 * own, wiped.
 */
struct known_secrets;
void known_add(struct known_secrets **k, struct bytes secret);
void known_free(struct known_secrets **k);
size_t known_memory(const struct known_secrets *k);
/* May one of them stand in the text, or in a part of it? False: secrets_redact() would change
 * neither. */
bool known_in(const struct known_secrets *k, struct bytes text);

/*
 * Wire text made fit to be shown: masked parts become "<secret#N>", known secrets standing as
 * words of their own too (in plain and in base64). Not yet escaped: the sink's escaper comes
 * after. When revealing it is `in` unchanged. k may be NULL.
 */
void secrets_redact(struct secrets *s, const struct known_secrets *k, struct bytes in,
	const struct mask *masks, size_t n_masks, struct buf *out);

#endif
