#include "dissectors/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/tls/record.h"
#include "guess/guess.h"

enum {
	PORT_HINT = 30,   /* added when the server's port is one of the dissector's */
	SCORE_SURE = 100, /* enough at any time */
	SCORE_FINAL = 70, /* enough when no more bytes will come */
};

/* How the bytes so far look to one dissector. */
struct score {
	int sum;   /* over both directions, with the port's hint; < 0: it cannot be */
	bool more; /* some direction needs more bytes */
};

static bool
port_is(const uint16_t *ports, uint16_t port)
{
	for (; ports && *ports; ports++) {
		if (*ports == port)
			return true;
	}
	return false;
}

/* The bytes of a side that are judged by now. */
static struct bytes
side_shown(const struct conn_side *s)
{
	return bytes_sub(side_bytes(s), 0, s->shown > s->taken ? s->shown - s->taken : 0);
}

static bool
speaks_tls(struct bytes head)
{
	bool more;

	return tls_record_unasked(head, &more) || more;
}

static struct score
score_of(const struct conn *c, const struct dissector *dis, bool swapped)
{
	struct score sc = {0, false};
	uint16_t port = swapped ? c->flow->client.port : c->flow->server.port;

	if (dis->ports_only && !port_is(dis->ports, port))
		return (struct score){-1, false};
	for (int d = 0; d < 2; d++) {
		struct bytes head = side_shown(&c->side[d ^ (int)swapped]);
		bool whole = !c->flow->midstream && !c->side[d ^ (int)swapped].had_gap;
		int p;

		if (!head.n)
			continue;
		p = dis->probe(
			(enum dir)d, bytes_sub(head, 0, c->drv->limits.probe_bytes), whole);
		if (p == PROBE_NO && dis != &tls_dissector && speaks_tls(head))
			continue; /* in the wrong mode; what the other side speaks says more */
		if (p == PROBE_NO)
			return (struct score){-1, false};
		if (p == PROBE_MORE)
			sc.more = true;
		else
			sc.sum += p;
	}
	if (port_is(dis->ports, port))
		sc.sum += PORT_HINT;
	return sc;
}

/* The dissector that fits best; *ret_open: some may still fit, with more bytes. */
static const struct dissector *
best_of(const struct conn *c, bool swapped, int *ret_sum, bool *ret_open)
{
	const struct dissector *best = NULL;

	*ret_sum = 0;
	for (size_t i = 0; dissectors[i]; i++) {
		struct score sc;

		if (c->unwrap && dissectors[i] == &tls_dissector)
			continue;
		sc = score_of(c, dissectors[i], swapped);

		if (sc.sum < 0)
			continue;
		*ret_open = true;
		if (sc.sum > *ret_sum) {
			*ret_sum = sc.sum;
			best = dissectors[i];
		}
	}
	return best;
}

static void
swap_sides(struct conn *c)
{
	struct conn_side s = c->side[0];

	c->side[0] = c->side[1];
	c->side[1] = s;
	for (uint32_t i = 0; i < c->n_arrivals; i++)
		c->arrivals[i].dir ^= 1;
	flow_swap(c->flow);
}

/* The session is open: what stood before its first byte is told. */
static void
tell_proxied(struct conn *c)
{
	struct proxied *p = c->proxied;
	struct event e = {.type = EV_PROXY};

	if (!p || !c->session)
		return;
	e.proxy = p->what;
	e.at = mark_place(c, DIR_C2S, &p->at, p->len);
	e.at.offset = 0;
	conn_say(c, &e);
	free(p);
	c->proxied = NULL;
}

/* The dialogue goes on inside of TLS: its state makes room. */
static void
keep_tls(struct conn *c)
{
	c->tls = mem_get(tls_dissector.state_size);
	memcpy(c->tls, c->state, tls_dissector.state_size);
	c->drv->counts.memory_bytes += tls_dissector.state_size;
}

void
conn_start(struct conn *c, const struct dissector *dis)
{
	struct event e = {.type = EV_PROTO, .proto = dis->proto};
	enum dir first = c->n_arrivals ? (enum dir)c->arrivals[0].dir : DIR_C2S;

	if (c->unwrap)
		keep_tls(c);
	c->phase = CONN_DIALOGUE;
	c->dis = dis;
	c->state = c->room;
	memset(c->state, 0, dis->state_size);
	if (!c->session && !c->trying && !dis->no_session)
		c->session = c->drv->sink.open(c->drv->sink.user, c->flow);
	e.at = mark_place(
		c, first, c->n_arrivals ? &c->arrivals[0].at : &c->side[first].last, 0);
	conn_say(c, &e);
	tell_proxied(c);
	if (dis == &tls_dissector && unwrap_wanted(c->drv))
		unwrap_begin(c);
}

/* TLS elsewhere is not ours, unless it can be opened; neither is anything else that is not
 * mail, off the mail ports. */
