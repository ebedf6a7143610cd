/* The server's side: whole replies, and which command each of them answers. */
#include "dissectors/smtp/smtp.h"

#include "dissectors/tls/record.h"

struct bytes
smtp_enhanced(struct bytes text)
{
	struct bytes line = bytes_from(text, 4), word;
	size_t dots = 0, at = 0;

	/* Most replies have none: told before their line and word are cut. */
	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	if (line.n - at < 2 || line.p[at + 1] != '.')
		return BYTES_NONE;
	line = bytes_sub(line, 0, bytes_find(line, '\r'));
	line = bytes_sub(line, 0, bytes_find(line, '\n'));
	word = bytes_word(&line);
	if (word.n < 5 || word.n > 9 ||
		!(word.p[0] == '2' || word.p[0] == '4' || word.p[0] == '5') || word.p[1] != '.')
		return BYTES_NONE;
	for (size_t i = 0; i < word.n; i++) {
		dots += word.p[i] == '.';
		if (word.p[i] != '.' && !(word.p[i] >= '0' && word.p[i] <= '9'))
			return BYTES_NONE;
	}
	return dots == 2 && word.p[word.n - 1] != '.' ? word : BYTES_NONE;
}

enum smtp_stage
smtp_stage(const struct smtp *s)
{
	if (s->tx.open)
		return s->tx.rcpt_ok + s->tx.rcpt_open ? AT_RCPT : AT_MAIL;
	return s->hello ? AT_READY : AT_START;
}

static enum reply_kind
kind_of(uint16_t code)
{
	return code < 300   ? REPLY_OK
	       : code < 400 ? REPLY_CONTINUE
	       : code < 500 ? REPLY_NO
			    : REPLY_BAD;
}

static void
say_reply(const struct smtp_entry *e, const struct smtp_reply *r, bool unsolicited,
	struct events *out)
{
	struct event ev = {.type = EV_REPLY};

	ev.reply = (struct ev_reply){.id = e ? e->id : 0,
		.verb = e && e->verb ? e->verb->name : NULL,
		.kind = kind_of(r->code),
		.code = r->code,
		.enhanced = smtp_enhanced(r->text),
		.text = r->text,
		.unsolicited = unsolicited};
	if (e && e->kind == ENTRY_BODY_END)
		ev.reply.verb = "DATA";
	events_say_at(out, &ev, &r->at);
}

static void
anomaly_at(struct events *out, enum anomaly_id id, const struct place *at)
{
	struct event e = {.type = EV_ANOMALY, .anomaly = {.id = id}};

	events_say_at(out, &e, at);
}

/* RFC 5321 4.1.4, RFC 4954 4, RFC 3207 4.2, RFC 2033 4.1. */
static bool
is_in_order(const struct smtp *s, const struct smtp_verb *v)
{
	if (!(v->when & smtp_stage(s)) || s->over)
		return false;
	if (v->judge == smtp_auth_judge && s->authed)
		return false;
	if (v->judge == smtp_tls_judge && s->secured)
		return false;
	return v->judge != smtp_hello_judge || !s->hello || s->lmtp == smtp_verb_is(v, "LHLO");
}

/* The order of commands, as the server had it. Pipelined ones could not know. */
static void
check_sequence(struct smtp *s, const struct smtp_entry *e, const struct smtp_reply *r,
	struct events *out)
{
	struct event odd = {.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_COMMAND_SEQUENCE}};

	if (!r->code || !e->verb || e->pipelined || e->inert || s->lost || !s->greeted ||
		events_midstream(out))
		return;
	if (is_in_order(s, e->verb))
		return;
	odd.anomaly.detail = bytes_str(e->verb->name);
	odd.anomaly.code = r->code;
	events_say_at(out, &odd, &e->at);
}

static void
judge_command(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	check_sequence(s, e, r, out);
	if (!e->verb && r->code >= 500 && s->refused_data && !s->said_body) {
		s->said_body = true;
		anomaly_at(out, ANOMALY_DATA_REFUSED_BODY, &e->at);
	}
	if (e->verb && e->verb->judge && !e->inert)
		e->verb->judge(s, e, r, out);
}

