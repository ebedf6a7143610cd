#include "dissectors/pop3/pop3.h"

enum {
	BROKEN_MAX = 64
}; /* lines in a row that are no replies: this is not POP3 */
enum {
	APOP_BYTES = 1024
};

static bool
is_word_end(struct bytes in, size_t at)
{
	return at >= in.n || in.p[at] == ' ' || in.p[at] == '\t' || in.p[at] == '\r' ||
	       in.p[at] == '\n';
}

bool
pop3_is_status(struct bytes in)
{
	return bytes_istarts(in, "+OK") || bytes_istarts(in, "-ERR");
}

bool
pop3_may_be_status(struct bytes in)
{
	struct bytes ok = BYTES("+OK"), err = BYTES("-ERR");

	return (in.n < ok.n && bytes_ieq(in, bytes_sub(ok, 0, in.n))) ||
	       (in.n < err.n && bytes_ieq(in, bytes_sub(err, 0, in.n)));
}

void
pop3_caps_void(const struct pop3_reply *r)
{
	struct event e = {.type = EV_CAPS, .caps = {.source = CAPS_COMMAND}};

	events_say(r->out, &e, r->from, r->n);
}

static struct pop3_reply
read_reply(struct bytes line, size_t from, size_t n, struct events *out)
{
	struct pop3_reply r = {
		.kind = REPLY_BROKEN, .line = line, .from = from, .n = n, .out = out};
	size_t status = 0, close;

	if (bytes_istarts(line, "+OK")) {
		r.kind = REPLY_OK;
		status = 3;
	} else if (bytes_istarts(line, "-ERR")) {
		r.kind = REPLY_BAD;
		status = 4;
	} else if (bytes_starts(line, "+") && is_word_end(line, 1)) {
		r.kind = REPLY_CONTINUE;
		status = 1;
	}
	r.status = bytes_sub(line, 0, status);
	r.text = bytes_trim(bytes_from(line, status));
	/* RFC 2449 8: the code stands directly behind the status */
	close = bytes_find(r.text, ']');
	if (status > 1 && bytes_starts(r.text, "[") && close < r.text.n)
		r.code = bytes_sub(r.text, 1, close - 1);
	return r;
}

static void
say_reply(const struct pop3_reply *r, const struct pop3_entry *e, bool unsolicited)
{
	struct event ev = {.type = EV_REPLY};

	ev.reply = (struct ev_reply){.id = e ? e->id : 0,
		.verb = e ? e->verb->name : NULL,
		.kind = r->kind,
		.status = r->status,
		.resp_code = r->code,
		.text = r->line,
		.unsolicited = unsolicited,
		.number = e ? e->number : 0};
	events_say(r->out, &ev, r->from, r->n);
}

/* RFC 1939 7: the timestamp is a msg-id in angle brackets, anywhere in the greeting. */
static struct bytes
timestamp(struct bytes text)
{
	size_t open = bytes_find(text, '<'), close = bytes_find(bytes_from(text, open), '>');

	if (open == text.n || open + close >= text.n ||
		bytes_find(bytes_sub(text, open, close), '@') >= close)
		return BYTES_NONE;
	return bytes_sub(text, open, close + 1);
}

static void
greeting(struct pop3 *p, const struct pop3_reply *r)
{
	struct event e = {.type = EV_GREETING};

	say_reply(r, NULL, false);
	e.greeting = (struct ev_greeting){.kind = r->kind,
		.text = r->kind == REPLY_BROKEN ? r->line : r->text,
		.apop = timestamp(r->text)};
	buf_init(&p->apop, APOP_BYTES);
	buf_add(&p->apop, e.greeting.apop);
	events_say(r->out, &e, r->from, r->n);
	if (r->kind == REPLY_BROKEN)
		events_anomaly(r->out, ANOMALY_REPLY_MALFORMED, r->from, r->n, r->line);
}

static void
broken(struct pop3 *p, const struct pop3_reply *r)
{
	struct place at = events_place(r->out, r->from, r->n);

	say_reply(r, NULL, false);
	events_anomaly(r->out, ANOMALY_REPLY_MALFORMED, r->from, r->n, r->line);
	p->broken++;
	p->broken_end = at.offset + at.len;
}

