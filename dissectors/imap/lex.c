#include "dissectors/imap/lex.h"

#include <string.h>

/* Does an odd number of quotes stand in front of `end`, so that it is inside of a quoted
 * string? */
static bool
inside_quotes(struct bytes chunk, size_t end)
{
	bool in = false;
	size_t i;

	for (i = 0; i < end; i++) {
		if (in && chunk.p[i] == '\\')
			i++;
		else if (chunk.p[i] == '"')
			in = !in;
	}
	return in;
}

static bool
brace_number(struct bytes inner, struct lex_literal *ret)
{
	ret->sync = true;
	if (inner.n && (inner.p[inner.n - 1] == '+' || inner.p[inner.n - 1] == '-')) {
		ret->sync = false;
		inner.n--;
	}
	return bytes_u64(inner, INT64_MAX, &ret->size);
}

/* Position of the { that the final } of the chunk closes, or SIZE_MAX. Braces hold 128 octets
 * at most. */
static size_t
brace_open(struct bytes chunk)
{
	size_t i, stop = chunk.n > 130 ? chunk.n - 130 : 0;

	if (chunk.n < 2 || chunk.p[chunk.n - 1] != '}')
		return SIZE_MAX;
	for (i = chunk.n - 1; i-- > stop;) {
		if (chunk.p[i] == '{')
			return i;
		if (chunk.p[i] == ' ' || chunk.p[i] == '"')
			return SIZE_MAX;
	}
	return SIZE_MAX;
}

enum lex_tail
lex_tail(struct bytes chunk, struct lex_literal *ret)
{
	size_t open = brace_open(chunk);
	struct bytes inner;

	*ret = (struct lex_literal){.size = 0};
	if (open == SIZE_MAX)
		return LEX_TAIL_NONE;
	inner = bytes_sub(chunk, open + 1, chunk.n - open - 2);
	ret->from = open;
	if (open && chunk.p[open - 1] == '~') {
		ret->binary = true;
		ret->from--;
	}
	/* Some servers forget the space: BODY[]{5}. */
	if (ret->from && !strchr(" ([]>", chunk.p[ret->from - 1]))
		return LEX_TAIL_NONE;
	if (inside_quotes(chunk, ret->from))
		return LEX_TAIL_NONE;
	return brace_number(inner, ret) ? LEX_TAIL_LITERAL : LEX_TAIL_BAD;
}

struct lex
lex_of(struct bytes chunk)
{
	struct lex l = {.in = chunk};

	l.kind = lex_tail(chunk, &l.tail);
	return l;
}

struct lex
lex_from(struct bytes chunk, size_t from)
{
	struct lex l = lex_of(bytes_from(chunk, from));

	l.in = chunk;
	l.at = from;
	l.tail.from += from;
	return l;
}

struct lex
lex_piece(struct bytes piece)
{
	return (struct lex){.in = piece};
}

static void
skip_spaces(struct lex *l)
{
	while (l->at < l->in.n && (l->in.p[l->at] == ' ' || l->in.p[l->at] == '\t'))
		l->at++;
}

/* l->at is at the opening quote. */
static void
take_quoted(struct lex *l, struct lex_token *t)
{
	size_t i = l->at + 1;

	while (i < l->in.n && l->in.p[i] != '"')
		i += l->in.p[i] == '\\' ? 2 : 1;
	if (i < l->in.n) {
		t->kind = LEX_QUOTED;
		t->text = bytes_sub(l->in, l->at + 1, i - l->at - 1);
		l->at = i + 1;
	} else {
		t->kind = LEX_BAD;
		t->text = bytes_from(l->in, l->at + 1);
		l->at = l->in.n;
	}
}

/* Position behind the ] that closes the [ at `at`, quotes heeded; 0 when there is none. RFC
 * 9051: section. */
