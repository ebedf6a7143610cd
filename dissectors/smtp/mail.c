/* Greetings of the client, transactions and messages. */
#include <string.h>

#include "dissectors/smtp/smtp.h"

enum {
	TX_REPLY_MAX = 8192
};

static bool
good(const struct smtp_reply *r)
{
	return r->code >= 200 && r->code < 300;
}

/* The number of a transaction that nobody opened with MAIL as far as we saw. */
static uint32_t
next_tx(struct smtp *s)
{
	return ++s->tx_count;
}

static void
tx_reply(struct smtp *s, const struct smtp_reply *r)
{
	if (!r->code)
		return;
	s->tx.code = r->code;
	buf_clear(&s->tx.reply);
	buf_add(&s->tx.reply, r->text);
}

static void
tx_open(struct smtp *s, uint32_t no, int64_t size, const struct place *at)
{
	buf_done(&s->tx.reply);
	s->tx = (struct smtp_tx){.open = true, .no = no, .size = size, .at = *at};
	buf_init(&s->tx.reply, TX_REPLY_MAX);
}

static void
tx_end(struct smtp *s, enum tx_result result, const struct place *at, struct events *out)
{
	struct event e = {.type = EV_TX_END};

	if (!s->tx.open)
		return;
	s->tx.open = false;
	e.tx_end = (struct ev_tx_end){.tx = s->tx.no,
		.result = result,
		.code = s->tx.code,
		.reply = buf_bytes(&s->tx.reply)};
	events_say_at(out, &e, at);
	buf_done(&s->tx.reply);
}

void
smtp_tx_abort(struct smtp *s, const struct place *at, struct events *out)
{
	const struct smtp_tx *t = &s->tx;
	bool refused = t->data_refused || s->msg.early_code >= 400 ||
		       (t->rcpt_no && !t->rcpt_ok && !t->rcpt_open);

	if (t->body_done)
		tx_end(s, TX_UNKNOWN, at, out);
	else
		tx_end(s, refused ? TX_REFUSED : TX_ABORTED, at, out);
}

/* ------------------------------------------------------------------ EHLO HELO LHLO */

void
smtp_hello_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	struct bytes rest = l->args, name = bytes_word(&rest);

	smtp_keep_arg(s, e, name, BYTES_NONE);
}

void
smtp_say_caps(struct smtp *s, const struct smtp_reply *r, bool known, struct events *out)
{
	struct event e = {.type = EV_CAPS, .caps = {.source = CAPS_COMMAND, .known = known}};
	size_t max = events_limits(out)->caps, n = 0;
	struct bytes *items = events_items(out), rest = r->text, item;

	bytes_line(&rest);
	while (known && rest.n && n < max) {
		item = bytes_trim(bytes_line(&rest));
		/* Some servers leave the code away. */
		if (item.n && item.p[0] >= '0' && item.p[0] <= '9')
			item = bytes_from(item, 4);
		if (item.n)
			items[n++] = item;
	}
	e.caps.items = items;
	e.caps.n = n;
	events_say_at(out, &e, &r->at);
}

static void
become_lmtp(struct smtp *s, const struct place *at, struct events *out)
{
	struct event e = {.type = EV_PROTO, .proto = PROTO_LMTP};

	if (s->lmtp)
		return;
	s->lmtp = true;
	events_say_at(out, &e, at);
}

void
smtp_hello_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct event ev = {.type = EV_HELLO};

	/* A refused EHLO leaves everything as it was, RFC 5321 section 4.1.4. */
	if (r->code && !good(r))
		return;
	if (smtp_verb_is(e->verb, "LHLO"))
		become_lmtp(s, &e->at, out);
	ev.hello = (struct ev_hello){.verb = e->verb->name, .name = e->path, .code = r->code};
	events_say_at(out, &ev, &e->at);
	s->hello = true;
	if (!r->code)
		return;
	smtp_tx_abort(s, &e->at, out);
	smtp_say_caps(s, r, !smtp_verb_is(e->verb, "HELO"), out);
}

