/* The client's side: lines, bodies, chunks, and where it has to wait for the server. */
#include <string.h>

#include "dissectors/smtp/smtp.h"
#include "dissectors/tls/record.h"

/* Of a line over the limit so many bytes are shown. */
enum {
	LONG_SHOWN = 512,
	PEEK_MAX = 1024
};

void
smtp_say_command(struct smtp *s, struct smtp_line *l, uint32_t id, struct events *out)
{
	struct event e = {.type = EV_COMMAND};

	e.command = (struct ev_command){.id = id,
		.verb = l->verb ? l->verb->name : NULL,
		.line = l->text,
		.args = l->args,
		.behind = l->behind,
		.masks = &l->mask,
		.n_masks = l->masked,
		.flags = l->flags};
	events_say_at(out, &e, &l->at);
}

/* What the arguments of the verb must look like; more is left to the server. */
static bool
args_fit(const struct smtp_line *l)
{
	struct bytes path, params;

	switch (l->verb->args) {
	case ARGS_ANY:
		return true;
	case ARGS_NONE:
		return l->args.n == 0;
	case ARGS_SOME:
		return l->args.n > 0;
	case ARGS_FROM:
		return bytes_istarts(l->args, "FROM:") &&
		       smtp_path(bytes_from(l->args, 5), &path, &params);
	case ARGS_TO:
		return bytes_istarts(l->args, "TO:") &&
		       smtp_path(bytes_from(l->args, 3), &path, &params) && path.n;
	}
	return true;
}

static void
keep_path(struct smtp *s, const struct smtp_line *l, struct smtp_entry *e)
{
	struct bytes rest = l->args, path, params;
	size_t colon = bytes_find(rest, ':');

	if (bytes_istarts(rest, "FROM") || bytes_istarts(rest, "TO"))
		rest = colon < rest.n ? bytes_from(rest, colon + 1) : BYTES_NONE;
	smtp_path(rest, &path, &params);
	smtp_keep_arg(s, e, path, params);
}

/* RFC 4468: the URL of BURL ends with an access token. */
static void
hide_urlauth(struct smtp_line *l)
{
	size_t at = bytes_isearch(l->text, BYTES(";urlauth="));

	if (at == SIZE_MAX || l->masked)
		return;
	at += strlen(";urlauth=");
	l->masked = true;
	l->mask = (struct mask){
		.off = (uint32_t)at, .len = (uint32_t)bytes_find(bytes_from(l->text, at), ' ')};
}

/* A line that is no command may be an answer to a challenge, or a password typed once more. */
static void
hide_unknown(const struct smtp *s, struct smtp_line *l)
{
	bool word = bytes_find(l->text, ' ') == l->text.n;

	if (l->verb || !l->text.n || !word || (!s->auth_trouble && !s->auth))
		return;
	l->masked = true;
	l->mask = (struct mask){.off = 0, .len = (uint32_t)l->text.n};
}

static void
odd_command(struct smtp *s, const struct smtp_line *l, struct events *out)
{
	struct event e = {.type = EV_ANOMALY};

	if (!l->verb && s->refused_data)
		return;
	if (!l->verb)
		e.anomaly.id = smtp_http(l->text) ? ANOMALY_HTTP_REQUEST
						  : ANOMALY_UNKNOWN_COMMAND;
	else if (l->flags & CMD_MALFORMED)
		e.anomaly.id = ANOMALY_COMMAND_SYNTAX;
	else
		return;
	events_say_at(out, &e, &l->at);
}

/* RFC 5321 4.3.1: the client waits for the greeting. Told by what its segment acknowledged. */
static void
check_early(struct smtp *s, const struct smtp_line *l, struct events *out)
{
	struct event e = {.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_EARLY_TALKER}};

	e.anomaly.detail = bytes_str(l->verb ? l->verb->name : NULL);
	if (s->commands != 1 || l->at.acked != 0 || events_midstream(out))
		return;
	if (s->greeted)
		events_say_at(out, &e, &l->at);
	s->early = !s->greeted;
	s->early_at = l->at;
	s->early_verb = l->verb;
}

/*
 * Server bytes were lost. A client that never pipelines, and whose segment acknowledges all
 * that the server sent, has the replies to all it asked before: from here on they can be
 * counted again.
 */
static void
recount(struct smtp *s, const struct place *at, struct events *out)
{
	uint64_t used = events_used(out, DIR_S2C),
		 known = used > s->lost_end ? used : s->lost_end;

	if (!s->lost || s->pipelines || at->acked == PLACE_NO_ACK || at->acked < s->lost_end ||
		at->acked > known)
		return;
	smtp_forget(s, s->count, out);
	s->lost = false;
}

static void
command_flags(struct smtp *s, struct smtp_line *l, struct events *out)
{
	if (!l->verb)
		l->flags |= CMD_UNKNOWN;
	else if (!args_fit(l))
		l->flags |= CMD_MALFORMED;
	if (s->count && !s->lost && !s->deaf && !events_one_sided(out, DIR_S2C)) {
		l->flags |= CMD_PIPELINED;
		s->pipelines = true;
	}
}

