#include "ui/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct script {
	struct ui *ui;
	const char *path;
	int line;
};

bool
script_size(struct bytes text, int *ret_rows, int *ret_cols)
{
	size_t x = bytes_find(text, 'x');
	uint64_t cols, rows;

	if (!bytes_u64(bytes_sub(text, 0, x), 1000, &cols) ||
		!bytes_u64(bytes_from(text, x + 1), 1000, &rows) || !cols || !rows)
		return false;
	*ret_rows = (int)rows;
	*ret_cols = (int)cols;
	return true;
}

static int
bad(const struct script *s, struct err *e, const char *what)
{
	return err_set(e, -EINVAL, "%s:%d: %s", s->path, s->line, what);
}

static void
step(struct script *s)
{
	ui_tick(s->ui);
	ui_draw(s->ui);
}

static int
do_size(struct script *s, struct bytes rest, struct err *e)
{
	int rows, cols;

	if (!script_size(rest, &rows, &cols))
		return bad(s, e, "a size is COLUMNSxROWS, as in 80x24");
	ui_resize(s->ui, rows, cols);
	return 0;
}

static int
do_keys(struct script *s, struct bytes rest, struct err *e)
{
	struct bytes word;

	while ((word = bytes_word(&rest)).n) {
		struct key_press k = {.key = key_parse(word)};

		if (k.key == KEY_NO_KEY)
			return bad(s, e, "no key has that name");
		ui_key(s->ui, k);
		step(s);
	}
	return 0;
}

static int
do_type(struct script *s, struct bytes rest, struct err *e)
{
	for (size_t i = 0; i < rest.n; i++)
		ui_key(s->ui, (struct key_press){.key = rest.p[i]});
	return 0;
}

/* Until the input is read, and what a screen asked for is there. */
static int
do_wait(struct script *s, struct bytes rest, struct err *e)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	do {
		nanosleep(&pause, NULL);
		step(s);
	} while (!atomic_load(&ui_feed(s->ui)->finished) || ui_busy(s->ui));
	for (int i = 0; i < 3; i++)
		step(s);
	return 0;
}

static int
do_save(struct script *s, struct bytes rest, struct err *e)
{
	char path[1024];
	struct buf text;
	FILE *f;

	snprintf(path, sizeof(path), "%.*s", BYTES_FMT(rest));
	f = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (!f)
		return err_set(
			e, -errno, "%s:%d: %s: %s", s->path, s->line, path, strerror(errno));
	buf_init(&text, SIZE_MAX);
	step(s);
	step(s);
	canvas_text(ui_draw(s->ui), &text);
	fwrite(text.p, 1, text.n, f);
	buf_done(&text);
	if (f == stdout)
		fflush(f);
	else
		fclose(f);
	return 0;
}

static uint32_t
random_key(uint64_t n)
{
	static const char typed[] =
		"jkhlgGnNsz<>fpxetraomcJKFRMwb.12345/?[]{} =\"~&|!()usertlsimap";

	if (n % 3 == 0)
		return KEY_FIRST + (uint32_t)(n / 3 % (KEY_LAST - KEY_FIRST));
	if (n % 97 == 1)
		return (uint32_t)(n / 97 % 0x3000);
	return (uint8_t)typed[n / 3 % (sizeof(typed) - 1)];
}

/* A walk that can be repeated: splitmix64. */
static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int
do_random(struct script *s, struct bytes rest, struct err *e)
{
	uint64_t seed = 0, n = 0;

	if (!bytes_u64(bytes_word(&rest), UINT64_MAX, &seed) ||
		!bytes_u64(bytes_word(&rest), UINT32_MAX, &n))
		return bad(s, e, "random SEED N");
	while (n--) {
		uint64_t z = random_next(&seed);
		struct key_press k = {.key = random_key(z >> 16),
			.row = (int)(z >> 8 & 63),
			.col = (int)(z & 255)};

		if ((z >> 60) == 0)
			ui_resize(s->ui, (int)(z >> 20 & 63) + 1, (int)(z >> 28 & 255) + 1);
		ui_key(s->ui, k);
		step(s);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct script *s, struct bytes rest, struct err *e);
} commands[] = {{"size", do_size}, {"keys", do_keys}, {"type", do_type}, {"wait", do_wait},
	{"save-screen", do_save}, {"random", do_random}};

static int
run_line(struct script *s, struct bytes line, struct err *e)
{
	struct bytes rest = bytes_trim(line), name = bytes_word(&rest);
	int rc;

	if (!name.n || name.p[0] == '#')
		return 0;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!bytes_is(name, commands[i].name))
			continue;
		rc = commands[i].run(s, bytes_trim(rest), e);
		step(s);
		return rc;
	}
	return bad(s, e, "there are size, keys, type, wait, save-screen and random");
}

int
script_run(struct ui *ui, const char *path, struct err *e)
{
	struct script s = {.ui = ui, .path = path};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	step(&s);
	while (rc == 0 && (n = getline(&line, &cap, f)) > 0) {
		s.line++;
		rc = run_line(&s, bytes_chomp((struct bytes){(uint8_t *)line, (size_t)n}), e);
	}
	free(line);
	fclose(f);
	return rc;
}
