#include "ui/prompt.h"
#include "base/escape.h"
#include "output/filter.h"
#include "ui/values.h"

#include <stdio.h>

static void
check(struct prompt *p)
{
	p->err = (struct err){0};
	if (p->ask->check && !p->ask->check(p->text, &p->err) && !p->err.text[0])
		err_set(&p->err, -1, "not understood");
}

void
prompt_begin(struct prompt *p, const struct prompt_ask *ask, void *view, const char *text)
{
	*p = (struct prompt){.ask = ask, .view = view};
	if (text)
		memccpy(p->text, text, 0, sizeof(p->text) - 1);
	p->n = p->at = strlen(p->text);
	check(p);
}

/* Bytes of the character before the cursor, and of the one behind it. */
static size_t
before(const struct prompt *p)
{
	size_t n = 1;

	if (!p->at)
		return 0;
	while (n < p->at && n < 4 && ((uint8_t)p->text[p->at - n] & 0xc0) == 0x80)
		n++;
	return n;
}

static size_t
behind(const struct prompt *p)
{
	uint32_t cp;
	size_t n = utf8_next(
		(struct bytes){(const uint8_t *)p->text + p->at, p->n - p->at}, &cp);

	return n ? n : p->at < p->n;
}

static void
cut(struct prompt *p, size_t from, size_t n)
{
	memmove(p->text + from, p->text + from + n, p->n - from - n + 1);
	p->n -= n;
	p->at = from;
}

static void
insert(struct prompt *p, struct bytes in)
{
	if (p->n + in.n >= sizeof(p->text))
		return;
	memmove(p->text + p->at + in.n, p->text + p->at, p->n - p->at + 1);
	memcpy(p->text + p->at, in.p, in.n);
	p->n += in.n;
	p->at += in.n;
}

static void
insert_character(struct prompt *p, uint32_t cp)
{
	uint8_t b[4];

	insert(p, (struct bytes){b, utf8_put(b, cp)});
}

/* What all candidates begin with takes the place of the word; the candidates become a hint. */
static void
complete(struct prompt *p)
{
	struct buf list;
	struct bytes common = BYTES_NONE, rest;
	size_t from, n = 0;

	buf_init(&list, 64 * 1024);
	from = p->ask->complete(p->snapshot, p->text, p->at, &list);
	p->hint[0] = '\0';
	for (rest = buf_bytes(&list); rest.n; n++) {
		struct bytes one = bytes_sub(rest, 0, bytes_find(rest, '\0'));
		size_t used = strlen(p->hint), same = 0;

		snprintf(p->hint + used, sizeof(p->hint) - used, "%.*s ", BYTES_FMT(one));
		while (same < one.n && same < common.n && one.p[same] == common.p[same])
			same++;
		common = n ? bytes_sub(common, 0, same) : one;
		rest = bytes_from(rest, one.n + 1);
	}
	if (n && common.n >= p->at - from) {
		cut(p, from, p->at - from);
		insert(p, common);
	}
	if (n == 1) {
		if (!p->ask->exact)
			insert(p, BYTES(" "));
		p->hint[0] = '\0';
	}
	buf_done(&list);
}

static void
cut_word(struct prompt *p)
{
	size_t n = 0;

	while (n < p->at && p->text[p->at - n - 1] == ' ')
		n++;
	while (n < p->at && p->text[p->at - n - 1] != ' ')
		n++;
	cut(p, p->at - n, n);
}

static void
edit(struct prompt *p, uint32_t key)
{
	size_t back = before(p);

	switch (key) {
	case KEY_IS_LEFT:
		p->at -= back;
		break;
	case KEY_IS_RIGHT:
		p->at += behind(p);
		break;
	case KEY_IS_HOME:
	case KEY_CTRL('A'):
		p->at = 0;
		break;
	case KEY_IS_END:
	case KEY_CTRL('E'):
		p->at = p->n;
		break;
	case KEY_IS_BACKSPACE:
		cut(p, p->at - back, back);
		break;
	case KEY_IS_DELETE:
	case KEY_CTRL('D'):
		cut(p, p->at, behind(p));
		break;
	case KEY_CTRL('U'):
		cut(p, 0, p->at);
		break;
	case KEY_CTRL('W'):
		cut_word(p);
		break;
	default:
		if (key >= 0x20 && key != 0x7f && key < KEY_FIRST)
			insert_character(p, key);
		break;
	}
}

