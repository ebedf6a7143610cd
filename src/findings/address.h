/* What an envelope address says beside the mailbox: routes, and code for the server. */
#ifndef MS_FINDINGS_ADDRESS_H
#define MS_FINDINGS_ADDRESS_H

#include "base/bytes.h"

/* Behind the last @ of an address, or none. */
struct bytes address_domain(struct bytes path);
/*
 * A way over another host (RFC 5321 App. C, and what came before it): "source_route" @x:a@b,
 * "quoted" "a@b"@c, "several_at" a@b@c, "percent" a%b.c@d, "bang" b.c!a. NULL: none. Names that
 * lists and forwarders make (VERP, BATV, SRS) have none.
 */
const char *address_route(struct bytes path);
/*
 * Code for a server that does not look closely, in an address or another argument: "expansion"
 * ${run, "substitution" $( or two backticks, "shell" | or ; before a command, "traversal" ../,
 * "line_break" an encoded CR LF, "format" %n, "function" () {, "lookup" ${jndi:. NULL: none;
 * that | $ { ` & % are letters like others in a local part is heeded.
 */
const char *address_code(struct bytes in);

#endif
