/* The key log file, followed while its writer goes on. */
#include "dissectors/tls/keylog_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"

enum {
	PIECE_BYTES = 256 << 10,
	LINE_BYTES = 1024, /* a longer line is junk */
};
#define LOOK_NS NS_PER_MS

void
keylog_file_done(struct keylog_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	buf_wipe(&f->line);
	free(f->path);
	*f = (struct keylog_file){.fd = -1};
}

/* A piece of the file: whole lines are taken, the rest of the last one is kept. */
static void
take_piece(struct keylog *k, struct bytes in)
{
	struct keylog_file *f = &k->file;
	size_t last = in.n, first;

	if (f->line.n) {
		first = bytes_find(in, '\n');
		buf_add(&f->line, bytes_sub(in, 0, first));
		if (first == in.n)
			return;
		keylog_lines(k, buf_bytes(&f->line));
		buf_wipe(&f->line);
		in = bytes_from(in, first + 1);
		last = in.n;
	}
	while (last && in.p[last - 1] != '\n')
		last--;
	keylog_lines(k, bytes_sub(in, 0, last));
	buf_add(&f->line, bytes_from(in, last));
}

/* To its present end. 0 or negative errno. */
static int
read_on(struct keylog *k)
{
	struct keylog_file *f = &k->file;
	uint8_t *piece = mem_get(PIECE_BYTES);
	ssize_t n;

	while ((n = pread(f->fd, piece, PIECE_BYTES, f->at)) > 0) {
		f->at += n;
		take_piece(k, (struct bytes){piece, (size_t)n});
	}
	wipe(piece, PIECE_BYTES);
	free(piece);
	return n < 0 ? -errno : 0;
}

/* A last line without LF is a whole one where nothing more will come. */
static void
close_line(struct keylog *k)
{
	if (k->file.line.n)
		keylog_lines(k, buf_bytes(&k->file.line));
	buf_wipe(&k->file.line);
}

static int
open_file(struct keylog_file *f)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO without a writer must not hold us up; it is refused below. */
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0)
		return -errno;
	if (fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(f->fd);
		f->fd = -1;
		return S_ISDIR(st.st_mode) ? -EISDIR : -ESPIPE;
	}
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->at = 0;
	return 0;
}

int
keylog_open(struct keylog *k, const char *path, bool live, struct err *e)
{
	struct keylog_file *f = &k->file;
	int rc;

	*f = (struct keylog_file){.path = mem_text(path), .fd = -1, .live = live};
	buf_init(&f->line, LINE_BYTES);
	rc = open_file(f);
	if (rc == -ENOENT && live)
		return 0;
	if (rc == 0)
		rc = read_on(k);
	if (rc == 0) {
		if (!live)
			close_line(k);
		return 0;
	}
	if (rc == -ESPIPE)
		return err_set(e, -EINVAL,
			"%s: the key log is not a regular file; give the file that "
			"SSLKEYLOGFILE names for the client",
			path);
	return err_set(e, rc,
		"%s: the key log cannot be read: %s; give the file that SSLKEYLOGFILE names "
		"for the client",
		path, strerror(-rc));
}

/* Replaced, or cut and begun again. */
static bool
is_another(const struct keylog_file *f, const struct stat *st)
{
	return st->st_dev != f->dev || st->st_ino != f->ino || st->st_size < f->at;
}

static bool
look(struct keylog *k)
{
	struct keylog_file *f = &k->file;
	uint64_t before = k->counts.secrets;
	struct stat st;
	int64_t now = clock_mono_ns();

	if (now - f->looked_ns < LOOK_NS)
		return false;
	f->looked_ns = now;
	if (stat(f->path, &st) < 0)
		return false;
	if (f->fd >= 0 && is_another(f, &st)) {
		if (st.st_ino != f->ino || st.st_dev != f->dev)
			read_on(k);
		close_line(k);
		close(f->fd);
		f->fd = -1;
	}
	if (f->fd < 0 && open_file(f) < 0)
		return false;
	if (st.st_size > f->at)
		read_on(k);
	return k->counts.secrets != before;
}

bool
keylog_look(struct keylog *k)
{
	bool more = false;

	if (!k->file.live)
		return false;
	pthread_mutex_lock(&k->lock);
	more = look(k);
	pthread_mutex_unlock(&k->lock);
	return more;
}

bool
keylog_growing(const struct keylog *k)
{
	return k->file.live;
}
