/* Commands that take messages away or rule over rights: what they were about, told with their
 * answer. */
#include "dissectors/imap/imap.h"

/* How many messages "2,4:7,12:*" names. Of UIDs a range may hold fewer than its numbers: only
 * one of all messages tells. */
static uint64_t
set_count(struct bytes set, uint64_t exists, bool uids)
{
	uint64_t n = 0;

	while (set.n) {
		size_t end = bytes_find(set, ','), colon;
		struct bytes one = bytes_sub(set, 0, end), last;
		uint64_t a, b;

		set = bytes_from(set, end + 1);
		colon = bytes_find(one, ':');
		last = bytes_from(one, colon + 1);
		if (!bytes_u64(bytes_sub(one, 0, colon), UINT32_MAX, &a))
			a = exists;
		if (colon == one.n)
			n++;
		else if (bytes_is(last, "*"))
			n += a <= 1 ? exists : !uids && a <= exists ? exists - a + 1 : 1;
		else if (!uids && bytes_u64(last, UINT32_MAX, &b))
			n += b >= a ? b - a + 1 : a - b + 1;
	}
	return exists && n > exists ? exists : n;
}

void
imap_deed_args(struct imap_cmd *cmd, struct bytes args)
{
	struct bytes rest = args, word;

	if (!cmd->verb->deed) { /* FETCH */
		cmd->peek = bytes_isearch(args, BYTES("BODY[")) == SIZE_MAX &&
			    bytes_isearch(args, BYTES("BINARY[")) == SIZE_MAX &&
			    (bytes_isearch(args, BYTES("RFC822")) == SIZE_MAX ||
				    bytes_isearch(args, BYTES("RFC822.SIZE")) != SIZE_MAX);
		return;
	}
	bytes_word(&rest);
	word = bytes_word(&rest);
	if (bytes_starts(word, "(")) /* RFC 7162: (UNCHANGEDSINCE 5) */
		cmd->deletes = bytes_isearch(rest, BYTES("-FLAGS")) == SIZE_MAX;
	else
		cmd->deletes = !bytes_starts(word, "-");
	cmd->deletes &= bytes_isearch(rest, BYTES("\\Deleted")) != SIZE_MAX;
}

/* RFC 7162 3.2.10: "VANISHED 41,43:116"; with (EARLIER) it tells of what went before. */
static uint64_t
vanished(struct bytes args)
{
	uint64_t n = 0;

	if (bytes_starts(args, "("))
		return 0;
	n = set_count(args, 0, false);
	return n < UINT32_MAX ? n : 0;
}

void
imap_deed_data(struct imap *st, const struct imap_status *s)
{
	uint64_t n = 0;

	if (s->numbered && bytes_iis(s->status, "EXISTS")) {
		st->exists = s->number < UINT32_MAX ? (uint32_t)s->number : 0;
		st->told = true;
		return;
	}
	if (s->numbered && bytes_iis(s->status, "EXPUNGE"))
		n = 1;
	else if (!s->numbered && bytes_iis(s->status, "VANISHED"))
		n = vanished(s->args);
	st->gone += (uint32_t)n;
	st->exists -= n < st->exists ? (uint32_t)n : st->exists;
}

static struct bytes
word(const struct imap_cmd *cmd, int i)
{
	return i < cmd->n_args ? buf_bytes(&cmd->arg[i]) : BYTES_NONE;
}

static void
say(struct imap *st, const struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out)
{
	struct event e = {.type = EV_DEED, .deed = {.verb = cmd->verb->name, .kind = s->kind}};
	struct bytes first = word(cmd, 0);
	struct buf name;

	e.deed.gone = st->gone;
	e.deed.before = (uint64_t)st->exists + st->gone;
	buf_init(&name, first.n * 3 + 1);
	if (cmd->deletes) {
		e.deed.marked = set_count(
			first, st->exists, bytes_starts(bytes_str(cmd->verb->name), "UID"));
	} else {
		imap_mailbox(st, first, &name, &cmd->at, out);
		e.deed.mailbox = buf_bytes(&name);
		e.deed.who = word(cmd, 1);
		e.deed.rights = word(cmd, 2);
	}
	events_say_at(out, &e, at);
	buf_done(&name);
}

void
imap_deed_answer(struct imap *st, const struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out)
{
	const struct imap_verb *v = cmd->verb;

	if (v && v->deed && (v->id != IMAP_FETCH || cmd->deletes))
		say(st, cmd, s, at, out);
	/* Of a mailbox that was left nothing is known, nor of one without its EXISTS. */
	if (v && s->kind == REPLY_OK && v->id == IMAP_CLOSE)
		st->exists = 0;
	if (v && v->id == IMAP_SELECT && (s->kind != REPLY_OK || !st->told))
		st->exists = 0;
	st->gone = 0;
	st->told = false;
}
