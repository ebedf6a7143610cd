/*
 * IMAP, RFC 9051 (IMAP4rev2) and RFC 3501 (IMAP4rev1): the dissector as the driver sees it.
 */
#include "dissectors/imap/imap.h"

#include <stdlib.h>

#include "dissectors/imap/probe.h"

static const uint16_t imap_ports[] = {143, 993, 220, 0};

static void
start(struct imap *st, struct events *out)
{
	if (st->started)
		return;
	st->started = true;
	st->blind = events_midstream(out);
	st->client_resync = st->server_resync =
		st->blind; /* the first lines may be fragments */
}

/* In clear where TLS was to begin: one line at a time. */
static enum dis_next
expected_tls(const struct imap *st, bool moved, enum dis_next next)
{
	if (next != DIS_MORE || !moved)
		return next;
	return st->no_tls ? DIS_MORE : DIS_TLS;
}

static enum dis_next
imap_feed(void *state, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct imap *st = state;
	struct imap_io io = {.st = st, .in = in, .out = out};
	enum dis_next next = DIS_MORE;

	start(st, out);
	while (io.at < in.n && next == DIS_MORE) {
		size_t was = io.at;
		uint8_t wait = st->wait;

		next = d == DIR_C2S ? imap_client_step(&io) : imap_server_step(&io);
		if (events_expect_tls(out) && io.at > was)
			next = expected_tls(st, true, next);
		if (io.at == was && wait == st->wait)
			break;
		if (next == DIS_MORE && io.at > was && io.at < in.n && events_turn(out))
			next = DIS_TURN;
	}
	*used = io.at;
	st->pending[d] = in.n - io.at;
	if (d == DIR_C2S && next == DIS_MORE && io.at == in.n && st->wait != WAIT_NONE &&
		st->answer == ANSWER_NONE)
		next = DIS_WAIT;
	return next;
}

static void
imap_gap(void *state, enum dir d, uint64_t lost, struct events *out)
{
	struct imap *st = state;

	start(st, out);
	if (!lost) {
		if (d == DIR_S2C && st->wait != WAIT_NONE && st->answer == ANSWER_NONE)
			st->answer = ANSWER_UNKNOWN;
		return;
	}
	lost += st->pending[d];
	st->pending[d] = 0;
	if (d == DIR_C2S)
		imap_client_gap(st, lost, out);
	else
		imap_server_gap(st, lost, out);
}

/* RFC 9051 6.2.1: capabilities are void; tags go on. */
static void
imap_secured(void *state, struct events *out)
{
	struct imap *st = state;

	while (st->n_queue)
		imap_cmd_drop(st, st->queue[0]);
	if (st->cur)
		imap_cmd_free(st->cur);
	st->cur = NULL;
	st->client = CLIENT_COMMAND;
	st->server = SERVER_LINE;
	st->wait = WAIT_NONE;
	st->answer = ANSWER_NONE;
	st->tls = STLS_IDLE;
	st->no_tls = st->blind = st->client_resync = st->server_resync = false;
	st->pending[DIR_C2S] = st->pending[DIR_S2C] = 0;
	st->line[DIR_C2S] = st->line[DIR_S2C] = (struct line_state){0};
}

static void
imap_end(void *state, enum dir d, struct events *out)
{
	struct imap *st = state;

	if (d == DIR_C2S)
		imap_client_end(st, out);
	else
		imap_server_end(st, out);
}

static void
imap_done(void *state)
{
	struct imap *st = state;

	if (st->cur && st->cur->answered)
		imap_cmd_free(st->cur);
	st->cur = NULL;
	while (st->n_queue)
		imap_cmd_drop(st, st->queue[0]);
	free(st->queue);
	if (st->resp) {
		buf_done(&st->resp->text);
		buf_done(&st->resp->id);
		buf_done(&st->resp->fetch.section);
		free(st->resp);
	}
	if (st->early) {
		buf_done(&st->early->line);
		free(st->early);
	}
}

const struct dissector imap_dissector = {
	.name = "imap",
	.proto = PROTO_IMAP,
	.ports = imap_ports,
	.state_size = sizeof(struct imap),
	.probe = imap_probe,
	.feed = imap_feed,
	.gap = imap_gap,
	.secured = imap_secured,
	.end = imap_end,
	.done = imap_done,
};
