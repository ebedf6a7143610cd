#include "capture/unpack.h"
#include "base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

struct gzip {
	z_stream z;
	bool ended;   /* between two members */
	bool garbage; /* what follows the last member is no gzip: left alone, as gzip(1) does */
};

static bool
gzip_sees(struct bytes head)
{
	return head.n >= 2 && head.p[0] == 0x1f && head.p[1] == 0x8b;
}

static void *
gzip_start(void)
{
	struct gzip *g = mem_get(sizeof(*g));

	if (inflateInit2(&g->z, 15 + 16) != Z_OK) /* 32 KiB window, gzip header */
		abort();
	return g;
}

static void
gzip_stop(void *st)
{
	struct gzip *g = st;

	inflateEnd(&g->z);
	free(g);
}

static int
gzip_run(void *st, struct bytes *in, uint8_t *out, size_t room, size_t *ret_got, struct err *e)
{
	struct gzip *g = st;
	int r;

	*ret_got = 0;
	if (g->ended && in->n) {
		g->garbage = g->garbage || in->p[0] != 0x1f;
		if (!g->garbage) {
			inflateReset(&g->z);
			g->ended = false;
		}
	}
	if (g->ended) {
		*in = BYTES_NONE;
		return 0;
	}
	g->z.next_in = (uint8_t *)in->p;
	g->z.avail_in = (uInt)in->n;
	g->z.next_out = out;
	g->z.avail_out = (uInt)room;
	r = inflate(&g->z, Z_NO_FLUSH);
	*in = bytes_from(*in, in->n - g->z.avail_in);
	*ret_got = room - g->z.avail_out;
	g->ended = r == Z_STREAM_END;
	if (r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR)
		return 0;
	return err_set(e, -EBADMSG, "the gzip data is damaged (%s)",
		g->z.msg ? g->z.msg : "no reason given");
}

static bool
gzip_whole(const void *st)
{
	return ((const struct gzip *)st)->ended;
}

struct zstd {
	ZSTD_DStream *z;
	size_t left; /* 0: a frame has just ended */
};

/* RFC 8878 section 3.1.1 and 3.1.2: a frame, or a skippable one. */
static bool
zstd_sees(struct bytes head)
{
	if (head.n < 4)
		return false;
	return memcmp(head.p, "\x28\xb5\x2f\xfd", 4) == 0 ||
	       ((head.p[0] & 0xf0) == 0x50 && memcmp(head.p + 1, "\x2a\x4d\x18", 3) == 0);
}

static void *
zstd_start(void)
{
	struct zstd *s = mem_get(sizeof(*s));

	s->z = ZSTD_createDStream();
	if (!s->z)
		abort();
	s->left = 1;
	return s;
}

static void
zstd_stop(void *st)
{
	struct zstd *s = st;

	ZSTD_freeDStream(s->z);
	free(s);
}

static int
zstd_run(void *st, struct bytes *in, uint8_t *out, size_t room, size_t *ret_got, struct err *e)
{
	struct zstd *s = st;
	ZSTD_inBuffer from = {in->p, in->n, 0};
	ZSTD_outBuffer to = {out, room, 0};
	size_t r;

	*ret_got = 0;
	if (in->n == 0 && s->left == 0)
		return 0;
	r = ZSTD_decompressStream(s->z, &to, &from);
	*in = bytes_from(*in, from.pos);
	*ret_got = to.pos;
	if (ZSTD_isError(r))
		return err_set(
			e, -EBADMSG, "the zstd data is damaged (%s)", ZSTD_getErrorName(r));
	s->left = r;
	return 0;
}

static bool
zstd_whole(const void *st)
{
	return ((const struct zstd *)st)->left == 0;
}

static const struct unpack rows[] = {
	{"gzip", gzip_sees, gzip_start, gzip_stop, gzip_run, gzip_whole},
	{"zstd", zstd_sees, zstd_start, zstd_stop, zstd_run, zstd_whole},
};

const struct unpack *
unpack_for(struct bytes head)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].sees(head))
			return &rows[i];
	return NULL;
}
