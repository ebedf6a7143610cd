#include "capture/source.h"
#include "capture/source_impl.h"
#include "capture/bpf.h"
#include "capture/cap_file.h"
#include "base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define FILES_SPARE 256 /* open files that the rest of the program may need */

/* One file and its next frame. */
struct head {
	struct cap_file *file;
	struct frame frame;
	bool lent; /* frames of it are in the caller's batch */
	bool over; /* cap_file_rest() when they come back */
};

struct source_file {
	struct source base;
	struct bpf *bpf;
	struct head *heads; /* one an input, in the order given */
	uint16_t *heap;     /* those with a frame: the earliest first */
	size_t n_heap;
	uint16_t *empty; /* those whose next frame must be read before anything can be said
			    about order */
	size_t n_empty;
	uint16_t *lent; /* those whose frames are in the caller's batch */
	size_t n_lent;
};

static bool
earlier(const struct source_file *s, uint16_t a, uint16_t b)
{
	int64_t ta = s->heads[a].frame.ts_ns, tb = s->heads[b].frame.ts_ns;

	return ta < tb || (ta == tb && a < b);
}

static void
swap(uint16_t *a, uint16_t *b)
{
	uint16_t t = *a;

	*a = *b;
	*b = t;
}

static void
heap_push(struct source_file *s, uint16_t head)
{
	size_t i = s->n_heap++;

	s->heap[i] = head;
	for (; i > 0 && earlier(s, s->heap[i], s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&s->heap[i], &s->heap[(i - 1) / 2]);
}

static uint16_t
heap_pop(struct source_file *s)
{
	uint16_t top = s->heap[0];
	size_t i = 0;

	s->heap[0] = s->heap[--s->n_heap];
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2; k++)
			if (k < s->n_heap && earlier(s, s->heap[k], s->heap[least]))
				least = k;
		if (least == i)
			return top;
		swap(&s->heap[i], &s->heap[least]);
		i = least;
	}
}

/* What a file that is over still needs is given back when the frames that were lent come back.
 * Where the filter does not fit, its complaint is still to be read. */
static void
head_over(struct head *h)
{
	if (h->lent)
		h->over = true;
	else if (!cap_file_filter_error(h->file))
		cap_file_rest(h->file);
}

/*
 * Reads the next frame of each file that has none. False: one of them has nothing yet; a pipe,
 * or a file whose buffer is lent.
 */
static bool
fill_heads(struct source_file *s)
{
	while (s->n_empty) {
		uint16_t i = s->empty[s->n_empty - 1];
		struct head *h = &s->heads[i];
		enum rec_result res = cap_file_next(h->file, &h->frame);

		if (res == REC_WAIT)
			return false;
		s->n_empty--;
		h->frame.input = i;
		if (res == REC_FRAME)
			heap_push(s, i);
		else
			head_over(h);
	}
	return true;
}

/* The frames of the last call come back. */
static void
take_back(struct source_file *s)
{
	while (s->n_lent) {
		struct head *h = &s->heads[s->lent[--s->n_lent]];

		h->lent = false;
		if (h->file)
			cap_file_stay(h->file, false);
		if (h->over)
			head_over(h);
		h->over = false;
	}
}

/* Until n frames come back nothing of their file may move. */
static void
lend(struct source_file *s, uint16_t i, size_t n)
{
	struct head *h = &s->heads[i];

	s->base.inputs[i].packets += n;
	if (h->lent)
		return;
	h->lent = true;
	cap_file_stay(h->file, true);
	s->lent[s->n_lent++] = i;
}

/* Where one file is left there is nothing to merge: what is in memory of it goes over at once.
 */
static size_t
lone_run(struct source_file *s, struct frame *ret, size_t max)
{
	uint16_t i;
	size_t n;

	if (s->n_empty != 1 || s->n_heap)
		return 0;
	i = s->empty[0];
	n = cap_file_run(s->heads[i].file, ret, max);
	for (size_t k = 0; k < n; k++)
		ret[k].input = i;
	if (n)
		lend(s, i, n);
	return n;
}

