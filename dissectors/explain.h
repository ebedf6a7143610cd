/* What a word of the dialogue means, for people: the rows of explain.tsv, compiled in. */
#ifndef MS_DISSECTORS_EXPLAIN_H
#define MS_DISSECTORS_EXPLAIN_H

#include "base/bytes.h"

struct explain_row {
	const char *protocol; /* "SMTP" "LMTP" "POP3" "IMAP" "SASL" "TLS" "HEADER" … */
	const char *token;
	const char *kind; /* "command" "keyword" "reply" … as in the table */
	const char *text;
	const char *reference;
};

extern const struct explain_row explain_rows[];
extern const size_t explain_count;

/* The row for a token (case folded); kind NULL: any. An LMTP token falls back to SMTP. NULL
 * when there is none. */
const struct explain_row *explain_find(
	const char *protocol, struct bytes token, const char *kind);
/* Calls put for every row whose token is `term` (any protocol, case folded); returns how many.
 */
size_t explain_all(
	struct bytes term, void (*put)(void *user, const struct explain_row *row), void *user);

#endif
