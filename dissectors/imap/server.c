/* The server's direction: lines, responses over several lines, literals. What a tagged reply
 * means is in answer.c. */
#include "dissectors/imap/imap.h"

#include <string.h>

#include "base/arena.h"
#include "dissectors/imap/responses.h"
#include "dissectors/tls/record.h"

enum {
	OVERLONG_SHOWN = 512
};

static void
say_reply(struct imap_io *io, const struct imap_status *s, struct bytes text,
	const struct imap_cmd *cmd, bool unsolicited, const struct place *at)
{
	struct mask all = {.off = 0, .len = (uint32_t)text.n};
	bool deaf = io->st->blind || events_one_sided(io->out, DIR_C2S),
	     hidden = cmd && cmd->hidden;
	struct event e = {.type = EV_REPLY,
		.reply = {.id = cmd ? cmd->id : 0,
			.verb = cmd && cmd->verb ? cmd->verb->name : NULL,
			.kind = s->kind,
			.status = s->status,
			.tag = hidden ? BYTES_NONE : s->tag,
			.resp_code = s->code,
			.text = text,
			.masks = &all,
			.n_masks = hidden,
			.unsolicited = unsolicited && !deaf}};

	events_say_at(io->out, &e, at);
}

static void
say_stls(struct imap_io *io, enum starttls_stage stage, struct bytes text,
	const struct place *at)
{
	struct event e = {.type = EV_STARTTLS, .starttls = {.stage = stage, .text = text}};

	events_say_at(io->out, &e, at);
}

static void
say_greeting(struct imap_io *io, const struct imap_status *s, const struct place *at)
{
	struct imap *st = io->st;
	struct event e = {.type = EV_GREETING, .greeting = {.kind = REPLY_OK, .text = s->rest}};

	if (bytes_iis(s->status, "BYE"))
		e.greeting.kind = REPLY_BAD;
	e.greeting.preauth = bytes_iis(s->status, "PREAUTH");
	st->login = e.greeting.preauth ? IMAP_AUTH : IMAP_NOT_AUTH;
	events_say_at(io->out, &e, at);
	if (st->n_queue && st->queue[0]->at.acked == 0)
		imap_anomaly_at(io->out, ANOMALY_EARLY_TALKER, BYTES_NONE, &st->queue[0]->at);
}

/* "+ ": a literal may come, a challenge, or IDLE has begun. RFC 9051 7.6. */
static void
take_continue(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at)
{
	struct imap *st = io->st;
	struct imap_cmd *cmd = NULL;

	if (st->wait == WAIT_LITERAL && st->cur)
		cmd = st->cur;
	else if (st->wait == WAIT_AUTH && st->auth)
		cmd = st->auth;
	else
		cmd = imap_cmd_of(st, IMAP_IDLE);
	say_reply(io, s, line, cmd, !cmd, at);
	if (!cmd) {
		st->plus = true;
	} else if (cmd == st->cur || cmd == st->auth) {
		if (cmd == st->auth) {
			sasl_challenge(cmd->sasl, s->rest);
			imap_sasl_info_say(cmd, at, io->out);
		}
		st->answer = ANSWER_GO;
	}
}

/* No command has this tag. Kept, should the command come yet: then the reply was premature. */
static void
tag_unexpected(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at)
{
	struct imap *st = io->st;
	bool blind = st->blind || events_one_sided(io->out, DIR_C2S);

	say_reply(io, s, line, NULL, true, at);
	/* Acknowledging what has not come yet, it only overtook its command on the way to us.
	 */
	if (at->acked != PLACE_NO_ACK && at->acked > events_used(io->out, DIR_C2S))
		blind = true;
	if (!blind)
		imap_anomaly_at(io->out, ANOMALY_IMAP_TAG, line, at);
	imap_caps_code(st, s->code, CAPS_RESPONSE_CODE, at, io->out);
	if (events_one_sided(io->out, DIR_C2S))
		return;
	if (!st->early) {
		st->early = mem_get(sizeof(*st->early));
		buf_init(&st->early->line, 1024);
	}
	buf_clear(&st->early->line);
	buf_add(&st->early->line, line);
	st->early->at = *at;
}

static enum dis_next
take_tagged(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at)
{
	struct imap *st = io->st;
	struct imap_cmd *cmd = imap_cmd_tagged(st, s->tag);

	st->plus = false;
	if (!cmd && st->auth && !st->auth->tag.n)
		cmd = st->auth; /* its command was not seen */
	if (!cmd) {
		tag_unexpected(io, s, line, at);
		return DIS_MORE;
	}
	if (cmd->injected && events_expect_tls(io->out) && !st->no_tls) {
		st->no_tls = true;
		say_stls(io, STLS_NO_TLS, BYTES_NONE, at);
	}
	say_reply(io, s, line, cmd, false, at);
	return imap_answer(st, cmd, s, at, io->out);
}