/* A challenge: the exchange goes on. Joined in the middle: the AUTH command was not seen. */
static void
challenge(struct pop3 *p, const struct pop3_reply *r)
{
	struct place at = events_place(r->out, r->from, r->n);
	struct pop3_entry *e;

	if (p->client == CLIENT_COMMAND && pop3_has_hole(p)) {
		while (p->n)
			pop3_pop(p, r->out);
		e = pop3_push(p, pop3_verb_find(BYTES("AUTH")), &at, r->out);
		e->login = sasl_new(BYTES_NONE, &at, events_limits(r->out));
		e->end = 0;
		p->client = CLIENT_AUTH;
	}
	while (p->client == CLIENT_AUTH &&
		p->n > 1) /* it cannot answer those: their replies are missing */
		pop3_pop(p, r->out);
	e = pop3_head(p);
	if (!e || !e->login || p->client != CLIENT_AUTH) {
		say_reply(r, NULL, true);
		events_anomaly(r->out, ANOMALY_REPLY_UNEXPECTED, r->from, r->n, BYTES_NONE);
		return;
	}
	say_reply(r, e, false);
	sasl_challenge(e->login, r->text);
	pop3_login_info(e->login, r->out, r->from, r->n);
	p->auth_turn = true;
}

/* No command is known to have asked for it. */
static void
unmatched(struct pop3 *p, const struct pop3_reply *r)
{
	bool blind = pop3_has_hole(p) || events_one_sided(r->out, DIR_C2S);

	say_reply(r, NULL, !blind);
	if (blind && r->kind == REPLY_OK)
		pop3_body_begin(p, NULL, r);
	/* -ERR alone is how servers end an idle connection; the other is not explained */
	if (!blind && r->kind == REPLY_OK)
		events_anomaly(r->out, ANOMALY_REPLY_UNEXPECTED, r->from, r->n, BYTES_NONE);
}

/* RFC 1939 3: a command that is accepted in the wrong state. */
static void
check_state(const struct pop3 *p, const struct pop3_entry *e, const struct pop3_reply *r)
{
	unsigned now = p->session == SESSION_PRE ? POP3_PRE : POP3_TRAN;

	if (r->kind == REPLY_OK && p->session != SESSION_UNKNOWN && e->verb->when &&
		!(e->verb->when & now))
		events_anomaly(r->out, ANOMALY_COMMAND_SEQUENCE, r->from, r->n,
			bytes_str(e->verb->name));
}

static void
check_order(struct pop3 *p, const struct pop3_entry *e, const struct pop3_reply *r)
{
	struct place at = events_place(r->out, r->from, r->n);

	if (p->premature_said || at.acked == PLACE_NO_ACK || at.acked >= e->end)
		return;
	p->premature_said = true;
	events_anomaly(
		r->out, ANOMALY_REPLY_PREMATURE, r->from, r->n, bytes_str(e->verb->name));
}

static enum dis_next
answered(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r)
{
	bool exchange = p->client == CLIENT_AUTH &&
			p->n == 1; /* the client waits: no command is behind it */
	bool layer = exchange && r->kind == REPLY_OK && pop3_login_layer(e->login);
	bool go = r->kind == REPLY_OK && e->verb->answered == pop3_answered_stls;

	say_reply(r, e, false);
	check_state(p, e, r);
	check_order(p, e, r);
	if (exchange)
		p->client = CLIENT_COMMAND;
	if (e->verb->answered)
		e->verb->answered(p, e, r);
	if (r->kind == REPLY_OK)
		pop3_body_begin(p, e, r);
	if (r->kind == REPLY_OK && e->verb->counts)
		pop3_body_stat(r);
	pop3_pop(p, r->out);
	p->broken_end = 0;
	if (layer)
		return DIS_SASL;
	return go ? DIS_TLS : DIS_MORE;
}

