#include "capture/cap_file.h"
#include "base/arena.h"
#include "base/escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cap_file {
	struct file_reader *reader;
	struct source_input *info;
	struct bpf *bpf;
	struct err why; /* of what broke; not cleared for each frame: it is large */
	struct err filter_err;
	const struct format *format;
	union {
		struct rec_pcap pcap;
		struct rec_pcapng pcapng;
	};
	uint64_t number; /* of the packet read last, whether the filter wanted it or not */
	bool ended;
};

_Static_assert(sizeof(((struct source_input *)0)->text) == sizeof(((struct err *)0)->text),
	"copied whole");

static bool
is_pcap(struct bytes h)
{
	static const char magics[][5] = {
		"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1"};

	for (size_t i = 0; i < 4; i++)
		if (h.n >= 4 && memcmp(h.p, magics[i], 4) == 0)
			return true;
	return false;
}

static bool
is_pcapng(struct bytes h)
{
	return h.n >= 4 && memcmp(h.p, "\x0a\x0d\x0d\x0a", 4) == 0;
}

static int
open_pcap(struct cap_file *f, struct err *e)
{
	return rec_pcap_open(&f->pcap, f->reader, e);
}

static enum rec_result
next_pcap(struct cap_file *f, struct frame *ret, struct err *e)
{
	return rec_pcap_next(&f->pcap, f->reader, ret, e);
}

static size_t
run_pcap(struct cap_file *f, struct bytes in, struct frame *ret, size_t max, size_t *used)
{
	return rec_pcap_run(&f->pcap, in, ret, max, used);
}

static int
open_pcapng(struct cap_file *f, struct err *e)
{
	int rc = rec_pcapng_open(&f->pcapng, f->reader, e);

	f->pcapng.secrets = &f->info->secrets;
	return rc;
}

static enum rec_result
next_pcapng(struct cap_file *f, struct frame *ret, struct err *e)
{
	enum rec_result res = rec_pcapng_next(&f->pcapng, f->reader, ret, e);

	f->info->kernel_drops = f->pcapng.drops_kernel;
	f->info->interface_drops = f->pcapng.drops_interface;
	return res;
}

static size_t
run_pcapng(struct cap_file *f, struct bytes in, struct frame *ret, size_t max, size_t *used)
{
	return rec_pcapng_run(&f->pcapng, in, ret, max, used);
}

static void
done_pcapng(struct cap_file *f)
{
	rec_pcapng_done(&f->pcapng);
}

static const struct format {
	bool (*is)(struct bytes head);
	int (*open)(struct cap_file *f, struct err *e);
	enum rec_result (*next)(struct cap_file *f, struct frame *ret, struct err *e);
	/* Those that are whole at the front of `in`; as rec_pcap_run(). */
	size_t (*run)(struct cap_file *f, struct bytes in, struct frame *ret, size_t max,
		size_t *used);
	void (*done)(struct cap_file *f);
} formats[] = {
	{is_pcap, open_pcap, next_pcap, run_pcap, NULL},
	{is_pcapng, open_pcapng, next_pcapng, run_pcapng, done_pcapng},
};

static const char *
file_name(const struct cap_file *f)
{
	return strcmp(f->info->name, "-") == 0 ? "standard input" : f->info->name;
}

/* What we know but do not read, with what does. */
static const struct {
	const char *magic;
	size_t n;
	const char *text;
} others[] = {
	{"\xfd"
	 "7zXZ",
		5, "is packed with xz: unpack it first (xz -dk FILE)"},
	{"BZh", 3, "is packed with bzip2: unpack it first (bunzip2 -k FILE)"},
	{"\x04\x22\x4d\x18", 4, "is packed with lz4: unpack it first (lz4 -d FILE)"},
	{"PK\x03\x04", 4, "is a zip archive: unpack it first (unzip FILE)"},
	{"\xa1\xb2\xcd\x34", 4,
		"is \"modified\" pcap: convert it first (editcap -F pcapng FILE NEW)"},
	{"\x34\xcd\xb2\xa1", 4,
		"is \"modified\" pcap: convert it first (editcap -F pcapng FILE NEW)"},
	{"snoop\0", 6, "is a snoop capture: convert it first (editcap -F pcapng FILE NEW)"},
	{"GMBU", 4,
		"is a Network Monitor capture: convert it first (editcap -F pcapng FILE NEW)"},
	{"RTSS", 4,
		"is a Network Monitor capture: convert it first (editcap -F pcapng FILE NEW)"},
	{"TRSNIFF", 7, "is a Sniffer capture: convert it first (editcap -F pcapng FILE NEW)"},
};

