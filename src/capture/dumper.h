/* Keeps raw packets (-w), as pcapng with nanoseconds. Nobody but the user may read the files:
 * packets hold passwords. */
#ifndef MS_CAPTURE_DUMPER_H
#define MS_CAPTURE_DUMPER_H

#include "base/err.h"
#include "packet/packet.h"

struct dumper_settings {
	uint64_t rotate_bytes; /* begin a new file after that many bytes; 0 never */
	int64_t rotate_ns;     /* … after that much packet time; 0 never */
	uint32_t keep;         /* files kept when rotating; 0 all */
	const char *bpf_note;  /* for the pcapng comment, or NULL */
};

struct dumper;
/*
 * Always writes pcapng (one interface block a link type and input; if_tsresol 9), so any mix
 * can be kept. With rotation the files are PATH, PATH.1, PATH.2 … in order of time, and the
 * oldest is removed once there are more than `keep`. An existing PATH is replaced. Returns 0 or
 * negative errno with text.
 */
int dumper_open(
	const char *path, const struct dumper_settings *s, struct dumper **ret, struct err *e);
/* 0, or negative errno (-ENOSPC: the disk is full) with the text; the file so far stays
 * readable. */
int dumper_add(struct dumper *d, const struct frame *f, struct err *e);
/* TLS secrets, as SSLKEYLOGFILE text, for the packets that are added after it: a decryption
 * secrets block. 0 or negative errno as dumper_add(). */
int dumper_secrets(struct dumper *d, struct bytes text, struct err *e);
/* What was added so far goes to the file, for those who read it meanwhile. 0 or negative errno
 * as dumper_add(). */
int dumper_flush(struct dumper *d, struct err *e);
/* Flushes and closes; the errors of the last bytes come out here. */
int dumper_close(struct dumper **d, struct err *e);

#endif
