/*
 * Small blocks for what there is a million of: sizes go in steps of 8 bytes, and nothing stands
 * before a block, where malloc() takes 8 bytes and rounds to 16. The owner knows the size.
 */
#ifndef MS_BASE_BLOCKS_H
#define MS_BASE_BLOCKS_H

#include <stddef.h>

/* Longer ones are malloc()'s. */
#define BLOCK_MOST ((size_t)512)

struct blocks;
struct blocks *blocks_new(void);
/* Frees the short blocks too that were not given back. */
void blocks_free(struct blocks **b);
/* Not zeroed, aligned to 8. n > 0. */
void *blocks_get(struct blocks *b, size_t n);
/* n as it was asked for. */
void blocks_give(struct blocks *b, void *block, size_t n);
/* What a block of n bytes takes. */
size_t blocks_cost(size_t n);

#endif
