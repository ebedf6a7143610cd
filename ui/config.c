#include "ui/config.h"
#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct line {
	char *text;  /* as it stands in the file, when key is NULL */
	char *key;   /* or NULL: a comment, or nothing that is understood */
	char *value; /* NULL: taken away since it was read */
	bool changed;
};

struct config {
	char path[4096];
	struct line *lines;
	size_t n;
};

/* A key, or with a dot at its end what keys begin with. */
static const char *const known[] = {"theme", "ascii", "mouse", "time", "dialogue_time", "zone",
	"columns.", "sort.", "filter.", "key.", NULL};

static bool
is_known(const char *key)
{
	for (size_t i = 0; known[i]; i++) {
		size_t n = strlen(known[i]);

		if (known[i][n - 1] == '.' ? strncmp(key, known[i], n) == 0 && key[n]
					   : strcmp(key, known[i]) == 0)
			return true;
	}
	return false;
}

static void
default_path(char *out, size_t n)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	bool has = xdg && *xdg == '/'; /* the specification: relative ones are to be ignored */

	snprintf(out, n, "%s%s/mailsnoop/ui",
		has    ? xdg
		: home ? home
		       : "",
		has ? "" : "/.config");
}

static struct line *
add_line(struct config *c)
{
	c->lines = mem_grow(c->lines, (c->n + 1) * sizeof(*c->lines));
	c->lines[c->n] = (struct line){0};
	return &c->lines[c->n++];
}

static char *
text_of(struct bytes in)
{
	char *s = mem_get(in.n + 1);

	if (in.n)
		memcpy(s, in.p, in.n);
	return s;
}

static struct line *
find(const struct config *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->lines[i].key && strcmp(c->lines[i].key, key) == 0)
			return &c->lines[i];
	return NULL;
}

static void
warn_line(
	struct buf *warn, const struct config *c, size_t no, const char *what, const char *why)
{
	if (warn)
		buf_fmt(warn, "%s:%zu: %s%s\n", c->path, no, what, why);
}

static void
take_line(struct config *c, size_t no, struct bytes in, struct buf *warn)
{
	struct bytes s = bytes_trim(in);
	size_t eq = bytes_find(s, '=');
	struct line *l = add_line(c);

	l->text = text_of(in);
	if (!s.n || s.p[0] == '#')
		return;
	if (eq == s.n || !eq || memchr(s.p, '\0', s.n)) {
		warn_line(warn, c, no, "", "a line is `key = value`, or a # comment");
		return;
	}
	l->key = text_of(bytes_trim(bytes_sub(s, 0, eq)));
	l->value = text_of(bytes_trim(bytes_from(s, eq + 1)));
	if (!is_known(l->key))
		warn_line(warn, c, no, l->key, ": there is no such key");
	else if (find(c, l->key) == l)
		return;
	else
		warn_line(warn, c, no, l->key, " was there before: the first one counts");
	free(l->key);
	free(l->value);
	l->key = l->value = NULL;
}

static void
take_file(struct config *c, struct bytes rest, struct buf *warn)
{
	for (size_t no = 1; rest.n; no++) {
		size_t n = bytes_find(rest, '\n');

		take_line(c, no, bytes_sub(rest, 0, n), warn);
		rest = bytes_from(rest, n + 1);
	}
}

static void
read_file(struct config *c, struct buf *warn)
{
	struct buf all;
	char piece[4096];
	FILE *f = fopen(c->path, "re");
	size_t n;

	if (!f) {
		if (warn && errno != ENOENT && errno != ENOTDIR)
			buf_fmt(warn, "%s: %s\n", c->path, strerror(errno));
		return;
	}
	buf_init(&all, CONFIG_BYTES);
	while (!all.cut && (n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&all, (struct bytes){(const uint8_t *)piece, n});
	fclose(f);
	take_file(c, buf_bytes(&all), warn);
	buf_done(&all);
}

struct config *
config_load(const char *path, struct buf *warn)
{
	struct config *c = mem_get(sizeof(*c));
	char *real;

	if (path)
		snprintf(c->path, sizeof(c->path), "%s", path);
	else
		default_path(c->path, sizeof(c->path));
	/* Who keeps it elsewhere behind a link keeps the link. */
	real = realpath(c->path, NULL);
	if (real && strlen(real) < sizeof(c->path))
		memcpy(c->path, real, strlen(real) + 1);
	free(real);
	read_file(c, warn);
	return c;
}

void
config_free(struct config **pc)
{
	struct config *c = *pc;

	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->lines[i].text);
		free(c->lines[i].key);
		free(c->lines[i].value);
	}
	free(c->lines);
	free(c);
	*pc = NULL;
}

