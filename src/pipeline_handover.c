#include "pipeline_handover.h"

#include <stdlib.h>

#include "event/copy.h"
#include "pipeline_batch.h"

enum {
	HEADER_BYTES = 1 << 20 /* a header section is over after that: headers_defaults */
};

/* A message on its way. */
struct passing {
	struct passing *next; /* of the session, oldest first */
	uint32_t msg;
	uint8_t dir;
	bool headers;    /* its header section is not over */
	bool line_start; /* … and the next octet begins a line */
	size_t header_bytes;
	struct digest *digest; /* while it is taken here */
	bool sent_whole;       /* its bytes go over, for its digest is taken there */
	uint64_t body;         /* bytes not told yet */
};

/* A session as this side has it. */
struct slot {
	const struct flow *flow;
	struct passing *messages;
	uint32_t n_messages, next_free;
};
#define SLOT_NONE UINT32_MAX

struct handover {
	struct handover_settings set;
	struct collector *collector;
	struct belt *belt;
	struct slot *slots;
	uint32_t n_slots, cap_slots, free_slot;
};

static struct item
item_of(struct handover *h, enum item_kind kind, uint32_t slot)
{
	return (struct item){.kind = kind,
		.slot = slot,
		.flow = belt_joined(h->belt) ? h->slots[slot].flow
					     : belt_flow(h->belt, slot, h->slots[slot].flow)};
}

static void
say_event(struct handover *h, uint32_t slot, const struct event *e)
{
	struct item it = item_of(h, ITEM_EVENT, slot);

	it.event = belt_joined(h->belt) ? e : event_copy(belt_arena(h->belt), e);
	belt_say(h->belt, &it);
}

/* messages */

static struct passing **
passing_place(struct slot *s, uint32_t msg)
{
	struct passing **p = &s->messages;

	while (*p && (*p)->msg != msg)
		p = &(*p)->next;
	return p;
}

static void
say_body(struct handover *h, uint32_t slot, struct passing *m)
{
	struct item it;

	if (!m->body)
		return;
	it = item_of(h, ITEM_BODY, slot);
	it.msg = m->msg;
	it.bytes = m->body;
	m->body = 0;
	belt_say(h->belt, &it);
}

static void
say_digest(struct handover *h, uint32_t slot, struct passing *m)
{
	struct item it;

	if (!m->digest)
		return;
	it = item_of(h, ITEM_DIGEST, slot);
	it.msg = m->msg;
	it.digest = m->digest;
	m->digest = NULL;
	belt_say(h->belt, &it);
}

/* The first message of a list is over for us; what we have of it goes to the other side. */
static void
passing_end(struct handover *h, uint32_t slot, struct passing **place)
{
	struct passing *m = *place;

	say_body(h, slot, m);
	say_digest(h, slot, m);
	*place = m->next;
	h->slots[slot].n_messages--;
	free(m);
}

static void
passing_begin(struct handover *h, uint32_t slot, const struct event *e)
{
	struct slot *s = &h->slots[slot];
	struct passing *m, **end;

	/* The model then ends the oldest. */
	if (s->n_messages == h->set.open_messages && s->messages)
		passing_end(h, slot, &s->messages);
	m = mem_get(sizeof(*m));
	m->msg = e->msg_begin.msg;
	m->dir = e->at.dir;
	m->headers = m->line_start = e->msg_begin.headers;
	if (h->set.digests)
		m->digest = digest_new();
	for (end = &s->messages; *end; end = &(*end)->next)
		;
	*end = m;
	s->n_messages++;
}

/* How much of the next bytes belongs to the header section, the empty line too: as
 * dissectors/mime/headers.h has it, or more. */
