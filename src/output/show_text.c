#include "output/show.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/style.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEX_ROW 16

static const char *
who(const struct record *r)
{
	return r->h.dir == DIR_C2S ? "C:" : "S:";
}

/* "   0.123  C: "; SHOW_INDENT columns. */
static void
put_lead(struct show_view *v, const struct record *r)
{
	int64_t us = (r->h.ts_ns - v->start_ns) / 1000;
	char text[40];

	snprintf(text, sizeof(text), "%" PRId64 ".%03d", us / 1000000,
		(int)(us < 0 ? 0 : us % 1000000 / 1000));
	text_cell(v->out, bytes_str(us < 0 ? "0.000" : text), 8, true);
	buf_str(v->out, "  ");
}

/* One line of wire text, broken only when the terminal is narrower. */
static void
put_wire_line(struct show_view *v, struct bytes line)
{
	struct bytes text = text_escaped(v->tmp, line);

	if (v->line_width == SIZE_MAX || text_width(text) + SHOW_INDENT <= v->line_width) {
		buf_add(v->out, text);
		buf_byte(v->out, '\n');
	} else {
		text_wrap(v->out, text, SHOW_INDENT, SHOW_INDENT + 2, v->line_width);
	}
}

/* What is not of the wire, in brackets. */
static void
put_note(struct show_view *v, struct bytes text, enum style style)
{
	text_spaces(v->out, SHOW_INDENT);
	style_on(v->out, v->color, style);
	text_wrap(v->out, text, SHOW_INDENT, SHOW_INDENT + 1,
		v->line_width == SIZE_MAX ? SIZE_MAX : v->width);
	style_off(v->out, v->color, style);
}

/* "[words: wire text]", whichever of them there is. */
static void
put_bracket(struct show_view *v, const char *words, struct bytes wire)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_byte(&line, '[');
	buf_str(&line, words);
	if (wire.n && *words)
		buf_str(&line, ": ");
	escape_term(&line, wire);
	buf_byte(&line, ']');
	put_note(v, buf_bytes(&line), STYLE_NOTE);
	buf_done(&line);
}

static void
put_dialogue(struct show_view *v, const struct record *r)
{
	enum style style = r->h.dir == DIR_C2S ? STYLE_CLIENT : STYLE_SERVER;
	struct bytes rest = r->text;
	bool first = r->h.kind != REC_CAPS;

	do {
		if (first)
			put_lead(v, r);
		else
			text_spaces(v->out, 10);
		style_on(v->out, v->color, style);
		buf_str(v->out, first ? who(r) : "  ");
		style_off(v->out, v->color, style);
		buf_byte(v->out, ' ');
		put_wire_line(v, bytes_line(&rest));
		first = false;
	} while (rest.n);
	if (r->decoded.n)
		put_bracket(v, "base64 of", r->decoded);
}

/* Lines of a list; many are folded. */
static void
put_line(struct show_view *v, const struct record *r)
{
	if (v->lines++ >= SHOW_LINES)
		return;
	text_spaces(v->out, SHOW_INDENT);
	put_wire_line(v, r->text);
}

void
show_lines_end(struct show_view *v)
{
	char number[TEXT_NUMBER];
	struct buf line;

	if (v->lines > SHOW_LINES) {
		buf_init(&line, 256);
		buf_fmt(&line, "[… and %s more %s: --raw shows all]",
			text_number(v->lines - SHOW_LINES, number),
			v->lines - SHOW_LINES == 1 ? "line" : "lines");
		put_note(v, buf_bytes(&line), STYLE_NOTE);
		buf_done(&line);
	}
	v->lines = 0;
}

static void
put_message(struct show_view *v, const struct record *r, const struct record *info)
{
	char number[TEXT_NUMBER];
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_str(&line, "[message");
	if (info)
		buf_fmt(&line, ": %s bytes", text_number(info->h.size, number));
	buf_fmt(&line, ", %s", r->h.flags & REC_COMPLETE ? "complete" : "not complete");
	if (r->h.size)
		buf_fmt(&line, ", %s bytes missing", text_number(r->h.size, number));
	if (info && info->text.n) {
		buf_str(&line, ", Subject: ");
		escape_term(&line, info->text);
	}
	if (info && info->extra.n)
		buf_fmt(&line, ", sha256 %.*s", BYTES_FMT(info->extra));
	buf_byte(&line, ']');
	put_note(v, buf_bytes(&line), STYLE_NOTE);
	buf_done(&line);
}

static void
put_gap(struct show_view *v, const struct record *r)
{
	static const char *const reasons[] = {[GAP_LOST] = "",
		[GAP_SNAPLEN] = " (cut by the snap length)",
		[GAP_HELD] = " (given up over a limit)",
		[GAP_JOINED] = ""};
	char number[TEXT_NUMBER];
	struct buf line;

	buf_init(&line, 256);
	if (r->h.reply_kind == GAP_JOINED)
		buf_fmt(&line, "[… the capture begins in the middle, %s side …]",
			r->h.dir == DIR_C2S ? "client" : "server");
	else
		buf_fmt(&line, "[… %s bytes of the %s missing%s …]",
			text_number(r->h.size, number),
			r->h.dir == DIR_C2S ? "client" : "server",
			reasons[r->h.reply_kind & 3]);
	put_note(v, buf_bytes(&line), STYLE_NOTE);
	buf_done(&line);
}

