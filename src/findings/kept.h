/* What a record keeps: its memory, and the evidence in it. Private to records. */
#ifndef MS_FINDINGS_KEPT_H
#define MS_FINDINGS_KEPT_H

#include "findings/record.h"

/* One piece of evidence, as it is kept. */
struct kept_clue {
	struct kept_clue *next;
	struct place at;
	uint16_t n, room;
	uint8_t text[];
};

/* Bytes that n take of the room behind a record. */
size_t kept_size(size_t n);
/* Memory of r, zeroed: behind it as long as there is room, else elsewhere and counted. */
void *kept_get(struct records *all, struct record *r, size_t n);
/* p, of n bytes, may be NULL. */
void kept_free(struct records *all, const struct record *r, void *p, size_t n);

/* Bytes of a clue whose text has n. */
size_t kept_clue_size(size_t n);
/* One more, if there may be. */
void kept_clue(struct records *all, struct record *r, const struct clue *c);
/* Of an occurrence: all of the first one, the main piece of the next two, and of the last. */
void kept_evidence(struct records *all, struct record *r, const struct hit *h);
void kept_free_clues(struct records *all, struct record *r);

#endif
