/* The client's direction: commands, their continuation lines and literals, answers to
 * challenges. */
#include "dissectors/imap/client.h"

#include "base/b64.h"
#include "dissectors/imap/responses.h"
#include "dissectors/tls/record.h"

enum {
	BAD_LINES_MAX =
		16, /* lines in a row that are no commands, before they are skipped silently */
	OVERLONG_SHOWN = 512,    /* bytes shown of a line over the limit */
	LITERAL_LARGE_BITS = 32, /* FINDINGS.md imap.literal_abuse: n > 2^32 */
};

/* The message literal that APPEND announces; parts of CATENATE are not messages. */
static bool
is_message(const struct imap_cmd *cmd)
{
	return imap_cmd_is(cmd, IMAP_STORE_MESSAGE) && cmd->n_args == 1 && !cmd->catenate;
}

static void
begin_literal(struct imap_io *io, struct imap_cmd *cmd, const struct lex_literal *lit)
{
	struct imap *st = io->st;

	if (lit->size >> LITERAL_LARGE_BITS)
		imap_anomaly_at(io->out, ANOMALY_IMAP_LITERAL, BYTES_NONE, &cmd->line);
	cmd->partial = true;
	st->cur = cmd;
	st->c_lit = (struct imap_literal){.size = lit->size,
		.left = lit->size,
		.message = is_message(cmd),
		.at = cmd->line};
	if (st->c_lit.message)
		st->client = CLIENT_MESSAGE;
	else
		st->client = lit->size <= events_limits(io->out)->auth_bytes ? CLIENT_ARGUMENT
									     : CLIENT_SKIP;
	if (st->client == CLIENT_SKIP &&
		cmd->verb) { /* its value is not kept, but it was one */
		cmd->malformed = true;
		imap_arg_keep(cmd, NULL, BYTES_NONE);
	}
	if (!lit->sync)
		return;
	st->wait = WAIT_LITERAL;
	st->answer = st->plus ? ANSWER_GO : ANSWER_NONE;
	st->plus = false;
}

static void
wait_for(struct imap *st, enum imap_wait wait)
{
	st->wait = wait;
	st->answer = wait == WAIT_AUTH && st->plus ? ANSWER_GO : ANSWER_NONE;
	st->plus = false;
}

/* All of the command is in. */
static void
complete(struct imap_io *io, struct imap_cmd *cmd)
{
	struct imap *st = io->st;

	cmd->partial = false;
	st->cur = NULL;
	st->client = CLIENT_COMMAND;
	if (!cmd->verb)
		return;
	switch (cmd->verb->id) {
	case IMAP_LOGIN:
		imap_login_make(cmd, io->out);
		break;
	case IMAP_AUTHENTICATE:
		st->auth = cmd;
		wait_for(st, WAIT_AUTH);
		break;
	case IMAP_STARTTLS:
		if (!events_expect_tls(io->out)) {
			imap_said_starttls(io, STLS_REQUESTED, BYTES_NONE, false, &cmd->at);
			st->tls = STLS_ASKED;
			wait_for(st, WAIT_TLS);
		}
		break;
	case IMAP_COMPRESS:
		wait_for(st, WAIT_DEFLATE);
		break;
	case IMAP_ID:
		imap_id_say(DIR_C2S, buf_bytes(&cmd->arg[0]), &cmd->at, io->out);
		break;
	case IMAP_OTHER:
	case IMAP_CAPABILITY:
	case IMAP_CLOSE:
	case IMAP_FETCH:
	case IMAP_IDLE:
	case IMAP_SELECT:
	case IMAP_STORE_MESSAGE:
	case IMAP_UNAUTHENTICATE:
		break;
	}
}

/* A reply to this tag came before the command: it is answered with it. Only then is a wait of
 * this command over. */
