/* `sessions`: one line a session, in the order of their first packets. Rows wait on disk, 16
 * bytes of each in memory. */
#include "output/sink.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/columns.h"
#include "output/filter.h"
#include "output/json.h"
#include "output/spool.h"
#include "output/style.h"
#include "output/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPOOL_DEFAULT (UINT64_C(4) << 30)
#define CELL_BYTES (JSON_TEXT_BYTES + 4) /* of a wire text; JSON then says that it was cut */

enum format {
	FORMAT_TABLE,
	FORMAT_CSV,
	FORMAT_JSON
};

struct row {
	uint64_t flow_id;
	uint64_t record; /* 0: -F does not match; it has a number all the same */
};

struct sessions_sink {
	struct sink sink;
	struct sink_settings set;
	enum format format;
	struct columns cols;
	const struct run_info *run;
	struct spool *spool;
	struct row *rows;
	size_t n, cap;
	struct buf record, scratch, text, line;
	size_t width[COLUMNS_MAX];
	bool dated; /* sessions of more than one day: times need their date */
};

static void
sessions_end(struct sink *sink, struct session *s)
{
	struct sessions_sink *k = (struct sessions_sink *)sink;
	struct row row = {.flow_id = s->flow->id};

	if (!k->set.filter || filter_match(k->set.filter, s)) {
		buf_clear(&k->record);
		for (size_t i = 0; i < k->cols.n; i++) {
			struct cell c;

			buf_clear(&k->scratch);
			c = k->cols.col[i]->get(s, 0, &k->scratch);
			if (k->cols.col[i]->wire) {
				buf_clear(&k->text);
				secrets_redact(
					k->run->secrets, s->known, c.text, NULL, 0, &k->text);
				c.text = buf_bytes(&k->text);
			}
			c.text = bytes_sub(c.text, 0, CELL_BYTES);
			cells_put(&k->record, &c);
		}
		spool_put(k->spool, &row.record, buf_bytes(&k->record));
	}
	if (k->n == k->cap) {
		k->cap = k->cap ? 2 * k->cap : 256;
		k->rows = mem_grow(k->rows, k->cap * sizeof(*k->rows));
	}
	k->rows[k->n++] = row;
}

static int
by_flow(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->flow_id > y->flow_id) - (x->flow_id < y->flow_id);
}

/* What a cell says, not yet escaped for its sink. */
static struct bytes
cell_words(struct sessions_sink *k, const struct cell *c)
{
	char text[CLOCK_TEXT];

	buf_clear(&k->text);
	switch (c->kind) {
	case CELL_NONE:
		break;
	case CELL_TEXT:
		buf_add(&k->text, c->text);
		break;
	case CELL_NUMBER:
		buf_fmt(&k->text, "%lld", (long long)c->n);
		break;
	case CELL_BOOL:
		buf_str(&k->text, c->n ? "yes" : "no");
		break;
	case CELL_SPAN:
		buf_str(&k->text, clock_span(c->n, text));
		break;
	case CELL_TIME:
		clock_rfc3339(c->n, text);
		if (k->format == FORMAT_TABLE) { /* 2026-11-22T10:11:12.123456Z → 10:11:12 */
			struct bytes t = bytes_str(text);

			if (k->dated)
				buf_fmt(&k->text, "%.5s ", text + 5);
			buf_add(&k->text, bytes_sub(t, 11, 8));
		} else {
			buf_str(&k->text, text);
		}
		break;
	}
	return buf_bytes(&k->text);
}

static struct cell
next_cell(const struct sessions_sink *k, size_t col, uint64_t number, struct bytes *rest)
{
	struct cell c = cells_take(rest);

	if (column_is_number(k->cols.col[col]))
		c.n = (int64_t)number;
	return c;
}

static void
csv_line(struct sessions_sink *k, uint64_t number)
{
	struct bytes rest = buf_bytes(&k->record);

	for (size_t i = 0; i < k->cols.n; i++) {
		struct cell c = next_cell(k, i, number, &rest);

		if (i)
			buf_byte(&k->line, ',');
		/* A number below zero is no formula. */
		if (c.kind == CELL_NUMBER)
			buf_add(&k->line, cell_words(k, &c));
		else
			escape_csv(&k->line, cell_words(k, &c));
	}
	buf_byte(&k->line, '\n');
}

