#include "output/sink.h"
#include "base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_BYTES ((size_t)64 * 1024) /* gathered before they are written */

struct out {
	int fd;
	bool own_fd;
	int error; /* negative errno, the first one stays */
	struct buf buf;
};

struct out *
out_new(int fd, bool own_fd)
{
	struct out *o = mem_get(sizeof(*o));

	o->fd = fd;
	o->own_fd = own_fd;
	buf_init(&o->buf, SIZE_MAX);
	return o;
}

void
out_free(struct out **o)
{
	if (!*o)
		return;
	out_flush(*o, NULL);
	buf_done(&(*o)->buf);
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

void
out_add(struct out *o, struct bytes in)
{
	if (o->error)
		return;
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
