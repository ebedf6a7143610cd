/* Memory that will be written soon is asked for ahead, so that nobody waits for it then. */
#ifndef MS_BASE_PREFETCH_H
#define MS_BASE_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

enum {
	CACHE_LINE = 64 /* bytes */
};

/*
 * `lines` cache lines from p on. The address may be any: one that is not mapped is passed over
 * by the processor, so where an array ends needs no test. Where `lines` is a constant no test
 * is left at all: eight a step, as compilers do not unroll long loops by themselves.
 */
static inline void
prefetch_lines(uintptr_t p, size_t lines)
{
	size_t i = 0;

	for (; i + 8 <= lines; i += 8) {
		for (size_t k = i; k < i + 8; k++)
			__builtin_prefetch((const void *)(p + k * CACHE_LINE), 1);
	}
	for (; i < lines; i++)
		__builtin_prefetch((const void *)(p + i * CACHE_LINE), 1);
}

#endif
