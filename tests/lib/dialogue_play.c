#include "tests/lib/dialogue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/escape.h"
#include "dissectors/driver.h"
#include "dissectors/tls/keylog.h"

/* The flow functions of the stream layer, for flows that are not in a table. */
void
flow_ignore(struct flow *f)
{
	f->ignored = true;
}

void
flow_swap(struct flow *f)
{
	struct endpoint e = f->client;
	struct flow_side s = f->side[0];

	f->client = f->server;
	f->server = e;
	f->side[0] = f->side[1];
	f->side[1] = s;
}

enum {
	BODY_SHOWN = 120,
	KEYLOG_MAX = 1 << 20,
	HANDSHAKE = 3 /* packets */
};

struct player {
	struct buf *out;
	bool reveal, placeless;
	struct buf body; /* message bytes not yet logged */
	uint32_t msg;
	uint64_t body_at;
	uint8_t body_dir;
};

/* "C@12+8 command …" becomes "C command …". */
static void
cut_place(struct buf *out, size_t begun)
{
	size_t end = begun;

	while (end < out->n && out->p[end] != ' ')
		end++;
	memmove(out->p + begun + 1, out->p + end, out->n - end);
	out->n -= end - begun - 1;
}

static void
body_flush(struct player *p)
{
	char hex[SHA256_HEX];
	struct digest *g;
	size_t begun;

	if (!p->body.n)
		return;
	g = digest_new();
	digest_add(g, buf_bytes(&p->body));
	digest_hex(g, hex);
	digest_free(&g);
	begun = p->out->n;
	buf_fmt(p->out, "%s@%llu msg_data msg=%u bytes=%zu sha256=%.16s \"",
		p->body_dir == DIR_C2S ? "C" : "S", (unsigned long long)p->body_at, p->msg,
		p->body.n, hex);
	if (p->placeless)
		cut_place(p->out, begun);
	escape_term(p->out, bytes_sub(buf_bytes(&p->body), 0, BODY_SHOWN));
	buf_fmt(p->out, "%s\"\n", p->body.n > BODY_SHOWN ? "…" : "");
	buf_clear(&p->body);
}

static void *
play_open(void *user, struct flow *f)
{
	return user;
}

static void
play_event(void *user, void *session, const struct event *e)
{
	struct player *p = user;
	size_t begun;

	if (e->type == EV_MSG_DATA) {
		if (p->body.n && p->msg != e->msg_data.msg)
			body_flush(p);
		if (!p->body.n) {
			p->msg = e->msg_data.msg;
			p->body_at = e->at.offset;
			p->body_dir = e->at.dir;
		}
		buf_add(&p->body, e->msg_data.data);
		return;
	}
	body_flush(p);
	begun = p->out->n;
	event_print(p->out, e, p->reveal);
	if (p->placeless)
		cut_place(p->out, begun);
	buf_byte(p->out, '\n');
}

static void
play_loose(void *user, const struct flow *f, const struct event *e)
{
	play_event(user, NULL, e);
}

static void
play_not_mail(void *user, void *session, const char *name, struct bytes c2s, struct bytes s2c)
{
	struct player *p = user;

	buf_fmt(p->out, "not mail: %s\n", name ? name : "unknown");
}

static void
play_close(void *user, void *session, struct flow *f)
{
	body_flush(user);
}

/* Memory whose last page is unmapped; a piece ends right before it. */
struct guard {
	uint8_t *area;
	size_t bytes, page;
};

static struct guard
guard_new(size_t bytes)
{
	struct guard g = {.page = (size_t)sysconf(_SC_PAGESIZE)};

	g.bytes = (bytes + g.page) / g.page * g.page;
	g.area = mmap(NULL, g.bytes + g.page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.area == MAP_FAILED || mprotect(g.area + g.bytes, g.page, PROT_NONE))
		abort();
	return g;
}

static struct bytes
guard_put(struct guard *g, struct bytes in)
{
	uint8_t *p = g->area + g->bytes - in.n;

	memcpy(p, in.p, in.n);
	return (struct bytes){p, in.n};
}

