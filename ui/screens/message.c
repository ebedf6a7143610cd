/* One message: who, what, when, the way it came, its parts, its text. */
#include "base/digest.h"
#include "base/escape.h"
#include "dissectors/mime/words.h"
#include "output/text.h"
#include "ui/cells.h"
#include "ui/mail.h"
#include "ui/scroll.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_SHOWN ((size_t)256 * 1024) /* bytes of the text part that are shown */
#define PART_DECODED ((size_t)64 << 20)

struct view {
	struct buf raw;
	bool complete;
	int detail; /* 0 read, 1 all headers, 2 as it was sent */
	struct mail_part *parts;
	size_t n_parts;
	struct buf text; /* lines; the first byte of each is its ink + 'A' */
	int width;
	struct scroll scroll;
};

static const enum action actions[] = {ACT_FOLD, ACT_NONE};

static void
message_open(struct ui *ui, void *view, const void *arg)
{
	const struct message_wish *wish = arg;
	struct view *v = view;

	buf_init(&v->raw, SIZE_MAX);
	buf_init(&v->text, SIZE_MAX);
	buf_add(&v->raw, wish->raw);
	v->complete = wish->complete;
	v->parts = calloc(MAIL_PARTS, sizeof(*v->parts));
	v->n_parts = v->parts ? mail_parts(buf_bytes(&v->raw), v->parts) : 0;
}

static void
message_close(void *view)
{
	struct view *v = view;

	buf_done(&v->raw);
	buf_done(&v->text);
	free(v->parts);
}

/* Adds wrapped lines of one ink. text is escaped. */
static void
put(struct view *v, enum ink ink, const char *lead, struct bytes text)
{
	struct buf b, wrapped;
	struct bytes rest;
	size_t indent = strlen(lead);

	buf_init(&b, SIZE_MAX);
	buf_init(&wrapped, SIZE_MAX);
	buf_str(&b, lead);
	buf_add(&b, text);
	text_wrap(&wrapped, buf_bytes(&b), 0, indent < 20 ? indent : 2, (size_t)v->width);
	for (rest = buf_bytes(&wrapped); rest.n;) {
		size_t n = bytes_find(rest, '\n');

		buf_byte(&v->text, (uint8_t)('A' + ink));
		buf_add(&v->text, bytes_sub(rest, 0, n));
		buf_byte(&v->text, '\n');
		v->scroll.lines++;
		rest = bytes_from(rest, n + 1);
	}
	buf_done(&b);
	buf_done(&wrapped);
}

static void
put_wire(struct view *v, enum ink ink, const char *lead, struct bytes wire)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	escape_term(&b, wire);
	put(v, ink, lead, buf_bytes(&b));
	buf_done(&b);
}

static void
put_head(struct view *v, const char *text)
{
	put(v, INK_PLAIN, "", BYTES_NONE);
	put(v, INK_HEAD, text, BYTES_NONE);
}

/* The fields that people read, in the order of the message, with encoded words decoded; or all.
 */
static void
put_fields(struct view *v)
{
	static const char *const known[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc",
		"Subject", "Date", "Message-ID", "In-Reply-To", "User-Agent", "X-Mailer",
		"List-Id", "Authentication-Results"};
	struct bytes rest = buf_bytes(&v->raw), name;
	struct buf value, text;
	char lead[64];

	buf_init(&value, 65536);
	buf_init(&text, 65536);
	while (mail_field(&rest, &name, &value)) {
		bool shown = v->detail > 0;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			shown |= bytes_iis(name, known[i]);
		if (!shown)
			continue;
		buf_clear(&text);
		escape_term(&text, bytes_sub(name, 0, 30));
		snprintf(lead, sizeof(lead), "%-11s ", buf_text(&text));
		buf_clear(&text);
		words_text(&text, buf_bytes(&value));
		put_wire(v, bytes_iis(name, "Subject") ? INK_STRONG : INK_PLAIN, lead,
			buf_bytes(&text));
	}
	buf_done(&value);
	buf_done(&text);
}

/* The word behind "from", "by" or "with" of a Received field. */
static struct bytes
clause(struct bytes value, const char *word)
{
	struct bytes rest = value, w;

	while ((w = bytes_word(&rest)).n) {
		if (w.p[0] == ';')
			break;
		if (bytes_iis(w, word))
			return bytes_word(&rest);
	}
	return BYTES_NONE;
}

/* RFC 5321 4.4: the newest stands first, so the way is told backwards. */
static void
put_path(struct view *v)
{
	struct bytes rest = buf_bytes(&v->raw), name;
	struct {
		struct buf text;
	} hops[30];
	struct buf value;
	size_t n = 0;

	buf_init(&value, 65536);
	while (mail_field(&rest, &name, &value) && n < 30) {
		struct bytes in = buf_bytes(&value), from, by, with, date;

		if (!bytes_iis(name, "Received"))
			continue;
		from = clause(in, "from");
		by = clause(in, "by");
		with = clause(in, "with");
		date = bytes_trim(bytes_from(in, bytes_find(in, ';') + 1));
		buf_init(&hops[n].text, 4096);
		escape_term(&hops[n].text, from.n ? from : BYTES("?"));
		buf_str(&hops[n].text, " → ");
		escape_term(&hops[n].text, by.n ? by : BYTES("?"));
		if (with.n) {
			buf_str(&hops[n].text, "  with ");
			escape_term(&hops[n].text, with);
		}
		if (date.n && date.n < 60) {
			buf_str(&hops[n].text, "  ");
			escape_term(&hops[n].text, date);
		}
		n++;
	}
	if (n)
		put_head(v, "The way it came (by its own Received fields)");
	while (n) {
		put(v, INK_PLAIN, "  ", buf_bytes(&hops[--n].text));
		buf_done(&hops[n].text);
	}
	buf_done(&value);
}