/* A file of none of our formats: says what it looks like. */
static int
not_a_capture(struct cap_file *f, struct bytes head, struct err *e)
{
	struct buf begin;
	int code;

	if (head.n == 0)
		return err_set(e, -EINVAL,
			"%s: the file is empty (0 bytes): nothing was captured into it",
			file_name(f));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (head.n >= others[i].n && memcmp(head.p, others[i].magic, others[i].n) == 0)
			return err_set(e, -EINVAL, "%s: %s", file_name(f), others[i].text);
	buf_init(&begin, SIZE_MAX);
	escape_term(&begin, bytes_sub(head, 0, 24));
	code = err_set(e, -EINVAL,
		"%s: not a capture file: it begins with \"%s\" (pcap and pcapng are read, "
		"plain or packed with gzip or zstd)",
		file_name(f), buf_text(&begin));
	buf_done(&begin);
	return code;
}

static int
open_format(struct cap_file *f, struct err *e)
{
	struct bytes head;
	struct err why = {0};
	enum reader_result got;

	do
		got = file_reader_want(f->reader, 24, &head);
	while (got == READER_WAIT && head.n < 4);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].is(head))
			f->format = &formats[i];
	if (f->format && f->format->open(f, &why) == 0)
		return 0;
	if (f->format)
		return err_set(e, -EINVAL, "%s: %s", file_name(f), why.text);
	if (got == READER_FAIL)
		return err_set(
			e, -EINVAL, "%s: %s", file_name(f), file_reader_error(f->reader));
	return not_a_capture(f, head, e);
}

int
cap_file_open(const char *path, int fd, int stop_fd, struct bpf *bpf, struct source_input *info,
	struct cap_file **ret, struct err *e)
{
	struct cap_file *f = mem_get(sizeof(*f));
	int code;

	f->info = info;
	f->bpf = bpf;
	if (fd >= 0)
		code = file_reader_of_fd(fd, path, stop_fd, &f->reader, e);
	else
		code = file_reader_open(path, stop_fd, &f->reader, e);
	if (code == 0)
		code = open_format(f, e);
	if (code < 0) {
		cap_file_free(&f);
		return code;
	}
	info->bytes_total = file_reader_total(f->reader);
	info->bytes_read = file_reader_raw(f->reader);
	*ret = f;
	return 0;
}

void
cap_file_rest(struct cap_file *f)
{
	if (f->format && f->format->done)
		f->format->done(f);
	f->format = NULL;
	f->ended = true;
	if (f->reader)
		file_reader_rest(f->reader);
}

bool
cap_file_again(const struct cap_file *f, uint64_t at, uint8_t *to, size_t n)
{
	return file_reader_again(f->reader, at, to, n);
}

void
cap_file_free(struct cap_file **f)
{
	if (!*f)
		return;
	cap_file_rest(*f);
	file_reader_free(&(*f)->reader);
	free(*f);
	*f = NULL;
}

static void
set_broken(struct cap_file *f, const char *why)
{
	struct err line;

	err_set(&line, -EINVAL, "%s: packet %llu: %s", file_name(f),
		(unsigned long long)f->number, why);
	f->info->broken = true;
	f->ended = true;
	memcpy(f->info->text, line.text, sizeof(f->info->text));
}

/* Whether the frame is wanted; a filter that does not fit its link type ends the file. */
static bool
wanted(struct cap_file *f, const struct frame *frame)
{
	int m = f->bpf ? bpf_match(f->bpf, frame, &f->filter_err) : 1;

	if (m < 0)
		set_broken(f, f->filter_err.text);
	return m > 0;
}

enum rec_result
cap_file_next(struct cap_file *f, struct frame *ret)
{
	while (!f->ended) {
		enum rec_result res = f->format->next(f, ret, &f->why);

		f->info->bytes_read = file_reader_raw(f->reader);
		if (res == REC_WAIT)
			return res;
		f->ended = res == REC_END;
		f->number += res != REC_END;
		if (res == REC_BROKEN)
			set_broken(f, f->why.text);
		ret->packet = f->number;
		ret->at = res == REC_FRAME ? file_reader_place(f->reader, ret->data.p) : 0;
		if (res == REC_FRAME && wanted(f, ret))
			return REC_FRAME;
	}
	return REC_END;
}

size_t
cap_file_run(struct cap_file *f, struct frame *ret, size_t max)
{
	struct bytes in;
	uint64_t place;
	size_t n, used;

	if (f->ended || f->bpf)
		return 0;
	in = file_reader_have(f->reader);
	place = file_reader_place(f->reader, in.p);
	n = f->format->run(f, in, ret, max, &used);
	for (size_t i = 0; i < n; i++) {
		ret[i].packet = ++f->number;
		ret[i].at = place ? place + (uint64_t)(ret[i].data.p - in.p) : 0;
	}
	file_reader_eat(f->reader, used);
	return n;
}

void
cap_file_stay(struct cap_file *f, bool stay)
{
	file_reader_stay(f->reader, stay);
}

const struct err *
cap_file_filter_error(const struct cap_file *f)
{
	return f->filter_err.code ? &f->filter_err : NULL;
}
