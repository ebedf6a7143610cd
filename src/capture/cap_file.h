/* One capture file of any of our formats, or a pipe that carries one. */
#ifndef MS_CAPTURE_CAP_FILE_H
#define MS_CAPTURE_CAP_FILE_H

#include "capture/bpf.h"
#include "capture/rec.h"
#include "capture/source.h"

struct cap_file;

/*
 * info: where to count and to say what broke; outlives the file. path "-": standard input.
 * fd: an open file to read instead of path (closed by us), or -1. bpf: may be NULL; shared by
 * all files. Returns 0, or negative errno with the text.
 */
int cap_file_open(const char *path, int fd, int stop_fd, struct bpf *bpf,
	struct source_input *info, struct cap_file **ret, struct err *e);
void cap_file_free(struct cap_file **f);
/*
 * The next frame that the filter wants; borrowed until the next call. Not REC_BROKEN: that
 * becomes REC_END with info->broken set.
 */
enum rec_result cap_file_next(struct cap_file *f, struct frame *ret);
/*
 * Frames that are in memory whole, up to max of them, without reading from the file: their
 * order in it is kept, and cap_file_next() goes on behind them. May give none where that has
 * some: with a filter it always does. All stay valid until cap_file_next().
 */
size_t cap_file_run(struct cap_file *f, struct frame *ret, size_t max);
/* While it is set the frames handed over stay, and only what is in memory is handed over: then
 * REC_WAIT. */
void cap_file_stay(struct cap_file *f, bool stay);
/* As file_reader_again(), of frame.at on. */
bool cap_file_again(const struct cap_file *f, uint64_t at, uint8_t *to, size_t n);
/* It is over, and the frames came back: frees all that cap_file_again() does not need. */
void cap_file_rest(struct cap_file *f);
/* Was the reason to break off that the filter does not fit? Then it says why. */
const struct err *cap_file_filter_error(const struct cap_file *f);

#endif
