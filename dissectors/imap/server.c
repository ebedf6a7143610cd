/* The server's direction: lines, responses over several lines, literals. What a tagged reply
 * means is in answer.c. */
#include "dissectors/imap/client.h"

#include <string.h>

#include "base/arena.h"
#include "dissectors/imap/responses.h"
#include "dissectors/tls/record.h"

enum {
	OVERLONG_SHOWN = 512
};

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
	imap_reply_say(io, s, line, cmd, !cmd, at);
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

	imap_reply_say(io, s, line, NULL, true, at);
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
	imap_reply_say(io, s, line, cmd, false, at);
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

	imap_reply_say(io, s, line, NULL, !greeting && !st->n_queue, at);
	if (greeting)
		say_greeting(io, s, at);
	imap_caps_code(st, s->code, greeting ? CAPS_GREETING : CAPS_RESPONSE_CODE, at, io->out);
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
	if (imap_in_place_of_tls(io)) {
		struct imap_cmd *cmd = s.tag.n ? imap_cmd_tagged(st, s.tag) : NULL;

		if (!cmd || !cmd->injected)
			say_stls(io, STLS_SURPLUS, line, at);
	}
	if (s.kind == REPLY_BROKEN) {
		imap_reply_say(io, &s, line, NULL, true, at);
		imap_anomaly_at(io->out, ANOMALY_REPLY_MALFORMED, line, at);
		st->server_resync = true;
	} else if (s.tag.n) {
		next = take_tagged(io, &s, line, at);
	} else if (s.is_state) {
		take_state(io, &s, line, at);
	} else if (s.untagged) {
		imap_data_take(io, &s, line, at);
	} else {
		take_continue(io, &s, line, at);
	}
	st->greeted = true;
	return next;
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
		bool rest = st->server == SERVER_REST;

		st->tail_n = 0;
		st->skip_literal = rest || (s.kind == REPLY_DATA && !s.is_state);
		imap_response_close(io, true);
		if (rest)
			; /* told with its response */
		else if (st->skip_literal && !st->server_resync)
			imap_reply_say(io, &s, line, NULL, !st->n_queue, &at);
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

	if (imap_data_piece(io))
		return DIS_MORE;
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
	imap_data_rest(io, line, &at);
	return DIS_MORE;
}

static enum dis_next
step_literal(struct imap_io *io)
{
	struct imap *st = io->st;
	struct imap_literal *lit = &st->s_lit;
	struct place at = lit->at;

	if (lit->left) {
		size_t was = io->at;
		bool whole = imap_literal_feed(io, lit);

		imap_data_octets(io, bytes_sub(io->in, was, io->at - was));
		if (!whole)
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
	if (st->tls == STLS_IDLE && st->greeted && events_tls_asked(io->out)) {
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
	imap_response_close(&io, false);
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
	st->exists = st->gone = 0;
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
