#include "ui/flows.h"
#include "base/arena.h"
#include "base/map.h"
#include "capture/dumper.h"
#include "capture/source.h"
#include "ui/flow_keys.h"

#include <stdlib.h>

#define HELD 4096u                    /* fragments that wait for the last one of theirs */
#define HELD_BYTES ((size_t)16 << 20) /* … and their bytes */
#define BATCH 32

struct key { /* both ends, the smaller one first */
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t family;
};

struct interval { /* a session between these ends */
	uint64_t flow_id;
	int64_t first_ns, last_ns;
	size_t next; /* + 1 */
	bool seen, wanted;
};

struct held {
	struct frame f;
	uint8_t *copy;
};

struct flows {
	struct map *ends; /* struct key → index of the last interval + 1 */
	struct interval *v;
	size_t n, cap;
	struct held *held; /* a ring */
	size_t n_held, held_bytes;
	struct flow_keys *keys;
	struct dumper *dumper;
	struct packet_decoder *decoder;
	struct flows_count count;
};

struct flows *
flows_new(void)
{
	struct flows *f = mem_get(sizeof(*f));

	f->ends = map_new(0);
	f->keys = flow_keys_new();
	f->held = mem_get(HELD * sizeof(*f->held));
	return f;
}

void
flows_free(struct flows **pf)
{
	struct flows *f = *pf;

	if (!f)
		return;
	for (size_t i = 0; i < HELD; i++)
		free(f->held[i].copy);
	free(f->held);
	map_free(&f->ends);
	flow_keys_free(&f->keys);
	free(f->v);
	free(f);
	*pf = NULL;
}

static struct bytes
make_key(struct key *k, const struct endpoint *a, const struct endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));
	bool turn = order ? order > 0 : a->port > b->port;

	memset(k, 0, sizeof(*k));
	memcpy(k->addr[turn], a->addr, sizeof(a->addr));
	memcpy(k->addr[!turn], b->addr, sizeof(b->addr));
	k->port[turn] = a->port;
	k->port[!turn] = b->port;
	k->family = a->family;
	return (struct bytes){(const uint8_t *)k, sizeof(*k)};
}

static void
add(struct flows *f, const struct feed_session *s, void **place, bool wanted)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 64;
		f->v = mem_grow(f->v, f->cap * sizeof(*f->v));
	}
	f->v[f->n] = (struct interval){.flow_id = s->flow_id,
		.wanted = wanted,
		.first_ns = s->first_ns,
		.last_ns = s->last_ns,
		.next = (size_t)(uintptr_t)*place};
	*place = (void *)(uintptr_t)++f->n;
}

void
flows_add(struct flows *f, const struct feed_session *s, struct bytes random)
{
	struct key k;

	flow_keys_add(f->keys, random);
	add(f, s, map_put(f->ends, make_key(&k, &s->client, &s->server)), true);
	f->count.expected += s->packets;
}

void
flows_except(struct flows *f, const struct feed_session *s)
{
	struct key k;
	struct bytes key = make_key(&k, &s->client, &s->server);
	size_t i = (size_t)(uintptr_t)map_get(f->ends, key);

	for (; i; i = f->v[i - 1].next)
		if (f->v[i - 1].flow_id == s->flow_id)
			return;
	if (map_get(f->ends, key))
		add(f, s, map_put(f->ends, key), false);
}

static bool
is_wanted(struct flows *f, const struct segment *seg)
{
	struct key k;
	size_t i = (size_t)(uintptr_t)map_get(f->ends, make_key(&k, &seg->src, &seg->dst));

	bool only = i && !f->v[i - 1].next; /* clocks may have been set back: all are its */

	for (; i; i = f->v[i - 1].next) {
		struct interval *v = &f->v[i - 1];

		if (!v->wanted ||
			(!only && (seg->ts_ns < v->first_ns || seg->ts_ns > v->last_ns)))
			continue;
		f->count.sessions += !v->seen;
		v->seen = true;
		return true;
	}
	return false;
}

static int
put_frame(struct flows *f, const struct frame *frame, struct err *e)
{
	f->count.packets++;
	f->count.bytes += frame->data.n;
	return dumper_add(f->dumper, frame, e);
}

/* A fragment: whose it is will be known when the last one comes. */
static void
hold(struct flows *f, const struct frame *frame)
{
	struct held *h = &f->held[f->n_held % HELD];

	f->held_bytes -= h->copy ? h->f.data.n : 0;
	free(h->copy);
	h->copy = NULL;
	if (f->held_bytes + frame->data.n > HELD_BYTES)
		return;
	h->f = *frame;
	h->copy = mem_get(frame->data.n + 1);
	memcpy(h->copy, frame->data.p, frame->data.n);
	h->f.data.p = h->copy;
	f->held_bytes += frame->data.n;
	f->n_held++;
}

