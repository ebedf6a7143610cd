/*
 * Texts by number: equal ones once, never changed, never freed before the end. One thread puts,
 * others read what they were given a number of. Wire bytes, not escaped.
 */
#ifndef MS_UI_TEXTS_H
#define MS_UI_TEXTS_H

#include "base/bytes.h"

#define TEXTS_LONGEST 4096u /* bytes kept of one */

struct texts;

/* max_bytes: of all; what comes later is number 0. */
struct texts *texts_new(size_t max_bytes);
void texts_free(struct texts **t);
/* 0: none, or no room. */
uint32_t texts_put(struct texts *t, struct bytes in);
/* The same for one that hardly comes a second time: it is not looked for. */
uint32_t texts_put_single(struct texts *t, struct bytes in);
/* A loan until texts_free(). */
struct bytes texts_get(const struct texts *t, uint32_t number);
size_t texts_bytes(const struct texts *t);

#endif
