/*
 * TLS off the mail ports, when there is a key log: mail may be inside. What comes is kept,
 * bounded, and a second connection, which says nothing, tries to open it. When it finds mail,
 * what was kept is taken for a dialogue from the first byte; else nothing of it remains.
 */
#include "dissectors/conn.h"

#include <stdlib.h>

#include "dissectors/tls/decrypt.h"
#include "dissectors/tls/record.h"

enum {
	HELLO_RANDOM_AT = TLS_RECORD_HEADER + 4 + 2, /* RFC 8446 4.1.2, behind type, length and
							version */
	CLIENT_HELLO = 1,
};

/* Of the ClientHello that must be the client's first; none: it is none, or *ret_more. */
static struct bytes
client_random(const struct conn *c, bool *ret_more)
{
	struct bytes in = side_bytes(&c->side[DIR_C2S]);

	*ret_more = in.n < HELLO_RANDOM_AT + KEYLOG_KEY;
	if (*ret_more || in.p[0] != TLS_HANDSHAKE || in.p[TLS_RECORD_HEADER] != CLIENT_HELLO)
		return BYTES_NONE;
	return bytes_sub(in, HELLO_RANDOM_AT, KEYLOG_KEY);
}

static struct conn *
trial_new(const struct conn *c)
{
	struct conn *t = mem_get(c->drv->conn_bytes);

	t->drv = c->drv;
	t->flow = c->flow;
	t->phase = CONN_DIALOGUE;
	t->trying = true;
	t->dis = &tls_dissector;
	t->state = t->room;
	unwrap_begin(t);
	return t;
}

void
elsewhere_done(struct conn *c)
{
	struct conn *t = c->trial;

	if (!t)
		return;
	layer_done(t);
	t->dis->done(t->state);
	side_reset(&t->side[0]);
	side_reset(&t->side[1]);
	free(t->arrivals);
	free(t);
	c->trial = NULL;
}

size_t
elsewhere_memory(const struct conn *c)
{
	const struct conn *t = c->trial;

	return t ? c->drv->conn_bytes + side_kept(&t->side[0]) + side_kept(&t->side[1]) +
			       t->cap_arrivals * sizeof(t->arrivals[0]) + unwrap_memory(t)
		 : 0;
}

/* Kept for so long, and so much of it. */
static bool
over_limit(const struct conn *c)
{
	const struct dis_limits *l = &c->drv->limits;
	size_t kept = side_bytes(&c->side[0]).n + side_bytes(&c->side[1]).n;

	return kept > l->elsewhere_bytes ||
	       (!c->trial && c->side[c->newest].last.ts_ns - c->flow->first_ns > l->secret_ns);
}

static bool
trial_over(const struct conn *t)
{
	return !t->unwrap->probing || (decrypt_lost(t->unwrap->keys, DIR_C2S) &&
					      decrypt_lost(t->unwrap->keys, DIR_S2C));
}

/* What was kept when the secret came. */
static void
trial_begin(struct conn *c)
{
	size_t at[2] = {0, 0};

	c->trial = trial_new(c);
	for (uint32_t i = 0; i < c->n_arrivals && !trial_over(c->trial); i++) {
		const struct arrival *a = &c->arrivals[i];

		if (a->gap)
			conn_gap(c->trial, (enum dir)a->dir, &a->what, &a->at);
		else
			conn_deliver(c->trial, (enum dir)a->dir,
				bytes_sub(side_bytes(&c->side[a->dir]), at[a->dir], a->bytes),
				&a->at);
		at[a->dir] += a->gap ? 0 : a->bytes;
	}
}

enum elsewhere
elsewhere_begin(struct conn *c)
{
	struct bytes random;
	bool more;

	if (!c->trial) {
		random = client_random(c, &more);
		if (!random.n && !more)
			return ELSEWHERE_NOT;
		if (random.n && keylog_has(c->drv->keylog, random))
			trial_begin(c);
		else if (random.n && !keylog_growing(c->drv->keylog))
			return ELSEWHERE_NOT;
	}
	if (c->trial && c->trial->dis != &tls_dissector)
		return ELSEWHERE_MAIL;
	if ((c->trial && trial_over(c->trial)) || over_limit(c))
		return ELSEWHERE_NOT;
	return ELSEWHERE_MORE;
}

bool
elsewhere_wanted(const struct conn *c)
{
	return unwrap_wanted(c->drv) && !c->flow->midstream && !c->side[DIR_C2S].had_gap;
}

enum elsewhere
elsewhere_feed(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	c->newest = d;
	if (c->trial) {
		c->trial->flow = c->flow;
		conn_deliver(c->trial, d, in, at);
	} else {
		keylog_look(c->drv->keylog);
	}
	return elsewhere_begin(c);
}

enum elsewhere
elsewhere_gap(struct conn *c, enum dir d, const struct ev_gap *gap, const struct mark *at)
{
	if (c->trial) {
		c->trial->flow = c->flow;
		conn_gap(c->trial, d, gap, at);
	}
	return elsewhere_begin(c);
}

enum elsewhere
elsewhere_end(struct conn *c)
{
	if (c->trial) {
		c->trial->flow = c->flow;
		unwrap_end(c->trial);
	}
	return elsewhere_begin(c) == ELSEWHERE_MAIL ? ELSEWHERE_MAIL : ELSEWHERE_NOT;
}
