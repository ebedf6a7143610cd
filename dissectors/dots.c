#include "dissectors/line.h"

#include <string.h>

/* What stands directly before the next byte. */
enum {
	BEHIND_CRLF,
	BEHIND_TEXT,
	BEHIND_CR,
	BEHIND_LF,     /* a bare one */
	BEHIND_CR_DOT, /* the CR is bare */
	BEHIND_LF_DOT,
	BEHIND_LF_DOT_CR,
	BEHIND_CRLF_DOT_T, /* the dot was cut off; only LF is of interest now */
};

void
dots_init(struct dots *d)
{
	*d = (struct dots){.state = BEHIND_CRLF};
}

void
dots_gap(struct dots *d)
{
	d->state = BEHIND_TEXT;
}

static void
flush(struct bytes in, size_t from, size_t to, void (*put)(void *user, struct bytes piece),
	void *user)
{
	if (to > from)
		put(user, bytes_sub(in, from, to - from));
}

/* Follows one byte; only line ends and dots change the state. */
static void
step(struct dots *d, uint8_t c)
{
	unsigned was = d->state;

	if (c == '\n') {
		bool crlf = was == BEHIND_CR || was == BEHIND_LF_DOT_CR;

		if (was == BEHIND_LF_DOT)
			d->variants |= DOTS_LF_DOT_LF;
		if (was == BEHIND_LF_DOT_CR)
			d->variants |= DOTS_LF_DOT_CRLF;
		if (was == BEHIND_CRLF_DOT_T)
			d->variants |= DOTS_CRLF_DOT_LF;
		d->state = crlf ? BEHIND_CRLF : BEHIND_LF;
	} else if (c == '\r') {
		if (was == BEHIND_CR_DOT)
			d->variants |= DOTS_CR_DOT_CR;
		d->state = was == BEHIND_LF_DOT ? BEHIND_LF_DOT_CR : BEHIND_CR;
	} else if (c == '.' && was == BEHIND_CR) {
		d->state = BEHIND_CR_DOT;
	} else if (c == '.' && was == BEHIND_LF) {
		d->state = BEHIND_LF_DOT;
	} else {
		d->state = BEHIND_TEXT;
	}
}

enum {
	LINE_END = 2 /* octets of a CRLF */
};

/*
 * From inside a line to where a step may matter again: the line end in front of a dot, or that
 * at the end of `in`. A dot inside of a line means nothing.
 */
static size_t
skip_text(struct bytes in, size_t at)
{
	const uint8_t *dot;
	size_t from = at, end = in.n;

	while ((dot = memchr(in.p + from, '.', in.n - from))) {
		end = (size_t)(dot - in.p);
		if (end > at && (dot[-1] == '\n' || dot[-1] == '\r'))
			break;
		from = end + 1;
		end = in.n;
		at = from;
	}
	return end - at > LINE_END ? end - LINE_END : at;
}

enum dot_line {
	DOT_SHORT,
	DOT_STUFFED,
	DOT_END
};

/* What the dot at the beginning of a line is; DOT_SHORT: more must be seen. */
static enum dot_line
dot_line(struct bytes in)
{
	if (in.n < 2 || (in.p[1] == '\r' && in.n < 3))
		return DOT_SHORT;
	return in.p[1] == '\r' && in.p[2] == '\n' ? DOT_END : DOT_STUFFED;
}

size_t
dots_feed(struct dots *d, struct bytes in, void (*put)(void *user, struct bytes piece),
	void *user)
{
	size_t at = 0, run = 0;

	while (at < in.n && !d->ended) {
		enum dot_line dot;

		if (d->state == BEHIND_TEXT) {
			at = skip_text(in, at);
			if (at == in.n)
				break;
		}
		if (d->state != BEHIND_CRLF || in.p[at] != '.') {
			step(d, in.p[at++]);
			continue;
		}
		dot = dot_line(bytes_from(in, at));
		if (dot == DOT_SHORT)
			break;
		flush(in, run, at, put, user);
		d->ended = dot == DOT_END;
		at += d->ended ? 3 : 1;
		run = at;
		d->state = d->ended ? BEHIND_CRLF : BEHIND_CRLF_DOT_T;
	}
	flush(in, run, at, put, user);
	return at;
}