const char *
config_path(const struct config *c)
{
	return c->path;
}

const char *
config_get(const struct config *c, const char *key)
{
	const struct line *l = find(c, key);

	return l ? l->value : NULL;
}

static bool
can_write(const char *s, bool key)
{
	for (; *s; s++)
		if ((uint8_t)*s < 0x20 || *s == 0x7f || (key && (*s == '=' || *s == ' ')))
			return false;
	return true;
}

bool
config_set(struct config *c, const char *key, const char *value)
{
	struct line *l = find(c, key);

	if (!*key || *key == '#' || !can_write(key, true) ||
		(value && !can_write(value, false)))
		return false;
	if (!l && !value)
		return true;
	if (!l) {
		l = add_line(c);
		l->key = mem_text(key);
	} else if (l->value && value && strcmp(l->value, value) == 0) {
		return true;
	}
	free(l->value);
	l->value = value ? mem_text(value) : NULL;
	l->changed = true;
	return true;
}

bool
config_next(const struct config *c, const char *prefix, size_t *pos, const char **ret_name,
	const char **ret_value)
{
	size_t n = strlen(prefix);

	while (*pos < c->n) {
		const struct line *l = &c->lines[(*pos)++];

		if (!l->key || !l->value || strncmp(l->key, prefix, n) != 0)
			continue;
		*ret_name = l->key + n;
		*ret_value = l->value;
		return true;
	}
	return false;
}

static int
make_directories(const char *path, struct err *e)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *s = strchr(dir + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return err_set(e, -errno, "%s: %s", dir, strerror(errno));
		*s = '/';
	}
	return 0;
}

static void
put_lines(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct line *l = &c->lines[i];

		if (l->key && !l->value)
			continue;
		if (l->text && !l->changed)
			buf_fmt(out, "%s\n", l->text);
		else
			buf_fmt(out, "%s = %s\n", l->key, l->value);
	}
}

static int
write_all(int fd, struct bytes rest)
{
	while (rest.n) {
		ssize_t n = write(fd, rest.p, rest.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		rest = bytes_from(rest, n > 0 ? (size_t)n : 0);
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int
replace_file(const char *path, struct bytes text, struct err *e)
{
	char tmp[4096 + 8];
	int fd, rc;

	snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	rc = write_all(fd, text);
	close(fd);
	if (rc == 0 && rename(tmp, path) < 0)
		rc = -errno;
	if (rc == 0)
		return 0;
	unlink(tmp);
	return err_set(e, rc, "%s: %s", path, strerror(-rc));
}

int
config_save(struct config *c, struct err *e)
{
	struct config *now;
	struct buf text;
	bool some = false;
	int rc;

	for (size_t i = 0; i < c->n; i++)
		some |= c->lines[i].changed;
	if (!some)
		return 0;
	rc = make_directories(c->path, e);
	if (rc < 0)
		return rc;
	now = config_load(c->path, NULL);
	for (size_t i = 0; i < c->n; i++)
		if (c->lines[i].changed)
			config_set(now, c->lines[i].key, c->lines[i].value);
	buf_init(&text, SIZE_MAX);
	put_lines(now, &text);
	rc = replace_file(c->path, buf_bytes(&text), e);
	for (size_t i = 0; i < c->n && rc == 0; i++)
		c->lines[i].changed = false;
	buf_done(&text);
	config_free(&now);
	return rc;
}