void
smtp_judge(struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	switch ((enum smtp_entry_kind)e->kind) {
	case ENTRY_COMMAND:
		judge_command(s, e, r, out);
		break;
	case ENTRY_ANSWER:
		smtp_auth_judge(s, e, r, out);
		break;
	case ENTRY_BODY_END:
		smtp_end_judge(s, e, r, out);
		break;
	}
}

/* ------------------------------------------------------------------ which command does it
 * answer? */

/* Could this reply be the answer to e, and to few others? (FINDINGS.md 1.2: where counting can
 * begin again) */
static bool
fits_only(const struct smtp_entry *e, const struct smtp_reply *r)
{
	bool auth = e->kind == ENTRY_ANSWER || (e->kind == ENTRY_COMMAND && e->auth);

	switch (r->code) {
	case 354:
		return smtp_verb_is(e->verb, "DATA");
	case 334:
	case 235:
		return auth;
	case 221:
		return smtp_verb_is(e->verb, "QUIT");
	case 220:
		return smtp_verb_is(e->verb, "STARTTLS");
	case 250:
		return r->lines > 1 && e->verb && e->verb->judge == smtp_hello_judge;
	}
	return false;
}

static bool
telling(const struct smtp_reply *r)
{
	return r->code == 354 || r->code == 334 || r->code == 235 || r->code == 221 ||
	       r->code == 220 || (r->code == 250 && r->lines > 1);
}

/* How many entries must be skipped until r fits, or -1. */
static int64_t
distance(struct smtp *s, const struct smtp_reply *r)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (fits_only(smtp_at(s, i), r))
			return i;
	}
	return -1;
}

static void
resync(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	int64_t skip = telling(r) ? distance(s, r) : -1;

	/* A multi-line 250 is an ordinary answer while the count is right. */
	if (skip < 0 || (r->code == 250 && !s->lost))
		return;
	if (skip > 0 && !s->lost && !s->said_missing) {
		s->said_missing = true;
		anomaly_at(out, ANOMALY_REPLY_MISSING, &r->at);
	}
	smtp_forget(s, (uint32_t)skip, out);
	s->lost = false;
}

/* 354 to a DATA, or 334 to an AUTH, that was in a hole. */
static void
unseen_command(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	if (smtp_auth_loose(s, r, out))
		return;
	if (r->code == 354 && s->client == CL_COMMAND && events_midstream(out)) {
		s->client = CL_BODY;
		s->after_gap = false;
	}
}

static void
unmatched(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	bool blind = events_one_sided(out, DIR_C2S);
	bool odd = !blind && !s->lost && !events_midstream(out) && r->code != 421 &&
		   s->client != CL_BODY;

	/* What the message has comes before the reply that ended it. */
	if (smtp_reply_ends_body(s, r))
		smtp_scan_end(s, out);
	say_reply(NULL, r, s->count == 0 && !blind, out);
	/* The EHLO was not captured; a multi-line 250 early on is its answer. */
	if (!odd && !s->hello && !s->count && r->code == 250 && r->lines > 1) {
		s->hello = true;
		smtp_say_caps(s, r, true, out);
	}
	if (odd)
		anomaly_at(out, ANOMALY_REPLY_UNEXPECTED, &r->at);
	if (odd && r->code == 220) {
		s->early_reply = r->code;
		s->go = r->at;
	}
	if (s->client == CL_BODY)
		smtp_reply_in_body(s, r, out);
	else
		unseen_command(s, r, out);
	if (s->count == 0)
		s->lost = false;
}

static void
answer(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	struct smtp_entry *e;

	if (s->tls_due)
		smtp_tls_server_line(s, r, out);
	resync(s, r, out);
	e = smtp_head(s);
	if (!e || s->lost) {
		unmatched(s, r, out);
		return;
	}
	say_reply(e, r, false, out);
	smtp_judge(s, e, r, out);
	if (!e->counted || e->left == 0)
		smtp_pop(s, out);
}

/* ------------------------------------------------------------------ the greeting */