static size_t
header_part(struct passing *m, struct bytes in)
{
	size_t at = 0;

	while (m->headers && at < in.n) {
		if (m->line_start && (in.p[at] == '\r' || in.p[at] == '\n')) {
			m->headers = false;
			return in.n - at > 2 ? at + 2 : in.n;
		}
		at += bytes_find(bytes_from(in, at), '\n');
		m->line_start = at < in.n;
		at += at < in.n;
	}
	m->header_bytes += at;
	if (m->header_bytes >= HEADER_BYTES)
		m->headers = false;
	return at;
}

/* Only what the other side will look at goes there. */
static void
say_data(struct handover *h, uint32_t slot, struct passing *m, const struct event *e)
{
	struct bytes in = e->msg_data.data;
	struct event part = {
		.type = EV_MSG_DATA, .at = e->at, .msg_data = {.msg = e->msg_data.msg}};

	if (m->digest && !belt_joined(h->belt) && belt_idle(h->belt)) {
		say_body(h, slot, m);
		say_digest(h, slot, m);
		m->sent_whole = true;
	}
	if (m->digest)
		digest_add(m->digest, in);
	if (m->sent_whole || h->set.bodies) {
		say_event(h, slot, e);
		return;
	}
	if (m->headers) {
		part.msg_data.data = bytes_sub(in, 0, header_part(m, in));
		say_event(h, slot, &part);
	}
	m->body += in.n - part.msg_data.data.n;
}

/* The line behind a hole has no beginning. */
static void
passing_gap(struct slot *s, enum dir d)
{
	for (struct passing *m = s->messages; m; m = m->next)
		m->line_start &= m->dir != d;
}

/* from the driver */

/*
 * A session towards the driver. It has the length of a pointer, as that of one worker has, so
 * that connections at rest (dissectors/rest.c) take the same memory, and the same ones go when
 * there is none.
 */
static void *
slot_name(const struct handover *h, uint32_t slot)
{
	return (void *)((uintptr_t)h + slot);
}

static uint32_t
slot_of(const struct handover *h, const void *session)
{
	return (uint32_t)((uintptr_t)session - (uintptr_t)h);
}

static uint32_t
slot_take(struct handover *h)
{
	uint32_t i = h->free_slot;

	if (i != SLOT_NONE) {
		h->free_slot = h->slots[i].next_free;
		return i;
	}
	if (h->n_slots == h->cap_slots) {
		h->cap_slots = h->cap_slots ? h->cap_slots * 2 : 64;
		h->slots = mem_grow(h->slots, h->cap_slots * sizeof(h->slots[0]));
	}
	return h->n_slots++;
}

static void *
on_open(void *user, struct flow *f)
{
	struct handover *h = user;
	uint32_t slot = slot_take(h);
	struct item it;

	h->slots[slot] = (struct slot){.flow = f};
	it = item_of(h, ITEM_OPEN, slot);
	belt_say(h->belt, &it);
	return slot_name(h, slot);
}

/* False: it is not to be handed on as it is. */
static bool
pass_message(struct handover *h, uint32_t slot, const struct event *e)
{
	struct slot *s = &h->slots[slot];
	struct passing **m;

	if (e->type == EV_MSG_BEGIN)
		passing_begin(h, slot, e);
	else if (e->type == EV_MSG_END && *(m = passing_place(s, e->msg_end.msg)))
		passing_end(h, slot, m);
	else if (e->type == EV_GAP)
		passing_gap(s, e->at.dir);
	if (e->type != EV_MSG_DATA || !*(m = passing_place(s, e->msg_data.msg)))
		return true;
	say_data(h, slot, *m, e);
	return false;
}

static void
on_event(void *user, void *session, const struct event *e)
{
	struct handover *h = user;
	uint32_t slot = slot_of(h, session);

	if (pass_message(h, slot, e))
		say_event(h, slot, e);
}

