/* Files that the user names: completion of paths, and new files that appear whole or not at
 * all. Names never come from the wire. */
#ifndef MS_UI_FILES_H
#define MS_UI_FILES_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define FILES_PATH 4096

/* "~/x" is of the home directory; spaces around are cut off. False: too long, or empty. */
bool files_expand(const char *text, char ret[FILES_PATH]);
/* As prompt_ask.complete: directories end with a slash, hidden files only when asked for. */
struct snapshot;
size_t files_complete(const struct snapshot *s, const char *text, size_t at, struct buf *out);
/* For prompt_ask.check: can it be read, or made? */
bool files_check_read(const char *text, struct err *e);
bool files_check_write(const char *text, struct err *e);
/* Is there such a file already? How large is it? */
bool files_exists(const char *path, off_t *ret_bytes);
bool files_same(const char *a, const char *b);

struct newfile {
	char path[FILES_PATH], tmp[FILES_PATH + 8];
	bool replace;
	int fd;
};
/* A file beside `path` that nobody else may read. 0, or negative errno with a text. */
int newfile_open(struct newfile *f, const char *path, bool replace, struct err *e);
int newfile_put(struct newfile *f, struct bytes text, struct err *e);
/* Gives it its name; -EEXIST when there is one of it and it is not to be replaced. */
int newfile_commit(struct newfile *f, struct err *e);
void newfile_drop(struct newfile *f);

#endif
