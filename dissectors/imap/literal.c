#include "dissectors/imap/imap.h"

void
imap_message_end(struct events *out, uint32_t msg, bool complete, uint64_t gap, uint64_t uid,
	const struct place *at)
{
	struct event e = {.type = EV_MSG_END,
		.msg_end = {.msg = msg, .complete = complete, .gap_bytes = gap, .uid = uid}};

	events_say_at(out, &e, at);
}

bool
imap_literal_feed(struct imap_io *io, struct imap_literal *lit)
{
	struct bytes data = bytes_sub(
		io->in, io->at, lit->left < io->in.n ? (size_t)lit->left : io->in.n);
	struct event e = {.type = EV_MSG_DATA, .msg_data = {.msg = lit->msg, .data = data}};

	if (data.n && lit->msg)
		events_say(io->out, &e, io->at, data.n);
	io->at += data.n;
	lit->left -= data.n;
	return !lit->left;
}
