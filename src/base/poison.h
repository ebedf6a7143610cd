/*
 * Memory that nobody may touch, for who gives out pieces of larger ones: the address sanitizer
 * then sees in them what it sees in malloc()'s. Without it nothing of this is there.
 */
#ifndef MS_BASE_POISON_H
#define MS_BASE_POISON_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) /* gcc */
#define POISON 1
#elif defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define POISON 1
#endif
#endif
#ifndef POISON
#define POISON 0
#endif

#if POISON
#include <sanitizer/asan_interface.h>

/* p is aligned to 8. */
static inline void
poison(const void *p, size_t n)
{
	__asan_poison_memory_region(p, n);
}

/* These n bytes may be touched, whatever was said of them before. p is aligned to 8. */
static inline void
unpoison(const void *p, size_t n)
{
	__asan_unpoison_memory_region(p, n);
}

/* Would touching this byte be reported? */
static inline bool
poisoned(const void *p)
{
	return __asan_address_is_poisoned(p);
}
#else
static inline void
poison(const void *p, size_t n)
{
}

static inline void
unpoison(const void *p, size_t n)
{
}

static inline bool
poisoned(const void *p)
{
	return false;
}
#endif

#endif