static void
on_loose(void *user, const struct flow *f, const struct event *e)
{
	struct handover *h = user;
	struct item it = {.kind = ITEM_LOOSE, .flow = f, .event = e};

	if (!belt_joined(h->belt)) {
		struct arena *a = belt_arena(h->belt);
		struct flow *copy = arena_get(a, sizeof(*copy));

		*copy = *f;
		copy->user = NULL;
		it.flow = copy;
		it.event = event_copy(a, e);
	}
	belt_say(h->belt, &it);
}

static struct bytes
kept(struct handover *h, struct bytes in)
{
	return belt_joined(h->belt) ? in : arena_copy(belt_arena(h->belt), in);
}

static void
on_not_mail(void *user, void *session, const char *name, struct bytes c2s, struct bytes s2c)
{
	struct handover *h = user;
	struct item it = item_of(h, ITEM_NOT_MAIL, slot_of(h, session));
	struct not_mail here = {name, {kept(h, c2s), kept(h, s2c)}}, *n = &here;

	if (!belt_joined(h->belt)) {
		n = arena_get(belt_arena(h->belt), sizeof(*n));
		*n = here;
	}
	it.not_mail = n;
	belt_say(h->belt, &it);
}

static void
on_close(void *user, void *session, struct flow *f)
{
	struct handover *h = user;
	uint32_t slot = slot_of(h, session);
	struct slot *s = &h->slots[slot];
	struct item it;

	while (s->messages)
		passing_end(h, slot, &s->messages);
	it = item_of(h, ITEM_CLOSE, slot);
	belt_say(h->belt, &it);
	s = &h->slots[slot];
	s->flow = NULL;
	s->next_free = h->free_slot;
	h->free_slot = slot;
}

struct driver_sink
handover_sink(struct handover *h)
{
	return (struct driver_sink){.user = h,
		.open = on_open,
		.event = on_event,
		.not_mail = on_not_mail,
		.loose = on_loose,
		.close = on_close};
}

void
handover_stats(struct handover *h, const struct run_stats *read, const struct source *src,
	unsigned want)
{
	struct stats_item *st;
	struct source_input *inputs;
	struct item it = {.kind = ITEM_STATS};

	if (belt_joined(h->belt)) {
		collector_stats(h->collector, read, want);
		return;
	}
	/* The counters of the inputs go on meanwhile. */
	inputs = arena_get(belt_arena(h->belt), source_inputs(src) * sizeof(*inputs));
	for (size_t i = 0; i < source_inputs(src); i++)
		inputs[i] = *source_input(src, i);
	st = arena_get(belt_arena(h->belt), sizeof(*st));
	st->read = *read;
	st->read.inputs = inputs;
	st->want = want;
	it.stats = st;
	belt_say(h->belt, &it);
}

struct handover *
handover_new(const struct handover_settings *set, struct collector *c)
{
	struct handover *h = mem_get(sizeof(*h));

	h->set = *set;
	h->collector = c;
	h->free_slot = SLOT_NONE;
	h->belt = belt_new(c, set->queue_bytes, set->live);
	return h;
}

void
handover_free(struct handover **h)
{
	if (!*h)
		return;
	belt_free(&(*h)->belt);
	free((*h)->slots);
	free(*h);
	*h = NULL;
}

void
handover_flush(struct handover *h)
{
	belt_flush(h->belt);
}

void
handover_wait(struct handover *h)
{
	belt_wait(h->belt);
}

size_t
handover_bytes(const struct handover *h)
{
	return belt_bytes(h->belt);
}

bool
handover_full(const struct handover *h)
{
	return belt_full(h->belt);
}

bool
handover_join(struct handover *h, int64_t timeout_ns)
{
	return belt_join(h->belt, timeout_ns);
}

void
handover_apart(struct handover *h)
{
	belt_apart(h->belt);
}

bool
handover_joined(const struct handover *h)
{
	return belt_joined(h->belt);
}

size_t
handover_memory(const struct handover *h)
{
	return belt_memory(h->belt);
}

bool
handover_broken(const struct handover *h)
{
	return belt_broken(h->belt);
}
