/* Mail transactions and messages while they are on their way. */
#include "model/track.h"

#include <stdlib.h>

static struct work *
work_of(struct session *s)
{
	if (!s->work)
		s->work = mem_get(sizeof(*s->work));
	return s->work;
}

/* The open transaction with this number, made when it is new. */
static struct transaction *
transaction_of(struct session *s, uint32_t tx)
{
	struct transaction **p = &work_of(s)->open_tx;

	while (*p && (*p)->tx != tx)
		p = &(*p)->next;
	if (!*p) {
		*p = transaction_new(tx);
		s->transactions++;
		s->in_transaction = true;
	}
	return *p;
}

const struct transaction *
session_transaction(const struct session *s, uint32_t tx)
{
	const struct transaction *t = s->work ? s->work->open_tx : NULL;

	while (t && t->tx != tx)
		t = t->next;
	return t;
}

void
work_mail(struct session *s, const struct event *e)
{
	if (!e->mail.known || e->mail.accepted)
		transaction_mail(transaction_of(s, e->mail.tx), &e->mail, &e->at);
}

void
work_rcpt(struct model *m, struct session *s, const struct event *e, enum exchange to)
{
	if (e->rcpt.tx)
		transaction_rcpt(transaction_of(s, e->rcpt.tx), &e->rcpt, to, m->set.rcpts);
}

static void
transaction_tell(struct model *m, struct session *s, struct transaction *t)
{
	struct transaction **p = &s->work->open_tx;

	if (m->listener.transaction)
		m->listener.transaction(m->listener.user, s, t);
	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	s->in_transaction = s->work->open_tx != NULL;
	transaction_free(&t);
}

void
work_tx_end(struct model *m, struct session *s, const struct event *e)
{
	struct transaction *t = transaction_of(s, e->tx_end.tx);

	t->result = e->tx_end.result;
	if (e->tx_end.code)
		t->code = e->tx_end.code;
	t->reply = arena_copy(&t->arena, e->tx_end.reply);
	t->end = e->at;
	if (!t->begin.packet)
		t->begin = e->at;
	transaction_tell(m, s, t);
}

/* Where message `msg` hangs, or NULL. */
static struct open_message **
message_place(struct session *s, uint32_t msg)
{
	struct open_message **p = s->work ? &s->work->messages : NULL;

	while (p && *p && (*p)->msg != msg)
		p = &(*p)->next;
	return p && *p ? p : NULL;
}

static struct digest *
digest_take(struct model *m)
{
	struct digest *d = m->spare;

	if (!m->set.sha256)
		return NULL;
	m->spare = NULL;
	return d ? d : digest_new();
}

static void
digest_keep(struct model *m, struct digest **d)
{
	if (m->spare)
		return;
	m->spare = *d;
	*d = NULL;
}

static void
message_tell(
	struct model *m, struct session *s, struct open_message **place, const struct event *e)
{
	struct open_message *om = *place;

	*place = om->next;
	s->work->n_messages--;
	message_end(om, e, &m->set);
	digest_keep(m, &om->digest);
	if (om->pub.whole)
		s->messages++;
	if (om->tx) {
		struct transaction *t = transaction_of(s, om->tx);

		message_drop(&t->message);
		t->message = message_release(&om);
		return;
	}
	if (m->listener.transfer)
		m->listener.transfer(m->listener.user, s, &om->pub);
	message_free(&om);
}

void
work_msg_begin(struct model *m, struct session *s, const struct event *e)
{
	struct work *w = work_of(s);
	struct open_message **p = &w->messages;

	if (w->n_messages == m->set.open_messages)
		message_tell(m, s, p, NULL);
	while (*p)
		p = &(*p)->next;
	*p = message_begin(e, digest_take(m));
	w->n_messages++;
}

void
work_msg_end(struct model *m, struct session *s, const struct event *e)
{
	struct open_message **place = message_place(s, e->msg_end.msg);

	if (place)
		message_tell(m, s, place, e);
}

ptrdiff_t
work_data(struct session *s, const struct event *e)
{
	struct open_message **place = message_place(s, e->msg_data.msg);

	return place ? message_data(*place, e->msg_data.data) : 0;
}

void
model_digest(struct session *s, uint32_t msg, struct digest **d)
{
	struct open_message **place = message_place(s, msg);

	if (place) {
		digest_free(&(*place)->digest);
		(*place)->digest = *d;
		*d = NULL;
	}
	digest_free(d);
}

void
model_body(struct session *s, uint32_t msg, uint64_t bytes)
{
	struct open_message **place = message_place(s, msg);

	if (place)
		(*place)->pub.size += bytes;
}

void
work_gap(struct session *s, const struct event *e)
{
	for (struct open_message *om = s->work ? s->work->messages : NULL; om; om = om->next) {
		if (om->pub.begin.dir == e->at.dir)
			message_gap(om, e->gap.bytes);
	}
}

void
work_end(struct model *m, struct session *s)
{
	while (s->work && s->work->messages)
		message_tell(m, s, &s->work->messages, NULL);
	while (s->work && s->work->open_tx)
		transaction_tell(m, s, s->work->open_tx);
}

void
work_free(struct work **pw)
{
	struct work *w = *pw;

	if (!w)
		return;
	while (w->messages) {
		struct open_message *om = w->messages;

		w->messages = om->next;
		message_free(&om);
	}
	while (w->open_tx) {
		struct transaction *t = w->open_tx;

		w->open_tx = t->next;
		transaction_free(&t);
	}
	free(w);
	*pw = NULL;
}

size_t
work_memory(const struct work *w)
{
	size_t n;

	if (!w)
		return 0;
	n = sizeof(*w);
	for (const struct transaction *t = w->open_tx; t; t = t->next)
		n += transaction_memory(t);
	for (const struct open_message *om = w->messages; om; om = om->next)
		n += message_memory(om);
	return n;
}
