#include "dissectors/conn.h"

#include <stdlib.h>
#include <string.h>

#include "dissectors/tls/record.h"

enum {
	INFLATE_PIECE = 16 << 10, /* bytes inflated at a time */
	INFLATE_FREE =
		1 << 20, /* output that may come of anything: short input can expand much */
	SASL_FRAME_MAX =
		0x00ffffff,   /* RFC 4422 3.7: four octets of length; ours begin with a NUL */
	SASL_FRAMES_SURE = 3, /* FINDINGS.md auth.sasl_layer */
};

static void
layer_say(struct conn *c, enum dir d, enum layer_kind kind)
{
	struct event e = {.type = EV_LAYER, .layer = {.kind = kind}};

	e.at = side_place(c, d);
	conn_say(c, &e);
}

static void
layer_anomaly(struct conn *c, enum dir d, enum anomaly_id id)
{
	struct event e = {.type = EV_ANOMALY, .anomaly = {.id = id}};

	e.at = side_place(c, d);
	conn_say(c, &e);
}

static void
expect_tls(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];

	if (s->state != SIDE_PLAIN && s->state != SIDE_EXPECT_TLS)
		return;
	/* Half a line of plaintext: it is shown again when there is more of it. */
	if (s->state == SIDE_EXPECT_TLS && !s->waiting)
		return;
	s->state = SIDE_EXPECT_TLS;
	s->waiting = false;
	s->fresh = true;
}

/* Was every command seen? */
static bool
client_whole(const struct conn *c)
{
	return !c->flow->midstream && !c->side[DIR_C2S].had_gap &&
	       c->flow->side[DIR_C2S].packets != 0;
}

/* TLS that nobody asked for, behind a clear greeting, is no upgrade; where a command may be
 * missing, it was STARTTLS. */
bool
layer_tls_asked(const struct conn *c)
{
	return c->upgraded || c->asked || !client_whole(c);
}

void
layer_expect_tls(struct conn *c)
{
	c->upgraded |= layer_tls_asked(c);
	expect_tls(c, DIR_C2S);
	expect_tls(c, DIR_S2C);
}

void
layer_start_tls(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];

	if (unwrap_on(c, d)) {
		conn_stop(c, "TLS inside of TLS");
		return;
	}
	if (!c->tls) {
		c->tls = mem_get(tls_dissector.state_size);
		c->drv->counts.memory_bytes += tls_dissector.state_size;
	}
	s->state = SIDE_TLS;
	s->waiting = false;
	s->fresh = true;
	if (!unwrap_on(c, !d))
		expect_tls(c, !d);
	if (!c->unwrap && !unwrap_wanted(c->drv))
		return;
	unwrap_start(c, d);
}

void
layer_tls_feed(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];
	struct events out = {
		.c = c, .dir = d, .pos = s->taken, .marks = s->marks, .n_marks = s->n_marks};
	size_t used = 0;

	if (c->tls_stopped) {
		side_drop(s);
		return;
	}
	if (tls_dissector.feed(c->tls, d, side_bytes(s), &used, &out) == DIS_STOP) {
		c->tls_stopped = true;
		side_drop(s);
		return;
	}
	side_use(s, used);
}

void
layer_tls_piece(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct conn_side *s = &c->side[d];
	struct mark m = *at;
	struct events out = {.c = c, .dir = d, .pos = s->taken, .marks = &m, .n_marks = 1};
	size_t used = 0;

	m.pos = s->taken;
	s->last = m;
	if (!c->tls_stopped)
		c->tls_stopped = tls_dissector.feed(c->tls, d, in, &used, &out) == DIS_STOP;
	if (c->tls_stopped)
		used = in.n;
	s->taken += used;
	m.pos = s->taken;
	m.offset += used;
	s->last = m;
	side_keep(s, bytes_from(in, used), &m);
	s->fresh = false;
}

void
layer_tls_gap(struct conn *c, enum dir d, uint64_t lost)
{
	struct events out = {.c = c, .dir = d, .pos = c->side[d].taken};

	if (!c->tls_stopped)
		tls_dissector.gap(c->tls, d, lost, &out);
}

void
layer_tls_end(struct conn *c)
{
	for (int d = 0; d < 2 && c->tls && !c->tls_stopped; d++) {
		struct events out = {.c = c, .dir = (enum dir)d, .pos = c->side[d].taken};

		tls_dissector.end(c->tls, (enum dir)d, &out);
	}
}

static bool
sasl_frame_start(struct bytes in)
{
	return in.n >= 4 && in.p[0] == 0 && (in.p[1] || in.p[2] || in.p[3]);
}

