/*
 * Equal things of many sessions, kept once: the greeting and the capability list of a server
 * are the same for all its clients. A thing is made of the bytes that tell it from others (its
 * key), counted while somebody holds it, and kept a while for the next one who asks.
 */
#ifndef MS_MODEL_SHARED_H
#define MS_MODEL_SHARED_H

#include "base/bytes.h"

struct shared;

/*
 * size: bytes of a thing. kept_bytes: of things that nobody holds any more.
 * make() fills a zeroed thing from its key, which lives as long as the thing does; behind the
 * thing lie the `room` bytes asked for in shared_get().
 */
struct shared *shared_new(
	size_t size, size_t kept_bytes, void (*make)(void *thing, struct bytes key));
void shared_free(struct shared **s);
/* Things own more than their own bytes: done() frees that, extra() counts it, once it is made.
 */
void shared_holds(
	struct shared *s, void (*done)(void *thing), size_t (*extra)(const void *thing));
/* The thing of this key, held once more. Things of one key must ask for the same room. */
const void *shared_get(struct shared *s, struct bytes key, size_t room);
/* Held once more, or once less. NULL, and what is not of this table, must not be given. */
void shared_hold(const void *thing);
void shared_drop(struct shared *s, const void *thing);
/* From 1; no two things of a table ever have the same, so it names what was made of one after
 * the thing itself is gone. */
uint64_t shared_number(const void *thing);
size_t shared_memory(const struct shared *s);

#endif