static void
put_part(struct view *v, const struct mail_part *p)
{
	char hash[SHA256_HEX], size[TEXT_NUMBER], lead[2 * MAIL_DEPTH + 8];
	struct buf line, content;

	buf_init(&line, 4096);
	buf_init(&content, PART_DECODED);
	snprintf(lead, sizeof(lead), "  %*s", (int)(2 * p->depth), "");
	escape_term(&line, bytes_str(p->type[0] ? p->type : "text/plain"));
	if (p->name[0]) {
		buf_str(&line, "  \"");
		escape_term(&line, bytes_str(p->name));
		buf_byte(&line, '"');
	}
	if (p->attachment)
		buf_str(&line, "  attachment");
	if (!p->multipart) {
		mail_decode(p, &content);
		sha256_hex(buf_bytes(&content), hash);
		buf_fmt(&line, "  %s bytes", text_number(content.n, size));
		if (p->charset[0]) {
			buf_str(&line, "  ");
			escape_term(&line, bytes_str(p->charset));
		}
		if (p->attachment || p->name[0])
			buf_fmt(&line, "  sha256 %s", hash);
	}
	put(v, p->attachment || p->name[0] ? INK_STRONG : INK_PLAIN, lead, buf_bytes(&line));
	buf_done(&line);
	buf_done(&content);
}

static bool
is_text(const struct mail_part *p, const char *type)
{
	return !p->attachment && !p->multipart &&
	       (strcmp(p->type, type) == 0 || (!p->type[0] && strcmp(type, "text/plain") == 0));
}

/* Lines of text as they are, each escaped. */
static void
put_lines(struct view *v, struct bytes rest)
{
	while (rest.n)
		put_wire(v, INK_PLAIN, "", bytes_line(&rest));
}

static void
put_body(struct view *v)
{
	static const char *const types[] = {"text/plain", "text/html"};
	const struct mail_part *found = NULL;
	struct buf content, text;

	for (size_t t = 0; t < 2 && !found; t++)
		for (size_t i = 0; i < v->n_parts && !found; i++)
			if (is_text(&v->parts[i], types[t]))
				found = &v->parts[i];
	if (!found)
		return;
	buf_init(&content, TEXT_SHOWN);
	buf_init(&text, 2 * TEXT_SHOWN);
	put_head(v, found->type[0] ? found->type : "text/plain");
	mail_decode(found, &content);
	mail_utf8(found->charset, buf_bytes(&content), &text);
	put_lines(v, buf_bytes(&text));
	if (content.cut)
		put(v, INK_DIM, "… the rest is not shown", BYTES_NONE);
	buf_done(&content);
	buf_done(&text);
}

static void
make(struct view *v)
{
	buf_clear(&v->text);
	v->scroll.lines = 0;
	if (!v->complete)
		put(v, INK_MEDIUM, "! Not all of it was captured.", BYTES_NONE);
	if (v->detail == 2) {
		put_lines(v, bytes_sub(buf_bytes(&v->raw), 0, 4 * TEXT_SHOWN));
		return;
	}
	put_fields(v);
	put_path(v);
	put_head(v, "Parts");
	for (size_t i = 0; i < v->n_parts; i++)
		put_part(v, &v->parts[i]);
	put_body(v);
}

static void
message_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

	v->scroll.page = a.rows;
	if (v->width != a.cols - 2) {
		v->width = a.cols - 2;
		make(v);
	}
	scroll_settle(&v->scroll);
}

static void
message_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;
	struct bytes rest = buf_bytes(&v->text);

	for (int row = -v->scroll.top; rest.n && row < a.rows; row++) {
		size_t n = bytes_find(rest, '\n');

		if (row >= 0 && n)
			canvas_put(c, a.row + row, a.col + 1, a.cols - 1,
				(enum ink)(rest.p[0] - 'A'), bytes_sub(rest, 1, n - 1));
		rest = bytes_from(rest, n + 1);
	}
	scroll_draw(&v->scroll, c, a);
}

/* As it is shown. */
static void
message_text(struct ui *ui, void *view, struct buf *out)
{
	struct bytes rest = buf_bytes(&((struct view *)view)->text);

	while (rest.n) {
		size_t n = bytes_find(rest, '\n');

		buf_add(out, bytes_sub(rest, 1, n)); /* without the ink */
		rest = bytes_from(rest, n + 1);
	}
}

static enum next
message_act(struct ui *ui, void *view, enum action a)
{
	struct view *v = view;

	switch ((int)a) {
	case ACT_FOLD:
		v->detail = (v->detail + 1) % 3;
		v->width = 0;
		ui_say(ui, INK_PLAIN, "%s",
			v->detail == 0   ? "the fields that are read"
			: v->detail == 1 ? "all fields"
					 : "as it was sent");
		break;
	default:
		return scroll_act(&v->scroll, a) ? NEXT_REDRAW : NEXT_UNKNOWN;
	}
	return NEXT_REDRAW;
}

const struct screen screen_message = {.name = "message",
	.title = "Message",
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = message_open,
	.update = message_update,
	.draw = message_draw,
	.act = message_act,
	.text = message_text,
	.close = message_close};