/* ------------------------------------------------------------------ MAIL RCPT */

static int64_t
announced_size(struct bytes params)
{
	struct bytes word;
	uint64_t n;

	while ((word = bytes_word(&params)).n) {
		if (bytes_istarts(word, "SIZE=") &&
			bytes_u64(bytes_from(word, 5), INT64_MAX, &n))
			return (int64_t)n;
	}
	return -1;
}

/* RFC 6152 2, RFC 3030 3, RFC 6531 3.4. */
static void
tx_declared(struct smtp_tx *t, struct bytes params)
{
	struct bytes word;

	t->declared = true;
	while ((word = bytes_word(&params)).n) {
		t->eight |= bytes_iis(word, "BODY=8BITMIME") ||
			    bytes_iis(word, "BODY=BINARYMIME");
		t->utf8 |= bytes_iis(word, "SMTPUTF8");
	}
}

void
smtp_mail_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	e->tx = s->pending_tx = next_tx(s);
	e->size = announced_size(e->params);
}

void
smtp_mail_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct event ev = {.type = EV_MAIL};

	if (r->code == 0 || good(r)) {
		/* RFC 5321 3.3 forbids a second MAIL, but some servers begin anew. */
		smtp_tx_abort(s, &e->at, out);
		tx_open(s, e->tx, e->size, &e->at);
		tx_declared(&s->tx, e->params);
		tx_reply(s, r);
	}
	if (s->pending_tx == e->tx)
		s->pending_tx = 0;
	ev.mail = (struct ev_mail){.tx = e->tx,
		.path = e->path,
		.params = e->params,
		.code = r->code,
		.accepted = good(r),
		.known = r->code != 0};
	events_say_at(out, &ev, &e->at);
}

void
smtp_rcpt_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct event ev = {.type = EV_RCPT};

	/* Joined in the middle: its MAIL was not seen. */
	if (!s->tx.open && (good(r) || (r->code == 0 && events_midstream(out))))
		tx_open(s, next_tx(s), -1, &e->at);
	if (s->tx.open) {
		s->tx.rcpt_ok += good(r);
		s->tx.rcpt_no += r->code >= 400;
		s->tx.rcpt_open += r->code == 0;
		tx_reply(s, r);
	}
	ev.rcpt = (struct ev_rcpt){.tx = s->tx.open ? s->tx.no : 0,
		.path = e->path,
		.params = e->params,
		.code = r->code,
		.accepted = good(r),
		.known = r->code != 0,
		.enhanced = r->code ? smtp_enhanced(r->text) : BYTES_NONE,
		.reply = r->text,
		.answered = r->at};
	events_say_at(out, &ev, &e->at);
}

/* ------------------------------------------------------------------ messages */

static void
msg_begin(struct smtp *s, enum msg_via via, uint32_t tx, const struct place *at,
	struct events *out)
{
	struct event e = {.type = EV_MSG_BEGIN};

	s->msg = (struct smtp_msg){.open = true, .no = ++s->msg_count};
	dots_init(&s->dots);
	smtp_scan_begin(s);
	e.msg_begin = (struct ev_msg_begin){.msg = s->msg.no,
		.tx = tx,
		.via = via,
		.command = via == VIA_DATA ? "DATA" : "BDAT",
		.whole = true,
		.headers = true,
		.unwaited = via == VIA_DATA && s->data_acked && at->acked != PLACE_NO_ACK &&
			    s->data_acked != PLACE_NO_ACK && at->acked <= s->data_acked,
		.size = s->tx.open && s->tx.no == tx ? s->tx.size : -1};
	events_say_at(out, &e, at);
}

