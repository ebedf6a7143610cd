/* Lines and dots, shared by the text protocols. */
#ifndef MS_DISSECTORS_LINE_H
#define MS_DISSECTORS_LINE_H

#include "dissectors/dissector.h"

/* Length of the first line of `in`, LF included, or 0 if its LF has not come. *seen: bytes
 * searched in vain so far. */
size_t line_cut(struct bytes in, size_t *seen);

/* Per direction: what a line reader must remember between calls. */
struct line_state {
	size_t seen;  /* for line_cut */
	bool swallow; /* inside of a line over the limit: skip up to LF */
};

enum line_result {
	LINE_MORE,  /* no whole line yet; nothing used */
	LINE_READY, /* *ret is the line without its end; *used includes the end */
	LINE_SKIP,  /* a piece of an overlong line: *used bytes are to be skipped */
};
/*
 * Takes one line off `in`. Says LINE_TOO_LONG, NUL_BYTE, BARE_CR, BARE_LF (each once a line)
 * where they occur, at offset `base` + position of the current feed(). ret_end: length of the
 * line end (1 LF, 2 CRLF).
 */
enum line_result line_take(struct line_state *ls, struct bytes in, size_t base,
	struct bytes *ret, size_t *used, size_t *ret_end, struct events *out);
/* The same under another limit, in bytes, than dis_limits.line_bytes: SASL answers may be
 * longer than commands. */
enum line_result line_take_max(struct line_state *ls, struct bytes in, size_t base, size_t max,
	struct bytes *ret, size_t *used, size_t *ret_end, struct events *out);

/*
 * A body that ends with CRLF "." CRLF (RFC 5321 4.5.2, RFC 1939 3): dot-unstuffs in pieces and
 * finds the end wherever the stream is cut. A bare-LF dot line does not end it (the strict
 * reading; it is reported in `variant`).
 */
struct dots {
	uint8_t state; /* position within CRLF . CRLF */
	bool ended;
	unsigned variants; /* LF.LF and the like seen: DOTS_… */
};
enum {
	DOTS_LF_DOT_LF = 1,
	DOTS_LF_DOT_CRLF = 2,
	DOTS_CRLF_DOT_LF = 4,
	DOTS_CR_DOT_CR = 8
};
/* At the start of a body we are behind a CRLF. */
void dots_init(struct dots *d);
/* Bytes are missing here: what follows is taken to be inside of a line. */
void dots_gap(struct dots *d);
/*
 * Eats from `in`. Calls put(user, piece) for runs of body bytes (borrowed, unstuffed, final
 * CRLF kept, never the dot line). Returns bytes used: all of `in`, unless the end was found
 * (d->ended) or a suffix of up to 4 bytes must be seen again.
 */
size_t dots_feed(struct dots *d, struct bytes in, void (*put)(void *user, struct bytes piece),
	void *user);

#endif
