/* Which server software a greeting names: a few well-known words, never a guess from behaviour.
 */
#ifndef MS_MODEL_SOFTWARE_H
#define MS_MODEL_SOFTWARE_H

#include "base/bytes.h"

/* A static name ("Postfix", "Dovecot", "Exim 4.96" is "Exim"), or NULL. */
const char *software_of_banner(struct bytes banner);

#endif
