#include "capture/file_reader.h"
#include "capture/unpack.h"
#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first read is small: of a thousand files, most only wait for their turn. */
#define HEAD_BYTES ((size_t)16 << 10)
#define CHUNK_BYTES                                                                            \
	((size_t)128 << 10) /* stays in the cache of the processor until it is looked at */
#define PACKED_BYTES ((size_t)64 << 10)
/* How long a pipe is waited for before the caller gets its turn. */
#define WAIT_MS 100

struct file_reader {
	int fd, stop_fd;
	bool waits; /* no plain file: may have nothing now */
	bool ended; /* no more bytes in the file */
	bool stopped;
	bool pending; /* the unpacker filled its room and may hold more */
	bool stay;
	uint8_t *buf; /* unpacked: [at, end) not eaten */
	size_t at, end, cap;
	const struct unpack *unpack; /* NULL: plain */
	void *unpack_state;
	uint8_t *packed;
	struct bytes left; /* of packed */
	uint64_t first;    /* place in the file of the first byte that was read */
	uint64_t raw, total;
	struct err err;
	bool failed;
};

/* Why open() failed, with the way out. */
static int
open_error(const char *path, int code, struct err *e)
{
	switch (code) {
	case ENOENT:
		return err_set(e, -code, "%s: there is no such file", path);
	case EACCES:
	case EPERM:
		return err_set(e, -code,
			"%s: no permission to read it; as its owner or root: chmod a+r '%s'",
			path, path);
	case EMFILE:
	case ENFILE:
		return err_set(e, -code,
			"%s: too many open files; allow more with: ulimit -n 65536", path);
	}
	return err_set(e, -code, "%s: cannot be opened: %s", path, strerror(code));
}