static bool
has_addresses(struct bytes data, const struct segment *seg)
{
	size_t n = seg->src.family == 4 ? 4 : 16;
	uint8_t both[32];

	memcpy(both, seg->src.addr, n);
	memcpy(both + n, seg->dst.addr, n);
	data = bytes_sub(data, 0, 256);
	return memmem(data.p, data.n, both, 2 * n);
}

/* The fragments from which this segment was joined: those that go from one end to the other. */
static int
put_held(struct flows *f, const struct segment *seg, struct err *e)
{
	size_t from = f->n_held > HELD ? f->n_held - HELD : 0;
	int rc = 0;

	for (size_t i = from; i < f->n_held && rc == 0; i++) {
		struct held *h = &f->held[i % HELD];

		if (!h->copy || !has_addresses(h->f.data, seg))
			continue;
		rc = put_frame(f, &h->f, e);
		f->held_bytes -= h->f.data.n;
		free(h->copy);
		h->copy = NULL;
	}
	return rc;
}

static int
take(struct flows *f, const struct frame *frame, struct err *e)
{
	struct segment seg;
	int rc;

	switch (packet_decode(f->decoder, frame, &seg)) {
	case PACKET_TCP:
		break;
	case PACKET_HELD:
		hold(f, frame);
		return 0;
	case PACKET_UDP:
	case PACKET_OTHER:
	case PACKET_MALFORMED:
		return 0;
	}
	if (!is_wanted(f, &seg))
		return 0;
	rc = packet_lasting(frame, &seg) ? 0 : put_held(f, &seg, e);
	return rc < 0 ? rc : put_frame(f, frame, e);
}

static void
show_progress(const struct source *src, struct job *j)
{
	uint64_t read = 0, total = 0;

	for (size_t i = 0; i < source_inputs(src); i++) {
		read += source_input(src, i)->bytes_read;
		total += source_input(src, i)->bytes_total;
	}
	if (total)
		atomic_store(&j->permille, (unsigned)(1000 * read / total));
}

static int
put_secrets(struct flows *f, struct buf *lines, struct err *e)
{
	int rc = dumper_secrets(f->dumper, buf_bytes(lines), e);

	f->count.secrets |= lines->n > 0;
	buf_wipe(lines);
	return rc;
}

/* Those that the files hold; they stand before the packets that need them, there as here. */
static int
take_secrets(struct flows *f, struct source *src, struct err *e)
{
	struct buf text, lines;
	int rc;

	buf_init(&text, SIZE_MAX);
	buf_init(&lines, SIZE_MAX);
	for (size_t i = 0; i < source_inputs(src); i++)
		source_secrets(src, i, &text);
	flow_keys_pick(f->keys, buf_bytes(&text), &lines);
	rc = put_secrets(f, &lines, e);
	buf_wipe(&text);
	return rc;
}

static int
take_keylog(struct flows *f, const char *path, struct err *e)
{
	struct buf lines;
	int rc;

	if (!path)
		return 0;
	buf_init(&lines, SIZE_MAX);
	rc = flow_keys_pick_file(f->keys, path, &lines, e);
	return rc < 0 ? rc : put_secrets(f, &lines, e);
}

static int
copy(struct flows *f, struct source *src, struct job *j, struct err *e)
{
	struct frame frames[BATCH];
	int n, rc = 0;

	while (rc == 0 && (n = source_batch(src, frames, BATCH)) >= 0) {
		rc = take_secrets(f, src, e);
		for (int i = 0; i < n && rc == 0; i++)
			rc = take(f, &frames[i], e);
		show_progress(src, j);
		if (atomic_load_explicit(&j->cancel, memory_order_relaxed))
			rc = err_set(e, -ECANCELED, "cancelled; nothing was saved");
	}
	return rc;
}

int
flows_copy(struct flows *f, const char *const *files, size_t n, const char *bpf,
	const char *keylog, const char *out, struct job *j, struct flows_count *ret,
	struct err *e)
{
	struct dumper_settings set = {.bpf_note = bpf};
	struct source *src = NULL;
	int rc = source_open_files(files, n, bpf, &src, e), closed;

	if (rc < 0)
		return rc;
	rc = dumper_open(out, &set, &f->dumper, e);
	if (rc == 0) {
		f->decoder = packet_new(&packet_defaults);
		rc = take_keylog(f, keylog, e);
		if (rc == 0)
			rc = copy(f, src, j, e);
		packet_free(&f->decoder);
		closed = dumper_close(&f->dumper, rc < 0 ? NULL : e);
		rc = rc < 0 ? rc : closed;
	}
	source_free(&src);
	*ret = f->count;
	return rc;
}
