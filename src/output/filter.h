/*
 * -F 'EXPR': proto == imap && user ~ "bob" && severity >= high. The same language in the CLI
 * and the UI.
 *
 *   expr   := or ; or := and ("||" and)* ; and := not ("&&" not)* ; not := "!" not | "(" expr
 * ")" | test test   := field op value | field            (a field alone: true when it is set /
 * not zero) op     := == != < <= > >= ~ (contains, case folded) !~ ; also "and" "or" "not"
 *   value  := word | number with unit (k M G, s m h) | "string with \" and \\"
 *
 * Fields are rows of a table: name, type, what it means, getter over a session (and its worst
 * finding, its logins …).
 */
#ifndef MS_OUTPUT_FILTER_H
#define MS_OUTPUT_FILTER_H

#include "base/err.h"
#include "findings/finding.h"

struct filter;
/* NULL with text in e: position of the error, what was expected, and for an unknown field the
 * nearest names. */
struct filter *filter_parse(const char *text, struct err *e);
void filter_free(struct filter **f);
bool filter_match(const struct filter *f, const struct session *s);

struct filter_field {
	const char *name, *help;
	const char *const *values; /* for completion, ends with NULL; or NULL */
};
/* For help and completion; ends with name NULL. */
const struct filter_field *filter_fields(void);

#endif
