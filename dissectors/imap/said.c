/* What is told of a line of the client. */
#include "dissectors/imap/client.h"

void
imap_said_command(struct imap_io *io, uint32_t id, struct bytes tag, const struct shown *s,
	const struct place *at)
{
	struct event e = {.type = EV_COMMAND,
		.command = {.id = id,
			.verb = s->verb,
			.tag = tag,
			.line = s->line,
			.args = s->args,
			.masks = s->masks,
			.n_masks = s->n_masks,
			.flags = s->flags}};

	events_say_at(io->out, &e, at);
}

void
imap_said_starttls(struct imap_io *io, enum starttls_stage stage, struct bytes text, bool early,
	const struct place *at)
{
	struct event e = {.type = EV_STARTTLS,
		.starttls = {.stage = stage, .text = text, .before_reply = early}};

	events_say_at(io->out, &e, at);
}

/* A request line or field of HTTP (ALPACA, FINDINGS.md proto.http_on_mail). */
static bool
is_http(struct bytes line)
{
	struct bytes rest = line, method = bytes_word(&rest), target = bytes_word(&rest);

	return bytes_istarts(line, "Host:") ||
	       (method.n && target.n && bytes_starts(bytes_trim(rest), "HTTP/"));
}

void
imap_said_oddities(struct imap_io *io, const struct shown *s, const struct place *at)
{
	bool hide = s->n_masks > 0;

	if (is_http(s->line))
		imap_anomaly_at(io->out, ANOMALY_HTTP_REQUEST, s->line, at);
	else if (s->flags & CMD_MALFORMED)
		imap_anomaly_at(
			io->out, ANOMALY_COMMAND_SYNTAX, hide ? BYTES_NONE : s->line, at);
	else if (s->flags & CMD_UNKNOWN)
		imap_anomaly_at(
			io->out, ANOMALY_UNKNOWN_COMMAND, hide ? BYTES_NONE : s->line, at);
}

/* In clear where TLS was to begin, and may still. */
bool
imap_in_place_of_tls(const struct imap_io *io)
{
	return events_expect_tls(io->out) && !io->st->no_tls && events_tls_asked(io->out);
}

/* The line without what it may hide. */
void
imap_said_surplus(struct imap_io *io, const struct shown *s, const struct place *at)
{
	struct bytes text = s->line;

	if (s->n_masks)
		text = bytes_sub(text, 0, s->masks[0].off);
	imap_said_starttls(io, STLS_SURPLUS, text,
		at->acked != PLACE_NO_ACK && at->acked < io->st->go_end, at);
}
