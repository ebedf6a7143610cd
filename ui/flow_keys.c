#include "ui/flow_keys.h"
#include "base/arena.h"
#include "base/map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RANDOM_BYTES 32

struct flow_keys {
	struct map *randoms;
};

struct flow_keys *
flow_keys_new(void)
{
	struct flow_keys *k = mem_get(sizeof(*k));

	k->randoms = map_new(0);
	return k;
}

void
flow_keys_free(struct flow_keys **k)
{
	if (!*k)
		return;
	map_free(&(*k)->randoms);
	free(*k);
	*k = NULL;
}

void
flow_keys_add(struct flow_keys *k, struct bytes random)
{
	if (random.n == RANDOM_BYTES)
		*map_put(k->randoms, random) = k;
}

static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
from_hex(struct bytes text, uint8_t out[RANDOM_BYTES])
{
	if (text.n != 2 * RANDOM_BYTES)
		return false;
	for (size_t i = 0; i < RANDOM_BYTES; i++) {
		int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void
pick_line(const struct flow_keys *k, struct bytes line, struct buf *out)
{
	uint8_t random[RANDOM_BYTES];
	struct bytes rest = line;

	bytes_word(&rest);
	if (!from_hex(bytes_word(&rest), random) ||
		!map_get(k->randoms, (struct bytes){random, sizeof(random)}))
		return;
	buf_add(out, bytes_chomp(line));
	buf_byte(out, '\n');
}

void
flow_keys_pick(const struct flow_keys *k, struct bytes text, struct buf *out)
{
	while (text.n) {
		size_t n = bytes_find(text, '\n');

		pick_line(k, bytes_sub(text, 0, n), out);
		text = bytes_from(text, n + 1);
	}
}

int
flow_keys_pick_file(const struct flow_keys *k, const char *path, struct buf *out, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	while ((n = getline(&line, &cap, f)) > 0)
		pick_line(k, (struct bytes){(uint8_t *)line, (size_t)n}, out);
	if (line)
		explicit_bzero(line, cap);
	free(line);
	fclose(f);
	return 0;
}
