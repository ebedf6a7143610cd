#include "output/filter_int.h"
#include "base/arena.h"
#include "base/escape.h"
#include "output/nearest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_OPS 256     /* tests and operators of one expression */
#define FILTER_BYTES 16384 /* length of its text */

enum code {
	CODE_TEST,
	CODE_NOT,
	CODE_AND,
	CODE_OR,
	CODE_OPEN /* on the stack of the parser only */
};

struct op {
	enum code code;
	enum filter_op compare; /* CODE_TEST */
	size_t field;
	struct filter_value value;
};

struct filter { /* in reverse Polish order */
	size_t n;
	struct op ops[FILTER_OPS];
	struct arena arena;
};

struct filter_each {
	const struct op *op;
	enum filter_op compare; /* never a negated one */
	enum filter_type type;
};

/* Shunting-yard (Dijkstra): operators wait on a stack until one that binds less comes. */
struct parser {
	struct bytes text;
	size_t at;
	struct filter *f;
	struct {
		enum code code;
		size_t at;
	} stack[FILTER_OPS];
	size_t depth;
	struct err *e;
};

/* The piece of text around the error and a caret below it, both of what can be shown on a
 * terminal. */
static void
put_caret(struct buf *out, struct bytes text, size_t at)
{
	size_t from = at > 40 ? at - 40 : 0;
	struct buf before;

	buf_init(&before, 512);
	escape_term(&before, bytes_sub(text, from, at - from));
	buf_str(out, "\n  ");
	buf_add(out, buf_bytes(&before));
	escape_term(out, bytes_sub(text, at, 32));
	buf_str(out, "\n  ");
	for (size_t i = 0; i < before.n; i++)
		if ((before.p[i] & 0xc0) != 0x80)
			buf_byte(out, ' ');
	buf_byte(out, '^');
	buf_done(&before);
}

static bool
fail(struct parser *p, size_t at, const char *what, const struct nearest *near)
{
	struct buf text;

	buf_init(&text, sizeof(p->e->text) - 1);
	buf_fmt(&text, "filter, position %zu: %s", at + 1, what);
	if (near)
		nearest_put(near, &text);
	put_caret(&text, p->text, at);
	err_set(p->e, -EINVAL, "%s", buf_text(&text));
	buf_done(&text);
	return false;
}

static bool
emit(struct parser *p, const struct op *op, size_t at)
{
	if (p->f->n == FILTER_OPS)
		return fail(p, at, "the expression is too long", NULL);
	p->f->ops[p->f->n++] = *op;
	return true;
}

static bool
push(struct parser *p, enum code code, size_t at)
{
	if (p->depth == FILTER_OPS)
		return fail(p, at, "the expression is nested too deep", NULL);
	p->stack[p->depth].code = code;
	p->stack[p->depth++].at = at;
	return true;
}

/* Moves what binds at least as much as `code` to the output. NOT binds most, then AND, then OR.
 */
static bool
pop_down_to(struct parser *p, enum code code)
{
	while (p->depth && p->stack[p->depth - 1].code <= code) {
		struct op op = {.code = p->stack[--p->depth].code};

		if (!emit(p, &op, p->stack[p->depth].at))
			return false;
	}
	return true;
}

static bool
find_field(struct parser *p, const struct filter_token *t, size_t *ret)
{
	const struct filter_field *f = filter_fields();
	struct nearest near;
	struct buf what;

	nearest_init(&near, t->text);
	for (size_t i = 0; f[i].name; i++) {
		if (bytes_iis(t->text, f[i].name)) {
			*ret = i;
			return true;
		}
		nearest_offer(&near, f[i].name);
	}
	buf_init(&what, 256);
	buf_str(&what, "no field is called '");
	escape_term(&what, bytes_sub(t->text, 0, 60));
	buf_str(&what, "'");
	fail(p, t->at, buf_text(&what), &near);
	buf_done(&what);
	return false;
}

/* A name that is not in the list could never match: surely a slip. */
static bool
check_name(struct parser *p, const struct filter_token *t, const char *const *values,
	struct bytes name)
{
	struct nearest near;