static void
json_line(struct sessions_sink *k, uint64_t number)
{
	struct bytes rest = buf_bytes(&k->record);
	struct json j;

	json_init(&j, &k->line);
	json_object(&j, NULL);
	for (size_t i = 0; i < k->cols.n; i++) {
		struct cell c = next_cell(k, i, number, &rest);
		const char *key = k->cols.col[i]->name;

		if (c.kind == CELL_TEXT)
			json_str(&j, key, c.text);
		else if (c.kind == CELL_NUMBER)
			json_u64(&j, key, (uint64_t)c.n);
		else if (c.kind == CELL_BOOL)
			json_bool(&j, key, c.n != 0);
		else if (c.kind == CELL_TIME)
			json_time(&j, key, c.n);
		else if (c.kind == CELL_SPAN)
			json_seconds(&j, key, c.n);
	}
	json_close(&j);
}

static void
table_line(struct sessions_sink *k, uint64_t number)
{
	struct bytes rest = buf_bytes(&k->record);

	for (size_t i = 0; i < k->cols.n; i++) {
		const struct column *col = k->cols.col[i];
		struct cell c = next_cell(k, i, number, &rest);
		enum severity sev = SEV_NONE;
		enum style style = STYLE_PLAIN;
		struct bytes words = cell_words(k, &c);

		if (bytes_is(bytes_str(col->name), "worst") && severity_parse(words, &sev))
			style = style_severity(sev);
		if (i)
			buf_byte(&k->line, ' ');
		style_on(&k->line, k->set.color, style);
		text_cell(&k->line, text_escaped(&k->scratch, words.n ? words : BYTES("-")),
			k->width[i], col->right);
		style_off(&k->line, k->set.color, style);
	}
	while (k->line.n && k->line.p[k->line.n - 1] == ' ')
		k->line.n--;
	buf_byte(&k->line, '\n');
}

static void
head_line(struct sessions_sink *k)
{
	bool table = k->format == FORMAT_TABLE;

	style_on(&k->line, table && k->set.color, STYLE_HEAD);
	for (size_t i = 0; i < k->cols.n; i++) {
		const struct column *col = k->cols.col[i];

		if (i)
			buf_byte(&k->line, table ? ' ' : ',');
		if (table && i + 1 < k->cols.n)
			text_cell(&k->line, bytes_str(col->title), k->width[i], col->right);
		else
			buf_str(&k->line, table ? col->title : col->name);
	}
	style_off(&k->line, table && k->set.color, STYLE_HEAD);
	buf_byte(&k->line, '\n');
}

/* Takes columns from the one that has most to spare, until the line fits or none has any.
 * Returns the width of the line. */
static size_t
shrink_to(struct sessions_sink *k, size_t total, size_t room, unsigned parts)
{
	while (total > room) {
		size_t best = SIZE_MAX, spare = 0;

		for (size_t i = 0; i < k->cols.n; i++) {
			size_t min = k->cols.col[i]->min * (size_t)parts / 3;

			if (min && k->width[i] > min && k->width[i] - min > spare) {
				best = i;
				spare = k->width[i] - min;
			}
		}
		if (best == SIZE_MAX)
			break;
		k->width[best]--;
		total--;
	}
	return total;
}

static void
shrink(struct sessions_sink *k)
{
	size_t room = k->set.width > 0 ? (size_t)k->set.width : 80, total = k->cols.n - 1;

	for (size_t i = 0; i < k->cols.n; i++)
		total += k->width[i];
	total = shrink_to(k, total, room, 3);
	shrink_to(k, total, room, 2);
}

