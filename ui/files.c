#include "ui/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OFFERED 500 /* names of a directory */

bool
files_expand(const char *text, char ret[FILES_PATH])
{
	struct bytes s = bytes_trim(bytes_str(text));
	const char *home = getenv("HOME");
	int n;

	if (s.n && s.p[0] == '~' && (s.n == 1 || s.p[1] == '/') && home)
		n = snprintf(ret, FILES_PATH, "%s%.*s", home, BYTES_FMT(bytes_from(s, 1)));
	else
		n = snprintf(ret, FILES_PATH, "%.*s", BYTES_FMT(s));
	return n > 0 && n < FILES_PATH;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
offer(struct buf *out, const char *dir, const char *name)
{
	char path[2 * FILES_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	buf_str(out, name);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		buf_byte(out, '/');
	buf_byte(out, '\0');
}

size_t
files_complete(const struct snapshot *s, const char *text, size_t at, struct buf *out)
{
	char typed[FILES_PATH], dir[FILES_PATH], *names[OFFERED];
	size_t from = at, n = 0, len;
	struct dirent *d;
	DIR *all;

	while (from && text[from - 1] != '/')
		from--;
	snprintf(typed, sizeof(typed), "%.*s", (int)from, text);
	if (!from || !files_expand(typed, dir))
		snprintf(dir, sizeof(dir), ".");
	len = at - from;
	all = opendir(dir);
	while (all && n < OFFERED && (d = readdir(all))) {
		if (strncmp(d->d_name, text + from, len) != 0 ||
			(d->d_name[0] == '.' && !len) || !strcmp(d->d_name, ".") ||
			!strcmp(d->d_name, ".."))
			continue;
		names[n] = strdup(d->d_name);
		n += names[n] != NULL;
	}
	if (all)
		closedir(all);
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		offer(out, dir, names[i]);
		free(names[i]);
	}
	return from;
}

bool
files_check_read(const char *text, struct err *e)
{
	char path[FILES_PATH];
	struct stat st;

	if (!files_expand(text, path))
		return err_set(e, -EINVAL, "the name of a capture file; Tab completes") == 0;
	if (stat(path, &st) < 0 || access(path, R_OK) < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno)) == 0;
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "%s is a directory", path) == 0;
	return true;
}

bool
files_check_write(const char *text, struct err *e)
{
	char path[FILES_PATH], *slash;
	struct stat st;

	if (!files_expand(text, path))
		return err_set(e, -EINVAL, "a name for the file; Tab completes") == 0;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is %s", path,
			       S_ISDIR(st.st_mode) ? "a directory" : "not a plain file") == 0;
	slash = strrchr(path, '/');
	if (!slash)
		return true;
	slash[slash == path] = '\0';
	if (stat(path, &st) < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno)) == 0;
	if (access(path, W_OK) < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno)) == 0;
	return true;
}

bool
files_exists(const char *path, off_t *ret_bytes)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*ret_bytes = st.st_size;
	return true;
}

bool
files_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int
newfile_open(struct newfile *f, const char *path, bool replace, struct err *e)
{
	*f = (struct newfile){.replace = replace};
	snprintf(f->path, sizeof(f->path), "%s", path);
	snprintf(f->tmp, sizeof(f->tmp), "%s.XXXXXX", path);
	f->fd = mkostemp(f->tmp, O_CLOEXEC);
	return f->fd < 0 ? err_set(e, -errno, "%s: %s", path, strerror(errno)) : 0;
}

int
newfile_put(struct newfile *f, struct bytes rest, struct err *e)
{
	while (rest.n) {
		ssize_t n = write(f->fd, rest.p, rest.n);

		if (n < 0 && errno != EINTR)
			return err_set(e, -errno, "%s: %s", f->path, strerror(errno));
		rest = bytes_from(rest, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

/* link() gives a name only when it is free; where a file system has no links, what came
 * between is found by looking. */
static int
name_free(const char *from, const char *to)
{
	struct stat st;

	if (link(from, to) == 0)
		return unlink(from);
	if (errno == EEXIST)
		return -1;
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

int
newfile_commit(struct newfile *f, struct err *e)
{
	int rc = f->replace ? rename(f->tmp, f->path) : name_free(f->tmp, f->path);

	if (rc < 0) {
		rc = err_set(e, -errno, "%s: %s", f->path, strerror(errno));
		newfile_drop(f);
		return rc;
	}
	close(f->fd);
	f->fd = -1;
	return 0;
}

void
newfile_drop(struct newfile *f)
{
	if (f->fd < 0)
		return;
	close(f->fd);
	f->fd = -1;
	unlink(f->tmp);
}
