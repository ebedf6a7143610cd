#include "capture/dumper.h"
#include "capture/link.h"
#include "base/arena.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* draft-ietf-opsawg-pcapng; written in the byte order of this machine. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_ENHANCED = 6,
	BLOCK_SECRETS = 10,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d
};
enum {
	SECRETS_TLS = 0x544c534b /* "TLSK": SSLKEYLOGFILE text */
};
enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	OPT_USERAPPL = 4,
	OPT_TSRESOL = 9
};

#define FLUSH_BYTES ((size_t)1 << 20) /* written to the file at once */

struct dumper_interface {
	uint16_t link, input;
};

struct dumper {
	char *path;
	struct dumper_settings settings;
	char *bpf_note;
	int fd;
	uint32_t number;                     /* of the file, from 0 */
	struct buf out;                      /* whole blocks, not yet written */
	uint64_t written;                    /* bytes of this file that are written */
	int64_t first_ns;                    /* time of its first packet */
	uint64_t packets;                    /* in this file */
	struct dumper_interface *interfaces; /* described in this file */
	size_t n_interfaces, last;
	struct err failed; /* once set, nothing more is written */
};

static char *
file_path(const struct dumper *d, uint32_t number)
{
	size_t n = strlen(d->path) + 16;
	char *p = mem_get(n);

	if (number)
		snprintf(p, n, "%s.%u", d->path, number);
	else
		snprintf(p, n, "%s", d->path);
	return p;
}

static int
fail(struct dumper *d, const char *path, int code, struct err *e)
{
	const char *cause = code == ENOSPC || code == EDQUOT
				    ? "the disk is full; free some space, or keep less with "
				      "--rotate and --keep"
				    : strerror(code);

	err_set(&d->failed, -code, "%s: packets cannot be kept: %s", path, cause);
	if (e)
		*e = d->failed;
	return -code;
}

/*
 * Packets hold passwords: nobody else may read them. A plain file is replaced, not overwritten:
 * it may be the one that is being read, and in a shared directory it may be somebody's link.
 */
static int
open_new(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && unlink(path) == 0)
		return open(path, flags | O_EXCL, 0600);
	return open(path, flags | O_TRUNC, 0600);
}

static void
put_option(struct buf *b, uint16_t code, struct bytes value)
{
	const uint16_t head[2] = {code, (uint16_t)value.n};
	static const uint8_t zeros[4];

	buf_add(b, (struct bytes){(const uint8_t *)head, sizeof(head)});
	buf_add(b, value);
	buf_add(b, (struct bytes){zeros, (4 - value.n % 4) % 4});
}

static void
put_block(struct buf *out, uint32_t type, struct bytes body)
{
	uint32_t len = (uint32_t)body.n + 12;
	const uint32_t head[2] = {type, len};

	buf_add(out, (struct bytes){(const uint8_t *)head, sizeof(head)});
	buf_add(out, body);
	buf_add(out, (struct bytes){(const uint8_t *)&len, sizeof(len)});
}

static void
put_section(struct dumper *d)
{
	struct {
		uint32_t magic;
		uint16_t major, minor;
		uint64_t length;
	} fixed = {BYTE_ORDER_MAGIC, 1, 0, UINT64_MAX};
	struct buf body;

	buf_init(&body, SIZE_MAX);
	buf_add(&body, (struct bytes){(const uint8_t *)&fixed, sizeof(fixed)});
	put_option(&body, OPT_USERAPPL, BYTES("mailsnoop"));
	if (d->bpf_note)
		put_option(&body, OPT_COMMENT, bytes_sub(bytes_str(d->bpf_note), 0, 60000));
	put_option(&body, OPT_END, BYTES_NONE);
	put_block(&d->out, BLOCK_SECTION, buf_bytes(&body));
	buf_done(&body);
}

static void
put_interface(struct dumper *d, uint16_t link)
{
	struct {
		uint16_t link, zero;
		uint32_t snaplen;
	} fixed = {link_to_file(link), 0, 0};
	struct buf body;

	buf_init(&body, SIZE_MAX);
	buf_add(&body, (struct bytes){(const uint8_t *)&fixed, sizeof(fixed)});
	put_option(&body, OPT_TSRESOL, BYTES("\x09"));
	put_option(&body, OPT_END, BYTES_NONE);
	put_block(&d->out, BLOCK_INTERFACE, buf_bytes(&body));
	buf_done(&body);
}

static void
put_frame(struct dumper *d, uint32_t interface, const struct frame *f)
{
	static const uint8_t zeros[4];
	uint64_t ts = f->ts_ns > 0 ? (uint64_t)f->ts_ns : 0;
	uint32_t pad = (4 - f->data.n % 4) % 4, len = (uint32_t)f->data.n + pad + 32;
	const uint32_t head[7] = {BLOCK_ENHANCED, len, interface, (uint32_t)(ts >> 32),
		(uint32_t)ts, (uint32_t)f->data.n, f->wire_len};

	buf_add(&d->out, (struct bytes){(const uint8_t *)head, sizeof(head)});
	buf_add(&d->out, f->data);
	buf_add(&d->out, (struct bytes){zeros, pad});
	buf_add(&d->out, (struct bytes){(const uint8_t *)&len, sizeof(len)});
}

/* The write stopped after `done` bytes of the buffer: the file is cut behind the last whole
 * block. */