/* Chunks that were not closed by LAST are closed by what begins something else. */
static bool
ends_message(const struct smtp_verb *v)
{
	return v && (v->judge == smtp_reset_judge || v->judge == smtp_quit_judge ||
			    v->judge == smtp_hello_judge || v->judge == smtp_mail_judge ||
			    v->judge == smtp_data_judge);
}

/* Acknowledgment numbers tell what a client had got, wherever the capture was taken. */
static bool
acks_no_more(const struct place *later, const struct place *earlier)
{
	return later->acked != PLACE_NO_ACK && earlier->acked != PLACE_NO_ACK &&
	       later->acked <= earlier->acked;
}

/* RFC 2920 3.1: did the client wait for the answer to what it said before? The last entry is
 * its own. */
static void
check_waited(struct smtp *s, struct smtp_line *l)
{
	const struct smtp_entry *before;

	if (!(l->flags & CMD_PIPELINED) || s->count < 2)
		return;
	before = smtp_at(s, s->count - 2);
	if (before->kind != ENTRY_COMMAND || !before->verb ||
		!acks_no_more(&l->at, &before->at))
		return;
	l->behind = before->verb->name;
	for (uint32_t i = 0; l->verb && l->verb->begun == smtp_data_begun && i + 1 < s->count;
		i++) {
		const struct smtp_entry *e = smtp_at(s, i);

		if (e->verb && e->verb->judge == smtp_hello_judge &&
			acks_no_more(&l->at, &e->at))
			l->flags |= CMD_BLIND;
	}
}

static void
command(struct smtp *s, struct smtp_line *l, struct events *out)
{
	struct smtp_entry *e;
	uint32_t id;

	recount(s, &l->at, out);
	command_flags(s, l, out);
	e = smtp_push(s, ENTRY_COMMAND, &l->at, out);
	e->id = id = ++s->commands;
	e->verb = l->verb;
	e->inert = l->inert;
	e->pipelined = l->flags & CMD_PIPELINED;
	check_waited(s, l);
	if (l->verb && (l->verb->args == ARGS_FROM || l->verb->args == ARGS_TO))
		keep_path(s, l, e);
	if (l->verb && l->verb->parse)
		l->verb->parse(s, l, e, out);
	hide_unknown(s, l);
	hide_urlauth(l);
	smtp_say_command(s, l, id, out);
	odd_command(s, l, out);
	check_early(s, l, out);
	if (l->verb)
		s->refused_data = false;
	if (s->msg.open && ends_message(l->verb))
		smtp_msg_end(s, false, &l->at, out);
	if (l->verb && l->verb->begun && !l->inert)
		l->verb->begun(s, l, e, out);
	if (s->deaf && s->client != CL_CHUNK)
		smtp_forget(s, s->count, out);
}

/* Joined in the middle, a line of base64 alone is an answer to a challenge that was not seen.
 */
static bool
loose_answer(struct smtp *s, const struct smtp_line *l, struct events *out)
{
	if (l->verb || !smtp_like_base64(l->text))
		return false;
	if (s->auth)
		return s->auth->loose;
	return events_midstream(out) && !s->hello;
}

static void
line(struct smtp *s, struct smtp_line *l, struct events *out)
{
	s->last = l->at;
	l->verb = smtp_verb(l->text, &l->args);
	if (s->after_gap) {
		s->after_gap = false;
		if (!l->verb && !loose_answer(s, l, out))
			return;
	}
	/* Without replies the mechanism alone says whether this is an answer; a command is not.
	 */
	if (s->client == CL_AUTH_ANSWER && s->deaf && l->verb) {
		s->client = CL_COMMAND;
		s->auth_trouble = true;
		smtp_auth_leave(s, out);
	}
	if (s->client == CL_AUTH_ANSWER) {
		smtp_auth_answer(s, l, out);
	} else if (loose_answer(s, l, out)) {
		smtp_auth_unseen(s, &l->at, out);
		smtp_auth_answer(s, l, out);
	} else {
		if (s->tls_due)
			smtp_tls_client_line(s, l, out);
		command(s, l, out);
	}
}

/* A line over the limit is still a command that gets a reply. */
static void
long_line(struct smtp *s, struct bytes in, size_t from, size_t max, struct events *out)
{
	struct smtp_line l = {.from = from, .n = max, .at = events_place(out, from, max)};
	const struct smtp_verb *v;

	if (s->client == CL_AUTH_ANSWER) {
		l.text = bytes_sub(in, 0, max + 1);
		l.verb = NULL;
		smtp_auth_answer(s, &l, out);
		return;
	}
	l.text = bytes_sub(in, 0, LONG_SHOWN);
	v = smtp_verb(l.text, &l.args);
	if (v && v->parse == smtp_auth_parse)
		l.text = bytes_sub(l.text, 0, strlen(v->name) + 1);
	l.flags = CMD_MALFORMED;
	line(s, &l, out);
}

