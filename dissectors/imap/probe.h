/* Is this IMAP? FINDINGS.md 1.4. */
#ifndef MS_DISSECTORS_IMAP_PROBE_H
#define MS_DISSECTORS_IMAP_PROBE_H

#include "dissectors/dissector.h"

/* dissector.probe */
int imap_probe(enum dir d, struct bytes head, bool whole_stream);

#endif