static enum dis_next
answer_early(struct imap_io *io, struct imap_cmd *cmd)
{
	struct imap *st = io->st;
	struct imap_early *early = st->early;
	struct imap_status s;
	enum dis_next next;

	if (!early || cmd->partial)
		return DIS_MORE;
	s = imap_status_read(buf_bytes(&early->line));
	if (!bytes_eq(s.tag, cmd->tag))
		return DIS_MORE;
	next = imap_answer(st, cmd, &s, &early->at, io->out);
	buf_clear(&early->line);
	return next;
}

/* Behind a command's or continuation's line: a literal, or the end. */
static enum dis_next
line_done(struct imap_io *io, struct imap_cmd *cmd, const struct shown *s)
{
	struct lex_literal lit;

	switch (lex_tail(bytes_from(s->line, s->literal), &lit)) {
	case LEX_TAIL_LITERAL:
		if (!cmd->answered || !lit.sync) {
			begin_literal(io, cmd, &lit);
			return DIS_MORE;
		}
		break;
	case LEX_TAIL_BAD:
		imap_anomaly_at(io->out, ANOMALY_IMAP_LITERAL,
			bytes_from(s->line, s->literal + lit.from), &cmd->line);
		break;
	case LEX_TAIL_NONE:
		break;
	}
	if (cmd->answered) {
		io->st->cur = NULL;
		io->st->client = CLIENT_COMMAND;
		imap_cmd_free(cmd);
		return DIS_MORE;
	}
	complete(io, cmd);
	return answer_early(io, cmd);
}

/* RFC 9051 6.3.13. The only line without a tag; it ends IDLE. */
static void
say_done(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap_cmd *idle = imap_cmd_of(io->st, IMAP_IDLE);
	struct shown s = {.line = line, .verb = "DONE", .flags = CMD_RESPONSE};

	if (imap_in_place_of_tls(io))
		imap_said_surplus(io, &s, at);
	if (idle)
		idle->end = at->offset + at->len;
	imap_said_command(io, idle ? idle->id : 0, BYTES_NONE, &s, at);
}

/* bad: no tag, or nothing behind it. True: it may be an answer that was sent in vain, and is
 * hidden. */
static bool
judge_line(struct imap *st, bool bad, bool known, struct shown *s)
{
	st->bad_lines = bad ? st->bad_lines + 1 : 0;
	if (st->bad_lines > BAD_LINES_MAX)
		st->client_resync = true;
	if (bad)
		s->flags |= CMD_MALFORMED;
	if (known)
		st->stray = false;
	else if (st->stray)
		shown_mask(s, 0, s->line.n, BYTES_NONE);
	return !known && st->stray;
}

static enum dis_next
take_command(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap *st = io->st;
	struct shown s = {.line = line};
	struct bytes rest = line, tag = bytes_word(&rest), args;
	const struct imap_verb *verb;
	struct imap_cmd *cmd;
	bool hidden, bad = !lex_is_tag(tag) || !bytes_trim(rest).n,
		     deaf = events_one_sided(io->out, DIR_S2C);

	if (bytes_iis(bytes_trim(line), "DONE")) {
		say_done(io, line, at);
		return DIS_MORE;
	}
	verb = imap_verb_find(&rest);
	if (st->client_resync && (bad || !verb))
		return DIS_MORE;
	st->client_resync = false;
	args = bytes_trim(rest);
	s.flags = (verb ? 0 : CMD_UNKNOWN) | (st->n_queue && !deaf ? CMD_PIPELINED : 0);
	hidden = judge_line(st, bad, verb && !bad, &s);
	if (!deaf && !bad && imap_cmd_tagged(st, tag))
		imap_anomaly_at(io->out, ANOMALY_IMAP_TAG, tag, at);
	cmd = imap_cmd_push(st, lex_is_tag(tag) ? tag : BYTES_NONE, verb, at, io->out);
	cmd->hidden = hidden;
	s.verb = verb ? verb->name : NULL;
	s.args = args;
	if (imap_cmd_is(cmd, IMAP_AUTHENTICATE))
		imap_args_authenticate(io, cmd, line.n - rest.n, &s);
	else if (!bad)
		imap_args_read(cmd, line.n - rest.n, &s);
	if (cmd->malformed)
		s.flags |= CMD_MALFORMED;
	if (imap_in_place_of_tls(io)) {
		cmd->injected = true;
		s.flags |= CMD_INJECTED;
		imap_said_surplus(io, &s, at);
	}
	imap_said_command(io, cmd->id, hidden ? BYTES_NONE : cmd->tag, &s, at);
	imap_said_oddities(io, &s, at);
	return line_done(io, cmd, &s);
}

