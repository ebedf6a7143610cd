#include "tests/lib/fuzz_dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "tests/lib/dialogue.h"

enum {
	FUZZ_MIDSTREAM = 1,
	FUZZ_CLIENT_ONLY = 2,
	FUZZ_SERVER_ONLY = 4,
	FUZZ_OTHER_PORT = 8,
	RECORD_GAP = 127,
	RECORD_END = 126,
	RECORD_DEAF = 125,
	LOG_MAX = 16 << 20,
};

static size_t
cut_pieces(void *user, size_t turn, size_t at, size_t left)
{
	size_t n = *(const size_t *)user;

	return n < left ? n : left;
}

static void
read_turns(struct dialogue *d, struct cursor *c)
{
	while (cursor_left(c) && d->n_turns < TURNS_MAX) {
		struct turn *t = &d->turns[d->n_turns];
		uint8_t op = cursor_u8(c);
		size_t n = cursor_be16(c);

		*t = (struct turn){.dir = op & 1 ? DIR_S2C : DIR_C2S, .ack = -1};
		if (d->only >= 0)
			t->dir = (enum dir)d->only;
		if (op >> 1 == RECORD_GAP) {
			t->kind = TURN_GAP;
			t->lost = n + 1;
		} else if (op >> 1 == RECORD_END) {
			t->kind = TURN_FIN;
		} else {
			t->ack = op >> 1 == RECORD_DEAF ? 0 : -1;
			t->data = cursor_take(c, n < cursor_left(c) ? n : cursor_left(c));
		}
		d->n_turns++;
	}
}

static void
differ(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	fprintf(stderr, "the log depends on how the stream is cut:\n  %.200s\n  %.200s\n", a,
		b);
	abort();
}

/*
 * Inflated bytes have the offset of their piece; what is not mail is named by what had come.
 * (How long a lone side is waited for is counted in pieces, too.)
 */
static bool
comparable(const char *a, const char *b)
{
	return !strstr(a, "layer kind=deflate") &&
	       !(strstr(a, "not mail") && strstr(b, "not mail"));
}

void
fuzz_turns(const struct dialogue *d)
{
	static size_t pieces[] = {SIZE_MAX, 1, 5};
	struct buf log[2];

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct buf *out = &log[i > 0];
		struct cutter cut = {cut_pieces, &pieces[i], i > 0};

		buf_init(out, LOG_MAX);
		dialogue_play(d, &cut, out);
		if (i && d->only < 0 && comparable(buf_text(&log[0]), buf_text(out)) &&
			strcmp(buf_text(&log[0]), buf_text(out)) != 0)
			differ(buf_text(&log[0]), buf_text(out));
		if (i)
			buf_done(out);
	}
	buf_done(&log[0]);
}

void
fuzz_dialogue(uint16_t port, const uint8_t *data, size_t size)
{
	static struct dialogue d;
	struct cursor c = cursor_of((struct bytes){data, size});
	uint8_t flags = cursor_u8(&c);

	d.n_turns = 0;
	d.port = flags & FUZZ_OTHER_PORT ? 31337 : port;
	d.midstream = flags & FUZZ_MIDSTREAM;
	d.only = flags & FUZZ_CLIENT_ONLY ? DIR_C2S : flags & FUZZ_SERVER_ONLY ? DIR_S2C : -1;
	read_turns(&d, &c);
	fuzz_turns(&d);
}