void
smtp_msg_end(struct smtp *s, bool complete, const struct place *at, struct events *out)
{
	struct event e = {.type = EV_MSG_END};

	if (!s->msg.open)
		return;
	smtp_scan_end(s, out);
	s->msg.open = false;
	e.msg_end = (struct ev_msg_end){.msg = s->msg.no,
		.complete = complete && s->msg.gap_bytes == 0 && !s->msg.lost,
		.gap_bytes = s->msg.gap_bytes};
	events_say_at(out, &e, at);
}

struct piece {
	struct smtp *s;
	struct events *out;
	const uint8_t *in;
};

static void
put_piece(void *user, struct bytes piece)
{
	struct piece *p = user;
	struct event e = {
		.type = EV_MSG_DATA, .msg_data = {.msg = p->s->msg.no, .data = piece}};

	events_say(p->out, &e, (size_t)(piece.p - p->in), piece.n);
}

static void
body_over(struct smtp *s, const struct place *at, struct events *out)
{
	struct smtp_reply early = {.code = s->msg.early_code, .at = *at};
	struct smtp_entry *e;

	s->tx.body_done = true;
	s->client = CL_COMMAND;
	smtp_msg_end(s, true, at, out);
	e = smtp_push(s, ENTRY_BODY_END, at, out);
	e->id = s->commands;
	if (early.code) {
		smtp_judge(s, e, &early, out);
		smtp_pop(s, out);
	} else if (s->deaf) {
		smtp_forget(s, s->count, out);
	}
}

static void
open_implicit(struct smtp *s, const struct place *at)
{
	if (!s->tx.open)
		tx_open(s, next_tx(s), -1, at);
}

size_t
smtp_body(struct smtp *s, struct bytes in, size_t from, struct events *out)
{
	struct bytes rest = bytes_from(in, from);
	struct piece p = {s, out, in.p};
	struct place at;
	size_t n;

	if (!s->msg.open) {
		at = events_place(out, from, 0);
		open_implicit(s, &at);
		msg_begin(s, VIA_DATA, s->tx.no, &at, out);
		s->data_acked = 0;
	}
	n = dots_feed(&s->dots, rest, put_piece, &p);
	if (n)
		s->last = events_place(out, from + n - 1, 1);
	smtp_scan(s, in, from, n, out);
	if (s->dots.ended) {
		at = events_place(out, from + n - 3, 3);
		body_over(s, &at, out);
	}
	return n;
}

size_t
smtp_chunk(struct smtp *s, struct bytes in, size_t from, struct events *out)
{
	struct bytes rest = bytes_from(in, from);
	struct piece p = {s, out, in.p};
	size_t n = rest.n < s->chunk_left ? rest.n : (size_t)s->chunk_left;

	if (n) {
		put_piece(&p, bytes_sub(rest, 0, n));
		s->last = events_place(out, from + n - 1, 1);
	}
	s->chunk_left -= n;
	if (s->chunk_left)
		return n;
	s->client = CL_COMMAND;
	if (s->chunk_last)
		smtp_msg_end(s, true, &s->last, out);
	if (s->deaf)
		smtp_forget(s, s->count, out);
	return n;
}

bool
smtp_reply_ends_body(const struct smtp *s, const struct smtp_reply *r)
{
	return s->client == CL_BODY && s->msg.open && r->code >= 200 &&
	       (s->msg.gap_bytes || s->dots.variants || smtp_scan_variant(s));
}

void
smtp_reply_in_body(struct smtp *s, const struct smtp_reply *r, struct events *out)
{
	struct smtp_entry end = {.kind = ENTRY_BODY_END, .at = s->last};

	if (smtp_reply_ends_body(s, r)) {
		smtp_msg_end(s, false, &s->last, out);
		s->tx.body_done = true;
		s->client = CL_COMMAND;
		s->after_gap = s->msg.gap_bytes > 0;
		smtp_judge(s, &end, r, out);
		return;
	}
	if (r->code >= 400)
		s->msg.early_code = r->code;
	tx_reply(s, r);
}

/* ------------------------------------------------------------------ DATA BDAT BURL and the end
 * of data */