static void
take_state(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at)
{
	struct imap *st = io->st;
	bool greeting = !st->greeted && !events_midstream(io->out) &&
			(bytes_iis(s->status, "OK") || bytes_iis(s->status, "PREAUTH") ||
				bytes_iis(s->status, "BYE"));

	say_reply(io, s, line, NULL, !greeting && !st->n_queue, at);
	if (greeting)
		say_greeting(io, s, at);
	imap_caps_code(st, s->code, greeting ? CAPS_GREETING : CAPS_RESPONSE_CODE, at, io->out);
}

static struct imap_response *
response_open(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap_response *r = io->st->resp;

	if (!r)
		r = io->st->resp = mem_get(sizeof(*r));
	*r = (struct imap_response){.at = *at, .open = true};
	buf_init(&r->text, events_limits(io->out)->reply_bytes);
	buf_add(&r->text, line);
	return r;
}

/* The response is over; `say`: it is told. */
static void
response_close(struct imap_io *io, bool say)
{
	struct imap_response *r = io->st->resp;
	struct imap_status s;

	io->st->server = SERVER_LINE;
	if (!r || !r->open)
		return;
	r->open = false;
	if (r->is_fetch)
		imap_fetch_end(&r->fetch, io->out);
	if (say) {
		s = imap_status_read(buf_bytes(&r->text));
		say_reply(io, &s, buf_bytes(&r->text), NULL, !io->st->n_queue, &r->at);
	}
	buf_done(&r->text);
}

/* The text does not fit what came before it: the next line that looks like a response is waited
 * for. */
static void
response_break(
	struct imap_io *io, enum anomaly_id why, struct bytes detail, const struct place *at)
{
	response_close(io, true);
	imap_anomaly_at(io->out, why, detail, at);
	io->st->server_resync = true;
}

/* Reads the newest chunk of a FETCH response. */
static void
fetch_chunk(struct imap_io *io, struct bytes chunk, const struct place *at)
{
	struct imap *st = io->st;
	struct imap_fetch *f = &st->resp->fetch;
	struct lex_literal tail;

	switch (imap_fetch_chunk(st, f, chunk, &st->s_lit, at, io->out)) {
	case FETCH_DONE:
		response_close(io, true);
		break;
	case FETCH_LITERAL:
		st->server = SERVER_LITERAL;
		break;
	case FETCH_BROKEN:
		response_break(io,
			f->pieces                                ? ANOMALY_IMAP_LITERAL_SHORT
			: lex_tail(chunk, &tail) == LEX_TAIL_BAD ? ANOMALY_IMAP_LITERAL
								 : ANOMALY_REPLY_MALFORMED,
			chunk, at);
		break;
	}
}

/* Brackets are counted in every response: deep nesting is an attack on readers that recurse. */
static void
check_nesting(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct lex l = lex_of(line);
	struct lex_token t;
	uint32_t depth = 0;

	while (lex_next(&l, &t)) {
		if (t.kind == LEX_CLOSE && depth)
			depth--;
		if (t.kind != LEX_OPEN || depth++ < events_limits(io->out)->list_depth)
			continue;
		imap_anomaly_at(io->out, ANOMALY_IMAP_NESTING, BYTES_NONE, at);
		return;
	}
}

/* A chunk of any other response: only its literals matter. */
static void
data_chunk(struct imap_io *io, struct bytes chunk, bool first, const struct place *at)
{
	struct imap *st = io->st;
	struct lex_literal lit;

	if (!first && chunk.n && chunk.p[0] != ' ' && chunk.p[0] != ')') {
		response_break(io, ANOMALY_IMAP_LITERAL_SHORT, chunk, at);
		return;
	}
	check_nesting(io, chunk, at);
	switch (lex_tail(chunk, &lit)) {
	case LEX_TAIL_LITERAL:
		if (!st->resp || !st->resp->open)
			response_open(io, chunk, at);
		st->s_lit = (struct imap_literal){
			.size = lit.size, .left = lit.size, .at = *at};
		st->server = SERVER_LITERAL;
		return;
	case LEX_TAIL_BAD:
		imap_anomaly_at(io->out, ANOMALY_IMAP_LITERAL, bytes_from(chunk, lit.from), at);
		break;
	case LEX_TAIL_NONE:
		break;
	}
	response_close(io, true);
}

