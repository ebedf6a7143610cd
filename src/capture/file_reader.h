/*
 * The bytes of one file, unpacked: plain, gzip (RFC 1952) or zstd (RFC 8878), told by the
 * magic. They are shown in place: no copy for the caller, but for the record that straddles the
 * end of the buffer.
 */
#ifndef MS_CAPTURE_FILE_READER_H
#define MS_CAPTURE_FILE_READER_H

#include "base/bytes.h"
#include "base/err.h"

struct file_reader;

/*
 * path "-" is standard input. stop_fd: when it is readable, waiting for a pipe ends (-1: none).
 * Waits for the first bytes. Returns 0, or negative errno with the text.
 */
int file_reader_open(const char *path, int stop_fd, struct file_reader **ret, struct err *e);
/* The same of an open file; the reader closes fd, also when this fails. `name` is for the
 * texts. */
int file_reader_of_fd(
	int fd, const char *name, int stop_fd, struct file_reader **ret, struct err *e);
void file_reader_free(struct file_reader **r);

enum reader_result {
	READER_OK,
	READER_WAIT,  /* a pipe has nothing now: ask again */
	READER_SHORT, /* the file ends before; *ret is what is left of it */
	READER_FAIL,  /* cannot be read or unpacked further; see file_reader_error(). *ret is
			 what is left */
};
/*
 * Shows the next bytes, at least n of them (n at most READER_MAX). They stay where they are
 * until the next call, also after file_reader_eat().
 */
#define READER_MAX ((size_t)32 << 20)
enum reader_result file_reader_want(struct file_reader *r, size_t n, struct bytes *ret);
/*
 * While it is set nothing shown so far moves, and nothing is read: file_reader_want() answers
 * READER_WAIT when what is in memory is not enough.
 */
void file_reader_stay(struct file_reader *r, bool stay);
/* What is in memory by now, without reading. */
struct bytes file_reader_have(const struct file_reader *r);
/* Goes n bytes on; no more than were shown. */
void file_reader_eat(struct file_reader *r, size_t n);

/*
 * Where the byte at p, which was shown, stands in the file; 0 when the file cannot be read a
 * second time there: a pipe, or a packed one.
 */
uint64_t file_reader_place(const struct file_reader *r, const uint8_t *p);
/* n bytes from such a place on, once more. False: they are not there any more. */
bool file_reader_again(const struct file_reader *r, uint64_t place, uint8_t *to, size_t n);
/* Nothing is wanted any more but file_reader_again(): frees all else. */
void file_reader_rest(struct file_reader *r);

const char *file_reader_error(const struct file_reader *r);
/* Bytes of the file (packed ones): read so far, and in all (0: not known). */
uint64_t file_reader_raw(const struct file_reader *r);
uint64_t file_reader_total(const struct file_reader *r);

#endif