static void
measure(struct sessions_sink *k)
{
	for (size_t i = 0; i < k->cols.n; i++)
		k->width[i] = text_width(bytes_str(k->cols.col[i]->title));
	for (size_t r = 0; r < k->n; r++) {
		struct bytes rest;

		if (!k->rows[r].record)
			continue;
		spool_get(k->spool, k->rows[r].record, &k->record);
		rest = buf_bytes(&k->record);
		for (size_t i = 0; i < k->cols.n; i++) {
			struct cell c = next_cell(k, i, r + 1, &rest);
			size_t w = text_width(text_escaped(&k->scratch, cell_words(k, &c)));

			if (w > k->width[i])
				k->width[i] = w;
		}
	}
	shrink(k);
}

static void
put_line(struct sessions_sink *k)
{
	out_add(k->set.out, buf_bytes(&k->line));
	buf_clear(&k->line);
}

static void
put_rows(struct sessions_sink *k)
{
	static void (*const put[])(struct sessions_sink * k, uint64_t number) = {
		[FORMAT_TABLE] = table_line,
		[FORMAT_CSV] = csv_line,
		[FORMAT_JSON] = json_line};
	bool first = true;

	for (size_t r = 0; r < k->n && !out_broken(k->set.out); r++) {
		if (!k->rows[r].record)
			continue;
		if (k->format == FORMAT_JSON)
			buf_str(&k->line, first ? "\n" : ",\n");
		first = false;
		spool_get(k->spool, k->rows[r].record, &k->record);
		put[k->format](k, r + 1);
		put_line(k);
	}
}

static int
sessions_begin(struct sink *sink, const struct run_info *run, struct err *e)
{
	((struct sessions_sink *)sink)->run = run;
	return 0;
}

static int
sessions_finish(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct sessions_sink *k = (struct sessions_sink *)sink;
	int r;

	if (k->n)
		qsort(k->rows, k->n, sizeof(*k->rows), by_flow);
	k->dated = run->first_ns / (86400 * NS_PER_S) != run->last_ns / (86400 * NS_PER_S);
	if (k->format == FORMAT_TABLE)
		measure(k);
	if (k->format == FORMAT_JSON)
		buf_byte(&k->line, '[');
	else
		head_line(k);
	put_rows(k);
	if (k->format == FORMAT_JSON)
		buf_str(&k->line, "\n]\n");
	put_line(k);
	r = out_flush(k->set.out, e);
	return r == 0 ? spool_err(k->spool, e) : r;
}

static void
sessions_free(struct sink *sink)
{
	struct sessions_sink *k = (struct sessions_sink *)sink;

	spool_free(&k->spool);
	buf_done(&k->record);
	buf_done(&k->scratch);
	buf_done(&k->text);
	buf_done(&k->line);
	free(k->rows);
	free(k);
}

static const struct sink_ops sessions_ops = {.name = "sessions",
	.begin = sessions_begin,
	.end = sessions_end,
	.finish = sessions_finish,
	.free = sessions_free};

static int
parse_format(const char *text, enum format *ret, struct err *e)
{
	static const char *const names[] = {
		[FORMAT_TABLE] = "text", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};

	*ret = FORMAT_TABLE;
	if (!text || strcmp(text, "table") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum format)i;
			return 0;
		}
	}
	return err_set(e, -EINVAL,
		"sessions: unknown format '%s'; there are text, csv and json", text);
}

struct sink *
sessions_sink_new(const struct sink_settings *set, struct err *e)
{
	struct columns cols;
	enum format format;
	struct sessions_sink *k;
	const char *list = set->columns;

	if (parse_format(set->format, &format, e) < 0)
		return NULL;
	if (!list)
		list = format == FORMAT_TABLE ? columns_table_default : columns_data_default;
	if (columns_parse(list, &cols, e) < 0)
		return NULL;
	k = mem_get(sizeof(*k));
	k->sink = (struct sink){.ops = &sessions_ops, .wants = WANT_END | WANT_JUDGED};
	k->set = *set;
	k->format = format;
	k->cols = cols;
	k->spool = spool_new(set->spool_bytes ? set->spool_bytes : SPOOL_DEFAULT);
	buf_init(&k->record, SIZE_MAX);
	buf_init(&k->scratch, SIZE_MAX);
	buf_init(&k->text, SIZE_MAX);
	buf_init(&k->line, SIZE_MAX);
	return &k->sink;
}
