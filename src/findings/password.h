/* Is a password weak? FINDINGS.md auth.password.weak, NIST SP 800-63B. Says which rules it
 * breaks, and nothing else of it. */
#ifndef MS_FINDINGS_PASSWORD_H
#define MS_FINDINGS_PASSWORD_H

#include "base/bytes.h"

enum {
	WEAK_SHORT = 1,   /* fewer characters than the minimum */
	WEAK_COMMON = 2,  /* one of the most used ones */
	WEAK_ACCOUNT = 4, /* is or holds the account, its local part, its domain, or one of them
			     reversed */
	WEAK_DIGITS = 8,  /* only digits, fewer than 12 */
	WEAK_RUN = 16,    /* one character repeated, or a sequence */
	WEAK_DATE = 32,   /* season, month or "password" with a year */
};

/* min_len in characters (UTF-8). 0: none of these. */
unsigned password_weak(struct bytes password, struct bytes account, unsigned min_len);
/* "short+common" of these flags, in `out`. */
#define PASSWORD_RULES 64
char *password_rules(unsigned weak, char out[PASSWORD_RULES]);

#endif
