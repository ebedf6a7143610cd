#include "dissectors/pop3/pop3.h"

enum {
	RESPONSES_MAX = 16
}; /* answers taken without a challenge seen between them */

void
pop3_begin(struct pop3 *p, enum dir d, struct events *out)
{
	if (p->begun[d])
		return;
	if (!p->begun[!d]) {
		p->session = events_midstream(out) ? SESSION_UNKNOWN : SESSION_PRE;
		if (events_midstream(out))
			pop3_hole(p, DIR_C2S, 0, out);
	}
	p->resume[d] |= events_midstream(out);
	p->begun[d] = true;
}

/* The entry of the open exchange: the last of the queue, since the client waits. */
static struct pop3_entry *
exchange(struct pop3 *p)
{
	return &p->queue[(p->head + p->n - 1) % p->cap];
}

static void
say_command(struct pop3_said *s, const struct pop3_verb *v, uint32_t id, unsigned flags)
{
	struct event e = {.type = EV_COMMAND};

	e.command = (struct ev_command){.id = id,
		.verb = v ? v->name : NULL,
		.line = s->line,
		.args = s->args,
		.masks = &s->mask,
		.n_masks = s->masked,
		.flags = flags};
	events_say_at(s->out, &e, &s->at);
}

static void
hide_line(struct pop3_said *s)
{
	s->mask = (struct mask){.off = 0, .len = (uint32_t)s->line.n};
	s->masked = s->line.n > 0;
}

static void
take_response(struct pop3 *p, struct pop3_said *s)
{
	struct pop3_entry *e = exchange(p);

	sasl_response(e->login, s->line, &s->at);
	s->masked = sasl_mask(e->login, 0, (uint32_t)s->line.n, &s->mask);
	p->auth_turn = false;
	say_command(s, NULL, e->id, CMD_RESPONSE);
}

static bool
looks_http(struct bytes line)
{
	return bytes_isearch(line, BYTES(" HTTP/1.")) != SIZE_MAX ||
	       bytes_istarts(line, "Host:");
}

static void
note_oddities(
	struct pop3 *p, const struct pop3_verb *v, struct pop3_said *s, size_t from, size_t n)
{
	if (looks_http(s->line) && !v->name)
		events_anomaly(s->out, ANOMALY_HTTP_REQUEST, from, n, BYTES_NONE);
	else if (!v->name)
		events_anomaly(s->out, ANOMALY_UNKNOWN_COMMAND, from, n, BYTES_NONE);
	else if (!pop3_args_fit(v, s->args))
		events_anomaly(s->out, ANOMALY_COMMAND_SYNTAX, from, n, bytes_str(v->name));
	/* RFC 1939 4: the greeting comes first */
	if (s->at.offset == 0 && s->at.acked == 0 && !events_midstream(s->out) &&
		!events_one_sided(s->out, DIR_S2C))
		events_anomaly(s->out, ANOMALY_EARLY_TALKER, from, n, BYTES_NONE);
}

static void
read_numbers(struct pop3_entry *e, struct bytes args)
{
	struct bytes number = bytes_word(&args), lines = bytes_word(&args);

	/* Of PASS it would be a secret. */
	if ((e->verb->args != ARGS_NUMBER && e->verb->args != ARGS_NUMBER_OPT &&
		    e->verb->args != ARGS_TWO_NUMBERS) ||
		!bytes_u64(number, UINT64_MAX, &e->number))
		e->number = 0;
	e->lines = UINT64_MAX;
	if (e->verb->args == ARGS_TWO_NUMBERS && !bytes_u64(lines, UINT64_MAX - 1, &e->lines))
		e->lines = 0;
}