/* Eats whole and partial frames. */
static void
sasl_step(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];

	for (;;) {
		struct bytes in = side_bytes(s);
		size_t n = s->frame_left < in.n ? (size_t)s->frame_left : in.n;

		if (n) {
			s->frame_left -= n;
			side_use(s, n);
			continue;
		}
		if (in.n < 4)
			return;
		if (!sasl_frame_start(in)) {
			conn_stop(c, "a SASL security layer that cannot be followed");
			return;
		}
		s->frame_left = (uint64_t)in.p[1] << 16 | (uint64_t)in.p[2] << 8 | in.p[3];
		side_use(s, 4);
		if (++s->frames == SASL_FRAMES_SURE && c->side[!d].frames < SASL_FRAMES_SURE)
			layer_say(c, d, LAYER_SASL);
	}
}

bool
layer_step(struct conn *c, enum dir d, bool *ret_expect_tls)
{
	struct conn_side *s = &c->side[d];
	struct bytes in = side_bytes(s);
	bool more = false;

	switch ((enum side_state)s->state) {
	case SIDE_PLAIN:
		return true;
	case SIDE_EXPECT_TLS:
		if (!in.n)
			return false;
		if (!tls_record_start(in, &more)) {
			*ret_expect_tls = true;
			return !more || s->ended;
		}
		layer_start_tls(c, d);
		if (s->state != SIDE_TLS)
			return false;
		s->fresh = false;
		layer_tls_feed(c, d);
		return false;
	case SIDE_TLS:
		layer_tls_feed(c, d);
		return false;
	case SIDE_EXPECT_SASL:
		if (!in.n || (in.p[0] == 0 && in.n < 4))
			return false;
		s->state = sasl_frame_start(in) ? SIDE_SASL : SIDE_PLAIN;
		if (s->state == SIDE_PLAIN)
			return true;
		sasl_step(c, d);
		return false;
	case SIDE_SASL:
		sasl_step(c, d);
		return false;
	case SIDE_STOPPED:
		return false;
	}
	return false;
}

bool
layer_inflate(struct conn *c, enum dir d, struct bytes in, const struct mark *at)
{
	struct conn_side *s = &c->side[d];
	struct inflater *f = s->inflate;
	struct mark m = *at;
	uint8_t piece[INFLATE_PIECE];
	int rc = Z_OK;

	m.flat = true;
	f->in += in.n;
	f->z.next_in = (uint8_t *)(uintptr_t)in.p;
	f->z.avail_in = (uInt)in.n;
	/* Again while the output is full: more may be waiting inside. */
	do {
		f->z.next_out = piece;
		f->z.avail_out = sizeof(piece);
		rc = inflate(&f->z, Z_SYNC_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
			layer_anomaly(c, d, ANOMALY_INFLATE_BROKEN);
			conn_stop(c, "compressed data is broken");
			return false;
		}
		f->out += sizeof(piece) - f->z.avail_out;
		if (f->out > INFLATE_FREE && f->out / c->drv->limits.inflate_ratio > f->in) {
			layer_anomaly(c, d, ANOMALY_INFLATE_BOMB);
			conn_stop(c, "compressed data expands over the limit");
			return false;
		}
		side_keep(
			&c->side[d], (struct bytes){piece, sizeof(piece) - f->z.avail_out}, &m);
		conn_pump(c);
		if (s->state == SIDE_STOPPED)
			return false;
	} while (rc == Z_OK && f->z.avail_out == 0);
	return true;
}

static void
side_start_deflate(struct conn *c, enum dir d)
{
	struct conn_side *s = &c->side[d];
	struct bytes rest = side_bytes(s);
	struct buf old;
	struct mark m = s->last;

	if (s->inflate)
		return;
	s->inflate = mem_get(sizeof(*s->inflate));
	if (inflateInit2(&s->inflate->z, -MAX_WBITS) != Z_OK) {
		free(s->inflate);
		s->inflate = NULL;
		conn_stop(c, "zlib refused to start");
		return;
	}
	buf_init(&old, SIZE_MAX);
	buf_add(&old, rest);
	s->waiting = false;
	side_drop(s);
	layer_inflate(c, d, buf_bytes(&old), &m);
	buf_done(&old);
}

void
layer_start_deflate(struct conn *c)
{
	layer_say(c, DIR_S2C, LAYER_DEFLATE);
	side_start_deflate(c, DIR_C2S);
	side_start_deflate(c, DIR_S2C);
}

void
layer_done(struct conn *c)
{
	unwrap_done(c);
	if (c->tls) {
		tls_dissector.done(c->tls);
		c->drv->counts.memory_bytes -= tls_dissector.state_size;
		free(c->tls);
		c->tls = NULL;
	}
	for (int d = 0; d < 2; d++) {
		if (!c->side[d].inflate)
			continue;
		inflateEnd(&c->side[d].inflate->z);
		free(c->side[d].inflate);
		c->side[d].inflate = NULL;
	}
}
