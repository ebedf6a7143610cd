#include "dissectors/pop3/pop3.h"

enum {
	FIELD_NAME_BYTES = 78
}; /* a longer first word is no header field name: RFC 5322 2.1.1 */

/* "+OK 120 octets", "+OK message follows (120 octets)"; RFC 1939 promises neither. */
static int64_t
announced(struct bytes text)
{
	uint64_t number = 0, found;
	bool have = false;

	for (struct bytes word; (word = bytes_word(&text)).n;) {
		if (have && (bytes_istarts(word, "octet") || bytes_istarts(word, "byte")))
			return (int64_t)number;
		if (word.p[0] == '(')
			word = bytes_from(word, 1);
		have = bytes_u64(word, INT64_MAX, &found);
		number = have ? found : 0;
	}
	return -1;
}

static void
message_begin(struct pop3 *p, const struct pop3_entry *e, struct events *out, size_t at)
{
	bool top = e && e->lines != UINT64_MAX;
	struct event ev = {.type = EV_MSG_BEGIN};
	struct buf section;

	buf_init(&section, 32);
	if (top)
		buf_fmt(&section, "%llu", (unsigned long long)e->lines);
	ev.msg_begin = (struct ev_msg_begin){.msg = ++p->msg,
		.via = top ? VIA_TOP : VIA_RETR,
		.command = top ? "TOP" : "RETR",
		.section = buf_bytes(&section),
		.whole = !top,
		.headers = true,
		.number = e ? e->number : 0,
		.size = p->size};
	events_say(out, &ev, at, 0);
	buf_done(&section);
	dots_init(&p->dots);
	p->lost = 0;
	p->line_start = true;
	p->body = BODY_MESSAGE;
}

void
pop3_body_begin(struct pop3 *p, const struct pop3_entry *e, const struct pop3_reply *r)
{
	p->body = e ? e->verb->body : BODY_PEEK;
	if (e && e->verb->bare_only && !e->bare)
		p->body = BODY_NONE;
	p->guess_message = !e;
	p->list_odd = false;
	p->last_number = 0;
	p->listed = 0;
	p->size = announced(r->text);
	if (p->body == BODY_MESSAGE)
		message_begin(p, e, r->out, r->from + r->n);
	if (p->body == BODY_CAPA && !p->list.max)
		buf_init(&p->list, events_limits(r->out)->reply_bytes);
	buf_clear(&p->list);
}

enum field {
	FIELD_NO,
	FIELD_YES,
	FIELD_MORE
};

/* Does a line begin with the name of a header field? RFC 5322 3.6.8 */
static enum field
field_start(struct bytes in)
{
	for (size_t i = 0; i < in.n && i <= FIELD_NAME_BYTES; i++) {
		if (in.p[i] == ':')
			return i ? FIELD_YES : FIELD_NO;
		if (in.p[i] < 33 || in.p[i] > 126)
			return FIELD_NO;
	}
	return in.n <= FIELD_NAME_BYTES ? FIELD_MORE : FIELD_NO;
}

bool
pop3_body_peek(struct pop3 *p, struct bytes in, size_t from, struct events *out)
{
	enum field field = FIELD_NO;

	if (pop3_is_status(in)) {
		p->body = BODY_NONE;
		return true;
	}
	if (pop3_may_be_status(in))
		return false;
	if (in.p[0] == '+') { /* a challenge */
		p->body = BODY_NONE;
		return true;
	}
	if (p->guess_message)
		field = field_start(in);
	if (field == FIELD_MORE)
		return false;
	if (field == FIELD_YES)
		message_begin(p, NULL, out, from);
	else
		p->body = BODY_SKIP;
	return true;
}

static void
say_count(uint64_t messages, size_t from, size_t n, struct events *out)
{
	struct event e = {
		.type = EV_MAILBOX, .mailbox = {.counted = true, .messages = messages}};

	events_say(out, &e, from, n);
}

/* RFC 1939 5: "+OK 2 320" */
void
pop3_body_stat(const struct pop3_reply *r)
{
	struct bytes text = r->text;
	uint64_t messages;

	if (bytes_u64(bytes_word(&text), UINT32_MAX, &messages))
		say_count(messages, r->from, r->n, r->out);
}

struct piece {
	struct pop3 *p;
	struct events *out;
	const uint8_t *start; /* of the `in` of feed() */
};

static void
put_piece(void *user, struct bytes piece)
{
	struct piece *s = user;
	struct event e = {.type = EV_MSG_DATA, .msg_data = {.msg = s->p->msg, .data = piece}};

	events_say(s->out, &e, (size_t)(piece.p - s->start), piece.n);
}

static void
message_end(struct pop3 *p, struct events *out, size_t from, size_t n, bool ended)
{
	struct event e = {.type = EV_MSG_END,
		.msg_end = {
			.msg = p->msg, .complete = ended && !p->lost, .gap_bytes = p->lost}};

	events_say(out, &e, from, n);
	p->body = BODY_NONE;
}

/* The end of the body may have been lost, or was never sent as it should: then a status line
 * means that it is over. */
static bool
end_is_doubtful(const struct pop3 *p)
{
	return p->lost || p->dots.variants;
}