/* One line off `in`; false when there is none yet. */
static bool
take_line(struct smtp *s, struct bytes in, size_t from, size_t *used, struct events *out)
{
	const struct dis_limits *lim = events_limits(out);
	size_t max = s->client == CL_AUTH_ANSWER ? lim->auth_bytes : lim->line_bytes, end;
	bool first = !s->line[DIR_C2S].swallow;
	struct bytes text;
	struct smtp_line l;

	switch (line_take_max(&s->line[DIR_C2S], in, from, max, &text, used, &end, out)) {
	case LINE_MORE:
		return false;
	case LINE_SKIP:
		if (first)
			long_line(s, in, from, max, out);
		return true;
	case LINE_READY:
		break;
	}
	l = (struct smtp_line){
		.text = text, .from = from, .n = *used, .at = events_place(out, from, *used)};
	line(s, &l, out);
	return true;
}

enum wait {
	WAIT_ON,
	WAIT_OVER,
	WAIT_MORE,
	WAIT_TLS
};

/* Nobody will say what the server answered: what do the next bytes look like? */
static enum wait
look_ahead(struct smtp *s, struct bytes rest)
{
	size_t seen = 0, n = line_cut(rest, &seen);
	struct bytes args;
	bool verb, more = false;

	if (rest.n == 0)
		return WAIT_MORE;
	if (s->client == CL_TLS_WAIT && tls_record_start(rest, &more))
		return WAIT_TLS;
	if (more || (n == 0 && rest.n < PEEK_MAX))
		return WAIT_MORE;
	s->guess_once = false;
	verb = smtp_verb(bytes_chomp(bytes_sub(rest, 0, n ? n : PEEK_MAX)), &args) != NULL;
	if (s->client == CL_DATA_WAIT)
		s->client = verb ? CL_COMMAND : CL_BODY;
	else if (s->client == CL_AUTH_WAIT)
		s->client = verb || !s->auth || sasl_complete(s->auth->sasl) ? CL_COMMAND
									     : CL_AUTH_ANSWER;
	else
		s->client = CL_COMMAND;
	return WAIT_OVER;
}

/* The client stands where only the server's answer tells what follows. */
static enum wait
wait_over(struct smtp *s, struct bytes rest, struct events *out)
{
	bool more = false;

	if (!s->deaf && !s->guess_once)
		return WAIT_ON;
	if (!s->deaf)
		return look_ahead(s, rest);
	if (s->client == CL_TLS_WAIT) {
		if (rest.n == 0)
			return WAIT_ON;
		if (tls_record_start(rest, &more))
			return WAIT_TLS;
		if (more)
			return WAIT_MORE;
	}
	if (s->client == CL_DATA_WAIT)
		s->client = CL_BODY;
	else if (s->client == CL_AUTH_WAIT && s->auth && !sasl_complete(s->auth->sasl))
		s->client = CL_AUTH_ANSWER;
	else
		s->client = CL_COMMAND;
	if (s->client == CL_COMMAND)
		smtp_auth_leave(s, out);
	return WAIT_OVER;
}

bool
smtp_waits(const struct smtp *s)
{
	return s->client == CL_DATA_WAIT || s->client == CL_BDAT_WAIT ||
	       s->client == CL_AUTH_WAIT || s->client == CL_TLS_WAIT;
}

/* Plaintext where TLS was to begin: one line, then it is looked at again. */
static enum dis_next
feed_expecting_tls(struct smtp *s, struct bytes in, size_t *used, struct events *out)
{
	size_t n;

	if (s->client != CL_AUTH_ANSWER)
		s->client = CL_COMMAND;
	if (take_line(s, in, 0, &n, out))
		*used = n;
	return DIS_TLS;
}

enum dis_next
smtp_feed_client(struct smtp *s, struct bytes in, size_t *used, struct events *out)
{
	size_t n;

	*used = 0;
	if (events_expect_tls(out) && s->tls_due && !smtp_waits(s) && s->client == CL_COMMAND)
		return feed_expecting_tls(s, in, used, out);
	for (;;) {
		struct bytes rest = bytes_from(in, *used);

		if (smtp_waits(s)) {
			switch (wait_over(s, rest, out)) {
			case WAIT_ON:
				return DIS_WAIT;
			case WAIT_MORE:
				return DIS_MORE;
			case WAIT_TLS:
				s->client = CL_COMMAND;
				s->tls_due = true;
				return DIS_TLS;
			case WAIT_OVER:
				break;
			}
		}
		if (rest.n == 0)
			return DIS_MORE;
		/* Half a line may have been looked at before the server said that it is none.
		 */
		if (s->client == CL_BODY || s->client == CL_CHUNK)
			s->line[DIR_C2S].seen = 0;
		if (s->client == CL_BODY) {
			n = smtp_body(s, in, *used, out);
			*used += n;
			if (s->client == CL_BODY)
				return DIS_MORE;
		} else if (s->client == CL_CHUNK) {
			*used += smtp_chunk(s, in, *used, out);
		} else {
			bool more = false;

			/* A client that is set to TLS from the first byte, or whose STARTTLS
			 * was not seen. */
			if (!s->line[DIR_C2S].swallow && tls_record_unasked(rest, &more))
				return DIS_TLS;
			if (more || !take_line(s, rest, *used, &n, out))
				return DIS_MORE;
			*used += n;
		}
	}
}
