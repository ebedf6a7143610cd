#include "dissectors/imap/client.h"

void
shown_mask(struct shown *s, size_t from, size_t end, struct bytes secret)
{
	if (end <= from || s->n_masks == 2)
		return;
	s->masks[s->n_masks++] = (struct mask){
		.off = (uint32_t)from, .len = (uint32_t)(end - from), .secret = secret};
}

void
imap_arg_keep(struct imap_cmd *cmd, const struct lex_token *t, struct bytes raw)
{
	if (cmd->n_skipped < cmd->verb->skip) {
		cmd->n_skipped++;
	} else if (cmd->n_args < cmd->verb->words) {
		if (t)
			lex_value(t, &cmd->arg[cmd->n_args++]);
		else
			buf_add(&cmd->arg[cmd->n_args++], raw);
	}
}

/* SELECT of a name with spaces, not quoted: against the grammar, but seen, and servers differ
 * about it. */
static void
widen_name(struct imap_cmd *cmd, struct lex *l, struct lex_token *t)
{
	struct bytes rest = bytes_from(l->in, t->from);

	if (!imap_cmd_is(cmd, IMAP_SELECT) || t->kind != LEX_ATOM || l->kind ||
		bytes_find(rest, '(') < rest.n)
		return;
	if (bytes_trim(rest).n == t->text.n)
		return;
	cmd->malformed = true;
	t->text = bytes_trim(rest);
	l->at = l->in.n;
}

/* RFC 4469: CATENATE ( … TEXT literal … ); behind its list another message may follow, RFC
 * 3502.
 */
static void
read_catenate(struct imap_cmd *cmd, struct lex *l)
{
	struct lex_token t;

	while (lex_next(l, &t)) {
		if (t.kind == LEX_ATOM && !cmd->depth)
			cmd->catenate = bytes_iis(t.text, "CATENATE");
		else if (t.kind == LEX_OPEN)
			cmd->depth++;
		else if (t.kind == LEX_CLOSE && cmd->depth && !--cmd->depth)
			cmd->catenate = false;
	}
}

void
imap_args_read(struct imap_cmd *cmd, size_t from, struct shown *s)
{
	struct lex l = lex_from(s->line, from);
	struct lex_token t;
	size_t secret_from = 0, secret_end = l.kind ? l.tail.from : s->line.n;
	unsigned hidden = 0;
	bool login = imap_cmd_is(cmd, IMAP_LOGIN);

	while (cmd->verb && (login || cmd->n_args < cmd->verb->words) && lex_astring(&l, &t) &&
		t.kind != LEX_LITERAL) {
		widen_name(cmd, &l, &t);
		if (t.kind == LEX_BAD)
			cmd->malformed = true;
		if (login && (cmd->n_args || t.kind == LEX_BAD)) {
			secret_from = hidden++ ? secret_from : t.from;
			cmd->malformed |= cmd->n_args == 2;
		}
		imap_arg_keep(cmd, &t, BYTES_NONE);
	}
	if (hidden)
		shown_mask(s, secret_from, secret_end,
			hidden == 1 ? buf_bytes(&cmd->arg[1]) : BYTES_NONE);
	if (imap_cmd_is(cmd, IMAP_STORE_MESSAGE))
		read_catenate(cmd, &l);
	if (imap_cmd_is(cmd, IMAP_FETCH))
		imap_deed_args(cmd, bytes_from(s->line, from));
	if (imap_cmd_is(cmd, IMAP_ID))
		imap_id_keep(&cmd->arg[0],
			bytes_sub(bytes_from(s->line, from), 0, secret_end - from),
			l.kind == LEX_TAIL_LITERAL);
}

void
imap_args_authenticate(struct imap_io *io, struct imap_cmd *cmd, size_t from, struct shown *s)
{
	struct lex l = lex_of(s->line);
	struct lex_token mech, ir;
	struct mask m;

	l.at = from;
	lex_astring(&l, &mech);
	cmd->sasl = sasl_new(mech.text, &cmd->at, events_limits(io->out));
	if (!mech.text.n)
		cmd->malformed = true;
	if (!lex_astring(&l, &ir))
		return;
	sasl_initial(cmd->sasl, ir.text, &cmd->at);
	if (sasl_mask(cmd->sasl, (uint32_t)ir.from, (uint32_t)(s->line.n - ir.from), &m))
		s->masks[s->n_masks++] = m;
}
