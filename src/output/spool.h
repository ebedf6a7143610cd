/*
 * Records on disk: what will be printed later need not wait in memory. An unlinked file of mode
 * 0600 in $TMPDIR (or /tmp), made when the first megabyte is full. Records of one owner are
 * chained backwards, so that an owner costs 8 bytes in memory.
 */
#ifndef MS_OUTPUT_SPOOL_H
#define MS_OUTPUT_SPOOL_H

#include "base/buf.h"
#include "base/err.h"

struct spool;

/* max_bytes: of the file at most; what comes later is refused and counted. */
struct spool *spool_new(uint64_t max_bytes);
void spool_free(struct spool **s);
/*
 * Keeps a copy. *chain (0 at first) becomes the number of this record. False when the limit is
 * met or the disk is full: the record is lost and counted; spool_err() says why.
 */
bool spool_put(struct spool *s, uint64_t *chain, struct bytes in);
/* Reads record `at` into out (cleared first). Returns the record before it in its chain, 0:
 * none. */
uint64_t spool_get(struct spool *s, uint64_t at, struct buf *out);
/*
 * The records of a chain, oldest first: *ret is an array to be freed by the caller, the result
 * its length. Large chains cost 8 bytes a record while they are listed.
 */
size_t spool_list(struct spool *s, uint64_t chain, uint64_t **ret);
uint64_t spool_bytes(const struct spool *s);
/* What waits in memory goes to the file. 0, or negative errno (then as spool_err()). */
int spool_flush(struct spool *s);
/*
 * For another thread: reads the same file by a descriptor and a cache of its own, up to what
 * spool_show() says; nothing can be put. NULL while there is no file: flush first.
 */
struct spool *spool_view(const struct spool *s);
/* The view may read the first so many bytes: no more than spool_bytes() was at a flush. */
void spool_show(struct spool *view, uint64_t bytes);
uint64_t spool_lost(const struct spool *s);
/* 0, or negative errno (-EFBIG: the limit) with a text for the user. */
int spool_err(const struct spool *s, struct err *e);

#endif
