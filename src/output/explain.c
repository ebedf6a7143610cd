#include "output/explain.h"
#include "base/escape.h"
#include "dissectors/explain.h"
#include "output/nearest.h"
#include "output/text.h"

#include <errno.h>
#include <string.h>

struct page {
	struct buf text;
	size_t width;
	size_t n; /* meanings printed */
};

static void
put_row(void *user, const struct explain_row *row)
{
	struct page *p = user;

	if (p->n++)
		buf_byte(&p->text, '\n');
	buf_fmt(&p->text, "%s  (%s %s)\n  ", row->token, row->protocol, row->kind);
	text_wrap(&p->text, bytes_str(row->text), 2, 2, p->width);
	if (row->reference && *row->reference)
		buf_fmt(&p->text, "  %s\n", row->reference);
}

static void
put_labelled(struct page *p, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	buf_str(&p->text, "  ");
	text_cell(&p->text, bytes_str(label), 12, false);
	text_wrap(&p->text, bytes_str(text), 14, 14, p->width);
}

static void
put_finding(struct page *p, const struct finding_row *row)
{
	struct buf refs;

	if (p->n++)
		buf_byte(&p->text, '\n');
	buf_fmt(&p->text, "%s  (%s %u, %s)\n  ", row->id, finding_class_name(row->cls),
		row->signature_id, severity_name(row->severity));
	text_wrap(&p->text, bytes_str(row->title), 2, 2, p->width);
	put_labelled(p, "Why", row->explain);
	put_labelled(p, "What to do", row->remedy);
	buf_init(&refs, SIZE_MAX);
	for (size_t i = 0; row->refs && row->refs[i]; i++)
		buf_fmt(&refs, "%s%s", i ? "; " : "", row->refs[i]);
	put_labelled(p, "See", buf_text(&refs));
	buf_done(&refs);
}

/* "auth." and "auth" list the family, a full id or its number is that finding. */
static void
put_findings(struct page *p, struct bytes term)
{
	const struct finding_row *const *rows = findings_catalogue();
	uint64_t number = 0;

	bytes_u64(term, UINT32_MAX, &number);
	for (size_t i = 0; rows[i]; i++) {
		struct bytes id = bytes_str(rows[i]->id);

		if (bytes_ieq(id, term) || (number && number == rows[i]->signature_id))
			put_finding(p, rows[i]);
	}
	for (size_t i = 0; p->n == 0 && rows[i]; i++) {
		struct bytes id = bytes_str(rows[i]->id),
			     family = bytes_sub(id, 0, bytes_find(id, '.'));

		if (bytes_ieq(family, term))
			buf_fmt(&p->text, "%-34s %s\n", rows[i]->id, rows[i]->title);
	}
}

/* The forms in which people write a term: as it is, without the brackets or the = of the table,
 * with any class. */
static void
put_words(struct page *p, struct bytes term)
{
	static const struct {
		const char *before, *behind;
		bool class; /* 5.7.8 → x.7.8 */
	} forms[] = {{"", "", false}, {"[", "]", false}, {"", "=", false}, {"x", "", true}};
	size_t dot = bytes_find(term, '.');
	struct buf text;

	buf_init(&text, 256);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && p->n == 0; i++) {
		if (forms[i].class && dot >= term.n)
			continue;
		buf_clear(&text);
		buf_str(&text, forms[i].before);
		buf_add(&text, forms[i].class ? bytes_from(term, dot) : term);
		buf_str(&text, forms[i].behind);
		explain_all(buf_bytes(&text), put_row, p);
	}
	buf_done(&text);
}

/* "MAIL FROM": the first word that has a meaning, when the whole has none. */
static void
put_first_words(struct page *p, struct bytes term)
{
	struct bytes rest = term;

	while (rest.n && p->n == 0) {
		struct bytes word = bytes_word(&rest);

		while (word.n && memchr(":;,", word.p[word.n - 1], 3))
			word.n--;
		put_words(p, word);
	}
}

static bool
same_kind(const struct explain_row *a, const struct explain_row *b)
{
	return strcmp(a->protocol, b->protocol) == 0 && strcmp(a->kind, b->kind) == 0;
}

static void
put_overview(struct page *p)
{
	const struct finding_row *const *rows = findings_catalogue();
	struct buf line;
	static const char intro[] =
		"TERM is a word of a dialogue or the id of a finding, for instance: EHLO, 250, "
		"5.7.8, STLS, "
		"FETCH, [ALERT], CRAM-MD5, auth.cleartext, starttls. What is known:\n";

	buf_str(&p->text, "usage: mailsnoop explain TERM\n\n");
	text_wrap(&p->text, bytes_str(intro), 0, 0, p->width);
	buf_init(&line, SIZE_MAX);
	for (size_t i = 0; i < explain_count; i++) {
		const struct explain_row *row = &explain_rows[i];
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = same_kind(&explain_rows[k], row);
		if (seen)
			continue;
		buf_clear(&line);
		for (size_t k = i; k < explain_count; k++)
			if (same_kind(&explain_rows[k], row))
				buf_fmt(&line, "%s%s", line.n ? ", " : "",
					explain_rows[k].token);
		buf_fmt(&p->text, "%s %s:\n  ", row->protocol, row->kind);
		text_wrap(&p->text, buf_bytes(&line), 2, 2, p->width);
	}
	buf_str(&p->text, "\nFindings:\n");
	for (size_t i = 0; rows[i]; i++)
		buf_fmt(&p->text, "  %-34s %s\n", rows[i]->id, rows[i]->title);
	buf_done(&line);
}

static int
unknown(struct bytes term, struct err *e)
{
	const struct finding_row *const *rows = findings_catalogue();
	struct nearest near;
	struct buf text;

	nearest_init(&near, term);
	for (size_t i = 0; i < explain_count; i++)
		nearest_offer(&near, explain_rows[i].token);
	for (size_t i = 0; rows[i]; i++)
		nearest_offer(&near, rows[i]->id);
	buf_init(&text, 512);
	buf_str(&text, "nothing is known about '");
	escape_term(&text, bytes_sub(term, 0, 60));
	buf_byte(&text, '\'');
	nearest_put(&near, &text);
	if (near.n == 0)
		buf_str(&text, "; `mailsnoop explain` lists what is");
	err_set(e, -ENOENT, "%s", buf_text(&text));
	buf_done(&text);
	return -ENOENT;
}

int
explain_print(struct out *o, const char *term, int width, struct err *e)
{
	struct page p = {.width = width > 0 ? (size_t)width : 80};
	struct bytes t = bytes_trim(bytes_str(term));

	buf_init(&p.text, SIZE_MAX);
	if (!term) {
		put_overview(&p);
	} else {
		put_findings(&p, t);
		put_words(&p, t);
		if (p.text.n == 0)
			put_first_words(&p, t);
	}
	if (p.text.n == 0) {
		buf_done(&p.text);
		return unknown(t, e);
	}
	out_add(o, buf_bytes(&p.text));
	buf_done(&p.text);
	return 0;
}
