/* Bodies that end with CRLF "." CRLF, cut at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/escape.h"
#include "dissectors/line.h"

struct row {
	const char *name;
	struct bytes in;
	struct bytes body;
	bool ended;
	size_t used; /* of in, in the end */
	unsigned variants;
};

#define ALL(lit) (sizeof(lit) - 1)

/* clang-format off */
static const struct row rows[] = {
	{ "plain", BYTES("a\r\nb\r\n.\r\nQUIT\r\n"), BYTES("a\r\nb\r\n"), true, 9, 0 },
	{ "empty", BYTES(".\r\nX"), BYTES(""), true, 3, 0 },
	{ "stuffed", BYTES("..a\r\n...\r\n.b\r\n.\r\n"), BYTES(".a\r\n..\r\nb\r\n"), true, ALL("..a\r\n...\r\n.b\r\n.\r\n"), 0 },
	{ "dot cr text", BYTES(".\rX\r\n.\r\n"), BYTES("\rX\r\n"), true, 8, 0 },
	{ "dot inside", BYTES("a.\r\n.\r\n"), BYTES("a.\r\n"), true, 7, 0 },
	{ "no end", BYTES("a\r\nb"), BYTES("a\r\nb"), false, 4, 0 },
	{ "held dot", BYTES("a\r\n."), BYTES("a\r\n"), false, 3, 0 },
	{ "held dot cr", BYTES("a\r\n.\r"), BYTES("a\r\n"), false, 3, 0 },
	{ "lf dot lf", BYTES("a\n.\nb\r\n.\r\n"), BYTES("a\n.\nb\r\n"), true, 10, DOTS_LF_DOT_LF },
	{ "lf dot crlf", BYTES("a\n.\r\nb\r\n.\r\n"), BYTES("a\n.\r\nb\r\n"), true, 11, DOTS_LF_DOT_CRLF },
	{ "lf dot crlf dot crlf", BYTES("a\n.\r\n.\r\n"), BYTES("a\n.\r\n"), true, 8, DOTS_LF_DOT_CRLF },
	{ "crlf dot lf", BYTES("a\r\n.\nb\r\n.\r\n"), BYTES("a\r\n\nb\r\n"), true, 11, DOTS_CRLF_DOT_LF },
	{ "cr dot cr", BYTES("a\r.\rb\r\n.\r\n"), BYTES("a\r.\rb\r\n"), true, 10, DOTS_CR_DOT_CR },
	{ "cr cr lf dot crlf", BYTES("a\r\r\n.\r\n"), BYTES("a\r\r\n"), true, 7, 0 },
	{ "two dots are no end", BYTES("a\r\n..\r\nb\r\n.\r\n"), BYTES("a\r\n.\r\nb\r\n"), true, 13, 0 },
	{ "lf dot text", BYTES("a\n.b\n..\n\r\n.\r\n"), BYTES("a\n.b\n..\n\r\n"), true, 13, 0 },
	{ "nul", BYTES("\0\r\n.\0\r\n.\r\n"), BYTES("\0\r\n\0\r\n"), true, 10, 0 },
};
/* clang-format on */

static void
put(void *user, struct bytes piece)
{
	assert_true(piece.n > 0);
	buf_add(user, piece);
}

static void
play(const struct row *r, size_t cut1, size_t cut2)
{
	const size_t ends[] = {cut1, cut2, r->in.n};
	struct buf body;
	struct dots d;
	size_t at = 0;

	buf_init(&body, 4096);
	dots_init(&d);
	for (size_t i = 0; i < 3 && !d.ended; i++) {
		size_t n = ends[i] > at ? ends[i] - at : 0;
		uint8_t *p = malloc(n + !n);

		memcpy(p, r->in.p + at, n);
		at += dots_feed(&d, (struct bytes){p, n}, put, &body);
		free(p);
	}
	if (!bytes_eq(buf_bytes(&body), r->body) || d.ended != r->ended || at != r->used ||
		d.variants != r->variants)
		fail_msg("%s cut at %zu, %zu: ended %d used %zu variants %u body %zu bytes",
			r->name, cut1, cut2, d.ended, at, d.variants, body.n);
	buf_done(&body);
}

static void
test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t a = 0; a <= rows[i].in.n; a++) {
			for (size_t b = a; b <= rows[i].in.n; b++)
				play(&rows[i], a, b);
		}
	}
}

static void
one_piece(void *user, struct bytes piece)
{
	size_t *n = user;

	(*n)++;
	assert_int_equal(piece.n, 10);
}

/* Nothing is copied or chopped without need. */
static void
test_one_piece(void **state)
{
	struct dots d;
	size_t pieces = 0;

	(void)state;
	dots_init(&d);
	dots_feed(&d, BYTES("abc\r\ndef\r\n.\r\n"), one_piece, &pieces);
	assert_int_equal(pieces, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_one_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