static size_t
section_end(struct bytes in, size_t at)
{
	bool quoted = false;
	size_t i;

	for (i = at + 1; i < in.n; i++) {
		if (quoted && in.p[i] == '\\')
			i++;
		else if (in.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && in.p[i] == ']')
			return i + 1;
	}
	return 0;
}

/* Position behind the section that begins at `at`, or behind the [ when it is not one. */
static size_t
skip_section(struct lex *l, size_t at)
{
	size_t end = l->no_sections ? 0 : section_end(l->in, at);

	if (!end)
		l->no_sections = true;
	return end ? end : at + 1;
}

static bool
ends_atom(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '(' || c == ')' || c == '"';
}

static void
take_atom(struct lex *l, struct lex_token *t)
{
	size_t i = l->at;

	t->kind = LEX_ATOM;
	if (l->kind && i == l->tail.from) {
		t->kind = LEX_LITERAL;
		i = l->in.n;
	}
	while (i < l->in.n && !(l->kind && i == l->tail.from) && !ends_atom(l->in.p[i]))
		i = l->in.p[i] == '[' ? skip_section(l, i) : i + 1;
	t->text = bytes_sub(l->in, l->at, i - l->at);
	l->at = i;
}

bool
lex_next(struct lex *l, struct lex_token *t)
{
	skip_spaces(l);
	*t = (struct lex_token){.kind = LEX_END, .from = l->at};
	if (l->at >= l->in.n)
		return false;
	switch (l->in.p[l->at]) {
	case '(':
	case ')':
		t->kind = l->in.p[l->at] == '(' ? LEX_OPEN : LEX_CLOSE;
		t->text = bytes_sub(l->in, l->at++, 1);
		break;
	case '"':
		take_quoted(l, t);
		break;
	default:
		take_atom(l, t);
		break;
	}
	t->n = l->at - t->from;
	return true;
}

bool
lex_astring(struct lex *l, struct lex_token *t)
{
	struct bytes rest;

	skip_spaces(l);
	*t = (struct lex_token){.kind = LEX_END, .from = l->at};
	if (l->at >= l->in.n)
		return false;
	if (l->in.p[l->at] == '"') {
		take_quoted(l, t);
	} else {
		rest = bytes_from(l->in, l->at);
		t->text = bytes_sub(rest, 0, bytes_find(rest, ' '));
		l->at += t->text.n;
		t->kind = LEX_ATOM;
		if (l->kind && l->tail.from == t->from)
			t->kind = LEX_LITERAL;
	}
	t->n = l->at - t->from;
	return true;
}

void
lex_unquote(struct bytes in, struct buf *out)
{
	size_t i;

	for (i = 0; i < in.n; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n)
			i++;
		buf_byte(out, in.p[i]);
	}
}

void
lex_value(const struct lex_token *t, struct buf *out)
{
	if (t->kind == LEX_QUOTED)
		lex_unquote(t->text, out);
	else
		buf_add(out, t->text);
}

struct bytes
lex_code(struct bytes text, struct bytes *ret_rest)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i;

	text = bytes_trim(text);
	*ret_rest = text;
	if (!text.n || text.p[0] != '[')
		return BYTES_NONE;
	for (i = 0; i < text.n; i++) {
		if (quoted && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && text.p[i] == '[')
			depth++;
		else if (!quoted && text.p[i] == ']' && !--depth)
			break;
	}
	if (i >= text.n)
		i = bytes_find(text, ']'); /* unbalanced: the first ] it is */
	if (i >= text.n)
		return BYTES_NONE;
	*ret_rest = bytes_trim(bytes_from(text, i + 1));
	return bytes_sub(text, 1, i - 1);
}

bool
lex_is_tag(struct bytes word)
{
	size_t i;

	if (!word.n || word.n > 255)
		return false;
	for (i = 0; i < word.n; i++)
		if (word.p[i] <= ' ' || word.p[i] >= 0x7f || strchr("(){%*\"\\+", word.p[i]))
			return false;
	return true;
}