static void
take_command(struct pop3 *p, struct pop3_said *s, size_t from, size_t n)
{
	struct bytes rest = s->line, name = bytes_word(&rest);
	const struct pop3_verb *v = pop3_verb_find(name);
	bool waiting = p->n && !pop3_has_hole(p) && !events_one_sided(s->out, DIR_S2C);
	unsigned flags = v->name ? 0 : CMD_UNKNOWN;
	struct pop3_entry *e;

	s->args = bytes_from(rest, rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'));
	if (p->resume[DIR_C2S] && !v->name) { /* perhaps the end of a PASS */
		hide_line(s);
		say_command(s, NULL, ++p->id, CMD_UNKNOWN | CMD_MALFORMED);
		return;
	}
	e = pop3_push(p, v, &s->at, s->out);
	e->bare = bytes_trim(s->args).n == 0;
	read_numbers(e, s->args);
	if (v->sent)
		v->sent(p, e, s);
	flags |= waiting ? CMD_PIPELINED : 0;
	flags |= pop3_args_fit(v, s->args) ? 0 : CMD_MALFORMED;
	flags |= events_expect_tls(s->out) && !p->no_tls_said && events_tls_asked(s->out)
			 ? CMD_INJECTED
			 : 0;
	say_command(s, v, e->id, flags);
	note_oddities(p, v, s, from, n);
	if (e->login)
		pop3_login_info(e->login, s->out, from, n);
}

/* No verdict will come: the next line answers a challenge as long as the mechanism needs more,
 * else it is a command. */
static bool
is_response(struct pop3 *p)
{
	struct pop3_entry *e;

	if (p->client != CLIENT_AUTH)
		return false;
	if (p->auth_turn)
		return true;
	e = exchange(p);
	return !sasl_complete(e->login) && sasl_responses(e->login) < RESPONSES_MAX;
}

static void
exchange_close(struct pop3 *p, struct events *out)
{
	if (p->client != CLIENT_AUTH)
		return;
	pop3_login_close(&exchange(p)->login, out);
	p->client = CLIENT_COMMAND;
}

static void
take_line(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	struct pop3_said s = {.line = line, .at = events_place(out, from, n), .out = out};

	p->decide[DIR_C2S] = false;
	if (is_response(p)) {
		struct pop3_entry *e = exchange(p);

		take_response(p, &s);
		pop3_login_info(e->login, out, from, n);
	} else {
		exchange_close(p, out);
		take_command(p, &s, from, n);
	}
	p->resume[DIR_C2S] = false;
}

/* A line over the limit is over. It was a command as any other, and will be answered. */
static void
skipped(struct pop3 *p, size_t from, size_t n, struct events *out)
{
	struct pop3_said s = {.at = events_place(out, from + n - 1, 1), .out = out};

	p->decide[DIR_C2S] = p->auth_turn = false;
	if (p->client == CLIENT_AUTH)
		return;
	say_command(&s, NULL, pop3_push(p, pop3_verb_find(BYTES_NONE), &s.at, out)->id,
		CMD_UNKNOWN | CMD_MALFORMED);
}

static void
say_surplus(struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out)
{
	struct place at = events_place(out, from, n);
	struct bytes rest = line, verb = bytes_word(&rest);
	const struct pop3_verb *v = pop3_verb_find(verb);

	/* what may hold a secret is named only */
	if (p->client == CLIENT_AUTH || !v->name || v->sent)
		line = v->name && p->client != CLIENT_AUTH ? verb : BYTES_NONE;
	pop3_surplus(p, out, &at, line);
}

static bool
must_wait(const struct pop3 *p)
{
	if (p->decide[DIR_C2S])
		return false;
	return p->client == CLIENT_STLS || (p->client == CLIENT_AUTH && !p->auth_turn);
}

static enum line_result
next_line(struct pop3 *p, struct bytes in, size_t base, struct bytes *ret, size_t *used,
	struct events *out)
{
	const struct dis_limits *l = events_limits(out);
	size_t end;

	return line_take_max(&p->lines[DIR_C2S], in, base,
		p->client == CLIENT_AUTH ? l->auth_bytes : l->line_bytes, ret, used, &end, out);
}

enum dis_next
pop3_client(struct pop3 *p, struct bytes in, size_t *used, struct events *out)
{
	bool expect = events_expect_tls(out);
	enum dis_next more = expect && !p->no_tls_said ? DIS_TLS : DIS_MORE;
	struct bytes line;
	size_t n;

	pop3_begin(p, DIR_C2S, out);
	while (*used < in.n && !must_wait(p)) {
		struct bytes rest = bytes_from(in, *used);

		if (pop3_tls_unseen(p, rest))
			return DIS_TLS;
		switch (next_line(p, rest, *used, &line, &n, out)) {
		case LINE_MORE:
			return more;
		case LINE_SKIP:
			if (!p->lines[DIR_C2S].swallow)
				skipped(p, *used, n, out);
			*used += n;
			continue;
		case LINE_READY:
			break;
		}
		if (p->client == CLIENT_STLS)
			p->client = CLIENT_COMMAND;
		if (expect)
			say_surplus(p, line, *used, n, out);
		take_line(p, line, *used, n, out);
		*used += n;
		if (expect)
			return must_wait(p) ? DIS_WAIT : pop3_surplus_next(p, out, *used);
		if (*used < in.n && events_turn(out))
			return DIS_TURN;
	}
	return must_wait(p) ? DIS_WAIT : more;
}