static void
take_data(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at)
{
	struct imap *st = io->st;
	struct imap_response *r;

	if (s->numbered &&
		(bytes_iis(s->status, "FETCH") || bytes_iis(s->status, "UIDFETCH"))) {
		r = response_open(io, line, at);
		r->is_fetch = true;
		imap_fetch_begin(&r->fetch, s->number, s->status.n == 8);
		fetch_chunk(io, s->args, at);
		return;
	}
	response_open(io, line, at);
	data_chunk(io, line, true, at);
	if (bytes_iis(s->status, "CAPABILITY"))
		imap_caps_say(st, s->args,
			imap_cmd_of(st, IMAP_CAPABILITY) ? CAPS_COMMAND : CAPS_UNTAGGED, at,
			io->out);
	else if (bytes_iis(s->status, "ID"))
		imap_id_say(DIR_S2C, s->args, at, io->out);
	else if (bytes_iis(s->status, "ENABLED"))
		st->utf8 |= bytes_isearch(s->args, BYTES("UTF8=")) != SIZE_MAX ||
			    bytes_isearch(s->args, BYTES("IMAP4rev2")) != SIZE_MAX;
}

static enum dis_next
take_line(struct imap_io *io, struct bytes line, const struct place *at)
{
	struct imap *st = io->st;
	struct imap_status s;
	enum dis_next next = DIS_MORE;

	if (st->server_resync && !imap_server_line(st, line, true))
		return DIS_MORE;
	st->server_resync = false;
	if (!line.n)
		return DIS_MORE;
	s = imap_status_read(line);
	if (events_expect_tls(io->out) && !st->no_tls) {
		struct imap_cmd *cmd = s.tag.n ? imap_cmd_tagged(st, s.tag) : NULL;

		if (!cmd || !cmd->injected)
			say_stls(io, STLS_SURPLUS, line, at);
	}
	if (s.kind == REPLY_BROKEN) {
		say_reply(io, &s, line, NULL, true, at);
		imap_anomaly_at(io->out, ANOMALY_REPLY_MALFORMED, line, at);
		st->server_resync = true;
	} else if (s.tag.n) {
		next = take_tagged(io, &s, line, at);
	} else if (s.is_state) {
		take_state(io, &s, line, at);
	} else if (s.untagged) {
		take_data(io, &s, line, at);
	} else {
		take_continue(io, &s, line, at);
	}
	st->greeted = true;
	return next;
}

/* The rest of a response behind a literal. */
static void
take_rest(struct imap_io *io, struct bytes chunk, const struct place *at)
{
	struct imap_response *r = io->st->resp;

	if (r && r->open) {
		buf_str(&r->text, "\r\n");
		buf_add(&r->text, chunk);
		r->at.ts_ns = at->ts_ns;
		r->at.packet = at->packet;
		r->at.input = at->input;
		r->at.len = (uint32_t)(at->offset + at->len - r->at.offset);
	}
	if (r && r->open && r->is_fetch)
		fetch_chunk(io, chunk, at);
	else
		data_chunk(io, chunk, false, at);
}

static void
tail_add(struct imap *st, struct bytes piece)
{
	size_t keep = st->tail_n, add = piece.n < sizeof(st->tail) ? piece.n : sizeof(st->tail);

	if (keep + add > sizeof(st->tail)) {
		size_t drop = keep + add - sizeof(st->tail);

		memmove(st->tail, st->tail + drop, keep - drop);
		keep -= drop;
	}
	memcpy(st->tail + keep, piece.p + piece.n - add, add);
	st->tail_n = (uint8_t)(keep + add);
}

/*
 * A piece of a line over the limit. Its beginning is told; whether it ends with a literal is
 * known at its end.
 */
static enum dis_next
take_overlong(struct imap_io *io, struct bytes piece, bool first)
{
	struct imap *st = io->st;
	struct bytes line = bytes_sub(piece, 0, OVERLONG_SHOWN);
	struct place at = events_place(io->out, io->at, line.n);
	struct imap_status s = imap_status_read(line);
	struct lex_literal lit;
	enum dis_next next = DIS_MORE;

	if (first) {
		st->tail_n = 0;
		st->skip_literal = st->server == SERVER_REST ||
				   (s.kind == REPLY_DATA && !s.is_state);
		response_close(io, true);
		if (st->skip_literal && !st->server_resync)
			say_reply(io, &s, line, NULL, !st->n_queue, &at);
		else if (!st->server_resync)
			next = take_line(io, line, &at);
	}
	tail_add(st, piece);
	if (st->line[DIR_S2C].swallow || !st->skip_literal)
		return next;
	st->skip_literal = false;
	if (lex_tail(bytes_chomp((struct bytes){st->tail, st->tail_n}), &lit) ==
		LEX_TAIL_LITERAL) {
		st->s_lit = (struct imap_literal){.size = lit.size, .left = lit.size, .at = at};
		st->server = SERVER_LITERAL;
	}
	return next;
}