static void
cut_to_block(struct dumper *d, size_t done)
{
	size_t whole = 0;
	uint32_t len;

	while (whole + 8 <= done) {
		memcpy(&len, d->out.p + whole + 4, sizeof(len));
		if (len > done - whole)
			break;
		whole += len;
	}
	if (ftruncate(d->fd, (off_t)(d->written + whole)) < 0)
		return; /* no plain file, or past help: the first error is the one to tell */
}

static int
flush(struct dumper *d, struct err *e)
{
	size_t done = 0;

	if (d->failed.code)
		return 0;
	while (done < d->out.n) {
		ssize_t n = write(d->fd, d->out.p + done, d->out.n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			char *path = file_path(d, d->number);
			int code = fail(d, path, errno, e);

			cut_to_block(d, done);
			free(path);
			return code;
		}
		done += (size_t)n;
	}
	d->written += d->out.n;
	buf_clear(&d->out);
	return 0;
}

static int
begin_file(struct dumper *d, struct err *e)
{
	char *path = file_path(d, d->number);
	int code = 0;

	d->fd = open_new(path);
	if (d->fd < 0)
		code = fail(d, path, errno, e);
	free(path);
	d->written = 0;
	d->packets = 0;
	d->n_interfaces = 0;
	put_section(d);
	return code;
}

static int
end_file(struct dumper *d, struct err *e)
{
	int code = flush(d, e);

	if (d->fd >= 0 && close(d->fd) < 0 && code == 0 && !d->failed.code)
		code = fail(d, d->path, errno, e);
	d->fd = -1;
	return code;
}

static bool
is_full(const struct dumper *d, int64_t now_ns)
{
	const struct dumper_settings *s = &d->settings;

	if (d->packets == 0)
		return false;
	if (s->rotate_bytes && d->written + d->out.n >= s->rotate_bytes)
		return true;
	return s->rotate_ns && now_ns - d->first_ns >= s->rotate_ns;
}

static int
rotate(struct dumper *d, struct err *e)
{
	int code = end_file(d, e);

	if (code < 0)
		return code;
	d->number++;
	if (d->settings.keep && d->number >= d->settings.keep) {
		char *oldest = file_path(d, d->number - d->settings.keep);

		unlink(oldest);
		free(oldest);
	}
	return begin_file(d, e);
}

static uint32_t
interface_of(struct dumper *d, const struct frame *f)
{
	const struct dumper_interface *i = d->interfaces;

	if (d->last < d->n_interfaces && i[d->last].link == f->link &&
		i[d->last].input == f->input)
		return (uint32_t)d->last;
	for (d->last = 0; d->last < d->n_interfaces; d->last++)
		if (i[d->last].link == f->link && i[d->last].input == f->input)
			return (uint32_t)d->last;
	d->interfaces = mem_grow(d->interfaces, (d->n_interfaces + 1) * sizeof(*d->interfaces));
	d->interfaces[d->n_interfaces++] = (struct dumper_interface){f->link, f->input};
	put_interface(d, f->link);
	return (uint32_t)d->last;
}

int
dumper_open(
	const char *path, const struct dumper_settings *s, struct dumper **ret, struct err *e)
{
	struct dumper *d = mem_get(sizeof(*d));
	int code;

	d->path = mem_text(path);
	if (s)
		d->settings = *s;
	if (d->settings.bpf_note)
		d->bpf_note = mem_text(d->settings.bpf_note);
	buf_init(&d->out, SIZE_MAX);
	code = begin_file(d, e);
	/* The header goes out at once: a full disk shows now, not after an hour. */
	if (code == 0)
		code = flush(d, e);
	if (code < 0) {
		dumper_close(&d, NULL);
		return code;
	}
	*ret = d;
	return 0;
}

int
dumper_add(struct dumper *d, const struct frame *f, struct err *e)
{
	int code = 0;

	if (!d->failed.code && is_full(d, f->ts_ns))
		code = rotate(d, e);
	if (d->failed.code) {
		if (e)
			*e = d->failed;
		return d->failed.code;
	}
	if (d->packets++ == 0)
		d->first_ns = f->ts_ns;
	put_frame(d, interface_of(d, f), f);
	if (d->out.n >= FLUSH_BYTES)
		code = flush(d, e);
	return code;
}

int
dumper_secrets(struct dumper *d, struct bytes text, struct err *e)
{
	static const uint8_t zeros[4];
	const uint32_t head[2] = {SECRETS_TLS, (uint32_t)text.n};
	struct buf body;

	if (!text.n)
		return 0;
	buf_init(&body, SIZE_MAX);
	buf_add(&body, (struct bytes){(const uint8_t *)head, sizeof(head)});
	buf_add(&body, text);
	buf_add(&body, (struct bytes){zeros, (4 - text.n % 4) % 4});
	put_block(&d->out, BLOCK_SECRETS, buf_bytes(&body));
	buf_wipe(&body);
	return flush(d, e);
}

int
dumper_flush(struct dumper *d, struct err *e)
{
	return flush(d, e);
}

int
dumper_close(struct dumper **pd, struct err *e)
{
	struct dumper *d = *pd;
	int code;

	if (!d)
		return 0;
	code = end_file(d, e);
	if (code == 0 && d->failed.code) {
		code = d->failed.code;
		if (e)
			*e = d->failed;
	}
	buf_done(&d->out);
	free(d->interfaces);
	free(d->bpf_note);
	free(d->path);
	free(d);
	*pd = NULL;
	return code;
}
