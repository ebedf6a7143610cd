/* Untagged data: responses over several lines, with literals between them. */
#include "dissectors/imap/responses.h"

#include "base/arena.h"

void
imap_reply_say(struct imap_io *io, const struct imap_status *s, struct bytes text,
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

/* More of its text, which ends at `at`. */
static void
response_add(struct imap_response *r, struct bytes text, const struct place *at)
{
	if (!r->in_line)
		buf_str(&r->text, "\r\n");
	r->in_line = false;
	buf_add(&r->text, text);
	r->at.ts_ns = at->ts_ns;
	r->at.packet = at->packet;
	r->at.input = at->input;
	r->at.len = (uint32_t)(at->offset + at->len - r->at.offset);
}

/* The response is over; `say`: it is told. */
void
imap_response_close(struct imap_io *io, bool say)
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
		imap_reply_say(io, &s, buf_bytes(&r->text), NULL, !io->st->n_queue, &r->at);
	}
	if (say && r->text.cut)
		imap_anomaly_at(io->out, ANOMALY_LINE_TOO_LONG, BYTES_NONE, &r->at);
	if (say && r->is_id)
		imap_id_say(DIR_S2C, buf_bytes(&r->id), &r->at, io->out);
	buf_done(&r->text);
	buf_done(&r->id);
}

/* The text does not fit what came before it: the next line that looks like a response is waited
 * for. */
static void
response_break(
	struct imap_io *io, enum anomaly_id why, struct bytes detail, const struct place *at)
{
	imap_response_close(io, true);
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
		imap_response_close(io, true);
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
	imap_response_close(io, true);
}

/* A line of an ID response: its strings are kept, those in literals too. */
static void
id_line(struct imap_response *r, struct bytes line)
{
	struct lex_literal lit;
	bool literal = lex_tail(line, &lit) == LEX_TAIL_LITERAL;

	imap_id_keep(&r->id, literal ? bytes_sub(line, 0, lit.from) : line, literal);
}

void
imap_data_octets(struct imap_io *io, struct bytes octets)
{
	struct imap_response *r = io->st->resp;

	if (r && r->open && r->is_id)
		imap_id_octets(&r->id, octets);
}

static bool
is_fetch(const struct imap_status *s)
{
	return s->untagged && s->numbered &&
	       (bytes_iis(s->status, "FETCH") || bytes_iis(s->status, "UIDFETCH"));
}

static void
fetch_open(struct imap_io *io, const struct imap_status *s, struct bytes text,
	const struct place *at)
{
	struct imap_response *r = response_open(io, text, at);

	r->is_fetch = true;
	imap_fetch_begin(&r->fetch, s->number, s->status.n == 8);
}

void
imap_data_take(struct imap_io *io, const struct imap_status *s, struct bytes line,
	const struct place *at)
{
	struct imap *st = io->st;
	struct imap_response *r;

	if (is_fetch(s)) {
		fetch_open(io, s, line, at);
		fetch_chunk(io, s->args, at);
		return;
	}
	r = response_open(io, line, at);
	if (bytes_iis(s->status, "ID")) {
		r->is_id = true;
		buf_init(&r->id, events_limits(io->out)->reply_bytes);
		id_line(r, s->args);
	}
	imap_deed_data(st, s);
	data_chunk(io, line, true, at);
	if (bytes_iis(s->status, "CAPABILITY"))
		imap_caps_say(st, s->args,
			imap_cmd_of(st, IMAP_CAPABILITY) ? CAPS_COMMAND : CAPS_UNTAGGED, at,
			io->out);
	else if (bytes_iis(s->status, "ENABLED"))
		st->utf8 |= bytes_isearch(s->args, BYTES("UTF8=")) != SIZE_MAX ||
			    bytes_isearch(s->args, BYTES("IMAP4rev2")) != SIZE_MAX;
}

/* The rest of a response behind a literal, or behind a piece of its line. */
void
imap_data_rest(struct imap_io *io, struct bytes chunk, const struct place *at)
{
	struct imap_response *r = io->st->resp;
	bool in_line = r && r->in_line;

	if (r && r->open)
		response_add(r, chunk, at);
	if (r && r->open && r->is_id) {
		buf_byte(&r->id, '"');
		id_line(r, chunk);
	}
	if (r && r->open && r->is_fetch &&
		(in_line || imap_fetch_behind_literal(&r->fetch, chunk)))
		fetch_chunk(io, chunk, at);
	else if (r && r->open && r->is_fetch)
		response_break(io, ANOMALY_IMAP_LITERAL_SHORT, chunk, at);
	else
		data_chunk(io, chunk, false, at);
}

/* Where the FETCH response that io->at stands in goes on in `piece`; SIZE_MAX: it stands in
 * none.
 */
static size_t
piece_start(struct imap_io *io, struct bytes piece, const struct place *at)
{
	struct imap *st = io->st;
	struct imap_response *r = st->resp;
	struct imap_status s;

	if (st->server == SERVER_REST)
		return r && r->open && r->is_fetch ? 0 : SIZE_MAX;
	s = imap_status_read(piece);
	if (!is_fetch(&s) || events_expect_tls(io->out))
		return SIZE_MAX;
	fetch_open(io, &s, bytes_sub(piece, 0, (size_t)(s.args.p - piece.p)), at);
	st->resp->in_line = true;
	st->server_resync = false;
	st->greeted = true;
	return (size_t)(s.args.p - piece.p);
}

bool
imap_data_piece(struct imap_io *io)
{
	struct imap *st = io->st;
	struct line_state *ls = &st->line[DIR_S2C];
	size_t max = events_limits(io->out)->line_bytes, start, used = 0;
	struct bytes piece = bytes_sub(io->in, io->at, max), rest;
	struct place at;
	bool fits = false;

	if (ls->swallow || io->in.n - io->at <= max || bytes_find(piece, '\n') < piece.n)
		return false;
	at = events_place(io->out, io->at, piece.n);
	start = piece_start(io, piece, &at);
	if (start == SIZE_MAX)
		return false;
	rest = bytes_from(piece, start);
	if (st->resp->in_line || imap_fetch_behind_literal(&st->resp->fetch, rest))
		fits = imap_fetch_piece(st, &st->resp->fetch, rest, &used, &at, io->out);
	if (fits && !used)
		return false; /* one token alone is over the limit */
	ls->seen = 0;
	if (!fits) {
		response_break(io,
			st->resp->fetch.pieces ? ANOMALY_IMAP_LITERAL_SHORT
					       : ANOMALY_REPLY_MALFORMED,
			piece, &at);
		ls->swallow = true;
		io->at += max;
		return true;
	}
	response_add(st->resp, bytes_sub(rest, 0, used), &at);
	st->resp->in_line = true;
	st->server = SERVER_REST;
	io->at += start + used;
	return true;
}