static void
say_greeting(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	struct event e = {.type = EV_GREETING};
	struct bytes text = bytes_from(r->text, 4),
		     first = bytes_sub(text, 0, bytes_find(text, '\r'));
	struct buf plain;

	/* The codes of the lines behind the first are no text. */
	buf_init(&plain, r->text.n + 1);
	for (struct bytes rest = r->text; rest.n;) {
		if (plain.n)
			buf_str(&plain, "\r\n");
		buf_add(&plain, bytes_from(bytes_line(&rest), 4));
	}
	e.greeting = (struct ev_greeting){
		.kind = kind_of(r->code), .code = r->code, .text = buf_bytes(&plain)};
	if (r->code == 220)
		e.greeting.server_name = bytes_word(&first);
	events_say_at(out, &e, &r->at);
	buf_done(&plain);
}

/* The first reply is the greeting, unless it answers a command (its greeting was not captured).
 */
static bool
is_greeting(const struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	if (s->greeted || r->code == 250 || r->code == 354 || r->code == 334)
		return false;
	if (r->code == 220)
		return !events_midstream(out) || s->count == 0 || !s->hello;
	return !events_midstream(out) &&
	       (r->code == 421 || r->code == 554 || r->code == 521 || s->count == 0) &&
	       r->code >= 400;
}

static void
take_reply(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	struct event early = {.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_EARLY_TALKER}};
	bool greeting = is_greeting(s, r, out);

	s->deaf = s->guess_once = false;
	s->greeted = true;
	if (!greeting) {
		answer(s, r, out);
		return;
	}
	say_reply(NULL, r, false, out);
	say_greeting(s, r, out);
	early.anomaly.detail = bytes_str(s->early_verb ? s->early_verb->name : NULL);
	if (s->early)
		events_say_at(out, &early, &s->early_at);
	s->early = false;
}

/* ------------------------------------------------------------------ lines of a reply */