	nearest_init(&near, name);
	for (; *values; values++) {
		if (bytes_iis(name, *values))
			return true;
		nearest_offer(&near, *values);
	}
	return fail(p, t->at, "this field never has that value", &near);
}

static bool
op_fits(enum filter_op op, enum filter_type type)
{
	bool text = type == TYPE_TEXT || type == TYPE_NAME, addr = type == TYPE_ADDRESS;

	if (op == OP_HAS || op == OP_HAS_NOT)
		return text || addr;
	if (op == OP_EQ || op == OP_NE || op == OP_SET)
		return true;
	return !text && !addr && type != TYPE_BOOL;
}

/* `op value` behind a field. */
static bool
parse_value(struct parser *p, struct op *op, const struct filter_token *sign)
{
	enum filter_type type = filter_row(op->field)->type;
	struct filter_token t = filter_lex(p->text, p->at, &p->at);
	const char *error = NULL;
	struct buf text;
	struct bytes value;

	if (t.kind == T_BAD)
		return fail(p, t.at, t.error, NULL);
	if (t.kind != T_WORD && t.kind != T_STRING)
		return fail(
			p, t.at, "expected a value: a word, a number or a \"string\"", NULL);
	if (!op_fits(op->compare, type))
		return fail(p, sign->at,
			op->compare == OP_HAS || op->compare == OP_HAS_NOT
				? "~ is for text and addresses; use == != < <= > >="
				: "this field has no order; use == != ~ !~",
			NULL);
	buf_init(&text, FILTER_BYTES);
	filter_unquote(&t, &text);
	value = arena_copy(&p->f->arena, buf_bytes(&text));
	buf_done(&text);
	op->value.text = value;
	if (op->compare == OP_HAS || op->compare == OP_HAS_NOT)
		return true;
	if (!filter_value_parse(type, value, &op->value, &error))
		return fail(p, t.at, error, NULL);
	return type != TYPE_NAME || check_name(p, &t, filter_fields()[op->field].values, value);
}

static bool
parse_test(struct parser *p, const struct filter_token *t)
{
	struct op op = {.code = CODE_TEST, .compare = OP_SET};
	struct filter_token sign;
	size_t next;

	if (!find_field(p, t, &op.field))
		return false;
	sign = filter_lex(p->text, p->at, &next);
	if (sign.kind == T_COMPARE) {
		p->at = next;
		op.compare = sign.op;
		if (!parse_value(p, &op, &sign))
			return false;
	}
	return emit(p, &op, t->at);
}

/* Where a test may begin. *ret_done: it is complete, an operator comes next. */
static bool
parse_operand(struct parser *p, const struct filter_token *t, bool *ret_done)
{
	switch (t->kind) {
	case T_NOT:
		return push(p, CODE_NOT, t->at);
	case T_OPEN:
		return push(p, CODE_OPEN, t->at);
	case T_WORD:
		*ret_done = true;
		return parse_test(p, t);
	case T_BAD:
		return fail(p, t->at, t->error, NULL);
	case T_END:
		return fail(p, t->at,
			p->text.n ? "the expression ends where a field was expected"
				  : "the expression is empty",
			NULL);
	case T_STRING:
	case T_COMPARE:
	case T_AND:
	case T_OR:
	case T_CLOSE:
		break;
	}
	return fail(p, t->at, "expected a field name, ! or (", NULL);
}

static bool
close_group(struct parser *p, size_t at)
{
	if (!pop_down_to(p, CODE_OR))
		return false;
	if (p->depth == 0)
		return fail(p, at, "no ( was opened before this )", NULL);
	p->depth--;
	return true;
}

/* Behind a complete test. *ret_operand: a test comes next. */
static bool
parse_operator(struct parser *p, const struct filter_token *t, bool *ret_operand)
{
	switch (t->kind) {
	case T_AND:
	case T_OR:
		*ret_operand = true;
		return pop_down_to(p, t->kind == T_AND ? CODE_AND : CODE_OR) &&
		       push(p, t->kind == T_AND ? CODE_AND : CODE_OR, t->at);
	case T_CLOSE:
		return close_group(p, t->at);
	case T_BAD:
		return fail(p, t->at, t->error, NULL);
	case T_END:
	case T_WORD:
	case T_STRING:
	case T_COMPARE:
	case T_NOT:
	case T_OPEN:
		break;
	}
	return fail(p, t->at, "expected && or ||", NULL);
}

