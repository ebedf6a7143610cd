/*
 * Where open sessions are: a seat stays where it is, the session in it lies packed while nobody
 * asks for it. Private to the model.
 */
#ifndef MS_MODEL_REST_H
#define MS_MODEL_REST_H

#include <stddef.h>
#include <stdint.h>

#include "base/ages.h"

struct blocks;
struct flow;
struct seat;
struct session;

struct rest {
	struct ages awake;     /* sessions, by last use */
	struct aged *spare;    /* blocks for the next, by older */
	struct blocks *rested; /* the others, packed; and the seats */
	int64_t begun_ns;      /* of the first session: others are not far */
	size_t limit;          /* sessions awake */
	size_t memory;         /* of blocks for what is awake */
};

/* What an open session costs beside its facts and what it points to, about: awake or not, so
 * that the sum does not depend on which are. */
#define REST_BYTES ((size_t)88)

/* At most so many sessions are awake, but one. */
void rest_init(struct rest *r, size_t awake);
void rest_done(struct rest *r);
/* A session in which nothing but its flow is set. */
struct seat *rest_new(struct rest *r, const struct flow *f);
/* The session, awake: until `limit` others were asked for. */
struct session *rest_session(struct rest *r, struct seat *seat);
/* The session without its seat, which is gone: awake until rest_free(). */
struct session *rest_leave(struct rest *r, struct seat *seat);
/* With its facts, but nothing else that it points to. */
void rest_free(struct rest *r, struct session *s);

#endif
