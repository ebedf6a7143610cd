/* The interfaces of this machine, and why capturing from them is refused. */
#ifndef MS_CAPTURE_INTERFACES_H
#define MS_CAPTURE_INTERFACES_H

#include "base/buf.h"

/* "eth0, lo, any", for the text of an unknown one. */
void interfaces_names(struct buf *out);
/* Is there one of that name? ("any" counts; what libpcap knows besides network devices too.) */
bool interfaces_known(const char *name);
/* Is it there, but switched off? */
bool interfaces_down(const char *name);
/* The clocks that can stamp its packets, by libpcap's names: "host, adapter". Nothing when
 * that is not known. */
void interfaces_clocks(const char *name, struct buf *out);
/* The commands that would allow capturing: "sudo setcap … /path/of/this/program". */
void interfaces_permission(struct buf *out);

#endif