static bool
parse(struct parser *p)
{
	bool operand = true;

	if (p->text.n > FILTER_BYTES)
		return fail(p, 0, "the expression is too long", NULL);
	for (;;) {
		struct filter_token t = filter_lex(p->text, p->at, &p->at);
		bool turned = false;

		if (!operand && t.kind == T_END)
			break;
		if (!(operand ? parse_operand(p, &t, &turned) : parse_operator(p, &t, &turned)))
			return false;
		if (turned)
			operand = !operand;
	}
	if (!pop_down_to(p, CODE_OR))
		return false;
	if (p->depth)
		return fail(p, p->stack[p->depth - 1].at, "this ( is not closed", NULL);
	return true;
}

struct filter *
filter_parse(const char *text, struct err *e)
{
	struct filter *f = mem_get(sizeof(*f));
	struct parser *p = mem_get(sizeof(*p));
	struct err scratch;
	bool ok;

	arena_init(&f->arena, 0);
	p->text = bytes_str(text);
	p->f = f;
	p->e = e ? e : &scratch;
	ok = parse(p);
	free(p);
	if (!ok)
		filter_free(&f);
	return f;
}

void
filter_free(struct filter **f)
{
	if (!*f)
		return;
	arena_done(&(*f)->arena);
	free(*f);
	*f = NULL;
}

static bool
compare_numbers(enum filter_op op, int64_t a, int64_t b)
{
	switch (op) {
	case OP_SET:
		return a != 0;
	case OP_EQ:
		return a == b;
	case OP_LT:
		return a < b;
	case OP_LE:
		return a <= b;
	case OP_GT:
		return a > b;
	case OP_GE:
		return a >= b;
	case OP_NE:
	case OP_HAS:
	case OP_HAS_NOT:
		break;
	}
	assert(false);
	return false;
}

bool
filter_offer_number(const struct filter_each *x, int64_t n)
{
	return compare_numbers(x->compare, n, x->op->value.number);
}

bool
filter_offer_text(const struct filter_each *x, struct bytes text)
{
	if (x->compare == OP_SET)
		return text.n != 0;
	if (x->compare == OP_HAS)
		return bytes_isearch(text, x->op->value.text) != SIZE_MAX;
	return bytes_ieq(text, x->op->value.text);
}

static bool
same_net(const struct endpoint *a, const struct endpoint *b, unsigned bits)
{
	uint8_t mask = (uint8_t)(0xff00u >> bits % 8);

	if (a->family != b->family || memcmp(a->addr, b->addr, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a->addr[bits / 8] ^ b->addr[bits / 8]) & mask) == 0;
}

bool
filter_offer_addr(const struct filter_each *x, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT];

	if (x->compare == OP_EQ)
		return same_net(e, &x->op->value.addr, x->op->value.prefix);
	if (e->family == 0)
		return false;
	return filter_offer_text(x, bytes_str(endpoint_addr(e, text)));
}

static bool
test(const struct op *op, const struct session *s)
{
	bool negated = op->compare == OP_NE || op->compare == OP_HAS_NOT;
	const struct filter_row *row = filter_row(op->field);
	struct filter_each x = {.op = op, .compare = op->compare, .type = row->type};

	if (negated) /* true when none of the values is equal */
		x.compare = op->compare == OP_NE ? OP_EQ : OP_HAS;
	return row->get(s, &x) != negated;
}

bool
filter_match(const struct filter *f, const struct session *s)
{
	bool stack[FILTER_OPS];
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct op *op = &f->ops[i];

		switch (op->code) {
		case CODE_TEST:
			stack[n++] = test(op, s);
			break;
		case CODE_NOT:
			stack[n - 1] = !stack[n - 1];
			break;
		case CODE_AND:
			n--;
			stack[n - 1] = stack[n - 1] && stack[n];
			break;
		case CODE_OR:
			n--;
			stack[n - 1] = stack[n - 1] || stack[n];
			break;
		case CODE_OPEN:
			break;
		}
	}
	return n == 1 && stack[0];
}