/* Octets that may be given to dots_feed() at once: one line when a doubtful end is to be
 * watched for. */
static size_t
step_of(const struct pop3 *p, struct bytes in)
{
	size_t n;

	if (!p->n)
		return in.n;
	n = bytes_find(in, '\n');
	return n < in.n ? n + 1 : n;
}

size_t
pop3_body_message(struct pop3 *p, struct bytes in, size_t from, struct events *out)
{
	struct piece s = {p, out, in.p};
	size_t at = from;

	while (at < in.n && !p->dots.ended) {
		struct bytes rest = bytes_from(in, at);
		size_t n, step = step_of(p, rest);

		if (p->n && p->line_start && end_is_doubtful(p)) {
			if (pop3_is_status(rest))
				pop3_body_broken(p, at, out);
			if (p->body == BODY_NONE || pop3_may_be_status(rest))
				return at - from;
		}
		n = dots_feed(&p->dots, bytes_sub(rest, 0, step), put_piece, &s);
		if (n)
			p->line_start = rest.p[n - 1] == '\n';
		at += n;
		if (n < step)
			break;
	}
	if (p->dots.ended)
		message_end(p, out, at - 3, 3, true);
	return at - from;
}

/* RFC 1939 5: "1 120"; RFC 1939 7: "1 whqtswO00WBw418f9t5JxYwZ" */
static void
list_line(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	struct bytes rest = line, word = bytes_word(&rest);
	uint64_t number;
	bool fits = bytes_u64(word, UINT64_MAX, &number) && number > p->last_number &&
		    bytes_trim(rest).n;

	p->listed += fits;
	if (fits)
		p->last_number = number;
	else if (!p->list_odd)
		events_anomaly(out, ANOMALY_POP3_LIST_MALFORMED, from, n, line);
	p->list_odd |= !fits;
}

/* RFC 2449 6.9. The last word is the version when it looks like one. */
static void
say_software(struct bytes text, size_t from, size_t n, struct events *out)
{
	struct event e = {
		.type = EV_SOFTWARE, .software = {.who = DIR_S2C, .name = bytes_trim(text)}};
	struct bytes name = e.software.name;
	size_t space = name.n;

	while (space > 0 && name.p[space - 1] != ' ')
		space--;
	if (space > 0 && bytes_find(bytes_from(name, space), '.') < name.n - space) {
		struct bytes version = bytes_from(name, space);
		uint8_t first = version.p[0] == 'v' && version.n > 1 ? version.p[1]
								     : version.p[0];

		if (first >= '0' && first <= '9') {
			e.software.version = version;
			e.software.name = bytes_trim(bytes_sub(name, 0, space));
		}
	}
	if (name.n)
		events_say(out, &e, from, n);
}

static void
say_caps(struct pop3 *p, size_t from, size_t n, struct events *out)
{
	uint32_t max = events_limits(out)->caps;
	struct bytes rest = buf_bytes(&p->list), *items = events_items(out);
	struct event e = {.type = EV_CAPS,
		.caps = {.source = CAPS_COMMAND, .items = items, .known = true}};

	while (rest.n && e.caps.n < max) {
		size_t end = bytes_find(rest, '\n');

		items[e.caps.n++] = bytes_sub(rest, 0, end);
		rest = bytes_from(rest, end + 1);
	}
	events_say(out, &e, from, n);
}

static void
capa_line(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	struct bytes rest = line;

	if (p->list.max - p->list.n <= line.n)
		return;
	buf_add(&p->list, line);
	buf_byte(&p->list, '\n');
	if (bytes_iis(bytes_word(&rest), "IMPLEMENTATION"))
		say_software(rest, from, n, out);
}

void
pop3_body_line(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	bool ended = bytes_is(line, ".");

	if (ended && p->body == BODY_CAPA)
		say_caps(p, from, n, out);
	if (ended && p->body == BODY_LIST && !p->list_odd)
		say_count(p->listed, from, n, out);
	if (ended) {
		p->body = BODY_NONE;
		return;
	}
	if (bytes_starts(line, "."))
		line = bytes_from(line, 1);
	if (p->body == BODY_LIST)
		list_line(p, line, from, n, out);
	else if (p->body == BODY_CAPA)
		capa_line(p, line, from, n, out);
	if (p->body != BODY_CAPA) {
		struct event e = {.type = EV_LINE, .line = line};

		events_say(out, &e, from, n);
	}
}

void
pop3_body_broken(struct pop3 *p, size_t from, struct events *out)
{
	bool lost = p->body == BODY_MESSAGE && p->lost;

	if (!lost)
		events_anomaly(out, ANOMALY_POP3_DOT_MISSING, from, 0, BYTES_NONE);
	if (p->body == BODY_CAPA)
		say_caps(p, from, 0, out);
	pop3_body_end(p, out, from, 0);
	if (lost)
		pop3_hole(p, DIR_S2C, p->lost_end, out);
}

void
pop3_body_end(struct pop3 *p, struct events *out, size_t from, size_t n)
{
	if (p->body == BODY_MESSAGE)
		message_end(p, out, from, n, false);
	p->body = BODY_NONE;
}