static enum dis_next
take_reply(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	struct pop3_reply r = read_reply(line, from, n, out);
	uint64_t at = events_place(out, from, n).offset;
	struct pop3_entry *e;

	if (p->resume[DIR_S2C] && r.kind == REPLY_BROKEN)
		return DIS_MORE; /* the rest of a line, or of a body */
	p->resume[DIR_S2C] = false;
	p->decide[DIR_S2C] = false;
	if (events_first(out, from) && !events_midstream(out)) {
		greeting(p, &r);
		return DIS_MORE;
	}
	if (r.kind == REPLY_BROKEN) {
		broken(p, &r);
		return p->broken > BROKEN_MAX ? DIS_STOP : DIS_MORE;
	}
	p->broken = 0;
	if (r.kind == REPLY_CONTINUE) {
		challenge(p, &r);
		return DIS_MORE;
	}
	e = pop3_match(p, at, out);
	if (!e)
		unmatched(p, &r);
	else
		return answered(p, e, &r);
	return DIS_MORE;
}

/* A reply whose command has not come yet: the server has received more than we were shown. */
static bool
must_wait(struct pop3 *p, struct bytes rest, size_t from, struct events *out)
{
	struct place at = events_place(out, from, 1);
	bool line_body = p->body != BODY_NONE && p->body != BODY_MESSAGE &&
			 p->body != BODY_PEEK;

	if (p->n || p->decide[DIR_S2C] || p->resume[DIR_S2C] || events_first(out, from) ||
		events_one_sided(out, DIR_C2S))
		return false;
	if (p->body != BODY_NONE && !(line_body && pop3_is_status(rest)))
		return false;
	return at.acked != PLACE_NO_ACK && at.acked > events_used(out, DIR_C2S);
}

/* One line that is a reply, or part of a body of lines. */
static enum dis_next
take_line(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	bool expect = events_expect_tls(out);
	enum dis_next next;

	if (p->body != BODY_NONE && pop3_is_status(line) &&
		(p->n || events_one_sided(out, DIR_C2S)))
		pop3_body_broken(p, from, out);
	if (p->body != BODY_NONE) {
		pop3_body_line(p, line, from, n, out);
		return expect ? pop3_surplus_next(p, out, from + n) : DIS_MORE;
	}
	if (expect) {
		struct place at = events_place(out, from, n);

		pop3_surplus(p, out, &at, line);
	}
	next = take_reply(p, line, from, n, out);
	return expect && next == DIS_MORE ? pop3_surplus_next(p, out, from + n) : next;
}

enum dis_next
pop3_server(struct pop3 *p, struct bytes in, size_t *used, struct events *out)
{
	bool expect = events_expect_tls(out);
	enum dis_next next = DIS_MORE, more = expect && !p->no_tls_said ? DIS_TLS : DIS_MORE;
	struct bytes line;
	size_t n, end;

	pop3_begin(p, DIR_S2C, out);
	while (*used < in.n && next == DIS_MORE) {
		struct bytes rest = bytes_from(in, *used);

		if (p->body == BODY_MESSAGE) {
			p->lines[DIR_S2C].seen = 0; /* half a line may have been looked at */
			n = pop3_body_message(p, in, *used, out);
			*used += n;
			if (n == 0 && p->body == BODY_MESSAGE)
				return more;
			continue;
		}
		if (pop3_tls_unseen(p, rest))
			return DIS_TLS;
		if (p->body == BODY_PEEK && !pop3_body_peek(p, rest, *used, out))
			return more;
		if (p->body == BODY_MESSAGE)
			continue;
		if (must_wait(p, rest, *used, out))
			return DIS_WAIT;
		switch (line_take(&p->lines[DIR_S2C], rest, *used, &line, &n, &end, out)) {
		case LINE_MORE:
			return more;
		case LINE_SKIP:
			if (!p->lines[DIR_S2C].swallow && p->body == BODY_NONE &&
				p->client != CLIENT_AUTH)
				pop3_pop(p, out); /* it was a reply */
			*used += n;
			continue;
		case LINE_READY:
			break;
		}
		next = take_line(p, line, *used, n, out);
		*used += n;
		if (expect)
			return next;
		if (next == DIS_MORE && *used < in.n && events_turn(out))
			return DIS_TURN;
	}
	return next;
}