/* The rest of a command behind a literal; `literal`: its octets when they are shown with it. */
static enum dis_next
take_rest(struct imap_io *io, struct bytes piece, size_t literal, const struct place *at)
{
	struct imap_cmd *cmd = io->st->cur;
	struct shown s = {
		.line = piece, .args = piece, .literal = literal, .flags = CMD_RESPONSE};
	struct bytes value = bytes_sub(piece, 0, literal);

	cmd->line = *at;
	cmd->end = at->offset + at->len;
	s.verb = cmd->verb ? cmd->verb->name : NULL;
	if (cmd->verb && io->st->client == CLIENT_ARGUMENT) {
		bool secret = imap_cmd_is(cmd, IMAP_LOGIN) && cmd->n_args;

		imap_arg_keep(cmd, NULL, value);
		if (secret)
			shown_mask(&s, 0, literal, value);
		if (imap_cmd_is(cmd, IMAP_ID))
			imap_id_octets(&cmd->arg[0], value);
	}
	if (imap_cmd_is(cmd, IMAP_ID))
		imap_id_keep(&cmd->arg[0], BYTES("\""), false);
	if (imap_cmd_is(cmd, IMAP_AUTHENTICATE))
		shown_mask(&s, 0, piece.n, BYTES_NONE);
	imap_args_read(cmd, literal, &s);
	if (imap_in_place_of_tls(io))
		s.flags |= CMD_INJECTED;
	if (piece.n)
		imap_said_command(io, cmd->id, cmd->tag, &s, at);
	return line_done(io, cmd, &s);
}

/* A line over the limit: its beginning is shown, so that its tag is known; the arguments are
 * hidden where they may be secret. */
static void
take_overlong(struct imap_io *io, struct bytes piece)
{
	struct bytes line = bytes_sub(piece, 0, OVERLONG_SHOWN), rest = line,
		     tag = bytes_word(&rest);
	struct place at = events_place(io->out, io->at, line.n);
	struct shown s = {.line = line, .flags = CMD_MALFORMED};
	const struct imap_verb *verb = imap_verb_find(&rest);
	struct imap_cmd *cmd;

	if (!lex_is_tag(tag) || (!verb && io->st->client_resync))
		return;
	cmd = imap_cmd_push(io->st, tag, verb, &at, io->out);
	cmd->malformed = true;
	s.verb = verb ? verb->name : NULL;
	s.args = bytes_trim(rest);
	if (!verb || verb->secret)
		shown_mask(&s, line.n - rest.n + 1, line.n, BYTES_NONE);
	if (!verb)
		s.flags |= CMD_UNKNOWN;
	imap_said_command(io, cmd->id, cmd->tag, &s, &at);
}

/* An answer to a challenge, RFC 9051 6.2.2. */
static void
take_answer(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap *st = io->st;
	struct imap_cmd *cmd = st->auth;
	struct shown s = {.line = line, .verb = cmd->verb->name, .flags = CMD_RESPONSE};
	struct mask m;

	cmd->line = *at;
	cmd->end = at->offset + at->len;
	sasl_response(cmd->sasl, line, at);
	if (sasl_mask(cmd->sasl, 0, (uint32_t)line.n, &m))
		s.masks[s.n_masks++] = m;
	if (imap_in_place_of_tls(io))
		s.flags |= CMD_INJECTED;
	imap_said_command(io, cmd->id, cmd->tag, &s, at);
	imap_sasl_info_say(cmd, at, io->out);
	wait_for(st, WAIT_AUTH);
}