void
smtp_data_begun(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	s->client = CL_DATA_WAIT;
	s->data_acked = l->at.acked;
}

static void
data_refused(struct smtp *s, const struct smtp_reply *r)
{
	s->tx.data_refused = true;
	s->refused_data = true;
	tx_reply(s, r);
}

void
smtp_data_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	if (r->code == 0)
		return;
	if (r->code == 354) {
		s->tx.data_refused = false;
		tx_reply(s, r);
		if (s->client == CL_DATA_WAIT)
			s->client = CL_BODY;
		return;
	}
	data_refused(s, r);
	if (s->client == CL_DATA_WAIT)
		s->client = CL_COMMAND;
}

/* RFC 3030 section 2: bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF. */
static bool
chunk_args(struct bytes args, uint64_t *ret_size, bool *ret_last)
{
	struct bytes size = bytes_word(&args), last = bytes_word(&args);

	*ret_last = bytes_iis(last, "LAST");
	return bytes_u64(size, INT64_MAX, ret_size) && (last.n == 0 || *ret_last) &&
	       bytes_trim(args).n == 0;
}

void
smtp_bdat_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	e->bad = !chunk_args(l->args, &s->chunk_left, &e->last);
	s->chunk_last = e->last;
	if (e->bad)
		l->flags |= CMD_MALFORMED;
}

/* The transaction that the client thinks it is in. */
static uint32_t
chunk_tx(struct smtp *s, const struct smtp_entry *e)
{
	if (e->tx)
		return e->tx;
	return s->tx.open ? s->tx.no : next_tx(s);
}

void
smtp_bdat_begun(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	struct event bad = {.type = EV_ANOMALY,
		.anomaly = {.id = ANOMALY_BDAT_SIZE, .detail = bytes_sub(l->args, 0, 64)}};

	if (e->bad) {
		events_say_at(out, &bad, &l->at);
		s->client = CL_BDAT_WAIT;
		return;
	}
	e->tx = chunk_tx(s, e);
	if (!s->msg.open)
		msg_begin(s, VIA_BDAT, e->tx, &l->at, out);
	s->client = CL_CHUNK;
	if (s->chunk_left)
		return;
	s->client = CL_COMMAND;
	if (s->chunk_last)
		smtp_msg_end(s, true, &l->at, out);
}

void
smtp_burl_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	e->last = bytes_isearch(l->args, BYTES(" LAST")) != SIZE_MAX;
}

void
smtp_bdat_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct event refused = {.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_BDAT_REFUSED}};

	if (e->bad && s->client == CL_BDAT_WAIT)
		s->client = CL_COMMAND;
	if (r->code >= 400) {
		if (!e->bad)
			events_say_at(out, &refused, &e->at);
		s->tx.data_refused = true;
		tx_reply(s, r);
	}
	if (e->bad)
		return;
	if (!s->tx.open && e->tx && (r->code == 0 || good(r)))
		tx_open(s, e->tx, -1, &e->at);
	if (e->last)
		smtp_end_judge(s, e, r, out);
	else
		tx_reply(s, r);
}

/* RFC 2033 section 4.2: behind the end of data, one reply for each recipient that was accepted.
 */
void
smtp_end_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	if (!e->counted) {
		e->counted = true;
		e->left = s->lmtp && s->tx.rcpt_ok && r->code ? s->tx.rcpt_ok : 1;
	}
	e->left--;
	e->accepted += good(r);
	tx_reply(s, r);
	if (r->code == 0)
		tx_end(s, TX_UNKNOWN, &e->at, out);
	else if (e->left == 0)
		tx_end(s, e->accepted ? TX_ACCEPTED : TX_REFUSED, &r->at, out);
}

/* ------------------------------------------------------------------ RSET QUIT */

void
smtp_reset_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	if (r->code && !good(r))
		return;
	smtp_tx_abort(s, &e->at, out);
}

void
smtp_quit_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	smtp_reset_judge(s, e, r, out);
	s->over = r->code == 221;
}
