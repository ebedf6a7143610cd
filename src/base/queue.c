#include "base/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct queue_node *head, **end;
	size_t n;
	size_t wanted; /* somebody sleeps until so many are there; 0: nobody */
	bool closed;
};

struct queue *
queue_new(void)
{
	struct queue *q = mem_get(sizeof(*q));
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	rc |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc |= pthread_cond_init(&q->more, &attr);
	rc |= pthread_condattr_destroy(&attr);
	rc |= pthread_mutex_init(&q->lock, NULL);
	assert(rc == 0);
	(void)rc;
	q->end = &q->head;
	return q;
}

void
queue_free(struct queue **q)
{
	if (!*q)
		return;
	pthread_cond_destroy(&(*q)->more);
	pthread_mutex_destroy(&(*q)->lock);
	free(*q);
	*q = NULL;
}

void
queue_put(struct queue *q, struct queue_node *n)
{
	pthread_mutex_lock(&q->lock);
	assert(!q->closed);
	n->next = NULL;
	*q->end = n;
	q->end = &n->next;
	q->n++;
	if (q->wanted && q->n >= q->wanted)
		pthread_cond_signal(&q->more);
	pthread_mutex_unlock(&q->lock);
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_signal(&q->more);
	pthread_mutex_unlock(&q->lock);
}

/* With the lock held. until_ns by clock_mono_ns(); negative: for ever. */
static bool
wait_for(struct queue *q, size_t n, int64_t until_ns)
{
	struct timespec until = {until_ns / NS_PER_S, until_ns % NS_PER_S};
	int rc = 0;

	q->wanted = n;
	while (q->n < n && !q->closed && rc == 0)
		rc = until_ns < 0 ? pthread_cond_wait(&q->more, &q->lock)
				  : pthread_cond_timedwait(&q->more, &q->lock, &until);
	q->wanted = 0;
	return q->n >= n;
}

static struct queue_node *
take(struct queue *q)
{
	struct queue_node *n = q->head;

	if (!n)
		return NULL;
	q->head = n->next;
	if (!q->head)
		q->end = &q->head;
	q->n--;
	return n;
}

struct queue_node *
queue_get(struct queue *q, size_t gather)
{
	struct queue_node *n;

	pthread_mutex_lock(&q->lock);
	if (!q->head)
		wait_for(q, gather, -1);
	n = take(q);
	pthread_mutex_unlock(&q->lock);
	return n;
}

struct queue_node *
queue_try(struct queue *q)
{
	struct queue_node *n;

	pthread_mutex_lock(&q->lock);
	n = take(q);
	pthread_mutex_unlock(&q->lock);
	return n;
}

bool
queue_await(struct queue *q, size_t n, int64_t timeout_ns)
{
	bool ret;

	pthread_mutex_lock(&q->lock);
	ret = wait_for(q, n, timeout_ns < 0 ? -1 : clock_mono_ns() + timeout_ns);
	pthread_mutex_unlock(&q->lock);
	return ret;
}
