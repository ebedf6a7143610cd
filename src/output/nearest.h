/* "did you mean": the names nearest to a word that is not one of them. */
#ifndef MS_OUTPUT_NEAREST_H
#define MS_OUTPUT_NEAREST_H

#include "base/buf.h"

#define NEAREST_MAX 3
struct nearest {
	struct bytes word; /* borrowed */
	size_t n;
	struct {
		const char *name; /* borrowed from nearest_offer() */
		unsigned distance;
	} best[NEAREST_MAX];
};

void nearest_init(struct nearest *n, struct bytes word);
void nearest_offer(struct nearest *n, const char *name);
/* Appends "; did you mean a, b or c?", or nothing when no name is near. */
void nearest_put(const struct nearest *n, struct buf *out);

#endif
