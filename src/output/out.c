#include "output/sink.h"

#include "base/arena.h"
#include "base/escape.h"
#include "output/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_BYTES ((size_t)64 * 1024) /* gathered before they are written */

struct out {
	int fd;
	bool own_fd;
	int error; /* negative errno, the first one stays */
	bool ascii;
	struct buf buf;
	struct buf plain; /* one piece, in ASCII */
};

struct out *
out_new(int fd, bool own_fd)
{
	struct out *o = mem_get(sizeof(*o));

	o->fd = fd;
	o->own_fd = own_fd;
	buf_init(&o->buf, SIZE_MAX);
	buf_init(&o->plain, SIZE_MAX);
	return o;
}

void
out_ascii(struct out *o)
{
	o->ascii = true;
}

void
out_free(struct out **o)
{
	if (!*o)
		return;
	out_flush(*o, NULL);
	buf_done(&(*o)->buf);
	buf_done(&(*o)->plain);
	if ((*o)->own_fd)
		close((*o)->fd);
	free(*o);
	*o = NULL;
}

static void
put(struct out *o, struct bytes in)
{
	while (in.n && !o->error) {
		ssize_t n = write(o->fd, in.p, in.n);

		if (n >= 0)
			in = bytes_from(in, (size_t)n);
		else if (errno != EINTR)
			o->error = -errno;
	}
}

/* The characters that our own texts use; any other becomes as many '?' as it is columns wide.
 */
static void
put_ascii(struct buf *out, struct bytes c, uint32_t cp)
{
	static const struct {
		uint32_t cp;
		char as;
	} alike[] = {{0x00a7, 's'}, {0x00b7, '.'}, {0x00d7, 'x'}, {0x2013, '-'}, {0x2014, '-'},
		{0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x2026, '~'},
		{0x2190, '<'}, {0x2192, '>'}, {0x2500, '-'}, {0x2502, '|'}};

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		if (alike[i].cp == cp) {
			buf_byte(out, (uint8_t)alike[i].as);
			return;
		}
	}
	for (size_t i = text_width(c); i; i--)
		buf_byte(out, '?');
}

static struct bytes
as_ascii(struct out *o, struct bytes in)
{
	uint32_t cp;

	buf_clear(&o->plain);
	for (size_t n; in.n; in = bytes_from(in, n)) {
		n = utf8_next(in, &cp);
		if (n == 0)
			n = 1;
		if (n == 1)
			buf_byte(&o->plain, in.p[0] < 0x80 ? in.p[0] : '?');
		else
			put_ascii(&o->plain, bytes_sub(in, 0, n), cp);
	}
	return buf_bytes(&o->plain);
}

void
out_add(struct out *o, struct bytes in)
{
	if (o->error)
		return;
	if (o->ascii)
		in = as_ascii(o, in);
	if (o->buf.n + in.n > OUT_BYTES) {
		put(o, buf_bytes(&o->buf));
		buf_clear(&o->buf);
	}
	if (in.n >= OUT_BYTES)
		put(o, in);
	else
		buf_add(&o->buf, in);
}

int
out_flush(struct out *o, struct err *e)
{
	put(o, buf_bytes(&o->buf));
	buf_clear(&o->buf);
	if (o->error)
		return err_set(e, o->error, "cannot write the output: %s", strerror(-o->error));
	return 0;
}

bool
out_broken(const struct out *o)
{
	return o->error != 0;
}