bool
imap_looks_command(struct bytes line)
{
	struct bytes rest = line, tag = bytes_word(&rest);

	return lex_is_tag(tag) && imap_verb_find(&rest);
}

/* One word of base64. */
static bool
looks_answer(struct bytes line)
{
	struct buf out;
	bool is;

	buf_init(&out, line.n + 1);
	is = line.n >= 4 && b64_decode(line, &out) == 0;
	buf_wipe(&out);
	return is;
}

/* Joined in the middle: the server said "+ " to a command that was not seen, and this line
 * answers it. */
static bool
take_orphan(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap *st = io->st;
	struct bytes verb = BYTES("AUTHENTICATE");

	if (!st->blind || !st->plus || !looks_answer(line))
		return false;
	st->auth = imap_cmd_push(st, BYTES_NONE, imap_verb_find(&verb), at, io->out);
	st->auth->sasl = sasl_new(BYTES_NONE, at, events_limits(io->out));
	st->plus = false;
	take_answer(io, line, at);
	return true;
}

static enum dis_next
take_line(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap *st = io->st;

	if (st->wait == WAIT_AUTH && st->auth) {
		if (st->answer == ANSWER_GO || !imap_looks_command(line)) {
			take_answer(io, line, at);
			return DIS_MORE;
		}
		st->wait = WAIT_NONE;
	}
	if (!line.n || take_orphan(io, line, at))
		return DIS_MORE;
	return take_command(io, line, at);
}

/* `n` octets of a line over the limit, and of the literal before it. */
static enum dis_next
step_overlong(struct imap_io *io, size_t n, bool begun)
{
	struct imap *st = io->st;
	struct place at;
	bool answer = st->wait == WAIT_AUTH && st->auth;

	if (!begun && st->client == CLIENT_COMMAND && !answer)
		take_overlong(io, bytes_sub(io->in, io->at, n));
	io->at += n;
	if (st->client != CLIENT_COMMAND)
		st->client = CLIENT_REST;
	if (st->line[DIR_C2S].swallow)
		return DIS_MORE;
	at = events_place(io->out, io->at - 1, 1);
	if (answer)
		take_answer(io, BYTES_NONE, &at);
	return st->client == CLIENT_REST ? take_rest(io, BYTES_NONE, 0, &at) : DIS_MORE;
}

/* One line at io->at + skip, shown together with the `skip` octets before it. */
static enum dis_next
step_line(struct imap_io *io, size_t skip)
{
	struct imap *st = io->st;
	struct line_state *ls = &st->line[DIR_C2S];
	struct bytes line;
	struct place at;
	size_t used, end, from = io->at;
	const struct dis_limits *limits = events_limits(io->out);
	size_t max = st->wait == WAIT_AUTH ? limits->auth_bytes : limits->line_bytes;
	bool begun = ls->swallow;

	switch (line_take_max(ls, bytes_from(io->in, from + skip), from + skip, max, &line,
		&used, &end, io->out)) {
	case LINE_MORE:
		return DIS_MORE;
	case LINE_SKIP:
		return step_overlong(io, skip + used, begun);
	case LINE_READY:
		break;
	}
	at = events_place(io->out, from, skip + used);
	io->at += skip + used;
	if (st->client == CLIENT_COMMAND)
		return take_line(io, line, &at);
	return take_rest(io, bytes_sub(io->in, from, skip + line.n), skip, &at);
}

static void
message_begin(struct imap_io *io, struct imap_literal *lit)
{
	struct imap *st = io->st;
	struct imap_cmd *cmd = st->cur;
	struct event e = {.type = EV_MSG_BEGIN,
		.msg_begin = {.msg = ++st->last_msg,
			.via = VIA_APPEND,
			.command = cmd->verb->name,
			.whole = true,
			.headers = true,
			.size = (int64_t)lit->size}};
	struct buf name;

	lit->msg = st->last_msg;
	buf_init(&name, cmd->arg[0].n * 3 + 1);
	imap_mailbox(st, buf_bytes(&cmd->arg[0]), &name, &lit->at, io->out);
	e.msg_begin.mailbox = buf_bytes(&name);
	events_say_at(io->out, &e, &lit->at);
	buf_done(&name);
}