static void
settle_other(struct conn *c)
{
	struct bytes c2s = side_bytes(&c->side[DIR_C2S]), s2c = side_bytes(&c->side[DIR_S2C]);
	const char *name;

	if (c->unwrap)
		return;
	c->phase = CONN_DONE;
	if (!mail_port(c->flow->server.port))
		return;
	c->session = c->drv->sink.open(c->drv->sink.user, c->flow);
	tell_proxied(c);
	if (!c2s.n && !s2c.n)
		return;
	name = c->drv->guess ? guess_flow(c->drv->guess, c->flow->client.port,
				       c->flow->server.port, c2s, s2c)
			     : guess_banner(c2s, s2c);
	c->drv->sink.not_mail(c->drv->sink.user, c->session, name, c2s, s2c);
}

static bool
accept_best(struct conn *c, const struct dissector *best)
{
	if (best == &tls_dissector && !mail_port(c->flow->server.port)) {
		if (elsewhere_wanted(c))
			c->phase = CONN_ELSEWHERE;
		else
			settle_other(c);
		return true;
	}
	conn_start(c, best);
	return true;
}

/* Takes n bytes off the client's arrivals, oldest first; what is empty then did not arrive. The
 * mark of the one with the last of them. */
static struct mark
arrivals_skip(struct conn *c, uint64_t n)
{
	struct mark at = {0};
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->n_arrivals; i++) {
		struct arrival *a = &c->arrivals[i];
		uint64_t k = a->bytes < n ? a->bytes : n;

		if (n && a->dir == DIR_C2S && !a->gap) {
			at = a->at;
			a->bytes -= k;
			a->at.offset += k;
			n -= k;
			if (!a->bytes)
				continue;
		}
		c->arrivals[kept++] = *a;
	}
	c->n_arrivals = kept;
	return at;
}

/* FINDINGS.md 1.4: a PROXY protocol header stands before the dialogue. False: it may be one,
 * more bytes are needed. */
static bool
skip_proxy_header(struct conn *c)
{
	struct ev_proxy proxy;
	struct proxied *p;
	int n;

	if (c->proxy_settled || c->flow->midstream || c->unwrap ||
		side_bytes(&c->side[DIR_C2S]).n == 0)
		return true;
	n = guess_proxy_header(side_bytes(&c->side[DIR_C2S]), &proxy);
	if (n == -EAGAIN)
		return false;
	c->proxy_settled = true;
	if (n > 0) {
		p = c->proxied = mem_get(sizeof(*p));
		p->what = proxy;
		p->len = (uint32_t)n;
		side_use(&c->side[DIR_C2S], (size_t)n);
		p->at = arrivals_skip(c, (uint64_t)n);
	}
	return true;
}

/* With the bytes that are shown: true when the question is settled. */
static bool
judge(struct conn *c, bool final)
{
	size_t limit = c->drv->limits.probe_bytes;
	bool open = false,
	     full = side_shown(&c->side[0]).n >= limit || side_shown(&c->side[1]).n >= limit;
	const struct dissector *best, *swapped = NULL;
	int sum, sum_swapped = 0;

	best = best_of(c, false, &sum, &open);
	if (sum >= SCORE_SURE)
		return accept_best(c, best);
	if (c->flow->midstream && !c->unwrap) {
		swapped = best_of(c, true, &sum_swapped, &open);
		if (sum_swapped >= SCORE_SURE) {
			swap_sides(c);
			return accept_best(c, swapped);
		}
	}
	if (open && !final && !full)
		return false;
	if (sum >= SCORE_FINAL && sum >= sum_swapped)
		return accept_best(c, best);
	if (sum_swapped >= SCORE_FINAL) {
		swap_sides(c);
		return accept_best(c, swapped);
	}
	settle_other(c);
	return true;
}

/* Lines are shown one by one, so that it does not matter how many of them a segment holds. */
static bool
judge_lines(struct conn *c, struct conn_side *s)
{
	struct bytes rest;
	bool settled = false;

	while (!settled && (rest = bytes_from(side_bytes(s), side_shown(s).n)).n) {
		size_t n = bytes_find(rest, '\n');

		s->shown = s->taken + side_shown(s).n + (n < rest.n ? n + 1 : rest.n);
		settled = judge(c, false);
	}
	return settled;
}

bool
conn_probe(struct conn *c, bool final)
{
	enum dir d = c->n_arrivals ? (enum dir)c->arrivals[c->n_arrivals - 1].dir : DIR_C2S;

	if (!skip_proxy_header(c) && !final &&
		side_bytes(&c->side[d]).n < c->drv->limits.probe_bytes)
		return false;
	return judge_lines(c, &c->side[!d]) || judge_lines(c, &c->side[d]) ||
	       (final && judge(c, true));
}
