#include "pipeline_batch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/queue.h"

enum {
	BATCH_BYTES = 64 << 10, /* a batch goes when this is nearly full … */
	BATCH_SPARE = 8 << 10,  /* … but for so much */
	BATCH_ITEMS = 256,
	BATCHES_MIN = 4,
	IDLE_SHARE = 8, /* the other side has little to do: one in so many batches waits */
};

struct batch {
	struct queue_node node;
	struct arena arena;
	size_t n;
	struct item items[BATCH_ITEMS];
};

struct belt {
	struct collector *collector;
	struct driver_sink to;
	pthread_t thread;
	struct queue *ready, *spare;

	/* this side */
	struct batch *batch; /* being filled; or NULL */
	size_t batches, batches_max;
	bool live;
	bool joined, alone;     /* alone: there is no other thread */
	uint32_t last_slot;     /* of the flow that was copied last into this batch … */
	struct flow *last_flow; /* … and where it is; or NULL */

	/* the other side; while joined, this one's */
	void **sessions; /* by slot */
	size_t cap_sessions;

	atomic_size_t on_way_bytes, on_way_batches, memory;
	atomic_bool broken;
};

/* the other side */

static void **
session_at_slot(struct belt *bt, uint32_t slot)
{
	while (slot >= bt->cap_sessions) {
		bt->cap_sessions = bt->cap_sessions ? bt->cap_sessions * 2 : 64;
		bt->sessions = mem_grow(
			bt->sessions, bt->cap_sessions * sizeof(bt->sessions[0]));
	}
	return &bt->sessions[slot];
}

static void
play_session(struct belt *bt, const struct item *it)
{
	void **at = session_at_slot(bt, it->slot), *s;

	if (it->kind == ITEM_OPEN)
		*at = bt->to.open(bt->to.user, (struct flow *)(uintptr_t)it->flow);
	s = *at;
	collector_flow(bt->collector, s, it->flow);
	switch (it->kind) {
	case ITEM_EVENT:
		bt->to.event(bt->to.user, s, it->event);
		break;
	case ITEM_NOT_MAIL:
		bt->to.not_mail(bt->to.user, s, it->not_mail->name, it->not_mail->head[DIR_C2S],
			it->not_mail->head[DIR_S2C]);
		break;
	case ITEM_DIGEST: {
		struct digest *d = it->digest;

		collector_digest(bt->collector, s, it->msg, &d);
		break;
	}
	case ITEM_BODY:
		collector_body(bt->collector, s, it->msg, it->bytes);
		break;
	case ITEM_CLOSE:
		bt->to.close(bt->to.user, s, (struct flow *)(uintptr_t)it->flow);
		*at = NULL;
		return;
	case ITEM_OPEN:
	case ITEM_LOOSE:
	case ITEM_STATS:
		break;
	}
	collector_flow(bt->collector, s, NULL);
}

static void
play(struct belt *bt, const struct item *it)
{
	if (it->kind == ITEM_STATS)
		collector_stats(bt->collector, &it->stats->read, it->stats->want);
	else if (it->kind == ITEM_LOOSE)
		bt->to.loose(bt->to.user, it->flow, it->event);
	else
		play_session(bt, it);
}

static void *
work(void *user)
{
	struct belt *bt = user;
	struct batch *b;

	while ((b = (struct batch *)queue_get(bt->ready, 1))) {
		size_t bytes = b->arena.used;

		for (size_t i = 0; i < b->n; i++)
			play(bt, &b->items[i]);
		if (!collector_flush(bt->collector))
			atomic_store(&bt->broken, true);
		atomic_store(&bt->memory, collector_memory(bt->collector));
		arena_reset(&b->arena);
		b->n = 0;
		atomic_fetch_sub(&bt->on_way_bytes, bytes);
		atomic_fetch_sub(&bt->on_way_batches, 1);
		queue_put(bt->spare, &b->node);
	}
	return NULL;
}

/* batches */

static struct batch *
batch_new(struct belt *bt)
{
	struct batch *b = mem_get(sizeof(*b));

	arena_init(&b->arena, BATCH_BYTES);
	bt->batches++;
	return b;
}

/* One to fill: a used one, a new one, or that which comes back next. */
static struct batch *
batch_get(struct belt *bt)
{
	struct batch *b = (struct batch *)queue_try(bt->spare);

	if (!b && (bt->batches < bt->batches_max || bt->live))
		b = batch_new(bt);
	return b ? b : (struct batch *)queue_get(bt->spare, (bt->batches + 3) / 4);
}

