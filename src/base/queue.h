/*
 * Hands things from one thread to another, in order: one that puts, one that takes. Has no
 * ceiling of its own; who wants one lets the things go round between two queues.
 */
#ifndef MS_BASE_QUEUE_H
#define MS_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First member of what is handed over. */
struct queue_node {
	struct queue_node *next;
};

struct queue;
struct queue *queue_new(void);
/* What is still in it is the caller's. */
void queue_free(struct queue **q);
void queue_put(struct queue *q, struct queue_node *n);
/* Nothing more will be put. */
void queue_close(struct queue *q);
/*
 * The oldest. When there is none, waits until there are `gather` (at least 1), so that a full
 * round of work is done for each sleep. NULL: closed, and empty.
 */
struct queue_node *queue_get(struct queue *q, size_t gather);
/* The oldest, or NULL at once. */
struct queue_node *queue_try(struct queue *q);
/* Waits until n are in it, at most timeout_ns (negative: for ever). False: they are not. */
bool queue_await(struct queue *q, size_t n, int64_t timeout_ns);

#endif
