/*
 * FETCH responses, RFC 9051 7.5.2: a list of names and values, where any value may be a
 * literal. The message literals pass through as events; everything else is read only as far as
 * the next name.
 */
#include "dissectors/imap/imap.h"

enum {
	ATTR_OTHER,
	ATTR_UID,
	ATTR_MESSAGE
};

void
imap_fetch_begin(struct imap_fetch *f, uint64_t number, bool is_uid)
{
	*f = (struct imap_fetch){.number = is_uid ? 0 : number, .uid = is_uid ? number : 0};
	buf_init(&f->section, 64 << 10);
}

/* What is waiting for its UID has waited long enough: the next message begins, or the response
 * is over. */
static void
flush_ended(struct imap_fetch *f, struct events *out)
{
	if (f->ended)
		imap_message_end(
			out, f->ended, f->ended_complete, f->ended_gap, f->uid, &f->ended_at);
	f->ended = 0;
}

void
imap_fetch_end(struct imap_fetch *f, struct events *out)
{
	flush_ended(f, out);
	buf_done(&f->section);
}

static void
set_ended(
	struct imap_fetch *f, uint32_t msg, bool complete, uint64_t gap, const struct place *at)
{
	f->ended = msg;
	f->ended_complete = complete;
	f->ended_gap = gap;
	f->ended_at = *at;
}

void
imap_fetch_literal_done(struct imap_fetch *f, const struct imap_literal *lit, bool complete,
	const struct place *at, struct events *out)
{
	f->pieces = true;
	f->value = false;
	if (lit->msg)
		set_ended(f, lit->msg, complete && !lit->gap, lit->gap, at);
	else
		flush_ended(f, out);
}

/* "BODY[HEADER]<0>" out of "body.peek[Header]<0>": upper case, without what only a request has.
 */
static void
copy_section(struct imap_fetch *f, struct bytes name)
{
	size_t open = bytes_find(name, '['), i;

	buf_clear(&f->section);
	for (i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];

		if (i + 5 == open && bytes_iis(bytes_sub(name, i, 5), ".PEEK"))
			i += 4;
		else
			buf_byte(&f->section, c >= 'a' && c <= 'z' ? c - 32 : c);
	}
}

/* RFC 9051 6.4.5.1: HEADER, HEADER.FIELDS (…), HEADER.FIELDS.NOT (…); "" is the whole message.
 */
static void
judge_section(struct imap_fetch *f)
{
	struct bytes name = buf_bytes(&f->section), inner;
	size_t open = bytes_find(name, '['), close = name.n;
	uint64_t origin = 0;

	f->whole = f->headers = false;
	if (open == name.n) {
		f->whole = bytes_is(name, "RFC822");
		f->headers = f->whole || bytes_is(name, "RFC822.HEADER");
		return;
	}
	while (close > open && name.p[close - 1] != ']')
		close--;
	inner = close > open ? bytes_sub(name, open + 1, close - open - 2) : BYTES_NONE;
	if (close < name.n && !bytes_u64(bytes_sub(name, close + 1,
						 bytes_find(bytes_from(name, close + 1), '>')),
				      UINT64_MAX, &origin))
		origin = 1;
	f->whole = !inner.n && close == name.n;
	f->headers = !origin && (!inner.n || bytes_starts(inner, "HEADER"));
}

static void
read_name(struct imap_fetch *f, struct bytes name)
{
	f->value = true;
	f->attr = ATTR_OTHER;
	if (bytes_iis(name, "UID")) {
		f->attr = ATTR_UID;
	} else if (bytes_istarts(name, "BODY[") || bytes_istarts(name, "BODY.PEEK[") ||
		   bytes_istarts(name, "BINARY[") || bytes_iis(name, "RFC822") ||
		   bytes_iis(name, "RFC822.HEADER") || bytes_iis(name, "RFC822.TEXT")) {
		f->attr = ATTR_MESSAGE;
		copy_section(f, name);
		judge_section(f);
	}
}

static const char *
fetch_command(const struct imap_cmd *cmd)
{
	return cmd && bytes_starts(bytes_str(cmd->verb->name), "UID") ? "UID FETCH" : "FETCH";
}

static uint32_t
message_begin(struct imap *st, struct imap_fetch *f, uint64_t size, const struct place *at,
	struct events *out)
{
	const struct imap_cmd *cmd = imap_cmd_of(st, IMAP_FETCH);
	struct event e = {.type = EV_MSG_BEGIN,
		.msg_begin = {.msg = ++st->last_msg,
			.via = VIA_FETCH,
			.command = fetch_command(cmd),
			.peek = cmd && cmd->peek,
			.section = buf_bytes(&f->section),
			.whole = f->whole,
			.headers = f->headers,
			.number = f->number,
			.uid = f->uid,
			.size = (int64_t)size}};