static void
batch_send(struct belt *bt)
{
	struct batch *b = bt->batch;

	bt->batch = NULL;
	bt->last_flow = NULL;
	if (!b)
		return;
	atomic_fetch_add(&bt->on_way_bytes, b->arena.used);
	atomic_fetch_add(&bt->on_way_batches, 1);
	queue_put(bt->ready, &b->node);
}

struct arena *
belt_arena(struct belt *bt)
{
	if (!bt->batch)
		bt->batch = batch_get(bt);
	return &bt->batch->arena;
}

const struct flow *
belt_flow(struct belt *bt, uint32_t slot, const struct flow *f)
{
	struct arena *a = belt_arena(bt);
	struct flow now = *f;

	now.user = NULL;
	if (bt->last_flow && bt->last_slot == slot &&
		memcmp(bt->last_flow, &now, sizeof(now)) == 0)
		return bt->last_flow;
	bt->last_slot = slot;
	bt->last_flow = arena_get(a, sizeof(now));
	*bt->last_flow = now;
	return bt->last_flow;
}

void
belt_say(struct belt *bt, const struct item *it)
{
	if (bt->joined) {
		play(bt, it);
		return;
	}
	belt_arena(bt);
	bt->batch->items[bt->batch->n++] = *it;
	if (bt->batch->n == BATCH_ITEMS || bt->batch->arena.used > BATCH_BYTES - BATCH_SPARE)
		batch_send(bt);
}

/* making and steering */

struct belt *
belt_new(struct collector *c, size_t queue_bytes, bool live)
{
	struct belt *bt = mem_get(sizeof(*bt));
	sigset_t all, was;

	bt->collector = c;
	bt->to = collector_sink(c);
	bt->live = live;
	bt->ready = queue_new();
	bt->spare = queue_new();
	bt->batches_max = queue_bytes / BATCH_BYTES;
	if (bt->batches_max < BATCHES_MIN)
		bt->batches_max = BATCHES_MIN;
	atomic_store(&bt->memory, collector_memory(c));
	/* Signals are for the thread that reads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	bt->alone = pthread_create(&bt->thread, NULL, work, bt) != 0;
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	bt->joined = bt->alone;
	return bt;
}

void
belt_free(struct belt **pbt)
{
	struct belt *bt = *pbt;
	struct batch *b;

	if (!bt)
		return;
	batch_send(bt);
	queue_close(bt->ready);
	if (!bt->alone)
		pthread_join(bt->thread, NULL);
	while ((b = (struct batch *)queue_try(bt->spare))) {
		arena_wipe(&b->arena); /* secrets went through it */
		free(b);
	}
	queue_free(&bt->ready);
	queue_free(&bt->spare);
	free(bt->sessions);
	free(bt);
	*pbt = NULL;
}

void
belt_flush(struct belt *bt)
{
	if (bt->batch && bt->batch->n && !atomic_load(&bt->on_way_batches))
		batch_send(bt);
}

void
belt_wait(struct belt *bt)
{
	bt->live = false;
}

size_t
belt_bytes(const struct belt *bt)
{
	return atomic_load(&bt->on_way_bytes) + (bt->batch ? bt->batch->arena.used : 0);
}

bool
belt_full(const struct belt *bt)
{
	return atomic_load(&bt->on_way_batches) >= bt->batches_max;
}

bool
belt_idle(const struct belt *bt)
{
	return atomic_load_explicit(&bt->on_way_batches, memory_order_relaxed) <=
	       bt->batches_max / IDLE_SHARE;
}

bool
belt_join(struct belt *bt, int64_t timeout_ns)
{
	if (bt->joined)
		return true;
	batch_send(bt);
	bt->joined = queue_await(bt->spare, bt->batches, timeout_ns);
	return bt->joined;
}

void
belt_apart(struct belt *bt)
{
	bt->joined = bt->alone;
}

bool
belt_joined(const struct belt *bt)
{
	return bt->joined;
}

size_t
belt_memory(const struct belt *bt)
{
	return bt->joined ? collector_memory(bt->collector) : atomic_load(&bt->memory);
}

bool
belt_broken(const struct belt *bt)
{
	return atomic_load(&bt->broken);
}
