/* What the files of rules on TLS share. */
#ifndef MS_FINDINGS_RULES_TLS_H
#define MS_FINDINGS_RULES_TLS_H

#include "findings/text.h"

/* People log in there. */
static inline bool
tls_users(const struct session *s)
{
	return s->role == ROLE_ACCESS || s->role == ROLE_SUBMISSION;
}

/* The first hello of a connection: what was asked for anew has other extensions. */
bool tls_first_hello(const struct session *s, const struct wake *w);
/* Traits of the suite that was chosen, SUITE_…; 0: not known. */
unsigned tls_chosen(const struct session *s);
/* "TLS_RSA_WITH_RC4_128_SHA (0x0005)"; returns out. */
#define TLS_SUITE_TEXT 80
char *tls_suite_words(const struct session *s, char out[TLS_SUITE_TEXT]);
/* Both hellos, as far as they were seen; the second one stands for the occurrence. */
void tls_clues(struct hit *h, const struct session *s);

#endif
