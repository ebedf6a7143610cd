/*
 * Words that the user wants to be told of, from files: one a line, maybe a label behind it, #
 * begins a comment. Upper and lower case are the same.
 */
#ifndef MS_FINDINGS_WORDLIST_H
#define MS_FINDINGS_WORDLIST_H

#include "base/bytes.h"
#include "base/err.h"

enum wordlist_kind {
	/* Keys known to be broken: SHA-256 of the SubjectPublicKeyInfo in hex, or the last 20
	 * hex digits of SHA-1 of "Modulus=…\n" as in Debian's openssl-blacklist
	 * (CVE-2008-0166). */
	WORDLIST_KEYS,
	/* Fingerprints of TLS clients: JA3 or JA4. */
	WORDLIST_FINGERPRINTS,
};

struct wordlist;
struct wordlist *wordlist_new(enum wordlist_kind kind);
/* NULL is fine. */
void wordlist_free(struct wordlist **l);
/* Adds what stands in the file. Returns 0, or a negative errno and the cause in e. */
int wordlist_read(struct wordlist *l, const char *path, struct err *e);
/* The label of a word ("" without one), or NULL: it is not listed, or l is NULL. */
const char *wordlist_find(const struct wordlist *l, struct bytes word);
size_t wordlist_count(const struct wordlist *l);

#endif
