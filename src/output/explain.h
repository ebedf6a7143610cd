/* `explain [TERM]`: what a command, reply code, response, capability or finding means. */
#ifndef MS_OUTPUT_EXPLAIN_H
#define MS_OUTPUT_EXPLAIN_H

#include "output/sink.h"

/*
 * Prints every meaning of `term` (any protocol, case folded; "MAIL FROM", "5.7.8",
 * "auth.cleartext"); NULL: what can be asked. width: columns, 0: 80. Returns 0, or -ENOENT with
 * the nearest terms in e when nothing has that name.
 */
int explain_print(struct out *o, const char *term, int width, struct err *e);

#endif
