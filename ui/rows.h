/*
 * Records that one thread writes and others read while it does: an append-only array in chunks,
 * each record under a sequence number. The writer never waits; a reader that met a change in
 * the middle reads again.
 */
#ifndef MS_UI_ROWS_H
#define MS_UI_ROWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_CHUNK 1024u /* records */

struct rows_word;
struct rows {
	size_t record_bytes; /* a multiple of 8 */
	size_t max;          /* records at most */
	_Atomic(struct rows_word *) *chunks;
	atomic_size_t n;
	atomic_uint_fast64_t version; /* grows with every change */
};

void rows_init(struct rows *r, size_t record_bytes, size_t max);
void rows_done(struct rows *r);

/* The writer's. False when there are `max` already. */
bool rows_add(struct rows *r, const void *record, size_t *ret_index);
void rows_set(struct rows *r, size_t index, const void *record);

/* Anybody's. */
size_t rows_count(const struct rows *r);
uint64_t rows_version(const struct rows *r);
/* A copy of one record as it was at one moment. index is below rows_count(). */
void rows_get(const struct rows *r, size_t index, void *ret);

#endif
