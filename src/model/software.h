/* Which software a peer names in its texts: what they say, never a guess from behaviour. */
#ifndef MS_MODEL_SOFTWARE_H
#define MS_MODEL_SOFTWARE_H

#include "base/bytes.h"

/* A static name ("Postfix", "Dovecot", "Exim 4.96" is "Exim"), or NULL. */
const char *software_of_banner(struct bytes banner);

/* Parts of the text, or a static name. Each may be none. */
struct product {
	struct bytes name, version;
};
/*
 * "Exim 4.96 #2", "Cyrus IMAP v2.4.17", "Sendmail 8.14.4/8.14.4", "Service, Version: 6.0.3790":
 * the first word with a version behind it (FINDINGS.md 5.12). Protocols, dates and addresses
 * are no products. Both are none, or neither.
 */
struct product software_with_version(struct bytes text);
/* … else a well-known name without one. */
struct product software_named(struct bytes text);

#endif