	flush_ended(f, out);
	events_say_at(out, &e, at);
	return st->last_msg;
}

/* RFC 9051: nstring; a short part may come in quotes. */
static void
quoted_message(struct imap *st, struct imap_fetch *f, struct bytes inside,
	const struct place *at, struct events *out)
{
	struct event e = {.type = EV_MSG_DATA};
	struct buf text;

	if (!inside.n)
		return;
	buf_init(&text, inside.n);
	lex_unquote(inside, &text);
	e.msg_data.msg = message_begin(st, f, text.n, at, out);
	e.msg_data.data = buf_bytes(&text);
	events_say_at(out, &e, at);
	set_ended(f, e.msg_data.msg, true, 0, at);
	buf_done(&text);
}

/* One token inside of the outer list. False: it cannot stand here. */
static bool
outer_token(struct imap *st, struct imap_fetch *f, const struct lex_token *t,
	const struct place *at, struct events *out)
{
	if (!f->value) {
		if (t->kind != LEX_ATOM || t->text.p[0] < 'A' || t->text.p[0] > 'z')
			return false;
		read_name(f, t->text);
		return true;
	}
	f->value = false;
	if (t->kind == LEX_QUOTED && f->attr == ATTR_MESSAGE)
		quoted_message(st, f, t->text, at, out);
	else if (t->kind == LEX_ATOM && f->attr == ATTR_UID)
		bytes_u64(t->text, UINT32_MAX, &f->uid);
	return t->kind == LEX_ATOM || t->kind == LEX_QUOTED;
}

static void
check_depth(struct imap_fetch *f, const struct place *at, struct events *out)
{
	if (f->depth <= events_limits(out)->list_depth || f->nested)
		return;
	f->nested = true;
	imap_anomaly_at(out, ANOMALY_IMAP_NESTING, BYTES_NONE, at);
}

/* A bracket, or a token at any depth. False: it does not fit. */
static bool
take_token(struct imap *st, struct imap_fetch *f, const struct lex_token *t,
	const struct place *at, struct events *out)
{
	switch (t->kind) {
	case LEX_OPEN:
		if (f->depth == 1 && !f->value)
			return false;
		f->depth++;
		check_depth(f, at, out);
		return true;
	case LEX_CLOSE:
		if (!f->depth || (f->depth == 1 && f->value))
			return false;
		if (--f->depth == 1)
			f->value = false;
		return true;
	case LEX_ATOM:
	case LEX_QUOTED:
		if (f->depth > 1)
			return true;
		return f->depth == 1 && outer_token(st, f, t, at, out);
	case LEX_LITERAL:
		return f->depth > 1 || (f->depth == 1 && f->value);
	case LEX_END:
	case LEX_BAD:
		return false;
	}
	return false;
}

bool
imap_fetch_piece(struct imap *st, struct imap_fetch *f, struct bytes piece, size_t *ret_used,
	const struct place *at, struct events *out)
{
	struct lex l = lex_piece(piece);
	struct lex_token t;

	*ret_used = 0;
	/* A token that touches the end may go on behind it, and so may a section. */
	while (lex_next(&l, &t) && t.kind != LEX_BAD && l.at < piece.n && !l.no_sections) {
		if ((!f->depth && f->pieces) || !take_token(st, f, &t, at, out) || !f->depth)
			return false;
		*ret_used = l.at;
	}
	return true;
}

bool
imap_fetch_behind_literal(const struct imap_fetch *f, struct bytes chunk)
{
	return !f->pieces || (chunk.n && (chunk.p[0] == ' ' || chunk.p[0] == ')'));
}

enum fetch_result
imap_fetch_chunk(struct imap *st, struct imap_fetch *f, struct bytes chunk,
	struct imap_literal *lit, const struct place *at, struct events *out)
{
	struct lex l = lex_of(chunk);
	struct lex_token t;

	while (lex_next(&l, &t)) {
		if ((!f->depth && f->pieces) || !take_token(st, f, &t, at, out))
			return FETCH_BROKEN;
		if (!f->depth) /* the list is closed */
			return lex_next(&l, &t) ? FETCH_BROKEN : FETCH_DONE;
		if (t.kind != LEX_LITERAL)
			continue;
		if (l.kind == LEX_TAIL_BAD)
			return FETCH_BROKEN;
		*lit = (struct imap_literal){
			.size = l.tail.size, .left = l.tail.size, .at = *at};
		if (f->depth == 1 && f->attr == ATTR_MESSAGE)
			lit->msg = message_begin(st, f, l.tail.size, at, out);
		return FETCH_LITERAL;
	}
	return FETCH_BROKEN;
}