static void
put_finding(struct show_view *v, const struct record *r)
{
	enum severity sev = (enum severity)r->h.code;
	bool good = r->h.reply_kind == CLASS_POSITIVE;
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_fmt(&line, "%s %s %s: %.*s", good ? "+" : "!", r->h.verb,
		good ? "fine" : severity_name(sev), BYTES_FMT(r->text));
	if (r->extra.n) {
		buf_str(&line, " – ");
		escape_term(&line, r->extra);
	}
	put_note(v, buf_bytes(&line), good ? STYLE_GOOD : style_severity(sev));
	buf_done(&line);
}

static void
put_login(struct show_view *v, const struct record *r)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_str(&line, "[login");
	if (r->text.n) {
		buf_str(&line, " as ");
		escape_term(&line, r->text);
	}
	if (r->extra.n) {
		buf_str(&line, " by ");
		escape_term(&line, r->extra);
	}
	buf_fmt(&line, ": %s]", r->h.verb);
	put_note(v, buf_bytes(&line), STYLE_NOTE);
	buf_done(&line);
}

static void
put_anomaly(struct show_view *v, const struct record *r)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_fmt(&line, "[odd: %.*s (%s)", BYTES_FMT(r->extra), r->h.verb);
	if (r->text.n) {
		buf_str(&line, ": ");
		escape_term(&line, r->text);
	}
	buf_byte(&line, ']');
	put_note(v, buf_bytes(&line), STYLE_MEDIUM);
	buf_done(&line);
}

void
show_text(struct show_view *v, const struct record *r, const struct record *info)
{
	if (r->h.kind != REC_LINE)
		show_lines_end(v);
	switch ((enum record_kind)r->h.kind) {
	case REC_LINE:
		put_line(v, r);
		break;
	case REC_COMMAND:
	case REC_REPLY:
	case REC_CAPS:
		put_dialogue(v, r);
		break;
	case REC_MESSAGE:
		put_message(v, r, info);
		break;
	case REC_LOGIN:
		put_login(v, r);
		break;
	case REC_TLS:
	case REC_NOTE:
		put_bracket(v, "", r->text);
		break;
	case REC_GAP:
		put_gap(v, r);
		break;
	case REC_ANOMALY:
		put_anomaly(v, r);
		break;
	case REC_FINDING:
		put_finding(v, r);
		break;
	case REC_BODY:
	case REC_INFO:
		break;
	}
}

/* What was on the wire, line by line, and nothing else. */
void
show_raw(struct show_view *v, const struct record *r)
{
	struct bytes rest = r->text;
	bool wire = r->h.kind == REC_COMMAND || r->h.kind == REC_REPLY ||
		    r->h.kind == REC_CAPS || r->h.kind == REC_BODY || r->h.kind == REC_LINE;

	if (v->body_open && r->h.kind != REC_BODY) {
		buf_byte(v->out, '\n');
		v->body_open = false;
	}
	if (r->h.kind == REC_GAP) {
		put_gap(v, r);
		return;
	}
	if (!wire)
		return;
	do {
		bool ends = bytes_find(rest, '\n') < rest.n;

		escape_term(v->out, bytes_line(&rest));
		v->body_open = r->h.kind == REC_BODY && !ends;
		if (!v->body_open)
			buf_byte(v->out, '\n');
	} while (rest.n);
}

static bool
is_hidden(const struct record *r, size_t at)
{
	for (size_t i = 0; i + sizeof(struct hidden) <= r->hidden.n;
		i += sizeof(struct hidden)) {
		struct hidden h;

		memcpy(&h, r->hidden.p + i, sizeof(h));
		if (at >= h.off && at < (size_t)h.off + h.len)
			return true;
	}
	return false;
}

void
show_hex_row(struct buf *out, const struct record *r, size_t at, size_t row)
{
	buf_fmt(out, "%08" PRIx64 " ", r->h.offset + at);
	for (size_t i = at; i < at + row; i++) {
		buf_str(out, i == at + HEX_ROW / 2 ? "  " : " ");
		if (i >= r->bytes.n)
			buf_str(out, "  ");
		else if (is_hidden(r, i))
			buf_str(out, "**");
		else
			buf_fmt(out, "%02x", r->bytes.p[i]);
	}
	buf_str(out, "  ");
	for (size_t i = at; i < at + row && i < r->bytes.n; i++) {
		bool plain = r->bytes.p[i] >= 0x20 && r->bytes.p[i] < 0x7f;

		buf_byte(out, is_hidden(r, i) ? '*' : plain ? r->bytes.p[i] : '.');
	}
	buf_byte(out, '\n');
}

void
show_hex(struct show_view *v, const struct record *r)
{
	enum style style = r->h.dir == DIR_C2S ? STYLE_CLIENT : STYLE_SERVER;
	bool wire = r->h.kind == REC_COMMAND || r->h.kind == REC_REPLY ||
		    r->h.kind == REC_BODY || r->h.kind == REC_LINE;
	char time[CLOCK_TEXT];

	if (!wire) {
		if (r->h.kind != REC_INFO && r->h.kind != REC_CAPS && r->h.kind != REC_MESSAGE)
			show_text(v, r, NULL);
		return;
	}
	style_on(v->out, v->color, style);
	buf_fmt(v->out, "%s packet %" PRIu64 ", offset %" PRIu64 ", %zu bytes, %s", who(r),
		r->h.packet, r->h.offset, r->bytes.n, clock_hms(r->h.ts_ns, time));
	style_off(v->out, v->color, style);
	buf_byte(v->out, '\n');
	for (size_t at = 0; at < r->bytes.n; at += HEX_ROW) {
		buf_str(v->out, "  ");
		show_hex_row(v->out, r, at, HEX_ROW);
	}
	if (r->hidden.n && r->h.kind != REC_BODY) {
		buf_str(v->out, "  ** is hidden: ");
		text_wire(v->out, r->text, 0);
		buf_byte(v->out, '\n');
	}
}
