#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/smtp/smtp.h"

enum {
	ARG_BYTES_MAX = 8192,
	QUEUE_ARG_BYTES_MAX = 1 << 20,
	QUEUE_FIRST = 1
};

struct smtp_entry *
smtp_at(struct smtp *s, uint32_t i)
{
	return &s->queue[(s->head + i) % s->cap];
}

struct smtp_entry *
smtp_head(struct smtp *s)
{
	return s->count ? smtp_at(s, 0) : NULL;
}

static void
grow(struct smtp *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : QUEUE_FIRST;
	struct smtp_entry *q = mem_get(cap * sizeof(*q));

	for (uint32_t i = 0; i < s->count; i++)
		q[i] = *smtp_at(s, i);
	free(s->queue);
	s->queue = q;
	s->cap = cap;
	s->head = 0;
}

struct smtp_entry *
smtp_push(struct smtp *s, enum smtp_entry_kind kind, const struct place *at, struct events *out)
{
	struct smtp_entry *e;

	if (s->count >= events_limits(out)->queue || s->arg_bytes > QUEUE_ARG_BYTES_MAX) {
		struct event full = {.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_QUEUE_FULL}};

		if (!s->said_full)
			events_say_at(out, &full, at);
		s->said_full = s->lost = true;
		smtp_forget(s, 1, out);
	}
	if (s->count == s->cap)
		grow(s);
	e = smtp_at(s, s->count++);
	*e = (struct smtp_entry){
		.kind = (uint8_t)kind, .at = *at, .size = -1, .tx = s->pending_tx};
	return e;
}

static void
drop_arg(struct smtp *s, struct smtp_entry *e)
{
	s->arg_bytes -= e->path.n + e->params.n;
	free((uint8_t *)e->path.p);
	e->path = e->params = BYTES_NONE;
}

void
smtp_keep_arg(struct smtp *s, struct smtp_entry *e, struct bytes path, struct bytes params)
{
	uint8_t *kept;

	path = bytes_sub(path, 0, ARG_BYTES_MAX);
	params = bytes_sub(params, 0, ARG_BYTES_MAX);
	drop_arg(s, e);
	kept = mem_get(path.n + params.n);
	if (path.n)
		memcpy(kept, path.p, path.n);
	if (params.n)
		memcpy(kept + path.n, params.p, params.n);
	e->path = (struct bytes){kept, path.n};
	e->params = (struct bytes){kept + path.n, params.n};
	s->arg_bytes += path.n + params.n;
}

void
smtp_pop(struct smtp *s, struct events *out)
{
	struct smtp_entry *e = smtp_head(s);

	assert(e);
	drop_arg(s, e);
	smtp_auth_drop(s, &e->auth, out);
	s->head = (s->head + 1) % s->cap;
	s->count--;
	if (s->count)
		return;
	free(s->queue);
	s->queue = NULL;
	s->cap = s->head = 0;
	if (!s->tx.open && !s->msg.open && s->client == CL_COMMAND)
		s->last = (struct place){0};
}

void
smtp_forget(struct smtp *s, uint32_t n, struct events *out)
{
	static const struct smtp_reply none;

	while (n-- && s->count) {
		smtp_judge(s, smtp_head(s), &none, out);
		smtp_pop(s, out);
	}
}

void
smtp_queue_done(struct smtp *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct smtp_entry *e = smtp_at(s, i);

		free((uint8_t *)e->path.p);
		if (e->auth && --e->auth->refs == 0) {
			sasl_free(&e->auth->sasl);
			free(e->auth);
		}
	}
	free(s->queue);
	s->queue = NULL;
	s->count = s->cap = 0;
}
