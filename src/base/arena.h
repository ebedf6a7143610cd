/* Memory that is freed as a whole. */
#ifndef MS_BASE_ARENA_H
#define MS_BASE_ARENA_H

#include "base/bytes.h"

struct arena_chunk;
struct arena {
	struct arena_chunk *head;
	size_t used;  /* bytes handed out */
	size_t first; /* size of the first chunk in bytes; later ones double up to 64 KiB */
};

/* No allocation happens until the first byte is asked for. first_bytes 0: 256. */
void arena_init(struct arena *a, size_t first_bytes);
void arena_done(struct arena *a);
/* As arena_done, but everything is overwritten with zeros first. For credentials. */
void arena_wipe(struct arena *a);
/* Empties it, but keeps its largest chunk for what comes next. */
void arena_reset(struct arena *a);
/* Zeroed, aligned for any type; ends the program when memory is out. */
void *arena_get(struct arena *a, size_t n);
struct bytes arena_copy(struct arena *a, struct bytes in);
/* A copy with a NUL behind it. Bytes that are NUL inside stay; use for text made by us. */
char *arena_text(struct arena *a, struct bytes in);

/* malloc and friends that end the program instead of returning NULL: for small things of our
 * own. */
void *mem_get(size_t n); /* zeroed */
void *mem_grow(void *p, size_t n);
char *mem_text(const char *s);

#endif
