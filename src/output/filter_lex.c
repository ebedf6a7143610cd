#include "output/filter_int.h"

#include <string.h>

static const struct {
	const char *text;
	enum filter_token_kind kind;
	enum filter_op op;
} signs[] = {
	/* longer ones first */
	{"==", T_COMPARE, OP_EQ},
	{"!=", T_COMPARE, OP_NE},
	{"<=", T_COMPARE, OP_LE},
	{">=", T_COMPARE, OP_GE},
	{"!~", T_COMPARE, OP_HAS_NOT},
	{"&&", T_AND, OP_SET},
	{"||", T_OR, OP_SET},
	{"<", T_COMPARE, OP_LT},
	{">", T_COMPARE, OP_GT},
	{"~", T_COMPARE, OP_HAS},
	{"!", T_NOT, OP_SET},
	{"(", T_OPEN, OP_SET},
	{")", T_CLOSE, OP_SET},
};

static const struct {
	const char *text;
	enum filter_token_kind kind;
} words[] = {{"and", T_AND}, {"or", T_OR}, {"not", T_NOT}};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
ends_word(uint8_t c)
{
	return is_space(c) || memchr("()!=<>~&|\"", c, 10) != NULL;
}

static struct filter_token
lex_string(struct bytes rest, size_t at)
{
	struct filter_token t = {.kind = T_BAD,
		.at = at,
		.text = rest,
		.error = "the string has no closing quote"};

	for (size_t i = 1; i < rest.n; i++) {
		if (rest.p[i] == '\\') {
			i++;
		} else if (rest.p[i] == '"') {
			t.kind = T_STRING;
			t.text = bytes_sub(rest, 0, i + 1);
			return t;
		}
	}
	return t;
}

static struct filter_token
lex_word(struct bytes rest, size_t at)
{
	struct filter_token t = {.kind = T_WORD, .at = at};
	size_t n = 0;

	while (n < rest.n && !ends_word(rest.p[n]))
		n++;
	t.text = bytes_sub(rest, 0, n);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_iis(t.text, words[i].text))
			t.kind = words[i].kind;
	if (n == 0) {
		t.kind = T_BAD;
		t.text = bytes_sub(rest, 0, 1);
		t.error = rest.p[0] == '=' ? "'=' alone means nothing; equality is =="
					   : "'&' and '|' stand in pairs: && and ||";
	}
	return t;
}

struct filter_token
filter_lex(struct bytes text, size_t at, size_t *ret_next)
{
	struct filter_token t = {.kind = T_END};
	struct bytes rest;

	while (at < text.n && is_space(text.p[at]))
		at++;
	t.at = at;
	rest = bytes_from(text, at);
	for (size_t i = 0; rest.n && i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (bytes_starts(rest, signs[i].text)) {
			t.kind = signs[i].kind;
			t.op = signs[i].op;
			t.text = bytes_sub(rest, 0, strlen(signs[i].text));
			break;
		}
	}
	if (rest.n && t.kind == T_END)
		t = rest.p[0] == '"' ? lex_string(rest, at) : lex_word(rest, at);
	*ret_next = at + t.text.n;
	return t;
}

void
filter_unquote(const struct filter_token *t, struct buf *out)
{
	struct bytes in = t->kind == T_STRING ? bytes_sub(t->text, 1, t->text.n - 2) : t->text;

	for (size_t i = 0; i < in.n; i++) {
		if (t->kind == T_STRING && in.p[i] == '\\' && i + 1 < in.n)
			i++;
		buf_byte(out, in.p[i]);
	}
}