enum line_kind {
	LINE_BROKEN,
	LINE_MIDDLE,
	LINE_LAST
};

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* RFC 5321 section 4.2: three digits, then "-", SP or the end. */
static enum line_kind
line_kind(struct bytes line, uint16_t *ret_code)
{
	const uint8_t *p = line.p;

	*ret_code = 0;
	if (line.n < 3 || p[0] < '2' || p[0] > '5' || !is_digit(p[1]) || !is_digit(p[2]))
		return LINE_BROKEN;
	if (line.n > 3 && is_digit(p[3]))
		return LINE_BROKEN;
	*ret_code = (uint16_t)((p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0'));
	return line.n > 3 && line.p[3] == '-' ? LINE_MIDDLE : LINE_LAST;
}

static size_t
count_lines(struct bytes text, bool *ret_codes_differ)
{
	uint16_t first = 0, code;
	size_t n = 0;

	*ret_codes_differ = false;
	for (; text.n; n++) {
		size_t lf = bytes_find(text, '\n');

		if (line_kind(bytes_sub(text, 0, lf), &code) != LINE_BROKEN) {
			*ret_codes_differ |= first && first != code;
			first = code;
		}
		text = bytes_from(text, lf + 1);
	}
	return n;
}

/* The bytes [from, from+n) of the current input are a reply; `end` of them are its last line
 * end. */
static void
whole_reply(struct smtp *s, uint16_t code, struct bytes all, size_t from, size_t end,
	struct events *out)
{
	struct smtp_reply r = {.code = code, .at = events_place(out, from, all.n)};
	bool differ;

	r.text = bytes_sub(all, 0, all.n - end);
	r.lines = count_lines(r.text, &differ);
	if (differ)
		events_anomaly(out, ANOMALY_SMTP_MULTILINE_CODE, from, all.n, BYTES_NONE);
	take_reply(s, &r, out);
}

static void
broken_line(struct smtp *s, struct bytes line, size_t from, size_t n, struct events *out)
{
	struct event e = {.type = EV_REPLY,
		.reply = {.kind = REPLY_BROKEN, .text = line, .unsolicited = true}};
	struct smtp_reply r = {.text = line, .at = events_place(out, from, n)};

	/* Whoever puts words where TLS was to begin need not follow the grammar. */
	if (events_expect_tls(out) && s->tls_due)
		smtp_tls_server_line(s, &r, out);
	events_say(out, &e, from, n);
	events_anomaly(out, ANOMALY_REPLY_MALFORMED, from, n, BYTES_NONE);
}

/* A line of n bytes, its end included, behind the s->scan bytes of the reply so far that begins
 * at in[at]. Returns bytes done with. */
static size_t
reply_line(struct smtp *s, struct bytes in, size_t at, struct bytes line, size_t n, size_t end,
	struct events *out)
{
	size_t all = s->scan + n;
	uint16_t code;
	enum line_kind kind = line_kind(line, &code);

	if (s->drop_rest) {
		s->drop_rest = kind == LINE_MIDDLE;
		return n;
	}
	if (kind == LINE_BROKEN && s->scan == 0) {
		broken_line(s, line, at, n, out);
		return n;
	}
	if (kind == LINE_BROKEN && !s->replies_odd) {
		s->replies_odd = true;
		events_anomaly(out, ANOMALY_REPLY_MALFORMED, at + s->scan, n, BYTES_NONE);
	}
	if (kind != LINE_LAST && all <= events_limits(out)->reply_bytes) {
		s->scan = all;
		return 0;
	}
	if (kind != LINE_LAST) {
		line_kind(bytes_from(in, at), &code);
		events_anomaly(out, ANOMALY_LINE_TOO_LONG, at, all, BYTES_NONE);
		s->drop_rest = true;
	}
	s->scan = 0;
	s->replies_odd = false;
	whole_reply(s, code, bytes_sub(in, at, all), at, end, out);
	return all;
}

/* The first bytes of a line over the limit: it counts as a reply, cut. */
static void
long_reply(struct smtp *s, struct bytes in, size_t at, struct events *out)
{
	size_t n = s->scan + events_limits(out)->line_bytes;
	uint16_t code;
	enum line_kind kind = line_kind(bytes_from(in, at + s->scan), &code);

	s->scan = 0;
	if (s->drop_rest || kind == LINE_BROKEN)
		return;
	s->drop_rest = kind == LINE_MIDDLE;
	whole_reply(s, code, bytes_sub(in, at, n), at, 0, out);
}

/* What the reply just taken means for the bytes behind it. */
static bool
layer_change(struct smtp *s, bool expecting, enum dis_next *ret)
{
	bool tls = s->tls_next || (expecting && s->tls_due), sasl = s->sasl_next,
	     over = expecting && !s->tls_due;

	s->tls_next = s->sasl_next = false;
	*ret = tls ? DIS_TLS : sasl ? DIS_SASL : DIS_MORE;
	return tls || sasl || over;
}

enum dis_next
smtp_feed_server(struct smtp *s, struct bytes in, size_t *used, struct events *out)
{
	bool expecting = events_expect_tls(out), changed;
	struct bytes text;
	size_t n, end, scan;
	enum dis_next next;

	*used = 0;
	if (s->tls_owed) {
		s->tls_owed = false;
		s->tls_due = true;
		return DIS_TLS;
	}
	for (;;) {
		bool first = !s->line[DIR_S2C].swallow, more = false;
		struct bytes rest = bytes_from(in, *used + s->scan);

		/* The alert of a server that wants TLS from the first byte. */
		if (first && !s->scan && !expecting && tls_record_unasked(rest, &more))
			return DIS_TLS;
		if (more)
			return DIS_MORE;

		switch (line_take(
			&s->line[DIR_S2C], rest, *used + s->scan, &text, &n, &end, out)) {
		case LINE_MORE:
			return expecting && s->tls_due ? DIS_TLS : DIS_MORE;
		case LINE_SKIP:
			scan = s->scan;
			if (first)
				long_reply(s, in, *used, out);
			*used += first ? scan + n : n;
			break;
		case LINE_READY:
			*used += reply_line(s, in, *used, text, n, end, out);
			break;
		}
		changed = s->scan == 0 && layer_change(s, expecting, &next);
		if (changed && next != DIS_MORE)
			return next;
		/* What the client sent meanwhile stands before the replies that follow. */
		if (s->scan == 0 && *used < in.n && events_turn(out))
			return DIS_TURN;
	}
}