struct play {
	const struct dialogue *d;
	const struct cutter *cut;
	struct stream_sink sink;
	struct flow flow;
	struct guard guard;
	uint64_t sent[2], packet;
	bool ended[2];
};

/* The direction as the connection sees it now: flow_swap() may have turned it round. */
static enum dir
dir_now(const struct play *p, enum dir d)
{
	return p->flow.server.port == p->d->port ? d : (enum dir) !d;
}

static void
play_turn(struct play *p, size_t i)
{
	const struct turn *t = &p->d->turns[i];
	struct stream_at at = {.ts_ns = (int64_t)(i + 1) * 1000000};
	enum dir d = t->dir;

	at.acked = t->ack >= 0 ? (uint64_t)t->ack : t->ack == -2 ? PLACE_NO_ACK : p->sent[!d];
	for (size_t off = 0; off < t->data.n;) {
		size_t n = p->cut->next(p->cut->user, i, off, t->data.n - off);

		at.packet = ++p->packet;
		at.offset = p->sent[d];
		p->flow.side[dir_now(p, d)].packets++;
		p->flow.side[dir_now(p, d)].bytes += n;
		p->flow.last_ns = at.ts_ns;
		if (!p->flow.ignored)
			p->sink.data(p->sink.user, &p->flow, dir_now(p, d),
				guard_put(&p->guard, bytes_sub(t->data, off, n)), &at);
		off += n;
		p->sent[d] += n;
	}
	at.packet = p->packet;
	at.offset = p->sent[d];
	if (t->kind == TURN_GAP) {
		p->sink.gap(
			p->sink.user, &p->flow, dir_now(p, d), t->lost, GAP_LOST, true, &at);
		p->sent[d] += t->lost;
	} else if (t->kind == TURN_FIN) {
		p->ended[d] = true;
		p->sink.fin(p->sink.user, &p->flow, dir_now(p, d), &at);
	}
}

/* Both sides are there, unless only one was captured. */
static void
play_flow(const struct dialogue *d, struct flow *f)
{
	*f = (struct flow){.id = 1, .midstream = d->midstream, .first_packet = 1};
	f->client = d->client;
	f->client.port = 40000;
	f->server = d->server;
	f->server.port = d->port;
	for (int i = 0; i < 2; i++) {
		f->side[i].packets = d->only < 0 || d->only == i;
		f->side[i].syn = f->side[i].packets && !d->midstream;
	}
}

void
dialogue_drive(
	const struct dialogue *d, const struct cutter *cut, const struct driver_sink *sink)
{
	struct dis_limits limits = dis_limits_default;
	struct keylog *keylog = NULL;
	struct driver *drv;
	struct play p = {.d = d, .cut = cut};
	size_t most = 1;

	if (cut->rest)
		limits.awake = 0;
	drv = driver_new(&limits, NULL, sink);
	if (d->keylog.n) {
		keylog = keylog_new(KEYLOG_MAX);
		keylog_text(keylog, buf_bytes(&d->keylog));
		driver_set_keylog(drv, keylog);
	}
	p.sink = driver_stream_sink(drv);
	for (size_t i = 0; i < d->n_turns; i++)
		most = d->turns[i].data.n > most ? d->turns[i].data.n : most;
	p.guard = guard_new(most);
	play_flow(d, &p.flow);
	p.packet = HANDSHAKE;
	for (size_t i = 0; i < d->n_turns; i++)
		play_turn(&p, i);
	p.flow.reason = p.ended[0] && p.ended[1] ? FLOW_FIN : FLOW_EOF;
	p.sink.close(p.sink.user, &p.flow);
	driver_free(&drv);
	keylog_free(&keylog);
	munmap(p.guard.area, p.guard.bytes + p.guard.page);
}

void
dialogue_play(const struct dialogue *d, const struct cutter *cut, struct buf *out)
{
	struct player who = {.out = out, .reveal = d->reveal, .placeless = d->placeless};
	const struct driver_sink sink = {.user = &who,
		.open = play_open,
		.event = play_event,
		.not_mail = play_not_mail,
		.loose = play_loose,
		.close = play_close};

	buf_init(&who.body, 64 << 20);
	dialogue_drive(d, cut, &sink);
	body_flush(&who);
	buf_done(&who.body);
}
