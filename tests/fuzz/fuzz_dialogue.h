/*
 * A conversation out of fuzz bytes, played through the driver: records of one octet (bit 7:
 * direction, bit 6: a gap; the rest: octets that follow, or are lost). The same octets in
 * pieces of one must give the same log.
 */
#ifndef MS_TESTS_FUZZ_DIALOGUE_H
#define MS_TESTS_FUZZ_DIALOGUE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/dialogue.h"

enum {
	FUZZ_RECORDS = 256,
	FUZZ_LOG_BYTES = 16 << 20
};

static size_t
fuzz_whole(void *user, size_t turn, size_t at, size_t left)
{
	return left;
}

static size_t
fuzz_pieces(void *user, size_t turn, size_t at, size_t left)
{
	return 1;
}

static void
fuzz_read(struct bytes in, uint16_t port, struct dialogue *d)
{
	*d = (struct dialogue){.port = port, .only = -1};
	if (in.n)
		d->midstream = in.p[0] & 1;
	in = bytes_from(in, 1);
	while (in.n && d->n_turns < FUZZ_RECORDS) {
		struct turn *t = &d->turns[d->n_turns++];
		size_t n = in.p[0] & 0x3f;

		t->dir = in.p[0] & 0x80 ? DIR_S2C : DIR_C2S;
		t->kind = in.p[0] & 0x40 ? TURN_GAP : TURN_DATA;
		t->ack = -1;
		in = bytes_from(in, 1);
		if (t->kind == TURN_GAP) {
			t->lost = n + 1;
			continue;
		}
		t->data = bytes_sub(in, 0, n);
		in = bytes_from(in, n);
	}
}

static void
fuzz_dialogue(const uint8_t *data, size_t size, uint16_t port)
{
	static struct dialogue d;
	const struct cutter whole = {fuzz_whole, NULL}, pieces = {fuzz_pieces, NULL};
	struct buf a, b;

	fuzz_read((struct bytes){data, size}, port, &d);
	buf_init(&a, FUZZ_LOG_BYTES);
	buf_init(&b, FUZZ_LOG_BYTES);
	dialogue_play(&d, &whole, &a);
	dialogue_play(&d, &pieces, &b);
	/* what else it is may be said sooner or later; that it is not mail may not */
	if (!(bytes_starts(buf_bytes(&a), "not mail") &&
		    bytes_starts(buf_bytes(&b), "not mail")) &&
		!bytes_eq(buf_bytes(&a), buf_bytes(&b))) {
		fprintf(stderr, "whole:\n%s\nin pieces:\n%s\n", buf_text(&a), buf_text(&b));
		abort();
	}
	buf_done(&a);
	buf_done(&b);
}

#endif