static int
look_at(struct file_reader *r, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return err_set(e, -errno, "%s: %s", name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR,
			"%s: is a directory; name the capture files in it: %s/*.pcap", name,
			name);
	if (isatty(r->fd))
		return err_set(e, -EINVAL,
			"%s: is a terminal; send a capture into it: tcpdump -w - | …, or name "
			"a file",
			name);
	r->waits = !S_ISREG(st.st_mode);
	if (S_ISREG(st.st_mode)) {
		off_t at = lseek(r->fd, 0, SEEK_CUR);

		r->first = at > 0 ? (uint64_t)at : 0;
		r->total = (uint64_t)st.st_size;
		posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return 0;
}

/* False: nothing to read within WAIT_MS, or stopped. */
static bool
wait_readable(struct file_reader *r)
{
	struct pollfd p[2] = {
		{.fd = r->fd, .events = POLLIN}, {.fd = r->stop_fd, .events = POLLIN}};
	int n = poll(p, 2, WAIT_MS);

	if (n > 0 && p[1].revents) {
		r->stopped = true;
		r->ended = true;
		return false;
	}
	return n > 0;
}

/* Reads from the file itself. At the end sets ->ended. */
static enum reader_result
read_raw(struct file_reader *r, uint8_t *to, size_t room, size_t *ret_got)
{
	ssize_t n;

	*ret_got = 0;
	if (r->ended)
		return READER_SHORT;
	if (r->waits && !wait_readable(r))
		return r->ended ? READER_SHORT : READER_WAIT;
	do
		n = read(r->fd, to, room);
	while (n < 0 && errno == EINTR && !r->waits);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return READER_WAIT;
	if (n < 0) {
		err_set(&r->err, -errno, "the file cannot be read on: %s", strerror(errno));
		r->failed = true;
		return READER_FAIL;
	}
	r->ended = n == 0;
	r->raw += (uint64_t)n;
	*ret_got = (size_t)n;
	return n ? READER_OK : READER_SHORT;
}

/* The packed file is over: it may only be where one may end. */
static enum reader_result
packed_end(struct file_reader *r)
{
	if (r->stopped || r->unpack->whole(r->unpack_state))
		return READER_SHORT;
	r->failed = true;
	err_set(&r->err, -ENODATA, "the %s data ends early: the file was cut short",
		r->unpack->name);
	return READER_FAIL;
}

static enum reader_result
read_packed(struct file_reader *r, uint8_t *to, size_t room, size_t *ret_got)
{
	*ret_got = 0;
	while (*ret_got == 0) {
		if (r->left.n == 0 && !r->pending) {
			size_t n;
			enum reader_result got = read_raw(r, r->packed, PACKED_BYTES, &n);

			if (got != READER_OK)
				return got == READER_SHORT ? packed_end(r) : got;
			r->left = (struct bytes){r->packed, n};
		}
		r->failed = r->unpack->run(
				    r->unpack_state, &r->left, to, room, ret_got, &r->err) < 0;
		r->pending = *ret_got == room;
		if (r->failed)
			return *ret_got ? READER_OK : READER_FAIL;
	}
	return READER_OK;
}

/* Room for n bytes from ->at on, and for a good read behind what is there. */
static void
make_room(struct file_reader *r, size_t n)
{
	size_t cap = r->cap ? CHUNK_BYTES : HEAD_BYTES;

	assert(n <= READER_MAX);
	if (r->at) {
		memmove(r->buf, r->buf + r->at, r->end - r->at);
		r->end -= r->at;
		r->at = 0;
	}
	while (cap < n)
		cap *= 2;
	if (cap > r->cap) {
		r->buf = mem_grow(r->buf, cap);
		r->cap = cap;
	}
}

enum reader_result
file_reader_want(struct file_reader *r, size_t n, struct bytes *ret)
{
	enum reader_result got = READER_OK;
	bool more_room = r->end - r->at < n;

	if (more_room && r->stay) {
		*ret = (struct bytes){r->buf + r->at, r->end - r->at};
		return READER_WAIT;
	}
	if (more_room)
		make_room(r, n);
	while (r->end - r->at < n && got == READER_OK) {
		uint8_t *to = r->buf + r->end;
		size_t more = 0;

		if (r->failed)
			got = READER_FAIL;
		else if (r->unpack)
			got = read_packed(r, to, r->cap - r->end, &more);
		else
			got = read_raw(r, to, r->cap - r->end, &more);
		r->end += more;
	}
	*ret = (struct bytes){r->buf + r->at, r->end - r->at};
	return got;
}

struct bytes
file_reader_have(const struct file_reader *r)
{
	return (struct bytes){r->buf + r->at, r->end - r->at};
}

void
file_reader_stay(struct file_reader *r, bool stay)
{
	r->stay = stay;
}

void
file_reader_eat(struct file_reader *r, size_t n)
{
	assert(n <= r->end - r->at);
	r->at += n;
}

uint64_t
file_reader_place(const struct file_reader *r, const uint8_t *p)
{
	if (r->waits || r->unpack)
		return 0;
	return r->first + r->raw - (uint64_t)(r->buf + r->end - p);
}

bool
file_reader_again(const struct file_reader *r, uint64_t place, uint8_t *to, size_t n)
{
	while (n) {
		ssize_t got = pread(r->fd, to, n, (off_t)place);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		place += (uint64_t)got;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

/* What was read to see the magic is packed: moves it to where the unpacker takes its bytes
 * from. */
static void
start_unpacking(struct file_reader *r, const struct unpack *u, struct bytes head)
{
	r->packed = mem_get(PACKED_BYTES);
	assert(head.n <= PACKED_BYTES);
	memcpy(r->packed, head.p, head.n);
	r->left = (struct bytes){r->packed, head.n};
	r->at = r->end = 0;
	r->unpack_state = u->start();
	r->unpack = u;
}

int
file_reader_of_fd(
	int fd, const char *name, int stop_fd, struct file_reader **ret, struct err *e)
{
	struct file_reader *r = mem_get(sizeof(*r));
	struct bytes head;
	enum reader_result got;
	int code;

	*r = (struct file_reader){.fd = fd, .stop_fd = stop_fd};
	code = look_at(r, name, e);
	if (code < 0) {
		file_reader_free(&r);
		return code;
	}
	do
		got = file_reader_want(r, 4, &head);
	while (got == READER_WAIT);
	if (got == READER_FAIL) {
		code = err_set(e, r->err.code, "%s: %s", name, r->err.text);
		file_reader_free(&r);
		return code;
	}
	if (unpack_for(head))
		start_unpacking(r, unpack_for(head), head);
	*ret = r;
	return 0;
}

int
file_reader_open(const char *path, int stop_fd, struct file_reader **ret, struct err *e)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			  : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return open_error(standard ? "standard input" : path, errno, e);
	return file_reader_of_fd(fd, standard ? "standard input" : path, stop_fd, ret, e);
}

void
file_reader_rest(struct file_reader *r)
{
	if (r->unpack)
		r->unpack->stop(r->unpack_state);
	if (r->fd >= 0 && (r->waits || r->unpack)) {
		close(r->fd);
		r->fd = -1;
	}
	r->unpack = NULL;
	free(r->packed);
	free(r->buf);
	r->packed = r->buf = NULL;
	r->at = r->end = r->cap = 0;
	r->ended = true;
}

void
file_reader_free(struct file_reader **r)
{
	if (!*r)
		return;
	file_reader_rest(*r);
	if ((*r)->fd >= 0)
		close((*r)->fd);
	free(*r);
	*r = NULL;
}

const char *
file_reader_error(const struct file_reader *r)
{
	return r->err.text;
}

uint64_t
file_reader_raw(const struct file_reader *r)
{
	return r->raw;
}

uint64_t
file_reader_total(const struct file_reader *r)
{
	return r->total;
}
