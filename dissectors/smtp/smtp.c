#include <stdlib.h>

#include "dissectors/smtp/smtp.h"

/* IANA: smtp, submission, submissions; habit: 2525, LMTP on 24. */
static const uint16_t ports[] = {25, 587, 465, 2525, 24, 0};

static enum dis_next
feed(void *st, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	return d == DIR_C2S ? smtp_feed_client(st, in, used, out)
			    : smtp_feed_server(st, in, used, out);
}

/* The client's bytes are missing from here. */
static void
gap_client(struct smtp *s, uint64_t lost, struct events *out)
{
	s->line[DIR_C2S] = (struct line_state){0};
	if (s->client == CL_BODY || s->client == CL_CHUNK)
		s->msg.gap_bytes += lost;
	if (s->client == CL_BODY) {
		dots_gap(&s->dots);
		smtp_scan_gap(s);
		return;
	}
	if (s->client == CL_CHUNK && lost <= s->chunk_left) {
		s->chunk_left -= lost;
		if (s->chunk_left == 0)
			smtp_chunk(s, BYTES_NONE, 0, out);
		return;
	}
	if (s->client == CL_CHUNK)
		smtp_msg_end(s, false, &s->last, out);
	s->client = CL_COMMAND;
	s->after_gap = true;
	s->lost = true;
	s->lost_end = events_used(out, DIR_S2C);
}

static void
gap_server(struct smtp *s, uint64_t lost, struct events *out)
{
	if (lost == 0) {
		s->deaf = true;
		if (s->client != CL_CHUNK)
			smtp_forget(s, s->count, out);
		return;
	}
	s->line[DIR_S2C] = (struct line_state){0};
	s->scan = 0;
	s->drop_rest = false;
	s->lost = true;
	s->guess_once = smtp_waits(s);
	s->lost_end = events_used(out, DIR_S2C) + lost;
}

static void
gap(void *st, enum dir d, uint64_t lost, struct events *out)
{
	if (d == DIR_S2C)
		gap_server(st, lost, out);
	else if (lost)
		gap_client(st, lost, out);
}

static void
secured(void *st, struct events *out)
{
	smtp_tls_secured(st, out);
}

static void
end(void *st, enum dir d, struct events *out)
{
	struct smtp *s = st;

	if (d == DIR_C2S) {
		smtp_msg_end(s, false, &s->last, out);
		return;
	}
	smtp_forget(s, s->count, out);
	smtp_auth_leave(s, out);
	smtp_tx_abort(s, &s->last, out);
}

static void
done(void *st)
{
	struct smtp *s = st;

	smtp_queue_done(s);
	if (s->auth && --s->auth->refs == 0) {
		sasl_free(&s->auth->sasl);
		free(s->auth);
	}
	buf_done(&s->tx.reply);
	free(s->odd);
}

const struct dissector smtp_dissector = {
	.name = "smtp",
	.proto = PROTO_SMTP,
	.ports = ports,
	.state_size = sizeof(struct smtp),
	.probe = smtp_probe,
	.feed = feed,
	.gap = gap,
	.secured = secured,
	.end = end,
	.done = done,
};