enum prompt_result
prompt_key(struct prompt *p, uint32_t key)
{
	if (p->ask->yes_no)
		return key == 'y' || key == 'Y' ? PROMPT_DONE : PROMPT_CANCELLED;
	if (p->ask->keys) {
		p->text[0] = key < 0x80 ? (char)key : '\0';
		p->text[1] = '\0';
		return p->text[0] && strchr(p->ask->keys, p->text[0]) ? PROMPT_DONE
								      : PROMPT_CANCELLED;
	}
	if (key == KEY_IS_ESC || key == KEY_CTRL('C'))
		return PROMPT_CANCELLED;
	if (key == KEY_IS_ENTER)
		return p->err.code ? PROMPT_GOES_ON : PROMPT_DONE;
	if (key == KEY_IS_TAB && p->ask->complete) {
		complete(p);
	} else {
		p->hint[0] = '\0';
		edit(p, key);
	}
	check(p);
	return PROMPT_GOES_ON;
}

void
prompt_draw(const struct prompt *p, struct canvas *c)
{
	int row = c->rows - 1, col, room;
	struct bytes shown = {(const uint8_t *)p->text, p->n};
	size_t from = 0;
	bool wrong = p->err.code != 0;

	canvas_fill(c, row, 0, c->cols, INK_PLAIN, ' ');
	canvas_fill(c, row - 1, 0, c->cols, INK_PLAIN, ' ');
	if (p->hint[0]) {
		canvas_wire(c, row - 1, 0, c->cols, INK_DIM, bytes_str(p->hint));
	} else if (wrong && p->n) {
		struct bytes why = bytes_str(p->err.text);

		why = bytes_sub(why, 0, bytes_find(why, '\n'));
		canvas_str(c, row - 1, 0, 2, INK_ERROR, "! ");
		canvas_wire(c, row - 1, 2, c->cols - 2, INK_ERROR, why);
	}
	col = canvas_wire(c, row, 0, c->cols, INK_STRONG, bytes_str(p->ask->label));
	room = c->cols - col - 1;
	while (canvas_width(bytes_sub(shown, from, p->at - from)) > room && from < p->at)
		from++;
	canvas_wire(c, row, col, c->cols - col, wrong ? INK_ERROR : INK_PLAIN,
		bytes_from(shown, from));
	c->cursor_row = row;
	c->cursor_col = col + canvas_width(bytes_sub(shown, from, p->at - from));
}

bool
prompt_check_filter(const char *text, struct err *e)
{
	struct filter *f;

	if (!bytes_trim(bytes_str(text)).n)
		return true;
	f = filter_parse(text, e);
	filter_free(&f);
	return e->code == 0;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* The field before an operator that ends at `at`: its values can be completed. */
static const struct filter_field *
field_before(const char *text, size_t at)
{
	size_t end = at, from;

	while (end && text[end - 1] == ' ')
		end--;
	if (!end || !strchr("=!<>~", text[end - 1]))
		return NULL;
	while (end && strchr("=!<>~ ", text[end - 1]))
		end--;
	for (from = end; from && is_word(text[from - 1]); from--)
		;
	for (const struct filter_field *f = filter_fields(); f->name; f++)
		if (bytes_iis(
			    (struct bytes){(const uint8_t *)text + from, end - from}, f->name))
			return f;
	return NULL;
}

static void
offer(struct buf *out, const char *word, struct bytes typed)
{
	if (!bytes_ieq(bytes_sub(bytes_str(word), 0, typed.n), typed))
		return;
	buf_str(out, word);
	buf_byte(out, '\0');
}

/* Where the word begins that the cursor is behind: a value may hold more than a field, and
 * blanks when it is quoted. */
static size_t
value_begin(const char *text, size_t at)
{
	size_t from = at, quote = SIZE_MAX;

	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\\' && quote != SIZE_MAX)
			i++;
		else if (text[i] == '"')
			quote = quote == SIZE_MAX ? i : SIZE_MAX;
	}
	if (quote != SIZE_MAX)
		return quote;
	while (from && !strchr("()!=<>~&|\" ", text[from - 1]))
		from--;
	return from;
}

size_t
prompt_complete_filter(const struct snapshot *s, const char *text, size_t at, struct buf *out)
{
	size_t from = value_begin(text, at);
	const struct filter_field *field = field_before(text, from);
	struct bytes typed = {(const uint8_t *)text + from, at - from};

	if (field) {
		for (size_t i = 0; field->values && field->values[i]; i++)
			offer(out, field->values[i], typed);
		if (s && !field->values)
			values_offer(s, field->name, typed, out);
		return from;
	}
	for (const struct filter_field *f = filter_fields(); f->name; f++)
		offer(out, f->name, typed);
	return from;
}