static enum dis_next
step_message(struct imap_io *io)
{
	struct imap *st = io->st;
	struct imap_literal *lit = &st->c_lit;
	struct place at;

	if (!lit->msg)
		message_begin(io, lit);
	at = lit->at;
	if (lit->left) {
		if (!imap_literal_feed(io, lit))
			return DIS_MORE;
		at = events_place(io->out, io->at - 1, 1);
	}
	imap_message_end(io->out, lit->msg, !lit->gap, lit->gap, 0, &at);
	lit->msg = 0;
	st->client = CLIENT_REST;
	return io->at < io->in.n ? step_line(io, 0) : DIS_MORE;
}

static enum dis_next
step_argument(struct imap_io *io)
{
	struct imap *st = io->st;
	uint64_t size = st->c_lit.left;

	if (io->in.n - io->at <= size)
		return DIS_MORE;
	return step_line(io, (size_t)size);
}

static enum dis_next
step_skip(struct imap_io *io)
{
	if (imap_literal_feed(io, &io->st->c_lit))
		io->st->client = CLIENT_REST;
	return DIS_MORE;
}

enum dis_next
imap_client_step(struct imap_io *io)
{
	struct imap *st = io->st;
	enum dis_next next;
	bool more = false;

	if (st->wait != WAIT_NONE && !imap_wait_over(io, &next))
		return next;
	/* A client that is set to TLS from the first byte, or whose STARTTLS was not seen. */
	if (st->client == CLIENT_COMMAND && !st->line[DIR_C2S].swallow &&
		!events_expect_tls(io->out) &&
		tls_record_unasked(bytes_from(io->in, io->at), &more))
		return DIS_TLS;
	if (more)
		return DIS_MORE;
	switch ((enum imap_client)st->client) {
	case CLIENT_COMMAND:
	case CLIENT_REST:
		return step_line(io, 0);
	case CLIENT_MESSAGE:
		return step_message(io);
	case CLIENT_ARGUMENT:
		return step_argument(io);
	case CLIENT_SKIP:
		return step_skip(io);
	}
	return DIS_MORE;
}

/* The command that was being sent cannot be followed any more. */
static void
give_up_command(struct imap *st)
{
	st->line[DIR_C2S] = (struct line_state){0};
	st->client_resync = true;
	if (st->cur)
		imap_literal_refused(st);
	/* What comes may begin in the middle of an answer: it would be read as another secret.
	 */
	st->auth = NULL;
	st->client = CLIENT_COMMAND;
	st->wait = WAIT_NONE;
}

void
imap_client_gap(struct imap *st, uint64_t lost, struct events *out)
{
	struct imap_literal *lit = &st->c_lit;
	bool passing = st->client == CLIENT_MESSAGE || st->client == CLIENT_SKIP;

	st->blind = true;
	if (passing && st->wait != WAIT_NONE) /* all of it was to come, or none */
		passing = st->wait == WAIT_LITERAL && st->answer == ANSWER_GO;
	if (passing && lost < lit->left) {
		lit->left -= lost;
		lit->gap += lost;
		st->wait = WAIT_NONE;
		return;
	}
	if (lit->msg)
		imap_message_end(out, lit->msg, false, lit->gap + lit->left, 0, &lit->at);
	lit->msg = 0;
	give_up_command(st);
}

void
imap_client_end(struct imap *st, struct events *out)
{
	if (st->c_lit.msg)
		imap_message_end(out, st->c_lit.msg, false, st->c_lit.gap, 0, &st->c_lit.at);
	st->c_lit.msg = 0;
}
