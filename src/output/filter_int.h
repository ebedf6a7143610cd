/* Inside of the filter: words (filter_lex.c), the table of fields (filter_fields.c), the parser
 * (filter.c). */
#ifndef MS_OUTPUT_FILTER_INT_H
#define MS_OUTPUT_FILTER_INT_H

#include "output/filter.h"

enum filter_token_kind {
	T_END,
	T_WORD,
	T_STRING,
	T_COMPARE,
	T_AND,
	T_OR,
	T_NOT,
	T_OPEN,
	T_CLOSE,
	T_BAD
};
enum filter_op {
	OP_SET,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_HAS,
	OP_HAS_NOT
};

struct filter_token {
	enum filter_token_kind kind;
	enum filter_op op;
	size_t at;         /* position in the text */
	struct bytes text; /* as written; a string with its quotes */
	const char *error; /* T_BAD */
};
/* The token at position `at`; *ret_next is where the next one begins. */
struct filter_token filter_lex(struct bytes text, size_t at, size_t *ret_next);
/* Appends the content of a T_STRING (\" and \\ undone) or a T_WORD. */
void filter_unquote(const struct filter_token *t, struct buf *out);

enum filter_type {
	TYPE_TEXT,
	TYPE_NAME /* one of values[] */,
	TYPE_NUMBER,
	TYPE_BYTES,
	TYPE_SPAN,
	TYPE_TIME,
	TYPE_BOOL,
	TYPE_SEVERITY,
	TYPE_ADDRESS
};

/* What a field is compared with; a copy in memory of the filter. */
struct filter_value {
	struct bytes text;
	int64_t number; /* counts, bytes, nanoseconds, severity, bool */
	struct endpoint addr;
	unsigned prefix; /* bits; addresses */
	bool is_addr;
};

struct filter_each; /* the comparison that a getter feeds */
/* A getter offers its values until one of them fits. */
bool filter_offer_text(const struct filter_each *x, struct bytes text);
bool filter_offer_number(const struct filter_each *x, int64_t n);
bool filter_offer_addr(const struct filter_each *x, const struct endpoint *e);

struct filter_row {
	enum filter_type type;
	bool (*get)(const struct session *s, const struct filter_each *x);
};
/* Parallel to filter_fields(). */
const struct filter_row *filter_row(size_t i);
/* Reads text as a value of this type. False with a reason in *ret_error. */
bool filter_value_parse(enum filter_type type, struct bytes text, struct filter_value *ret,
	const char **ret_error);

#endif
