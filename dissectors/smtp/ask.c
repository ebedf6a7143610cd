/* Questions and their answers: VRFY and EXPN (RFC 5321 3.5), ETRN (RFC 1985), and what else is
 * asked for outside of a mail transaction. */
#include "dissectors/smtp/smtp.h"

void
smtp_ask_parse(struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out)
{
	smtp_keep_arg(s, e, l->args, BYTES_NONE);
}

void
smtp_ask_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out)
{
	struct event ev = {.type = EV_ASKED};

	ev.asked = (struct ev_asked){.verb = e->verb->name,
		.args = e->path,
		.code = r->code,
		.enhanced = r->code ? smtp_enhanced(r->text) : BYTES_NONE,
		.reply = r->text,
		.answered = r->at};
	events_say_at(out, &ev, &e->at);
}