static enum dis_next
step_line(struct imap_io *io)
{
	struct imap *st = io->st;
	struct bytes in = bytes_from(io->in, io->at), line;
	struct place at;
	size_t used, end;
	enum dis_next next = DIS_MORE;
	bool begun = st->line[DIR_S2C].swallow;

	switch (line_take(&st->line[DIR_S2C], in, io->at, &line, &used, &end, io->out)) {
	case LINE_MORE:
		return DIS_MORE;
	case LINE_SKIP:
		next = take_overlong(io, bytes_sub(in, 0, used), !begun);
		io->at += used;
		return next;
	case LINE_READY:
		break;
	}
	at = events_place(io->out, io->at, used);
	io->at += used;
	if (st->server == SERVER_LINE)
		return take_line(io, line, &at);
	st->server = SERVER_LINE;
	take_rest(io, line, &at);
	return DIS_MORE;
}

static enum dis_next
step_literal(struct imap_io *io)
{
	struct imap *st = io->st;
	struct imap_literal *lit = &st->s_lit;
	struct place at = lit->at;

	if (lit->left) {
		if (!imap_literal_feed(io, lit))
			return DIS_MORE;
		at = events_place(io->out, io->at - 1, 1);
	}
	if (st->resp && st->resp->open && st->resp->is_fetch)
		imap_fetch_literal_done(&st->resp->fetch, lit, true, &at, io->out);
	lit->msg = 0;
	st->server = SERVER_REST;
	return io->at < io->in.n ? step_line(io) : DIS_MORE;
}

/* TLS that begins between two lines, where the command that asked for it was not seen. */
static enum dis_next
step_tls(struct imap_io *io, bool *ret_is)
{
	struct imap *st = io->st;
	struct place at;
	bool more = false;

	*ret_is = false;
	if (st->server != SERVER_LINE || st->server_resync || events_expect_tls(io->out) ||
		st->line[DIR_S2C].swallow || st->line[DIR_S2C].seen)
		return DIS_MORE;
	*ret_is = tls_record_start(bytes_from(io->in, io->at), &more);
	if (!*ret_is) {
		*ret_is = more;
		return DIS_MORE;
	}
	if (st->tls == STLS_IDLE && st->greeted) {
		at = events_place(io->out, io->at, 0);
		say_stls(io, STLS_ACCEPTED, BYTES_NONE, &at);
		st->tls = STLS_GIVEN;
	}
	return DIS_TLS;
}

enum dis_next
imap_server_step(struct imap_io *io)
{
	bool is_tls;
	enum dis_next next = step_tls(io, &is_tls);

	if (is_tls)
		return next;
	return io->st->server == SERVER_LITERAL ? step_literal(io) : step_line(io);
}

static void
break_off(struct imap *st, bool lost, struct events *out)
{
	struct imap_io io = {.st = st, .out = out};
	struct imap_literal *lit = &st->s_lit;

	if (lit->msg) {
		imap_message_end(out, lit->msg, false, lit->gap + (lost ? lit->left : 0),
			st->resp ? st->resp->fetch.uid : 0, &lit->at);
		lit->msg = 0;
	}
	response_close(&io, false);
}

void
imap_server_gap(struct imap *st, uint64_t lost, struct events *out)
{
	struct imap_literal *lit = &st->s_lit;
	uint32_t i;

	if (st->server == SERVER_LITERAL && lost < lit->left) {
		lit->left -= lost;
		lit->gap += lost;
		return;
	}
	break_off(st, st->server == SERVER_LITERAL, out);
	st->line[DIR_S2C] = (struct line_state){0};
	st->skip_literal = false;
	st->server_resync = true;
	st->greeted = true;
	for (i = 0; i < st->n_queue; i++)
		st->queue[i]->lost = true;
	if (st->wait != WAIT_NONE && st->answer == ANSWER_NONE)
		st->answer = ANSWER_UNKNOWN;
}

void
imap_server_end(struct imap *st, struct events *out)
{
	break_off(st, false, out);
	while (st->n_queue) {
		imap_login_unknown(st->queue[0], out);
		imap_cmd_drop(st, st->queue[0]);
	}
}
