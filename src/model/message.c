#include "model/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "dissectors/mime/words.h"

struct open_message *
message_begin(const struct event *e, struct digest *digest)
{
	const struct ev_msg_begin *b = &e->msg_begin;
	struct open_message *m = mem_get(sizeof(*m));

	arena_init(&m->pub.arena, 512);
	m->msg = b->msg;
	m->tx = b->tx;
	m->pub.via = b->via;
	m->pub.command = b->command;
	m->pub.section = arena_copy(&m->pub.arena, b->section);
	m->pub.mailbox = arena_copy(&m->pub.arena, b->mailbox);
	m->pub.whole = b->whole;
	m->pub.headers = b->headers;
	m->pub.peek = b->peek;
	m->pub.number = b->number;
	m->pub.uid = b->uid;
	m->pub.begin = e->at;
	m->pub.cover = e->at.cover;
	if (b->headers)
		m->headers = headers_new(NULL);
	m->digest = digest;
	return m;
}

ptrdiff_t
message_data(struct open_message *m, struct bytes data)
{
	size_t before;

	m->pub.size += data.n;
	if (m->digest)
		digest_add(m->digest, data);
	if (!m->headers || headers_done(m->headers))
		return 0;
	before = headers_memory(m->headers);
	headers_feed(m->headers, data);
	return (ptrdiff_t)(headers_memory(m->headers) - before);
}

void
message_gap(struct open_message *m, uint64_t bytes)
{
	m->pub.gap_bytes += bytes;
	if (m->headers)
		headers_gap(m->headers);
}

/* Addresses come one by one into a list of the arena. */
struct list {
	struct arena *arena;
	struct bytes *v;
	size_t n, cap;
};

static void
list_put(void *user, struct bytes address)
{
	struct list *l = user;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 4;
		struct bytes *v = arena_get(l->arena, cap * sizeof(*v));

		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = arena_copy(l->arena, address);
}

static void
take_addresses(struct message *m, const struct headers *h, enum header_field f, size_t max,
	struct bytes **ret, size_t *ret_n)
{
	struct list l = {.arena = &m->arena};
	struct bytes v;

	for (size_t i = 0; l.n < max && headers_get(h, f, i, &v); i++)
		words_addresses(v, max - l.n, list_put, &l);
	*ret = l.v;
	*ret_n = l.n;
}

/* Text as valid UTF-8, in the arena; made in b. */
static struct bytes
take_text(struct message *m, const struct headers *h, enum header_field f, bool decode,
	struct buf *b)
{
	struct bytes v;

	if (!headers_get(h, f, 0, &v))
		return BYTES_NONE;
	buf_clear(b);
	if (decode)
		words_text(b, v);
	else
		escape_utf8(b, v);
	return arena_copy(&m->arena, buf_bytes(b));
}

static void
take_received(struct message *m, const struct headers *h, size_t max, struct buf *b)
{
	struct list l = {.arena = &m->arena};
	struct bytes v;

	for (size_t i = 0; i < max && headers_get(h, HDR_RECEIVED, i, &v); i++) {
		buf_clear(b);
		escape_utf8(b, v);
		list_put(&l, buf_bytes(b));
	}
	m->email.received = l.v;
	m->email.n_received = l.n;
}

static void
take_headers(struct open_message *om, const struct model_settings *set)
{
	struct message *m = &om->pub;
	const struct headers *h = om->headers;
	struct bytes *from = NULL;
	size_t n_from = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	headers_end(om->headers);
	m->email.message_id = take_text(m, h, HDR_MESSAGE_ID, false, &b);
	m->email.date = take_text(m, h, HDR_DATE, false, &b);
	m->email.subject = take_text(m, h, HDR_SUBJECT, true, &b);
	take_addresses(m, h, HDR_FROM, 1, &from, &n_from);
	m->email.from = n_from ? from[0] : take_text(m, h, HDR_FROM, true, &b);
	take_addresses(m, h, HDR_TO, set->addresses, &m->email.to, &m->email.n_to);
	take_addresses(m, h, HDR_CC, set->addresses, &m->email.cc, &m->email.n_cc);
	take_received(m, h, set->addresses, &b);
	m->email.cut = headers_cut(h);
	headers_free(&om->headers);
	buf_done(&b);
}

void
message_end(struct open_message *m, const struct event *e, const struct model_settings *set)
{
	if (e) {
		m->pub.complete = e->msg_end.complete;
		m->pub.refused = e->msg_end.refused;
		m->pub.end = e->at;
		if (e->msg_end.uid)
			m->pub.uid = e->msg_end.uid;
		if (e->msg_end.gap_bytes > m->pub.gap_bytes)
			m->pub.gap_bytes = e->msg_end.gap_bytes;
	} else {
		m->pub.end = m->pub.begin;
	}
	if (m->digest)
		digest_hex(m->digest, m->pub.sha256);
	if (m->headers)
		take_headers(m, set);
}

void
message_free(struct open_message **pm)
{
	struct open_message *m = *pm;

	if (!m)
		return;
	headers_free(&m->headers);
	digest_free(&m->digest);
	arena_done(&m->pub.arena);
	free(m);
	*pm = NULL;
}

struct message *
message_release(struct open_message **pm)
{
	struct message *ret = mem_get(sizeof(*ret));

	*ret = (*pm)->pub;
	(*pm)->pub.arena = (struct arena){0};
	arena_init(&(*pm)->pub.arena, 0);
	message_free(pm);
	return ret;
}

void
message_drop(struct message **m)
{
	if (!*m)
		return;
	arena_done(&(*m)->arena);
	free(*m);
	*m = NULL;
}

struct transaction *
transaction_new(uint32_t tx)
{
	struct transaction *t = mem_get(sizeof(*t));

	t->tx = tx;
	arena_init(&t->arena, 256);
	return t;
}

void
transaction_mail(struct transaction *t, const struct ev_mail *m, const struct place *at)
{
	t->mail_from = arena_copy(&t->arena, m->path);
	t->mail_params = arena_copy(&t->arena, m->params);
	t->mail_known = m->known;
	t->mail_accepted = m->accepted;
	t->begin = *at;
	t->cover = at->cover;
	if (m->code)
		t->code = m->code;
}

void
transaction_rcpt(struct transaction *t, const struct ev_rcpt *r, enum exchange to, size_t max)
{
	struct rcpt *n, **end = &t->rcpts;

	t->n_rcpts++;
	t->n_accepted += r->accepted;
	t->n_refused += r->known && !r->accepted;
	if (t->n_rcpts > max) {
		t->n_dropped++;
		return;
	}
	n = arena_get(&t->arena, sizeof(*n));
	n->path = arena_copy(&t->arena, r->path);
	n->code = r->code;
	n->accepted = r->accepted;
	n->known = r->known;
	n->exchange = to;
	if (t->last_rcpt)
		end = &t->last_rcpt->next;
	*end = n;
	t->last_rcpt = n;
}

void
transaction_free(struct transaction **pt)
{
	if (!*pt)
		return;
	message_drop(&(*pt)->message);
	arena_done(&(*pt)->arena);
	free(*pt);
	*pt = NULL;
}

size_t
message_memory(const struct open_message *m)
{
	return sizeof(*m) + m->pub.arena.used + (m->headers ? headers_memory(m->headers) : 0);
}

size_t
transaction_memory(const struct transaction *t)
{
	size_t n = sizeof(*t) + t->arena.used;

	return t->message ? n + sizeof(*t->message) + t->message->arena.used : n;
}
