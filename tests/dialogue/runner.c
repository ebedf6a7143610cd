/*
 * Plays dialogue files whole, byte by byte, and cut in two at every place, and wants the same
 * log each time. runner [--update] FILE…
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/dialogue.h"

enum {
	SPLITS_BYTES = 32 << 20, /* played in all: a long dialogue is cut at fewer places */
	SPLITS_MAX = 6000
}; /* cuts tried a file; of a longer one, every k-th */

struct cut {
	size_t turn, at; /* where the one cut is */
	size_t piece;    /* or pieces of this size */
};

static size_t
cut_next(void *user, size_t turn, size_t at, size_t left)
{
	const struct cut *c = user;

	if (c->piece)
		return c->piece < left ? c->piece : left;
	if (turn == c->turn && at < c->at && c->at - at < left)
		return c->at - at;
	return left;
}

static void
play(const struct dialogue *d, struct cut c, struct buf *out)
{
	struct cutter cutter = {cut_next, &c, c.turn % 2 == 0};

	buf_clear(out);
	if (d->findings)
		dialogue_judge(d, &cutter, out);
	else
		dialogue_play(d, &cutter, out);
}

/* The first line that differs, for the reader. */
static void
show_difference(const char *path, const char *what, const char *want, const char *got)
{
	int line = 1;

	while (*want && *got) {
		size_t a = strcspn(want, "\n"), b = strcspn(got, "\n");

		if (a != b || memcmp(want, got, a) != 0)
			break;
		want += a + (want[a] != 0);
		got += b + (got[b] != 0);
		line++;
	}
	fprintf(stderr, "%s: %s: line %d of the log differs\n  want: %.*s\n  got:  %.*s\n",
		path, what, line, (int)strcspn(want, "\n"), want, (int)strcspn(got, "\n"), got);
}

static int
try_splits(const char *path, const struct dialogue *d, const char *whole)
{
	static const size_t pieces[] = {1, 2, 3, 7};
	struct buf out;
	size_t total = 0, step, tried = 0, n = 0;
	char what[80];
	int bad = 0;

	buf_init(&out, 64 << 20);
	for (size_t i = 0; i < d->n_turns; i++)
		total += d->turns[i].data.n;
	step = total / SPLITS_MAX + total * total / SPLITS_BYTES + 1;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]) && !bad; i++) {
		play(d, (struct cut){.piece = pieces[i]}, &out);
		if (strcmp(buf_text(&out), whole) != 0) {
			snprintf(what, sizeof(what), "in pieces of %zu", pieces[i]);
			show_difference(path, what, whole, buf_text(&out));
			bad = 1;
		}
	}
	for (size_t i = 0; i < d->n_turns && !bad; i++) {
		for (size_t at = 1; at < d->turns[i].data.n && !bad; at++) {
			if (n++ % step)
				continue;
			tried++;
			play(d, (struct cut){.turn = i, .at = at}, &out);
			if (strcmp(buf_text(&out), whole) != 0) {
				snprintf(what, sizeof(what), "turn %zu cut at %zu", i + 1, at);
				show_difference(path, what, whole, buf_text(&out));
				bad = 1;
			}
		}
	}
	buf_done(&out);
	return bad;
}

static int
update(const char *path, const struct dialogue *d, const char *log)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		return 1;
	fputs(d->head, f);
	if (!strstr(d->head, "\nexpect\n"))
		fputs("expect\n", f);
	fputs(log, f);
	return fclose(f) != 0;
}

static int
run(const char *path, bool updating)
{
	static struct dialogue d;
	struct buf whole;
	int bad = 0;

	if (dialogue_read(path, &d))
		return 1;
	buf_init(&whole, 64 << 20);
	play(&d, (struct cut){.turn = SIZE_MAX}, &whole);
	if (updating) {
		bad = update(path, &d, buf_text(&whole));
	} else if (!d.expect[0]) {
		fprintf(stderr, "%s: nothing is expected: a test that cannot fail\n", path);
		bad = 1;
	} else if (strcmp(buf_text(&whole), d.expect) != 0) {
		show_difference(path, "whole", d.expect, buf_text(&whole));
		bad = 1;
	}
	if (!bad)
		bad = try_splits(path, &d, buf_text(&whole));
	buf_done(&whole);
	dialogue_free(&d);
	return bad;
}

int
main(int argc, char **argv)
{
	bool updating = argc > 1 && !strcmp(argv[1], "--update");
	int bad = 0;

	for (int i = 1 + updating; i < argc; i++)
		bad |= run(argv[i], updating);
	return bad;
}