static int
file_batch(struct source *base, struct frame *ret, size_t max)
{
	struct source_file *s = (struct source_file *)base;
	size_t n;

	take_back(s);
	n = lone_run(s, ret, max);
	while (n < max && fill_heads(s) && s->n_heap) {
		uint16_t i = heap_pop(s);

		ret[n++] = s->heads[i].frame;
		s->empty[s->n_empty++] = i;
		lend(s, i, 1);
		n += lone_run(s, ret + n, max - n);
	}
	if (n)
		return (int)n;
	return s->n_empty && !base->stop ? 0 : -ENODATA;
}

static int
file_next(struct source *base, struct frame *ret)
{
	return file_batch(base, ret, 1);
}

static bool
file_again(const struct source *base, size_t i, uint64_t at, uint8_t *to, size_t n)
{
	const struct source_file *s = (const struct source_file *)base;

	return cap_file_again(s->heads[i].file, at, to, n);
}

static void
file_free(struct source *base)
{
	struct source_file *s = (struct source_file *)base;

	for (size_t i = 0; s->heads && i < base->n_inputs; i++)
		cap_file_free(&s->heads[i].file);
	free(s->heads);
	free(s->heap);
	free(s->empty);
	free(s->lent);
	bpf_free(&s->bpf);
}

static const struct source_ops file_ops = {
	.next = file_next, .batch = file_batch, .again = file_again, .free = file_free};

/* A filter with a fault shows with the first frame. Pipes are not asked: that could take for
 * ever. */
static int
try_filter(struct source_file *s, struct err *e)
{
	for (size_t i = 0; i < s->base.n_inputs; i++) {
		if (s->base.inputs[i].bytes_total == 0)
			return 0;
	}
	fill_heads(s);
	for (size_t i = 0; i < s->base.n_inputs; i++) {
		const struct err *why = s->heads[i].file
						? cap_file_filter_error(s->heads[i].file)
						: NULL;

		if (why)
			return err_set(e, SOURCE_BAD_FILTER, "%s: %s", s->base.inputs[i].name,
				why->text);
	}
	return 0;
}

/* A day of rotated files can be more than the usual 1024. The hard limit stays; where it is too
 * low, open() says so. */
static void
allow_files(size_t n)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || n + FILES_SPARE <= l.rlim_cur)
		return;
	l.rlim_cur = n + FILES_SPARE < l.rlim_max ? n + FILES_SPARE : l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
}

static int
open_all(struct source_file *s, int fd, const char *bpf, struct err *e)
{
	size_t n = s->base.n_inputs;
	int code;

	s->heads = mem_get(n * sizeof(*s->heads));
	s->heap = mem_get(n * sizeof(*s->heap));
	s->empty = mem_get(n * sizeof(*s->empty));
	s->lent = mem_get(n * sizeof(*s->lent));
	allow_files(n);
	s->bpf = bpf && *bpf ? bpf_new(bpf) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct source_input *in = &s->base.inputs[i];

		code = cap_file_open(
			in->name, fd, s->base.stop_fd, s->bpf, in, &s->heads[i].file, e);
		if (code < 0)
			return code;
		s->empty[s->n_empty++] = (uint16_t)(n - 1 -
						    i); /* the first given is read first */
	}
	return s->bpf ? try_filter(s, e) : 0;
}

static int
open_source(const char *const *paths, size_t n, int fd, const char *bpf, struct source **ret,
	struct err *e)
{
	struct source_file *s;
	struct source *base;
	int code;

	if (n == 0 || n > UINT16_MAX)
		return err_set(e, -EINVAL,
			"%zu input files: between 1 and %d can be read at once", n, UINT16_MAX);
	if (bpf && *bpf && (code = bpf_check(bpf, e)) < 0)
		return code;
	s = mem_get(sizeof(*s));
	base = &s->base;
	code = source_init(base, &file_ops, paths, n, false, e);
	if (code == 0)
		code = open_all(s, fd, bpf, e);
	if (code < 0) {
		source_free(&base);
		return code;
	}
	*ret = base;
	return 0;
}

int
source_open_files(
	const char *const *paths, size_t n, const char *bpf, struct source **ret, struct err *e)
{
	return open_source(paths, n, -1, bpf, ret, e);
}

int
source_open_fd(int fd, const char *name, struct source **ret, struct err *e)
{
	return open_source(&name, 1, fd, NULL, ret, e);
}
