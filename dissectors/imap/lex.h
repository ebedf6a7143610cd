/*
 * The lexer of IMAP (RFC 9051 section 9, RFC 3501 section 9). It works on one chunk at a time:
 * the text of a line, from the start of a command or response, or from behind a literal, up to
 * its CRLF. A literal can only end a chunk, and a quoted string cannot hold CR or LF, so no
 * token is ever parted.
 */
#ifndef MS_DISSECTORS_IMAP_LEX_H
#define MS_DISSECTORS_IMAP_LEX_H

#include "base/buf.h"

/* {n}, {n+} {n-} (RFC 7888), ~{n} (literal8, RFC 9051 4.3): the n octets behind the CRLF of
 * this chunk belong to it. */
struct lex_literal {
	uint64_t size; /* octets */
	size_t from;   /* where it stands in the chunk */
	bool sync;     /* the client must wait for "+ " before it sends them */
	bool binary;   /* literal8 */
};

enum lex_tail {
	LEX_TAIL_NONE,
	LEX_TAIL_LITERAL,
	LEX_TAIL_BAD, /* braces around what is not a number below 2^63 */
};
/* What does the chunk end with? Quotes are heeded: `"{5}` is not a literal. Not LITERAL: only
 * ret->from is set (BAD). */
enum lex_tail lex_tail(struct bytes chunk, struct lex_literal *ret);

enum lex_kind {
	LEX_END,
	LEX_ATOM, /* any run without SP ( ) "; a section's [ … ]<n> belongs to it, spaces and
		     all */
	LEX_QUOTED,  /* text is what stands between the quotes; \" and \\ are still escaped */
	LEX_OPEN,    /* ( */
	LEX_CLOSE,   /* ) */
	LEX_LITERAL, /* only as the last token of a chunk; lex.kind tells whether its size is a
			number */
	LEX_BAD,     /* a quote without its end; text is the rest */
};
struct lex_token {
	enum lex_kind kind;
	struct bytes text;
	size_t from, n; /* where it stands in the chunk, quotes included */
};
struct lex {
	struct bytes in;
	size_t at;
	struct lex_literal tail;
	enum lex_tail kind; /* of the chunk's end */
	bool no_sections;   /* a [ was found to have no ], so it is not looked for again */
};
struct lex lex_of(struct bytes chunk);
/* The same from chunk.p[from] on: what stands before is a literal, whose quotes mean nothing.
 */
struct lex lex_from(struct bytes chunk, size_t from);
/* A piece of a chunk: its end is not the chunk's, so it ends with no literal. */
struct lex lex_piece(struct bytes piece);
/* The next token; spaces between are skipped. False at the end (kind LEX_END). */
bool lex_next(struct lex *l, struct lex_token *ret);

/*
 * Takes an astring as people type it: quoted, or anything up to the next space, brackets and
 * all (passwords are written so). kind is LEX_END, LEX_ATOM, LEX_QUOTED, LEX_LITERAL or
 * LEX_BAD.
 */
bool lex_astring(struct lex *l, struct lex_token *ret);

/* Appends the value of a quoted string's inside: without the backslashes of \" and \\. */
void lex_unquote(struct bytes in, struct buf *out);
/* Appends the value of an atom or quoted token. */
void lex_value(const struct lex_token *t, struct buf *out);

/*
 * The response code of a status text: what stands inside of [ ], quotes and inner brackets
 * heeded; none when the text does not begin with one. *ret_rest: the text behind it, without
 * spaces around. RFC 9051 7.1, RFC 5530.
 */
struct bytes lex_code(struct bytes text, struct bytes *ret_rest);

/* RFC 9051: tag = 1*<any ASTRING-CHAR except "+">. */
bool lex_is_tag(struct bytes word);

#endif
