#include "dissectors/imap/client.h"

#include "dissectors/tls/record.h"

enum {
	PEEK_MAX = 512
}; /* bytes looked at to tell a literal from a command */

void
imap_literal_refused(struct imap *st)
{
	struct imap_cmd *cmd = st->cur;

	st->cur = NULL;
	st->client = CLIENT_COMMAND;
	st->stray = true;
	if (cmd && cmd->answered)
		imap_cmd_free(cmd);
	else if (cmd)
		cmd->partial = false;
}

/* Nobody said whether the literal may come. Is what comes a command (then it may not)? MORE:
 * not yet known. */
static enum lex_tail
peek_command(const struct imap_io *io)
{
	struct bytes in = bytes_sub(io->in, io->at, PEEK_MAX);
	size_t lf = bytes_find(in, '\n');
	uint64_t want = io->st->c_lit.left < PEEK_MAX ? io->st->c_lit.left : PEEK_MAX;

	if (lf < in.n)
		return imap_looks_command(bytes_chomp(bytes_sub(in, 0, lf + 1)))
			       ? LEX_TAIL_BAD
			       : LEX_TAIL_LITERAL;
	return in.n < want ? LEX_TAIL_NONE : LEX_TAIL_LITERAL;
}

/* Nobody said whether TLS may begin: what comes tells it. */
static bool
tls_over(struct imap_io *io, enum dis_next *ret)
{
	struct imap *st = io->st;
	bool more = false;

	if (st->answer == ANSWER_UNKNOWN &&
		tls_record_start(bytes_from(io->in, io->at), &more)) {
		*ret = DIS_TLS;
		return false;
	}
	if (!more)
		st->wait = WAIT_NONE;
	return !more;
}

bool
imap_wait_over(struct imap_io *io, enum dis_next *ret)
{
	struct imap *st = io->st;

	*ret = st->answer == ANSWER_NONE ? DIS_WAIT : DIS_MORE;
	if (st->answer == ANSWER_NONE)
		return false;
	switch ((enum imap_wait)st->wait) {
	case WAIT_NONE:
		return true;
	case WAIT_AUTH:
		if (st->answer == ANSWER_NO || !st->auth)
			st->wait = WAIT_NONE;
		return true;
	case WAIT_LITERAL:
		if (st->answer == ANSWER_UNKNOWN) {
			enum lex_tail peek = peek_command(io);

			if (peek == LEX_TAIL_NONE)
				return false;
			st->answer = peek == LEX_TAIL_BAD ? ANSWER_NO : ANSWER_GO;
		}
		if (st->answer == ANSWER_NO)
			imap_literal_refused(st);
		st->wait = WAIT_NONE;
		return true;
	case WAIT_TLS:
		return tls_over(io, ret);
	case WAIT_DEFLATE:
		st->wait = WAIT_NONE;
		/* No command begins with such a byte. */
		if (st->answer == ANSWER_UNKNOWN &&
			(io->in.p[io->at] < 0x20 || io->in.p[io->at] > 0x7e))
			*ret = DIS_DEFLATE;
		return *ret == DIS_MORE;
	}
	return true;
}
